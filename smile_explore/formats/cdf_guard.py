"""The structure of a CDF file, walked record by record before any compiled code may touch it.

pycdfpp takes the offsets and sizes in a CDF on trust: a file cut short by a broken download
ends the process, and with it the notebook. `check` follows every record of the file (CDR,
GDR, VDR, VXR, VVR, CVVR, CPR, ADR, AEDR) with bounds checks, inflates every compressed block
(zlib compares the CRC) and compares the MD5 digest where the file has one. It decodes no
value and keeps nothing in memory. `Blocks` leaves the blocks of a variable until it is read.

References
----------
CDF Internal Format Description, versions 2.x and 3.x, NASA SPDF.
"""

import hashlib
import math
import mmap
import struct
import zlib
from pathlib import Path

from smile_explore.errors import CorruptFileError, InputError

#: Values of one file, decoded: more is refused, so that no file can fill the memory.
MAX_BYTES = 1 << 30
_MAX_RATIO = 300  # of decoded to stored, for more than a quarter of that: constants at best

_VERSIONS = {b"\xcd\xf3\x00\x01": 3, b"\xcd\xf2\x60\x02": 2, b"\x00\x00\xff\xff": 2}
_PLAIN, _PACKED = b"\x00\x00\xff\xff", b"\xcc\xcc\x00\x01"
_MD5_FLAGS, _MD5_BYTES = 0b1100, 16
_COMPRESSED, _PADDED, _BY_RECORD = 0b100, 0b10, 0b1  # flags of a VDR
_DISK_BLOCK = 512  # version 2 files from VMS machines are padded to it
_TYPE_BYTES = {
    1: 1, 2: 2, 4: 4, 8: 8, 11: 1, 12: 2, 14: 4, 21: 4, 22: 8, 31: 8, 32: 16, 33: 8,
    41: 1, 44: 4, 45: 8, 51: 1, 52: 1,
}  # fmt: skip
_TEXT_TYPES = (51, 52)
_RLE, _GZIP = 1, 5
_HUFFMAN = (2, 3)  # plain and adaptive: not decoded, such variables are left out
_VAX = (3, 14, 15, 20, 21)  # encodings with floating-point numbers that are not IEEE's
_ONE_FILE = 0b10  # flag of a CDR
_VARIABLE_SCOPES = (2, 4)
_CHUNK = 1 << 20
_MAX_DEPTH = 8

# Fields of each record after its size and kind. O is an offset, 8 bytes wide in version 3;
# W is what the VDRs of releases before 2.5 left unused.
_CDR, _GDR, _RVDR, _ADR, _R_ENTRY, _VXR, _VVR = 1, 2, 3, 4, 5, 6, 7
_ZVDR, _Z_ENTRY, _CCR, _CPR, _CVVR = 8, 9, 10, 11, 13
_FIELDS = {
    _CDR: "Oiiii", _GDR: "OOOOiiiiiOiii", _RVDR: "OiiOOiiiiiWiiOi", _ZVDR: "OiiOOiiiiiWiiOi",
    _ADR: "OOiiiiiOiii", _R_ENTRY: "Oiiiiiiiii", _Z_ENTRY: "Oiiiiiiiii",
    _VXR: "Oii", _VVR: "", _CVVR: "iO", _CCR: "OOi", _CPR: "iii",
}  # fmt: skip


#: What sound files may have that is not read.
_NOT_READ = {
    "Huffman": "This CDF is packed as a whole by Huffman codes, which are not supported: convert it to gzip with cdfconvert.",
    "VAX": "This CDF holds the floating-point numbers of VAX machines, which are not supported: convert it to the encoding IBMPC with cdfconvert.",
    "several files": "This CDF keeps its variables in files of their own (.v0, .z0), which is not supported: make it one file with cdfconvert.",
}


class _DamageError(Exception):
    """What is wrong, for `_explained` to put into a sentence."""


