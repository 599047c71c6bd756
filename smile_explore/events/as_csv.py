"""Time tables as CSV: quoted is text, unquoted is a number, a time, True, False or missing.

So nothing is lost on the way out and back, and files of other tools can be read, with
the names they use for the two times, with comments, and with any line ends.
"""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from smile_explore.errors import CorruptFileError
from smile_explore.events.columns import (
    assembled,
    decode,
    encode,
    is_time,
    parse_times,
    time_columns,
)

_PLAIN = re.compile(r"[\w.|][\w .|()/-]*")
_MISSING = ("", "nan", "NaN", "NaT", "NA", "null", "None", "N/A")
_INTEGER = re.compile(r"[+-]?\d{1,18}")


def write_csv(table: pd.DataFrame, name: str = "") -> bytes:
    """Return a checked time table as CSV (UTF-8, one header line)."""
    header = ",".join(c if _PLAIN.fullmatch(c) else _quoted(c) for c in table.columns)
    columns = [[_field(kind, v) for v in values] for kind, values in map(encode, _each(table))]
    lines = [header, *map(",".join, zip(*columns, strict=True))]
    return ("\n".join(lines) + "\n").encode()


def _each(table: pd.DataFrame):
    return (table[name] for name in table.columns)


def _field(kind: str, value) -> str:
    if value is None:
        return ""
    return _quoted(value) if kind == "text" else str(value)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def read_csv(data: bytes, kind: str = "") -> pd.DataFrame:
    """Return the time table of a CSV file.

    The first line names the columns; comma, semicolon or tab separate. An unnamed first
    column of row numbers is left out. A list of instants gets stop = start.

    Raises
    ------
    CorruptFileError
        Naming the row, if a time cannot be read or a row has too many or few values.
    """
    text = decoded(data)
    separator = _separator(text)
    rows = list(fields(text, separator))
    if not rows:
        message = "The file holds no line: a time table needs at least its header."
        raise CorruptFileError(message)
    names, body = [value for value, _ in rows[0]], rows[1:]
    for number, row in enumerate(body, start=1):
        if len(row) != len(names):
            message = f"Row {number} has {len(row)} values, but the header {len(names)} names."
            raise CorruptFileError(message)
    columns = {n: [row[i] for row in body] for i, n in enumerate(names)}
    if names[0] == "" and [v for v, _ in columns[""]] == [str(i) for i in range(len(body))]:
        del columns[""]
    return _table(columns, kind)


def _separator(text: str) -> str:
    """Return which of comma, semicolon and tab the first line that is no comment uses most."""
    lines = (line for line in re.split(r"[\r\n]+", text) if line and line[0] != "#")
    head = re.sub(r'"[^"]*"', "", next(lines, ""))
    return max(",;\t", key=head.count)


def _table(columns: dict[str, list], kind: str) -> pd.DataFrame:
    start, stop = time_columns(list(columns))
    found = {
        "start": pd.Series(parse_times([v for v, _ in columns[start]], "start")),
        "stop": pd.Series(parse_times([v for v, _ in columns[stop]], "stop")),
    }
    rest = {k: v for k, v in columns.items() if k not in (start, stop)}
    return assembled(found | {k: inferred(v, k) for k, v in rest.items()}, kind)


def inferred(cells: list[tuple[str, bool]], name: str) -> pd.Series:
    """Return a column of (text, quoted) cells as the plainest kind that fits them all."""
    values = [None if not quoted and v in _MISSING else v for v, quoted in cells]
    known = [v for v in values if v is not None]
    if not known:
        return pd.Series(np.full(len(cells), np.nan))
    if not any(quoted for _, quoted in cells):
        if all(_INTEGER.fullmatch(v) for v in known):
            return decode("integer", [v if v is None else int(v) for v in values])
        if all(v in ("True", "False", "true", "false") for v in known):
            return decode("boolean", [v if v is None else v in ("True", "true") for v in values])
        if all(is_time(v) for v in known):
            return decode("time", values, name)
        if all(_is_number(v) for v in known):
            return decode("number", values)
    return decode("text", values)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def fields(text: str, separator: str = ",") -> Iterator[list[tuple[str, bool]]]:
    """Yield the rows of CSV text, each cell with whether it was quoted.

    Line ends may be of any kind, blank lines and lines that begin with # are left out, and
    a quoted cell may hold all of them.
    """
    cell = re.compile(rf'[ ]*"((?:[^"]|"")*)"[ ]*|([^{separator}\r\n]*)')
    end = re.compile(r"\r\n|\r|\n|\Z")
    at, row = 0, []
    while at < len(text) or row:
        match = cell.match(text, at)
        quoted = match[1] is not None
        row.append((match[1].replace('""', '"') if quoted else match[2].strip(), quoted))
        at = match.end()
        if text.startswith(separator, at):
            at += 1
            continue
        line_end = end.match(text, at)
        if line_end is None:
            message = f"After {row[-1][0]!r} a quotation mark is in the wrong place: double those inside text."
            raise CorruptFileError(message)
        at = line_end.end()
        if any(quoted or value for value, quoted in row) and not _comment(row):
            yield row
        row = []


def _comment(row: list[tuple[str, bool]]) -> bool:
    return not row[0][1] and row[0][0].startswith("#")


def decoded(data: bytes) -> str:
    """Return the text of a file; CorruptFileError unless it is UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        message = f"Byte {err.start} of the file is not UTF-8 text: save the list as UTF-8."
        raise CorruptFileError(message) from err
