"""Empirical magnetopause models: solar wind in, radial distance out.

Pure functions of arrays; drivers are keyword-only and everything broadcasts.
theta is measured from +X, phi from +Y towards +Z, in radians; distances are in
Earth radii. Outside a driver's domain, and where an input is NaN, the result is
NaN (see `geometry`). No model aberrates by itself: where a model was fitted in the
aberrated frame, its docstring says so, and `geometry.aberrate` does the turn.
"""

import numpy as np

from smile_explore.physics.geometry import above, at_least, polar
from smile_explore.physics.quantity import driven


@driven
def shue1997(theta, *, p_dyn, b_z):
    """Return the magnetopause distance of Shue et al. (1997), in Earth radii.

    Parameters
    ----------
    theta : array_like, radian
        Angle from the Sun-Earth line, as in the paper; |theta| < pi.
    p_dyn : array_like, nPa
        Solar wind dynamic pressure, > 0.
    b_z : array_like, nT, GSM
        IMF north component.

    Returns
    -------
    ndarray, R_E
        Radial distance; the broadcast shape of the inputs; NaN outside their domain.

    Notes
    -----
    A public code has 0.13 for the northward slope; the paper has 0.013. The range of
    validity is not known to us; far to the south r_0 falls without limit, which
    `shue1998` mends: NaN below -81 nT, where it would be negative.

    References
    ----------
    Shue et al. (1997), J. Geophys. Res. 102, 9497, https://doi.org/10.1029/97JA00196.

    Examples
    --------
    >>> round(float(shue1997(0.0, p_dyn=1.0, b_z=0.0)), 2)
    11.4
    """
    theta, p_dyn, b_z = polar(theta), above(p_dyn, 0), np.asarray(b_z, dtype=float)
    r_0 = above(11.4 + np.where(b_z >= 0, 0.013, 0.14) * b_z, 0) * p_dyn ** (-1 / 6.6)
    alpha = (0.58 - 0.010 * b_z) * (1 + 0.010 * p_dyn)
    return _flared(r_0, alpha, theta)


@driven
def shue1998(theta, *, p_dyn, b_z):
    """Return the magnetopause distance of Shue et al. (1998), in Earth radii.

    Parameters
    ----------
    theta : array_like, radian
        Angle from the Sun-Earth line, as in the paper; |theta| < pi.
    p_dyn : array_like, nPa
        Solar wind dynamic pressure, > 0.
    b_z : array_like, nT, GSM
        IMF north component.

    Returns
    -------
    ndarray, R_E
        Radial distance; the broadcast shape of the inputs; NaN outside their domain.

    Notes
    -----
    Meant for extreme wind as well; the range of its validity is not known to us.

    References
    ----------
    Shue et al. (1998), J. Geophys. Res. 103, 17691, https://doi.org/10.1029/98JA01103.

    Examples
    --------
    >>> round(float(shue1998(0.0, p_dyn=2.0, b_z=0.0)), 2)
    10.25
    """
    theta, p_dyn, b_z = polar(theta), above(p_dyn, 0), np.asarray(b_z, dtype=float)
    r_0 = (10.22 + 1.29 * np.tanh(0.184 * (b_z + 8.14))) * p_dyn ** (-1 / 6.6)
    alpha = (0.58 - 0.007 * b_z) * (1 + 0.024 * np.log(p_dyn))
    return _flared(r_0, alpha, theta)


