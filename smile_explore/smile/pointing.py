"""Where SMILE looks: the aim point, the axes of the image, and whether SXI may open.

The law keeps the centre of SXI's field at a fixed angle from the Earth's limb, and aims at
the Sun-Earth line. Pure geometry in GSE and Earth radii; it knows no time and no orbit.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from smile_explore.contract import EARTH_RADIUS_KM
from smile_explore.errors import InputError

#: Angle between the centre of SXI's field and the Earth's limb, degrees.
LIMB_ANGLE = 20.3
#: SXI closes nearer to the Earth than this (R_E; 50 000 km) and nearer to the Sun (degrees).
MIN_RADIUS = 7.84
MIN_SUN_ANGLE = 40.0


@dataclass(frozen=True)
class Pointing:
    """Where SXI looks from one position or many; the last axis of vectors is x, y, z GSE.

    Attributes
    ----------
    position : ndarray, shape (..., 3), R_E
        The spacecraft.
    aim : ndarray, shape (..., 3), R_E
        The point on the Sun-Earth line that the field is centred on.
    boresight : ndarray, shape (..., 3)
        Unit vector from the spacecraft to `aim`.
    axes : ndarray, shape (..., 3, 3)
        Rows: the image's x (the short axis; the Earth is on its negative side), its y (the
        long axis) and the boresight; unit vectors at right angles, x times boresight is y.
    sun_angle : ndarray, degrees
        Between the boresight and the Sun.
    allowed : ndarray of bool
        Whether SXI may look.
    reason : ndarray of str
        Why not; empty where `allowed`.
    """

    position: np.ndarray
    aim: np.ndarray
    boresight: np.ndarray
    axes: np.ndarray
    sun_angle: np.ndarray
    allowed: np.ndarray
    reason: np.ndarray


def pointing(position, *, aim=None, min_radius=MIN_RADIUS, min_sun_angle=MIN_SUN_ANGLE) -> Pointing:
    """Return where SXI looks from a position, and whether it may.

    Parameters
    ----------
    position : array_like, shape (..., 3), R_E, GSE; or DataArray in km or R_E
        The spacecraft; the last axis is x, y, z. NaN gives NaN, and is not allowed.
    aim : float or array_like, shape (3,), R_E, GSE, optional
        Look there instead; a number is a point on the Sun-Earth line.
    min_radius : float, R_E
        SXI's door is shut nearer to the Earth: 7.84 (50 000 km) in the public simulator.
    min_sun_angle : float, degrees
        SXI may not look nearer to the Sun.

    Returns
    -------
    Pointing
        `allowed` also asks that the law has a solution ahead of the spacecraft, which it
        has not far down the tail.

    Raises
    ------
    InputError
        If a position is inside the Earth or seems to be in km, or `aim` lies behind the
        spacecraft as seen from the Earth.

    Notes
    -----
    With s the distance, the field's centre is ``c = 20.3 deg + asin(1/s)`` from the Earth's
    centre, and the aim point is where that direction, in the plane of the Sun-Earth line and
    the spacecraft, meets the line.

    References
    ----------
    The law as coded in https://github.com/swharton1/CMEM_Image.

    Examples
    --------
    >>> view = pointing([5.91813, 6.74116, 17.7067])
    >>> view.aim.round(3).tolist(), float(view.sun_angle.round(1)), bool(view.allowed)
    ([7.856, 0.0, 0.0], 84.2, True)
    """
    place = in_re(position)
    s = np.linalg.norm(place, axis=-1)
    if (s <= 1).any():
        message = f"Position {place[s <= 1][0]} R_E is inside the Earth: give R_E from its centre."
        raise InputError(message)
    boresight, target = _law(place, s) if aim is None else _at(place, s, aim)
    with np.errstate(invalid="ignore"):
        x = _across(place, boresight)
        sun_angle = np.degrees(np.arccos(np.clip(boresight[..., 0], -1, 1)))
    axes = np.stack([x, np.cross(x, boresight), boresight], axis=-2)
    reason = _reason(s, sun_angle, axes, min_radius, min_sun_angle)
    return Pointing(place, target, boresight, axes, sun_angle, reason == "", reason)


def in_re(position) -> np.ndarray:
    """Return positions as floats in R_E; a DataArray's units and frame are heeded.

    Raises
    ------
    InputError
        If the last axis is not of length 3, or the numbers are km without saying so.
    """
    if isinstance(position, xr.DataArray):
        return _labelled(position)
    try:
        place = np.asarray(position, dtype=float)
    except (TypeError, ValueError) as err:
        message = f"Position {position!r} is not three numbers: give x, y, z in R_E, GSE."
        raise InputError(message) from err
    if place.shape[-1:] != (3,):
        message = f"Position has shape {place.shape}: the last axis must be x, y, z in R_E, GSE."
        raise InputError(message)
    if (np.abs(place) > 1000).any():
        message = f"Position {np.nanmax(np.abs(place)):g} is no distance in R_E of SMILE: divide km by {EARTH_RADIUS_KM}."
        raise InputError(message)
    return place


def _labelled(position: xr.DataArray) -> np.ndarray:
    units, frame = (position.attrs.get(key) for key in ("units", "coordinate_system"))
    if frame not in (None, "GSE") or units not in (None, "km", "RE", f"{EARTH_RADIUS_KM} km"):
        message = f"Position is in {units!r}, {frame!r}: give km or R_E, GSE (frames.rotate)."
        raise InputError(message)
    if "cartesian" in position.dims:
        position = position.transpose(..., "cartesian")
    return in_re(position.values / (EARTH_RADIUS_KM if units == "km" else 1.0))


def _law(place, s):
    """Return boresight and aim point of the limb law; NaN where it has no solution ahead."""
    across = np.hypot(place[..., 1], place[..., 2])
    with np.errstate(invalid="ignore", divide="ignore"):
        turn = np.radians(LIMB_ANGLE) + np.arcsin(1 / s) - np.arctan2(place[..., 0], across)
        ahead = (np.abs(turn) < np.pi / 2) & (across > 0)
        reach = np.where(ahead, across * np.tan(turn), np.nan)
        away = np.stack([reach, -place[..., 1], -place[..., 2]], axis=-1)
        boresight = away / np.linalg.norm(away, axis=-1, keepdims=True)
    on_axis = np.zeros_like(place)
    on_axis[..., 0] = place[..., 0] + reach
    on_axis[np.isnan(reach)] = np.nan
    boresight[np.isnan(reach)] = np.nan
    return boresight, on_axis


def _at(place, s, aim):
    """Return boresight and aim point for an aim of the user's own."""
    target = np.array([aim, 0.0, 0.0]) if np.ndim(aim) == 0 else in_re(aim)
    away = target - place
    far = np.linalg.norm(away, axis=-1, keepdims=True)
    boresight = away / np.where(far > 0, far, np.nan)
    back = (boresight * place).sum(axis=-1) / s
    if not (np.isnan(s) | (back < 0)).all():
        message = (
            f"aim={np.asarray(aim).tolist()} R_E lies behind the spacecraft as seen from the "
            "Earth: choose a point on the Earth's side, such as (8, 0, 0)."
        )
        raise InputError(message)
    return boresight, np.broadcast_to(target, place.shape)


