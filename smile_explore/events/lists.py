"""Lists of events as others publish them: Richardson-Cane ICMEs, a list of 88 storms.

Lists with a header line and ISO times (Nguyen's windows, Frey's and SuperMAG's substorms)
need no reader of their own: ``timetable.read`` takes them as CSV.
"""

import html.parser
import re

import numpy as np
import pandas as pd

from smile_explore.errors import CorruptFileError
from smile_explore.events.as_csv import decoded, fields
from smile_explore.events.columns import assembled
from smile_explore.report import add

#: A time of the Richardson-Cane list, alone or amid remarks: 1997/01/10 0104.
_RC_TIME = re.compile(r"(\d{4})/(\d{2})/(\d{2})\s+(\d{2})(\d{2})")
_RC_COLUMNS = {9: "quality", 10: "v_jump", 11: "v_icme", 12: "v_max", 13: "b", 14: "mc", 15: "dst",
               16: "v_transit"}  # fmt: skip
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_STORM = re.compile(r"\s*(\d{2})-(\d{2})-(\d{4})-(\d{2})(\d{2})\s+(.*)")


def is_richardson_cane(text: str) -> bool:
    """Say whether a text holds times as that list writes them."""
    return _RC_TIME.search(text) is not None


def read_richardson_cane(data: bytes, kind: str = "") -> pd.DataFrame:
    """Return the near-Earth ICMEs of Richardson and Cane, from their page, as text or CSV.

    Parameters
    ----------
    data : bytes
        The HTML page, or its table with cells separated by commas, tabs or wide blanks.
    kind : str
        Kind to give the events; "ICME" if empty.

    Returns
    -------
    DataFrame
        start and stop of the ICME plasma and field, kind, disturbance (arrival of the
        shock), and where the row has them quality, v_jump, v_icme, v_max (km s-1), b
        (nT), mc (0, 1 or 2), dst (nT), v_transit (km s-1) and cme (time of the LASCO
        CME); NaN or NaT for "...". Without a plasma start the disturbance is the start.

    Raises
    ------
    CorruptFileError
        If no row has the times of an ICME.

    References
    ----------
    Richardson and Cane (2010), doi:10.1007/s11207-010-9568-6.
    """
    rows = [r for r in _cells(decoded(data)) if len(r) >= 3 and (_rc(r[1]) or _rc(r[0]))]
    if not rows:
        message = "No row holds the times of an ICME such as 1997/01/10 0400: is it that list?"
        raise CorruptFileError(message)
    disturbance, start, stop = ([_rc(row[i]) for row in rows] for i in range(3))
    start = [s or d for s, d in zip(start, disturbance, strict=True)]
    attrs: dict = {}
    if unknown := sum(not e for e in stop):
        add(attrs, "stop", "no end", count=unknown, of=len(stop), detail="the list gives none")
    stop = [e or s for e, s in zip(stop, start, strict=True)]
    found = {
        "start": _times(start, rows),
        "stop": _times(stop, rows),
        "disturbance": _times(disturbance, rows),
    }
    if all(len(row) > max(_RC_COLUMNS) for row in rows):
        found |= {n: pd.Series([_first_number(r[i]) for r in rows]) for i, n in _RC_COLUMNS.items()}
        found["cme"] = _times([_rc(row[17]) if len(row) > 17 else "" for row in rows], rows)
    return assembled(found, kind or "ICME", attrs)


class _Table(html.parser.HTMLParser):
    """Collect the cells of every table row of a page."""

    def __init__(self):
        super().__init__()
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag, attrs):
        if tag == "tr" or not self.rows:
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def _cells(text: str) -> list[list[str]]:
    if re.search(r"<t[dr]\b", text, re.IGNORECASE):
        page = _Table()
        page.feed(text)
        return [[" ".join(cell.split()) for cell in row] for row in page.rows]
    if "," in text:
        return [[cell for cell, _ in row] for row in fields(text)]
    return [re.split(r"\t|\s{2,}", line.strip()) for line in text.splitlines()]


def _rc(cell: str) -> str:
    match = _RC_TIME.search(cell)
    return "{}-{}-{}T{}:{}".format(*match.groups()) if match else ""


def _times(texts: list[str], rows: list) -> pd.Series:
    times = pd.Series([t or None for t in texts], dtype=object)
    times = pd.to_datetime(times, format="ISO8601", errors="coerce")
    for text, time, row in zip(texts, times, rows, strict=True):
        if text and pd.isna(time):
            message = f"The row {' '.join(row[:3])!r} holds {text!r}, which is no time."
            raise CorruptFileError(message)
    return times.astype("datetime64[ns]")


def _first_number(cell: str) -> float:
    match = _NUMBER.match(cell.strip())
    return float(match.group()) if match else np.nan


def is_storm_list(text: str) -> bool:
    """Say whether a text is the list of storms with its header Date CME MC SH ..."""
    return re.match(r"\s*Date\s+CME\s+MC\s+SH", text) is not None


def read_storm_list(data: bytes, kind: str = "") -> pd.DataFrame:
    """Return the list of 88 storms of 1996 to 2005 (``EventList_full.txt``).

    Parameters
    ----------
    data : bytes
        Lines of a date as dd-mm-yyyy-HHMM and nine numbers, with any line ends.
    kind : str
        Kind to give the events; "storm" if empty.

    Returns
    -------
    DataFrame
        start = stop = the date given, that of the lowest Dst; kind; the numbers in lower
        case: cme, mc, sh, icme (0 or 1), ip, mp, rp (h), flag, dst (nT). The 99 that
        stands for unknown phases is NaN in ip, mp and rp.

    Raises
    ------
    CorruptFileError
        Naming the line that is not so.
    """
    header, *lines = [line for line in re.split(r"[\r\n]+", decoded(data)) if line.strip()]
    names = [name.lower() for name in header.split()[1:]]
    times, rows = [], []
    for line in lines:
        match = _STORM.fullmatch(line)
        values = match[6].split() if match else []
        if len(values) != len(names) or not all(_NUMBER.fullmatch(v) for v in values):
            message = f"{line!r} is no date dd-mm-yyyy-HHMM with {len(names)} numbers."
            raise CorruptFileError(message)
        times.append("{2}-{1}-{0}T{3}:{4}".format(*match.groups()))
        rows.append([int(v) for v in values])
    start = _times(times, [[line] for line in lines])
    found = {n: pd.Series([r[i] for r in rows]) for i, n in enumerate(names)}
    if "ip" in found:
        unknown = found["ip"] == 99
        found |= {
            n: found[n].where(~unknown).astype(float) for n in ("ip", "mp", "rp") if n in found
        }
    attrs: dict = {}
    add(attrs, "stop", "no end", count=len(rows), of=len(rows), detail="the list gives none")
    return assembled({"start": start, "stop": start.copy(), **found}, kind or "storm", attrs)
