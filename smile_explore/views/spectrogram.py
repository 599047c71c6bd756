"""Energy spectra against time as one picture, regular in time and in the logarithm of energy.

A gap stays blank: no column is stretched over it, and no value is made up between channels.
"""

import numpy as np

from smile_explore.views.timeseries import GAP


def raster(time, energy, values, window, shape=(64, 600)):
    """Return spectra averaged into the cells of a picture.

    Parameters
    ----------
    time : ndarray, dims (n,), increasing
        Any unit, e.g. milliseconds.
    energy : ndarray, dims (m,)
        Channel centres, > 0; in any order.
    values : ndarray, dims (n, m)
        NaN is missing: a mean is over what is there.
    window : tuple of float
        First and last time of the picture.
    shape : tuple of int
        Rows (energy) and columns (time).

    Returns
    -------
    tuple of (ndarray (rows, columns) float32, low, high)
        The picture, lowest energy first, NaN where nothing was measured; and the energies of
        its lower and upper edge.

    Examples
    --------
    >>> picture, low, high = raster(np.arange(4.0), np.array([10.0, 100.0]), np.ones((4, 2)), (0, 4), (2, 4))
    >>> picture.shape, round(float(low), 2), round(float(high), 1)
    ((2, 4), 3.16, 316.2)
    """
    edges, channel = _channels(energy, shape[0])
    cells = _columns(time, values, window, shape[1])
    picture = np.full(shape, np.nan, np.float32)
    known = channel >= 0
    picture[known] = cells.T[channel[known]]
    return picture, edges[0], edges[1]


def _channels(energy: np.ndarray, rows: int):
    """Return the outer edges, and for each row the channel whose logarithm is nearest."""
    log = np.log10(np.asarray(energy, float))
    order = np.argsort(log)
    order = order[np.isfinite(log[order])]
    log = log[order]
    half = np.median(np.diff(log)) / 2 if len(log) > 1 else 0.1
    low, high = log[0] - half, log[-1] + half
    centre = low + (np.arange(rows) + 0.5) * (high - low) / rows
    nearest = np.searchsorted((log[1:] + log[:-1]) / 2, centre)
    return (10**low, 10**high), order[nearest]


def _columns(time, values, window, columns: int) -> np.ndarray:
    """Return the mean spectrum of each column; a sample reaches as far as one cadence."""
    lo, hi = window
    first, last = np.searchsorted(time, [lo, hi])
    first = max(first - 1, 0)
    time, values = time[first:last], values[first:last]
    cells = np.full((columns, values.shape[1]), np.nan, np.float32)
    if not len(time):
        return cells
    step = np.median(np.diff(time)) if len(time) > 1 else hi - lo
    begin = lo + np.arange(columns) * (hi - lo) / columns
    end = begin + (hi - lo) / columns
    # samples whose stamp lies in the column; else the one before, if it still lasts
    i, j = np.searchsorted(time, begin), np.searchsorted(time, end)
    cells[:] = means(values, i, j)
    before = np.maximum(i - 1, 0)
    lasting = (i == j) & (i > 0) & (begin - time[before] < GAP * step)
    cells[lasting] = values[before[lasting]]
    return cells


def means(values, first, last) -> np.ndarray:
    """Return the mean of rows ``first[k]`` up to ``last[k]``, of what is there; NaN of none."""
    known = np.isfinite(values)
    none = np.zeros((1, values.shape[1]))
    total = np.concatenate([none, np.cumsum(np.where(known, values, 0.0), axis=0, dtype=float)])
    count = np.concatenate([none, np.cumsum(known, axis=0)])
    many = count[last] - count[first]
    out = np.full(many.shape, np.nan, np.float32)
    np.divide(total[last] - total[first], many, out=out, where=many > 0, casting="unsafe")
    return out
