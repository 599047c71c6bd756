"""SXI's field of view in the orbit picture: right place, right size, and none where it may not look."""

import numpy as np
import pytest

from smile_explore.app import field, space
from smile_explore.app.explorer import Explorer
from tests.app.conftest import START

HERE = np.array([5.91813, 6.74116, 17.7067])


def test_the_corners_are_half_a_field_from_the_boresight():
    view = field.look_from(HERE)
    points = field.pyramid(view)
    middle, corner = points[1:].mean(axis=0) - points[0], points[1] - points[0]
    cosine = middle @ corner / np.linalg.norm(middle) / np.linalg.norm(corner)
    # tan² of the diagonal is the sum of tan² of the sides' halves, on a flat field
    half = np.arctan(np.hypot(np.tan(np.radians(8)), np.tan(np.radians(13.5))))
    assert np.arccos(cosine) == pytest.approx(half)


@pytest.mark.parametrize("plane", [(0, 1), (0, 2), (1, 2)], ids=["XY", "XZ", "YZ"])
def test_the_outline_holds_every_corner(plane):
    from matplotlib.path import Path

    points = field.pyramid(field.look_from(HERE))
    x, y = field.outline(points, *plane)
    inside = Path(np.column_stack([x, y])).contains_points(points[:, plane], radius=1e-6)
    other = Path(np.column_stack([x, y])[::-1]).contains_points(points[:, plane], radius=1e-6)
    assert (inside | other).all()


def test_turning_to_gsm_keeps_x_and_lengths():
    points = field.pyramid(field.look_from(HERE))
    turned = field.in_frame(points, START, "GSM")
    np.testing.assert_allclose(turned[:, 0], points[:, 0], atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(turned, axis=1), np.linalg.norm(points, axis=1))
    assert np.abs(turned - points).max() > 0.1


@pytest.mark.parametrize(
    ("here", "words"),
    [(HERE, "Shaded: SXI's field, 27° by 16°, from 19.8 RE"), (HERE / 4, "may not look from here (5.0 RE): below 7.84 R_E"), (None, "")],
    ids=["may look", "too near", "unknown"],
)  # fmt: skip
def test_the_caption_says_what_is_drawn_or_why_not(here, words):
    assert words in field.told(field.look_from(here))


def test_the_orbit_draws_field_and_trail_and_says_which_positions_are_simulated(load):
    explorer = Explorer(load=load)
    sources = explorer.space._sources
    assert len(sources["field"].data["x"]) >= 3
    assert len(sources["themis.a before"].data["x"]) > 2
    ahead = START + np.timedelta64(11, "h")
    explorer.set_cursor(ahead)
    at = sources["themis.a"].data["x"][0]
    assert sources["themis.a before"].data["x"][-1] == pytest.approx(at, abs=1e-4)
    text = explorer.space.text.object
    assert "SIMULATED positions: themis.a." in text
    assert "smile: forecast" in text


def test_near_the_earth_smile_is_hollow_and_covers_nothing(load, monkeypatch):
    explorer = Explorer(load=load)
    monkeypatch.setattr(space, "position", lambda *_: HERE / 4)
    explorer.set_cursor(explorer.study.cursor)
    assert explorer.space._sources["field"].data["x"] == []
    assert explorer.space._smile.glyph.fill_alpha == 0
    assert "may not look" in explorer.space.text.object
