r"""Cluster Exchange Format (CEF 2.0), plain or gzip.

A header of ``KEY = value`` lines and of blocks, one a variable, then records that a marker
ends, then a line that says the data are complete. Files that end without that line were cut
short; where the header says ``DATA_UNTIL = EOF`` there is no such line, and only a time before
the announced end can tell.

References
----------
Allen et al., Cluster Exchange Format - Data File Syntax, DS-QMW-TN-0010, issue 2.0.3 (2004).
"""

import math
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore.errors import DatasetError, InputError, PartialCoverageWarning
from smile_explore.formats import listing, words
from smile_explore.report import TEXT, TIMES, add

_LINE = re.compile(r"\s*([A-Za-z_]\w*)\s*=(.*)", re.DOTALL)
_END_OF_HEADER = re.compile(r"^[ \t]*DATA_UNTIL[ \t]*=.*", re.MULTILINE | re.IGNORECASE)
_NUMBERS = ("FLOAT", "DOUBLE", "INT", "BYTE")
_MOST_VARIABLES = 4096
_MOST_INCLUDES = 8
_LONGEST_HEADER = 1 << 22  # characters
_ROWS = 1 << 15  # that are decoded at a time
#: The header that the Cluster FGM team's files include and that users rarely have beside them:
#: the variables of the archive's own CDFs of the same data set.
_FGM_INCLUDE = re.compile(r"C([1-4])_CH_FGM_(\w+)\.ceh", re.IGNORECASE)
_FGM = (
    ("time_tags", "ISO_TIME", 1, "", "", "", "Interval centred time tag"),
    ("half_interval", "FLOAT", 1, "s", "-1.0E30", "", "Half averaging interval length"),
    ("B_vec_xyz_gse", "FLOAT", 3, "nT", "-1.0E30", "GSE", "Magnetic field vector in GSE"),
    ("B_mag", "FLOAT", 1, "nT", "-1.0E30", "", "Magnetic field magnitude"),
    ("sc_pos_xyz_gse", "FLOAT", 3, "km", "-1.0E30", "GSE", "Position in GSE"),
    ("range", "INT", 1, "unitless", "-9", "", "Instrument range"),
    ("tm", "INT", 1, "unitless", "-99", "", "Telemetry mode"),
)


@dataclass
class _Header:
    """What stands above the records."""

    keys: dict  # of the file
    meta: dict  # of the data set: name -> entries
    variables: dict  # name -> {key: text}, in the order of the records


def read(path, names=None, *, trusted=False) -> xr.Dataset:
    """Read a CEF file into a raw Dataset.

    Parameters
    ----------
    path : str or Path
        A ``.cef`` or ``.cef.gz``; header files that it includes are looked for beside it.
    names : iterable of str, optional
        Keep these variables alone, with their times and axes.
    trusted : bool
        Of no effect: a text file is always read with care.

    Returns
    -------
    Dataset
        As `cdf.read` returns it: native names, the time variable as first dim, ISTP attributes.
        A fixed axis is a coordinate named as its dim.

    Raises
    ------
    CorruptFileError
        If the end mark is missing, or a record is incomplete or cannot be read.
    InputError
        If a header file that it includes is not there.
    DatasetError
        If it holds none of `names`, or no times.

    Warns
    -----
    PartialCoverageWarning
        If a file without an end mark ends before the span that its header announces.
    """
    path = Path(path)
    text = listing.text(path)
    found = _END_OF_HEADER.search(text)
    if found is None:
        raise listing.damaged(path, "its header has no end")
    if found.end() > _LONGEST_HEADER:
        message = f"{path.name} has a header of {found.end()} characters; at most {_LONGEST_HEADER} are read: ask the archive for CDF."
        raise InputError(message)
    header = _header(path, text[: found.end()].split("\n"))
    return _dataset(path, header, _values(path, header, text, found.end() + 1), names)


# --------------------------------------------------------------------------- header


def _header(path: Path, lines: list[str]) -> _Header:
    header, block, name = _Header({}, {}, {}), None, ""
    for key, value in _assignments(path, lines, []):
        if key in ("START_META", "START_VARIABLE"):
            block, name = {}, value
        elif key in ("END_META", "END_VARIABLE") and block is not None:
            ready = {k: " ".join(v) for k, v in block.items()}
            (header.meta if key == "END_META" else header.variables)[name] = ready
            block = None
        elif block is not None:
            if key != "ENTRY" or key not in block:
                block[key] = []
            block[key].append(value)
        else:
            header.keys[key] = value
    if block is not None:
        raise listing.damaged(path, f"the block of {name} has no end")
    _check_header(path, header)
    return header


