"""Which columns of a list are start and stop: by the names that others give them.

A name is a set of words. A column counts as a time only if most of its cells are times, or
if its name says nothing else. What cannot be found is noted, never filled in silently.
"""

import re
from dataclasses import dataclass, field

from smile_explore.errors import CorruptFileError
from smile_explore.events import forms
from smile_explore.events.grammar import TIME_UNITS

_AROUND = r"(?:event|ev|time|date|timeinterval|interval|t)?({})(?:s|ed|ing|time|date|datetime|day|t|utc|ut)?"
_START = re.compile(_AROUND.format("start|begin|beginning|from|onset|since|beginn|anfang|inicio|inizio|debut|début|начало|开始|開始"))  # fmt: skip
_STOP = re.compile(
    _AROUND.format("stop|end|finish|until|till|to|thru|ende|fin|fine|конец|结束|終了")
)
_NEUTRAL = re.compile(r"(?:event|obs|start|max)?(date|time|datetime|timestamp|utc|ut|epoch|peak|peaktime|when|datum|fecha|"
                      r"zeit|uhrzeit|hora|heure|jour|clock|hhmm|hhmmss|unix|unixtime|posix|jd|mjd|julian|hour|hours|dateobs)")  # fmt: skip
_DURATION = re.compile(r"duration|dur|dauer|duracion|durée|duree|durata")
_PARTS = {
    "year": "year yr yyyy y", "month": "month mon mo mm m", "day": "day dd dom d", "doy": "doy dayofyear jday ddd",
    "hour": "hour hours hr hh h", "minute": "minute minutes min mi mn", "second": "second seconds sec ss s",
}  # fmt: skip
_PART = {word: part for part, words in _PARTS.items() for word in words.split()}
_NOT_UTC = {"cet", "cest", "est", "edt", "cst", "cdt", "mst", "mdt", "pst", "pdt", "jst", "bst", "msk", "local", "lt",
            "localtime", "tai", "gps", "tt", "mlt"}  # fmt: skip
_CLOCK_WORDS = {"time", "starttime", "stoptime", "endtime", "ut", "utc", "hour", "hours", "clock", "hhmm", "hhmmss", "zeit",
                "uhrzeit", "heure", "hora"}  # fmt: skip
#: Names that are preferred, in this order, to others of the same side.
_FIRST = ("start", "stop", "starttime", "stoptime", "date", "datetime", "time", "peak")


@dataclass
class Times:
    """ISO texts of start and stop (or lengths), the columns they came from, and what to say."""

    start: list[str]
    used: set[str]
    stop: list[str] | None = None
    lengths: list[int | None] | None = None
    next_day: bool = False  # the stop has a time of day only, so that it may be the day after
    unused: list[str] = field(default_factory=list)  # other columns of times


def words(name: str) -> list[str]:
    """Return the words of a column's name in lower case, those in brackets too."""
    spaced = re.sub(r"(?<=[a-zа-я])(?=[A-Z])", " ", name[:200])
    return [w.lower() for w in re.findall(r"[^\W\d_]+|\d+", spaced)]


def side(name: str) -> str:
    """Return "start", "stop", "duration", "" for another time, or "none".

    Examples
    --------
    >>> [side(n) for n in ("date_from", "Stop Time (UTC)", "duration_s", "Date", "mlat")]
    ['start', 'stop', 'duration', '', 'none']
    """
    parts = words(name)
    whole = "".join(parts)
    for pattern, answer in ((_DURATION, "duration"), (_START, "start"), (_STOP, "stop")):
        if any(pattern.fullmatch(word) for word in [*parts, whole]):
            return answer
    return "" if any(_NEUTRAL.fullmatch(word) for word in [*parts, whole]) else "none"


def is_header(names: list[str]) -> bool:
    """Say whether these cells name columns, of which one is a time."""
    named = all(not forms.match(n) and not forms.is_number(n) for n in names)
    return named and any(side(n) in ("start", "") or _part(n) == "year" for n in names)


def find(columns: dict[str, list[str]]) -> Times:
    """Return start and stop of a list's columns of text.

    Raises
    ------
    CorruptFileError
        If no column can be the start, or numbers do not say what they count.
    """
    groups: dict[str, dict[str, list[str]]] = {"start": {}, "stop": {}, "": {}, "duration": {}}
    for name, cells in columns.items():
        if (which := side(name)) != "none" and (which == "duration" or _may_be(name, cells)):
            groups[which][name] = cells
    sources = {}  # of what was put together from several columns
    for which, parts in _parts(columns).items():
        name = f"{which} {' '.join(parts.values())}"
        groups[which][name], sources[name] = _joined(columns, parts), set(parts.values())
    start = _best(groups["start"], groups[""]) or _best(groups[""], {})
    if start is None:
        shown = ", ".join(n[:30] for n in list(columns)[:12])
        message = f"None of the columns {shown} is a start: name one 'start'."
        raise CorruptFileError(message)
    times = Times(*start)
    if not _add_stop(times, groups):
        _add_lengths(times, groups["duration"])
    others = {n: c for which in ("start", "stop", "") for n, c in groups[which].items()}
    times.unused = [n for n, c in others.items() if n not in times.used | set(sources) and _kind(c) in ("time", "date")]  # fmt: skip
    times.used = {column for name in times.used for column in sources.get(name, {name})}
    return times


