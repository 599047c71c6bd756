"""Samples of one spacecraft, made fit for methods that need every value of each of them.

Samples with a missing value are left out and counted; nothing is interpolated, and series
on different times or in different frames are refused.
"""

import numpy as np
import xarray as xr

from smile_explore.contract import require
from smile_explore.errors import InputError

#: Fewest samples: the matrices of three components have full rank from four on.
FEWEST = 4


def complete(given, frame):
    """Return arrays without incomplete samples, their frame, and how many were left out.

    Parameters
    ----------
    given : dict of DataArray or array_like
        ``b`` (nT), ``v`` (km s-1), ``n`` (cm-3, missing where it is not above 0), or any
        other vector under another name. Only ``n`` is no vector.
    frame : str or None
        What arrays cannot say.

    Raises
    ------
    InputError
        If shapes, times or frames differ, or fewer than 4 samples are complete.
    DatasetError
        If units are others.
    """
    series = {k: x for k, x in given.items() if isinstance(x, xr.DataArray)}
    frame = _common_frame([x for x in series.values() if "cartesian" in x.dims], frame)
    times = [x["time"].values for x in series.values() if "time" in x.coords]
    if any(not np.array_equal(t, times[0]) for t in times):
        message = (
            f"{', '.join(series)} are on different times: bring them onto the same ones first."
        )
        raise InputError(message)
    arrays = {k: _array(x, k) for k, x in given.items()}
    shapes = {k: x.shape for k, x in arrays.items()}
    if any(len(s) != (1 if k == "n" else 2) or s[1:] not in ((), (3,)) for k, s in shapes.items()):
        message = f"Shapes {shapes}: vectors are (n, 3), a density (n,)."
        raise InputError(message)
    if len({s[0] for s in shapes.values()}) > 1:
        message = f"Shapes {shapes}: all need as many samples."
        raise InputError(message)
    good = np.all(
        [np.isfinite(x).all(axis=tuple(range(1, x.ndim))) for x in arrays.values()], axis=0
    )
    if good.sum() < FEWEST:
        message = f"{good.sum()} of {len(good)} samples are complete: {FEWEST} are needed at least, 20 or more to be of use."
        raise InputError(message)
    return [x[good] for x in arrays.values()], frame, int((~good).sum())


def _common_frame(vectors, frame) -> str:
    frames = {frame} - {None} | {x.attrs.get("coordinate_system") for x in vectors}
    if len(frames) != 1 or None in frames:
        message = f"The frames are {sorted(map(str, frames))}: state one, with frame= for arrays, and rotate() what differs."
        raise InputError(message)
    return frames.pop()


def _array(x, name) -> np.ndarray:
    if isinstance(x, xr.DataArray):
        units = {"b": "nT", "v": "km s-1", "n": "cm-3"}.get(name)
        x = require(x, units) if units else x
        x = x.sel(cartesian=list("xyz")).transpose(..., "cartesian") if "cartesian" in x.dims else x
        x = x.values
    x = np.asarray(x, dtype=float)
    return np.where(x > 0, x, np.nan) if name == "n" else x


def text(vector) -> str:
    """Return a vector as results print it."""
    return "({:.3f}, {:.3f}, {:.3f})".format(*vector)
