"""The last files that this process decoded, for who soon asks for them again.

The windows of a survey lie in the same month file, or reach into their neighbours'. Nothing is
remembered outside `remembering`; a file that has changed is read again.
"""

import contextlib
import contextvars
import threading
from collections import OrderedDict
from pathlib import Path

import xarray as xr

from smile_explore import joining
from smile_explore.catalogue import Product
from smile_explore.formats import rows

#: Bytes of one process: a dozen months of OMNI at 1 min, or a few days of a spacecraft.
_ROOM = 64_000_000
_is_on = contextvars.ContextVar("is_on", default=False)
_held: OrderedDict[tuple, xr.Dataset] = OrderedDict()
_lock = threading.Lock()


@contextlib.contextmanager
def remembering():
    """Let `read` keep, within this context, what it decodes, and use what it kept before."""
    token = _is_on.set(True)
    try:
        yield
    finally:
        _is_on.reset(token)


def forget() -> None:
    """Give the memory back."""
    with _lock:
        _held.clear()


def read(paths, row: Product, *, quality: str, trusted: bool, lazily: bool = False) -> xr.Dataset:
    """Return what `rows.read` does; within `remembering`, each file is decoded once if it fits."""
    if lazily or not _is_on.get():
        return rows.read(paths, row, quality=quality, trusted=trusted, lazily=lazily)
    parts = [_one(path, row, quality=quality, trusted=trusted) for path in paths]
    # what is given away may be written to, what is kept not
    return joining.join([part.copy(deep=len(parts) == 1) for part in parts], row.name)


def _one(path: Path, row: Product, *, quality: str, trusted: bool) -> xr.Dataset:
    told = path.stat()
    key = (str(path), told.st_size, told.st_mtime_ns, row.name, quality)
    key = (*key, tuple(v.name for v in row.variables))
    with _lock:
        if key in _held:
            _held.move_to_end(key)
            return _held[key]
    ds = rows.read_one(path, row, quality=quality, trusted=trusted)
    with _lock:
        _held[key] = ds
        while sum(held.nbytes for held in _held.values()) > _ROOM:
            _held.popitem(last=False)
    return ds
