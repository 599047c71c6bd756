"""The content of a file decides which reader takes it."""

import gzip

import pytest

from smile_explore import formats
from smile_explore.errors import CorruptFileError, InputError


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
