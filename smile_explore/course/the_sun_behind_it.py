"""Checks of ``22_the_sun_behind_it``, and the drag model that it plays with.

The flare of 7 June 2011 is measured (GOES-15, a file that sunpy ships); what arrived, and the
flares of March 2015, are published facts that the notebook types in with their source. An
answer passes within the spread of those facts.
"""

import numpy as np
import pandas as pd

from smile_explore.course.truth import MINUTE
from smile_explore.course.verdict import no, number, time, yes
from smile_explore.errors import InputError

#: Solar radius, and from the Sun to L1 (1 au less 1.5 million km), km.
SUN_RADIUS_KM, L1_KM = 695_700.0, 148.1e6

FLARE = pd.Timestamp("2011-06-07 06:41")
ARRIVAL = pd.Timestamp("2011-06-09 20:00")
CAUSE_2015 = pd.Timestamp("2015-03-15 02:13")
#: Shocks near Earth a day: 679 in the 26 spacecraft-years of Kilpua et al. (2015).
SHOCKS_A_DAY = 679 / 26 / 365.25


def drag_distance(hours, *, v0, wind, gamma, r0=20.0):
    """Return how far from the Sun a coronal mass ejection is, that the wind drags along.

    Parameters
    ----------
    hours : array_like
        Since it was at `r0`; 0 or more.
    v0, wind : array_like, km s-1
        Its speed at `r0`, and that of the solar wind about it.
    gamma : array_like, 1e-7 km-1, above 0
        Drag: 0.2 (heavy and narrow) to 2 (light and wide).
    r0 : array_like, solar radii
        Where the wind takes over.

    Returns
    -------
    ndarray, km
        From the Sun's centre; all arguments broadcast.

    References
    ----------
    Vršnak et al. (2013), https://doi.org/10.1007/s11207-012-0035-4.

    Examples
    --------
    As fast as the wind, it is carried along: 400 km/s for 100 h are 144 million km.

    >>> float(drag_distance(100.0, v0=400.0, wind=400.0, gamma=1.0, r0=0.0)) / 1e6
    144.0
    """
    seconds, excess = 3600 * np.asarray(hours, float), np.asarray(v0, float) - wind
    sign, drag = np.sign(excess), 1e-7 * np.asarray(gamma, float)
    ahead = sign / drag * np.log1p(sign * drag * excess * seconds)
    return ahead + wind * seconds + r0 * SUN_RADIUS_KM


def arrival_hours(*, v0, wind, gamma, r0=20.0):
    """Return after how many hours it is at L1, by the same model.

    Parameters
    ----------
    v0, wind, gamma, r0 : array_like
        As for `drag_distance`; all broadcast.

    Returns
    -------
    ndarray, hours since it was at `r0`, to 0.01
        Below 1000.

    Raises
    ------
    InputError
        If a wind is not above 100 km/s, a speed or a drag not above 0.

    Examples
    --------
    >>> float(arrival_hours(v0=400.0, wind=400.0, gamma=1.0, r0=0.0)).__round__(1)  # 148.1e6 km
    102.8
    """
    v0, wind, gamma, r0 = np.broadcast_arrays(v0, wind, gamma, r0)
    if not (np.all(wind > 100) and np.all(v0 > 0) and np.all(gamma > 0)):
        message = "The drag model needs a wind above 100 km/s, and a speed and a drag above 0."
        raise InputError(message)
    low, high = np.zeros(v0.shape), np.full(v0.shape, 1000.0)
    for _ in range(17):  # halves 1000 h down to 0.01 h; the distance only grows
        middle = (low + high) / 2
        short = drag_distance(middle, v0=v0, wind=wind, gamma=gamma, r0=r0) < L1_KM
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return (low + high) / 2


# --------------------------------------------------------------------------- checks


def peak(answer):
    """Judge when the flare peaks in soft X-rays."""
    late = (time(answer) - FLARE) / MINUTE
    if -1 <= late <= 2:
        return yes("06:41, as in every list: lists give the maximum of the long channel.")
    if -27 <= late < -1:
        return no("That is on its rise: it began at 06:16. When is the flux largest?")
    if time(answer).date() != FLARE.date():
        return no("The file holds one day, 2011-06-07: look at the date.")
    return no("Take the long channel, 1 to 8 Å, and the time of its maximum: idxmax() of a Series.")


def goes_class(answer):
    """Judge the number behind the M of the flare's class."""
    value = number(answer)
    if 2.45 <= value <= 2.6:  # lists use one-minute means, which cut the peak by a few percent
        return yes(
            "M2.5 in the lists, which take one-minute means; a single sample is a bit above."
        )
    if 2e-5 <= value <= 3e-5:
        return no("That is the flux in W/m². M means 1e-5 W/m²: how many of those?")
    if 0.3 <= value <= 0.4:
        return no("That is the short channel. Classes are of the long one, 1 to 8 Å.")
    if 0.2 <= value < 0.3:
        return no("In units of X, 1e-4 W/m². For M it is 1e-5.")
    return no("Maximum of the long channel in W/m², divided by the 1e-5 W/m² of an M1 flare.")


def mean_speed(answer):
    """Judge the mean speed from Sun to L1, in km/s."""
    value, hours = number(answer), (ARRIVAL - FLARE) / pd.Timedelta("1h")
    mean = L1_KM / 3600 / hours
    if abs(value / mean - 1) <= 0.04:  # aphelion is near, and the start is known to half an hour
        return yes("Half of its speed at the Sun: on the way, the slower wind has braked it.")
    if 950 <= value <= 1450:
        return no("That is the speed at the Sun. From the flare to the shock it took much longer.")
    if abs(value * 3.6 / mean - 1) <= 0.05 or abs(value / 3600 / mean - 1) <= 0.05:
        return no("Right, in another unit: km/s is asked for.")
    if value < 10:
        return no("Is that in other units? 1 au is 149.6 million km, an hour has 3600 s.")
    return no("Distance to L1 over the time from 06:41 on 7 June to 20:00 on 9 June.")


def cause(answer):
    """Judge which flare of March 2015 may belong to the shock of the 17th."""
    when = time(answer)
    if abs(when - CAUSE_2015) <= pd.Timedelta("1h"):
        return yes(
            "A mere C9.1: what counts is the ejection that came with it, and where it went. "
            "The time alone allows it; coronagraphs and the shape of the field make the case."
        )
    if abs(when - pd.Timestamp("2015-03-11 16:22")) <= pd.Timedelta("1h"):
        return no(
            "The biggest flare is not the cause: 132 hours to Earth would be 310 km/s, slower than "
            "the wind that would carry it."
        )
    return no("From flare to shock: which one leaves a travel time of about 40 to 100 hours?")


def by_chance(answer):
    """Judge how likely a shock is to fall into a window of 40 hours by chance."""
    value = number(answer)
    right = 1 - np.exp(-SHOCKS_A_DAY * 40 / 24)
    if abs(value / right - 1) <= 0.1:
        return yes(
            "One in nine: a shock in the window supports the link, and proves nothing. Had you "
            "looked for any of the dozen flares of the days before, one would always have fitted."
        )
    if abs(value / (100 * right) - 1) <= 0.1:
        return no("As a share of 1, not in percent.")
    if value > 1:
        return no("A probability is between 0 and 1: 1 - exp(-number expected).")
    return no("Expected number = shocks a day times window in days; then 1 - exp(-expected).")


CHECKS = {1: peak, 2: goes_class, 3: mean_speed, 4: cause, 5: by_chance}
