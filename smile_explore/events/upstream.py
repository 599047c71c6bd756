"""Events in the solar wind: turnings of the IMF, pressure pulses, interplanetary shocks.

Each detector is a published definition, its numbers being keywords. Missing samples never
count for an event: where they are needed to decide, there is none.
"""

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore.contract import require
from smile_explore.errors import DatasetError
from smile_explore.events.series import (
    Clock,
    clock,
    length,
    nanoseconds,
    pick,
    running_min,
    runs,
    stretch,
    table,
    window_mean,
)


def southward_turnings(
    b: xr.DataArray, *, b_z: float = 3.0, within: str = "5min", steady: str = "30min"
) -> pd.DataFrame:
    """Return rapid southward turnings of the interplanetary magnetic field.

    Bz changes from above `b_z` to below ``-b_z`` within 5 minutes, being northward before
    and southward after (Lazzeri et al. 2024, who call it consistently so; here: in three
    quarters of the `steady` time before, and after).

    Parameters
    ----------
    b : DataArray, dims (time, cartesian) or (time,), nT, GSM
        Interplanetary magnetic field, or its z component.
    b_z : float, nT
        Northward before, southward after, by at least this.
    within : str
        Longest time between the two.
    steady : str
        For how long the sign must prevail on either side. Missing samples count against.

    Returns
    -------
    DataFrame
        start (last sample above `b_z`), stop (first below ``-b_z``), kind, time (first
        sample of the new sign), b_z_before and b_z_after (nT, means of the steady times).

    Raises
    ------
    DatasetError
        If `b` is not in nT and GSM.

    References
    ----------
    Lazzeri et al. (2024), doi:10.1029/2023JA032160.

    Examples
    --------
    >>> time = np.datetime64("2014-03-11", "ns") + np.arange(90) * np.timedelta64(60, "s")
    >>> attrs = {"units": "nT", "coordinate_system": "GSM"}
    >>> b_z = xr.DataArray(np.repeat([5.0, -5.0], 45), {"time": time}, attrs=attrs)
    >>> southward_turnings(b_z).time.astype(str).tolist()
    ['2014-03-11 00:45:00']
    """
    return _turnings(b, "southward turning", 1, (b_z, within, steady))


def northward_turnings(
    b: xr.DataArray, *, b_z: float = 3.0, within: str = "5min", steady: str = "30min"
) -> pd.DataFrame:
    """Return rapid northward turnings: `southward_turnings` with the signs exchanged.

    Parameters
    ----------
    b, b_z, within, steady
        As for `southward_turnings`.

    Returns
    -------
    DataFrame
        As `southward_turnings`.

    Raises
    ------
    DatasetError
        If `b` is not in nT and GSM.

    References
    ----------
    Lazzeri et al. (2024), doi:10.1029/2023JA032160, for the mirrored definition.

    Examples
    --------
    >>> time = np.datetime64("2014-03-11", "ns") + np.arange(90) * np.timedelta64(60, "s")
    >>> attrs = {"units": "nT", "coordinate_system": "GSM"}
    >>> b_z = xr.DataArray(np.repeat([-5.0, 5.0], 45), {"time": time}, attrs=attrs)
    >>> len(northward_turnings(b_z)), len(southward_turnings(b_z))
    (1, 0)
    """
    return _turnings(b, "northward turning", -1, (b_z, within, steady))


def _turnings(b: xr.DataArray, kind: str, sign: int, limits) -> pd.DataFrame:
    threshold, within, steady = limits
    ticks, span = clock(b), nanoseconds(steady)
    x = sign * _north(b)
    state = np.where(x > threshold, 1, np.where(x < -threshold, -1, 0))
    strong = np.flatnonzero(state)
    pair = (state[strong[:-1]] == 1) & (state[strong[1:]] == -1)
    last, new = strong[:-1][pair], strong[1:][pair]
    whole = stretch(ticks, ~np.isnan(x))
    quick = ticks.start[new] - ticks.start[last] <= nanoseconds(within)
    steady_ = _share(ticks, x > 0, last, -span) & _share(ticks, x < 0, new, span)
    keep = quick & (whole[new] == whole[last]) & steady_
    last, new = last[keep], new[keep]
    turned = [i + 1 + np.argmax(x[i + 1 : j + 1] < 0) for i, j in zip(last, new, strict=True)]
    return table(
        ticks.start[last],
        ticks.start[new],
        kind=np.full(len(last), kind),
        time=ticks.start[np.array(turned, int)].astype("datetime64[ns]"),
        b_z_before=sign * window_mean(ticks, x, -span, 0)[last],
        b_z_after=sign * window_mean(ticks, x, 0, span)[new],
    )


