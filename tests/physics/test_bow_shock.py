"""Bow shock models: values of the reference sheet and of hand, shape, limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smile_explore.physics import magnetopause
from smile_explore.physics.bow_shock import (
    chao2002,
    farris_russell1994,
    jelinek2012,
    jerab2005,
    merka2005,
)

FLANK = np.pi / 2
DUSK, NORTH = 0.0, np.pi / 2
JERAB = {"n_p": 5.0, "v": 400.0, "b": 5.0, "m_a": 8.2}


@pytest.mark.parametrize(
    ("p_dyn", "nose", "terminator"),
    [pytest.param(1.34, 14.364, 24.553, id="average"), pytest.param(2, 13.512, 23.097, id="dense")],
)
def test_jelinek2012_has_the_sheets_values(p_dyn, nose, terminator):
    np.testing.assert_allclose(jelinek2012([0, FLANK], p_dyn=p_dyn), [nose, terminator], atol=6e-4)


@pytest.mark.parametrize(
    ("p_dyn", "b_z", "nose", "terminator"),
    [
        pytest.param(1.34, 0, 14.790, 25.631, id="average"),
        pytest.param(2, 0, 13.843, 23.881, id="denser"),
        pytest.param(2, -5, 13.877, 25.076, id="southward"),
    ],
)
def test_chao2002_has_the_sheets_values(p_dyn, b_z, nose, terminator):
    r = chao2002([0, FLANK], p_dyn=p_dyn, b_z=b_z, beta=1.0, m_ms=6.0)
    np.testing.assert_allclose(r, [nose, terminator], atol=6e-4)


def test_chao2002_by_hand_for_northward_field():
    # beta 0, M 10, 1 nPa: 11.1266 x 1.005 x (1 + 2.5966 x 32.07 / 230.07)
    nose = chao2002(0.0, p_dyn=1.0, b_z=5.0, beta=0.0, m_ms=10.0)
    np.testing.assert_allclose(nose, 11.1266 * 1.005 * (1 + 2.5966 * 32.07 / 230.07))
    # alpha: 0.8182 x 1.1155 x 0.9878 x 0.98
    flank = chao2002(FLANK, p_dyn=1.0, b_z=5.0, beta=0.0, m_ms=10.0)
    np.testing.assert_allclose(flank / nose, 2.029 ** (0.8182 * 1.1155 * 0.9878 * 0.98))


@pytest.mark.parametrize(
    ("driver", "values"),
    [
        # 1 - 0.0049 beta and 1 - 0.0122 p_dyn are 0 at 204.1 and 81.97
        pytest.param("beta", [204.0, 205.0], id="beta of a field near nil"),
        pytest.param("p_dyn", [81.9, 82.0], id="a pressure seen once in decades"),
    ],
)
def test_chao2002_stops_where_its_size_or_flaring_would_turn(driver, values):
    r = chao2002(0.5, **{"p_dyn": 2.0, "b_z": 0.0, "beta": 1.0, "m_ms": 6.0} | {driver: values})
    assert (r > 0).tolist() == [True, False]
    assert np.isnan(r).tolist() == [False, True]


def test_chao2002_has_no_shock_beyond_its_asymptote():
    asymptote = np.arccos(-1 / 1.029)
    r = chao2002(asymptote + np.array([-1e-3, 1e-3]), p_dyn=2.0, b_z=0.0, beta=1.0, m_ms=6.0)
    np.testing.assert_array_equal(np.isnan(r), [False, True])


@pytest.mark.parametrize(
    ("angles", "drivers", "expected"),
    [
        pytest.param((0, 0), {"gamma": 5 / 3}, 11.994, id="nose"),
        pytest.param((FLANK, DUSK), {"gamma": 5 / 3}, 26.20, id="dusk"),
        pytest.param((FLANK, NORTH), {"gamma": 5 / 3}, 28.41, id="north"),
        pytest.param((0, 0), {}, 13.076, id="gamma 2.15"),
        pytest.param(
            (0, 0),
            {"n_p": 7.35, "v": 425.5, "b": 5.49, "m_a": 9.6333},
            12.040,
            id="another wind",
        ),
    ],
)
def test_jerab2005_has_the_sheets_values(angles, drivers, expected):
    np.testing.assert_allclose(jerab2005(*angles, **(JERAB | drivers)), expected, atol=6e-3)


def test_jerab2005_of_mean_drivers_is_its_mean_surface():
    """The surface is fitted to crossings scaled to the mean drivers, so both are one nose."""
    nose = jerab2005(0.0, 0.0, n_p=7.35, v=425.5, b=5.49, m_a=11.23)
    np.testing.assert_allclose(nose, np.roots([0.45, 46.6, -618]).max(), rtol=0.02)


@given(theta=st.floats(-3.1, 3.1), phi=st.floats(-3.1, 3.1))
def test_jerab2005_points_lie_on_its_quadric(theta, phi):
    size = jerab2005(0.0, 0.0, **JERAB) / np.roots([0.45, 46.6, -618]).max()
    r = jerab2005(theta, phi, **JERAB) / size
    x, y, z = r * np.cos(theta), r * np.sin(theta) * np.cos(phi), r * np.sin(theta) * np.sin(phi)
    square = 0.45 * x**2 + y**2 + 0.8 * z**2 + 0.18 * x * y
    np.testing.assert_allclose(square + 46.6 * x - 2.2 * y - 0.6 * z, 618.0, rtol=1e-9)


@pytest.mark.parametrize(
    ("wind", "expected"),
    [
        pytest.param((7, 457.5, 5), [12.097, 24.639, 25.569], id="Mach 5"),
        pytest.param((7, 457.5, 8), [12.794, 22.864, 23.514], id="Mach 8"),
    ],
)
def test_merka2005_has_the_sheets_values(wind, expected):
    n_p, v, m_a = wind
    r = merka2005([0, FLANK, FLANK], [0, DUSK, NORTH], n_p=n_p, v=v, m_a=m_a)
    np.testing.assert_allclose(r, expected, atol=6e-4)
    np.testing.assert_allclose(merka2005(0, 0, n_p=5, v=400, m_a=8.2), 14.174, atol=6e-4)


@given(m_a=st.floats(2, 20), theta=st.floats(-2.5, 2.5), phi=st.floats(-3.1, 3.1))
def test_merka2005_points_lie_on_its_quadric(m_a, theta, phi):
    r = merka2005(theta, phi, n_p=7.0, v=457.5, m_a=m_a)
    x, y, z = r * np.cos(theta), r * np.sin(theta) * np.cos(phi), r * np.sin(theta) * np.sin(phi)
    terms = [
        (0.0063 - 0.0098 * m_a) * x**2,
        y**2,
        (0.8351 + 0.0102 * m_a) * z**2,
        2 * (-0.0298 + 0.0040 * m_a) * x * y,
        2 * (16.39 + 0.2087 * m_a + 108.3 / (m_a - 1) ** 2) * x,
        2 * (-0.9241 + 0.0721 * m_a) * y,
        -444 - 2.935 * m_a - 1930 / (m_a - 1) ** 2,
    ]
    if not np.isnan(r):
        np.testing.assert_allclose(sum(terms), 0, atol=1e-9 * sum(map(abs, terms)))


def test_merka2005_has_a_radius_on_the_dayside_and_none_down_the_tail():
    r = merka2005(np.radians([0, 45, 90, 120, 179]), 0.0, n_p=7.0, v=457.5, m_a=8.0)
    np.testing.assert_array_equal(np.isnan(r), [False, False, False, False, True])


@given(k=st.floats(1.1, 10))
def test_merka2005_and_jerab2005_shrink_with_pressure_to_the_sixth_root(k):
    for model, extra in ((merka2005, {}), (jerab2005, {"b": 5.0})):
        far, near = model(0.5, 0.5, n_p=np.array([5.0, 5.0 * k]), v=400.0, m_a=8.0, **extra)
        np.testing.assert_allclose(near / far, k ** (-1 / 6))


def test_farris_russell1994_nose_of_a_strong_shock_stands_one_quarter_further_times_1_1():
    # M -> infinity: 1 + 1.1 (gamma - 1) / (gamma + 1) = 1.275
    wind = {"p_dyn": 2.0, "b_z": -3.0}
    ratio = farris_russell1994(0.0, m_ms=1e6, **wind) / magnetopause.shue1997(0.0, **wind)
    np.testing.assert_allclose(ratio, 1.275)


@given(m_ms=st.floats(1.5, 30))
def test_farris_russell1994_nose_nears_the_earth_as_mach_grows(m_ms):
    near, far = farris_russell1994(0.0, p_dyn=2.0, b_z=0.0, m_ms=np.array([m_ms + 0.5, m_ms]))
    assert near < far


def test_a_mach_number_near_one_sends_the_shock_far_out():
    assert farris_russell1994(0.0, p_dyn=2.0, b_z=0.0, m_ms=1.01) > 100
    assert jerab2005(0.0, 0.0, **(JERAB | {"m_a": 1.01})) > 100
