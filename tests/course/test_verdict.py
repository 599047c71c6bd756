"""Answers of every kind: what is read, what is refused with a hint, what a verdict shows."""

import re

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from smile_explore import course
from smile_explore.course import verdict
from smile_explore.errors import InputError
from smile_explore.link import Lag

MINUTES = pd.Timedelta("6min")
SHORT_LAG = Lag(
    MINUTES, (MINUTES, MINUTES), quality=0.5, usable=True, method="by hand", assumptions=""
)


@pytest.mark.parametrize(
    "answer",
    [6.5, np.float32(6.5), np.array([6.5]), xr.DataArray(6.5), pd.Series([6.5])],
    ids=["float", "numpy scalar", "array of one", "DataArray", "Series of one"],
)
def test_number_reads_what_a_calculation_gives(answer):
    assert verdict.number(answer) == 6.5


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        pytest.param("6.5", "leave out the quotation marks", id="text"),
        pytest.param(pd.Timedelta("6min"), "divide it by its unit", id="duration"),
        pytest.param(np.timedelta64(6, "m"), "divide it by its unit", id="numpy's duration"),
        pytest.param(SHORT_LAG, "divide its .value", id="lag"),
        pytest.param(True, "bool", id="bool"),
        pytest.param(np.arange(3.0), "3 values", id="array"),
        pytest.param({"a": 1}, "dict", id="dict"),
        pytest.param(np.datetime64("2027-03-22"), "datetime64", id="time"),
        pytest.param(float("nan"), "a gap got into", id="NaN"),
    ],
)
def test_number_refuses_another_kind_with_a_hint(answer, hint):
    with pytest.raises(InputError, match=hint):
        verdict.number(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "2027-03-22 06:20",
        "2027-03-22T07:20+01:00",
        np.datetime64("2027-03-22T06:20"),
        pd.Timestamp("2027-03-22T06:20"),
        xr.DataArray(np.datetime64("2027-03-22T06:20", "ns")),
        pd.Series([pd.Timestamp("2027-03-22T06:20")]),
    ],
    ids=["text", "text with zone", "datetime64", "Timestamp", "DataArray", "Series of one"],
)
def test_time_reads_what_a_reader_writes_or_calculates(answer):
    assert verdict.time(answer) == pd.Timestamp("2027-03-22 06:20")


@pytest.mark.parametrize(
    "answer", ["06:20", "22.3.2027 06:20", 6.2, pd.NaT, np.array(["2027-03-22"] * 2, "M8[ns]"), None],
    ids=["no date", "day first", "number", "NaT", "two times", "nothing"],
)  # fmt: skip
def test_time_refuses_another_kind_with_a_hint(answer):
    with pytest.raises(InputError, match="one time with its date"):
        verdict.time(answer)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        pytest.param([1, 2], "asks for a table", id="list"),
        pytest.param(pd.DataFrame({"start": [1]}), "lacks stop: it has start", id="column"),
        pytest.param(pd.DataFrame({"start": [], "stop": []}), "no rows", id="empty"),
    ],
)
def test_table_refuses_another_kind_with_a_hint(answer, hint):
    with pytest.raises(InputError, match=hint):
        verdict.table(answer, "start", "stop")


def test_verdict_says_it_in_words_and_with_a_mark_and_keeps_markup_out():
    right, wrong = verdict.yes("a < b"), verdict.no("look at <Bz>")
    assert bool(right) is True
    assert bool(wrong) is False
    assert repr(right) == "✔ Right. a < b"
    assert "✘</span> Not yet." in wrong._repr_html_()
    assert "look at &lt;Bz&gt;" in wrong._repr_html_()


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        pytest.param(0.8, True, id="hours"),
        pytest.param(2880, True, id="seconds"),
        pytest.param(48, False, id="minutes"),
        pytest.param(30, False, id="just wrong"),
        pytest.param(-0.8, False, id="wrong sign"),
    ],
)
def test_another_unit_is_noticed_and_nothing_else(minutes, told):
    assert verdict.in_another_unit(minutes, 45, 50) is told


def test_time_of_another_day_is_told_the_day():
    assert verdict.time("2027-03-22 23:59", "2027-03-22") == pd.Timestamp("2027-03-22 23:59")
    with pytest.raises(InputError, match=r"2027-03-23 is another day: .* on 2027-03-22"):
        verdict.time("2027-03-23 06:21", "2027-03-22")


def test_hints_of_kind_do_not_give_an_answer_away():
    """The example time of the hint must answer no exercise: once it was the shock's."""
    with pytest.raises(InputError) as hint:
        verdict.time("06:20")
    example = re.search(r"'(\d{4}-\d\d-\d\d \d\d:\d\d)'", str(hint.value))[1]
    for topic in course.topics():
        for number in course._checks(topic):
            assert not course.check(topic, number, example)
