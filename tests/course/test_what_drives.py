"""The exercises of 02: right answers pass, typical wrong ones get a hint that teaches."""

import pytest

from smile_explore import course


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        pytest.param(1, 2**6.6, id="the fitted exponent"),
        pytest.param(2, -8.0, id="erosion, by hand from the paper's formula"),
        pytest.param(3, 0.40, id="read from the figure"),
        pytest.param(4, 40, id="delay"),
    ],
)
def test_right_answer_passes(number, answer):
    assert course.check("what_drives", number, answer)


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        pytest.param(1, 64, "pure dipole", id="dipole"),
        pytest.param(1, 2, "much stiffer", id="linear"),
        pytest.param(2, 8.0, "south is negative", id="sign"),
        pytest.param(2, -15, "elsewhere", id="too far"),
        pytest.param(3, 0.5, "Kan and Lee", id="another function"),
        pytest.param(3, 40, "not per cent", id="per cent"),
        pytest.param(4, 0, "still open", id="no delay"),
        pytest.param(4, 80, "inside out", id="too late"),
    ],
)
def test_typical_mistake_gets_a_hint_that_teaches(number, answer, hint):
    verdict = course.check("what_drives", number, answer)
    assert not verdict
    assert hint in verdict.text
