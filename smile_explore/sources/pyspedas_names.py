"""Any loader of pyspedas as a product: ``pyspedas:<mission>.<loader>?keyword=value&...``.

Loaders and their keywords are in ``data/pyspedas_loaders.json``, written by ``.ci/loaders.py``, so
that nothing imports pyspedas to know them. Which file holds which day only the loader knows: it
is asked day by day, and its files are cached under the day they were brought for.
"""

import functools
import json
import re
import urllib.parse
from importlib import resources

from smile_explore.catalogue import Mirror, Product, did_you_mean
from smile_explore.catalogue.rows import plain
from smile_explore.errors import InputError, UnknownProductError

SCHEME = "pyspedas"
#: The day that a file was brought for, before its own name.
PATTERN = "%Y%m%d~*"
#: Keywords that are ours to set, or of no effect where files are only downloaded.
_OURS = (
    "trange", "downloadonly", "notplot", "no_update", "no_download", "time_clip", "force_download",
    "suffix", "prefix", "varformat", "varnames", "get_support_data", "get_ignore_data", "save_pickle",
    "exclude_format", "auto_yes", "ror", "files",
)  # fmt: skip
_SECRETS = ("uname", "passwd", "username", "password")
_DATES = re.compile(r"(?<!\d)(19|20)\d{2}(?!\d)|\d{6,}")


@functools.cache
def listing() -> dict:
    """Return what pyspedas can load: ``loaders`` by name with keywords, and those ``refused``."""
    path = resources.files("smile_explore").joinpath("data/pyspedas_loaders.json")
    return json.loads(path.read_text("utf-8"))


def split(name: str) -> tuple[str, dict]:
    """Return the loader and its keyword arguments.

    Raises
    ------
    UnknownProductError, InputError
        If pyspedas has no such loader, it cannot only download, or has no such keyword.

    Examples
    --------
    >>> split("pyspedas:themis.sst?probe=a")
    ('themis.sst', {'probe': 'a'})
    """
    call, _, query = name.partition(":")[2].partition("?")
    loaders = listing()["loaders"]
    if call in listing()["refused"]:
        message = (
            f"pyspedas' {call} cannot only download its files (or does so by means of its own), so it is "
            f"not called here: look for its data by smile_explore.products({call.split('.')[0]!r}, everywhere=True)."
        )
        raise InputError(message)
    if call not in loaders:
        message = (
            f"pyspedas has no loader {call!r}.{did_you_mean(call, loaders)} "
            "Please write pyspedas:<mission>.<loader>?keyword=value, e.g. pyspedas:themis.sst?probe=a."
        )
        raise UnknownProductError(message)
    try:
        pairs = urllib.parse.parse_qsl(
            query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=50
        )
    except ValueError:
        message = f"{name!r}: after the question mark write keyword=value, with & between them."
        raise InputError(message) from None
    known = loaders[call]["keywords"]
    return call, {key: _value(call, key, text, known) for key, text in pairs}


def _value(call: str, key: str, text: str, known: dict):
    open_to_all = [k for k in known if k not in (*_OURS, *_SECRETS)]
    if key in known and key in _SECRETS:
        message = f"{key!r} of pyspedas' {call} would stand in file names and attributes: log-ins are not passed on."
        raise InputError(message)
    if key not in open_to_all:
        why = "is set by this package, not by you" if key in _OURS else "is unknown"
        message = (
            f"Keyword {key!r} of pyspedas' {call} {why}.{did_you_mean(key, open_to_all)} "
            f"It takes {', '.join(open_to_all) or 'none'}."
        )
        raise InputError(message)
    if not text.isprintable() or not text:
        message = (
            f"Keyword {key!r} of pyspedas' {call} has no value that can be read: write {key}=value."
        )
        raise InputError(message)
    parts = [_number(part, known[key]) for part in text.split(",")]
    return parts if len(parts) > 1 or isinstance(known[key], list) else parts[0]


def _number(text: str, default):
    """Return a number or truth value where the text is one and the loader expects no text."""
    if text.lower() in ("true", "false") and not isinstance(default, str):
        return text.lower() == "true"
    of = default[0] if isinstance(default, list) and default else default
    if isinstance(of, str) or not re.fullmatch(r"[+-]?\d+(\.\d+)?", text):
        return text
    return float(text) if "." in text else int(text)


def product(name: str) -> Product:
    """Return what a loader brings as a product.

    Raises
    ------
    UnknownProductError, InputError
        See `split`.
    """
    call, args = split(name)
    name = f"{SCHEME}:{call}" + (
        "?" + urllib.parse.urlencode(_plain(args), safe=",") if args else ""
    )
    mission = call.split(".")[0]
    options = {"call": call, "args": args, "dataset": plain(name), "as_brought": True}
    return Product(
        name=name,
        title=listing()["loaders"][call]["about"] or call,
        mission=mission,
        period="day",
        pattern=PATTERN,
        format="",
        mirrors=(Mirror("pyspedas", f"the archive of {mission}", options),),
        variables=(),
        time_reference="unknown",
        cadence="not stated",
        coverage=("not stated", "not stated"),
        note="Not a row of this package: names, units and frames are the files'.",
    )


def _plain(args: dict) -> dict:
    """Return arguments in one order, lists with commas: equal requests have equal names."""
    return {
        key: ",".join(map(str, value)) if isinstance(value, list) else value
        for key, value in sorted(args.items())
    }


def kinds(names) -> list[str]:
    """Return the different kinds of files among names: what is left without dates and versions.

    Examples
    --------
    >>> kinds(["tha_l2_sst_20080812_v01.cdf", "tha_l2_sst_20080813_v02.cdf", "tha_l2_esa_20080812_v01.cdf"])
    ['tha_l2_esa_*.cdf', 'tha_l2_sst_*.cdf']
    """
    without = (re.sub(r"_[vV]\d[\w.-]*(?=\.\w+$)", "", name) for name in names)
    return sorted({re.sub(r"\*[\d_T-]*", "*", _DATES.sub("*", name)) for name in without})


def search(text: str) -> tuple[list[dict], list[str]]:
    """Return the loaders whose name, missions or descriptions contain a text, and no notes."""
    text = text.lower()
    entries = [
        {
            "product": f"{SCHEME}:{call}",
            "title": entry["about"] or call,
            "variables": "keywords: " + ", ".join(k for k in entry["keywords"] if k not in (*_OURS, *_SECRETS)),
            "server": f"the archive of {call.split('.')[0]}",
            "where": "pyspedas",
        }
        for call, entry in listing()["loaders"].items()
        if text in f"{call} {entry['about']}".lower()
    ]  # fmt: skip
    return entries, []
