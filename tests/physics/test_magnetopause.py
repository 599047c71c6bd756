"""Magnetopause models: values of the reference sheet and other libraries, symmetry, limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smile_explore.physics.magnetopause import (
    jelinek2012,
    lin2010,
    lin2010_cusp,
    nguyen2022,
    nguyen2022_indented,
    paraboloid,
    shue1997,
    shue1998,
)

FLANK = np.pi / 2
DUSK, NORTH, SOUTH = 0.0, np.pi / 2, -np.pi / 2
NGUYEN = {"p_dyn": 2.0, "p_mag": 0.01, "b_z": -5.0, "clock": np.pi, "tilt": 0.0}


@pytest.mark.parametrize(
    ("p_dyn", "b_z", "nose", "terminator"),
    [
        pytest.param(1.34, 0, 10.893, 16.330, id="average"),
        pytest.param(2, 0, 10.252, 15.428, id="denser"),
        pytest.param(2, -5, 9.806, 15.126, id="southward"),
    ],
)
def test_shue1998_has_the_sheets_values(p_dyn, b_z, nose, terminator):
    r = shue1998([0, FLANK], p_dyn=p_dyn, b_z=b_z)
    np.testing.assert_allclose(r, [nose, terminator], atol=6e-4)


@pytest.mark.parametrize(
    ("p_dyn", "b_z", "nose"),
    [
        pytest.param(2, -2.4, 9.96096838, id="2 nPa"),
        pytest.param(4, -2.4, 8.96790412, id="4 nPa"),
        pytest.param(1, 10, 11.53, id="northward: 11.4 + 0.013 x 10"),
        pytest.param(1, -10, 10.0, id="southward: 11.4 - 0.14 x 10"),
    ],
)
def test_shue1997_nose_is_that_of_spacepys_documentation_and_of_hand(p_dyn, b_z, nose):
    np.testing.assert_allclose(shue1997(0.0, p_dyn=p_dyn, b_z=b_z), nose, atol=1e-7)


def test_shue1997_flares_as_two_to_the_alpha_at_the_terminator():
    # alpha = (0.58 + 0.05)(1 + 0.02)
    r = shue1997([0, FLANK], p_dyn=2.0, b_z=-5.0)
    np.testing.assert_allclose(r[1] / r[0], 2**0.6426)


@pytest.mark.parametrize("model", [shue1997, shue1998, jelinek2012], ids=lambda m: m.__name__)
@given(theta=st.floats(0, 3), p_dyn=st.floats(0.1, 50))
def test_models_of_revolution_are_even_in_theta(model, theta, p_dyn):
    wind = {"p_dyn": p_dyn} if model is jelinek2012 else {"p_dyn": p_dyn, "b_z": -3.0}
    assert model(theta, **wind) == model(-theta, **wind)


@given(p_dyn=st.floats(0.1, 50), k=st.floats(1.1, 10))
def test_the_nose_of_shue_goes_with_pressure_to_the_power_of_minus_one_over_6_6(p_dyn, k):
    for model in (shue1997, shue1998):
        far, near = model(0.0, p_dyn=np.array([p_dyn, k * p_dyn]), b_z=2.0)
        np.testing.assert_allclose(near / far, k ** (-1 / 6.6))


def test_shue1997_has_no_nose_where_its_line_is_below_0():
    """11.4 + 0.14 b_z is 0 at -81.4 nT."""
    r = shue1997(0.0, p_dyn=1.0, b_z=[-60.0, -81.0, -82.0])
    np.testing.assert_allclose(r, [3.0, 0.06, np.nan])


def test_shue1998_saturates_for_strong_southward_field():
    # tanh -> -1: (10.22 - 1.29) at 1 nPa
    np.testing.assert_allclose(shue1998(0.0, p_dyn=1.0, b_z=-100.0), 8.93, atol=1e-6)


@pytest.mark.parametrize(
    ("p_dyn", "b_z", "expected"),
    [
        pytest.param(1.34, 0, [11.469, 16.434, 14.999, 9.693], id="average"),
        pytest.param(2, 0, [10.671, 15.220, 14.114, 9.520], id="denser"),
        pytest.param(2, -5, [9.839, 14.601, 13.494, 8.737], id="southward"),
    ],
)
def test_lin2010_has_the_sheets_values(p_dyn, b_z, expected):
    theta = [0, FLANK, FLANK, np.radians(63.2)]
    phi = [0, DUSK, NORTH, NORTH]
    r = lin2010(theta, phi, p_dyn=p_dyn, p_mag=0.01, b_z=b_z, tilt=0.0)
    np.testing.assert_allclose(r, expected, atol=6e-4)


def test_lin2010_with_tilt_has_the_sheets_values():
    wind = {"p_dyn": 2.0, "p_mag": 0.01, "b_z": -5.0, "tilt": 0.3}
    theta = np.radians([0, 60, 60])
    r = lin2010(theta, [0, NORTH, SOUTH], **wind)
    np.testing.assert_allclose(r, [9.782, 9.349, 9.797], atol=6e-4)
    np.testing.assert_allclose(np.degrees(lin2010_cusp([0.3, -0.3])), [47.6, 78.8], atol=0.05)


def lin2010_written_out(theta, phi, p, b_z, psi):
    """The published equations, term by term, with the coefficients a0 to a21 in a list."""
    a = [12.544, -0.194, 0.305, 0.0573, 2.178, 0.0571, -0.999, 16.473, 0.00152, 0.382, 0.0431]
    a += [-0.00763, -0.210, 0.0405, -4.430, -0.636, -2.600, 0.832, -5.328, 1.103, -0.907, 1.450]
    r_0 = a[0] * p ** a[1]
    r_0 *= 1 + a[2] * (np.exp(a[3] * b_z) - 1) / (np.exp(a[4] * b_z) + 1)
    beta = [a[6] + a[7] * (np.exp(a[8] * b_z) - 1) / (np.exp(a[9] * b_z) + 1), a[10]]
    beta += [a[11] + a[12] * psi, a[13]]
    power = beta[0] + beta[1] * np.cos(phi) + beta[2] * np.sin(phi) + beta[3] * np.sin(phi) ** 2
    r = r_0 * (np.cos(theta / 2) + a[5] * np.sin(2 * theta) * (1 - np.exp(-theta))) ** power
    for sign, azimuth in ((1, np.pi / 2), (-1, 3 * np.pi / 2)):
        axis = a[19] + sign * a[20] * psi
        cosine = np.cos(theta) * np.cos(axis)
        cosine += np.sin(theta) * np.sin(axis) * np.cos(phi - azimuth)
        depth = a[16] + sign * a[17] * psi + a[18] * psi**2
        r += a[14] * p ** a[15] * np.exp(depth * np.arccos(cosine) ** a[21])
    return r


@given(
    theta=st.floats(0, 2.8),
    phi=st.floats(0, 2 * np.pi),
    p=st.floats(0.3, 20),
    b_z=st.floats(-20, 20),
    tilt=st.floats(-0.6, 0.6),
)
def test_lin2010_is_the_published_equation_everywhere(theta, phi, p, b_z, tilt):
    r = lin2010(theta, phi, p_dyn=p, p_mag=0.0, b_z=b_z, tilt=tilt)
    np.testing.assert_allclose(r, lin2010_written_out(theta, phi, p, b_z, tilt), rtol=1e-9)


def test_nguyen2022_has_the_sheets_values():
    r = nguyen2022([0, FLANK, FLANK], [0, DUSK, NORTH], **NGUYEN)
    np.testing.assert_allclose(r, [9.701, 14.056, 15.086], atol=6e-4)
    np.testing.assert_allclose(nguyen2022_indented(0.0, DUSK, **NGUYEN), 9.924, atol=6e-4)


def test_nguyen2022_leans_with_the_dipole():
    wind = NGUYEN | {"tilt": 0.3}
    north, south = nguyen2022(FLANK, [NORTH, SOUTH], **wind)
    np.testing.assert_allclose(north / south, 2 ** (2 * 0.088 * 0.3))


@pytest.mark.parametrize("tilt", [-0.4, 0.0, 0.4])
def test_nguyen2022_is_dented_most_at_its_cusps(tilt):
    theta = np.radians(np.arange(1, 120, 0.25))
    for phi, sign in ((NORTH, 1), (SOUTH, -1)):
        wind = NGUYEN | {"tilt": tilt, "clock": 0.0, "b_z": 2.0}
        smooth = 10.85 * (1 + 0.027 * np.tanh(0.296 * 2.0 + 2.14)) * 2.01**-0.15
        alpha = 0.549 + 0.0745 * tilt * sign - 0.0713
        dent = 1 - nguyen2022_indented(theta, phi, **wind) / (
            smooth * (2 / (1 + np.cos(theta))) ** alpha
        )
        cusp = (0.877 + 0.329 * np.tanh(0.211 * 12.13)) * (1 - sign * 0.464 * tilt)
        np.testing.assert_allclose(dent.max(), 0.246, atol=2e-3)  # 2 b_0
        np.testing.assert_allclose(theta[dent.argmax()], cusp, atol=np.radians(0.25))


def test_nguyen2022_indented_has_no_dent_in_the_equator():
    dusk, dawn = nguyen2022_indented(FLANK, [DUSK, np.pi], **NGUYEN)
    expected = 9.9238407 * 2 ** (0.549 - 0.010)
    np.testing.assert_allclose([dusk, dawn], expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("p_dyn", "nose", "terminator"),
    [pytest.param(1.34, 12.126, 15.748, id="average"), pytest.param(2, 11.237, 14.594, id="dense")],
)
def test_jelinek2012_has_the_sheets_values(p_dyn, nose, terminator):
    r = jelinek2012([0, FLANK], p_dyn=p_dyn)
    np.testing.assert_allclose(r, [nose, terminator], atol=6e-4)


@given(theta=st.floats(0.01, 3), r_0=st.floats(5, 20), flare=st.floats(0.5, 2))
def test_points_of_a_paraboloid_fulfil_its_equation(theta, r_0, flare):
    r = paraboloid(theta, r_0, flare)
    x, across = r * np.cos(theta), r * np.sin(theta)
    np.testing.assert_allclose(x, r_0 - (flare * across) ** 2 / (4 * r_0), rtol=1e-6, atol=1e-6)
