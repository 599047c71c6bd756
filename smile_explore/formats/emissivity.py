"""Cubes of soft X-ray emissivity, as MHD people write them: FITS or netCDF into a DataArray.

What `smile.image` looks through. A cube must tell its axes, its units and its frame; what it
does not tell the caller must, for nothing here is guessed, filled or turned.

Traps: FITS counts axes from the fastest, so that axis 1 is the last of the array; a FITS axis
without CTYPE is taken as x, y, z in that order; CRPIX counts from 1 and may stand between pixels.
"""

from pathlib import Path

import numpy as np
import xarray as xr

from smile_explore.contract import canonical_units, factor
from smile_explore.errors import CorruptFileError, DatasetError, InputError, SmileExploreError
from smile_explore.formats import fits_guard, netcdf, netcdf_arrays

_UNITS = "eV cm-3 s-1"
_FRAMES = ("GSM", "GSE", "SM")
_FRAME_KEYS = ("coordinate_system", "COORDSYS", "FRAME", "REFFRAME")


def read(path, *, name=None, units=None, frame=None) -> xr.DataArray:
    """Read a cube of emissivity for `smile.image`.

    Parameters
    ----------
    path : str or Path
        netCDF with a variable on dims x, y and z, in any order; or FITS with a cube as first
        image, its axes by CTYPE, CRVAL, CDELT and CRPIX or in images named x, y and z.
    name : str, optional
        Which variable of a netCDF file, if several have three dims.
    units : str, optional
        Of the emissivity, where the file does not tell: anything astropy turns into eV cm-3 s-1.
    frame : {"GSM", "GSE", "SM"}, optional
        Of the axes, where the file does not tell (``coordinate_system`` of the variable or the
        file, COORDSYS or FRAME of a header).

    Returns
    -------
    DataArray, dims (x, y, z), eV cm-3 s-1
        Coordinates in R_E, increasing; ``coordinate_system`` and ``source_files`` in ``attrs``.

    Raises
    ------
    CorruptFileError
        If the file is damaged, cut short, or no cube.
    DatasetError
        If the cube has holes, or axes, units or a frame that cannot be used.
    InputError
        If there is no such file, or `units` or `frame` contradict it.

    Examples
    --------
    >>> from smile_explore import smile  # doctest: +SKIP
    >>> smile.image([5.9, 6.7, 17.7], model=read("run7_0420.fits", frame="GSM"))  # doctest: +SKIP
    """
    path = Path(path)
    if not path.is_file():
        message = f"No file at {str(path)!r}: check the path."
        raise InputError(message)
    with path.open("rb") as file:
        is_fits = file.read(9) == b"SIMPLE  ="
    values, dims, axes, told = _fits(path) if is_fits else _netcdf(path, name)
    frame = _told(path, "frame", frame, str(told["frame"]).upper() if told["frame"] else None)
    if frame.upper() not in _FRAMES:
        message = f"{path.name} is in {frame!r}: a cube must be in {', '.join(_FRAMES)}."
        raise DatasetError(message)
    units = _told(path, "units", units, told["units"])
    axes = {k: (k, _lengths(path, k, *axes[k]), {"units": "RE"}) for k in "xyz"}
    attrs = {"units": _UNITS, "long_name": "Soft X-ray emissivity", "source_files": path.name}
    attrs["coordinate_system"] = frame.upper()
    cube = xr.DataArray(values * _scale(path, units, _UNITS), dims=dims, coords=axes, attrs=attrs)
    return _whole(cube.transpose("x", "y", "z").sortby(["x", "y", "z"]), path).rename(path.stem)


# --------------------------------------------------------------------------- what a cube must be


def _told(path, what, own, told) -> str:
    """Return what the file tells, or else the caller; they may not contradict each other."""
    if own and told and str(own).replace(" ", "").upper() != str(told).replace(" ", "").upper():
        message = (
            f"{path.name} says {what}={told!r}, not {own!r}: leave {what} out, or mend the file."
        )
        raise InputError(message)
    if not (own or told):
        message = f"{path.name} does not tell its {what}: give {what}=..., for nothing is guessed."
        raise DatasetError(message)
    return str(told or own)


def _scale(path, have, want) -> float:
    known = canonical_units(have)
    try:
        if known is None:
            raise DatasetError(have)
        return factor(known, want)
    except SmileExploreError as err:
        message = f"{path.name} is in {have!r}, which does not turn into {want}: mend its units."
        raise DatasetError(message) from err


def _lengths(path, axis, points, units) -> np.ndarray:
    """Return the points of an axis in R_E, checked."""
    points = np.asarray(points, float) * _scale(path, units or "RE", "km") / factor("RE", "km")
    steps = np.diff(points)
    if not (
        np.isfinite(points).all() and len(points) > 1 and (steps > 0).all() | (steps < 0).all()
    ):
        message = f"Axis {axis} of {path.name} has repeated, missing or unordered points, or one alone: a grid is needed."
        raise DatasetError(message)
    if np.abs(points).max() > 1000:
        message = f"Axis {axis} of {path.name} reaches {np.abs(points).max():g} R_E: give it the units it is in, such as km."
        raise DatasetError(message)
    return points


