"""What the readers of text files share: lines, times, columns, and vectors made of columns."""

import csv
import gzip
import io
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore.errors import CorruptFileError, DatasetError, InputError
from smile_explore.formats import words

#: Text, unpacked: more is refused, as reading takes nine times its size of memory.
MAX_BYTES = 1 << 27
#: Fields of one row: a three-dimensional distribution has ten thousand.
MAX_FIELDS = 1 << 14
_GZIP = b"\x1f\x8b"
_CLOCK = "Epoch"
#: What to do with a table that is no series.
LIST_OF_EVENTS = "if it is a list of events, read it with smile_explore.events.read"


@dataclass(frozen=True)
class Column:
    """One column of a listing: native name, values, ISTP attributes, the frames it is said to be in."""

    name: str
    values: np.ndarray
    attrs: dict = field(default_factory=dict)
    frames: frozenset[str] = frozenset()


def text(path: Path) -> str:
    """Return a text file, plain or gzip, with the line ends of Windows and old Macs made plain.

    Raises
    ------
    CorruptFileError
        If it is no text, or its packing is broken.
    InputError
        If it is larger than ``MAX_BYTES``.
    """
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    try:
        with (gzip.open if packed else open)(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (EOFError, OSError, zlib.error) as err:
        raise damaged(path, f"it does not unpack, {err}") from None
    if len(data) > MAX_BYTES:
        message = (
            f"{path.name} holds more than {MAX_BYTES >> 20} MB of text: ask the archive for CDF, "
            "or for a shorter interval."
        )
        raise InputError(message)
    if b"\0" in data:
        raise damaged(path, "it is no text")
    try:
        decoded = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        decoded = data.decode("latin-1")
    return decoded.replace("\r\n", "\n").replace("\r", "\n")


def damaged(path: Path, what: str) -> CorruptFileError:
    """Return the error to raise for a file that is not what it should be."""
    message = (
        f"{path.name} is damaged or cut short ({what}): fetch it again, or correct it by hand."
    )
    return CorruptFileError(message)


def table(path: Path, rows: list[str], sep: str = ",") -> pd.DataFrame:
    """Return rows of text as columns; every row must have as many fields as the first.

    Numbers become numbers, and "nan" or nothing at all NaN; other text stays text. `sep` is
    one character, or a blank for any run of blanks.
    """
    if not rows:
        return pd.DataFrame()
    counts = {_count(row, sep) for row in rows}
    if len(counts) > 1:
        raise damaged(path, "its rows have different numbers of fields")
    if max(counts) > MAX_FIELDS:
        raise damaged(path, f"its rows have {max(counts)} fields")
    try:
        body = io.StringIO("\n".join(rows))
        how = {"sep": r"\s+" if sep == " " else sep, "skipinitialspace": sep != "\t"}
        return pd.read_csv(body, header=None, low_memory=False, **how)
    except ValueError as err:  # pandas' ParserError and EmptyDataError are ValueErrors
        raise damaged(path, str(err).strip()) from None


def _count(row: str, sep: str) -> int:
    """Return how many fields a row has; separators in quotes are none."""
    if sep == " ":
        return len(row.split())
    return len(fields(row, sep)) if '"' in row else row.count(sep) + 1


def fields(row: str, sep: str) -> list[str]:
    """Return the fields of one row, without quotes and blanks around them.

    Examples
    --------
    >>> fields('Time, "B, total"; nT', ",")
    ['Time', 'B, total; nT']
    """
    try:
        return [
            f.strip() for f in next(csv.reader([row], delimiter=sep, skipinitialspace=True), [])
        ]
    except csv.Error:  # a field of more than 131,072 characters
        return row.split(sep)


def numbers(path: Path, label: str, values: pd.Series) -> np.ndarray:
    """Return a column as numbers, or raise if it holds anything else.

    Exponents may be Fortran's (``1.0D+01``), and a comma may stand for the decimal point.
    """
    if values.dtype.kind in "fiu":
        return values.to_numpy()
    if values.dtype.kind == "b":
        return values.to_numpy().astype(np.int8)
    plain = _plain(values)
    out = pd.to_numeric(plain, errors="coerce")
    wrong = out.isna() & values.notna() & ~plain.str.fullmatch("nan|[+-]?inf|", case=False)
    if wrong.any():
        raise damaged(path, f"its column {label!r} holds {values[wrong].iloc[0]!r}")
    return out.to_numpy()


def is_text(values: pd.Series) -> bool:
    """Say whether a column is of words: most of what it holds are no numbers."""
    if values.dtype.kind in "fiub":
        return False
    given = values.dropna()
    return bool(len(given)) and bool(
        pd.to_numeric(_plain(given), errors="coerce").isna().mean() > 0.5
    )


def _plain(values: pd.Series) -> pd.Series:
    """Return numbers as Python writes them."""
    text = values.astype(str).str.strip()
    text = text.str.replace(r"^([+-]?[\d.]+)[dD]([+-]?\d+)$", r"\1e\2", regex=True)
    return text.str.replace(r"^([+-]?\d*),(\d+)$", r"\1.\2", regex=True)


#: Years, months, days of the year or of the month, then hours to fractions, all but the year optional.
_STAMP = (
    r"^(?P<year>\d{4})(?:-?(?P<doy>\d{3})(?!\d)|-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?"
    r"(?:[T ]+(?P<hour>\d\d)(?::?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,](?P<part>\d+))?)?)?)?"
    r"\s*(?:Z|UTC?)?$"
)


def times(path: Path, stamps: pd.Series) -> np.ndarray:
    """Return stamps as datetime64[ns], UTC; what is not there, and a leap second, is NaT.

    ISO or dd-mm-yyyy, with or without Z and fractions; cut after any field; with the day of
    the year; T24:00 is the next midnight.
    """
    text = stamps.astype(str)
    try:  # whatever pandas takes for ISO 8601 is right, and fast
        read = pd.to_datetime(text, format="ISO8601", utc=True).dt.as_unit("ns")
        return read.dt.tz_localize(None).to_numpy()
    except ValueError:  # OutOfBoundsDatetime is one
        iso = text.str.strip().str.replace(r"^(\d\d)-(\d\d)-(\d{4})", r"\3-\2-\1", regex=True)
    return _times_by_field(path, iso)


def _times_by_field(path: Path, iso: pd.Series) -> np.ndarray:
    found = iso.str.extract(_STAMP)
    known = found["year"].notna()
    wrong = ~known & ~iso.str.lower().isin(["", "nan", "nat", "none", "null"])
    number = {
        k: found[k].astype(float).to_numpy()
        for k in ("year", "month", "day", "doy", "hour", "minute", "second")
    }
    lows = {"month": 1, "day": 1, "doy": 1, "hour": 0, "minute": 0, "second": 0}
    for key, low in lows.items():
        number[key] = np.where(np.isnan(number[key]), low, number[key])
    year = np.where(known, number["year"], 1970).astype(int)
    starts = (year - 1970).astype("datetime64[Y]")
    months = starts.astype("datetime64[M]") + (number["month"] - 1).astype(int)
    days = months.astype("datetime64[D]") + (number["day"] - 1 + number["doy"] - 1).astype(int)
    clock = number["hour"] * 3600 + number["minute"] * 60 + number["second"]
    right = (
        (number["month"] >= 1)
        & (number["month"] <= 12)
        & (number["day"] >= 1)
        & (number["doy"] >= 1)
    )
    right &= (days.astype("datetime64[M]") == months) | found["doy"].notna().to_numpy()
    right &= days.astype("datetime64[Y]") == starts
    right &= (number["minute"] < 60) & (number["second"] <= 60) & (clock <= 86_400)
    right &= (year >= 1678) & (year < 2262)
    wrong |= known & ~right
    if wrong.any():
        raise damaged(path, f"a time cannot be read, {iso[wrong].iloc[0][:60]!r}")
    part = found["part"].fillna("").str[:9].str.ljust(9, "0").astype(np.int64).to_numpy()
    out = (
        days.astype("datetime64[ns]")
        + (clock * 1e9).astype("timedelta64[ns]")
        + part.astype("timedelta64[ns]")
    )
    out[~known | (number["second"] == 60)] = np.datetime64("NaT")
    return out


def dataset(path: Path, clock: np.ndarray, columns: list[Column], names, attrs) -> xr.Dataset:
    """Return columns as a raw Dataset; three components of one frame become one vector.

    Raises
    ------
    DatasetError
        If the listing holds none of `names`.
    """
    found = {c.name: c for c in with_vectors(columns)}
    if len({c.name for c in columns} | {_CLOCK}) != len(columns) + 1:
        raise damaged(path, "two of its columns have one name")
    wanted = [n for n in (found if names is None else dict.fromkeys(names)) if n in found]
    if not wanted:
        held = ", ".join(found) or "no columns of numbers"
        message = f"None of {', '.join(names or [])} is in {path.name}, which holds {held}."
        if names is None:
            message = f"{path.name} has no columns of numbers beside its times: {LIST_OF_EVENTS}."
        raise DatasetError(message)
    variables = {n: _variable(found[n]) for n in wanted}
    return xr.Dataset(variables, {_CLOCK: (_CLOCK, clock)}, attrs)


def _variable(column: Column) -> tuple:
    dims = (_CLOCK, *(f"{column.name}_dim{k}" for k in range(1, column.values.ndim)))
    return dims, column.values, column.attrs


def with_vectors(columns: list[Column]) -> list[Column]:
    """Return the columns with every x, y, z of one frame and unit made one vector.

    Examples
    --------
    >>> b = [Column(f"B{c}", np.ones(2), frames=frozenset({"GSM"})) for c in "XYZ"]
    >>> [(c.name, c.values.shape) for c in with_vectors(b)]
    [('B_GSM', (2, 3))]
    """
    parts = {}
    for column in columns:
        stem, axis = words.component(column.name) or ("", "")
        for frame in sorted(column.frames) if axis else ():
            key = stem, frame, column.attrs.get("UNITS")
            parts.setdefault(key, {})[axis] = column
    whole = {key: part for key, part in parts.items() if len(part) == 3}
    used = {c.name for part in whole.values() for c in part.values()}
    vectors = [_vector(stem, frame, part) for (stem, frame, _), part in whole.items()]
    return [*vectors, *(_named_with_frame(c) for c in columns if c.name not in used)]


def _vector(stem: str, frame: str, part: dict[str, Column]) -> Column:
    name = f"{words.without_frames(stem) or 'pos'}_{frame}"
    values = np.stack([part[axis].values for axis in "xyz"], axis=-1)
    return Column(name, values, part["x"].attrs | {"COORDINATE_SYSTEM": frame, "CATDESC": name})


def _named_with_frame(column: Column) -> Column:
    """Return a lone component under a name that tells its frame: BZ in GSE is not BZ in GSM."""
    lone = len(column.frames) == 1 and words.component(column.name)
    if not lone or words.frames(column.name):
        return column
    return Column(f"{column.name}_{min(column.frames)}", column.values, column.attrs)
