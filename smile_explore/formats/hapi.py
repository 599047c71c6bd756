"""HAPI CSV under its header: one line of ``#`` and JSON, then records; made by `sources.hapi`.

A value equal to the parameter's fill is left as it is, for the contract to turn into NaN.

References
----------
Weigel et al. 2021, HAPI: An API Standard for Accessing Heliophysics Time Series Data,
J. Geophys. Res. 126, doi:10.1029/2021JA029534.
"""

import csv
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore.errors import CorruptFileError
from smile_explore.formats import listing
from smile_explore.report import TEXT, TIMES, add

_DTYPES = {"double": np.float64, "integer": np.int64}
_WIDEST = 1_000_000  # columns of a record


def read(path, names=None, *, trusted=False) -> xr.Dataset:
    """Read a file made from a HAPI server's answer.

    Returns
    -------
    Dataset, dims (Time, ...)
        The numeric parameters in `names`, or all, with UNITS, FILLVAL and CATDESC; fixed
        bins are the coordinate of their dim.

    Raises
    ------
    CorruptFileError
        If header and records do not fit, or the last record is cut.
    """
    path = Path(path)
    parameters = _header(path)
    widths = [math.prod(p["size"] or [1]) for p in parameters]
    table = _records(path, parameters, widths)
    edges = np.cumsum([0, *widths])
    variables, coords, attrs = {}, {"Time": listing.times(path, table[0])}, {}
    columns = {
        p["name"]: (p, table.iloc[:, low:high])
        for p, low, high in zip(parameters[1:], edges[1:-1], edges[2:], strict=True)
    }
    for name, (parameter, part) in columns.items():
        if names is not None and name not in set(names):
            continue
        if parameter["type"] not in _DTYPES:
            reason = TIMES if parameter["type"] == "isotime" else TEXT
            add(attrs, name, "left out", detail=reason)
            continue
        size = parameter["size"]
        values = _numbers(part, parameter["type"])
        dims = ["Time", *(f"{name}_{axis}" for axis in range(len(size)))]
        variables[name] = (dims, values.reshape(-1, *size), _attrs(parameter))
        coords |= _bins(parameter, dims[1:], columns)
    return xr.Dataset(variables, coords, attrs)


def _numbers(table: pd.DataFrame, kind: str) -> np.ndarray:
    values = table.to_numpy(np.float64) if kind == "double" else table.to_numpy()
    return values if values.dtype.kind in "iu" else values.astype(np.float64)


def parameters_of(header) -> list[dict]:
    """Return the parameters of a HAPI description, each with name, type, size, units and fill.

    What may be left out or null is; a size that is one number is a list of it.

    Raises
    ------
    CorruptFileError
        If they are not what HAPI says, which names the parameter.
    """
    parameters = header.get("parameters") if isinstance(header, dict) else None
    if not isinstance(parameters, list) or not parameters:
        message = "the description has no list of parameters"
        raise CorruptFileError(message)
    known = [_parameter(p, i) for i, p in enumerate(parameters)]
    names = [p["name"] for p in known]
    if len(set(names)) < len(names):
        message = f"the description has a parameter twice: {max(names, key=names.count)[:40]!r}"
        raise CorruptFileError(message)
    if sum(math.prod(p["size"] or [1]) for p in known) > _WIDEST:
        message = f"the description has records of more than {_WIDEST} columns"
        raise CorruptFileError(message)
    return known


def _parameter(entry, number: int) -> dict:
    name, kind = (entry.get(k) if isinstance(entry, dict) else None for k in ("name", "type"))
    if not (
        isinstance(name, str) and name.strip() and name.isprintable() and isinstance(kind, str)
    ):
        message = f"parameter {number} of the description has no name and type that are text"
        raise CorruptFileError(message)
    size = entry.get("size")
    size = [size] if isinstance(size, int) else (size or [])
    if not (isinstance(size, list) and all(type(n) is int and n > 0 for n in size)):
        message = (
            f"parameter {name[:40]!r} of the description has a size that is none: {size!r:.40}"
        )
        raise CorruptFileError(message)
    return entry | {"name": name, "type": kind.lower(), "size": size}


