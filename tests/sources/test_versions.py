"""The newest version of a file wins: from every transport, in the cache and in a folder."""

import os

import numpy as np
import pytest

import smile_explore as se
from smile_explore.errors import PartialCoverageWarning
from smile_explore.sources import cache
from tests.archive import cdfs
from tests.sources.conftest import PLACES, PRODUCTS, a_file, fetch, over_http, validate

MINUTES = np.arange("2008-08-12", "2008-08-12T00:04", np.timedelta64(60, "s"), dtype="M8[ns]")
ACE = "https://spdf.gsfc.nasa.gov/pub/data/ace/mag/level_2_cdaweb/mfi_h0/2008/"
BOTH = pytest.mark.parametrize("transport", ["http", "pyspedas"])


def ace(tmp_path, value, day=0) -> bytes:
    """Return a day of ACE whose field is `value` throughout."""
    field = np.full((len(MINUTES), 3), float(value))
    values = {"BGSM": field, "Q_FLAG": np.zeros(len(MINUTES), "i4")}
    cdfs.ace_mfi(tmp_path / "a.cdf", MINUTES + np.timedelta64(day, "D"), values)
    return (tmp_path / "a.cdf").read_bytes()


def versions(ds) -> list:
    """Return what the report says of versions."""
    table = se.report(ds)
    return table[table.what == "file version"][["count", "of", "detail"]].values.tolist()


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "mine"
    place.mkdir()
    return place


def from_folder(folder, stop="2008-08-13"):
    return se.load("ace.mfi", "2008-08-12", stop, source=folder)


# --------------------------------------------------------------------------- from archives


@BOTH
@pytest.mark.parametrize("order", [(1, 2, 10), (10, 2, 1)], ids=["up", "down"])
def test_the_newest_of_a_listing_is_fetched_and_no_other(archive, transport, order):
    for version in order:
        place = (PLACES[transport][0] % 12).replace("v01", f"v{version:02d}")
        archive.put(place, a_file(version))
    got = fetch(PRODUCTS[transport]())
    assert [path.read_bytes() for path in got.paths] == [a_file(10)]
    assert [len(names) for names in got.versions] == [3]
    assert got.versions[0][0].endswith("v10.dat" if transport == "http" else "v10.cdf")
    assert len([path for path in archive.asked if "20080812" in path]) == 1


@pytest.mark.parametrize("names", [("v05", "v06"), ("V05", "v06"), ("v06", "V11")], ids=str)
def test_a_loader_that_takes_all_versions_is_made_to_choose(archive, tmp_path, names):
    for value, version in enumerate(names, 1):
        archive.put(f"{ACE}ac_h0_mfi_20080812_{version}.cdf", ace(tmp_path, value))
    ds = se.load("ace.mfi", "2008-08-12", "2008-08-13")
    assert ds.b.values[:, 0].tolist() == [2.0] * 4
    assert ds.attrs["source_files"] == f"ac_h0_mfi_20080812_{names[1]}.cdf"


@BOTH
def test_refresh_brings_a_newer_version_and_the_cache_keeps_using_it(archive, transport):
    first = PLACES[transport][0] % 12
    archive.put(first, a_file(1))
    assert fetch(PRODUCTS[transport]()).versions == ()
    archive.put(first.replace("v01", "v02"), a_file(2))
    for how in ({"refresh": True}, {}, {"network": False}):
        got = fetch(PRODUCTS[transport](), **how)
        assert [path.read_bytes() for path in got.paths] == [a_file(2)]
        assert [len(names) for names in got.versions] == [2]


def test_an_older_version_that_the_archive_goes_back_to_does_not_win(archive):
    first = PLACES["http"][0] % 12
    archive.put(first.replace("v01", "v02"), a_file(2))
    fetch(over_http())
    del archive.files[first.replace("v01", "v02").split("://")[1]]
    archive.put(first, a_file(1))
    got = fetch(over_http(), refresh=True)
    assert [path.read_bytes() for path in got.paths] == [a_file(2)]


def test_an_older_version_stands_in_offline_when_the_newest_is_damaged_on_disk(archive):
    first = PLACES["http"][0] % 12
    archive.put(first, a_file(1))
    fetch(over_http())
    archive.put(first.replace("v01", "v02"), a_file(2))
    newest = fetch(over_http(), refresh=True).paths[0]
    newest.write_bytes(b"DATA")
    got = fetch(over_http(), network=False)
    assert [path.read_bytes() for path in got.paths] == [a_file(1)]
    assert fetch(over_http(), validate=validate).paths[0].read_bytes() == a_file(1)


def test_a_cache_entry_from_before_versions_were_noted_is_read(archive):
    archive.put(PLACES["http"][0] % 12, a_file(1))
    path = fetch(over_http()).paths[0]
    entry = cache._slip_path(path)
    text = entry.read_text().replace(', "passed_over": []', "")
    assert "passed_over" not in text
    entry.write_text(text)
    archive.heal()
    assert fetch(over_http()).paths == (path,)
    assert archive.asked == []


