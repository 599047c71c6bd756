"""Crossings that boundary models predict along an orbit, and how far off they are.

The uncertainty of the solar wind is carried through: a predicted crossing is a band in time,
not a line. Nothing is bridged: where there is no wind there is no prediction.
"""

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore import frames
from smile_explore.contract import require, require_dataset
from smile_explore.errors import DatasetError, InputError
from smile_explore.events.series import clock
from smile_explore.physics import bow_shock, geometry, magnetopause

_REGIONS = np.array(["magnetosphere", "magnetosheath", "solar wind"])
#: Over a longer gap an orbit is no straight line.
_LONGEST_LEG = "90min"
_KINDS = {"magnetopause": "magnetopause crossing", "bow shock": "bow shock crossing"}


def predicted_regions(pos, wind, *, spread=0.15, jitter="5min", trials=200, seed=0) -> xr.Dataset:
    """Return in which region the models put a spacecraft, minute by minute, and how surely.

    Parameters
    ----------
    pos : DataArray, dims (time, cartesian), km, GSE or GSM
        The orbit; between its samples it is a straight line, if they are no further apart
        than an hour and a half.
    wind : Dataset, dims (time, ...)
        ``p_dyn`` (nPa) and ``b`` (nT, GSM), at the bow-shock nose or shifted there.
    spread : float
        Standard deviation of the logarithm of the true pressure about the measured one; the
        same share of the field's magnitude (at least 1 nT) is that of Bz.
    jitter : str or Timedelta
        Standard deviation of the true arrival time about the wind's time stamps.
    trials, seed : int
        Monte Carlo trials. In each, pressure, Bz and arrival are off by one constant each:
        errors of a monitor, its distance and its lag last longer than a pass.

    Returns
    -------
    Dataset, dims (time, boundary)
        At the wind's times: ``inside`` (time, boundary), the share of trials in which the
        spacecraft is inside the magnetopause or the bow shock; ``distance`` (time, boundary),
        RE, how far outside the nominal boundary it is along its radius; ``region`` (time).
        NaN and "" where wind or orbit are missing.

    Raises
    ------
    InputError
        If the wind is still at L1.
    DatasetError
        If units or frames are others.

    References
    ----------
    Shue et al. (1998), doi:10.1029/98JA01103; Jelinek et al. (2012), doi:10.1029/2011JA017252.
    Neither is aberrated here.
    """
    ticks = clock(require_dataset(wind))
    if wind.attrs.get("time_reference") == "L1":
        message = "The wind is at L1: shift it first, link.shift(wind, link.lag(...))."
        raise InputError(message)
    r, theta = _polar(pos, wind["time"].values)
    drivers = _drivers(wind)
    nominal = _outside(r, theta, *drivers)
    rng = np.random.default_rng(seed)
    b = np.sqrt((wind["b"].values ** 2).sum(axis=1))
    errors = zip(*(rng.normal(size=trials) for _ in range(3)), strict=True)
    step = np.timedelta64(ticks.cadence, "ns") / pd.Timedelta(jitter).to_timedelta64()
    within = np.zeros((len(r), 2))
    for of_p, of_b, of_time in errors:
        p_dyn = drivers[0] * np.exp(spread * of_p)
        b_z = drivers[1] + of_b * np.maximum(spread * b, 1.0)
        late = int(np.rint(of_time / step)) if np.isfinite(step) and step > 0 else 0
        within += _outside(r, theta, _delayed(p_dyn, late), _delayed(b_z, late)) < 0
    known = np.isfinite(nominal).all(axis=1)
    inside = np.where(known[:, None], within / trials, np.nan)
    region = np.where(known, _REGIONS[(np.nan_to_num(nominal) > 0).sum(axis=1)], "")
    return xr.Dataset(
        {
            "inside": (("time", "boundary"), inside, {"units": "1", "long_name": "share of trials inside"}),
            "distance": (("time", "boundary"), nominal, {"units": "6371.2 km", "long_name": "outside the boundary, along the radius"}),
            "region": ("time", region, {"long_name": "region by the models"}),
        },
        {"time": wind["time"].values, "boundary": list(_KINDS)},
        {"model": "magnetopause Shue 1998, bow shock Jelinek 2012, not aberrated", "spread": spread, "jitter": str(jitter)},
    )  # fmt: skip


