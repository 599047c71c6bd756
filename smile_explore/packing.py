"""How an event pack lies on disk: `pack.toml`, netCDF files, truth tables; and how one is taken in.

Nothing that comes from outside is trusted: not its names, its sizes, nor its checksums.
A pack is always written beside its place and then moved there, whole.
"""

import contextlib
import functools
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import tomllib
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd
import xarray as xr

from smile_explore import contract, settings
from smile_explore.errors import (
    CorruptFileError,
    DatasetError,
    PackError,
    SmileExploreError,
    StorageError,
)
from smile_explore.formats import netcdf_arrays
from smile_explore.paths import not_written

#: What is taken in: a month of every product is far below, a zip bomb far above.
MAX_BYTES, MAX_FILES, MAX_RATIO = 2 * 1024**3, 1000, 200

MANIFEST = "pack.toml"
_MANIFEST_BYTES = 1024**2
_BLOCK = 1024**2


@dataclass(frozen=True)
class Stored:
    """One file of a pack, as its manifest states it."""

    file: str
    sha256: str
    bytes: int
    times: tuple[str, ...] = ()  # columns of a truth table that hold times


# --------------------------------------------------------------------------- the manifest


def read_manifest(folder: Path) -> dict:
    """Return a manifest as a dict, its ``products`` and ``truth`` as `Stored` files."""
    path = folder / MANIFEST
    try:
        if path.stat().st_size > _MANIFEST_BYTES:
            message = f"{path} is larger than {_MANIFEST_BYTES} bytes: it is not a pack's manifest."
            raise PackError(message)
        table = tomllib.loads(path.read_text("utf-8"))
        files = {kind: _files(table.get(kind, {})) for kind in ("products", "truth")}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as err:
        message = f"{path} cannot be read ({err}): get or build the pack again."
        raise PackError(message) from err
    except (KeyError, TypeError, ValueError, AttributeError) as err:
        message = f"{path} does not state file, sha256 and bytes of each product ({err!r}): build the pack again."
        raise PackError(message) from err
    return table | files


def _files(table: dict) -> dict[str, Stored]:
    return {
        name: Stored(str(e["file"]), str(e["sha256"]), int(e["bytes"]), tuple(e.get("times", ())))
        for name, e in table.items()
    }


def write_manifest(folder: Path, about: dict) -> None:
    """Write a manifest; `Stored` files become tables."""
    stated = {
        kind: {name: {k: v for k, v in vars(e).items() if v} for name, e in about[kind].items()}
        for kind in ("products", "truth")
    }
    (folder / MANIFEST).write_text(_toml(about | stated) + "\n", "utf-8")


def _toml(table: dict, path: str = "") -> str:
    """Return a table of texts, numbers, truths, lists and tables as TOML, which tomllib only reads."""
    lines = [f"{_quoted(k)} = {_value(v)}" for k, v in table.items() if not isinstance(v, dict)]
    for key, inner in table.items():
        if isinstance(inner, dict):
            name = f"{path}.{_quoted(key)}" if path else _quoted(key)
            lines += [f"\n[{name}]", _toml(inner, name)]
    return "\n".join(lines)


def _value(value) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def file_faults(folder: Path, entries) -> list[str]:
    """Return what is missing, of another size than stated, or named to lead out of the pack."""
    faults = []
    for entry in entries:
        path = folder / entry.file
        if _escapes(entry.file):
            faults.append(f"{entry.file!r} leads out of the pack")
        elif not path.is_file():
            faults.append(f"{entry.file} is missing")
        elif path.stat().st_size != entry.bytes:
            faults.append(f"{entry.file} has {path.stat().st_size} bytes instead of {entry.bytes}")
    return faults


