"""The exercises of 60: right answers pass, typical wrong ones get a hint that teaches."""

import numpy as np
import pandas as pd
import pytest

from smile_explore import course, events
from smile_explore.course import your_own_study as topic


def test_right_answers_pass():
    wind = topic.wind()
    known = np.isfinite(wind.speed) & np.isfinite(wind.b).all("cartesian")
    assert course.check("your_own_study", 1, 100 * float(known.mean()))
    assert course.check("your_own_study", 2, events.find(wind, "p_dyn > 3 for >= 20min"))
    assert course.check("your_own_study", 3, 2.0)  # the truth of the rehearsal: 120 s


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        pytest.param(1, 0.9583, "100 times", id="share"),
        pytest.param(1, 4.17, "how much is known", id="missing"),
        pytest.param(1, 50, "notnull", id="elsewhere"),
        pytest.param(3, 120, "in seconds", id="seconds"),
        pytest.param(3, -2, "sign", id="sign"),
        pytest.param(3, 25, "p_dyn drives", id="like AE"),
        pytest.param(3, 10, "link.lag", id="elsewhere too"),
    ],
)
def test_typical_mistake_gets_a_hint_that_teaches(number, answer, hint):
    verdict = course.check("your_own_study", number, answer)
    assert not verdict
    assert hint in verdict.text


@pytest.mark.parametrize(
    ("rule", "hint"),
    [
        pytest.param("p_dyn > 3", "short ones too", id="any length"),
        pytest.param(topic.RULE, "southward fields", id="other rule"),
        pytest.param("p_dyn > 5 for >= 20min", "the rule gives", id="other limit"),
    ],
)
def test_events_of_another_rule_get_a_hint(rule, hint):
    verdict = course.check("your_own_study", 2, events.find(topic.wind(), rule))
    assert not verdict
    assert hint in verdict.text


def test_table_that_was_written_and_read_passes(tmp_path):
    table = events.find(topic.wind(), topic.RULE).assign(kind="southward field")
    path = events.write(table.assign(reference=topic.RULE), tmp_path / "mine.csv")
    assert course.check("your_own_study", 4, events.read(path))
    faulty = {
        "by which rule": table,
        "the rule itself": table.assign(reference="by eye"),
        "not the events": table.assign(
            start=table["start"] - pd.Timedelta("1h"), reference=topic.RULE
        ),
    }
    for hint, wrong in faulty.items():
        verdict = course.check("your_own_study", 4, wrong)
        assert not verdict
        assert hint in verdict.text
