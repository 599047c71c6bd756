"""The normal of a boundary from the direction in which the field varies least across it.

One spacecraft, one boundary that is plane. Errors are of the noise alone; the result
says when two directions vary too much alike to tell them apart.
"""

from dataclasses import dataclass

import numpy as np

from smile_explore.errors import InputError
from smile_explore.link.multipoint import unit
from smile_explore.link.samples import complete, text


@dataclass(frozen=True, eq=False)
class MinimumVariance:
    """Axes of a field's variance across a boundary, and how sure its normal is.

    Attributes
    ----------
    normal : ndarray, shape (3,), in `frame`
        Direction of least variance; its first component that is not 0 is positive.
    axes : ndarray, shape (3, 3)
        Unit vectors of largest, intermediate and least variance, one a row, right-handed.
    eigenvalues : ndarray, shape (3,), square of the field's unit
        Largest, intermediate, least. With ``zero_normal`` the intermediate axis is
        that of the mean field, whose variance is not used (NaN).
    ratio : float
        Variance of the axis next to the normal over that of the normal.
    error_max, error_next : float, degree
        One standard deviation of the normal, turned towards the axis of largest
        variance and towards the intermediate one (NaN with ``zero_normal``).
    mean_normal, mean_normal_error : float, unit of the field
        Mean field along the normal and its standard deviation; both 0 with ``zero_normal``.
    samples, left_out : int
        Samples used, and those left out because a component is missing.
    """

    normal: np.ndarray
    axes: np.ndarray
    eigenvalues: np.ndarray
    ratio: float
    error_max: float
    error_next: float
    mean_normal: float
    mean_normal_error: float
    samples: int
    left_out: int
    frame: str
    method: str

    @property
    def reliable(self) -> bool:
        """Say whether the ratio is 10 or more, or 2 or more with 50 samples or more."""
        return self.ratio >= (10 if self.samples < 50 else 2)

    def __str__(self):
        trust = "" if self.reliable else "; NOT RELIABLE: the eigenvalues are too close"
        errors = f"± {self.error_max:.1f}° towards the largest variance"
        if np.isfinite(self.error_next):
            errors += f", ± {self.error_next:.1f}° towards the intermediate"
        return (
            f"normal {text(self.normal)} {self.frame} {errors}\n"
            f"eigenvalue ratio {self.ratio:.1f}{trust}\n"
            f"mean normal field {self.mean_normal:.2f} ± {self.mean_normal_error:.2f}\n"
            f"method: {self.method}; {self.samples} samples, {self.left_out} left out"
        )


def minimum_variance(b, *, zero_normal=False, frame=None) -> MinimumVariance:
    """Return the direction in which a field varies least: the normal of a plane boundary.

    Parameters
    ----------
    b : DataArray, dims (time, cartesian), or array_like, shape (n, 3), any unit
        Field across one boundary and nothing else.
    zero_normal : bool
        Take the mean field along the normal as 0 (a tangential discontinuity): steadier
        where the variances of two axes are alike, wrong where it is not 0.
    frame : str, optional
        Frame of an array; a DataArray brings its own.

    Returns
    -------
    MinimumVariance
        Eigenvalues, axes, errors; samples with a NaN are left out and counted.

    Raises
    ------
    InputError
        If fewer than 4 samples are complete, the field does not vary, no frame is stated,
        or with ``zero_normal`` the mean field is 0.

    Notes
    -----
    Errors are those of equation 8.23 (and 8.24 for the mean) of Sonnerup and Scheible,
    for noise that is independent from sample to sample. Waves are not: real errors are larger.

    References
    ----------
    Sonnerup and Cahill (1967), https://doi.org/10.1029/JZ072i001p00171.
    Sonnerup and Scheible (1998), ISSI Scientific Report SR-001, chapter 8.

    Examples
    --------
    The field turns from south to north in the yz plane, with 3 nT steady across it:

    >>> turn = np.linspace(0, np.pi, 60)
    >>> b = np.column_stack([np.full(60, 3.0), 10 * np.sin(turn), -10 * np.cos(turn)])
    >>> found = minimum_variance(b, frame="GSM")
    >>> found.normal.round(3).tolist(), round(found.mean_normal, 3)
    ([1.0, 0.0, 0.0], 3.0)
    """
    (b,), frame, left_out = complete({"field": b}, frame)
    mean, covariance = b.mean(axis=0), np.cov(b.T, bias=True)
    if not np.trace(covariance) > 0:
        message = (
            f"The field is the same in all {len(b)} samples: give the samples across the boundary."
        )
        raise InputError(message)
    axes, values = (_constrained if zero_normal else _principal)(mean, covariance)
    most, middle, least = values
    with np.errstate(divide="ignore", invalid="ignore"):  # alike variances: no direction
        noise = least / (len(b) - 1)
        to_most = np.sqrt(noise * most) / (most - least)
        to_middle = np.sqrt(noise * middle) / (middle - least)
        beside = [(to_middle * mean @ axes[1]) ** 2, (to_most * mean @ axes[0]) ** 2]
    return MinimumVariance(
        normal=axes[2],
        axes=axes,
        eigenvalues=values,
        ratio=_ratio(most if zero_normal else middle, least, most),
        error_max=float(np.degrees(to_most)),
        error_next=float(np.degrees(to_middle)),
        mean_normal=0.0 if zero_normal else float(mean @ axes[2]),
        mean_normal_error=0.0 if zero_normal else float(np.sqrt(noise + sum(beside))),
        samples=len(b),
        left_out=left_out,
        frame=frame,
        method="minimum variance" + (", mean normal field taken as 0" if zero_normal else ""),
    )


def _principal(_, covariance):
    """Return the axes (largest, intermediate, least; right-handed) and their variances."""
    values, vectors = np.linalg.eigh(covariance)
    return _handed(vectors[:, 2], vectors[:, 0]), np.maximum(values[::-1], 0)


def _constrained(mean, covariance):
    """Return the same for a normal that is perpendicular to the mean field."""
    plane = np.linalg.svd(unit(mean)[None, :])[2][1:]
    (least, most), vectors = np.linalg.eigh(plane @ covariance @ plane.T)
    return _handed(*(vectors.T[::-1] @ plane)), np.array([max(most, 0), np.nan, max(least, 0)])


def _handed(most, least):
    least = -least if least[np.flatnonzero(np.abs(least) > 1e-9)[0]] < 0 else least
    return np.stack([most, np.cross(least, most), least])


def _ratio(beside, least, most) -> float:
    floor = 1e-12 * most  # what is left of a component that does not vary at all
    return float(max(beside, floor) / max(least, floor))
