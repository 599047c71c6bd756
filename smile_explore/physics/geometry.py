"""The geometry that every boundary model shares: angles, aberration, surfaces.

Angles: theta from +X (the Sun, or the aberrated wind), phi from +Y towards +Z,
both in radians. Lengths in Earth radii. It knows no model and no file.

One rule for all boundary models: a driver outside its domain (a pressure, density
or speed that is not positive, a Mach number of 1 or less, ``|theta| >= pi``) gives
NaN, as does NaN itself. A long series then keeps its good samples, and no number is
made up for the bad ones.
"""

import inspect

import numpy as np

#: Mean speed of the Earth on its orbit, km s-1, towards -Y GSE.
_EARTH_SPEED = 29.78


def above(value, limit):
    """Return `value` as floats, NaN where it is not finite or not above `limit`."""
    value = np.asarray(value, dtype=float)
    return np.where(np.isfinite(value) & (value > limit), value, np.nan)


def at_least(value, limit):
    """Return `value` as floats, NaN where it is not finite or below `limit`."""
    value = np.asarray(value, dtype=float)
    return np.where(np.isfinite(value) & (value >= limit), value, np.nan)


def polar(theta):
    """Return `theta` as floats, NaN where ``|theta| >= pi``."""
    theta = np.asarray(theta, dtype=float)
    return np.where(np.abs(theta) < np.pi, theta, np.nan)


def cartesian(r, theta, phi):
    """Return the positions at radius and angles.

    Parameters
    ----------
    r : array_like, any unit
    theta, phi : array_like, radian

    Returns
    -------
    ndarray, shape (..., 3), unit of `r`
        x, y, z on a new last axis.

    Examples
    --------
    >>> cartesian(10.0, np.pi / 2, np.pi / 2).round(6).tolist()
    [0.0, 0.0, 10.0]
    """
    r, theta, phi = np.broadcast_arrays(r, theta, phi)
    across = r * np.sin(theta)
    return np.stack([r * np.cos(theta), across * np.cos(phi), across * np.sin(phi)], axis=-1)


def spherical(xyz):
    """Return r, theta and phi of positions whose last axis is x, y, z.

    Parameters
    ----------
    xyz : array_like, shape (..., 3)
        Positions, any unit.

    Returns
    -------
    tuple of ndarray
        r in the unit of `xyz`, theta in [0, pi], phi in (-pi, pi].

    Examples
    --------
    >>> [round(float(a), 4) for a in spherical([0.0, 0.0, -8.0])]
    [8.0, 1.5708, -1.5708]
    """
    x, y, z = np.moveaxis(np.asarray(xyz, dtype=float), -1, 0)
    across = np.hypot(y, z)
    return np.hypot(x, across), np.arctan2(across, x), np.arctan2(z, y)


def aberration(v):
    """Return the angle by which the solar wind seen from Earth is turned, in radians.

    Parameters
    ----------
    v : array_like, km s-1
        Solar wind speed, > 0; NaN elsewhere. A wind that is radial at the Sun is assumed.

    Returns
    -------
    ndarray, radian
        ``atan(29.78 / v)``: the wind comes from this far towards -Y GSE (dawn).

    Examples
    --------
    >>> round(float(np.degrees(aberration(400.0))), 2)
    4.26
    """
    return np.arctan(_EARTH_SPEED / above(v, 0))


def aberrate(xyz, angle):
    """Turn GSE positions into the frame whose +X looks into the aberrated wind.

    Parameters
    ----------
    xyz : array_like, shape (..., 3), GSE
        Positions or vectors.
    angle : array_like, radian
        From `aberration`; its negative turns back.

    Returns
    -------
    ndarray, shape (..., 3)
        Turned about Z; lengths are kept.

    Examples
    --------
    >>> aberrate([np.cos(0.1), -np.sin(0.1), 0.0], 0.1).round(6).tolist()
    [1.0, 0.0, 0.0]
    """
    x, y, z = np.moveaxis(np.asarray(xyz, dtype=float), -1, 0)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack(np.broadcast_arrays(x * cos - y * sin, x * sin + y * cos, z), axis=-1)


def radius(model, theta, phi=0.0, **drivers):
    """Return the radius of any boundary model, whether or not it knows an azimuth.

    Parameters
    ----------
    model : callable
        A function of `magnetopause` or `bow_shock`.
    theta, phi : array_like, radian
        Directions.
    **drivers
        The model's keyword drivers.

    Returns
    -------
    ndarray, R_E
        The broadcast shape of angles and drivers; NaN where the model is, or phi is.

    Examples
    --------
    >>> from smile_explore.physics.magnetopause import jelinek2012
    >>> radius(jelinek2012, 0.0, [0.0, 1.0], p_dyn=1.0).round(2).tolist()
    [12.82, 12.82]
    """
    if "phi" in inspect.signature(model).parameters:
        return model(theta, phi, **drivers)
    return model(theta, **drivers) + 0.0 * np.asarray(phi, dtype=float)


def surface(model, theta, phi, **drivers):
    """Return points of a boundary model, to draw it as a curve or a surface.

    Parameters
    ----------
    model : callable
        A function of `magnetopause` or `bow_shock`.
    theta, phi : array_like, radian
        Directions; they broadcast against each other and the drivers.
    **drivers
        The model's keyword drivers.

    Returns
    -------
    ndarray, shape (..., 3), R_E
        x, y, z in the model's own frame; NaN where the model is.

    Examples
    --------
    >>> from smile_explore.physics.magnetopause import shue1998
    >>> surface(shue1998, np.pi / 2, [0, np.pi / 2], p_dyn=2.0, b_z=0.0).round(2).tolist()
    [[0.0, 15.43, 0.0], [0.0, 0.0, 15.43]]
    """
    return cartesian(radius(model, theta, phi, **drivers), theta, phi)


def standoff(model, **drivers):
    """Return the distance of a boundary on the axis of its model.

    Parameters
    ----------
    model : callable
        A function of `magnetopause` or `bow_shock`.
    **drivers
        The model's keyword drivers.

    Returns
    -------
    ndarray, R_E
        The broadcast shape of the drivers; NaN where the model is.

    Examples
    --------
    >>> from smile_explore.physics.bow_shock import jelinek2012
    >>> round(float(standoff(jelinek2012, p_dyn=2.0)), 2)
    13.51
    """
    return radius(model, 0.0, **drivers)
