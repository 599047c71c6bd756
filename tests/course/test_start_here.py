"""The exercises of 00: right answers pass, typical wrong ones get a hint that teaches."""

import pytest

from smile_explore import course


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        pytest.param(1, "2027-03-22 06:20", id="shock"),
        pytest.param(1, "2027-03-22 06:21", id="shock, first high sample"),
        pytest.param(2, 32.0, id="AE"),
        pytest.param(3, 12.2, id="waves"),
        pytest.param(4, "2027-03-22 19:29", id="rotation"),
    ],
)
def test_right_answer_passes(number, answer):
    assert course.check("start_here", number, answer)


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        pytest.param(1, "2027-03-22 09:30", "the pressure does not", id="turning for shock"),
        pytest.param(1, "2027-03-22 05:33", "ACE at L1", id="time at L1"),
        pytest.param(1, "2027-03-22 06:30", "earlier", id="late"),
        pytest.param(2, 225, "counted from the shock", id="from the shock"),
        pytest.param(2, 0.53, "in hours", id="hours"),
        pytest.param(2, 64, "peak of AE", id="peak"),
        pytest.param(3, 6, "two crossings of one wave", id="half a period"),
        pytest.param(3, 138, "whole train", id="whole train"),
        pytest.param(4, "2027-03-22 09:30", "AE answers it", id="a turning that matters"),
        pytest.param(4, "2027-03-22 12:00", "evening", id="elsewhere"),
    ],
)
def test_typical_mistake_gets_a_hint_that_teaches(number, answer, hint):
    verdict = course.check("start_here", number, answer)
    assert not verdict
    assert hint in verdict.text
