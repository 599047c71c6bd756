"""netCDF conventions against xarray's own decoding, in both formats, and what xarray leaves open."""

import h5netcdf
import netCDF4
import numpy as np
import pytest
import xarray as xr

import smile_explore as se
from smile_explore.errors import DatasetError
from smile_explore.formats import netcdf, netcdf_times
from smile_explore.report import entries

pytestmark = pytest.mark.filterwarnings("ignore::smile_explore.errors.ReadingWarning")
SINCE = {"units": "seconds since 2015-03-17 00:00:00"}
ENGINES = {
    "netCDF 4": "NETCDF4",
    "netCDF 3": "NETCDF3_CLASSIC",
    "64-bit data": "NETCDF3_64BIT_DATA",
}


@pytest.fixture(autouse=True)
def without_trial(monkeypatch):
    monkeypatch.setattr(netcdf, "_try_out", lambda _: None)  # a process for each; tested elsewhere


def write(path, variables, format="NETCDF4", time=SINCE, **dims):
    """Write variables (dims, values, attributes) and six times with the netCDF library."""
    with netCDF4.Dataset(path, "w", format=format) as file:
        file.set_auto_maskandscale(False)
        for dim, n in {"time": 6, **dims}.items():
            file.createDimension(dim, n)
        both = {"time": ("time", np.arange(6) * 60.0, time)} | variables
        for name, (own, values, attrs) in both.items():
            plain = {k: v for k, v in attrs.items() if k != "_FillValue"}
            made = file.createVariable(
                name, np.asarray(values).dtype, own, fill_value=attrs.get("_FillValue")
            )
            made.set_auto_maskandscale(False)
            made.setncatts(plain)
            made[...] = values
    return path


def oracle(path, name):
    """Return what xarray makes of a variable, missing as NaN."""
    with xr.open_dataset(path, engine="netcdf4", decode_timedelta=False) as ds:
        return ds[name].values.astype(float)


PACKED = {
    "unsigned byte": (np.array([0, 100, -56, -2, -1, 5], "i1"), {"_Unsigned": "true"}),
    "unsigned fill": (np.array([0, 100, -56, -2, -1, 5], "i1"), {"_Unsigned": "true", "_FillValue": np.int8(-1)}),
    "unsigned packed": (
        np.array([0, 100, -32768, -2, -1, 5], "i2"),
        {"_Unsigned": "true", "scale_factor": np.float32(0.01), "_FillValue": np.int16(-1)},
    ),
    "unsigned offset": (
        np.array([0, 7, -8, -2, -1, 5], "i4"),
        {"_Unsigned": "true", "scale_factor": 0.5, "add_offset": -3.0, "_FillValue": np.int32(7)},
    ),
    "unsigned false": (np.array([0, 1, 2, 3, 4, 5], "i2"), {"_Unsigned": "false"}),
    "offset alone": (np.array([0, 1, 2, 3, 4, 5], "i2"), {"add_offset": 273.15}),
    "two missing": (np.array([0, 1, -9, 3, -8, 5], "i2"), {"missing_value": np.int16(-9), "_FillValue": np.int16(-8)}),
    "vector missing": (np.array([0, 1, -9, 3, -8, 5], "f8"), {"missing_value": np.array([-9.0, -8.0])}),
    "packed missing": (
        np.array([0, 1, -9, 3, -8, 5], "i2"),
        {"missing_value": np.int16(-9), "_FillValue": np.int16(-8), "scale_factor": 10.0},
    ),
    "NaN as fill": (np.array([0, 1, np.nan, 3, 4, 5], "f4"), {"_FillValue": np.float32(np.nan)}),
    "large integers": (
        np.array([-2147483648, -2147483647, 2, 3, 4, 5], "i4"),
        {"_FillValue": np.int32(-2147483648)},
    ),
    "large packed": (
        np.array([-2147483648, -2147483647, 2, 3, 4, 5], "i4"),
        {"_FillValue": np.int32(-2147483648), "scale_factor": 1e-3},
    ),
}  # fmt: skip


