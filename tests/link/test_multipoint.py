"""Timing: planted boundaries, errors against a Monte Carlo, what is refused, what is said."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from smile_explore import link
from smile_explore.errors import DatasetError, InputError

START = np.datetime64("2001-06-11T20:00", "ns")
TETRAHEDRON = np.array([[0, 0, 0], [1000, 0, 0], [500, 866, 0], [500, 289, 816.0]])
GSE = {"frame": "GSE"}


def met(points, normal, speed):
    """When a plane at constant velocity meets each point, to the nanosecond."""
    seconds = points @ normal / np.linalg.norm(normal) / speed
    return START + np.round(seconds * 1e9).astype("m8[ns]")


directions = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1)


@given(direction=directions, speed=st.floats(5, 800), shift=st.floats(-1e5, 1e5))
def test_four_points_give_back_any_normal_and_speed_wherever_they_are(direction, speed, shift):
    normal = np.array(direction) / np.linalg.norm(direction)
    found = link.timing(
        met(TETRAHEDRON, normal, speed), TETRAHEDRON + shift, uncertainty=0.1, **GSE
    )
    np.testing.assert_allclose(found.normal, normal, atol=1e-5)
    assert found.speed == pytest.approx(speed, rel=1e-5)


@given(speed=st.floats(5, 800))
def test_time_reversed_turns_the_boundary_round(speed):
    times = met(TETRAHEDRON, np.array([0.8, 0.6, 0.0]), speed)
    there = link.timing(times, TETRAHEDRON, uncertainty=0.1, **GSE)
    back = link.timing(START - (times - START), TETRAHEDRON, uncertainty=0.1, **GSE)
    np.testing.assert_allclose(back.normal, -there.normal, atol=1e-9)
    assert back.speed == pytest.approx(there.speed)


def test_the_order_of_the_points_does_not_matter():
    times = met(TETRAHEDRON, np.array([0.8, 0.6, 0.0]), 60)
    one = link.timing(times, TETRAHEDRON, uncertainty=0.1, **GSE)
    other = link.timing(times[[2, 0, 3, 1]], TETRAHEDRON[[2, 0, 3, 1]], uncertainty=0.1, **GSE)
    np.testing.assert_allclose(other.normal, one.normal, atol=1e-12)
    assert other.speed_error == pytest.approx(one.speed_error)


def test_stated_errors_are_those_of_many_noisy_trials():
    rng = np.random.default_rng(4)
    normal, speed, sigma = np.array([0.8, 0.6, 0.0]), 60.0, 0.3
    clean = met(TETRAHEDRON, normal, speed)
    found = []
    for _ in range(2000):
        noisy = clean + np.round(rng.normal(0, sigma, 4) * 1e9).astype("m8[ns]")
        found.append(link.timing(noisy, TETRAHEDRON, uncertainty=sigma, **GSE))
    speeds = np.array([f.speed for f in found])
    stated = link.timing(clean, TETRAHEDRON, uncertainty=sigma, **GSE)
    assert stated.speed_error == pytest.approx(speeds.std(), rel=0.06)
    inside = np.mean([f.interval[0] <= speed <= f.interval[1] for f in found])
    assert 0.935 <= inside <= 0.965
    normals = np.array([f.normal for f in found])
    worst = np.degrees(np.sqrt(np.linalg.eigvalsh(np.cov(normals.T)).max()))
    assert stated.normal_error == pytest.approx(worst, rel=0.06)


def test_two_points_give_the_speed_along_a_given_normal_and_say_so():
    found = link.timing(
        met(TETRAHEDRON[:2], np.array([1.0, 0, 0]), -50),
        TETRAHEDRON[:2], uncertainty=1.0, normal=[2, 0, 0], **GSE,
    )  # fmt: skip
    assert found.speed == pytest.approx(-50)
    np.testing.assert_allclose(found.normal, [1, 0, 0])
    assert found.speed_error == pytest.approx(50**2 / 1000 * np.sqrt(2))  # V^2 sigma / distance
    assert found.speed_per_degree == pytest.approx(0.0, abs=1e-9)  # the normal joins the points
    assert "the normal is (1.000, 0.000, 0.000), given" in str(found)
    assert np.isnan(found.normal_error)


def test_a_wrong_given_normal_costs_what_the_result_says():
    points = np.array([[0, 0, 0], [500, 1000, 0.0]])
    times = START + np.array([0, 10_000_000_000]).astype("m8[ns]")

    def speed(degrees):
        lean = np.radians(degrees)
        normal = [np.cos(lean), np.sin(lean), 0]
        return link.timing(times, points, uncertainty=1.0, normal=normal, **GSE)

    assert speed(0).speed == pytest.approx(50)
    assert speed(0).speed_per_degree == pytest.approx(speed(0.5).speed - speed(-0.5).speed)


def test_three_points_give_a_normal_in_a_given_plane():
    normal = np.array([0.6, -0.8, 0.0])
    points = np.array([[0, 0, 0], [900, 100, 300], [-200, 700, -500.0]])
    found = link.timing(met(points, normal, 40), points, uncertainty=1.0, plane=[0, 0, 3], **GSE)
    np.testing.assert_allclose(found.normal, normal, atol=1e-6)
    assert found.speed == pytest.approx(40, rel=1e-6)
    assert "the normal is perpendicular to (0.000, 0.000, 1.000), given" in str(found)


def test_more_points_than_needed_leave_a_residual_that_raises_the_errors():
    points = np.vstack([TETRAHEDRON, [[2000, 300, 700], [-800, 900, 100]]])
    times = met(points, np.array([1.0, 0, 0]), 50)
    exact = link.timing(times, points, uncertainty=0.1, **GSE)
    assert exact.residual == pytest.approx(0, abs=1e-6)
    times[1] += np.timedelta64(5, "s")
    bent = link.timing(times, points, uncertainty=0.1, **GSE)
    assert bent.residual > 1
    assert bent.speed_error > 10 * exact.speed_error
    assert "the plane leaves" in str(bent)


def test_uncertain_points_count_less():
    points = np.vstack([TETRAHEDRON, [2000, 300, 700]])
    times = met(points, np.array([1.0, 0, 0]), 50)
    times[-1] += np.timedelta64(20, "s")
    found = link.timing(times, points, uncertainty=[0.1, 0.1, 0.1, 0.1, 1e4], **GSE)
    assert found.speed == pytest.approx(50, rel=1e-3)


@pytest.mark.parametrize(
    ("points", "elongation", "planarity"),
    [
        pytest.param([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], 0, 0, id="regular"),
        pytest.param([[3, 0, 1], [-3, 0, 1], [0, 3, -1], [0, -3, -1]], 0, 1 - 2**0.5 / 3, id="flat"),
        pytest.param([[9, 1, 0], [9, -1, 0], [-9, 0, 1], [-9, 0, -1]], 1 - 0.5**0.5 / 9, 0, id="long"),
    ],
)  # fmt: skip
def test_shape_of_the_figure(points, elongation, planarity):
    points = 100.0 * np.array(points)
    found = link.timing(met(points, np.array([1, 2, 3.0]), 50), points, uncertainty=1.0, **GSE)
    assert found.elongation == pytest.approx(elongation, abs=1e-9)
    assert found.planarity == pytest.approx(planarity, abs=1e-9)
    assert found.condition == pytest.approx(1 / (1 - elongation) / (1 - planarity))


def test_times_that_agree_within_their_uncertainty_are_not_usable():
    times = met(TETRAHEDRON, np.array([1.0, 0, 0]), 500)
    found = link.timing(times, TETRAHEDRON, uncertainty=4.0, **GSE)
    assert not found.usable
    assert found.interval == (-np.inf, np.inf)
    assert "NOT USABLE" in str(found)


def test_along_turns_normal_speed_and_interval_together():
    times = met(TETRAHEDRON, np.array([-1.0, 0, 0]), 50)
    inward = link.timing(times, TETRAHEDRON, uncertainty=0.5, **GSE)
    outward = inward.along([1, 0, 0])
    np.testing.assert_allclose(outward.normal, -inward.normal)
    assert outward.speed == -inward.speed
    assert outward.interval == (-inward.interval[1], -inward.interval[0])
    assert outward.along([1, 0, 0]) is outward


def test_positions_as_dataarray_bring_their_frame_and_may_be_in_any_order():
    times = met(TETRAHEDRON, np.array([0.8, 0.6, 0]), 50)
    da = xr.DataArray(
        TETRAHEDRON[:, ::-1].T,
        {"cartesian": ["z", "y", "x"]}, ["cartesian", "craft"],
        attrs={"units": "km", "coordinate_system": "GSM"},
    )  # fmt: skip
    found = link.timing(times, da, uncertainty=0.1)
    assert found.frame == "GSM"
    np.testing.assert_allclose(found.normal, [0.8, 0.6, 0], atol=1e-6)
    with pytest.raises(DatasetError, match="units"):
        link.timing(times, da.assign_attrs(units="RE"), uncertainty=0.1)
    with pytest.raises(DatasetError, match="coordinate_system"):
        link.timing(times, da, uncertainty=0.1, frame="GSE")


SQUARE = np.array([[0, 0, 0], [1000, 0, 0], [0, 1000, 0], [1000, 1000, 0.0]])
TIMES = met(TETRAHEDRON, np.array([0.8, 0.6, 0]), 50)


@pytest.mark.parametrize(
    ("times", "points", "options", "rule"),
    [
        pytest.param(TIMES[:3], TETRAHEDRON[:3], {}, "too few", id="three points, no plane"),
        pytest.param(TIMES[:2], TETRAHEDRON[:2], {"plane": [0, 0, 1]}, "too few", id="two, a plane"),
        pytest.param(TIMES[:1], TETRAHEDRON[:1], {"normal": [1, 0, 0]}, "too few", id="one"),
        pytest.param(TIMES[:0], TETRAHEDRON[:0], {"normal": [1, 0, 0]}, "too few", id="none"),
        pytest.param(TIMES, SQUARE, {}, "do not span", id="four in a plane"),
        pytest.param(TIMES[:2], SQUARE[:2], {"normal": [0, 1, 0]}, "do not span", id="along the boundary"),
        pytest.param(TIMES, TETRAHEDRON, {"normal": [1, 0, 0], "plane": [0, 0, 1]}, "Both", id="both"),
        pytest.param(TIMES, TETRAHEDRON, {"normal": [0, 0, 0]}, "no direction", id="zero normal"),
        pytest.param(TIMES, TETRAHEDRON, {"frame": None}, "frame", id="no frame"),
        pytest.param(TIMES, TETRAHEDRON, {"uncertainty": 0}, "above 0", id="no uncertainty"),
        pytest.param(TIMES, TETRAHEDRON[:, :2], {}, "shape", id="two components"),
        pytest.param(TIMES, np.where(TETRAHEDRON > 800, np.nan, TETRAHEDRON), {}, "missing", id="NaN"),
        pytest.param(np.where(TIMES > START, np.datetime64("NaT"), TIMES), TETRAHEDRON, {}, "missing", id="NaT"),
        pytest.param(np.repeat(TIMES[:1], 4), TETRAHEDRON, {}, "same time", id="all at once"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused(times, points, options, rule):
    with pytest.raises(InputError, match=rule):
        link.timing(times, points, **{"uncertainty": 0.1, **GSE, **options})
