"""Time tables from and to files: CSV, Autoplot, AMDA, VOTable, tscat, and published lists.

A time table is a DataFrame of start, stop (datetime64[ns], UTC), kind and any further
columns. This module chooses the format and touches the disk; the formats themselves are
in the modules ``as_*`` and ``lists``.
"""

import re
import stat
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from smile_explore.catalogue import did_you_mean
from smile_explore.errors import CorruptFileError, InputError, ReadingWarning, StorageError
from smile_explore.events import as_csv, as_text, as_tscat, as_votable, lists
from smile_explore.events.columns import checked, is_time
from smile_explore.paths import not_written, user_path, write_whole
from smile_explore.report import entries
from smile_explore.times import shown

#: Bytes of a time table that are read; half a million events need about 40 MB.
_LARGEST = 100_000_000


@dataclass(frozen=True)
class _Format:
    read: Callable
    write: Callable | None = None
    suffixes: tuple[str, ...] = ()


#: The first format of a suffix is the one it is written in.
_FORMATS = {
    "csv": _Format(as_csv.read_csv, as_csv.write_csv, (".csv", ".tsv", ".tab")),
    "autoplot": _Format(as_text.read_text, as_text.write_autoplot, (".txt", ".dat", ".lst", ".asc")),
    "amda": _Format(as_text.read_text, as_text.write_amda),
    "votable": _Format(as_votable.read_votable, as_votable.write_votable, (".xml", ".vot", ".votable")),
    "tscat": _Format(as_tscat.read_tscat, as_tscat.write_tscat, (".json",)),
    "richardson-cane": _Format(lists.read_richardson_cane, None, (".html", ".htm")),
    "storm-list": _Format(lists.read_storm_list),
}  # fmt: skip


def read(path: str | Path, *, format: str | None = None, kind: str = "") -> pd.DataFrame:
    r"""Return the time table of a file.

    Parameters
    ----------
    path : str or Path
        A file written by `write`, Autoplot, AMDA or tscat, the list of Richardson and
        Cane, or a list with start (or begin, onset, date ...) and stop (or end).
    format : str, optional
        One of csv, autoplot, amda, votable, tscat, richardson-cane, storm-list; seen from
        the suffix and the first lines if not given.
    kind : str
        Kind of the events, where the file names none.

    Returns
    -------
    DataFrame
        start, stop (datetime64[ns], UTC), kind, then the other columns. Text, numbers,
        booleans and times come back as they were written, missing values missing.
        A list of instants has stop = start, and says so: a ReadingWarning, and
        `smile_explore.report` of the table. Lengths (``duration_s``) give the stop.

    Raises
    ------
    InputError
        For a format or suffix we do not know, or a file that is not there.
    CorruptFileError
        Naming the row that cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "list.csv"
    >>> _ = path.write_text("begin,end,proba\n2008-08-12T20:52Z,2008-08-12 21:52:00,0.98\n")
    >>> read(path, kind="magnetopause").to_numpy().tolist()[0][2:]
    ['magnetopause', 0.98]
    """
    path = user_path(path)
    data = _bytes(path)
    form = _FORMATS[_known(format)] if format else _FORMATS[_recognised(path, data)]
    try:
        table = form.read(data, kind)
    except (CorruptFileError, InputError) as err:
        message = f"{path.name}: {err}"
        raise CorruptFileError(message) from err
    _warn(table, path.name)
    return table


def _warn(table: pd.DataFrame, name: str) -> None:
    """Warn once of ends that the file does not state; the table's report has them, too."""
    said = [
        f"{count} of {of} events have {'no end' if what == 'no end' else 'an end on the next day'} ({detail})"
        for _, what, count, of, detail in entries(table.attrs)
    ]
    if said:
        text = f"{name}: {'; '.join(said)}; events without an end are instants, stop = start."
        warnings.warn(text, ReadingWarning, stacklevel=3)