def _header(path: Path) -> list[dict]:
    with path.open("rb") as file:
        first = file.readline()
    try:
        return parameters_of(json.loads(first.removeprefix(b"#")))
    except (ValueError, RecursionError, CorruptFileError) as err:
        why = f": {err}" if isinstance(err, CorruptFileError) else ""
        message = f"{path.name} does not begin with the header of HAPI{why}."
        raise CorruptFileError(message) from err


def _records(path: Path, parameters: list[dict], widths: list[int]) -> pd.DataFrame:
    columns = np.repeat(np.arange(len(parameters)), widths)
    dtypes = {i: _DTYPES.get(parameters[p]["type"], str) for i, p in enumerate(columns)}
    dtypes[0] = str  # the time, whatever the header calls it
    _count_columns(path, len(columns))
    as_floats = {i: np.float64 if t is np.int64 else t for i, t in dtypes.items()}
    for types in (dtypes, as_floats):  # integers with gaps are numbers that may be NaN
        try:
            return pd.read_csv(
                path, header=None, skiprows=1, names=list(types), dtype=types, index_col=False,
                skipinitialspace=True,
            )  # fmt: skip
        except (ValueError, OverflowError, pd.errors.ParserError) as err:
            fault = err
    why = " ".join(str(fault).split())[:120]
    message = f"{path.name}: the records do not fit the header ({why})."
    raise CorruptFileError(message) from fault


def _count_columns(path: Path, wanted: int) -> None:
    """Refuse a last record without an end, and records of another width than the header's."""
    with path.open("rb") as file:
        file.readline()
        last = b"\n"
        for last in file:
            count = last.count(b",") + 1
            if count != wanted and b'"' in last:
                count = len(next(csv.reader([last.decode("utf-8", "replace")])))
            if count != wanted and last.strip() and last.endswith(b"\n"):
                message = f"{path.name}: the records do not fit the header ({count} columns for {wanted})."
                raise CorruptFileError(message)
    if not last.endswith(b"\n"):
        message = f"{path.name} is cut short: its last record has no end."
        raise CorruptFileError(message)


def _attrs(parameter: dict) -> dict:
    units = parameter.get("units")
    if isinstance(units, list):  # one a component; a vector's are the same
        units = units[0] if len(set(map(str, units))) == 1 else None
    told = {
        "UNITS": units,
        "CATDESC": parameter.get("description"),
        "COORDINATE_SYSTEM": parameter.get("coordinateSystemName"),
    }
    fill = _fill(parameter)
    attrs = {k: str(v) for k, v in told.items() if isinstance(v, (str, int, float))}
    return attrs | ({"FILLVAL": fill} if fill is not None else {})


def _fill(parameter: dict):
    """Return the fill as a number of the parameter's type, or None if it states none that is."""
    try:
        fill = float(parameter["fill"])
        if parameter["type"] == "integer" and str(parameter["fill"]).lstrip("+-").isdigit():
            return np.int64(parameter["fill"])  # a float would round the largest
        return _DTYPES[parameter["type"]](fill) if math.isfinite(fill) else None
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _bins(parameter: dict, dims: list[str], columns: dict) -> dict:
    """Return the bins of a spectrum: fixed, or by time in a parameter that the header names."""
    coords, bins = {}, parameter.get("bins")
    axes = zip(dims, parameter["size"], bins if isinstance(bins, list) else [], strict=False)
    for dim, size, axis in axes:
        centers = axis.get("centers") if isinstance(axis, dict) else None
        numbers = isinstance(centers, list) and all(isinstance(c, (int, float)) for c in centers)
        if numbers and len(centers) == size:
            about = {"UNITS": str(axis.get("units") or ""), "CATDESC": str(axis.get("name") or dim)}
            coords[dim] = (dim, np.array(centers, float), about)
        elif isinstance(centers, str) and centers in columns:
            other, part = columns[centers]
            if other["type"] in _DTYPES and part.shape[1] == size:
                values = _numbers(part, other["type"]).astype(np.float64)
                coords[f"{dim}_centre"] = (("Time", dim), values, _attrs(other))
    return coords
