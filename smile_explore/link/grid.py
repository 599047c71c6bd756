"""Two series on one regular grid, by averaging; nothing is interpolated, no gap bridged."""

import numpy as np
import xarray as xr

from smile_explore.errors import DatasetError, InputError
from smile_explore.events.series import clock

#: Share of a bin that samples must cover for the bin to have a value.
_COVERED = 0.75


def common_grid(driver: xr.DataArray, response: xr.DataArray, margin: int):
    """Return both series on one grid of the coarser cadence, and that cadence.

    Each sample stands for one cadence of its series around its stamp; a bin is the mean of
    what lies in it, weighted by how much of it each sample covers. So stamps that differ by
    a fraction of the cadence cost some sharpness, but no time.

    Parameters
    ----------
    driver, response : DataArray, dims (time)
        Any cadence, any gaps; NaN is missing.
    margin : int
        Nanoseconds: what lies further apart than this from the other series is left out.

    Returns
    -------
    tuple of ndarray, ndarray, int
        Driver and response, NaN where samples cover less than three quarters of a bin, and
        the cadence in nanoseconds. Empty arrays if the series are further apart than `margin`.

    Raises
    ------
    InputError, DatasetError
        If a series is no series of numbers over time.
    """
    series = [_series(x, name) for x, name in ((driver, "driver"), (response, "response"))]
    begin = max(s[0][0] for s in series) - margin
    end = min(s[0][-1] for s in series) + margin
    inside = [tuple(x[(s[0] >= begin) & (s[0] <= end)] for x in s[:2]) for s in series]
    step = max(s[2] for s in series)
    if not all(len(time) for time, _ in inside):
        return np.empty(0), np.empty(0), step
    coarser = int(np.argmax([s[2] for s in series]))
    origin = inside[coarser][0][0] - step // 2  # bins are centred on the coarser stamps
    first = min(int(time[0] - origin) // step for time, _ in inside) - 1
    last = max(int(time[-1] - origin) // step for time, _ in inside) + 1
    edges = (origin + first * step, step, last - first + 1)
    binned = [_binned(*x, s[2], edges) for x, s in zip(inside, series, strict=True)]
    return *binned, step


def _series(da, name):
    if not isinstance(da, xr.DataArray) or da.dims != ("time",) or da.dtype.kind not in "fiu":
        found = f"dims {da.dims}" if isinstance(da, xr.DataArray) else type(da).__name__
        message = f"The {name} is {found}, not a DataArray of numbers over time alone: choose one component, e.g. b.sel(cartesian='z')."
        raise InputError(message)
    ticks = clock(da)
    if not ticks.cadence:
        message = f"The {name} has {da.size} samples: a series needs two at least, and some tens to have a lag."
        raise DatasetError(message)
    return ticks.start, da.values.astype(float), ticks.cadence


def _binned(time, values, cadence, edges):
    """Return the mean of each bin, NaN where too little of it is covered."""
    start, step, count = edges
    begin = time - cadence // 2 - start
    index = begin // step
    share = np.minimum((index + 1) * step - begin, cadence)  # of each sample, in its first bin
    have = np.isfinite(values)
    filled = np.where(have, values, 0.0)
    weight, total = np.zeros(count + 1), np.zeros(count + 1)
    for at, part in ((index, share), (index + 1, cadence - share)):
        weight += np.bincount(at, part * have, minlength=count + 1)[: count + 1]
        total += np.bincount(at, part * filled, minlength=count + 1)[: count + 1]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weight >= _COVERED * step, total / weight, np.nan)[:count]
