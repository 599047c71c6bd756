"""The near-Earth space of the rehearsal: boundaries that follow the wind, and what is between them.

Pure and deterministic. Times are seconds since midnight of the day; positions are (n, 3) arrays
in R_E, GSM unless a name says GSE; fields in nT, velocities in km s-1, densities in cm-3.
"""

from dataclasses import dataclass

import numpy as np

from smile_explore.physics import bow_shock, magnetopause
from smile_explore.smile.rehearsal_wind import (
    SHOCK,
    STEP,
    Wind,
    across,
    length,
    turbulence,
    wind,
)  # fmt: skip

RE = 6371.2
#: The Earth's dipole at the equator, nT R_E**3 (IGRF, 2027).
_DIPOLE = 29700.0
#: (1 km s-1)**2 m_p, in eV.
_PROTON_EV = 0.0104397

#: How the boundaries answer, s: the wind's pressure needs a minute through the sheath and is
#: followed within about another; erosion by a southward field sets in later and takes longer.
PRESSURE_DELAY, PRESSURE_RESPONSE, EROSION_DELAY, EROSION_RESPONSE = 60.0, 45.0, 300.0, 600.0
SHOCK_RESPONSE = 30.0
#: Thickness of the magnetopause current, of the boundary layer inside it, of the bow shock, R_E.
_CURRENT, LAYER, _RAMP = 0.04, 0.25, 0.015
#: When the magnetosphere begins to ring after the shock, s.
_SHOCK_INSIDE = SHOCK + PRESSURE_DELAY


# --------------------------------------------------------------------------- boundaries


@dataclass(frozen=True)
class Boundaries:
    """Magnetopause and bow shock of the day, as the wind at the nose drives them."""

    nose: Wind
    drivers: dict  # series on the wind's own times

    def driver(self, name, time):
        """Return one driving series at other times."""
        return np.interp(time, self.nose.time, self.drivers[name])

    def magnetopause(self, theta, time):
        """Return its distance at an angle from the axis: Shue et al. (1998), R_E."""
        p_dyn, b_z = self.driver("p_mp", time), self.driver("b_z_mp", time)
        return magnetopause.shue1998(theta, p_dyn=p_dyn, b_z=b_z) * self.driver("ripple_mp", time)

    def bow_shock(self, theta, time):
        """Return its distance at an angle from the axis: Jelinek et al. (2012), R_E."""
        r = bow_shock.jelinek2012(theta, p_dyn=self.driver("p_bs", time))
        return r * self.driver("ripple_bs", time)


def boundaries() -> Boundaries:
    """Return the boundaries of the day: delayed, sluggish, and never quite at rest."""
    nose = wind(1)
    time, p_dyn = nose.time, nose.p_dyn
    late = _relaxed(np.interp(time - PRESSURE_DELAY, time, p_dyn), PRESSURE_RESPONSE)
    eroded = _relaxed(np.interp(time - EROSION_DELAY, time, nose.b[:, 2]), EROSION_RESPONSE)
    ripples = [1 + 0.008 * turbulence((4, k), len(time), outer=200.0, slope=-6) for k in (0, 1)]
    drivers = {"p_mp": late, "b_z_mp": eroded, "p_bs": _relaxed(p_dyn, SHOCK_RESPONSE)}
    drivers |= {"ripple_mp": ripples[0], "ripple_bs": ripples[1]}
    drivers["speed"] = _relaxed(nose.speed, 600.0)
    return Boundaries(nose, drivers)


def _relaxed(series, time_constant):
    """Follow a series with a first-order delay; its ends meet outside the day."""
    f = np.fft.rfftfreq(len(series), STEP)
    return np.fft.irfft(np.fft.rfft(series) / (1 + 2j * np.pi * f * time_constant), len(series))


# --------------------------------------------------------------------------- a place in it


@dataclass(frozen=True)
class Place:
    """Where a spacecraft is at each time, and how far from the boundaries."""

    time: np.ndarray
    pos: np.ndarray  # GSM
    axis: np.ndarray  # into the aberrated wind, GSM unit vectors
    tilt: np.ndarray  # of the dipole, rad
    r: np.ndarray
    theta: np.ndarray  # from the axis
    r_mp: np.ndarray
    r_bs: np.ndarray

    @property
    def inside(self):
        """Depth below the magnetopause along the radius, R_E; negative outside."""
        return self.r_mp - self.r

    @property
    def upstream(self):
        """Height above the bow shock along the radius, R_E; negative below."""
        return self.r - self.r_bs