def _check_header(path: Path, header: _Header) -> None:
    if "DATA_UNTIL" not in header.keys:
        raise listing.damaged(path, "its header has no end")
    if len(header.variables) > _MOST_VARIABLES:
        message = f"{path.name} has {len(header.variables)} variables; at most {_MOST_VARIABLES} are read: ask the archive for CDF."
        raise InputError(message)


def _assignments(path: Path, lines: list[str], included: list[str]):
    """Yield every KEY, value; continued lines are joined, included files are read in."""
    for line in _whole_lines(lines):
        found = _LINE.fullmatch(line)
        if not found and line.strip():
            raise listing.damaged(path, f"its header holds {line.strip()[:40]!r}")
        if not found:
            continue
        key, value = found[1].upper(), found[2].strip()
        if key == "INCLUDE":
            yield from _included(path, value.strip('"'), included)
        else:
            yield key, value.strip('"') if value.count('"') == 2 else value


def _whole_lines(lines: list[str]):
    """Yield lines without comments, continued ones joined."""
    parts: list[str] = []
    for line in lines:
        text = _without_comment(line).rstrip()
        if text.endswith("\\"):
            parts.append(text[:-1])
            continue
        yield " ".join([*parts, text])
        parts = []
    yield " ".join(parts)


def _without_comment(line: str) -> str:
    """Return a line up to an exclamation mark that is not within quotes.

    Examples
    --------
    >>> _without_comment('UNITS = "nT!" ! a remark')
    'UNITS = "nT!" '
    """
    if "!" not in line:
        return line
    at = 0
    for k, part in enumerate(line.split('"')):
        if k % 2 == 0 and "!" in part:
            return line[: at + part.index("!")]
        at += len(part) + 1
    return line


def _included(path: Path, name: str, included: list[str]):
    """Yield what a header file holds, which may be one beside the file, and no other."""
    base = Path(name).name
    known = _FGM_INCLUDE.fullmatch(name)
    if base in (path.name, *included) or len(included) >= _MOST_INCLUDES:
        message = f"{path.name} includes {base[:60]!r} again, or more than {_MOST_INCLUDES} header files: write what they hold into it."
        raise InputError(message)
    beside = path.with_name(base) if 0 < len(base) < 200 else None
    if beside and beside.is_file():
        included.append(base)
        text = listing.text(beside)
        if len(text) > _LONGEST_HEADER:
            message = f"{path.name} includes {base[:60]!r}, which is too long for a header file."
            raise InputError(message)
        yield from _assignments(path, text.split("\n"), included)
    elif known:
        yield from _fgm_header(f"C{known[1]}_CP_FGM_{path.name.split('_FGM_')[-1].split('_')[0]}")
    else:
        message = f"{path.name} includes the header file {name[:80]}, which is not beside it: get it from the same archive."
        raise InputError(message)


def _fgm_header(dataset: str):
    yield from (("START_META", "DATASET_ID"), ("ENTRY", dataset), ("END_META", "DATASET_ID"))
    for stem, kind, size, units, fill, frame, text in _FGM:
        name = f"{stem}__{dataset}"
        yield "START_VARIABLE", name
        yield from (("VALUE_TYPE", kind), ("SIZES", str(size)), ("UNITS", units), ("CATDESC", text))
        yield from (("FILLVAL", fill), ("COORDINATE_SYSTEM", frame))
        if stem != "time_tags":
            yield "DEPEND_0", f"time_tags__{dataset}"
        yield "END_VARIABLE", name


# --------------------------------------------------------------------------- records


def _records(path: Path, header: _Header, text: str, at: int):
    """Yield the records, some at a time; they must be whole and, but for EOF, properly ended."""
    mark = header.keys.get("END_OF_RECORD_MARKER", "").strip('"')
    rows, open_row = [], []
    for line in _lines(path, header, text, at):
        closed, rest = [line], ""
        if mark:
            *closed, rest = line.split(mark)
        for part in closed:
            rows.append(" ".join([*open_row, part]).strip())
            open_row = []
        open_row += [rest] if rest.strip() else []
        if len(rows) >= _ROWS:
            yield [row for row in rows if row]
            rows = []
    if open_row:
        raise listing.damaged(path, f"its last record is {' '.join(open_row).strip()[:40]!r}")
    yield [row for row in rows if row]


