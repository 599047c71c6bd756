"""Where the aurora is and how bright: boundaries from AL, energy flux from Kp.

Pure functions of arrays, apart from one table read once from ``data/``. Latitudes are
magnetic (corrected geomagnetic), local times magnetic, in hours of any turn (25 is 1).
NaN in gives NaN out, and so does an index outside its domain.
"""

import functools
from importlib import resources
from typing import NamedTuple

import numpy as np

from smile_explore.errors import InputError
from smile_explore.physics.geometry import above

#: Starkov (1994): rows A0, A1, A2, A3 (degrees), a1, a2, a3 (hours); columns the powers
#: 0 to 3 of log10 |AL|. As printed by Sigernes et al. (2011), doi 10.1051/swsc/2011003.
_STARKOV = {
    "poleward": [
        (-0.07, 24.54, -12.53, 2.15),
        (-10.06, 19.83, -9.33, 1.24),
        (-4.44, 7.47, -3.01, 0.25),
        (-3.77, 7.90, -4.73, 0.91),
        (-6.61, 10.17, -5.80, 1.19),
        (6.37, -1.10, 0.34, -0.38),
        (-4.48, 10.16, -5.87, 0.98),
    ],
    "equatorward": [
        (1.16, 23.21, -10.97, 2.03),
        (-9.59, 17.78, -7.20, 0.96),
        (-12.07, 17.49, -7.96, 1.15),
        (-6.56, 11.44, -6.73, 1.31),
        (-2.22, 1.50, -0.58, 0.08),
        (-23.98, 42.79, -26.96, 5.56),
        (-20.07, 36.67, -24.20, 5.11),
    ],
    "diffuse": [
        (3.44, 29.77, -16.38, 3.35),
        (-2.41, 7.89, -4.32, 0.87),
        (-0.74, 3.94, -3.09, 0.72),
        (-2.12, 3.24, -1.67, 0.31),
        (-1.68, -2.48, 1.58, -0.28),
        (8.69, -20.73, 13.03, -2.14),
        (8.61, -5.34, -1.36, 0.76),
    ],
}

#: Centres of the six Kp bins of Zhang and Paxton (2008).
_KP = np.array([0.75, 2.25, 3.75, 5.25, 7.0, 9.0])


class Precipitation(NamedTuple):
    """Electron precipitation at the top of the atmosphere."""

    #: Energy flux, mW m-2 (the same number in erg cm-2 s-1).
    energy_flux: np.ndarray
    #: Mean energy, keV.
    mean_energy: np.ndarray


def starkov1994(mlt, *, al, boundary):
    """Return a boundary of the auroral oval by Starkov (1994).

    Parameters
    ----------
    mlt : array_like, hours
        Magnetic local time.
    al : array_like, nT
        AL index. It is negative as a rule; its size is taken, and 0 gives NaN.
    boundary : {"poleward", "equatorward", "diffuse"}
        The poleward and the equatorward edge of the auroral oval, or the equatorward
        edge of the diffuse aurora.

    Returns
    -------
    ndarray, degrees of colatitude, in (0, 90)
        Corrected geomagnetic; 20 is at 70 degrees of latitude. NaN where the model makes no
        oval: where the three are not in the order poleward, equatorward, diffuse.

    Raises
    ------
    InputError
        If `boundary` is none of the three.

    Notes
    -----
    The range of validity is not known to us. Below 15 nT the edges of the oval cross at some
    local times, at 1 nT one lies beyond the pole; from 800 nT on they cross before noon. For the equatorward edge one public source has 1.61
    where others and we have 1.16 as the first coefficient, 0.45 degrees more: unresolved.

    References
    ----------
    Starkov (1994), Geomagn. Aeron. 34, 36; as in Sigernes et al. (2011),
    https://doi.org/10.1051/swsc/2011003.

    Examples
    --------
    >>> starkov1994([0, 12], al=-200.0, boundary="poleward").round(2).tolist()
    [17.82, 14.4]
    """
    if boundary not in _STARKOV:
        message = f"Boundary {boundary!r} is none of {', '.join(_STARKOV)}."
        raise InputError(message)
    edges = {name: _starkov(mlt, al, table) for name, table in _STARKOV.items()}
    pole, equator, diffuse = (edges[name] for name in ("poleward", "equatorward", "diffuse"))
    is_oval = (pole > 0) & (pole < equator) & (equator < diffuse) & (diffuse < 90)
    return np.where(is_oval, edges[boundary], np.nan)


def _starkov(mlt, al, table):
    """Return the colatitude of one boundary, whether or not it can be."""
    size = np.log10(above(np.abs(al), 0))
    mean, *terms = (np.polynomial.polynomial.polyval(size, row) for row in table)
    colatitude = mean + 0.0 * np.asarray(mlt, dtype=float)
    for turn, (height, shift) in enumerate(zip(terms[:3], terms[3:], strict=True), start=1):
        angle = np.radians(15 * (turn * np.asarray(mlt, dtype=float) + shift))
        colatitude = colatitude + height * np.cos(angle)
    return colatitude


