"""Checks of the four points: the truth passes, what students get wrong is told what it is."""

import numpy as np
import pytest

from smile_explore.course.cluster_four_points import CHECKS


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        pytest.param(1, "2027-03-22T04:47:40.1", id="true time of C3"),
        pytest.param(1, np.datetime64("2027-03-22T04:47:41.2"), id="first sample below the level"),
        pytest.param(2, 19.5, id="speed of the true times"),
        pytest.param(2, -17.6, id="inward, counted outward"),
        pytest.param(2, 21.4, id="speed of read times"),
        pytest.param(3, 6.6, id="angle between the normals"),
        pytest.param(4, 0.28, id="a quarter of a second"),
    ],
)
def test_truth_passes(number, answer):
    assert CHECKS[number](answer).passed


@pytest.mark.parametrize(
    ("number", "answer", "taught"),
    [
        pytest.param(1, "2027-03-22T04:47:13", "C1", id="the first spacecraft"),
        pytest.param(1, "2027-03-22T04:47:20", "begins or ends", id="beginning of the drop"),
        pytest.param(1, "2027-03-22T04:40:53", "between 04:47", id="an earlier crossing"),
        pytest.param(2, 0.003, "Earth radii", id="wrong unit"),
        pytest.param(2, 29.1, "level of its own", id="four levels"),
        pytest.param(2, 400.0, "Distance", id="speed of the wind"),
        pytest.param(3, 0.11, "radians", id="radians"),
        pytest.param(3, 173.0, "opposite", id="other side of the plane"),
        pytest.param(3, 29.0, "zero_normal", id="confused axes"),
        pytest.param(3, 0.995, "cosine", id="the cosine itself"),
        pytest.param(4, 1.2, "NOT USABLE", id="as it was"),
        pytest.param(4, 0.5, "small enough", id="too coarse"),
        pytest.param(4, 0.1, "Smaller than needed", id="too fine"),
    ],
)
def test_usual_mistake_gets_a_hint_of_its_own(number, answer, taught):
    verdict = CHECKS[number](answer)
    assert not verdict.passed
    assert taught in verdict.text
