"""What a row of a product table may say: every fault of a row, in words, before it is used.

A user's table is judged by these rules when it is read, and by ``smile-explore product check``;
the package's own rows pass them in a test. Rows lead nowhere but to http(s) addresses, and name
files, never paths.
"""

import dataclasses
import functools
import json
import math
import re
from importlib import resources

from smile_explore.catalogue.rows import (
    PLACEHOLDERS,
    PLAIN_NAME,
    Product,
    Variable,
    did_you_mean,
    products,
)
from smile_explore.errors import InputError
from smile_explore.systems import FRAMES
from smile_explore.units import parses

#: Modules of ``formats`` that read files, and of ``sources`` that fetch them.
FORMATS = (
    "cdaweb", "cdf", "cef", "hapi", "kp", "kyoto", "netcdf", "omniweb", "sxi", "uvi",
)  # fmt: skip
SOURCES = {
    "pyspedas": {"dataset", "call", "args", "root"},
    "http": {"dataset", "url", "query", "csa"},
    "hapi": {"dataset", "url", "id"},
}
TIME_REFERENCES = ("spacecraft", "L1", "bow-shock nose", "ground", "Earth", "unknown")
_PERIOD = re.compile(r"day|month|halfyear|year|file|(1|2|3|4|6|8|12)h")
_ADDRESS = re.compile(r"https?://[^/@\s]+/\S*", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_NEEDED = ("title", "mission", "period", "pattern", "variables", "time_reference", "coverage")
_MOST_MEMBERS = 1000
_MOST_SIGNS = 5_000_000  # of a family, filled in


def faults(rows: dict, others: dict) -> list[str]:
    """Return all that is wrong in the rows of a table, each with row and key.

    Parameters
    ----------
    rows, others : dict
        As TOML gives them; ``like`` may name rows of both, names of `others` are taken.
    """
    wrong = [f"row {name!r}{text}" for name, row in rows.items() for text in _shape(row)]
    if wrong:
        return wrong
    taken = {p: "the package" for p in products(others)} if others else {}
    for name, row in rows.items():
        try:
            members = products({name: row}, {**others, **rows})
        except InputError as err:
            wrong.append(str(err))
            continue
        missing = [k for k in _NEEDED if not _says(row, k, {**others, **rows})]
        wrong += [f"row {name!r}, key {k!r} is missing: every row needs it." for k in missing]
        for member, product in members.items():
            wrong += [f"row {name!r}{text}" for text in _meaning(product)]
            if member in taken:
                wrong.append(
                    f"row {name!r}: {member!r} is a name of {taken[member]} already: call yours otherwise."
                )
            taken[member] = "another row"
    return list(dict.fromkeys(wrong))


def _says(row: dict, key: str, known: dict) -> bool:
    return bool(row.get(key) or known.get(row.get("like"), {}).get(key))


# --------------------------------------------------------------------------- types and keys


def _line(value) -> bool:
    return isinstance(value, str) and value.isprintable()


def _lines(value) -> bool:
    return isinstance(value, list) and all(map(_line, value))


def _number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _whole(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _list_of(good, n=None):
    return lambda value: (
        isinstance(value, list) and all(map(good, value)) and len(value) == (n or len(value))
    )


def _plain_name(value) -> bool:
    return _line(value) and re.fullmatch(r"[A-Za-z0-9{][\w.{}-]*", value) is not None


def _addresses(value) -> bool:
    given = value if isinstance(value, list) else [value]
    return bool(given) and all(_line(a) and _ADDRESS.fullmatch(a) for a in given)


_TEXT = (_line, "a text in one line")
_NAMES = (_lines, "a list of names")
_SWITCH = (lambda value: isinstance(value, bool), "true or false")
_TABLES = (_list_of(lambda e: isinstance(e, dict)), "a list of tables {...}")
_MEMBERS = (lambda v: _lines(v) and v and all(re.fullmatch(r"[\w-]{1,32}", w) for w in v), "a list of short names")  # fmt: skip
_FOLDER = (_plain_name, "a plain name, for it becomes a folder")
_ADDRESSES = (_addresses, "an address that begins with http:// or https://")
_TABLE = (lambda value: isinstance(value, dict), "a table {...}")
#: What each key must be: a judge, and its words.
_ROW = {
    **{f.name: _TEXT for f in dataclasses.fields(Product) if f.type in (str, "str")},
    "like": _TEXT,
    "verified": _SWITCH,
    "coverage": (_list_of(_line, 2), "two texts, e.g. ['2007-03-01', 'now']"),
    "variables": _TABLES,
    "mirrors": _TABLES,
    **dict.fromkeys(PLACEHOLDERS, _MEMBERS),
}
del _ROW["name"]
_VARIABLE = {
    **{f.name: _TEXT for f in dataclasses.fields(Variable) if f.type in (str, "str")},
    "name": (lambda v: _line(v) and _NAME.fullmatch(v), "letters, digits and underscores"),
    "from": (lambda v: v and (_line(v) or _lines(v)), "the file's name, or a list of its components' names"),
    "units": _TEXT,
    "frame": _TEXT,
    "long_name": _TEXT,
    "dims": _NAMES,
    "applies_to": _NAMES,
    "take": (_list_of(_whole), "a list of whole numbers"),
    "good": (_list_of(_whole), "a list of whole numbers"),
    "bad_bits": (_whole, "a whole number"),
    "fill": (_list_of(_number), "a list of numbers"),
    "valid": (_list_of(_number, 2), "the lowest and the highest good value"),
    "flag": _SWITCH,
    "optional": _SWITCH,
    "time_reference": (lambda v: _line(v) and v in TIME_REFERENCES, f"one of {', '.join(TIME_REFERENCES)}"),
}  # fmt: skip
_MIRROR = {
    "source": (lambda v: _line(v) and v in SOURCES, f"one of {', '.join(SOURCES)}"),
    "server": _TEXT,
    "dataset": _FOLDER,
    "csa": _FOLDER,
    "url": _ADDRESSES,
    "root": _ADDRESSES,
    "id": _TEXT,
    "call": (lambda v: _line(v) and v in _loaders(), "a loader of pyspedas, e.g. themis.fgm"),
    "args": _TABLE,
    "query": _TABLE,
}


def _shape(row):
    """Yield faults of keys and types, before anything is made of the row."""
    if not isinstance(row, dict):
        yield " is no table: begin it with its name in brackets and quotation marks."
        return
    wrong = [*_against(row, _ROW)]
    yield from wrong
    if wrong:
        return
    members = math.prod(len(row[key]) for key in PLACEHOLDERS if key in row)
    if members > _MOST_MEMBERS or members * len(repr(row)) > _MOST_SIGNS:
        yield f" makes {members} products, which is too many for one row."
    for entry in row.get("variables", []):
        where = f", variable {_short(entry.get('name', '?'))}"
        yield from (where + text for text in _against(entry, _VARIABLE, ("name", "from")))
    for mirror in row.get("mirrors", []):
        where = f", mirror {_short(mirror.get('server', '?'))}"
        yield from (where + text for text in _of_mirror(mirror))


def _against(table: dict, keys: dict, needed=()):
    for key, value in table.items():
        if key not in keys:
            yield f", key {key!r} is unknown.{did_you_mean(key, keys)}"
        elif not keys[key][0](value):
            near = did_you_mean(str(value), _loaders()) if key == "call" else ""
            yield f", key {key!r} must be {keys[key][1]}, not {_short(value)}.{near}"
    yield from (f", key {key!r} is missing." for key in needed if key not in table)


def _of_mirror(mirror: dict):
    source = mirror.get("source")
    options = SOURCES.get(source, _MIRROR) if isinstance(source, str) else _MIRROR
    keys = {k: v for k, v in _MIRROR.items() if k in {"source", "server", *options}}
    needed = {"pyspedas": ("call",), "http": ("url",), "hapi": ("url", "id")}
    more = needed.get(source, ()) if isinstance(source, str) else ()
    yield from _against(mirror, keys, ("source", "server", *more))


@functools.cache
def _loaders() -> dict:
    path = resources.files("smile_explore").joinpath("data/pyspedas_loaders.json")
    return json.loads(path.read_text("utf-8"))["loaders"]


def _short(value) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


# --------------------------------------------------------------------------- meaning


def _meaning(row: Product):
    """Yield faults of what a row says, its placeholders filled in."""
    if not PLAIN_NAME.fullmatch(row.name):
        yield f": {_short(row.name)} is no product's name: letters, digits, dots and dashes make one."
    if not _PERIOD.fullmatch(row.period):
        yield f", key 'period' is {row.period!r}: it must be day, month, halfyear, year, file or hours such as 2h."
    bad = set(row.pattern) & set('/\\:"<>|') or ".." in row.pattern or len(row.pattern) > 200
    if bad or "%Y" not in row.pattern:
        yield f", key 'pattern' is {_short(row.pattern)}: it must be a file's name with %Y, %m, %d, never a path."
    if row.format and row.format not in FORMATS:
        yield f", key 'format' is {row.format!r}: it must be one of {', '.join(FORMATS)}, or be empty.{did_you_mean(row.format, FORMATS)}"
    if row.time_reference not in TIME_REFERENCES:
        yield f", key 'time_reference' is {row.time_reference!r}: it must be one of {', '.join(TIME_REFERENCES)}."
    if not PLAIN_NAME.fullmatch(row.dataset):
        yield f", key 'dataset' is {_short(row.dataset)}: it must be a plain name, for it becomes a folder."
    yield from _of_variables(row)


def _of_variables(row: Product):
    names = [v.name for v in row.variables]
    for name in {n for n in names if names.count(n) > 1}:
        yield f", variable {name!r} stands there twice."
    for variable in row.variables:
        yield from (f", variable {variable.name!r}{text}" for text in _of_variable(variable, names))


def _of_variable(variable: Variable, names):
    if variable.units is not None and not parses(variable.units):
        yield f", key 'units' is {variable.units!r}, which cannot be read: write it as km s-1, nT, cm-3 or 1."
    if variable.frame is not None and variable.frame not in FRAMES:
        yield f", key 'frame' is {variable.frame!r}: it must be one of {', '.join(sorted(FRAMES))}."
    if variable.frame is None and (len(variable.origin) == 3 or variable.take):
        yield ", key 'frame' is missing: three components need one, or 'dims' with a name for them."
    if variable.rejects and not variable.flag:
        yield ", key 'flag' is missing: what has good values or bad bits is a flag."
    if variable.good and variable.bad_bits:
        yield ", keys 'good' and 'bad_bits' are both there: give the one that the flag is read by."
    for other in set(variable.applies_to) - set(names):
        yield f", key 'applies_to' names {other!r}, which is no variable of the row."
