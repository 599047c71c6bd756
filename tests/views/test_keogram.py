"""A keogram's columns: each image as wide as it stands for, blank where there is none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smile_explore.views.keogram import axis, brightness_range, columns, raster


def test_a_column_spans_half_a_cadence_on_either_side_and_bridges_no_gap():
    left, right = columns(np.array([0.0, 10, 20, 30, 70, 80, 120, 160, 170]))
    np.testing.assert_array_equal(left, [-5, 5, 15, 25, 65, 75, 115, 155, 165])
    np.testing.assert_array_equal(right, [5, 15, 25, 35, 75, 85, 125, 165, 175])


def test_a_cadence_that_is_not_quite_regular_leaves_no_slits():
    left, right = columns(np.array([0.0, 10.2, 19.9, 30.1]))
    np.testing.assert_array_equal(left[1:], right[:-1])


@pytest.mark.parametrize("time", [[], [5.0], [5.0, 500.0]], ids=["none", "one", "two"])
def test_too_few_images_to_know_a_cadence_have_no_width(time):
    left, right = columns(np.array(time))
    np.testing.assert_array_equal(left, right)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(3, 9), st.integers(1, 6)), min_size=1, max_size=6),
    st.floats(-50, 400),
    st.floats(5, 900),
)
def test_each_column_is_what_its_middle_lies_in(runs, lo, width):
    """Brute force over every pixel: runs of images ten units apart, some missing between them."""
    kept = [there for run, gap in runs for there in [True] * run + [False] * gap]
    time = 10.0 * np.flatnonzero(kept)
    values = np.arange(1.0, len(time) + 1)[:, None]
    picture = raster(time, values, (lo, lo + width), 37)
    for k, shown in enumerate(picture[0]):
        begin, end = lo + k * width / 37, lo + (k + 1) * width / 37
        held = values[(time >= begin) & (time < end), 0]
        away = np.abs(time - (begin + end) / 2)
        if np.abs(away - 5).min() < 1e-6:  # on the very edge: either side is right
            continue
        if len(held):
            assert shown == pytest.approx(held.mean())
        elif away.min() < 5:
            assert shown == values[away.argmin(), 0]
        else:
            assert np.isnan(shown)


def test_a_lone_image_is_one_column_of_the_picture():
    picture = raster(np.array([50.0]), np.ones((1, 3)), (0.0, 100.0), 10)
    assert np.isfinite(picture).all(axis=0).tolist() == [False] * 5 + [True] + [False] * 4


def test_no_image_in_the_window_is_a_blank_picture():
    assert np.isnan(raster(np.arange(5.0), np.ones((5, 3)), (50.0, 60.0), 8)).all()


def test_the_axis_ends_at_the_pole_and_counts_in_tens():
    assert axis(np.arange(50.0, 91.0)) == (49.5, 90.5, [50, 60, 70, 80, 90])


@pytest.mark.parametrize(
    ("values", "wanted"),
    [([np.nan], (0, 1)), ([-30.0, -20.0], (0, 1)), ([7.0, 7.0], (7, 8))],
    ids=["blank", "noise", "uniform"],
)
def test_colours_have_a_range_whatever_there_is(values, wanted):
    assert brightness_range(np.array(values)) == wanted
