"""The orbits of the rehearsal: Kepler's, in GSE, and where they are between the boundaries.

Pure and deterministic. Times are seconds since midnight of the day; positions are (n, 3) arrays.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from smile_explore import frames
from smile_explore.contract import EARTH_RADIUS_KM as RE
from smile_explore.physics import geometry
from smile_explore.smile import rehearsal_space as space
from smile_explore.smile.rehearsal_wind import HOUR, START, length

_MU = 398600.4418
_EDGE = 600.0  # km, between any two of the four Cluster spacecraft


@dataclass(frozen=True)
class Orbit:
    """A Kepler orbit: semi-major axis in km, eccentricity, its axes, and when it is at perigee.

    The axes (towards perigee, and along the motion there) are GSE at noon of the day, and fixed
    among the stars.
    """

    a: float
    e: float
    towards: np.ndarray
    along: np.ndarray
    perigee: float

    def at(self, time):
        """Return position (km) and velocity (km s-1), GSE, at times in s."""
        rate = np.sqrt(_MU / self.a**3)
        mean = rate * (time - self.perigee)
        anomaly = mean + self.e * np.sin(mean)
        for _ in range(12):
            anomaly -= (anomaly - self.e * np.sin(anomaly) - mean) / (1 - self.e * np.cos(anomaly))
        cos, sin, flat = np.cos(anomaly), np.sin(anomaly), np.sqrt(1 - self.e**2)
        swing = rate * self.a / (1 - self.e * cos)
        x, y = self.a * (cos - self.e), self.a * flat * sin
        pos = x[:, None] * self.towards + y[:, None] * self.along
        vel = (-swing * sin)[:, None] * self.towards + (swing * flat * cos)[:, None] * self.along
        return _with_the_sun(pos, time), _with_the_sun(vel, time)


def _with_the_sun(vector, time):
    """Turn from axes fixed at noon to GSE, which follows the Sun by a degree a day."""
    angle = -np.radians(0.98565) * (time / 86400 - 0.5)
    x, y, z = vector.T
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([x * cos - y * sin, x * sin + y * cos, z], axis=-1)


def orbit_through(pos, vel, time) -> Orbit:
    """Return the orbit with this position (km) and velocity (km s-1) at `time`."""
    r, v_2 = length(pos), length(vel) ** 2
    a = 1 / (2 / r - v_2 / _MU)
    eccentric = ((v_2 - _MU / r) * pos - (pos * vel).sum() * vel) / _MU
    e, spin = float(length(eccentric)), np.cross(pos, vel)
    towards = eccentric / e
    along = np.cross(spin / length(spin), towards)
    anomaly = np.arctan2((pos * along).sum() / np.sqrt(1 - e**2), (pos * towards).sum() + a * e)
    mean = anomaly - e * np.sin(anomaly)
    return Orbit(float(a), e, towards, along, float(time - mean / np.sqrt(_MU / a**3)))


def stamps(seconds) -> np.ndarray:
    """Return seconds of the day as datetime64[ns]."""
    return START + np.round(np.asarray(seconds) * 1e9).astype("timedelta64[ns]")


def turned(vector, seconds, here, to):
    """Return vectors at times of the day in another frame."""
    coords = {"time": stamps(seconds), "cartesian": ["x", "y", "z"]}
    da = xr.DataArray(vector, coords, ("time", "cartesian"), attrs={"coordinate_system": here})
    return frames.rotate(da, to).values


def themis_orbit() -> Orbit:
    """Return 1.5 by 12 R_E, apogee at noon UT a little duskward of noon and south of the ecliptic."""
    apogee = _unit([1.0, 0.07, -0.06])
    along = _unit(np.cross([0.05, 0.22, 1.0], -apogee))
    a, e = 6.75 * RE, 10.5 / 13.5
    return Orbit(a, e, -apogee, along, 12 * HOUR - np.pi * np.sqrt(a**3 / _MU))


def cluster_orbits() -> dict[str, Orbit]:
    """Return 4 by 19.6 R_E over the poles, four at the corners of a tetrahedron near 04:40 UT."""
    apogee = _unit([0.93, 0.30, -0.05])
    along = _unit(np.cross(np.cross(-apogee, [0.0, 0.0, 1.0]), -apogee))
    centre = Orbit(11.8 * RE, 0.661, -apogee, along, -3.8 * HOUR)
    meeting = 4.6 * HOUR
    pos, vel = (row[0] for row in centre.at(np.array([meeting])))
    corners = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) * _EDGE / np.sqrt(8)
    orbits = {}
    for number, corner in enumerate(corners, 1):
        # of one energy, so that they stay together
        speed = np.sqrt(2 * _MU / length(pos + corner) - _MU / centre.a)
        orbit = orbit_through(pos + corner, vel * speed / length(vel), meeting)
        orbits[f"cluster.{number}"] = orbit
    return orbits


def _unit(vector):
    return np.asarray(vector, float) / length(np.asarray(vector, float))


def place(world, seconds, pos) -> space.Place:
    """Return the place of GSE positions in km."""
    angle = geometry.aberration(world.limits.driver("speed", seconds))
    axis = np.stack([np.cos(angle), -np.sin(angle), 0 * angle], axis=-1)
    gsm = turned(pos / RE, seconds, "GSE", "GSM")
    tilt = frames.dipole_tilt(stamps(seconds))
    return space.place(seconds, gsm, turned(axis, seconds, "GSE", "GSM"), tilt, world.limits)
