"""ISTP CDF files as raw Datasets: pycdfpp decodes them, after the guard.

Virtual variables (a recipe without records) are left out; nothing is masked or renamed here,
that is ``contract.standardise``'s work.
"""

from pathlib import Path

import numpy as np
import pycdfpp
import xarray as xr

from smile_explore.errors import CorruptFileError, DatasetError
from smile_explore.formats import cdf_guard, words

_TIMES = (
    pycdfpp.DataType.CDF_EPOCH,
    pycdfpp.DataType.CDF_EPOCH16,
    pycdfpp.DataType.CDF_TIME_TT2000,
)
_TEXTS = (pycdfpp.DataType.CDF_CHAR, pycdfpp.DataType.CDF_UCHAR)
_ATTRS = (
    "UNITS", "FILLVAL", "VALIDMIN", "VALIDMAX", "CATDESC", "FIELDNAM", "LABLAXIS",
    "COORDINATE_SYSTEM", "SI_CONVERSION", "VAR_TYPE", "SCALETYP",
)  # fmt: skip
#: What pycdfpp raises for a file it cannot make sense of.
_UNDECODABLE = (
    ArithmeticError, BufferError, LookupError, MemoryError, RuntimeError, TypeError, ValueError,
)  # fmt: skip
_LAST_SECOND = 9.2e9  # of datetime64[ns], in the year 2261


def read(path, names=None, *, trusted=False, opened=lambda held: held) -> xr.Dataset:
    """Decode a CDF into a raw Dataset, in the archive's own terms.

    Parameters
    ----------
    path : str or Path
        A CDF of version 2 or 3.
    names : iterable of str, optional
        Decode these variables alone, with the times and axes they depend on.
    trusted : bool
        The file has passed this reader before and lies in our own cache: look at its header
        only. Else its whole structure is checked first, see `cdf_guard`.
    opened : callable
        What to read of, given the CDF that pycdfpp opened: see `outline`.

    Returns
    -------
    Dataset
        Each variable with its time base as first dim, whose coordinate of that name is
        datetime64[ns], UTC; attributes as in the file (``UNITS``, ``FILLVAL``, ...). A second
        axis that holds for the whole file is a coordinate named as its dim; one that changes
        with time is the 2-D coordinate ``<dim>_centre``. ``attrs["left_out"]`` names variables
        whose number of records is not that of their time base.

    Raises
    ------
    CorruptFileError
        If the file is no CDF, damaged or cut short.
    DatasetError
        If it holds none of `names`.
    """
    path = Path(path)
    (cdf_guard.check_header if trusted else cdf_guard.check)(path)
    try:
        cdf = opened(pycdfpp.load(str(path)))
        return _dataset(cdf, None if names is None else list(names), path.name)
    except DatasetError:
        raise
    except _UNDECODABLE as err:
        message = f"{path.name} cannot be decoded ({err}): delete it and fetch it again."
        raise CorruptFileError(message) from err


def _dataset(cdf, names, filename: str) -> xr.Dataset:
    clocks = _clocks(cdf)
    held = [n for n in cdf if n not in clocks and _is_data(cdf[n])]
    wanted = held if names is None else [n for n in dict.fromkeys(names) if n in held]
    if names and not wanted:
        message = f"None of {', '.join(names)} is in {filename}, which holds {', '.join(held)}."
        raise DatasetError(message)
    variables, coords, left_out = {}, {}, []
    axes = {_text(cdf[n], f"DEPEND_{k}") for n in wanted for k in range(1, len(cdf[n].shape))}
    for name in (n for n in wanted if n not in axes):
        clock = _clock_of(cdf[name], clocks)
        if clock is None:
            left_out.append(name)
            continue
        coords.setdefault(clock, (clock, _times(cdf[clock])))
        variables[name] = _variable(cdf, name, clock, coords)
    held = _global_attrs(cdf)
    attrs = words.global_attrs(held) | {"simulated": words.simulated(held)}
    return xr.Dataset(
        variables, coords, attrs | ({"left_out": ", ".join(left_out)} if left_out else {})
    )


def _is_data(var) -> bool:
    virtual = not var.shape[0] and _text(var, "VIRTUAL").lower() == "true"
    return not (var.is_nrv or virtual or var.type in _TEXTS or var.type in _TIMES)


def _variable(cdf, name: str, clock: str, coords: dict) -> tuple:
    """Return (dims, values, attrs); axes that the variable depends on go into `coords`."""
    var = cdf[name]
    dims = [clock]
    for k, size in enumerate(var.shape[1:], 1):
        if size > 1:
            axis = _text(var, f"DEPEND_{k}")
            known = _add_axis(cdf, axis, clock, size, coords)
            dims.append(axis if known else f"{name}_dim{k}")
    return dims, _values(var), _attrs(cdf, var)


