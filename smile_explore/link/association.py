"""Association of two lists of events: how often one lies near the other, and how often by chance.

Pairs are counted over lags, after Morley and Freeman (2007). Nothing here knows what the
events are, and no event is moved, merged or left out.
"""

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore.errors import InputError
from smile_explore.events.series import nanoseconds
from smile_explore.link.epoch import event_times

#: The outer fifth of the lags, on either side, tells the association number by chance.
_OUTER = 0.2
#: Below this, answers make nearly as many pairs far from their lag as at it.
_DISTINCT = 0.1
#: The share of random shifts that may reach the peak where an association is claimed.
_SIGNIFICANT = 0.05


def association(list_a, list_b, *, window, lags, bootstrap=1000, seed=0) -> xr.Dataset:
    """Return how many events of `list_b` lie near those of `list_a`, at each lag.

    Parameters
    ----------
    list_a, list_b : DataFrame, or array_like of datetime64 UTC
        Events, in any order. Of a DataFrame the column ``time`` counts, or ``start``.
    window : str or Timedelta, above 0
        Half-width: a pair counts if, after the lag, it is no further apart than this.
    lags : array_like of durations, increasing, at least 5
        By how much `list_b` follows `list_a`, for example
        ``pd.timedelta_range("-4h", "4h", freq="10min")``. The outer fifth on either side
        should lie where no association is expected.
    bootstrap : int, at least 100
        Resamplings of `list_a` behind the interval; random shifts behind ``chance``.
    seed : int
        Seed of both.

    Returns
    -------
    Dataset, dims (lag,)
        ``association``: number of pairs. ``low``, ``high``: 95 % interval of it, by bootstrap
        over `list_a`. ``confidence_above``: percent of resamplings above the asymptotic
        number, those that equal it counted by half. ``expected``: pairs if both lists were even and independent where they overlap.
        Attributes: ``asymptotic``, the mean of the outer lags; ``peak`` and ``peak_lag_s``;
        ``excess``, how many pairs of the peak are an event with its own answer, with
        ``excess_low`` and ``excess_high``, its 95 % interval; ``by_chance``, the others (all
        four NaN if `list_a` is so regular that they cannot be told apart);
        ``chance``, how often random shifts of `list_a` against `list_b`, on a circle as long
        as both lists and by more than the range of lags, reach the peak at any lag (NaN
        for lists shorter than four times that range); ``exceeds_chance`` (1 if ``chance``
        is 0.05 or less, else 0); ``statement``, the same as a sentence.

    Raises
    ------
    InputError
        If a list has fewer than 3 events or a missing time, or an option is out of range.

    Notes
    -----
    The interval is for one lag alone: of many lags, some leave it by luck. ``chance`` takes all
    lags together and keeps how each list clusters. A slow change of rate that both
    lists share, such as the solar cycle, counts as association: split long lists.
    ``asymptotic`` is not the number by chance at the peak where events of `list_a` keep
    their distance, or cluster: far from the peak answers to *other* events of it are near,
    and are no chance. ``by_chance`` takes as many off as `list_a`'s own spacing makes of the
    ``excess``, as if all answers came at the peak's lag. Of many lags the peak is the
    luckiest, so that a weak excess is a little too large. Where events of `list_b` keep their
    distance from each other, as onsets at least 20 min apart do, chance pairs and answers keep
    each other away, and the excess is a lower bound: a tenth below, in a trial with a window
    of 20 min in which chance gave every fourth event a neighbour.
    ``association``, ``asymptotic`` and ``expected`` are those of ``spacepy.poppy``.

    References
    ----------
    Morley and Freeman (2007), https://doi.org/10.1029/2006GL028891.

    Examples
    --------
    Forty onsets, each 30 min after one of forty turnings:

    >>> turnings = np.datetime64("2014-03-01") + np.arange(40) ** 2 * np.timedelta64(11, "m")
    >>> lags = pd.timedelta_range("-2h", "2h", freq="10min")
    >>> found = association(turnings, turnings + np.timedelta64(30, "m"), window="5min", lags=lags)
    >>> found.association.sel(lag="30min").item()
    40
    >>> print(found.attrs["statement"])
    The association exceeds chance: 40 pairs at a lag of 30 min against 0.7 far from it; 0 of 1000 random shifts reach as many.
    """
    a, b = _sorted(list_a, "list_a"), _sorted(list_b, "list_b")
    width, shifts = _positive(window), _increasing(lags)
    if not bootstrap >= 100:
        message = f"bootstrap={bootstrap!r} must be at least 100, for an interval of 95 %."
        raise InputError(message)
    each = _neighbours(a, b, shifts, width)
    total = each.sum(axis=1)
    asymptotic = float(_far(total))
    rng = np.random.default_rng(seed)
    resampled = _resampled(each, bootstrap, rng)
    low, high = np.percentile(resampled, (2.5, 97.5), axis=0)
    above = 100 * ((resampled > asymptotic) + 0.5 * (resampled == asymptotic)).mean(axis=0)
    columns = {
        "association": (total, "Pairs of events"),
        "low": (low, "Lower end of the 95 % interval of pairs"),
        "high": (high, "Upper end of the 95 % interval of pairs"),
        "confidence_above": (above, "Share of resamplings above the asymptotic number"),
        "expected": (_expected(a, b, shifts, width), "Pairs of even and independent lists"),
    }
    units = {"confidence_above": "percent"}
    table = {
        name: ("lag", values, {"units": units.get(name, "1"), "long_name": text})
        for name, (values, text) in columns.items()
    }
    lag = ("lag", shifts.astype("timedelta64[ns]"), {"long_name": "Lag of list_b behind list_a"})
    attrs = {"asymptotic": asymptotic, "window_s": width / 1e9, "events_a": len(a)}
    attrs |= {"events_b": len(b), "bootstrap": bootstrap, "seed": seed}
    attrs |= _excess(total, resampled, _answers(a, shifts, width, np.argmax(total)) / len(a))
    peaks = _chance_peaks(a, b, shifts, width, (bootstrap, rng))
    return xr.Dataset(table, {"lag": lag}, attrs | _verdict(total, shifts, asymptotic, peaks))


