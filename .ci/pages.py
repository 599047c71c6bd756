"""Build the site from docs/, notebooks/ and the docstrings: `make site`.

``--quick`` leaves the notebooks as they are, without outputs; ``--pictures`` also draws the gallery's
pictures anew, in a browser. Nothing is fetched: what a page needs lies beside it.
"""

import argparse
import base64
import hashlib
import importlib
import inspect
import json
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from pathlib import Path

import links
import nbformat

ROOT = Path(__file__).parents[1]
SITE = ROOT / "site"
WIDGET = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
SCRIPT = "application/javascript"
#: Rooms of the package in the order of the API reference; those not there yet are left out.
ROOMS = "events link physics frames smile views course survey packs catalogue contract errors"
#: Functions of `smile_explore` itself, and what a notebook calls on an Explorer.
OF_ITSELF = "load open_file product products offline cite"
EXPLORER = (
    "timetable, show_event, go, set_panels, add_panel, remove_panel, set_cursor, set_lag, pick, "
    "dataset, code, link, open_study"
)


def stage(source: Path, *, execute: bool) -> None:
    """Copy docs and notebooks to `source`, with outputs if asked, and write what is derived."""
    shutil.rmtree(source, ignore_errors=True)
    ignore = shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__", "conf.py")
    shutil.copytree(ROOT / "docs", source / "docs", ignore=ignore)
    shutil.copytree(ROOT / "notebooks", source / "notebooks", ignore=ignore)
    scripts = source / "docs" / "_static"
    for path in sorted((source / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        if execute:
            print(f"running {path.name}", flush=True)
            notebook = executed(notebook, path.parent)
        nbformat.write(static(notebook, scripts), path)
    for path in (source / "notebooks" / "solutions").glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        notebook.metadata["orphan"] = True  # pages that only the notebooks lead to
        nbformat.write(notebook, path)
    index = source / "docs" / "index.md"
    index.write_text(filled(index.read_text("utf-8"), source / "notebooks"), "utf-8")
    write_api(source / "docs" / "api")


def executed(notebook, folder: Path):
    """Return a notebook as it is after all its cells ran, offline."""
    from nbclient import NotebookClient

    environment = os.environ | {"SMILE_EXPLORE_OFFLINE": "1"}
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}})
    return client.execute(env=environment)


# --------------------------------------------------------------------------- outputs without a kernel


def static(notebook, scripts: Path):
    """Return a notebook whose outputs need no kernel, and share their large scripts."""
    state = notebook.metadata.pop("widgets", {}).get(STATE, {}).get("state", {})
    for cell in notebook.cells:
        if cell.cell_type == "code":
            shown = [o for out in cell.outputs for o in without_widget(out, state)]
            shown = [shared(still(out), scripts) for out in shown]
            cell.outputs = [nbformat.from_dict(out) for out in shown]
    return notebook


def without_widget(output, state: dict) -> list:
    """Return what the widgets of an output show, instead of the widgets."""
    view = output.get("data", {}).get(WIDGET)
    if view is None:
        return [output]
    note = "<p><em>In JupyterLab there are controls here; this is what they show at first.</em></p>"
    told = {"output_type": "display_data", "data": {"text/html": note}, "metadata": {}}
    caught = captured(view["model_id"], state)
    return [told, *caught] if caught else []  # a bar of progress shows nothing


def captured(model: str, state: dict) -> list:
    """Return what a widget and its children have caught of a cell's output."""
    values = state.get(model, {}).get("state", {})
    found = list(values.get("outputs", []))
    for child in values.get("children", []):
        found += captured(child.removeprefix("IPY_MODEL_"), state)
    return found


def still(output: dict) -> dict:
    """Put a picture in place of the Explorer, which loads nothing without a kernel."""
    picture = ROOT / "notebooks" / "pictures" / "90_explorer.png"
    text = output.get("data", {}).get("text/plain", "")
    if not str(text).startswith("Explorer(") or not picture.is_file():
        return output
    data = {"image/png": base64.b64encode(picture.read_bytes()).decode(), "text/plain": "Explorer"}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def shared(output: dict, scripts: Path) -> dict:
    """Move a large script to a file of its own, which all pages load once."""
    script = output.get("data", {}).get(SCRIPT, "")
    if len(script) < 100_000:
        return output
    name = f"{hashlib.sha256(script.encode()).hexdigest()[:16]}.js"
    scripts.mkdir(exist_ok=True)
    (scripts / name).write_text(script, "utf-8")
    html = f'<script src="../_static/{name}"></script>'
    return {"output_type": "display_data", "data": {"text/html": html}, "metadata": {}}


# --------------------------------------------------------------------------- derived pages


def filled(index: str, notebooks: Path) -> str:
    """Put the gallery and the list of notebooks into the index."""
    paths = sorted(notebooks.glob("*.ipynb"))
    names = "\n".join(f"../notebooks/{path.stem}" for path in paths)
    cards = "\n".join(card(path) for path in paths)
    gallery = f"::::{{grid}} 1 2 2 3\n:gutter: 3\n:class-container: gallery\n\n{cards}\n::::"
    return index.replace("GALLERY", gallery).replace("NOTEBOOKS", names)


