"""Events in geomagnetic indices: storms from SYM-H or Dst, substorm onsets from AL or SML.

Each detector is a published definition, its numbers being keywords. Nothing is concluded
across missing samples.
"""

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore.contract import require
from smile_explore.errors import InputError
from smile_explore.events.series import clock, nanoseconds, runs, table


def storms(sym_h: xr.DataArray, *, threshold: float = -80.0, quiet: float = -15.0) -> pd.DataFrame:
    """Return geomagnetic storms with their main and recovery phases.

    A storm is a time below the quiet level in which the index reaches the threshold. The
    main phase begins where the index leaves the quiet level, and ends at the minimum; the
    recovery phase ends where the quiet level is reached again (Walach and Grocott 2019,
    after Hutchinson et al. 2011). The initial phase is not looked for.

    Parameters
    ----------
    sym_h : DataArray, dims (time,), nT
        SYM-H, or Dst: for that Gonzalez et al. (1994) call -50 a moderate, -100 an intense storm.
    threshold : float, nT
        What the minimum must reach.
    quiet : float, nT
        The quiet level.

    Returns
    -------
    DataFrame
        start (first sample below `quiet`: the main phase), stop (end of the last one),
        kind, time and minimum (nT) of the lowest sample, complete: False where the storm
        begins or ends at a gap or at the edge of the data, so that its real start or stop
        is not known. A gap within a storm makes two rows of it.

    Raises
    ------
    DatasetError
        If `sym_h` is not in nT.
    InputError
        If the threshold is not below the quiet level.

    References
    ----------
    Walach and Grocott (2019), doi:10.1029/2019JA026816; Hutchinson et al. (2011),
    doi:10.1029/2011JA016463; Gonzalez et al. (1994), doi:10.1029/93JA02867.

    Examples
    --------
    >>> time = np.datetime64("2001-11-05", "ns") + np.arange(6) * np.timedelta64(3600, "s")
    >>> dst = xr.DataArray([0, -20, -90, -60, -30, 0.0], {"time": time}, attrs={"units": "nT"})
    >>> storms(dst)[["start", "stop", "minimum"]].astype(str).to_numpy().tolist()
    [['2001-11-05 01:00:00', '2001-11-05 05:00:00', '-90.0']]
    """
    if not threshold < quiet:
        message = f"threshold={threshold:g} is not below quiet={quiet:g} nT: a storm falls from one to the other."
        raise InputError(message)
    x = require(sym_h, "nT").values.astype(float)
    ticks = clock(sym_h)
    first, last = runs(ticks, x < quiet)
    lowest = np.array([i + np.argmin(x[i : j + 1]) for i, j in zip(first, last, strict=True)], int)
    deep = x[lowest] <= threshold
    first, last, lowest = first[deep], last[deep], lowest[deep]
    return table(
        ticks.start[first],
        ticks.stop[last],
        kind=np.full(len(first), "storm"),
        time=ticks.start[lowest].astype("datetime64[ns]"),
        minimum=x[lowest],
        complete=_bounded(ticks, x, first, -1) & _bounded(ticks, x, last, 1),
    )


def _bounded(ticks, x: np.ndarray, at: np.ndarray, step: int) -> np.ndarray:
    """Say whether a finite sample, without a gap between, is next to each of `at`."""
    beside = np.clip(at + step, 0, len(x) - 1)
    gap = ticks.first[at] if step < 0 else ticks.first[beside]
    return (beside != at) & ~gap & np.isfinite(x[beside])


def substorm_onsets(
    al: xr.DataArray,
    *,
    drops: tuple[float, float, float] = (-15.0, -30.0, -45.0),
    sustained: float = -100.0,
    apart: str = "20min",
) -> pd.DataFrame:
    """Return substorm onsets by the criterion of the SuperMAG list.

    From minute t0 on, the index falls by more than 15, 30 and 45 nT in 1, 2 and 3 min, and
    its mean over minutes 4 to 30 is more than 100 nT below its value at t0. Of onsets
    less than 20 min after another one only the first counts (Newell and Gjerloev 2011).

    Parameters
    ----------
    al : DataArray, dims (time,), nT
        SML, for which the criterion was made, or AL. One value a minute.
    drops : (float, float, float), nT
        Changes 1, 2 and 3 min after onset must be below these.
    sustained : float, nT
        The mean of minutes 4 to 30, less the value at onset, must be below this.
    apart : str
        Least time between two onsets.

    Returns
    -------
    DataFrame
        start = stop = onset, kind, al_onset and al_minimum (nT, in the 30 min after).
        An onset needs all 31 samples: next to a gap or NaN there is none.

    Raises
    ------
    DatasetError
        If `al` is not in nT.
    InputError
        If the samples are not one minute apart.

    Notes
    -----
    The criterion sees how AL falls, not why. Fluctuations of an electrojet that the wind
    drives directly, and steps further down within one bay, meet it as well: half of the
    paper's 10,719 onsets are recurrent, that is, less than 2 h after another one. On the
    rehearsal's day it finds three: the one planted substorm (10:08 UT, found at 10:07), and
    fluctuations at 09:47, where the turning drives the index, and at 10:30, inside the bay.
    Count onsets as candidates, or ask for ``apart="2h"``: the first of each series. The
    paper divides the sum of its 27 values by 26; here it is their mean.

    References
    ----------
    Newell and Gjerloev (2011), doi:10.1029/2011JA016779.

    Examples
    --------
    >>> time = np.datetime64("2001-11-05", "ns") + np.arange(60) * np.timedelta64(60, "s")
    >>> al = xr.DataArray(np.full(60, -20.0), {"time": time}, attrs={"units": "nT"})
    >>> al[20:] = np.maximum(-20 - 50 * np.arange(40), -400)
    >>> substorm_onsets(al).start.astype(str).tolist()
    ['2001-11-05 00:20:00']
    """
    x = require(al, "nT").values.astype(float)
    ticks = clock(al)
    minute = nanoseconds("1min")
    if len(x) > 1 and ticks.cadence != minute:
        message = f"The samples are {ticks.cadence / 1e9:g} s apart, but onsets are defined on 1-min values: resample first."
        raise InputError(message)
    here, later = _by_minute(ticks.start, x)
    fall = later[:, :3] - here[:, None]
    onset = (fall < np.array(drops)).all(axis=1) & (later[:, 3:].mean(axis=1) - here < sustained)
    at = _apart(np.flatnonzero(onset), nanoseconds(apart) // minute)
    start = ticks.start[:1] + at * minute
    return table(
        start,
        start,
        kind=np.full(len(at), "substorm onset"),
        al_onset=here[at],
        al_minimum=later[at].min(axis=1, initial=np.inf),
    )


def _by_minute(stamps: np.ndarray, x: np.ndarray):
    """Return the values minute by minute, NaN where there is none, and those 1 to 30 min later."""
    minute = nanoseconds("1min")
    offset = stamps - stamps[:1]
    grid = np.full(int(offset[-1] // minute) + 1 if len(x) else 0, np.nan)
    on_time = offset % minute == 0
    grid[offset[on_time] // minute] = x[on_time]
    padded = np.concatenate([grid[1:], np.full(30, np.nan)])
    return grid, np.lib.stride_tricks.sliding_window_view(padded, 30)[: len(grid)]


def _apart(at: np.ndarray, span: int) -> np.ndarray:
    kept: list[int] = []
    for i in at:
        if not kept or i - kept[-1] >= span:
            kept.append(int(i))
    return np.array(kept, int)
