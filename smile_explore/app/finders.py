"""Ways to fill the time table: a condition the user types, and the detectors of `events`."""

import pandas as pd
import xarray as xr

from smile_explore import events
from smile_explore.app.regions import joined_for
from smile_explore.errors import InputError
from smile_explore.markup import escape


def by_condition(ds: xr.Dataset, text: str) -> pd.DataFrame:
    """Return the intervals in which a condition holds, their kind being the condition."""
    return events.find(ds, text).assign(kind=text)


def underlined(text: str, err: Exception, color: str) -> str:
    """Return the condition with its mistaken word underlined, and what is allowed there."""
    word, at = getattr(err, "word", "") or "", getattr(err, "position", None)
    if at is None:
        return told(str(err), color)
    wrong = escape(text[at : at + max(len(word), 1)] or "␣")
    marked = f'{escape(text[:at])}<u style="text-decoration:underline wavy {color}">{wrong}</u>{escape(text[at + max(len(word), 1) :])}'  # fmt: skip
    return f'<code>{marked}</code><br><span role="alert" style="color:{color}">{escape(str(err))}</span>'  # fmt: skip


def told(text: str, color: str) -> str:
    """Return a sentence that a screen reader speaks."""
    return f'<span role="status" style="color:{color}">{escape(text)}</span>'


def _with(variable: str, products, dataset):
    """Return the first product's Dataset that has a variable."""
    for product in [*products, "omni.1min"]:
        ds = dataset(product)
        if variable in ds and product.split(".")[0] in ("omni", "ace", "wind", "dscovr"):
            return ds
    message = f"No product of the wind with {variable!r} is in the stack: add one, e.g. omni.1min."
    raise InputError(message)


def _named(found: pd.DataFrame, kind: str) -> pd.DataFrame:
    found = found.copy()
    if "kind" not in found:
        found["kind"] = kind
    if "stop" not in found:
        found["stop"] = found["start"]
    return found[["start", "stop", "kind"]]


def _upstream(detector, variable: str, kind: str):
    def find(dataset, products):
        return _named(detector(_with(variable, products, dataset)[variable]), kind)

    return find


def _shocks(dataset, products):
    return _named(events.shocks(_with("n_p", products, dataset)), "shock")


def _crossings(detector, kind: str):
    def find(dataset, products):
        return _named(detector(joined_for(dataset, products)), kind)

    return find


#: Name to (dataset(product), products of the stack) -> time table.
DETECTORS = {
    "southward turnings": _upstream(events.southward_turnings, "b", "southward turning"),
    "northward turnings": _upstream(events.northward_turnings, "b", "northward turning"),
    "pressure pulses": _upstream(events.pressure_pulses, "p_dyn", "pressure pulse"),
    "interplanetary shocks": _shocks,
    "magnetopause crossings": _crossings(events.magnetopause_crossings, "magnetopause"),
    "bow-shock crossings": _crossings(events.bow_shock_crossings, "bow shock"),
    "substorm onsets": _upstream(events.substorm_onsets, "al", "substorm onset"),
    "storms": _upstream(events.storms, "sym_h", "storm"),
}
