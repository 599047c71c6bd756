"""Integrals of a model's soft X-ray emissivity along lines of sight, compiled.

Importing this imports numba; `image` does so when the first image is made. A line of sight
is followed by the angle chi from its point nearest the Earth: r = p / cos(chi), and its
direction from the Earth moves along a great circle. In chi the boundaries and the emissivity
are smooth, whatever the distance: so samples some degrees apart bracket the crossings of
both boundaries, and Gauss-Legendre integrates each piece between them. The formulas are
those of `physics.soft_xray` and `physics.xray_boundaries`, which tests hold these against.
"""

from math import atan2, cos, exp, log, sin, sqrt

import numpy as np

from smile_explore.physics.soft_xray import R_FLOOR
from smile_explore.smile.compiled import compiled, line_end, shared_out
from smile_explore.smile.model_packed import ENTRIES

_STEP = 0.12  # rad between samples of the search
_COS, _SIN = cos(_STEP), sin(_STEP)
_LONGEST = 0.9  # rad, of one Gauss-Legendre rule
_NEAR = 2e-5  # R_E from a boundary that counts as on it
_CLOSE = 1e-3  # R_E, from where a step ends the search that is shorter than this, in rad:
_LAST, _LAST_RAMP = 1e-3, 5e-3  # where the emissivity jumps, and where it bends
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(6)
_SHORT = 0.15  # rad, of a piece of a ramp for which fewer nodes will do
_FEW_NODES, _FEW_WEIGHTS = np.polynomial.legendre.leggauss(3)


# --------------------------------------------------------------------------- boundaries


@compiled
def _direction(line, cosine, sine):
    """Return x, y, z from the Earth, and r, at an angle along a line.

    `line` holds p, the direction of the nearest point, and that of the line itself.
    """
    return (
        line[1] * cosine + line[4] * sine,
        line[2] * cosine + line[5] * sine,
        line[3] * cosine + line[6] * sine,
        line[0] / cosine,
    )


@compiled
def _table(m, row, one_minus_cosine):
    """Look up a function of an angle; see `model_packed`."""
    at = sqrt(0.5 * min(2.0, max(0.0, one_minus_cosine))) * (ENTRIES - 1)
    k = min(int(at), ENTRIES - 2)
    start = 20 + row * ENTRIES + k
    return m[start] + (at - k) * (m[start + 1] - m[start])


@compiled
def _azimuth(x, y, z):
    across = sqrt(max(1e-18, 1 - x * x))
    return y / across, z / across


@compiled
def _stretch(m, x):
    """Return ln(2 / (1 + cos(theta))), which flares every surface."""
    return _table(m, 4, 1 - x)


@compiled
def _magnetopause(m, x, y, z, stretch):
    """Return the magnetopause in the direction of a unit vector."""
    cos_phi, sin_phi = _azimuth(x, y, z)
    if m[0] == 0:
        return _flared(m[1], m[2], m[3], stretch, cos_phi, sin_phi)
    power = m[2] + m[3] * cos_phi + m[4] * sin_phi + m[5] * sin_phi * sin_phi
    dents = _table(m, 2, 1 - x * m[16] - z * m[17])
    dents += _table(m, 3, 1 - x * m[18] + z * m[19])
    return m[1] * exp(power * _table(m, 0, 1 - x)) - m[6] * dents


@compiled
def _bow_shock(m, x, y, z, stretch):
    if m[8] == m[9]:
        return m[7] * exp(m[8] * stretch)
    cos_phi, sin_phi = _azimuth(x, y, z)
    return _flared(m[7], m[8], m[9], stretch, cos_phi, sin_phi)


@compiled
def _flared(nose, alpha_y, alpha_z, stretch, cos_phi, sin_phi):
    r_y, r_z = nose * exp(alpha_y * stretch), nose * exp(alpha_z * stretch)
    return r_y * r_z / sqrt((r_z * cos_phi) ** 2 + (r_y * sin_phi) ** 2)


