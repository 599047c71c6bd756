"""Kp and ap from GFZ: the WDC table of a year, the table since 1932, or the web service's JSON.

Kp comes in thirds: 27 in the WDC table is 2 2/3 (3-), 30 is 3, 33 is 3 1/3 (3+). Blank or
negative is missing, never 0. Each stamp is the start of its three hours. The WDC tables
``Kp_def*.wdc`` hold definitive values alone; the table since 1932 (column D, 0 or 1) and
the JSON (``status``, "pre" or "def") tell it of each value.

References
----------
Matzka et al. 2021, The geomagnetic Kp index and derived indices of geomagnetic activity,
Space Weather 19, doi:10.1029/2020SW002641; data doi:10.5880/Kp.0001.
"""

import json
import re
from pathlib import Path

import numpy as np
import xarray as xr

from smile_explore.errors import CorruptFileError

_NO_AP = -1
_NOT_TOLD = -1
_STATUS = {"def": 1, "pre": 0}
_THIRDS = {"0": 0.0, "3": 1 / 3, "7": 2 / 3}
_WDC = re.compile(r"^(\d\d)([ \d]\d)([ \d]\d)[ \d]{6}([ \d]{16})[ \d]{3}([ \d]{24})")
_SINCE_1932 = re.compile(
    r"^(\d{4}) +(\d\d?) +(\d\d?) +(\d\d?)\.0 +\S+ +\S+ +\S+ +(\S+) +(\S+)(?: +([01]))?"
)


def read(path, names=None, *, trusted=False) -> xr.Dataset:
    """Read Kp and ap.

    Returns
    -------
    Dataset, dims (time,)
        ``kp``, 0 to 9 in thirds, NaN where missing; ``ap``, int16, FILLVAL -1, in units of
        2 nT (-1 in JSON of Kp alone); ``definitive``, int8, 1 or 0 (a preliminary value,
        which may still change), FILLVAL -1 where the file does not tell.

    Raises
    ------
    CorruptFileError
        If the file is no table of Kp, or breaks off in the midst of a day.
    """
    path = Path(path)
    text = path.read_bytes().decode("latin-1")
    rows = _from_json(path, text) if text.lstrip().startswith("{") else _from_table(path, text)
    if not rows:
        message = f"{path.name} holds no Kp that we recognise: it is another file."
        raise CorruptFileError(message)
    time, kp, ap, definitive = zip(*rows, strict=True)
    about_kp = {"UNITS": "1", "CATDESC": "Kp index", "VALIDMIN": 0.0, "VALIDMAX": 9.0}
    about_ap = {"UNITS": "1", "CATDESC": "ap index, in units of 2 nT", "FILLVAL": _NO_AP}
    told = "Whether Kp is definitive (1) or preliminary (0)"
    about_told = {"UNITS": "1", "CATDESC": told, "FILLVAL": _NOT_TOLD}
    return xr.Dataset(
        {
            "kp": ("time", np.array(kp, float), about_kp),
            "ap": ("time", np.array(ap, np.int16), about_ap),
            "definitive": ("time", np.array(definitive, np.int8), about_told),
        },
        {"time": np.array(time, "datetime64[ns]")},
        {"Logical_source": "gfz_kp"},
    )


def _from_table(path: Path, text: str) -> list[tuple]:
    rows = []
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for line in lines:
        day, one = _WDC.match(line), _SINCE_1932.match(line)
        if not (day or one):
            message = f"{path.name}: {line[:60]!r} is not a line of Kp; the file may be cut short."
            raise CorruptFileError(message)
        rows += _day(path, *day.groups()) if day else [_three_hours(*one.groups())]
    return rows


def _day(path: Path, year: str, month: str, day: str, kp: str, ap: str) -> list[tuple]:
    """Return the eight values of a day of the WDC table; the series begins in 1932."""
    century = "19" if int(year) >= 32 else "20"
    start = np.datetime64(f"{century}{year}-{int(month):02d}-{int(day):02d}", "h")
    told = _STATUS["def"] if path.name.startswith("Kp_def") else _NOT_TOLD
    rows = []
    for slot in range(8):
        code, number = kp[2 * slot : 2 * slot + 2].strip(), ap[3 * slot : 3 * slot + 3].strip()
        if code and code[-1] not in _THIRDS:
            message = f"{path.name}: {code!r} is no value of Kp (…0, …3 or …7)."
            raise CorruptFileError(message)
        value = int(code[:-1] or 0) + _THIRDS[code[-1]] if code else np.nan
        rows.append((start + 3 * slot, value, int(number or _NO_AP), told))
    return rows


def _three_hours(*fields: str | None) -> tuple:
    year, month, day, hour, kp, ap, told = fields
    start = np.datetime64(f"{year}-{int(month):02d}-{int(day):02d}T{int(hour):02d}", "h")
    return start, _known(kp), int(ap), int(_NOT_TOLD if told is None else told)


def _known(text) -> float:
    value = float(text) if text is not None else np.nan
    return value if value >= 0 else np.nan


def _from_json(path: Path, text: str) -> list[tuple]:
    try:
        table = json.loads(text)
        times = [np.datetime64(stamp.rstrip("Z"), "h") for stamp in table["datetime"]]
        ap = table.get("ap", [_NO_AP] * len(times))
        told = [_STATUS.get(word, _NOT_TOLD) for word in table.get("status", [""] * len(times))]
        return list(zip(times, map(_known, table["Kp"]), ap, told, strict=True))
    except (ValueError, KeyError, TypeError, AttributeError) as err:
        message = f"{path.name} is not the JSON of GFZ's web service, or is cut short ({err})."
        raise CorruptFileError(message) from err
