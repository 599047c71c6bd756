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
_LONGEST = 200  # bytes of a file name; file systems take 255, and drafts have longer names
#: v05, v5.87.0, v2-1-0, v03r004, V070906, v1a: after a sign, before another or the end.
_VERSION = re.compile(r"[_.-]v(\d+(?:[.-]\d{1,5}(?!\d)|[a-z]{1,2}\d*)*)(?=[_.-]|$)", re.IGNORECASE)


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

    Upper and lower case are the same; versions are compared as numbers, part by part.

    Examples
    --------
    >>> matching(["a_v4.9.0.cdf", "a_v4.18.0.cdf", "b_v9.cdf"], "a_v*.cdf")
    ['a_v4.18.0.cdf']
    """
    return [versions[0] for versions in families(fitting(names, pattern))]


def fitting(names, pattern: str) -> list[str]:
    """Return the plain file names that fit `pattern` (filled in), all versions of them."""
    fits = re.compile(fnmatch.translate(pattern), re.IGNORECASE).match
    return [name for name in dict.fromkeys(names) if fits(name) and is_plain(name)]


def is_plain(name: str) -> bool:
    """Say whether a name from a server can be a file's: no path, no control character, not too long.

    Examples
    --------
    >>> is_plain("a_v01.cdf"), is_plain("../a_v01.cdf")
    (True, False)
    """
    return (
        0 < len(name.encode("utf-8", "replace")) <= _LONGEST
        and not set(name) & set("/\\")
        and name.isprintable()
        and name not in (".", "..")
    )


def families(items, name=str, newer=lambda item: 0) -> list[list]:
    """Group the versions of each file, newest first; the groups in order of their first names.

    Parameters
    ----------
    items : iterable
    name : callable
        Gives the file name of an item.
    newer : callable
        Gives what decides between items of the same version, the greater first.

    Examples
    --------
    >>> families(["a_v2.cdf", "b_v1.cdf", "a_v10.cdf"])
    [['a_v10.cdf', 'a_v2.cdf'], ['b_v1.cdf']]
    """
    groups: dict[str, list] = {}
    for item in items:
        groups.setdefault(stem_of(name(item)), []).append(item)
    for group in groups.values():
        group.sort(key=lambda item: (_version_of(name(item)), newer(item)), reverse=True)
    return sorted(groups.values(), key=lambda group: name(group[0]))


def stem_of(name: str) -> str:
    """Return what the versions of a file have in common.

    Examples
    --------
    >>> stem_of("AC_H0_MFI_20080812_V05.CDF")
    'ac_h0_mfi_20080812.cdf'
    """
    last = _last_version(name)
    return (name[: last.start()] + name[last.end() :] if last else name).lower()


def _last_version(name: str) -> re.Match | None:
    return next(iter([*_VERSION.finditer(name)][-1:]), None)


def _version_of(name: str) -> tuple:
    """Order v4.9.0 before v4.18.0 and v1 before v1a; a name without a version before all."""
    last = _last_version(name)
    parts = re.findall(r"\d+|[a-z]+", last[1].lower()) if last else ()
    return tuple((1, int(p), "") if p.isdecimal() else (0, 0, p) for p in parts)


def start_of(name: str, pattern: str) -> np.datetime64 | None:
    """Return the start that a file name tells, or None if it does not fit the pattern.

    Examples
    --------
    >>> start_of("thc_l2_fgm_20080812_v01.cdf", "thc_l2_fgm_%Y%m%d_v??.cdf")
    np.datetime64('2008-08-12T00:00:00')
    """
    found = re.fullmatch(_as_regex(pattern), name, re.IGNORECASE)
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
    for code, any_text, plain in re.findall(r"%([YmdjHMS])|([*?]|\[\w+\])|(.)", pattern):
        if code:
            digits = _DIGITS.get(code, 2)
            regex += f"(?P={code})" if code in seen else rf"(?P<{code}>\d{{{digits}}})"
            seen.add(code)
        else:
            regex += {"*": ".*", "?": "."}.get(any_text, any_text or re.escape(plain))
    return regex