@compiled
def _outside(m, line, chi, which):
    """Return how far a place is outside the magnetopause (0) or the bow shock (1)."""
    x, y, z, r = _direction(line, cos(chi), sin(chi))
    if which:
        return r - _bow_shock(m, x, y, z, _stretch(m, x))
    return r - _magnetopause(m, x, y, z, _stretch(m, x))


@compiled
def _layer(ramp, above_mp, above_bs):
    """Return 0 magnetosphere, 1 ramp up, 2 sheath, 3 ramp down, 4 wind; with jumps, no ramps."""
    if above_bs >= ramp:
        return 4
    if above_bs >= 0:
        return 3
    if above_mp >= 0:
        return 2
    return 1 if above_mp >= -ramp else 0


# --------------------------------------------------------------------------- emissivity


@compiled
def _shine(m, layer, line, cosine, sine):
    """Return the emissivity in a layer, eV cm-3 s-1."""
    x, y, z, r = _direction(line, cosine, sine)
    sin_2, depth = max(0.0, 1 - x * x), log(max(r, R_FLOOR) / 10)
    fall = (m[14] + m[15] * sin_2) * depth
    if m[0] == 0:
        sheath = (m[11] + m[13] * sin_2**4) * exp(-fall)
    else:
        sheath = m[11] * exp(-m[13] * _table(m, 1, 1 - x) - fall)
    if layer == 2:
        return sheath
    if layer == 1:
        return sheath * (1 + (r - _magnetopause(m, x, y, z, _stretch(m, x))) / m[10])
    into = (r - _bow_shock(m, x, y, z, _stretch(m, x))) / m[10]
    return sheath + into * (m[12] * exp(-3 * depth) - sheath)


@compiled
def _piece(m, layer, line, low, high):
    """Return the integral of one layer between two angles, over p."""
    if layer == 0 or high <= low:
        return 0.0
    if layer == 4:  # (10/r)**3 along a straight line has an integral
        return m[12] * 1e3 / line[0] ** 3 * (sin(high) - sin(low))
    if high - low > _LONGEST:
        middle = 0.5 * (low + high)
        return _piece(m, layer, line, low, middle) + _piece(m, layer, line, middle, high)
    middle, half, total = 0.5 * (low + high), 0.5 * (high - low), 0.0
    short = layer != 2 and high - low < _SHORT
    nodes, weights = (_FEW_NODES, _FEW_WEIGHTS) if short else (_NODES, _WEIGHTS)
    for k in range(len(nodes)):
        chi = middle + half * nodes[k]
        cosine = cos(chi)
        total += weights[k] * _shine(m, layer, line, cosine, sin(chi)) / (cosine * cosine)
    return total * half


# --------------------------------------------------------------------------- one line


@compiled
def _crossing(m, line, which, level, ends, values):
    """Return where the distance from a boundary is `level`: the method of Chandrupatla (1997).

    The last step is taken on trust: the next would be some hundred times shorter.
    """
    a, b = ends
    f_a, f_b = values[0] - level, values[1] - level
    short = _LAST if m[10] == 0 else _LAST_RAMP
    if f_a * f_b >= 0:
        return 0.5 * (a + b)
    step = f_a / (f_a - f_b)
    for _ in range(20):
        chi = a + step * (b - a)
        f = _outside(m, line, chi, which) - level
        if f * f_a > 0:
            c, f_c = a, f_a
        else:
            c, f_c, b, f_b = b, f_b, a, f_a
        a, f_a = chi, f
        if abs(f) < _NEAR:
            return chi
        share, rise = (a - b) / (c - b), (f_a - f_b) / (f_c - f_b)
        if rise * rise < share and (1 - rise) * (1 - rise) < 1 - share:
            step = f_a / (f_b - f_a) * f_c / (f_b - f_c)
            step += (c - a) / (b - a) * f_a / (f_c - f_a) * f_b / (f_c - f_b)
            if abs(step * (b - a)) < short and abs(f) < _CLOSE:
                break
        else:  # no parabola leads through the three places
            step = 0.5
    return a + step * (b - a)