def _north(b: xr.DataArray) -> np.ndarray:
    require(b, "nT", "GSM")
    return (b.sel(cartesian="z") if "cartesian" in b.dims else b).values.astype(float)


def _share(ticks: Clock, true: np.ndarray, at: np.ndarray, span: int) -> np.ndarray:
    """Say whether three quarters of the samples due from `at` on (or up to it) are true."""
    total = np.concatenate([[0], np.cumsum(true)])
    left = np.searchsorted(ticks.start, ticks.start[at] + min(span, 0), "left")
    right = np.searchsorted(ticks.start, ticks.start[at] + max(span, 0), "right")
    return (total[right] - total[left]) * ticks.cadence >= 0.75 * abs(span)


def pressure_pulses(
    p_dyn: xr.DataArray, *, change: float = 1.0, within: str = "5min"
) -> pd.DataFrame:
    """Return sudden changes of the solar wind's dynamic pressure.

    The pressure rises, or falls, by at least 1 nPa within 5 minutes; as long as that goes
    on it is one event. (Dalin et al. 2002 survey changes of more than 1 to 2 nPa, most of
    which take a few minutes or less.)

    Parameters
    ----------
    p_dyn : DataArray, dims (time,), nPa
        Dynamic pressure of the solar wind.
    change : float, nPa
        Least change.
    within : str
        Longest time it may take. Nothing is compared across NaN or a gap.

    Returns
    -------
    DataFrame
        start and stop (the sample it changes from, and the extreme one it changes to),
        kind, direction (``up`` or ``down``), p_before and p_after (nPa, at start and stop).

    Raises
    ------
    DatasetError
        If `p_dyn` is not in nPa.

    References
    ----------
    Dalin et al. (2002), doi:10.5194/angeo-20-293-2002.

    Examples
    --------
    >>> time = np.datetime64("2014-03-11", "ns") + np.arange(6) * np.timedelta64(60, "s")
    >>> p = xr.DataArray([2, 2, 3, 5, 5, 5.0], {"time": time}, attrs={"units": "nPa"})
    >>> pressure_pulses(p)[["p_before", "p_after", "direction"]].to_numpy().tolist()
    [[2.0, 5.0, 'up']]
    """
    x = require(p_dyn, "nPa").values.astype(float)
    ticks, span = clock(p_dyn), nanoseconds(within)
    found = [
        (*ends, direction)
        for sign, direction in ((1, "up"), (-1, "down"))
        for ends in _ramps(ticks, sign * x, change, span)
    ]
    start, stop, way = zip(*sorted(found), strict=True) if found else ((), (), ())
    i, j = np.array(start, int), np.array(stop, int)
    return table(
        ticks.start[i],
        ticks.start[j],
        kind=np.full(len(i), "pressure pulse"),
        direction=np.array(way, str),
        p_before=x[i],
        p_after=x[j],
    )


def _ramps(ticks: Clock, x: np.ndarray, change: float, span: int):
    """Return first and last index of each rise by `change` within `span`."""
    back = np.searchsorted(ticks.start, ticks.start - span, "left")
    back = np.maximum(back, stretch(ticks, ~np.isnan(x)))
    risen = x - running_min(x, back) >= change
    found: list[list[int]] = []
    for i, j in zip(*runs(ticks, risen), strict=True):
        before = x[back[i] : i + 1][::-1]  # the last of equals is where the change begins
        low, top = int(i - np.argmin(before)), int(i + np.argmax(x[i : j + 1]))
        if found and low < found[-1][1]:
            found[-1][1] = max(found[-1][1], top, key=lambda k: x[k])
        else:
            found.append([low, top])
    return found


