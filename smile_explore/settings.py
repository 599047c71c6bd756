"""What a user may set from outside: offline switch, folders, deadline, mirrors of servers.

Every value is read when it is needed, so that setting a variable in a running notebook
works. The lock of the cache folder is here too, for all who write there. Nothing here
touches the network.
"""

import contextlib
import logging
import os
import time
from pathlib import Path

import platformdirs

from smile_explore.errors import InputError
from smile_explore.paths import user_path

_MOST = 1e6  # what no setting needs to exceed, and every timer takes
_offline_depth = 0
log = logging.getLogger(__name__)


def is_offline() -> bool:
    """Say whether opening a connection is forbidden just now."""
    return _offline_depth > 0 or os.environ.get(
        "SMILE_EXPLORE_OFFLINE", ""
    ).strip().lower() not in ("", "0", "no", "off", "false")


@contextlib.contextmanager
def offline():
    """Forbid every connection in the block, in all threads of this process.

    Examples
    --------
    >>> with offline():
    ...     is_offline()
    True
    """
    global _offline_depth  # noqa: PLW0603  process-wide on purpose: worker threads must obey too
    _offline_depth += 1
    try:
        yield
    finally:
        _offline_depth -= 1


def cache_dir() -> Path:
    """Return the folder of downloaded files and built packs (``SMILE_EXPLORE_CACHE``)."""
    return _folder("SMILE_EXPLORE_CACHE") or platformdirs.user_cache_path("smile_explore")


@contextlib.contextmanager
def locked(name: str, *, limit: float, waiting=lambda: None):
    """Let one thread of one process at a time bring something into the cache.

    The others wait, then find it there. Past `limit` seconds, or where the file system knows
    no locks, they go on without: what comes into the cache is renamed, so nothing breaks.

    Raises
    ------
    OSError
        If the cache cannot be written.
    """
    import fcntl

    path = cache_dir() / "locks" / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        until = time.monotonic() + limit
        while time.monotonic() < until:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                waiting()
                time.sleep(0.05)
            except OSError as err:
                log.info("No file locks in %s: %s", path.parent, err)
                break
        yield


def files_dir() -> Path | None:
    """Return the folder of files of missions without a public archive (``SMILE_EXPLORE_FILES``)."""
    return _folder("SMILE_EXPLORE_FILES")


def _folder(name: str) -> Path | None:
    own = os.environ.get(name, "").strip()
    try:
        return user_path(own) if own else None
    except InputError as err:
        message = f"{name}: {err}"
        raise InputError(message) from err


def hosts() -> list[str]:
    """Return the names a proxy calls the Explorer's server by (``SMILE_EXPLORE_HOSTS``).

    Names, or name:port, separated by blanks or commas.
    """
    return os.environ.get("SMILE_EXPLORE_HOSTS", "").replace(",", " ").split()


def product_files() -> list[Path]:
    """Return the user's own tables of products (``SMILE_EXPLORE_PRODUCTS``, separated as in PATH)."""
    names = os.environ.get("SMILE_EXPLORE_PRODUCTS", "").split(os.pathsep)
    return [Path(name.strip()).expanduser().absolute() for name in names if name.strip()]


def deadline() -> float:
    """Return the seconds one file may take to arrive (``SMILE_EXPLORE_DEADLINE``, 60)."""
    return _positive("SMILE_EXPLORE_DEADLINE", 60.0)


def patience() -> float:
    """Return the seconds a server may stay silent (``SMILE_EXPLORE_PATIENCE``, 6).

    After that the next mirror is asked: six seconds of silence and a healthy mirror still
    make an answer within ten.
    """
    return _positive("SMILE_EXPLORE_PATIENCE", 6.0)


def max_bytes() -> int:
    """Return the size of the largest file that is taken from a server (``SMILE_EXPLORE_MAX_GB``, 8)."""
    return int(_positive("SMILE_EXPLORE_MAX_GB", 8.0, "GB") * 1e9)


def _positive(name: str, default: float, unit: str = "seconds") -> float:
    text = os.environ.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        value = -1.0
    if not 0 < value <= _MOST:
        message = f"{name}={text[:40]!r} is not a number of {unit} above 0 and up to {_MOST:g}: unset it or set one, e.g. {default:g}."
        raise InputError(message)
    return value


def rewritten(url: str) -> str:
    """Return `url` with its beginning replaced as ``SMILE_EXPLORE_REWRITE`` says.

    The variable holds ``old=new`` pairs separated by blanks, for institutes with an own copy
    of an archive and for tests, e.g.
    ``https://spdf.gsfc.nasa.gov/=http://127.0.0.1:8000/``.
    """
    for rule in os.environ.get("SMILE_EXPLORE_REWRITE", "").split():
        old, _, new = rule.partition("=")
        if not new:
            message = f"SMILE_EXPLORE_REWRITE: {rule[:80]!r} is no pair old=new of addresses; unset it or write one."
            raise InputError(message)
        if url.startswith(old):
            return new + url[len(old) :]
    return url