def _escapes(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return not parts or name.startswith("/") or ".." in parts or bool(re.search(r"[\\:\0]", name))


# --------------------------------------------------------------------------- data


def read_dataset(folder: Path, entry: Stored, variables=(), chunks=None) -> xr.Dataset:
    """Return a product of the pack; `CorruptFileError` if it is not what was packed.

    `variables` are the names to read, all by default; with `chunks` they are Dask arrays, which
    are not looked at before they are needed.
    """
    path = folder / entry.file
    _require_same(path, entry)
    try:
        ds = _decoded(path, variables, chunks)
        return contract.telling_time(contract.check(ds) if chunks is None else ds)
    except DatasetError as err:
        message = f"{path.name} breaks the contract ({err}): build the pack again."
        raise CorruptFileError(message) from err
    except netcdf_arrays.RefusedError as err:
        message = f"{path.name} {err}"
        raise CorruptFileError(message) from err
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError) as err:
        message = f"{path.name} is not a sound netCDF file ({err}): get or build the pack again."
        raise CorruptFileError(message) from err


def _decoded(path: Path, variables, chunks) -> xr.Dataset:
    lazily = {} if chunks is None else {"chunks": "auto"}
    with netcdf_arrays.guarded(path):  # or it might lead to files beside the pack
        ds = xr.open_dataset(path, engine="h5netcdf", decode_timedelta=False, **lazily)
        some = ds[[name for name in variables if name in ds.data_vars]] if variables else ds
        if chunks is not None:
            return some
        with ds:
            return some.load()


def write_dataset(ds: xr.Dataset, path: Path) -> Stored:
    """Write a Dataset so that it comes back identical: floats exact, times in ns."""
    packed = {"zlib": True, "shuffle": True, "complevel": 4, "_FillValue": None}
    encoding = {k: packed for k, da in ds.data_vars.items() if da.size and da.dtype.kind in "fiu"}
    encoding["time"] = {"units": "nanoseconds since 1970-01-01", "dtype": "int64"}
    ds.drop_encoding().to_netcdf(path, engine="h5netcdf", encoding=encoding)
    return Stored(path.name, _sha256(path), path.stat().st_size)


def read_table(folder: Path, entry: Stored) -> pd.DataFrame:
    """Return a truth table of the pack; `CorruptFileError` if it is not what was packed."""
    path = folder / entry.file
    _require_same(path, entry)
    try:
        df = pd.read_csv(path, engine="python")  # which reads floats exactly
        return df.astype(dict.fromkeys(entry.times, "datetime64[ns]"))
    except (ValueError, KeyError) as err:
        message = f"{path.name} is not the table it should be ({err}): get or build the pack again."
        raise CorruptFileError(message) from err


def write_table(df: pd.DataFrame, path: Path) -> Stored:
    """Write a DataFrame so that it comes back equal, its times to the microsecond."""
    df.to_csv(path, index=False, date_format="%Y-%m-%dT%H:%M:%S.%f")
    times = tuple(map(str, df.select_dtypes("datetime").columns))
    return Stored(path.name, _sha256(path), path.stat().st_size, times)


def _require_same(path: Path, entry: Stored) -> None:
    """Refuse a file that is not the one packed, before a reader of a library sees it."""
    try:
        found = _sha256(path)
    except OSError as err:
        message = f"{path} cannot be read ({err}): get or build the pack again."
        raise CorruptFileError(message) from err
    if found != entry.sha256:
        message = f"{path.name} was altered since it was packed (sha256 differs): get or build the pack again."
        raise CorruptFileError(message)


def _sha256(path: Path) -> str:
    info = path.stat()
    return _digest(path, info.st_size, info.st_mtime_ns)


@functools.lru_cache(maxsize=4096)
def _digest(path: Path, _size: int, _changed: int) -> str:
    """Return the checksum; size and time of change are arguments so that a change is seen."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --------------------------------------------------------------------------- proof


def content_faults(folder: Path) -> list[str]:
    """Return `faults_in` a folder, found out in a process of its own.

    HDF5 was seen to loop for ever on a damaged file; here that costs a deadline, not the session.
    """
    command = [
        sys.executable,
        "-P",
        "-c",
        "from smile_explore import packing; packing.tell_faults()",
    ]
    try:
        done = subprocess.run(
            [*command, str(folder)], capture_output=True, timeout=settings.deadline(), check=False
        )
    except subprocess.TimeoutExpired:
        return [f"its files cannot be decoded within {settings.deadline():g} s"]
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        return [f"decoding its files ends the reader ({said[-1] if said else done.returncode})"]
    return json.loads(done.stdout)


def tell_faults() -> None:
    """Write `faults_in` the folder named on the command line to stdout: the child's part."""
    sys.stdout.write(json.dumps(faults_in(Path(sys.argv[1]))))


