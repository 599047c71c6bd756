"""Normal and speed of a boundary from the times at which several points meet it.

The boundary is taken as a plane that moves at constant velocity. What two or three points
cannot tell must be given by the caller and is said in the result; nothing is assumed silently.
"""

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from smile_explore.contract import require
from smile_explore.errors import InputError
from smile_explore.link.samples import text

#: Singular values below this share of the largest are rounding errors of positions in km.
_FLAT = 1e-6


@dataclass(frozen=True, eq=False)
class Timing:
    """Normal and speed of a plane boundary, how sure they are, and what was assumed.

    Attributes
    ----------
    normal : ndarray, shape (3,), in `frame`
        Unit vector. From timing alone it points where the boundary moves, so that `speed`
        is positive; a normal that was given keeps its sign.
    speed : float, km s-1
        Along `normal`, in the frame in which the positions are taken as at rest.
    speed_error : float, km s-1
        One standard deviation, to first order in the uncertainty of the times.
    interval : (float, float), km s-1
        95 % of the speed, from that of its inverse; unbounded if the times cannot
        tell which way the boundary moves.
    normal_error : float, degree
        One standard deviation in the least certain direction. A normal that was given has
        none (NaN): see `speed_per_degree`. With `plane`, only the error within that plane.
    speed_per_degree : float, km s-1
        By how much the speed changes if a given normal leans by one degree in the worst
        direction: what a wrong normal costs. NaN for a normal that was not given.
    condition : float
        Largest over smallest singular value of the positions that the solution rests on:
        1 is regular; errors of the times grow with it.
    elongation, planarity : float
        Shape of the figure of points, 0 to 1: a needle has elongation 1, a flat figure
        planarity 1 (NaN for points on a line). A regular tetrahedron has 0 and 0.
    residual : float, s
        Root mean square of what the plane leaves of the times, for the degrees of freedom
        left over; NaN if there are none. If it exceeds the uncertainty given, the errors
        are scaled up by it: the boundary is bent, or changes its speed.
    """

    normal: np.ndarray
    speed: float
    speed_error: float
    interval: tuple[float, float]
    normal_error: float
    speed_per_degree: float
    condition: float
    elongation: float
    planarity: float
    residual: float
    frame: str
    method: str
    assumptions: tuple[str, ...]

    @property
    def usable(self) -> bool:
        """Say whether the times tell, at 95 %, which way the boundary moves."""
        return bool(np.isfinite(self.interval).all())

    def along(self, direction) -> "Timing":
        """Return the same boundary with its normal on the side of `direction`.

        Parameters
        ----------
        direction : array_like, shape (3,)
            For example the position, for a normal that points away from the Earth.
        """
        if np.dot(self.normal, np.asarray(direction, float)) >= 0:
            return self
        low, high = self.interval
        return replace(self, normal=-self.normal, speed=-self.speed, interval=(-high, -low))

    def __str__(self):
        lines = [
            f"normal {text(self.normal)} {self.frame}{self._how_sure()}",
            f"speed {self.speed:.1f} ± {self.speed_error:.1f} km/s, "
            f"95 %: {self.interval[0]:.1f} to {self.interval[1]:.1f}"
            + ("" if self.usable else "; NOT USABLE: the times do not tell which way it moves"),
            f"condition {self.condition:.1f}, elongation {self.elongation:.2f}, "
            f"planarity {self.planarity:.2f}",
            f"method: {self.method}; assumed: {'; '.join(self.assumptions)}",
        ]
        if np.isfinite(self.residual):
            lines.insert(3, f"the plane leaves {self.residual:.2f} s (rms) of the times")
        return "\n".join(lines)

    def _how_sure(self):
        if np.isnan(self.normal_error):
            return f", given: each degree it is wrong changes the speed by up to {self.speed_per_degree:.1f} km/s"
        return f" ± {self.normal_error:.1f}°"


