"""The trusted cache: only files that passed validation, each with a slip saying what it is.

A file lies in ``<cache>/files/<dataset>/<year>/<name of the archive>``; its slip, a small
JSON file beside it, holds size, time, sha256, server and when to ask for it again. A file
comes in by one rename after it was validated, so no reader ever sees a part of it; one
that no longer is what its slip says is set aside. Nothing here asks a server.
"""

import bisect
import contextlib
import errno
import hashlib
import itertools
import json
import logging
import os
import re
import secrets
import shutil
import socket
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from smile_explore import settings
from smile_explore.catalogue import Product
from smile_explore.errors import CorruptFileError, NetworkError, SourceError, StorageError
from smile_explore.sources import periods as names
from smile_explore.sources.periods import Period

log = logging.getLogger(__name__)

_DAY = 86400.0
_MINUTES = 300.0


@dataclass(frozen=True)
class Slip:
    """What is known of one file in the cache."""

    size: int
    mtime_ns: int
    sha256: str
    server: str
    retrieved: str  # ISO, UTC
    again: float | None  # seconds since 1970 after which the archive may have better; None: never
    files: tuple[str, ...]  # all files of the same period; one alone would be a silent gap
    before: str = ""  # sha256 of the file this one replaces, should the rename never come
    passed_over: tuple[str, ...] = ()  # older versions that the archive listed beside it


@dataclass(frozen=True)
class Held:
    """The sound files of one period."""

    paths: tuple[Path, ...]
    slip: Slip
    versions: tuple[tuple[str, ...], ...] = ()  # of files with several: the chosen, then the others

    @property
    def due(self) -> bool:
        """Whether the archive may by now hold something better."""
        return self.slip.again is not None and time.time() > self.slip.again


def patterns(product: Product) -> list[str]:
    """Return the file names under which a product may be cached, the archive's own first."""
    others = []
    for mirror in product.mirrors:
        if "csa" in mirror.options:
            others.append(f"{mirror.options['csa']}__%Y%m%d_*.cdf")
        if mirror.source == "hapi":
            others.append(hapi_name(product))
    return list(dict.fromkeys([product.pattern, *others]))


def hapi_name(product: Product) -> str:
    """Return the name of a file made from HAPI; it holds this product's variables only."""
    return f"{product.key}_%Y%m%dT%H.hapi.csv"


