"""The one door: intervals, sources, errors in one sentence, nothing global changed."""

import importlib
import logging
import os
from pathlib import Path

import numpy as np
import pycdfpp
import pytest
import xarray as xr

import smile_explore as se
from smile_explore import contract, packs, settings, sources
from smile_explore.errors import (
    InputError,
    NetworkError,
    NoDataError,
    OfflineError,
    PartialCoverageWarning,
    UnknownProductError,
)
from tests.archive import cdfs

door = importlib.import_module("smile_explore.load")
START, STOP = "2008-03-15T00:00", "2008-03-15T06:00"
MINUTES = np.arange("2008-03-15", "2008-03-16", np.timedelta64(1, "m"), dtype="M8[ns]")


@pytest.fixture
def month(tmp_path):
    """Write one OMNI file with a day of minutes and a fill."""
    b_z = np.linspace(-5, 5, len(MINUTES))
    b_z[10] = np.nan
    values = {
        "BZ_GSM": b_z,
        "BX_GSE": b_z * 0,
        "BY_GSM": b_z * 0 + 1,
        "SYM_H": np.full(len(MINUTES), -7.0),
    }
    path = tmp_path / "omni_hro_1min_20080301_v01.cdf"
    cdfs.omni_hro(path, MINUTES, values)
    return path


@pytest.fixture
def archive(month, monkeypatch):
    """Answer every fetch with that file; count the calls."""
    calls = []

    def fetch(product, start, stop, **how):
        calls.append((product.name, how))
        return sources.Fetched((month,), "a test", fetch.missing, "2026-11-21T00:00:00Z")

    fetch.missing, fetch.calls = (), calls
    monkeypatch.setattr(door.sources, "fetch", fetch)
    return fetch


def test_an_unknown_product_or_event_proposes_the_nearest():
    with pytest.raises(UnknownProductError, match=r"Did you mean omni\.1min"):
        se.load("omni.1mn", START, STOP)
    with pytest.raises(UnknownProductError, match=r"No event 'themis-c-2008'.*themis-c-20080812"):
        se.load("omni.1min", "themis-c-2008")


def test_an_event_stands_for_its_interval(archive):
    with pytest.raises(NoDataError):
        se.load("omni.1min", "themis-c-20080812")
    assert archive.calls


# ---------------------------------------------------------------- what comes out


def test_the_interval_is_half_open_and_the_contract_is_kept(archive):
    ds = se.load("omni.1min", START, STOP)
    assert ds.sizes["time"] == 360
    assert ds.time.values[-1] == np.datetime64("2008-03-15T05:59", "ns")
    assert contract.check(ds) is ds
    assert ds.attrs["source"] == "a test"
    assert ds.attrs["source_files"] == "omni_hro_1min_20080301_v01.cdf"
    assert ds.attrs["time_reference"] == "bow-shock nose"


def test_a_variable_taken_out_still_knows_that_omni_is_shifted(archive):
    b_z = se.load("omni.1min", START, STOP).b.sel(cartesian="z")
    with pytest.raises(InputError, match="bow-shock nose"):
        se.link.shift(b_z, "10min")


def test_a_fill_is_nan_and_not_bridged(archive):
    ds = se.load("omni.1min", START, STOP)
    assert np.isnan(ds.b.values[10, 2])
    assert np.isfinite(ds.b.values[[9, 11], 2]).all()
    assert np.isnan(ds.ae).all()  # an index that the file fills throughout
    assert (ds.sym_h == -7).all()


def test_the_same_call_twice_gives_equal_data(archive):
    xr.testing.assert_identical(
        se.load("omni.1min", START, STOP), se.load("omni.1min", START, STOP)
    )


def test_a_round_trip_through_netcdf_loses_nothing(archive, tmp_path):
    ds = se.load("omni.1min", START, STOP)
    ds.to_netcdf(tmp_path / "a.nc")
    with xr.open_dataset(tmp_path / "a.nc") as back:
        xr.testing.assert_identical(back.load(), ds)


def test_nothing_global_changes(archive):
    def world():
        root = logging.getLogger()
        return (
            dict(os.environ),
            root.level,
            list(root.handlers),
            xr.get_options(),
            np.geterr(),
            Path.cwd(),
        )

    before = world()
    se.load("omni.1min", START, STOP)
    assert world() == before


def test_an_interval_without_data_says_what_the_file_holds(archive):
    with pytest.raises(NoDataError, match=r"holds 2008-03-15T00:00:00 to 2008-03-15T23:59:00"):
        se.load("omni.1min", "2008-03-20", "2008-03-21")