@pytest.mark.parametrize("format", ENGINES.values(), ids=ENGINES)
@pytest.mark.parametrize("case", PACKED.values(), ids=PACKED)
def test_values_are_those_of_xarray(tmp_path, case, format):
    values, attrs = case
    path = write(tmp_path / "a.nc", {"q": ("time", values, attrs)}, format)
    np.testing.assert_allclose(se.open_file(path)["q"], oracle(path, "q"), rtol=1e-6)


@pytest.mark.parametrize("format", ["NETCDF4", "NETCDF3_64BIT_DATA"])
@pytest.mark.parametrize("kind", ["u1", "u2", "u4", "i8", "u8", ">f4", ">i2"])
def test_numbers_of_every_type_are_kept(tmp_path, kind, format):
    values = np.array([0, 1, 2, 100, 101, 7], kind)
    path = write(tmp_path / "a.nc", {"q": ("time", values, {})}, format)
    np.testing.assert_array_equal(se.open_file(path)["q"], values)


def test_a_valid_range_of_packed_values_is_in_packed_units(tmp_path):
    """NUG, valid_range: of the packed type it is of packed values, of the wider one of the others."""
    packed = {"scale_factor": 0.5, "add_offset": 100.0}
    values = np.array([0, 10, 20, 30, -1, 200], "i2")
    variables = {
        "a": ("time", values, packed | {"valid_range": np.array([0, 100], "i2")}),
        "b": ("time", values, packed | {"valid_range": np.array([100.0, 120.0])}),
        "c": ("time", values, packed | {"scale_factor": -0.5, "valid_min": np.int16(0)}),
        "d": ("time", values, packed | {"_Unsigned": "true", "valid_max": np.int16(-1)}),
    }
    ds = se.open_file(write(tmp_path / "a.nc", variables))
    nan = np.nan
    np.testing.assert_array_equal(ds["a"], [100, 105, 110, 115, nan, nan])
    np.testing.assert_array_equal(ds["b"], [100, 105, 110, 115, nan, nan])
    np.testing.assert_array_equal(ds["c"], [100, 95, 90, 85, nan, 0])
    np.testing.assert_array_equal(ds["d"], [100, 105, 110, 115, 32867.5, 200])


@pytest.mark.parametrize(
    "names", [("UNITS", "FILLVAL", "VALIDMIN", "VALIDMAX", "CATDESC"), ("Units", "FillVal", "Valid_Min", "ValidMax", "CatDesc")]
)  # fmt: skip
def test_attributes_of_ISTP_in_any_spelling(tmp_path, names):
    attrs = dict(
        zip(
            names,
            ("nT", np.float32(-9999), np.float32(-50), np.float32(100), "A field"),
            strict=True,
        )
    )
    ds = se.open_file(
        write(tmp_path / "a.nc", {"b": ("time", np.array([0, -9999, 2, 3, 4, 500], "f4"), attrs)})
    )
    np.testing.assert_array_equal(ds["b"], [0, np.nan, 2, 3, 4, np.nan])
    assert (ds["b"].attrs["units"], ds["b"].attrs["long_name"]) == ("nT", "A field")


@pytest.mark.parametrize("calendar", ["standard", "proleptic_gregorian"])
@pytest.mark.parametrize(
    ("count", "units"),
    [
        (16_500.25, "days since 1970-1-1 0:0:0"), (1e6, "seconds since 1970-01-01T00:00:00Z"),
        (1e12, "milliseconds since 1970-01-01 00:00:00.000 UTC"), (730_000.25, "days since 0001-01-01"),
        (17_520_000.5, "hours since 1-1-1 00:00:0.0"), (57_000.5, "days since 1858-11-17 00:00:00"),
        (150_000.0, "days since 1582-10-15"), (150_000.0, "days since 1582-10-04"),
    ],
)  # fmt: skip
def test_times_are_those_of_cftime(count, units, calendar):
    cftime = pytest.importorskip("cftime")
    expected = np.datetime64(cftime.num2date(count, units, calendar).isoformat())
    (got,) = netcdf_times.times(np.array([count]), *netcdf_times.since(units), calendar)
    assert abs(got - expected) < np.timedelta64(2, "us")


