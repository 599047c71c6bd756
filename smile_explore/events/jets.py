"""Magnetosheath jets: short enhancements of dynamic pressure, by two published definitions."""

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore.contract import require, require_dataset
from smile_explore.errors import DatasetError
from smile_explore.events.regions import regions
from smile_explore.events.series import (
    Clock,
    clock,
    length,
    nanoseconds,
    pick,
    runs,
    table,
    window_mean,
)

#: Mass of a proton in the units of nPa, cm-3 and (km s-1)^2.
_NPA = 1.67262192e-6


def jets(
    ds: xr.Dataset, *, upstream: xr.DataArray | None = None, background: str = "20min"
) -> pd.DataFrame:
    """Return magnetosheath jets.

    Without `upstream`: the ion dynamic pressure is above twice its 20-min running mean,
    three quarters of which must be sheath (Archer and Horbury 2013). With it: the part of the dynamic pressure along x is above
    a quarter of the upstream dynamic pressure, and above half of it somewhere, flowing
    earthward; within a minute before and after, the flow along x is slower than half of
    that at the maximum (Plaschke et al. 2013). Either way only where the 20 minutes
    around are most likely magnetosheath, by `regions`: the same in the solar wind is
    no jet.

    Parameters
    ----------
    ds : Dataset, dims (time, cartesian)
        Density (``n_i`` or ``n_p``, cm-3; ions are taken as protons) and velocity ``v``
        (km s-1, GSE or GSM), and what else `regions` can use.
    upstream : DataArray, dims (time,), nPa, optional
        Dynamic pressure of the solar wind at the magnetosphere, on its own time axis.
    background : str
        Length of the running mean, and of the time that must be magnetosheath.

    Returns
    -------
    DataFrame
        start and stop as in `find`, kind, time and p_dyn (nPa) of the maximum, ratio
        (to the mean, or to the upstream pressure), v_x (km s-1, at the maximum).

    Raises
    ------
    DatasetError
        If there is no density or no velocity vector, or `upstream` is not in nPa.

    References
    ----------
    Archer and Horbury (2013), doi:10.5194/angeo-31-319-2013; Plaschke et al. (2013),
    doi:10.5194/angeo-31-1877-2013. The region model stands for their selections of sheath.

    Examples
    --------
    >>> time = np.datetime64("2008-08-12T23:00", "ns") + np.arange(400) * np.timedelta64(6, "s")
    >>> n = xr.DataArray(np.full(400, 12.0), {"time": time}, attrs={"units": "cm-3"})
    >>> v = xr.DataArray(np.tile([-130.0, 40, 0], (400, 1)), {"time": time},
    ...                  ("time", "cartesian"), attrs={"units": "km s-1"})
    >>> v[200:210, 0] = -350.0
    >>> table = jets(xr.Dataset({"n_i": n, "v": v}).assign_coords(cartesian=["x", "y", "z"]))
    >>> (table.stop - table.start).astype(str).tolist(), table.v_x.tolist()
    (['0 days 00:01:00'], [-350.0])
    """
    require_dataset(ds)
    n, v = pick(ds, ("n_i", "n_p"), "cm-3"), pick(ds, ("v", "v_i", "v_p"), "km s-1")
    if n is None or v is None or "cartesian" not in v.dims:
        message = (
            "A jet needs a density (n_i or n_p) and a velocity vector (v): the Dataset lacks one."
        )
        raise DatasetError(message)
    ticks, v_x = clock(ds), v.sel(cartesian="x").values
    sheath = regions(ds, window=background)["label"].values == "magnetosheath"
    if upstream is None:
        p = _NPA * n.values * length(v) ** 2
        half = nanoseconds(background) // 2
        ratio = p / window_mean(ticks, np.where(sheath, p, np.nan), -half, half)
        first, last = runs(ticks, sheath & (ratio > 2))
    else:
        p = _NPA * n.values * v_x**2
        ratio = p / _upstream_at(ticks, upstream)
        first, last = runs(ticks, sheath & (ratio > 0.25) & (v_x < 0))
        keep = [_stands_out(ticks, ratio, v_x, i, j) for i, j in zip(first, last, strict=True)]
        first, last = first[np.array(keep, bool)], last[np.array(keep, bool)]
    top = np.array([i + np.argmax(ratio[i : j + 1]) for i, j in zip(first, last, strict=True)], int)
    return table(
        ticks.start[first],
        ticks.stop[last],
        kind=np.full(len(top), "magnetosheath jet"),
        time=ticks.start[top].astype("datetime64[ns]"),
        p_dyn=p[top],
        ratio=ratio[top],
        v_x=v_x[top],
    )


def _upstream_at(ticks: Clock, p_dyn: xr.DataArray) -> np.ndarray:
    """Return the mean upstream pressure of the 5 min before each sample; NaN without one."""
    values, own = require(p_dyn, "nPa").values.astype(float), clock(p_dyn)
    if not len(values):
        return np.full(len(ticks.start), np.nan)
    mean = window_mean(own, values, -nanoseconds("5min"), 0)
    at = np.searchsorted(own.start, ticks.start, "right") - 1
    fresh = (at >= 0) & (ticks.start - own.start[at] <= nanoseconds("5min"))
    return np.where(fresh, mean[at], np.nan)


def _stands_out(ticks: Clock, ratio: np.ndarray, v_x: np.ndarray, i: int, j: int) -> bool:
    """Say whether the flow is strong enough, and slow within a minute on either side."""
    top = i + int(np.argmax(ratio[i : j + 1]))
    minute = nanoseconds("1min")
    low, high = np.searchsorted(ticks.start, [ticks.start[i] - minute, ticks.start[j] + minute])
    slow = v_x > v_x[top] / 2
    return bool(ratio[top] > 0.5 and slow[low:i].any() and slow[j + 1 : high + 1].any())
