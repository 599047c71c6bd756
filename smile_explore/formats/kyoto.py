"""Dst from the WDC for Geomagnetism, Kyoto: the month's web page, or the WDC exchange format.

Columns are fixed; blanks do not part them (``-387-340``, ``99999999``). 9999 is missing.
Each value is the mean of its hour, so its stamp is the middle of it.

References
----------
WDC for Geomagnetism, Kyoto, Dst index service, doi:10.17593/14515-74000;
https://wdc.kugi.kyoto-u.ac.jp/dstae/format/dstformat.html (exchange format).
"""

import calendar
import re
from pathlib import Path

import numpy as np
import xarray as xr

from smile_explore.errors import CorruptFileError

_MISSING = 9999
_MONTHS = [name.upper() for name in calendar.month_name]
_TITLE = re.compile(r"Hourly Equatorial Dst Values\s*\(([\w-]+)\)")
_MONTH = re.compile(rf"\b({'|'.join(_MONTHS[1:])})\s+(\d{{4}})\b")
_ROW = re.compile(r"^([ \d]\d) [ \d-]{4}")
_WDC = re.compile(r"^DST(\d\d)([ \d]\d)\*([ \d]\d).{3}([ \d])([ \d]{2})([ \d-]{4})(.{96})")
#: Of pages by their title; of the exchange format by its version, where blank is final.
_EDITION = {"REAL-TIME": 0, "QUICKLOOK": 0, "PROVISIONAL": 1, "FINAL": 2, "0": 0, "1": 1}


def read(path, names=None, *, trusted=False) -> xr.Dataset:
    """Read a month (web page) or any number of days (exchange format) of Dst.

    Returns
    -------
    Dataset, dims (time,)
        ``dst``, int16, nT, FILLVAL 9999; ``edition``, int8: 0 is real-time (unverified),
        1 provisional, 2 final.

    Raises
    ------
    CorruptFileError
        If the file holds no table of Dst, or the table breaks off.
    """
    path = Path(path)
    text = path.read_bytes().decode("latin-1")  # the page is EUC-JP; its table is ASCII
    exchange = any(_WDC.match(line) for line in text.splitlines())
    days, values, editions = _from_exchange(text) if exchange else _from_page(path, text)
    hours = (np.arange(24) * 60 + 30).astype("timedelta64[m]")
    time = (np.array(days, "datetime64[m]")[:, None] + hours).ravel()
    attrs = {"UNITS": "nT", "FILLVAL": _MISSING, "CATDESC": "Dst index, hourly mean"}
    dst = ("time", np.array(values, np.int16).ravel(), attrs)
    about = {"UNITS": "1", "CATDESC": "Edition of Dst: 0 real-time, 1 provisional, 2 final"}
    edition = ("time", np.repeat(np.array(editions, np.int8), 24), about)
    return xr.Dataset(
        {"dst": dst, "edition": edition},
        {"time": time.astype("datetime64[ns]")},
        {"Logical_source": "kyoto_dst"},
    )


def _from_page(path: Path, text: str):
    title, month = _TITLE.search(text), _MONTH.search(text)
    if not (title and month):
        message = f"{path.name} holds no table of hourly Dst: it is another page."
        raise CorruptFileError(message)
    first = np.datetime64(f"{month[2]}-{_MONTHS.index(month[1]):02d}", "M")
    table, closed, _ = text[month.end() :].partition("</pre")
    rows = [line for line in table.splitlines() if _ROW.match(line)]
    values = [_row(path, line) for line in rows]
    length = (first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")
    numbers = [int(line[:2]) for line in rows]
    if (
        not rows
        or numbers != [*range(1, len(rows) + 1)]
        or (not closed and len(rows) < int(length.astype(int)))
    ):
        message = f"{path.name}: the table of {month[0]} breaks off after {len(rows)} days."
        raise CorruptFileError(message)
    days = first.astype("datetime64[D]") + np.arange(len(rows))
    return days, values, [_EDITION.get(title[1].upper(), 0)] * len(days)


def _row(path: Path, line: str) -> list[int]:
    """Return the 24 values of a day: three groups of eight, a blank before each group."""
    places = [3 + 4 * hour + hour // 8 for hour in range(24)]
    try:
        return [int(line[p : p + 4].strip() or _MISSING) for p in places]
    except ValueError as err:
        message = f"{path.name}: {line.strip()!r} is not a day of Dst."
        raise CorruptFileError(message) from err


def _from_exchange(text: str):
    days, values, editions = [], [], []
    for line in text.splitlines():
        found = _WDC.match(line)
        if found:
            year, month, day, version, century, base, hours = found.groups()
            days.append(f"{century.strip() or '19'}{year}-{int(month):02d}-{int(day):02d}")
            numbers = [int(hours[4 * h : 4 * h + 4].strip() or _MISSING) for h in range(24)]
            shift = 100 * int(base.strip() or 0)  # the base value is in units of 100 nT
            values.append([n if n == _MISSING else n + shift for n in numbers])
            editions.append(_EDITION.get(version, _EDITION["FINAL"]))
    return days, values, editions
