"""One month of the store: a Zarr group of version 2 in a zip, read from the zip itself.

Zarr and xarray together take longer to open seventeen small arrays than the numbers take to
unpack (benchmarks/survey.py shows both). Only what `store.put` writes is read here, and nothing
is written; the file stays one that any Zarr opens.
"""

import contextlib
import itertools
import json
import math
import zipfile
import zlib

import numpy as np
import xarray as xr

from smile_explore.errors import CorruptFileError

#: How chunks may be packed. "pickle" runs what it unpacks, and only new versions of numcodecs refuse.
_CODECS = ("blosc", "bz2", "gzip", "lz4", "lzma", "shuffle", "vlen-utf8", "zlib", "zstd")
#: What unpacking raises for a file that is not what was written.
_DAMAGE = (OSError, ValueError, KeyError, TypeError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error)  # fmt: skip


def attrs(path) -> dict:
    """Return the attributes of a month, none of its numbers."""
    with _opened(path) as (_, metadata):
        return metadata[".zattrs"]


def read(path, name=None) -> xr.Dataset:
    """Return a month, or one variable of it with the time.

    Raises
    ------
    CorruptFileError
        If the file is damaged.
    """
    return decoded(*encoded(path, () if name is None else (name,)))


def part(path, name=None, *, span) -> xr.Dataset:
    """Return what a month holds of an interval, or one variable of that."""
    return decoded(*encoded(path, () if name is None else (name,), span))


def outline(path, names, span) -> xr.Dataset:
    """Return what `part` does, with zeros for numbers that change with time and have a fraction."""
    return decoded(*encoded(path, names, span, is_outline=True))


def encoded(path, names=(), span=None, *, is_outline=False) -> tuple[dict, dict]:
    """Return a month's variables, times still as numbers, and attributes.

    Parameters
    ----------
    names : iterable of str
        These alone, of those that the month has, with their coordinates; all by default.
    span : (datetime64, datetime64), optional
        Only the samples of this half-open interval; chunks without any are not unpacked.
    is_outline : bool
        Zeros for numbers that change with time and have a fraction: nothing of them is unpacked.
    """
    with _opened(path) as (archive, metadata):
        held = {key.rpartition("/")[0] for key in metadata if key.endswith("/.zarray")}
        wanted = _with_coordinates(names, held, metadata) if names else held
        time = _variable(archive, metadata, "time")
        window = None
        if span is not None:
            window = np.searchsorted(_stamps(time), span).tolist()
            time = time[slice(*window)]
        one = _outlined if is_outline else _variable
        found = {k: one(archive, metadata, k, window) for k in sorted(wanted - {"time"})}
        return found | {"time": time}, metadata[".zattrs"]


def _with_coordinates(names, held: set[str], metadata: dict) -> set[str]:
    """Return the names that are there, of variables and of what they are plotted over."""
    own = [metadata[f"{name}/.zattrs"] for name in held & set(names)]
    texts = [str(attrs.get("coordinates", "")) for attrs in (*own, metadata[".zattrs"])]
    axes = {dim for attrs in own for dim in attrs["_ARRAY_DIMENSIONS"]}
    axes |= {name for text in texts for name in text.split()}
    return held & (set(names) | axes)


def decoded(variables: dict, attrs: dict) -> xr.Dataset:
    """Return encoded variables as the Dataset that was stored."""
    return xr.decode_cf(xr.Dataset(variables, attrs=attrs), decode_timedelta=False)


def _stamps(time: xr.Variable) -> np.ndarray:
    if time.attrs["units"] == "nanoseconds since 1970-01-01":  # as `load` leaves it
        return time.values.view("datetime64[ns]")
    return decoded({"time": time}, {})["time"].values


@contextlib.contextmanager
def _opened(path):
    """Yield the zip and all its metadata; what is read of a damaged one becomes `CorruptFileError`."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive, json.loads(archive.read(".zmetadata"))["metadata"]
    except _DAMAGE as err:
        message = f"{path} is damaged ({err}): delete it, and store the month again."
        raise CorruptFileError(message) from err


def _variable(archive, metadata: dict, name: str, window=None) -> xr.Variable:
    own = dict(metadata.get(f"{name}/.zattrs", {}))
    dims = own.pop("_ARRAY_DIMENSIONS")
    is_cut = window is not None and dims[:1] == ["time"]
    values = _values(archive, name, metadata[f"{name}/.zarray"], window if is_cut else None)
    return xr.Variable(dims, values, own)


def _outlined(archive, metadata: dict, name: str, window) -> xr.Variable:
    """Return a variable as `_variable` does, without unpacking what is a float in time."""
    own, spec = dict(metadata[f"{name}/.zattrs"]), metadata[f"{name}/.zarray"]
    dims, dtype = own.pop("_ARRAY_DIMENSIONS"), np.dtype(spec["dtype"])
    if dims[:1] != ["time"] or dtype.kind != "f":
        return _variable(archive, metadata, name, window)
    low, high = window or (0, spec["shape"][0])
    zeros = np.broadcast_to(np.zeros((), dtype), (high - low, *spec["shape"][1:]))
    return xr.Variable(dims, zeros, own)


def _values(archive, name: str, spec: dict, window) -> np.ndarray:
    """Return an array, or the part [low, high) of it along its first axis."""
    shape, chunks = tuple(spec["shape"]), tuple(spec["chunks"])
    low, high = window or (0, shape[0] if shape else 1)
    unpack, held = _unpacking(spec), archive.NameToInfo
    out = np.full((high - low, *shape[1:]) if shape else (), _fill(spec), spec["dtype"])
    axes = [range(math.ceil(n / step)) for n, step in zip(shape, chunks, strict=True)]
    if axes:
        axes[0] = range(low // chunks[0], math.ceil(high / chunks[0]))
    for index in itertools.product(*axes):
        key = f"{name}/{spec.get('dimension_separator', '.').join(map(str, index)) or 0}"
        if key in held:  # a chunk of nothing but the fill is not written
            block = unpack(archive.read(key)).reshape(chunks)
            _put(out, block, [i * step for i, step in zip(index, chunks, strict=True)], low)
    return out


def _put(out: np.ndarray, block: np.ndarray, corner: list[int], low: int) -> None:
    """Put a chunk where it belongs; its rim may lie outside the array, or before `low`."""
    if not out.ndim:
        out[()] = block
        return
    before = max(low - corner[0], 0)
    corner[0] = max(corner[0] - low, 0)
    block = block[before:]
    there = tuple(slice(a, a + n) for a, n in zip(corner, block.shape, strict=True))
    room = out[there]
    out[there] = block[tuple(slice(0, n) for n in room.shape)]


def _unpacking(spec: dict):
    """Return what makes numbers of a chunk's bytes."""
    from numcodecs import get_codec  # Zarr's own codecs, which come with it

    wanted = [c for c in (spec["compressor"], *(spec["filters"] or ())[::-1]) if c]
    if odd := [str(c["id"]) for c in wanted if c["id"] not in _CODECS]:
        message = f"packed with {', '.join(odd)}, which is not read"
        raise ValueError(message)
    codecs = [get_codec(c) for c in wanted]

    def unpack(data):
        for codec in codecs:
            data = codec.decode(data)
        return np.asarray(data) if spec["dtype"] == "|O" else np.frombuffer(data, spec["dtype"])

    return unpack


def _fill(spec: dict):
    """Return what stands where no chunk was written, as JSON has it: "NaN" is a text there."""
    fill, dtype = spec["fill_value"], np.dtype(spec["dtype"])
    return np.zeros((), dtype) if fill is None else np.array(fill).astype(dtype)
