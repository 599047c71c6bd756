"""Tangent points lie where geometry says."""

import numpy as np
import pytest

from smile_explore.errors import InputError
from smile_explore.physics.magnetopause import shue1998
from smile_explore.smile import pointing
from smile_explore.smile.limb import limb

POS = np.array([5.918, 6.741, 17.707])


def test_a_sphere_is_seen_at_one_angle_from_its_centre():
    view = pointing(POS)
    y, x, _ = limb(lambda theta, phi: 8.0 + 0 * theta + 0 * phi, view, widest=3.0)
    way = (
        view.axes[2]
        + np.outer(np.tan(np.radians(x)), view.axes[0])
        + np.outer(np.tan(np.radians(y)), view.axes[1])
    )
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    angle = np.degrees(np.arccos(way @ -POS / np.linalg.norm(POS)))
    expected = np.degrees(np.arcsin(8.0 / np.linalg.norm(POS)))
    known = np.isfinite(angle)
    assert known.sum() > 50
    np.testing.assert_allclose(angle[known], expected, atol=0.05)


def test_lines_of_sight_touch_shue_without_crossing_it():
    view = pointing(POS)

    def surface(theta, phi):
        return shue1998(theta, p_dyn=2.0, b_z=0.0) + 0 * phi

    y, x, theta = limb(surface, view)
    inside = np.isfinite(y) & (np.abs(y) < 13) & (np.abs(x) < 8)
    assert inside.sum() > 5
    for k in np.flatnonzero(inside)[::4]:
        way = view.axes.T @ [np.tan(np.radians(x[k])), np.tan(np.radians(y[k])), 1.0]
        points = POS + np.linspace(1, 40, 8000)[:, None] * way / np.linalg.norm(way)
        r = np.linalg.norm(points, axis=1)
        margin = r - shue1998(np.arccos(points[:, 0] / r), p_dyn=2.0, b_z=0.0)
        assert margin.min() == pytest.approx(0, abs=0.02)
        assert 0 < theta[k] < 2


def test_a_larger_boundary_is_seen_further_from_the_earth():
    view = pointing(POS)
    noses = []
    for size in (8.0, 9.0, 10.0):
        y, x, _ = limb(
            lambda theta, phi, r=size: r * (2 / (1 + np.cos(theta))) ** 0.5 + 0 * phi, view
        )
        near = np.abs(y) < 1
        noses.append(np.nanmedian(x[near]))
    assert noses == sorted(noses)


def test_several_positions_are_refused():
    with pytest.raises(InputError, match="one position"):
        limb(lambda theta, phi: theta, pointing([POS, POS]))


def test_a_boundary_behind_the_camera_has_no_limb():
    # the edge of a sphere's sunward cap, 60 degrees from Z, and a view to the tail
    away = pointing([0.0, 0.0, 20.0], aim=(-60.0, 0.0, 19.0))
    y, x, theta = limb(lambda theta, phi: 10.0 + 0 * theta, away, widest=0.7)
    assert len(y) == len(x) == len(theta) == 0
