"""Rows of a product table: what a row may say, and how its text becomes a `Product`.

Knows TOML and the rules of a row, not where tables lie: the package's own and those of a
user are read alike. No network I/O.
"""

import difflib
import functools
import hashlib
import itertools
import re
from dataclasses import dataclass, field

from smile_explore.errors import InputError

#: A row may name several spacecraft or rates in braces, and is then a whole family.
PLACEHOLDERS = ("sc", "rate", "site")
#: What credits the authors of one data set, and says nothing of another one.
_OWN = ("doi", "acknowledgement", "verified")
#: A name that is its own folder or file name in the cache.
PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Variable:
    """One variable of a product: our name, where it comes from, units and frame.

    `origin` holds one archive name, or one per component. `units` None means: as the file says.
    """

    name: str
    origin: tuple[str, ...]
    units: str | None
    frame: str | None = None
    long_name: str = ""
    dims: tuple[str, ...] = ()  # names of the dims after time, where the file's will not do
    take: tuple[int, ...] = ()  # columns of a vector that also holds its magnitude
    fill: tuple[float, ...] = ()  # beside the file's own FILLVAL
    valid: tuple[float, float] | None = None  # instead of VALIDMIN and VALIDMAX
    flag: bool = False  # a quality flag: kept as integers
    good: tuple[int, ...] = ()  # flag values that leave the data as they are
    bad_bits: int = 0  # or: bits of a flag that reject the data, the others say something else
    applies_to: tuple[str, ...] = ()  # variables a flag speaks of; empty means all
    optional: bool = False
    time_reference: str = ""  # where it is not the product's: a ground index beside the wind

    @property
    def rejects(self) -> bool:
        """Whether it is a flag that may make other variables NaN."""
        return bool(self.good or self.bad_bits)


@dataclass(frozen=True)
class Mirror:
    """One way to the files of a product: a transport and what it needs to find them."""

    source: str  # a module of ``sources``: "pyspedas", "http", "hapi"
    server: str  # what the Dataset and the errors call it, e.g. "themis.ssl.berkeley.edu"
    options: dict = field(default_factory=dict, hash=False)  # for that transport alone


@dataclass(frozen=True)
class Product:
    """One row of the table. Knows nothing of how it is fetched."""

    name: str
    title: str
    mission: str
    period: str  # one file holds a "day", "month", "halfyear", "year", or is read "direct"
    pattern: str  # file name, strftime, with ? and * for versions
    format: str  # a module of ``formats``; empty: the content decides
    mirrors: tuple[Mirror, ...]
    variables: tuple[Variable, ...]  # none: all that the file holds, under its own names
    time_reference: str
    cadence: str
    coverage: tuple[str, str]
    doi: str = ""
    acknowledgement: str = ""
    verified: bool = False  # names and layout seen in a real file of the archive
    note: str = ""
    no_flags: str = ""  # why no quality flag is applied; empty if one is

    @property
    def dataset(self) -> str:
        """The archive's data set, which several products may share: the cache folder."""
        return self.mirrors[0].options.get("dataset", self.key) if self.mirrors else self.key

    @property
    def key(self) -> str:
        """The name as a file or folder may have it: no separator, no wildcard, never ``..``."""
        return plain(self.name)


@functools.cache
def plain(name: str) -> str:
    """Return a name that is safe as a file name, and belongs to this name alone.

    Examples
    --------
    >>> plain("omni.1min"), plain("hapi:amda/../x")
    ('omni.1min', 'hapi_amda_x-55671344')
    """
    if PLAIN_NAME.fullmatch(name):
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return re.sub(r"[^A-Za-z0-9@-]+", "_", name).strip("_")[:80] + "-" + digest


def did_you_mean(word: str, known) -> str:
    """Return `` Did you mean a, b?`` for the known words nearest to `word`, or nothing."""
    spelled = {str(k).lower(): str(k) for k in known}
    near = difflib.get_close_matches(word.lower(), list(spelled), n=3, cutoff=0.5)
    return f" Did you mean {', '.join(spelled[k] for k in near)}?" if near else ""


def products(rows: dict, others: dict | None = None) -> dict[str, Product]:
    """Return the products of a table, by name.

    Parameters
    ----------
    rows : dict
        As TOML gives them: name of the row, then its keys.
    others : dict, optional
        Rows of another table, which ``like`` may name too.

    Raises
    ------
    InputError
        If a row breaks a rule; the message names row and key.
    """
    known = {**(others or {}), **rows}
    members = [p for name, row in rows.items() for p in _family(name, _like(name, row, known))]
    return {p.name: p for p in members}


def _like(name: str, row: dict, known: dict) -> dict:
    """Return a row with what it takes from another; credit is not taken from another data set."""
    if not isinstance(row, dict):
        message = f"row {name!r} is no table: begin it with [{name!r}] in a line of its own."
        raise InputError(message)
    row = dict(row)
    if "like" in row:
        base = known.get(row["like"]) if isinstance(row["like"], str) else None
        if not isinstance(base, dict) or "like" in base:
            message = f"row {name!r}, key 'like': {row['like']!r} is no row that stands for itself."
            raise InputError(message)
        del row["like"]
        same = _identity(name, base | row) == _identity(str(name), base)
        row = {k: v for k, v in base.items() if same or k not in _OWN} | row
    if not (row.get("doi") or row.get("acknowledgement")):
        message = (
            f"row {name!r} has neither 'doi' nor 'acknowledgement' of its own: say whom to thank "
            "for this data set; another data set's is not taken over."
        )
        raise InputError(message)
    return row


def _identity(name: str, row: dict) -> tuple:
    """Return what tells the archive's data set: equal for two rows of one data set."""
    mirrors = [m for m in row.get("mirrors", []) if isinstance(m, dict)]
    first = mirrors[0].get("dataset", name) if mirrors else name
    return first, row.get("pattern")


def _family(name: str, row: dict):
    """Yield one Product for each combination of the row's placeholders."""
    keys = [k for k in PLACEHOLDERS if k in row]
    common = {k: v for k, v in row.items() if k not in keys}
    for values in itertools.product(*(row[k] for k in keys)):
        words = dict(zip(keys, values, strict=True))
        words |= {k.upper(): v.upper() for k, v in words.items()}
        yield _product(_fill_in(name, words), _fill_in(common, words))


def _fill_in(value, words: dict):
    """Replace ``{sc}`` and its like in every text of a row."""
    if isinstance(value, str):
        for key, word in words.items():
            value = value.replace("{" + key + "}", word)
        return value
    if isinstance(value, list):
        return [_fill_in(v, words) for v in value]
    if isinstance(value, dict):
        return {k: _fill_in(v, words) for k, v in value.items()}
    return value


def _product(name: str, row: dict) -> Product:
    row = dict(row)
    variables = tuple(_variable(v) for v in row.pop("variables"))
    mirrors = tuple(
        Mirror(
            m["source"], m["server"], {k: v for k, v in m.items() if k not in ("source", "server")}
        )
        for m in row.pop("mirrors", [])
    )
    row = {"format": "", "cadence": "not stated", "title": "", "mission": "", "time_reference": "unknown", "coverage": ("not stated", "not stated")} | row  # fmt: skip
    row["coverage"] = tuple(row["coverage"])
    return Product(name=name, mirrors=mirrors, variables=variables, **row)


def _variable(entry: dict) -> Variable:
    entry = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
    origin = entry.pop("from")
    return Variable(
        origin=(origin,) if isinstance(origin, str) else origin, **{"units": None, **entry}
    )
