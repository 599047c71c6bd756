"""Checks of ``11_cluster_four_points``: normal and speed of a boundary.

A crossing read from samples of 4 s is good to half the duration of the drop; what follows from
four of them is compared with the truth by the errors that such readings give it.
"""

import pandas as pd

from smile_explore import packs
from smile_explore.course.truth import crossings
from smile_explore.course.verdict import no, number, time, yes
from smile_explore.link import timing

#: One standard deviation of a crossing timed by the first sample below a level, s.
READING = 2.0
#: The drop at C3 takes about 20 s: what is inside it is a matter of definition.
HALF_DROP = 8.0


def passages(start, stop) -> pd.DataFrame:
    """Return the true outward passages of the Cluster spacecraft in [start, stop], by spacecraft.

    Examples
    --------
    >>> passages("2027-03-22T04:47", "2027-03-22T04:48").speed.tolist()
    [-15.8, -17.2, -17.2, -20.4]
    """
    outward = crossings("cluster", direction="out")
    return outward[outward.time.between(start, stop)].sort_values("spacecraft")


def true_plane(start, stop, uncertainty=READING):
    """Return what timing gives from the true times, with the errors of read ones.

    Examples
    --------
    >>> abs(round(true_plane("2027-03-22T04:47", "2027-03-22T04:48").speed))
    20
    """
    pack, rows = packs.open("rehearsal"), passages(start, stop)
    places = [
        pack.load(f"{row.spacecraft}.fgm").pos.sel(time=row.time, method="nearest").values
        for row in rows.itertuples()
    ]
    return timing(rows.time, places, uncertainty=uncertainty, frame="GSE").along(places[0])


def third(answer):
    """Judge when C3 meets the boundary."""
    rows = passages("2027-03-22T04:47", "2027-03-22T04:48").set_index("spacecraft")
    late = (time(answer) - rows.time) / pd.Timedelta("1s")
    if abs(late["cluster.3"]) <= HALF_DROP:
        return yes("C3 is the last of the four: the boundary came to it from the outside, inward.")
    if abs(late["cluster.1"]) <= 4:
        return no("That is C1, in black, the first of the four. C3 is green.")
    if abs(late["cluster.3"]) <= 25:
        return no("That is where the drop begins or ends: take the time at which it is half done.")
    return no("Look between 04:47:00 and 04:48:00 for the green line, half-way down its drop.")


def speed(answer):
    """Judge how fast the boundary moves along its normal, in km/s."""
    value = abs(number(answer))
    slow, fast = sorted(map(abs, true_plane("2027-03-22T04:47", "2027-03-22T04:48").interval))
    if slow <= value <= fast:
        return yes(
            f"Your four times allow {slow:.0f} to {fast:.0f} km/s: half of what looks like a "
            "result is the choice of the level."
        )
    if value < 0.1:
        return no("Is that in Earth radii a second? Positions are in km here; give km/s.")
    if fast < value < 60:
        return no(
            "Faster than the times allow: did each spacecraft get a level of its own? C1 is "
            "nearer to the boundary before it passes; the same level for all is the same place in it."
        )
    return no("Distance along the normal over the time between two crossings: print found.speed.")


def between(answer):
    """Judge how many degrees lie between the two normals."""
    value = number(answer)
    # either normal alone is 3 to 8 degrees off, the one by timing within 5 of it
    if 3 <= value <= 14:
        return yes(
            "Several times the printed error of minimum variance: that one knows noise, and "
            "takes a plane boundary without a normal field for granted."
        )
    if 0.05 <= value <= 0.25:
        return no("That is in radians: np.degrees() of it.")
    if value > 165:
        return no("The normals point to opposite sides of the same plane: take abs() of a product.")
    if value > 14:
        return no("Take alone[0], found with zero_normal=True: without it the axes are confused.")
    return no("The cosine of the angle is the scalar product, found.normal @ alone[0].normal.")


def needed(answer):
    """Judge how well the times must be known for 20 % of the speed of the shock, in seconds."""
    value = number(answer)
    shock = true_plane("2027-03-22T06:20", "2027-03-22T06:21", uncertainty=0.1)
    limit = 0.2 * 0.1 * abs(shock.speed / shock.speed_error)
    if abs(value / limit - 1) <= 0.25:  # the errors are to first order
        return yes(
            "Cluster's full resolution, 22 samples a second, gives that; spin averages do not."
        )
    if value > 1:
        return no("With that, the result is NOT USABLE. Make the uncertainty smaller, by steps.")
    if value > limit:
        return no("Not yet small enough: speed_error over speed is still above 0.2.")
    return no("Smaller than needed: speed_error over speed is below 0.2 already.")


CHECKS = {1: third, 2: speed, 3: between, 4: needed}
