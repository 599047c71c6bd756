"""When SMILE sees what we want: intervals of views, and conjunctions with other spacecraft.

Conditions are functions of time and place; they are looked at on a grid of samples, and the
ends of their intervals closed in on. Reads no file but an ephemeris that is named.
"""

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore.contract import EARTH_RADIUS_KM, require
from smile_explore.errors import DatasetError, InputError
from smile_explore.frames import dipole_tilt, rotate
from smile_explore.physics.bow_shock import jelinek2012
from smile_explore.physics.geometry import cartesian, spherical
from smile_explore.physics.magnetopause import lin2010, lin2010_cusp
from smile_explore.physics.xray_boundaries import magnetic_pressure
from smile_explore.smile.orbit import interval, positions, time_grid
from smile_explore.smile.pointing import pointing

#: Half the field of SXI along its short and long axis, and of UVI's circle, degrees.
_SXI_HALF = (8.0, 13.5)
_UVI_HALF = 9.97 / 2
#: UVI holds the whole oval only farther out than this (R_E, 50 000 km); its light comes
#: from 110 km, where the geocentric distance is this.
_UVI_RADIUS = 50_000 / EARTH_RADIUS_KM
_AURORA = 1 + 110 / EARTH_RADIUS_KM


def visibility(  # noqa: PLR0913 - the interval, and what its conditions hang on
    start, stop, step="5min", *, p_dyn=2.0, b_z=0.0, oval=30.0, ephemeris=None
) -> pd.DataFrame:
    """Return when SMILE sees what, as a time table.

    Parameters
    ----------
    start, stop : str, datetime or datetime64, UTC
        The half-open interval to look at, within that of `smile.orbit`.
    step : str or Timedelta, default "5min"
        Of the search: what lasts shorter may be missed. Ends of intervals are found to
        the second all the same.
    p_dyn : float, nPa
        Solar wind dynamic pressure that places nose and cusps (Lin et al. 2010) and bow
        shock (Jelinek et al. 2012).
    b_z : float, nT, GSM
        Interplanetary field that does so.
    oval : float, degrees
        Magnetic colatitude that bounds the northern oval.
    ephemeris : str, Path or Dataset, optional
        As for `smile.orbit`.

    Returns
    -------
    DataFrame, columns start, stop, kind
        By start; [start, stop) in UTC, cut off at the interval asked for. Kinds: ``sxi``, SXI
        may look (`smile.pointing`); ``nose``, ``north cusp``, ``south cusp``, ``bow shock``,
        that point is in its field of 16 by 27 degrees meanwhile; ``uvi``, UVI, looking at
        the Earth's centre, sees the whole northern oval.

    Raises
    ------
    IntervalError, InputError
        If the interval, the step or the wind cannot be used.

    Notes
    -----
    The oval is seen where SMILE is beyond 50 000 km, every point 110 km above the circle of
    that colatitude about the dipole's axis is above the horizon, and within the 9.97 degrees
    of UVI's field. UVI's own limits on Sun and Earth are not published, and not in it.

    Examples
    --------
    >>> table = visibility("2027-03-20", "2027-03-25")
    >>> hours = (table["stop"] - table["start"]) / pd.Timedelta("1h")
    >>> round(hours[table["kind"] == "sxi"].max(), 1)  # of an orbit of 50.5 hours
    41.8
    """
    if not (p_dyn > 0 and np.isfinite(b_z) and 0 < oval < 90):
        message = f"p_dyn={p_dyn} nPa must be above 0, b_z={b_z} nT finite, oval={oval} degrees between 0 and 90."
        raise InputError(message)

    def seen(time):
        return _views(time, positions(time, ephemeris), (p_dyn, b_z), oval)

    return _table(_intervals(time_grid(start, stop, step), seen, interval(start, stop)[1]))


