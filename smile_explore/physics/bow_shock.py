"""Empirical bow shock models: solar wind in, radial distance out.

Pure functions of arrays; drivers are keyword-only and everything broadcasts.
theta is measured from +X, phi from +Y towards +Z, in radians; distances are in
Earth radii. Outside a driver's domain, and where an input is NaN, the result is
NaN (see `geometry`). No model aberrates by itself: its docstring names its frame,
and `geometry.aberrate` does the turn.
"""

import numpy as np

from smile_explore.physics.geometry import above, at_least, polar
from smile_explore.physics.magnetopause import paraboloid, shue1997
from smile_explore.physics.quantity import driven


@driven
def jelinek2012(theta, *, p_dyn):
    """Return the bow shock distance of Jelinek et al. (2012), in Earth radii.

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
    15.02
    """
    return paraboloid(theta, 15.02 * above(p_dyn, 0) ** (-1 / 6.55), 1.17)


@driven
def chao2002(theta, *, p_dyn, b_z, beta, m_ms):
    """Return the bow shock distance of Chao et al. (2002), in Earth radii.

    Parameters
    ----------
    theta : array_like, radian
        Angle from the Sun-Earth line; |theta| < pi.
    p_dyn : array_like, nPa
        Solar wind dynamic pressure, > 0.
    b_z : array_like, nT, GSM
        IMF north component.
    beta : array_like
        Plasma beta of the wind, >= 0.
    m_ms : array_like
        Magnetosonic Mach number, > 1.

    Returns
    -------
    ndarray, R_E
        Radial distance; NaN outside the domain and beyond the asymptote of the
        hyperbola, some 166 degrees from the Sun; also for beta above 204, or p_dyn above
        82 nPa, where the formula's size or flaring would be negative.

    Notes
    -----
    The paper was not at hand: the coefficients are those of two public codes, which
    agree. The range of validity is not known to us. Not aberrated.

    References
    ----------
    Chao et al. (2002), COSPAR Colloquia Series 12, 127,
    https://doi.org/10.1016/S0964-2749(02)80212-8.

    Examples
    --------
    >>> round(float(chao2002(0.0, p_dyn=2.0, b_z=0.0, beta=1.0, m_ms=6.0)), 3)
    13.843
    """
    theta, p, b_z = polar(theta), above(p_dyn, 0), np.asarray(b_z, dtype=float)
    beta, m_ms = at_least(beta, 0), above(m_ms, 1)
    jump = (0.3007 * m_ms**2 + 2) / (2.3007 * m_ms**2)
    r_0 = 11.1266 * (1 + np.where(b_z >= 0, 0.0010, -0.0005) * b_z) * above(1 - 0.0049 * beta, 0)
    r_0 = r_0 * (1 + 2.5966 * jump) * p ** (-1 / 6.047)
    alpha = 0.8182 * (1 + np.where(b_z >= 0, 0.0231, -0.0170) * b_z) * (1 - 0.0122 * p)
    alpha = alpha * (1 - 0.0328 * np.log1p(beta)) * (1 - 0.002 * m_ms)
    return r_0 * (2.029 / above(1 + 1.029 * np.cos(theta), 0)) ** above(alpha, 0)


@driven
def jerab2005(theta, phi, *, n_p, v, b, m_a, gamma=2.15):  # noqa: PLR0913 - the model's drivers
    """Return the bow shock distance of Jerab et al. (2005), in Earth radii.

    Parameters
    ----------
    theta : array_like, radian
        Angle from the axis of the aberrated wind; |theta| < pi.
    phi : array_like, radian
        Azimuth about X, from +Y towards +Z.
    n_p : array_like, cm-3
        Proton number density, > 0.
    v : array_like, km s-1
        Solar wind speed, > 0.
    b : array_like, nT
        Strength of the IMF, >= 0.
    m_a : array_like
        Alfvén Mach number, > 1.
    gamma : float
        Ratio of specific heats, > 1: a number fitted with the rest, not a gas's 5/3.

    Returns
    -------
    ndarray, R_E
        Radial distance; the shape is the mean surface's, the size follows the drivers.

    Notes
    -----
    The range of validity is not known to us. Frame: GSE turned for aberration. Of the public
    codes some take 2.15, some 5/3. The paper was not at hand, but the mean drivers that one
    of them quotes (7.35 cm-3, 425.5 km s-1, 5.49 nT, Mach 11.23) must give the nose of its
    mean surface, 11.90: 2.15 gives 12.01, 5/3 gives 11.00, a magnetosheath of hardly 1 R_E.

    References
    ----------
    Jerab et al. (2005), Planet. Space Sci. 53, 85,
    https://doi.org/10.1016/j.pss.2004.09.032.

    Examples
    --------
    >>> round(float(jerab2005(0.0, 0.0, n_p=5.0, v=400.0, b=5.0, m_a=8.2)), 2)
    13.08
    """
    n_p, v, b = above(n_p, 0), above(v, 0), at_least(b, 0)
    m_a, gamma = above(m_a, 1), above(gamma, 1)
    thickness = 0.937 * (0.846 + 0.042 * b)
    thickness = thickness * ((gamma - 1) * m_a**2 + 2) / ((gamma + 1) * (m_a**2 - 1))
    nose = 91.55 / (n_p * v**2) ** (1 / 6) * (1 + thickness)
    return nose * _jerab_mean(theta, phi) / _jerab_mean(0.0, 0.0)


