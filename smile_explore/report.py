"""What was read, and what was not: the report that every Dataset of the package carries.

Readers, the contract and the joining of files add entries while they work; `report` shows
them as a table. An entry lives in the Dataset's attribute ``report`` as JSON text, so that it
survives netCDF, packs and the store. This module knows no file format.
"""

import json
import math
import warnings

import pandas as pd
import xarray as xr

from smile_explore.errors import InputError, ReadingWarning

KEY = "report"  #: the attribute of the Dataset that holds the entries
COLUMNS = ("variable", "what", "count", "of", "detail")
#: Every kind of entry there is. An entry is worth a warning if its kind says so here.
KINDS = {
    "fill": "values equal to a fill value, now NaN",
    "valid range": "values outside the stated valid range, now NaN",
    "valid range not applied": "values outside a valid range that cannot be right, kept",
    "quality flag": "values that the archive's own flags reject, now NaN",
    "no quality flag": "the archive gives no flags for this product",
    "not finite": "values that are NaN or infinite in the file",
    "records dropped": "records without a usable time stamp of their own",
    "sorted": "records that stood in another order than that of time",
    "records kept": "records with equal time stamps, kept on the dim `record`",
    "left out": "a variable that is not delivered, and why",
    "other time base": "a variable on another time base, read with open_file(path, time=...)",
    "time base by length": "a variable whose stated time base does not fit, on the only one that does",
    "renamed": "a variable whose name in the file is another",
    "unknown frame": "a vector whose frame the file does not state",
    "unknown units": "a variable whose units the file does not state, or states unreadably",
    "padded": "channels added as NaN, because files have different numbers of them",
    "not in every file": "a variable that some of the joined files lack, NaN there",
    "file version": "which of several versions of a file was read",
    "time unit": "times counted in UDUNITS' months or years, which are not the calendar's",
    "no end": "events of a list whose end the file does not state, so that stop = start",
    "into the next day": "events of a list that end the day after, as their clocks show",
    "not counted": "numbers read only when needed, so that nothing was counted",
}
#: Why a variable may be left out: a closed list, with which its entry's detail begins.
NO_TIME = "no time axis"
FIXED = f"{NO_TIME}: one value or table for the whole file"
TEXT = "text, not numbers"
TIMES = "times, not numbers"
NO_RECORDS = "no records"
VIRTUAL = "virtual: its archive computes it, the file holds no records"
OTHER_RECORDS = "its number of records is not that of its time base"
COMPRESSION = "compressed in a way that is not supported"
NO_NUMBERS = "a type that holds no plain numbers"
LEFT_OUT = (NO_TIME, TEXT, TIMES, NO_RECORDS, VIRTUAL, OTHER_RECORDS, COMPRESSION, NO_NUMBERS)
#: The detail of dropped records that say nothing which those that stay do not.
SAME_RECORD = "equal stamp and values"
#: Dataset.encoding's key for another such detail: what is known of files read at once, but not
#: of those read when needed, whose report is the same.
REPEATS = "known_repeats"
#: How the detail begins of what is left out and nobody misses, beside tables without any time.
_EXPECTED_OUT = (TEXT, TIMES, NO_RECORDS, VIRTUAL, FIXED)
#: Kinds that count values of a variable, out of all that were read.
_OF_VALUES = ("fill", "valid range", "valid range not applied", "quality flag", "not finite")
_SURPRISING = (
    "records dropped",
    "left out",
    "other time base",
    "time base by length",
    "padded",
    "time unit",
)
_WORTH_A_WARNING = 0.05  # share of a variable that its valid range makes NaN


def add(attrs: dict, variable: str, what: str, *, count: int = 0, of: int = 0, detail: str = ""):
    """Add an entry to a Dataset's attributes, in place.

    Parameters
    ----------
    attrs : dict
        Of the Dataset, raw or standardised.
    variable : str
        Our name of the variable, the file's for what is left out, or ``"time"``.
    what : str
        A key of `KINDS`.
    count, of : int
        How many values (records, for ``records dropped``), of how many.
    detail : str
        Plain text: the fill, the range, the reason, the old name.

    Examples
    --------
    >>> attrs = {}
    >>> add(attrs, "b", "fill", count=2, of=9, detail="-1e31")
    >>> entries(attrs)
    [('b', 'fill', 2, 9, '-1e31')]
    """
    log = Log()
    log.add(variable, what, count=count, of=of, detail=detail)
    extend(attrs, log)


class Log(list):
    """Entries on their way into attributes: many are written there at once, by `extend`."""

    def add(self, variable: str, what: str, *, count: int = 0, of: int = 0, detail: str = ""):
        """Add an entry, as `add` does."""
        if what not in KINDS:
            message = f"{what!r} is no kind of report entry: one of {', '.join(KINDS)}."
            raise InputError(message)
        self.append((str(variable), what, int(count), int(of), str(detail)))


