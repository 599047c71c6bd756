"""The magnetopause by its bright edge: the tangent approach of Sun et al. (2020)."""

import numpy as np

from smile_explore.errors import InputError
from smile_explore.physics.geometry import spherical
from smile_explore.physics.xray_boundaries import cmem_magnetopause
from smile_explore.smile.limb import limb

#: A wind that lends its shape; what another wind would change, free parameters change.
WIND = {"n_p": 5.0, "v": 400.0, "b": np.zeros(3)}

_FLARINGS = (0.8, 0.95, 1.1, 1.25)  # tried by the search
_MOST_SLANTED = 25.0  # degrees
_SMOOTHED = 0.7  # degrees, standard deviation of what smooths counts
_ASIDE = 1.5  # degrees, to what a ridge is compared with
_CONTRAST = 0.05  # of a ridge over that, at least
_SHORT = 5.0  # degrees; of pieces shorter than that some are bright by chance
#: A ridge's least score over its noise: the best of all edges tried passes that in one of a
#: hundred images of noise alone (150 drawn, for six views).
_SIGNIFICANT = 2.4
_LARGEST_ERROR = 1.0  # R_E, beyond which the boundary counts as not seen


def by_tangent(seen):
    """Return standoff, error and disagreement of the halves, and the surface's scales."""
    if seen.slant > _MOST_SLANTED:
        message = f"The view is slanted by {seen.slant:.0f} degrees; beyond 25 the bright ridges are the cusps' and no edge: use method 'cmem'."
        raise InputError(message)
    ridge, weight = _ridge(seen)
    coarse = [(s, p1) for s in np.arange(5.5, 13.6, 0.25) for p1 in _FLARINGS]
    scores = {key: _score(seen, ridge, weight, key) for key in coarse}
    first = max(coarse, key=lambda key: sum(scores[key]))
    steps = np.arange(-0.2, 0.21, 0.05), (-0.08, 0.0, 0.08)
    fine = [(first[0] + ds, first[1] + dp) for ds in steps[0] for dp in steps[1]]
    scores = {key: _score(seen, ridge, weight, key) for key in fine} | scores
    best = max(scores, key=lambda key: sum(scores[key]))
    near = [key for key in scores if abs(key[0] - best[0]) < 1.5]
    halves = [max(near, key=lambda key, k=k: scores[key][k])[0] for k in (0, 1)]
    apart = abs(halves[0] - halves[1])
    error = float(np.hypot(0.15 if seen.noisy else 0.05, apart / 2))
    if sum(scores[best]) < _least(seen, best) or not error < _LARGEST_ERROR:
        message = "This image does not hold the magnetopause (no bright ridge along its edge): choose another view or time, or a longer exposure."
        raise InputError(message)
    p = _smooth(*best, seen.tilt)
    return (float(best[0]), error, float(apart)), p


def _smooth(standoff, p1, tilt):
    """Return scales of a magnetopause without cusps, whose rims have edges of their own."""
    return sized(standoff, p1, 0.0, tilt)


def _least(seen, key) -> float:
    """Return the score below which a ridge is none, or one that noise makes."""
    length = edge(seen, _smooth(*key, seen.tilt))[2].sum()
    contrast = _CONTRAST * length / np.sqrt(max(length, _SHORT))
    # smoothing leaves this much noise, over this many degrees along the edge
    step, spread = seen.x[1] - seen.x[0], 2 * np.sqrt(np.pi) * _SMOOTHED
    noise = np.median(seen.sigma) / seen.values.mean() * step / spread * np.sqrt(1.5 * spread)
    return max(contrast, _SIGNIFICANT * noise if seen.noisy else 0.0)


def _ridge(seen):
    """Return by how much each pixel outshines those aside, and weights."""
    from scipy.ndimage import gaussian_filter, shift

    step = seen.x[1] - seen.x[0]
    values = seen.values / seen.values.mean()
    if seen.noisy:
        values = gaussian_filter(values, _SMOOTHED / step, mode="nearest")
    aside = [shift(values, (0, side * _ASIDE / step), order=1, cval=np.nan) for side in (-1, 1)]
    weight = (seen.sigma / np.median(seen.sigma)) ** -2.0
    return values - (aside[0] + aside[1]) / 2, weight


def _score(seen, ridge, weight, key):
    """Return the ridge summed along a surface's edge, for the halves y < 0 and y > 0.

    Over the root of the length: that is how noise grows along it.
    """
    from scipy.ndimage import map_coordinates

    y, x, length = edge(seen, _smooth(*key, seen.tilt))
    at = [(a - axis[0]) / (axis[1] - axis[0]) for a, axis in ((y, seen.y), (x, seen.x))]
    high = map_coordinates(ridge, at, order=1, cval=np.nan)
    share = map_coordinates(weight, at, order=1, cval=0.0) * length
    good = np.isfinite(high)
    total = np.sqrt(max(share[good].sum(), _SHORT * np.median(weight)))
    return tuple(float((high * share)[good & half].sum() / total) for half in (y < 0, y >= 0))


def sized(standoff, p1, p2, tilt) -> dict:
    """Return scales of CMEM's magnetopause with a given standoff."""
    scales = {"p0": 0.0, "p1": p1, "p2": p2, "p3": 4.0}
    wind = WIND | {"tilt": tilt}
    dents = cmem_magnetopause(0.0, 0.0, scales, **wind)
    size = cmem_magnetopause(0.0, 0.0, scales | {"p0": 1.0}, **wind) - dents
    return scales | {"p0": float((standoff - dents) / size)}


def edge(seen, p):
    """Return where a magnetopause's edge lies in the field, and the length of each piece."""

    def surface(theta, phi):
        return cmem_magnetopause(theta, phi, p, **WIND, tilt=seen.tilt)

    r, theta, phi = spherical(seen.view.position)
    y, x, _ = limb(surface, seen.view, widest=1.9, points=121, scan=40)
    if len(y) < 3 or r < surface(theta, phi):  # from within there is no edge
        return (np.empty(0),) * 3
    step = np.hypot(np.diff(y), np.diff(x))
    step = np.where(step < 1.5, step, 0.0)  # pieces of the curve are parted by NaN and leaps
    length = (np.append(step, 0.0) + np.append(0.0, step)) / 2
    half = [abs(axis[0]) + (axis[1] - axis[0]) / 2 for axis in (seen.y, seen.x)]
    inside = (np.abs(y) < half[0]) & (np.abs(x) < half[1]) & (length > 0)
    return y[inside], x[inside], length[inside]
