"""OMNIWeb listings: rows of numbers, whose meaning is in a format file beside them.

The format file has the same stem: ``omni_min_1030.lst`` goes with ``omni_min_1030.fmt``, or
both end in ``.txt``. Without it columns of numbers mean nothing, and another listing's format
may fit by chance.
"""

import re
from pathlib import Path

import numpy as np
import xarray as xr

from smile_explore.errors import CorruptFileError, InputError
from smile_explore.formats import listing, words
from smile_explore.formats.listing import Column

_TITLE = "FORMAT OF THE SUBSETTED FILE"
_ITEM = re.compile(r"\s*(\d+)\s+(\S.*?)\s+([IF])(\d{1,2})(?:\.(\d))?\s*")
_LABEL = re.compile(r"([^,(]+?)(?:,\s*([^(]*?))?\s*(\(.*\))?(,.*)?")
_LONGEST_ITEM = 200  # characters; a pattern must not be kept busy by a megabyte of blanks
_ACKNOWLEDGEMENT = (
    "OMNI: J. H. King and N. E. Papitashvili, NASA/GSFC SPDF, OMNIWeb (doi:10.1029/2004JA010649)"
)


def read(path, names=None, *, trusted=False) -> xr.Dataset:
    """Read a listing and the format file beside it into a raw Dataset.

    Parameters
    ----------
    path : str or Path
        The listing (``.lst``, ``.lst.txt``).
    names : iterable of str, optional
        Keep these variables alone.
    trusted : bool
        Of no effect: a text file is always read with care.

    Returns
    -------
    Dataset, dims (Epoch, ...)
        The items of the format file; ``BX``, ``BY``, ``BZ`` of one frame become ``B_<frame>``,
        the velocity components, which OMNI gives in GSE, ``V_Velocity_GSE``. ``FILLVAL`` is
        the number of nines that the item's format has room for.

    Raises
    ------
    InputError
        If there is no format file, or `path` is one.
    CorruptFileError
        If the rows are not as long as the format says, or a time or number cannot be read.
    """
    path = Path(path)
    text = listing.text(path)
    if _TITLE in text[:200]:
        message = f"{path.name} is the format file of a listing: open the listing beside it."
        raise InputError(message)
    items = _items(_format_file(path))
    rows = [row for row in text.split("\n") if row.strip()]
    width = sum(int(item[3]) for item in items)
    odd = next((row for row in rows if len(row.rstrip()) != width), None)
    if odd is not None:
        message = f"row {odd!r} has {len(odd.rstrip())} characters, the format says {width}"
        raise listing.damaged(path, message)
    table = listing.table(path, rows, " ")
    if table.shape[1] != len(items):
        message = f"{table.shape[1]} numbers a row, the format says {len(items)}"
        raise listing.damaged(path, message)
    values = {item[1]: listing.numbers(path, item[1], table[i]) for i, item in enumerate(items)}
    clock, used = _times(path, values)
    columns = [_column(item, values[item[1]]) for item in items if item[1] not in used]
    at = "bow-shock nose" if "Minute" in used else "Earth"
    attrs = {"Acknowledgement": _ACKNOWLEDGEMENT, "time_reference": at}
    return listing.dataset(path, clock, columns, names, attrs)


def _format_file(path: Path) -> Path:
    """Return the format file that belongs to a listing."""
    plain = path.name.removesuffix(".txt")
    stem = plain[: -len(".lst")] if plain.lower().endswith(".lst") else Path(plain).stem
    for name in (f"{stem}.fmt", f"{stem}.fmt.txt", f"{stem}.FMT"):
        if path.with_name(name).is_file():
            return path.with_name(name)
    message = (
        f"{path.name} needs its format file {stem}.fmt beside it, which OMNIWeb offers on the page "
        "where the listing was made: save it there under that name."
    )
    raise InputError(message)


def _items(path: Path) -> list[tuple]:
    """Return (number, label, kind, width, decimals) for each column."""
    text = listing.text(path)
    found = [
        m.groups() for line in text.split("\n") if (m := _ITEM.fullmatch(line[:_LONGEST_ITEM]))
    ]
    if _TITLE not in text or [int(item[0]) for item in found] != list(range(1, len(found) + 1)):
        message = f"{path.name} is no format file of OMNIWeb, or is cut short: fetch it again."
        raise CorruptFileError(message)
    return found


def _times(path: Path, values: dict) -> tuple[np.ndarray, set[str]]:
    """Return the times, from year, day of year, hour and perhaps minute, and the items used."""
    parts = {k: values.get(k) for k in ("Year", "Day", "Hour", "Minute")}
    parts["Day"] = parts["Day"] if parts["Day"] is not None else values.get("DOY")
    bounds = {"Year": (1963, 2261), "Day": (1, 366), "Hour": (0, 23), "Minute": (0, 59)}
    for key, (low, high) in bounds.items():
        part = parts[key]
        if part is None and key != "Minute":
            raise listing.damaged(path, f"its format names no {key}")
        if part is not None and (
            part.dtype.kind != "i" or (part < low).any() or (part > high).any()
        ):
            raise listing.damaged(path, f"a {key} lies outside {low} to {high}")
    minute = parts["Minute"] if parts["Minute"] is not None else 0
    since = ((parts["Day"] - 1) * 24 + parts["Hour"]) * 60 + minute
    start = (parts["Year"] - 1970).astype("datetime64[Y]").astype("datetime64[ns]")
    used = {"Year", "Day", "DOY", "Hour"} | ({"Minute"} if parts["Minute"] is not None else set())
    return start + since.astype("timedelta64[m]"), used


def _column(item: tuple, values: np.ndarray) -> Column:
    _, label, _, width, decimals = item
    name, units, frames, more = _LABEL.fullmatch(label).groups()
    told = words.frames(f"{frames or ''} {more or ''}")
    if name.lower().startswith("v") and words.component(name):
        told = told or {"GSE"}  # OMNI's documentation; the format file does not say
    attrs = {
        "UNITS": (units or "").strip(" ,"),
        "CATDESC": label,
        "FILLVAL": _fill(width, decimals),
    }
    if reference := words.reference_beside_the_wind(name):
        attrs["time_reference"] = reference
    return Column(name, values, attrs, frozenset(told))


def _fill(width: str, decimals: str | None) -> float:
    """Return the fill of a format: nines for all digits but the first place, which is blank.

    Examples
    --------
    >>> _fill("8", "2"), _fill("9", "0"), _fill("6", None)
    (9999.99, 9999999.0, 99999.0)
    """
    if decimals is None:
        return float("9" * max(int(width) - 1, 1))
    return float(f"{'9' * max(int(width) - int(decimals) - 2, 1)}.{'9' * int(decimals)}")
