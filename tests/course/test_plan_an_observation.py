"""The exercises of 40: right answers pass, typical wrong ones get a hint that teaches."""

import pandas as pd
import pytest

from smile_explore import course
from smile_explore.course import plan_an_observation as topic


@pytest.mark.parametrize(
    ("number", "answer"),
    [pytest.param(1, 42.6, id="hours"), pytest.param(2, 3.0, id="pressure")],
)
def test_right_answer_passes(number, answer):
    assert course.check("plan_an_observation", number, answer)


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        pytest.param(1, 40.8, "cut off", id="mean with cut ends"),
        pytest.param(1, 50.5, "period of the orbit", id="period"),
        pytest.param(1, 285.8, "all of the fortnight", id="sum"),
        pytest.param(1, 37.1, "That is UVI", id="UVI"),
        pytest.param(1, 2561, "in minutes", id="minutes"),
        pytest.param(1, 12, "the longest", id="elsewhere"),
        pytest.param(2, 2.0, "press harder", id="too little"),
        pytest.param(2, 5.0, "less will do", id="too much"),
        pytest.param(2, 3e-9, "in nPa", id="Pa"),
        pytest.param(3, 3.0, "asks for a table", id="number"),
    ],
)
def test_typical_mistake_gets_a_hint_that_teaches(number, answer, hint):
    verdict = course.check("plan_an_observation", number, answer)
    assert not verdict
    assert hint in verdict.text


def runs(mask):
    """Return the intervals of a series of minutes."""
    group = (mask != mask.shift()).cumsum()[mask]
    ends = [(times.index[0], times.index[-1] + pd.Timedelta("1min")) for _, times in group.groupby(group)]  # fmt: skip
    return pd.DataFrame(ends, columns=["start", "stop"])


def test_plan_of_july_passes_and_its_faults_are_named():
    wanted = topic.planned()
    right = runs(topic.long_runs(wanted))
    assert course.check("plan_an_observation", 3, right)
    faulty = {
        "outside July": right - pd.Timedelta("31D"),
        "shorter than an hour": runs(wanted),
        "more opportunities": right.iloc[:-2],
        "not seen": right.assign(stop=right["stop"] + pd.Timedelta("2h")),
    }
    for hint, table in faulty.items():
        verdict = course.check("plan_an_observation", 3, table)
        assert not verdict
        assert hint in verdict.text


def test_radar_is_near_noon_around_nine_ut():
    """78 N, 16 E: local noon at 10:56 UT, magnetic noon of Svalbard at about 09 UT."""
    day = pd.date_range("2027-07-10", periods=1440, freq="1min")
    mlt = pd.Series(topic._radar_mlt(day), day)
    noon = mlt.index[(mlt - 12).abs().argmin()]
    assert abs(noon - pd.Timestamp("2027-07-10 09:00")) < pd.Timedelta("1h")
