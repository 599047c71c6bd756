"""netCDF files, classic or HDF5, as raw Datasets: CF terms become ISTP's.

A file that is not known yet is tried out in a process of its own first, see `netcdf_arrays`.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from smile_explore.errors import CorruptFileError, DatasetError
from smile_explore.formats import netcdf_arrays, netcdf_times, words
from smile_explore.formats.netcdf_times import UnknownTimeError
from smile_explore.report import COMPRESSION, NO_NUMBERS, NO_TIME, TEXT, add

_PATIENCE = 20.0  # seconds for the trial, and more for large files
_BYTES_PER_SECOND = 2e7
#: Attributes by their names in small letters without underscores: CF's, ISTP's in netCDF.
_UNITS, _TITLES = ("units",), ("catdesc", "longname", "fieldnam")
_FILLS = ("fillvalue", "missingvalue", "fillval")
_ABOUT_TIME = ("catdesc", "longname", "varnotes", "standardname", "description", "timebase")
_WHY = {
    netcdf_arrays.TEXT: TEXT,
    netcdf_arrays.NO_NUMBERS: NO_NUMBERS,
    netcdf_arrays.FILTER: COMPRESSION,
}


@dataclass(frozen=True)
class _Clock:
    """A time base: the variable's name, the file's dims it has, times as a flat array."""

    name: str
    dims: tuple[str, ...]
    times: np.ndarray


def read(path, names=None, *, trusted=False) -> xr.Dataset:
    """Decode a netCDF file into a raw Dataset.

    Parameters
    ----------
    path : str or Path
        netCDF 3 (also with 64-bit data) or 4, with its groups.
    names : iterable of str, optional
        Decode these variables alone, with the times and axes they depend on.
    trusted : bool
        The file has passed this reader before and lies in our own cache: no trial.

    Returns
    -------
    Dataset
        Each variable on its time base (a variable in "... since ..."; of two dims, the records
        one after the other), datetime64[ns], UTC; attributes under ISTP names. Packed values
        are unpacked, and so are their ``FILLVAL``, ``VALIDMIN`` and ``VALIDMAX``. Variables of
        groups are called ``group/name``. Global attributes are kept; ``attrs["report"]`` says
        what has no place here.

    Raises
    ------
    CorruptFileError
        If the file is damaged, takes values from other files, or its reading takes too long or
        too much memory.
    DatasetError
        If it holds none of `names`, or counts its time in a way that is not understood.
    """
    path = Path(path).absolute()  # never an address
    if not trusted:
        _try_out(path)
    names = None if names is None else list(names)
    try:
        attrs, held, left = netcdf_arrays.load(str(path), names)
        return _dataset(path.name, attrs, held, left, names)
    except DatasetError:
        raise
    except netcdf_arrays.RefusedError as err:
        message = f"{path.name} {err}"
        raise CorruptFileError(message) from err
    except netcdf_arrays.UNREADABLE as err:
        raise _damaged(path, err) from err


def _try_out(path: Path) -> None:
    patience = _PATIENCE + path.stat().st_size / _BYTES_PER_SECOND
    command = [sys.executable, "-I", netcdf_arrays.__file__, str(path)]
    try:
        trial = subprocess.run(command, capture_output=True, timeout=patience, check=False)
    except subprocess.TimeoutExpired:
        raise _damaged(path, f"reading it does not end within {patience:.0f} s") from None
    said = trial.stderr.decode(errors="replace").strip().split("\n")[-1]
    if trial.returncode == netcdf_arrays.REFUSED:
        message = f"{path.name} {said}"
        raise CorruptFileError(message)
    if trial.returncode:
        raise _damaged(path, said if trial.returncode == 1 else "reading it ends the process")


def _damaged(path: Path, why) -> CorruptFileError:
    message = f"{path.name} is damaged or cut short ({why}): delete it and fetch it again."
    return CorruptFileError(message)


def _dataset(filename: str, attrs: dict, held: dict, left: dict, names) -> xr.Dataset:
    about = _global_attrs(attrs)
    clocks, problems = _clocks(held)
    _report_units(clocks, held, about)
    taken = {c.name for c in clocks}
    data = {n: _clock_of(held[n], clocks) for n in held if n not in taken}
    timed = [n for n, clock in data.items() if clock]
    if problems and not timed:
        why = "; ".join(f"{name}: {err}" for name, err in problems.items())
        message = f"{filename} has no time that is understood ({why}): give its times in days or seconds since a date, in UTC."
        raise DatasetError(message)
    wanted = timed if names is None else [n for n in dict.fromkeys(names) if n in timed]
    if names and not wanted:
        message = f"None of {', '.join(names)} is in {filename}, which holds {', '.join(timed)}."
        raise DatasetError(message)
    bases = _bases(clocks, held)
    variables = {n: _variable(held[n], data[n], bases) for n in wanted}
    used = {dim for dims, _, _ in variables.values() for dim in dims}
    coords = {bases[c.name]: (bases[c.name], c.times) for c in clocks if bases[c.name] in used}
    centres = {f"{dim}_centre" for dim in used} & set(variables)
    coords |= {n: variables.pop(n) for n in centres}
    axes = {n: _dim(n) for n in held if held[n][0] == (n,) and n not in taken}
    coords |= {d: _axis(held[n], d) for n, d in axes.items() if d in used - set(coords)}
    if names is None:
        rest = [n for n in held if n not in taken and n not in timed and axes.get(n) not in coords]
        _report_left(about, rest, left, problems)
    return xr.Dataset(variables, coords, about)


def _report_left(about: dict, rest, left: dict, problems: dict) -> None:
    """Report what has no time, or no numbers; names of the places along an axis go without."""
    why = "".join(f", for {name} is not understood: {err}" for name, err in problems.items())
    for name in rest:
        add(about, name, "left out", detail=NO_TIME + why)
    for name, (dims, reason, detail) in left.items():
        if dims != (name,):
            add(about, name, "left out", detail=": ".join(t for t in (_WHY[reason], detail) if t))


def _variable(entry: tuple, clock: _Clock, bases: dict) -> tuple:
    """Return (dims, values, ISTP attributes) with the time base first."""
    dims, values, attrs = entry
    first = tuple(range(len(clock.dims)))
    values = np.moveaxis(values, [dims.index(d) for d in clock.dims], first)
    values = values.reshape(len(clock.times), *values.shape[len(first) :])
    base, own = bases[clock.name], []
    for dim in (_dim(d) for d in dims if d not in clock.dims):
        own.append(f"{dim}_{len(own) + 1}" if dim in (base, *own) else dim)  # a covariance's
    try:
        times = _as_times(values, attrs)
    except UnknownTimeError:
        times = None
    values, istp = (times, {}) if times is not None else _unpacked(values, attrs)
    return (base, *own), values, istp | _texts(attrs)


def _axis(entry: tuple, dim: str) -> tuple:
    values, istp = _unpacked(entry[1], entry[2])
    return dim, values, istp | _texts(entry[2])


def _dim(name: str) -> str:
    """Return a dim's name as one that can be written again: without the slash of a group."""
    return name.replace("/", "_")


