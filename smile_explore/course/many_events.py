"""Checks of ``21_many_events``, and the SIMULATED month of wind that it works on.

Many events need many days, and the rehearsal is one. The month is made here, from a seed, with
statistics that are stated and responses that are planted; it is for learning alone.
"""

import functools

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore import events, link
from smile_explore.course.verdict import no, number, table, yes

START, DAYS = np.datetime64("2027-04-01", "ns"), 27
#: Of each kind, a day; the share of turnings that an onset follows; after how many minutes.
TURNINGS, ROTATIONS, OTHER_ONSETS = 3.0, 3.0, 8.0
SHARE, AFTER, SCATTER = 0.6, 45.0, 10.0
#: AE answers the southward field as a delayed first-order response, minutes and nT per nT.
DELAY, RESPONSE, STRENGTH = 20, 20.0, 45.0
STATISTICS = (
    f"{DAYS} days of 1-min values, seed 21. Background: red noise, each component of B 1.5 nT with "
    f"a memory of 30 min, Pdyn lognormal about 2 nPa. Planted: {TURNINGS:g} southward fields a day "
    f"(-6 to -12 nT for 40 to 90 min after an hour of northward field), {ROTATIONS:g} turns of By a "
    f"day at other times, responses of AE, and substorm onsets. 3 % of the wind is missing."
)
TRUTH = (
    f"AE follows the southward field as a first-order response, {DELAY} min later, within "
    f"{RESPONSE:g} min. An onset comes after {SHARE:.0%} of the turnings (by the dice), "
    f"{AFTER:g} +- {SCATTER:g} min later; {OTHER_ONSETS:g} more a day come at random. Turns of By "
    "drive nothing."
)


@functools.cache
def simulated_month(seed: int = 21) -> tuple[xr.Dataset, dict[str, pd.DataFrame]]:
    """Return a SIMULATED month of wind and AE, and the lists of what was planted in it.

    Returns
    -------
    Dataset, dims (time, cartesian)
        ``b`` (nT, GSM), ``p_dyn`` (nPa), ``ae`` (nT), one a minute; gaps are NaN in all.
    dict of DataFrame
        ``turnings``, ``rotations`` and ``onsets`` (column ``time``); ``turnings`` also has
        ``answered``, whether an onset was planted after it.

    Examples
    --------
    >>> wind, planted = simulated_month()
    >>> wind.sizes["time"], wind.attrs["simulated"]
    (38880, 1)
    """
    rng = np.random.default_rng(seed)
    n = DAYS * 1440
    b = np.stack([1.5 * _red(rng, n, 30) for _ in range(3)], axis=1)
    p_dyn = 2 * np.exp(0.35 * _red(rng, n, 60))
    south = _apart(rng, TURNINGS, n)
    turned = _apart(rng, ROTATIONS, n)
    for k in south:
        b[k - 60 : k, 2] = 5 + 0.4 * b[k - 60 : k, 2]
        length = rng.integers(40, 91)
        b[k : k + length, 2] = -rng.uniform(6, 12) + 0.4 * b[k : k + length, 2]
    for k in turned:
        b[k - 40 : k, 1], b[k : k + 40, 1] = 5, -5
    ae = 60 + _answer(np.maximum(-b[:, 2] - 1, 0)) + 15 * np.abs(_red(rng, n, 10))
    series = {"b": b + rng.normal(0, 0.2, b.shape), "p_dyn": p_dyn, "ae": ae}
    missing = np.zeros(n, bool)
    for k in rng.integers(0, n - 60, round(0.03 * n / 30)):
        missing[k : k + 30] = True
    answered = rng.random(len(south)) < SHARE
    after = south[answered] + rng.normal(AFTER, SCATTER, answered.sum())
    onsets = np.sort(np.concatenate([after, rng.uniform(0, n, rng.poisson(OTHER_ONSETS * DAYS))]))
    lists = {"turnings": _list(south), "rotations": _list(turned), "onsets": _list(onsets)}
    lists["turnings"]["answered"] = answered
    return _dataset(series, missing), lists


def _red(rng, n, memory) -> np.ndarray:
    """Return noise of variance 1 that forgets itself in `memory` samples."""
    from scipy.signal import lfilter  # takes a while to import

    keep = np.exp(-1 / memory)
    return lfilter([np.sqrt(1 - keep**2)], [1, -keep], rng.normal(size=n + 500))[500:]


def _apart(rng, a_day, n) -> np.ndarray:
    """Return random samples, at least three hours from each other and from the ends."""
    picked: list[int] = []
    while len(picked) < round(a_day * DAYS):
        k = int(rng.integers(240, n - 240))
        if all(abs(k - other) >= 180 for other in picked):
            picked.append(k)
    return np.sort(picked)