class Shelf:
    """The cached files of one product's data set."""

    def __init__(self, product: Product):
        self.product = product
        self.folder = settings.cache_dir() / "files" / product.dataset
        self._listing: dict[str, list[str]] = {}

    def find(self, period: Period, validate=None) -> Held | None:
        """Return the period's files if they are there, all of them, and sound.

        With `validate`, and only then (hold `locked`), a file without a slip is validated
        and one that is damaged is set aside.
        """
        for pattern in patterns(self.product):
            wanted = names.fill_in(pattern, period)
            like = names.fitting(self._names_like(period, wanted), wanted)
            chosen = {}
            for versions in names.families(like):  # an older version, where the newest is damaged
                sound = ((v, self._slip(self._path(period, v), validate)) for v in versions)
                chosen |= dict(itertools.islice(((v, slip) for v, slip in sound if slip), 1))
            if chosen and _is_complete(chosen):
                return self._held(period, chosen, like)
        return None

    def _held(self, period: Period, chosen: dict[str, Slip], like: list[str]) -> Held:
        """Return the chosen files, and the other versions of each that are known."""
        known = {*like, *(name for slip in chosen.values() for name in slip.passed_over)}
        versions = ((name, *_versions_of(name, known)) for name in chosen)
        return Held(
            tuple(self._path(period, name) for name in chosen),
            min(chosen.values(), key=lambda slip: slip.retrieved),
            tuple(names for names in versions if len(names) > 1),
        )

    def doubtful(self, period: Period) -> bool:
        """Say whether a file of the period is there, whatever its state."""
        wanted = [names.fill_in(pattern, period) for pattern in patterns(self.product)]
        return any(names.matching(self._names_like(period, w), w) for w in wanted)

    def look_again(self) -> None:
        """Forget what the folders held a moment ago."""
        self._listing.clear()

    def put(self, period: Period, files, *, server: str, preliminary=False, beside=()) -> Held:
        """Move validated files of one period out of staging, each by one rename.

        `beside` are the names of older versions that the archive has as well. What is returned
        is the newest that the cache then holds.
        """
        everything = tuple(file.name for file in files)
        with storing():
            for file in files:
                path = self._path(period, file.name)
                path.parent.mkdir(parents=True, exist_ok=True)
                _flush(file)
                slip = _new_slip(file, period, server, preliminary, everything)
                slip = replace(slip, passed_over=_versions_of(file.name, beside))
                # slip first: a file whose slip does not fit is never trusted, the reverse would be
                _write_slip(path, replace(slip, before=getattr(_read_slip(path), "sha256", "")))
                file.replace(path)
        self.look_again()
        put = Held(tuple(self._path(period, f.name) for f in files), slip)
        return self.find(period) or put

    def periods(self) -> list[Period]:
        """Return the periods of which sound files are held, in order."""
        held = set()
        for year in self.folder.glob("[0-9]" * 4):
            for pattern in patterns(self.product):
                starts = {names.start_of(name, pattern) for name in self._names(year.name)}
                held |= {self._period(start) for start in starts if start is not None}
        return sorted(period for period in held if self.find(period))

    def _period(self, start: np.datetime64) -> Period:
        return names.covering(self.product.period, start, start + np.timedelta64(1, "s"))[0]

    def _path(self, period: Period, name: str) -> Path:
        return self.folder / str(period.start.astype("datetime64[Y]")) / name

    def _names(self, year: str) -> list[str]:
        if year not in self._listing:
            try:
                self._listing[year] = sorted(p.name for p in (self.folder / year).iterdir())
            except OSError:
                self._listing[year] = []
        return self._listing[year]

    def _names_like(self, period: Period, wanted: str) -> list[str]:
        listing = self._names(str(period.start.astype("datetime64[Y]")))
        prefix = re.split(r"[*?]", wanted)[0]
        low = bisect.bisect_left(listing, prefix)
        return listing[low : bisect.bisect_left(listing, prefix + "\U0010ffff", low)]

    def _slip(self, path: Path, validate) -> Slip | None:
        """Return the file's slip if the file still is what the slip says."""
        try:
            stat, slip = path.stat(), _read_slip(path)
        except OSError:
            return None
        if slip and (slip.size, slip.mtime_ns) == (stat.st_size, stat.st_mtime_ns):
            return slip
        return self._mended(path, slip, validate) if validate else None

    def _mended(self, path: Path, slip: Slip | None, validate) -> Slip | None:
        """Judge a file that was touched, or that someone else put there."""
        stat, digest = path.stat(), sha256(path)
        if slip and digest not in (slip.sha256, slip.before):
            return self._set_aside(path, "it changed on disk since it was fetched")
        if slip is None:
            try:
                validate(path)
            except CorruptFileError as err:
                return self._set_aside(path, str(err))
            slip = Slip(0, 0, digest, "put there by hand", iso(stat.st_mtime), None, (path.name,))
        again = slip.again if digest == slip.sha256 else 0.0  # the better file never came
        slip = replace(
            slip, size=stat.st_size, mtime_ns=stat.st_mtime_ns, sha256=digest, again=again
        )
        with contextlib.suppress(OSError):  # a cache that cannot be written can still be read
            _write_slip(path, slip)
        return slip

    def _set_aside(self, path: Path, why: str) -> None:
        """Move a damaged file where nothing looks for it but a person."""
        room = settings.cache_dir() / "quarantine"
        log.warning("%s: %s is set aside in %s: %s", self.product.name, path.name, room, why)
        with contextlib.suppress(OSError):
            room.mkdir(exist_ok=True)
            path.replace(room / path.name)
            _slip_path(path).unlink(missing_ok=True)
        self.look_again()


def _is_complete(chosen: dict[str, Slip]) -> bool:
    """Say whether all files that came together are there, in whatever version."""
    stems = {names.stem_of(name) for name in chosen}
    return all({names.stem_of(f) for f in slip.files} <= stems for slip in chosen.values())


