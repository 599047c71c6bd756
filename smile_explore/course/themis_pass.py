"""Checks of ``10_themis_pass``: the last crossing, the density contrast, the models' spread.

They hold for the event that the notebook chose: the measured pass of 2008-08-12, or the
rehearsal.
"""

import numpy as np
import pandas as pd

from smile_explore import frames
from smile_explore.course.source import Event, event
from smile_explore.course.truth import MINUTE, crossings
from smile_explore.course.verdict import no, number, time, yes
from smile_explore.physics import magnetopause

MEASURED = pd.Timestamp(
    "2008-08-12T21:22:30"
)  # Nguyen et al. 2019; one-minute medians of the field
LAYER = pd.Timedelta("45s")  # how long a boundary layer takes to pass, and the regions' window


def chosen() -> Event:
    """Return the event that the notebook works on."""
    return event("themis-c-20080812")


def last_crossing(on: Event) -> pd.Timestamp:
    """Return when the magnetopause passes the probe for the last time."""
    if on.measured:
        return MEASURED
    return crossings("themis.a", boundary="magnetopause").time.iloc[-1]


def crossing(answer):
    """Ask when the magnetopause passes the probe for the last time."""
    on = chosen()
    late = time(answer) - last_crossing(on)
    if abs(late) <= (2 * LAYER if on.measured else LAYER):
        return yes("Field and plasma change sides, and stay there.")
    minutes = abs(late) / MINUTE
    if late < pd.Timedelta(0) and minutes < 120:
        return no(
            "That may be a crossing, but the density changes sides again after it. Look later."
        )
    if late > pd.Timedelta(0) and not on.measured and minutes < 15:
        return no(
            "The density rises there and falls back without reaching the sheath's: the probe touched the boundary layer from inside. Look earlier."
        )
    if late > pd.Timedelta(0) and on.measured and minutes > 120:
        return no("That is the bow shock: sheath on one side, wind on the other. Look earlier.")
    return no(
        "Zoom in on the last place where density and field both change from one level to the other."
    )


def contrast(answer):
    """Ask how many times denser the magnetosheath is than the magnetosphere."""
    ratio = number(answer)
    low, high = (24, 55) if chosen().measured else (40, 95)  # either side varies by a quarter
    if low <= ratio <= high:
        return yes("Almost nothing of the wind gets through: that is why it is called a boundary.")
    if 0 < ratio < 1:
        return no("That is magnetosphere over magnetosheath: turn it round.")
    if 1 <= ratio < low:
        return no(
            "Too little: did the boundary layer or the crossings count as magnetosphere? Take medians, and only samples in which the region is sure."
        )
    if ratio > high:
        return no("Too much: take medians of each region, not its extremes.")
    return no("Divide a density by a density: the ratio is positive.")


def spread(answer):
    """Ask how far apart three models are at the last crossing."""
    on, value = chosen(), number(answer)
    before, after = models_apart(on)
    if before - 0.1 <= value <= after + 0.1:
        return yes("With the same wind: no model knows the boundary better than that.")
    if value > 50:
        return no("That is in km: divide by 6371.2.")
    if value < 0.1:
        return no("The two of Shue et al. agree, having much in common: take the third as well.")
    return no(
        "Take the three models in the minute of the last crossing, not the probe: largest minus smallest."
    )


def models_apart(on: Event) -> tuple[float, float]:
    """Return the least and the largest spread of the models, RE, a minute around the crossing."""
    when = last_crossing(on)
    state = on.load("themis.c.state" if on.measured else "themis.a.state")
    at = pd.date_range(when - MINUTE, when + MINUTE, periods=3)
    pos = frames.in_earth_radii(state.pos.sel(time=at, method="nearest"))
    wind = on.load("omni.1min").sel(time=at, method="nearest")
    theta = np.arccos(pos.sel(cartesian="x") / np.sqrt((pos**2).sum("cartesian"))).values
    p_dyn, b_z = wind.p_dyn.values, wind.b.sel(cartesian="z").values
    shue = [f(theta, p_dyn=p_dyn, b_z=b_z) for f in (magnetopause.shue1997, magnetopause.shue1998)]
    every = np.array([*shue, magnetopause.jelinek2012(theta, p_dyn=p_dyn)])
    apart = np.ptp(every, axis=0)
    return float(np.nanmin(apart)), float(np.nanmax(apart))


CHECKS = {1: crossing, 2: contrast, 3: spread}