def conjunctions(other, *, near=2.0, p_dyn=2.0, b_z=0.0, ephemeris=None) -> pd.DataFrame:
    """Return when another spacecraft is where SMILE looks, or near.

    Parameters
    ----------
    other : Dataset with ``pos`` (time, cartesian), km, GSE, GSM, SM or GEO
        Its orbit. NaN and gaps end an interval.
    near : float, R_E
        What counts as near.
    p_dyn, b_z : float
        Solar wind that places the magnetopause (Lin et al. 2010), nPa and nT GSM.
    ephemeris : str, Path or Dataset, optional
        As for `smile.orbit`.

    Returns
    -------
    DataFrame, columns start, stop, kind
        By start; [start, stop) in UTC, to a sample of `other`. Kinds, the first two while SXI
        may look: ``in field``, it is in SXI's field; ``at magnetopause``, it is near the
        model's magnetopause and in that field; ``close``, it is near SMILE.

    Raises
    ------
    DatasetError
        If `other` has no such ``pos``.
    IntervalError
        If its times leave those of `smile.orbit`.

    Examples
    --------
    SMILE itself, an hour late:

    >>> from smile_explore.smile.orbit import orbit
    >>> late = orbit("2027-03-20", "2027-03-22", "10min")
    >>> late["time"] = late["time"] + np.timedelta64(1, "h")
    >>> conjunctions(late, near=0.5)["kind"].unique().tolist()
    ['close']
    """
    if "pos" not in other or "time" not in other.dims or other.sizes["time"] < 2:
        message = "The other orbit needs 'pos' (time, cartesian) in km, at two times or more."
        raise DatasetError(message)
    pos = rotate(require(other["pos"], "km"), to="GSE").transpose("time", "cartesian")
    place = pos.sel(cartesian=list("xyz")).values / EARTH_RADIUS_KM
    time = other["time"].values
    own = positions(time, ephemeris)
    view = pointing(own)
    in_field = view.allowed & _in_field(view, place)
    masks = {
        "in field": in_field,
        "at magnetopause": in_field & (np.abs(_above_magnetopause(pos, p_dyn, b_z)) < near),
        "close": np.linalg.norm(place - own, axis=1) < near,
    }
    cadence = np.median(np.diff(time))
    ends = np.append(np.minimum(time[1:], time[:-1] + cadence), time[-1] + cadence)
    return _table({kind: _runs(time, ends, mask) for kind, mask in masks.items()})


# --------------------------------------------------------------------------- conditions


def _views(time, place, wind, oval):
    """Return, for each kind, whether it holds at each time."""
    view = pointing(place)
    targets = _targets(time, *wind)
    seen = {name: view.allowed & _in_field(view, target) for name, target in targets.items()}
    return {"sxi": view.allowed, **seen, "uvi": _sees_oval(time, place, oval)}


def _targets(time, p_dyn, b_z):
    """Return the points of interest in GSE, R_E."""
    tilt = dipole_tilt(time)
    wind = {"p_dyn": p_dyn, "p_mag": magnetic_pressure([0.0, 0.0, b_z]), "b_z": b_z, "tilt": tilt}
    nose = lin2010(0.0, 0.0, **wind)
    points = {"nose": cartesian(nose, 0.0, 0.0)}
    for name, side in (("north cusp", 1), ("south cusp", -1)):
        theta, phi = lin2010_cusp(side * tilt), side * np.pi / 2
        points[name] = cartesian(lin2010(theta, phi, **wind), theta, phi)
    points["bow shock"] = cartesian(jelinek2012(0.0, p_dyn=p_dyn) + 0 * tilt, 0.0, 0.0)
    return {name: _turned(time, xyz, "GSM", "GSE") for name, xyz in points.items()}


def _turned(time, xyz, frame, to):
    labelled = xr.DataArray(
        np.broadcast_to(xyz, (len(time), 3)),
        dims=("time", "cartesian"),
        coords={"time": time, "cartesian": list("xyz")},
        attrs={"units": "1", "coordinate_system": frame},
    )
    return rotate(labelled, to=to).values


def _in_field(view, target):
    """Say whether points are in SXI's field, shape (n,)."""
    x, y, ahead = np.einsum("nij,nj->in", view.axes, target - view.position)
    with np.errstate(invalid="ignore"):
        inside = [
            np.abs(np.degrees(np.arctan2(side, ahead))) <= half
            for side, half in zip((x, y), _SXI_HALF, strict=True)
        ]
    return inside[0] & inside[1]


