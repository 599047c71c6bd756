"""open_file: every record and variable of a file is delivered, or the report says why not."""

import warnings

import numpy as np
import pycdfpp
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import smile_explore as se
from smile_explore import contract, frames
from smile_explore.errors import DatasetError, InputError, NoDataError, ReadingWarning

T = np.datetime64("2008-08-12T00:00", "ns") + np.arange(6) * np.timedelta64(60, "s")
F = np.arange(6, dtype=np.float32)
pytestmark = pytest.mark.filterwarnings("ignore::smile_explore.errors.ReadingWarning")


def cdf(path, variables, times=None):
    """Write variables, name -> (values, attributes, time base), and time bases."""
    made = pycdfpp.CDF()
    made.add_attribute("Logical_source", ["made_here"])
    for name, stamps in (times or {"Epoch": T}).items():
        made.add_variable(name, stamps, data_type=pycdfpp.DataType.CDF_TIME_TT2000)
    for name, (values, attrs, base) in variables.items():
        var = made.add_variable(name, values, is_nrv=base is None)
        for key, value in (attrs | ({"DEPEND_0": base} if base else {})).items():
            var.add_attribute(key, value)
    assert pycdfpp.save(made, str(path))
    return path


def counted(ds, what):
    table = se.report(ds)
    rows = table[table.what == what]
    return dict(zip(rows.variable, rows["count"], strict=True))


def test_another_time_base_is_named_and_read_on_request(tmp_path):
    path = cdf(
        tmp_path / "a.cdf",
        {"FPDU": (F, {}, "Epoch"), "x": (F, {}, "Epoch"), "FEDU": (F[:3] * 2, {}, "Epoch2")},
        {"Epoch": T, "Epoch2": T[:3]},
    )
    with pytest.warns(ReadingWarning, match=r"FEDU: other time base .*time='Epoch2'"):
        ds = se.open_file(path)
    assert list(ds) == ["FPDU", "x"]
    assert counted(ds, "other time base") == {"FEDU": 0}
    other = se.open_file(path, time="Epoch2")
    assert other.FEDU.values.tolist() == [0, 2, 4]
    with pytest.raises(InputError, match=r"'Epoch3' is no time base .* Epoch, Epoch2"):
        se.open_file(path, time="Epoch3")


def test_names_that_differ_in_signs_stay_apart(tmp_path):
    names = ("He+", "He++", "a.b", "a_b", "time", "e-", "+")
    path = cdf(tmp_path / "a.cdf", {n: (F * k, {}, "Epoch") for k, n in enumerate(names)})
    ds = se.open_file(path)
    assert set(ds) == {"He_plus", "He_plus_plus", "a_b", "a_b_2", "time_2", "e_minus", "plus"}
    table = se.report(ds)
    old = {r.variable: r.detail for r in table[table.what == "renamed"].itertuples()}
    for name in ds:
        assert ds[name].values[1] == names.index(old.get(name, name))


def test_photons_with_equal_stamps_are_all_kept(tmp_path):
    times = T[[0, 0, 2, 3, 3, 5]]
    path = cdf(tmp_path / "a.cdf", {"x": (F, {"UNITS": "deg"}, "Epoch")}, {"Epoch": times})
    ds = se.open_file(path)
    assert ds.x.dims == ("record",)
    assert ds.x.values.tolist() == F.tolist()
    assert ds.time.values.tolist() == times.tolist()
    assert counted(ds, "records kept") == {"time": 2}
    ds.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as back:
        contract.check(back.load())
        xr.testing.assert_identical(back, ds)
        assert se.report(back).equals(se.report(ds))


def test_records_written_twice_are_dropped_and_backward_ones_sorted(tmp_path):
    order = [0, 1, 1, 5, 3, 4]
    path = cdf(tmp_path / "a.cdf", {"x": (F[order], {}, "Epoch")}, {"Epoch": T[order]})
    ds = se.open_file(path)
    assert ds.x.values.tolist() == [0, 1, 3, 4, 5]
    assert counted(ds, "records dropped") == {"time": 1}
    assert counted(ds, "sorted") == {"time": 1}


def _reading_warnings(path):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        ds = se.open_file(path)
    return ds, [str(w.message) for w in seen if issubclass(w.category, ReadingWarning)]


def test_what_is_no_loss_is_reported_and_not_warned_of(tmp_path):
    """Labels, tables and scalars without time, and records written twice with equal values."""
    words = np.array(["calm", "storm"] * 3)
    made = xr.Dataset(
        {"x": ("time", F), "mode": ("time", words), "table": ("channel", F), "scale": ((), 3.0)},
        {"time": T},
    )
    made.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    ds, said = _reading_warnings(tmp_path / "a.nc")
    assert (set(counted(ds, "left out")), said) == ({"mode", "table", "scale"}, [])
    again = [0, 1, 1, 3, 4, 5]
    path = cdf(tmp_path / "a.cdf", {"x": (F[again], {}, "Epoch")}, {"Epoch": T[again]})
    ds, said = _reading_warnings(path)
    assert (counted(ds, "records dropped"), said) == ({"time": 1}, [])