def shocks(
    ds: xr.Dataset,
    *,
    ratio: float = 1.2,
    speed: float = 20.0,
    upstream: tuple[str, str] = ("9min", "1min"),
    downstream: tuple[str, str] = ("2min", "10min"),
) -> pd.DataFrame:
    """Return fast interplanetary shocks, forward and reverse.

    From the mean of 9 to 1 min before to that of 2 to 10 min after, a fast forward shock
    raises the field and the density by a factor of 1.2, the speed by 20 km/s, and does
    not lower the temperature by more than that factor (Kilpua et al. 2015). A fast
    reverse shock does the same seen backwards in time, except that the speed rises here
    too. Not of the paper, whose shocks were looked at: at least half of each jump must
    happen within 3 min, for a stream interaction rises in an hour as well.

    Parameters
    ----------
    ds : Dataset, dims (time, cartesian)
        ``b`` (nT), ``n_p`` or ``n_i``, ``t_p`` or ``t_i`` (K or eV), ``v`` (km s-1).
    ratio : float
        Least jump of field and density.
    speed : float, km s-1
        Least jump of the speed.
    upstream, downstream : (str, str)
        Windows before and after; each must be three quarters full of finite samples.

    Returns
    -------
    DataFrame
        start = stop = time of the steepest jump (to one sample), kind, direction
        (``forward`` or ``reverse``), n_ratio, b_ratio, t_ratio (later over earlier) and
        v_jump (km s-1).

    Raises
    ------
    DatasetError
        If one of the four quantities is missing.

    References
    ----------
    Kilpua et al. (2015), doi:10.1002/2015JA021138.

    Examples
    --------
    >>> time = np.datetime64("2015-03-17T04:00", "ns") + np.arange(60) * np.timedelta64(60, "s")
    >>> def step(low, high, units):
    ...     return xr.DataArray(np.repeat([low, high], 30), {"time": time}, attrs={"units": units})
    >>> ds = xr.Dataset({"b": step(8.0, 20.0, "nT"), "n_p": step(10.0, 28.0, "cm-3"),
    ...                  "t_p": step(5e4, 2e5, "K"), "v": step(410.0, 500.0, "km s-1")})
    >>> shocks(ds)[["direction", "n_ratio", "v_jump"]].to_numpy().tolist()
    [['forward', 2.8, 90.0]]
    """
    ticks = clock(ds)
    series = _plasma(ds)
    late = tuple(nanoseconds(x) for x in downstream)
    before = window_mean(ticks, series, *(-nanoseconds(x) for x in upstream))
    after = window_mean(ticks, series, *late)
    with np.errstate(invalid="ignore", divide="ignore"):
        b, n, t = (after / before)[:, :3].T
    v = (after - before)[:, 3]
    abrupt, steps = _steps(ticks, series, after - before)
    found = []
    for direction, sign in (("forward", 1), ("reverse", -1)):
        strong = (n**sign >= ratio) & (b**sign >= ratio) & (t**sign >= 1 / ratio)
        at = _steepest(ticks, strong & (v >= speed) & abrupt, steps, late[1])
        found += [(i, direction) for i in at]
    found.sort()
    at = np.array([i for i, _ in found], int)
    return table(
        ticks.start[at],
        ticks.start[at],
        kind=np.full(len(at), "shock"),
        direction=np.array([d for _, d in found], str),
        n_ratio=n[at],
        b_ratio=b[at],
        t_ratio=t[at],
        v_jump=v[at],
    )


def _plasma(ds: xr.Dataset) -> np.ndarray:
    """Return the columns |b|, n, t and |v|."""
    wanted = {
        "b": (("b",), "nT"),
        "n": (("n_p", "n_i"), "cm-3"),
        "t": (("t_p", "t_i"), "K"),
        "v": (("v",), "km s-1"),
    }
    found = {k: pick(ds, *names) for k, names in wanted.items()}
    missing = [" or ".join(wanted[k][0]) for k, series in found.items() if series is None]
    if missing:
        message = (
            f"A shock needs b, n_p, t_p and v, but the Dataset has no {', no '.join(missing)}."
        )
        raise DatasetError(message)
    return np.stack([length(series) for series in found.values()], axis=-1)


def _steps(ticks: Clock, series: np.ndarray, jump: np.ndarray):
    """Say where b, n and v make half of their jumps within 3 min, and how big those steps are."""
    near = nanoseconds("3min")
    # the sample itself counts as after: a shock's stamp is the first of the new state
    low = window_mean(ticks, series, -near, -1, share=0.5)
    high = window_mean(ticks, series, 0, near, share=0.5)
    abrupt = (np.abs(high - low) >= 0.5 * np.abs(jump))[:, [0, 1, 3]].all(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return abrupt, np.nan_to_num(np.abs(np.log(high / low))).sum(axis=1)


def _steepest(ticks: Clock, candidate: np.ndarray, steps: np.ndarray, apart: int) -> list[int]:
    """Return the candidate with the biggest steps, once in `apart` ns."""
    at = np.flatnonzero(candidate)
    groups = np.split(at, np.flatnonzero(np.diff(ticks.start[at]) > apart) + 1)
    return [int(g[np.argmax(steps[g])]) for g in groups if len(g)]
