"""Time tables as plain text: Autoplot's event list and AMDA's two columns of times.

Both hold little beside the times: Autoplot a colour and a label, AMDA nothing. Comment
lines that begin with ``#@`` keep the other columns; those programs pass over comments.
AMDA's header is written in the words of its VOTables, for its own text header is not
documented; any header in comments is read.
"""

import json
import re

import pandas as pd

from smile_explore.errors import CorruptFileError
from smile_explore.events import sealed
from smile_explore.events.as_csv import decoded
from smile_explore.events.columns import assembled, decode, encode, is_time, parse_times

_TIME = r"\d{4}-[\d-]+(?:[T ]\d{2}:\d{2}[\d:.,]*(?<!,))?(?:Z|[+-]\d{2}:?\d{2})?"
_ROW = re.compile(rf"\s*({_TIME})\s*[,;\t /]\s*({_TIME})(?:\s*[,;]\s*|\s+|$)(.*)")
_COLOUR = re.compile(r"(?:0x|#)([0-9a-fA-F]{6})\b\s*,?\s*")
_LONGEST = 20_000  # characters of a line
_NAME = re.compile(r"#\s*Name\s*:\s*(.*?);?\s*$")
_DEFAULT_COLOUR = "0x808080"


def write_autoplot(table: pd.DataFrame, name: str = "") -> bytes:
    """Return a checked time table as Autoplot's event list: start, stop, colour, label.

    The label is the column ``label``, or else ``kind``; the colour is ``color`` if it is
    hexadecimal (``#rrggbb`` or ``0xrrggbb``).
    """
    labels = next((encode(table[c])[1] for c in ("label", "kind") if c in table), [""] * len(table))
    colours = encode(table["color"])[1] if "color" in table else None
    head = ["# Event list for Autoplot: start, stop, colour, label; times are UTC"]
    rows = []
    for i, times in enumerate(_times(table)):
        colour = [] if colours is None else [_colour(colours[i])]
        visible = re.sub(r'[\s"]+', " ", str(labels[i] or "")).strip()
        rows.append(", ".join([*times, *colour, f'"{visible}"']))
    return _with_comments(table, head, rows)


def _colour(text) -> str:
    match = _COLOUR.fullmatch(str(text))
    return f"0x{match[1].upper()}" if match else _DEFAULT_COLOUR


def write_amda(table: pd.DataFrame, name: str = "") -> bytes:
    """Return a checked time table as AMDA's text: start and stop, one interval a line."""
    head = [f"# Name: {name};", "# Time table of UTC intervals;"]
    return _with_comments(table, head, [" ".join(times) for times in _times(table)])


def _times(table: pd.DataFrame):
    return zip(encode(table["start"])[1], encode(table["stop"])[1], strict=True)


def _with_comments(table: pd.DataFrame, head: list[str], rows: list[str]) -> bytes:
    extra = [c for c in table.columns if c not in ("start", "stop")]
    coded = {c: encode(table[c]) for c in extra}
    lines = [*head, _note({c: kind for c, (kind, _) in coded.items()})]
    for i, row in enumerate(rows):
        values = {c: v[i] for c, (_, v) in coded.items() if v[i] is not None}
        lines += [_note(values), row] if extra else [row]
    return ("\n".join(lines) + "\n").encode()


def _note(values: dict) -> str:
    return f"#@ {json.dumps(values)}"  # ASCII, so that no odd line end hides in it


def is_text(text: str) -> bool:
    """Say whether the first line of a text begins with two times, or it has our notes."""
    lines = (x for x in re.split(r"\r\n|\r|\n", text) if x.strip() and not x.startswith("#"))
    return "\n#@" in text or bool(_two_times(next(lines, "")))


def read_text(data: bytes, kind: str = "") -> pd.DataFrame:
    """Return the time table of an Autoplot or AMDA text file.

    Raises
    ------
    CorruptFileError
        Naming the line that does not begin with two times.
    """
    notes, rows, types, name = [], [], None, ""
    note: dict = {}
    for number, line in enumerate(re.split(r"\r\n|\r|\n", decoded(data)), start=1):
        if line.startswith("#@"):
            value = _parsed(line[2:], number)
            types, note = (value, {}) if types is None else (types, value)
        elif line.startswith("#"):
            name = (m[1] if (m := _NAME.match(line)) else "") or name
        elif line.strip():
            rows.append(_row(line, number))
            notes.append(note)
            note = {}
    times = {
        "start": pd.Series(parse_times([r[0] for r in rows], "start")),
        "stop": pd.Series(parse_times([r[1] for r in rows], "stop")),
    }
    if types is not None and (types or any(notes)):
        rest = {c: decode(k, [n.get(c) for n in notes], c) for c, k in types.items()}
        return assembled(times | rest, kind or name)
    return assembled(times | _visible([r[2] for r in rows]), kind or name)


def _parsed(text: str, number: int) -> dict:
    try:
        value = sealed.from_json(text)
    except ValueError as err:
        message = f"Line {number}: the note behind #@ is no JSON: delete or mend the line."
        raise CorruptFileError(message) from err
    return value if isinstance(value, dict) else {}


def _two_times(line: str) -> re.Match | None:
    # a blank more before a separator would cost the square of their number
    match = _ROW.fullmatch(re.sub(r"\s+", " ", line[:_LONGEST]))
    return match if match and is_time(match[1]) and is_time(match[2]) else None


def _row(line: str, number: int) -> tuple[str, str, str]:
    match = _two_times(line) if len(line) <= _LONGEST else None
    if match is None:
        message = (
            f"Line {number}: {line.strip()[:60]!r} does not begin with two ISO 8601 times, "
            "such as 2014-03-11T14:15:00 2014-03-11T14:20:00."
        )
        raise CorruptFileError(message)
    return match[1], match[2], match[3].strip()


def _visible(tails: list[str]) -> dict[str, pd.Series]:
    """Return what stands behind the times: a colour if hexadecimal, and the label as kind."""
    colours = [m[1] if (m := _COLOUR.match(tail)) else None for tail in tails]
    labels = [_COLOUR.sub("", tail, count=1).strip().strip('"') for tail in tails]
    found = {"kind": pd.Series(labels)} if any(labels) else {}
    if any(colours):
        found["color"] = decode("text", [c and f"#{c.lower()}" for c in colours])
    return found
