"""Write SXI images in the layout of level 3, so that the tools of the mission's team read ours.

See `sxi` for reading. Everything simulated bears the key SIMULATD.
"""

from pathlib import Path

import numpy as np
import xarray as xr

from smile_explore.contract import EARTH_RADIUS_KM
from smile_explore.errors import InputError
from smile_explore.formats.sxi_layout import (
    BACKGROUNDS,
    COMPANIONS,
    MAPS,
    NUMBERS,
    PARAMETERS,
    PLACES,
    REBINNED,
    quality_bits,
    quality_flag,
)

_BARE = str.maketrans("", "", "-:")
_UNITS_OF = {"km": EARTH_RADIUS_KM, "RE": 1.0, f"{EARTH_RADIUS_KM} km": 1.0}


def write(dataset: xr.Dataset, path) -> list[Path]:
    """Write SXI images as FITS files of level 3.

    Parameters
    ----------
    dataset : Dataset, dims (time, y, x) or (y, x)
        Maps by our names (``counts``, ``background``, ``vignetting``, ``foreground``, ...) or
        the archive's (``CTSMAP``, ...); y and x in degrees; ``pos`` and ``aim`` (km or R_E,
        GSE) as variables or, three numbers, as attributes; ``exposure`` in s, whose middle
        ``time`` is.
    path : str or Path
        ``....fits``: one file for one time, in the layout its name tells (``-TOT_``, ``-BKG_``,
        ``-VCY_``), else the rebinned one, which holds every map; with ``OPTIMUM`` in
        `dataset`, the fitted one. Else a folder, made if need be, which gets for each time a
        folder ``L3_<start>-<stop>`` with the three files of an exposure.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    InputError
        If `dataset` has no map or several times for one file, or its pixels are not regular;
        or if it lacks what the header needs: time, exposure, position, aim.

    Notes
    -----
    Counts are written as 32-bit integers where they are whole, all else as it is. The flags QF
    and QF2 are computed. Times are kept to the microsecond.
    """
    path = Path(path)
    frames = [_frame(dataset, k) for k in range(dataset.sizes.get("time", 1))]
    if not path.name.lower().endswith(".fits"):
        return [p for frame in frames for p in _write_exposure(frame, path)]
    if len(frames) != 1:
        message = f"One file holds one exposure, but the Dataset has {len(frames)} times: select one, or give a folder."
        raise InputError(message)
    kind = next((c for c in COMPANIONS if f"-{c}_" in path.name), "")
    return [_save(frames[0], path, _layout(frames[0], kind))]


# --------------------------------------------------------------------------- what goes in


def _frame(dataset: xr.Dataset, k: int) -> xr.Dataset:
    """Return one exposure in the archive's terms."""
    ours = {m.name: key for key, m in MAPS.items()} | {n[0]: key for key, n in NUMBERS.items()}
    ours |= {"pos": "POS", "aim": "AIM"}
    ds = dataset.isel(time=[k]) if "time" in dataset.dims else dataset
    names = {str(n): ours.get(str(n), str(n)) for n in ds.data_vars}
    frame = xr.Dataset(attrs=dict(dataset.attrs))
    for name, key in names.items():
        if key in MAPS or key in NUMBERS or key in PARAMETERS:
            frame[key] = _with_time(ds[name])
    if not set(MAPS) & set(frame.data_vars):
        message = f"The Dataset holds no map of SXI; expected one of {', '.join(m.name for m in MAPS.values())}."
        raise InputError(message)
    for key in PLACES:
        frame[key] = ("time", "xyz"), [_place(ds, key, names)]
    frame["EXPOS"] = "time", [_exposure(ds, frame)]
    return frame.assign_coords(time=[_middle(ds)])


def _with_time(da: xr.DataArray) -> xr.DataArray:
    da = da if "time" in da.dims else da.expand_dims("time")
    return da.drop_vars("time", errors="ignore").transpose(
        "time", ..., *(d for d in ("y", "x") if d in da.dims)
    )


def _middle(ds: xr.Dataset) -> np.datetime64:
    time = ds["time"].values if "time" in ds.variables else ds.attrs.get("time")
    if time is None or np.isnat(np.datetime64(np.ravel(time)[0], "ns")):
        message = (
            "The Dataset has no time: give it a coordinate 'time', the middle of the exposure."
        )
        raise InputError(message)
    return np.datetime64(np.ravel(time)[0], "ns")


def _exposure(ds: xr.Dataset, frame: xr.Dataset) -> float:
    value = frame["EXPOS"].values if "EXPOS" in frame else ds.attrs.get("exposure", np.nan)
    value = float(np.ravel(value)[0])
    if not value > 0:
        message = "The Dataset has no 'exposure' in seconds above 0: give it as a variable or an attribute."
        raise InputError(message)
    return value


def _place(ds: xr.Dataset, key: str, names: dict) -> np.ndarray:
    name = next((n for n, k in names.items() if k == key), None)
    da = ds[name] if name else ds.attrs.get(key.lower())
    values = np.ravel(np.asarray(da, float)) if da is not None else np.empty(0)
    attrs = da.attrs if name else {}
    units = attrs.get("units") or attrs.get("UNITS") or "RE"
    if values.shape != (3,) or units not in _UNITS_OF or not np.isfinite(values).all():
        message = f"The Dataset has no {key.lower()!r} of three numbers in km or R_E, GSE: the header of level 3 needs it."
        raise InputError(message)
    frame = attrs.get("coordinate_system") or attrs.get("COORDINATE_SYSTEM") or "GSE"
    if frame != "GSE":
        message = f"{key.lower()!r} is in {frame}: level 3 has GSE (frames.rotate)."
        raise InputError(message)
    return values / _UNITS_OF[units]


