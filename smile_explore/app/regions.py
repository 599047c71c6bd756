"""The bar of regions: which kind of space a spacecraft was in, from its own field and plasma."""

import itertools

import numpy as np
import xarray as xr

from smile_explore import catalogue, events
from smile_explore.app.store import milliseconds
from smile_explore.app.upstream import position_product, spacecraft_of
from smile_explore.errors import InputError, SmileExploreError

_PLASMA = (".esa", ".cis", ".fpi")
_FIELD = (".fgm",)
_MOST_SAMPLES = 30_000


def region_spans(dataset, panels) -> tuple[str, list]:
    """Return a spacecraft and its regions, (left, right, name) in ms; ("", []) if there are none.

    Parameters
    ----------
    dataset : callable
        From a product's name to its Dataset, or None.
    panels : list of str
        The first spacecraft of these with field and plasma is taken.
    """
    found = _parts(dataset, panels)
    if found is None:
        return "", []
    who, parts = found
    try:
        return who, _spans(_joined(*parts))
    except SmileExploreError:
        return "", []


def joined_for(dataset, panels) -> xr.Dataset:
    """Return field, plasma and position of the first spacecraft of the stack that has them.

    Raises
    ------
    InputError
        If there is none.
    """
    found = _parts(dataset, panels)
    if found is None:
        message = "No spacecraft with field and plasma is in the stack: add both, e.g. themis.a.fgm and themis.a.esa."
        raise InputError(message)
    return _joined(*found[1])


def _parts(dataset, panels):
    """Return a spacecraft and its Datasets: plasma, field and, if there is one, position."""
    products = list(dict.fromkeys(catalogue.of_panel(p)[0] for p in panels))
    for plasma in (p for p in products if p.endswith(_PLASMA)):
        who = spacecraft_of(plasma)
        field = next((p for p in products if p.endswith(_FIELD) and spacecraft_of(p) == who), None)
        parts = [dataset(p) for p in (plasma, field, position_product(plasma)) if p]
        if field is not None and all(ds is not None for ds in parts[:2]):
            return who, parts
    return None


def _joined(plasma: xr.Dataset, field: xr.Dataset, position: xr.Dataset | None = None):
    """Return field and plasma on the plasma's times; the nearest sample, never one made up."""
    plasma = plasma.isel(time=slice(None, None, max(1, plasma.sizes["time"] // _MOST_SAMPLES)))
    time = plasma["time"]
    wanted = [n for n in ("n_i", "n_p", "t_i", "t_p", "v") if n in plasma]
    step = np.median(np.diff(time.values)) if len(time) > 1 else np.timedelta64(1, "m")
    out = plasma[wanted].copy()
    out["b"] = field["b"].reindex(time=time, method="nearest", tolerance=step)
    if position is not None and "pos" in position:
        near = position["pos"].reindex(time=time, method="nearest", tolerance=np.timedelta64(10, "m"))  # fmt: skip
        out["pos"] = near
    return out


def _spans(ds: xr.Dataset) -> list:
    label = events.regions(ds)["label"].values
    t = milliseconds(ds["time"].values)
    if not len(t):
        return []
    edge = np.r_[0, np.flatnonzero((label[1:] != label[:-1]) | (np.diff(t) > 10 * np.median(np.diff(t)))) + 1, len(t)]  # fmt: skip
    pairs = itertools.pairwise(edge)
    return [(t[a], t[min(b, len(t) - 1)], str(label[a])) for a, b in pairs if label[a]]
