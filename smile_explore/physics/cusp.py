"""Where the cusp is: invariant latitude by dipole tilt, local time and solar wind.

Pure functions. Latitudes are of the northern cusp; the southern is the same at the
opposite tilt. What is published are statistics and regressions: the scatter about each
is a degree or two. Where the cusp meets the magnetopause is `magnetopause.lin2010_cusp`.
Not cast into functions, because only single numbers are published: the centre falls to
about 73 degrees at Bz = -10 nT (Zhou et al. 2000), 0.054 (north) and 0.051 (south)
degrees per degree of tilt by Cluster (https://doi.org/10.5194/angeo-30-21-2012).
"""

import numpy as np

from smile_explore.physics.coupling import transverse
from smile_explore.physics.quantity import driven, result, strength


@driven
def zhou1999(tilt):
    """Return the invariant latitude of the cusp's centre by Zhou et al. (1999).

    Parameters
    ----------
    tilt : array_like, radian
        Dipole tilt, positive when the northern pole leans to the Sun; within 0.63
        (36 degrees), NaN beyond.

    Returns
    -------
    ndarray, degrees of invariant latitude
        The parabola through the three values published: 77.2, 80.0 and 81.8 at -30, 0
        and 30 degrees.

    References
    ----------
    Zhou et al. (1999), Geophys. Res. Lett. 26, 429, https://doi.org/10.1029/1998GL900312.

    Examples
    --------
    >>> zhou1999(np.radians([-30, 0, 30])).round(1).tolist()
    [77.2, 80.0, 81.8]
    """
    share = np.asarray(tilt, dtype=float) / np.radians(30)
    share = np.where(np.abs(share) <= 1.2, share, np.nan)
    return 80.0 + (81.8 - 77.2) / 2 * share + ((81.8 + 77.2) / 2 - 80.0) * share**2


def zhou2000(mlt):
    """Return the invariant latitude of the cusp's centre over local time by Zhou et al. (2000).

    Parameters
    ----------
    mlt : array_like, hours
        Magnetic local time, 8 to 16; NaN elsewhere.

    Returns
    -------
    ndarray, degrees of invariant latitude
        Straight lines between the values published: 80.3 at noon, 78.7 at 8 and at 16.

    References
    ----------
    Zhou et al. (2000), J. Geophys. Res. 105, 245, https://doi.org/10.1029/1999JA900412.

    Examples
    --------
    >>> zhou2000([8, 12, 14]).round(1).tolist()
    [78.7, 80.3, 79.5]
    """
    from_noon = np.abs(np.asarray(mlt, dtype=float) - 12)
    return 80.3 - (80.3 - 78.7) / 4 * np.where(from_noon <= 4, from_noon, np.nan)


def newell2006(v, b):
    """Return the magnetic latitude of the cusp by Newell et al. (2006).

    Parameters
    ----------
    v : DataArray or array_like, km s-1
        Solar wind speed, or as DataArray the velocity.
    b : DataArray, dims (..., cartesian), nT, GSM; or array_like, shape (..., 3)
        Interplanetary magnetic field.

    Returns
    -------
    DataArray, degrees of magnetic latitude
        ``78.5 - 2.27e-3 v B_T sin(clock / 2)**4``; NaN where an input is. Falls below
        60 degrees, where no cusp was seen, for v B_T above some 8000 km s-1 nT.

    Raises
    ------
    DatasetError
        If units or frame are others.

    Notes
    -----
    The regression of table 1 with the strongest correlation (-0.79), taken from a public
    code that quotes it, not from the paper.

    References
    ----------
    Newell et al. (2006), J. Geophys. Res. 111, A09207, https://doi.org/10.1029/2006JA011731.

    Examples
    --------
    >>> newell2006(400.0, [0.0, 0.0, -5.0]).round(2).item()
    73.96
    """
    across, half = transverse(b)
    value = 78.5 - 2.27e-3 * strength(v, "km s-1") * across * half**4
    return result(value, "cusp_latitude", "degree", "Cusp latitude of Newell et al. (2006)")