def test_missing_spans_are_warned_of_and_written_down(archive):
    span = (np.datetime64("2008-03-15T03:00", "ns"), np.datetime64("2008-03-15T04:00", "ns"))
    archive.missing = (span,)
    with pytest.warns(PartialCoverageWarning, match="2008-03-15T03:00:00/2008-03-15T04:00:00"):
        ds = se.load("omni.1min", START, STOP)
    assert ds.attrs["missing"] == "2008-03-15T03:00:00/2008-03-15T04:00:00"


# ---------------------------------------------------------------- sources


def test_refresh_reaches_the_source(archive):
    se.load("omni.1min", START, STOP, refresh=True)
    assert archive.calls[0][1]["refresh"] is True


@pytest.mark.parametrize(("source", "network"), [("archive", True), ("cache", False)])
def test_a_source_alone_may_be_asked_for(archive, source, network):
    se.load("omni.1min", START, STOP, source=source)
    assert archive.calls[0][1]["network"] is network


def test_offline_no_connection_is_allowed(archive):
    with se.offline():
        se.load("omni.1min", START, STOP)
    assert archive.calls[0][1]["network"] is False


@pytest.mark.parametrize("option", [{"source": "nowhere"}, {"source": "/no/such/folder"}, {"quality": "best"}])  # fmt: skip
def test_an_unknown_source_or_quality_lists_what_there_is(option):
    with pytest.raises(InputError, match=str(next(iter(option.values())))):
        se.load("omni.1min", START, STOP, **option)


def test_a_folder_of_archive_files_is_a_source(month):
    ds = se.load("omni.1min", START, STOP, source=month.parent)
    assert ds.sizes["time"] == 360
    assert str(month.parent) in ds.attrs["source"]


def test_files_of_a_folder_that_call_themselves_simulated_stay_so(month, archive):
    netcdf = month.parent / "ours.nc"
    se.load("omni.1min", START, STOP).assign_attrs(simulated=1).to_netcdf(netcdf)
    assert se.open_file(netcdf).attrs["simulated"] == 1
    assert se.load("omni.1min", START, STOP, source=month.parent).attrs["simulated"] == 0
    cdf = pycdfpp.load(str(month))
    cdf.add_attribute("Simulated", [np.array([1], np.int32)])
    pycdfpp.save(cdf, str(month))
    ds = se.load("omni.1min", START, STOP, source=month.parent)
    assert ds.attrs["simulated"] == 1
    with pytest.raises(InputError, match="is simulated: the store is for measured data"):
        door.keep("omni.1min", START, STOP, source=month.parent)


def test_a_folder_without_the_product_says_how_its_files_are_named(month):
    with pytest.raises(NoDataError, match=r"thc_l2_fgm_%Y%m%d"):
        se.load("themis.c.fgm", START, STOP, source=month.parent)


def test_smile_is_served_from_a_folder_until_its_archive_is_public(tmp_path, monkeypatch):
    with pytest.raises(NoDataError, match=r"no public archive yet.*SMILE_EXPLORE_FILES"):
        se.load("smile.mag", "2026-08-01", "2026-08-02")
    time = np.arange("2026-08-01", "2026-08-02", np.timedelta64(1, "m"), dtype="M8[ns]")
    b = xr.DataArray(
        np.ones((len(time), 3), "f4"), [("time", time), ("cartesian", ["x", "y", "z"])],
        attrs={"units": "nT", "coordinate_system": "GSM", "long_name": "B"},
    )  # fmt: skip
    b.to_dataset(name="b").to_netcdf(tmp_path / "SMILE_MAG_L2_TEST_20260801.nc")
    monkeypatch.setenv("SMILE_EXPLORE_FILES", str(tmp_path))
    ds = se.load("smile.mag", "2026-08-01T06:00", "2026-08-01T07:00")
    assert ds.sizes["time"] == 60
    assert ds.b.coordinate_system == "GSM"


# ---------------------------------------------------------------- packs


@pytest.fixture
def pack(archive):
    about = {"name": "a-day", "start": START, "stop": STOP, "products": ["omni.1min"]}
    return packs.build(about, load=se.load)


def failing(error):
    def fetch(*_args, **_how):
        message = "no luck"
        raise error(message)

    return fetch


@pytest.mark.parametrize("error", [OfflineError, NetworkError])
def test_when_no_server_answers_a_pack_does(pack, monkeypatch, error):
    monkeypatch.setattr(door.sources, "fetch", failing(error))
    ds = se.load("omni.1min", "2008-03-15T01:00", "2008-03-15T02:00")
    assert ds.sizes["time"] == 60
    assert ds.attrs["simulated"] == 0


def test_where_no_pack_holds_the_interval_the_servers_error_stands(pack, monkeypatch):
    monkeypatch.setattr(door.sources, "fetch", failing(NetworkError))
    with pytest.raises(NetworkError, match="no luck"):
        se.load("omni.1min", "2009-01-01", "2009-01-02")