def check(path: Path) -> None:
    """Raise unless the file is a whole, sound CDF: all that is needed before pycdfpp.

    Raises
    ------
    CorruptFileError
        If it is no CDF, is cut short, or breaks its own structure, CRC or digest.
    InputError
        If it is sound, but of a kind that is not supported: packed as a whole by Huffman codes,
        with VAX' numbers, of several files.
    """
    _explained(path, _check_all)


class Blocks:
    """A file whose structure is sound, and the compressed blocks that were not inflated yet.

    Parameters
    ----------
    path : Path
        Everything that `check` looks at is looked at now, but for the compressed blocks of
        variables with records, which `require` inflates: of a file of hundreds, one is read.

    Raises
    ------
    CorruptFileError, InputError
        As `check`.
    """

    def __init__(self, path: Path):
        self._path = path
        self._later: dict[bytes, list] = {}
        _explained(path, lambda data: _check_all(data, self._later))

    def require(self, name: str) -> None:
        """Raise `CorruptFileError` unless all blocks of a variable inflate to its records."""
        if name.encode() in self._later:
            blocks, self._later[name.encode()] = self._later[name.encode()], []
        else:  # a name that pycdfpp has otherwise: whichever it is, all are checked
            blocks = [block for waiting in self._later.values() for block in waiting]
        if blocks:
            _explained(self._path, lambda data: [_inflate(data, *block) for block in blocks])


def check_header(path: Path) -> None:
    """Raise `CorruptFileError` unless the file begins as a CDF and is as long as it says."""
    _explained(path, lambda data: _Walk(data).head())


def _explained(path: Path, look) -> None:
    try:
        _must(path.stat().st_size, "it is empty")  # and an empty file cannot be mapped
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            look(data)
    except _DamageError as err:
        message = f"{path.name} is damaged or cut short ({err}): delete it and fetch it again."
        raise CorruptFileError(message) from None


def _must(holds, otherwise: str) -> None:
    if not holds:
        raise _DamageError(otherwise)


def _check_all(data, later: dict | None = None) -> None:
    """Check all; compressed blocks go into `later`, where it is given, if they lie in the file itself."""
    packed = data[4:8] == _PACKED
    walk = _Walk(_unpacked(data) if packed else data, None if packed else later)
    walk.head()
    if not packed:  # else the digest is of the outer file, and the CRC has vouched for the inner
        walk.digest()
    walk.variables()
    walk.attributes()


def _unpacked(data) -> bytes:
    """Return the plain CDF inside a CDF that is compressed as a whole."""
    outer = _Walk(data)
    outer.head()
    (where, size, _), start, end = outer.record(8, _CCR)
    _must(0 < size <= outer.limit, f"it unpacks to {size} bytes; at most {outer.limit} are read")
    how = outer.packing(where)
    if how in _HUFFMAN:
        raise InputError(_NOT_READ["Huffman"])
    inner = b"".join(_unpack(data[start:end], size, how))
    _must(len(inner) == size, "it does not unpack to the size it claims")
    return data[:4] + _PLAIN + inner


