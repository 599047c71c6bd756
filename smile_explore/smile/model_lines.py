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

from smile_explore.physics import xray_boundaries as bounds
from smile_explore.physics.soft_xray import R_FLOOR, RAMP
from smile_explore.smile.compiled import compiled, line_end, shared_out

_STEP = 0.12  # rad between samples of the search
_COS, _SIN = cos(_STEP), sin(_STEP)
_LONGEST = 0.9  # rad, of one Gauss-Legendre rule
_NEAR = 2e-5  # R_E from a boundary that counts as on it, where the emissivity jumps,
_NEAR_RAMP = 5e-3  # and where it bends
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(6)
_ENTRIES = 2048  # of each table


# --------------------------------------------------------------------------- models, packed


def packed(model, p, *, n_p, v, b, tilt):
    """Return the numbers that the compiled code needs, in the order in which it reads them.

    Parameters
    ----------
    model : {"cmem", "jorgensen2019", "cmem2g"}
    p : mapping
        The model's parameters.
    n_p, v, b, tilt
        Solar wind and tilt, as for `physics.soft_xray.cmem`.

    Returns
    -------
    ndarray
        Twenty numbers, then four tables of what would be slow to compute.
    """
    if model == "jorgensen2019":
        mp = [0, p["mp"], p["ay_mp"], p["az_mp"], 0, 0, 0]
        bs = [p["bs"], p["ay_bs"], p["az_bs"], 0]
        sheath = [p["A1"], p["A2"], p["B"], p["alpha"], p["beta"]]
    elif model == "cmem":
        pressure, b_z = bounds.half_pressure(n_p, v) + bounds.magnetic_pressure(b), b[2]
        lin = np.array([bounds.lin_flaring(b_z), 0.0431, -0.00763 - 0.210 * tilt, 0.0405])
        size, depth = p["p0"] * bounds.lin_size(pressure, b_z), p["p2"] * 4.430 * pressure**-0.636
        mp = [1, size, *(p["p1"] * lin), depth]
        bs = [p["bs"], p["ay_bs"], p["az_bs"], 0]
        sheath = [p["A1"], p["A2"], p["B"], p["alpha"], p["beta"]]
    else:
        nose = bounds.cmem2g_boundaries(0.0, 0.0, p, tilt=tilt)[1]
        mp = [1, p["p0"], -p["p1"], 0, 0, 0, p["p2"]]
        bs = [nose, p["p1"] + 0.05, p["p1"] + 0.05, RAMP]
        sheath = [p["A1"], 0.41 * p["A1"], p["B"], p["delta_beta"] + 2, -2.0]
    axes = [f(bounds.cusp_axis(t)) for t in (tilt, -tilt) for f in (np.cos, np.sin)]
    steep = [p.get("p3", 0.0) * bounds.cusp_steepness(t) for t in (tilt, -tilt)]
    return np.concatenate([[*mp, *bs, *sheath, *axes], _tables(*steep)])


def _tables(north, south):
    """Return functions of an angle, at equal steps of the sine of half of it.

    Rows: the logarithm of Lin's shape over that of a circle's chord; the fourth power of
    half the angle; the dents of both cusps. A look-up costs a tenth of the functions.
    """
    half = np.arcsin(np.linspace(0, 1, _ENTRIES))
    half[-1] -= 1e-6
    shape = np.log(bounds.lin_shape(2 * half) / np.cos(half))
    dents = [np.exp(steep * (2 * half) ** 1.450) for steep in (north, south)]
    return np.concatenate([shape, half**4, *dents])


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
    """Look up a function of an angle; see `_tables`."""
    at = sqrt(0.5 * min(2.0, max(0.0, one_minus_cosine))) * (_ENTRIES - 1)
    k = min(int(at), _ENTRIES - 2)
    start = 20 + row * _ENTRIES + k
    return m[start] + (at - k) * (m[start + 1] - m[start])


@compiled
def _azimuth(x, y, z):
    across = sqrt(max(1e-18, 1 - x * x))
    return y / across, z / across


@compiled
def _stretch(x):
    """Return ln(2 / (1 + cos(theta))), which flares every surface."""
    return log(2 / max(1 + x, 1e-12))


@compiled
def _magnetopause(m, x, y, z, stretch):
    """Return the magnetopause in the direction of a unit vector."""
    cos_phi, sin_phi = _azimuth(x, y, z)
    if m[0] == 0:
        return _flared(m[1], m[2], m[3], stretch, cos_phi, sin_phi)
    power = m[2] + m[3] * cos_phi + m[4] * sin_phi + m[5] * sin_phi * sin_phi
    dents = _table(m, 2, 1 - x * m[16] - z * m[17])
    dents += _table(m, 3, 1 - x * m[18] + z * m[19])
    return m[1] * exp(power * (_table(m, 0, 1 - x) - 0.5 * stretch)) - m[6] * dents


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
        return r - _bow_shock(m, x, y, z, _stretch(x))
    return r - _magnetopause(m, x, y, z, _stretch(x))


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
        return sheath * (1 + (r - _magnetopause(m, x, y, z, _stretch(x))) / m[10])
    into = (r - _bow_shock(m, x, y, z, _stretch(x))) / m[10]
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
    for k in range(len(_NODES)):
        chi = middle + half * _NODES[k]
        cosine = cos(chi)
        total += _WEIGHTS[k] * _shine(m, layer, line, cosine, sin(chi)) / (cosine * cosine)
    return total * half