def place(time, pos, axis, tilt, limits: Boundaries) -> Place:
    """Return the place of GSM positions (R_E), given the wind's axis and the tilt there."""
    r = length(pos)
    theta = np.arccos(np.clip((pos * axis).sum(-1) / r, -0.9999, 0.9999))
    r_mp, r_bs = limits.magnetopause(theta, time), limits.bow_shock(theta, time)
    return Place(time, pos, axis, tilt, r, theta, r_mp, r_bs)


def region(where: Place):
    """Return 0 magnetosphere, 1 boundary layer, 2 magnetosheath, 3 solar wind at each time."""
    code = np.where(where.inside > LAYER, 0, np.where(where.inside > 0, 1, 2))
    return np.where(where.upstream > 0, 3, code)


def step(distance, width):
    """Return a smooth step from 0 to 1 where `distance` passes 0."""
    return 1 / (1 + np.exp(-np.clip(distance / width, -60, 60)))


# --------------------------------------------------------------------------- fields


def magnetosphere(where: Place, limits: Boundaries, sym_h):
    """Return the field of the Earth, of the magnetopause currents and of a ring current.

    The dipole; Mead (1964) to its second term, for the stand-off that the pressure alone makes,
    less what tail and erosion take; a disk with the vector potential of Tsyganenko (1989), displaced to
    the night side, scaled by SYM-H. Close to the magnetopause it is strengthened until it holds
    the wind's pressure.
    """
    x, _, z = where.pos.T
    moment = np.stack([np.sin(where.tilt), 0 * where.tilt, np.cos(where.tilt)], axis=-1)
    along = (where.pos * moment).sum(-1) / where.r**2
    dipole = (_DIPOLE / where.r**3)[:, None] * (moment - 3 * along[:, None] * where.pos)
    p_dyn = limits.driver("p_mp", where.time)
    r_0 = magnetopause.shue1998(0.0, p_dyn=p_dyn, b_z=0.0)
    eroded = np.clip(r_0 - limits.magnetopause(0.0, where.time), 0, None)
    uniform, gradient = 25000 / r_0**3 - 8 - 5 * eroded, 21000 / r_0**4
    currents = np.stack([gradient * z, 0 * x, uniform + gradient * x], axis=-1)
    b = dipole + currents + _ring(where.pos, -40.0 + sym_h)
    normal = where.theta - np.arctan(0.58 * np.tan(where.theta / 2))
    needed = 50.1 * np.sqrt(0.88 * p_dyn) * np.clip(np.cos(normal), 0.3, None)
    lacking = np.clip(needed / length(b) - 1, 0, None) * np.exp(-np.clip(where.inside, 0, None) / 2)
    return b * (1 + lacking)[:, None]


def _ring(pos, centre):
    x, y, z = pos.T + np.array([[3.0], [0.0], [0.0]])
    height = np.sqrt(z**2 + 4.0)
    arm, across_2 = 7.0 + height, x**2 + y**2
    scale = centre * 9.0**3 / 2 / (across_2 + arm**2) ** 2.5
    radial = 3 * scale * arm * z / height
    return np.stack([radial * x, radial * y, scale * (2 * arm**2 - across_2)], axis=-1)


def sheath(where: Place, upstream: Wind, r_0):
    """Return field, velocity, density and ion temperature (eV) of the magnetosheath.

    Field: the potential of Kobel and Flueckiger (1994) between two confocal paraboloids, into
    which the sheath between our boundaries is stretched along the radius. Velocity: the flow of
    the same potential. Density: Rankine-Hugoniot for the local Mach number, thinned towards the
    magnetopause under northward field. Temperature: what the flow has lost in energy.
    """
    nose_mp, nose_bs = r_0
    depth = np.clip((where.r - where.r_mp) / (where.r_bs - where.r_mp), 0, 1)
    c = 2 * nose_bs - nose_mp
    inner = magnetopause.paraboloid(where.theta, nose_mp, np.sqrt(2))
    outer = magnetopause.paraboloid(where.theta, nose_bs, np.sqrt(2 * nose_bs / c))
    pos = where.pos * ((inner + depth * (outer - inner)) / where.r)[:, None]
    x = (pos * where.axis).sum(-1)
    aside, from_focus = pos - x[:, None] * where.axis, x - nose_mp / 2
    d = np.sqrt(from_focus**2 + (aside**2).sum(-1))
    shape = (nose_mp, c / (2 * (nose_bs - nose_mp)), where.axis, aside, d, d + from_focus)
    flow = -upstream.v[:, 0]
    jump = _compression(flow * np.cos(0.55 * where.theta), upstream)
    field = _draped(upstream.b, shape)
    v = _draped(-flow[:, None] * where.axis, shape) / jump[:, None]
    north = step(upstream.b[:, 2], 1.0)
    n = upstream.n * jump * (1.08 - 0.1 * depth - 0.35 * north * np.exp(-depth / 0.12))
    lost = np.clip(flow**2 - (v**2).sum(-1), 0, None)
    return field, v, n, upstream.t / 11604.5 + 0.2 * 0.75 * _PROTON_EV * lost


