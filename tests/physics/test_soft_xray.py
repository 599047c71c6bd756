"""Soft X-ray emissivity: the sheet's check values, and Lin et al. (2010) by another road."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smile_explore.errors import InputError
from smile_explore.physics import soft_xray as sx
from smile_explore.physics.geometry import spherical
from smile_explore.physics.magnetopause import lin2010
from smile_explore.physics.xray_boundaries import (
    cmem2g_boundaries,
    cmem_magnetopause,
    flared,
    half_pressure,
    lin_size,
    magnetic_pressure,
)

WIND = {"n_p": 5.0, "v": 400.0, "b": (0.0, 0.0, 5.0)}
METHOD_1 = {"mp": 10.0, "bs": 13.0, "A1": 3.2e-5, "A2": 1.3e-5, "B": -1.8e-5}
START_2G = {"p0": 10.0, "A1": 1e-5, "B": 2.0, "delta_beta": 1.0, "p1": 0.5, "p2": 15.0, "p3": 4.0}
MODELS = [sx.jorgensen2019, sx.cmem, sx.cmem2g]
directions = {"theta": st.floats(0, 2.5), "phi": st.floats(-np.pi, np.pi)}


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        pytest.param({"r": 10.0, "n": 20.0, "v": 150.0, "t": 1e6}, 1.087e-5, id="sheath"),
        pytest.param({"r": 13.0, "n": 5.0, "v": 400.0, "t": 1e5}, 2.293e-6, id="upstream"),
    ],
)
def test_physical_formula(place, expected):
    np.testing.assert_allclose(sx.emissivity(**place), expected, rtol=5e-4)


def test_physical_formula_has_no_value_for_a_negative_density():
    assert np.isnan(sx.emissivity(10.0, n=-1.0, v=400.0, t=1e5))


@pytest.mark.parametrize(
    ("r", "theta", "expected"),
    [
        pytest.param(9.9, 0.0, 0.0, id="magnetosphere"),
        pytest.param(11.0, 0.0, 2.522e-5, id="sheath"),
        pytest.param(14.0, 0.0, 4.738e-6, id="wind"),
    ],
)
def test_jorgensen2019_at_the_nose(r, theta, expected):
    found = sx.jorgensen2019(r, theta, 0.0, **WIND, **METHOD_1)
    np.testing.assert_allclose(found, expected, rtol=5e-4)


def test_jorgensen2019_in_the_sheath_at_60_degrees():
    """A magnetopause drawn in to 9 RE keeps r = 12 within the sheath there."""
    wide = METHOD_1 | {"mp": 9.0, "ay_mp": 0.5, "az_mp": 0.5}
    found = sx.jorgensen2019(12.0, np.radians(60), 0.3, **WIND, **wide)
    np.testing.assert_allclose(found, 2.076e-5, rtol=5e-4)


def test_jorgensen2019_starting_values_of_method_2():
    start = sx.jorgensen2019_start(**WIND)
    found = [float(start[key]) for key in ("mp", "bs", "A1", "A2")]
    np.testing.assert_allclose(found, [9.78, 12.64, 7.2e-6, 3.5e-6])


def test_jorgensen2019_starting_values_of_method_1():
    """Shue et al. (1997) at half the pressure: (11.4 + 0.013 * 5) * 0.668**(-1/6.6)."""
    start = sx.jorgensen2019_start(**WIND, method=1)
    np.testing.assert_allclose(float(start["mp"]), 11.465 * 0.668 ** (-1 / 6.6))
    np.testing.assert_allclose(float(start["bs"] - start["mp"]), 3)
    np.testing.assert_allclose(float(start["ay_bs"] - start["ay_mp"]), 0.2)


def test_pressures_are_in_the_convention_of_cmem():
    np.testing.assert_allclose(half_pressure(5.0, 400.0), 0.668, rtol=1e-6)
    np.testing.assert_allclose(magnetic_pressure([0.0, 0.0, 5.0]), 0.00995, rtol=1e-3)
    size = lin_size(half_pressure(5.0, 400.0) + magnetic_pressure([0, 0, 5]), 5.0)
    np.testing.assert_allclose(size, 13.526, atol=6e-4)


def test_cmem_starting_values_of_method_2():
    start = sx.cmem_start(**WIND)
    expected = {
        "p0": 0.7863, "bs": 12.64, "A1": 7.2e-6, "A2": 3.5e-6, "B": 2, "alpha": 2.5, "beta": -1.6,
        "p1": 1, "p2": 3, "p3": 4, "ay_bs": 0.73354, "az_bs": 0.73354,
    }  # fmt: skip
    assert set(start) == set(expected)
    for key, value in expected.items():
        np.testing.assert_allclose(float(start[key]), value, rtol=1e-5)


def test_cmem_starting_values_of_method_1():
    start = sx.cmem_start(**WIND, method=1)
    found = [float(start[key]) for key in ("p0", "bs", "A1", "A2")]
    np.testing.assert_allclose(found, [1, 16.526, 1.5e-5, 1.3e-5], rtol=1e-4)


@pytest.mark.parametrize(
    ("xyz", "expected"),
    [
        pytest.param((10.6, 0, 0), 0.0, id="magnetosphere"),
        pytest.param((11, 0, 0), 5.6735e-6, id="sheath-11"),
        pytest.param((12, 0, 0), 4.564e-6, id="sheath-12"),
        pytest.param((13, 0, 0), 1.593e-6, id="wind-13"),
        pytest.param((14, 0, 0), 1.276e-6, id="wind-14"),
        pytest.param((5, 0, 9), 5.911e-6, id="cusp"),
    ],
)
def test_cmem_emissivity(xyz, expected):
    found = sx.cmem(*spherical(xyz), **WIND, tilt=0.0)
    np.testing.assert_allclose(found, expected, rtol=5e-4)


def test_cmem_nose():
    scales = {"p0": 0.7863, "p1": 1, "p2": 3, "p3": 4}
    found = cmem_magnetopause(0.0, 0.0, scales, **WIND, tilt=0.0)
    np.testing.assert_allclose(found, 10.636, atol=6e-4)


@given(**directions, tilt=st.floats(-0.5, 0.5), b_z=st.floats(-15, 15))
def test_unscaled_cmem_is_the_magnetopause_of_lin2010(theta, phi, tilt, b_z):
    b = (0.0, 0.0, b_z)
    ours = cmem_magnetopause(
        theta, phi, dict.fromkeys(("p0", "p1", "p2", "p3"), 1.0), n_p=6.0, v=450.0, b=b, tilt=tilt
    )
    p_dyn, p_mag = half_pressure(6.0, 450.0), magnetic_pressure(b)
    theirs = lin2010(theta, phi, p_dyn=p_dyn, p_mag=p_mag, b_z=b_z, tilt=tilt)
    np.testing.assert_allclose(ours, theirs, rtol=1e-10)


def test_full_pressure_needs_other_scales_for_the_same_surface():
    """The factors 2**0.194 and 2**0.636 of the sheet, exact without a field."""
    theta, phi = np.meshgrid(np.linspace(0, 2.4, 20), np.linspace(-3, 3, 20))
    half = {"p0": 0.7863, "p1": 1.0, "p2": 3.0, "p3": 4.0}
    full = half | {"p0": 0.7863 * 2**0.194, "p2": 3.0 * 2**0.636}
    still = {"v": 400.0, "b": (0.0, 0.0, 0.0), "tilt": 0.1}
    np.testing.assert_allclose(
        cmem_magnetopause(theta, phi, half, n_p=5.0, **still),
        cmem_magnetopause(theta, phi, full, n_p=10.0, **still),
    )


def test_cmem_is_finite_where_the_cusp_reaches_the_earth():
    """The boundary is below 0 on the axis of the cusp, where the power law has no end."""
    r = np.geomspace(1e-9, 30, 200)
    scales = {"p0": 0.7863, "p1": 1.0, "p2": 3.0, "p3": 4.0}
    assert cmem_magnetopause(1.103, np.pi / 2, scales, **WIND, tilt=0.0) < 0
    shine = sx.cmem(r, 1.103, np.pi / 2, **WIND)
    assert np.isfinite(shine).all()
    assert shine.max() < 10 * sx.cmem(10.3, 1.103, np.pi / 2, **WIND)


@given(**directions, r=st.floats(1, 30), tilt=st.floats(-0.5, 0.5))
def test_turning_the_tilt_over_mirrors_north_and_south_of_the_cusps(r, theta, phi, tilt):
    """True of CMEM2g, all of which follows the cusps; CMEM's body leans by itself."""
    north = sx.cmem2g(r, theta, phi, tilt=tilt, **START_2G)
    np.testing.assert_allclose(sx.cmem2g(r, theta, -phi, tilt=-tilt, **START_2G), north, rtol=1e-9)


