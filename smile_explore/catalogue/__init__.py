"""The table of products and of curated events: what exists, where it lives, what we call it.

The rows are in ``data/products.toml`` and ``data/events.csv``; this module only reads and
searches them. It does no network I/O.
"""

import difflib
import functools
import tomllib
from importlib import resources

import pandas as pd

from smile_explore.catalogue import rows
from smile_explore.catalogue.rows import Mirror, Product, Variable  # noqa: F401  their public name is here
from smile_explore.errors import UnknownProductError


@functools.cache
def table() -> dict[str, Product]:
    """Return every known product, by name."""
    text = resources.files("smile_explore").joinpath("data/products.toml").read_text("utf-8")
    return rows.products(tomllib.loads(text))


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
    entries = [
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
    df = pd.DataFrame(entries).set_index("product")
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
