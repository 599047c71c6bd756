"""Derived solar wind quantities: known values, invariants, refusals, OMNI's own columns."""

import warnings

import numpy as np
import pytest
from astropy import units as u
from hypothesis import given
from hypothesis import strategies as st
from scipy import constants

from smile_explore.errors import DatasetError
from smile_explore.physics import solar_wind
from smile_explore.physics.solar_wind import (
    alfven_mach,
    alfven_speed,
    ballistic_time,
    beta,
    clock_angle,
    cone_angle,
    dynamic_pressure,
    magnetosonic_mach,
)

FINITE = st.floats(-1e3, 1e3)


@pytest.mark.parametrize(
    ("b_y", "b_z", "expected"),
    [
        pytest.param(0, 5, 0, id="north"),
        pytest.param(0, -5, 180, id="south"),
        pytest.param(-0.0, -5, 180, id="south from below zero"),
        pytest.param(5, 0, 90, id="dusk"),
        pytest.param(-5, 0, -90, id="dawn"),
        pytest.param(np.nan, 5, np.nan, id="gap"),
        pytest.param(0, 0, np.nan, id="no field across"),
    ],
)
def test_clock_angle_of_cardinal_directions(vector, b_y, b_z, expected):
    np.testing.assert_allclose(clock_angle(vector(1, b_y, b_z)), [expected])
    np.testing.assert_allclose(clock_angle([1.0, b_y, b_z]), expected)


@given(b_x=FINITE)
def test_clock_angle_does_not_depend_on_b_x(vector, b_x):
    assert clock_angle(vector(b_x, 3, 4)).item() == clock_angle(vector(0, 3, 4)).item()


@pytest.mark.parametrize(
    ("b", "expected"),
    [
        pytest.param((5, 0, 0), 0, id="sunward"),
        pytest.param((-5, 0, 0), 180, id="antisunward"),
        pytest.param((0, 3, -4), 90, id="across"),
        pytest.param((-1, 1, 0), 135, id="Parker spiral"),
        pytest.param((np.nan, 1, 0), np.nan, id="gap in Bx"),
        pytest.param((1, np.nan, 0), np.nan, id="gap in By"),
        pytest.param((0, 0, 0), np.nan, id="no field"),
    ],
)
def test_cone_angle_of_known_directions(vector, b, expected):
    np.testing.assert_allclose(cone_angle(vector(*b)), [expected])
    np.testing.assert_allclose(cone_angle(vector(*b, coordinate_system="GSE")), [expected])


@pytest.mark.parametrize(
    ("helium", "expected"),
    [pytest.param(0, 1.338, id="protons"), pytest.param(0.04, 1.552, id="4 % helium")],
)
def test_dynamic_pressure_has_the_sheets_values(helium, expected):
    np.testing.assert_allclose(dynamic_pressure(5, 400, helium=helium), expected, atol=6e-4)


def test_dynamic_pressure_takes_a_velocity_and_carries_its_own_units(vector, series):
    v = vector(-400, 0, 300, units="km s-1", coordinate_system="GSE")
    p = dynamic_pressure(series([5.0], "cm-3"), v)
    assert p.attrs == {"units": "nPa", "long_name": "Dynamic pressure"}
    assert p.dims == ("time",)
    np.testing.assert_allclose(p, dynamic_pressure(5, 500))


def test_a_velocity_with_a_gap_has_no_speed(vector):
    v = vector(-400, np.nan, 0, units="km s-1", coordinate_system="GSE")
    assert np.isnan(dynamic_pressure(5.0, v)).all()


def test_beta_and_alfven_speed_are_those_of_astropys_constants():
    n, b, t = 5 * u.cm**-3, 5 * u.nT, 1e5 * u.K
    from astropy.constants import k_B, m_p, mu0

    magnetic = b**2 / (2 * mu0)
    np.testing.assert_allclose(beta(5, 1e5, 5), (n * k_B * t / magnetic).to_value(u.one), rtol=1e-5)
    speed = b / np.sqrt(mu0 * m_p * n)
    np.testing.assert_allclose(alfven_speed(5, 5), speed.to_value(u.km / u.s), rtol=1e-5)