def timing(times, positions, *, uncertainty, frame=None, normal=None, plane=None) -> Timing:
    """Return normal and speed of a boundary from the times of its crossings at several points.

    Parameters
    ----------
    times : array_like, shape (n,), datetime64 UTC
        When each point met the boundary.
    positions : array_like, shape (n, 3), or DataArray, dims (any, cartesian), km
        Where it was then. Four points or more give normal and speed; fewer need `normal`
        or `plane`.
    uncertainty : float or array_like, shape (n,), s
        One standard deviation of each time, independent of the others. No less than the
        cadence of the data over the square root of 12.
    frame : str, optional
        Frame of `positions`, for example "GSE"; a DataArray brings its own.
    normal : array_like, shape (3,), optional
        A known normal, from a model or from minimum variance: two points then give the speed.
        Its length does not matter.
    plane : array_like, shape (3,), optional
        A direction the normal is perpendicular to, such as (0, 0, 1) for a normal in the
        xy plane: three points then give normal and speed.

    Returns
    -------
    Timing
        A frozen result that prints itself, its assumptions included.

    Raises
    ------
    InputError
        If there are too few points for what is asked, times or positions are missing or do
        not match, no frame is stated, the points do not span what is asked (four in a plane,
        three on a line, two across the given normal), or all times are equal.
    DatasetError
        If a DataArray is not in km, or its frame is not the one stated.

    Notes
    -----
    With the slowness m = n / V, a plane at constant velocity meets the point r at
    t = t0 + m . r. Positions are taken as exact: for Cluster their error (a few km) adds
    |dr| / V to that of the times.

    References
    ----------
    Russell et al. (1983), https://doi.org/10.1029/JA088iA06p04739 (four points).
    Vogt et al. (2011), https://doi.org/10.5194/angeo-29-2239-2011 (errors).
    Robert et al. (1998), ISSI Scientific Report SR-001, chapter 13 (elongation, planarity).

    Examples
    --------
    A boundary moves along x at 50 km/s past four points, the second 1000 km ahead:

    >>> times = np.datetime64("2001-06-11T20:00") + np.array([0, 20_000, 0, 0], "m8[ms]")
    >>> points = [[0, 0, 0], [1000, 0, 0], [0, 1000, 0], [0, 0, 1000]]
    >>> found = timing(times, points, uncertainty=1.0, frame="GSE")
    >>> found.normal.round(6).tolist(), round(found.speed, 6)
    ([1.0, 0.0, 0.0], 50.0)
    >>> round(found.speed_error, 3)  # 50 km/s times sqrt(2) * 1 s / 20 s
    3.536
    """
    seconds, points, frame = _crossings(times, positions, frame)
    basis, method, assumption = _unknowns(len(seconds), normal, plane)
    sigma = _sigma(uncertainty, len(seconds))
    centred = points - points.mean(axis=0)
    spread = np.linalg.svd(centred @ basis, compute_uv=False)
    if spread[-1] <= _FLAT * np.linalg.norm(centred):
        message = f"The {len(points)} points do not span what is asked: a wanted direction has a spread of {spread[-1]:.3g} km. Take other points, or give normal= or plane=."
        raise InputError(message)
    slowness, covariance, residual = _fit(centred @ basis, seconds, sigma)
    return Timing(
        **_motion(basis, slowness, covariance, normal),
        **_shape(centred),
        speed_per_degree=_leaning(centred, seconds, sigma, basis),
        condition=float(spread[0] / spread[-1]),
        residual=residual,
        frame=frame,
        method=method,
        assumptions=("plane boundary", "constant velocity", "exact positions", *assumption),
    )


# --------------------------------------------------------------------------- what is asked


def _crossings(times, positions, frame):
    """Return seconds since the first crossing, positions in km, and their frame."""
    if isinstance(positions, xr.DataArray):
        own = require(positions, "km", frame).attrs.get("coordinate_system")
        frame = frame or own
        positions = positions.sel(cartesian=list("xyz")).transpose(..., "cartesian").values
    if not frame:
        message = "The positions state no frame: give frame=, for example 'GSE'."
        raise InputError(message)
    when = np.asarray(times).astype("datetime64[ns]")
    points = np.asarray(positions, dtype=float)
    if when.ndim != 1 or points.shape != (*when.shape, 3):
        message = f"Times have shape {when.shape} and positions {points.shape}: give (n,) and (n, 3), one place for each time."
        raise InputError(message)
    if np.isnat(when).any() or not np.isfinite(points).all():
        message = "A time or a position is missing: leave that point out of both."
        raise InputError(message)
    seconds = (when - when.min()) / np.timedelta64(1, "s") if len(when) else np.empty(0)
    return seconds, points, frame


def _sigma(uncertainty, n):
    sigma = np.broadcast_to(np.asarray(uncertainty, dtype=float), n)
    if not (np.isfinite(sigma) & (sigma > 0)).all():
        message = f"uncertainty={uncertainty!r} must be seconds above 0: half the cadence at least, or the width of the boundary's ramp."
        raise InputError(message)
    return sigma