@pytest.mark.parametrize(
    ("count", "units", "expected"),
    [  # by hand; the first is CF's own example of a zone six hours west of Greenwich
        (0, "seconds since 1992-10-8 15:15:42.5 -6:00", "1992-10-08T21:15:42.5"),
        (1, "minutes since 2000-01-01 12", "2000-01-01T12:01"),
        (60, "s since 2000-01-01 00:00 +0100", "1999-12-31T23:01"),
        (1e6, "seconds since 20000101", "2000-01-12T13:46:40"),
        (0, "hours since 01-JAN-2000 06:00:00", "2000-01-01T06:00"),
        (2, "weeks since 2000-01-01", "2000-01-15"),
    ],
)
def test_origins_that_cftime_does_not_read(count, units, expected):
    times = netcdf_times.times(np.array([count]), *netcdf_times.since(units))
    np.testing.assert_array_equal(times, np.array([expected], "M8[ns]"))


@pytest.mark.parametrize(
    ("attrs", "said"),
    [
        ({"units": "days since 2000-01-01", "calendar": "noleap"}, "noleap"),
        ({"units": "days since 2000-13-01"}, "2000-13-1"),
        ({"units": "days since launch"}, "launch"),
        ({"units": "fortnights since 2000-01-01"}, "fortnights"),
    ],
)
def test_a_time_that_is_not_understood_is_said_and_not_called_damaged(tmp_path, attrs, said):
    path = write(tmp_path / "a.nc", {"b": ("time", np.arange(6.0), {})}, time=attrs)
    with pytest.raises(DatasetError, match=said) as caught:
        se.open_file(path)
    assert "damaged" not in str(caught.value)


def test_months_since_are_those_of_udunits_and_reported(tmp_path):
    """CF, 4.4: a year is 365.242198781 days and a month a twelfth, 30.43684989842 days."""
    path = write(
        tmp_path / "a.nc",
        {"b": ("time", np.arange(6.0), {})},
        time={"units": "months since 2000-01-01"},
    )
    ds = se.open_file(path)  # the times are 0, 60, ... 300 months
    sixty = np.datetime64("2000-01-01") + np.timedelta64(
        round(60 / 12 * 365.242198781 * 86400e3), "ms"
    )
    assert abs(ds["time"].values[1] - sixty) < np.timedelta64(1, "ms")
    assert "time unit" in se.report(ds)["what"].values


def test_unix_seconds_are_times_where_the_file_says_so(tmp_path):
    for attrs in (
        {"units": "seconds", "long_name": "Unix time"},
        {"Units": "s", "CatDesc": "Seconds since 1970-01-01 00:00:00 UTC"},
    ):
        ds = se.open_file(write(tmp_path / "a.nc", {"b": ("time", np.arange(6.0), {})}, time=attrs))
        assert ds["time"].values[1] == np.datetime64("1970-01-01T00:01")


@pytest.mark.parametrize(
    "attrs",
    [
        {"missing_value": -9999.0},
        {"_FillValue": -9999.0},
        {"FILLVAL": -9999.0},
        {"missing_value": np.array([-1.0, -9999.0])},
    ],
)
def test_fills_of_time_are_no_times(tmp_path, attrs):
    with h5netcdf.File(tmp_path / "a.nc", "w") as file:
        file.dimensions["time"] = 6
        made = file.create_variable(
            "time", ("time",), data=np.array([0.0, 60, -9999, 180, 240, 300])
        )
        for key, value in (SINCE | attrs).items():
            made.attrs[key] = value
        file.create_variable("b", ("time",), data=np.arange(6.0)).attrs["units"] = "nT"
    ds = se.open_file(tmp_path / "a.nc")
    np.testing.assert_array_equal(ds["b"], [0, 1, 3, 4, 5])
    assert ds["time"].values[0] == np.datetime64("2015-03-17")


