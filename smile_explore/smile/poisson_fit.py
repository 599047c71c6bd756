"""CMEM fitted to the counts of one image or of many at once, by penalised Poisson likelihood.

All images share the shape of the emissivity; each has a standoff and a brightness of its own.
What is known beforehand of them (`Prior`) is Gaussian, so that the maximum is found by Fisher
scoring, and what the images add to it is a matrix (`Solution.information`).
"""

from dataclasses import dataclass

import numpy as np

from smile_explore.smile.boundary_edge import WIND, sized
from smile_explore.smile.boundary_seen import ready
from smile_explore.smile.counts import rebin, solid_angle
from smile_explore.smile.image import REACH, TO_INTENSITY

#: What all images share: mean and standard deviation beforehand, limits. ``gap`` is the
#: distance from the magnetopause to the bow shock on the Sun-Earth line over the standoff,
#: ln_wind the logarithm of CMEM's A2 over its A1. The means are CMEM's own for an ordinary wind.
SHAPE = {
    "gap": (0.21, 0.07, 0.03, 0.8),
    "ln_wind": (-0.75, 0.4, -6.0, 3.0),
    "p1": (1.0, 0.15, 0.3, 2.0),
    "ln_p2": (0.95, 0.5, -3.0, 3.0),
    "B": (2.0, 1.0, -5.0, 8.0),
    "alpha": (2.5, 0.7, -3.0, 8.0),
    "beta": (-1.6, 0.7, -6.0, 4.0),
    "a_bs": (0.78, 0.15, 0.1, 2.0),
}
MEAN, SPREAD, LOWEST, HIGHEST = np.array(list(SHAPE.values())).T
NEAREST, FARTHEST = 4.5, 14.5  #: R_E, of the standoff
_COARSE = 1.05  # degrees, of the pixels that are fitted, at most
_STEPS = np.concatenate([[0.2, 0.0], 0.1 * np.minimum(SPREAD, 0.5)])  # for slopes; none of ln A1
_RENEWED = 4
_STILL, _FLAT, _ROUNDS = 0.02, 0.05, 16  # R_E and log likelihood that end the search


@dataclass(frozen=True)
class Frame:
    """An image ready to be fitted; all arrays have shape (pixels,)."""

    time: object
    counts: np.ndarray
    background: np.ndarray  # expected counts
    gain: np.ndarray  # counts for 1 keV cm-2 s-1 sr-1
    place: np.ndarray  # GSM, R_E
    centres: np.ndarray  # lines of sight through the pixels' centres, shape (pixels, 3)
    rays: np.ndarray  # some through each pixel, shape (pixels, rays, 3)
    tilt: float


@dataclass(frozen=True)
class Prior:
    """What is known beforehand: n standoffs (R_E), n logarithms of A1, then the `SHAPE`."""

    mean: np.ndarray
    precision: np.ndarray


@dataclass(frozen=True)
class Solution:
    """The maximum: parameters in the order of `Prior`, and how sharp it is."""

    values: np.ndarray
    information: np.ndarray  # of the counts alone (Fisher)
    precision: np.ndarray  # with the prior
    misfit: float  # chi squared a pixel

    @property
    def covariance(self) -> np.ndarray:
        """Posterior covariance."""
        return np.linalg.inv(self.precision)

    @property
    def sampling(self) -> np.ndarray:
        """Covariance of the maximum over repeated counts of the very same sky."""
        return self.covariance @ self.information @ self.covariance


def frame(image, tilt=None) -> Frame:
    """Return an image of counts in pixels of a degree; see `boundary.fit_magnetopause`."""
    size = image["counts"].sizes
    step = abs(float(image["y"][1] - image["y"][0]))
    blocks = [n for n in range(1, 9) if size["y"] % n == size["x"] % n == 0]
    fine = [n for n in blocks if n * step <= _COARSE]
    rays = _rays(image, max(fine, default=1), tilt)
    image = rebin(image, max(fine, default=1))
    seen = ready(image, tilt)
    response = float(image.attrs.get("response", 1.0))
    gain = solid_angle(seen.y, seen.x) * float(image["exposure"]) * response
    flat = {k: image[k].transpose("y", "x").values for k in ("counts", "background", "vignetting")}
    place, ways = seen.geometry
    centres = np.ascontiguousarray(ways.reshape(-1, 3))
    return Frame(
        image["time"].values if "time" in image.coords else None,
        flat["counts"].ravel(),
        flat["background"].ravel(),
        (gain * flat["vignetting"]).ravel(),
        place,
        centres,
        centres[:, None] if rays is None else rays,
        seen.tilt,
    )


