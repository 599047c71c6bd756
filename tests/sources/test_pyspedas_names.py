"""Any loader of pyspedas: named, checked against its keywords, fetched through the quarantine."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import smile_explore
from smile_explore import catalogue, settings
from smile_explore.catalogue import product
from smile_explore.errors import (
    InputError,
    NoDataError,
    OfflineError,
    SourceError,
    UnknownProductError,
)
from smile_explore.sources import pyspedas_names
from tests.archive import cdfs

ROOT = Path(__file__).parents[2]
THEMIS = "https://themis.ssl.berkeley.edu/data/themis/"
OMNI = "https://spdf.gsfc.nasa.gov/pub/data/omni/omni_cdaweb/hro_1min/2008/"
FGM = "pyspedas:themis.fgm?probe=a&level=l2"
DAY = ("2008-08-12", "2008-08-13")


def test_the_listing_is_in_step_with_the_pyspedas_that_is_installed():
    command = [sys.executable, str(ROOT / ".ci" / "loaders.py"), "--print"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    stored = (ROOT / "smile_explore" / "data" / "pyspedas_loaders.json").read_text("utf-8")
    assert json.loads(answer.stdout) == json.loads(stored), "run .ci/loaders.py"


def test_every_loader_that_a_row_calls_is_in_the_listing():
    calls = {m.options["call"] for p in catalogue.table().values() for m in p.mirrors if m.source == "pyspedas"}  # fmt: skip
    assert calls <= set(pyspedas_names.listing()["loaders"])


@pytest.mark.parametrize(
    ("name", "call", "args"),
    [
        ("pyspedas:themis.sst?probe=a", "themis.sst", {"probe": "a"}),
        ("pyspedas:themis.sst?probe=a,b", "themis.sst", {"probe": ["a", "b"]}),
        ("pyspedas:goes.fgm?probe=16&datatype=1min", "goes.fgm", {"probe": "16", "datatype": "1min"}),
        ("pyspedas:secs.data?resolution=10", "secs.data", {"resolution": 10}),
        ("pyspedas:wind.mfi?addmaster=false", "wind.mfi", {"addmaster": False}),
        ("pyspedas:omni.data", "omni.data", {}),
    ],
)  # fmt: skip
def test_keywords_stand_in_the_query(name, call, args):
    assert pyspedas_names.split(name) == (call, args)


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("pyspedas:themis.ssst", UnknownProductError, "Did you mean themis.sst"),
        ("pyspedas:", UnknownProductError, "no loader"),
        ("pyspedas:os.system", UnknownProductError, "no loader"),
        ("pyspedas:themis.sst?prob=a", InputError, "Did you mean probe"),
        ("pyspedas:themis.sst?probe", InputError, "keyword=value"),
        ("pyspedas:themis.sst?probe=", InputError, "no value"),
        ("pyspedas:themis.sst?trange=2008", InputError, "set by this package"),
        ("pyspedas:themis.sst?notplot=true", InputError, "set by this package"),
        ("pyspedas:themis.sst?downloadonly=false", InputError, "set by this package"),
        ("pyspedas:mms.fgm?probe=1", InputError, "cannot only download"),
        ("pyspedas:kyoto.dst", InputError, "cannot only download"),
        ("pyspedas:erg.mgf?uname=me&passwd=secret", InputError, "log-ins are not passed on"),
    ],
)  # fmt: skip
def test_what_pyspedas_does_not_have_gives_one_sentence(name, error, said):
    with pytest.raises(error, match=said):
        smile_explore.load(name, *DAY)


def test_the_order_of_keywords_is_no_other_product():
    one, other = product(FGM), product("pyspedas:themis.fgm?level=l2&probe=a")
    assert one == other
    assert one.name == "pyspedas:themis.fgm?level=l2&probe=a"
    assert not one.verified


def test_loaders_are_searched_without_pyspedas_or_a_network():
    code = (
        "import sys, smile_explore as se\n"
        "with se.settings.offline():\n"
        "    names = list(se.products('sst', everywhere=True).index)\n"
        "print('pyspedas' in sys.modules, 'pyspedas:themis.sst' in names)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.split() == ["False", "True"]


@pytest.fixture
def patient(monkeypatch):
    monkeypatch.setenv("SMILE_EXPLORE_PATIENCE", "20")
    monkeypatch.setenv("SMILE_EXPLORE_DEADLINE", "60")


@pytest.fixture
def field(archive, patient, tmp_path):
    """Put two days of FGM where THEMIS-A has them, in the archive's layout."""
    for day in ("2008-08-12", "2008-08-13"):
        time = np.datetime64(day, "ns") + np.arange(0, 86400, 600) * np.timedelta64(1, "s")
        vectors = np.tile(np.float32([1, -2, 3]), (len(time), 1))
        path = tmp_path / f"tha_l2_fgm_{day.replace('-', '')}_v01.cdf"
        cdfs.themis_fgm(path, "a", {"fgs": (time, {"gsm": vectors})})
        archive.put(f"{THEMIS}tha/l2/fgm/2008/{path.name}", path.read_bytes())
    return archive