def _lines(path: Path, header: _Header, text: str, at: int):
    """Yield the lines of the records, one after the other, without comments."""
    until = header.keys["DATA_UNTIL"].strip('"')
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end]
        if until.upper() != "EOF" and line.startswith(until):
            return
        line = _without_comment(line).strip()
        if line:
            yield line
        at = end + 1
    if until.upper() != "EOF":
        raise listing.damaged(path, f"its last line {until!r} is missing")


# --------------------------------------------------------------------------- variables


def _dataset(path: Path, header: _Header, values: dict, names) -> xr.Dataset:
    meta = {k: block.get("ENTRY", "").replace('"', "") for k, block in header.meta.items()}
    attrs = words.global_attrs(meta)
    clocks = {n: (n, v) for n, v in values.items() if v.dtype.kind == "M" and v.ndim == 1}
    held = [n for n, v in values.items() if v.dtype.kind in "fi"]
    wanted = [n for n in (held if names is None else dict.fromkeys(names)) if n in held]
    if not wanted or not clocks:
        raise _nothing(path, header, values, names)
    made = _Made(path, header, values, clocks)
    for name in wanted:
        made.add(name)
    for name in values if names is None else ():
        if name not in held and name not in made.coords:
            add(attrs, name, "left out", detail=TIMES if name in clocks else TEXT)
    _warn_if_short(path, header, next(iter(clocks.values()))[1])
    data = {n: v for n, v in made.variables.items() if f"{n}_centre" not in made.coords}
    return xr.Dataset(data, made.coords, attrs)


def _nothing(path: Path, header: _Header, values: dict, names) -> Exception:
    """Return the error for a file without numbers or times that can be delivered."""
    kinds = {n: header.variables[n].get("VALUE_TYPE", "").upper() for n in values}
    ranges = [n for n, kind in kinds.items() if kind == "ISO_TIME_RANGE"]
    numeric = set(kinds.values()) & set(_NUMBERS)
    if ranges and numeric and "ISO_TIME" not in kinds.values():
        message = (
            f"{path.name} has no time base with one time a record ({ranges[0]} is a range of times, "
            "start/stop), which is not supported: write one time of each record."
        )
        return InputError(message)
    asked = ", ".join(names or ()) or "data"
    message = f"No {asked} over time in {path.name}, which holds {', '.join(values) or 'nothing'}."
    return DatasetError(message)


@dataclass
class _Made:
    """The variables and coordinates of a Dataset in the making."""

    path: Path
    header: _Header
    values: dict
    clocks: dict
    variables: dict = field(default_factory=dict)
    coords: dict = field(default_factory=dict)

    def add(self, name: str) -> None:
        """Add a variable with its time base and axes."""
        about = self.header.variables[name]
        clock = about.get("DEPEND_0", next(iter(self.clocks)))
        if clock not in self.clocks:
            raise listing.damaged(self.path, f"{name} depends on {clock}, which is no time")
        self.coords[clock] = self.clocks[clock]
        dims = [clock]
        for k, size in enumerate(self.values[name].shape[1:], 1):
            axis = about.get(f"DEPEND_{k}", "")
            known = axis not in (name, *dims) and self._axis(axis, clock, size)
            dims.append(axis if known else f"{name}_dim{k}")
        self.variables[name] = (dims, self.values[name], _attrs(about))

    def _axis(self, axis: str, clock: str, size: int) -> bool:
        """Add an axis, given as DATA in the header or by record; say whether there is one."""
        about = self.header.variables.get(axis, {})
        fixed = _axis(self.path, about, axis, size)
        self.coords |= fixed
        table = self.values.get(axis)
        if fixed or table is None or table.dtype.kind not in "fi":
            return bool(fixed)
        own = about.get("DEPEND_0", clock) == clock and table.shape == (
            len(self.clocks[clock][1]),
            size,
        )
        if own:
            self.coords[f"{axis}_centre"] = ((clock, axis), table, _attrs(about))
        return own