def test_jorgensen2019_is_as_published_below_zero_at_the_flanks_of_a_thin_wind():
    found = sx.jorgensen2019(15.0, np.pi / 2, 0.0, **WIND, ay_mp=0.4, az_mp=0.4)
    np.testing.assert_allclose(found, (7.2e-6 - 1.8e-5) * 1.5**-0.9)


def test_cmem2g_boundaries():
    r_mp, r_bs = cmem2g_boundaries(0.0, 0.0, START_2G, tilt=0.0)
    np.testing.assert_allclose([r_mp, r_bs], [10.000, 13.094], atol=6e-4)
    r_mp, _ = cmem2g_boundaries(np.pi / 2, 0.0, START_2G, tilt=0.0)
    np.testing.assert_allclose(r_mp, 11.892, atol=6e-4)


@pytest.mark.parametrize(
    ("r", "expected"),
    [
        pytest.param(9.4, 0.0, id="magnetosphere"),
        pytest.param(9.75, 0.5 * 0.975**-3, id="half-way-up"),
        pytest.param(11.0, 1.1**-3, id="sheath"),
        pytest.param(13.344, 0.705 * 1.3344**-3, id="half-way-to-the-wind"),
        pytest.param(14.0, 0.41 * 1.4**-3, id="wind"),
    ],
)
def test_cmem2g_layers_at_the_nose(r, expected):
    """At theta = 0 the sheath falls with the power delta_beta + 2 = 3."""
    found = sx.cmem2g(r, 0.0, 0.0, **START_2G) / START_2G["A1"]
    np.testing.assert_allclose(found, expected, rtol=2e-3)


