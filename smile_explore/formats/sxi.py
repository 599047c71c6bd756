"""SMILE SXI sky images (level 3 and fits to them) as FITS: read into raw Datasets, and written.

The layout is that of the public simulated set and its reader (https://github.com/swharton1/SXI_L3);
no file of the mission is public yet. One exposure is three files, counts (TOT), predicted
background (BKG) and vignetting (VCY); or one rebinned file (CXF); or a fitted one. Nothing is
masked or renamed on reading, that is ``contract.standardise``'s work.

Traps of the layout: CRVAL is the lower left *edge* of the image, not a pixel's centre; axis 1 is
the short one (16 degrees), so that arrays are (y, x) = (108, 64); 9999 stands for "no fit".
"""

import re
from pathlib import Path

import numpy as np
import xarray as xr

from smile_explore.errors import CorruptFileError, DatasetError, InputError
from smile_explore.formats import fits_guard, words
from smile_explore.formats.sxi_layout import (
    COMPANIONS,
    FIRST,
    MAPS,
    NUMBERS,
    PARAMETERS,
    PLACES,
    quality_bits,
    quality_flag,
)
from smile_explore.formats.sxi_write import write
from smile_explore.report import NO_TIME, add

__all__ = ["quality_bits", "quality_flag", "read", "write"]

_NEEDED = (
    "DATE-OBS", "DATE-END", "CRVAL1", "CRVAL2", "CDELT1", "CDELT2",
    *(f"{what}_{axis}" for what in PLACES for axis in "XYZ"),
)  # fmt: skip
_MOST_PIXELS = 4096**2
_TEXTS = ("MODEL", "FIT", "P0_METH", "P_SPACE", "CTYPE1", "CTYPE2", "FILENAME")


def read(path, names=None, *, trusted=False) -> xr.Dataset:
    """Read one SXI exposure into a raw Dataset, in the archive's own terms.

    Parameters
    ----------
    path : str or Path
        Any of the layouts. Of an exposure in three files, named ``...-TOT_...``, ``...-BKG_...``
        and ``...-VCY_...``, the other two are read too where they lie beside it.
    names : iterable of str, optional
        Keep these variables alone.
    trusted : bool
        The file has passed this reader before: its checksums are not computed again. Its
        sizes are always checked.

    Returns
    -------
    Dataset, dims (time, y, x), one time: the middle of the exposure
        Maps by the archive's names (``CTSMAP``, ``BKGMAP``, ``VIGMAP``, ``CXFOV``, ...); ``POS``
        and ``AIM`` (time, 3) in R_E, GSE; ``EXPOS`` in s; ``QF`` and ``QF2`` from the header or,
        where it has none, computed (``attrs["QF_from"]``); of a fitted file ``RCMEM``,
        ``R_ERR``, and the parameters' ``INITIAL``, ``OPTIMUM``, ``ERROR``. Coordinates y and x:
        angles of the pixels' centres, degrees.

    Raises
    ------
    CorruptFileError
        If the file is no FITS, is damaged or cut short, lacks keys of the layout, or its
        companions are of another exposure.
    DatasetError
        If it holds none of `names`.
    """
    path = Path(path)
    with path.open("rb") as file:
        if not file.read(9).startswith(b"SIMPLE  ="):
            message = f"{path.name} is no plain FITS file: unpack it, or fetch it again."
            raise CorruptFileError(message)
    parts = [_opened(p, trusted=trusted) for p in _exposure(path)]
    header = parts[0][0]
    for other, *_ in parts[1:]:
        differ = [k for k in _NEEDED if other.get(k) != header.get(k)]
        if differ:
            message = f"{path.name} and its companions differ in {', '.join(differ)}: they are of different exposures."
            raise CorruptFileError(message)
    maps = {name: values for part in reversed(parts) for name, values in part[1].items()}
    shapes = {values.shape for values in maps.values()}
    if len(shapes) > 1:
        message = f"The maps of {path.name} have different shapes, {sorted(shapes)}: it is damaged or mixed up."
        raise CorruptFileError(message)
    ds = _dataset(path, header, maps, parts[0][2])
    for name in (other for part in parts for other in part[3]):
        add(ds.attrs, name or "part without a name", "left out", detail=NO_TIME)
    return ds if names is None else _kept(ds, list(names), path)


def _kept(ds: xr.Dataset, names: list[str], path: Path) -> xr.Dataset:
    held = [n for n in dict.fromkeys(names) if n in ds.data_vars]
    if names and not held:
        message = (
            f"None of {', '.join(names)} is in {path.name}, which holds {', '.join(ds.data_vars)}."
        )
        raise DatasetError(message)
    return ds[held]


