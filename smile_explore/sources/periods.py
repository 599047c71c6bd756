"""Which files an interval needs: periods of the archive, and their names.

Pure: no file is opened, no server asked. A pattern is strftime (``%Y %m %d %j %H %M %S``)
with ``?`` and ``*`` where the archive writes what we cannot know, mostly a version.
"""

import datetime as dt
import fnmatch
import itertools
import re
from typing import NamedTuple

import numpy as np

#: Only these codes are filled in, so that a ``%20`` in an address stays what it is.
_CODE = re.compile(r"%([YmdjHMS])")
_DIGITS = {"Y": 4, "j": 3}
_VERSION = re.compile(r"_[vV](\d[\w.-]*)(?=\.\w+$)")


class Period(NamedTuple):
    """The half-open interval that one file of an archive holds."""

    start: np.datetime64
    stop: np.datetime64

    def __str__(self):
        return (
            f"{np.datetime_as_string(self.start, 'm')} to {np.datetime_as_string(self.stop, 'm')}"
        )


def covering(kind: str, start: np.datetime64, stop: np.datetime64) -> list[Period]:
    """Return the periods that together cover [start, stop), in order.

    Parameters
    ----------
    kind : str
        "day", "month", "halfyear", "year", or hours that divide a day, such as "2h".

    Examples
    --------
    >>> [str(p) for p in covering("month", np.datetime64("2008-07-31"), np.datetime64("2008-08-02"))]
    ['2008-07-01T00:00 to 2008-08-01T00:00', '2008-08-01T00:00 to 2008-09-01T00:00']
    """
    step, unit = _step(kind)
    first = start.astype(f"datetime64[{unit}]")
    first = first - first.astype(int) % step  # 1970 starts a day, a month, a year and a half-year
    last = stop.astype(f"datetime64[{unit}]") + np.timedelta64(step, unit)
    edges = np.arange(first, last + np.timedelta64(step, unit), np.timedelta64(step, unit))
    edges = edges.astype("datetime64[s]")
    return [
        Period(low, high) for low, high in itertools.pairwise(edges) if low < stop and high > start
    ]


def _step(kind: str) -> tuple[int, str]:
    known = {"day": (1, "D"), "month": (1, "M"), "halfyear": (6, "M"), "year": (1, "Y")}
    hours = re.fullmatch(r"(\d+)h", kind)
    return (int(hours[1]), "h") if hours else known[kind]


def runs(periods) -> list[list[Period]]:
    """Group periods that follow each other without a gap.

    Examples
    --------
    >>> days = covering("day", np.datetime64("2008-08-01"), np.datetime64("2008-08-05"))
    >>> [len(run) for run in runs([days[0], days[1], days[3]])]
    [2, 1]
    """
    groups: list[list[Period]] = []
    for period in periods:
        if groups and groups[-1][-1].stop == period.start:
            groups[-1].append(period)
        else:
            groups.append([period])
    return groups


def spans(periods) -> list[tuple[np.datetime64, np.datetime64]]:
    """Return (start, stop) of each unbroken run of periods."""
    return [(run[0].start, run[-1].stop) for run in runs(sorted(set(periods)))]


def fill_in(pattern: str, period: Period) -> str:
    """Return `pattern` with the period's start in place of its strftime codes.

    Examples
    --------
    >>> fill_in("thc_l2_fgm_%Y%m%d_v??.cdf", covering("day", np.datetime64("2008-08-12"), np.datetime64("2008-08-13"))[0])
    'thc_l2_fgm_20080812_v??.cdf'
    """
    when = to_datetime(period.start)
    return _CODE.sub(lambda code: when.strftime(code[0]).zfill(_DIGITS.get(code[1], 2)), pattern)


def to_datetime(time: np.datetime64) -> dt.datetime:
    """Return a naive datetime, to the second."""
    return time.astype("datetime64[s]").item()


def has_wildcard(text: str) -> bool:
    """Say whether a name has to be looked up in a listing."""
    return "*" in text or "?" in text


def matching(names, pattern: str) -> list[str]:
    """Return the newest version of each file whose name fits `pattern` (filled in), in order.

    Examples
    --------
    >>> matching(["a_v4.9.0.cdf", "a_v4.18.0.cdf", "b_v9.cdf"], "a_v*.cdf")
    ['a_v4.18.0.cdf']
    """
    newest: dict[str, str] = {}
    for name in names:
        if fnmatch.fnmatchcase(name, pattern):
            stem = _VERSION.sub("", name)
            newest[stem] = max(newest.get(stem, ""), name, key=_by_version)
    return sorted(newest.values())


def _by_version(name: str) -> tuple:
    """Order v4.9.0 before v4.18.0, a name without a version before all, no name first of all."""
    found = _VERSION.search(name)
    return bool(name), tuple(int(n) for n in re.findall(r"\d+", found[1])) if found else ()


def start_of(name: str, pattern: str) -> np.datetime64 | None:
    """Return the start that a file name tells, or None if it does not fit the pattern.

    Examples
    --------
    >>> start_of("thc_l2_fgm_20080812_v01.cdf", "thc_l2_fgm_%Y%m%d_v??.cdf")
    np.datetime64('2008-08-12T00:00:00')
    """
    found = re.fullmatch(_as_regex(pattern), name)
    if found is None:
        return None
    parts = {"Y": "1970", "m": "01", "d": "01", "H": "00", "M": "00", "S": "00"} | found.groupdict()
    day = "%Y%j" if "j" in parts else "%Y%m%d"
    text = parts["Y"] + (parts["j"] if "j" in parts else parts["m"] + parts["d"])
    try:
        date = dt.datetime.strptime(text, day)
    except ValueError:
        return None
    clock = dt.timedelta(hours=int(parts["H"]), minutes=int(parts["M"]), seconds=int(parts["S"]))
    return np.datetime64(date + clock, "s")


def _as_regex(pattern: str) -> str:
    """Turn strftime and wildcards into a regular expression; a repeated code must repeat itself."""
    seen: set[str] = set()
    regex = ""
    for code, any_text, plain in re.findall(r"%([YmdjHMS])|([*?])|(.)", pattern):
        if code:
            digits = _DIGITS.get(code, 2)
            regex += f"(?P={code})" if code in seen else rf"(?P<{code}>\d{{{digits}}})"
            seen.add(code)
        else:
            regex += {"*": ".*", "?": "."}.get(any_text, re.escape(plain))
    return regex
