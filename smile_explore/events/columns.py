"""The columns of a time table as plain values, and back: what every file format shares.

A time table has start and stop (datetime64[ns], UTC without zone) and any further columns
of one kind each: text, numbers, integers, booleans or times, each with missing values.
Nothing here opens a file.
"""

import datetime as dt
import re

import numpy as np
import pandas as pd

from smile_explore.errors import CorruptFileError, InputError

#: Names that other tools give the two times, best first, in lower case without blanks.
START = ("start", "starttime", "begin", "begintime", "tstart", "timeintervalstart", "onset", "date",
         "datetime", "time", "peak")  # fmt: skip
STOP = ("stop", "stoptime", "end", "endtime", "tstop", "tend", "timeintervalstop")

_ISO = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2}|\d{4}-\d{3})"
    r"(?:[T ](?P<clock>\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9}\d*)?)?)\s*(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
_KINDS = {
    "string": "text", "boolean": "boolean", "integer": "integer", "floating": "number",
    "mixed-integer-float": "number", "datetime64": "time", "datetime": "time", "date": "time",
    "empty": "text", "decimal": "number",
}  # fmt: skip


def parse_times(texts, what: str = "time") -> np.ndarray:
    """Return ISO 8601 texts as datetime64[ns]; naive ones are UTC.

    With T or blank, with or without Z, offset, fraction or time of day, and with a month
    or the day of year, in any mixture.

    Raises
    ------
    CorruptFileError
        Naming the first row that is no such text, or missing.

    Examples
    --------
    >>> parse_times(["2014-03-11", "2014-070T14:15:00.241Z"]).astype("datetime64[ms]").tolist()[1]
    datetime.datetime(2014, 3, 11, 14, 15, 0, 241000)
    """
    plain = [_plain_iso(text, row, what) for row, text in enumerate(texts, start=1)]
    # pandas reads mixed forms of ISO in one pass, given a zone for all
    times = pd.to_datetime(
        pd.Series(plain, dtype=object), format="ISO8601", utc=True, errors="coerce"
    )
    bad = np.flatnonzero(times.isna())
    if len(bad):
        raise _no_time(texts[bad[0]], bad[0] + 1, what)
    return times.dt.tz_localize(None).to_numpy().astype("datetime64[ns]")


def is_time(text: str) -> bool:
    """Say whether a text looks like an ISO 8601 time."""
    return _ISO.fullmatch(text.strip()) is not None


def _plain_iso(text, row: int, what: str) -> str:
    match = _ISO.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None or not 1678 <= int(text.strip()[:4]) <= 2261:
        raise _no_time(text, row, what)
    day, clock, zone = match["day"], match["clock"] or "00:00", match["zone"] or "Z"
    if len(day) == len("2014-070"):
        day = _from_day_of_year(day, text, row, what)
    clock = clock.replace(",", ".")[: len("14:15:00.123456789")]
    return f"{day}T{clock}{'Z' if zone == 'UTC' else zone}"


def _from_day_of_year(day: str, text, row: int, what: str) -> str:
    try:
        return dt.datetime.strptime(day, "%Y-%j").strftime("%Y-%m-%d")
    except ValueError as err:
        raise _no_time(text, row, what) from err


def _no_time(text, row: int, what: str) -> CorruptFileError:
    if text in (None, ""):
        return CorruptFileError(f"Row {row} has no {what}: every event needs one.")
    message = f"Row {row}: {what} {text!r} is no ISO 8601 time such as 2014-03-11T14:15:00.241."
    return CorruptFileError(message)


def times_as_text(times: pd.Series) -> list[str | None]:
    """Return times as ISO text, to the ms, or as many digits as they need; None for NaT."""
    values = times.to_numpy().astype("datetime64[ns]")
    unit = next(u for u in ("ms", "us", "ns") if u == "ns" or _exact(values[~np.isnat(values)], u))
    texts = np.datetime_as_string(values, unit=unit)
    return [None if np.isnat(v) else str(t) for v, t in zip(values, texts, strict=True)]


def _exact(values: np.ndarray, unit: str) -> bool:
    return bool((values == values.astype(f"datetime64[{unit}]")).all())


def kind_of(column: pd.Series) -> str:
    """Return what a column holds: text, number, integer, boolean or time.

    Raises
    ------
    InputError
        If it holds something else, or a mixture.
    """
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return "time"
    plain = column.astype(object) if isinstance(column.dtype, pd.CategoricalDtype) else column
    inferred = pd.api.types.infer_dtype(plain, skipna=True)
    if inferred not in _KINDS:
        message = (
            f"Column {column.name!r} holds {inferred} values; a time table holds text, numbers, "
            "booleans or times, one kind a column."
        )
        raise InputError(message)
    return _KINDS[inferred]