# --------------------------------------------------------------------------- files


def _write_exposure(frame: xr.Dataset, folder: Path):
    to = "m" if all(t == t.astype("datetime64[m]") for t in _ends(frame)) else "s"
    start, stop = (np.datetime_as_string(t, to).translate(_BARE) for t in _ends(frame))
    folder = folder / f"L3_{start}-{stop}"
    folder.mkdir(parents=True, exist_ok=True)
    for kind, first in COMPANIONS.items():
        if first in frame:
            name = f"SMILE_SXI_L3_SCIM15-SCI-{kind}_{start}-{stop}_V01.fits"
            yield _save(frame, folder / name, _layout(frame, kind))


def _layout(frame: xr.Dataset, kind: str) -> list[str]:
    """Return the maps of a file in order, the first image first."""
    if kind == "BKG":
        wanted = ["BKGMAP", *BACKGROUNDS]
    elif kind:
        wanted = [COMPANIONS[kind]]
    elif "OPTIMUM" in frame:
        wanted = ["MODELMAP", "CXFOV", "CTSMAP", "BKGMAP", "ERROR"]
    else:
        wanted = ["CXFOV", *REBINNED, *(k for k in MAPS if k not in REBINNED)]
    held = [key for key in wanted if key in frame]
    if not held or (kind and held[0] != COMPANIONS[kind]):
        message = f"A file of kind {kind or 'CXF'} needs {wanted[0]}, which the Dataset lacks."
        raise InputError(message)
    return held


def _save(frame: xr.Dataset, path: Path, layout: list[str]) -> Path:
    from astropy.io import fits

    first = fits.PrimaryHDU(_pixels(frame, layout[0]))
    first.header.extend(_cards(frame), update=True)
    first.header["EXTNAME"] = layout[0]
    hdus = [first, *(fits.ImageHDU(_pixels(frame, key), name=key) for key in layout[1:])]
    if layout[0] == "MODELMAP":
        hdus.append(_parameters(frame))
    path.parent.mkdir(parents=True, exist_ok=True)
    fits.HDUList(hdus).writeto(path, overwrite=True, checksum=True)
    return path


def _pixels(frame: xr.Dataset, key: str) -> np.ndarray:
    values = frame[key].values[0]
    whole = key == "CTSMAP" and np.isfinite(values).all() and (values == np.round(values)).all()
    return values.astype(np.int32) if whole else values


def _parameters(frame: xr.Dataset):
    from astropy.io import fits

    names = str(frame.attrs.get("parameters", "")).split(", ")
    columns = [fits.Column("Parameter", "16A", array=names)]
    columns += [
        fits.Column(PARAMETERS[key], "D", array=frame[key].values[0])
        for key in PARAMETERS
        if key in frame
    ]
    return fits.BinTableHDU.from_columns(columns, name="PARAMETERS")


def _ends(frame: xr.Dataset) -> tuple[np.datetime64, np.datetime64]:
    half = np.timedelta64(round(float(frame["EXPOS"][0]) * 5e8), "ns")
    return frame["time"].values[0] - half, frame["time"].values[0] + half


def _cards(frame: xr.Dataset) -> list[tuple]:
    start, stop = (str(t.astype("datetime64[us]")) for t in _ends(frame))
    cards = [("TELESCOP", "SMILE", ""), ("INSTRUME", "SXI", "")]
    cards += [("DATE-OBS", start, "start of exposure, UTC"), ("DATE-END", stop, "end, UTC")]
    for key, long_name in PLACES.items():
        values = frame[key].values[0]
        cards += [
            (f"{key}_{a}", float(v), f"{long_name}, RE, GSE")
            for a, v in zip("XYZ", values, strict=True)
        ]
    for axis, name in enumerate("xy", 1):
        edge, step = _edge(frame, name)
        cards += [
            (
                f"CTYPE{axis}",
                str(frame.attrs.get(f"CTYPE{axis}", name.upper())),
                "angle from the boresight",
            )
        ]
        cards += [(f"CRVAL{axis}", edge, "deg, lower left edge"), (f"CDELT{axis}", step, "deg")]
    for key, (_, units, long_name, fill) in NUMBERS.items():
        if key in frame:
            value = float(np.ravel(frame[key].values)[0])
            value = fill if fill is not None and not np.isfinite(value) else value
            cards.append((key, value, f"{long_name}, {units}"[:46]))
    flags = {"QF": quality_flag, "QF2": quality_bits} if _has_signal(frame) else {}
    cards += [(key, function(frame), "quality, 0 is best") for key, function in flags.items()]
    cards += [(k, str(frame.attrs[k])[:60], "") for k in ("MODEL", "FIT") if k in frame.attrs]
    cards.append(("SIMULATD", bool(frame.attrs.get("simulated", 0)), "no measurement"))
    return cards


def _has_signal(frame: xr.Dataset) -> bool:
    return "CXFOV" in frame or {"CTSMAP", "BKGMAP", "VIGMAP"} <= set(frame.data_vars)


def _edge(frame: xr.Dataset, name: str) -> tuple[float, float]:
    """Return the lower edge and the width of the pixels along an axis, degrees."""
    centres = np.asarray(frame.coords[name].values, float) if name in frame.coords else np.empty(0)
    steps = np.diff(centres)
    if centres.size < 2 or not np.allclose(steps, steps[0], rtol=1e-6) or steps[0] == 0:
        message = (
            f"The coordinate {name!r} is not the regular angles of at least two pixels, in degrees."
        )
        raise InputError(message)
    step = float((centres[-1] - centres[0]) / (centres.size - 1))
    return float(centres[0]) - step / 2, step
