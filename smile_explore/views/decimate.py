"""Fewer points than samples without losing an extreme: what a screen of pixels can show.

Works on plain arrays, NaN being a break in the line: breaks stay, whatever is left out.
"""

import numpy as np


def min_max(t: np.ndarray, y: np.ndarray, lo: float, hi: float, points: int = 2000):
    """Return at most about `points` samples of [lo, hi] that hold every bucket's extremes.

    Parameters
    ----------
    t : ndarray, dims (n,), increasing
        Any unit.
    y : ndarray, dims (n,)
        NaN is a break: where a bucket holds one, one is kept.
    lo, hi : float
        The window in the units of `t`; one sample beyond each end is kept, so that the line
        runs out of the picture instead of ending in it.
    points : int
        Of the result; a bucket gives its lowest, its highest and its first missing sample.

    Returns
    -------
    tuple of ndarray
        The samples of `t` and `y`, in order; all of them if they are few.

    Examples
    --------
    >>> t = np.arange(100_000.0)
    >>> y = np.zeros(100_000)
    >>> y[54_321] = 7.0
    >>> few_t, few_y = min_max(t, y, 0, 1e5, 1000)
    >>> len(few_t) <= 1000, few_t[few_y.argmax()]
    (True, np.float64(54321.0))
    """
    first, last = np.searchsorted(t, [lo, hi], "left")
    first, last = max(first - 1, 0), min(last + 1, len(t))
    t, y = t[first:last], y[first:last]
    size = -(-len(t) // max(points // 2, 1))
    if size <= 2:
        return t, y
    keep = _extremes(y, size)
    return t[keep], y[keep]


def _extremes(y: np.ndarray, size: int) -> np.ndarray:
    """Return the indices of each bucket's lowest, highest and first missing sample, in order."""
    whole = len(y) // size * size
    rows = y[:whole].reshape(-1, size)
    start = np.arange(0, whole, size)
    # one sum tells of a NaN; only the buckets that hold one need the slower search
    gappy = np.isnan(rows.sum(axis=1))
    low, high = start + rows.argmin(axis=1), start + rows.argmax(axis=1)
    broken, at = rows[gappy], start[gappy]
    missing = np.isnan(broken)
    low[gappy] = at + np.where(missing, np.inf, broken).argmin(axis=1)
    high[gappy] = at + np.where(missing, -np.inf, broken).argmax(axis=1)
    breaks = at + missing.argmax(axis=1)
    return np.unique(np.concatenate([low, high, breaks, np.arange(whole, len(y))]))
