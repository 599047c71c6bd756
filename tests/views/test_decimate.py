"""Decimation: no extreme, no gap and no order is lost, whatever the zoom."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smile_explore.views.decimate import min_max


@pytest.mark.parametrize("where", [0, 1, 499_999, 777_777, 999_999])
def test_a_spike_of_one_sample_stays(where):
    t, y = np.arange(1e6), np.zeros(1_000_000, np.float32)
    y[where] = 5
    few_t, few_y = min_max(t, y, 0, 1e6, 2000)
    assert few_t[few_y.argmax()] == where
    assert len(few_t) < 3200


def test_a_spike_beside_a_gap_stays_and_so_does_the_gap():
    t, y = np.arange(1e5), np.zeros(100_000)
    y[50_000:50_400], y[50_400], y[49_999] = np.nan, 9, -9
    few_t, few_y = min_max(t, y, 0, 1e5, 1000)
    assert {9.0, -9.0} <= set(few_y[np.isfinite(few_y)])
    inside = (few_t >= 50_000) & (few_t < 50_400)
    assert inside.any()
    assert np.isnan(few_y[inside]).all()


def test_one_missing_sample_breaks_the_line_at_any_zoom():
    t, y = np.arange(1e6), np.ones(1_000_000)
    y[123_456] = np.nan
    assert 123_456 in min_max(t, y, 0, 1e6)[0][np.isnan(min_max(t, y, 0, 1e6)[1])]


def test_a_window_keeps_one_sample_beyond_each_end():
    few_t, _ = min_max(np.arange(100.0), np.zeros(100), 10.5, 20.5)
    assert few_t[[0, -1]].tolist() == [10, 21]


def test_nothing_in_the_window_is_not_an_error():
    few_t, few_y = min_max(np.zeros(0), np.zeros(0), 0, 1)
    assert len(few_t) == len(few_y) == 0


@given(
    y=st.lists(st.floats(-100, 100) | st.just(float("nan")), min_size=1, max_size=300),
    points=st.integers(2, 60),
)
def test_extremes_breaks_and_order_are_those_of_the_whole(y, points):
    t, y = np.arange(len(y), dtype=float), np.array(y)
    few_t, few_y = min_max(t, y, t[0], t[-1] + 1, points)
    assert (np.diff(few_t) > 0).all()
    np.testing.assert_array_equal(few_y, y[few_t.astype(int)])
    assert np.isnan(few_y).any() == np.isnan(y).any()
    if np.isfinite(y).any():
        assert np.nanmin(few_y) == np.nanmin(y)
        assert np.nanmax(few_y) == np.nanmax(y)
