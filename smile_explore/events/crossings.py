"""Crossings of the magnetopause and the bow shock, from the regions on either side.

A crossing is a change of region that lasts on both sides. Nothing is said across a gap:
if the region changed while there were no data, when and how often is not known.
"""

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore.events.regions import regions
from smile_explore.events.series import Clock, clock, nanoseconds, runs, stretch, table


def magnetopause_crossings(
    ds: xr.Dataset, *, dwell: str = "30s", confidence: float = 0.75, window: str = "30s"
) -> pd.DataFrame:
    """Return the magnetopause crossings of one spacecraft.

    A crossing is a change between the magnetosphere with its boundary layer on one side,
    and magnetosheath or solar wind on the other, by the model of `regions`.

    Parameters
    ----------
    ds : Dataset, dims (time, cartesian)
        As for `regions`. ``b`` alone will do where the sheath's field is not northward:
        a strong northward one looks like the boundary layer, and its turnings like
        crossings.
    dwell : str
        The region must last at least this long on either side. Shorter stays between two
        longer ones belong to the crossing.
    confidence : float, 0.5 to 1
        Mean probability that a stay must have to count.
    window : str
        Averaging time of the region model.

    Returns
    -------
    DataFrame
        One row each: start and stop (last sample of the region left, first of the one
        entered), kind, time (midway), direction (``in`` is towards Earth), probability
        (that both stays are what they are called, over four times `dwell` next to the
        crossing).
        Empty where there are none.

    Raises
    ------
    DatasetError
        As `regions`.

    Examples
    --------
    >>> time = np.datetime64("2008-08-12", "ns") + np.arange(60) * np.timedelta64(3, "s")
    >>> n = xr.DataArray(np.repeat([0.2, 9.0], 30), {"time": time}, attrs={"units": "cm-3"})
    >>> t = xr.DataArray(np.repeat([2e3, 350], 30), {"time": time}, attrs={"units": "eV"})
    >>> table = magnetopause_crossings(xr.Dataset({"n_i": n, "t_i": t}))
    >>> str(table.time[0]), table.direction[0]
    ('2008-08-12 00:01:28.500000', 'out')
    """
    ticks, p = clock(ds), _probabilities(ds, window)
    inside = p["magnetosphere"] + p["boundary layer"]
    changes = _changes(ticks, inside, nanoseconds(dwell), confidence)
    return _crossings(ticks, changes, "magnetopause crossing")


def bow_shock_crossings(
    ds: xr.Dataset, *, dwell: str = "30s", confidence: float = 0.75, window: str = "30s"
) -> pd.DataFrame:
    """Return the bow-shock crossings of one spacecraft.

    A crossing is a change between magnetosheath and solar wind, by the model of `regions`.
    With ``b`` alone the two differ little: give density, temperature or velocity too.

    Parameters
    ----------
    ds, dwell, confidence, window
        As for `magnetopause_crossings`.

    Returns
    -------
    DataFrame
        As `magnetopause_crossings`; direction ``in`` is from the solar wind into the sheath.

    Raises
    ------
    DatasetError
        As `regions`.

    Examples
    --------
    >>> time = np.datetime64("2008-08-13", "ns") + np.arange(60) * np.timedelta64(3, "s")
    >>> n = xr.DataArray(np.repeat([9.0, 3.0], 30), {"time": time}, attrs={"units": "cm-3"})
    >>> v = xr.DataArray(np.repeat([-120, -480], 30), {"time": time}, attrs={"units": "km s-1"})
    >>> bow_shock_crossings(xr.Dataset({"n_i": n, "v": v})).direction.tolist()
    ['out']
    """
    ticks, p = clock(ds), _probabilities(ds, window)
    outside = p["magnetosheath"] + p["solar wind"]
    with np.errstate(invalid="ignore", divide="ignore"):
        sheath = np.where(outside > 0.5, p["magnetosheath"] / outside, np.nan)
    changes = _changes(ticks, sheath, nanoseconds(dwell), confidence)
    return _crossings(ticks, changes, "bow shock crossing")


def _probabilities(ds: xr.Dataset, window: str) -> dict[str, np.ndarray]:
    p = regions(ds, window=window)["probability"]
    return {str(name): p.sel(region=name).values for name in p["region"].values}


def _changes(ticks: Clock, p: np.ndarray, dwell: int, confidence: float):
    """Return index pairs (last before, first after), the new state, and its probability."""
    first, last, state = _stays(ticks, p, dwell, confidence)
    begun = stretch(ticks, ~np.isnan(p))
    same = begun[last[:-1]] == begun[first[1:]]
    turned = np.flatnonzero(same & (state[:-1] != state[1:]))
    before, after = last[turned], first[turned + 1]
    low = np.searchsorted(ticks.start, ticks.start[before] - 4 * dwell, "left")
    high = np.searchsorted(ticks.start, ticks.start[after] + 4 * dwell, "right")
    sure = [
        _mean(p, max(i, f), j + 1, s) * _mean(p, k, min(h, e + 1), not s)
        for i, f, j, k, h, e, s in zip(
            low, first[turned], before, after, high, last[turned + 1], state[turned], strict=True
        )
    ]
    return before, after, state[turned + 1], np.array(sure)


def _stays(ticks: Clock, p: np.ndarray, dwell: int, confidence: float):
    """Return first and last index and state of the stays that are long and sure enough."""
    found = []
    for state in (True, False):
        begin, end = runs(ticks, p > 0.5 if state else p <= 0.5)
        long = ticks.stop[end] - ticks.start[begin] >= dwell
        for i, j in zip(begin[long], end[long], strict=True):
            if _mean(p, i, j + 1, state) >= confidence:
                found.append((i, j, state))
    stays = np.array(sorted(found), dtype=int).reshape(-1, 3)
    return stays[:, 0], stays[:, 1], stays[:, 2].astype(bool)


def _mean(p: np.ndarray, low: int, high: int, state: bool) -> float:
    mean = p[low:high].mean()
    return float(mean if state else 1 - mean)


def _crossings(ticks: Clock, changes, kind: str) -> pd.DataFrame:
    before, after, state, sure = changes
    start, stop = ticks.start[before], ticks.start[after]
    return table(
        start,
        stop,
        kind=np.full(len(start), kind),
        time=((start + stop) // 2).astype("datetime64[ns]"),
        direction=np.where(state, "in", "out"),
        probability=sure,
    )