def encode(column: pd.Series) -> tuple[str, list]:
    """Return the kind of a column and its values as str, float, int, bool or None."""
    kind = kind_of(column)
    if kind == "time":
        return kind, times_as_text(_naive(column))
    make = {"text": str, "number": float, "integer": int, "boolean": bool}[kind]
    missing = column.isna().to_numpy()
    values = column.astype(object).to_numpy()
    return kind, [None if m else make(v) for m, v in zip(missing, values, strict=True)]


def decode(kind: str, values: list, name: str = "column") -> pd.Series:
    """Return the values that `encode` gave as a column again."""
    missing = [v is None for v in values]
    if kind == "time":
        times = np.full(len(values), np.datetime64("NaT", "ns"))
        known = [i for i, m in enumerate(missing) if not m]
        times[known] = parse_times([values[i] for i in known], name)
        return pd.Series(times)
    if kind == "number":
        return pd.Series([np.nan if v is None else float(v) for v in values], dtype=float)
    if kind in ("integer", "boolean"):
        nullable, plain = {"integer": ("Int64", "int64"), "boolean": ("boolean", "bool")}[kind]
        return pd.Series(values, dtype=nullable if any(missing) else plain)
    return pd.Series(values, dtype=None if values else object)


def checked(table: pd.DataFrame) -> pd.DataFrame:
    """Return a copy of a time table that can be written, or say what is wrong with it.

    A named index becomes a column. Times with a zone are turned to UTC.

    Raises
    ------
    InputError
        Without start and stop, with a missing or reversed interval, with columns of the
        same name, or with values that are no scalars of one kind.
    """
    table = table.reset_index(drop=table.index.name is None)
    table.columns = [str(name) for name in table.columns]
    twice = table.columns[table.columns.duplicated()].tolist()
    absent = [name for name in ("start", "stop") if name not in table]
    if twice or absent:
        problem = f"has two columns {twice[0]!r}" if twice else f"has no column {absent[0]!r}"
        message = f"The time table {problem}: rename its columns; start and stop are needed once."
        raise InputError(message)
    for name in ("start", "stop"):
        if kind_of(table[name]) != "time" or table[name].isna().any():
            message = f"Column {name!r} must hold a time in every row: {_first_bad(table[name])}."
            raise InputError(message)
        table[name] = _naive(table[name])
    reverse = np.flatnonzero((table["stop"] < table["start"]).to_numpy())
    if len(reverse):
        message = f"Row {reverse[0] + 1} stops before it starts: exchange its start and stop."
        raise InputError(message)
    for name in table.columns:
        kind_of(table[name])
    return table


def _naive(column: pd.Series) -> pd.Series:
    times = pd.to_datetime(column, utc=True).dt.tz_localize(None)
    return times.astype("datetime64[ns]")


def _first_bad(column: pd.Series) -> str:
    bad = np.flatnonzero(column.isna().to_numpy())
    return f"row {bad[0] + 1} is empty" if len(bad) else f"it holds {column.dtype}"


def assembled(columns: dict[str, pd.Series], kind: str = "") -> pd.DataFrame:
    """Return a time table of these columns: start, stop and kind first, kind filled in.

    Raises
    ------
    CorruptFileError
        If there is no start, or an interval is reversed.
    """
    table = pd.DataFrame(columns)
    if "kind" not in table:
        table.insert(min(2, table.shape[1]), "kind", np.full(len(table), kind))
    reverse = np.flatnonzero((table["stop"] < table["start"]).to_numpy())
    if len(reverse):
        message = f"Row {reverse[0] + 1} stops before it starts: mend the file."
        raise CorruptFileError(message)
    first = ["start", "stop", "kind"]
    return table[[*first, *(name for name in table.columns if name not in first)]]


def time_columns(names: list[str]) -> tuple[str, str]:
    """Return which columns are start and stop; stop is start where a list has instants.

    Raises
    ------
    CorruptFileError
        If no column can be the start.
    """
    plain = {re.sub(r"[\s_.-]", "", name.lower()): name for name in reversed(names)}
    start = next((plain[n] for n in START if n in plain), None)
    if start is None:
        message = f"None of the columns {', '.join(names)} is a start: name one 'start'."
        raise CorruptFileError(message)
    return start, next((plain[n] for n in STOP if n in plain), start)