def _answer(drive) -> np.ndarray:
    """Return a first-order response to a drive, after a delay."""
    from scipy.signal import lfilter

    keep = np.exp(-1 / RESPONSE)
    answer = STRENGTH * lfilter([1 - keep], [1, -keep], drive)
    return np.concatenate([np.zeros(DELAY), answer[:-DELAY]])


def _list(minutes) -> pd.DataFrame:
    return pd.DataFrame({"time": START + (60e9 * np.asarray(minutes)).astype("timedelta64[ns]")})


def _dataset(series, missing) -> xr.Dataset:
    b = np.where(missing[:, None], np.nan, series["b"])
    p_dyn = np.where(missing, np.nan, series["p_dyn"])
    field = {
        "units": "nT",
        "coordinate_system": "GSM",
        "long_name": "Interplanetary magnetic field",
    }
    reference = "bow-shock nose"
    time = START + np.arange(len(b)) * np.timedelta64(60, "s")
    return xr.Dataset(
        {
            "b": (("time", "cartesian"), b, field),
            "p_dyn": ("time", p_dyn, {"units": "nPa", "long_name": "Dynamic pressure"}),
            "ae": ("time", series["ae"].round(), {"units": "nT", "long_name": "AE index"}),
        },
        {"time": ("time", time, {"time_reference": reference}), "cartesian": list("xyz")},
        {"product": "month of the course", "simulated": 1, "time_reference": reference,
         "source": "smile_explore.course.many_events", "source_files": "none, from a seed",
         "retrieved": "never", "acknowledgement": "smile_explore", "statistics": STATISTICS},
    )  # fmt: skip


# --------------------------------------------------------------------------- checks


def long_south(answer):
    """Judge the time table of southward fields of half an hour or more."""
    mine = table(answer, "start", "stop")
    wind, _ = simulated_month()
    right = events.find(wind, "b_z < -5 for >= 30min")
    if len(mine) == len(right) and (mine.start.to_numpy() == right.start.to_numpy()).all():
        return yes(f"{len(right)} intervals: a definition, so there is one right number.")
    if len(mine) == len(events.find(wind, "b_z < -5")):
        return no("Those are all, down to single minutes of noise: add how long it must last.")
    if len(mine) == len(events.find(wind, "|b| > 5 for >= 30min")):
        return no("|b| is the magnitude, which is positive; the component is b_z.")
    return no("A comparison, then 'for', a relation and a duration: see the examples above.")


def rise(answer):
    """Judge when, after the turning, AE has doubled."""
    minutes = number(answer)
    if DELAY < minutes <= DELAY + 15:  # five-minute steps, and the time constant
        return yes(f"Planted: nothing for {DELAY} minutes, then a rise within about as many more.")
    if 0 < minutes < 1:
        return no("That is in hours: give minutes.")
    if minutes <= 0:
        return no(
            "Before the turning? Then it would be no response: compare with the level before."
        )
    if minutes > DELAY + 15:
        return no("That is nearer to its maximum: when is it first twice what it was before?")
    return no("The median is still at its level of before: look where it leaves it, and doubles.")


def follows(answer):
    """Judge by how many minutes onsets follow turnings."""
    minutes = number(answer)
    if abs(minutes - AFTER) <= 10:  # one step of the lags
        return yes(
            "Even the lower end of its interval stands above chance, at this lag and not at others."
        )
    if abs(minutes + AFTER) <= 10:
        return no("Exchanged: of the two lists the second follows the first.")
    if 0.5 <= minutes <= 1:
        return no("That is in hours: give minutes.")
    return no("Look for the lag at which the number of pairs is largest: found.attrs has it too.")


def share(answer):
    """Judge which share of the turnings is followed by an onset because of it."""
    value = number(answer)
    _, planted = simulated_month()
    true = planted["turnings"].answered.mean()
    lags = pd.timedelta_range("-5h", "5h", freq="10min")
    found = link.association(planted["turnings"], planted["onsets"], window="20min", lags=lags)
    by_chance = found.attrs["asymptotic"] / found.attrs["events_a"]
    scatter = 2 * np.sqrt(by_chance / found.attrs["events_a"])
    # the window misses 7 % of the onsets; far from it, those of other turnings count as chance
    if 0.93 * true - 0.05 - scatter <= value <= true + scatter:
        return yes(
            f"Planted were {true:.2f}: chance pairs scatter by {scatter / 2:.2f}, and the window "
            "misses a few."
        )
    if 20 < value <= 100:
        return no("As a share of 1, not in percent and not a number of pairs.")
    if true < value < true + 2 * by_chance:
        return no("Some of these pairs are chance: take off the number far from the peak.")
    return no(
        "(Pairs at the peak - pairs far from it) / number of turnings, with a window of 20 min."
    )


CHECKS = {1: long_south, 2: rise, 3: follows, 4: share}