def _values(path: Path, header: _Header, text: str, at: int) -> dict[str, np.ndarray]:
    """Return the values of every variable in the records, by name."""
    recorded = {n: about for n, about in header.variables.items() if "DATA" not in about}
    shapes = {n: _shape(path, about) for n, about in recorded.items()}
    parts: dict[str, list] = {n: [] for n in recorded}
    for rows in _records(path, header, text, at):
        for name, values in _decoded(path, recorded, shapes, listing.table(path, rows)):
            parts[name].append(values)
    out = {}
    for name in recorded:
        filled = [p for p in parts[name] if len(p)] or parts[name][:1]
        parts[name] = []
        out[name] = filled[0] if len(filled) == 1 else np.concatenate(filled)
    return out


def _decoded(path: Path, recorded: dict, shapes: dict, table: pd.DataFrame):
    """Yield every variable's name and its values of some records."""
    needed = sum(math.prod(shape) for shape in shapes.values())
    if len(table) and table.shape[1] != needed:
        message = f"its records have {table.shape[1]} fields, its header names {needed}"
        raise listing.damaged(path, message)
    columns = [table[c] for c in table] if len(table) else [pd.Series(dtype=float)] * needed
    at = 0
    for name, about in recorded.items():
        n = math.prod(shapes[name])
        yield (
            name,
            _typed(path, name, about, columns[at : at + n]).reshape(len(table), *shapes[name]),
        )
        at += n


def _shape(path: Path, about: dict) -> tuple[int, ...]:
    """Return the shape of a variable in one record; a scalar has none."""
    sizes = _numbers(path, about.get("SIZES", "1"))
    if not ((sizes % 1 == 0).all() and (sizes >= 1).all()) or sizes.prod() > listing.MAX_FIELDS:
        raise listing.damaged(path, f"a variable has the sizes {about['SIZES']}")
    return tuple(int(n) for n in sizes if n > 1)


def _typed(path: Path, name: str, about: dict, columns: list[pd.Series]) -> np.ndarray:
    kind = about.get("VALUE_TYPE", "").upper()
    if kind == "ISO_TIME" and len(columns) == 1:
        return listing.times(path, columns[0])
    if kind not in _NUMBERS:  # words, or ranges of times: only their number matters
        return np.full((len(columns[0]), len(columns)), "", dtype="U1")
    values = np.stack([listing.numbers(path, name, c) for c in columns], axis=-1)
    whole = kind in ("INT", "BYTE") and values.dtype.kind in "iu" and len(values)
    return values if whole else values.astype(np.float64, copy=False)


def _numbers(path: Path, text: str) -> np.ndarray:
    try:
        return np.array([float(word) for word in text.replace('"', "").split(",")])
    except ValueError:
        raise listing.damaged(path, f"its header holds {text[:40]!r} for numbers") from None


def _axis(path: Path, about: dict, name: str, size: int) -> dict:
    """Return a fixed axis, given as DATA in the header, as a coordinate; or nothing."""
    if "DATA" not in about or about.get("VALUE_TYPE", "").upper() == "CHAR":
        return {}
    values = _numbers(path, about["DATA"])
    return {name: (name, values, _attrs(about))} if len(values) == size else {}


def _attrs(about: dict) -> dict:
    """Return the header's terms for one variable as ISTP attributes, numbers as numbers."""
    attrs = {k: about[k] for k in ("UNITS", "CATDESC", "FIELDNAM", "SI_CONVERSION") if about.get(k)}
    for key in ("FILLVAL", "VALIDMIN", "VALIDMAX"):
        try:
            attrs[key] = float(about.get(key, ""))
        except ValueError:  # absent, a list, or a time
            continue
    return attrs | words.about_components(about)


def _warn_if_short(path: Path, header: _Header, times: np.ndarray) -> None:
    """Warn if records without an end mark stop before the announced span does."""
    span = header.meta.get("FILE_TIME_SPAN", {}).get("ENTRY", "").split("/")
    if len(span) != 2 or not len(times) or header.keys["DATA_UNTIL"].strip('"').upper() != "EOF":
        return
    end = listing.times(path, pd.Series(span[1:]))[0]
    if times.max() < end:
        text = f"{path.name} announces data until {span[1]}, but ends at {times.max()}Z: it may be cut short."
        warnings.warn(text, PartialCoverageWarning, stacklevel=6)
