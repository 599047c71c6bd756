"""The exercises of 10: right answers pass, typical wrong ones get a hint that teaches."""

import dataclasses

import pytest

from smile_explore import course, packs
from smile_explore.course import themis_pass


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        pytest.param(1, "2027-03-22 17:35:57", id="true time"),
        pytest.param(1, "2027-03-22 17:36:25", id="inner edge of the layer"),
        pytest.param(2, 21.7 / 0.4, id="densities read from the figure"),
        pytest.param(3, 0.65, id="read from the lines: 11.50 and 10.82 to 10.85"),
    ],
)
def test_right_answer_passes(number, answer):
    assert course.check("themis_pass", number, answer)


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        pytest.param(1, "2027-03-22 16:03:10", "changes sides again", id="first crossing"),
        pytest.param(1, "2027-03-22 17:44:30", "boundary layer", id="brush with the layer"),
        pytest.param(2, 0.018, "turn it round", id="upside down"),
        pytest.param(2, 5, "Take medians", id="layer counted in"),
        pytest.param(3, 4200, "in km", id="km"),
        pytest.param(3, 0.03, "take the third", id="two of Shue"),
        pytest.param(3, 1.3, "not the probe", id="probe counted in"),
    ],
)
def test_typical_mistake_gets_a_hint_that_teaches(number, answer, hint):
    verdict = course.check("themis_pass", number, answer)
    assert not verdict
    assert hint in verdict.text


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        pytest.param(1, "2008-08-12 21:22:40", "", id="magnetopause"),
        pytest.param(1, "2008-08-13 00:28:30", "bow shock", id="bow shock"),
        pytest.param(1, "2008-08-12 21:08:30", "changes sides again", id="brief excursion"),
        pytest.param(2, 8.1 / 0.22, "", id="medians of the measurements"),
    ],
)
def test_measured_pass_has_its_own_answers(monkeypatch, number, answer, hint):
    pack = dataclasses.replace(packs.open("rehearsal"), simulated=False)
    as_if = course.Event("themis-c-20080812", pack)
    monkeypatch.setattr(themis_pass, "event", lambda _name: as_if)
    verdict = course.check("themis_pass", number, answer)
    assert bool(verdict) is (hint == "")
    assert hint in verdict.text
