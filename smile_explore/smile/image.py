"""The soft X-ray image that SXI would see: emissivity integrated along its lines of sight.

Nothing here is measured: each image says which model, which wind and which view it is of.
Counts, background and blur are another matter.
"""

import warnings

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore.contract import EARTH_RADIUS_KM, now
from smile_explore.errors import InputError
from smile_explore.frames import rotate
from smile_explore.physics import soft_xray
from smile_explore.smile.pointing import pointing, rays

_MODELS = ("cmem", "jorgensen2019", "cmem2g")

#: From eV cm-3 s-1 times R_E to keV cm-2 s-1 sr-1.
TO_INTENSITY = EARTH_RADIUS_KM * 1e5 / 1000 / (4 * np.pi)

#: Where lines of sight end, R_E: as far as the public simulators look.
REACH = 80.0


def image(  # noqa: PLR0913 - what an image is of: the view, the wind, the field of view
    position,
    *,
    model="cmem",
    n_p=5.0,
    v=400.0,
    b=(0.0, 0.0, 5.0),
    tilt=0.0,
    aim=None,
    shape=(108, 64),
    fov=(27.0, 16.0),
    time=None,
    parameters=None,
) -> xr.Dataset:
    """Return the soft X-ray image seen from a position.

    Parameters
    ----------
    position : array_like, shape (3,), R_E, GSE; or DataArray in km
        The spacecraft.
    model : {"cmem", "jorgensen2019", "cmem2g"} or DataArray, dims x, y, z
        Of the emissivity; or your own, in eV cm-3 s-1 on increasing or decreasing
        coordinates in R_E (GSM, or as its ``coordinate_system`` says), trilinear in between
        and nothing outside. ``formats.emissivity.read("run.fits")`` makes one of a file,
        FITS or netCDF.
    n_p, v : float, cm-3 and km s-1
        Solar wind; it sets the model's parameters (by its method 2) where `parameters`
        does not.
    b : (float, float, float), nT, GSM
        Interplanetary magnetic field.
    tilt : float, radian
        Dipole tilt: `frames.dipole_tilt` of a time.
    aim : float or (float, float, float), R_E, GSE, optional
        Look there and not where `pointing` says; a number is on the Sun-Earth line.
    shape : (int, int)
        Pixels along the long and the short axis: 15 arcmin each as they stand.
    fov : (float, float), degrees
        Full angles along both axes.
    time : str or datetime64, UTC, optional
        To turn the view from GSE into GSM, in which the models live; without it the two are
        taken as one, as public simulators do.
    parameters : mapping, optional
        Of the model, by the names in `physics.soft_xray`, such as ``{"p0": 0.9}``.

    Returns
    -------
    Dataset, dims (y, x)
        ``intensity`` in keV cm-2 s-1 sr-1; coordinates ``x`` and ``y`` are the angles of
        pixel centres in degrees. The Earth is on the side of negative x; see
        `smile.pointing` for both axes. ``attrs`` hold the view, the wind and the model.

    Raises
    ------
    InputError
        If an input is outside its range, or the cube has holes.

    Warns
    -----
    UserWarning
        If the emissivity is negative somewhere, as Jorgensen's formula is in thin winds.

    Notes
    -----
    Integrated from the spacecraft to 80 R_E, or to the Earth where it is in the way. Each
    line of sight is cut where it crosses the boundaries, and the pieces are integrated by
    Gauss-Legendre: within 0.1 % of a converged integral, but for a few lines in a million
    that skim the rim of a cusp. A frame takes 10 to 20 ms on two processors. The first of
    all is compiled, some 5 s, and kept on disk for later sessions where that is possible.

    References
    ----------
    See `physics.soft_xray` for the models and `smile.pointing` for the view.

    Examples
    --------
    >>> ds = image([5.918, 6.741, 17.707])
    >>> round(float(ds.intensity.min()), 1), round(float(ds.intensity.max()), 1)
    (3.4, 5.8)
    """
    view = _view(position, aim)
    wind = _wind(n_p, v, b, tilt)
    ways, theta, phi = rays(view, *_frame(shape, fov))
    if isinstance(model, (xr.DataArray, xr.Dataset)):
        if parameters:
            message = f"parameters={sorted(parameters)} are of a named model: a cube has none, leave them out."
            raise InputError(message)
        model = _sound(model)
        numbers = {"model": str(model.name or "cube")}
        values = _through_cube(model, view.position, ways, time)
    else:
        used = _parameters(model, wind, parameters or {})
        numbers = {"model": model, **_wind_attrs(wind), **{k: float(x) for k, x in used.items()}}
        values = _through_model(model, wind, used, in_gsm(view.position, ways, time))
    if (values < 0).any():
        name = numbers["model"]
        message = f"{name} is negative in places: look at its values, or for Jorgensen's take a denser wind than n_p={n_p}, too thin a wind for its B."
        warnings.warn(message, stacklevel=2)
    intensity = values.reshape(len(theta), len(phi)) * TO_INTENSITY
    return _dataset(intensity, theta, phi, {**_view_attrs(view), **numbers}, time)


