"""A store of a product over years: one Zarr file a calendar month, as `load` gave it.

``<cache>/store/<product>/<year>/<product>_<year><month>.zarr.zip`` holds [month, next month) in
the contract, quality "good", nothing lost. A month comes in by one rename and takes the place
of an older one, so that nothing is there twice and no reader meets a part; years grow in any
order. Nothing here asks a server, and nothing is ever stored that was not asked to be.
"""

import functools
import secrets
import warnings
from pathlib import Path

import numpy as np
import xarray as xr

from smile_explore import joining, settings
from smile_explore.catalogue import Product
from smile_explore.errors import NoDataError
from smile_explore.formats import lazy
from smile_explore.sources import cache, month, periods
from smile_explore.sources.periods import Period


def months(start, stop) -> list[Period]:
    """Return the calendar months that cover [start, stop)."""
    return periods.covering("month", start, stop)


def holds(row: Product, period: Period) -> bool:
    """Say whether a month is stored."""
    return _path(row, period).is_file()


def is_settled(row: Product, period: Period) -> bool:
    """Say whether a month is stored, whole, and was over when it was."""
    if not holds(row, period):
        return False
    attrs = month.attrs(_path(row, period))
    over = np.datetime64(attrs["retrieved"].rstrip("Z"), "s") >= period.stop
    return over and "missing" not in attrs


def put(row: Product, period: Period, ds: xr.Dataset) -> None:
    """Store a month, in place of what is stored of it.

    Raises
    ------
    StorageError
        If the disk does not take it; what is stored stays as it is.
    """
    import zarr

    path = _path(row, period)
    with cache.storing():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{secrets.token_hex(4)}.draft")
        try:
            store = zarr.storage.ZipStore(draft, mode="w")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # the zip's names, written twice
                _plain(ds).to_zarr(store, zarr_format=2, consolidated=True)
            store.close()
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)


def read(row: Product, start, stop, chunks=None, variables=()) -> xr.Dataset | None:
    """Return [start, stop) of a product, or None if the store lacks a month of it.

    Parameters
    ----------
    chunks : optional
        Anything but None gives Dask arrays, a block a month, which are read when they are needed.
    variables : iterable of str
        Read only these, of those that the months have, and their coordinates; all by default.
    """
    paths = [_path(row, period) for period in months(start, stop)]
    if not all(path.is_file() for path in paths):
        return None
    if chunks is None:
        ds, stated = _at_once(paths, (start, stop), variables)
    else:
        ds, stated = _when_needed(paths, (start, stop), variables)
    if ds is None:
        message = f"{row.name}: the store's months hold nothing of the interval."
        raise NoDataError(message)
    return _named(ds, row, stated)


def _at_once(paths, span, names):
    """Return what the months hold of an interval, and the attributes of all of them."""
    parts = [month.encoded(path, names, span) for path in paths]
    stated = [(attrs, variables["time"].size) for variables, attrs in parts]
    filled = [part for part in parts if part[0]["time"].size]
    if not filled:
        return None, stated
    whole = _end_to_end([variables for variables, _ in filled])
    if whole is None:
        return joining.join([month.decoded(*part) for part in parts]), stated
    ds = month.decoded(whole, dict(filled[0][1]))
    joining.about(ds, [xr.Dataset(attrs=attrs) for attrs, _ in stated])
    return ds, stated


def _end_to_end(parts: list[dict]) -> dict | None:
    """Return variables of months that differ in their times alone, one after the other; else None.

    Months are in order and apart, so that nothing need be sorted; what is in one month only,
    or has another axis there, is for `joining.join`.
    """
    if any(part.keys() != parts[0].keys() for part in parts):
        return None
    columns = {name: [part[name] for part in parts] for name in parts[0]}
    if not all(_alike(column) for column in columns.values()):
        return None
    return {name: _one_after_the_other(column) for name, column in columns.items()}


def _one_after_the_other(column: list[xr.Variable]) -> xr.Variable:
    first = column[0]
    if "time" not in first.dims:
        return first
    values = np.concatenate([var.values for var in column])
    return xr.Variable(first.dims, values, first.attrs)


def _alike(column: list[xr.Variable]) -> bool:
    """Say whether variables differ in no more than their number of times."""
    first, *others = column
    if "time" not in first.dims:
        return all(var.identical(first) for var in others)
    frames = [(var.dims, var.dtype, var.shape[1:], var.attrs) for var in column]
    return all(frame == frames[0] for frame in frames)


def _when_needed(paths, span, names):
    """As `_at_once`, with Dask arrays: only times and axes are read now."""
    parts = [lazy.stripped(month.outline(path, names, span)) for path in paths]
    stated = [(part.attrs, part.sizes["time"]) for part in parts]
    filled = [k for k, part in enumerate(parts) if part.sizes["time"]]
    if not filled:
        return None, stated
    one = functools.partial(month.part, span=span)
    return lazy.of_files([paths[k] for k in filled], [parts[k] for k in filled], one, parts), stated


def _named(ds: xr.Dataset, row: Product, stated: list) -> xr.Dataset:
    """Say where the months came from, and what they lack; `stated` holds attributes and sizes."""
    filled = [attrs for attrs, n in stated if n]
    names = [name for attrs in filled for name in attrs["source_files"].split()]
    missing = [attrs["missing"] for attrs, _ in stated if "missing" in attrs]
    ds.attrs.pop("missing", None)
    oldest = min(attrs["retrieved"] for attrs in filled)
    ds.attrs |= {"source": f"store {_home(row)}", "retrieved": oldest}
    ds.attrs |= {"source_files": " ".join(dict.fromkeys(names))}
    if missing:
        ds.attrs["missing"] = "; ".join(missing)
    return ds


def _home(row: Product) -> Path:
    return settings.cache_dir() / "store" / row.key


def _path(row: Product, period: Period) -> Path:
    stamp = periods.to_datetime(period.start)
    return _home(row) / f"{stamp:%Y}" / f"{row.key}_{stamp:%Y%m}.zarr.zip"


def _plain(ds: xr.Dataset) -> xr.Dataset:
    """Return `ds` without what a reader of files left in its encodings."""
    plain = ds.drop_encoding()
    plain["time"].encoding = dict(ds["time"].encoding)
    return plain