# --------------------------------------------------------------------------- one line


@compiled
def _crossing(m, line, which, level, ends, values):
    """Return where the distance from a boundary is `level`: the Illinois method."""
    a, b, side = ends[0], ends[1], 0
    f_a, f_b = values[0] - level, values[1] - level
    chi = 0.5 * (a + b)
    near = _NEAR if m[10] == 0 else _NEAR_RAMP
    if f_a * f_b > 0:
        return chi
    for _ in range(20):
        chi = (a * f_b - b * f_a) / (f_b - f_a)
        f = _outside(m, line, chi, which) - level
        if abs(f) < near:
            break
        if f * f_b > 0:
            b, f_b = chi, f
            f_a *= 0.5 if side < 0 else 1.0
            side = -1
        else:
            a, f_a = chi, f
            f_b *= 0.5 if side > 0 else 1.0
            side = 1
    return chi


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
def _graze(m, line, chi, values, k, which):
    """Return where, about sample k, a boundary is nearest without being crossed, or NaN."""
    f_a, f_b, f_c = values[k - 1], values[k], values[k + 1]
    turns = (f_b - f_a) * (f_c - f_b) <= 0 and f_a * f_b >= 0 and f_b * f_c >= 0
    if not turns or (m[10] == 0 and abs(f_b) > abs(f_a)):  # crossed, passed, or furthest there
        return np.nan
    at, nearest = _vertex(chi[k - 1], chi[k], chi[k + 1], f_a, f_b, f_c)
    if not abs(nearest) < 0.5:
        return np.nan
    if m[10] > 0:  # a ramp forgives a guess
        return at
    return _nearer(m, line, which, at, (chi[k - 1], chi[k], chi[k + 1]), (f_a, f_b, f_c))


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
    while True:
        x, y, z, r = _direction(line, cosine, sine)
        stretch = _stretch(x)
        above_bs = r - _bow_shock(m, x, y, z, stretch)
        # outside the shock the magnetopause does not matter
        above_mp = r - _magnetopause(m, x, y, z, stretch) if above_bs < 0.5 else above_bs + 1
        scratch[0, k], scratch[1, k], scratch[2, k] = chi, above_mp, above_bs
        k += 1
        if chi >= high or k == scratch.shape[1]:
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
def _line_integral(m, line, low, high, scratch):
    """Return the integral between two angles, in eV cm-3 s-1 R_E."""
    n = _sampled(m, line, low, high, scratch)
    chi, mp, bs, state = scratch[0], scratch[1], scratch[2], scratch[3]
    state[0], state[1], state[2] = 0.0, low, _layer(m[10], mp[0], bs[0])
    state[3], state[4], state[5] = low, mp[0], bs[0]
    for k in range(1, n):
        first = second = np.nan
        if k < n - 1:
            # where a boundary comes near and goes away again, one more sample, at the nearest
            first, second = _graze(m, line, chi, mp, k, 0), _graze(m, line, chi, bs, k, 1)
        if second < first:
            first, second = second, first
        for extra in (first, second):
            if extra < chi[k]:
                _look(m, line, state, extra)
        _visit(m, line, state, chi[k], mp[k], bs[k])
        for extra in (first, second):
            if extra > chi[k]:
                _look(m, line, state, extra)
    return line[0] * (state[0] + _piece(m, int(state[2]), line, state[1], chi[n - 1]))


@compiled
def _model_lines(m, place, way, reach, out):
    """Fill `out` with the integrals along the rows of `way`."""
    line, scratch = np.empty(7), np.empty((4, 128))
    for k in range(len(out)):
        x, y, z = way[k]
        ahead = -(place[0] * x + place[1] * y + place[2] * z)  # to the point nearest the Earth
        line[4], line[5], line[6] = x, y, z
        for j in range(3):
            line[1 + j] = place[j] + ahead * way[k, j]
        p = max(sqrt(line[1] ** 2 + line[2] ** 2 + line[3] ** 2), 1e-9)
        line[1], line[2], line[3] = line[1] / p, line[2] / p, line[3] / p
        line[0] = max(p, 1e-3)  # nearer to the centre than that is the Earth anyway
        high = atan2(line_end(p, ahead, reach) - ahead, line[0])
        out[k] = _line_integral(m, line, atan2(-ahead, line[0]), high, scratch)


def model_integrals(model, place, ways, reach):
    """Return integrals of a model's emissivity.

    Parameters
    ----------
    model : ndarray
        From `packed`.
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
