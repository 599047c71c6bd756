"""The de Hoffmann-Teller frame of a boundary, and the Walén relation in it.

One spacecraft that measures field and flow. A frame is always found; whether there is one
is for its correlation to say.
"""

from dataclasses import dataclass

import numpy as np

from smile_explore.errors import InputError
from smile_explore.link.samples import complete, text
from smile_explore.physics.solar_wind import alfven_speed


@dataclass(frozen=True, eq=False)
class DeHoffmannTeller:
    """The frame in which the electric field is least, and whether there is one.

    Attributes
    ----------
    velocity : ndarray, shape (3,), km s-1, in `frame`
        Of the frame, as seen from that of the velocities.
    error : ndarray, shape (3,), km s-1
        One standard deviation of each component, for independent samples.
    correlation, slope : float
        Of all components of -v x B against those of -velocity x B. A frame
        exists where both are near 1; the usual demand is a correlation above 0.9.
    residual : float, 0 to 1
        Mean square electric field in the frame over that in the given one.
    samples, left_out : int
        Samples used, and those left out because a component is missing.
    """

    velocity: np.ndarray
    error: np.ndarray
    correlation: float
    slope: float
    residual: float
    samples: int
    left_out: int
    frame: str

    def __str__(self):
        x, y, z = self.error
        return (
            f"de Hoffmann-Teller velocity {text(self.velocity)} ± ({x:.1f}, {y:.1f}, {z:.1f}) km/s "
            f"{self.frame}\ncorrelation {self.correlation:.3f}, slope {self.slope:.3f}, "
            f"{100 * self.residual:.1f} % of the square electric field left\n"
            f"{self.samples} samples, {self.left_out} left out"
        )


def de_hoffmann_teller(b, v, *, frame=None) -> DeHoffmannTeller:
    """Return the velocity of the frame in which the plasma flows along the field.

    Parameters
    ----------
    b : DataArray, dims (time, cartesian), or array_like, shape (n, 3), nT
        Field.
    v : DataArray, dims (time, cartesian), or array_like, shape (n, 3), km s-1
        Plasma velocity at the same times, in the same frame.
    frame : str, optional
        Frame of arrays; DataArrays bring their own.

    Returns
    -------
    DeHoffmannTeller
        Samples with a NaN are left out and counted.

    Raises
    ------
    InputError
        If times or frames differ, fewer than 4 samples are complete, or the field has
        one direction only (no velocity along it can be told).
    DatasetError
        If the units are others.

    References
    ----------
    de Hoffmann and Teller (1950), https://doi.org/10.1103/PhysRev.80.692.
    Khrabrov and Sonnerup (1998), ISSI Scientific Report SR-001, chapter 9.

    Examples
    --------
    A flow that is 0.5 km/s per nT along the field, carried by at 100 km/s along x:

    >>> turn = np.linspace(0, np.pi, 20)
    >>> b = np.column_stack([np.full(20, 3.0), 10 * np.sin(turn), 10 * np.cos(turn)])
    >>> found = de_hoffmann_teller(b, 0.5 * b + [100, 0, 0], frame="GSM")
    >>> (found.velocity.round(6) + 0.0).tolist(), round(found.correlation, 6)
    ([100.0, 0.0, 0.0], 1.0)
    """
    (v, b), frame, left_out = complete({"v": v, "b": b}, frame)
    each = (b**2).sum(axis=1)[:, None, None] * np.eye(3) - b[:, :, None] * b[:, None, :]
    mean = each.mean(axis=0)
    if np.linalg.cond(mean) > 1e8:
        message = "The field has one direction only: the velocity along it cannot be told; take samples in which it turns."
        raise InputError(message)
    velocity = np.linalg.solve(mean, np.einsum("tij,tj->i", each, v) / len(v))
    field, carried = -np.cross(v, b), -np.cross(velocity, b)
    left, whole = ((e**2).sum(axis=1).mean() for e in (field - carried, field))
    covariance = left / (2 * len(v) - 3) * np.linalg.inv(mean)
    slope, correlation = _line(carried, field)
    return DeHoffmannTeller(
        velocity=velocity,
        error=np.sqrt(np.diag(covariance)),
        correlation=correlation,
        slope=slope,
        residual=float(left / whole) if whole > 0 else float("nan"),
        samples=len(v),
        left_out=left_out,
        frame=frame,
    )