# --------------------------------------------------------------------------- attributes


def _lower(attrs: dict) -> dict:
    """Return attributes by their names in small letters; CF's own spelling goes before others."""
    found = {}
    for key, value in sorted(attrs.items(), key=lambda kv: kv[0] == kv[0].lower()):
        found[key.lower().replace("_", "")] = value
    return found


def _texts(attrs: dict) -> dict:
    """Return units, description and frame under ISTP names, and our own time reference."""
    lower, istp = _lower(attrs), {}
    for key, names in (("UNITS", _UNITS), ("CATDESC", _TITLES)):
        text = next((_one(lower[n]) for n in names if n in lower), None)
        istp |= {} if text is None else {key: text}
    if "timereference" in lower:
        istp["time_reference"] = _one(lower["timereference"])
    frame = lower.get("coordinatesystem")
    return istp if frame is None else istp | {"COORDINATE_SYSTEM": _one(frame)}


def _unpacked(values: np.ndarray, attrs: dict) -> tuple[np.ndarray, dict]:
    """Return numbers as they are meant, with FILLVAL, VALIDMIN and VALIDMAX in the same terms."""
    lower = _lower(attrs)
    stored = values.dtype
    values = _signed_as_meant(values, lower)
    fills = [_cast(lower[key], stored, values.dtype) for key in _FILLS if key in lower]
    fills = [f for f in fills if f.dtype.kind in "fiu" and f.size]
    fills = np.unique(np.concatenate([f.astype(np.result_type(*fills)) for f in fills])) if fills else None  # fmt: skip
    limits = [None if x is None else _cast(x, stored, values.dtype) for x in _limits(lower)]
    scale, offset = (_number(lower.get(k), n) for k, n in (("scalefactor", 1), ("addoffset", 0)))
    if not (scale == 1 and offset == 0):
        unpack = _unpacking(float(scale), float(offset))
        is_packed = [x is not None and not _is_wider(x, values, scale, offset) for x in limits]
        limits = [unpack(x) if p else x for x, p in zip(limits, is_packed, strict=True)]
        limits = limits[::-1] if scale < 0 and any(is_packed) else limits
        fills = None if fills is None else unpack(fills)
        values = unpack(values)
    istp = dict(zip(("FILLVAL", "VALIDMIN", "VALIDMAX"), (fills, *limits), strict=True))
    return values, {k: _plain(v) for k, v in istp.items() if v is not None}


