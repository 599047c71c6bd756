"""Checks of ``31_magnetopause_from_an_image``: stand-off, bias and refusal of a fit to counts.

What is asked of a method is measured here with other throws of the dice than the notebook's;
the answer may differ from it by what the two spread.
"""

import functools

import numpy as np
import pandas as pd

from smile_explore import packs, smile
from smile_explore.course.verdict import no, number, yes
from smile_explore.errors import InputError
from smile_explore.physics import soft_xray

RE = 6371.2
TIME = "2027-03-22T11:00"
#: Spread of one fit, R_E, below which ours is not believed: four fits tell it badly, and the
#: tangent method tries surfaces 0.05 apart.
LEAST_SPREAD = 0.08
_SEEDS = range(20, 24)


def frame(time):
    """Return the image of SXI at a time of the rehearsal, and where the boundaries then are."""
    pack = packs.open("rehearsal")
    image = pack.load("smile.sxi").sel(time=time)
    return image, pack.truth["sxi"].set_index("time").loc[pd.Timestamp(time)]


def placed(answer):
    """Judge the stand-off at 08:02:30, in R_E."""
    value, true = number(answer), frame("2027-03-22T08:02:30")[1]
    # the fit is good to 0.1 R_E with this light, at one standard deviation
    if abs(value - true.magnetopause) <= 0.2:
        return yes(f"The truth is {true.magnetopause:.2f} RE: two RE inward of the hour before.")
    if abs(value - true.bow_shock) <= 0.4:
        return no("That is nearer to the bow shock: take fit.standoff, the magnetopause's.")
    if value > 1000:
        return no("That is in km: the stand-off is counted in Earth radii, from the centre.")
    if abs(value - (true.magnetopause - 1)) <= 0.1:
        return no("That counts from the ground: the stand-off is counted from the Earth's centre.")
    if abs(value - 8.23) <= 0.12:
        return no(
            "That is the image at the top of this notebook: take the rehearsal's, by its time."
        )
    return no('Give images.sel(time="2027-03-22T08:02:30") to fit_magnetopause, and its .standoff.')


@functools.cache
def repeats() -> tuple[float, float]:
    """Return bias and spread of the tangent method in five minutes, R_E, by seeds of our own."""
    place = smile.orbit("2027-03-22", "2027-03-23").pos.sel(time=TIME).values / RE
    wind = {"n_p": 15.0, "v": 480.0, "b": (-4.5, 7.5, 4.5)}
    seen = smile.image(place, time=TIME, **wind)
    true = float(soft_xray.noses("cmem", seen.attrs, tilt=0.0, **wind)[0])
    records = (smile.counts(seen, exposure=300.0, seed=seed) for seed in _SEEDS)
    found = [smile.fit_magnetopause(record, "tangent").standoff for record in records]
    return float(np.mean(found) - true), float(np.std(found, ddof=1))


def bias(answer):
    """Judge the bias of the tangent method, in R_E."""
    value, (ours, spread) = number(answer), repeats()
    both = 2 * max(spread, LEAST_SPREAD) * np.sqrt(2 / len(_SEEDS))  # two means of four differ
    if abs(value - ours) <= both:
        return yes(
            f"Four other exposures gave {ours:+.2f} RE, and each scatters by {spread:.2f}: only "
            "a model, no longer exposure, can take a bias away."
        )
    if abs(value + ours) <= both:
        return no("The sign: the bias is the fit less the truth, positive if it is too far out.")
    if 7 < value < 10:
        return no("That is a stand-off: the bias is what is left of it without the truth.")
    if abs(value) > 100:
        return no("In km? Give Earth radii.")
    return no("table.standoff[table.method == 'tangent'].mean() - true, over four seeds or more.")


@functools.cache
def is_fitted(time) -> bool:
    """Say whether the counts of a time of the rehearsal can be fitted."""
    try:
        smile.fit_magnetopause(frame(time)[0])
    except InputError:
        return False
    return True


def rates() -> pd.Series:
    """Return the foreground of the notebook's hours, counts per second, increasing."""
    images = packs.open("rehearsal").load("smile.sxi", "2027-03-22T06:00", "2027-03-22T12:00")
    hours = images.sel(time=images.time.dt.minute == 2)
    rate = (hours.counts - hours.background).sum(["y", "x"]) / hours.exposure
    return rate.to_series().sort_values()


def enough(answer):
    """Judge from which foreground on five minutes can be fitted, in counts per second."""
    value, rate = number(answer), rates()
    below, above = rate[rate < value], rate[rate >= value]
    if value > 1000:
        return no("Per exposure? Divide by its 300 s.")
    if above.empty or below.empty:
        return no(
            f"All hours lie on one side of it: they have {rate.min():.0f} to {rate.max():.0f}."
        )
    if is_fitted(below.index[-1]):
        return no(f"Too high: an hour with {below.iloc[-1]:.1f} counts/s was fitted.")
    if not is_fitted(above.index[0]):
        return no(f"Too low: an hour with {above.iloc[0]:.1f} counts/s was refused.")
    return yes(
        f"Between {below.iloc[-1]:.0f} and {above.iloc[0]:.0f} counts/s, over a background of "
        "100: a refusal is the honest end of an error bar."
    )


CHECKS = {1: placed, 2: bias, 3: enough}
