"""Counts "since" an origin, as CF and UDUNITS have them, as times in UTC.

Pure functions of arrays and texts. A count that cannot be a time is NaT; a unit, an origin or a
calendar that is not understood is an `UnknownTimeError`, never a guess.
"""

import re

import numpy as np
import pandas as pd

_LONGEST = 300  # characters; a pattern must not be kept busy by a megabyte of blanks
_SINCE = re.compile(r"\s*([a-z_]+)\s+(?:since|after|from|ref|@)\s+(.+?)\s*", re.IGNORECASE)
_BARE = re.compile(r"since\s+(\d{4}-\d\d?-\d\d?[^,;()]*)", re.IGNORECASE)
_UNIX = re.compile(
    r"\b(?:unix|posix)\b|\bsince\s+(?:jan(?:uary)?\.?\s+0?1,?\s+1970|1 jan(?:uary)?\.? 1970)",
    re.IGNORECASE,
)
_NS_OF_DAY = 86_400_000_000_000
_YEAR = 31_556_925_974_700_000  # ns: UDUNITS' year, the time between two passages of the equinox
#: Spellings of each unit and its nanoseconds, as UDUNITS and cftime have them.
_UNITS = {
    word: ns
    for words, ns in (
        ("nanosecond nanosec nsec ns", 1),
        ("microsecond microsec usec us", 1000),
        ("millisecond millisec msec ms", 1_000_000),
        ("second sec s", 1_000_000_000),
        ("minute min", 60_000_000_000),
        ("hour hr h", 3_600_000_000_000),
        ("day d", _NS_OF_DAY),
        ("week", 7 * _NS_OF_DAY),
        ("common_year", 365 * _NS_OF_DAY),
        ("month", _YEAR // 12),
        ("year yr", _YEAR),
    )
    for word in words.split()
}
_UNEVEN = ("month", "year", "yr")
_CALENDARS = ("standard", "gregorian", "proleptic_gregorian")
_ORIGIN = re.compile(
    r"(?P<year>\d{1,4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:(?:\s*T\s*|\s+)(?P<hour>\d{1,2})(?::(?P<minute>\d{1,2})(?::(?P<second>\d{1,2}(?:\.\d*)?))?)?)?"
    r"\s*(?P<zone>Z|UTC|GMT|UT)?\s*(?P<offset>[+-]?\d{1,2}(?::?\d\d)?)?",
    re.IGNORECASE,
)
_WITH_MONTH = re.compile(r"\d{1,2}[- ][a-z]{3,9}[- ]\d{4}(?:[ T]\d\d?:\d\d(?::\d\d(?:\.\d*)?)?)?", re.IGNORECASE)  # fmt: skip
_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_JULIAN_DAY_OF_1970 = 2_440_588
_REFORM = (1582, 10, 15)  # the first day of the Gregorian calendar


class UnknownTimeError(ValueError):
    """What the file says of its time is not understood; the message says which part."""


def since(units: str, about: str = "") -> tuple[str, str] | None:
    """Return the unit and the origin of counts, or None if these are no counts since a time.

    Parameters
    ----------
    units : str
        Of the variable: "seconds since 1970-01-01", or "milliseconds" alone.
    about : str
        Its other texts, of which one may state the origin where the units do not.

    Examples
    --------
    >>> since("days since 2000-01-01 12:00")
    ('days', '2000-01-01 12:00')
    >>> since("milliseconds", "Milliseconds since 1970-01-01 00:00:00 UTC")
    ('milliseconds', '1970-01-01 00:00:00 UTC')
    >>> since("seconds", "Unix time"), since("seconds", "exposure")
    (('seconds', '1970-01-01'), None)
    """
    found = _SINCE.fullmatch(units[:_LONGEST])
    if found:
        return found.groups()
    if _length(units.strip()) is None:
        return None
    stated = _BARE.search(about[:_LONGEST])
    if stated:
        return units.strip(), stated.group(1).strip().rstrip(".")
    return (units.strip(), "1970-01-01") if _UNIX.search(about[:_LONGEST]) else None


def is_uneven(unit: str) -> bool:
    """Say whether a unit is UDUNITS' month or year, which is none of the calendar's."""
    return unit.lower().removesuffix("s") in _UNEVEN


def times(values: np.ndarray, unit: str, origin: str, calendar: str = "standard") -> np.ndarray:
    """Return counts since an origin as datetime64[ns]; doubles to the microsecond.

    Parameters
    ----------
    values : ndarray of numbers
        Counts; NaN and what lies outside the years 1677 to 2262 become NaT.
    unit : str
        As UDUNITS spells it. A month is a twelfth of a year, and that 365.242198781 days, as
        CF says: not the calendar's.
    origin : str
        Year, month, day, then perhaps the time of day and a zone.
    calendar : str
        CF's name of it. In "standard" days before 1582-10-15 are Julian.

    Raises
    ------
    UnknownTimeError
        If unit, origin or calendar is not understood.
    """
    step = _length(unit)
    if step is None:
        message = f"the unit {unit!r} is none of time"
        raise UnknownTimeError(message)
    if calendar.lower() not in _CALENDARS:
        message = f"the calendar {calendar!r} is not that of UTC"
        raise UnknownTimeError(message)
    before, rest = divmod(_origin(origin, is_mixed=not calendar.lower().startswith("pro")), step)
    return _counted(values, step, before, rest)


def _counted(values: np.ndarray, step: int, before: int, rest: int) -> np.ndarray:
    """Return times of counts, `before` steps and `rest` ns after 1970."""
    limit = (2**63 - 1) // step - 2
    sound = np.abs(values.astype(float) + before) < limit
    counts = np.where(sound, values, 0)
    if values.dtype.kind in "iu":
        ns = (counts.astype(np.int64) + np.int64(before)) * np.int64(step)
    else:
        whole = np.floor(counts.astype(float))
        part = np.rint((counts.astype(float) - whole) * (step / 1000)).astype(np.int64) * 1000
        ns = np.where(sound, whole.astype(np.int64) + np.int64(before), 0) * np.int64(step) + part
    times = (ns + np.int64(rest)).view("datetime64[ns]")
    return np.where(sound, times, np.datetime64("NaT", "ns"))


def _length(unit: str) -> int | None:
    """Return the nanoseconds of a unit, singular or plural."""
    unit = unit.lower()
    return _UNITS.get(unit) or _UNITS.get(unit.removesuffix("s"))


def _origin(text: str, *, is_mixed: bool) -> int:
    """Return nanoseconds from 1970 to an origin."""
    found = _ORIGIN.fullmatch(text.strip()) or _ORIGIN.fullmatch(_as_numbers(text.strip()))
    if not found:
        message = f"the origin {text[:60]!r} is no date"
        raise UnknownTimeError(message)
    date = tuple(int(found[k]) for k in ("year", "month", "day"))
    minutes = int(found["hour"] or 0) * 60 + int(found["minute"] or 0) - _offset(found["offset"])
    seconds = pd.to_timedelta(float(found["second"] or 0), "s").value
    return _days(date, is_mixed) * _NS_OF_DAY + minutes * 60_000_000_000 + seconds


def _as_numbers(text: str) -> str:
    """Return dates such as 20000101 and 01-JAN-2000 as year-month-day."""
    packed = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(?!\d)(.*)", text)
    if packed:
        return "{}-{}-{}{}".format(*packed.groups())
    named = _WITH_MONTH.fullmatch(text)
    try:
        return pd.Timestamp(text).strftime("%Y-%m-%d %H:%M:%S.%f") if named else ""
    except ValueError:
        return ""


def _offset(text: str | None) -> int:
    """Return the minutes by which a zone is ahead of UTC: "+01:00", "-6", "0530"."""
    if not text:
        return 0
    digits = text.lstrip("+-").replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, 0)
    return (-1 if text.startswith("-") else 1) * (int(hours) * 60 + int(minutes))


def _days(date: tuple[int, int, int], is_mixed: bool) -> int:
    """Return days from 1970 to a date, Julian before the reform if calendars are mixed."""
    year, month, day = date
    if not (1 <= month <= 12 and 1 <= day <= _MONTHS[month - 1]):
        message = f"the origin {'-'.join(map(str, date))} is no date"
        raise UnknownTimeError(message)
    early = month < 3  # count years from March, so that the leap day is the last
    year, month = year + 4800 - early, month + 12 * early - 3
    number = day + (153 * month + 2) // 5 + 365 * year + year // 4 - _JULIAN_DAY_OF_1970
    if is_mixed and date < _REFORM:
        return number - 32083
    return number - year // 100 + year // 400 - 32045