def test_numbers_that_depend_on_time_and_are_not_delivered_are_warned_of(tmp_path):
    about = {"x": (F, {}, "Epoch"), "y": (F[:4], {}, "Epoch2"), "z": (F[:3], {}, "lost")}
    path = cdf(tmp_path / "a.cdf", about, {"Epoch": T, "Epoch2": T[:4]})
    ds, said = _reading_warnings(path)
    assert "z" in counted(ds, "left out")
    assert "z: left out" in said[0]


def test_repeats_are_equal_though_nan(tmp_path):
    values = np.array([0, np.nan, np.nan, 3, 4, 5], np.float32)
    path = cdf(tmp_path / "a.cdf", {"x": (values, {}, "Epoch")}, {"Epoch": T[[0, 1, 1, 3, 4, 5]]})
    assert se.open_file(path).x.dims == ("time",)


def test_raw_masks_fills_alone(tmp_path):
    values = np.array([-1e31, 1, 900, 3, 4, 5], np.float32)
    about = {"FILLVAL": np.array([-1e31], np.float32), "VALIDMAX": np.array([100], np.float32)}
    path = cdf(tmp_path / "a.cdf", {"x": (values, about, "Epoch")})
    good, raw = se.open_file(path), se.open_file(path, quality="raw")
    np.testing.assert_array_equal(good.x, [np.nan, 1, np.nan, 3, 4, 5])
    np.testing.assert_array_equal(raw.x, [np.nan, 1, 900, 3, 4, 5])
    assert (counted(good, "fill"), counted(good, "valid range")) == ({"x": 1}, {"x": 1})
    assert (counted(raw, "fill"), counted(raw, "valid range")) == ({"x": 1}, {})
    with pytest.raises(InputError, match="'best' is neither"):
        se.open_file(path, quality="best")


def test_a_wide_loss_to_a_valid_range_is_warned_of_once(tmp_path):
    values = np.array([1, 5000, 2, 1, -7000, 1], np.float32)
    about = {"VALIDMIN": np.array([-9], np.float32), "VALIDMAX": np.array([9], np.float32)}
    path = cdf(tmp_path / "a.cdf", {"x": (values, about, "Epoch")})
    with pytest.warns(ReadingWarning, match=r"x: valid range 2 of 6 \(-9 to 9\)") as warned:
        se.open_file(path)
    assert len(warned) == 1


def test_an_axis_with_a_fill_is_no_index(tmp_path):
    energy = np.array([10, -1e31, 40], np.float32)
    fill = {"FILLVAL": np.array([-1e31], np.float32), "UNITS": "eV"}
    path = cdf(
        tmp_path / "a.cdf",
        {
            "flux": (np.ones((6, 3), np.float32), {"DEPEND_1": "E", "UNITS": "eV"}, "Epoch"),
            "E": (energy[None], fill, None),
        },
    )
    ds = se.open_file(path)
    assert "E" not in ds.coords
    np.testing.assert_array_equal(ds.E_centre.values, [10, np.nan, 40])
    assert counted(ds, "fill") == {"E_centre": 1}


@pytest.mark.parametrize(
    ("name", "attrs"),
    [
        ("r_gse2000", {"COORDINATE_SYSTEM": "GSE2000"}),
        ("e_mgse", {"COORDINATE_SYSTEM": "MGSE"}),
        ("b_gseq", {"COORDINATE_SYSTEM": "GSEQ>Geocentric Solar Equatorial"}),
        ("b_sensor_gse", {"COORDINATE_SYSTEM": "sensor"}),
        ("pos_gse", {"UNITS": "deg"}),
        ("b_rlp_gse", {"COORDINATE_SYSTEM": "GSE"}),
        ("BGSE", {"CATDESC": "Magnetic field, angular GSE"}),
        ("b", {"CATDESC": "Magnetometer (MAG) in GEO"}),
    ],
)
def test_what_is_no_cartesian_vector_of_ours_is_not_rotated(tmp_path, name, attrs):
    path = cdf(tmp_path / "a.cdf", {name: (np.ones((6, 3), np.float32), attrs, "Epoch")})
    da = se.open_file(path)[name]
    assert da.attrs.get("coordinate_system") not in ("GSE", "GSM", "SM", "GEO")
    with pytest.raises(DatasetError):
        frames.rotate(da, "GSM")


def test_a_known_frame_is_stated_and_an_unknown_one_reported(tmp_path):
    v = np.ones((6, 3), np.float32)
    path = cdf(tmp_path / "a.cdf", {"b_gse": (v, {"UNITS": "nT"}, "Epoch"), "w": (v, {}, "Epoch")})
    ds = se.open_file(path)
    assert ds.b_gse.dims == ("time", "cartesian")
    assert ds.b_gse.coordinate_system == "GSE"
    assert "coordinate_system" not in ds.w.attrs
    assert counted(ds, "unknown frame") == {"w": 0}
    assert counted(ds, "unknown units") == {"w": 0}


