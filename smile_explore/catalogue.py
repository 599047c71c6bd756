"""The table of products and of curated events: what exists, where it lives, what we call it.

The rows are in ``data/products.toml`` and ``data/events.csv``; this module only reads and
searches them. It does no network I/O.
"""

import difflib
import functools
import itertools
import tomllib
from dataclasses import dataclass, field
from importlib import resources

import pandas as pd

from smile_explore.errors import UnknownProductError

#: A row may name several spacecraft or rates in braces, and is then a whole family.
_PLACEHOLDERS = ("sc", "rate", "site")


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
    applies_to: tuple[str, ...] = ()  # variables a flag speaks of; empty means all
    optional: bool = False


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
    variables: tuple[Variable, ...]
    time_reference: str
    cadence: str
    coverage: tuple[str, str]
    doi: str = ""
    acknowledgement: str = ""
    verified: bool = False  # names and layout seen in a real file of the archive
    note: str = ""

    @property
    def dataset(self) -> str:
        """The archive's data set, which several products may share: the cache folder."""
        return self.mirrors[0].options.get("dataset", self.name) if self.mirrors else self.name


@functools.cache
def table() -> dict[str, Product]:
    """Return every known product, by name."""
    text = resources.files("smile_explore").joinpath("data/products.toml").read_text("utf-8")
    rows = tomllib.loads(text)
    rows = {name: rows.get(row.pop("like", ""), {}) | row for name, row in rows.items()}
    return {p.name: p for name, row in rows.items() for p in _family(name, row)}


def _family(name: str, row: dict):
    """Yield one Product for each combination of the row's placeholders."""
    keys = [k for k in _PLACEHOLDERS if k in row]
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
    row["coverage"] = tuple(row["coverage"])
    return Product(name=name, mirrors=mirrors, variables=variables, **row)


def _variable(entry: dict) -> Variable:
    entry = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
    origin = entry.pop("from")
    return Variable(
        origin=(origin,) if isinstance(origin, str) else origin, **{"units": None, **entry}
    )


def product(name: str) -> Product:
    """Return one product.

    Raises
    ------
    UnknownProductError
        If no row has that name; the message proposes the nearest ones.

    Examples
    --------
    >>> product("omni.1min").time_reference
    'bow-shock nose'
    """
    try:
        return table()[name]
    except (KeyError, TypeError):
        message = (
            f"No product {name!r}.{did_you_mean(str(name), table())} See smile_explore.products()."
        )
        raise UnknownProductError(message) from None


def did_you_mean(word: str, known) -> str:
    """Return `` Did you mean a, b?`` for the known words nearest to `word`, or nothing."""
    near = difflib.get_close_matches(word.lower(), list(known), n=3, cutoff=0.5)
    return f" Did you mean {', '.join(near)}?" if near else ""


def products(match: str | None = None) -> pd.DataFrame:
    """Return the table of products, one row each, indexed by name.

    Parameters
    ----------
    match : str, optional
        Keep rows whose name, title or variables contain this text (any case).

    Returns
    -------
    DataFrame
        Columns title, variables, cadence, time_reference, coverage, server, verified, doi.
    """
    rows = [
        {
            "product": p.name,
            "title": p.title,
            "variables": ", ".join(v.name for v in p.variables),
            "cadence": p.cadence,
            "time_reference": p.time_reference,
            "coverage": " to ".join(p.coverage),
            "server": ", ".join(dict.fromkeys(m.server for m in p.mirrors)) or "a folder of files",
            "verified": p.verified,
            "doi": p.doi,
        }
        for p in table().values()
    ]
    df = pd.DataFrame(rows).set_index("product")
    if match is None:
        return df
    text = df.index.to_series() + " " + df["title"] + " " + df["variables"]
    return df[text.str.contains(match, case=False, regex=False)]


@functools.cache
def events() -> pd.DataFrame:
    """Return the curated events of ``data/events.csv``, indexed by name.

    Returns
    -------
    DataFrame
        Columns start, stop (datetime64[ns], UTC), kind, products, title, why, reference, doi.
    """
    with (
        resources.files("smile_explore").joinpath("data/events.csv").open(encoding="utf-8") as file
    ):
        df = pd.read_csv(file, parse_dates=["start", "stop"], comment="#")
    return df.set_index("name")


def event(name: str) -> pd.Series:
    """Return one curated event, or `UnknownProductError` with the nearest names."""
    if name not in events().index:
        message = f"No event {name!r}.{did_you_mean(name, events().index)} See smile_explore.catalogue.events()."
        raise UnknownProductError(message)
    return events().loc[name]
