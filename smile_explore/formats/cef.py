r"""Cluster Exchange Format (CEF 2.0), plain or gzip.

A header of ``KEY = value`` lines and of blocks, one a variable, then records that a marker
ends, then a line that says the data are complete. Files that end without that line were cut
short; where the header says ``DATA_UNTIL = EOF`` there is no such line, and only a time before
the announced end can tell.

References
----------
Allen et al., Cluster Exchange Format - Data File Syntax, DS-QMW-TN-0010, issue 2.0.3 (2004).
"""

import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore.errors import DatasetError, InputError, PartialCoverageWarning
from smile_explore.formats import listing, words

_LINE = re.compile(r"\s*([A-Za-z_]\w*)\s*=(.*)")
_COMMENT = re.compile(r"""^((?:[^"!]|"[^"]*")*)!.*""")
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
    lines = listing.text(path).split("\n")
    start = next((i for i, line in enumerate(lines) if _key(line) == "DATA_UNTIL"), None)
    if start is None:
        raise listing.damaged(path, "its header has no end")
    header = _header(path, lines[: start + 1])
    records = _records(path, header, lines[start + 1 :])
    return _dataset(path, header, records, names)


# --------------------------------------------------------------------------- header


def _header(path: Path, lines: list[str]) -> _Header:
    header, block, name = _Header({}, {}, {}), None, ""
    for key, value in _assignments(path, lines):
        if key in ("START_META", "START_VARIABLE"):
            block, name = {}, value
        elif key in ("END_META", "END_VARIABLE") and block is not None:
            (header.meta if key == "END_META" else header.variables)[name] = block
            block = None
        elif block is not None:
            block[key] = f"{block[key]} {value}" if key == "ENTRY" and key in block else value
        else:
            header.keys[key] = value
    if block is not None:
        raise listing.damaged(path, f"the block of {name} has no end")
    return header


def _assignments(path: Path, lines: list[str], depth: int = 0):
    """Yield every KEY, value; continued lines are joined, included files are read in."""
    joined = re.sub(r"\\\s*\n", " ", "\n".join(_COMMENT.sub(r"\1", line) for line in lines))
    for line in joined.split("\n"):
        found = _LINE.fullmatch(line)
        if not found and line.strip():
            raise listing.damaged(path, f"its header holds {line.strip()[:40]!r}")
        if not found:
            continue
        key, value = found[1].upper(), found[2].strip()
        if key == "INCLUDE" and depth < 3:
            yield from _included(path, value.strip('"'), depth)
        else:
            yield key, value.strip('"') if value.count('"') == 2 else value


def _key(line: str) -> str:
    found = _LINE.fullmatch(line)
    return found[1].upper() if found else ""


def _included(path: Path, name: str, depth: int):
    beside = path.with_name(Path(name).name)
    known = _FGM_INCLUDE.fullmatch(name)
    if beside.is_file():
        yield from _assignments(beside, listing.text(beside).split("\n"), depth + 1)
    elif known:
        yield from _fgm_header(f"C{known[1]}_CP_FGM_{path.name.split('_FGM_')[-1].split('_')[0]}")
    else:
        message = f"{path.name} includes the header file {name}, which is not beside it: get it from the same archive."
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


def _records(path: Path, header: _Header, lines: list[str]) -> pd.DataFrame:
    """Return the records as columns; they must be complete and, but for EOF, properly ended."""
    until = header.keys["DATA_UNTIL"].strip('"')
    if until.upper() != "EOF":
        end = next((i for i, line in enumerate(lines) if line.startswith(until)), None)
        if end is None:
            raise listing.damaged(path, f"its last line {until!r} is missing")
        lines = lines[:end]
    lines = [_COMMENT.sub(r"\1", line).strip() for line in lines]
    mark = header.keys.get("END_OF_RECORD_MARKER", "").strip('"')
    if mark:
        *rows, rest = " ".join(lines).split(mark)
        if rest.strip():
            raise listing.damaged(path, f"its last record is {rest.strip()[:40]!r}")
        lines = [row.strip() for row in rows]
    return listing.table(path, [line for line in lines if line])


# --------------------------------------------------------------------------- variables


def _dataset(path: Path, header: _Header, table: pd.DataFrame, names) -> xr.Dataset:
    values = _values(path, header, table)
    clocks = {n: (n, v) for n, v in values.items() if v.dtype.kind == "M"}
    held = [n for n, v in values.items() if v.dtype.kind in "fi"]
    wanted = [n for n in (held if names is None else dict.fromkeys(names)) if n in held]
    if not wanted or not clocks:
        asked = ", ".join(names or held) or "data"
        message = (
            f"No {asked} over time in {path.name}, which holds {', '.join(values) or 'nothing'}."
        )
        raise DatasetError(message)
    variables, coords = {}, {}
    for name in wanted:
        about = header.variables[name]
        clock = about.get("DEPEND_0", next(iter(clocks)))
        if clock not in clocks:
            raise listing.damaged(path, f"{name} depends on {clock}, which is no time")
        coords[clock] = clocks[clock]
        dims = [clock]
        for k, size in enumerate(values[name].shape[1:], 1):
            axis = about.get(f"DEPEND_{k}", "")
            fixed = _axis(path, header.variables.get(axis, {}), axis, size)
            coords |= fixed
            dims.append(axis if fixed else f"{name}_dim{k}")
        variables[name] = (dims, values[name], _attrs(about))
    _warn_if_short(path, header, next(iter(clocks.values()))[1])
    meta = {k: block.get("ENTRY", "").replace('"', "") for k, block in header.meta.items()}
    return xr.Dataset(variables, coords, words.global_attrs(meta))


def _values(path: Path, header: _Header, table: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the values of every variable in the records, by name."""
    recorded = {n: about for n, about in header.variables.items() if "DATA" not in about}
    shapes = {n: _shape(path, about) for n, about in recorded.items()}
    needed = sum(int(np.prod(shape)) for shape in shapes.values())
    if len(table) and table.shape[1] != needed:
        message = f"its records have {table.shape[1]} fields, its header names {needed}"
        raise listing.damaged(path, message)
    values, at = {}, 0
    for name, about in recorded.items():
        n = int(np.prod(shapes[name]))
        columns = table.iloc[:, at : at + n] if len(table) else pd.DataFrame(columns=range(n))
        values[name] = _typed(path, name, about, columns).reshape(len(table), *shapes[name])
        at += n
    return values


def _shape(path: Path, about: dict) -> tuple[int, ...]:
    """Return the shape of a variable in one record; a scalar has none."""
    sizes = _numbers(path, about.get("SIZES", "1"))
    if (sizes % 1 != 0).any() or (sizes < 1).any() or sizes.prod() > listing.MAX_FIELDS:
        raise listing.damaged(path, f"a variable has the sizes {about['SIZES']}")
    return tuple(int(n) for n in sizes if n > 1)


def _typed(path: Path, name: str, about: dict, columns: pd.DataFrame) -> np.ndarray:
    kind = about.get("VALUE_TYPE", "").upper()
    if kind == "ISO_TIME" and columns.shape[1] == 1:
        return listing.times(path, columns.iloc[:, 0])
    if kind not in ("FLOAT", "DOUBLE", "INT"):
        return columns.to_numpy(dtype=object)
    if not len(columns):
        return np.empty(columns.shape)
    held = [listing.numbers(path, name, columns[c]) for c in columns]
    values = np.stack(held, axis=-1)
    return values if kind == "INT" else values.astype(np.float64)


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
