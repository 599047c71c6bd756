"""The magnetopause by the whole image: CMEM fitted to all pixels."""

import numpy as np

from smile_explore.errors import InputError
from smile_explore.smile.boundary_edge import WIND, edge, sized
from smile_explore.smile.boundary_seen import PIXELS
from smile_explore.smile.image import REACH, TO_INTENSITY

#: What is fitted beside the standoff: where it begins, how far from there it may reasonably
#: be, its limits. Lengths in R_E; ln_sheath over a first guess, ln_wind over the sheath's.
_FREE = {
    "gap": (2.5, 1.0, 0.3, 8.0),
    "ln_sheath": (0.0, 30.0, -5.0, 5.0),
    "ln_wind": (-0.9, 0.4, -6.0, 3.0),
    "p1": (1.05, 0.25, 0.3, 2.0),
    "ln_p2": (1.0, 0.6, -3.0, 3.0),
    "B": (2.0, 1.0, -5.0, 8.0),
    "alpha": (2.5, 0.7, -3.0, 8.0),
    "beta": (-1.6, 0.7, -6.0, 4.0),
    "a_bs": (0.75, 0.15, 0.1, 2.0),
}
_START, _SPREAD, _LOWEST, _HIGHEST = np.array(list(_FREE.values())).T

_NUMERICS = 0.01  # R_E, of any fit
_NEAREST, _FARTHEST = 4.5, 14.5  # R_E, of the standoff
_EXPLAINED = 50.0  # chi squared; noise is fitted by less with ten parameters
_LARGEST_ERROR = 1.0  # R_E, beyond which the boundary counts as not seen


def by_model(seen):
    """Return standoff, error and chi squared a pixel, and CMEM's parameters."""
    from scipy.optimize import least_squares

    some = _stride(seen)
    values, sigma = seen.values[some].ravel(), seen.sigma[some].ravel()
    shape = seen.values.shape
    place, ways = seen.geometry
    geometry = place, np.ascontiguousarray(ways.reshape(*shape, 3)[some].reshape(-1, 3))
    start, scale = _search(values, sigma, geometry, seen.tilt)
    prior = _START + np.where(np.array(list(_FREE)) == "ln_sheath", scale, 0)

    def residuals(v):
        off = (_rendered(v, geometry, seen.tilt) - values) / sigma
        return np.concatenate([off, (v[1:] - prior) / _SPREAD])

    limits = [
        [end, *(prior - _START + side)]
        for end, side in ((_NEAREST, _LOWEST), (_FARTHEST, _HIGHEST))
    ]
    limits[0][2], limits[1][2] = scale - 5, scale + 5
    found = least_squares(
        residuals,
        np.concatenate([[start], prior]),
        bounds=limits,
        x_scale=np.concatenate([[0.5], np.minimum(_SPREAD, 0.3)]),
        diff_step=1e-3,
        ftol=1e-4,
        xtol=1e-5,
        max_nfev=20,
    )
    misfit = float((found.fun[: len(values)] ** 2).mean())
    error = np.hypot(_NUMERICS, _error(residuals, found.x) * max(1.0, np.sqrt(misfit)))
    p = _parameters(found.x, seen.tilt)
    _refuse_unseen(seen, p, (float(found.x[0]), error), _explained(values, sigma, misfit))
    if not seen.calibrated:
        p |= {"A1": np.nan, "A2": np.nan}
    return (float(found.x[0]), error, misfit), p


def _stride(seen):
    """Return every pixel of an image with noise, and enough of one without."""
    step = 1 if seen.noisy else int(np.ceil(np.sqrt(seen.values.size / (PIXELS / 2))))
    return slice(step // 2, None, step), slice(step // 2, None, step)


def _parameters(v, tilt) -> dict:
    """Return CMEM's parameters from the numbers that are fitted."""
    free = dict(zip(_FREE, v[1:], strict=True))
    p = sized(v[0], free["p1"], np.exp(free["ln_p2"]), tilt)
    p |= {"bs": v[0] + free["gap"], "ay_bs": free["a_bs"], "az_bs": free["a_bs"]}
    p |= {"A1": np.exp(free["ln_sheath"]), "A2": np.exp(free["ln_sheath"] + free["ln_wind"])}
    return p | {key: free[key] for key in ("B", "alpha", "beta")}


def _rendered(v, geometry, tilt):
    from smile_explore.smile import model_lines, model_packed  # numba: a second, more to compile

    packed = model_packed.packed("cmem", _parameters(v, tilt), **WIND, tilt=tilt)
    return model_lines.model_integrals(packed, *geometry, REACH) * TO_INTENSITY


def _search(values, sigma, geometry, tilt):
    """Return the standoff of the best of some images, and the logarithm of its scale."""
    best = (np.inf, 10.0, 0.0)
    for standoff in np.arange(5.5, 13.6, 0.5):
        shine = _rendered(np.concatenate([[standoff], _START]), geometry, tilt)
        scale = (shine * values / sigma**2).sum() / (shine**2 / sigma**2).sum()
        if scale > 0:
            cost = (((values - scale * shine) / sigma) ** 2).sum()
            best = min(best, (cost, standoff, np.log(scale)))
    if not np.isfinite(best[0]):
        message = "The image is dark on the whole: it holds no foreground to fit."
        raise InputError(message)
    return best[1:]


def _error(residuals, v) -> float:
    """Return the standard deviation of the first parameter.

    Slopes are taken over steps as wide as the error itself: at an edge they are steep only
    within a pixel.
    """
    here = residuals(v)
    steps = np.concatenate([[0.04], 0.1 * np.minimum(_SPREAD, 0.5)])
    slopes = np.array([(residuals(v + h) - here) / h.sum() for h in np.diag(steps)])
    try:
        return float(np.sqrt(np.linalg.inv(slopes @ slopes.T)[0, 0]))
    except np.linalg.LinAlgError:  # nothing in the image changes with some parameter
        return np.inf


def _explained(values, sigma, misfit) -> float:
    """Return how much chi squared falls from an even image to the model."""
    mean = (values / sigma**2).sum() / (1 / sigma**2).sum()
    return float((((values - mean) / sigma) ** 2).sum()) - misfit * len(values)


def _refuse_unseen(seen, p, found, explained):
    """Refuse a fit that says nothing of the boundary."""
    standoff, error = found
    pieces = edge(seen, p)[0]
    at_limit = not _NEAREST + 0.05 < standoff < _FARTHEST - 0.05
    if explained < _EXPLAINED:
        fault = "the image is even"
    elif at_limit or not error < _LARGEST_ERROR:
        fault = f"a fit ends at {standoff:.1f} R_E, give or take {error:.1f}"
    elif not len(pieces):
        fault = f"the edge of a magnetopause at {standoff:.1f} R_E is outside the field"
    else:
        return
    message = f"This image does not hold the magnetopause ({fault}): choose another view or time, or a longer exposure."
    raise InputError(message)