def _across(place, boresight):
    """Return the image's x: away from the Earth, or sunward where the Earth is dead ahead."""
    sunward = np.broadcast_to([1.0, 0.0, 0.0], place.shape)
    outward, fallback = (
        vector - (vector * boresight).sum(axis=-1, keepdims=True) * boresight
        for vector in (place, sunward)
    )
    length = np.linalg.norm(outward, axis=-1, keepdims=True)
    outward = np.where(length < 1e-6, fallback, outward)
    return outward / np.linalg.norm(outward, axis=-1, keepdims=True)


def _reason(s, sun_angle, axes, min_radius, min_sun_angle):
    """Return why SXI may not look, or an empty text; the first reason that holds."""
    reason = np.where(sun_angle > min_sun_angle, "", f"Sun angle below {min_sun_angle:g} degrees")
    reason = np.where(s > min_radius, reason, f"below {min_radius:g} R_E")
    unsolved = np.isnan(axes).any(axis=(-1, -2))
    reason = np.where(unsolved, "no aim point ahead on the Sun-Earth line", reason)
    return np.where(np.isnan(s), "position missing", reason)


def rays(view: Pointing, shape=(108, 64), fov=(27.0, 16.0)):
    """Return the lines of sight of an image's pixels.

    Parameters
    ----------
    view : Pointing
        Of one position.
    shape : (int, int)
        Pixels along the image's y (long) and x (short) axis.
    fov : (float, float), degrees
        Full angles along y and x.

    Returns
    -------
    tuple of ndarray
        Unit vectors, shape (y, x, 3), GSE; the angles of the pixel centres along y and along
        x, degrees.

    Examples
    --------
    >>> way, theta, phi = rays(pointing([5.9, 6.7, 17.7]), shape=(108, 64))
    >>> way.shape, float(theta[0]), float(phi[-1])
    ((108, 64, 3), -13.375, 7.875)
    """
    theta, phi = (
        ((np.arange(n) + 0.5) / n - 0.5) * full for n, full in zip(shape, fov, strict=True)
    )
    x, y, ahead = view.axes
    up, right = np.tan(np.radians(theta))[:, None, None], np.tan(np.radians(phi))[:, None]
    way = ahead + right * x + up * y
    return way / np.linalg.norm(way, axis=-1, keepdims=True), theta, phi
