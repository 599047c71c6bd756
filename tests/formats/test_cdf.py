"""CDFs become raw Datasets: times, axes, attributes and values as the file has them."""

import cdflib
import numpy as np
import pycdfpp
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from smile_explore import contract
from smile_explore.errors import CorruptFileError, DatasetError
from smile_explore.formats import cdf, cdf_times
from smile_explore.report import OTHER_RECORDS, entries
from tests.archive import cdfs

TIME = np.datetime64("2008-08-12T20:43:32.869", "ns") + np.arange(50) * np.timedelta64(3, "s")
FIELD = np.random.default_rng(0).normal(0, 5, (50, 3)).astype(np.float32)
ENERGY = np.geomspace(2e4, 5, 16).astype(np.float32)


def written(tmp_path, build):
    """Write a CDF that `build` fills with a bare `pycdfpp.CDF`."""
    made = pycdfpp.CDF()
    build(made)
    assert pycdfpp.save(made, str(tmp_path / "made.cdf"))
    return tmp_path / "made.cdf"


def add(made, name, values, attrs=None, **how):
    var = made.add_variable(name, values, **how)
    for key, value in (attrs or {}).items():
        var.add_attribute(key, value)


@pytest.fixture
def fgm(tmp_path):
    return cdfs.themis_fgm(tmp_path / "fgm.cdf", "c", {"fgs": (TIME, {"gsm": FIELD})})


def test_values_times_and_attributes_are_those_of_the_file(fgm):
    raw = cdf.read(fgm)
    b = raw["thc_fgs_gsm"]
    assert b.dtype == np.float32
    np.testing.assert_array_equal(b.values, FIELD)
    np.testing.assert_array_equal(raw[b.dims[0]].values, TIME)
    assert b.attrs["UNITS"] == "nT GSM (All Qs)"
    assert b.attrs["COORDINATE_SYSTEM"].startswith("GSM>")
    assert raw.attrs["Logical_source"] == "THC_L2_FGM"


def test_a_virtual_time_base_gives_way_to_unix_seconds(fgm):
    raw = cdf.read(fgm)
    assert raw["thc_fgs_gsm"].dims[0] == "thc_fgs_time"
    assert "thc_fgs_epoch" not in raw.variables


@given(st.integers(0, 9_100_000_000_000_000))
def test_unix_seconds_keep_every_microsecond_that_a_double_holds(micro):
    stamp = np.datetime64(micro, "us")
    seconds = np.array([stamp.astype(np.int64) / 1e6])
    tolerance = np.timedelta64(int(np.ceil(np.spacing(seconds[0]) * 1e6)), "us") // 2
    assert abs(cdf_times.counted_times(seconds)[0] - stamp) <= tolerance


@pytest.mark.parametrize("seconds", [np.nan, np.inf, -np.inf, -1e31, 1e300], ids=str)
def test_unix_seconds_that_are_none_become_not_a_time(seconds):
    assert np.isnat(cdf_times.counted_times(np.array([seconds, 0.0]))[0])


LEAP = np.array(["2016-12-31T23:59:59.5", "2017-01-01T00:00:00.25"], "datetime64[ns]")


@pytest.mark.parametrize(
    ("data_type", "encode"),
    [
        pytest.param(pycdfpp.DataType.CDF_EPOCH, pycdfpp.to_epoch, id="EPOCH"),
        pytest.param(pycdfpp.DataType.CDF_EPOCH16, pycdfpp.to_epoch16, id="EPOCH16"),
        pytest.param(pycdfpp.DataType.CDF_TIME_TT2000, pycdfpp.to_tt2000, id="TT2000"),
    ],
)
def test_times_of_every_kind_agree_with_cdflib_across_a_leap_second(tmp_path, data_type, encode):
    def build(made):
        add(made, "Epoch", encode(LEAP), data_type=data_type)
        add(made, "b", np.ones(2), {"DEPEND_0": "Epoch"})

    path = written(tmp_path, build)
    found = cdf.read(path)["Epoch"].values
    np.testing.assert_array_equal(found, LEAP)
    oracle = cdflib.cdfepoch.to_datetime(cdflib.CDF(path).varget("Epoch"))
    np.testing.assert_array_equal(found, oracle.astype("datetime64[ns]"))


def test_samples_of_a_leap_second_do_not_take_the_place_of_those_after_it(tmp_path):
    """TT2000 counts 23:59:60, datetime64 cannot: eight samples a quarter of a second apart."""
    ticks = pycdfpp.to_tt2000(LEAP[:1].repeat(8))
    ticks["nseconds"] += np.arange(8) * 250_000_000  # 59.50 59.75 60.00 ... 60.75 00.00 00.25

    def build(made):
        add(made, "Epoch", ticks, data_type=pycdfpp.DataType.CDF_TIME_TT2000)
        add(made, "b", np.arange(8.0), {"DEPEND_0": "Epoch", "UNITS": "nT"})

    raw = cdf.read(written(tmp_path, build))
    assert np.isnat(raw["Epoch"].values).tolist() == [False] * 2 + [True] * 4 + [False] * 2
    ds = contract.standardise(raw)
    assert ds.b.values.tolist() == [0, 1, 6, 7]
    assert ds.time.values[2] == np.datetime64("2017-01-01T00:00")


def test_names_restrict_what_is_decoded(tmp_path):
    path = cdfs.omni_hro(tmp_path / "o.cdf", TIME, {"SYM_H": np.arange(50), "BZ_GSM": FIELD[:, 2]})
    raw = cdf.read(path, ["SYM_H", "BZ_GSM", "SYM_H", "absent"])
    assert set(raw.data_vars) == {"SYM_H", "BZ_GSM"}
    assert raw["SYM_H"].dtype == np.int32
    assert raw["SYM_H"].attrs["FILLVAL"] == 99999


