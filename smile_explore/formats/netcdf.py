"""netCDF files, classic or HDF5, as raw Datasets: CF terms become ISTP's.

A file that is not known yet is tried out in a process of its own first, see `netcdf_arrays`.
"""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore.errors import CorruptFileError, DatasetError
from smile_explore.formats import netcdf_arrays, words

_PATIENCE = 20.0  # seconds for the trial, and more for large files
_BYTES_PER_SECOND = 2e7
_SINCE = re.compile(r"\s*(\w+)\s+since\s+(.+?)\s*(?:UTC|Z)?\s*", re.IGNORECASE)
_NANOSECONDS = {
    "day": 86_400_000_000_000, "hour": 3_600_000_000_000, "minute": 60_000_000_000,
    "second": 1_000_000_000, "sec": 1_000_000_000, "millisecond": 1_000_000, "msec": 1_000_000,
    "microsecond": 1000, "nanosecond": 1, "d": 86_400_000_000_000, "h": 3_600_000_000_000,
    "min": 60_000_000_000, "s": 1_000_000_000, "ms": 1_000_000, "us": 1000, "ns": 1,
}  # fmt: skip
_LONGEST_UNITS = 200  # characters; a pattern must not be kept busy by a megabyte of blanks
_CALENDARS = ("standard", "gregorian", "proleptic_gregorian")
_ISTP = {
    "units": "UNITS", "long_name": "CATDESC", "valid_min": "VALIDMIN", "valid_max": "VALIDMAX",
    "coordinate_system": "COORDINATE_SYSTEM",
}  # fmt: skip


def read(path, names=None, *, trusted=False) -> xr.Dataset:
    """Decode a netCDF file into a raw Dataset.

    Parameters
    ----------
    path : str or Path
        netCDF 3 or 4.
    names : iterable of str, optional
        Decode these variables alone, with the times and axes they depend on.
    trusted : bool
        The file has passed this reader before and lies in our own cache: no trial.

    Returns
    -------
    Dataset
        Each variable on its time base (a variable in "... since ..."), datetime64[ns], UTC;
        attributes under ISTP names; packed values unpacked. Global attributes are kept.

    Raises
    ------
    CorruptFileError
        If the file is damaged, or its reading takes too long or too much memory.
    DatasetError
        If it holds none of `names`.
    """
    path = Path(path)
    if not trusted:
        _try_out(path)
    names = None if names is None else list(names)
    try:
        attrs, held = netcdf_arrays.load(str(path), names)
        return _dataset(path.name, attrs, held, names)
    except DatasetError:
        raise
    except netcdf_arrays.UNREADABLE as err:
        raise _damaged(path, err) from err


def _try_out(path: Path) -> None:
    patience = _PATIENCE + path.stat().st_size / _BYTES_PER_SECOND
    command = [sys.executable, "-I", netcdf_arrays.__file__, str(path)]
    try:
        trial = subprocess.run(command, capture_output=True, timeout=patience, check=False)
    except subprocess.TimeoutExpired:
        raise _damaged(path, f"reading it does not end within {patience:.0f} s") from None
    if trial.returncode:
        said = trial.stderr.decode(errors="replace").strip().split("\n")[-1]
        raise _damaged(path, said if trial.returncode == 1 else "reading it ends the process")


def _damaged(path: Path, why) -> CorruptFileError:
    message = f"{path.name} is damaged or cut short ({why}): delete it and fetch it again."
    return CorruptFileError(message)


def _dataset(filename: str, attrs: dict, held: dict, names) -> xr.Dataset:
    clocks = _clocks(held)
    data = [
        n for n, (dims, _, _) in held.items() if dims[:1] and dims[0] in clocks and n not in dims
    ]
    data = [n for n in data if n not in {name for name, _ in clocks.values()}]
    wanted = data if names is None else [n for n in dict.fromkeys(names) if n in data]
    if names and not wanted:
        message = f"None of {', '.join(names)} is in {filename}, which holds {', '.join(data)}."
        raise DatasetError(message)
    rename = {dim: name for dim, (name, _) in clocks.items()}
    variables = {n: _variable(*held[n], rename) for n in wanted}
    used = {dim for dims, _, _ in variables.values() for dim in dims}
    coords = {name: (name, times) for name, times in clocks.values() if name in used}
    centres = {f"{dim}_centre" for dim in used} & set(variables)
    coords |= {n: variables.pop(n) for n in centres}
    axes = (d for d in used - set(coords) if d in held and held[d][0] == (d,))
    coords |= {d: _variable(*held[d], {}) for d in axes}
    return xr.Dataset(variables, coords, _global_attrs(attrs))


