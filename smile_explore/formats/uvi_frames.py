"""Thousands of UVI images as one Dataset: at once only their times are read, a frame when it is looked at.

An image is a file of its own, 43 hours are 5160 of them and 38 GB. The first file is read whole,
for names, dims and attributes; of the others only the time stamp, by a look at the few records of
the CDF that lead to it. Every other byte is read behind the guard, as of any CDF, when needed.
"""

import functools
import os
import struct
from pathlib import Path

import numpy as np
import pycdfpp
import xarray as xr

from smile_explore import contract, joining
from smile_explore.errors import DatasetError
from smile_explore.formats import lazy, words
from smile_explore.report import add

_CDR, _GDR, _ADR, _A_ENTRY, _VXR, _VVR, _ZVDR = 1, 2, 4, 5, 6, 7, 8
_MAGIC = b"\xcd\xf3\x00\x01\x00\x00\xff\xff"
_ORDER = {1: ">", 6: "<"}  # of values, by the encoding of the CDF: network, PC
_TT2000 = 33
_TEXTS = (51, 52)
_NUMBERS = {1: "b", 2: "h", 4: "i", 8: "q", 11: "B", 12: "H", 14: "I", 21: "f", 22: "d", 41: "b", 44: "f", 45: "d"}  # fmt: skip
_CLOCK = "EPOCH"
_MOST = 500  # variables or attributes


def join(paths, read, product: str) -> xr.Dataset | None:
    """Return images joined along time, numbers still on disk.

    Parameters
    ----------
    paths : sequence of Path
        Of level 2, AURORA-GEO, in any order.
    read : functools.partial, with the keywords `row` and `trusted`
        Returns the standardised Dataset of a path.
    product : str
        For errors.

    Returns
    -------
    Dataset or None
        As `lazy.join` gives it, a block for each image. None if one of the files is not a single
        image of the common layout, so that more of each has to be read.
    """
    marks = [lazy._mark(path) for path in paths[:1]]  # of before it is read
    first = read(paths[0])
    stamps = [stamp(path) for path in paths]
    if first.sizes.get("time") != 1 or None in stamps:
        return None
    times = pycdfpp.to_datetime64(np.array([t for t, _ in stamps], np.int64).view(_tt2000()))
    skeleton = lazy._uncounted(lazy.stripped(first))
    frame = joining.common([skeleton], product)
    files = [(paths[0], marks[0]), *((path, None) for path in paths[1:])]  # guarded when read
    one = functools.partial(_frame_of, read=read, like=_kinds(skeleton))
    variables = lazy._variables(frame, files, [skeleton] * len(files), one)
    ds = joining.assembled(frame, times, variables)
    order = np.unique(times, return_index=True)[1]
    if len(order) < len(times):
        detail = "equal stamps in two files, the first is kept"
        count = len(times) - len(order)
        add(skeleton.attrs, "time", "records dropped", count=count, of=len(times), detail=detail)
    ds = ds.isel(time=order) if len(order) < len(times) or (np.diff(order) != 1).any() else ds
    ds = contract.ordered(ds)
    joining.about(ds, [skeleton])
    ds.attrs["simulated"] = max(int(first.attrs.get("simulated", 0)), *(s for _, s in stamps))
    for name in ds.data_vars:
        add(ds.attrs, name, "not counted", detail="read when its numbers are needed")
    return ds


def _kinds(ds: xr.Dataset) -> dict[str, str]:
    return {str(name): var.dtype.kind for name, var in ds.data_vars.items()}


def _frame_of(file, name=None, *, read, like) -> xr.Dataset:
    """Return one image, or what there is of the variable that is asked for."""
    ds = lazy._of_product(file, name, read=read, outline=read)
    odd = [k for k, da in ds.data_vars.items() if like.get(k, "f") in "iu" and da.dtype.kind == "f"]
    if odd:
        message = f"{', '.join(odd)} of {Path(file[0]).name} has missing values, and none in the first image: load the interval in pieces."
        raise DatasetError(message)
    return ds


def _tt2000():
    return pycdfpp.to_tt2000(np.array(["2026-07-20"], "M8[ns]")).dtype


# --------------------------------------------------------------------------- one time stamp


def stamp(path) -> tuple[int, int] | None:
    """Return the TT2000 of a file's only image, and whether the file calls itself simulated.

    Parameters
    ----------
    path : Path

    Returns
    -------
    (int, int) or None
        Nanoseconds of TT since J2000, and 0 or 1. None if the file is not of version 3, is
        packed as a whole, holds other than one record, or is damaged on the way to it.
    """
    try:
        with Path(path).open("rb", buffering=0) as file:
            return _stamp(file.fileno(), os.fstat(file.fileno()).st_size)
    except (struct.error, LookupError):
        return None


def _stamp(file: int, size: int) -> tuple[int, int] | None:
    head = os.pread(file, 48, 0)
    gdr, _, _, encoding = struct.unpack_from(">qiii", head, 20)
    order = _ORDER[encoding]
    if head[:8] != _MAGIC or struct.unpack_from(">i", head, 16)[0] != _CDR:
        return None
    variables, attributes, eof = struct.unpack(">8xqqq", _record(file, gdr, _GDR, 44)[12:])
    if not eof <= size <= eof + 16:
        return None
    clock = next((r for r in _chain(file, variables, _ZVDR, 340) if _named(r, 84) == _CLOCK), None)
    mark = next((r for r in _chain(file, attributes, _ADR, 324) if _named(r, 68).lower() == "simulated"), None)  # fmt: skip
    time = None if clock is None else _time(file, clock, order)
    return None if time is None else (time, _simulated(file, mark, order))


def _record(file: int, at: int, kind: int, n: int) -> bytes:
    """Return the first bytes of a record, which must be there and of its kind."""
    if at < 0:
        raise IndexError(at)
    data = os.pread(file, n, at)
    if struct.unpack_from(">i", data, 8)[0] != kind:
        raise LookupError(kind)
    return data


def _chain(file: int, at: int, kind: int, n: int):
    """Yield the records of a linked list; of one that goes in circles the first few hundred."""
    for _ in range(_MOST):
        if not at:
            return
        data = _record(file, at, kind, n)
        yield data
        (at,) = struct.unpack_from(">q", data, 12)
    raise LookupError(kind)


def _named(record: bytes, at: int) -> str:
    return record[at : at + 256].rstrip(b"\0 ").decode("latin-1")


def _time(file: int, record: bytes, order: str) -> int | None:
    """Return the one value of a variable that is not compressed."""
    data_type, last, index = struct.unpack_from(">iiq", record, 20)
    if data_type != _TT2000 or last != 0:
        return None
    entries = struct.unpack_from(">i", _record(file, index, _VXR, 28), 20)[0]
    if not 0 < entries <= _MOST:
        return None
    where = os.pread(file, 8, index + 28 + 8 * entries)
    data = _record(file, *struct.unpack(">q", where), _VVR, 20)
    return struct.unpack_from(f"{order}q", data, 12)[0]


def _simulated(file: int, attribute: bytes | None, order: str) -> int:
    """Return 1 if a global attribute calls the file simulated."""
    at = struct.unpack_from(">q", attribute, 20)[0] if attribute else 0
    if not at:
        return 0
    data = _record(file, at, _A_ENTRY, 120)
    data_type, _, n = struct.unpack_from(">iii", data, 24)
    text = data[56 : 56 + n].decode("latin-1")
    number = (
        () if data_type in _TEXTS else struct.unpack_from(order + _NUMBERS[data_type], data, 56)
    )
    return words.simulated({"simulated": number[0] if number else text})