def _bytes(path: Path) -> bytes:
    """Return the bytes of a file of bounded size: no device, no pipe, no folder."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            message = f"The time table {shown(str(path))} is no file: name the file of the list."
            raise InputError(message)
        if status.st_size > _LARGEST:
            message = (
                f"The time table {shown(str(path))} has {status.st_size / 1e6:.0f} MB, more than "
                f"{_LARGEST / 1e6:.0f} MB: split it."
            )
            raise InputError(message)
        return path.read_bytes()
    except (OSError, ValueError) as err:
        if isinstance(err, InputError):
            raise
        reason = getattr(err, "strerror", None) or "no file has such a name"
        message = f"The time table {shown(str(path))} cannot be read ({reason}): look at its name."
        raise InputError(message) from err


def write(table: pd.DataFrame, path: str | Path, *, format: str | None = None) -> Path:
    """Write a time table to a file, in place of what was there.

    Parameters
    ----------
    table : DataFrame
        start and stop (times; with a zone they are turned to UTC), and columns of text,
        numbers, booleans or times, with missing values. A named index is a column.
    path : str or Path
        ``.csv``, ``.txt`` (Autoplot), ``.xml`` or ``.vot`` (VOTable), ``.json`` (tscat).
    format : str, optional
        One of csv, autoplot, amda, votable, tscat; by the suffix if not given.

    Returns
    -------
    Path
        The file. Times are exact to the nanosecond, in tscat to the microsecond.

    Raises
    ------
    InputError
        For a format or suffix we cannot write, or a table that is none.
    StorageError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> day = pd.Timestamp("2008-08-12")
    >>> table = pd.DataFrame({"start": [day], "stop": [day], "kind": ["café"], "p": [0.5]})
    >>> path = write(table, Path(tempfile.mkdtemp()) / "list.xml")
    >>> read(path).to_numpy().tolist() == table.to_numpy().tolist()
    True
    """
    path = user_path(path)
    name = _known(format) if format else _by_suffix(path)
    if _FORMATS[name].write is None:
        writable = ", ".join(n for n, f in _FORMATS.items() if f.write)
        message = f"Format {name!r} can only be read: write one of {writable}."
        raise InputError(message)
    data = _FORMATS[name].write(checked(table), path.stem)
    try:
        write_whole(path, data)
    except OSError as err:
        raise StorageError(not_written(path, err)) from err
    return path


def _known(name: str) -> str:
    if name not in _FORMATS:
        message = (
            f"No format {name!r}.{did_you_mean(name, _FORMATS)} There are {', '.join(_FORMATS)}."
        )
        raise InputError(message)
    return name


def _by_suffix(path: Path) -> str:
    for name, form in _FORMATS.items():
        if path.suffix.lower() in form.suffixes:
            return name
    suffixes = ", ".join(s for form in _FORMATS.values() for s in form.suffixes)
    message = f"{path.name!r} has none of the suffixes {suffixes}: name the format."
    raise InputError(message)


def _recognised(path: Path, data: bytes) -> str:
    """Return the format by suffix, or for text by what its beginning looks like."""
    name = _by_suffix(path)
    if name not in ("csv", "autoplot"):
        return name
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    head = data[:20_000].decode(encoding, errors="replace").lstrip()
    looks = {
        "votable": head.startswith("<?xml") or "<VOTABLE" in head,
        "tscat": head.startswith(("{", "[{")),
        "storm-list": lists.is_storm_list(head),
        "richardson-cane": lists.is_richardson_cane(head) and not _has_times(head),
        "autoplot": as_text.is_text(head),
        "csv": True,
    }
    return next(n for n, seen in looks.items() if seen)


def _has_times(head: str) -> bool:
    """Say whether the first line that is no comment begins with a time: there is no header."""
    lines = (line for line in re.split(r"[\r\n]+", head) if line.strip() and line[0] != "#")
    first = re.split(r"[,;\t]|\s(?!\d{2}:)", next(lines, "").strip().strip('"'))[0]
    return is_time(first)
