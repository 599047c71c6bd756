"""What all boundary models share: angles, aberration, surfaces, the rule for bad drivers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smile_explore.physics import bow_shock, geometry, magnetopause

WIND = {
    magnetopause.shue1997: {"p_dyn": 2.0, "b_z": -2.0},
    magnetopause.shue1998: {"p_dyn": 2.0, "b_z": -2.0},
    magnetopause.lin2010: {"p_dyn": 2.0, "p_mag": 0.01, "b_z": -2.0, "tilt": 0.2},
    magnetopause.nguyen2022: {
        "p_dyn": 2.0, "p_mag": 0.01, "b_z": -2.0, "clock": 2.5, "tilt": 0.2,
    },
    magnetopause.nguyen2022_indented: {
        "p_dyn": 2.0, "p_mag": 0.01, "b_z": -2.0, "clock": 2.5, "tilt": 0.2,
    },
    magnetopause.jelinek2012: {"p_dyn": 2.0},
    bow_shock.jelinek2012: {"p_dyn": 2.0},
    bow_shock.chao2002: {"p_dyn": 2.0, "b_z": -2.0, "beta": 1.0, "m_ms": 6.0},
    bow_shock.jerab2005: {"n_p": 5.0, "v": 400.0, "b": 5.0, "m_a": 8.0},
    bow_shock.merka2005: {"n_p": 5.0, "v": 400.0, "m_a": 8.0},
    bow_shock.farris_russell1994: {"p_dyn": 2.0, "b_z": -2.0, "m_ms": 6.0},
}  # fmt: skip
NOT_BELOW_ZERO = {"p_mag", "beta", "b"}
ABOVE_ONE = {"m_a", "m_ms"}
ANY = {"b_z", "clock", "tilt"}


def named(model):
    return f"{model.__module__.split('.')[-1]}.{model.__name__}"


every_model = pytest.mark.parametrize("model", WIND, ids=named)
PAIRS = [pytest.param(m, d, id=f"{named(m)}-{d}") for m, wind in WIND.items() for d in wind]
every_driver = pytest.mark.parametrize(("model", "driver"), PAIRS)
bounded_driver = pytest.mark.parametrize(
    ("model", "driver"), [pair for pair in PAIRS if pair.values[1] not in ANY]
)


@every_model
def test_every_model_is_positive_and_flares_from_nose_to_terminator(model):
    r = geometry.radius(model, np.radians([0, 30, 60, 90]), 0.0, **WIND[model])
    assert (r > 5).all()
    assert r[-1] > r[0]


@every_driver
def test_a_driver_that_is_nan_gives_nan_also_on_the_axis(model, driver):
    wind = WIND[model] | {driver: np.nan}
    assert np.isnan(geometry.radius(model, [0.0, 1.0], 0.5, **wind)).all()


@every_model
@pytest.mark.parametrize("angles", [(np.nan, 0.5), (0.0, np.nan), (1.0, np.nan)], ids=str)
def test_an_angle_that_is_nan_gives_nan(model, angles):
    assert np.isnan(geometry.radius(model, *map(np.array, angles), **WIND[model]))


@bounded_driver
def test_a_driver_outside_its_domain_gives_nan_and_spares_its_neighbours(model, driver):
    bad = 1.0 if driver in ABOVE_ONE else -1.0 if driver in NOT_BELOW_ZERO else 0.0
    good = WIND[model][driver]
    wind = WIND[model] | {driver: np.array([good, bad, np.inf, good])}
    r = geometry.radius(model, 0.3, 0.5, **wind)
    np.testing.assert_array_equal(np.isnan(r), [False, True, True, False])


@every_model
@pytest.mark.parametrize("theta", [np.pi, -np.pi, 4.0, np.inf])
def test_theta_of_pi_and_more_gives_nan(model, theta):
    assert np.isnan(geometry.radius(model, theta, 0.0, **WIND[model]))


@every_model
def test_drivers_and_angles_broadcast(model):
    name, value = next(iter(WIND[model].items()))
    wind = WIND[model] | {name: np.array([value, 1.5 * value])[:, None]}
    r = geometry.radius(model, np.linspace(0, 1, 5), 0.3, **wind)
    assert r.shape == (2, 5)
    alone = geometry.radius(model, 0.25, 0.3, **(WIND[model] | {name: 1.5 * value}))
    np.testing.assert_allclose(r[1, 1], alone)


@every_model
@given(theta=st.floats(0.01, 2.5), phi=st.floats(-3, 3))
def test_a_negative_theta_is_the_direction_opposite_in_phi(model, theta, phi):
    there = geometry.radius(model, -theta, phi, **WIND[model])
    np.testing.assert_allclose(
        there, geometry.radius(model, theta, phi + np.pi, **WIND[model]), rtol=1e-9
    )


@every_model
def test_more_pressure_brings_the_boundary_nearer(model):
    more = {"p_dyn": 4.0, "n_p": 10.0}
    wind = WIND[model] | {k: v for k, v in more.items() if k in WIND[model]}
    assert geometry.standoff(model, **wind) < geometry.standoff(model, **WIND[model])


@every_model
def test_points_of_a_surface_lie_at_its_radius_in_its_direction(model):
    theta, phi = np.linspace(0.1, 2, 6)[:, None], np.linspace(-3, 3, 7)
    r, t, p = geometry.spherical(geometry.surface(model, theta, phi, **WIND[model]))
    np.testing.assert_allclose(r, geometry.radius(model, theta, phi, **WIND[model]))
    np.testing.assert_allclose(t, np.broadcast_to(theta, t.shape))
    np.testing.assert_allclose(p, np.broadcast_to(phi, p.shape))


@given(
    st.lists(st.floats(-50, 50), min_size=3, max_size=3).filter(
        lambda xyz: np.linalg.norm(xyz[1:]) > 1e-3
    )
)
def test_spherical_and_cartesian_undo_each_other(xyz):
    np.testing.assert_allclose(geometry.cartesian(*geometry.spherical(xyz)), xyz, atol=1e-9)


def test_the_aberrated_wind_comes_from_dawn():
    angle = geometry.aberration(400.0)
    np.testing.assert_allclose(np.degrees(angle), 4.258, atol=1e-3)  # atan(29.78 / 400)
    nose_gse = geometry.aberrate([10.0, 0.0, 0.0], -angle)
    np.testing.assert_allclose(nose_gse, [9.9724, -0.7425, 0.0], atol=1e-4)


@given(angle=st.floats(-1, 1), x=st.floats(-30, 30), y=st.floats(-30, 30))
def test_aberration_keeps_lengths_and_is_undone_by_its_negative(angle, x, y):
    turned = geometry.aberrate([x, y, 5.0], angle)
    np.testing.assert_allclose(np.linalg.norm(turned), np.linalg.norm([x, y, 5.0]))
    np.testing.assert_allclose(geometry.aberrate(turned, -angle), [x, y, 5.0], atol=1e-9)


@pytest.mark.parametrize("v", [0.0, -400.0, np.nan])
def test_no_aberration_without_a_speed(v):
    assert np.isnan(geometry.aberration(v))