def test_any_loader_brings_its_files_through_the_quarantine(field):
    ds = smile_explore.load(FGM, "2008-08-12T12:00", "2008-08-13T12:00")
    assert ds.sizes["time"] == 144
    b = ds["tha_fgs_gsm"]
    assert (b.attrs["units"], b.attrs["coordinate_system"]) == ("nT", "GSM")
    np.testing.assert_array_equal(b[0], [1, -2, 3])
    assert ds.attrs["source_files"] == "tha_l2_fgm_20080812_v01.cdf tha_l2_fgm_20080813_v01.cdf"
    assert ds.attrs["product"] == "pyspedas:themis.fgm?level=l2&probe=a"
    assert ds.attrs["time_reference"] == "unknown"
    assert ds.attrs["acknowledgement"]
    field.asked.clear()
    with settings.offline():
        again = smile_explore.load(FGM, "2008-08-12T12:00", "2008-08-13T12:00")
        assert again.equals(ds)
        with pytest.raises(
            OfflineError, match="Cached of it: 2008-08-12 00:00 to 2008-08-14 00:00"
        ):
            smile_explore.load(FGM, "2008-08-20", "2008-08-21")
    assert field.asked == []


def test_a_day_without_a_file_is_a_gap(field):
    with pytest.warns(smile_explore.errors.PartialCoverageWarning):
        ds = smile_explore.load(FGM, "2008-08-13", "2008-08-15")
    assert ds.attrs["missing"].startswith("2008-08-14")
    with pytest.raises(NoDataError):
        smile_explore.load(FGM, "2008-09-13", "2008-09-14")


def test_a_file_of_a_month_is_read_once_for_its_days(archive, patient, tmp_path):
    time = np.datetime64("2008-08-01", "ns") + np.arange(31 * 24) * np.timedelta64(1, "h")
    path = cdfs.omni_hro(tmp_path / "omni_hro_1min_20080801_v01.cdf", time)
    archive.put(f"{OMNI}omni_hro_1min_20080801_v01.cdf", Path(path).read_bytes())
    ds = smile_explore.load("pyspedas:omni.data?datatype=1min", "2008-08-12", "2008-08-15")
    assert ds.sizes["time"] == 72
    assert ds.attrs["source_files"] == "omni_hro_1min_20080801_v01.cdf"
    assert smile_explore.report(ds).query("what.str.contains('record')").empty


def test_files_of_two_kinds_are_refused_with_the_way_out(field, tmp_path):
    time = np.datetime64("2008-08-12", "ns") + np.arange(0, 86400, 600) * np.timedelta64(1, "s")
    path = cdfs.themis_fgm(tmp_path / "thb_l2_fgm_20080812_v01.cdf", "b", {"fgs": (time, {})})
    field.put(f"{THEMIS}thb/l2/fgm/2008/thb_l2_fgm_20080812_v01.cdf", Path(path).read_bytes())
    with pytest.raises(SourceError, match=r"files of 2 kinds \(tha_l2_fgm.*name one"):
        smile_explore.load("pyspedas:themis.fgm?probe=a,b&level=l2", *DAY)
