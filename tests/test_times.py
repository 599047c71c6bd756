"""Times as users write them: all mean UTC, nonsense is refused with an example."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from smile_explore.errors import IntervalError
from smile_explore.times import interval, utc


@pytest.mark.parametrize(
    "time",
    [
        pytest.param("2008-08-12T20:00", id="text"),
        pytest.param("2008-08-12 20:00:00", id="blank"),
        pytest.param("2008-08-12/20:00:00", id="as pyspedas"),
        pytest.param("2008-08-12T22:00+02:00", id="aware text"),
        pytest.param("2008-08-12T20:00Z", id="Z"),
        pytest.param(dt.datetime(2008, 8, 12, 20), id="naive datetime"),
        pytest.param(dt.datetime(2008, 8, 12, 22, tzinfo=dt.timezone(dt.timedelta(hours=2))), id="aware datetime"),
        pytest.param(np.datetime64("2008-08-12T20"), id="numpy"),
        pytest.param(pd.Timestamp("2008-08-12T15:00", tz="America/New_York") + pd.Timedelta("1h"), id="pandas, aware"),
    ],
)  # fmt: skip
def test_every_kind_of_time_means_utc(time):
    start, _ = interval(time, "2009-01-01")
    assert start == np.datetime64("2008-08-12T20:00:00", "ns")


@pytest.mark.parametrize("bad", ["12/08/2008", "yesterday", "2008-13-01", "", 1218571200.0, None, True, "0001-01-01", pd.NaT])  # fmt: skip
def test_what_is_no_time_is_refused_with_an_example(bad):
    with pytest.raises(IntervalError, match="2008-08-12"):
        utc(bad)


@pytest.mark.parametrize(("stop", "kind"), [("2008-08-12", "empty"), ("2008-08-11", "reversed")])
def test_an_empty_or_reversed_interval_is_refused(stop, kind):
    with pytest.raises(IntervalError, match=f"{kind}: stop must come after start"):
        interval("2008-08-12", stop)


@pytest.mark.parametrize("text", ["2015-03-17T24:00", "2015-03-17 24:00:00Z", "2015-03-17/24:00"])
def test_24_hours_are_midnight_at_the_end_of_the_day(text):
    assert utc(text) == np.datetime64("2015-03-18", "ns")


@pytest.mark.parametrize(
    "bad",
    ["99999-01-01", np.datetime64("99999-01-01"), np.datetime64(2**62, "D"), "0000-01-01", "2015-02-30",
     "24:00", "2016-12-31T23:59:60", "2015-03-17\x00", "2015-03-17" + "0" * 5000, "9" * 5000, 10**5000,
     "today", "now", "2015-03-17 EST", "2015-03-17T00:00 Europe/Berlin", "2015-03-17T25:00",
     "2015-03-17T24:01", "٢٠١٥-٠٣-١٧", float("nan"), float("inf"), [1], np.datetime64("NaT")],
    ids=lambda value: repr(value)[:24] if not isinstance(value, int) else "huge integer",
)  # fmt: skip
def test_odd_times_give_one_short_sentence(bad):
    with pytest.raises(IntervalError, match="write it like 2008-08-12") as caught:
        utc(bad)
    assert len(str(caught.value)) < 200
    assert "\x00" not in str(caught.value)
