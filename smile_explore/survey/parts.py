"""What one interval gave, as bytes: Parquet for a table, netCDF for a Dataset; and the folder of them.

A part comes into the folder by one rename after its bytes are on the disk, and its name holds
their digest: what a kill or a bad disk left behind is never read, nor is anything twice.
"""

import contextlib
import hashlib
import io
import logging
import re
import time
from pathlib import Path

import pandas as pd
import xarray as xr

from smile_explore.errors import InputError, StorageError
from smile_explore.formats import netcdf_arrays
from smile_explore.paths import is_draft, not_written, user_path, write_whole

log = logging.getLogger(__name__)

_SUFFIX = {"parquet": ".parquet", "netcdf": ".nc"}
_PARTIAL = "-partial"
#: The name of a part, and of no file of anybody else.
_PART = re.compile(r"(?P<key>[0-9a-f]{24})-(?P<digest>[0-9a-f]{16})(-partial)?\.(parquet|nc)")
MARK = ".smile_explore-survey"  #: the file that says that a folder is a survey's
_MARK_TEXT = "A survey of smile_explore keeps its results here (smile_explore.survey.run).\n"
#: What a file manager puts into a folder that is looked at.
_OF_THE_SYSTEM = {".DS_Store", "Thumbs.db", "desktop.ini", ".ipynb_checkpoints"}


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
    with netcdf_arrays.guarded(io.BytesIO(data)):
        return xr.load_dataset(io.BytesIO(data), engine="h5netcdf")


class Memory:
    """The parts of a survey that keeps nothing on disk."""

    def __init__(self):
        self._parts: dict[str, tuple[str, bytes]] = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._parts = {}

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
    """The parts of a survey in ``<folder>/parts``: ``<key>-<digest>.parquet`` or ``.nc``.

    Used as a context: within it no other survey may use the folder.
    """

    def __init__(self, folder):
        self.folder = user_path(folder)
        self.room = self.folder / "parts"
        self._paths: dict[str, Path] = {}
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        with self._stack as stack:
            try:
                _claim(self.folder)
                stack.enter_context(_alone(self.folder))
                self.room.mkdir(exist_ok=True)
                for path in sorted(self.room.iterdir()):
                    self._take(path)
            except OSError as err:
                raise _refused(self.folder, err) from err
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def __contains__(self, key):
        return key in self._paths

    def _take(self, path: Path) -> None:
        """Take in a part that is what its name says; remove one that is not, or a kill's draft.

        A file with any other name is not ours, and stays as it is.
        """
        match = _PART.fullmatch(path.name)
        if path.is_symlink() or not path.is_file():
            return
        if match and _digest(path.read_bytes()) == match["digest"]:
            self._paths[match["key"]] = path
        elif match or (is_draft(path) and _is_old(path)):
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


def _claim(folder: Path) -> None:
    """Mark a new or empty folder as a survey's; refuse one that holds anything else.

    Raises
    ------
    InputError
        If there are files in it and no survey made it: they are somebody's, and stay untouched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / MARK).is_file():
        return
    names = sorted({path.name for path in folder.iterdir()} - _OF_THE_SYSTEM)
    if names:
        shown = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
        message = f"{folder} is not the folder of a survey, and holds {shown}: name a new or empty folder."
        raise InputError(message)
    (folder / MARK).write_text(_MARK_TEXT, "utf-8")


@contextlib.contextmanager
def _alone(folder: Path):
    """Keep other surveys, of this or another process, out of a folder."""
    import fcntl

    with (folder / MARK).open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"Another survey is running in {folder}: wait until it ends, or name another folder."
            raise InputError(message) from None
        except OSError as err:  # a file system without locks
            log.info("No file locks in %s: %s", folder, err)
        yield


def _is_old(path: Path) -> bool:
    """Say whether a draft was left behind; one just being written is younger."""
    return path.stat().st_mtime < time.time() - 3600


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _refused(folder: Path, err: OSError) -> StorageError:
    return StorageError(
        f"{not_written(folder, err)} What the survey has there is whole: the same call continues."
    )
