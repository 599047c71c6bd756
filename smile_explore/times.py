"""Times as users write them, turned into the one kind we keep: datetime64[ns], UTC.

Naive is UTC and aware is converted; nothing here looks at the machine's own zone.
"""

import datetime as dt
import re

import numpy as np
import pandas as pd

from smile_explore.errors import IntervalError

_EXAMPLE = "write it like 2008-08-12 or 2008-08-12T21:22:30"
_YEAR_FIRST = re.compile(r"\s*\d{4}(-?\d\d|/\d\d/)", re.ASCII)
#: What may follow the date: a clock and a zone as an offset. Names of zones are not looked up.
_WRITTEN = re.compile(r"[\d\s:./+TtZzAaPpMm-]{0,48}(UTC|GMT)?\s*", re.ASCII)
_SHOWN = 60  # characters of a wrong value that a message repeats


def utc(time) -> np.datetime64:
    """Return one time as datetime64[ns], UTC.

    Parameters
    ----------
    time : str, datetime, numpy.datetime64 or pandas.Timestamp
        Texts put the year first; ``2008-08-12/21:22:30``, as pyspedas writes it, will do.
        ``T24:00`` is midnight at the end of the day.

    Raises
    ------
    IntervalError
        If it is not a time, or not one between 1678 and 2262.

    Examples
    --------
    >>> str(utc("2008-08-12T22:00+02:00"))
    '2008-08-12T20:00:00.000000000'
    """
    is_text = isinstance(time, str)
    if not (is_text and _YEAR_FIRST.match(time)) and not isinstance(time, (dt.date, np.datetime64)):
        kind = "" if is_text else f" but {type(time).__name__}"
        message = f"{shown(time)} is not a time{kind}: {_EXAMPLE}."
        raise IntervalError(message)
    try:
        stamp = _from_text(time) if is_text else pd.Timestamp(time)
        stamp = stamp.tz_convert("UTC").tz_localize(None) if stamp.tz else stamp
        moment = np.datetime64(stamp.as_unit("ns").to_datetime64())
    except (ValueError, OverflowError, AttributeError):
        moment = np.datetime64("NaT")
    if np.isnat(moment):
        message = f"{shown(time)} is not a time that exists between 1678 and 2262: {_EXAMPLE}."
        raise IntervalError(message)
    return moment


def _from_text(text: str) -> pd.Timestamp:
    if not _WRITTEN.fullmatch(text):
        raise ValueError(text)
    text = re.sub(r"^(\s*\d{4}[-/]\d\d[-/]\d\d)/", r"\1T", text)
    begun, midnights = re.subn(r"([T ])24(:00){1,2}(\.0+)?(?=[Zz+-]|\s|$)", r"\g<1>00:00", text)
    return pd.Timestamp(begun) + pd.Timedelta(days=midnights)


def shown(value) -> str:
    """Return a value as a message repeats it: quoted, and not longer than a line.

    Examples
    --------
    >>> shown("2015-02-30"), len(shown("9" * 5000))
    ("'2015-02-30'", 64)
    """
    try:
        text = repr(value[: 2 * _SHOWN] if isinstance(value, str) else value)
    except ValueError:  # Python writes no integer of more than 4300 digits
        text = f"a number of the type {type(value).__name__}"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."


def interval(start, stop) -> tuple[np.datetime64, np.datetime64]:
    """Return the half-open interval [start, stop) as two datetime64[ns], UTC.

    Raises
    ------
    IntervalError
        If a time cannot be read, or the interval is empty or reversed.

    Examples
    --------
    >>> interval("2008-08-12", "2008-08-12T01:00+01:00")
    Traceback (most recent call last):
    smile_explore.errors.IntervalError: The interval 2008-08-12T00:00:00 to 2008-08-12T00:00:00 is empty: stop must come after start.
    """
    start, stop = utc(start), utc(stop)
    if stop <= start:
        kind = "empty" if stop == start else "reversed"
        message = (
            f"The interval {text(start)} to {text(stop)} is {kind}: stop must come after start."
        )
        raise IntervalError(message)
    return start, stop


def text(time) -> str:
    """Return a time as messages and attributes write it, to the second.

    Examples
    --------
    >>> text(np.datetime64("2008-08-12T21:22:30.5", "ns"))
    '2008-08-12T21:22:30'
    """
    return str(np.datetime_as_string(time, "s"))
