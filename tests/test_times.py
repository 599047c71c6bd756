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
