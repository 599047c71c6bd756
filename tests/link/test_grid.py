"""Two series on one grid: means weighted by cover, stamps kept true, gaps left open."""

import numpy as np
import pytest
import xarray as xr

from smile_explore.errors import DatasetError, InputError
from smile_explore.link.grid import common_grid

START = np.datetime64("2014-03-01", "ns")
HOUR = 3600 * 10**9


def series(values, cadence=60.0, start=0.0):
    seconds = start + cadence * np.arange(len(values))
    time = START + np.round(seconds * 1e9).astype("m8[ns]")
    return xr.DataArray(np.asarray(values, float), {"time": time}, ["time"])


def test_series_on_the_same_stamps_stay_as_they_are():
    d, r, step = common_grid(series([1, 2, np.nan, 4]), series([5, 6, 7, 8]), HOUR)
    np.testing.assert_array_equal(d[1:-1], [1, 2, np.nan, 4])
    np.testing.assert_array_equal(r[1:-1], [5, 6, 7, 8])
    assert step == 60 * 10**9


def test_finer_series_is_averaged_to_the_coarser_cadence():
    coarse, fine = series([0, 0, 0], 60), series(np.arange(180), 1, -30)
    d, r, step = common_grid(fine, coarse, HOUR)
    assert step == 60 * 10**9
    np.testing.assert_allclose(d[np.isfinite(r)], [29.5 + 0.5, 89.5 + 0.5, 149.5 + 0.5], atol=0.51)


def test_stamps_half_a_cadence_off_are_averaged_in_pairs():
    d, r, _ = common_grid(series([0, 0, 0, 0]), series([1, 2, 3, 4], start=30), HOUR)
    found = r[np.isfinite(r)]
    np.testing.assert_allclose(found, [1.5, 2.5, 3.5])  # halves of two samples; half a bin is none
    assert np.isfinite(d).sum() == 4


def test_missing_samples_leave_their_bins_missing():
    values = np.arange(600.0)
    values[120:300] = np.nan
    d, r, _ = common_grid(series(values, 1, -30), series(np.zeros(10)), HOUR)
    np.testing.assert_array_equal(np.isfinite(d[np.isfinite(r)]), [1, 1, 0, 0, 0, 1, 1, 1, 1, 1])


def test_mean_of_a_ramp_is_the_ramp_whatever_the_two_cadences():
    ramp = series(64.0 * np.arange(200), 64)  # as many units as seconds
    d, r, step = common_grid(ramp, series(np.zeros(220)), HOUR)
    assert step == 64 * 10**9
    inside = np.isfinite(d)
    np.testing.assert_allclose(np.diff(d[inside]), 64)
    assert np.isfinite(r[inside]).mean() > 0.95


def test_what_lies_beyond_the_margin_is_left_out():
    d, r, _ = common_grid(series(np.ones(6000)), series(np.ones(60), start=3600 * 50), HOUR)
    assert len(d) == len(r) < 200


def test_series_years_apart_have_no_common_grid():
    d, r, _ = common_grid(series(np.ones(60)), series(np.ones(60), start=1e9), HOUR)
    assert len(d) == len(r) == 0


def test_vector_is_refused_with_what_to_do():
    vector = xr.DataArray(np.zeros((5, 3)), {"time": series(range(5)).time}, ["time", "cartesian"])
    with pytest.raises(InputError, match=r"driver is dims.*choose one component"):
        common_grid(vector, series(range(5)), HOUR)


def test_single_sample_is_refused():
    with pytest.raises(DatasetError, match="response has 1 samples"):
        common_grid(series(range(5)), series([1.0]), HOUR)