def test_beta_with_omnis_sum_over_species_is_omnis_formula():
    # OMNI: beta = [(4.16e-5 T) + 5.34] Np / B**2
    t, n, b = np.array([2e4, 1e5, 4e5]), 6.0, 4.0
    omni = (4.16e-5 * t + 5.34) * n / b**2
    np.testing.assert_allclose(beta(n, 1.2 * t + 1.54e5, b), omni, rtol=2e-3)


def test_alfven_speed_with_omnis_helium_is_omnis_formula():
    np.testing.assert_allclose(alfven_speed(4, 6, helium=0.05), 20 * 6 / 2, rtol=5e-3)


def test_a_temperature_in_electronvolts_counts_as_kelvin(series):
    in_ev = beta(5.0, series([10.0], "eV"), 5.0)
    np.testing.assert_allclose(in_ev, beta(5.0, 10 * constants.e / constants.k, 5.0), rtol=1e-6)


@given(n=st.floats(0.1, 100), b=st.floats(0.1, 100), v=st.floats(200, 1000), t=st.floats(1e3, 1e6))
def test_mach_numbers_beta_and_pressure_hang_together(n, b, v, t):
    m_a = alfven_mach(v, n, b)
    ram = dynamic_pressure(n, v) * 1e-9
    magnetic = (b * 1e-9) ** 2 / (2 * constants.mu_0)
    np.testing.assert_allclose(m_a**2, ram / (2 * magnetic), rtol=1e-5)
    # 1 / M_ms**2 = (1 + 5/6 beta) / M_A**2 for beta of protons and electrons
    total = beta(n, t + 1.4e5, b)
    np.testing.assert_allclose(
        magnetosonic_mach(v, n, b, t) ** -2, (1 + 5 / 6 * total) / m_a**2, rtol=1e-5
    )


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(lambda: alfven_speed([0.0, -1.0], 5.0), id="no density"),
        pytest.param(lambda: alfven_mach(400.0, 5.0, [0.0, np.nan]), id="no field"),
        pytest.param(lambda: beta(5.0, 1e5, [0.0, np.nan]), id="beta without a field"),
        pytest.param(lambda: ballistic_time(1e6, [0.0, -400.0]), id="no speed"),
        pytest.param(lambda: magnetosonic_mach(400.0, [0.0, np.nan], 5.0, 1e5), id="vacuum"),
    ],
)
def test_what_cannot_be_gives_nan(value):
    assert np.isnan(value()).all()


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda: dynamic_pressure([-1.0, -1.0], 400.0), id="density below 0"),
        pytest.param(lambda: dynamic_pressure(5.0, [-400.0, -300.0]), id="a component as speed"),
        pytest.param(lambda: beta([-1.0, 5.0], [1e5, -1e5], 5.0), id="density, temperature"),
        pytest.param(lambda: alfven_mach([-400.0, -1.0], 5.0, 5.0), id="speed below 0"),
        pytest.param(lambda: magnetosonic_mach(400.0, 5.0, 5.0, [-9e9, -1.0]), id="temperature"),
    ],
)
def test_numbers_below_0_of_what_has_no_sign_give_nan_without_a_warning(call):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(call()).all()


def test_an_electron_temperature_in_electronvolts_counts_as_kelvin(series):
    """10 eV are 116,045 K; as a number of kelvin they would be nothing beside the protons."""
    wind = [series([x], unit) for x, unit in ((400, "km s-1"), (5, "cm-3"), (5, "nT"), (1e5, "K"))]
    found = magnetosonic_mach(*wind, t_e=series([10.0], "eV"))
    np.testing.assert_allclose(found, magnetosonic_mach(400, 5, 5, 1e5, t_e=116045.18), rtol=1e-6)
    with pytest.raises(DatasetError, match="nT"):
        magnetosonic_mach(*wind, t_e=series([10.0], "nT"))