# --------------------------------------------------------------------------- input


def _sorted(events, name) -> np.ndarray:
    times = np.sort(event_times(events))
    if len(times) < 3:
        message = f"{name} has {len(times)} events: an association needs 3 at least."
        raise InputError(message)
    return times


def _positive(window) -> int:
    width = nanoseconds(window)
    if width == 0:
        message = f"window={window!r} must be above 0: half the precision of the times, or more."
        raise InputError(message)
    return width


def _increasing(lags) -> np.ndarray:
    try:
        shifts = pd.to_timedelta(list(lags)).as_unit("ns").to_numpy().astype(np.int64)
    except (ValueError, TypeError) as err:
        message = f"The lags are no durations ({err}): give e.g. pd.timedelta_range('-4h', '4h', freq='10min')."
        raise InputError(message) from err
    if len(shifts) < 5 or not (np.diff(shifts) > 0).all():
        message = f"{len(shifts)} lags: give 5 at least, in increasing order, all different."
        raise InputError(message)
    return shifts


# --------------------------------------------------------------------------- counts


def _neighbours(a, b, shifts, width) -> np.ndarray:
    """Return how many of `b` lie near each of `a`, dims (lag, a)."""
    moved = a + shifts[:, None]
    after = np.searchsorted(b, moved + width, side="right")
    return after - np.searchsorted(b, moved - width, side="left")


def _resampled(each, bootstrap, rng) -> np.ndarray:
    """Return the number of pairs for `a` drawn anew, dims (bootstrap, lag)."""
    n = each.shape[1]
    drawn = rng.integers(0, n, (bootstrap, n)) + np.arange(bootstrap)[:, None] * n
    weights = np.bincount(drawn.ravel(), minlength=bootstrap * n).reshape(bootstrap, n)
    # floats: a product of integers does not use the fast library, and these are exact
    return weights.astype(float) @ each.T.astype(float)


def _far(pairs) -> np.ndarray:
    """Return the mean of the outer lags, dims (..., lag) -> (...)."""
    n = pairs.shape[-1]
    edge = round(n * _OUTER), round(n * (1 - _OUTER))
    return (pairs[..., : edge[0]].mean(axis=-1) + pairs[..., edge[1] :].mean(axis=-1)) / 2


