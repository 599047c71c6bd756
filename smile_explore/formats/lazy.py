"""Files read only when their numbers are needed: one Dask block a file, memory of a few files.

Of each file but the first only the times are decoded at once. Which files they are, and what
their variables are called, is the caller's; nothing is fetched here.
"""

import dataclasses
import functools
import itertools
import threading
from pathlib import Path

import numpy as np
import xarray as xr

from smile_explore import contract, joining
from smile_explore.catalogue import Product
from smile_explore.errors import DatasetError


def join(paths, read, axis_of) -> xr.Dataset | None:
    """Return the files' standardised Datasets joined along time, numbers still on disk.

    Parameters
    ----------
    paths : sequence of Path
        Files of one product, in time order; the first must hold what the others hold.
    read : functools.partial, with the keywords `row` and `trusted`
        Returns the standardised Dataset of a path; it is sent to Dask's workers. Of a file that
        has not changed since it was read here it trusts the structure.
    axis_of : callable
        Returns what `read` does without variables: the times of a path, and its attributes.

    Returns
    -------
    Dataset or None
        What `joining.join` would give, as Dask arrays with one block for each file. None if
        files reach into each other, so that only a whole sort could join them.
    """
    marks = [_mark(path) for path in paths]  # of before they are read
    first = read(paths[0])
    axes = [first[["time"]], *(axis_of(path) for path in paths[1:])]
    times = [axis["time"].values for axis in axes]
    filled = [(file, time) for *file, time in zip(paths, marks, times, strict=True) if len(time)]
    if any(a[-1] >= b[0] for (_, a), (_, b) in itertools.pairwise(filled)):
        return None
    if not filled:
        return first
    one = functools.partial(_of_product, read=read)
    return joining.mixed(of_blocks(first.isel(time=slice(0, 0)), filled, one), axes)


def of_blocks(skeleton: xr.Dataset, files: list, read) -> xr.Dataset:
    """Return `skeleton` with the times of all files, and blocks where its variables have time.

    Parameters
    ----------
    skeleton : Dataset
        Without samples: names, other axes and attributes of what all files hold.
    files : list of (file, times)
        In time order, and apart.
    read : callable
        Returns the Dataset of a file, or of a file and the name of one variable at least that.
    """
    from dask.base import tokenize

    token = tokenize([file for file, _ in files], read)
    opened = {(f"file-{token}", k): (File, file, read) for k, (file, _) in enumerate(files)}
    lengths = tuple(len(time) for _, time in files)
    found = {}
    for name, var in skeleton.variables.items():
        if "time" in var.dims and name != "time":
            found[name] = (var.dims, _blocks(name, var, opened, lengths), var.attrs)
    time = skeleton["time"]
    stamps = ("time", np.concatenate([stamps for _, stamps in files]), time.attrs)
    coords = {k: c for k, c in skeleton.coords.items() if "time" not in c.dims}
    coords |= {k: found.pop(k) for k in skeleton.coords if k in found}
    ds = xr.Dataset(found, coords | {"time": stamps}, skeleton.attrs)
    ds["time"].encoding = dict(time.encoding)
    return ds


class File:
    """A file as Dask holds it while blocks are made of it: read once or twice, never for each.

    The first variable is read alone, for most questions to years of data are about one; who
    asks for a second gets it from a reading of all.
    """

    def __init__(self, file, read):
        self._file, self._read = file, read
        self._whole, self._is_asked, self._lock = None, False, threading.Lock()

    def __reduce__(self):
        return File, (self._file, self._read)  # to another worker without what was read

    def having(self, name: str) -> xr.Dataset:
        """Return a Dataset that has the variable, if the file does."""
        with self._lock:
            if not self._is_asked:
                self._is_asked = True
                return self._read(self._file, name)
            if self._whole is None:
                self._whole = self._read(self._file)
            return self._whole


def _blocks(name: str, var: xr.Variable, opened: dict, lengths: tuple):
    """Return a Dask array; its graph is written down here, for Delayed takes as long as decoding."""
    import dask.array
    from dask.highlevelgraph import HighLevelGraph

    ((files, _), *_) = opened
    axis, own, layer = var.dims.index("time"), f"{name}-{files}", {}
    for k, (file, n) in enumerate(zip(opened, lengths, strict=True)):
        shape = (*var.shape[:axis], n, *var.shape[axis + 1 :])
        place = tuple(k if dim == axis else 0 for dim in range(var.ndim))
        layer[own, *place] = (_values, file, name, shape, var.dtype)
    chunks = tuple(lengths if dim == axis else (n,) for dim, n in enumerate(var.shape))
    graph = HighLevelGraph({own: layer, files: opened}, {own: {files}, files: set()})
    return dask.array.Array(graph, own, chunks, dtype=var.dtype)


def _values(file: File, name: str, shape: tuple, dtype) -> np.ndarray:
    """Return a file's numbers as the first file has them; NaN for a variable it lacks."""
    ds = file.having(name)
    if name not in ds.variables:
        return np.full(shape, np.nan, dtype if dtype.kind == "f" else float)
    values = ds[name].values
    if values.shape != shape:
        message = f"{name!r} has the shape {values.shape} in one file and {shape} by the first: load the interval without chunks, or in pieces."
        raise DatasetError(message)
    return values.astype(dtype, copy=False)


# --------------------------------------------------------------------------- files of a product


def _mark(path) -> tuple[int, int]:
    """Return what changes when a file does."""
    told = Path(path).stat()
    return told.st_size, told.st_mtime_ns


def _of_product(file, name=None, *, read) -> xr.Dataset:
    """Return a product's variables of a file, or what there is of the one that is asked for."""
    path, mark = file
    keywords = {"trusted": read.keywords["trusted"] or _mark(path) == mark}
    if needed := _needed(read.keywords["row"], name):
        row = dataclasses.replace(read.keywords["row"], variables=needed)
        try:
            return read(path, row=row, **keywords)
        except DatasetError:  # it may lack this one; else the whole has the same fault
            pass
    return read(path, **keywords)


def _needed(row: Product, name: str | None) -> tuple:
    """Return a variable of a product and the flags that apply to it; nothing for an axis."""
    own = [v for v in row.variables if v.name == name]
    flags = [v for v in row.variables if v.good and name in (v.applies_to or [name])]
    if not own or own[0].flag:
        return tuple(dataclasses.replace(v, good=()) for v in own)
    return (*own, *(dataclasses.replace(v, applies_to=()) for v in flags))


def check(ds: xr.Dataset) -> xr.Dataset:
    """Return `ds` if it keeps the contract; of numbers still on disk, their frame alone is checked.

    What is on disk was standardised, or was checked when it was stored: no value is read here.
    """
    if not ds.chunks:
        return contract.check(ds)
    empty = {
        name: (var.dims, np.empty([0] * var.ndim, var.dtype), var.attrs)
        for name, var in ds.variables.items()
        if "time" in var.dims and name != "time"
    }
    contract.check(xr.Dataset(empty, {"time": ds["time"][:0]}, ds.attrs))
    contract.check(xr.Dataset(coords={"time": ds["time"]}, attrs=ds.attrs))
    return ds
