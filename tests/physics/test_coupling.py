"""Coupling functions: published forms by hand, limits, invariants."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import constants

from smile_explore.errors import DatasetError
from smile_explore.physics.coupling import (
    akasofu1981,
    dawn_dusk_field,
    kan_lee1979,
    motional_field,
    newell2007,
)
from smile_explore.physics.cusp import newell2006

COUPLINGS = pytest.mark.parametrize(
    "coupling", [newell2007, kan_lee1979, akasofu1981], ids=lambda f: f.__name__
)
COMPONENT = st.floats(-50, 50)


@pytest.mark.parametrize(
    ("coupling", "b", "expected"),
    [
        # sin(90 / 2)**(8/3) = 2**(-4/3); v**(4/3) = 2947.2; 5**(2/3) = 2.9240
        pytest.param(newell2007, (9, 0, -5), 400 ** (4 / 3) * 5 ** (2 / 3), id="Newell south"),
        pytest.param(
            newell2007, (9, 5, 0), 400 ** (4 / 3) * 5 ** (2 / 3) * 2 ** (-4 / 3), id="Newell dusk"
        ),
        pytest.param(kan_lee1979, (9, 0, -5), 2.0, id="Kan-Lee south"),
        pytest.param(kan_lee1979, (9, -5, 0), 1.0, id="Kan-Lee dawn"),
        pytest.param(
            akasofu1981,
            (3, 4, 0),
            # v B**2 / mu_0 x 4 pi x (7 RE)**2 x sin(45)**4
            4e5 * 25e-18 * 4 * np.pi / constants.mu_0 * (7 * 6371.2e3) ** 2 / 4,
            id="Akasofu dusk",
        ),
    ],
)
def test_coupling_of_known_winds(coupling, b, expected):
    np.testing.assert_allclose(coupling(400.0, b), expected, rtol=1e-9)


@COUPLINGS
def test_coupling_is_nil_for_a_field_due_north_and_for_none(coupling):
    np.testing.assert_array_equal(coupling(400.0, [[1, 0, 5], [1, 0, 0], [0, 0, 0]]), 0)


@COUPLINGS
@pytest.mark.parametrize("gap", [0, 1, 2])
def test_coupling_of_a_gap_is_a_gap(coupling, gap):
    b = np.array([2.0, 3.0, -4.0])
    b[gap] = np.nan
    assert np.isnan(coupling(400.0, b)) == (gap > 0 or coupling is akasofu1981)
    assert np.isnan(coupling(np.nan, [2.0, 3.0, -4.0]))


@COUPLINGS
@given(b_x=COMPONENT, b_y=COMPONENT, b_z=COMPONENT)
def test_coupling_is_never_negative_and_the_same_at_dawn_and_dusk(coupling, b_x, b_y, b_z):
    here, mirrored = coupling(400.0, [[b_x, b_y, b_z], [-b_x, -b_y, b_z]])
    assert here >= 0
    np.testing.assert_allclose(here, mirrored)


@pytest.mark.parametrize(
    ("coupling", "v_power", "b_power"),
    [(newell2007, 4 / 3, 2 / 3), (kan_lee1979, 1, 1), (akasofu1981, 1, 2)],
    ids=["newell2007", "kan_lee1979", "akasofu1981"],
)
@given(k=st.floats(0.1, 10))
def test_coupling_scales_with_speed_and_field(coupling, v_power, b_power, k):
    b = np.array([1.0, 2.0, -3.0])
    np.testing.assert_allclose(coupling(k * 400, b), coupling(400.0, b) * k**v_power)
    np.testing.assert_allclose(coupling(400.0, k * b), coupling(400.0, b) * k**b_power)


@pytest.mark.parametrize(
    ("v", "b", "expected"),
    [
        pytest.param((-400, 0, 0), (0, 0, -5), (0, 2, 0), id="southward: dawn to dusk"),
        pytest.param((-400, 0, 0), (0, 5, 0), (0, 0, 2), id="duskward"),
        pytest.param((-400, 0, 0), (5, 0, 0), (0, 0, 0), id="along the flow"),
    ],
)
def test_motional_field_of_known_winds(v, b, expected):
    np.testing.assert_allclose(motional_field(v, b), expected, atol=1e-12)


@given(st.lists(COMPONENT, min_size=6, max_size=6))
def test_motional_field_is_across_flow_and_field(components):
    v, b = np.array(components[:3]) * 10, np.array(components[3:])
    e = motional_field(v, b)
    np.testing.assert_allclose(e, -1e-3 * np.cross(v, b), atol=1e-9)
    np.testing.assert_allclose([e @ v, e @ b], 0, atol=1e-6)


def test_motional_field_keeps_dims_frame_and_gaps(vector):
    v = vector(-400, np.nan, 0, units="km s-1")
    e = motional_field(v, vector(0, 0, -5))
    assert e.dims == ("time", "cartesian")
    assert e.attrs["coordinate_system"] == "GSM"
    np.testing.assert_allclose(e, [[np.nan, 2, np.nan]])


def test_motional_field_takes_numbers_beside_a_dataarray(vector):
    """A steady wind of 400 km/s through a measured field, and the other way round."""
    b, v = vector(0, 0, -5), vector(-400, 0, 0, units="km s-1")
    for field in (motional_field([-400.0, 0, 0], b), motional_field(v, [0.0, 0, -5])):
        assert (field.dims, field.units, field.coordinate_system) == (b.dims, "mV m-1", "GSM")
        np.testing.assert_allclose(field, [[0, 2, 0]], atol=1e-12)


def test_motional_field_refuses_two_frames(vector):
    with pytest.raises(DatasetError, match="rotate"):
        motional_field(
            vector(-400, 0, 0, units="km s-1", coordinate_system="GSE"), vector(0, 0, -5)
        )


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda v, b: dawn_dusk_field(v, b[..., 2]), id="dawn_dusk_field"),
        pytest.param(newell2007, id="newell2007"),
        pytest.param(kan_lee1979, id="kan_lee1979"),
        pytest.param(akasofu1981, id="akasofu1981"),
        pytest.param(newell2006, id="cusp.newell2006"),
    ],
)
def test_v_x_in_place_of_the_speed_does_not_turn_the_sign(call):
    """V_x is -400 km/s: a coupling below 0, or a cusp moving poleward, would look like data."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(call(np.array([-400.0]), np.array([[0.0, 0.0, -5.0]]))).all()


def test_dawn_dusk_field_is_y_of_the_motional_field_of_a_radial_wind():
    np.testing.assert_allclose(dawn_dusk_field(400.0, [-5.0, 5.0, np.nan]), [2, -2, np.nan])