class _Walk:
    """One pass over one CDF in memory; methods raise `_DamageError` at the first thing amiss."""

    def __init__(self, data, later: dict | None = None):
        self.data, self.later = data, later
        version = _VERSIONS.get(data[:4])
        _must(version and data[4:8] in (_PLAIN, _PACKED), "it does not begin as a CDF does")
        self.offset = "q" if version == 3 else "i"
        self.header = struct.Struct(f">{self.offset}i")
        self.name_bytes = 256 if version == 3 else 64
        self.waste = ""
        self.layouts: dict[int, struct.Struct] = {}
        self.claimed = self.held = 0  # bytes of all values, as declared and as stored
        self.limit = min(MAX_BYTES, max(MAX_BYTES // 4, _MAX_RATIO * len(data)))
        self.numbers = {_RVDR: set(), _ZVDR: set()}  # of the variables

    def record(self, at: int, *kinds: int):
        """Return the fields of the record at `at`, where they end, and where the record ends."""
        kind = self.kind(at)
        if kind not in kinds:
            message = f"byte {at} should begin a record of kind {kinds[0]}, and does not"
            raise _DamageError(message)
        layout = self.layouts.get(kind) or self._layout(kind)
        start, end = at + self.header.size, at + self.header.unpack_from(self.data, at)[0]
        if not start + layout.size <= end <= len(self.data):
            message = f"the record at byte {at} claims to end at byte {end} of {len(self.data)}"
            raise _DamageError(message)
        return layout.unpack_from(self.data, start), start + layout.size, end

    def _layout(self, kind: int) -> struct.Struct:
        codes = _FIELDS[kind].replace("O", self.offset).replace("W", self.waste)
        self.layouts[kind] = struct.Struct(">" + codes)
        return self.layouts[kind]

    def kind(self, at: int) -> int:
        """Return the kind of the record at `at`, or 0 if there can be none."""
        fits = 8 <= at <= len(self.data) - self.header.size
        return self.header.unpack_from(self.data, at)[1] if fits else 0

    def integers(self, at: int, end: int, n: int, code: str = "i") -> tuple[int, ...]:
        """Return `n` integers that must end before `end`."""
        width = 8 if code == "q" else 4
        _must(n >= 0 and at + n * width <= end, f"{n} numbers do not fit at byte {at}")
        return struct.unpack_from(f">{n}{code}", self.data, at)

    def name(self, at: int, end: int) -> bytes:
        """Return a name, which must be there."""
        name = self.data[at : at + self.name_bytes].rstrip(b"\0 ")
        _must(name and at + self.name_bytes <= end, "a variable or attribute has no name")
        return name

    def chain(self, at: int, n: int, kind: int):
        """Yield the `n` records of a linked list, neither more nor fewer, none twice."""
        seen = set()
        for _ in range(n):
            fields, start, end = self.record(at, kind)
            _must(at not in seen, f"a list of records of kind {kind} goes in circles")
            seen.add(at)
            yield fields, start, end
            at = fields[0]
        _must(n >= 0 and at == 0, f"a list should have {n} records of kind {kind}, and has not")

    # ------------------------------------------------------------------ head

    def head(self) -> None:
        """Check magic, CDR, GDR and that the file is as long as it should be."""
        if self.data[4:8] == _PACKED:
            (where, *_), _, end = self.record(8, _CCR)
            self._length(max(end, self.record(where, _CPR)[2]))
            return
        (at, version, release, encoding, self.flags), _, _ = self.record(8, _CDR)
        _must(version == (3 if self.offset == "q" else 2), f"it says it is of version {version}")
        _must(1 <= encoding <= 21, f"it has the encoding {encoding}")
        if encoding in _VAX:
            raise InputError(_NOT_READ["VAX"])
        if not self.flags & _ONE_FILE:
            raise InputError(_NOT_READ["several files"])
        self.waste = "128x" if version == 2 and release < 5 else ""
        self.gdr, dims_at, end = self.record(at, _GDR)
        self.r_dims = self.integers(dims_at, end, self.gdr[7])
        self.eof = self.gdr[3]
        self._length(self.eof)

    def _length(self, eof: int) -> None:
        allowed = {eof, eof + _MD5_BYTES}
        if self.offset == "i":
            allowed.add(-(-eof // _DISK_BLOCK) * _DISK_BLOCK)
        _must(len(self.data) in allowed, f"it has {len(self.data)} bytes, and should have {eof}")

    def digest(self) -> None:
        """Compare the MD5 digest at the end with the file, where there is one."""
        if self.flags & _MD5_FLAGS == _MD5_FLAGS:
            found = hashlib.md5(usedforsecurity=False)
            for at in range(0, self.eof, _CHUNK):
                found.update(self.data[at : min(at + _CHUNK, self.eof)])
            right = found.digest() == self.data[self.eof :]
            _must(right, "its MD5 digest is not that of its contents")

    # ------------------------------------------------------------------ variables

    def variables(self) -> None:
        """Check every variable and all its blocks."""
        names = []
        for kind, first, n in (
            (_RVDR, self.gdr[0], self.gdr[4]),
            (_ZVDR, self.gdr[1], self.gdr[8]),
        ):
            for fields, start, end in self.chain(first, n, kind):
                names.append(self._variable(kind, fields, start, end))
                self.numbers[kind].add(fields[11])
            _must(self.numbers[kind] == set(range(n)), "variable numbers are missing or repeated")
        _must(len(names) == len(set(names)), "two variables have one name")

    def _variable(self, kind: int, fields, start: int, end: int) -> bytes:
        _, data_type, last, index, _, flags, sparse, _, _, _, elements, _, packing, _ = fields
        name = self.name(start, end)
        start, dims = start + self.name_bytes, self.r_dims
        if kind == _ZVDR:
            (n_dims,) = self.integers(start, end, 1)
            dims = self.integers(start + 4, end, n_dims)
            start += 4 + 4 * n_dims
        varies = self.integers(start, end, len(dims))
        start += 4 * len(dims)
        _must(data_type in _TYPE_BYTES, f"data type {data_type} does not exist")
        self._shape(dims, elements, data_type)
        cell = _TYPE_BYTES[data_type] * elements
        _must(not flags & _PADDED or start + cell <= end, "a pad value does not fit")
        size = cell * math.prod(n for n, vary in zip(dims, varies, strict=True) if vary)
        self._claim(size, last)
        how = self.packing(packing) if flags & _COMPRESSED else 0
        covered = self._blocks(index, size, how, sparse=sparse, later=self._waiting(name, flags))
        _must(sparse or covered > last, f"records of {name.decode('latin-1')} are missing")
        return name

    def _waiting(self, name: bytes, flags: int) -> list | None:
        """Return where to note a variable's packed blocks; None if they are inflated now."""
        if self.later is None:
            return None
        blocks = self.later.setdefault(name, [])
        is_plain = name.isascii() and name.decode().isprintable()  # no name ends inside for pycdfpp
        return blocks if is_plain and flags & _BY_RECORD else None

    def _shape(self, dims, elements: int, data_type: int) -> None:
        sound = len(dims) <= 10 and min((elements, *dims)) >= 1
        sound = sound and (elements == 1 or data_type in _TEXT_TYPES)
        _must(sound, f"a variable has the shape {(*dims, elements)}")

    def _claim(self, size: int, last: int) -> None:
        self.claimed += size * (last + 1)
        fits = last >= -1 and self.claimed <= self.limit
        _must(fits, f"its values would take {self.claimed} bytes; at most {self.limit} are read")

    def packing(self, at: int) -> int:
        """Return how blocks are compressed."""
        (how, _, n), start, end = self.record(at, _CPR)
        self.integers(start, end, n)  # parameters, which pycdfpp reads however many they are
        if how not in (0, _RLE, _GZIP, *_HUFFMAN):
            message = f"This CDF is packed by method {how}, which is not supported: convert it to gzip with cdfconvert."
            raise InputError(message)
        return how

    def _blocks(self, index: int, size: int, how: int, *, sparse: int, later) -> int:
        """Check all blocks of one variable; return how many records they cover."""
        covered = 0
        for first, last, at in self._leaves(index, set(), 0):
            sound = covered <= first <= last and (sparse or first == covered)
            _must(sound, "an index of records has a hole or runs backwards")
            covered = last + 1
            self._block(at, (covered - first) * size, how, later)
        return covered

    def _leaves(self, at: int, seen: set, depth: int):
        """Yield (first record, last record, offset) of every block below one index."""
        while at:
            _must(at not in seen and depth <= _MAX_DEPTH, "an index of records goes in circles")
            seen.add(at)
            (after, n, used), start, end = self.record(at, _VXR)
            _must(0 <= used <= n, "an index of records claims too much")
            first = self.integers(start, end, n)
            last = self.integers(start + 4 * n, end, n)
            where = self.integers(start + 8 * n, end, n, self.offset)
            for entry in list(zip(first, last, where, strict=True))[:used]:
                if self.kind(entry[2]) == _VXR:
                    yield from self._leaves(entry[2], seen, depth + 1)
                else:
                    yield entry
            at = after

    def _block(self, at: int, needed: int, how: int, later: list | None) -> None:
        """Check that one block holds the bytes it should."""
        self.held += needed
        _must(self.held <= self.limit, f"its blocks claim {self.held} bytes")
        fields, start, end = self.record(at, *((_CVVR, _VVR) if how else (_VVR,)))
        if not fields:
            _must(end - start >= needed, "a block is shorter than its records")
            return
        _must(0 < fields[1] <= end - start, "a compressed block is longer than its record")
        if how in _HUFFMAN:
            return
        if later is None:
            _inflate(self.data, start, fields[1], needed, how)
        else:
            later.append((start, fields[1], needed, how))

    # ------------------------------------------------------------------ attributes

    def attributes(self) -> None:
        """Check every attribute and its entries."""
        names = []
        for fields, start, end in self.chain(self.gdr[2], self.gdr[5], _ADR):
            _, r_entries, scope, number, n_r, _, _, z_entries, n_z, _, _ = fields
            names.append(self.name(start, end))
            for first, n, kind, owner in (
                (r_entries, n_r, _R_ENTRY, _RVDR),
                (z_entries, n_z, _Z_ENTRY, _ZVDR),
            ):
                owners = self.numbers[owner] if scope in _VARIABLE_SCOPES else None
                for entry in self.chain(first, n, kind):
                    self._entry(entry, number, owners)
        _must(len(names) == len(set(names)), "two attributes have one name")

    def _entry(self, entry, attribute: int, owners) -> None:
        (_, number, data_type, owner, elements, *_), start, end = entry
        size = _TYPE_BYTES.get(data_type, 0) * elements
        fits = size > 0 and start + size <= end and number == attribute
        _must(fits, "an attribute's value does not fit its record")
        known = owners is None or owner in owners
        _must(known, f"an attribute belongs to variable {owner}, which does not exist")


# --------------------------------------------------------------------------- unpacking


def _inflate(data, start: int, length: int, needed: int, how: int) -> None:
    """Inflate one block, and compare its size with that of its records."""
    size = sum(map(len, _unpack(data[start : start + length], needed, how)))
    _must(size == needed, "a compressed block does not unpack to its records")


def _unpack(data: bytes, size: int, how: int):
    """Yield, piece by piece, what a packed block holds; a little more than `size` at most."""
    if how == _GZIP:
        return _gunzip(data, size)
    return _run_lengths(data) if how == _RLE else iter((data,))


def _gunzip(data: bytes, size: int):
    unzip, got = zlib.decompressobj(31), 0
    try:
        while data and not unzip.eof and got <= size:
            piece = unzip.decompress(data, _CHUNK)
            data, got = unzip.unconsumed_tail, got + len(piece)
            yield piece
    except zlib.error as err:
        message = f"a compressed block is broken, {err}"
        raise _DamageError(message) from None
    _must(unzip.eof, "a compressed block has no end, or is longer than it should be")


def _run_lengths(data: bytes):
    """Yield the contents of a block in which the bytes 0, n stand for n + 1 zeros."""
    at = 0
    while (zero := data.find(0, at)) >= 0:
        _must(zero + 1 < len(data), "a compressed block has no end")
        yield data[at:zero]
        yield bytes(data[zero + 1] + 1)
        at = zero + 2
    yield data[at:]