def _add_stop(times: Times, groups: dict) -> bool:
    own = groups["stop"]
    clocks = _clocks(own)
    stop = _best(own, {n: c for n, c in groups[""].items() if _kind(c) == "date"})
    if clocks and (stop is None or stop[1] == {clocks[0]}):
        days = [re.split(r"[T\s]", cell.strip())[0] for cell in times.start]
        stop = [f"{d}T{c}" for d, c in zip(days, clocks[1], strict=True)], {clocks[0]}
    if stop is None:
        return False
    times.stop = stop[0]
    times.next_day = clocks is not None and stop[1] & set(own) == {clocks[0]}
    times.used = times.used | stop[1]
    return True


def _add_lengths(times: Times, durations: dict) -> None:
    for name, cells in durations.items():
        unit = next((w for w in words(name)[::-1] if w in TIME_UNITS), "")
        lengths = [forms.length(cell, unit) for cell in cells]
        if any(value is not None for value in lengths):
            times.lengths, times.used = lengths, times.used | {name}
            return


def _may_be(name: str, cells: list[str]) -> bool:
    """Say whether a column of such a name holds times: by its cells, or by a name of no other word."""
    if _kind(cells) in ("time", "date", "clock"):
        return True
    plain = re.sub(r"\(.*?\)|\[.*?\]", "", name)
    patterns = (_START, _STOP, _NEUTRAL)
    own = [w for w in words(plain) if not any(p.fullmatch(w) for p in patterns)]
    own = [
        w
        for w in own
        if w not in ("s", "ms", "us", "ns", "modified", "seconds", "sec", "day", "of", "year")
    ]
    return not own and _part(name) is None


def _kind(cells: list[str]) -> str:
    """Return what most cells are: time, date, clock, number or text; "time" for no cells."""
    known = [c for c in cells[:500] if c]
    if not known:
        return "time"
    counts = {"time": 0, "date": 0, "clock": 0, "number": 0, "text": 0}
    for cell in known:
        seen = forms.match(cell)
        if seen is not None:
            kind = "time" if seen["h"] or seen["basic"] else "date"
        else:
            kind = (
                "clock" if forms.is_clock(cell) else "number" if forms.is_number(cell) else "text"
            )
        counts[kind] += 1
    if counts["time"] and counts["time"] + counts["date"] > len(known) / 2:
        return "time"
    return max(counts, key=counts.get)


def _best(group: dict, neutral: dict) -> tuple[list[str], set[str]] | None:
    """Return the texts of the times of a group, and the columns they are from."""
    ranked = sorted(group, key=_rank)
    kinds = {n: _kind(group[n]) for n in ranked}
    for name in ranked:
        if kinds[name] == "time":
            _refuse_zone(name)
            return group[name], {name}
    dates = [n for n in ranked if kinds[n] == "date"] or [
        n for n in neutral if _kind(neutral[n]) == "date"
    ]
    clocks = _clocks({n: group[n] for n in ranked if n not in dates})
    if dates and clocks:
        _refuse_zone(dates[0] + " " + clocks[0])
        days = group.get(dates[0]) or neutral[dates[0]]
        return [f"{d}T{c}" for d, c in zip(days, clocks[1], strict=True)], {dates[0], clocks[0]}
    for name in dates:
        if name in group:
            _refuse_zone(name)
            _refuse_clock(name, {n: group[n] for n in ranked if kinds[n] in ("number", "text")})
            return group[name], {name}
    for name in ranked:
        if kinds[name] == "number":
            return _counted(name, group[name]), {name}
    texts = [n for n in ranked if kinds[n] == "text"]
    return (group[texts[0]], {texts[0]}) if texts else None


def _rank(name: str) -> int:
    plain = "".join(words(name))
    return _FIRST.index(plain) if plain in _FIRST else len(_FIRST)


def _clocks(group: dict) -> tuple[str, list[str]] | None:
    """Return the first column of times of day, HHMM with a colon put in."""
    for name, cells in group.items():
        if _kind(cells) == "clock":
            return name, cells
        known = [c.strip() for c in cells if c.strip()]
        if known and all(c.isdecimal() and len(c) in (3, 4, 6) for c in known):
            return name, [
                re.sub(r"^(\d\d)(\d\d)(\d\d)?$", _colons, c.strip().zfill(4)) for c in cells
            ]
    return None


def _colons(seen: re.Match) -> str:
    return ":".join(part for part in seen.groups() if part)