def _exposure(path: Path) -> list[Path]:
    """Return the files of an exposure that are there, the given one first."""
    found = re.search(rf"-({'|'.join(COMPANIONS)})_", path.name)
    if not found:
        return [path]
    head, tail = path.name[: found.start(1)], path.name[found.end(1) :]
    others = [path.with_name(head + c + tail) for c in COMPANIONS if c != found.group(1)]
    return [path, *(p for p in others if p.is_file())]


# --------------------------------------------------------------------------- one file


def _opened(path: Path, *, trusted: bool):
    """Return header, maps, table of parameters and names of other parts of one file."""
    units = fits_guard.check(path)
    header = units[0].cards
    missing = [key for key in _NEEDED if key not in header]
    if missing:
        _refuse_events(units, path)
        advice = "; a cube of emissivity is for formats.emissivity.read" * (len(units[0].axes) == 3)
        message = f"{path.name} lacks {', '.join(missing)}: it is no SXI image of level 3{advice}."
        raise CorruptFileError(message)
    for unit in units:
        _fits_a_map(unit, path)
    from astropy.io import fits

    try:
        with fits.open(path, memmap=False, disable_image_compression=True) as hdus:
            if not trusted:
                _sound(hdus, path)
            maps = _maps(hdus, path)
            table = next((h.data for h in hdus if h.name == "PARAMETERS"), None)
            others = [h.name for h in hdus[1:] if h.name not in (*maps, "PARAMETERS")]
            return dict(hdus[0].header), maps, table, others
    except (OSError, ValueError, KeyError, TypeError, IndexError, fits.VerifyError) as err:
        message = f"{path.name} cannot be decoded ({err}): fetch the file again."
        raise CorruptFileError(message) from err


def _refuse_events(units: list[fits_guard.Unit], path: Path) -> None:
    """Say of an event list (level 1 and 2) what it is, and how to read it."""
    tables = [u.cards for u in units if u.cards.get("XTENSION") == "BINTABLE"]
    for cards in tables:
        if "EVENTS" not in (cards.get("EXTNAME", "").upper(), cards.get("HDUCLAS1", "").upper()):
            continue
        columns = [v for k, v in cards.items() if k.startswith("TTYPE")]
        shown = ", ".join(columns[:8]) + (" ..." if len(columns) > 8 else "")
        message = (
            f"{path.name} is a list of {cards.get('NAXIS2', 'some')} events ({shown}), not an image of "
            f"level 3: read it with astropy.table.Table.read(path, hdu={cards.get('EXTNAME', 'EVENTS')!r}), "
            "which applies TNULL, TSCAL and TZERO, and write its times as ISO text and the columns you "
            "want as CSV, which open_file gives on a dim `record`."
        )
        raise InputError(message)


def _fits_a_map(unit: fits_guard.Unit, path: Path) -> None:
    is_image = unit.cards.get("XTENSION", "IMAGE") == "IMAGE"
    is_matrix = unit.cards.get("EXTNAME") in ("COVAR", "P_VARIATION")
    if not is_image or is_matrix:
        return
    if len(unit.axes) != 2 or not 0 < np.prod(unit.axes) <= _MOST_PIXELS:
        message = f"{path.name} has an image of NAXIS {len(unit.axes)} {unit.axes}: a map of level 3 has two axes and at most {_MOST_PIXELS} pixels."
        raise CorruptFileError(message)


def _sound(hdus, path: Path) -> None:
    for hdu in hdus:
        if hdu.verify_datasum() == 0:  # 1 is good, 2 is without
            message = f"The data of part {hdu.name or 'PRIMARY'} of {path.name} do not have their checksum: fetch the file again."
            raise CorruptFileError(message)


def _maps(hdus, path: Path) -> dict[str, np.ndarray]:
    held = {h.name: h.data for h in hdus[1:] if h.is_image and h.name in MAPS}
    primary = _primary(hdus, path)
    return {primary: hdus[0].data} | held


def _primary(hdus, path: Path) -> str:
    """Return what the first image shows: by its name, the file's name, or its company."""
    name = str(hdus[0].header.get("EXTNAME", "")).upper()
    names = {h.name for h in hdus[1:]}
    found = re.search(rf"-({'|'.join(FIRST)})_", path.name)
    if name in MAPS:
        return name
    if "PARAMETERS" in names:
        return "MODELMAP"
    if found:
        return FIRST[found.group(1)]
    if "CXFOV_CON" in names:
        return "CXFOV_CON"
    if "CXFOV" in names:
        return "CXFOV"
    if "XBMAP" in names:
        return "BKGMAP"
    message = f"{path.name} does not say which map it is: name it as the archive does, ...-TOT_..., or give it EXTNAME."
    raise CorruptFileError(message)


# --------------------------------------------------------------------------- the Dataset