def test_an_archive_that_says_there_is_nothing_is_believed(pack, monkeypatch):
    monkeypatch.setattr(door.sources, "fetch", failing(NoDataError))
    with pytest.raises(NoDataError):
        se.load("omni.1min", START, STOP)


def test_a_pack_may_be_asked_by_name_or_all_of_them(pack, monkeypatch):
    monkeypatch.setattr(door.sources, "fetch", failing(AssertionError))
    assert se.load("omni.1min", START, STOP, source="a-day").sizes["time"] == 360
    assert se.load("omni.1min", START, STOP, source="packs").sizes["time"] == 360
    with pytest.raises(NoDataError, match=r"There are the packs .*a-day"):
        se.load("omni.1min", "2009-01-01", "2009-01-02", source="packs")


# ---------------------------------------------------------------- open_file


def test_a_file_of_ones_own_keeps_its_names_or_takes_a_products(month):
    own = se.open_file(month)
    assert {"BZ_GSM", "SYM_H"} <= set(own)
    assert own.attrs["time_reference"] == "bow-shock nose"  # OMNI_HRO_1MIN is known
    as_product = se.open_file(month, "omni.1min")
    assert as_product.b.coordinate_system == "GSM"
    np.testing.assert_array_equal(as_product.b.sel(cartesian="z"), own.BZ_GSM)


def test_no_file_is_told_in_one_sentence(tmp_path):
    with pytest.raises(InputError, match=r"No file at .*check the path"):
        se.open_file(tmp_path / "nothing.cdf")


def test_a_file_of_another_product_is_refused(month):
    with pytest.raises(se.errors.SmileExploreError, match="thc_fgs_gsm"):
        se.open_file(month, "themis.c.fgm")


INDICES = {"sym_h": "SYM_H", "ae": "AE_INDEX", "al": "AL_INDEX", "au": "AU_INDEX"}


def test_indices_beside_the_wind_are_in_the_time_of_the_ground(archive, month, tmp_path):
    ds = se.load("omni.1min", START, STOP)
    se.load("omni.1min", START, STOP).to_netcdf(tmp_path / "a.nc")
    for data, names in (
        (ds, list(INDICES)),
        (se.open_file(tmp_path / "a.nc"), list(INDICES)),
        (se.open_file(month), [*INDICES.values(), "SYM_D", "ASY_D", "ASY_H", "PC_N_INDEX"]),
        (se.open_file(month, "omni.1min"), list(INDICES)),
    ):
        seen = {n for n in data.data_vars if data[n].attrs.get("time_reference") == "ground"}
        assert seen == set(names) & set(data.data_vars)
        assert seen
        assert data.attrs["time_reference"] == "bow-shock nose"
    assert "time_reference" not in ds["n_p"].attrs


#: Of OMNI2's hourly CDF: its documentation says that plasma and field are shifted to Earth.
HOURLY = {
    "KP1800": "ground", "DST1800": "ground", "AE1800": "ground", "AL_INDEX1800": "ground",
    "AU_INDEX1800": "ground", "AP_INDEX1800": "ground", "PC_N_INDEX1800": "ground",
    "F10_INDEX1800": "ground", "R1800": "ground", "PR-FLX_11800": "unknown",
    "Ratio1800": "Earth", "ABS_B1800": "Earth", "E1800": "Earth", "Beta1800": "Earth",
}  # fmt: skip


def test_indices_that_no_row_lists_are_not_in_the_time_of_the_wind(tmp_path):
    out = cdfs.Writer("OMNI2_H0_MRG1HR")
    hours = np.arange("2008-01-01", "2008-01-02", dtype="datetime64[h]").astype("M8[ns]")
    out.epoch("Epoch", hours)
    for name in HOURLY:
        column = cdfs.Column(name, np.float32, " ", 9999.0, 0, 900)
        out.column(column, np.arange(24.0), 24, DEPEND_0="Epoch")
    out.save(tmp_path / "omni2.cdf")
    own = se.open_file(tmp_path / "omni2.cdf")
    seen = {n: contract.time_reference(own, [n.replace("-", "_")]) for n in HOURLY}
    assert seen == HOURLY


@pytest.mark.parametrize(
    "source",
    ["a\0b", "~nobody_of_that_name/y", "x" * 5000, "x/" * 3000, "", " ", "\n", 5, None, b"x"],
)
def test_a_source_that_can_be_no_place_is_one_sentence(source):
    with pytest.raises(InputError) as caught:
        se.load("omni.1min", START, STOP, source=source)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "hapi:http://[::1/hapi/x", 5, None])
def test_a_name_that_can_be_no_product_is_one_sentence(name):
    with settings.offline(), pytest.raises((UnknownProductError, InputError)) as caught:
        se.load(name, START, STOP)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600
