"""The wind of the rehearsal: its story, its turbulence, its way from L1 to the nose, the indices.

Pure and deterministic. Times are seconds since midnight of the day, at the bow-shock nose
unless a name says L1; vectors are (n, 3) arrays in GSM. A parcel of wind is known by the time
at which it reaches the nose.
"""

import functools
from dataclasses import dataclass

import numpy as np

from smile_explore.physics.ring_current import obrien_mcpherron2000

#: The day: SMILE's apogee of 2027-03-22 11:00 UT lies on the dayside.
START, STOP = np.datetime64("2027-03-22T00:00", "ns"), np.datetime64("2027-03-23T00:00", "ns")
#: Chosen among twenty: the field stays northward around the shock.
SEED = 20270339
HOUR = 3600.0
STEP = 2.0

#: When what happens, seconds at the nose.
SHOCK, SOUTH, NORTH = 6 * HOUR + 1200, 9.5 * HOUR, 9.5 * HOUR + 70 * 60
WAVES, WAVES_END, CONTROL = 15.5 * HOUR, 17.8 * HOUR, 19.5 * HOUR
ONSET = SOUTH + 38 * 60
_WAVE_PERIOD = 720.0
#: How much later than the nose SYM-H feels the pressure, and its rate the field, s.
PRESSURE_TO_GROUND, FIELD_TO_GROUND = 120.0, 600.0

#: X of the monitor and of the nose, R_E; speed of the shock, km s-1 (mass flux, 5 -> 15 cm-3).
L1_X, NOSE_X, _SHOCK_SPEED = 236.0, 13.5, 530.0
_RE = 6371.2
#: Alfven speed of 1 nT in 1 proton a cm3, km s-1.
_ALFVEN = 21.8

#: Start and length of each change (s), then what the wind is after it: n (cm-3), V (km s-1),
#: T (K), B (nT, GSM), share of B that fluctuates, share of n that does, sense of the Alfven
#: waves (-1: field away from the Sun).
_CHAPTERS = np.array([
    (-9e9, 1, 5.0, 380, 6.0e4, -3.0, 3.0, 2.0, 0.28, 0.06, -1),
    (SHOCK, 10, 15.0, 480, 2.8e5, -4.5, 7.5, 4.5, 0.30, 0.08, -1),
    (SHOCK + 0.4 * HOUR, 1800, 17.0, 482, 2.7e5, -4.5, 7.5, 4.5, 0.30, 0.08, -1),
    (SHOCK + 1.6 * HOUR, 1800, 11.5, 474, 2.3e5, -4.0, 7.5, 5.0, 0.28, 0.08, -1),
    (SHOCK + 2.35 * HOUR, 1800, 7.3, 468, 1.2e5, -4.0, 7.0, 5.0, 0.26, 0.06, -1),
    (SOUTH, 30, 7.0, 462, 4.0e4, -3.0, 4.5, -10.0, 0.035, 0.03, -1),
    (NORTH, 90, 6.5, 456, 4.0e4, -2.0, 7.0, 6.0, 0.05, 0.03, -1),
    (NORTH + 1.5 * HOUR, 3600, 5.8, 442, 7.0e4, -3.0, 4.0, 4.5, 0.15, 0.04, -1),
    (CONTROL, 20, 5.8, 436, 7.0e4, 3.0, -4.0, 4.5, 0.15, 0.03, 1),
    (CONTROL + 2.5 * HOUR, 5400, 5.0, 415, 6.5e4, 3.0, -3.2, 2.5, 0.24, 0.05, 1),
]).T  # fmt: skip


@dataclass(frozen=True)
class Wind:
    """A piece of wind: times in s, n in cm-3, t in K, v in km s-1 and b in nT, both GSM."""

    time: np.ndarray
    n: np.ndarray
    t: np.ndarray
    v: np.ndarray
    b: np.ndarray

    def at(self, time):
        """Return the wind at other times, between its samples by straight lines."""
        n, t = (np.interp(time, self.time, series) for series in (self.n, self.t))
        return Wind(time, n, t, across(time, self.time, self.v), across(time, self.time, self.b))

    @property
    def speed(self):
        """Speed, km s-1."""
        return length(self.v)

    @property
    def p_dyn(self):
        """Dynamic pressure as OMNI has it, nPa: 2e-6 n V**2, which is 20 % of helium's mass."""
        return 2e-6 * self.n * self.speed**2