def _dataset(path: Path, header: dict, maps: dict, table) -> xr.Dataset:
    start, stop = (_time(header[key], key, path) for key in ("DATE-OBS", "DATE-END"))
    if stop <= start:
        message = f"{path.name} ends ({stop}) before it starts ({start}): its header is damaged."
        raise CorruptFileError(message)
    numbers = _numbers(header, path)
    numbers.setdefault("EXPOS", float((stop - start) / np.timedelta64(1, "s")))
    shape = next(iter(maps.values())).shape
    ds = xr.Dataset(coords={"time": ("time", [start + (stop - start) // 2])})
    for axis, (name, size) in enumerate(zip("xy", shape[::-1], strict=True), 1):
        edge, step = numbers[f"CRVAL{axis}"], numbers[f"CDELT{axis}"]
        attrs = {"UNITS": "deg", "CATDESC": f"Angle of the pixels' centres along {name}"}
        ds = ds.assign_coords({name: (name, edge + (np.arange(size) + 0.5) * step, attrs)})
    for name, values in maps.items():
        attrs = {"UNITS": MAPS[name].units, "CATDESC": MAPS[name].long_name}
        ds[name] = (("time", "y", "x"), values.astype(values.dtype.newbyteorder("="))[None], attrs)
    for what, long_name in PLACES.items():
        place = [[numbers[f"{what}_{axis}"] for axis in "XYZ"]]
        attrs = {"UNITS": "RE", "COORDINATE_SYSTEM": "GSE", "CATDESC": long_name}
        ds[what] = (("time", f"{what}_dim1"), place, attrs)
    for key, (_, units, long_name, fill) in NUMBERS.items():
        if key in numbers:
            attrs = {"UNITS": units, "CATDESC": long_name} | (
                {} if fill is None else {"FILLVAL": fill}
            )
            ds[key] = ("time", [numbers[key]], attrs)
    ds.attrs = {"Logical_source": "SMILE_SXI_L3", "axis_reference": "CRVAL is the lower left edge"}
    ds.attrs |= {key: str(header[key]) for key in _TEXTS if key in header}
    told = bool(header.get("SIMULATD", False)) or words.is_before_launch(start)
    ds.attrs |= {"simulated": int(told)}
    return _with_flags(_with_parameters(ds, table, path), header)


def _time(text, key: str, path: Path) -> np.datetime64:
    try:
        time = np.datetime64(str(text).strip().rstrip("Z"), "ns")
    except ValueError as err:
        message = f"{path.name} has {key} = {text!r}, which is no time."
        raise CorruptFileError(message) from err
    if np.isnat(time):
        message = f"{path.name} has no time in {key}."
        raise CorruptFileError(message)
    return time


def _numbers(header: dict, path: Path) -> dict[str, float]:
    """Return all numbers of the layout that the header has; those that place the image must be."""
    keys = [*_NEEDED[2:], *NUMBERS]
    held = {k: header[k] for k in keys if k in header}
    odd = [k for k, v in held.items() if isinstance(v, (str, bool)) or not np.isfinite(v)]
    odd += [k for k in ("CDELT1", "CDELT2") if k not in odd and held[k] == 0]
    if odd:
        message = f"{path.name} has no number in {', '.join(odd)}: its header is damaged."
        raise CorruptFileError(message)
    return {k: float(v) for k, v in held.items()}


def _with_parameters(ds: xr.Dataset, table, path: Path) -> xr.Dataset:
    if table is None:
        return ds
    missing = [c for c in ("Parameter", *PARAMETERS.values()) if c not in table.names]
    if missing:
        message = f"The PARAMETERS of {path.name} lack {', '.join(missing)}."
        raise CorruptFileError(message)
    for name, column in PARAMETERS.items():
        values = np.asarray(table[column], float)[None]
        ds[name] = (
            ("time", "parameter"),
            values,
            {"UNITS": "1", "CATDESC": f"{column} of the fit"},
        )
    ds.attrs["parameters"] = ", ".join(str(p).strip() for p in table["Parameter"])
    return ds


def _with_flags(ds: xr.Dataset, header: dict) -> xr.Dataset:
    told = {k: int(header[k]) for k in ("QF", "QF2") if isinstance(header.get(k), int)}
    computed = {}
    if "CXFOV" in ds or {"CTSMAP", "BKGMAP", "VIGMAP"} <= set(ds.data_vars):
        computed = {"QF": quality_flag(ds), "QF2": quality_bits(ds)}
    for name, value in (computed | told).items():
        text = "Sum of two steps, 0 is best" if name == "QF" else "Bits, 0 is best"
        ds[name] = (
            "time",
            np.array([value], np.int32),
            {"UNITS": "1", "CATDESC": f"Quality: {text}"},
        )
    ds.attrs |= {f"{k}_from": "header" if k in told else "computed" for k in computed | told}
    return ds