def _unknowns(n, normal, plane):
    """Return what the slowness is made of, (3, unknowns), and how to say so."""
    if normal is not None and plane is not None:
        message = "Both normal= and plane= are given: a given normal leaves nothing to find in a plane; give one."
        raise InputError(message)
    if normal is not None:
        basis = unit(normal)[:, None]
        said = f"the normal is {text(basis[:, 0])}, given"
        need, method, assumption = 2, "speed along a given normal", (said,)
    elif plane is not None:
        across = unit(plane)
        basis = np.linalg.svd(across[None, :])[2][1:].T
        said = f"the normal is perpendicular to {text(across)}, given"
        need, method, assumption = 3, "timing within a given plane", (said,)
    else:
        basis, need, method, assumption = np.eye(3), 4, "timing", ()
    if n < need:
        message = f"{n} crossings are too few, {method} needs {need}: give more points, or plane= (3) or normal= (2)."
        raise InputError(message)
    return basis, f"{method}, {n} points", assumption


def unit(vector) -> np.ndarray:
    """Return a given direction with length 1; InputError if it is none."""
    vector = np.asarray(vector, dtype=float)
    length = np.linalg.norm(vector) if vector.shape == (3,) else 0.0
    if not (np.isfinite(length) and length > 0):
        message = f"{vector.tolist()} is no direction: give three numbers, not all zero."
        raise InputError(message)
    return vector / length


# --------------------------------------------------------------------------- solution


def _fit(places, seconds, sigma):
    """Return slowness, its covariance, and the rms residual, by weighted least squares."""
    design = np.column_stack([places, np.ones(len(places))]) / sigma[:, None]
    scale = np.linalg.norm(design, axis=0)  # km and seconds, else the inverse loses digits
    inverse = np.linalg.pinv(design / scale) / scale[:, None]
    found = inverse @ (seconds / sigma)
    covariance = inverse @ inverse.T
    freedom = len(places) - len(found)
    if freedom == 0:
        return found[:-1], covariance[:-1, :-1], np.nan
    left = seconds - design * sigma[:, None] @ found
    residual = float(np.sqrt((left**2).sum() / freedom))
    worse = max(1.0, np.sqrt(((left / sigma) ** 2).sum() / freedom))
    return found[:-1], covariance[:-1, :-1] * worse**2, residual


def _motion(basis, slowness, covariance, given) -> dict:
    """Return normal and speed, and their errors, from the slowness in its basis."""
    size = np.linalg.norm(slowness)
    if size == 0:
        message = "All points met the boundary at the same time: its speed is beyond what these times can tell."
        raise InputError(message)
    direction = np.sign(slowness) if given is not None else slowness / size
    sigma = np.sqrt(direction @ covariance @ direction)
    across = np.eye(len(slowness)) - np.outer(direction, direction)
    leaning = np.sqrt(np.linalg.eigvalsh(across @ covariance @ across).max())
    sign = slowness[0] / size if given is not None else 1.0
    low, high = size - 1.96 * sigma, size + 1.96 * sigma
    interval = sorted((sign / low, sign / high)) if low > 0 else (-np.inf, np.inf)
    return {
        "normal": basis @ direction * sign,
        "speed": float(sign / size),
        "speed_error": float(sigma / size**2),
        "interval": tuple(map(float, interval)),
        "normal_error": float("nan") if given is not None else float(np.degrees(leaning / size)),
    }


def _leaning(centred, seconds, sigma, basis) -> float:
    """Return the change of speed for a degree of a given normal; NaN if it was not given."""
    if basis.shape[1] > 1:
        return float("nan")
    step = np.radians(0.5)
    across = np.linalg.svd(basis.T)[2][1:]
    slowness = [
        _fit(centred @ (basis[:, 0] * np.cos(step) + side * np.sin(step))[:, None], seconds, sigma)
        for side in (across[0], -across[0], across[1], -across[1])
    ]
    speed = 1 / np.array([found[0][0] for found in slowness])
    return float(np.hypot(speed[0] - speed[1], speed[2] - speed[3]))


def _shape(centred) -> dict:
    """Return elongation and planarity, from the volumetric tensor of the points."""
    axes = np.linalg.svd(centred, compute_uv=False)
    a, b, c = np.append(axes, np.zeros(3 - len(axes)))
    flat = b > _FLAT * a
    return {"elongation": float(1 - b / a), "planarity": float(1 - c / b) if flat else np.nan}
