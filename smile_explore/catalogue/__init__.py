"""The table of products and of curated events: what exists, where it lives, what we call it.

The rows are in ``data/products.toml`` and ``data/events.csv``; this module only reads and
searches them. It does no network I/O.
"""

import functools
import re
import tomllib
import warnings
from importlib import resources
from pathlib import Path

import pandas as pd

from smile_explore.catalogue import rows, rules, user
from smile_explore.catalogue.rows import Mirror, Product, Variable, did_you_mean  # noqa: F401  their public name is here
from smile_explore.errors import InputError, ReadingWarning, UnknownProductError


@functools.cache
def _stanzas() -> dict:
    text = resources.files("smile_explore").joinpath("data/products.toml").read_text("utf-8")
    return tomllib.loads(text)


@functools.cache
def _own() -> dict[str, Product]:
    return rows.products(_stanzas())


def table() -> dict[str, Product]:
    """Return every known product, by name: the package's, and those of a user's own tables.

    Warns
    -----
    ReadingWarning
        If a table of the user's breaks a rule: none of theirs is then known.
    """
    if not user.files():
        return _own()
    try:
        return _own() | user.table(_stanzas())
    except InputError as err:
        warnings.warn(f"Your own products are left out. {err}", ReadingWarning, stacklevel=2)
        return _own()


def faults(path) -> list[str]:
    """Return all that is wrong in a user's table of products, each with row and key.

    Raises
    ------
    InputError
        If it cannot be read at all.
    """
    return rules.faults(user.stanzas(Path(path).expanduser()), _stanzas())


def of_file(path) -> dict[str, Product]:
    """Return the products of one table of a user's, by name; it must be without `faults`."""
    return rows.products(user.stanzas(Path(path).expanduser()), _stanzas())


def of_panel(text: str) -> tuple[str, str, str]:
    """Return product, variables and frame (or hours) of a panel's text, however its product is named.

    Examples
    --------
    >>> of_panel("omni.1min:b:GSM")
    ('omni.1min', 'b', 'GSM')
    >>> of_panel("hapi:https://example.org:8080/hapi/A/B@0:Bx,By")
    ('hapi:https://example.org:8080/hapi/A/B@0', 'Bx,By', '')
    """
    parts = str(text).strip()
    scheme = parts.partition(":")[0]
    if scheme not in _FINDERS:
        product, _, rest = parts.partition(":")
        return product, *rest.partition(":")[::2]
    with_frame = _WITH_FRAME.fullmatch(parts)
    if with_frame:
        return with_frame.groups()
    product, _, names = parts.rpartition(":")
    return (product, names, "") if ":" in product else (parts, "", "")


#: A product with a scheme, names of variables, then a frame or hours of local time.
_WITH_FRAME = re.compile(
    r"(\w+:.+):(\|?\w+\|?(?:,\s*\|?\w+\|?)*):([A-Za-z]\w*|\d\d-\d\d)", re.DOTALL
)

#: What finds products without a row: modules with `product` and `search`, by the scheme of names.
_FINDERS: dict[str, object] = {}


def register(finder) -> None:
    """Let a module with ``SCHEME``, ``product(name)`` and ``search(text)`` find ``<scheme>:...``."""
    _FINDERS[finder.SCHEME] = finder


def product(name: str) -> Product:
    """Return one product: a row, or what a server or pyspedas has under ``hapi:`` or ``pyspedas:``.

    Raises
    ------
    UnknownProductError
        If no row has that name; the message proposes the nearest ones.
    InputError
        If a name with a scheme cannot be read.

    Examples
    --------
    >>> product("omni.1min").time_reference
    'bow-shock nose'
    """
    scheme = name.partition(":")[0] if isinstance(name, str) and ":" in name else ""
    if scheme in _FINDERS:
        return _FINDERS[scheme].product(name)
    try:
        return (table() if name in _own() else _own() | user.table(_stanzas()))[name]
    except (KeyError, TypeError):
        message = f"No product {name!r:.80}.{did_you_mean(str(name)[:80], table())} See smile_explore.products()."
        raise UnknownProductError(message) from None


def products(match: str | None = None, *, everywhere: bool = False) -> pd.DataFrame:
    """Return the table of products, one row each, indexed by name.

    Parameters
    ----------
    match : str, optional
        Keep rows whose name, title or variables contain this text (any case).
    everywhere : bool
        Search pyspedas' loaders and the catalogues of HAPI servers too; the latter are fetched
        once a week and are then at hand offline.

    Returns
    -------
    DataFrame
        Columns title, variables, cadence, time_reference, coverage, server, verified, doi; with
        `everywhere` also where: "row", "pyspedas" or the HAPI server. Each name can be loaded.
        ``attrs["notes"]`` says which catalogues are old or could not be searched.

    Raises
    ------
    InputError
        If everywhere is to be searched for nothing, or a table of the user's breaks a rule.
    """
    known = _own() | user.table(_stanzas())
    df = _as_table([_entry(p) for p in known.values()])
    if match is not None:
        text = df.index.to_series() + " " + df["title"] + " " + df["variables"]
        df = df[text.str.contains(match, case=False, regex=False)]
    return _with_others(df, match) if everywhere else df


def _entry(row: Product) -> dict:
    return {
        "product": row.name,
        "title": row.title,
        "variables": ", ".join(v.name for v in row.variables),
        "cadence": row.cadence,
        "time_reference": row.time_reference,
        "coverage": " to ".join(row.coverage),
        "server": ", ".join(dict.fromkeys(m.server for m in row.mirrors)) or "a folder of files",
        "verified": row.verified,
        "doi": row.doi,
    }


def _as_table(entries: list[dict]) -> pd.DataFrame:
    return pd.DataFrame(entries).set_index("product")


def _with_others(df: pd.DataFrame, match: str | None) -> pd.DataFrame:
    """Add what is no row; what is not known of it without asking is empty, never guessed."""
    if not (match or "").strip():
        message = "products(everywhere=True) needs a text to search for, e.g. products('sst', everywhere=True)."
        raise InputError(message)
    searched = [finder.search(match.strip()) for finder in _FINDERS.values()]
    blank = dict.fromkeys(df.columns, "") | {"time_reference": "unknown", "verified": False}
    others = [blank | entry for entries, _ in searched for entry in entries]
    df = df.assign(where="row")
    if others:
        columns = df.columns
        df = pd.concat([df, _as_table(others)[columns]]) if len(df) else _as_table(others)[columns]
    df.attrs["notes"] = "; ".join(note for _, notes in searched for note in notes)
    return df


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
        message = f"No event {name!r:.80}.{did_you_mean(name, events().index)} See smile_explore.catalogue.events()."
        raise UnknownProductError(message)
    return events().loc[name]
