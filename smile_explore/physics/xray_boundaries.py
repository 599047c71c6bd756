"""Boundaries of the soft X-ray models: where the sheath that shines begins and ends.

Pure functions of arrays, as in `soft_xray`, whose models they bound. Lengths in Earth
radii; theta from +X, phi from +Y towards +Z, in radians.
"""

import numpy as np

from smile_explore.physics.geometry import above, polar


def half_pressure(n_p, v):
    """Return the dynamic pressure in the convention of CMEM: half the usual one.

    Parameters
    ----------
    n_p : array_like, cm-3, > 0
    v : array_like, km s-1, > 0

    Returns
    -------
    ndarray, nPa
        ``m_p n v**2 / 2``, protons alone, m_p = 1.67e-27 kg; NaN outside the domain.

    Notes
    -----
    With ``rho v**2`` instead, the same surface needs p0 times 2**0.194 and p2 times 2**0.636.

    Examples
    --------
    >>> round(float(half_pressure(5.0, 400.0)), 4)
    0.668
    """
    return 0.5 * 1.67e-6 * above(n_p, 0) * above(v, 0) ** 2


def magnetic_pressure(b):
    """Return the pressure of a field whose last axis is x, y, z (nT), in nPa.

    Examples
    --------
    >>> round(float(magnetic_pressure([3.0, 0.0, 4.0])), 5)
    0.00995
    """
    return (np.asarray(b, dtype=float) ** 2).sum(axis=-1) * 1e-9 / (2 * 4e-7 * np.pi)


def flared(theta, phi, nose, alpha_y, alpha_z):
    """Return a Shue surface whose flaring differs between Y and Z, in the unit of `nose`.

    Examples
    --------
    >>> round(float(flared(np.pi / 2, np.pi / 2, 10.0, 0.5, 1.0)), 2)
    20.0
    """
    stretch = np.log(2 / (1 + np.cos(polar(theta))))
    r_y, r_z = nose * np.exp(alpha_y * stretch), nose * np.exp(alpha_z * stretch)
    return r_y * r_z / np.hypot(r_z * np.cos(phi), r_y * np.sin(phi))


def cmem_magnetopause(theta, phi, scales, *, n_p, v, b, tilt):  # noqa: PLR0913 - the model's drivers
    """Return the magnetopause of CMEM: that of Lin et al. (2010), scaled.

    Parameters
    ----------
    theta, phi : array_like, radian, GSM; theta in [0, pi)
    scales : mapping
        ``p0, p1, p2, p3``: of its size, its flaring, the depth and the narrowness of its
        cusps. With half pressure for Lin's own and 1 for each it is Lin's surface.
    n_p, v, b, tilt
        As for `soft_xray.cmem`.

    Returns
    -------
    ndarray, R_E
        ``p0 r0 f**p1 + Q``. Along the axis of a cusp it can be negative: there the sheath
        reaches the Earth. NaN outside the drivers' domain.

    Examples
    --------
    >>> scales = {"p0": 0.7863, "p1": 1.0, "p2": 3.0, "p3": 4.0}
    >>> nose = cmem_magnetopause(0.0, 0.0, scales, n_p=5.0, v=400.0, b=(0.0, 0.0, 5.0), tilt=0.0)
    >>> round(float(nose), 3)
    10.636
    """
    theta, phi, tilt = polar(theta), np.asarray(phi, float), np.asarray(tilt, float)
    b_z = np.asarray(b, dtype=float)[..., 2]
    pressure = half_pressure(n_p, v) + magnetic_pressure(b)
    beta = (
        lin_flaring(b_z)
        + 0.0431 * np.cos(phi)
        + (-0.00763 - 0.210 * tilt) * np.sin(phi)
        + 0.0405 * np.sin(phi) ** 2
    )
    body = (
        scales["p0"]
        * lin_size(pressure, b_z)
        * np.exp(scales["p1"] * beta * np.log(lin_shape(theta)))
    )
    if not np.any(scales["p2"]):  # without cusps, as fits by the tangent ask for many times
        return body + np.zeros(np.broadcast_shapes(np.shape(phi), np.shape(scales["p3"])))
    return body - scales["p2"] * 4.430 * pressure**-0.636 * _dents(theta, phi, tilt, scales["p3"])


def cmem2g_boundaries(theta, phi, scales, *, tilt):
    """Return the magnetopause and the bow shock of `soft_xray.cmem2g`, in R_E.

    Parameters
    ----------
    theta, phi : array_like, radian, GSM; theta in [0, pi)
    scales : mapping
        ``p0`` (R_E), ``p1, p2, p3``: size, flaring, depth (R_E) and narrowness of the cusps.
    tilt : array_like, radian

    Examples
    --------
    >>> scales = {"p0": 10.0, "p1": 0.5, "p2": 15.0, "p3": 4.0}
    >>> [round(float(r), 3) for r in cmem2g_boundaries(0.0, 0.0, scales, tilt=0.0)]
    [10.0, 13.094]
    """
    theta, phi, tilt = polar(theta), np.asarray(phi, float), np.asarray(tilt, float)
    shape = np.exp(-scales["p1"] * np.log(lin_shape(theta)))
    r_mp = scales["p0"] * shape - scales["p2"] * _dents(theta, phi, tilt, scales["p3"])
    nose = scales["p0"] - scales["p2"] * _dents(0.0, 0.0, tilt, scales["p3"])
    flare = scales["p1"] + 0.05
    return r_mp, flared(theta, phi, 1.626 * nose - 3.166, flare, flare)


def lin_size(pressure, b_z):
    """Return r0 of Lin et al. (2010), https://doi.org/10.1029/2009JA014235."""
    north = np.expm1(0.0573 * b_z) / (np.exp(2.178 * b_z) + 1)
    return 12.544 * pressure**-0.194 * (1 + 0.305 * north)


def lin_flaring(b_z):
    """Return beta0 of Lin et al. (2010), the exponent of the surface's flaring."""
    return -0.999 + 16.473 * np.expm1(0.00152 * b_z) / (np.exp(0.382 * b_z) + 1)


def cusp_axis(tilt):
    """Return the angle of the northern cusp from +X; the southern has the opposite tilt."""
    return 1.103 - 0.907 * np.asarray(tilt, float)


def cusp_steepness(tilt):
    """Return d of Lin et al. (2010): how fast the northern cusp's dent fades with angle."""
    return -2.600 + 0.832 * tilt - 5.328 * np.square(tilt)


def lin_shape(theta):
    """Return f of Lin et al. (2010), the shape that is raised to their exponent."""
    return np.cos(theta / 2) + 0.0571 * np.sin(2 * theta) * (1 - np.exp(-theta))


def _dents(theta, phi, tilt, narrow):
    """Return the shape of both cusps, each 1 on its axis."""
    total = 0.0
    for phi_n, tilt_n in ((phi, tilt), (-phi, -tilt)):  # the southern is the mirror image
        axis = cusp_axis(tilt_n)
        cos = np.cos(theta) * np.cos(axis) + np.sin(theta) * np.sin(axis) * np.sin(phi_n)
        psi = np.arccos(np.clip(cos, -1, 1))
        total = total + np.exp(narrow * cusp_steepness(tilt_n) * psi**1.450)
    return total
