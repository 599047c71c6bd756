"""Cusp latitudes: the published values, symmetry, limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smile_explore.errors import DatasetError
from smile_explore.physics.cusp import newell2006, zhou1999, zhou2000


def test_zhou1999_passes_through_its_three_values():
    np.testing.assert_allclose(zhou1999(np.radians([-30, 0, 30])), [77.2, 80.0, 81.8])


def test_zhou1999_moves_about_one_degree_for_fourteen_of_tilt():
    low, high = zhou1999(np.radians([-30, 30]))
    np.testing.assert_allclose(60 / (high - low), 14, atol=1.1)


@pytest.mark.parametrize("tilt", [0.65, -0.65, np.nan])
def test_zhou1999_knows_no_tilt_the_earth_does_not_have(tilt):
    assert np.isnan(zhou1999(tilt))


@given(hours=st.floats(0, 4))
def test_zhou2000_is_the_same_before_and_after_noon(hours):
    before, after = zhou2000([12 - hours, 12 + hours])
    np.testing.assert_allclose(before, after)
    assert 78.7 <= before <= 80.3


def test_zhou2000_has_its_values_and_none_outside_8_to_16():
    expected = [np.nan, 78.7, 80.3, 78.7, np.nan, np.nan]
    np.testing.assert_allclose(zhou2000([7.9, 8, 12, 16, 16.1, np.nan]), expected)


@pytest.mark.parametrize(
    ("b", "latitude"),
    [
        pytest.param((3, 0, 5), 78.5, id="north"),
        pytest.param((3, 0, -5), 78.5 - 4.54, id="south"),
        pytest.param((3, 5, 0), 78.5 - 4.54 / 4, id="dusk"),
        pytest.param((3, np.nan, 5), np.nan, id="gap"),
    ],
)
def test_newell2006_by_hand(vector, series, b, latitude):
    found = newell2006(series([400.0], "km s-1"), vector(*b))
    np.testing.assert_allclose(found, [latitude])
    assert found.attrs["units"] == "degree"
    np.testing.assert_allclose(newell2006(400.0, b), latitude)


def test_newell2006_refuses_another_frame(vector):
    with pytest.raises(DatasetError, match="GSM"):
        newell2006(400.0, vector(0, 0, -5, coordinate_system="GSE"))
