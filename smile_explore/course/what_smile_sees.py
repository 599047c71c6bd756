"""Checks of ``30_what_smile_sees``: brightness, SMILE's own place, and how long to expose.

Colours are read to some per cent; a rate known from one exposure is uncertain by the root of
its counts, and so is what follows from it.
"""

import functools

from smile_explore import smile
from smile_explore.course.truth import DAY, MINUTE, crossings, minutes_after
from smile_explore.course.verdict import no, number, time, yes

RE = 6371.2
TIME = "2027-03-22T11:00"


def _place():
    return smile.orbit("2027-03-22", "2027-03-24").pos.sel(time=TIME).values / RE


@functools.cache
def growth() -> float:
    """Return by which factor the brightest place grows from 3 to 6 nPa, at 400 km/s and Bz 0.

    Examples
    --------
    >>> 2 < growth() < 4
    True
    """
    low, high = (
        float(smile.image(_place(), n_p=p / 0.267, v=400.0, b=(0, 0, 0), time=TIME).intensity.max())
        for p in (3.0, 6.0)
    )
    return high / low


def brighter(answer):
    """Judge the factor by which the brightest place grows."""
    value, true = number(answer), growth()
    if abs(value / true - 1) <= 0.1:  # two colour bars, each read to some per cent
        return yes("More than twice: the sheath is denser, and lies deeper in the hydrogen.")
    if abs(value - 2) <= 0.06:
        return no(
            "That is the density alone. The boundary moves, too: to where hydrogen is denser."
        )
    if 0.85 <= value <= 1.15:
        return no("That is how the boundary moves: compare the colour bars' tops, at 3 and 6 nPa.")
    if abs(value * true - 1) <= 0.1:
        return no("The other way round: the brightness at 6 nPa over that at 3 nPa.")
    if value > 10:
        return no("That is a brightness, or a difference: the one divided by the other.")
    return no("At 3 and at 6 nPa, Bz 0: read the top of the colour bar, and divide.")


def outside(answer):
    """Judge when SMILE passes into the solar wind for the first time."""
    when, passages = time(answer, DAY), crossings("smile", direction="out").time
    late = (when - passages.iloc[0]) / MINUTE
    if abs(late) <= 2:  # as read from a day in one figure, zoomed
        return yes("The shock pushes the bow shock inward past SMILE: suddenly it is outside.")
    if abs(minutes_after("southward turning", when)) <= 10:
        return no("That is the turning of the field: SMILE is outside already, in the wind.")
    if (abs(passages - when) <= 5 * MINUTE).any():
        return no("A passage, but not the first: go to the morning.")
    way = "earlier" if late > 0 else "later"
    return no(f"Look {way}, for a step of vx from the sheath's slow flow to the wind's.")


@functools.cache
def thin_rates() -> tuple[float, float]:
    """Return foreground and background on the detector for the thin wind, counts per second."""
    n_p = 1.90
    bright = {"A1": 4.5e-6 * n_p / 4, "A2": 2.6e-6 * n_p / 4, "bs": 13.0}
    wind = {"n_p": n_p, "v": 552.0, "b": (0.5, -0.6, -1.2)}
    record = smile.counts(smile.image(_place(), time=TIME, parameters=bright, **wind))
    seen = float((record.expected * record.vignetting).sum()) / 300
    return seen, float(record.background.sum()) / 300


def patience(answer):
    """Judge how many minutes the thin wind must be exposed."""
    value, (signal, background) = number(answer), thin_rates()
    needed = 100 * (signal + background) / signal**2 / 60
    # from one exposure the foreground is known to 15 %, its square to 30
    if abs(value / needed - 1) <= 0.3:
        return yes(
            "Twenty times as long as without a background: that is what decides for faint winds."
        )
    if abs(value / (60 * needed) - 1) <= 0.3:
        return no("That is in seconds: give minutes.")
    if abs(value / (100 / signal / 60) - 1) <= 0.3:
        return no("That forgets the background: its counts fluctuate as well.")
    if abs(value / (needed / 100) - 1) <= 0.3:
        return no("Then noise and foreground are equal: 10 % takes a hundred times as long.")
    return no("Noise sqrt((s + b) t), foreground s t: for which t is the one a tenth of the other?")


CHECKS = {1: brighter, 2: outside, 3: patience}
