"""netCDF of two kinds, our own and GOES', and what happens to damaged ones."""

import subprocess
import sys

import h5netcdf
import numpy as np
import pytest
import xarray as xr

from smile_explore import contract
from smile_explore.errors import CorruptFileError, DatasetError
from smile_explore.formats import netcdf, netcdf_arrays, netcdf_times

TIME = np.datetime64("2008-08-12T20:43:32.869123456", "ns") + np.arange(40) * np.timedelta64(3, "s")


def own():
    """Return a small Dataset of the contract, as a pack holds it."""
    rng = np.random.default_rng(0)
    vector = {"units": "nT", "long_name": "B", "coordinate_system": "GSM"}
    return xr.Dataset(
        {
            "b": (("time", "cartesian"), rng.normal(size=(40, 3)).astype("f4"), vector),
            "quality": ("time", np.arange(40, dtype="i4"), {"units": "1", "long_name": "flag"}),
            "eflux": (("time", "energy"), rng.random((40, 4)), {"units": "eV", "long_name": "E"}),
        },
        {
            "time": TIME,
            "cartesian": ["x", "y", "z"],
            "energy": ("energy", [10.0, 100.0, 1e3, 1e4], {"units": "eV", "long_name": "energy"}),
        },
        {"product": "themis.c.fgm", "time_reference": "spacecraft", "simulated": 1},
    )


@pytest.fixture
def path(tmp_path):
    ds = own()
    ds["time"].encoding = {"units": "nanoseconds since 1970-01-01", "dtype": "int64"}
    ds.to_netcdf(tmp_path / "own.nc", engine="h5netcdf", encoding={"b": {"zlib": True}})
    return tmp_path / "own.nc"


def test_our_own_files_come_back_as_they_were(path):
    ds = contract.standardise(netcdf.read(path))
    for name, da in own().data_vars.items():
        np.testing.assert_array_equal(ds[name], da)
        assert ds[name].dtype == da.dtype
        assert ds[name].attrs == da.attrs
        assert ds[name].dims == da.dims
    np.testing.assert_array_equal(ds["time"], TIME)
    np.testing.assert_array_equal(ds["energy"], own()["energy"])


def test_global_attributes_are_kept(path):
    attrs = netcdf.read(path).attrs
    assert attrs["Logical_source"] == "themis.c.fgm"
    assert attrs["time_reference"] == "spacecraft"
    assert attrs["simulated"] == 1


def test_names_restrict_what_is_decoded(path):
    raw = netcdf.read(path, ["b"])
    assert list(raw.data_vars) == ["b"]
    with pytest.raises(DatasetError, match="quality"):
        netcdf.read(path, ["nope"])


def test_an_axis_that_changes_is_a_coordinate_of_time_and_axis(tmp_path):
    ds = own().drop_vars("energy")
    ds.coords["energy_centre"] = (("time", "energy"), np.ones((40, 4)), {"units": "eV"})
    ds.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    raw = netcdf.read(tmp_path / "a.nc")
    assert raw.coords["energy_centre"].dims == ("time", "energy")


@pytest.mark.parametrize(
    ("count", "units", "expected"),
    [
        pytest.param(0.25, "seconds since 2000-01-01 12:00:00", "2000-01-01T12:00:00.25", id="GOES-R"),
        pytest.param(946728000000.0, "milliseconds since 1970-01-01 00:00:00.0 UTC", "2000-01-01T12", id="GOES-15"),
        pytest.param(np.int32(36), "hours since 1999-12-31T00:00:00Z", "2000-01-01T12", id="hours"),
        pytest.param(np.int64(1), "nanoseconds since 1970-01-01", "1970-01-01T00:00:00.000000001", id="ours"),
        pytest.param(1.5, "days since 1999-12-31 01:00:00 +01:00", "2000-01-01T12", id="zone"),
        pytest.param(1435708797.215, "seconds since 1970-01-01", "2015-06-30T23:59:57.215", id="double"),
        pytest.param(np.nan, "seconds since 1970-01-01", "NaT", id="nan"),
        pytest.param(1e300, "days since 1970-01-01", "NaT", id="beyond all time"),
    ],
)  # fmt: skip
def test_counts_since_an_origin_become_times(count, units, expected):
    times = netcdf_times.times(np.array([count]), *netcdf_times.since(units))
    np.testing.assert_array_equal(times, np.array([expected], "M8[ns]"))