def _counted(name: str, cells: list[str]) -> list[str]:
    """Return numbers as ISO texts, if the name says what they count."""
    parts = words(name)
    scale = next((s for s in ("unix", "posix", "unixtime", "mjd", "jd") if s in parts), "")
    if "julian" in parts:
        scale = "mjd" if "modified" in parts else "jd"
    if not scale:
        example = next(c for c in cells if c)
        message = (
            f"Column {name[:40]!r} holds numbers such as {example[:25]}: its header must say what "
            "they count, unix (s), JD or MJD."
        )
        raise CorruptFileError(message)
    divisor = next((d for u, d in {"ms": 1000, "us": 10**6, "ns": 10**9}.items() if u in parts), 1)
    scale = "unix" if scale in ("unix", "posix", "unixtime") else scale
    return [_number(c, scale, divisor) for c in cells]


def _number(cell: str, scale: str, divisor: int) -> str:
    try:
        return forms.from_number(cell, scale, divisor)
    except ValueError:
        return cell  # the parser of times names the row


def _refuse_zone(name: str) -> None:
    inside = [w for note in re.findall(r"[(\[](.*?)[)\]]", name[:200]) for w in words(note)]
    if odd := [w for w in inside if w in _NOT_UTC]:
        message = (
            f"Column {name[:40]!r} is in {odd[0].upper()}, which is not UTC: convert it first."
        )
        raise CorruptFileError(message)


def _refuse_clock(date: str, others: dict) -> None:
    """Refuse a column beside the dates that is named as a time of day and cannot be read."""
    for name, cells in others.items():
        if _CLOCK_WORDS & set(words(name)):
            example = next((c for c in cells if c), "")
            message = (
                f"Column {name[:40]!r} beside {date[:40]!r} holds {example[:25]!r}, which is no time "
                "of day such as 21:22: write it so, or give the column a name that is no time."
            )
            raise CorruptFileError(message)


def order_hint(names) -> str:
    """Return "dmy" or "mdy" if a name states it, as in ``Date (dd/mm/yyyy)``."""
    plain = [re.sub(r"[^a-z]", "", name.lower()[:200]) for name in names]
    if any("ddmmyy" in p for p in plain):
        return "dmy"
    return "mdy" if any("mmddyy" in p for p in plain) else ""


# ------------------------------------------------------------- year, month, day in columns


def _part(name: str) -> str | None:
    rest = [w for w in words(name) if not _START.fullmatch(w) and not _STOP.fullmatch(w)]
    rest = [w for w in rest if not w.isdecimal() and w not in ("utc", "ut")]
    return _PART.get("".join(rest))


def _parts(columns: dict) -> dict[str, dict[str, str]]:
    """Return the columns of year, month ... of the start and the stop; empty without years."""
    seen: dict[str, dict[str, str]] = {"start": {}, "stop": {}, "": {}}
    for name in columns:
        if part := _part(name):
            which, part = _place(part, side(name), seen)
            seen[which].setdefault(part, name)
    sides = {w: seen[""] | parts for w, parts in seen.items() if parts}
    dated = {
        w: parts
        for w, parts in sides.items()
        if "year" in parts and ("doy" in parts or {"month", "day"} <= set(parts))
    }
    return dated or {w: _clock_only(p) for w, p in seen.items() if "hour" in p}


def _clock_only(parts: dict) -> dict:
    return {p: n for p, n in parts.items() if p in ("hour", "minute", "second")}


def _place(part: str, which: str, seen: dict) -> tuple[str, str]:
    """Return whose part it is: the same names once more are the stop; YYYY MM DD HH MM."""
    sides = [which] if which in ("start", "stop") else ["", "stop"]
    for each in sides:
        if part not in seen[each]:
            return each, part
        if part == "month" and "hour" in seen[each] and "minute" not in seen[each]:
            return each, "minute"
    return sides[-1], part


def _joined(columns: dict, parts: dict[str, str]) -> list[str]:
    rows = zip(*(columns[name] for name in parts.values()), strict=True)
    return [_one(dict(zip(parts, row, strict=True))) for row in rows]


def _one(cells: dict[str, str]) -> str:
    whole = {p: c.strip().removesuffix(".0") for p, c in cells.items()}
    day = ""
    if "year" in whole:
        in_year = (
            f"{whole['doy']:0>3}" if "doy" in whole else f"{whole['month']:0>2}-{whole['day']:0>2}"
        )
        day = f"{whole['year']}-{in_year}"
    if "hour" not in whole:
        return day  # a time of day may stand in a column of its own
    second, _, fraction = whole.get("second", "0").partition(".")
    clock = f"{whole.get('hour', '0'):0>2}:{whole.get('minute', '0'):0>2}:{second:0>2}"
    clock += f".{fraction}" if fraction else ""
    return f"{day}T{clock}" if day else clock