def _unpacking(scale: float, offset: float):
    """Return what unpacks numbers, in double precision: values and limits alike, to the last bit."""
    return lambda packed: np.asarray(packed, float) * scale + offset


def _signed_as_meant(values: np.ndarray, lower: dict) -> np.ndarray:
    """Return integers with the sign that ``_Unsigned`` gives them: netCDF 3 has no others."""
    unsigned = str(_plain(lower.get("unsigned", ""))).lower()
    kind = {"true": "u", "1": "u", "false": "i", "0": "i"}.get(unsigned, values.dtype.kind)
    if values.dtype.kind not in "iu" or kind == values.dtype.kind:
        return values
    return values.view(f"{kind}{values.dtype.itemsize}")


def _cast(number, stored: np.dtype, meant: np.dtype) -> np.ndarray:
    """Return a fill or limit with the sign that the values have."""
    number = np.ravel(np.asarray(number))
    if stored == meant or number.dtype.kind not in "iu":
        return number
    return number.astype(stored).view(meant)


def _limits(lower: dict) -> tuple:
    both = np.ravel(lower.get("validrange", ()))
    if both.size == 2 and both.dtype.kind in "fiu":
        return tuple(both)
    ends = (np.asarray(lower[k]) if k in lower else None for k in ("validmin", "validmax"))
    return tuple(None if x is None or x.dtype.kind not in "fiu" or not x.size else x for x in ends)


def _is_wider(limit: np.ndarray, values: np.ndarray, *of_packing) -> bool:
    """Say whether a limit is one of unpacked values: of their type, not of the packed ones."""
    meant = np.result_type(*(np.asarray(x).dtype for x in of_packing if not isinstance(x, int)))
    if limit.dtype != meant:
        return False
    return values.dtype.kind != "f" or limit.dtype.itemsize > values.dtype.itemsize


def _number(value, otherwise):
    """Return the one number of an attribute, with its type."""
    value = np.ravel(np.asarray(otherwise if value is None else value))
    return value[0] if value.size == 1 and value.dtype.kind in "fiu" else otherwise