def test_cmem2g_starts_at_the_brightest_place_of_the_sun_earth_line():
    x = np.linspace(5, 20, 30001)
    shine = sx.cmem(x, 0.0, 0.0, **WIND)
    start = sx.cmem2g_start(**WIND)
    np.testing.assert_allclose(start["p0"], x[shine.argmax()], atol=1e-3)
    np.testing.assert_allclose(start["A1"], shine.max(), rtol=1e-3)


def test_flared_surface_is_shue_where_both_flarings_agree():
    theta = np.linspace(0, 2.5, 9)
    expected = 10 * (2 / (1 + np.cos(theta))) ** 0.6
    np.testing.assert_allclose(flared(theta, 0.7, 10.0, 0.6, 0.6), expected)


@pytest.mark.parametrize("model", MODELS)
def test_models_broadcast(model):
    r, theta = np.linspace(5, 20, 6)[:, None], np.linspace(0, 2, 4)
    shine = model(r, theta, 0.3, **WIND)
    assert shine.shape == (6, 4)
    np.testing.assert_allclose(shine[2, 3], model(r[2, 0], theta[3], 0.3, **WIND))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("bad", [{"n_p": -1.0}, {"n_p": np.nan}, {"v": 0.0}, {"b": (0, 0, np.nan)}])
def test_models_have_no_value_outside_their_domain(model, bad):
    assert np.isnan(model(np.array([8.0, 11.0, 14.0]), 0.0, 0.0, **WIND | bad)).all()


@pytest.mark.parametrize("model", MODELS)
def test_a_wind_too_thin_for_method_2_has_no_brightness(model):
    """2.7e-6 n - 6.3e-6 is negative below 2.33 cm-3."""
    assert np.isnan(model(11.0, 0.0, 0.0, **WIND | {"n_p": 2.0}))


@pytest.mark.parametrize("model", MODELS)
@given(r=st.floats(0, 60), **directions, n_p=st.floats(2.5, 60), b_z=st.floats(-20, 20))
def test_emissivity_is_never_negative(model, r, theta, phi, n_p, b_z):
    if model is sx.jorgensen2019:
        n_p += 6.5  # in thinner winds its B outweighs its A1
    assert model(r, theta, phi, n_p=n_p, v=450.0, b=(0.0, 1.0, b_z)) >= 0


@pytest.mark.parametrize("model", MODELS)
def test_an_unknown_parameter_is_refused(model):
    with pytest.raises(InputError, match="p9 is none of"):
        model(11.0, 0.0, 0.0, **WIND, p9=1.0)
