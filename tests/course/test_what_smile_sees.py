"""The exercises of 30: right answers pass, typical wrong ones get a hint that teaches."""

import pytest

from smile_explore import course
from smile_explore.course import what_smile_sees as topic


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        pytest.param(1, 2.5, id="brighter"),
        pytest.param(2, "2027-03-22 06:20", id="with the shock"),
        pytest.param(2, "2027-03-22 06:21:30", id="read a little late"),
        pytest.param(3, 11.7, id="minutes"),
    ],
)
def test_right_answer_passes(number, answer):
    assert course.check("what_smile_sees", number, answer)


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        pytest.param(1, 2.0, "density alone", id="density"),
        pytest.param(1, 0.9, "how the boundary moves", id="boundary"),
        pytest.param(1, 0.4, "other way round", id="inverse"),
        pytest.param(1, 60.9, "is a brightness", id="brightness"),
        pytest.param(1, 5.0, "colour bar", id="elsewhere"),
        pytest.param(2, "2027-03-22 09:30", "outside already", id="turning"),
        pytest.param(2, "2027-03-22 16:02", "not the first", id="later passage"),
        pytest.param(2, "2027-03-22 03:00", "later", id="too early"),
        pytest.param(2, "2027-03-22 12:00", "earlier", id="too late"),
        pytest.param(3, 700, "in seconds", id="seconds"),
        pytest.param(3, 0.49, "forgets the background", id="no background"),
        pytest.param(3, 0.117, "a hundred times", id="equal"),
        pytest.param(3, 60, "a tenth", id="other"),
    ],
)
def test_typical_mistake_gets_a_hint_that_teaches(number, answer, hint):
    verdict = course.check("what_smile_sees", number, answer)
    assert not verdict
    assert hint in verdict.text


def test_faint_wind_is_a_small_part_of_what_is_counted():
    """Background: the 100 counts per second of smile.counts, 60 of them dimmed towards the edges."""
    signal, background = topic.thin_rates()
    assert 0 < signal < 0.1 * background
    assert 40 < background < 100
