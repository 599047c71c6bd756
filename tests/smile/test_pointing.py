"""The pointing law: the sheet's aim points and Sun angles, and its own geometry."""

import dataclasses

import numpy as np
import pytest
import xarray as xr
from hypothesis import assume, given
from hypothesis import strategies as st

from smile_explore import smile
from smile_explore.errors import InputError
from smile_explore.smile.pointing import pointing, rays

places = st.tuples(st.floats(-15, 20), st.floats(-15, 15), st.floats(-20, 20))


@pytest.mark.parametrize(
    ("position", "aim"),
    [
        pytest.param((5.91813, 6.74116, 17.7067), 7.856, id="renderer-example"),
        pytest.param((3.84, -8.44, 17.66), 8.027, id="june"),
    ],
)
def test_aim_point_of_the_sheet(position, aim):
    np.testing.assert_allclose(smile.pointing(position).aim, [aim, 0, 0], atol=6e-4)


@pytest.mark.parametrize(
    ("position", "aim", "sun_angle"),
    [
        pytest.param((3.8, -8.5, 17.7), 8.0, 78, id="2026-06-24"),
        pytest.param((-8.2, -4.3, 17.7), 11.6, 42.6, id="2026-09-22"),
        pytest.param((-7.9, 4.9, 17.7), 11.4, 43.6, id="2026-11-21"),
    ],
)
def test_view_from_apogee_through_the_year(position, aim, sun_angle):
    view = pointing(position)
    assert view.aim[0] == pytest.approx(aim, abs=0.06)
    assert view.sun_angle == pytest.approx(sun_angle, abs=0.5)
    assert view.allowed


@pytest.mark.parametrize(
    ("position", "degrees"),
    [
        pytest.param((-7.9, 4.9, 17.7), -2.1, id="2026-11-21"),
        pytest.param((3.8, -8.5, 17.7), 5.4, id="2026-06-24"),
    ],
)
def test_nose_at_10_re_is_inside_the_short_axis(position, degrees):
    """Earthward of the axis in November, sunward in June."""
    view = pointing(position)
    along = view.axes @ (np.array([10.0, 0, 0]) - view.position)
    assert np.degrees(np.arctan2(along[0], along[2])) == pytest.approx(degrees, abs=0.1)


@pytest.mark.parametrize(("r", "degrees"), [(20.0, 23.2), (10.0, 26.04)])  # 26.1 in the sheet
def test_boresight_and_the_centre_of_the_earth_are_as_far_apart_as_the_sheet_says(r, degrees):
    view = pointing(r * np.array([0.3, -0.4, np.sqrt(0.75)]))
    assert np.degrees(np.arccos(-view.boresight @ view.position / r)) == pytest.approx(
        degrees, abs=0.05
    )


@given(places)
def test_boresight_keeps_its_angle_from_the_limb(place):
    assume(np.linalg.norm(place) > 2 and np.hypot(*place[1:]) > 0.1)
    view = pointing(place)
    assume(np.isfinite(view.boresight).all())
    s = np.linalg.norm(place)
    to_earth = np.arccos(np.clip(-view.boresight @ view.position / s, -1, 1))
    assert np.degrees(to_earth - np.arcsin(1 / s)) == pytest.approx(20.3, abs=1e-6)


@given(places)
def test_axes_are_orthonormal_and_the_earth_is_on_the_negative_x_side(place):
    assume(np.linalg.norm(place) > 2 and np.hypot(*place[1:]) > 0.1)
    view = pointing(place)
    assume(np.isfinite(view.axes).all())
    np.testing.assert_allclose(view.axes @ view.axes.T, np.eye(3), atol=1e-9)
    x, y, ahead = view.axes
    np.testing.assert_allclose(np.cross(x, ahead), y, atol=1e-9)
    assert x @ -view.position < 0


@given(places)
def test_aim_point_lies_on_the_line_of_sight(place):
    assume(np.linalg.norm(place) > 2 and np.hypot(*place[1:]) > 0.1)
    view = pointing(place)
    assume(np.isfinite(view.aim).all())
    away = view.aim - view.position
    np.testing.assert_allclose(away / np.linalg.norm(away), view.boresight, atol=1e-9)


def test_many_positions_are_each_as_if_alone():
    place = np.random.default_rng(1).uniform(2, 18, (4, 5, 3)) * np.array([-0.5, 1, -1])
    together = pointing(place)
    for n in np.ndindex(4, 5):
        alone = pointing(place[n])
        for field in dataclasses.fields(alone):
            one, many = getattr(alone, field.name), getattr(together, field.name)[n]
            np.testing.assert_array_equal(one, many)


