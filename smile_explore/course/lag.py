"""Checks of ``20_lag``: how long the wind takes, and when there is no such number.

Truth is the rehearsal's own table of lags. A time read from ACE's figure is good to a minute,
a delay by geometry to what the tilt of the fronts leaves open: some minutes.
"""

from smile_explore.course.truth import DAY, lag_minutes, minutes_after
from smile_explore.course.verdict import in_another_unit, no, number, time, yes


def turning(answer):
    """Judge when ACE sees the southward turning."""
    when = time(answer, DAY)
    late = minutes_after("southward turning", when)
    if abs(late + lag_minutes("southward turning", "ace", "nose")) <= 1.5:
        return yes(
            "Forty-nine minutes before it is at the nose: that is the warning that L1 gives."
        )
    if abs(late) <= 3:
        return no("That is OMNI, the lower panel, already at the nose. ACE has it earlier.")
    if abs(minutes_after("northward turning", when) + 53) <= 5:
        return no("There it turns back north. Look for positive to negative, an hour earlier.")
    return no("Look between 08:30 and 09:00, upper panel, where Bz (orange) falls through zero.")


def geometry(answer):
    """Judge how many minutes the wind behind the shock takes from ACE to the nose."""
    minutes, true = number(answer), lag_minutes("shock", "ace", "nose")
    if abs(minutes - true) <= 4:  # a front tilted by 20 degrees, and the spread of the speed
        return yes(
            f"The truth is {true:.1f} minutes: the front is tilted, which this geometry leaves out."
        )
    if minutes < 0:
        return no("The sign: positive means that the nose comes after ACE.")
    if in_another_unit(minutes, true - 4, true + 4):
        return no("Right in another unit: give minutes.")
    if 55 <= minutes <= 70:
        return no("That is the slow wind before the shock. The shock comes with the fast one.")
    if minutes > 70:
        return no("Distance over speed: some 220 Earth radii of 6371 km, at some 480 km/s.")
    return no("Take the speed of 06:30 to 07:30 at ACE, not that of the whole interval.")


def usable(answer):
    """Judge how many of the six pairs have a usable lag."""
    count = number(answer)
    if count == 3:
        return yes(
            "Sheath, AE, and SYM-H with the pressure: each follows its driver as a delayed copy. "
            "SYM-H adds up what Bz has done, and inside the magnetosphere Bz is the Earth's."
        )
    if count > 3:
        return no("'best candidate' is no lag: count the results whose .usable is True.")
    return no(
        "Run all six with both search ranges: a lag may be negative in r, or short, and count."
    )


def forced(answer):
    """Judge how many minutes after AE a turning comes that was shifted twice."""
    minutes = number(answer)
    if minutes == 28:
        return yes(
            "An effect before its cause: look for one whenever a shift may have been made twice."
        )
    if minutes == -28:
        return no("The size is right. Positive: the turning is stamped after AE has risen.")
    if minutes in (48, 68):
        return no("AE begins 20 minutes after the true time: the difference of both is asked for.")
    return no("The turning is then stamped 48 minutes late, and AE rises 20 minutes after 09:30.")


CHECKS = {1: turning, 2: geometry, 3: usable, 4: forced}