# --------------------------------------------------------------------------- what was asked


def _view(position, aim):
    view = pointing(position, aim=aim)
    if view.position.shape != (3,):
        message = f"Position has shape {view.position.shape}: an image is of one position."
        raise InputError(message)
    if np.isnan(view.axes).any():
        message = f"From {view.position} R_E there is {view.reason}: give an aim of your own."
        raise InputError(message)
    return view


def _frame(shape, fov):
    """Return shape and field of view, checked."""
    whole = len(shape) == 2 and all(n == int(n) > 0 for n in shape)
    if not whole or len(fov) != 2 or not all(0 < angle < 170 for angle in fov):
        message = f"shape={shape}, fov={fov}: give two whole numbers above 0 and two angles in degrees, below 170."
        raise InputError(message)
    return tuple(int(n) for n in shape), tuple(fov)


def _wind(n_p, v, b, tilt):
    """Return the solar wind as keywords of the models, checked."""
    rules = (("n_p", n_p, "cm-3"), ("v", v, "km s-1"))
    faults = [f"{name}={x} {unit} must be above 0" for name, x, unit in rules if not _above(x)]
    b = np.asarray(b, dtype=float)
    if b.shape != (3,) or not np.isfinite(b).all():
        faults.append(f"b={b.tolist()} must be three numbers in nT")
    if not abs(float(tilt)) < 0.8:
        faults.append(f"tilt={tilt} must be in radians, below 0.8")
    if faults:
        raise InputError("; ".join(faults) + ".")
    return {"n_p": float(n_p), "v": float(v), "b": b, "tilt": float(tilt)}


def _above(x) -> bool:
    return bool(np.ndim(x) == 0 and np.isfinite(x) and x > 0)


def _parameters(model, wind, own) -> dict:
    """Return the parameters of a model, those of the user before those of the wind."""
    if model not in _MODELS:
        message = f"model={model!r} is none of {', '.join(_MODELS)}, nor a DataArray of emissivity: formats.emissivity.read makes one of a file."
        raise InputError(message)
    drivers = wind if model == "cmem2g" else {k: wind[k] for k in ("n_p", "v", "b")}
    used = soft_xray.replaced(getattr(soft_xray, f"{model}_start")(**drivers), own)
    missing = [key for key, value in used.items() if not np.isfinite(value)]
    if missing:
        message = (
            f"n_p={wind['n_p']:g} cm-3 gives no value of {', '.join(missing)} (method 2 starts at "
            "2.34): choose a denser wind, or give them as parameters."
        )
        raise InputError(message)
    _check_noses(model, wind, used)
    return used


def _check_noses(model, wind, used):
    mp, bs = soft_xray.noses(model, used, **wind)
    if not soft_xray.R_FLOOR < mp < bs:
        message = (
            f"With these parameters of {model} the magnetopause is at {mp:.1f} and the bow shock at "
            f"{bs:.1f} R_E: they must lie in this order, outside {soft_xray.R_FLOOR} R_E."
        )
        raise InputError(message)


# --------------------------------------------------------------------------- what is seen


def in_gsm(place, ways, time, frame="GSM"):
    """Return position and lines of sight in the frame of the emissivity."""
    vectors = np.vstack([place, ways.reshape(-1, 3)])
    if time is not None and frame != "GSE":
        labelled = xr.DataArray(
            vectors,
            dims=("n", "cartesian"),
            coords={"cartesian": list("xyz"), "time": _instant(time)},
            attrs={"units": "1", "coordinate_system": "GSE"},
        )
        vectors = rotate(labelled, to=frame).values
    return vectors[0], vectors[1:]


def _instant(time):
    try:
        return pd.Timestamp(time).as_unit("ns").to_datetime64()
    except (ValueError, TypeError, AttributeError) as err:
        message = f"time={time!r} cannot be read: write it like '2027-03-21 06:00'."
        raise InputError(message) from err