def faults_in(folder: Path) -> list[str]:
    """Return what is wrong inside a pack's files, all of it."""
    table, faults = read_manifest(folder), []
    for read, kind in ((read_dataset, "products"), (read_table, "truth")):
        for entry in table[kind].values():
            absent = file_faults(folder, [entry])
            faults += absent or _unread(read, folder, entry)
    return faults


def _unread(read: Callable, folder: Path, entry: Stored) -> list[str]:
    try:
        read(folder, entry)
    except SmileExploreError as err:
        return [str(err)]
    return []


# --------------------------------------------------------------------------- places


@contextlib.contextmanager
def staging(parent: Path):
    """Yield an empty folder beside the packs; what was not moved from there goes with it."""
    with writing(parent):
        parent.mkdir(parents=True, exist_ok=True)
        own = Path(tempfile.mkdtemp(prefix=".building-", dir=parent))
    try:
        with writing(parent):
            (own / "pack").mkdir()
            yield own / "pack"
    finally:
        shutil.rmtree(own, ignore_errors=True)


@contextlib.contextmanager
def writing(path: Path):
    """Turn a fault of the disk into a `StorageError` that says where and what to do."""
    try:
        yield
    except OSError as err:
        raise StorageError(not_written(path, err)) from err


def install(folder: Path, target: Path, *, again: bool = False) -> None:
    """Move a finished folder to its place; of two that made the same, the first stays.

    With `again`, the second takes its place: the first may be damaged.

    Raises
    ------
    PackError
        If a folder that is not a pack, or holds more than its pack, is in that place.
    """
    try:
        folder.rename(target)
    except OSError:
        if not target.is_dir():
            raise
        _require_a_pack_alone(target)
        same = same_manifest(folder, target) and _sizes(folder) == _sizes(target)
        if again or not same:
            target.rename(folder.with_name("old"))  # `staging` takes it away
            folder.rename(target)


def _require_a_pack_alone(target: Path) -> None:
    """Refuse to replace a folder with files in it that no pack's manifest names."""
    try:
        table = read_manifest(target)
    except PackError:
        table = {"products": {}, "truth": {}}
    own = {MANIFEST} | {e.file for kind in ("products", "truth") for e in table[kind].values()}
    others = sorted({path.name for path in target.iterdir()} - own)
    if others:
        shown = ", ".join(others[:3]) + (", ..." if len(others) > 3 else "")
        message = (
            f"{target} holds {shown}, which no pack wrote: move it away, or name another folder."
        )
        raise PackError(message)