@driven
def merka2005(theta, phi, *, n_p, v, m_a):
    """Return the bow shock distance of Merka et al. (2005), in Earth radii.

    Parameters
    ----------
    theta : array_like, radian
        Angle from the axis of the aberrated wind; |theta| < pi.
    phi : array_like, radian
        Azimuth about X, from +Y towards +Z.
    n_p : array_like, cm-3
        Proton number density, > 0.
    v : array_like, km s-1
        Solar wind speed, > 0.
    m_a : array_like
        Alfvén Mach number, > 1.

    Returns
    -------
    ndarray, R_E
        Radial distance; NaN where a direction misses the quadric, in the far tail.

    Notes
    -----
    Frame: geocentric plasma ecliptic, which is GSE turned so that X looks into the
    aberrated wind. The quadric holds for 7 cm-3 and 457.5 km s-1; a radius is divided
    by ``[(n/7)(v/457.5)**2]**(1/6)``, so that more pressure brings the shock nearer.
    One public code multiplies, which is the wrong way. Range of validity: not known
    to us.

    References
    ----------
    Merka et al. (2005), J. Geophys. Res. 110, A04202, https://doi.org/10.1029/2004JA010944.

    Examples
    --------
    >>> round(float(merka2005(0.0, 0.0, n_p=7.0, v=457.5, m_a=8.0)), 3)
    12.794
    """
    x, y, z = _direction(theta, phi)
    n_p, v, m_a = above(n_p, 0), above(v, 0), above(m_a, 1)
    square = (0.0063 - 0.0098 * m_a) * x**2 + y**2 + (0.8351 + 0.0102 * m_a) * z**2
    square = square + 2 * (-0.0298 + 0.0040 * m_a) * x * y
    linear = 2 * (16.39 + 0.2087 * m_a + 108.3 / (m_a - 1) ** 2) * x
    linear = linear + 2 * (-0.9241 + 0.0721 * m_a) * y
    constant = -444 - 2.935 * m_a - 1930 / (m_a - 1) ** 2
    scale = ((n_p / 7) * (v / 457.5) ** 2) ** (1 / 6)
    return _quadric(square, linear, constant) / scale


@driven
def farris_russell1994(theta, *, p_dyn, b_z, m_ms):
    """Return the bow shock distance of Farris and Russell (1994), in Earth radii.

    At the nose this is what OMNI shifts its data to: the magnetopause of Shue et al.
    (1997) times ``1 + 1.1 ((gamma - 1) M**2 + 2) / ((gamma + 1)(M**2 - 1))``, gamma 5/3.

    Parameters
    ----------
    theta : array_like, radian
        Angle from the axis of the aberrated wind; |theta| < pi.
    p_dyn : array_like, nPa
        Solar wind dynamic pressure, > 0; OMNI's has helium in it.
    b_z : array_like, nT, GSM
        IMF north component.
    m_ms : array_like
        Magnetosonic Mach number, > 1.

    Returns
    -------
    ndarray, R_E
        Radial distance; the broadcast shape of the inputs; NaN outside their domain.

    Notes
    -----
    OMNI uses the nose alone. Away from it the shape here is the conic of eccentricity
    0.81 about the Earth (Farris et al. 1991), which we could not check in print. The
    range of validity is not known to us; near M = 1 the nose runs away to infinity.

    References
    ----------
    Farris and Russell (1994), J. Geophys. Res. 99, 17681, https://doi.org/10.1029/94JA01020;
    OMNI's use: https://omniweb.gsfc.nasa.gov/html/omni_min_data.html.

    Examples
    --------
    >>> nose = farris_russell1994(0.0, p_dyn=1.0, b_z=0.0, m_ms=8.0)
    >>> round(float(nose), 2)  # 11.4 (1 + 1.1 x 44.67 / 168)
    14.73
    """
    theta, m_ms = polar(theta), above(m_ms, 1)
    gap = 1.1 * (2 / 3 * m_ms**2 + 2) / (8 / 3 * (m_ms**2 - 1))
    nose = shue1997(0.0, p_dyn=p_dyn, b_z=b_z) * (1 + gap)
    return nose * 1.81 / (1 + 0.81 * np.cos(theta))


def _direction(theta, phi):
    theta = polar(theta)
    return np.cos(theta), np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi)


def _jerab_mean(theta, phi):
    """Return the radius of the mean surface of Jerab et al. (2005)."""
    x, y, z = _direction(theta, phi)
    square = 0.45 * x**2 + y**2 + 0.8 * z**2 + 0.18 * x * y
    return _quadric(square, 46.6 * x - 2.2 * y - 0.6 * z, -618.0)


def _quadric(square, linear, constant):
    """Return the nearest positive root of a quadratic whose constant is negative, else NaN."""
    root = np.sqrt(at_least(linear**2 - 4 * square * constant, 0))
    return -2 * constant / above(linear + root, 0)