@driven
def lin2010(theta, phi, *, p_dyn, p_mag, b_z, tilt):
    """Return the magnetopause distance of Lin et al. (2010), in Earth radii.

    A three-dimensional shape, indented at both cusps, lopsided with the dipole's tilt.

    Parameters
    ----------
    theta : array_like, radian
        Angle from +X GSM; |theta| < pi. A negative theta is the direction at phi + pi.
    phi : array_like, radian
        Azimuth about X, from +Y towards +Z.
    p_dyn : array_like, nPa
        Solar wind dynamic pressure, > 0; all of it, not the half that CMEM uses.
    p_mag : array_like, nPa
        Magnetic pressure of the wind, >= 0.
    b_z : array_like, nT, GSM
        IMF north component.
    tilt : array_like, radian
        Dipole tilt, positive when the northern pole leans to the Sun.

    Returns
    -------
    ndarray, R_E
        Radial distance; the broadcast shape of the inputs; NaN outside their domain.

    Notes
    -----
    The indentation reaches the axis: r(0) is less than the paper's r0. Two public codes
    measure phi from Z; here it is from Y, as everywhere in this package. Not aberrated.
    The range of validity is not known to us.

    References
    ----------
    Lin et al. (2010), J. Geophys. Res. 115, A04207, https://doi.org/10.1029/2009JA014235.

    Examples
    --------
    >>> round(float(lin2010(0.0, 0.0, p_dyn=2.0, p_mag=0.01, b_z=0.0, tilt=0.0)), 2)
    10.67
    """
    theta, phi = _outward(theta, phi)
    b_z, tilt = np.asarray(b_z, dtype=float), np.asarray(tilt, dtype=float)
    p = above(p_dyn, 0) + at_least(p_mag, 0)
    r_0 = 12.544 * p**-0.194 * (1 + 0.305 * np.expm1(0.0573 * b_z) / (np.exp(2.178 * b_z) + 1))
    beta_0 = -0.999 + 16.473 * np.expm1(0.00152 * b_z) / (np.exp(0.382 * b_z) + 1)
    beta = (
        beta_0
        + 0.0431 * np.cos(phi)
        + (-0.00763 - 0.210 * tilt) * np.sin(phi)
        + 0.0405 * np.sin(phi) ** 2
    )
    f = np.cos(theta / 2) + 0.0571 * np.sin(2 * theta) * (1 - np.exp(-theta))
    dents = _lin_dent(theta, phi, tilt) + _lin_dent(theta, -phi, -tilt)
    return r_0 * np.exp(beta * np.log(f)) - 4.430 * p**-0.636 * dents


def lin2010_cusp(tilt):
    """Return the angle from +X of the northern cusp's axis in Lin et al. (2010), in radians.

    The southern one is at ``lin2010_cusp(-tilt)``.

    Examples
    --------
    >>> round(float(np.degrees(lin2010_cusp(0.0))), 1)
    63.2
    """
    return 1.103 - 0.907 * np.asarray(tilt, dtype=float)


@driven
def nguyen2022(theta, phi, *, p_dyn, p_mag, b_z, clock, tilt):  # noqa: PLR0913 - the model's drivers
    """Return the magnetopause distance of Nguyen et al. (2022), in Earth radii.

    The form without the dents at the cusps; `nguyen2022_indented` has them.

    Parameters
    ----------
    theta : array_like, radian
        Angle from +X GSM; |theta| < pi. A negative theta is the direction at phi + pi.
    phi : array_like, radian
        Azimuth about X, from +Y towards +Z.
    p_dyn : array_like, nPa
        Solar wind dynamic pressure, > 0.
    p_mag : array_like, nPa
        Magnetic pressure of the wind, >= 0.
    b_z : array_like, nT, GSM
        IMF north component.
    clock : array_like, radian
        IMF clock angle ``atan2(By, Bz)``; pi is south.
    tilt : array_like, radian
        Dipole tilt, positive when the northern pole leans to the Sun.

    Returns
    -------
    ndarray, R_E
        Radial distance; the broadcast shape of the inputs; NaN outside their domain.

    Notes
    -----
    The paper counts phi from Z (Y = r sin(theta) sin(phi)); it is converted here. Not
    aberrated. The range of validity is not known to us. Coefficients as in the public
    code that cites the paper's part 3.

    References
    ----------
    Nguyen et al. (2022), J. Geophys. Res. 127, the series of four papers whose part 4 is
    https://doi.org/10.1029/2021JA029776.

    Examples
    --------
    >>> wind = dict(p_dyn=2.0, p_mag=0.01, b_z=-5.0, clock=np.pi, tilt=0.0)
    >>> round(float(nguyen2022(0.0, 0.0, **wind)), 3)
    9.701
    """
    theta, phi = _outward(theta, phi)
    p = above(p_dyn, 0) + at_least(p_mag, 0)
    r_0 = 10.73 * (1 + 0.0208 * np.tanh(0.38 * np.asarray(b_z) + 2.09)) * p**-0.150
    alpha = _flaring(phi, clock, tilt, (0.55, 0.088, 0.0150, -0.087))
    return _flared(r_0, alpha, theta)


