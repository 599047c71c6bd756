"""Checks of the lag: the truth passes, what students get wrong is told what it is."""

import numpy as np
import pytest

from smile_explore.course.lag import CHECKS


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        pytest.param(1, "2027-03-22T08:41:16", id="true time at ACE"),
        pytest.param(1, np.datetime64("2027-03-22T08:42"), id="read to the minute"),
        pytest.param(2, 49.2, id="by geometry"),
        pytest.param(2, 47.2, id="the truth"),
        pytest.param(3, 3, id="sheath, AE, pressure"),
        pytest.param(4, 28.0, id="effect before cause"),
    ],
)
def test_truth_passes(number, answer):
    assert CHECKS[number](answer).passed


@pytest.mark.parametrize(
    ("number", "answer", "taught"),
    [
        pytest.param(1, "2027-03-22T09:30", "OMNI", id="the lower panel"),
        pytest.param(1, "2027-03-22T09:47", "back north", id="the other turning"),
        pytest.param(1, "2027-03-22T06:20", "upper panel", id="the shock"),
        pytest.param(2, -49.2, "sign", id="sign"),
        pytest.param(2, 2952.0, "unit", id="seconds"),
        pytest.param(2, 0.82, "unit", id="hours"),
        pytest.param(2, 64.0, "slow wind", id="the hour before"),
        pytest.param(2, 300.0, "Distance", id="far off"),
        pytest.param(2, 30.0, "06:30", id="too fast"),
        pytest.param(3, 6, "candidate", id="candidates counted"),
        pytest.param(3, 1, "both search ranges", id="too few"),
        pytest.param(4, -28, "Positive", id="sign of the difference"),
        pytest.param(4, 68, "difference", id="sum"),
        pytest.param(4, 20, "48 minutes late", id="AE alone"),
    ],
)
def test_usual_mistake_gets_a_hint_of_its_own(number, answer, taught):
    verdict = CHECKS[number](answer)
    assert not verdict.passed
    assert taught in verdict.text
