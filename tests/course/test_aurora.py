"""The exercises of 32: right answers pass, typical wrong ones get a hint that teaches."""

import pytest

from smile_explore import course
from smile_explore.course import aurora


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        pytest.param(1, 59.0, id="cell above the edge"),
        pytest.param(1, 57.5, id="between cells"),
        pytest.param(2, 38.0, id="lag"),
        pytest.param(2, 31.0, id="lag, within its interval"),
        pytest.param(3, 2.7, id="Starkov"),
    ],
)
def test_right_answer_passes(number, answer):
    assert course.check("aurora", number, answer)


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        pytest.param(1, 31.0, "colatitude", id="colatitude"),
        pytest.param(1, 65.0, "09:00", id="quiet"),
        pytest.param(1, 69.0, "go down to 50 R", id="brightest"),
        pytest.param(1, 52.0, "passes the line", id="too low"),
        pytest.param(2, -38, "sign", id="sign"),
        pytest.param(2, 0.63, "in hours or seconds", id="hours"),
        pytest.param(2, 2280, "in hours or seconds", id="seconds"),
        pytest.param(2, 87, "counts from L1", id="from L1"),
        pytest.param(2, 10, "first sign", id="onset"),
        pytest.param(2, 60, "print(found)", id="elsewhere"),
        pytest.param(3, -2.7, "comes down", id="sign of the way"),
        pytest.param(3, 4.6, "diffuse edge", id="diffuse"),
        pytest.param(3, 27.7, "take the difference", id="place"),
        pytest.param(3, 10.0, "starkov1994", id="other"),
    ],
)
def test_typical_mistake_gets_a_hint_that_teaches(number, answer, hint):
    verdict = course.check("aurora", number, answer)
    assert not verdict
    assert hint in verdict.text


def test_oval_of_the_model_reaches_lower_when_al_grows():
    """AL is -342 nT at 10:10, -111 nT at 12:00, near 0 at 09:00."""
    assert aurora.reach("10:10") < aurora.reach("12:00") < aurora.reach("09:00")