@driven
def nguyen2022_indented(theta, phi, *, p_dyn, p_mag, b_z, clock, tilt):  # noqa: PLR0913 - the model's drivers
    """Return the magnetopause distance of Nguyen et al. (2022, part 4), dented at the cusps.

    Parameters, result and frame are those of `nguyen2022`.

    Notes
    -----
    ``r (1 - q)`` with q a ridge of exponentials at the angle of each cusp. The dent
    does not vanish on the axis, where it depends on phi: the surface is a little torn
    at theta = 0, in the paper as here. Where ``p`` is so small that the dent's width
    is not positive (below 0.02 nPa), the result is NaN.

    References
    ----------
    Nguyen et al. (2022), J. Geophys. Res. 127, e2021JA029776,
    https://doi.org/10.1029/2021JA029776.

    Examples
    --------
    >>> wind = dict(p_dyn=2.0, p_mag=0.01, b_z=-5.0, clock=np.pi, tilt=0.0)
    >>> round(float(nguyen2022_indented(0.0, 0.0, **wind)), 3)
    9.924
    """
    theta, phi = _outward(theta, phi)
    b_z, tilt = np.asarray(b_z, dtype=float), np.asarray(tilt, dtype=float)
    p = above(p_dyn, 0) + at_least(p_mag, 0)
    r_0 = 10.85 * (1 + 0.0270 * np.tanh(0.296 * b_z + 2.14)) * p**-0.15
    alpha = _flaring(phi, clock, tilt, (0.549, 0.0745, 0.010, -0.0713))
    width = above(0.326 + 0.0835 * np.log(p), 0) * (1 + 0.00721 * tilt**2)
    north = np.sin(phi)  # the paper's cos(phi)
    # the ridge of each hemisphere is cut at the equator, where north**2 is 0 anyway
    centre = (0.877 + 0.329 * np.tanh(0.211 * (b_z + 10.13))) * (1 - 0.464 * tilt * np.sign(north))
    dent = 0.123 * 2 * np.exp(-np.abs(theta - centre) / width) * north**2
    return _flared(r_0, alpha, theta) * (1 - dent)


def _flaring(phi, clock, tilt, coefficients):
    """Return the flaring exponent of Nguyen et al. (2022); phi is ours, from Y."""
    mean, lean, dusk, north = coefficients
    sin_2, cos_2 = np.sin(phi) ** 2, np.cos(phi) ** 2
    return mean + lean * tilt * np.sin(phi) + (dusk * cos_2 + north * sin_2) * np.cos(clock)


@driven
def jelinek2012(theta, *, p_dyn):
    """Return the magnetopause distance of Jelinek et al. (2012), in Earth radii.

    Parameters
    ----------
    theta : array_like, radian
        Angle from the axis; |theta| < pi. The axis is that of the aberrated wind.
    p_dyn : array_like, nPa
        Solar wind dynamic pressure, > 0.

    Returns
    -------
    ndarray, R_E
        Radial distance on a paraboloid of revolution; NaN outside the domain.

    Notes
    -----
    Fitted to THEMIS crossings of the dayside and flanks; the range is unknown to us.

    References
    ----------
    Jelinek et al. (2012), J. Geophys. Res. 117, A05208, https://doi.org/10.1029/2011JA017252.

    Examples
    --------
    >>> round(float(jelinek2012(0.0, p_dyn=1.0)), 2)
    12.82
    """
    return paraboloid(theta, 12.82 * above(p_dyn, 0) ** (-1 / 5.26), 1.54)


def paraboloid(theta, r_0, flare):
    """Return r of the paraboloid ``x = r_0 - flare**2 (y**2 + z**2) / (4 r_0)``."""
    theta = polar(theta)
    cos, sin = np.cos(theta), np.sin(theta)
    return 2 * r_0 / (cos + np.sqrt(cos**2 + (flare * sin) ** 2))


def _flared(r_0, alpha, theta):
    # exp(alpha log) and not a power: 1**nan is 1, and a gap would get a radius on the axis
    return r_0 * np.exp(alpha * np.log(2 / (1 + np.cos(theta))))


def _outward(theta, phi):
    """Return the same directions with theta in [0, pi)."""
    theta, phi = polar(theta), np.asarray(phi, dtype=float)
    return np.abs(theta), np.where(theta < 0, phi + np.pi, phi)


def _lin_dent(theta, phi, tilt):
    """Return the shape of the northern indentation; the southern is its mirror image."""
    axis = lin2010_cusp(tilt)
    cos_psi = np.cos(theta) * np.cos(axis) + np.sin(theta) * np.sin(axis) * np.sin(phi)
    psi = np.arccos(np.clip(cos_psi, -1, 1))
    return np.exp((-2.600 + 0.832 * tilt - 5.328 * tilt**2) * psi**1.450)
