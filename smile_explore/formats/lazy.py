"""Files read only when their numbers are needed: one Dask block a file, memory of a few files.

At once only an outline of each file is read: its times, its axes and what its variables are like.
Which files they are, and what their variables are called, is the caller's; nothing is fetched here.
"""

import functools
import threading
from pathlib import Path

import numpy as np
import xarray as xr

from smile_explore import contract, joining, report
from smile_explore.catalogue import Product
from smile_explore.errors import DatasetError
from smile_explore.formats import selection

#: Entries of a report that only the numbers can give.
_COUNTED = ("fill", "valid range", "valid range not applied", "quality flag", "not finite")


def join(paths, read, outline, product: str = "") -> xr.Dataset:
    """Return the files' standardised Datasets joined along time, numbers still on disk.

    Parameters
    ----------
    paths : sequence of Path
        Files of one product, in time order.
    read : functools.partial, with the keywords `row` and `trusted`
        Returns the standardised Dataset of a path; it is sent to Dask's workers. Of a file that
        has not changed since it was read here it trusts the structure.
    outline : functools.partial, with the keywords `row` and `trusted`
        Returns what `read` does, but only times, axes and attributes need be true.
    product : str
        For errors.

    Returns
    -------
    Dataset
        What `joining.join` gives, as Dask arrays with one block for each file.
    """
    files = [(path, _mark(path)) for path in paths]  # of before they are read
    parts = [_uncounted(stripped(_seen(path, read, outline))) for path in paths]
    filled = [k for k, part in enumerate(parts) if part.sizes["time"]]
    if not filled:
        return read(paths[0])
    one = functools.partial(_of_product, read=read, outline=outline)
    ds = of_files([files[k] for k in filled], [parts[k] for k in filled], one, parts, product)
    for name in ds.data_vars:
        report.add(ds.attrs, name, "not counted", detail="read when its numbers are needed")
    return ds


def _seen(path, read, outline) -> xr.Dataset:
    """Return a file's outline; if records were dropped, only their numbers say how much that costs."""
    ds = outline(path)
    is_thinned = any(what == "records dropped" for _, what, *_ in report.entries(ds.attrs))
    return read(path) if is_thinned else ds


def _uncounted(ds: xr.Dataset) -> xr.Dataset:
    """Return an outline without those entries of its report that need the numbers."""
    entries = [e for e in report.entries(ds.attrs) if e[1] not in _COUNTED or e[0] in ds.coords]
    ds.attrs.pop(report.KEY, None)
    report.extend(ds.attrs, entries)
    return ds


def of_files(files: list, filled: list[xr.Dataset], read, parts, product: str = "") -> xr.Dataset:
    """Return files joined along time, with a block of each for every variable that has time.

    Parameters
    ----------
    files : list
        What `read` takes.
    filled : list of Dataset
        The outline of each of these files.
    read : callable
        Returns the Dataset of a file, or of a file and the name of one variable at least that.
    parts : list of Dataset
        Outlines of these files and of those that hold no records.
    product : str
        For errors.
    """
    frame = joining.common(filled, product)
    variables = _variables(frame, files, filled, read)
    stamps = np.concatenate([part["time"].values for part in filled])
    ds = joining.assembled(frame, stamps, variables)
    order = np.unique(stamps, return_index=True)[1]
    if len(order) < len(stamps) or (np.diff(order) != 1).any():
        ds = ds.isel(time=order)  # files that reach into each other
    return joining.described(contract.ordered(ds), frame, filled, parts)


def stripped(ds: xr.Dataset) -> xr.Dataset:
    """Return an outline in no more memory than its times and axes for the whole file take."""
    bare = {
        name: (var.dims, np.broadcast_to(np.zeros((), var.dtype), var.shape), var.attrs)
        for name, var in ds.variables.items()
        if "time" in var.dims and name != "time"
    }
    coords = {name: bare.pop(name) for name in ds.coords if name in bare}
    out = ds.drop_vars([*bare, *coords]).assign(bare).assign_coords(coords)
    return out[[k for k in ds.variables if k in out.data_vars]]


class File:
    """A file as Dask holds it while blocks are made of it: read once or twice, never for each.

    The first variable is read alone, for most questions to years of data are about one; who
    asks for a second gets it from a reading of all.
    """

    def __init__(self, file, read, frame=None):
        self._file, self._read, self._frame = file, read, frame
        self._whole, self._is_asked, self._lock = None, False, threading.Lock()

    def __reduce__(self):
        return File, (self._file, self._read, self._frame)  # to another worker without numbers

    def having(self, name: str) -> xr.Dataset:
        """Return a Dataset that has the variable, if the file does."""
        with self._lock:
            if not self._is_asked:
                self._is_asked = True
                return self._read(self._file, name)
            if self._whole is None:
                self._whole = self._read(self._file)
            return self._whole

    def values(self, name: str, n: int) -> np.ndarray:
        """Return the file's numbers of a variable as the frame of all files has them."""
        ds = self.having(name)
        if ds.sizes["time"] != n:
            message = f"{self._frame.product}: {self._file} holds {ds.sizes['time']} records, {n} when it was opened: load it again."
            raise DatasetError(message)
        return joining.values(ds, self._frame, name)


def _variables(frame: joining.Frame, files: list, filled, read) -> dict[str, xr.Variable]:
    """Return a Dask array for each variable that is not the same in all files."""
    from dask.base import tokenize

    token = tokenize(files, read, sorted(frame.columns))
    opened = {(f"file-{token}", k): (File, file, read, frame) for k, file in enumerate(files)}
    return {
        name: xr.Variable(column.dims, _blocks(name, frame, opened, filled), column.attrs)
        for name, column in frame.columns.items()
        if column.fixed is None
    }


def _blocks(name: str, frame: joining.Frame, opened: dict, filled):
    """Return a Dask array; its graph is written down here, for Delayed takes as long as decoding."""
    import dask.array
    from dask.highlevelgraph import HighLevelGraph

    ((files, _), *_) = opened
    column, own, layer = frame.columns[name], f"{name}-{files}", {}
    rest = tuple(frame.sizes[dim] for dim in column.dims[1:])
    lengths = tuple(part.sizes["time"] for part in filled)
    for k, (file, n) in enumerate(zip(opened, lengths, strict=True)):
        layer[own, k, *(0 for _ in rest)] = (File.values, file, name, n)
    chunks = (lengths, *((size,) for size in rest))
    graph = HighLevelGraph({own: layer, files: opened}, {own: {files}, files: set()})
    return dask.array.Array(graph, own, chunks, dtype=column.dtype)


# --------------------------------------------------------------------------- files of a product


def _mark(path) -> tuple[int, int]:
    """Return what changes when a file does."""
    about = Path(path).stat()
    return about.st_size, about.st_mtime_ns


def _of_product(file, name=None, *, read, outline) -> xr.Dataset:
    """Return a product's variables of a file, or what there is of the one that is asked for."""
    path, mark = file
    row: Product = read.keywords["row"]
    keywords = {"trusted": read.keywords["trusted"] or _mark(path) == mark}
    if name is not None and name not in {v.name for v in row.variables}:
        return (outline if name.endswith("_centre") else read)(path, **keywords)  # an axis
    if name is None:
        return read(path, **keywords)
    return read(path, row=selection.narrowed(row, (name,)), **keywords)


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
