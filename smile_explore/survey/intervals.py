"""The intervals of a survey: pieces of years, or windows around events; a table, nothing else."""

import numpy as np
import pandas as pd

from smile_explore import times
from smile_explore.errors import InputError, IntervalError


def every(step, start, stop, *, margin="0s") -> pd.DataFrame:
    """Cut [start, stop) into intervals.

    Parameters
    ----------
    step : str
        ``"month"``, ``"year"``, ``"day"``, or a duration such as ``"6h"``. Months, years and
        days begin where the calendar's do; the first and last interval may be shorter.
    start, stop : str, datetime, numpy.datetime64 or pandas.Timestamp
        UTC, `stop` not included.
    margin : str
        `run` loads this much more on either side, and of what the function finds keeps what
        begins in the interval itself: an event over an edge is neither lost nor counted twice,
        if it and what its detector looks at are shorter than the margin.

    Returns
    -------
    DataFrame
        Columns start, stop (datetime64[ns], UTC) and margin (timedelta64[ns]).

    Raises
    ------
    IntervalError
        If the times cannot be used.
    InputError
        If `step` or `margin` is no duration.

    Examples
    --------
    >>> every("month", "2008-01-15", "2008-03-02")[["start", "stop"]].astype(str).values.tolist()
    [['2008-01-15', '2008-02-01'], ['2008-02-01', '2008-03-01'], ['2008-03-01', '2008-03-02']]
    """
    start, stop = times.interval(start, stop)
    inner = _edges(step, pd.Timestamp(start), pd.Timestamp(stop))
    edges = pd.DatetimeIndex([start, *inner[(inner > start) & (inner < stop)], stop])
    table = pd.DataFrame({"start": edges[:-1], "stop": edges[1:]}).astype("datetime64[ns]")
    return table.assign(margin=_duration(margin, "margin"))


def around(events, before="2h", after="4h") -> pd.DataFrame:
    """Return a window around each event, with what is known of the event.

    Parameters
    ----------
    events : DataFrame
        With a column ``time``, or ``start`` if it has none: the epoch, UTC.
    before, after : str
        How far the window reaches.

    Returns
    -------
    DataFrame
        Columns start, stop, epoch and those of `events`, whose own start and stop become
        ``event_start`` and ``event_stop``; one row for each event, in its order.

    Raises
    ------
    InputError
        If there are no events, one has no time, or `before` or `after` is no duration.

    Examples
    --------
    >>> shocks = pd.DataFrame({"time": pd.to_datetime(["2015-03-17 04:45"]), "v_jump": [90.0]})
    >>> around(shocks, "1h", "2h").astype(str).iloc[0].tolist()
    ['2015-03-17 03:45:00', '2015-03-17 06:45:00', '2015-03-17 04:45:00', '90.0']
    """
    if not isinstance(events, pd.DataFrame) or not {"time", "start"} & set(events):
        message = "Windows need a DataFrame of events with a column 'time' or 'start'."
        raise InputError(message)
    epoch = pd.to_datetime(events["time" if "time" in events else "start"])
    if epoch.isna().any() or epoch.empty:
        message = f"{int(epoch.isna().sum())} of {len(epoch)} events have no time: give at least one event, each with a time."
        raise InputError(message)
    window = {
        "start": epoch - _duration(before, "before"),
        "stop": epoch + _duration(after, "after"),
        "epoch": epoch,
    }
    window = pd.DataFrame(window).astype("datetime64[ns]")
    named = events.rename(columns={"start": "event_start", "stop": "event_stop"})
    rest = named.drop(columns=["time"], errors="ignore")
    return pd.concat([window, rest], axis=1).reset_index(drop=True)


def rows_of(intervals) -> list[dict]:
    """Return each interval as a dict; refuse what cannot be one, all faults at once."""
    if not isinstance(intervals, pd.DataFrame):
        intervals = pd.DataFrame(list(intervals), columns=["start", "stop"])
    missing = {"start", "stop"} - set(intervals)
    if missing or intervals.empty:
        lack = f"lack {', '.join(sorted(missing))}" if missing else "are none"
        message = f"The intervals {lack}: give a table with start and stop, e.g. of survey.every."
        raise InputError(message)
    rows = intervals.to_dict("records")
    for number, row in enumerate(rows):
        try:
            row["start"], row["stop"] = times.interval(row["start"], row["stop"])
        except IntervalError as err:
            message = f"Interval {number}: {err}"
            raise IntervalError(message) from err
    return rows


def _edges(step: str, start: pd.Timestamp, stop: pd.Timestamp) -> pd.DatetimeIndex:
    calendar = {"year": "YS", "month": "MS", "day": "D"}.get(step)
    if calendar:
        return pd.date_range(start.normalize(), stop, freq=calendar)
    width = _duration(step, "step")
    if width <= pd.Timedelta(0):
        message = f"step={step!r} must be longer than nothing."
        raise InputError(message)
    return pd.date_range(start, stop, freq=width)


def _duration(text, name: str) -> pd.Timedelta:
    try:
        value = pd.Timedelta(text)
    except ValueError:
        value = pd.NaT
    if value is pd.NaT or value < np.timedelta64(0):
        message = f"{name}={text!r} is not a duration: write e.g. '1D' or '30min'."
        raise InputError(message)
    return value.as_unit("ns")