@compiled
def _visit(m, line, state, chi, mp, bs):
    """Go on to a sample: if the layer changes, integrate up to each edge in between.

    `state` holds the sum, the start of the piece, its layer and the last sample.
    """
    ramp, layer, target = m[10], int(state[2]), _layer(m[10], mp, bs)
    stride = 1 if ramp > 0 else 2
    ends = (state[3], chi)
    while layer != target:
        after = layer + stride if target > layer else layer - stride
        inner = min(layer, after)
        if inner < 2:
            level = -ramp if inner == 0 else 0.0
            stop = _crossing(m, line, 0, level, ends, (state[4], mp))
        else:
            level = 0.0 if inner == 2 else ramp
            stop = _crossing(m, line, 1, level, ends, (state[5], bs))
        state[0] += _piece(m, layer, line, state[1], stop)
        state[1] = max(state[1], stop)
        layer = after
    state[2], state[3], state[4], state[5] = target, chi, mp, bs


@compiled
def _vertex(a, b, c, f_a, f_b, f_c):
    """Return where the parabola through three points has its vertex, and its value there."""
    rise, fall = (f_b - f_a) / (b - a), (f_c - f_b) / (c - b)
    slope = (rise * (c - b) + fall * (b - a)) / (c - a)
    aside = -0.5 * slope * (c - a) / (fall - rise)
    return b + aside, f_b + 0.5 * slope * aside


@compiled
def _turns(scratch, k, which):
    """Say whether a distance stops falling, or rising, about a sample, on one side of zero."""
    f_a, f_b, f_c = scratch[which + 1, k - 1], scratch[which + 1, k], scratch[which + 1, k + 1]
    return (f_b - f_a) * (f_c - f_b) <= 0 and f_a * f_b >= 0 and f_b * f_c >= 0


@compiled
def _graze(m, line, scratch, k, which):
    """Return where, about sample k, a boundary is nearest without being crossed, or NaN."""
    f_a, f_b, f_c = scratch[which + 1, k - 1], scratch[which + 1, k], scratch[which + 1, k + 1]
    a, b, c = scratch[0, k - 1], scratch[0, k], scratch[0, k + 1]
    if m[10] == 0 and abs(f_b) > abs(f_a):  # furthest there
        return np.nan
    at, nearest = _vertex(a, b, c, f_a, f_b, f_c)
    if not abs(nearest) < 0.5:
        return np.nan
    if m[10] > 0:  # a ramp forgives a guess
        return at
    return _nearer(m, line, which, at, (a, b, c), (f_a, f_b, f_c))


@compiled
def _nearer(m, line, which, at, chi, values):
    """Close in on an extremum from a first guess; stop where the boundary is crossed."""
    a, b, c = chi
    f_a, f_b, f_c = values
    for _ in range(2):
        f = _outside(m, line, at, which)
        if f * f_b < 0 or abs(at - b) < 1e-3:
            break
        # keep the three about the extremum
        better = (f < f_b) == (f_b < f_a or f_b < f_c)
        if better and at > b:
            a, f_a, b, f_b = b, f_b, at, f
        elif better:
            c, f_c, b, f_b = b, f_b, at, f
        elif at > b:
            c, f_c = at, f
        else:
            a, f_a = at, f
        at = _vertex(a, b, c, f_a, f_b, f_c)[0]
    return at


@compiled
def _look(m, line, state, chi):
    """Visit a sample between the regular ones."""
    _visit(m, line, state, chi, _outside(m, line, chi, 0), _outside(m, line, chi, 1))


