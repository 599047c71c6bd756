"""What is looked at in a FITS file before astropy may open it: sizes, without allocating them.

A header may claim any size; what it claims must be what the file holds, to the byte. Nothing
here decodes data.
"""

from dataclasses import dataclass
from pathlib import Path

from smile_explore.errors import CorruptFileError

_BLOCK = 2880
_MOST_HEADER_BLOCKS = 400
_MOST_HDUS = 64
_MOST_BYTES = 1 << 30
_BITS = (8, 16, 32, 64, -32, -64)


@dataclass(frozen=True)
class Unit:
    """One header and data unit: its cards as texts, and where its data lie."""

    cards: dict
    start: int
    size: int

    @property
    def axes(self) -> tuple[int, ...]:
        """Lengths of the axes, the fastest first."""
        return tuple(int(self.cards[f"NAXIS{k + 1}"]) for k in range(int(self.cards["NAXIS"])))


def check(path) -> list[Unit]:
    """Return the units of a FITS file whose size is just what its headers claim.

    Parameters
    ----------
    path : Path

    Returns
    -------
    list of Unit

    Raises
    ------
    CorruptFileError
        If a header is broken, claims more than 1 GB, or more or less than the file holds.
    """
    path = Path(path)
    total, units, at = path.stat().st_size, [], 0
    with path.open("rb") as file:
        while at < total:
            file.seek(at)
            cards, start = _header(file, at, path)
            size = _size(cards, path)
            after = start + -(-size // _BLOCK) * _BLOCK
            if after > total:
                _refuse(path, f"is cut short: its headers claim {after} bytes, it has {total}")
            units.append(Unit(cards, start, size))
            at = after
            if len(units) > _MOST_HDUS:
                _refuse(path, f"has more than {_MOST_HDUS} parts")
    if not units:
        _refuse(path, "is empty")
    return units


def _header(file, at: int, path: Path) -> tuple[dict, int]:
    """Return the cards of the header at `at`, and where its data begin."""
    cards = {}
    for _ in range(_MOST_HEADER_BLOCKS):
        block = file.read(_BLOCK)
        at += len(block)
        if len(block) < _BLOCK:
            _refuse(path, "is cut short inside a header")
        if not cards and block[:8].rstrip() not in (b"SIMPLE", b"XTENSION"):
            _refuse(path, "has a part that begins with neither SIMPLE nor XTENSION")
        if not block.isascii():
            _refuse(path, "has bytes in a header that are no text")
        for k in range(0, _BLOCK, 80):
            card = block[k : k + 80].decode("ascii")
            key = card[:8].rstrip()
            if key == "END":
                return cards, at
            if card[8:10] == "= ":
                cards.setdefault(key, _value(card[10:]))
    return _refuse(path, f"has a header without END in {_MOST_HEADER_BLOCKS} blocks")


def _value(text: str) -> str:
    """Return a card's value without quotes and comment."""
    text = text.strip()
    if text.startswith("'"):
        return text[1:].replace("''", "\0").split("'")[0].replace("\0", "'").rstrip()
    return text.split("/")[0].strip()


def _size(cards: dict, path: Path) -> int:
    """Return the bytes of data that a header claims."""
    bits, n = _whole(cards, "BITPIX", path), _whole(cards, "NAXIS", path)
    if bits not in _BITS or not 0 <= n <= 4:
        _refuse(path, f"claims BITPIX {bits} and NAXIS {n}: we read {_BITS} and up to 4 axes")
    if not n:
        return 0
    size = 1
    for k in range(n):
        length = _whole(cards, f"NAXIS{k + 1}", path)
        if length < 0:
            _refuse(path, f"claims an axis of length {length}")
        size *= length
    more = _whole(cards, "PCOUNT", path, 0)
    size = abs(bits) // 8 * _whole(cards, "GCOUNT", path, 1) * (more + size)
    if more < 0 or not 0 <= size <= _MOST_BYTES:
        _refuse(path, f"claims {size} bytes for one part, more than the {_MOST_BYTES} we allow")
    return size


def _whole(cards: dict, key: str, path: Path, default: int | None = None) -> int:
    text = cards.get(key, default)
    try:
        return int(text)
    except (TypeError, ValueError):
        return _refuse(path, f"has {key} = {text!r}, which is no whole number")


def _refuse(path: Path, why: str):
    message = f"{path.name} {why}: fetch the file again."
    raise CorruptFileError(message)
