"""The exercises of 31: right answers pass, typical wrong ones get a hint that teaches."""

import pytest

from smile_explore import course
from smile_explore.course import magnetopause_from_an_image as topic


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        pytest.param(1, 8.50, id="truth"),
        pytest.param(1, 8.62, id="a fit"),
        pytest.param(3, 31.0, id="between the hours"),
    ],
)
def test_right_answer_passes(number, answer):
    assert course.check("magnetopause_from_an_image", number, answer)


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        pytest.param(1, 11.0, "bow shock", id="bow shock"),
        pytest.param(1, 54_160, "in km", id="km"),
        pytest.param(1, 7.5, "from the ground", id="from the ground"),
        pytest.param(1, 8.23, "at the top", id="other image"),
        pytest.param(1, 9.6, "fit_magnetopause", id="elsewhere"),
        pytest.param(3, 9300, "Per exposure", id="counts"),
        pytest.param(3, 200, "one side", id="above all"),
        pytest.param(3, 80, "Too high", id="too high"),
        pytest.param(3, 15, "Too low", id="too low"),
    ],
)  # fmt: skip
def test_typical_mistake_gets_a_hint_that_teaches(number, answer, hint):
    verdict = course.check("magnetopause_from_an_image", number, answer)
    assert not verdict
    assert hint in verdict.text


def test_bias_passes_within_what_two_means_differ(monkeypatch):
    """The bias of the method is not repeated here: that takes seconds."""
    monkeypatch.setattr(topic, "repeats", lambda: (0.15, 0.05))
    assert course.check("magnetopause_from_an_image", 2, 0.17)
    assert course.check("magnetopause_from_an_image", 2, 0.05)
    assert not course.check("magnetopause_from_an_image", 2, 0.30)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        pytest.param(-0.17, "sign", id="sign"),
        pytest.param(8.40, "That is a stand-off", id="stand-off"),
        pytest.param(1060, "In km", id="km"),
        pytest.param(1.2, "four seeds or more", id="elsewhere"),
    ],
)
def test_wrong_bias_gets_a_hint(monkeypatch, answer, hint):
    monkeypatch.setattr(topic, "repeats", lambda: (0.15, 0.05))
    verdict = course.check("magnetopause_from_an_image", 2, answer)
    assert not verdict
    assert hint in verdict.text


def test_repeats_are_of_the_wind_that_the_notebook_shows():
    bias, spread = topic.repeats()
    assert abs(bias) < 0.5  # the docstring of fit_magnetopause: within 0.35 RE with 45 000 counts
    assert 0 < spread < 0.35