def _add_axis(cdf, axis: str, clock: str, size: int, coords: dict) -> bool:
    """Put a numeric axis of the right length into `coords`; say whether there is one."""
    if axis not in cdf or cdf[axis].type in (*_TEXTS, *_TIMES):
        return False
    values = _values(cdf[axis])
    n = len(coords[clock][1])
    attrs = _attrs(cdf, cdf[axis])
    if cdf[axis].is_nrv and values.shape == (1, size):
        coords[axis] = (axis, values[0], attrs)
    elif not cdf[axis].is_nrv and values.shape == (n, size):
        if n and (values == values[:1]).all():
            coords[axis] = (axis, values[0], attrs)
        else:
            coords[f"{axis}_centre"] = ((clock, axis), values, attrs)
    else:
        return False
    return True


def _values(var) -> np.ndarray:
    """Return the values without the dims of length 1 that old writers add to scalars."""
    return var.values.reshape(var.shape[0], *(n for n in var.shape[1:] if n > 1))


# --------------------------------------------------------------------------- time


def _clocks(cdf) -> dict[str, int]:
    """Return the time bases of the file and their numbers of records."""
    named = {_text(cdf[n], "DEPEND_TIME") for n in cdf}  # THEMIS: unix seconds
    found = [n for n in cdf if not cdf[n].is_nrv and (n in named or cdf[n].type in _TIMES)]
    return {n: cdf[n].shape[0] for n in found}


def _clock_of(var, clocks: dict) -> str | None:
    """Return the time base of a variable, which must have as many records as it."""
    n = var.shape[0]
    named = [_text(var, key) for key in ("DEPEND_TIME", "DEPEND_0")]
    if not any(named):  # old files name it only where it is in doubt
        named = [c for c in clocks if len(clocks) == 1]
    return next((c for c in named if clocks.get(c) == n), None)


def _times(var) -> np.ndarray:
    if var.type not in _TIMES:
        return _unix_times(var.values.reshape(-1))
    times = pycdfpp.to_datetime64(var).reshape(-1)
    if var.type == pycdfpp.DataType.CDF_TIME_TT2000 and _may_hold_a_leap_second(times):
        return _without_leap_seconds(times, var.values["nseconds"].reshape(-1))
    return times


def _may_hold_a_leap_second(times: np.ndarray) -> bool:
    """Say whether a June or December ends between the first and the last time."""
    if not len(times):
        return False
    edges = np.array([times[0] - np.timedelta64(1, "s"), times[-1]], "datetime64[M]")
    first, last = edges.astype(np.int64) // 6
    return bool(first != last)


def _without_leap_seconds(times: np.ndarray, nanoseconds: np.ndarray) -> np.ndarray:
    """Return NaT for 23:59:60, which datetime64 does not have.

    It would come out as the second after it, and the first of equal stamps is kept: the
    samples of a leap second would take the place of the true ones.
    """
    again = pycdfpp.to_tt2000(times)["nseconds"]
    return np.where(again - nanoseconds == 1_000_000_000, np.datetime64("NaT", "ns"), times)


def _unix_times(seconds: np.ndarray) -> np.ndarray:
    """Return unix seconds as datetime64[ns], to the microsecond: a double holds no more.

    Seconds times 1e9 would invent digits; times 1e6 stays below 2**53, and rounds to the
    microsecond that was meant.
    """
    sound = np.abs(seconds) < _LAST_SECOND  # False for NaN
    if not sound.all():
        seconds = np.where(sound, seconds, 0.0)
    times = np.rint(seconds * 1e6).astype("datetime64[us]").astype("datetime64[ns]")
    times[~sound] = np.datetime64("NaT")
    return times


# --------------------------------------------------------------------------- attributes


def _text(var, key: str) -> str:
    attrs = var.attributes
    value = attrs[key].value if key in attrs else ""
    return value.strip() if isinstance(value, str) else ""


def _attrs(cdf, var) -> dict:
    """Return the ISTP attributes: texts stripped, single numbers as scalars."""
    held = var.attributes
    attrs = {key: _plain(held[key].value) for key in _ATTRS if key in held}
    if "UNITS" not in attrs and (pointer := _text(var, "UNIT_PTR")) in cdf:
        units = {str(u).strip() for u in np.ravel(cdf[pointer].values_encoded)}
        attrs |= {"UNITS": units.pop()} if len(units) == 1 else {}
    if "COORDINATE_SYSTEM" not in attrs and var.shape[1:] in ((3,), (4,)):
        attrs["COORDINATE_SYSTEM"] = words.cartesian_frame(str(attrs.get("CATDESC", "")))
    return {k: v for k, v in attrs.items() if v is not None}


def _plain(value):
    if isinstance(value, str):
        return value.strip()
    numbers = np.asarray(value)
    if numbers.dtype.kind not in "fiu" or not numbers.size:
        return None
    return numbers.item() if numbers.size == 1 else numbers


def _global_attrs(cdf) -> dict:
    held = cdf.attributes
    return {k: [held[k][i] for i in range(len(held[k]))] for k in held}