def _versions_of(name: str, others) -> tuple[str, ...]:
    stem = names.stem_of(name)
    return tuple(sorted(o for o in set(others) if o != name and names.stem_of(o) == stem))


def iso(seconds: float) -> str:
    """Return a time as the contract writes it, UTC to the second."""
    return np.datetime_as_string(np.datetime64(int(seconds), "s")) + "Z"


def sha256(path: Path) -> str:
    """Return the digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _new_slip(file: Path, period: Period, server: str, preliminary: bool, files) -> Slip:
    now, stat = time.time(), file.stat()
    again = _again(period, now, preliminary)
    return Slip(stat.st_size, stat.st_mtime_ns, sha256(file), server, iso(now), again, files)


def _again(period: Period, now: float, preliminary: bool) -> float | None:
    """Return when a file is worth asking for again.

    While its period runs it grows by the minute; for a month after, archives replace
    quick-look files by better ones; a preliminary edition is replaced some day.
    """
    age = now - float(period.stop.astype("datetime64[s]").astype(int))
    if age < _DAY:
        return now + _MINUTES
    if age < 30 * _DAY:
        return now + _DAY
    return now + 30 * _DAY if preliminary else None


def _slip_path(path: Path) -> Path:
    return path.with_name(f".{path.name}.json")


def _read_slip(path: Path) -> Slip | None:
    try:
        entry = json.loads(_slip_path(path).read_text("utf-8"))
        lists = {key: tuple(entry.get(key, ())) for key in ("files", "passed_over")}
        return Slip(**entry | lists)
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None


def _write_slip(path: Path, slip: Slip) -> None:
    draft = path.with_name(f".{secrets.token_hex(4)}.new")
    try:
        draft.write_text(json.dumps(asdict(slip)), "utf-8")
        draft.replace(_slip_path(path))
    finally:
        draft.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Have the bytes on the disk before the name: a power cut leaves no hollow file."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


# --------------------------------------------------------------------------- staging, locks, faults of the disk


def disk_fault(why: str) -> StorageError:
    """Return the StorageError that says what the disk refused, and what to do."""
    return StorageError(
        f"The cache folder {settings.cache_dir()} cannot be written ({why}): free space, or set "
        "SMILE_EXPLORE_CACHE to a folder that can; the files already in it are untouched."
    )


@contextlib.contextmanager
def storing():
    """Turn what the disk refuses into `StorageError`, and what it has no part in into another.

    A damaged gzip, which has no number, is passed on.
    """
    try:
        yield
    except OSError as err:
        if err.errno is None:
            raise
        why = err.strerror or str(err)
        if isinstance(err, (ConnectionError, TimeoutError)):
            message = f"broke the connection ({why})"
            raise NetworkError(message) from err
        if err.errno in (errno.EMFILE, errno.ENFILE, errno.ENOMEM):
            message = (
                f"This process has no more files or memory to use ({why}): end some of its work."
            )
            raise SourceError(message) from err
        raise disk_fault(why) from err


@contextlib.contextmanager
def staging():
    """Give a private folder on the cache's own disk, and take it away again.

    One left behind by a process that was killed is removed by the next that comes.
    """
    room = settings.cache_dir() / "staging"
    folder = room / f"{socket.gethostname()}~{os.getpid()}~{secrets.token_hex(4)}"
    with storing():
        folder.mkdir(parents=True)
        _sweep(room)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(room: Path) -> None:
    for folder in room.iterdir():
        host, _, rest = folder.name.partition("~")
        pid = rest.partition("~")[0]
        here = host == socket.gethostname() and pid.isdecimal()
        with contextlib.suppress(OSError):
            if not _alive(int(pid)) if here else folder.stat().st_mtime < time.time() - _DAY:
                shutil.rmtree(folder, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextlib.contextmanager
def locked(dataset: str, *, limit: float, waiting=lambda: None):
    """Let one thread of one process at a time fetch a data set; the others find its files."""
    with contextlib.ExitStack() as stack:
        with storing():
            stack.enter_context(settings.locked(dataset, limit=limit, waiting=waiting))
        yield