@dataclass(frozen=True, eq=False)
class Walen:
    """How well the flow in the de Hoffmann-Teller frame is the Alfvén velocity.

    Attributes
    ----------
    slope : float
        Of the velocity in the frame against the Alfvén velocity, all components together:
        +1 or -1 at a rotational discontinuity, near 0 at a tangential one. Positive: the
        plasma flows along the field, so it crosses the boundary in the direction of
        the normal component of the field; negative: against it.
    correlation : float
        Of the same.
    frame_velocity : ndarray, shape (3,), km s-1
        The de Hoffmann-Teller velocity, found or given.
    samples, left_out : int
        Samples used, and those left out because a value is missing or the density not above 0.
    """

    slope: float
    correlation: float
    frame_velocity: np.ndarray
    samples: int
    left_out: int
    frame: str
    assumptions: tuple[str, ...]

    def __str__(self):
        return (
            f"Walén slope {self.slope:.2f}, correlation {self.correlation:.3f}\n"
            f"in the frame that moves at {text(self.frame_velocity)} km/s {self.frame}\n"
            f"{self.samples} samples, {self.left_out} left out; assumed: {'; '.join(self.assumptions)}"
        )


def walen_test(b, v, n, *, frame_velocity=None, helium=0.0, frame=None) -> Walen:
    """Return slope and correlation of the Walén relation across a boundary.

    Parameters
    ----------
    b : DataArray, dims (time, cartesian), or array_like, shape (n, 3), nT
        Field.
    v : DataArray, dims (time, cartesian), or array_like, shape (n, 3), km s-1
        Plasma velocity at the same times, in the same frame.
    n : DataArray, dims (time,), or array_like, shape (n,), cm-3
        Proton density at the same times.
    frame_velocity : array_like, shape (3,), km s-1, optional
        De Hoffmann-Teller velocity; by default found from the same samples.
    helium : float
        Ratio of helium to proton number density.
    frame : str, optional
        Frame of arrays; DataArrays bring their own.

    Returns
    -------
    Walen
        Samples with a NaN, or a density that is not above 0, are left out and counted.

    Raises
    ------
    InputError
        As `de_hoffmann_teller`.
    DatasetError
        If the units are others.

    Notes
    -----
    The pressure is taken as isotropic. Without a good de Hoffmann-Teller frame the slope
    says nothing: look at its correlation first.

    References
    ----------
    Khrabrov and Sonnerup (1998), ISSI Scientific Report SR-001, chapter 9.
    Sonnerup et al. (1987), https://doi.org/10.1029/JA092iA11p12137.

    Examples
    --------
    A flow that is Alfvénic, against the field, in a frame that moves at 100 km/s along x:

    >>> turn = np.linspace(0, np.pi, 20)
    >>> b = np.column_stack([np.full(20, 3.0), 10 * np.sin(turn), 10 * np.cos(turn)])
    >>> alfven = 21.812 * b / np.sqrt(5.0)  # km/s, for 5 protons in a cm3
    >>> found = walen_test(b, [100, 0, 0] - alfven, np.full(20, 5.0), frame="GSM")
    >>> round(found.slope, 3), round(found.correlation, 3)
    (-1.0, -1.0)
    """
    (b, v, n), frame, left_out = complete({"b": b, "v": v, "n": n}, frame)
    if frame_velocity is None:
        velocity, how = de_hoffmann_teller(b, v, frame=frame).velocity, "found from the samples"
    else:
        velocity, how = np.asarray(frame_velocity, dtype=float), "given"
    alfven = alfven_speed(n, 1.0, helium)[:, None] * b
    slope, correlation = _line(alfven, v - velocity)
    said = (f"frame velocity {how}", "isotropic pressure", f"helium ratio {helium:g}")
    return Walen(slope, correlation, velocity, len(b), left_out, frame, said)


def _line(x, y) -> tuple[float, float]:
    """Return slope and correlation of all components of `y` against those of `x`."""
    dx, dy = x.ravel() - x.mean(), y.ravel() - y.mean()
    sxx, sxy, syy = dx @ dx, dx @ dy, dy @ dy
    slope = sxy / sxx if sxx > 0 else np.nan
    return float(slope), float(sxy / np.sqrt(sxx * syy)) if sxx * syy > 0 else float("nan")
