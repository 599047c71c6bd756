"""Where gravity carries a spacecraft: a published state in, a dense trajectory out.

Pure numerics in the ICRF, geocentric, km, s and TDB seconds past J2000. It knows no
Dataset, no frame other than the ICRF, and opens nothing; Sun and Moon are series that come
with astropy (erfa). No solar radiation pressure and no manoeuvres: see `orbit`.
"""

import threading
from dataclasses import dataclass
from functools import cache
from math import factorial, sqrt

import numpy as np
from numpy.polynomial import chebyshev

#: Gravitational parameters of Earth, Sun and Moon, km3 s-2 (JPL DE440, doi:10.3847/1538-3881/abd414).
_MU, _MU_SUN, _MU_MOON = 398600.435507, 132712440041.279, 4902.800118
_AU_KM = 149597870.7
_J2000 = 2451545.0

#: Radius (km) and fully normalised C, S of EGM2008 (doi:10.1029/2011JB008916) by degree and
#: order. The equator's oval form, not only J2, moves the perigee passes: J2 alone is 100 km
#: off after 45 days, degree 4 less than 5 km.
_RADIUS = 6378.1363
_GRAVITY = {
    (2, 0): (-4.84165143790815e-4, 0.0),
    (2, 2): (2.43938357328313e-6, -1.40027370385934e-6),
    (3, 0): (9.57161207093473e-7, 0.0),
    (3, 1): (2.03046201047864e-6, 2.48200415856872e-7),
    (3, 2): (9.04787894809528e-7, -6.19005475177618e-7),
    (3, 3): (7.21321757121568e-7, 1.41434926192941e-6),
    (4, 0): (5.39965866638991e-7, 0.0),
    (4, 1): (-5.36157389388867e-7, -4.73567346518086e-7),
    (4, 2): (3.50501623962649e-7, 6.62480026275829e-7),
    (4, 3): (9.90856766672321e-7, -2.00956723567452e-7),
    (4, 4): (-1.88519633023033e-7, 3.08803882149194e-7),
}
_DEGREE = 4

#: Chebyshev nodes on half an orbit, equal steps of eccentric anomaly between them on a
#: circle: at the eccentricity of 0.83 the field's terms fall below 1e-12 by then.
_NODES = 80
_CONVERGED_KM = 1e-8


# --------------------------------------------------------------------------- Sun and Moon


def sun_and_moon(t):
    """Return the geocentric positions of Sun and Moon.

    Parameters
    ----------
    t : array_like, shape (n,)
        TDB seconds past J2000, years 1900 to 2100.

    Returns
    -------
    tuple of ndarray, shape (n, 3), km, ICRF
        Geometric (no light time, no aberration); good to some 10 km.

    Examples
    --------
    >>> sun, moon = sun_and_moon(np.array([0.0]))
    >>> [round(float(np.linalg.norm(body)) / 1e3) for body in (sun, moon)]  # thousand km
    [147104, 402]
    """
    import erfa  # comes with astropy

    days = np.asarray(t) / 86400
    earth = erfa.epv00(_J2000, days)[0]["p"]
    return -earth * _AU_KM, erfa.moon98(_J2000, days)["p"] * _AU_KM


@cache
def _bodies(block: int):
    """Return splines of Sun and Moon over one block of 64 days, in steps of 3 h (12 m)."""
    from scipy.interpolate import CubicSpline

    t = (np.arange(-16, 64 * 8 + 17) / 8 + 64 * block) * 86400.0
    sun, moon = sun_and_moon(t)
    return CubicSpline(t, sun), CubicSpline(t, moon)


def sun_position(t, derivative=0):
    """Return the Sun's position (km, ICRF), or its rate (km s-1), at many times quickly."""
    t = np.atleast_1d(np.asarray(t, dtype=float))
    blocks = np.floor(t / (64 * 86400)).astype(int)
    out = np.empty((*t.shape, 3))
    for block in np.unique(blocks):
        here = blocks == block
        out[here] = _bodies(int(block))[0](t[here], derivative)
    return out


# --------------------------------------------------------------------------- forces


@cache
def _coefficients():
    """Return the gravity field without its normalisation: degree, order, C - iS."""
    rows = []
    for (n, m), (c, s) in _GRAVITY.items():
        scale = sqrt((2 - (m == 0)) * (2 * n + 1) * factorial(n - m) / factorial(n + m))
        rows.append((n, m, complex(c, -s) * scale))
    return rows