def _draped(vector, shape):
    """Return a uniform `vector` as the potential between the two paraboloids turns it."""
    nose, gain, axis, aside, d, span = (
        np.asarray(a)[..., None] if np.ndim(a) == 1 else a for a in shape
    )
    x = (vector * axis).sum(-1, keepdims=True)
    off = vector - x * axis
    shear = (off * aside).sum(-1, keepdims=True)
    along = x * (1 - nose / (2 * d)) - nose * shear / (d * span)
    away = aside * (nose * x / (2 * d * span) + nose * shear / (d * span**2))
    return gain * (along * axis + off * (1 + nose / span) - away)


def _compression(normal_speed, upstream: Wind):
    """Return the density jump at a shock of this normal speed, gamma 5/3."""
    fast_2 = (21.8 * length(upstream.b)) ** 2 / upstream.n + 0.0138 * (upstream.t + 1.4e5)
    mach_2 = np.clip(normal_speed**2 / fast_2, 1.5, None)
    return 4 * mach_2 / (mach_2 + 3)


# --------------------------------------------------------------------------- what is met there


@dataclass(frozen=True)
class Plasma:
    """Ions of one origin: n in cm-3, v in km s-1 GSM, t in eV."""

    n: np.ndarray
    v: np.ndarray
    t: np.ndarray


@dataclass(frozen=True)
class Met:
    """What a spacecraft meets: the field, and ions from the wind and from the magnetosphere."""

    b: np.ndarray
    solar: Plasma
    terrestrial: Plasma

    @property
    def moments(self) -> Plasma:
        """All ions together."""
        n = self.solar.n + self.terrestrial.n
        v = (self.solar.n / n)[:, None] * self.solar.v
        v += (self.terrestrial.n / n)[:, None] * self.terrestrial.v
        t = (self.solar.n * self.solar.t + self.terrestrial.n * self.terrestrial.t) / n
        return Plasma(n, v, t)


