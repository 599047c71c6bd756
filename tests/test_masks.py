"""What is a fill, and where a valid range is to be believed."""

import numpy as np
import pytest

from smile_explore import masks

RAMP = np.arange(100.0, 300, 10)  # a spacecraft on its way out


@pytest.mark.parametrize(
    ("values", "fill", "missing"),
    [
        pytest.param(np.array([-(2**31), -2147483520], "i4"), -(2**31), [True, False], id="i4"),
        pytest.param(np.array([16777217, 16777216], "i4"), 16777216, [False, True], id="beyond f4"),
        pytest.param(np.array([-(2**63), -(2**63) + 1], "i8"), -(2**63), [True, False], id="i8"),
        pytest.param(np.array([2**32 - 1, 2**32 - 2], "u4"), 4294967295, [True, False], id="u4"),
        pytest.param(np.array([2**64 - 1, 5], "u8"), np.uint64(2**64 - 1), [True, False], id="u8"),
        pytest.param(np.array([255, 254], "u1"), -1, [False, False], id="of another type"),
        pytest.param(np.array([7, 8], "i2"), 7.0, [True, False], id="integer as a double"),
        pytest.param(np.array([7, 8], "i2"), 7.5, [False, False], id="no integer"),
        pytest.param(np.array([9999.99, 9999.98], "f4"), 9999.99, [True, False], id="double of f4"),
        pytest.param(np.array([9999.99, 9999.991]), np.float32(9999.99), [True, False], id="f4 of f8"),
        pytest.param(np.array([16777217.0, 16777216.0]), 16777216.0, [False, True], id="f8 exact"),
        pytest.param(np.array([1e-3, 2e-3], "f4"), 1e-3, [True, False], id="small"),
    ],
)  # fmt: skip
def test_fills_are_compared_exactly(values, fill, missing):
    assert masks.is_fill(values, [fill]).tolist() == missing


def masked(values, low, high):
    return masks.apply(np.asarray(values), (), low, high)


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        pytest.param(RAMP, -220.0, 220.0, id="leaves by the end"),
        pytest.param(RAMP[::-1], -220.0, 220.0, id="comes back"),
        pytest.param(250 * np.sin(np.linspace(0, 12, 200)), -220.0, 220.0, id="to and fro"),
        pytest.param(np.r_[-np.arange(60.0)[::-1] - 1, np.arange(0, 60.0), np.arange(-170.0, -120)], 0.0, 360.0, id="longitudes"),
        pytest.param(np.r_[np.arange(0, 200.0, 5), np.arange(300.0, 400, 2.5)], -220.0, 220.0, id="after a gap"),
        pytest.param(np.full(6, 242.0), -220.0, 220.0, id="constant"),
        pytest.param([1.0, 2, 3], 0.0, 0.0, id="nothing"),
        pytest.param([1.0, 2, 3], 10.0, -10.0, id="turned round"),
        pytest.param([5e4, 9e4, 2e4, 7e4], -60.0, 60.0, id="other units"),
        pytest.param(np.arange(100, 300, 10, "i4"), -220, 220, id="integers"),
    ],
)  # fmt: skip
def test_a_range_that_cannot_be_right_masks_nothing(values, low, high):
    done = masked(values, low, high)
    assert np.array_equal(done.values, values)
    assert done.out_of_range == 0
    assert done.kept == np.count_nonzero((np.asarray(values) < low) | (np.asarray(values) > high))
    assert done.why_kept


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param({5: 1e6}, id="spike"),
        pytest.param({5: 250.0, 6: 250.0}, id="two"),
        pytest.param(dict.fromkeys(range(5, 12), 9999.99), id="stuck"),
        pytest.param(dict(zip(range(4, 9), (1e4, -3e5, 2e3, 8e6, 1e4), strict=True)), id="noise"),
        pytest.param({k: 5000.0 + k for k in range(4, 11)}, id="smooth, but not joined"),
        pytest.param(dict.fromkeys(range(5, 16), 221.0), id="stuck near the range"),
        pytest.param({k: 5000.0 + k for k in range(14, 20)}, id="smooth to the end, not joined"),
    ],
)
def test_garbage_out_of_range_is_masked_whatever_its_length(bad):
    values = np.linspace(0, 40, 20)
    values[list(bad)] = list(bad.values())
    done = masked(values, -220.0, 220.0)
    assert np.flatnonzero(np.isnan(done.values)).tolist() == sorted(bad)
    assert (done.out_of_range, done.kept) == (len(bad), 0)


def test_noise_is_no_smooth_stretch():
    noise = np.random.default_rng(3).normal(0, 1, 500)
    assert masked(noise, 0.0, 1e30).kept == 0
    assert masked(noise, 0.0, None).out_of_range == np.count_nonzero(noise < 0)


def test_a_day_of_nines_is_missing_though_nothing_else_is_in_the_file():
    assert masked(np.full(9, 9999.99, "f4"), -220.0, 220.0).out_of_range == 9


def test_a_spike_is_masked_beside_a_stretch_that_is_kept():
    values = np.r_[RAMP, 1e6]
    done = masked(values, -220.0, 220.0)
    assert np.flatnonzero(np.isnan(done.values)).tolist() == [20]
    assert (done.out_of_range, done.kept) == (1, 7)


def test_each_component_is_judged_by_itself():
    pos = np.c_[RAMP, RAMP * 0, RAMP * 0]
    pos[3, 1] = 999.0
    done = masked(pos, np.full(3, -220.0), np.full(3, 220.0))
    assert np.argwhere(np.isnan(done.values)).tolist() == [[3, 1]]


@pytest.mark.parametrize("shape", [(2,), (1, 2), (2, 1)])
def test_channels_have_ranges_of_their_own_whatever_the_shape_of_the_attribute(shape):
    values = np.array([[1.0, 1], [9, 9], [1, 1], [2, 2]])
    done = masked(values, None, np.array([5.0, 50]).reshape(shape))
    assert np.argwhere(np.isnan(done.values)).tolist() == [[1, 0]]


def test_a_bound_that_single_precision_rounds_admits_itself():
    values = np.array([[0.1, 0.5]], "f4")
    assert masked(values, None, np.array([0.1, 0.4])).out_of_range == 1


def test_values_that_are_not_finite_are_no_fills():
    done = masks.apply(np.array([np.nan, np.inf, -1e31, 3.0]), [-1e31], 0.0, 5.0)
    assert (done.not_finite, done.fill, done.out_of_range) == (2, 1, 0)
    assert np.array_equal(done.values, [np.nan, np.nan, np.nan, 3], equal_nan=True)
