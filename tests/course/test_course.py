"""The door of the exercises: open, wrong kind, unknown, and which data a notebook gets."""

import pytest

from smile_explore import course, packs
from smile_explore.errors import InputError, UnknownProductError


@pytest.mark.parametrize("blank", [None, ...], ids=["None", "dots"])
def test_blank_is_open_and_has_not_passed(blank):
    verdict = course.check("start_here", 2, blank)
    assert not verdict
    assert verdict.text.startswith("Exercise 2 is open")
    assert repr(verdict).startswith("○ Exercise 2")


def test_answer_of_a_wrong_kind_is_a_hint_not_an_error():
    verdict = course.check("start_here", 1, 6.33)
    assert not verdict
    assert "one time with its date" in verdict.text


def test_unknown_topic_and_exercise_are_told_in_one_sentence():
    with pytest.raises(InputError, match=r"No topic 'start_her'\. Did you mean start_here"):
        course.check("start_her", 1, 1)
    with pytest.raises(InputError, match="No exercise 9 in 'start_here': it has 1, 2, 3, 4"):
        course.check("start_here", 9, 1)


@pytest.mark.parametrize("topic", course.topics())
def test_every_topic_has_three_or_more_checks_numbered_from_one(topic):
    checks = course._checks(topic)
    assert list(checks) == list(range(1, len(checks) + 1))
    assert len(checks) >= 3


def test_course_uses_the_rehearsal_where_there_is_no_pack_and_says_how_to_get_it():
    event = course.event("themis-c-20080812")
    assert event.measured is False
    assert "themis.a.fgm" in event.pack.products
    assert "SIMULATED" in str(event)
    assert "smile-explore pack build themis-c-20080812" in str(event)


def test_course_prefers_the_measured_pack_unless_it_is_damaged(monkeypatch):
    name = "themis-c-20080812"
    about = {"name": name, "start": "2027-03-22T06:00", "stop": "2027-03-22T07:00"}
    about |= {"products": ["themis.a.fgm"], "title": "as if measured"}

    def as_if_measured(product, start, stop):
        ds = packs.open("rehearsal").load(product, start, stop)
        return ds.assign_attrs(simulated=0)

    pack = packs.build(about, load=as_if_measured)
    event = course.event(name)
    assert event.measured
    assert str(event).startswith("MEASURED: as if measured")
    assert event.load("themis.a.fgm").sizes["time"] > 1000
    (pack.folder / pack.products["themis.a.fgm"].file).unlink()
    assert not course.event(name).measured


def test_course_knows_only_curated_events():
    with pytest.raises(UnknownProductError, match="Did you mean"):
        course.event("themis-c-2008081")