def extend(attrs: dict, more: list[tuple]) -> None:
    """Add whole entries; those equal in all but their numbers are summed."""
    totals: dict[tuple, list[int]] = {}
    for variable, what, count, of, detail in [*entries(attrs), *more]:
        sums = totals.setdefault((variable, what, detail), [0, 0])
        sums[0] += count
        sums[1] += of
    rows = [[v, w, count, of, d] for (v, w, d), (count, of) in totals.items()]
    if rows:
        attrs[KEY] = json.dumps(rows, ensure_ascii=False)


def entries(attrs: dict) -> list[tuple]:
    """Return the entries in a Dataset's attributes."""
    try:
        rows = json.loads(attrs.get(KEY, "[]"))
        return [(str(v), str(w), int(c), int(o), str(d)) for v, w, c, o, d in rows]
    except (TypeError, ValueError, RecursionError):
        return []  # an attribute of that name which is not ours


def joined(parts) -> str:
    """Return the text of the attribute for a Dataset that is made of others.

    Values are counted out of those of all parts, also of parts in which there were none to count.
    """
    attrs: dict = {}
    own = [(part, entries(part.attrs)) for part in parts]
    extend(attrs, [entry for _, those in own for entry in those])
    counted = {(v, what, d) for v, what, _, _, d in entries(attrs) if what in _OF_VALUES}
    for part, those in own:
        lacking = counted - {(v, what, d) for v, what, _, _, d in those}
        sizes = {v: part.variables[v].size for v, *_ in lacking if v in part.variables}
        extend(attrs, [(v, what, 0, sizes[v], d) for v, what, d in lacking if v in sizes])
    return attrs.get(KEY, "[]")


def news(log: list[tuple], attrs: dict) -> list[tuple]:
    """Return entries without the NaN that a file's own report, of an earlier reading, explains."""
    known = {
        v: math.inf for v, what, *_ in entries(attrs) if what in ("padded", "not in every file")
    }
    for v, what, count, _, _ in entries(attrs):
        if what in _OF_VALUES and what != "valid range not applied":
            known[v] = known.get(v, 0) + count
    fresh = []
    for v, what, count, of, detail in log:
        is_nan = what == "not finite" or detail == "in an axis"
        more = max(0, count - known.get(v, 0)) if is_nan else count
        fresh += [(v, what, more, of, detail)] if more or not is_nan else []
    return fresh


def report(ds: xr.Dataset) -> pd.DataFrame:
    """Return what was masked, dropped, left out, renamed or unknown when `ds` was read.

    Parameters
    ----------
    ds : Dataset
        From `load` or `open_file`; also after a round trip through netCDF or a pack.

    Returns
    -------
    DataFrame
        Columns variable, what, count, of, detail; empty if there is nothing to say. Counts are
        of the whole files that were read, not only of the interval. ``what`` is one of
        `smile_explore.report.KINDS`.

    Examples
    --------
    >>> import smile_explore as se
    >>> ds = se.load("omni.1min", "2027-03-22 06:00", "2027-03-22 07:00", source="rehearsal")
    >>> list(report(ds).columns)
    ['variable', 'what', 'count', 'of', 'detail']
    """
    attrs = getattr(ds, "attrs", None)
    if attrs is None:
        message = f"report needs a Dataset from load or open_file, not {type(ds).__name__}."
        raise InputError(message)
    return pd.DataFrame(entries(attrs), columns=list(COLUMNS))


def warn(ds: xr.Dataset, *, expected=(), stacklevel: int = 3) -> None:
    """Warn once, in one sentence, of what a user would not expect, but for kinds `expected`."""
    groups: dict[tuple, list[str]] = {}
    repeats = ds.encoding.get(REPEATS)
    for variable, *rest in entries(ds.attrs):
        known = rest[0] in expected or (rest[0], rest[3]) == ("records dropped", repeats)
        if not known and _is_surprising(*rest):
            groups.setdefault(tuple(rest), []).append(variable)
    lines = [_sentence(names, *rest) for rest, names in groups.items()]
    if lines:
        shown = "; ".join(lines[:4]) + (f"; and {len(lines) - 4} more" if len(lines) > 4 else "")
        text = (
            f"{ds.attrs.get('product', 'this file')}: {shown} (smile_explore.report(ds) lists all)."
        )
        warnings.warn(text, ReadingWarning, stacklevel=stacklevel)


def _is_surprising(what, count, of, detail) -> bool:
    if what == "left out" and (detail == NO_TIME or detail.startswith(_EXPECTED_OUT)):
        return False
    if what == "records dropped" and detail == SAME_RECORD:
        return False
    masked = what == "valid range" and of and count / of > _WORTH_A_WARNING
    return bool(masked or what in _SURPRISING)


def _sentence(names: list[str], what, count, of, detail) -> str:
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} others" if len(names) > 3 else "")
    numbers = f" {count} of {of}" if of else ""
    return f"{shown}: {what}{numbers}{f' ({detail})' if detail else ''}"
