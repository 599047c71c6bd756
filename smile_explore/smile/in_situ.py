"""What SMILE's magnetometer and ion analyser would measure along its orbit, region by region.

The physics is the rehearsal's: Shue's magnetopause, Jelinek's bow shock, a draped sheath, a
dipole with currents. Here the wind is the caller's, steady or a series, and the boundaries
follow it at once. Nothing here is measured.
"""

import numpy as np
import xarray as xr

from smile_explore import frames
from smile_explore.contract import EARTH_RADIUS_KM as RE
from smile_explore.contract import now, require
from smile_explore.errors import InputError
from smile_explore.physics import geometry

#: Codes of ``region``.
REGIONS = ("magnetosphere", "boundary layer", "magnetosheath", "solar wind")
_LONGEST = 10 * 86400.0
_INSIDE = 1.05


def in_situ(  # noqa: PLR0913 - the wind's numbers
    orbit: xr.Dataset,
    *,
    wind=None,
    n_p=5.0,
    v=400.0,
    b=(0.0, 0.0, 5.0),
    t_p=1e5,
    sym_h=0.0,
) -> xr.Dataset:
    """Return what SMILE would measure along an orbit.

    Parameters
    ----------
    orbit : Dataset, dims (time, cartesian)
        With ``pos`` in km, GSE, as `smile.orbit` returns it; at most 10 days.
    wind : Dataset, dims (time), optional
        At the bow-shock nose, as ``omni.1min`` is: ``n_p`` (cm-3), ``v`` (km s-1) and ``b`` (nT),
        both GSM, and, if it has them, ``t_p`` (K) and ``sym_h`` (nT). It must cover the orbit.
    n_p, v, b, t_p, sym_h : float, float, (float, float, float), float, float
        Without `wind`: a steady one, cm-3, km s-1 (away from the Sun), nT GSM, K and nT.

    Returns
    -------
    Dataset, dims (time)
        ``b`` (nT), ``n_i`` (cm-3), ``v`` (km s-1), both GSM, ``t_i`` (eV): field and moments of
        all ions, without an instrument's noise; ``region``, an index into ``attrs["regions"]``;
        ``pos`` in km, GSE. NaN, and region -1, where the wind has a gap, where the position is
        missing or within 1.05 R_E.

    Raises
    ------
    InputError
        If the orbit is longer than 10 days, has no two times, or `wind` does not cover it.
    DatasetError
        If a unit or frame is another.

    Notes
    -----
    Waves of the sheath and of the magnetosphere are those of the rehearsal, with its seed: two
    calls give equal values. The boundaries have no delay; see `rehearsal_space` for the rest.

    Examples
    --------
    >>> from smile_explore import smile
    >>> ds = in_situ(smile.orbit("2027-03-22 06:00", "2027-03-22 07:00"), n_p=3.0, v=350.0)
    >>> ds.attrs["regions"].split(", ")[int(ds.region[0])]
    'magnetosheath'
    """
    from smile_explore.smile import rehearsal_space as space

    time, pos = _track(orbit)
    seconds = (time - time[0]) / np.timedelta64(1, "s")
    if seconds[-1] > _LONGEST:
        message = (
            f"The orbit is {seconds[-1] / 86400:.1f} days long: give at most 10 days at a time."
        )
        raise InputError(message)
    steady = {"n_p": n_p, "v": v, "b": b, "t_p": t_p, "sym_h": sym_h}
    nose, ring = _nose(wind, steady, time[0], seconds[-1])
    limits = _limits(space, nose)
    world = space.World(limits, (nose.time, np.nan_to_num(ring)))
    known = np.isfinite(pos).all(axis=1) & (np.sqrt((pos**2).sum(axis=1)) > _INSIDE)
    known &= np.isfinite(np.interp(seconds, nose.time, nose.n + nose.b.sum(axis=1) + nose.v[:, 0]))
    ds = _empty(time, pos)
    if known.any():
        where = _place(space, time[known], seconds[known], pos[known], limits)
        met = world.met(where)
        ds["b"][known], moments = met.b, met.moments
        ds["n_i"][known], ds["v"][known], ds["t_i"][known] = moments.n, moments.v, moments.t
        ds["region"][known] = space.region(where)
        gap = ~np.isfinite(ds["n_i"].values + ds["b"].values.sum(axis=1))
        ds["region"].values[gap] = -1
    ds.attrs["wind"] = "of the caller's Dataset" if wind is not None else str(steady)
    return ds


def _track(orbit):
    if not isinstance(orbit, xr.Dataset) or "pos" not in orbit or orbit.sizes.get("time", 0) < 2:
        message = "The orbit needs 'pos' at two times or more: give what smile.orbit returns."
        raise InputError(message)
    pos = require(orbit["pos"], "km", "GSE").transpose("time", "cartesian").values / RE
    return orbit["time"].values.astype("datetime64[ns]"), pos


