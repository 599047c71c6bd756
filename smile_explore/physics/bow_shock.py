"""Empirical bow shock models: solar wind in, radial distance out.

Pure functions of arrays; drivers are keyword-only and everything broadcasts.
theta is measured from +X, phi from +Y towards +Z, in radians; distances are in
Earth radii. Outside a driver's domain, and where an input is NaN, the result is
NaN (see `geometry`). No model aberrates by itself: its docstring names its frame,
and `geometry.aberrate` does the turn.
"""

from smile_explore.physics.geometry import above
from smile_explore.physics.magnetopause import paraboloid


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