def across(time, known, series):
    """Interpolate the columns of `series`."""
    return np.stack([np.interp(time, known, column) for column in series.T], axis=-1)


def length(vector):
    """Return the length of vectors on the last axis."""
    return np.sqrt((vector**2).sum(-1))


def random(*name):
    """Return a generator of its own for each use, so that one more draw moves no other."""
    return np.random.default_rng([SEED, *name])


# --------------------------------------------------------------------------- turbulence


def turbulence(name, n, *, outer=4000.0, slope=-5 / 3, shared=None):
    """Return a series of unit variance whose power falls as f**`slope` beyond 1 / `outer`.

    The white noise beneath is made lumpy before it is filtered, so that large jumps come in
    groups, as they do in the wind. With `shared`, the slow part follows the generator of that
    name, and only what is faster than some ten minutes is the series' own.
    """
    f = np.fft.rfftfreq(n, STEP)
    noise = np.fft.rfft(_lumpy(random(*name), n))
    if shared:
        same = 1 / (1 + (600.0 * f) ** 2)
        common = np.fft.rfft(_lumpy(random(*shared), n))
        noise = np.sqrt(same) * common + np.sqrt(1 - same) * noise
    series = np.fft.irfft(noise * (outer**-2 + f**2) ** (slope / 4), n)
    return (series - series.mean()) / series.std()


def _lumpy(rng, n):
    knots = rng.standard_normal(int(n * STEP / 300) + 2)
    slow = np.interp(np.arange(n) * STEP, np.arange(len(knots)) * 300.0, knots)
    return rng.standard_normal(n) * np.exp(0.6 * slow)


# --------------------------------------------------------------------------- the story


def grid():
    """Return the times on which the wind is made: the day and an hour and more on each side."""
    return np.arange(-1.5 * HOUR, 25.5 * HOUR, STEP)


@functools.cache
def wind(place, *, shocked=True) -> Wind:
    """Return the wind of the day as the nose (`place` 1) or the monitor (2) would meet it.

    Slow turbulence is the same at both. Without `shocked` the quiet wind goes on all day, as
    it does for parcels that the shock overtakes on their way.
    """
    label = grid()
    n_0, speed, t_0, *b_0, share, share_n, sense = _chapters(label if shocked else label - 9e8)
    noise = [turbulence((place, k), len(label), shared=(0, k)) for k in range(9)]
    density = 1 + share_n * noise[3]
    n = n_0 * density * (1 + (_wave_train(label) if shocked else 0.0))
    b_0 = np.stack(b_0, axis=-1)
    strong = length(b_0)
    # the field turns more than it changes in strength; where it is strong the wind is thin
    b = b_0 + (strong * share)[:, None] * np.stack([0.7 * noise[0], noise[1], noise[2]], axis=-1)
    b *= (strong * (1 + 0.15 * share * noise[8] - 0.4 * (density - 1)) / length(b))[:, None]
    v = (0.6 * sense * _ALFVEN / np.sqrt(n_0))[:, None] * (b - b_0)
    v += 3.5 * np.stack([noise[4], noise[6], noise[7]], axis=-1)
    v[:, 0] -= speed
    return Wind(label, n, t_0 * np.exp(0.12 * noise[5]) * density ** (2 / 3), v, b)


def _chapters(label):
    """Return the nine quantities of the story at each time, one step after the other."""
    begins, lengths, *values = _CHAPTERS
    passed = np.clip((label[:, None] - begins[1:]) / lengths[1:], 0, 1)
    passed = passed**2 * (3 - 2 * passed)
    return [row[0] + (passed * np.diff(row)).sum(axis=1) for row in values]


