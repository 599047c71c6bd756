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
from smile_explore.events import forms, headers
from smile_explore.report import add
from smile_explore.times import shown

#: Midnight at the end of a day, as ISO 8601 allows it to be written.
_LATE = ("24:00", "24:00:00")
_ISO = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2}|\d{4}-\d{3})"
    r"(?:[T ](?P<clock>\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9}\d*)?)?)\s*(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
_KINDS = {
    "string": "text", "boolean": "boolean", "integer": "integer", "floating": "number",
    "mixed-integer-float": "number", "datetime64": "time", "datetime": "time", "date": "time",
    "empty": "text", "decimal": "number",
}  # fmt: skip


def parse_times(texts, what: str = "time", order: str = "") -> np.ndarray:
    """Return ISO 8601 texts as datetime64[ns]; naive ones are UTC.

    With T or blank, with or without Z, offset, fraction or time of day, and with a month
    or the day of year, in any mixture; and the other forms of ``forms``. `order` is "dmy" or
    "mdy" for texts with the year last.

    Raises
    ------
    CorruptFileError
        Naming the first row that is no such text, or missing.

    Examples
    --------
    >>> parse_times(["2014-03-11", "2014-070T14:15:00.241Z"]).astype("datetime64[ms]").tolist()[1]
    datetime.datetime(2014, 3, 11, 14, 15, 0, 241000)
    """
    plain = [_plain_iso(text, row, what, order) for row, text in enumerate(texts, start=1)]
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


def _plain_iso(text, row: int, what: str, order: str) -> str:
    match = _ISO.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None or match["clock"] in _LATE:
        return _from_other_form(text, row, what, order)
    if not 1678 <= int(text.strip()[:4]) <= 2261:
        raise _no_time(text, row, what)
    day, clock, zone = match["day"], match["clock"] or "00:00", match["zone"] or "Z"
    if len(day) == len("2014-070"):
        day = _from_day_of_year(day, text, row, what)
    clock = clock.replace(",", ".")[: len("14:15:00.123456789")]
    return f"{day}T{clock}{'Z' if zone == 'UTC' else zone}"


def _from_other_form(text, row: int, what: str, order: str) -> str:
    try:
        plain = forms.iso(text, order) if isinstance(text, str) else ""
    except (ValueError, OverflowError) as err:
        raise _no_time(text, row, what) from err
    if not plain or not 1678 <= int(plain[:4]) <= 2261:
        raise _no_time(text, row, what)
    return plain


def _from_day_of_year(day: str, text, row: int, what: str) -> str:
    try:
        return dt.datetime.strptime(day, "%Y-%j").strftime("%Y-%m-%d")
    except ValueError as err:
        raise _no_time(text, row, what) from err


def _no_time(text, row: int, what: str) -> CorruptFileError:
    if text in (None, ""):
        return at_row(row, f"Row {row} has no {what}: every event needs one.")
    why = (
        " (a leap second has no stamp: write the second after it)"
        if ":60" in str(text)[:64]
        else ""
    )
    return at_row(
        row,
        f"Row {row}: {what} {shown(text)} is no ISO 8601 time such as 2014-03-11T14:15:00.241{why}.",
    )


def at_row(row: int, message: str) -> CorruptFileError:
    """Return an error that knows its row (from 1), for a reader that knows the line."""
    error = CorruptFileError(message)
    error.row = row
    return error


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
    if not isinstance(table, pd.DataFrame):
        message = f"{shown(table)} is no time table: give a DataFrame with start and stop."
        raise InputError(message)
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


def assembled(
    columns: dict[str, pd.Series], kind: str = "", attrs: dict | None = None
) -> pd.DataFrame:
    """Return a time table of these columns: start, stop and kind first, kind filled in.

    Raises
    ------
    CorruptFileError
        If there is no start, or an interval is reversed.
    """
    table = pd.DataFrame(columns)
    table.attrs = dict(attrs or {})
    if "kind" not in table:
        table.insert(min(2, table.shape[1]), "kind", np.full(len(table), kind))
    reverse = np.flatnonzero((table["stop"] < table["start"]).to_numpy())
    if len(reverse):
        row = int(reverse[0]) + 1
        raise at_row(row, f"Row {row} stops before it starts: correct the file.")
    first = ["start", "stop", "kind"]
    return table[[*first, *(name for name in table.columns if name not in first)]]


def timed(columns: dict[str, list[str]]) -> tuple[pd.DataFrame, headers.Times]:
    """Return start and stop of a list's columns of text, and where they came from.

    What was not found is in the attribute ``report`` of the table, as `smile_explore.report`
    reads it.

    Raises
    ------
    CorruptFileError
        If no column can be the start, or a time cannot be read or be read in two ways.
    """
    times = headers.find(columns)
    order = forms.order_of([*times.start, *(times.stop or [])], headers.order_hint(columns))
    table = pd.DataFrame({"start": parse_times(times.start, "start", order)})
    if times.stop is not None:
        table["stop"] = parse_times(times.stop, "stop", order)
        _into_next_day(table, times)
    else:
        lengths = [0 if n is None else n for n in times.lengths or [0] * len(table)]
        table["stop"] = table["start"] + pd.to_timedelta(lengths, "ns")
        _say_ends_not_found(table, times)
    return table, times


def _into_next_day(table: pd.DataFrame, times: headers.Times) -> None:
    late = (table["stop"] < table["start"]).to_numpy() if times.next_day else np.zeros(1, bool)
    if late.any():
        table.loc[late, "stop"] += pd.Timedelta("1D")
        detail = f"their stop has no date; first row {np.flatnonzero(late)[0] + 1}"
        add(table.attrs, "stop", "into the next day", count=late.sum(), of=len(table), detail=detail)  # fmt: skip


def _say_ends_not_found(table: pd.DataFrame, times: headers.Times) -> None:
    unknown = np.array([n is None for n in times.lengths or [None] * len(table)], bool)
    if unknown.any():
        why = (
            "some rows have no length"
            if times.lengths
            else "no column of ends or lengths with units"
        )
        if times.unused:
            why += f"; columns of times not used: {', '.join(n[:30] for n in times.unused[:6])}"
        add(table.attrs, "stop", "no end", count=unknown.sum(), of=len(table), detail=why)