def test_names_that_are_not_there_are_answered_with_those_that_are(fgm):
    with pytest.raises(DatasetError, match=r"None of nope is in fgm.cdf.*thc_fgs_gsm"):
        cdf.read(fgm, ["nope"])


def test_scalars_lose_the_dim_of_length_one(tmp_path):
    path = cdfs.ace_mfi(tmp_path / "m.cdf", TIME, {"Magnitude": FIELD[:, 0], "BGSM": FIELD})
    raw = cdf.read(path)
    assert raw["Magnitude"].dims == ("Epoch",)
    assert raw["BGSM"].shape == (50, 3)


def test_a_frame_is_taken_from_the_description_where_no_attribute_tells_it(tmp_path):
    raw = cdf.read(cdfs.ace_mfi(tmp_path / "m.cdf", TIME, {"BGSM": FIELD}))
    assert raw["BGSM"].attrs["COORDINATE_SYSTEM"] == "GSM"
    assert raw["BGSEc"].attrs["COORDINATE_SYSTEM"] == "GSE"
    assert "COORDINATE_SYSTEM" not in raw["Magnitude"].attrs


def test_an_axis_that_holds_all_day_is_a_coordinate(tmp_path):
    flux = np.abs(FIELD @ np.ones((3, 16)))
    given = {"en_eflux": flux, "en_eflux_yaxis": np.tile(ENERGY, (50, 1))}
    raw = cdf.read(cdfs.themis_esa(tmp_path / "e.cdf", "c", {"peif": (TIME, given)}))
    axis = "thc_peif_en_eflux_yaxis"
    assert raw["thc_peif_en_eflux"].dims == ("thc_peif_time", axis)
    np.testing.assert_array_equal(raw[axis].values, ENERGY)
    assert raw[axis].attrs["UNITS"] == "eV"


def test_an_axis_that_changes_is_kept_for_every_time(tmp_path):
    table = np.tile(ENERGY, (50, 1))
    table[25:] *= 2
    given = {"en_eflux": np.ones((50, 16)), "en_eflux_yaxis": table}
    path = cdfs.themis_esa(tmp_path / "e.cdf", "c", {"peif": (TIME, given)})
    raw = cdf.read(path, ["thc_peif_en_eflux"])
    centre = raw.coords["thc_peif_en_eflux_yaxis_centre"]
    assert centre.dims == raw["thc_peif_en_eflux"].dims
    np.testing.assert_array_equal(centre.values, table)
    ds = contract.standardise(raw)
    assert "thc_peif_en_eflux_yaxis_centre" in ds.coords


def test_a_variable_with_another_number_of_records_is_left_out_and_named(tmp_path):
    def build(made):
        add(made, "Epoch", pycdfpp.to_epoch(TIME), data_type=pycdfpp.DataType.CDF_EPOCH)
        add(made, "whole", np.ones(50), {"DEPEND_0": "Epoch"})
        add(made, "short", np.ones(20), {"DEPEND_0": "Epoch"})

    raw = cdf.read(written(tmp_path, build))
    assert list(raw.data_vars) == ["whole"]
    assert entries(raw.attrs) == [("short", "left out", 0, 0, OTHER_RECORDS)]


def test_a_variable_that_names_no_time_is_on_the_only_one(tmp_path):
    def build(made):
        add(made, "Epoch", pycdfpp.to_epoch(TIME), data_type=pycdfpp.DataType.CDF_EPOCH)
        add(made, "half_interval", np.ones(50))

    assert cdf.read(written(tmp_path, build))["half_interval"].dims == ("Epoch",)


def test_two_time_bases_stay_apart(tmp_path):
    rates = {"fgs": (TIME, {"gsm": FIELD}), "fgl": (TIME[:20], {"gsm": FIELD[:20]})}
    raw = cdf.read(cdfs.themis_fgm(tmp_path / "f.cdf", "c", rates))
    assert raw.sizes["thc_fgs_time"] == 50
    assert raw.sizes["thc_fgl_time"] == 20


def test_a_skeleton_gives_variables_without_records(tmp_path):
    raw = cdf.read(cdfs.themis_fgm(tmp_path / "f.cdf", "c", {"fgs": (TIME[:0], {})}))
    assert raw["thc_fgs_gsm"].shape == (0, 3)
    assert contract.standardise(raw).sizes["time"] == 0


def test_a_trusted_file_is_the_same_and_still_not_taken_cut_short(fgm):
    xr.testing.assert_identical(cdf.read(fgm), cdf.read(fgm, trusted=True))
    fgm.write_bytes(fgm.read_bytes()[:-500])
    with pytest.raises(CorruptFileError, match="cut short"):
        cdf.read(fgm, trusted=True)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"compression": pycdfpp.CompressionType.gzip_compression}, id="packed"),
        pytest.param({"compression": pycdfpp.CompressionType.rle_compression}, id="run lengths"),
        pytest.param({"checksum": pycdfpp.Checksum.md5_checksum}, id="signed"),
        pytest.param({"encoding": pycdfpp.Encoding.network}, id="big-endian"),
        pytest.param({"majority": pycdfpp.Majority.column}, id="column-major"),
    ],
)
def test_the_way_a_file_is_written_does_not_show(fgm, tmp_path, change):
    plain = cdf.read(fgm)
    made = pycdfpp.load(str(fgm))
    for key, value in change.items():
        setattr(made, key, value)
    assert pycdfpp.save(made, str(tmp_path / "other.cdf"))
    xr.testing.assert_identical(cdf.read(tmp_path / "other.cdf"), plain)