def test_time_of_two_dims_gives_its_records_one_after_the_other(tmp_path):
    seconds = np.arange(12.0).reshape(3, 4)
    variables = {
        "t": (("record", "sample"), seconds, SINCE),
        "b": (("record", "sample", "k"), np.arange(24.0).reshape(3, 4, 2), {"units": "nT"}),
        "c": (("sample", "record"), seconds.T, {"units": "nT"}),
        "mode": ("record", np.arange(3), {}),
    }
    raw = netcdf.read(write(tmp_path / "a.nc", variables, record=3, sample=4, k=2))
    np.testing.assert_array_equal(raw["b"], np.arange(24.0).reshape(12, 2))
    np.testing.assert_array_equal(raw["c"], np.arange(12.0))
    np.testing.assert_array_equal(
        raw["t"], np.datetime64("2015-03-17") + np.arange(12).astype("m8[s]")
    )
    assert ("mode", "left out") in [e[:2] for e in entries(raw.attrs)]


def test_time_stands_first_wherever_the_file_has_it(tmp_path):
    values = np.arange(18.0).reshape(3, 6)
    ds = se.open_file(
        write(tmp_path / "a.nc", {"ne": (("alt", "time"), values, {"units": "m-3"})}, alt=3)
    )
    assert ds["ne"].dims == ("time", "alt")
    np.testing.assert_array_equal(ds["ne"], values.T)


def test_several_times_are_all_there(tmp_path):
    variables = {
        "b": ("time", np.arange(6.0), {"units": "nT"}),
        "t2": ("fast", np.arange(9.0), SINCE),
        "c": ("fast", np.arange(9.0), {"units": "nT"}),
    }
    raw = netcdf.read(write(tmp_path / "a.nc", variables, fast=9))
    assert (raw["b"].dims, raw["c"].dims) == (("time",), ("t2",))


def test_a_single_time_is_one_record(tmp_path):
    with netCDF4.Dataset(tmp_path / "a.nc", "w") as file:
        file.createDimension("lat", 3)
        file.createVariable("time", "f8", ()).units = SINCE["units"]
        file["time"][...] = 5.0
        file.createVariable("tec", "f8", ("lat",)).units = "m-2"
        file["tec"][:] = [1, 2, 3]
    ds = se.open_file(tmp_path / "a.nc")
    np.testing.assert_array_equal(ds["tec"], [[1, 2, 3]])
    assert ds["time"].values[0] == np.datetime64("2015-03-17T00:00:05")


@pytest.mark.parametrize("value", [3.0, np.array([1.0, 2.0]), np.int16(2), "text", ["a", "b"]])
def test_global_attributes_of_any_type(tmp_path, value):
    path = write(tmp_path / "a.nc", {"b": ("time", np.arange(6.0), {})})
    with netCDF4.Dataset(path, "a") as file:
        file.setncatts({"Data_Version": value, "n": value, "simulated": 0})
    assert se.open_file(path).sizes["time"] == 6


def test_groups_are_delivered_under_their_names(tmp_path):
    with netCDF4.Dataset(
        write(tmp_path / "a.nc", {"b": ("time", np.arange(6.0), {})}), "a"
    ) as file:
        group = file.createGroup("mag/burst")
        group.createVariable("b", "f8", ("time",))[:] = np.arange(6.0) * 2
        own = file.createGroup("own")
        own.createDimension("time", 3)
        own.createVariable("time", "f8", ("time",)).units = SINCE["units"]
        own["time"][:] = [0, 1, 2]
        own.createVariable("c", "f8", ("time",))[:] = [7, 8, 9]
    raw = netcdf.read(tmp_path / "a.nc")
    np.testing.assert_array_equal(raw["mag/burst/b"], np.arange(6.0) * 2)
    assert raw["mag/burst/b"].dims == ("time",)
    np.testing.assert_array_equal(raw["own/c"], [7, 8, 9])
    assert raw["own/c"].dims == ("own_time",)
    assert "mag_burst_b" in se.open_file(tmp_path / "a.nc")


