"""Checks of ``40_plan_an_observation``: hours of view, the pressure that brings the nose in, a plan.

The orbit is the package's own forecast, so that times of a plan are compared to the minute that
a search in steps of some minutes finds.
"""

import functools

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore import frames, smile
from smile_explore.course.verdict import no, number, table, yes
from smile_explore.errors import InputError

HOUR = pd.Timedelta("1h")
JULY = "2027-07-01", "2027-08-01"
#: The radar on Svalbard, degrees north and east.
RADAR = 78.15, 16.03


def hours(start, stop, kind, step="5min", **wind) -> pd.Series:
    """Return how long SMILE's views of a kind last, hours.

    Examples
    --------
    >>> round(hours("2027-06-01", "2027-06-15", "sxi").max())
    43
    """
    views = smile.visibility(start, stop, step, **wind)
    rows = views[views["kind"] == kind]
    return (rows["stop"] - rows["start"]) / HOUR


def stretch(answer):
    """Judge the longest view of SXI in the fortnight, hours."""
    value, found = number(answer), hours("2027-06-01", "2027-06-15", "sxi")
    whole = found[found > found.max() - 2]  # those that no end of the fortnight cuts
    if whole.min() - 0.3 <= value <= whole.max() + 0.3:
        return yes("Of an orbit of 50.5 hours: near the Earth the radiation door is shut.")
    others = {
        found.mean(): "That mean has intervals that START or STOP cut off in it: leave those out.",
        50.5: "That is the period of the orbit: near the Earth SXI does not look.",
        found.sum(): "That is all of the fortnight together: take one stretch.",
        hours("2027-06-01", "2027-06-15", "uvi").max(): "That is UVI: take the kind 'sxi'.",
        60 * found.max(): "That is in minutes: divide by pd.Timedelta('1h').",
    }
    for other, hint in others.items():
        if abs(value - other) <= 0.5:
            return no(hint)
    return no('rows = views[views["kind"] == "sxi"]: stop less start, and the longest.')


@functools.cache
def enough_pressure() -> float:
    """Return the least pressure, in steps of 0.5 nPa, that shows the nose for ten hours.

    Examples
    --------
    >>> 2 < enough_pressure() < 6
    True
    """
    for p_dyn in np.arange(1.0, 12.1, 0.5):
        if hours("2027-03-22", "2027-03-24", "nose", "10min", p_dyn=p_dyn).sum() >= 10:
            return float(p_dyn)
    message = "No pressure up to 12 nPa shows the nose for ten hours."
    raise InputError(message)


def pressure(answer):
    """Judge from which pressure on the nose is seen for ten hours, nPa."""
    value, least = number(answer), enough_pressure()
    if abs(value - least) < 0.26:  # half a step
        return yes("A typical wind has 2 nPa: in spring SMILE waits for disturbed times.")
    if value < 1 or value > 12:
        return no("Pressures of the wind are 1 to 10 nPa; p_dyn= of visibility is in nPa.")
    seen = hours("2027-03-22", "2027-03-24", "nose", "10min", p_dyn=value).sum()
    if value < least:
        return no(f"With {value:g} nPa the nose is seen for {seen:.1f} h only: press harder.")
    return no(f"With {value:g} nPa it is seen for {seen:.1f} h: less will do, try half a nPa less.")


@functools.cache
def planned() -> pd.Series:
    """Return for each minute of July 2027 whether SMILE sees the cusp with the radar at noon."""
    minutes = pd.date_range(*JULY, freq="1min", inclusive="left")
    wanted = pd.Series(_radar_mlt(minutes), minutes).between(11, 13)
    views = smile.visibility(*JULY, p_dyn=2.0, b_z=0.0)
    return wanted & _within(minutes, views[views["kind"] == "north cusp"])


def _radar_mlt(times) -> np.ndarray:
    lat, lon = np.radians(RADAR)
    point = [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
    place = xr.DataArray(
        np.tile(point, (len(times), 1)),
        {"time": times, "cartesian": list("xyz")},
        ["time", "cartesian"],
        attrs={"units": "1", "coordinate_system": "GEO"},
    )
    x, y, _ = frames.rotate(place, "SM").transpose("cartesian", "time").values
    return (np.degrees(np.arctan2(y, x)) / 15 + 12) % 24


def _within(minutes, rows) -> np.ndarray:
    inside = np.zeros(len(minutes), bool)
    for start, stop in zip(rows["start"], rows["stop"], strict=True):
        inside |= (minutes >= start) & (minutes < stop)
    return inside


def long_runs(wanted: pd.Series, shortest=60) -> pd.Series:
    """Return the minutes that belong to runs of so many, the others False.

    Examples
    --------
    >>> long_runs(pd.Series([True, False, True, True]), 2).tolist()
    [False, False, True, True]
    """
    run = (wanted != wanted.shift()).cumsum()
    return wanted & (wanted.groupby(run).transform("size") >= shortest)


def plan(answer):
    """Judge the plan for July: a table of intervals."""
    rows = table(answer, "start", "stop")
    rows = rows.assign(start=pd.to_datetime(rows["start"]), stop=pd.to_datetime(rows["stop"]))
    both, minutes = planned(), planned().index
    if rows["start"].min() < minutes[0] or rows["stop"].max() > minutes[-1] + HOUR:
        return no("Rows outside July 2027: was the table made of the variables of June?")
    if (rows["stop"] - rows["start"]).min() < HOUR - pd.Timedelta("6min"):
        return no("Some rows are shorter than an hour: keep those with stop - start >= 1 h.")
    theirs, ours = pd.Series(_within(minutes, rows), minutes), long_runs(both)
    # grids of five minutes put either end of an interval a step off
    slack = 12 * max(len(rows), 1)
    if (theirs & ~both).sum() > slack:
        return no(
            "Part of it is planned while the cusp is not seen, or the radar not at 11-13 MLT."
        )
    if (ours & ~theirs).sum() > slack:
        return no("There are more opportunities: is the limit 11 to 13 MLT, and the month whole?")
    return yes(f"{len(rows)} passes of an hour or more: the radar's hours limit the plan.")


CHECKS = {1: stretch, 2: pressure, 3: plan}