def _nose(wind, steady, first, last):
    """Return the wind at the nose every 2 s, and SYM-H; NaN in its gaps."""
    from smile_explore.smile import rehearsal_wind as story

    margin = 3600.0
    grid = np.arange(-margin, last + margin, story.STEP)
    if wind is None:
        _check(steady)
        one = np.ones_like(grid)
        flow = np.array([-float(steady["v"]), 0.0, 0.0])
        field = one[:, None] * np.asarray(steady["b"], float)
        parts = (steady["n_p"] * one, steady["t_p"] * one, one[:, None] * flow, field)
        return story.Wind(grid, *parts), steady["sym_h"] * one
    at = (wind["time"].values - first) / np.timedelta64(1, "s")
    if not len(at) or at[0] > 60 or at[-1] < last - 60:
        message = "The wind does not cover the orbit: load it for the same interval, better an hour more on each side."
        raise InputError(message)
    columns = {k: _column(wind, k, u) for k, u in (("n_p", "cm-3"), ("t_p", "K"), ("sym_h", "nT"))}
    vectors = [require(wind[k], u, "GSM").values for k, u in (("v", "km s-1"), ("b", "nT"))]
    n, t, ring = (np.interp(grid, at, c) for c in columns.values())
    flow, field = (story.across(grid, at, vector) for vector in vectors)
    return story.Wind(grid, n, t, flow, field), ring


def _column(wind, name, units):
    if name in wind:
        return require(wind[name], units).values.astype(float)
    if name == "n_p":
        message = "The wind has no 'n_p': it needs n_p, v and b."
        raise InputError(message)
    return np.full(wind.sizes["time"], 1e5 if name == "t_p" else 0.0)


def _check(steady) -> None:
    faults = [
        f"{k}={steady[k]!r} must be above 0" for k in ("n_p", "v", "t_p") if not steady[k] > 0
    ]
    field = np.asarray(steady["b"], float)
    if field.shape != (3,) or not np.isfinite(field).all() or not (field != 0).any():
        faults.append(f"b={steady['b']!r} must be three numbers in nT, not all 0")
    if faults:
        raise InputError("; ".join(faults) + ".")


def _limits(space, nose):
    one = np.ones_like(nose.time)
    drivers = {"p_mp": nose.p_dyn, "b_z_mp": nose.b[:, 2], "p_bs": nose.p_dyn, "speed": nose.speed}
    return space.Boundaries(nose, drivers | {"ripple_mp": one, "ripple_bs": one})


def _place(space, time, seconds, pos, limits):
    angle = geometry.aberration(limits.driver("speed", seconds))
    axis = np.stack([np.cos(angle), -np.sin(angle), 0 * angle], axis=-1)
    gsm, axis = (_gsm(vector, time) for vector in (pos, axis))
    return space.place(seconds, gsm, axis, frames.dipole_tilt(time), limits)


def _gsm(vector, time):
    coords = {"time": time, "cartesian": ["x", "y", "z"]}
    da = xr.DataArray(vector, coords, ("time", "cartesian"), attrs={"coordinate_system": "GSE"})
    return frames.rotate(da, "GSM").values


def _empty(time, pos) -> xr.Dataset:
    n = len(time)
    coords = {"time": ("time", time, {"long_name": "UTC"}), "cartesian": ["x", "y", "z"]}
    vector, told = ("time", "cartesian"), "SIMULATED: "
    ds = xr.Dataset(coords=coords)
    gsm = {"coordinate_system": "GSM"}
    ds["b"] = (
        vector,
        np.full((n, 3), np.nan),
        {"units": "nT", "long_name": told + "Magnetic field at SMILE"} | gsm,
    )
    ds["n_i"] = "time", np.full(n, np.nan), {"units": "cm-3", "long_name": told + "Ion density"}
    ds["v"] = (
        vector,
        np.full((n, 3), np.nan),
        {"units": "km s-1", "long_name": told + "Ion velocity"} | gsm,
    )
    ds["t_i"] = "time", np.full(n, np.nan), {"units": "eV", "long_name": told + "Ion temperature"}
    ds["region"] = "time", np.full(n, -1, np.int32), {"units": "1", "long_name": told + "Region"}
    ds["pos"] = (
        vector,
        pos * RE,
        {"units": "km", "long_name": "Position of SMILE", "coordinate_system": "GSE"},
    )
    ds.attrs = {
        "product": "smile.in_situ", "title": "SIMULATED field and ions at SMILE", "simulated": 1,
        "source": "smile_explore.smile.in_situ", "source_files": "", "retrieved": now(),
        "time_reference": "spacecraft", "regions": ", ".join(REGIONS),
        "acknowledgement": "Shue et al. (1998), Jelinek et al. (2012), Kobel and Flueckiger (1994).",
    }  # fmt: skip
    return ds