def test_the_report_says_which_of_several_versions_was_read(archive, tmp_path):
    for version in (5, 6, 7):
        archive.put(f"{ACE}ac_h0_mfi_20080812_v0{version}.cdf", ace(tmp_path, version))
    for how in ({}, {"source": "cache"}):
        ds = se.load("ace.mfi", "2008-08-12", "2008-08-13", **how)
        assert versions(ds) == [
            [1, 3, "ac_h0_mfi_20080812_v07.cdf, not ac_h0_mfi_20080812_v05.cdf, ac_h0_mfi_20080812_v06.cdf"]
        ]  # fmt: skip


# --------------------------------------------------------------------------- in a folder


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        pytest.param("ac_h0_mfi_20080812_v05.cdf", "ac_h0_mfi_20080812_v06.cdf", id="number"),
        pytest.param("a/ac_h0_mfi_20080812_v10.cdf", "b/ac_h0_mfi_20080812_v11.cdf", id="subfolders"),
        pytest.param("b/ac_h0_mfi_20080812_v05.cdf", "a/ac_h0_mfi_20080812_v06.cdf", id="reversed"),
        pytest.param("ac_h0_mfi_20080812_v05.cdf", "AC_H0_MFI_20080812_V06.CDF", id="upper-case"),
        pytest.param("AC_H0_MFI_20080812_V05.CDF", "ac_h0_mfi_20080812_v06.cdf", id="lower-case"),
    ],
)  # fmt: skip
def test_the_newest_of_a_folder_is_read(folder, tmp_path, older, newer):
    for name, value in ((newer, 2), (older, 1)):  # the newer is written first
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(ace(tmp_path, value))
    ds = from_folder(folder)
    assert ds.b.values[:, 0].tolist() == [2.0] * 4
    assert ds.attrs["source_files"] == newer.split("/")[-1]
    assert versions(ds) == [[1, 2, f"{newer.split('/')[-1]}, not {older.split('/')[-1]}"]]


def test_of_two_copies_of_one_version_the_one_written_last_is_read(folder, tmp_path):
    for place, value, when in (("a", 1, 2e9), ("b", 2, 1e9)):
        (folder / place).mkdir()
        path = folder / place / "ac_h0_mfi_20080812_v05.cdf"
        path.write_bytes(ace(tmp_path, value))
        os.utime(path, (when, when))
    assert from_folder(folder).b.values[:, 0].tolist() == [1.0] * 4


# --------------------------------------------------------------------------- a damaged file in a folder


@pytest.mark.parametrize(
    "body", [b"", b"<html>login</html>", b"CDF no more" * 99, None], ids=["empty", "page", "no-cdf", "cut"]
)  # fmt: skip
@pytest.mark.parametrize("chunks", [None, "auto"], ids=["eager", "lazy"])
def test_a_damaged_file_among_good_ones_is_a_gap(folder, tmp_path, body, chunks):
    for day in range(3):
        name = f"ac_h0_mfi_200808{12 + day}_v05.cdf"
        (folder / name).write_bytes(ace(tmp_path, day, day))
    whole = (folder / "ac_h0_mfi_20080813_v05.cdf").read_bytes()
    (folder / "ac_h0_mfi_20080813_v05.cdf").write_bytes(whole[:3000] if body is None else body)
    with pytest.warns(PartialCoverageWarning):
        ds = se.load("ace.mfi", "2008-08-12", "2008-08-15", source=folder, chunks=chunks)
    assert ds.b.values[:, 0].tolist() == [0.0] * 4 + [2.0] * 4
    assert ds.attrs["missing"] == "2008-08-13T00:00:00/2008-08-14T00:00:00"
    assert "ac_h0_mfi_20080813_v05.cdf" in ds.attrs["notes"]


def test_an_older_version_stands_in_for_a_damaged_newer_one(folder, tmp_path):
    (folder / "ac_h0_mfi_20080812_v05.cdf").write_bytes(ace(tmp_path, 1))
    (folder / "ac_h0_mfi_20080812_v06.cdf").write_bytes(b"")
    ds = from_folder(folder)
    assert ds.b.values[:, 0].tolist() == [1.0] * 4
    assert "missing" not in ds.attrs
    assert "ac_h0_mfi_20080812_v06.cdf" in ds.attrs["notes"]


def test_a_folder_of_nothing_but_damage_is_one_error(folder):
    for day in (12, 13):
        (folder / f"ac_h0_mfi_200808{day}_v05.cdf").write_bytes(b"")
    with pytest.raises(se.errors.CorruptFileError):
        from_folder(folder, "2008-08-14")