def _lumps(r):
    """Return the acceleration by the uneven field, in axes that turn with the Earth.

    Cunningham's recursion in complex form, doi:10.1007/BF01230212; `r` has shape (3, n).
    """
    q = _RADIUS / (r**2).sum(axis=0)
    w, z = (r[0] + 1j * r[1]) * q, r[2] * q
    u = {(0, 0): np.sqrt(q * _RADIUS) + 0j}
    for m in range(_DEGREE + 2):
        if m:
            u[m, m] = (2 * m - 1) * w * u[m - 1, m - 1]
        for n in range(m + 1, _DEGREE + 2):
            before = u.get((n - 2, m), 0)
            u[n, m] = ((2 * n - 1) * z * u[n - 1, m] - (n + m - 1) * _RADIUS * q * before) / (n - m)
    across, along = 0j, 0.0
    for n, m, k in _coefficients():
        # the gradient's x + iy is minus C U(n+1, 1) for the zonals, else half of two neighbours
        if m == 0:
            across = across - k.real * u[n + 1, 1]
        else:
            inner = (n - m + 2) * (n - m + 1) * u[n + 1, m - 1]
            across = across + 0.5 * (np.conj(k * inner) - k * u[n + 1, m + 1])
        along = along - (n - m + 1) * (k * u[n + 1, m]).real
    return _MU / _RADIUS**2 * np.array([across.real, across.imag, along])


def _attraction(mu, body, r):
    """Return what a distant mass does to the spacecraft, less what it does to the Earth."""
    gap = body - r
    return mu * (gap / np.linalg.norm(gap, axis=0) ** 3 - body / np.linalg.norm(body, axis=0) ** 3)


@dataclass(frozen=True)
class _Field:
    """The forces of one arc: Sun, Moon and the Earth's turning, at its nodes."""

    sun: np.ndarray
    moon: np.ndarray
    spin: np.ndarray  # complex, shape (n,): exp(-i sidereal angle)
    precession: np.ndarray

    def perturbation(self, r):
        """Return all accelerations but the central one, shape (3, n), km s-2."""
        x, y, z = self.precession @ r
        turned = (x + 1j * y) * self.spin
        lumps = _lumps(np.array([turned.real, turned.imag, z]))
        back = (lumps[0] + 1j * lumps[1]) * self.spin.conj()
        lumps = self.precession.T @ np.array([back.real, back.imag, lumps[2]])
        return lumps + _attraction(_MU_SUN, self.sun, r) + _attraction(_MU_MOON, self.moon, r)


def _field(t):
    """Return the forces at times of one arc; UT1 is taken as UTC, nutation left out."""
    import erfa

    days, middle = t / 86400, float(t.mean() / 86400)
    sun, moon = (body(t) for body in _bodies(int(np.floor(middle / 64))))
    sidereal = erfa.gmst06(_J2000, days - tdb_minus_utc() / 86400, _J2000, days)
    return _Field(sun.T, moon.T, np.exp(-1j * sidereal), erfa.pmat06(_J2000, middle))


def tdb_minus_utc() -> float:
    """Return TDB - UTC in seconds: 37 leap seconds since 2017, none announced since."""
    return 37 + 32.184


# --------------------------------------------------------------------------- arcs


@dataclass(frozen=True)
class _Ellipse:
    """The Kepler orbit that touches a state; `frame` holds the axes P and Q times a and b."""

    t_0: float
    mean: float  # mean anomaly at t_0
    motion: float
    e: float
    axes: tuple[np.ndarray, np.ndarray]

    def at(self, anomaly):
        """Return t, r and v, the latter two of shape (3, n), at eccentric anomalies."""
        cos, sin = np.cos(anomaly), np.sin(anomaly)
        p, q = (axis[:, None] for axis in self.axes)
        rate = self.motion / (1 - self.e * cos)
        t = self.t_0 + (anomaly - self.e * sin - self.mean) / self.motion
        return t, (cos - self.e) * p + sin * q, rate * (cos * q - sin * p)

    def anomaly(self, t):
        """Return the eccentric anomaly at times, by Newton's method."""
        mean = self.mean + self.motion * (np.asarray(t) - self.t_0)
        anomaly = mean + self.e * np.sin(mean) / (1 - self.e * np.cos(mean)).clip(0.3)
        for _ in range(50):
            step = (anomaly - self.e * np.sin(anomaly) - mean) / (1 - self.e * np.cos(anomaly))
            step = step.clip(-0.5, 0.5)
            anomaly = anomaly - step
            if np.abs(step).max(initial=0) < 1e-13:
                break
        return anomaly


def osculating(t_0, state) -> _Ellipse:
    """Return the ellipse that touches a state (km, km s-1); eccentric orbits only."""
    r, v = np.asarray(state[:3], float), np.asarray(state[3:], float)
    distance = np.linalg.norm(r)
    a = 1 / (2 / distance - v @ v / _MU)
    towards = np.cross(v, np.cross(r, v)) / _MU - r / distance  # the perigee, length e
    e = np.linalg.norm(towards)
    p = towards / e
    h = np.cross(r, v)
    q = np.cross(h / np.linalg.norm(h), p)
    b = a * np.sqrt(1 - e**2)
    anomaly = np.arctan2(r @ q / b, r @ p / a + e)
    motion = np.sqrt(_MU / a**3)
    return _Ellipse(t_0, anomaly - e * np.sin(anomaly), motion, e, (a * p, b * q))