def _answers(a, shifts, width, top) -> np.ndarray:
    """Return the pairs at each lag that one answer to each of `a`, at lag `top`, would make."""
    return _neighbours(a, a, shifts - shifts[top], width).sum(axis=1)


def _excess(total, resampled, answers) -> dict:
    """Return the pairs at the peak beyond chance, their interval, and those by chance.

    With m answers and c pairs by chance at every lag, the peak is ``c + m answers[top]``,
    and far from it there are ``c + m far(answers)``: two equations for m and c.
    """
    top = int(np.argmax(total))
    share = answers[top] - _far(answers)
    if share < _DISTINCT:
        return dict.fromkeys(("excess", "excess_low", "excess_high", "by_chance"), float("nan"))
    excess = (total[top] - _far(total)) / share
    drawn = (resampled[:, top] - _far(resampled)) / share
    low, high = np.percentile(drawn, (2.5, 97.5))
    return {
        "excess": float(excess),
        "excess_low": float(low),
        "excess_high": float(high),
        "by_chance": float(total[top] - excess),
    }


def _expected(a, b, shifts, width) -> np.ndarray:
    """Return the pairs if both lists were even and independent over the time both cover."""
    start = np.maximum(a[0] + shifts, b[0]) - width
    stop = np.minimum(a[-1] + shifts, b[-1]) + width
    of_a = np.searchsorted(a, stop - shifts, "right") - np.searchsorted(a, start - shifts, "left")
    of_b = np.searchsorted(b, stop, "right") - np.searchsorted(b, start, "left")
    both = np.maximum(of_a, 0) * np.maximum(of_b, 0)
    return np.where(stop > start, 2.0 * both * width / np.where(stop > start, stop - start, 1), 0.0)


# --------------------------------------------------------------------------- chance


def _chance_peaks(a, b, shifts, width, draws) -> np.ndarray:
    """Return the highest number of pairs at any lag, for each random shift of `a` on a circle.

    No shift is so small that it only moves a true association to another of the lags; there
    are no peaks if the lists are too short for that.
    """
    bootstrap, rng = draws
    first = min(a[0], b[0])
    around = max(a[-1], b[-1]) - first + 1
    margin = shifts[-1] - shifts[0] + 2 * width
    if around <= 4 * margin:
        return np.empty(0, int)
    moves = rng.integers(margin, around - margin, bootstrap)
    moved = (np.sort((a - first + move) % around) + first for move in moves)
    return np.array([_peak(one, b, shifts, width) for one in moved])


def _peak(a, b, shifts, width) -> int:
    """Return the highest number of pairs at any lag, from the distances of those in reach."""
    low = np.searchsorted(b, a + shifts[0] - width, side="left")
    high = np.searchsorted(b, a + shifts[-1] + width, side="right")
    count = high - low
    pair = np.arange(count.sum()) + np.repeat(low - np.cumsum(count) + count, count)
    apart = np.sort(b[pair] - np.repeat(a, count))
    within = np.searchsorted(apart, shifts + width, "right")
    return int((within - np.searchsorted(apart, shifts - width, "left")).max())


def _verdict(total, shifts, asymptotic, peaks) -> dict:
    """Return the peak, its chance, and what that says, as attributes."""
    top = int(np.argmax(total))
    found = (
        f"{total[top]} pairs at a lag of {shifts[top] / 6e10:g} min against {asymptotic:.1f} far "
        "from it"
    )
    reached = int((peaks >= total[top]).sum())
    chance = (reached + 1) / (len(peaks) + 1) if len(peaks) else float("nan")
    exceeds = bool(chance <= _SIGNIFICANT)
    if len(peaks):
        verb = "exceeds" if exceeds else "does not exceed"
        text = f"The association {verb} chance: {found}; {reached} of {len(peaks)} random shifts reach as many."
    else:
        text = f"Whether the association exceeds chance cannot be told: {found}; the lists are shorter than four times the range of lags."
    return {
        "peak": int(total[top]),
        "peak_lag_s": float(shifts[top] / 1e9),
        "chance": chance,
        "exceeds_chance": int(exceeds),
        "statement": text,
    }