def zip_up(folder: Path, entries, path: Path) -> None:
    """Write a pack's manifest and files, and nothing else of its folder, into a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (MANIFEST, *(entry.file for entry in entries)):
            archive.write(folder / name, name)


def _sizes(folder: Path) -> dict[str, int]:
    return {p.name: p.stat().st_size for p in folder.iterdir()}


def same_manifest(one: Path, other: Path) -> bool:
    """Say whether two folders hold the same pack."""
    texts = [p.read_bytes() if p.is_file() else b"" for p in (one / MANIFEST, other / MANIFEST)]
    return texts[0] == texts[1]


# --------------------------------------------------------------------------- taking one in


@dataclass(frozen=True)
class _Member:
    """A file offered from outside, in a zip or a folder."""

    name: str
    bytes: int
    packed: int
    odd: str  # why it cannot be taken, or nothing
    open: Callable


def unpack(path: Path, folder: Path) -> None:
    """Copy into `folder` what the manifest in a zip or folder names, after a look at all of it.

    Raises
    ------
    PackError
        If anything in it leads out, is a link or device, is too much, or expands too much.
    """
    try:
        if path.is_dir():
            return _take(_in_folder(path), folder, path)
        with zipfile.ZipFile(path) as archive:
            return _take(_in_zip(archive), folder, path)
    except (FileNotFoundError, PermissionError) as err:
        message = f"No pack can be read at {str(path)!r} ({err.strerror}): give a zip, or a folder with {MANIFEST}."
        raise PackError(message) from err
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as err:
        message = f"{path.name} is not a sound zip ({err}): get the pack again."
        raise PackError(message) from err


def _in_zip(archive: zipfile.ZipFile) -> list[_Member]:
    members = []
    for info in archive.infolist():
        kind = stat.S_IFMT(info.external_attr >> 16)  # 0 where it was zipped on Windows
        odd = "" if kind in (0, stat.S_IFREG, stat.S_IFDIR) else "a link or device"
        odd = "encrypted" if info.flag_bits & 1 else odd
        if not info.is_dir() or odd or _escapes(info.filename):
            opener = functools.partial(archive.open, info)
            members.append(_Member(info.filename, info.file_size, info.compress_size, odd, opener))
    return members


def _in_folder(root: Path) -> list[_Member]:
    members = []
    for place, folders, names in os.walk(root):
        for name in [*names, *(f for f in folders if Path(place, f).is_symlink())]:
            path = Path(place, name)
            info = path.lstat()
            odd = "" if stat.S_ISREG(info.st_mode) else "a link or device"
            inside, opener = path.relative_to(root).as_posix(), functools.partial(path.open, "rb")
            members.append(_Member(inside, info.st_size, info.st_size, odd, opener))
    return members


def _take(members: list[_Member], folder: Path, path: Path) -> None:
    faults = _faults(members)
    if faults:
        more = f"; and {len(faults) - 10} more" if len(faults) > 10 else ""
        message = f"{path.name} is not safe to unpack: {'; '.join(faults[:10])}{more}."
        raise PackError(message)
    offered = {m.name: m for m in members}
    found = sorted((n for n in offered if PurePosixPath(n).name == MANIFEST), key=len)
    if not found:
        message = f"{path.name or path} holds no {MANIFEST}: it is not an event pack."
        raise PackError(message)
    above = found[0].removesuffix(MANIFEST)
    _copy(offered[found[0]], folder / MANIFEST, _MANIFEST_BYTES)
    table = read_manifest(folder)
    for entry in (*table["products"].values(), *table["truth"].values()):
        if above + entry.file in offered and not _escapes(entry.file):
            _copy(offered[above + entry.file], folder / entry.file, entry.bytes)


def _faults(members: list[_Member]) -> list[str]:
    faults = [f"{m.name!r} is {m.odd}" for m in members if m.odd]
    faults += [f"{m.name!r} leads out of the pack" for m in members if _escapes(m.name)]
    faults += [
        f"{m.name!r} expands {m.bytes // max(m.packed, 1)} times"
        for m in members
        if m.bytes > _BLOCK and m.bytes > MAX_RATIO * m.packed
    ]
    if len({m.name.casefold() for m in members}) < len(members):
        faults.append("two files have the same name")
    if len(members) > MAX_FILES:
        faults.append(f"it has {len(members)} files, more than {MAX_FILES}")
    if sum(m.bytes for m in members) > MAX_BYTES:
        faults.append(f"it is larger than {MAX_BYTES} bytes")
    return faults


def _copy(member: _Member, target: Path, limit: int) -> None:
    """Copy at most `limit` bytes, whatever the archive says of its size."""
    target.parent.mkdir(parents=True, exist_ok=True)
    left = limit
    with member.open() as source, target.open("xb") as file:
        while block := source.read(_BLOCK):
            left -= len(block)
            if left < 0:
                message = f"{member.name!r} is larger than the {limit} bytes stated: it is not safe to unpack."
                raise PackError(message)
            file.write(block)
