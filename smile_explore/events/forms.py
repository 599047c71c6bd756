"""The forms in which lists write a time, a date, a time of day or a duration.

Everything becomes ISO 8601 text in UTC. A form that can be read in two ways is never guessed:
whether 03/04/2008 is in March or April must follow from another row, or from the header.
"""

import datetime as dt
import re
from decimal import Decimal

from smile_explore.errors import CorruptFileError
from smile_explore.events.grammar import TIME_UNITS

_LONGEST = 64  # characters of a time
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATES = (
    r"(?P<y>\d{4})(?P<g>[-/.])(?P<m>\d{1,2})(?P=g)(?P<d>\d{1,2})",
    r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
    r"(?P<y>\d{4})[-/.]?(?P<doy>\d{3})",
    r"(?P<a>\d{1,2})(?P<g>[-/.])(?P<b>\d{1,2})(?P=g)(?P<y>\d{4})",
    r"(?P<d>\d{1,2})[-\s/.]?(?P<name>[A-Za-z]{3,9})[-,\s/.]{1,2}(?P<y>\d{4})",
    r"(?P<name>[A-Za-z]{3,9})[.\s]{1,2}(?P<d>\d{1,2})[,\s]{1,2}(?P<y>\d{4})",
    r"(?P<y>\d{4})[-\s/](?P<name>[A-Za-z]{3,9})[-\s/](?P<d>\d{1,2})",
)
_CLOCK = (
    r"(?:(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:[.,](?P<f>\d{1,12}))?)?|(?P<basic>\d{4}|\d{6}))"
    r"\s?(?:(?P<half>[AaPp])\.?[Mm]\.?)?\s?(?P<zone>Z|UTC?|GMT|[+-]\d{2}:?\d{2})?"
)
_FULL = tuple(
    re.compile(rf"{date}(?:(?:T|\s{{1,3}}|,\s?|/|_){_CLOCK})?", re.ASCII) for date in _DATES
)
_TIME_OF_DAY = re.compile(_CLOCK, re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,25}(?:\.\d{0,25})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_AMOUNT = re.compile(r"(\d{1,12}(?:\.\d{0,12})?)\s?([A-Za-z]*)", re.ASCII)
_CLOCKED = re.compile(
    r"(?:(\d{1,4}) days?,? )?(\d{1,4}):(\d{2})(?::(\d{2}(?:\.\d{1,9})?))?", re.ASCII
)
_PERIOD = re.compile(
    r"P(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?", re.ASCII
)
#: What numbers count: their zero in unix nanoseconds, and nanoseconds a unit.
_DAY = 86400 * 10**9
SCALES = {
    "unix": (Decimal(0), 10**9), "jd": (Decimal("2440587.5"), _DAY), "mjd": (Decimal(40587), _DAY),
}  # fmt: skip


def match(text: str) -> re.Match | None:
    """Return how a text writes a date, with or without a time of day; None if it does not."""
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    return next((m for form in _FULL if (m := form.fullmatch(text))), None)


def is_clock(text: str) -> bool:
    """Say whether a text is a time of day with a colon."""
    text = text.strip()
    return len(text) <= _LONGEST and ":" in text and _TIME_OF_DAY.fullmatch(text) is not None


def is_number(text: str) -> bool:
    """Say whether a text is a plain number."""
    return _NUMBER.fullmatch(text.strip()) is not None


def iso(text: str, order: str = "") -> str:
    """Return a time as ISO 8601 text with its zone.

    Parameters
    ----------
    text : str
        A date with or without a time of day.
    order : str
        "dmy" or "mdy", which of two numbers before a year is the day.

    Raises
    ------
    ValueError
        If it is no time that exists.

    Examples
    --------
    >>> iso("12-Aug-2008 9:22 PM"), iso("2017-12-05T24:00"), iso("17/03/2015", "dmy")
    ('2008-08-12T21:22:00Z', '2017-12-06T00:00:00Z', '2015-03-17T00:00:00Z')
    """
    seen = match(text)
    if seen is None:
        raise ValueError
    day = _day(seen.groupdict(), order)
    clock, extra = _clock(seen.groupdict())
    zone = seen["zone"] or "Z"
    return f"{day + dt.timedelta(days=extra)}T{clock}{zone if zone[0] in '+-' else 'Z'}"


