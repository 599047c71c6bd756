"""Damage of every kind is an error before compiled code sees the file."""

import hashlib
import struct
import subprocess
import sys
import zlib

import numpy as np
import pycdfpp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smile_explore.errors import CorruptFileError, InputError
from smile_explore.formats import cdf_guard
from tests.archive import cdfs

TIME = np.datetime64("2008-08-12", "ns") + np.arange(3000) * np.timedelta64(3, "s")
FIELD = np.random.default_rng(1).normal(0, 5, (3000, 3)).round(2)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cdf")


@pytest.fixture(scope="session")
def gzipped(folder):
    return cdfs.themis_fgm(folder / "gz.cdf", "c", {"fgs": (TIME, {"gsm": FIELD})})


@pytest.fixture(scope="session")
def plain(folder):
    return cdfs.ace_mfi(folder / "raw.cdf", TIME, {"BGSM": FIELD}, compressed=False)


@pytest.fixture(scope="session")
def packed(folder, plain):
    cdf = pycdfpp.load(str(plain))
    cdf.compression = pycdfpp.CompressionType.gzip_compression
    assert pycdfpp.save(cdf, str(folder / "packed.cdf"))
    return folder / "packed.cdf"


@pytest.fixture(scope="session")
def signed(folder, plain):
    cdf = pycdfpp.load(str(plain))
    cdf.checksum = pycdfpp.Checksum.md5_checksum
    assert pycdfpp.save(cdf, str(folder / "signed.cdf"))
    return folder / "signed.cdf"


KINDS = ["gzipped", "plain", "packed", "signed"]


def broken(path, tmp_path, change):
    """Write a changed copy of a file."""
    data = bytearray(path.read_bytes())
    change(data)
    copy = tmp_path / f"broken_{path.name}"
    copy.write_bytes(data)
    return copy


def refuse(path, match=None):
    with pytest.raises(CorruptFileError, match=match):
        cdf_guard.check(path)


def records(data, kind):
    """Return where the records of one kind begin, found by a scan of version 3 headers."""
    found = []
    at = 8
    while at < len(data):
        size, this = struct.unpack_from(">qi", data, at)
        found += [at] if this == kind else []
        at += size
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_file_passes(kind, request):
    cdf_guard.check(request.getfixturevalue(kind))
    cdf_guard.check_header(request.getfixturevalue(kind))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_short_is_refused_by_its_header_already(kind, share, request, tmp_path):
    path = request.getfixturevalue(kind)

    def cut(data):
        del data[int(len(data) * share) :]

    copy = broken(path, tmp_path, cut)
    refuse(copy, "cut short")
    with pytest.raises(CorruptFileError, match="cut short"):
        cdf_guard.check_header(copy)


@pytest.mark.parametrize("kind", KINDS)
def test_one_missing_byte_is_found(kind, request, tmp_path):
    refuse(broken(request.getfixturevalue(kind), tmp_path, lambda data: data.pop()))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(share=st.floats(0, 0.9999))
def test_no_cut_passes(gzipped, tmp_path, share):
    refuse(
        broken(
            gzipped, tmp_path, lambda data: data.__delitem__(slice(int(len(data) * share), None))
        )
    )