def _through_model(model, wind, used, geometry):
    from smile_explore.smile import model_lines, model_packed  # numba: a second, more to compile

    return model_lines.model_integrals(model_packed.packed(model, used, **wind), *geometry, REACH)


def _through_cube(cube, place, ways, time):
    from smile_explore.smile import cube_lines

    frame = cube.attrs.get("coordinate_system", "GSM")
    axes = tuple(np.ascontiguousarray(cube[axis].values, dtype=float) for axis in "xyz")
    values = np.ascontiguousarray(cube.values, dtype=float)
    return cube_lines.cube_integrals(values, axes, *in_gsm(place, ways, time, frame), REACH)


def _sound(cube) -> xr.DataArray:
    """Return a cube with increasing axes in the order x, y, z, or say what is wrong with it."""
    if isinstance(cube, xr.Dataset):
        cube = _only_cube(cube)
    if set(cube.dims) != set("xyz") or not all(axis in cube.coords for axis in "xyz"):
        message = f"The cube has dims {cube.dims}: it needs x, y and z, with coordinates in R_E."
        raise InputError(message)
    cube = cube.transpose("x", "y", "z").sortby(["x", "y", "z"])
    faults = list(_faults(cube))
    if faults:
        message = f"The cube has {'; '.join(faults)}: it needs eV cm-3 s-1 at every point of a grid in R_E, GSM or GSE."
        raise InputError(message)
    return cube


def _only_cube(ds) -> xr.DataArray:
    cubes = [name for name, da in ds.data_vars.items() if set(da.dims) == set("xyz")]
    if len(cubes) != 1:
        message = f"The Dataset has {len(cubes)} variables on x, y and z: give one of them, ds['name'], as the model."
        raise InputError(message)
    return ds[cubes[0]]


def _faults(cube):
    """Yield what is wrong with a sorted cube."""
    holes = int((~np.isfinite(cube.values)).sum())
    if holes:
        yield f"{holes} holes (NaN)"
    axes = {a: cube[a].values.astype(float) for a in "xyz"}
    uneven = [a for a, at in axes.items() if at.size < 2 or not (np.diff(at) > 0).all()]
    if uneven:
        yield f"less than two points, or repeated ones, along {', '.join(uneven)}"
    lengths = {cube[a].attrs.get("units", "RE") for a in "xyz"} - {"RE", "R_E"}
    if lengths or any(np.abs(at).max(initial=0) > 1000 for at in axes.values()):
        yield f"axes in {', '.join(sorted(lengths)) or 'km, it seems'}"
    units, frame = cube.attrs.get("units", "eV cm-3 s-1"), cube.attrs.get("coordinate_system")
    if units != "eV cm-3 s-1":
        yield f"units {units!r}"
    if frame not in (None, "GSM", "GSE", "SM"):
        yield f"the frame {frame!r}"


# --------------------------------------------------------------------------- what is told


def _wind_attrs(wind) -> dict:
    b = dict(zip(("b_x", "b_y", "b_z"), map(float, wind["b"]), strict=True))
    return {"n_p": wind["n_p"], "v": wind["v"], **b, "tilt": wind["tilt"]}


def _view_attrs(view) -> dict:
    vectors = {"pos": view.position, "aim": view.aim, "boresight": view.boresight}
    flat = {
        f"{k}_{a}": float(x) for k, xyz in vectors.items() for a, x in zip("xyz", xyz, strict=True)
    }
    return {
        **flat,
        "sun_angle": float(view.sun_angle),
        "allowed": int(view.allowed),
        "reason": str(view.reason),
    }


def _dataset(intensity, theta, phi, attrs, time) -> xr.Dataset:
    named = {"units": "keV cm-2 s-1 sr-1", "long_name": "Soft X-ray intensity"}
    ds = xr.Dataset(
        {"intensity": (("y", "x"), intensity, named)},
        coords={
            "y": ("y", theta, {"units": "degree", "long_name": "Angle along the long axis"}),
            "x": ("x", phi, {"units": "degree", "long_name": "Angle from the Earth's side"}),
        },
        attrs={
            "product": "smile.image",
            "title": "SIMULATED soft X-ray image",
            "source": "smile_explore.smile.image",
            "source_files": "",
            "acknowledgement": "Emissivity models of Jorgensen et al. (2019), Wharton et al. (2025).",
            "retrieved": now(),
            "time_reference": "spacecraft",
            "simulated": 1,
            "reach": REACH,
            **attrs,
        },
    )
    return ds if time is None else ds.assign_coords(time=_instant(time))
