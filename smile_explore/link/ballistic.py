"""The lag that geometry and the speed of the wind give, and the one OMNI has applied."""

import numpy as np
import xarray as xr

from smile_explore.contract import require
from smile_explore.errors import InputError
from smile_explore.link.result import NONE, Lag, no_lag, timedelta
from smile_explore.times import shown
from smile_explore.units import EARTH_RADIUS_KM


def ballistic_lag(v, *, origin, target, normal=(1.0, 0.0, 0.0)) -> Lag:
    """Return the time a planar front in the solar wind takes from one place to another.

    Parameters
    ----------
    v : DataArray, dims (time) or (time, cartesian), or float, km s-1
        Speed along -X, or velocity. The spread of its samples gives the interval.
    origin, target : DataArray, dims (cartesian) or (time, cartesian), or array_like, km
        Where the driver was measured and where it acts; means are taken over time.
    normal : array_like
        Normal of the front; the default is a front perpendicular to the Sun-Earth line.

    Returns
    -------
    Lag
        ``normal.(target - origin) / normal.v``: the median over the samples, and the
        interval from the 2.5 to the 97.5 percentile; NaT for a single speed. Not usable if
        the front slides along the flow, so that its speed changes sign.

    Raises
    ------
    InputError
        If the frames differ, or a vector has no three components.
    DatasetError
        If units are others.

    References
    ----------
    Mailyan et al. (2008), doi:10.5194/angeo-26-2383-2008, compares such delays.

    Examples
    --------
    >>> print(ballistic_lag(400.0, origin=(1.5e6, 0, 0), target=(0.0, 0, 0)).value)
    0 days 01:02:30
    """
    _same_frame(v, origin, target)
    way = _place(target) - _place(origin)
    n = np.asarray(normal, dtype=float)
    if n.shape != (3,) or not np.linalg.norm(n) > 0:
        message = f"normal={normal!r} is no direction: give three numbers, e.g. (1, 0, 0)."
        raise InputError(message)
    speeds = _velocity(v) @ n
    speeds = speeds[np.isfinite(speeds)]
    text = f"planar front with normal ({n[0]:g}, {n[1]:g}, {n[2]:g}), carried at constant velocity"
    sliding = not speeds.size or not (np.all(speeds > 0) or np.all(speeds < 0))
    if sliding:
        reason = "the speed of the front along its normal is missing or changes sign"
        return no_lag("ballistic", text, reason)
    return _from_samples(way @ n / speeds, "ballistic", text)


def omni_lag(timeshift) -> Lag:
    """Return OMNI's own shift from the monitor to the bow-shock nose.

    Parameters
    ----------
    timeshift : DataArray, dims (time), s
        ``timeshift`` of an OMNI product; NaN where OMNI has no data.

    Returns
    -------
    Lag
        The median, and the interval from the 2.5 to the 97.5 percentile. OMNI data are
        already shifted by it: it says how old they are, not how far to shift them.

    Raises
    ------
    DatasetError
        If `timeshift` is not in s.

    Examples
    --------
    >>> shifts = xr.DataArray([3000.0, 3060, 3120, np.nan], dims="time", attrs={"units": "s"})
    >>> print(omni_lag(shifts))
    51.0 min (50.0 to 52.0, 95 %), by omni
    """
    seconds = require(timeshift, "s").values.astype(float).ravel()
    text = "OMNI's phase-front normals and its bow shock; already applied to OMNI data"
    if not np.isfinite(seconds).any():
        reason = "OMNI gives no shift in this interval"
        return no_lag("omni", text, reason)
    return _from_samples(seconds[np.isfinite(seconds)], "omni", text)


def _from_samples(seconds, method, text) -> Lag:
    value = float(np.median(seconds))
    if len(seconds) < 2:
        text += "; a single value, so that its spread is not known"
        return Lag(timedelta(1e9 * value), (NONE, NONE), 0.0, True, method, text)
    low, high = np.quantile(seconds, [0.025, 0.975])
    quality = float(np.clip(1 - (high - low) / 2 / abs(value), 0, 1)) if value else 0.0
    return Lag(
        timedelta(1e9 * value),
        (timedelta(1e9 * low), timedelta(1e9 * high)),
        quality,
        True,
        method,
        text,
    )


def _velocity(v):
    if not isinstance(v, xr.DataArray):
        try:
            return np.array([[-abs(float(v)), 0.0, 0.0]])
        except (TypeError, ValueError, OverflowError):
            message = f"{shown(v)} is no velocity: give km/s, or a variable such as wind['v']."
            raise InputError(message) from None
    v = require(v, "km s-1")
    if "cartesian" in v.dims:
        return v.transpose(..., "cartesian").values.reshape(-1, 3).astype(float)
    speed = np.abs(v.values.astype(float)).ravel()
    return np.stack([-speed, np.zeros_like(speed), np.zeros_like(speed)], axis=-1)


def _place(pos):
    if isinstance(pos, xr.DataArray):
        factor = EARTH_RADIUS_KM if pos.attrs.get("units") == "RE" else 1.0
        pos = pos if factor != 1.0 else require(pos, "km")
        pos = (pos.mean([d for d in pos.dims if d != "cartesian"]) * factor).values
    try:
        place = np.asarray(pos, dtype=float)
    except (TypeError, ValueError, OverflowError):
        place = np.array(np.nan)
    if place.shape != (3,) or not np.isfinite(place).all():
        message = f"{shown(pos)} is no position: give x, y and z in km."
        raise InputError(message)
    return place


def _same_frame(*vectors):
    known = [v.attrs.get("coordinate_system") for v in vectors if isinstance(v, xr.DataArray)]
    frames = {f for f in known if f}
    if len(frames) > 1:
        message = f"Velocity and positions are in {', '.join(sorted(frames))}: rotate them into one frame."
        raise InputError(message)
