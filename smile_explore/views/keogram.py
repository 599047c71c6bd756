"""A keogram as a picture that is regular in time: each image as wide as it stands for.

Where there is no image it is blank: no column is stretched over a missing one.
"""

import numpy as np

from smile_explore.views.spectrogram import means
from smile_explore.views.timeseries import gap_places


def columns(time) -> tuple[np.ndarray, np.ndarray]:
    """Return where the column of each image begins and ends.

    Neighbours meet in the middle. Beside a gap (as `timeseries.gap_places` sees it) and at the
    ends a column reaches half the cadence, which is the median step.

    Parameters
    ----------
    time : ndarray, dims (n,), increasing
        Middles of the images, any unit, e.g. milliseconds.

    Returns
    -------
    tuple of (ndarray (n,), ndarray (n,))
        Of fewer than three images no cadence is known: their columns are empty.

    Examples
    --------
    Four images ten minutes apart, and one after half an hour without:

    >>> [edge.tolist() for edge in columns(np.array([0.0, 10.0, 20.0, 30.0, 70.0]))]
    [[-5.0, 5.0, 15.0, 25.0, 65.0], [5.0, 15.0, 25.0, 35.0, 75.0]]
    """
    time = np.asarray(time, float)
    step = np.diff(time)
    if len(step) < 2:
        return time, time.copy()
    cadence = np.sort(step)[(len(step) - 1) // 2]
    half = step / 2
    half[gap_places(time) - 1] = cadence / 2
    return time - np.r_[cadence / 2, half], time + np.r_[half, cadence / 2]


def raster(time, values, window, many: int = 800) -> np.ndarray:
    """Return the picture of a keogram, regular in time.

    Parameters
    ----------
    time : ndarray, dims (n,), increasing
        Middles of the images, in the unit of `window`.
    values : ndarray, dims (n, m)
        One row an image; NaN is missing.
    window : tuple of float
        First and last time of the picture.
    many : int
        Columns of the picture.

    Returns
    -------
    ndarray (m, many), float32
        Lowest latitude first. A column shows the mean of the images whose time is in it, else the
        image that its middle lies in; NaN where there is neither.

    Examples
    --------
    >>> raster(np.array([0.0, 10.0, 20.0]), np.array([[1.0], [2.0], [3.0]]), (-10.0, 30.0), 8)
    array([[nan,  1.,  1.,  2.,  2.,  3.,  3., nan]], dtype=float32)
    """
    lo, hi = window
    edge = np.linspace(lo, hi, many + 1)
    left, right = columns(time)
    picture = np.full((many, values.shape[1]), np.nan, np.float32)
    middle = (edge[:-1] + edge[1:]) / 2
    at = np.searchsorted(left, middle, "right") - 1
    inside = (at >= 0) & (middle < right[at])
    picture[inside] = values[at[inside]]
    first, last = np.searchsorted(time, edge[:-1]), np.searchsorted(time, edge[1:])
    held = last > first
    picture[held] = means(values, first[held], last[held])
    return picture.T


def axis(latitude) -> tuple[float, float, list]:
    """Return the outer edges of the bins, and the latitudes that are written at the axis.

    Examples
    --------
    >>> axis(np.arange(50.0, 91.0))
    (49.5, 90.5, [50.0, 60.0, 70.0, 80.0, 90.0])
    """
    half = float(latitude[1] - latitude[0]) / 2
    first, last = float(latitude[0]), float(latitude[-1])
    return first - half, last + half, np.arange(first, last + 1, 10.0).tolist()


def brightness_range(picture) -> tuple[float, float]:
    """Return the darkest and the brightest colour's value: noise below zero is dark as well.

    Examples
    --------
    >>> brightness_range(np.array([[-20.0, 0.0, np.nan, 500.0]]))[0]
    0.0
    """
    if not np.isfinite(picture).any():
        return 0.0, 1.0
    low, high = np.nanpercentile(picture, [5, 99.5])
    low = max(0.0, float(low))
    return low, float(max(high, low + 1))