class World:
    """Everything that is the same for all spacecraft: wind, boundaries, waves, ring current."""

    def __init__(self, limits: Boundaries, sym_h):
        self.limits, self.time = limits, limits.nose.time
        self.sym_h = np.interp(self.time, *sym_h)
        n = len(self.time)
        trains = np.clip(turbulence((5, 0), n, outer=400.0), 0, 1.5)
        self.mirror = np.tanh(trains * turbulence((5, 1), n, outer=22.0, slope=-6))
        self.stir = _three(5, 2, n, outer=150.0)
        self.hum = _three(5, 5, n, outer=60.0, slope=-2)
        self.mood = turbulence((5, 11), n, outer=2400.0)
        self.foreshock = _three(5, 8, n, outer=30.0, slope=-8)

    def noses(self, time):
        """Return the stand-off distances of magnetopause and bow shock, R_E."""
        return self.limits.magnetopause(0.0, time), self.limits.bow_shock(0.0, time)

    def wave(self, name, time):
        """Return one of the wave series at other times."""
        series = getattr(self, name)
        return (
            across(time, self.time, series)
            if series.ndim > 1
            else np.interp(time, self.time, series)
        )

    def met(self, where: Place) -> Met:
        """Return what is met at a place: each region's own, blended across the boundaries."""
        noses = self.noses(where.time)
        outer, out = step(-where.inside, _CURRENT), step(where.upstream, _RAMP)
        b_wind, wind_ions = self._wind(where, noses[1])
        b_sheath, sheath_ions = self._sheath(where, noses)
        b_inner, terrestrial = self._inner(where, noses[0], outer)
        b = _mixed(out, b_sheath, b_wind)
        entry = np.maximum(0.3 * step(LAYER - where.inside, 0.05), 0.6 * _cusp(where))
        shear = step(-(b_inner * b).sum(-1) / (length(b_inner) * length(b)), 0.15)
        b_inner = b_inner * (1 - 0.4 * _cusp(where))[:, None]
        b = _mixed(outer, b_inner, b)
        # where the fields oppose each other, the layer's plasma is let loose along its tension
        jet = 0.6 * shear * np.sign(where.pos[:, 2]) * 21.8 / np.sqrt(sheath_ions.n)
        slowed = (
            _mixed(outer, 0.4 * sheath_ions.v, sheath_ions.v)
            + jet[:, None] * (b - b_sheath) * (1 - out)[:, None]
        )
        solar = Plasma(
            ((1 - out) * sheath_ions.n + out * wind_ions.n) * (outer + (1 - outer) * entry),
            _mixed(out, slowed, wind_ions.v),
            (1 - out) * sheath_ions.t + out * wind_ions.t,
        )
        return Met(b, solar, terrestrial)

    def _wind(self, where: Place, nose):
        speed = self.limits.driver("speed", where.time)
        x = (where.pos * where.axis).sum(-1)
        here = self.limits.nose.at(where.time + (x - nose) * RE / speed)
        cone = np.abs((here.b * where.axis).sum(-1)) / length(here.b)
        reach = np.exp(-np.clip(where.upstream, 0, None) / 3.0) * step(cone - 0.75, 0.05)
        waves = (0.25 * reach * length(here.b))[:, None] * self.wave("foreshock", where.time)
        return here.b + waves, Plasma(here.n, here.v + 6 * waves, here.t / 11604.5)

    def _sheath(self, where: Place, noses):
        """Parcels enter at the shock above the place and take minutes to come down to it."""
        speed = self.limits.driver("speed", where.time)
        way = np.clip(where.r_bs - where.r, 0, where.r_bs - where.r_mp)
        entered = (
            where.time - way * RE / 110 + (where.r_bs * np.cos(where.theta) - noses[1]) * RE / speed
        )
        b, v, n, t = sheath(where, self.limits.nose.at(entered), noses)
        mirror, stir = self.wave("mirror", entered), self.wave("stir", entered)
        overshoot = 1 + 0.35 * np.exp(-way / 0.06)
        b = b * (overshoot * (1 + 0.35 * mirror))[:, None] + (0.13 * length(b))[:, None] * stir
        n = n * overshoot * (1 - 0.3 * mirror) * np.exp(0.06 * stir[:, 0])
        return b, Plasma(n, v + 14 * stir, t * (1 - 0.05 * mirror))

    def _inner(self, where: Place, nose, outer):
        ringing = np.clip(where.time - _SHOCK_INSIDE, 0, None)
        ringing = 4.5 * np.exp(-ringing / 1300) * np.sin(2 * np.pi * ringing / 290)
        b = magnetosphere(where, self.limits, self.wave("sym_h", where.time))
        b = b * (1 + ringing / 150)[:, None] + (0.25 + 0.02 * where.r)[:, None] * self.wave(
            "hum", where.time
        )
        latitude = np.arcsin(np.clip(where.pos[:, 2] / where.r, -1, 1)) - where.tilt
        shell = where.r / np.cos(latitude) ** 2
        sunward = np.abs(np.arctan2(where.pos[:, 2], where.pos[:, 0]))
        closed = np.maximum(step(1.1 * nose - shell, 0.8), step(np.radians(58) - sunward, 0.06))
        n = (
            (0.09 + 0.26 * closed)
            * (1 + 4 * np.exp(-(where.r - 3) / 1.5))
            * np.exp(0.1 * self.wave("hum", where.time)[:, 0])
        )
        swept = (
            np.gradient(where.r_mp, where.time) * RE * np.exp(-np.clip(where.inside, 0, None) / 1.5)
        )
        v = swept[:, None] * where.pos / where.r[:, None] + 9 * self.wave("hum", where.time + 600)
        t = (500 + 2700 * closed) * np.exp(0.12 * self.wave("mood", where.time))
        return b, Plasma(n * (1 - 0.985 * outer), v, t)


def _three(place, first, n, **kind):
    waves = np.stack([turbulence((place, first + k), n, **kind) for k in range(3)], axis=-1)
    return 2.5 * np.tanh(waves / 2.5)


def _mixed(share, one, other):
    return (1 - share)[:, None] * one + share[:, None] * other


def _cusp(where: Place):
    """Return how far a place lies in the northern exterior cusp, 0 to 1."""
    x, y, z = where.pos.T
    angle = (np.arctan2(z, x) - magnetopause.lin2010_cusp(where.tilt)) / np.radians(8)
    near = np.exp(-(angle**2) - (y / (0.3 * where.r)) ** 2)
    return near * step(where.r - 6, 0.3) * step(3.0 - where.inside, 0.4)
