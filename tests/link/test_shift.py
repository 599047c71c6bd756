"""Shifting by a lag: the original stays, nothing is moved twice unawares."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from smile_explore import link
from smile_explore.errors import InputError

START = np.datetime64("2014-03-01", "ns")
MINUTE = np.timedelta64(60, "s")


@pytest.fixture
def wind():
    time = ("time", START + np.arange(5) * MINUTE, {"long_name": "UTC"})
    b = ("time", np.arange(5.0), {"units": "nT", "long_name": "b"})
    return xr.Dataset({"b": b}, {"time": time}, {"time_reference": "L1"})


def usable(minutes):
    value = pd.Timedelta(minutes=minutes)
    return link.Lag(value, (value, value), 0.9, True, "correlation", "", 0.9, 0.005)


@pytest.mark.parametrize(
    "lag", [pytest.param("44min", id="text"), pytest.param(usable(44), id="lag")]
)
def test_shift_moves_the_stamps_and_keeps_the_old_ones(wind, lag):
    moved = link.shift(wind, lag)
    np.testing.assert_array_equal(moved.time.values, wind.time.values + 44 * MINUTE)
    np.testing.assert_array_equal(moved.time_original.values, wind.time.values)
    np.testing.assert_array_equal(moved.b.values, wind.b.values)
    assert moved.attrs["time_reference"] == "Earth"
    assert moved.attrs["shifted_by"] == "2640 s"


def test_what_was_given_is_left_alone(wind):
    before = wind.copy(deep=True)
    link.shift(wind, "44min")
    xr.testing.assert_identical(wind, before)


def test_shifting_twice_is_refused_for_dataset_and_variable(wind):
    moved = link.shift(wind, "44min")
    for data in (moved, moved.b):
        with pytest.raises(InputError, match="shifted by 2640 s already"):
            link.shift(data, "1min")


def test_omni_is_not_shifted_again(wind):
    wind.attrs["time_reference"] = "bow-shock nose"
    with pytest.raises(InputError, match="bow-shock nose"):
        link.shift(wind, "44min")
    assert link.shift(wind, "44min", force=True).time.values[0] == START + 44 * MINUTE


def test_variable_knows_its_reference_from_its_time(wind):
    wind.time.attrs["time_reference"] = "bow-shock nose"
    with pytest.raises(InputError, match="bow-shock nose"):
        link.shift(wind.b, "44min")


def test_lag_that_is_not_usable_is_refused_unless_forced(wind):
    doubtful = link.Lag(
        pd.Timedelta("5min"), (pd.NaT, pd.NaT), 0.0, False, "correlation", "", reason="chance"
    )
    with pytest.raises(InputError, match="no usable lag: chance"):
        link.shift(wind, doubtful)
    assert link.shift(wind, doubtful, force=True).time.values[0] == START + 5 * MINUTE


@pytest.mark.parametrize("lag", ["soon", 44, None, pd.NaT])
def test_what_is_no_time_is_refused(wind, lag):
    with pytest.raises(InputError, match="no time to shift by"):
        link.shift(wind, lag)


def test_shifted_dataset_survives_netcdf(wind, tmp_path):
    moved = link.shift(wind, usable(44))
    moved.to_netcdf(tmp_path / "moved.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "moved.nc", engine="h5netcdf") as again:
        assert again.attrs == moved.attrs
        np.testing.assert_array_equal(again.time_original.values, wind.time.values)
        with pytest.raises(InputError, match="already"):
            link.shift(again, "1min")


def test_data_without_time_are_refused():
    with pytest.raises(InputError, match="no 'time'"):
        link.shift(xr.DataArray([1.0], dims="x"), "1min")


def test_what_is_in_the_time_of_the_ground_does_not_travel(wind):
    wind["ae"] = wind["b"].assign_attrs(time_reference="ground")
    for data in (wind, wind["ae"]):
        with pytest.raises(InputError, match="'ae' is in the time of the ground"):
            link.shift(data, "44min")
    assert link.shift(wind.drop_vars("ae"), "44min").attrs["time_reference"] == "Earth"
    assert link.shift(wind["ae"], "44min", force=True).sizes["time"] == 5
