"""Time tables as CSV: quoted is text, unquoted is a number, a time, True, False or missing.

So nothing is lost on the way out and back, and files of other tools can be read, with
the names they use for the two times, with comments, and with any line ends.
"""

import codecs
import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from smile_explore.errors import CorruptFileError
from smile_explore.events import layouts
from smile_explore.events.columns import assembled, at_row, decode, encode, is_time, timed
from smile_explore.times import shown

_PLAIN = re.compile(r"[\w.|][\w .|()/-]*")
_MISSING = ("", "nan", "NaN", "NaT", "NA", "null", "None", "N/A")
_LINE_END = re.compile(r"\r\n|\r|\n")
_WIDEST = 1000  # columns of a list
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
    text, separator, names = layouts.laid_out(decoded(data))
    lines, rows = [], []
    for line, row in numbered(text, separator):
        lines.append(line)
        rows.append(row)
    if not names and not rows:
        message = "The file holds no line: a time table needs at least its header."
        raise CorruptFileError(message)
    if not names:
        names, rows, lines = [value for value, _ in rows[0]], rows[1:], lines[1:]
    if len(names) > _WIDEST:
        message = f"The list has {len(names)} columns, more than {_WIDEST}: is it a time table?"
        raise CorruptFileError(message)
    names = _distinct(names)
    try:
        return _table(_columns(names, rows), kind)
    except CorruptFileError as err:
        row = getattr(err, "row", None)
        if row is None or row > len(lines):
            raise
        message = f"{str(err).removesuffix('.')} (line {lines[row - 1]})."
        raise CorruptFileError(message) from err


def _distinct(names: list[str]) -> list[str]:
    """Return names of which none is there twice: a second one gets a number."""
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
    count = dict.fromkeys(seen, 0)
    distinct = []
    for name in names:
        count[name] += 1
        distinct.append(name if count[name] == 1 else f"{name} {count[name]}")
    return distinct


def _columns(names: list[str], body: list) -> dict[str, list]:
    for number, row in enumerate(body, start=1):
        if len(row) != len(names):
            message = f"Row {number} has {len(row)} values, but the header {len(names)} names."
            raise at_row(number, message)
    columns = {n: [row[i] for row in body] for i, n in enumerate(names)}
    if names[0] == "" and [v for v, _ in columns[""]] == [str(i) for i in range(len(body))]:
        del columns[""]
    return columns


def _table(columns: dict[str, list], kind: str) -> pd.DataFrame:
    table, times = timed({name: [v for v, _ in cells] for name, cells in columns.items()})
    rest = {k: inferred(v, k) for k, v in columns.items() if k not in times.used}
    return assembled(dict(table.items()) | rest, kind, table.attrs)


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
    """Yield the rows of CSV text, each cell with whether it was quoted; see `numbered`."""
    return (row for _, row in numbered(text, separator))


def numbered(text: str, separator: str = ",") -> Iterator[tuple[int, list[tuple[str, bool]]]]:
    """Yield line and cells of the rows of CSV text, each cell with whether it was quoted.

    Line ends may be of any kind, blank lines and lines that begin with # are left out, and
    a quoted cell may hold all of them.
    """
    cell = re.compile(rf'[ ]*"((?:[^"]|"")*)"[ ]*|([^{re.escape(separator)}\r\n]*)')
    end = re.compile(r"\r\n|\r|\n|\Z")
    at, row, line, counted = 0, [], 1, 0
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
            message = f"Line {line}: after {shown(row[-1][0])} a quotation mark is in the wrong place: double those inside text."
            raise CorruptFileError(message)
        at = line_end.end()
        if any(quoted or value for value, quoted in row) and not _comment(row):
            yield line, row
        line += len(_LINE_END.findall(text, counted, at))
        counted, row = at, []


def _comment(row: list[tuple[str, bool]]) -> bool:
    return not row[0][1] and row[0][0].startswith("#")


def decoded(data: bytes) -> str:
    """Return the text of a file; CorruptFileError unless it is UTF-8, or UTF-16 with a mark."""
    try:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        message = f"Byte {err.start} of the file is not UTF-8 text: save the list as UTF-8."
        raise CorruptFileError(message) from err
