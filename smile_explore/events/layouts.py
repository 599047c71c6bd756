"""How a list is laid out: what separates its columns, and where its header is.

Comma, semicolon, tab, bar or blanks; the header may be the first line, a comment, or absent.
"""

import re

from smile_explore.events import forms, headers

_LINES = re.compile(r"\r\n|\r|\n")
_RULER = re.compile(r"[\s|+:=-]+")
_TOKEN = re.compile(r'"[^"]*"|\S+')
_CLOCK_BEHIND = re.compile(r"(\d{4}[-/]\d{2}[-/]\d{2})[ ](\d{2}:\d{2})")


def laid_out(text: str) -> tuple[str, str, list[str]]:
    """Return text, separator and, where the first row of the text is data, the names.

    Blanks that separate become tabs; bars around a row and rulers are taken off. Lines stay
    where they are, so that their numbers are those of the file.
    """
    lines = _LINES.split(text)
    data = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if not data:
        return text, ",", []
    head = re.sub(r'"[^"]*"', "", data[0])
    separator = max(",;\t", key=head.count)
    if not head.count(separator):
        separator = "|" if "|" in head else ""
    if separator == "|":
        text = "\n".join("" if _RULER.fullmatch(x) else x.strip().strip("|") for x in lines)
    if not separator:
        cut = _cutter(data)
        separator = "\t" if cut else ","
        text = "\n".join(_cut(line, cut) for line in lines) if cut else text
        data = [_cut(line, cut) for line in data] if cut else data
    return text, separator, _names(lines, data[0], separator)


def _cut(line: str, cut) -> str:
    return line if line.lstrip().startswith("#") else "\t".join(cut(line.strip()))


def _wide(line: str) -> list[str]:
    return re.split(r" {2,}", line) if line else []


def _narrow(line: str) -> list[str]:
    return _TOKEN.findall(line)


def _dated(line: str) -> list[str]:
    """Split at blanks, but keep a date and the time of day behind it together."""
    return _TOKEN.findall(_CLOCK_BEHIND.sub(r"\1T\2", line))


def _cutter(data: list[str]):
    """Return the way to split at blanks that gives every row as many cells as the header."""
    body = [line.strip() for line in data[1:]] or [data[0].strip()]
    for header, cut in ((_wide, _wide), (_narrow, _dated), (_narrow, _narrow), (_wide, _dated)):
        count = len((cut if _starts_with_time(data[0]) else header)(data[0].strip()))
        if count > 1 and all(len(cut(line)) == count for line in body[:200]):
            return cut if cut is header or _starts_with_time(data[0]) else _by_header(header, cut)
    return None


def _by_header(header, cut):
    """Split lines that begin like a header as headers are, all others as data."""
    return lambda line: (cut if re.search(r"\d{4}", line) else header)(line)


def _starts_with_time(line: str) -> bool:
    first = re.split(r"[,;\t|]|\s(?!\d{2}:)", line.strip().strip('"'))[0]
    return forms.match(first) is not None


def _names(lines: list[str], first: str, separator: str) -> list[str]:
    """Return the names of a list whose first line is data: those of a comment, or made up."""
    cells = [c.strip().strip('"') for c in first.split(separator)]
    if not forms.match(cells[0]):
        return []
    above = lines[
        : next((i for i, x in enumerate(lines) if x.strip() and not x.lstrip().startswith("#")), 0)
    ]
    for comment in [c for c in above if c.strip()][-1:]:
        plain = comment.lstrip("# ").strip()
        for names in (plain.split(separator), _wide(plain), _narrow(plain)):
            if len(names) == len(cells) and headers.is_header(names):
                return [n.strip() for n in names]
    second = ["stop"] if len(cells) > 1 and forms.match(cells[1]) else []
    names = ["start", *second]
    if len(cells) > 1 and not second and forms.is_clock(cells[1]):
        names = ["start date", "start time"]
    return [*names, *(f"column{n}" for n in range(len(names) + 1, len(cells) + 1))]
