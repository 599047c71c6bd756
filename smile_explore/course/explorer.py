"""Checks of ``90_explorer``: what was marked and set on the screen, as it comes back to Python.

A hand on a screen that shows some hours reads a time to a few minutes, zoomed in to one.
"""

import pandas as pd

from smile_explore import packs
from smile_explore.course.truth import DAY, MINUTE, crossings, lag_minutes, minutes_after
from smile_explore.course.verdict import in_another_unit, no, number, table, time, yes


def marked(answer):
    """Judge the time table: one of its intervals is the southward field."""
    rows = table(answer, "start", "stop")
    truth = packs.open("rehearsal").truth["events"].set_index("kind").loc["southward field"]
    early, late = ((rows[k] - truth[k]).abs() / MINUTE for k in ("start", "stop"))
    if ((early <= 5) & (late <= 5)).any():
        return yes("70 minutes: the longest that this day has, and what the storm grows from.")
    if (early <= 5).any():
        return no("It begins well; it ends where Bz comes back above -5 nT: drag that edge.")
    if (late <= 5).any():
        return no("It ends well; it begins where Bz turns south: drag that edge.")
    if (abs(minutes_after("shock", rows["start"])) <= 10).any():
        return no("That is the shock: there the pressure jumps. Look where Bz is low for long.")
    if ((rows["start"] < truth["stop"]) & (rows["stop"] > truth["start"])).any():
        return no("It overlaps: zoom in, and drag both edges to where Bz passes -5 nT.")
    return no("In the top panel, look between 09:00 and 11:00 for the line of Bz below zero.")


def _crossings(boundary):
    times = crossings("themis.a", boundary=boundary).time
    return times[times > pd.Timestamp("2027-03-22 06:00")]


def left(answer):
    """Judge when THEMIS-A leaves the magnetosphere for the first time after 06:00."""
    when, first = time(answer, DAY), _crossings("magnetopause").iloc[0]
    late = (when - first) / MINUTE
    if abs(late) <= 1:
        return yes("A minute after the shock reached the nose: the boundary came to the probe.")
    if abs(minutes_after("shock", when)) <= 0.25:
        return no(
            "That is the shock at the nose: the probe, further in, notices it a little later."
        )
    if (abs(_crossings("bow shock") - when) <= MINUTE).any():
        return no(
            "That is the bow shock passing the probe: it has left the magnetosphere long ago."
        )
    if 0 < abs(late) <= 20:
        way = "earlier" if late > 0 else "later"
        return no(f"Near: zoom in until you read seconds, and go {way}.")
    return no("Look at the probe's density: when does it rise from below 1 to above 40 per cm³?")


def lag(answer):
    """Judge the lag from ACE to OMNI at the shock, in minutes."""
    minutes = number(answer)
    true = lag_minutes("shock", "ace", "omni.1min")
    if abs(minutes - true) <= 1.5:  # OMNI has a sample a minute
        return yes(
            f"The truth is {true:.1f} min; at 430 km/s 1.5 million km take 58: fronts are tilted."
        )
    if abs(minutes + true) <= 1.5:
        return no("The sign: ACE sees it first, so its series is shifted to later times.")
    if minutes in (0, 30):
        return no("The slider still stands where the cell put it: move it, or press Estimate.")
    if in_another_unit(minutes, true - 1.5, true + 1.5):
        return no("In minutes, please: explorer.study.lag is.")
    way = "less" if minutes > true else "more"
    return no(f"Zoom in on the shock, from 05:25 to 06:35: the bold line needs {way} of a shift.")


CHECKS = {1: marked, 2: left, 3: lag}