def test_a_time_that_is_not_called_as_its_dim_is_found(tmp_path):
    ds = xr.Dataset(
        {
            "time_tag": ("record", np.arange(3.0), {"units": "milliseconds since 1970-01-01 UTC"}),
            "HP_1": (
                "record",
                np.ones(3, "f4"),
                {"units": "nT", "missing_value": np.float32(-99999)},
            ),
        }
    )
    ds.to_netcdf(tmp_path / "goes.nc", engine="scipy")
    raw = netcdf.read(tmp_path / "goes.nc")
    assert raw["HP_1"].dims == ("time_tag",)
    assert -99999 in raw["HP_1"].attrs["FILLVAL"]
    assert raw["HP_1"].dtype == np.dtype("f4")  # in this machine's byte order


def test_packed_values_are_unpacked_and_their_fill_is_nan(tmp_path):
    attrs = {
        "scale_factor": 0.5,
        "add_offset": 10.0,
        "_FillValue": np.int16(-1),
        "valid_min": np.int16(0),
    }
    ds = xr.Dataset(
        {"x": ("time", np.array([2, -1], "i2"), attrs)},
        {"time": ("time", [0, 1], {"units": "seconds since 2000-01-01"})},
    )
    ds.to_netcdf(tmp_path / "p.nc", engine="h5netcdf")
    raw = netcdf.read(tmp_path / "p.nc")
    np.testing.assert_array_equal(contract.standardise(raw)["x"], [11.0, np.nan])
    assert raw["x"].attrs["VALIDMIN"] == 10.0


def test_another_calendar_is_refused(tmp_path):
    attrs = {"units": "days since 2000-01-01", "calendar": "360_day"}
    ds = xr.Dataset({"x": ("time", [1.0])}, {"time": ("time", [0.0], attrs)})
    ds.to_netcdf(tmp_path / "c.nc", engine="h5netcdf")
    with pytest.raises(DatasetError, match="360_day"):
        netcdf.read(tmp_path / "c.nc")


@pytest.mark.parametrize("engine", ["h5netcdf", "scipy"])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.6])
def test_a_file_cut_short_is_refused(tmp_path, engine, share):
    ds = own().drop_vars(["cartesian"])
    seconds = {"time": {"units": "seconds since 2008-01-01", "dtype": "float64"}}
    ds.to_netcdf(tmp_path / "a.nc", engine=engine, encoding=seconds)
    data = (tmp_path / "a.nc").read_bytes()
    (tmp_path / "a.nc").write_bytes(data[: int(len(data) * share)])
    with pytest.raises(CorruptFileError):
        netcdf.read(tmp_path / "a.nc")


def test_a_file_that_claims_too_much_is_refused(tmp_path):
    with h5netcdf.File(tmp_path / "bomb.nc", "w") as file:
        file.dimensions = {"a": 10**5, "b": 10**5}
        file.create_variable("x", ("a", "b"), "f8", chunks=(100, 100))
    with pytest.raises(CorruptFileError, match="80000000000 bytes"):
        netcdf.read(tmp_path / "bomb.nc")


def test_a_reading_that_does_not_end_is_ended(path, tmp_path, monkeypatch):
    endless = tmp_path / "endless.py"
    endless.write_text("while True: pass")
    monkeypatch.setattr(netcdf_arrays, "__file__", str(endless))
    monkeypatch.setattr(netcdf, "_PATIENCE", 0.3)
    with pytest.raises(CorruptFileError, match="does not end"):
        netcdf.read(path)


def test_a_reading_that_ends_the_process_ends_another_one(path, tmp_path, monkeypatch):
    deadly = tmp_path / "deadly.py"
    deadly.write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setattr(netcdf_arrays, "__file__", str(deadly))
    with pytest.raises(CorruptFileError, match="ends the process"):
        netcdf.read(path)


def test_a_trusted_file_needs_no_trial(path, monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("a trial was started"))
    assert netcdf.read(path, trusted=True).sizes["time"] == 40


def test_the_trial_imports_neither_xarray_nor_pandas(path):
    code = f"import runpy, sys; sys.argv = ['', {str(path)!r}]\n"
    code += f"runpy.run_path({netcdf_arrays.__file__!r}, run_name='__main__')\n"
    code += "sys.exit(bool({'xarray', 'pandas'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-I", "-c", code], check=False).returncode == 0
