"""The drag model against its own equation of motion, and the checks of the Sun's notebook."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from smile_explore.course.the_sun_behind_it import (
    CHECKS,
    L1_KM,
    SUN_RADIUS_KM,
    arrival_hours,
    drag_distance,
)
from smile_explore.errors import InputError


@pytest.mark.parametrize(
    ("v0", "wind", "gamma"),
    [
        pytest.param(1400.0, 400.0, 0.2, id="fast"),
        pytest.param(300.0, 450.0, 2.0, id="slow, pulled along"),
        pytest.param(700.0, 700.0, 1.0, id="as fast as the wind"),
    ],
)
def test_distance_solves_the_equation_of_motion(v0, wind, gamma):
    def motion(_, state):
        excess = state[1] - wind
        return state[1], -1e-7 * gamma * excess * abs(excess)

    start = [20 * SUN_RADIUS_KM, v0]
    solved = solve_ivp(motion, (0, 360_000), start, rtol=1e-9, atol=1e-6).y[0, -1]
    found = drag_distance(100.0, v0=v0, wind=wind, gamma=gamma)
    np.testing.assert_allclose(found, solved, rtol=1e-6)


def test_arrival_is_when_the_distance_is_that_of_l1():
    v0 = np.array([500.0, 1000.0, 2500.0])
    hours = arrival_hours(v0=v0, wind=400.0, gamma=0.5)
    there = drag_distance(hours, v0=v0, wind=400.0, gamma=0.5)
    np.testing.assert_allclose(there, L1_KM, rtol=1e-3)
    assert (np.diff(hours) < 0).all()


def test_published_run_of_the_model_for_march_2015_is_near():
    """B. Vršnak's run gave 63 h for the ejecta, with 20 solar radii at about 05:30."""
    hours = arrival_hours(v0=750.0, wind=400.0, gamma=np.array([0.2, 0.5]))
    assert hours[0] < 63 < hours[1]


def test_a_wind_that_does_not_blow_is_refused():
    with pytest.raises(InputError, match="wind above 100"):
        arrival_hours(v0=800.0, wind=0.0, gamma=0.5)


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        pytest.param(1, "2011-06-07T06:41:24", id="largest sample"),
        pytest.param(1, "2011-06-07T06:41", id="as in the lists"),
        pytest.param(2, 2.5, id="as in the lists"),
        pytest.param(2, 2.5554, id="largest sample"),
        pytest.param(3, 671.0, id="148.1 million km"),
        pytest.param(3, 688.0, id="151.8 million km, in June"),
        pytest.param(4, "2015-03-15T02:13", id="the C9.1 flare"),
        pytest.param(5, 0.11, id="one in nine"),
    ],
)
def test_truth_passes(number, answer):
    assert CHECKS[number](answer).passed


@pytest.mark.parametrize(
    ("number", "answer", "taught"),
    [
        pytest.param(1, "2011-06-07T06:20", "rise", id="on the rise"),
        pytest.param(1, "2011-06-09T20:00", "date", id="arrival"),
        pytest.param(1, "2011-06-07T12:00", "maximum", id="noon"),
        pytest.param(2, 2.55e-5, "W/m²", id="flux"),
        pytest.param(2, 0.364, "short", id="short channel"),
        pytest.param(2, 0.2555, "units of X", id="X"),
        pytest.param(2, 25.5, "M1", id="C"),
        pytest.param(3, 1400, "at the Sun", id="at the Sun"),
        pytest.param(3, 671 * 3600, "another unit", id="km per hour"),
        pytest.param(3, 2.4, "other units", id="million km per hour"),
        pytest.param(3, 400, "7 June", id="the wind"),
        pytest.param(4, "2015-03-11T16:22", "biggest", id="the X flare"),
        pytest.param(4, "2015-03-11T07:18", "travel time", id="another"),
        pytest.param(5, 11.0, "percent", id="percent"),
        pytest.param(5, 3.0, "between 0 and 1", id="no probability"),
        pytest.param(5, 0.5, "Expected", id="far off"),
    ],
)
def test_usual_mistake_gets_a_hint_of_its_own(number, answer, taught):
    verdict = CHECKS[number](answer)
    assert not verdict.passed
    assert taught in verdict.text