@cache
def _spectral():
    """Return the nodes on [-1, 1], the integral from -1 to each, and values -> coefficients."""
    nodes = -np.cos(np.pi * np.arange(_NODES) / (_NODES - 1))
    to_series = np.linalg.inv(chebyshev.chebvander(nodes, _NODES - 1))
    integral = chebyshev.chebint(to_series, lbnd=-1, axis=0)
    return nodes, chebyshev.chebvander(nodes, _NODES) @ integral, to_series


@dataclass(frozen=True)
class _Arc:
    """Half an orbit: an ellipse, and a Chebyshev series of what departs from it."""

    ellipse: _Ellipse
    first: float  # eccentric anomalies of its ends
    last: float
    series: np.ndarray  # (nodes, 6): km, km s-1
    stop: float
    end: np.ndarray  # the state there

    def states(self, t):
        """Return states, shape (n, 6), at times within the arc."""
        anomaly = self.ellipse.anomaly(t)
        _, r, v = self.ellipse.at(anomaly)
        s = 2 * (anomaly - self.first) / (self.last - self.first) - 1
        return (np.vstack([r, v]) + chebyshev.chebval(s, self.series)).T


def _next_arc(t_0, state) -> _Arc:
    """Integrate to the next apogee or perigee: Picard iteration of Encke's departure.

    The unknown is the departure from the osculating ellipse; the independent variable
    is that ellipse's eccentric anomaly, which crowds the nodes where the forces change.
    """
    nodes, integral, to_series = _spectral()
    ellipse = osculating(t_0, state)
    first = float(ellipse.anomaly(np.array([t_0]))[0])
    last = np.pi * (np.floor(first / np.pi + 0.02) + 1)  # 0.02: no arc that is a mere crumb
    half = (last - first) / 2
    t, r, v = ellipse.at(first + half * (nodes + 1))
    pull = -_MU * r / np.linalg.norm(r, axis=0) ** 3
    pace = half * (1 - ellipse.e * np.cos(first + half * (nodes + 1))) / ellipse.motion
    field, away, speed = _field(t), np.zeros_like(r), np.zeros_like(r)
    change = np.inf
    for _ in range(60):
        here = r + away
        if change > 1e-4:  # km; nearer than that the slow forces are the same
            slow = field.perturbation(here) - pull
        speed = ((slow - _MU * here / np.linalg.norm(here, axis=0) ** 3) * pace) @ integral.T
        moved = (speed * pace) @ integral.T
        change = np.abs(moved - away).max()
        away = moved
        if change < _CONVERGED_KM:
            break
    departure = np.vstack([away, speed])
    end = np.concatenate([r[:, -1], v[:, -1]]) + departure[:, -1]
    return _Arc(ellipse, first, last, to_series @ departure.T, float(t[-1]), end)


class Trajectory:
    """The path that follows a state, integrated as far as it is asked for, and kept.

    Parameters
    ----------
    t_0 : float
        TDB seconds past J2000.
    state : array_like, shape (6,), km and km s-1, ICRF
        A bound orbit about the Earth.
    """

    def __init__(self, t_0, state):
        self.t_0 = float(t_0)
        self._state = np.asarray(state, dtype=float)
        self._arcs: list[_Arc] = []
        self._lock = threading.Lock()

    def states(self, t):
        """Return positions and velocities.

        Parameters
        ----------
        t : array_like, shape (n,), seconds TDB past J2000
            Increasing, none before `t_0`.

        Returns
        -------
        ndarray, shape (n, 6), km and km s-1, ICRF
        """
        t = np.asarray(t, dtype=float)
        self._extend(t.max(initial=self.t_0))
        stops = np.array([arc.stop for arc in self._arcs])
        owner = np.searchsorted(stops, t)
        out = np.empty((t.size, 6))
        for k in np.unique(owner):
            low, high = np.searchsorted(owner, [k, k + 1])
            out[low:high] = self._arcs[k].states(t[low:high])
        return out

    def _extend(self, until):
        with self._lock:
            while not self._arcs or self._arcs[-1].stop < until:
                last = self._arcs[-1] if self._arcs else None
                self._arcs.append(
                    _next_arc(last.stop, last.end) if last else _next_arc(self.t_0, self._state)
                )

    def milestones(self, until, every):
        """Return times and states at apogees or perigees, the first of each `every` seconds.

        Parameters
        ----------
        until : float, TDB seconds past J2000
        every : float, s

        Returns
        -------
        ndarray, shape (n, 7): time; km and km s-1, ICRF
            A trajectory that starts at one of them has the same arcs from there on.
        """
        self._extend(until)
        rows = [(self.t_0, *self._state)]
        for arc in self._arcs:
            if rows[-1][0] + every <= arc.stop < until:
                rows.append((arc.stop, *arc.end))
        return np.array(rows)