def _wave_train(label):
    rise = np.clip((label - WAVES) / 900, 0, 1) * np.clip((WAVES_END - label) / 900, 0, 1)
    phase = 2 * np.pi * (label - WAVES) / _WAVE_PERIOD + 0.7 * np.sin((label - WAVES) / 900)
    return 0.45 * rise * np.sin(phase)


# --------------------------------------------------------------------------- the way from L1


def travel_time(label, *, shocked=True):
    """Return how long a parcel takes from the monitor to the nose, s.

    Its speed, behind the shock some of the shock's, and the tilt of the fronts, which wanders.
    """
    behind = (label >= SHOCK) if shocked else np.zeros(label.shape, bool)
    speed = _chapters(np.where(behind, label + 60, -9e8))[1]
    pushed = (_SHOCK_SPEED - 480.0) * np.exp(-np.clip(label - SHOCK, 0, None) / HOUR)
    fronts = 130 * np.sin(label / (0.9 * HOUR) + 1.0) + 45 * np.sin(label / (0.23 * HOUR))
    return (L1_X - NOSE_X) * _RE / (speed + behind * pushed) + fronts


def shock_at_monitor():
    """Return when the shock passes the monitor, s."""
    return float(SHOCK - travel_time(np.array([SHOCK]))[0])


def monitor(time) -> Wind:
    """Return what the monitor meets at its own times; `Wind.time` is when it comes to the nose.

    What it meets in the last quarter of an hour before the shock never comes there as it was:
    the shock overtakes it.
    """
    label = grid()
    behind = label[label >= SHOCK]
    late = wind(2).at(np.interp(time, behind - travel_time(behind), behind))
    early = label - travel_time(label, shocked=False)
    early = wind(2, shocked=False).at(np.interp(time, early, label))
    shocked = time >= shock_at_monitor()
    parts = zip(vars(late).values(), vars(early).values(), strict=True)
    return Wind(*(np.where(shocked if a.ndim == 1 else shocked[:, None], a, b) for a, b in parts))


# --------------------------------------------------------------------------- the ground


def indices(nose: Wind, time):
    """Return SYM-H, AL and AU in nT at the minutes `time`, whole numbers.

    SYM-H: O'Brien and McPherron (2000), pressure two minutes and field ten minutes after the
    nose. AL: the two pulses, at 20 and 60 min, of the response of Bargatze et al. (1985) to VBs,
    and one substorm with the course of Weimer (1994).
    """
    minutes = np.arange(-1.2 * HOUR, time[-1] + 60, 60.0)
    smooth = np.ones(30) / 30
    field = np.convolve(-1e-3 * nose.speed * nose.b[:, 2], smooth, "same")
    e_y = np.interp(minutes - FIELD_TO_GROUND, nose.time, field)
    p_dyn = np.interp(
        minutes - PRESSURE_TO_GROUND, nose.time, np.convolve(nose.p_dyn, smooth, "same")
    )
    sym_h = obrien_mcpherron2000(e_y, p_dyn, start=-5.0, hours=minutes / HOUR)
    noise = [turbulence((3, k), len(nose.time), outer=3000.0) for k in range(3)]
    noise = [np.interp(minutes, nose.time, series) for series in noise]
    driven = np.interp(minutes, nose.time, np.clip(field, 0, None))
    after = np.arange(0, 180.0)
    direct = np.convolve(driven, _normal(after * np.exp(-((after / 20) ** 2) / 2)))[: len(minutes)]
    tail = np.convolve(driven, _normal(np.exp(-(((after - 60) / 18) ** 2) / 2)))[: len(minutes)]
    since = np.clip(minutes - ONSET, 0, None) / 1500.0
    al = -14 - (48 * direct + 38 * tail + 400 * since * np.exp(1 - since)) * np.exp(0.22 * noise[0])
    au = 18 + 34 * direct * np.exp(0.2 * noise[1])
    rows = (sym_h + 1.1 * noise[2], al + 8 * noise[1], np.maximum(au + 4 * noise[0], 1))
    return [np.round(np.interp(time, minutes, row)) for row in rows]


def _normal(kernel):
    return kernel / kernel.sum()