def _drivers(wind: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    if not {"b", "p_dyn"} <= set(wind.data_vars):
        message = f"The wind needs 'b' and 'p_dyn', but has {', '.join(map(str, wind.data_vars)) or 'nothing'}: load e.g. omni.1min."
        raise DatasetError(message)
    b_z = require(wind["b"], "nT", "GSM").sel(cartesian="z").values
    return require(wind["p_dyn"], "nPa").values.astype(float), b_z.astype(float)


def _polar(pos: xr.DataArray, times) -> tuple[np.ndarray, np.ndarray]:
    """Return distance (RE) and angle from +X at `times`; NaN outside the orbit's times."""
    gsm = frames.in_earth_radii(frames.rotate(require(pos, "km"), "GSM"))
    at, own = times.astype(np.int64), clock(gsm, _LONGEST_LEG)
    if not len(own.start):
        return np.full(len(at), np.nan), np.full(len(at), np.nan)
    xyz = [np.interp(at, own.start, gsm.values[:, i], left=np.nan, right=np.nan) for i in range(3)]
    r, theta, _ = geometry.spherical(np.stack(xyz, axis=-1))
    after = np.searchsorted(own.start, at, "left").clip(max=len(own.start) - 1)
    flown = ~own.first[after] | (own.start[after] == at)
    return np.where(flown, r, np.nan), theta


def _outside(r, theta, p_dyn, b_z) -> np.ndarray:
    """Return how far outside magnetopause and bow shock, RE, shape (n, 2)."""
    inner = magnetopause.shue1998(theta, p_dyn=p_dyn, b_z=b_z)
    return np.stack([r - inner, r - bow_shock.jelinek2012(theta, p_dyn=p_dyn)], axis=-1)


def _delayed(values, steps: int) -> np.ndarray:
    """Return what was there `steps` samples before; the ends keep their own value."""
    at = np.clip(np.arange(len(values)) - steps, 0, len(values) - 1)
    return values[at]


def predicted_crossings(regions: xr.Dataset) -> pd.DataFrame:
    """Return the crossings that `predicted_regions` holds, each with its band in time.

    Parameters
    ----------
    regions : Dataset
        From `predicted_regions`.

    Returns
    -------
    DataFrame
        start, stop (the two samples around it), kind, time (midway), direction (in, out), low
        and high: the band of times around it in which between 2.5 and 97.5 % of the trials
        have the spacecraft inside. Nothing is said across missing wind.
    """
    rows = []
    _require_prediction(regions)
    times, ticks = regions["time"].values, clock(regions)
    for boundary, kind in _KINDS.items():
        out = regions["distance"].sel(boundary=boundary).values
        share = regions["inside"].sel(boundary=boundary).values
        open_ = (share > 0.025) & (share < 0.975)
        for i in np.flatnonzero((out[:-1] * out[1:] < 0) & ~ticks.first[1:]):
            low, high = _band(open_, ticks.first, i)
            rows.append({
                "start": times[i], "stop": times[i + 1], "kind": kind, "time": times[i] + (times[i + 1] - times[i]) // 2,
                "direction": "out" if out[i + 1] > 0 else "in", "low": times[low], "high": times[high],
            })  # fmt: skip
    columns = ["start", "stop", "kind", "time", "direction", "low", "high"]
    return pd.DataFrame(rows, columns=columns).sort_values("time", ignore_index=True)


def _require_prediction(regions) -> None:
    if "distance" not in require_dataset(regions):
        message = f"The Dataset has no 'distance', but {', '.join(map(str, regions.data_vars))}: give what predicted_regions returns."
        raise DatasetError(message)


def _band(undecided: np.ndarray, begun: np.ndarray, i: int) -> tuple[int, int]:
    """Return the samples around a crossing where the trials agree, or the wind ends."""
    low, high = i, i + 1
    while low > 0 and undecided[low] and not begun[low]:
        low -= 1
    while high < len(undecided) - 1 and undecided[high] and not begun[high + 1]:
        high += 1
    return low, high


def compare_crossings(observed: pd.DataFrame, regions: xr.Dataset, *, within="2h") -> pd.DataFrame:
    """Return how far the models are off at each observed crossing, in minutes and in RE.

    Parameters
    ----------
    observed : DataFrame
        kind, time and direction, as `events.magnetopause_crossings` gives.
    regions : Dataset
        From `predicted_regions`.
    within : str or Timedelta
        A predicted crossing further off is none of this one's.

    Returns
    -------
    DataFrame
        `observed` with predicted (time, or NaT), minutes (predicted minus observed), in_band
        (the observed time is in the predicted band) and earth_radii (how far outside the
        model boundary the spacecraft was; positive: the real boundary was further out).
    """
    predicted = predicted_crossings(regions)
    found = [
        _compared(row, predicted, regions, pd.Timedelta(within)) for row in observed.itertuples()
    ]
    columns = ["predicted", "minutes", "in_band", "earth_radii"]
    return observed.assign(**pd.DataFrame(found, columns=columns, index=observed.index))


def _compared(row, predicted, regions, within) -> tuple:
    names = {kind: boundary for boundary, kind in _KINDS.items()}
    if row.kind not in names:
        message = f"kind {row.kind!r} is none of {', '.join(names)}."
        raise InputError(message)
    out = regions["distance"].sel(boundary=names[row.kind])
    at = regions.indexes["time"].get_indexer([row.time], method="nearest")[0]
    radii = float(out.values[at])
    same = predicted[(predicted.kind == row.kind) & (predicted.direction == row.direction)]
    away = (same["time"] - row.time).abs()
    if not len(same) or away.min() > within:
        return pd.NaT, np.nan, False, radii
    best = same.loc[away.idxmin()]
    return (
        best["time"],
        (best["time"] - row.time) / pd.Timedelta("1min"),
        bool(best.low <= row.time <= best.high),
        radii,
    )
