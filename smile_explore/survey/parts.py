"""What one interval gave, as bytes: Parquet for a table, netCDF for a Dataset; and the folder of them.

A part comes into the folder by one rename after its bytes are on the disk, and its name holds
their digest: what a kill or a bad disk left behind is never read, nor is anything twice.
"""

import contextlib
import hashlib
import io
import os
import secrets
import time
from pathlib import Path

import pandas as pd
import xarray as xr

from smile_explore.errors import InputError, StorageError

_SUFFIX = {"parquet": ".parquet", "netcdf": ".nc"}
_PARTIAL, _DRAFT = "-partial", ".draft"


def encode(value) -> tuple[str, bytes]:
    """Return a table or Dataset as (kind, bytes).

    Raises
    ------
    InputError
        If a column or attribute is of a kind that no file holds.
    """
    try:
        if isinstance(value, pd.DataFrame):
            out = io.BytesIO()
            value.to_parquet(out, index=False)
            return "parquet", out.getvalue()
        return "netcdf", _as_netcdf(value)
    except (TypeError, ValueError) as err:  # pyarrow's own errors are among them
        message = f"What the function returned cannot be written ({err}): return numbers, texts and times."
        raise InputError(message) from err


def _as_netcdf(ds: xr.Dataset) -> bytes:
    """Write netCDF to memory; to_netcdf would ask a Dask client, even one closed, for a lock."""
    from xarray.backends import H5NetCDFStore

    out = io.BytesIO()
    with contextlib.closing(H5NetCDFStore.open(out, mode="w", lock=False)) as store:
        ds.load().dump_to_store(store)
    return out.getvalue()


def decode(kind: str, data: bytes):
    """Return what `encode` was given."""
    if kind == "parquet":
        return pd.read_parquet(io.BytesIO(data))
    return xr.load_dataset(io.BytesIO(data), engine="h5netcdf")


class Memory:
    """The parts of a survey that keeps nothing on disk."""

    def __init__(self):
        self._parts: dict[str, tuple[str, bytes]] = {}

    def __contains__(self, key):
        return key in self._parts

    def held(self) -> set[str]:
        """Return the keys of what need not be done again."""
        return set()

    def put(self, key: str, part: tuple[str, bytes], *, partial=False) -> None:
        """Keep one part."""
        self._parts[key] = part

    def get(self, key: str) -> tuple[str, bytes]:
        """Return one part as it was put."""
        return self._parts[key]


class Folder:
    """The parts of a survey in ``<folder>/parts``: ``<key>-<digest>.parquet`` or ``.nc``."""

    def __init__(self, folder):
        self.folder = Path(folder).expanduser()
        self.room = self.folder / "parts"
        self._paths: dict[str, Path] = {}
        try:
            self.room.mkdir(parents=True, exist_ok=True)
            for path in sorted(self.room.iterdir()):
                self._take(path)
        except OSError as err:
            raise _refused(self.folder, err) from err

    def __contains__(self, key):
        return key in self._paths

    def _take(self, path: Path) -> None:
        """Take in a part that is what its name says; remove what is not, or is a kill's draft."""
        key, _, digest = path.stem.removesuffix(_PARTIAL).partition("-")
        if path.suffix in _SUFFIX.values() and _digest(path.read_bytes()) == digest:
            self._paths[key] = path
        elif path.suffix in _SUFFIX.values() or _is_old_draft(path):
            path.unlink(missing_ok=True)

    def held(self) -> set[str]:
        """Return the keys of what need not be done again: a partial part may become whole."""
        return {key for key, path in self._paths.items() if not path.stem.endswith(_PARTIAL)}

    def put(self, key: str, part: tuple[str, bytes], *, partial=False) -> None:
        """Keep one part, in place of another of that key.

        Raises
        ------
        StorageError
            If the disk does not take it.
        """
        kind, data = part
        mark = _PARTIAL if partial else ""
        path = self.room / f"{key}-{_digest(data)}{mark}{_SUFFIX[kind]}"
        try:
            write_whole(path, data)
        except OSError as err:
            raise _refused(self.folder, err) from err
        before = self._paths.get(key, path)
        if before != path:
            before.unlink(missing_ok=True)
        self._paths[key] = path

    def get(self, key: str) -> tuple[str, bytes]:
        """Return one part as it was put."""
        path = self._paths[key]
        return "parquet" if path.suffix == ".parquet" else "netcdf", path.read_bytes()


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that no reader, and no kill, ever meets a part of it."""
    draft = path.with_name(f".{secrets.token_hex(4)}{_DRAFT}")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _is_old_draft(path: Path) -> bool:
    """Say whether a kill left this draft behind; one just being written is younger."""
    return path.suffix == _DRAFT and path.stat().st_mtime < time.time() - 3600


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _refused(folder: Path, err: OSError) -> StorageError:
    return StorageError(
        f"The survey's folder {folder} cannot be written ({err.strerror or err}): free space, or "
        "name another folder; what is in it is whole, and the same call goes on from there."
    )
