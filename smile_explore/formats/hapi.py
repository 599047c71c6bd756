"""HAPI CSV under its header: one line of ``#`` and JSON, then records; made by `sources.hapi`.

A value equal to the parameter's fill is left as it is, for the contract to turn into NaN.

References
----------
Weigel et al. 2021, HAPI: An API Standard for Accessing Heliophysics Time Series Data,
J. Geophys. Res. 126, doi:10.1029/2021JA029534.
"""

import json
import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore.errors import CorruptFileError

_DTYPES = {"double": np.float64, "integer": np.int64}


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
    widths = [math.prod(p.get("size") or [1]) for p in parameters]
    table = _records(path, parameters, widths)
    edges = np.cumsum([0, *widths])
    variables, coords = {}, {"Time": _times(path, table[0])}
    for parameter, low, high in zip(parameters[1:], edges[1:-1], edges[2:], strict=True):
        if parameter["type"] in _DTYPES and (names is None or parameter["name"] in set(names)):
            values = table.iloc[:, low:high].to_numpy(_DTYPES[parameter["type"]])
            name, size = parameter["name"], parameter.get("size") or []
            dims = ["Time", *(f"{name}_{axis}" for axis in range(len(size)))]
            variables[name] = (dims, values.reshape(-1, *size), _attrs(parameter))
            coords |= _bins(parameter, dims[1:])
    return xr.Dataset(variables, coords)


def _header(path: Path) -> list[dict]:
    with path.open("rb") as file:
        first = file.readline()
    try:
        parameters = json.loads(first.removeprefix(b"#"))["parameters"]
        whole = bool(parameters) and all({"name", "type"} <= set(p) for p in parameters)
    except (ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        message = f"{path.name} does not begin with the header of HAPI."
        raise CorruptFileError(message)
    return parameters


def _records(path: Path, parameters: list[dict], widths: list[int]) -> pd.DataFrame:
    columns = np.repeat(np.arange(len(parameters)), widths)
    dtypes = {i: _DTYPES.get(parameters[p]["type"], str) for i, p in enumerate(columns)}
    with path.open("rb") as file:
        file.seek(-1, 2)
        if file.read() != b"\n":
            message = f"{path.name} is cut short: its last record has no end."
            raise CorruptFileError(message)
    try:
        table = pd.read_csv(
            path, header=None, skiprows=1, names=list(dtypes), dtype=dtypes, index_col=False,
            skipinitialspace=True,
        )  # fmt: skip
    except (ValueError, pd.errors.ParserError) as err:
        message = f"{path.name}: the records do not fit the header ({err})."
        raise CorruptFileError(message) from err
    return table


def _times(path: Path, column: pd.Series) -> np.ndarray:
    """Read ISO times, of the calendar or of the day of the year, as HAPI allows."""
    by_day = bool(len(column)) and re.match(r"\d{4}-\d{3}T", column.iloc[0]) is not None
    try:
        times = pd.to_datetime(
            column, format="%Y-%jT%H:%M:%S.%fZ" if by_day else "ISO8601", utc=True
        )
    except (ValueError, TypeError) as err:
        message = f"{path.name}: the first column is not time ({err})."
        raise CorruptFileError(message) from err
    return times.dt.tz_localize(None).to_numpy("datetime64[ns]")


def _attrs(parameter: dict) -> dict:
    units = parameter.get("units")
    if isinstance(units, list):  # one a component; a vector's are the same
        units = units[0] if len(set(map(str, units))) == 1 else None
    attrs = {"UNITS": units, "CATDESC": parameter.get("description")}
    attrs["COORDINATE_SYSTEM"] = parameter.get("coordinateSystemName")
    if parameter.get("fill") not in (None, ""):
        attrs["FILLVAL"] = _DTYPES[parameter["type"]](float(parameter["fill"]))
    return {key: value for key, value in attrs.items() if value is not None}


def _bins(parameter: dict, dims: list[str]) -> dict:
    """Return the fixed bins of a spectrum; bins that vary are a parameter of their own."""
    coords = {}
    for dim, axis in zip(dims, parameter.get("bins") or [], strict=False):
        centers = axis.get("centers")
        if isinstance(centers, list) and all(isinstance(c, (int, float)) for c in centers):
            about = {"UNITS": axis.get("units") or "", "CATDESC": axis.get("name") or dim}
            coords[dim] = (dim, np.array(centers, float), about)
    return coords
