"""How much may come: the largest file that is accepted, and the room on the disk."""

import shutil
from pathlib import Path

from smile_explore import settings
from smile_explore.errors import ServerError, StorageError

_RESERVE = 100 << 20  # bytes that stay free for all else on the disk


def refuse_size(name: str, size: int, *, came: int = 0) -> None:
    """Raise unless a file of `size` bytes, of which `came` are on the disk, may be stored.

    Raises
    ------
    ServerError
        If it is larger than ``SMILE_EXPLORE_MAX_GB`` allows.
    StorageError
        If the disk of the cache has no room for it.
    """
    largest, free = settings.max_bytes(), _free()
    if size > largest:
        message = (
            f"sends {name} of {_text(size)}, which is more than {_text(largest)} "
            "(SMILE_EXPLORE_MAX_GB allows more)"
        )
        raise ServerError(message)
    if size - came + _RESERVE > free:
        message = (
            f"{name} has {_text(size)}, and {settings.cache_dir()} has {_text(free)} free, of which "
            f"{_text(_RESERVE)} stay free: free space, or set SMILE_EXPLORE_CACHE to another disk."
        )
        raise StorageError(message)


def _free() -> int:
    """Return the free bytes on the disk where the cache is, or will be."""
    folder = settings.cache_dir().absolute()
    there = next(p for p in (folder, *folder.parents) if p.exists())
    return shutil.disk_usage(Path(there)).free


def _text(size: int) -> str:
    return f"{size / 1e9:.3g} GB" if size >= 1e9 else f"{size / 1e6:.3g} MB"
