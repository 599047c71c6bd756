"""The time bases of a CDF: which variable is on which, and the times as datetime64[ns], UTC.

A time base is a variable of one of CDF's time types, or numbers that say since when they count
(``sec since 1970``), with one value a record.
"""

import re

import numpy as np
import pycdfpp

from smile_explore.formats.cdf_attrs import TEXTS, text

TIMES = (
    pycdfpp.DataType.CDF_EPOCH,
    pycdfpp.DataType.CDF_EPOCH16,
    pycdfpp.DataType.CDF_TIME_TT2000,
)
_DECODED = (
    pycdfpp.CompressionType.no_compression,
    pycdfpp.CompressionType.rle_compression,
    pycdfpp.CompressionType.gzip_compression,
)
_UNIX_ZERO = np.datetime64(0, "us")
_MICROSECONDS = 9.2e15  # since 1970, in the year 2261: the last of datetime64[ns]
_SINCE = re.compile(
    r"\b(?:since|from)\s+(\d{4}(?:-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?)?)"
)
_UNIX = re.compile(
    r"\b(unix|posix)\b|since\s+(0?1[ -]jan(uary)?[ -]1970|jan(uary)? 0?1,? 1970)", re.IGNORECASE
)
_UNITS = {
    r"ns|nanosec\w*": 1e-3, r"us|microsec\w*": 1.0, r"ms|msec|millisec\w*": 1e3,
    r"s|secs?|seconds?": 1e6, r"min|mins|minutes?": 6e7, r"h|hrs?|hours?": 3.6e9,
    r"d|days?": 8.64e10,
}  # fmt: skip


class Clocks:
    """The time bases of one opened CDF."""

    def __init__(self, cdf):
        self._cdf = cdf
        self._held = set(cdf)
        self._records: dict[str, int | None] = {}
        self._times: dict[str, np.ndarray] = {}
        self._candidates: list[str] | None = None
        self.by_count: dict[str, str] = {}  #: variable -> the base that it was put on by its length

    def of(self, name: str) -> str | None:
        """Return the time base of a variable, which has as many records as it."""
        var = self._cdf[name]
        stated = [t for key in ("DEPEND_TIME", "DEPEND_0") if (t := text(var, key))]
        n = var.shape[0]
        if var.is_nrv:  # with a DEPEND_0, which then has its records in the first dim
            n = var.shape[1] if len(var.shape) > 1 else -1
        for clock in stated:
            if clock != name and self.records(clock) == n:
                return clock
        if var.is_nrv or not n:
            return None
        candidates = self.candidates()
        if not stated and len(candidates) != 1:
            return None  # nothing but its length speaks for one of several
        fitting = [c for c in candidates if c != name and self.records(c) == n]
        if len(fitting) != 1:
            return None
        if stated:
            self.by_count[name] = stated[-1]
        return fitting[0]

    def records(self, clock: str) -> int | None:
        """Return how many times a variable holds, or None if it is no time base."""
        if clock not in self._records:
            self._records[clock] = self._count(clock) if clock in self._held else None
        return self._records[clock]

    def _count(self, clock: str) -> int | None:
        var = self._cdf[clock]
        if var.type in TEXTS or (var.type not in TIMES and not self._origin(clock)):
            return None
        if unread(var):
            return None
        sizes = var.shape[1:] if var.is_nrv else var.shape
        return sizes[0] if all(n == 1 for n in sizes[1:]) and sizes else None

    def is_range(self, clock: str) -> bool:
        """Say whether a variable holds several times a record, a start and a stop."""
        if clock not in self._held or self._cdf[clock].type not in TIMES:
            return False
        return self.records(clock) is None and not unread(self._cdf[clock])

    def candidates(self) -> list[str]:
        """Return the variables that are a time base of their own, on no other."""
        if self._candidates is None:
            self._candidates = [n for n in self._cdf if self._stands_alone(n)]
        return self._candidates

    def _stands_alone(self, name: str) -> bool:
        var = self._cdf[name]
        if var.is_nrv or var.type in TEXTS or not var.shape[0]:
            return False
        stated = text(var, "DEPEND_0")
        is_virtual = var.type in TIMES and not self.records(stated)
        own = stated in ("", name) or is_virtual
        return own and self.records(name) is not None

    def _origin(self, name: str) -> tuple[np.datetime64, float] | None:
        """Return since when numbers count, and the microseconds of one; None if they do not say."""
        var = self._cdf[name]
        units = text(var, "UNITS") or text(var, "units")
        about = " ".join(
            (
                units,
                *(
                    text(var, k)
                    for k in ("TIME_BASE", "CATDESC", "FIELDNAM", "LABLAXIS", "VAR_NOTES")
                ),
            )
        )
        since = _SINCE.search(about)
        first = re.match(r"[A-Za-z]*", units)[0].lower()
        scale = next((v for k, v in _UNITS.items() if re.fullmatch(k, first)), None)
        if since and scale:
            date = since[1] if len(since[1]) > 4 else f"{since[1]}-01-01"
            return np.datetime64(date.replace(" ", "T"), "us"), scale
        if _UNIX.search(about) or self._is_named_as_time(name):
            return _UNIX_ZERO, scale or 1e6
        return None

    def _is_named_as_time(self, name: str) -> bool:
        """Say whether a DEPEND_TIME names it: THEMIS' unix seconds."""
        return any(text(self._cdf[n], "DEPEND_TIME") == name for n in self._cdf)

    def times(self, clock: str) -> np.ndarray:
        """Return the times of a base as datetime64[ns], NaT for fills."""
        if clock not in self._times:
            var = self._cdf[clock]
            if var.type in TIMES:
                self._times[clock] = _times(var)
            else:
                self._times[clock] = counted_times(var.values.reshape(-1), *self._origin(clock))
        return self._times[clock]


def unread(var) -> bool:
    """Say whether a variable is packed in a way that is not decoded: (adaptive) Huffman codes."""
    return var.compression not in _DECODED


def _times(var) -> np.ndarray:
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


def counted_times(numbers: np.ndarray, since=_UNIX_ZERO, microseconds: float = 1e6) -> np.ndarray:
    """Return numbers that count from a moment, unix seconds at first, as datetime64[ns].

    To the microsecond: a double holds no more. Seconds times 1e9 would invent digits; times
    1e6 stays below 2**53, and rounds to the microsecond that was meant.
    """
    ticks = np.asarray(numbers, float) * microseconds
    sound = np.abs(ticks + since.astype(np.int64)) < _MICROSECONDS  # False for NaN
    if not sound.all():
        ticks = np.where(sound, ticks, 0.0)
    times = (since + np.rint(ticks).astype("timedelta64[us]")).astype("datetime64[ns]")
    times[~sound] = np.datetime64("NaT")
    return times
