"""Lags of geometry and of OMNI: distance over speed, tilted fronts, spreads, refusals."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from smile_explore import link
from smile_explore.errors import DatasetError, InputError

START = np.datetime64("2014-03-01", "ns")
L1 = (1.5e6, 0.0, 0.0)
EARTH = (0.0, 0.0, 0.0)


def over_time(values, units, frame=None):
    values = np.asarray(values, float)
    time = START + np.arange(len(values)) * np.timedelta64(60, "s")
    attrs = {"units": units} | ({"coordinate_system": frame} if frame else {})
    dims = ["time", "cartesian"][: values.ndim]
    coords = {"time": time} | ({"cartesian": ["x", "y", "z"]} if values.ndim == 2 else {})
    return xr.DataArray(values, coords, dims, attrs=attrs)


@pytest.mark.parametrize(("speed", "minutes"), [(400, 62.5), (800, 31.25), (250, 100)])
def test_flat_front_takes_distance_over_speed(speed, minutes):
    found = link.ballistic_lag(speed, origin=L1, target=EARTH)
    assert found.value.total_seconds() == pytest.approx(60 * minutes, abs=1)
    assert found.usable
    assert found.interval[0] is pd.NaT


def test_spread_of_the_speed_gives_the_interval():
    speeds = np.linspace(300, 500, 201)
    found = link.ballistic_lag(over_time(speeds, "km s-1"), origin=L1, target=EARTH)
    low, high = (t.total_seconds() for t in found.interval)
    assert found.value.total_seconds() == pytest.approx(1.5e6 / 400)
    assert low == pytest.approx(1.5e6 / 495, rel=1e-3)
    assert high == pytest.approx(1.5e6 / 305, rel=1e-3)
    assert found.quality == pytest.approx(1 - (high - low) / 2 / (1.5e6 / 400))


def test_tilted_front_reaches_the_flank_first():
    # front at 45 deg in the X-Y plane: 10 RE towards its normal save 10 RE along the flow
    normal = np.array([1.0, 1.0, 0.0]) / np.sqrt(2)
    off = (1.5e6, 63712.0, 0.0)
    found = link.ballistic_lag(400.0, origin=off, target=EARTH, normal=normal)
    assert found.value.total_seconds() == pytest.approx((1.5e6 + 63712) / 400)


def test_velocity_and_speed_agree_for_radial_flow():
    v = over_time(np.tile([-400.0, 0, 0], (5, 1)), "km s-1", "GSE")
    pos = over_time(np.tile(L1, (5, 1)), "km", "GSE")
    assert link.ballistic_lag(v, origin=pos, target=EARTH).value == pd.Timedelta("62.5min")


def test_positions_in_earth_radii_are_understood():
    pos = over_time(np.tile([100.0, 0, 0], (2, 1)), "RE", "GSE")
    found = link.ballistic_lag(637.12, origin=pos, target=EARTH)
    assert found.value.total_seconds() == pytest.approx(1000.0)


def test_front_that_slides_along_the_flow_has_no_lag():
    v = over_time([[-400.0, 20, 0], [-400, -20, 0]], "km s-1")
    found = link.ballistic_lag(v, origin=L1, target=EARTH, normal=(0, 1, 0))
    assert not found.usable
    assert "changes sign" in str(found)


def test_facade_takes_the_speed_while_the_driver_lasts():
    speeds = over_time([400.0] * 10 + [800.0] * 90, "km s-1")
    driver = over_time(np.zeros(10), "nT")
    found = link.lag(driver, method="ballistic", v=speeds, origin=L1, target=EARTH)
    assert found.value == pd.Timedelta("62.5min")
    assert found.method == "ballistic"


def test_frames_that_differ_are_refused():
    v = over_time([[-400.0, 0, 0]] * 2, "km s-1", "GSM")
    with pytest.raises(InputError, match="GSE, GSM"):
        link.ballistic_lag(v, origin=over_time([L1] * 2, "km", "GSE"), target=EARTH)


@pytest.mark.parametrize(
    "place", [pytest.param((1.0, 2.0), id="two numbers"), pytest.param((np.nan, 0, 0), id="NaN")]
)
def test_what_is_no_position_is_refused(place):
    with pytest.raises(InputError, match="no position"):
        link.ballistic_lag(400.0, origin=place, target=EARTH)


def test_normal_of_length_zero_is_refused():
    with pytest.raises(InputError, match="no direction"):
        link.ballistic_lag(400.0, origin=L1, target=EARTH, normal=(0, 0, 0))


def test_speed_in_other_units_is_refused():
    with pytest.raises(DatasetError, match="km s-1"):
        link.ballistic_lag(over_time([4e5, 4e5], "m s-1"), origin=L1, target=EARTH)


def test_omni_shift_is_its_median_with_its_spread():
    shifts = over_time([np.nan, *np.linspace(3000, 3400, 101)], "s")
    found = link.lag(shifts, method="omni", timeshift=shifts)
    assert found.value.total_seconds() == pytest.approx(3200)
    assert [t.total_seconds() for t in found.interval] == pytest.approx([3010, 3390])


def test_omni_without_a_shift_has_no_lag():
    assert not link.omni_lag(over_time([np.nan] * 5, "s")).usable