def test_ballistic_time_from_l1(series):
    np.testing.assert_allclose(ballistic_time(1.5e6, 400), 3750)
    later = ballistic_time(1.5e6, series([400, np.nan, 500], "km s-1"))
    np.testing.assert_allclose(later, [3750, np.nan, 3000])
    assert later.attrs["units"] == "s"


CALLS = {
    "clock_angle": ("b",),
    "cone_angle": ("b",),
    "dynamic_pressure": ("n", "v"),
    "beta": ("n", "t", "b"),
    "alfven_speed": ("n", "b"),
    "alfven_mach": ("v", "n", "b"),
    "magnetosonic_mach": ("v", "n", "b", "t"),
    "motional_field": ("velocity", "b"),
    "dawn_dusk_field": ("v", "b_z"),
    "newell2007": ("v", "b"),
    "kan_lee1979": ("v", "b"),
    "akasofu1981": ("v", "b"),
    "ballistic_time": ("distance", "v"),
}
each = pytest.mark.parametrize(("name", "arguments"), CALLS.items(), ids=list(CALLS))


@pytest.fixture
def wind(vector, series):
    """Return one sample of wind with metadata, by the names in CALLS."""
    return {
        "b": vector(2, 3, -4),
        "b_z": series([-4.0], "nT"),
        "n": series([5.0], "cm-3"),
        "v": series([400.0], "km s-1"),
        "velocity": vector(-400, 10, 20, units="km s-1"),
        "t": series([1e5], "K"),
        "distance": series([1.5e6], "km"),
    }


@each
def test_every_result_has_units_of_its_own_that_astropy_reads(wind, name, arguments):
    value = getattr(solar_wind, name)(*(wind[a] for a in arguments))
    u.Unit(value.attrs["units"])
    assert value.attrs["long_name"]
    assert set(value.attrs) <= {"units", "long_name", "coordinate_system"}
    assert value.name not in (None, "b", "driver")


@each
def test_plain_numbers_give_the_same_as_dataarrays(wind, name, arguments):
    labelled = getattr(solar_wind, name)(*(wind[a] for a in arguments))
    # a magnitude stands for the field where only its strength counts
    needs_vector = name in ("clock_angle", "cone_angle", "motional_field") or name[-1].isdigit()
    plain = [
        np.linalg.norm(wind[a].values, axis=-1) if a == "b" and not needs_vector else wind[a].values
        for a in arguments
    ]
    value = getattr(solar_wind, name)(*plain)
    assert isinstance(value, np.ndarray)
    np.testing.assert_allclose(value, labelled.values)


@pytest.mark.parametrize(
    ("name", "wrong"), [(n, a) for n, arguments in CALLS.items() for a in arguments]
)
def test_wrong_units_are_refused_by_name(wind, name, wrong):
    wind[wrong] = wind[wrong].assign_attrs(units="furlong")
    given_ = [wind[a] for a in CALLS[name]]
    with pytest.raises(DatasetError, match="furlong"):
        getattr(solar_wind, name)(*given_)


@pytest.mark.parametrize("name", ["clock_angle", "newell2007", "kan_lee1979", "akasofu1981"])
def test_a_field_that_is_not_gsm_is_refused(wind, name):
    b = wind["b"].assign_attrs(coordinate_system="GSE")
    arguments = [b if a == "b" else wind[a] for a in CALLS[name]]
    with pytest.raises(DatasetError, match="coordinate_system='GSM'"):
        getattr(solar_wind, name)(*arguments)


def test_cone_angle_refuses_a_spacecraft_frame(vector):
    with pytest.raises(DatasetError, match="DSL"):
        cone_angle(vector(1, 2, 3, coordinate_system="DSL"))


@each
def test_inputs_are_left_as_they_were(wind, name, arguments):
    before = {a: wind[a].copy(deep=True) for a in arguments}
    getattr(solar_wind, name)(*(wind[a] for a in arguments))
    for a in arguments:
        assert wind[a].identical(before[a])
