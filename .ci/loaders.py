"""Write `smile_explore/data/pyspedas_loaders.json`: what pyspedas can load, and with which keywords.

Run it after pyspedas was updated: ``.venv/bin/python .ci/loaders.py``. The package reads the
file instead of importing pyspedas, which takes six seconds; a test runs `listing` again.
"""

import functools
import importlib
import importlib.metadata
import inspect
import json
import pkgutil
import sys
from pathlib import Path

LISTING = Path(__file__).parents[1] / "smile_explore" / "data" / "pyspedas_loaders.json"
#: Loaders that download by means of their own, past the session that knows deadlines.
OWN_MEANS = ("maven.", "mms.", "kompsat.", "cluster.load_csa")


def listing() -> dict:
    """Return loaders by name with their keywords, and functions that cannot only download."""
    from pyspedas import projects

    loaders, others = {}, []
    for module in sorted(m.name for m in pkgutil.iter_modules(projects.__path__) if m.ispkg):
        mission = importlib.import_module(f"{projects.__name__}.{module}")
        for name, function in sorted(vars(mission).items()):
            keywords = _keywords(function) if name[0] != "_" else {}
            loader = f"{module}.{name}"
            if "downloadonly" in keywords and not loader.startswith(OWN_MEANS):
                loaders[loader] = _entry(function, keywords)
            elif "trange" in keywords:
                others.append(loader)
    version = importlib.metadata.version("pyspedas")
    return {"pyspedas": version, "refused": others, "loaders": loaders}


def _keywords(function) -> dict:
    """Return the keywords that a function takes, without those that a partial one has fixed."""
    is_partial = isinstance(function, functools.partial)
    if not (is_partial or inspect.isfunction(function)):
        return {}
    fixed = function.keywords if is_partial else {}
    named = inspect.signature(function.func if is_partial else function).parameters
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {k: p for k, p in named.items() if p.kind in kinds and k not in fixed}


def _entry(function, keywords) -> dict:
    about = " ".join((inspect.getdoc(function) or "").strip().split("\n\n")[0].split())
    return {"about": about[:200], "keywords": {k: _plain(p) for k, p in keywords.items()}}


def _plain(parameter):
    try:
        return json.loads(json.dumps(parameter.default))
    except TypeError:
        return None


def as_text(table: dict) -> str:
    """Return the listing as it is stored: a loader a line."""
    lines = [f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in table["loaders"].items()]
    others = json.dumps(table["refused"])
    return (
        f'{{"pyspedas": "{table["pyspedas"]}", "refused": {others}, "loaders": {{\n'
        + ",\n".join(lines)
        + "\n}}\n"
    )


if __name__ == "__main__":
    text = as_text(listing())
    if sys.argv[1:] == ["--print"]:
        print(text, end="")
    else:
        LISTING.write_text(text, "utf-8")
