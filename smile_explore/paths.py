"""Paths that a user names, and files that are written whole or not at all."""

import contextlib
import errno
import os
import secrets
from pathlib import Path

from smile_explore.errors import InputError

_LONGEST = 4096  # bytes of a path; Linux takes no more, others less
_DRAFT = ".part"
_OTHERWISE = "name another folder"
_MAY_NOT = "name a folder that you may write"
_FULL = "free some space, or name a folder on another disk"
_ADVICE = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _MAY_NOT,
    errno.EPERM: _MAY_NOT,
    errno.EROFS: _MAY_NOT,
    errno.ENOENT: "make its folder first",
    errno.ENOTDIR: "a file is in the place of its folder: name another",
    errno.EISDIR: "a folder has that name: name another",
    errno.EEXIST: "a file has that name: name another",
}


def user_path(name) -> Path:
    """Return the path that a user means, ``~`` replaced by the home folder.

    Raises
    ------
    InputError
        If no file can have that name: empty, a NUL in it, too long, or the home of nobody.

    Examples
    --------
    >>> user_path("data/omni.nc").name
    'omni.nc'
    >>> user_path("~nobody_of_that_name/omni.nc")
    Traceback (most recent call last):
    smile_explore.errors.InputError: '~nobody_of_that_name/omni.nc' begins with the home folder of a user who does not exist: write the path out.
    """
    try:
        text = os.fspath(name)
    except TypeError:
        message = f"{name!r:.80} is no path: give a str or a pathlib.Path."
        raise InputError(message) from None
    if not isinstance(text, str) or not text or "\0" in text or not _can_be_encoded(text):
        message = f"{text!a:.80} cannot be a path: it is empty, no text, or has a NUL or half a character in it."
        raise InputError(message)
    if _is_too_long(text):
        message = f"{text!r:.60}... cannot be a path: it has {len(text)} characters; at most 255 a name are possible."
        raise InputError(message)
    try:
        return Path(text).expanduser()
    except RuntimeError:
        message = f"{text!r:.80} begins with the home folder of a user who does not exist: write the path out."
        raise InputError(message) from None


def _can_be_encoded(text: str) -> bool:
    try:
        return bool(os.fsencode(text))
    except UnicodeEncodeError:
        return False


def _is_too_long(text: str) -> bool:
    parts = [len(os.fsencode(part)) for part in Path(text).parts]  # "." has none
    return max(parts, default=0) > 255 or sum(parts) + len(parts) > _LONGEST


@contextlib.contextmanager
def whole(path: Path):
    """Yield the path of a draft beside `path`; it takes its place by one rename, or goes.

    So no reader, and no kill, ever meets a part of the file, and a file that was there stays
    until the new one is complete. What the block raises passes through.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "omni.txt"
    >>> with whole(path) as draft:
    ...     size = draft.write_text("B 5 nT")
    >>> path.read_text(), len(list(path.parent.iterdir()))
    ('B 5 nT', 1)
    """
    draft = path.with_name(f".{secrets.token_hex(6)}{_DRAFT}{path.suffix[:32]}")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file by `whole`, its bytes on the disk before it has its name."""
    with whole(path) as draft, draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def is_draft(path: Path) -> bool:
    """Say whether `whole` wrote this file and was killed before it had its name."""
    token, mark = path.name[1:13], path.name[13 : 13 + len(_DRAFT)]
    return path.name[:1] == "." and mark == _DRAFT and not set(token) - set("0123456789abcdef")


def not_written(path: Path, err: OSError) -> str:
    """Return the sentence that says why a file or folder cannot be written, and what helps.

    Examples
    --------
    >>> not_written(Path("omni.nc"), PermissionError(errno.EACCES, "Permission denied"))
    'omni.nc cannot be written (Permission denied): name a folder that you may write.'
    """
    reason = err.strerror or str(err) or type(err).__name__
    return f"{path} cannot be written ({reason}): {_ADVICE.get(err.errno, _OTHERWISE)}."