def _sees_oval(time, place, oval):
    """Say whether the whole oval is above SMILE's horizon and in UVI's field."""
    s = np.linalg.norm(place, axis=1)
    pole = _turned(time, [0.0, 0.0, 1.0], "SM", "GSE")
    farthest = np.arccos(np.clip((place * pole).sum(axis=1) / s, -1, 1)) + np.radians(oval)
    with np.errstate(invalid="ignore"):
        horizon = np.arccos(1 / s) + np.arccos(1 / _AURORA)
        # seen from SMILE the angle from the Earth's centre grows up to the tangent, no further
        widest = np.minimum(farthest, np.arccos(_AURORA / s))
    off = np.arctan2(_AURORA * np.sin(widest), s - _AURORA * np.cos(widest))
    return (s > _UVI_RADIUS) & (farthest < horizon) & (off < np.radians(_UVI_HALF))


def _above_magnetopause(pos, p_dyn, b_z):
    """Return how far positions are outside the magnetopause, R_E."""
    gsm = rotate(pos, to="GSM").transpose("time", "cartesian").values / EARTH_RADIUS_KM
    r, theta, phi = spherical(gsm)
    wind = {"p_dyn": p_dyn, "p_mag": magnetic_pressure([0.0, 0.0, b_z]), "b_z": b_z}
    return r - lin2010(theta, phi, **wind, tilt=dipole_tilt(pos["time"].values))


# --------------------------------------------------------------------------- intervals


def _intervals(time, seen, end):
    """Return, for each kind, its intervals as pairs of arrays, their ends to the second."""
    masks = seen(time)
    edges = {kind: np.flatnonzero(np.diff(mask)) for kind, mask in masks.items()}
    before = np.concatenate([time[k] for k in edges.values()])
    after = np.concatenate([time[k + 1] for k in edges.values()])
    kinds = np.repeat(list(edges), [len(k) for k in edges.values()])
    first = np.concatenate([masks[kind][k] for kind, k in edges.items()])
    found = _closed_in(before, after, kinds, first, seen)
    out = {}
    for kind, mask in masks.items():
        at, falls = found[kinds == kind], first[kinds == kind]
        starts = np.append(time[:1][mask[:1]], at[~falls])
        stops = np.append(at[falls], np.array([end])[mask[-1:]])
        out[kind] = starts, stops
    return out


def _closed_in(before, after, kinds, first, seen):
    """Halve the steps in which a condition changes until they are of a second."""
    while len(before) and (after - before).max() >= np.timedelta64(2, "s"):
        # at whole seconds, so that whoever looks at a second finds the same
        middle = before + ((after - before) // 2).astype("m8[s]")
        times, back = np.unique(middle, return_inverse=True)
        masks = seen(times)
        now = np.array([masks[kind][k] for kind, k in zip(kinds, back, strict=True)])
        same = now == first
        before, after = np.where(same, middle, before), np.where(same, after, middle)
    return after


def _runs(time, ends, mask):
    """Return starts and stops of the runs of a mask; a run ends where samples are missing."""
    on = np.flatnonzero(mask)
    new = np.ones(len(on), bool)
    new[1:] = (np.diff(on) > 1) | (time[on[1:]] > ends[on[:-1]])
    last = np.append(np.flatnonzero(new)[1:] - 1, len(on) - 1) if len(on) else []
    return time[on[new]], ends[on[last]] if len(on) else ends[:0]


def _table(intervals) -> pd.DataFrame:
    tables = [
        pd.DataFrame({"start": starts, "stop": stops, "kind": kind})
        for kind, (starts, stops) in intervals.items()
        if len(starts)
    ]
    empty = pd.DataFrame(
        {"start": np.array([], "M8[ns]"), "stop": np.array([], "M8[ns]"), "kind": []}
    )
    table = pd.concat(tables) if tables else empty
    return table.sort_values(["start", "kind"], kind="stable", ignore_index=True)