def _day(parts: dict, order: str) -> dt.date:
    year = int(parts["y"])
    if parts.get("doy"):
        return dt.datetime.strptime(f"{year}-{parts['doy']}", "%Y-%j").date()
    if parts.get("name"):
        month = _MONTHS.index(parts["name"][:3].lower()) + 1
        return dt.date(year, month, int(parts["d"]))
    if parts.get("a"):
        day, month = (parts["a"], parts["b"]) if order != "mdy" else (parts["b"], parts["a"])
        return dt.date(year, int(month), int(day))
    return dt.date(year, int(parts["m"]), int(parts["d"]))


def _clock(parts: dict) -> tuple[str, int]:
    """Return HH:MM:SS.f and how many days later it is (1 for 24:00)."""
    basic = (parts["basic"] or "").ljust(6, "0")
    hour, minute, second = (
        (int(basic[:2]), int(basic[2:4]), int(basic[4:]))
        if parts["basic"]
        else (int(parts["h"] or 0), int(parts["mi"] or 0), int(parts["s"] or 0))
    )
    if parts["half"]:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + 12 * (parts["half"] in "Pp")
    late = (hour, minute, second) == (24, 0, 0) and not (parts["f"] or "").strip("0")
    if not late and not (hour < 24 and minute < 60 and second < 60):
        raise ValueError
    fraction = f".{parts['f'][:9]}" if parts["f"] else ""
    return f"{0 if late else hour:02d}:{minute:02d}:{second:02d}{fraction}", int(late)


def order_of(texts: list[str], hint: str = "") -> str:
    """Return in which order day and month stand before a year: "dmy", "mdy", or "" if nowhere.

    Raises
    ------
    CorruptFileError
        If both orders are possible, or neither.
    """
    pairs = [
        (int(m["a"]), int(m["b"]), t)
        for t in texts
        if (m := match(t)) and m.groupdict().get("a") and m["a"] != m["b"]
    ]
    if not pairs or hint:
        return hint
    day_first, month_first = any(a > 12 for a, _, _ in pairs), any(b > 12 for _, b, _ in pairs)
    if day_first != month_first:
        return "dmy" if day_first else "mdy"
    why = "some rows have the day first and others the month" if day_first else "no row shows which"
    message = (
        f"Dates such as {pairs[0][2].strip()!r} may have the day or the month first, and {why}: "
        "write the year first, or dd/mm/yyyy or mm/dd/yyyy into the header."
    )
    raise CorruptFileError(message)


def from_number(text: str, scale: str, divisor: int = 1) -> str:
    """Return unix seconds (divided by `divisor`), JD or MJD as ISO text; ValueError if none.

    Examples
    --------
    >>> from_number("2454691.390625", "jd"), from_number("1218576150.5", "unix")
    ('2008-08-12T21:22:30.000000Z', '2008-08-12T21:22:30.500000Z')
    """
    if not is_number(text):
        raise ValueError
    zero, unit = SCALES[scale]
    microseconds = round((Decimal(text.strip()) - zero) * unit / divisor / 1000)
    if abs(microseconds) > 9_200_000_000_000_000:
        raise ValueError
    moment = dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=microseconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"


def length(text: str, unit: str = "") -> int | None:
    """Return a duration in nanoseconds; None if it is none, or its unit is not known.

    ``10`` (with the unit of the header), ``10 min``, ``00:10`` (h:min), ``1:02:03.5``,
    ``1 days 00:10:00``, ``PT10M``.

    Examples
    --------
    >>> [length("10", "min") // 10**9, length("00:10") // 10**9, length("PT1H") // 10**9]
    [600, 600, 3600]
    """
    text = text.strip()
    if seen := _AMOUNT.fullmatch(text):
        factor = TIME_UNITS.get(seen[2].lower() or unit)
        return None if factor is None else round(Decimal(seen[1]) * factor)
    seen = _CLOCKED.fullmatch(text) or (_PERIOD.fullmatch(text) if len(text) > 2 else None)
    if seen is None:
        return None
    d, h, m, s = (Decimal(part or 0) for part in seen.groups())
    return round((((d * 24 + h) * 60 + m) * 60 + s) * 10**9)
