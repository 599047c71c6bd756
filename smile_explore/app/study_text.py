"""A study as text: YAML of a few plain values in a file, or packed into a link.

Text comes from a link in a mail as well as from our own Explorer: it is bounded before it is
parsed, and what YAML can do beyond lists and names of plain values (aliases, tags, nesting) is
refused, for it lets a short text grow without end.
"""

import base64
import binascii
import re
import zlib
from pathlib import Path

import yaml

from smile_explore.errors import InputError
from smile_explore.paths import user_path

VERSION = 1
#: Sixty panels with the names of their files, and a few times, are less.
LONGEST, MOST_PARTS = 200_000, 1000
_DEEPEST = 2  # a list in a study
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_KNOWN = {"auto", "archive", "cache", "packs", "store", "rehearsal"}


class _Loader(yaml.SafeLoader):
    """Reads dates as the text they are: our own reader of times says what is wrong with one."""


_Loader.yaml_implicit_resolvers = {
    first: [rule for rule in rules if rule[0] != "tag:yaml.org,2002:timestamp"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def written(table: dict) -> str:
    """Return a table of plain values as YAML."""
    # escaped beyond ASCII: YAML takes some signs, such as U+0085, for the end of a line
    return yaml.safe_dump(table, sort_keys=False)


def read(text: str) -> dict:
    """Return the table of a study's text.

    Raises
    ------
    InputError
        If it is no study, or too long or too deep for one.
    """
    if not isinstance(text, str) or len(text) > LONGEST:
        message = (
            f"This is no study of the Explorer: it has more than {LONGEST} letters."
            if isinstance(text, str)
            else f"A study is read from a text, not from a {type(text).__name__}."
        )
        raise InputError(message)
    try:
        _look_through(text)
        table = yaml.load(text, _Loader)
    except yaml.YAMLError as err:
        message = f"This is no study file: it is not YAML ({getattr(err, 'problem', None) or 'it has characters that YAML forbids'})."
        raise InputError(message) from err
    except (
        ValueError,
        OverflowError,
        TypeError,
        AttributeError,
        KeyError,
    ) as err:  # of values that only look like numbers
        message = f"This is no study file: a value in it cannot be read ({str(err)[:80]})."
        raise InputError(message) from err
    if not isinstance(table, dict) or table.get("smile_explore_study") != VERSION:
        message = (
            f"This is no study of the Explorer: it must start with smile_explore_study: {VERSION}."
        )
        raise InputError(message)
    return table


def _look_through(text: str) -> None:
    """Refuse what would grow or sink while it is built; nothing is built here."""
    depth = 0
    for number, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(
            event, yaml.CollectionEndEvent
        )
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            message = (
                "This is no study file: it refers to its own parts (& and *), which no study does."
            )
            raise InputError(message)
        if number > MOST_PARTS:
            message = f"This is no study file: it has more than {MOST_PARTS} parts."
            raise InputError(message)
        if depth > _DEEPEST:
            message = "This is no study file: lists stand in its lists, which no study has."
            raise InputError(message)


def packed(text: str) -> str:
    """Return a text as letters that need no escape in a URL."""
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def unpacked(query: str) -> str:
    """Return the text that `packed` was given.

    Raises
    ------
    InputError
        If it was cut or altered on its way.
    """
    box = zlib.decompressobj()
    try:
        text = box.decompress(base64.urlsafe_b64decode(query + "=" * (-len(query) % 4)), LONGEST)
    except (binascii.Error, zlib.error, ValueError):
        text = b""
    if not text or not box.eof:
        message = "The study in this link is cut short or altered: copy the whole link again."
        raise InputError(message)
    return text.decode("utf-8", errors="replace")


def from_file(path: Path) -> str:
    """Return the text of a study file.

    Raises
    ------
    InputError
        If it cannot be read, or is no text.
    """
    try:
        with user_path(path).open("rb") as file:
            data = file.read(4 * LONGEST + 1)
    except OSError as err:
        message = (
            f"The study {str(path)!r} cannot be read ({err.strerror or err}): look at its name."
        )
        raise InputError(message) from err
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        message = f"The study {str(path)!r} is no text: a study is a small YAML file."
        raise InputError(message) from err


def is_path(source: str) -> bool:
    """Say whether a source is a folder, not a pack or one of the names that `load` knows.

    Examples
    --------
    >>> is_path("rehearsal"), is_path("../data"), is_path("~")
    (False, True, True)
    """
    return not _NAME.fullmatch(source) or (source not in _KNOWN and Path(source).is_dir())
