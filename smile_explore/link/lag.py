"""How long the driver takes to act: the lag, how sure it is, and shifting by it.

Positive means: the response comes after the driver. A lag is never a bare number; it says
how it was found, between which bounds it lies, and whether it may be used at all.
"""

import pandas as pd
import xarray as xr

from smile_explore.errors import InputError
from smile_explore.link.ballistic import ballistic_lag, omni_lag
from smile_explore.link.correlation import MIN_PAIRS, delay
from smile_explore.link.grid import common_grid
from smile_explore.link.result import NONE, Lag, no_lag, timedelta

#: A lag counts as found if chance does as well in at most this share of cases.
_CHANCE = 0.05
_SIGNS = {"either": 0, "positive": 1, "negative": -1}


def lag(driver, response=None, max_lag="60min", *, method="correlation", **options) -> Lag:
    """Return the time from a driver to its response, with an honest uncertainty.

    Parameters
    ----------
    driver, response : DataArray, dims (time)
        The two series, any cadence and gaps, NaN missing: e.g. the same component of the
        field at two places. The other methods use of the driver only the time it spans.
    max_lag : str or Timedelta
        Lags from -max_lag to max_lag are searched (correlation only).
    method : {"correlation", "ballistic", "omni"}
        `correlation_lag`, `ballistic_lag` or `omni_lag`, which name the `options`.

    Returns
    -------
    Lag
        Its text is one sentence, e.g. ``44 min (38 to 51, 95 %), by correlation, r = 0.87``.

    Raises
    ------
    InputError
        If the method, a series or an option is not as it must be.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> minutes = np.datetime64("2014-03-01", "ns") + np.arange(600) * np.timedelta64(60, "s")
    >>> walk = xr.DataArray(rng.normal(size=600).cumsum(), {"time": minutes}, ["time"])
    >>> later = walk.shift(time=44) + rng.normal(size=600)
    >>> print(lag(walk, later))
    43.99 min (43.88 to 44.10, 95 %), by correlation, r = 1.00
    """
    if method == "correlation":
        return correlation_lag(driver, response, max_lag, **options)
    if method not in ("ballistic", "omni"):
        message = f"No method {method!r}: choose correlation, ballistic or omni."
        raise InputError(message)
    name, how = {"ballistic": ("v", ballistic_lag), "omni": ("timeshift", omni_lag)}[method]
    if name not in options:
        message = f"method={method!r} needs {name}=: see smile_explore.link.{how.__name__}."
        raise InputError(message)
    return how(_during(options.pop(name), driver), **options)


def correlation_lag(
    driver, response, max_lag="60min", *, sign="either", bootstraps=400, seed=0
) -> Lag:
    """Return the lag at which two series correlate best, with a bootstrap interval.

    Parameters
    ----------
    driver, response : DataArray, dims (time)
        Any cadence and gaps. Both are averaged to the coarser cadence, never interpolated;
        pairs with a missing value are left out.
    max_lag : str or Timedelta
        Lags from -max_lag to max_lag are searched.
    sign : {"either", "positive", "negative"}
        Sign of the relation, where it is known: fewer chances to be wrong.
    bootstraps : int
        Replicates, 200 to 500.
    seed : int
        The same seed gives the same result.

    Returns
    -------
    Lag
        Not usable if there are too few pairs, if unrelated series with the same spectra do
        as well in more than 5 of 100 cases, or if the interval reaches the edge of the range
        or is wider than half of it.

    Raises
    ------
    InputError
        If a series has other dims than time, `max_lag` is below three samples, or `bootstraps`
        below 20.

    Notes
    -----
    The peak lies between samples; the interval resolves fractions of the cadence, and holds
    the true lag in 95 of 100 cases for red (power-law) drivers with white or red noise and
    100 samples or more: ``benchmarks/lag.py`` prints how often it does. What it cannot know
    are errors of the stamps, and a lag that changes within the interval. Short and very smooth
    series tempt it: unrelated ones of 120 samples with a spectrum of slope -3 pass in 9 of 100
    cases (3 of 100 for slopes to -2, and 4 with 300 samples). Do not smooth before.

    References
    ----------
    See `smile_explore.link.correlation.delay`.
    """
    if sign not in _SIGNS:
        message = f"No sign {sign!r}: choose {', '.join(_SIGNS)}."
        raise InputError(message)
    if bootstraps < 20:
        message = f"bootstraps={bootstraps} gives no interval: 200 to 500 do, 20 is the least."
        raise InputError(message)
    most = _duration(max_lag)
    d, r, step = common_grid(driver, response, most)
    reach = most // step
    if reach < 3:
        message = f"max_lag {max_lag!r} is below three samples of {_cadence(step)}: search further."
        raise InputError(message)
    reach = min(reach, len(d))  # beyond that no pair overlaps
    found = delay(d, r, reach, sign=_SIGNS[sign], bootstraps=bootstraps, seed=seed)
    if found is None:
        reason = f"fewer than {MIN_PAIRS} pairs of consecutive values overlap, or one does not vary"
        return no_lag("correlation", "none", reason)
    return _judged(found, reach, step)


def _judged(found, reach, step) -> Lag:
    """Turn a delay in samples into a Lag, and say whether it can be used."""
    value, low, high = (timedelta(x * step) for x in (found.value, found.low, found.high))
    width = (found.high - found.low) / (2 * reach)
    reason = _objection(found, width)
    text = (
        f"the response is a delayed, scaled copy of the driver plus steady noise; one lag for all "
        f"{found.pairs} pairs, {_cadence(step)} apart; lags of {_plain(found.first * step)} to "
        f"{_plain(found.last * step)} were searched"
    )
    quality = 0.0 if reason else abs(found.correlation) * (1 - width)
    return Lag(
        value, (low, high), quality, not reason, "correlation", text,
        found.correlation, found.chance, reason,
    )  # fmt: skip


def _objection(found, width) -> str:
    if found.chance > _CHANCE:
        return (
            f"a correlation of {found.correlation:.2f} at the best lag is no better than chance "
            f"(unrelated series with the same spectra do as well in {100 * found.chance:.0f} %)"
        )
    if found.low <= found.first or found.high >= found.last:
        return "the interval reaches the edge of the range that was searched"
    return "the interval is wider than half of the range that was searched" if width > 0.5 else ""


# --------------------------------------------------------------------------- arguments


def _duration(text) -> int:
    try:
        value = pd.Timedelta(text) if not isinstance(text, (int, float)) else NONE
    except ValueError:
        value = NONE
    if not value > pd.Timedelta(0):
        message = f"{text!r} is no duration above 0: write e.g. '60min'."
        raise InputError(message)
    return value.as_unit("ns").value


def _during(series, driver):
    """Return the part of `series` within the time that `driver` spans."""
    if not (isinstance(series, xr.DataArray) and isinstance(driver, (xr.DataArray, xr.Dataset))):
        return series
    if "time" not in series.coords or "time" not in driver.coords or not driver.sizes["time"]:
        return series
    return series.sel(time=slice(driver["time"].values[0], driver["time"].values[-1]))


def _cadence(step) -> str:
    return f"{step / 1e9:g} s" if step < 60e9 or step % 60e9 else f"{step / 60e9:g} min"


def _plain(nanoseconds) -> str:
    return f"{nanoseconds / 60e9:.3g} min"
