"""A store of a product over years: one Zarr file a calendar month, as `load` gave it.

``<cache>/store/<product>/<year>/<product>_<year><month>.zarr.zip`` holds [month, next month) in
the contract, quality "good", nothing lost. A month comes in by one rename and takes the place
of an older one, so that nothing is there twice and no reader meets a part; years grow in any
order. Nothing here asks a server, and nothing is ever stored that was not asked to be.
"""

import contextlib
import secrets
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np
import xarray as xr

from smile_explore import contract, settings
from smile_explore.catalogue import Product
from smile_explore.errors import CorruptFileError, NoDataError
from smile_explore.sources import cache, periods
from smile_explore.sources.periods import Period


def months(start, stop) -> list[Period]:
    """Return the calendar months that cover [start, stop)."""
    return periods.covering("month", start, stop)


def holds(row: Product, month: Period) -> bool:
    """Say whether a month is stored."""
    return _path(row, month).is_file()


def is_settled(row: Product, month: Period) -> bool:
    """Say whether a month is stored, whole, and was over when it was."""
    if not holds(row, month):
        return False
    with _opened(_path(row, month)) as ds:
        over = np.datetime64(ds.attrs["retrieved"].rstrip("Z"), "s") >= month.stop
        return over and "missing" not in ds.attrs


def put(row: Product, month: Period, ds: xr.Dataset) -> None:
    """Store a month, in place of what is stored of it.

    Raises
    ------
    StorageError
        If the disk does not take it; what is stored stays as it is.
    """
    import zarr

    path = _path(row, month)
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


def read(row: Product, start, stop, chunks=None) -> xr.Dataset | None:
    """Return [start, stop) of a product, or None if the store lacks a month of it.

    Parameters
    ----------
    chunks : optional
        As xarray's: "auto" gives Dask arrays that are read when they are needed.
    """
    wanted = months(start, stop)
    if not all(holds(row, month) for month in wanted):
        return None
    parts, missing = [], []
    for month in wanted:
        with _opened(_path(row, month), chunks) as ds:
            part = contract.clip(ds, start, stop)
            parts.append(part if chunks is not None else part.load())
            missing += filter(None, [ds.attrs.get("missing")])
    return _joined(row, parts, missing)


def _joined(row: Product, parts: list, missing: list[str]) -> xr.Dataset:
    filled = [part for part in parts if part.sizes["time"]]
    if not filled:
        message = f"{row.name}: the store's months hold nothing of the interval."
        raise NoDataError(message)
    names = [name for part in filled for name in part.attrs["source_files"].split()]
    oldest = min(part.attrs["retrieved"] for part in filled)
    ds = contract.join(filled)
    ds.attrs = dict(filled[0].attrs)
    ds.attrs |= {"source": f"store {_home(row)}", "retrieved": oldest}
    ds.attrs |= {"source_files": " ".join(dict.fromkeys(names))}
    ds.attrs.pop("missing", None)
    if missing:
        ds.attrs["missing"] = "; ".join(missing)
    return ds


def _home(row: Product) -> Path:
    return settings.cache_dir() / "store" / row.name


def _path(row: Product, month: Period) -> Path:
    stamp = periods.to_datetime(month.start)
    return _home(row) / f"{stamp:%Y}" / f"{row.name}_{stamp:%Y%m}.zarr.zip"


@contextlib.contextmanager
def _opened(path: Path, chunks=None):
    """Yield a month's Dataset; what is read of a damaged one becomes `CorruptFileError`."""
    import zarr

    try:
        store = zarr.storage.ZipStore(path, mode="r")
        ds = xr.open_zarr(store, chunks=chunks, decode_timedelta=False)
        yield ds
        if chunks is None:
            ds.close()
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as err:
        message = f"{path} is damaged ({err}): delete it, and store the month again."
        raise CorruptFileError(message) from err


def _plain(ds: xr.Dataset) -> xr.Dataset:
    """Return `ds` without what a reader of files left in its encodings."""
    plain = ds.drop_encoding()
    plain["time"].encoding = dict(ds["time"].encoding)
    return plain