def _plain(value):
    """Return an attribute as text, a number, or an array of numbers."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip()
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().strip()
    value = np.asarray(value)
    return value.item() if value.size == 1 else value


def _one(value):
    """Return an attribute as one text: of a list, each that differs, once."""
    value = _plain(value)
    listed = isinstance(value, np.ndarray)
    return ", ".join(dict.fromkeys(map(str, value.ravel()))) if listed else value


def _global_attrs(attrs: dict) -> dict:
    """Return flat global attributes, and those of ISTP under its spelling, as texts."""
    plain = {k: _plain(v) for k, v in attrs.items()}
    flat = {k: _flat(v) for k, v in plain.items()}
    also = {"product": "Logical_source", "acknowledgment": "Acknowledgement"}  # ours; ACDD's
    texts = {k: v if isinstance(v, str) else str(v) for k, v in flat.items()}
    known = words.global_attrs(texts) | {"simulated": words.simulated(flat)}
    return flat | {also[k]: v for k, v in flat.items() if k in also} | known


def _flat(value):
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (str, int, float)):
        return value
    items = (x.decode("utf-8", "replace") if isinstance(x, bytes) else str(x) for x in np.ravel(value))  # fmt: skip
    return ", ".join(items)


# --------------------------------------------------------------------------- time


def _clocks(held: dict) -> tuple[list[_Clock], dict[str, UnknownTimeError]]:
    """Return the time bases, the first choice of each dim first, and times not understood."""
    counted, problems = {}, {}
    for name, (dims, values, attrs) in held.items():
        if len(dims) > 2 or len(set(dims)) < len(dims) or name in _bounds(held):
            continue
        try:
            times = _as_times(values, attrs, name)
        except UnknownTimeError as err:
            problems[name] = err
            continue
        if times is not None:
            counted[name] = _Clock(name, dims, times.reshape(-1))
    alone = [c for c in counted.values() if len(c.dims) == 1]
    alone.sort(key=lambda c: (c.name != c.dims[0], not _is_called_time(held[c.name][2])))
    with_clock = {c.dims[0] for c in alone}
    double = [c for c in counted.values() if len(c.dims) == 2 and not with_clock & set(c.dims)]
    if alone or double:
        return _one_each([*alone, *double], held), problems
    single = [c for c in counted.values() if not c.dims]
    return single if len(single) == 1 else [], problems


def _one_each(clocks: list[_Clock], held: dict) -> list[_Clock]:
    """Return the first clock of each dim, and those that variables name in DEPEND_0."""
    named = {str(_plain(_lower(attrs).get("depend0", ""))) for _, _, attrs in held.values()}
    first = {c.dims: c.name for c in reversed(clocks)}
    return [c for c in clocks if c.name == first[c.dims] or c.name in named]


def _bounds(held: dict) -> set[str]:
    return {str(_plain(attrs["bounds"])) for _, _, attrs in held.values() if "bounds" in attrs}


def _is_called_time(attrs: dict) -> bool:
    lower = _lower(attrs)
    return "time" in str(lower.get("standardname", "")) or str(lower.get("axis", "")) == "T"


def _as_times(values: np.ndarray, attrs: dict, name: str = "") -> np.ndarray | None:
    """Return times if a variable counts since an origin, fills as NaT; None if it does not."""
    lower = _lower(attrs)
    texts = "; ".join(str(_plain(lower[k])) for k in _ABOUT_TIME if k in lower)
    texts = f"{name.replace('_', ' ')}; {texts}"
    since = netcdf_times.since(str(_plain(lower.get("units", ""))), texts)
    if since is None:
        return None
    counts, istp = _unpacked(values, attrs)
    times = netcdf_times.times(counts, *since, str(_plain(lower.get("calendar", "standard"))))
    fills = np.isin(counts, np.ravel(istp.get("FILLVAL", ())))
    return np.where(fills, np.datetime64("NaT", "ns"), times)


def _clock_of(entry: tuple, clocks: list[_Clock]) -> _Clock | None:
    """Return the time base of a variable: that of its DEPEND_0, else the first of its dims'."""
    dims, _, attrs = entry
    usable = [c for c in clocks if set(c.dims) <= set(dims)]
    named = str(_plain(_lower(attrs).get("depend0", "")))
    usable.sort(key=lambda c: (c.name != named, min((dims.index(d) for d in c.dims), default=0)))
    return usable[0] if usable else None


def _bases(clocks: list[_Clock], held: dict) -> dict[str, str]:
    """Return each clock's name in the Dataset: its own, unless another dim is called so."""
    every = {_dim(d) for dims, _, _ in held.values() for d in dims}
    bases = {}
    for clock in clocks:
        own = _dim(clock.name)
        is_other = own in every and (own,) != tuple(map(_dim, clock.dims))
        bases[clock.name] = f"{own}_of_{_dim(clock.dims[0])}" if is_other else own
    return bases


def _report_units(clocks: list[_Clock], held: dict, about: dict) -> None:
    for clock in clocks:
        unit = str(_plain(_lower(held[clock.name][2]).get("units", ""))).split(" ")[0]
        if netcdf_times.is_uneven(unit):
            detail = f"{unit} as UDUNITS has them, of 365.242198781 days a year: not the calendar's"
            add(about, clock.name, "time unit", detail=detail)