@pytest.mark.parametrize(
    ("position", "reason"),
    [
        pytest.param((1.0, 2.0, 6.0), "below 7.84 R_E", id="door"),
        pytest.param((-12.0, 4.0, 14.0), "Sun angle below 40 degrees", id="sun"),
        pytest.param((-19.0, 0.1, 1.0), "no aim point ahead", id="tail"),
        pytest.param((12.0, 0.0, 0.0), "no aim point ahead", id="on-the-axis"),
        pytest.param((np.nan, 4.0, 14.0), "position missing", id="gap"),
    ],
)
def test_a_closed_view_says_why(position, reason):
    view = pointing(position)
    assert not view.allowed
    assert str(view.reason).startswith(reason)


def test_limits_are_parameters():
    assert not pointing((-7.9, 4.9, 17.7), min_sun_angle=45.0).allowed
    assert pointing((1.0, 2.0, 6.0), min_radius=5.0).allowed


def test_positions_of_an_orbit_are_taken_in_km():
    ds = smile.orbit("2027-03-20", "2027-03-21", "1h")
    np.testing.assert_allclose(pointing(ds.pos).position, ds.pos.values / 6371.2)
    turned = pointing(ds.pos.transpose("cartesian", "time"))
    np.testing.assert_array_equal(turned.aim, pointing(ds.pos).aim)


def test_an_own_aim_point_is_looked_at():
    place = np.array([6.0, 7.0, 17.0])
    view = pointing(place, aim=(9.0, 1.0, -1.0))
    away = np.array([9.0, 1.0, -1.0]) - place
    np.testing.assert_allclose(view.boresight, away / np.linalg.norm(away))
    np.testing.assert_array_equal(pointing(place, aim=9.0).aim, [9, 0, 0])
    law = pointing(place)
    np.testing.assert_allclose(pointing(place, aim=law.aim).axes, law.axes, atol=1e-12)


def test_the_earth_dead_ahead_has_the_sun_on_the_x_side():
    view = pointing((3.0, -4.0, 15.0), aim=0.0)
    assert view.axes[0] @ [1, 0, 0] > 0.9
    np.testing.assert_allclose(view.axes @ view.axes.T, np.eye(3), atol=1e-12)


@pytest.mark.parametrize(
    ("shape", "fov"), [((108, 64), (27, 16)), ((27, 16), (27, 16)), ((4, 2), (10, 4))]
)
def test_rays_are_at_the_angles_of_their_pixels(shape, fov):
    view = pointing([5.9, 6.7, 17.7])
    way, theta, phi = rays(view, shape, fov)
    assert way.shape == (*shape, 3)
    along = way @ view.axes.T
    tangents = along[..., :2] / along[..., 2:]
    np.testing.assert_allclose(
        np.degrees(np.arctan(tangents[..., 0])), phi + 0 * theta[:, None], atol=1e-12
    )
    np.testing.assert_allclose(
        np.degrees(np.arctan(tangents[..., 1])), theta[:, None] + 0 * phi, atol=1e-12
    )
    np.testing.assert_allclose(phi[1] - phi[0], fov[1] / shape[1])
    np.testing.assert_allclose(theta.mean(), 0, atol=1e-12)


@pytest.mark.parametrize(
    ("position", "more", "words"),
    [
        pytest.param((0.2, 0.3, 0.4), {}, "inside the Earth", id="inside"),
        pytest.param((38000.0, 1e4, 1e5), {}, "divide km by 6371.2", id="km"),
        pytest.param((1.0, 2.0), {}, "last axis", id="two-numbers"),
        pytest.param("apogee", {}, "not three numbers", id="text"),
        pytest.param((6.0, 7.0, 17.0), {"aim": (8, 10, 30)}, "behind the spacecraft", id="behind"),
        pytest.param((6.0, 7.0, 17.0), {"aim": (6, 7, 17)}, "behind the spacecraft", id="itself"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(position, more, words):
    with pytest.raises(InputError, match=words):
        pointing(position, **more)


def test_a_position_in_another_frame_is_refused():
    gsm = xr.DataArray(
        [5.0, 5, 15], dims="cartesian", attrs={"units": "RE", "coordinate_system": "GSM"}
    )
    with pytest.raises(InputError, match="GSM"):
        pointing(gsm)