def _variable(dims, values, attrs: dict, rename: dict) -> tuple:
    istp = {_ISTP[k]: _plain(v) for k, v in attrs.items() if k in _ISTP}
    fills = [_plain(attrs[k]) for k in ("_FillValue", "missing_value") if k in attrs]
    if np.size(limits := attrs.get("valid_range", ())) == 2:
        istp["VALIDMIN"], istp["VALIDMAX"] = (x.item() for x in np.asarray(limits))
    if "scale_factor" in attrs or "add_offset" in attrs:
        scale, offset = (
            _plain(attrs.get(k, d)) for k, d in (("scale_factor", 1), ("add_offset", 0))
        )
        values = np.where(np.isin(values, fills), np.nan, values * float(scale) + float(offset))
        istp = {k: v for k, v in istp.items() if k not in ("VALIDMIN", "VALIDMAX")}  # of the packed
    elif fills:
        istp["FILLVAL"] = fills[0] if len(fills) == 1 else fills
    return tuple(rename.get(d, d) for d in dims), values, istp


def _plain(value):
    """Return an attribute as text, a number, or an array of numbers."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip()
    if isinstance(value, str):
        return value.strip()
    value = np.asarray(value)
    return value.item() if value.size == 1 else value


# --------------------------------------------------------------------------- time


def _clocks(held: dict) -> dict:
    """Return dim -> (variable, times) for every dim that has a time."""
    clocks = {}
    for name, (dims, values, attrs) in held.items():
        since = _SINCE.fullmatch(str(_plain(attrs.get("units", "")))[:_LONGEST_UNITS])
        if since and len(dims) == 1 and (dims[0] not in clocks or name == dims[0]):
            calendar = str(_plain(attrs.get("calendar", "standard")))
            if calendar.lower() not in _CALENDARS:
                message = f"{name} counts in the calendar {calendar!r}"
                raise ValueError(message)
            clocks[dims[0]] = name, _times(values, *since.groups(), attrs.get("_FillValue"))
    return clocks


def _times(values: np.ndarray, unit: str, origin: str, fill) -> np.ndarray:
    """Return counts since an origin as datetime64[ns]; doubles to the microsecond."""
    step = _NANOSECONDS.get(unit.lower()) or _NANOSECONDS[unit.lower().removesuffix("s")]
    start = pd.Timestamp(origin)
    start = start.tz_convert(None) if start.tz else start
    limit = (2**63 - 1 - abs(start.as_unit("ns").value)) // step
    sound = np.abs(values.astype(float)) < limit
    if fill is not None:
        sound &= values != np.ravel(fill)[0]
    if values.dtype.kind in "iu":
        ns = np.where(sound, values, 0).astype(np.int64) * step
    else:
        whole = np.floor(np.where(sound, values, 0.0))
        rest = np.where(sound, values, 0.0) - whole
        ns = whole.astype(np.int64) * step + np.rint(rest * step / 1000).astype(np.int64) * 1000
    times = start.as_unit("ns").to_datetime64() + ns.astype("timedelta64[ns]")
    return np.where(sound, times, np.datetime64("NaT", "ns"))


def _global_attrs(attrs: dict) -> dict:
    """Return flat global attributes, and those of ISTP under its spelling."""
    flat = {k: _plain(v) for k, v in attrs.items()}
    flat = {k: v for k, v in flat.items() if isinstance(v, (str, int, float))}
    also = {"product": "Logical_source", "acknowledgment": "Acknowledgement"}  # ours; ACDD's
    known = words.global_attrs(flat) | {"simulated": words.simulated(flat)}
    return flat | {also[k]: v for k, v in flat.items() if k in also} | known
