"""Checks of ``00_start_here``: read one figure from the wind to the ground.

Times are read from one-minute values, and OMNI's own shift to the nose errs by up to a minute:
two minutes either way are within what the figure can say.
"""

from smile_explore.course.truth import DAY, minutes_after
from smile_explore.course.verdict import no, number, time, yes


def shock(answer):
    """Ask when the shock arrives at the bow-shock nose."""
    when = time(answer, DAY)
    late = minutes_after("shock", when)
    if abs(late) <= 2:
        return yes("Field, density and pressure jump together, within a minute: that is a shock.")
    if abs(minutes_after("southward turning", when)) <= 10:
        return no("That is the southward turning: Bz changes and the pressure does not.")
    if -50 <= late <= -44:
        return no("That is when ACE at L1 sees it; OMNI, in the figure, is already at the nose.")
    way = "earlier" if late > 0 else "later"
    return no(f"Look {way}, in the second panel: find the one step from below 2 to above 6 nPa.")


def electrojets(answer):
    """Ask how many minutes after the southward turning AE passes 300 nT."""
    minutes = number(answer)
    if 27 <= minutes <= 37:  # AE scatters by some 20 nT, and climbs by 10 nT a minute
        return yes(
            "Energy gathers in the tail first, so the aurora's currents take half an hour to grow."
        )
    if minutes > 150:
        return no("You counted from the shock. AE hardly answers it: count from where Bz turns.")
    if 0.3 < minutes < 0.7:
        return no("That is in hours: give minutes.")
    if 40 <= minutes <= 75:
        return no("That is nearer to the peak of AE, at the end: when does it first pass 300 nT?")
    return no("Zoom in on 09:00 to 11:00: read where Bz turns negative, then where AE passes 300.")


def waves(answer):
    """Ask for the period, in minutes, of the pressure waves after 15:30."""
    minutes = number(answer)
    if 11 <= minutes <= 13:  # one reading of ten periods is good to a few per cent
        return yes("Every twelve minutes the wind presses, and the boundary passes over the probe.")
    if 5 <= minutes <= 7:
        return no("That is half of it: in and out are two crossings of one wave. Count peaks only.")
    if minutes > 60:
        return no("That is the whole train: divide it by the number of peaks in it.")
    return no(
        "Zoom in on 15:30 to 18:00 and time several peaks of the pressure; divide by their number."
    )


def idle(answer):
    """Ask when the field turns without any response."""
    when = time(answer, DAY)
    if abs(minutes_after("rotation", when)) <= 3:
        return yes(
            "By turns over while Bz and pressure stay: nothing pushes the boundary, nothing opens it."
        )
    for kind, response in (
        ("southward turning", "AE"),
        ("northward turning", "AE"),
        ("shock", "the probe"),
    ):
        if abs(minutes_after(kind, when)) <= 10:
            return no(f"That is the {kind}, and {response} answers it. Look in the evening.")
    return no("Look in the evening for a step of By (dashed green) that no panel below it shares.")


CHECKS = {1: shock, 2: electrojets, 3: waves, 4: idle}