def card(path: Path) -> str:
    """Return one card of the gallery: picture, title, and what the reader will see."""
    cells = nbformat.read(path, as_version=4).cells
    title, _, rest = cells[0].source.partition("\n")
    first = next((line for line in rest.splitlines() if line.strip()), "")
    first = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", first)  # a card is one link itself
    picture = path.parent / "pictures" / f"{path.stem}.png"
    shown = [f":img-top: ../notebooks/pictures/{path.stem}.png"] if picture.is_file() else []
    head = [f":::{{grid-item-card}} {title.lstrip('# ')}", f":link: ../notebooks/{path.stem}"]
    return "\n".join([*head, ":link-type: doc", *shown, "", first, ":::", ""])


def write_api(folder: Path) -> None:
    """Write a page for each room, whose text Sphinx takes from the docstrings."""
    folder.mkdir(parents=True)
    rooms = [r for r in ROOMS.split() if importlib.util.find_spec(f"smile_explore.{r}")]
    for room in rooms:
        (folder / f"{room}.md").write_text(api_page(room), "utf-8")
    lines = [
        "# API reference",
        "",
        "Begin with `import smile_explore as se`. Each room is `se.<room>`:",
        "",
    ]
    lines += [f"- [{room}]({room}.md): {first_line(room)}" for room in rooms]
    lines += ["", "```{toctree}", ":hidden:", *rooms, "```", ""]
    lines += ["And of `se` itself:", "", "```{eval-rst}", ".. currentmodule:: smile_explore", ""]
    lines += [f".. autofunction:: {where(name)}\n   :no-index:\n" for name in OF_ITSELF.split()]
    lines += [
        ".. autoclass:: smile_explore.app.explorer.Explorer",
        f"   :members: {EXPLORER}",
        "```",
        "",
    ]
    (folder / "index.md").write_text("\n".join(lines), "utf-8")


def first_line(room: str) -> str:
    """Return what a room says of itself in its first line."""
    return inspect.getdoc(importlib.import_module(f"smile_explore.{room}")).splitlines()[0]


def where(name: str) -> str:
    """Return the full name of a function of the package."""
    function = getattr(importlib.import_module("smile_explore"), name)
    return f"{function.__module__}.{function.__name__}"


def api_page(room: str) -> str:
    """Return the page of one room: its modules one after the other, or all that it gives."""
    module = importlib.import_module(f"smile_explore.{room}")
    given = [getattr(module, name) for name in getattr(module, "__all__", ())]
    parts = [module]
    if any(inspect.ismodule(each) for each in given):  # all in its folder, named there or not
        names = sorted(found.name for found in pkgutil.iter_modules(module.__path__))
        parts = [importlib.import_module(f"{module.__name__}.{name}") for name in names]
    lines = [f"# {room}", ""]
    for part in parts:
        head = [f"## {part.__name__.split('.')[-1]}", ""] if part is not module else []
        lines += [
            *head,
            "```{eval-rst}",
            f".. automodule:: {part.__name__}",
            "   :members:",
            "```",
            "",
        ]
    return "\n".join(lines)


# --------------------------------------------------------------------------- build


def build(folder: Path) -> Path:
    """Call Sphinx on ``folder/source``; a warning is an error. Return the folder of the pages."""
    source, html = folder / "source", folder / "html"
    for old in (html, folder / "doctrees"):
        shutil.rmtree(old, ignore_errors=True)
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q"]
    command += ["-c", ROOT / "docs", "-d", folder / "doctrees"]
    command += ["-D", f"html_static_path={source}/docs/_static", source, html]
    subprocess.run([str(part) for part in command], check=True)
    forward = '<!doctype html><meta charset="utf-8"><title>smile_explore</title>\n'
    forward += '<meta http-equiv="refresh" content="0; url=docs/index.html">\n'
    forward += '<a href="docs/index.html">smile_explore</a>\n'
    (html / "index.html").write_text(forward, "utf-8")
    return html


def main() -> None:
    """Build, then check every link."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="do not run the notebooks")
    parser.add_argument("--pictures", action="store_true", help="draw the gallery's pictures anew")
    parser.add_argument("--to", type=Path, default=SITE, help="folder to build in")
    options = parser.parse_args()
    folder = options.to.resolve()
    try:
        stage(folder / "source", execute=not options.quick)
        html = build(folder)
    except subprocess.CalledProcessError:
        sys.exit("The site was not built: see the warnings above.")
    found = links.check(html)
    told = folder / "external-links.json"
    told.write_text(json.dumps(found.external, indent=1), "utf-8")
    if found.broken or found.loaded:
        sys.exit(
            "Broken links, or loads from other hosts:\n" + "\n".join([*found.broken, *found.loaded])
        )
    if options.pictures:
        import pictures

        pictures.take(html, ROOT / "notebooks" / "pictures")
    print(
        f"{html / 'index.html'}: {found.pages} pages; {told.name} lists {len(found.external)} links to other servers."
    )


if __name__ == "__main__":
    main()
