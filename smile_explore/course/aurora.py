"""Checks of ``32_aurora``: an edge of the oval, its lag behind the coupling, Starkov's edge.

Truth is the model behind the simulated images; what is read from a grid of one degree and from
images ten minutes apart is not better than that.
"""

import functools

import numpy as np

from smile_explore import packs
from smile_explore.course.truth import MINUTE
from smile_explore.course.verdict import in_another_unit, no, number, yes
from smile_explore.link import lag
from smile_explore.physics import aurora, coupling
from smile_explore.smile.rehearsal_smile import RAYLEIGH, kp_of

DAY = "2027-03-22"
#: Brightness at the edge of the oval, R, and the energy flux that it stands for, mW m-2.
EDGE = 50.0
_NIGHT = np.arange(22, 26, 0.25)


def al(time) -> float:
    """Return AL at a time of the day, nT."""
    return float(packs.open("rehearsal").load("omni.1min").al.sel(time=f"{DAY}T{time}"))


def reach(time, brightness=EDGE) -> float:
    """Return the lowest latitude of the model oval around midnight, degrees.

    Examples
    --------
    >>> round(reach("12:00"), 1)
    61.1
    """
    latitude = np.arange(50, 80, 0.1)
    flux = aurora.zhang_paxton2008(latitude[:, None], _NIGHT, kp=kp_of(al(time))).energy_flux
    return float(latitude[flux.mean(axis=1) * RAYLEIGH > brightness].min())


def edge(answer):
    """Judge how far equatorward the oval reaches at 10:10, in degrees."""
    value, true = number(answer), reach("10:10")
    # half a cell either way, and AL moves the edge by a degree within the ten minutes
    if abs(value - true) <= 1.6:
        return yes(f"The model behind the image has it at {true:.0f}°, the grid is a degree wide.")
    if abs(value - (90 - true)) <= 1.6:
        return no("That is colatitude, counted from the pole: latitude is 90 less that.")
    if abs(value - reach("09:00")) <= 1.6:
        return no("That is the quiet oval of 09:00: take the curve of 10:10.")
    if value >= true + 6:
        return no("That is the brightest latitude, or the poleward edge: go down to 50 R.")
    return no("Read the lowest latitude at which the curve of 10:10 passes the line of 50 R.")


@functools.cache
def behind():
    """Return the lag of the edge behind Newell's coupling, as the notebook finds it."""
    pack = packs.open("rehearsal")
    uvi, wind = pack.load("smile.uvi"), pack.load("omni.1min")
    hour = uvi.mlt[0, 0].values
    night = uvi.grid[:, :, (hour >= 22) | (hour < 2)].mean("u")
    edges = uvi.mlat[:, :, 0].where(night > EDGE).min("v")
    return lag(coupling.newell2007(wind.v, wind.b), -edges, "120min", sign="positive")


def late(answer):
    """Judge the lag of the edge, in minutes."""
    value = number(answer)
    low, high = (bound / MINUTE for bound in behind().interval)
    if low <= value <= high:
        return yes(f"With 95 % between {low:.0f} and {high:.0f} min: tail and substorm in between.")
    if low <= -value <= high:
        return no("The sign: the oval comes after the coupling, which is positive.")
    if in_another_unit(value, low, high):
        return no("That is in hours or seconds: give minutes, found.value / pd.Timedelta('1min').")
    if low + 45 <= value <= high + 55:
        return no("That counts from L1: the wind of OMNI is at the nose already.")
    if 0 <= value < low:
        return no("That is the first sign of an answer. Which shift fits the whole course best?")
    return no("print(found) has it: the value, and the interval behind it.")


def moved(answer):
    """Judge how far Starkov's equatorward edge moves at midnight, in degrees."""
    value = number(answer)

    def way(boundary):
        quiet, active = (
            aurora.starkov1994(0, al=al(t), boundary=boundary) for t in ("12:00", "10:10")
        )
        return float(active - quiet)

    true = way("equatorward")
    if abs(value - true) <= 0.3:  # the readings of two angles to a tenth, AL to some nT
        return yes(
            f"The edge of 50 R moved by {reach('12:00') - reach('10:10'):.0f}°: two models of one "
            "thing disagree by more than either prints digits."
        )
    if abs(value + true) <= 0.3:
        return no("The sign: the oval comes down, so the way down is positive.")
    for other in ("poleward", "diffuse"):
        if abs(abs(value) - abs(way(other))) <= 0.3:
            return no(f"That is the {other} edge: take boundary='equatorward'.")
    if value > 15:
        return no("That is where the edge is, not how far it moved: take the difference.")
    return no("starkov1994(0, al=..., boundary='equatorward') twice, and the difference.")


CHECKS = {1: edge, 2: late, 3: moved}