@compiled
def _sampled(m, line, low, high, scratch):
    """Fill `scratch` with angles and the distances from both boundaries; return how many."""
    k, chi, cosine, sine = 0, low, cos(low), sin(low)
    convex, been = m[8] == m[9] and 0.5 <= m[8] <= 2, False
    while True:
        x, y, z, r = _direction(line, cosine, sine)
        stretch = _stretch(m, x)
        above_bs = r - _bow_shock(m, x, y, z, stretch)
        # outside the shock the magnetopause does not matter
        above_mp = r - _magnetopause(m, x, y, z, stretch) if above_bs < 0.5 else above_bs + 1
        scratch[0, k], scratch[1, k], scratch[2, k] = chi, above_mp, above_bs
        k += 1
        # a convex bow shock that has been left is not entered again
        left = convex and been and above_bs > 1
        been |= above_bs < -1
        if chi >= high or left or k == scratch.shape[1]:
            return k
        # the rims of the cusps are sharp, and easily grazed
        at_cusp = max(x * m[16] + z * m[17], x * m[18] - z * m[19]) > 0.88
        if at_cusp and m[0] != 0 and abs(above_mp) < 2:
            chi = min(high, chi + _STEP / 3)
        elif chi + _STEP < high:
            chi += _STEP
            cosine, sine = cosine * _COS - sine * _SIN, sine * _COS + cosine * _SIN
            continue
        else:
            chi = high
        cosine, sine = cos(chi), sin(chi)


@compiled
def _line_integral(m, line, low, high, scratch, state):
    """Return the integral between two angles, in eV cm-3 s-1 R_E."""
    n = _sampled(m, line, low, high, scratch)
    state[0], state[1], state[2] = 0.0, low, _layer(m[10], scratch[1, 0], scratch[2, 0])
    state[3], state[4], state[5] = low, scratch[1, 0], scratch[2, 0]
    for k in range(1, n):
        chi, mp, bs = scratch[0, k], scratch[1, k], scratch[2, k]
        # where a boundary comes near and goes away again, one more sample, at the nearest
        first = _graze(m, line, scratch, k, 0) if k < n - 1 and _turns(scratch, k, 0) else np.nan
        second = _graze(m, line, scratch, k, 1) if k < n - 1 and _turns(scratch, k, 1) else np.nan
        if second < first:
            first, second = second, first
        for extra in (first, second):
            if extra < chi:
                _look(m, line, state, extra)
        if state[2] == _layer(m[10], mp, bs):
            state[3], state[4], state[5] = chi, mp, bs
        else:
            _visit(m, line, state, chi, mp, bs)
        for extra in (first, second):
            if extra > chi:
                _look(m, line, state, extra)
    return line[0] * (state[0] + _piece(m, int(state[2]), line, state[1], high))


@compiled
def _model_lines(m, place, way, reach, out):
    """Fill `out` with the integrals along the rows of `way`."""
    scratch, state = np.empty((3, 128)), np.empty(6)
    for k in range(len(out)):
        x, y, z = way[k]
        ahead = -(place[0] * x + place[1] * y + place[2] * z)  # to the point nearest the Earth
        near = (place[0] + ahead * x, place[1] + ahead * y, place[2] + ahead * z)
        p = max(sqrt(near[0] ** 2 + near[1] ** 2 + near[2] ** 2), 1e-9)
        deep = max(p, 1e-3)  # nearer to the centre than that is the Earth anyway
        line = (deep, near[0] / p, near[1] / p, near[2] / p, x, y, z)
        high = atan2(line_end(p, ahead, reach) - ahead, deep)
        out[k] = _line_integral(m, line, atan2(-ahead, deep), high, scratch, state)


def model_integrals(model, place, ways, reach):
    """Return integrals of a model's emissivity.

    Parameters
    ----------
    model : ndarray
        From `model_packed.packed`.
    place : ndarray, shape (3,), R_E
        Where all lines begin.
    ways : ndarray, shape (n, 3)
        Unit vectors.
    reach : float, R_E
        Where they end, if not at the Earth.

    Returns
    -------
    ndarray, shape (n,), eV cm-3 s-1 R_E
    """
    place = np.asarray(place, dtype=float)
    return shared_out(lambda way, out: _model_lines(model, place, way, reach, out), ways)