def starkov1994_al(kp):
    """Return the AL that stands for a Kp in Starkov's model, in nT, negative.

    Parameters
    ----------
    kp : array_like
        Kp, 0 to 9; NaN elsewhere.

    Examples
    --------
    >>> starkov1994_al(3.0).round(1).item()
    -171.9
    """
    kp = _index(kp)
    return -(18 - 12.3 * kp + 27.2 * kp**2 - 2 * kp**3)


def zhang_paxton2008(mlat, mlt, *, kp):
    """Return the electron precipitation of Zhang and Paxton (2008).

    Parameters
    ----------
    mlat : array_like, degrees
        Magnetic latitude, -90 to 90; both hemispheres are alike.
    mlt : array_like, hours
        Magnetic local time.
    kp : array_like
        Kp, 0 to 9; NaN elsewhere.

    Returns
    -------
    Precipitation
        Energy flux in mW m-2 and mean energy in keV, of the broadcast shape.

    Notes
    -----
    Between the centres of the Kp bins the flux goes linearly with the hemispheric
    power, the mean energy with Kp. One public code does the reverse; we could not see
    the paper's own words. Below Kp 0.75 and above 9 the outermost table holds. The
    oval's edge is commonly put at 0.25 mW m-2.

    References
    ----------
    Zhang and Paxton (2008), J. Atmos. Sol.-Terr. Phys. 70, 1231,
    https://doi.org/10.1016/j.jastp.2008.03.008.

    Examples
    --------
    >>> flux, energy = zhang_paxton2008(67.0, 0.0, kp=3.0)
    >>> flux.round(3).item(), energy.round(3).item()
    (3.834, 5.414)
    """
    mlat, mlt, kp = np.broadcast_arrays(
        np.asarray(mlat, dtype=float), np.asarray(mlt, dtype=float), _index(kp)
    )
    good = (np.abs(mlat) <= 90) & np.isfinite(mlt) & np.isfinite(kp)
    both = np.full((2, *mlat.shape), np.nan)
    lower = np.clip(np.searchsorted(_KP, kp) - 1, 0, _KP.size - 2)
    for low in np.unique(lower[good]):
        here = good & (lower == low)
        both[:, here] = _between_bins(90 - np.abs(mlat[here]), mlt[here], kp[here], low)
    return Precipitation(*both)


def hemispheric_power(kp):
    """Return the power of the aurora in one hemisphere by Zhang and Paxton (2008).

    Parameters
    ----------
    kp : array_like
        Kp, 0 to 9; NaN elsewhere.

    Returns
    -------
    ndarray, GW

    References
    ----------
    Zhang and Paxton (2008), https://doi.org/10.1016/j.jastp.2008.03.008.

    Examples
    --------
    >>> hemispheric_power(3.0).round(2).item()
    35.76
    """
    kp = _index(kp)
    strong = 4.592 * np.exp(0.4731 * kp) + 20.47
    return np.where(kp > 5, strong, 38.66 * np.exp(0.1967 * kp) - 33.99)


def _index(kp):
    kp = np.asarray(kp, dtype=float)
    return np.where((kp >= 0) & (kp <= 9), kp, np.nan)


def _between_bins(x, mlt, kp, low):
    """Return flux and mean energy at colatitude `x`, from the Kp bins `low` and `low` + 1."""
    turns = np.arange(1, 7)[:, None] * mlt * np.pi / 12
    basis = np.concatenate([np.ones((1, mlt.size)), np.cos(turns), np.sin(turns)])
    ends = [
        [_epstein(x, table[b].T @ basis) for b in (low, low + 1)] for table in _zhang_paxton2008()
    ]
    shares = [
        np.clip((value - first) / (second - first), 0, 1)
        for value, (first, second) in (
            (hemispheric_power(kp), hemispheric_power(_KP[low : low + 2])),
            (kp, _KP[low : low + 2]),
        )
    ]
    return [
        first + share * (second - first)
        for (first, second), share in zip(ends, shares, strict=True)
    ]


def _epstein(x, coefficients):
    a, b, c, d = coefficients
    return a * np.exp((x - b) / c) / (1 + np.exp((x - b) / d)) ** 2


@functools.cache
def _zhang_paxton2008():
    """Return the coefficients by quantity (flux, energy), Kp bin, Fourier term and A to D."""
    path = resources.files("smile_explore") / "data/zhang_paxton2008.csv"
    lines = path.read_text("utf-8").splitlines()
    rows = [line.split(",")[3:] for line in lines if not line.startswith(("#", "quantity"))]
    return np.array(rows, dtype=float).reshape(2, _KP.size, 13, 4)
