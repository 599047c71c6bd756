"""The exercises of 90, answered by driving an Explorer; typical mistakes get a hint that teaches."""

import pandas as pd
import pytest

from smile_explore import course
from smile_explore.app.explorer import Explorer


@pytest.fixture(scope="module")
def explorer(rehearsal):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMILE_EXPLORE_CACHE", str(rehearsal.parents[1]))
        yield Explorer("rehearsal", timetable="")


@pytest.fixture
def fresh(explorer):
    """Give the Explorer with an empty time table and no lag."""
    for number in list(explorer.intervals.table.index):
        explorer.intervals.delete(number)
    explorer.set_lag(0)
    return explorer


def at(time):
    return pd.Timestamp(f"2027-03-22 {time}").timestamp() * 1000


def test_interval_picked_with_the_mouse_passes(fresh):
    assert not course.check("explorer", 1, fresh.timetable)
    fresh.pick(at("06:18"), at("06:30"))
    fresh.pick(at("09:31"), at("10:42"))
    assert course.check("explorer", 1, fresh.timetable)


@pytest.mark.parametrize(
    ("start", "stop", "hint"),
    [
        pytest.param("09:30", "11:30", "It begins well", id="too long"),
        pytest.param("08:30", "10:40", "It ends well", id="too early"),
        pytest.param("06:20", "06:40", "the shock", id="shock"),
        pytest.param("09:00", "11:30", "It overlaps", id="rough"),
        pytest.param("12:00", "13:00", "below zero", id="elsewhere"),
    ],
)
def test_wrong_interval_gets_a_hint(fresh, start, stop, hint):
    fresh.pick(at(start), at(stop))
    verdict = course.check("explorer", 1, fresh.timetable)
    assert not verdict
    assert hint in verdict.text


def test_cursor_on_the_crossing_passes(fresh):
    fresh.set_cursor("2027-03-22T06:21:30")
    assert course.check("explorer", 2, fresh.study.cursor)


@pytest.mark.parametrize(
    ("time", "hint"),
    [
        pytest.param("06:20:00", "notices it a little later", id="shock at the nose"),
        pytest.param("07:30:00", "bow shock", id="bow shock"),
        pytest.param("06:30:00", "go earlier", id="late"),
        pytest.param("12:00:00", "density", id="elsewhere"),
    ],
)
def test_wrong_cursor_gets_a_hint(fresh, time, hint):
    fresh.set_cursor(f"2027-03-22T{time}")
    verdict = course.check("explorer", 2, fresh.study.cursor)
    assert not verdict
    assert hint in verdict.text


def test_lag_on_the_slider_passes(fresh):
    fresh.set_lag(47.5)
    assert course.check("explorer", 3, fresh.study.lag)


@pytest.mark.parametrize(
    ("minutes", "hint"),
    [
        pytest.param(30, "still stands", id="untouched"),
        pytest.param(-48, "sign", id="sign"),
        pytest.param(0.8, "In minutes", id="hours"),
        pytest.param(55, "less of a shift", id="much"),
        pytest.param(42, "more of a shift", id="little"),
    ],
)
def test_wrong_lag_gets_a_hint(minutes, hint):
    verdict = course.check("explorer", 3, minutes)
    assert not verdict
    assert hint in verdict.text
