"""Pieces of years tile them; windows keep what is known of their events."""

import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import given

from smile_explore import survey
from smile_explore.errors import InputError

TIMES = st.datetimes(pd.Timestamp("1995-01-01"), pd.Timestamp("2026-01-01"))


@given(
    start=TIMES,
    days=st.floats(0.01, 400),
    step=st.sampled_from(["year", "month", "day", "7h", "30D"]),
)
def test_pieces_tile_the_interval(start, days, step):
    stop = start + pd.Timedelta(days, "D").floor("s")
    table = survey.every(step, start, stop)
    assert table.start.iloc[0] == pd.Timestamp(start)
    assert table.stop.iloc[-1] == pd.Timestamp(stop)
    assert (table.start.to_numpy()[1:] == table.stop.to_numpy()[:-1]).all()
    assert (table.stop > table.start).all()


@pytest.mark.parametrize(
    ("call", "told"),
    [
        pytest.param(lambda: survey.every("fortnight", "2008-01-01", "2009-01-01"), "step='fortnight'", id="step"),
        pytest.param(lambda: survey.every("0s", "2008-01-01", "2009-01-01"), "longer than nothing", id="no step"),
        pytest.param(lambda: survey.every("day", "2008-01-01", "2009-01-01", margin="-1h"), "margin", id="margin"),
        pytest.param(lambda: survey.around([1]), "DataFrame of events", id="no table"),
        pytest.param(lambda: survey.around(pd.DataFrame({"time": [pd.NaT]})), "1 of 1 events", id="no time"),
        pytest.param(lambda: survey.around(pd.DataFrame({"time": []})), "at least one", id="none"),
    ],
)  # fmt: skip
def test_what_is_no_interval_is_refused(call, told):
    with pytest.raises(InputError, match=told):
        call()


def test_windows_keep_what_is_known_of_their_events():
    found = pd.DataFrame(
        {
            "start": pd.to_datetime(["2015-03-17 04:00", "2015-06-22 18:00"]),
            "stop": pd.to_datetime(["2015-03-17 05:00", "2015-06-22 19:00"]),
            "time": pd.to_datetime(["2015-03-17 04:45", "2015-06-22 18:33"]),
            "kind": "shock",
        },
        index=[7, 3],
    )
    table = survey.around(found, "1h", "2h")
    assert list(table) == ["start", "stop", "epoch", "event_start", "event_stop", "kind"]
    assert table.start.tolist() == [pd.Timestamp("2015-03-17 03:45"), pd.Timestamp("2015-06-22 17:33")]  # fmt: skip
    assert table.event_stop.tolist() == found.stop.tolist()
