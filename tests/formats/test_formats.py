"""The content of a file decides which reader takes it."""

import gzip

import pytest

from smile_explore import formats
from smile_explore.errors import CorruptFileError, InputError, SmileExploreError


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"\xcd\xf3\x00\x01\x00\x00\xff\xff", "cdf", id="CDF 3"),
        pytest.param(b"\xcd\xf2\x60\x02\x00\x00\xff\xff", "cdf", id="CDF 2.6"),
        pytest.param(b"\x00\x00\xff\xff\x00\x00\xff\xff", "cdf", id="CDF 2.4"),
        pytest.param(b"CDF\x01rest", "netcdf", id="netCDF classic"),
        pytest.param(b"\x89HDF\r\n\x1a\nrest", "netcdf", id="netCDF 4"),
        pytest.param(b'FILE_NAME="a"\nFILE_FORMAT_VERSION = "CEF-2.0"\n', "cef", id="CEF"),
        pytest.param(gzip.compress(b"START_META = A\n"), "cef", id="CEF gzip"),
        pytest.param(b"2001 309  0  0    2.90\n", "omniweb", id="OMNIWeb"),
        pytest.param(b"Time,b\n2001-01-01 00:00,1\n", "cdaweb", id="CSV"),
        pytest.param(b"SIMPLE  =                    T", "sxi", id="FITS"),
    ],
)
def test_the_suffix_does_not_matter(tmp_path, content, expected):
    (tmp_path / "misnamed.xyz").write_bytes(content)
    assert formats.kind(tmp_path / "misnamed.xyz") == expected


@pytest.mark.parametrize(
    ("content", "match"),
    [
        pytest.param(b"<!DOCTYPE html><p>Error 2024-01-01", "web page", id="page"),
        pytest.param(b"", "no kind we read", id="empty"),
        pytest.param(b"PK\x03\x04 2024-01-01\0", "no kind we read", id="zip"),
        pytest.param(b"\x1f\x8b broken", "no kind we read", id="broken gzip"),
    ],
)
def test_what_we_do_not_read_is_told(tmp_path, content, match):
    (tmp_path / "a.cdf").write_bytes(content)
    with pytest.raises(CorruptFileError, match=match):
        formats.read(tmp_path / "a.cdf")


@pytest.mark.parametrize("name", ["nope", "../cdf", "os.path"])
def test_an_unknown_format_is_refused(tmp_path, name):
    (tmp_path / "a").write_text("")
    with pytest.raises(InputError, match="reader"):
        formats.read(tmp_path / "a", format=name)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\n" * 200_000, id="blank lines"),
        pytest.param(b"A = " + b" " * 200_000 + b"x\nDATA_UNTIL = EOF\n", id="a line of blanks"),
        pytest.param(b"START_META = " + b'"' * 200_001 + b"!\n", id="quotes"),
        pytest.param(b"Time" + b",(@_" * 100_000 + b"\n2001-01-01 00:00,1\n", id="brackets"),
        pytest.param(b"2001-01-01 00:00" + b",1" * 200_000 + b"\n", id="columns"),
        pytest.param(b"2001 309  0  0 " + b" " * 200_000 + b"1\n", id="a row of blanks"),
    ],
)
def test_monotonous_text_does_not_hold_a_pattern_up(tmp_path, content):
    """A pattern that looks back at every blank would keep this test busy for minutes."""
    (tmp_path / "a.txt").write_bytes(content)
    (tmp_path / "a.fmt").write_bytes(
        b"FORMAT OF THE SUBSETTED FILE\n1 Year" + b" " * 200_000 + b"\n"
    )
    for format_ in (None, "cef", "cdaweb", "omniweb"):
        with pytest.raises(SmileExploreError):
            formats.read(tmp_path / "a.txt", format=format_)