def _whole(cube, path) -> xr.DataArray:
    holes, dark = int((~np.isfinite(cube.values)).sum()), int((cube.values < 0).sum())
    if holes or dark:
        fault = f"{holes} holes (NaN or fill)" if holes else f"{dark} values below 0"
        message = f"{path.name} has {fault} of {cube.size}: it needs an emissivity at every point (0 where nothing shines)."
        raise DatasetError(message)
    return cube


# --------------------------------------------------------------------------- FITS


def _fits(path):
    """Return values, dims, axes and what the headers tell."""
    units = fits_guard.check(path)
    if len(units[0].axes) != 3:
        message = f"The first image of {path.name} has {len(units[0].axes)} axes: a cube has three."
        raise CorruptFileError(message)
    dims = _fits_dims(units[0].cards, path)
    from astropy.io import fits

    try:
        with fits.open(path, memmap=False, disable_image_compression=True) as hdus:
            header = hdus[0].header
            own = {h.name.lower(): h for h in hdus[1:] if h.is_image and h.name.lower() in "xyz"}
            axes = {d: _fits_axis(header, 3 - k, own.get(d)) for k, d in enumerate(dims)}
            values = np.asarray(hdus[0].data, float)
            frame = next((header[k] for k in _FRAME_KEYS[1:] if k in header), None)
            told = {"units": header.get("BUNIT"), "frame": frame}
    except (OSError, ValueError, KeyError, TypeError, IndexError, fits.VerifyError) as err:
        message = f"{path.name} cannot be decoded ({err}): fetch the file again."
        raise CorruptFileError(message) from err
    wrong = [d for d, n in zip(dims, values.shape, strict=True) if np.shape(axes[d][0]) != (n,)]
    if wrong:
        message = f"The images {', '.join(wrong)} of {path.name} are not as long as the cube's axes: give CTYPE1 to 3."
        raise DatasetError(message)
    return values, dims, axes, told


def _fits_dims(cards, path) -> tuple[str, ...]:
    """Return the names of the array's dims, the slowest first."""
    types = [cards.get(f"CTYPE{k}", default).strip() for k, default in enumerate("xyz", 1)]
    dims = tuple(t[:1].lower() for t in reversed(types))
    if sorted(dims) != ["x", "y", "z"]:
        message = f"{path.name} has the axes {', '.join(types)}: a cube has X, Y and Z."
        raise DatasetError(message)
    return dims


def _fits_axis(header, k, own):
    """Return the points of an axis and their units."""
    if own is not None:
        return np.ravel(own.data), own.header.get("BUNIT", header.get(f"CUNIT{k}"))
    pixel = np.arange(1, header[f"NAXIS{k}"] + 1) - float(header.get(f"CRPIX{k}", 1.0))
    points = float(header[f"CRVAL{k}"]) + pixel * float(header[f"CDELT{k}"])
    return points, header.get(f"CUNIT{k}")


# --------------------------------------------------------------------------- netCDF


def _netcdf(path, name):
    """Return values, dims, axes and what the attributes tell."""
    with path.open("rb") as file:
        if not file.read(8).startswith((b"CDF", b"\x89HDF")):
            message = f"{path.name} is neither FITS nor netCDF: convert the cube to one of them."
            raise CorruptFileError(message)
    netcdf._try_out(path)
    try:
        attrs, held, _ = netcdf_arrays.load(str(path.absolute()))
    except netcdf_arrays.RefusedError as err:
        message = f"{path.name} {err}"
        raise CorruptFileError(message) from err
    except netcdf_arrays.UNREADABLE as err:
        raise netcdf._damaged(path, err) from err
    cubes = [n for n, (dims, _, _) in held.items() if sorted(d.lower() for d in dims) == [*"xyz"]]
    wanted = cubes if name is None else [n for n in cubes if n == name]
    if len(wanted) != 1:
        message = f"{path.name} has {', '.join(cubes) or 'no variable'} on dims x, y and z: give name=... of one."
        raise DatasetError(message)
    dims, values, own = held[wanted[0]]
    missing = [d for d in dims if d not in held]
    if missing:
        message = (
            f"{path.name} has no points along {', '.join(missing)}: write coordinates, in R_E."
        )
        raise DatasetError(message)
    axes = {d.lower(): (held[d][1], _text(held[d][2].get("units"))) for d in dims}
    frames = [_text(a[k]) for a in (own, attrs) for k in _FRAME_KEYS if k in a]
    told = {"units": _text(own.get("units")), "frame": frames[0] if frames else None}
    return _unfilled(values, own), tuple(d.lower() for d in dims), axes, told


def _unfilled(values, attrs) -> np.ndarray:
    fills = np.ravel([np.ravel(attrs[k])[0] for k in ("_FillValue", "missing_value") if k in attrs])
    packed = "scale_factor" in attrs or "add_offset" in attrs
    scale, offset = (
        np.ravel(attrs.get(k, d))[0] for k, d in (("scale_factor", 1), ("add_offset", 0))
    )
    out = np.asarray(values, float) * scale + offset if packed else np.asarray(values, float)
    return np.where(np.isin(values, fills), np.nan, out)


def _text(value):
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
