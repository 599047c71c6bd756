"""Files read only when their numbers are needed: one Dask block a file, memory of a few files.

Of each file but the first only the times are decoded at once. Which files they are, and what
their variables are called, is the caller's; nothing is fetched here.
"""

import itertools

import numpy as np
import xarray as xr

from smile_explore import contract
from smile_explore.errors import DatasetError


def join(paths, read, times_of) -> xr.Dataset | None:
    """Return the files' standardised Datasets joined along time, numbers still on disk.

    Parameters
    ----------
    paths : sequence of str
        Files of one product, in time order; the first must hold what the others hold.
    read : callable
        Returns the standardised Dataset of a path; it is sent to Dask's workers.
    times_of : callable
        Returns the times of a path alone.

    Returns
    -------
    Dataset or None
        What `contract.join` would give, as Dask arrays with one block for each file. None if
        files reach into each other, so that only a whole sort could join them.
    """
    first = read(paths[0])
    times = [first["time"].values, *(times_of(path) for path in paths[1:])]
    filled = [(path, time) for path, time in zip(paths, times, strict=True) if len(time)]
    if any(a[-1] >= b[0] for (_, a), (_, b) in itertools.pairwise(filled)):
        return None
    if not filled:
        return first
    return _of_blocks(first.isel(time=slice(0, 0)), filled, read)


def _of_blocks(skeleton: xr.Dataset, files: list, read) -> xr.Dataset:
    """Return `skeleton` with the times of all files, and blocks where its variables have time."""
    import dask

    wholes = [dask.delayed(read, pure=True)(path) for path, _ in files]
    lengths = [len(time) for _, time in files]
    found = {}
    for name, var in skeleton.variables.items():
        if "time" in var.dims and name != "time":
            found[name] = (var.dims, _blocks(name, var, (wholes, lengths)), var.attrs)
    time = skeleton["time"]
    stamps = ("time", np.concatenate([stamps for _, stamps in files]), time.attrs)
    coords = {k: c for k, c in skeleton.coords.items() if "time" not in c.dims}
    coords |= {k: found.pop(k) for k in skeleton.coords if k in found}
    ds = xr.Dataset(found, coords | {"time": stamps}, skeleton.attrs)
    ds["time"].encoding = dict(time.encoding)
    return ds


def _blocks(name: str, var: xr.Variable, files):
    import dask
    import dask.array

    parts = []
    axis = var.dims.index("time")
    for whole, n in zip(*files, strict=True):
        shape = (*var.shape[:axis], n, *var.shape[axis + 1 :])
        values = dask.delayed(_values, pure=True)(whole, name, shape, var.dtype)
        parts.append(dask.array.from_delayed(values, shape, var.dtype))
    return dask.array.concatenate(parts, axis=axis)


def _values(ds: xr.Dataset, name: str, shape: tuple, dtype) -> np.ndarray:
    """Return a file's numbers as the first file has them; NaN for a variable it lacks."""
    if name not in ds.variables:
        return np.full(shape, np.nan, dtype if dtype.kind == "f" else float)
    values = ds[name].values
    if values.shape != shape:
        message = f"{name!r} has the shape {values.shape} in one file and {shape} by the first: load the interval without chunks, or in pieces."
        raise DatasetError(message)
    return values.astype(dtype, copy=False)


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