def test_a_cut_file_does_not_end_the_process(gzipped, tmp_path):
    """Without the guard pycdfpp 0.19 reads beyond such files, which may or may not be survived."""
    data = gzipped.read_bytes()
    for percent in (1, 30, 50, 70, 90, 99):
        (tmp_path / f"{percent}.cdf").write_bytes(data[: len(data) * percent // 100])
    code = (
        "import pathlib, smile_explore\n"
        f"for path in pathlib.Path({str(tmp_path)!r}).glob('*.cdf'):\n"
        "    try: smile_explore.open_file(path)\n"
        "    except smile_explore.errors.CorruptFileError as err: print(err)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.count("fetch it again") == 6


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xcd\xf3\x00\x01", id="magic alone"),
        pytest.param(b"<html><body>404 Not Found</body></html>" * 50, id="web page"),
        pytest.param(bytes(5000), id="zeros"),
        pytest.param(b"\xcd\xf3\x00\x01\x00\x00\xff\xff" + bytes(5000), id="magic and zeros"),
    ],
)
def test_what_is_no_cdf_is_refused(content, tmp_path):
    path = tmp_path / "no.cdf"
    path.write_bytes(content)
    refuse(path)


def test_every_flipped_bit_of_compressed_data_is_found(gzipped, tmp_path):
    data = gzipped.read_bytes()
    at = records(data, 13)[1]
    end = struct.unpack_from(">q", data, at)[0]
    # after the headers of block and gzip, before the last byte of the stream, which has idle bits
    for offset in range(24 + 10, end - 10, max(1, end // 50)):

        def flip(data, place=at + offset):
            data[place] ^= 4

        refuse(broken(gzipped, tmp_path, flip))


def test_a_flipped_bit_anywhere_is_found_by_the_digest(signed, tmp_path):
    def flip(data):
        data[len(data) // 2] ^= 1

    refuse(broken(signed, tmp_path, flip), "MD5")


def test_a_digest_that_fits_passes(signed):
    data = signed.read_bytes()
    assert hashlib.md5(data[:-16]).digest() == data[-16:]
    cdf_guard.check(signed)


@pytest.mark.parametrize(
    ("kind", "offset", "code", "value"),
    [
        pytest.param(2, 36, "q", 2**40, id="end of file far away"),
        pytest.param(2, 20, "q", 2**62, id="variables outside the file"),
        pytest.param(2, 60, "i", 10**9, id="a billion variables"),
        pytest.param(2, 48, "i", -5, id="minus five attributes"),
        pytest.param(8, 0, "q", 10, id="record too short"),
        pytest.param(8, 0, "q", 2**60, id="record too long"),
        pytest.param(8, 8, "i", 99, id="kind unknown"),
        pytest.param(8, 20, "i", 77, id="data type unknown"),
        pytest.param(8, 24, "i", 2**31 - 1, id="two billion records"),
        pytest.param(8, 24, "i", -7, id="minus seven records"),
        pytest.param(8, 28, "q", 5, id="index inside the magic number"),
        pytest.param(8, 64, "i", 2**30, id="a billion elements"),
        pytest.param(8, 68, "i", 3, id="number taken"),
        pytest.param(8, 340, "i", 2**30, id="a billion dimensions"),
        pytest.param(6, 20, "i", 2**30, id="an index of a billion"),
        pytest.param(6, 24, "i", 2**30, id="a billion used"),
        pytest.param(4, 48, "i", 2**31 - 1, id="an attribute of two billion entries"),
        pytest.param(9, 24, "i", 77, id="value of unknown type"),
        pytest.param(9, 28, "i", 500, id="value of no variable"),
        pytest.param(9, 32, "i", 2**30, id="value of a billion numbers"),
    ],
)  # fmt: skip
def test_nonsense_in_a_record_is_found(plain, tmp_path, kind, offset, code, value):
    at = records(plain.read_bytes(), kind)[0]
    refuse(
        broken(plain, tmp_path, lambda data: struct.pack_into(f">{code}", data, at + offset, value))
    )


def test_a_list_in_circles_ends(plain, tmp_path):
    def circle(data):
        first = records(data, 4)[0]
        struct.pack_into(">q", data, first + 12, first)
        struct.pack_into(">i", data, records(data, 2)[0] + 48, 2**31 - 1)

    refuse(broken(plain, tmp_path, circle), "circles")


def test_an_index_in_circles_ends(plain, tmp_path):
    def circle(data):
        at = records(data, 6)[0]
        struct.pack_into(">q", data, at + 12, at)

    refuse(broken(plain, tmp_path, circle), "circles")


def bomb(path, tmp_path, size):
    """Write a copy whose first compressed block unpacks to `size` zeros, a variable that claims so."""
    compress = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = (
        b"".join(compress.compress(bytes(1 << 20)) for _ in range(size >> 20)) + compress.flush()
    )

    def grow(data):
        gdr, vdr = records(data, 2)[0], records(data, 8)[0]
        index = struct.unpack_from(">q", data, vdr + 28)[0]
        n, end = size // 8, len(data)
        data += struct.pack(">qiiq", 24 + len(block), 13, 0, len(block)) + block
        struct.pack_into(">q", data, gdr + 36, len(data))
        struct.pack_into(">i", data, vdr + 24, n - 1)
        struct.pack_into(
            ">i", data, index + 28 + 4 * struct.unpack_from(">i", data, index + 20)[0], n - 1
        )
        struct.pack_into(
            ">q", data, index + 28 + 8 * struct.unpack_from(">i", data, index + 20)[0], end
        )

    return broken(path, tmp_path, grow)


def test_a_block_that_claims_ten_gigabytes_is_refused_at_once(gzipped, tmp_path):
    def claim(data):
        struct.pack_into(">i", data, records(data, 8)[0] + 24, 1_250_000_000)

    refuse(broken(gzipped, tmp_path, claim), "10000000008 bytes")


def test_a_little_that_unpacks_to_a_lot_is_refused(gzipped, tmp_path, monkeypatch):
    monkeypatch.setattr(cdf_guard, "MAX_BYTES", 1 << 27)
    cdf_guard.check(bomb(gzipped, tmp_path, 1 << 24))
    assert bomb(gzipped, tmp_path, 1 << 26).stat().st_size < 200_000
    refuse(bomb(gzipped, tmp_path, 1 << 26), f"at most {1 << 25}")
    refuse(bomb(gzipped, tmp_path, 1 << 28), "at most")


def test_run_lengths_of_zero_are_read(tmp_path):
    cdf = pycdfpp.CDF()
    values = np.array([0, 0, 5, 0, 7, 0, 0, 0] * 400, np.int32)
    cdf.add_variable("r", values, compression=pycdfpp.CompressionType.rle_compression)
    assert pycdfpp.save(cdf, str(tmp_path / "rle.cdf"))
    cdf_guard.check(tmp_path / "rle.cdf")


def test_an_unknown_packing_is_an_input_error_that_names_a_way_out(gzipped, tmp_path):
    def pack(data):
        struct.pack_into(">i", data, records(data, 11)[0] + 12, 9)

    with pytest.raises(InputError, match="cdfconvert"):
        cdf_guard.check(broken(gzipped, tmp_path, pack))


def test_parameters_of_a_packing_must_fit(gzipped, tmp_path):
    """pycdfpp 0.19 reads as many as the file says, and ends the process with a bus error."""

    def pack(data):
        struct.pack_into(">i", data, records(data, 11)[0] + 20, 2**30)

    refuse(broken(gzipped, tmp_path, pack))