@pytest.mark.parametrize(
    ("channels", "dims"), [([10, 20, 40], ("time", "en")), ([1, 2, 3], ("time", "cartesian"))]
)
def test_three_channels_of_a_spectrum_are_no_vector(tmp_path, channels, dims):
    attrs = {"UNITS": "nT", "COORDINATE_SYSTEM": "GSE", "DEPEND_1": "en"}
    variables = {
        "en": (np.array([channels], np.float32), {"UNITS": "eV"}, None),
        "flux": (np.ones((6, 3), np.float32), attrs, "Epoch"),
    }
    ds = se.open_file(cdf(tmp_path / "a.cdf", variables))
    assert ds.flux.dims == dims
    assert ("coordinate_system" in ds.flux.attrs) == (dims[1] == "cartesian")


NUMBERS = st.sampled_from([0.0, 1.5, -3.0, 7.0, 50.0, 1e4, -1e31, np.nan, np.inf, 9999.99])


@given(arrays.arrays(np.float32, (8, 2), elements=NUMBERS.map(np.float32)), st.booleans())
def test_every_value_is_delivered_or_counted(values, raw):
    attrs = {"FILLVAL": -1e31, "VALIDMIN": -10.0, "VALIDMAX": 10.0}
    times = T[0] + np.arange(8) * np.timedelta64(1, "s")
    made = xr.Dataset({"x": (("Epoch", "c"), values, attrs)}, {"Epoch": times})
    ds = contract.standardise(made, quality="raw" if raw else "good")
    table = se.report(ds)
    rows = table[table.what.isin(["fill", "valid range", "not finite"])]
    assert int(np.isfinite(ds.x).sum()) + rows["count"].sum() == values.size
    odd = table[table.what == "not finite"]["count"].sum()
    assert odd == np.count_nonzero(~np.isfinite(values))
    same = np.isfinite(ds.x.values)
    np.testing.assert_array_equal(ds.x.values[same], values[same])


def test_a_long_report_survives_netcdf(tmp_path):
    made = xr.Dataset(  # more than the 64 kB that HDF5 holds in a header
        {f"variable-{k}": ("Epoch", F, {"UNITS": "furlong " * 30}) for k in range(200)},
        {"Epoch": T},
    )
    ds = contract.standardise(made)
    ds.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as back:
        assert len(se.report(back)) == 400


def test_a_file_of_ours_opened_again_counts_no_gap_twice(tmp_path):
    values = np.array([1, -1e31, np.nan, 4, 5, 6], np.float32)
    ds = se.open_file(cdf(tmp_path / "a.cdf", {"x": (values, {"FILLVAL": -1e31}, "Epoch")}))
    ds.to_netcdf(tmp_path / "a.nc")
    again = se.open_file(tmp_path / "a.nc")
    for each in (ds, again):
        assert counted(each, "fill") == {"x": 1}
        assert counted(each, "not finite") == {"x": 1}
        table = se.report(each)
        assert table[table.what == "not finite"].of.tolist() == [6]
    more = ds.assign(x=ds.x.where(ds.x != 5)).drop_encoding()
    more.to_netcdf(tmp_path / "b.nc")
    assert counted(se.open_file(tmp_path / "b.nc"), "not finite") == {"x": 2}


def test_tables_for_the_whole_file_are_told_without_a_warning(tmp_path, recwarn):
    pycdf = {
        "calibration": (np.ones((1, 2)), {}, None),
        "en": (np.array([[1, 2, 3, 4.0]]), {}, "Epoch"),
        "flux": (np.ones((6, 4)), {"DEPEND_1": "en"}, "Epoch"),
    }
    ds = se.open_file(cdf(tmp_path / "a.cdf", pycdf))
    assert ds.en.values.tolist() == [1, 2, 3, 4]
    assert counted(ds, "left out") == {"calibration": 0}
    assert not [w for w in recwarn if w.category is ReadingWarning]


def test_times_that_are_not_understood_are_not_called_a_skeleton(tmp_path):
    ds = xr.Dataset({"x": ("n", F)}, {"n": ("n", F, {"units": "seconds"})})
    ds.to_netcdf(tmp_path / "a.nc")
    with pytest.raises(DatasetError, match=r"No variable of the file \(x, n\) has a time axis"):
        se.open_file(tmp_path / "a.nc")
    far = {"units": "seconds since 1601-01-01"}
    xr.Dataset({"x": ("t", F)}, {"t": ("t", F, far)}).to_netcdf(tmp_path / "b.nc")
    with pytest.raises(NoDataError, match="none of its records has a time between 1678 and 2262"):
        se.open_file(tmp_path / "b.nc")
