"""Where a boundary is seen edge on: the curve along which lines of sight touch it.

Pure geometry in Earth radii; it knows no emissivity. The bright arc in a soft X-ray image
lies along this curve, because there a line of sight is longest within the sheath.
"""

import numpy as np

from smile_explore.errors import InputError
from smile_explore.smile.pointing import Pointing

_STEP = 1e-4  # rad, of the slopes of the surface


def limb(surface, view: Pointing, *, widest=2.0, points=181, scan=96):
    """Return the tangent points of a boundary, as SMILE sees it, on the image.

    Parameters
    ----------
    surface : callable
        ``surface(theta, phi)`` in R_E, radians, theta from +X, phi from +Y towards +Z, in the
        frame of `view`.
    view : Pointing
        Of one position.
    widest : float, radian
        Largest angle from +X that is looked at.
    points : int
        Azimuths about +X.
    scan : int
        Samples along each; touching points nearer to each other are not told apart.

    Returns
    -------
    tuple of ndarray
        Angles along y and along x, degrees, and theta, of each tangent point ahead of the
        spacecraft, ordered along azimuth; NaN between pieces.

    Raises
    ------
    InputError
        If `view` is of several positions or has no axes.

    Notes
    -----
    With R the surface, n its normal and S the spacecraft: points where n . (R - S) = 0 (Sun et
    al. 2020, https://doi.org/10.1029/2020JA028111). A point may lie behind a nearer part of
    the surface; that is not looked at, for X-rays pass.

    Examples
    --------
    >>> from smile_explore.smile.pointing import pointing
    >>> y, x, _ = limb(lambda theta, phi: 10.0 + 0 * theta, pointing([0.0, 0.0, 20.0], aim=8.0))
    >>> round(float(np.nanmax(x)), 2)  # the sphere's edge at 30 degrees, the aim at 21.8
    8.2
    """
    if view.position.shape != (3,) or np.isnan(view.axes).any():
        message = "A limb is seen from one position whose view has axes: see smile.pointing."
        raise InputError(message)
    phi = np.linspace(0, 2 * np.pi, points)[:, None]
    theta = np.linspace(0.01, widest, scan)[None, :]
    touch = _touch(surface, theta, phi, view.position)
    k, i = np.nonzero(np.diff(np.sign(touch), axis=1))
    if not len(k):
        return np.empty(0), np.empty(0), np.empty(0)
    share = touch[k, i] / (touch[k, i] - touch[k, i + 1])
    at, around = theta[0, i] + share * np.diff(theta[0])[0], phi[k, 0]
    sight = _point(surface, at, around) - view.position
    along_x, along_y, ahead = (sight @ view.axes.T).T
    seen = ahead > 0
    if not seen.any():
        return np.empty(0), np.empty(0), np.empty(0)
    y, x = (np.degrees(np.arctan2(a, ahead))[seen] for a in (along_y, along_x))
    return _in_pieces(y, x, at[seen], around[seen])


def _point(surface, theta, phi):
    r, across = surface(theta, phi), np.sin(theta)
    unit = np.stack(
        np.broadcast_arrays(np.cos(theta), across * np.cos(phi), across * np.sin(phi)), axis=-1
    )
    return r[..., None] * unit


def _touch(surface, theta, phi, place):
    """Return n . (R - S), whose zeros are the tangent points, divided by |n|."""
    theta, phi = np.broadcast_arrays(theta, phi)
    here = _point(surface, theta, phi)
    along = (_point(surface, theta + _STEP, phi) - _point(surface, theta - _STEP, phi)) / _STEP
    about = (_point(surface, theta, phi + _STEP) - _point(surface, theta, phi - _STEP)) / _STEP
    normal = np.cross(along, about)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    return (normal * (here - place)).sum(axis=-1)


def _in_pieces(y, x, theta, phi):
    """Order points into curves: inner and outer roots apart, NaN where the azimuth jumps."""
    first = np.concatenate([[True], np.diff(phi) > 1e-9])
    curves = [np.flatnonzero(first), np.flatnonzero(~first)]
    columns = [[], [], []]
    for index in curves:
        gaps = np.flatnonzero(np.diff(phi[index]) > 0.2) + 1
        for piece in np.split(index, gaps):
            for column, values in zip(columns, (y, x, theta), strict=True):
                column += [values[piece], [np.nan]]
    return tuple(np.concatenate(column)[:-1] for column in columns)