def _rays(image, block: int, tilt):
    """Return four lines of sight through each block of pixels, None if it is not even.

    At an edge a pixel's centre does not stand for the pixel.
    """
    if block % 2:
        return None
    half = ready(rebin(image, block // 2), tilt)
    rows, columns = (n // 2 for n in half.values.shape)
    ways = half.geometry[1].reshape(rows, 2, columns, 2, 3).transpose(0, 2, 1, 3, 4)
    return np.ascontiguousarray(ways.reshape(rows * columns, 4, 3))


def parameters(v, tilt) -> dict:
    """Return CMEM's parameters from standoff, ln A1 and the shape."""
    free = dict(zip(SHAPE, v[2:], strict=True))
    p = sized(v[0], free["p1"], np.exp(free["ln_p2"]), tilt)
    p |= {"bs": v[0] * (1 + free["gap"]), "ay_bs": free["a_bs"], "az_bs": free["a_bs"]}
    p |= {"A1": np.exp(v[1]), "A2": np.exp(v[1] + free["ln_wind"])}
    return p | {key: free[key] for key in ("B", "alpha", "beta")}


def foreground(one: Frame, v, *, coarse: bool = False) -> np.ndarray:
    """Return the counts expected of CMEM; `coarse` looks through the pixels' centres alone."""
    from smile_explore.smile import model_lines, model_packed  # numba: a second, more to compile

    packed = model_packed.packed("cmem", parameters(v, one.tilt), **WIND, tilt=one.tilt)
    rays = one.centres[:, None] if coarse else one.rays
    shine = model_lines.model_integrals(packed, one.place, rays.reshape(-1, 3), REACH)
    return one.gain * shine.reshape(rays.shape[:2]).mean(axis=1) * TO_INTENSITY


def search(frames, standoffs) -> tuple[int, np.ndarray]:
    """Return which of some standoffs (rows; one a frame) fits best, and the frames' ln A1."""
    some = slice(None, None, max(1, len(frames) // 12))
    costs = [
        sum(_scaled(one, s)[1] for one, s in zip(frames[some], row[some], strict=True))
        for row in standoffs
    ]
    best = int(np.argmin(costs))
    pairs = zip(frames, standoffs[best], strict=True)
    return best, np.array([_scaled(one, s)[0] for one, s in pairs])


def _scaled(one: Frame, standoff):
    """Return the logarithm of the brightness that fits, and chi squared."""
    shine = foreground(one, np.concatenate([[standoff, 0.0], MEAN]), coarse=True)
    off = one.counts - one.background
    variance = np.maximum(one.background * max(one.counts.mean() / one.background.mean(), 0.5), 0.5)
    scale = max((shine * off / variance).sum() / (shine**2 / variance).sum(), 1e-8)
    return np.log(scale), float(((off - scale * shine) ** 2 / variance).sum())


def solve(frames, prior: Prior, start, *, advance=lambda: None) -> Solution:
    """Return the most likely standoffs, brightnesses and shape.

    Parameters
    ----------
    frames : list of Frame
    prior : Prior
    start : ndarray, shape (2 n + shape,)
    advance : callable
        Called after each image of each round.
    """
    values, cost, shapes = np.array(start, float), _cost(frames, prior, start), {}
    for turn in range(_ROUNDS):
        if not turn % _RENEWED:
            shapes.clear()  # slopes by the shape change little: they are kept for a few rounds
        information, slope = _curvature(frames, values, shapes, advance)
        precision = information + prior.precision
        step = np.linalg.solve(precision, slope - prior.precision @ (values - prior.mean))
        found = _stepped(frames, prior, (values, cost), step)
        if found is None:
            if not turn % _RENEWED:
                break
            shapes.clear()
            continue
        moved = np.abs(found[0] - values)[: len(frames)].max()
        gained, (values, cost) = cost - found[1], found
        if moved < _STILL or gained < _FLAT:
            break
    information = _curvature(frames, values, {}, advance)[0]
    return Solution(values, information, information + prior.precision, _misfit(frames, values))


def _stepped(frames, prior, now, step):
    """Return values and cost after as much of a step as lowers the cost; None if nothing does."""
    values, cost = now
    n = len(frames)
    low = np.concatenate([np.full(n, NEAREST), np.full(n, -np.inf), LOWEST])
    high = np.concatenate([np.full(n, FARTHEST), np.full(n, np.inf), HIGHEST])
    for share in (1.0, 0.5, 0.25, 0.125, 0.03):
        new = np.clip(values + share * step, low, high)
        if (lower := _cost(frames, prior, new)) < cost:
            return new, lower
    return None


def _own(values, k, n) -> np.ndarray:
    return np.concatenate([[values[k], values[n + k]], values[2 * n :]])


def _cost(frames, prior, values) -> float:
    off = values - prior.mean
    total = 0.5 * off @ prior.precision @ off
    for k, one in enumerate(frames):
        mean = one.background + foreground(one, _own(values, k, len(frames)))
        total += float((mean - one.counts * np.log(mean)).sum())
    return total


def _misfit(frames, values) -> float:
    parts = []
    for k, one in enumerate(frames):
        mean = one.background + foreground(one, _own(values, k, len(frames)))
        parts.append(((one.counts - mean) ** 2 / mean).mean())
    return float(np.mean(parts))


def _curvature(frames, values, shapes, advance):
    """Return Fisher's information of all counts, and the slope of their log likelihood.

    Slopes by the shape are taken from `shapes` (frame's number to array), and put there.
    """
    n, size = len(frames), len(values)
    information, slope = np.zeros((size, size)), np.zeros(size)
    for k, one in enumerate(frames):
        own = _own(values, k, n)
        base = foreground(one, own)
        if k not in shapes:
            centre = foreground(one, own, coarse=True)
            shapes[k] = _slopes(one, own, centre, range(2, len(own)), coarse=True)
        slopes = np.concatenate([_slopes(one, own, base, [0]), [base], shapes[k]])
        mean = one.background + base
        at = np.concatenate([[k, n + k], np.arange(2 * n, size)])
        information[np.ix_(at, at)] += (slopes / mean) @ slopes.T
        slope[at] += slopes @ (one.counts / mean - 1)
        advance()
    return information, slope


def _slopes(one: Frame, v, base, numbers, *, coarse=False) -> np.ndarray:
    """Return the foreground's slopes by some numbers, over steps that edges are smooth on."""
    slopes = []
    for i in numbers:
        moved = v.copy()
        moved[i] += _STEPS[i]
        slopes.append((foreground(one, moved, coarse=coarse) - base) / _STEPS[i])
    return np.array(slopes)