def test_types_without_numbers_are_reported_and_cost_nothing_else(tmp_path):
    path = write(tmp_path / "a.nc", {"b": ("time", np.arange(6.0), {})})
    with netCDF4.Dataset(path, "a") as file:
        pair = file.createCompoundType(np.dtype([("a", "f8"), ("b", "i4")]), "pair")
        ragged = file.createVLType(np.int32, "ragged")
        colour = file.createEnumType(np.uint8, "colour", {"red": 0, "blue": 1})
        file.createVariable("compound", pair, ("time",))
        file.createVariable("vlen", ragged, ("time",))
        file.createVariable("string", str, ("time",))
        file.createDimension("letters", 4)
        file.createVariable("chars", "S1", ("time", "letters"))
        file.createVariable("enum", colour, ("time",), fill_value=0)[:] = [0, 1, 0, 1, 1, 0]
        file.createVariable("unwritten_string", str, ())
    raw = netcdf.read(path)
    np.testing.assert_array_equal(raw["enum"], [0, 1, 0, 1, 1, 0])
    told = {e[0]: e[4] for e in entries(raw.attrs) if e[1] == "left out"}
    assert set(told) == {"compound", "vlen", "string", "chars", "unwritten_string"}
    assert told["string"] == told["chars"] == "text, not numbers"


def test_flags_stay_numbers_and_truths_become_some(tmp_path):
    flags = {"flag_values": np.array([0, 1, 2], "i1"), "flag_meanings": "good bad ugly"}
    path = write(tmp_path / "a.nc", {"q": ("time", np.array([0, 1, 2, 1, 0, 2], "i1"), flags)})
    with h5netcdf.File(path, "a", invalid_netcdf=True) as file:
        file.create_variable("ok", ("time",), data=np.array([1, 0, 1, 1, 0, 1], bool))
    ds = se.open_file(path)
    np.testing.assert_array_equal(ds["q"], [0, 1, 2, 1, 0, 2])
    np.testing.assert_array_equal(ds["ok"], [1, 0, 1, 1, 0, 1])


def test_dims_that_repeat_get_names_of_their_own(tmp_path):
    values = np.arange(24.0).reshape(6, 2, 2)
    ds = se.open_file(write(tmp_path / "a.nc", {"cov": (("time", "k", "k"), values, {})}, k=2))
    np.testing.assert_array_equal(ds["cov"], values)
    assert len(set(ds["cov"].dims)) == 3


def test_plain_HDF5_with_a_stated_time_is_read(tmp_path):
    import h5py

    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["t"] = np.arange(6.0)
        file["t"].attrs["units"] = "seconds since 2015-03-17"
        file["b"] = np.arange(6.0)
    np.testing.assert_array_equal(se.open_file(tmp_path / "a.h5")["b"], np.arange(6.0))


def test_a_time_that_is_called_unix_is_one(tmp_path):
    with netCDF4.Dataset(tmp_path / "a.nc", "w") as file:
        file.createDimension("record", 2)
        file.createVariable("unix_time", "f8", ("record",)).units = "seconds"
        file["unix_time"][:] = [86400, 86401]
        file.createVariable("b", "f8", ("record",))[:] = [1, 2]
    assert se.open_file(tmp_path / "a.nc")["time"].values[0] == np.datetime64("1970-01-02")


@pytest.mark.parametrize("format", ENGINES.values(), ids=ENGINES)
def test_a_file_without_records_is_sound(tmp_path, format):
    with netCDF4.Dataset(tmp_path / "a.nc", "w", format=format) as file:
        file.createDimension("time", None)
        file.createVariable("time", "f8", ("time",)).units = SINCE["units"]
        file.createVariable("b", "f8", ("time",))
    with pytest.raises(se.errors.NoDataError, match="sound"):
        se.open_file(tmp_path / "a.nc")


@pytest.mark.parametrize(("units", "read"), [(["nT", "nT"], "nT"), (["nT", "km"], "nT, km")])
def test_units_given_as_a_list_are_one_text(tmp_path, units, read):
    import h5py

    with h5py.File(tmp_path / "list.nc", "w") as file:
        time = file.create_dataset("time", data=np.arange(3.0))
        time.attrs["units"] = "seconds since 2020-01-01"
        time.make_scale("time")
        b = file.create_dataset("b", data=np.arange(3.0))
        b.dims[0].attach_scale(time)
        b.attrs["units"] = np.array(units, dtype=h5py.string_dtype())
    assert netcdf.read(tmp_path / "list.nc")["b"].attrs["UNITS"] == read
