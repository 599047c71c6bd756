"""Soft X-rays of solar wind charge exchange: how brightly each place shines.

Pure functions of arrays; drivers are keyword-only and everything broadcasts. Emissivity is
in eV cm-3 s-1, lengths in Earth radii; theta from +X, phi from +Y towards +Z, in radians.
Outside a driver's domain, and where an input is NaN, the result is NaN.

The three models share one shape: nothing inside the magnetopause, a bright sheath, a faint
wind outside the bow shock. Their parameters carry the names of the papers; each has a
function that gives starting values from the solar wind, and any may be replaced by keyword.
Images through them are `smile.image`'s matter.
"""

import numpy as np

from smile_explore.errors import InputError
from smile_explore.physics.geometry import above, at_least, polar
from smile_explore.physics.magnetopause import shue1997
from smile_explore.physics.xray_boundaries import (
    cmem2g_boundaries,
    cmem_magnetopause,
    flared,
    half_pressure,
    lin_size,
    magnetic_pressure,
)

#: Inside this radius (RE) the power laws are held constant: they run to infinity at the
#: Earth, and CMEM's cusps let the sheath reach all the way down.
R_FLOOR = 2.5

#: Width (RE) of the ramps that CMEM2g has for edges.
RAMP = 0.5


def emissivity(r, *, n, v, t, alpha=1e-15, n_h=25.0):
    """Return the emissivity of solar wind plasma among the exosphere's hydrogen.

    Parameters
    ----------
    r : array_like, R_E
        Distance from the Earth's centre, > 0.
    n : array_like, cm-3
        Density of the plasma, >= 0; only plasma of solar wind origin shines.
    v : array_like, km s-1
        Its bulk speed, >= 0.
    t : array_like, K
        Its temperature, >= 0.
    alpha : array_like, eV cm2
        Efficiency. 1e-15 is the usual choice, 6e-16 in some work; it depends on the wind.
    n_h : array_like, cm-3
        Hydrogen at 10 R_E. 25 is conventional; XMM-Newton saw 40 to 58.

    Returns
    -------
    ndarray, eV cm-3 s-1
        ``alpha n_h (10/r)**3 n sqrt(v**2 + 3kT/m_p)``; NaN outside the domain.

    References
    ----------
    Connor et al. (2021), https://doi.org/10.1029/2020JA028816. Koutroumpa (2024), on the
    efficiency, https://doi.org/10.26464/epp2023056.

    Examples
    --------
    A dense sheath at the nose:

    >>> f"{emissivity(10.0, n=20.0, v=150.0, t=1e6):.3e}"
    '1.087e-05'
    """
    n, v, t = (at_least(driver, 0) for driver in (n, v, t))
    thermal = 3 * 1.380649e-23 * t / 1.67262192e-27 * 1e4  # cm2 s-2
    hydrogen = at_least(n_h, 0) * (10 / above(r, 0)) ** 3
    return at_least(alpha, 0) * hydrogen * n * np.sqrt((v * 1e5) ** 2 + thermal)


# --------------------------------------------------------------------------- Jorgensen 2019


def jorgensen2019_start(*, n_p, v, b, method=2):
    """Return starting values of `jorgensen2019`'s parameters for a solar wind.

    Parameters
    ----------
    n_p : array_like, cm-3
        Proton density, > 0.
    v : array_like, km s-1
        Speed, > 0.
    b : array_like, shape (..., 3), nT, GSM
        Interplanetary magnetic field; only its north component counts.
    method : {1, 2}
        1: one brightness for all winds, the magnetopause of Shue et al. (1997). 2: boundaries
        and brightness linear in `n_p`; below 2.34 cm-3 its brightness is not positive: NaN.

    Returns
    -------
    dict of ndarray
        ``mp, bs`` (R_E), ``A1, A2, B`` (eV cm-3 s-1), ``alpha, beta`` and the flaring of
        both boundaries, ``ay_mp, az_mp, ay_bs, az_bs``.

    Notes
    -----
    The pressure is the half of what is usual, as in `half_pressure`.

    Examples
    --------
    >>> start = jorgensen2019_start(n_p=5.0, v=400.0, b=(0.0, 0.0, 5.0))
    >>> round(float(start["mp"]), 2), round(float(start["bs"]), 2)
    (9.78, 12.64)
    """
    p_dyn, b_z = half_pressure(n_p, v), np.asarray(b, dtype=float)[..., 2]
    flare = _flaring1997(p_dyn, b_z)
    mp = shue1997(0.0, p_dyn=p_dyn, b_z=b_z)
    start = {"mp": mp, "bs": mp + 3.0, "A1": 3.2e-5, "A2": 1.3e-5, "B": -1.8e-5}
    if method == 2:
        start |= {"mp": 10.28 - 0.10 * above(n_p, 0), **_linear_in_density(n_p)}
    start |= {"alpha": 2.5, "beta": -1.6, "ay_mp": flare, "az_mp": flare}
    return start | {"ay_bs": flare + 0.2, "az_bs": flare + 0.2}


def jorgensen2019(r, theta, phi, *, n_p=5.0, v=400.0, b=(0.0, 0.0, 5.0), **parameters):
    """Return the emissivity of Jorgensen et al. (2019).

    Parameters
    ----------
    r : array_like, R_E
        Distance from the Earth's centre, >= 0.
    theta, phi : array_like, radian; theta in [0, pi)
        Direction: from +X, and about X from +Y towards +Z.
    n_p, v, b
        Solar wind, as for `jorgensen2019_start`, which gives what `parameters` does not.
    **parameters : array_like
        Any of ``mp, bs, A1, A2, B, alpha, beta, ay_mp, az_mp, ay_bs, az_bs``.

    Returns
    -------
    ndarray, eV cm-3 s-1
        0 inside the magnetopause; NaN where a parameter is.

    Raises
    ------
    InputError
        If a parameter has another name.

    Notes
    -----
    The formula as published. Where ``A1 < -B`` it falls below 0 at the flanks: so do the
    starting values of method 2 in winds below 9 cm-3, whose ``A1`` was fitted without ``B``.

    References
    ----------
    Jorgensen et al. (2019), J. Geophys. Res. 124, 4341, and
    https://doi.org/10.1029/2018JA025919.

    Examples
    --------
    >>> f"{jorgensen2019(11.0, 0.0, 0.0, mp=10.0, bs=13.0, A1=3.2e-5, B=-1.8e-5):.3e}"
    '2.522e-05'
    """
    p = replaced(jorgensen2019_start(n_p=n_p, v=v, b=b), parameters)
    r_mp = flared(theta, phi, p["mp"], p["ay_mp"], p["az_mp"])
    r_bs = flared(theta, phi, p["bs"], p["ay_bs"], p["az_bs"])
    sin_2, depth = np.sin(theta) ** 2, np.log(np.maximum(r, R_FLOOR) / 10)
    sheath = (p["A1"] + p["B"] * sin_2**4) * np.exp(-(p["alpha"] + p["beta"] * sin_2) * depth)
    return _layered(r, (r_mp, r_bs), sheath, p["A2"] * np.exp(-3 * depth))


# --------------------------------------------------------------------------- CMEM


def cmem_start(*, n_p, v, b, method=2):
    """Return starting values of `cmem`'s parameters for a solar wind.

    Parameters, NaN rule and methods are those of `jorgensen2019_start`; method 1 puts the
    bow shock 3 R_E outside the r0 of Lin et al. (2010).

    Returns
    -------
    dict of ndarray
        ``p0, p1, p2, p3`` scale the magnetopause (its size, flaring, and the depth and
        narrowness of the cusps); ``bs, ay_bs, az_bs`` are the bow shock's; ``A1, A2, B,
        alpha, beta`` the brightness.

    Examples
    --------
    >>> start = cmem_start(n_p=5.0, v=400.0, b=(0.0, 0.0, 5.0))
    >>> {key: round(float(start[key]), 5) for key in ("p0", "bs", "ay_bs")}
    {'p0': 0.7863, 'bs': 12.64, 'ay_bs': 0.73354}
    """
    p_dyn, b_z = half_pressure(n_p, v), np.asarray(b, dtype=float)[..., 2]
    flare = _flaring1997(p_dyn, b_z) + 0.2
    if method == 2:
        start = {"p0": 0.0022 * above(n_p, 0) + 0.7753, **_linear_in_density(n_p)}
    else:
        nose = lin_size(p_dyn + magnetic_pressure(b), b_z)
        start = {"p0": 1.0, "bs": nose + 3.0, "A1": 1.5e-5, "A2": 1.3e-5}
    start |= {"p1": 1.0, "p2": 3.0, "p3": 4.0, "ay_bs": flare, "az_bs": flare}
    return start | {"B": 2.0, "alpha": 2.5, "beta": -1.6}


def cmem(r, theta, phi, *, n_p=5.0, v=400.0, b=(0.0, 0.0, 5.0), tilt=0.0, **parameters):  # noqa: PLR0913 - the model's drivers
    """Return the emissivity of CMEM, the cusp and magnetosheath model of Wharton et al. (2025).

    Parameters
    ----------
    r : array_like, R_E
        Distance from the Earth's centre, >= 0; inside `R_FLOOR` the sheath's power law, which
        the cusps let down to the Earth, is held constant.
    theta, phi : array_like, radian, GSM; theta in [0, pi)
        Direction: from +X, and about X from +Y towards +Z.
    n_p : array_like, cm-3
        Proton density, > 0.
    v : array_like, km s-1
        Speed, > 0.
    b : array_like, shape (..., 3), nT, GSM
        Interplanetary magnetic field.
    tilt : array_like, radian
        Dipole tilt, positive when the northern pole leans to the Sun.
    **parameters : array_like
        Any of those of `cmem_start`, which gives the others by its method 2.

    Returns
    -------
    ndarray, eV cm-3 s-1
        0 inside the magnetopause; NaN where a parameter is.

    Raises
    ------
    InputError
        If a parameter has another name.

    Notes
    -----
    The model's own dynamic pressure is half the usual one (`half_pressure`); ``p0`` of about
    0.78 makes up for it.

    References
    ----------
    Wharton et al. (2025), the CMEM model of the SMILE mission, https://github.com/swharton1/CMEM.

    Examples
    --------
    >>> [f"{cmem(r, 0.0, 0.0):.3e}" for r in (11.0, 13.0)]
    ['5.673e-06', '1.593e-06']
    """
    p = replaced(cmem_start(n_p=n_p, v=v, b=b), parameters)
    r_mp = cmem_magnetopause(theta, phi, p, n_p=n_p, v=v, b=b, tilt=tilt)
    r_bs = flared(theta, phi, p["bs"], p["ay_bs"], p["az_bs"])
    theta = polar(theta)
    depth = np.log(np.maximum(r, R_FLOOR) / 10)
    fall = p["alpha"] + p["beta"] * np.sin(theta) ** 2
    sheath = p["A1"] * np.exp(-p["B"] * (theta / 2) ** 4 - fall * depth)
    return _layered(r, (r_mp, r_bs), sheath, p["A2"] * np.exp(-3 * depth))


def cmem2g_start(*, n_p, v, b, tilt=0.0):
    """Return starting values of `cmem2g`'s parameters for a solar wind.

    The model's own start takes the brightest place on the Sun-Earth line from a simulation;
    here CMEM, with its method 2, stands for the simulation.

    Returns
    -------
    dict of ndarray
        ``p0`` (R_E, the size), ``A1`` (eV cm-3 s-1, the brightness), ``B``, ``delta_beta``
        (how it falls off), ``p1, p2, p3`` (flaring, depth and narrowness of the cusps).

    Examples
    --------
    >>> start = cmem2g_start(n_p=5.0, v=400.0, b=(0.0, 0.0, 5.0))
    >>> round(float(start["p0"]), 2), f"{start['A1']:.2e}"
    (10.64, '6.17e-06')
    """
    scales = cmem_start(n_p=n_p, v=v, b=b)
    nose = cmem_magnetopause(0.0, 0.0, scales, n_p=n_p, v=v, b=b, tilt=tilt)
    shared = {"B": 2.0, "delta_beta": 1.0, "p1": 0.5, "p2": 15.0, "p3": 4.0}
    return {"p0": nose, "A1": cmem(nose, 0.0, 0.0, n_p=n_p, v=v, b=b, tilt=tilt), **shared}


def cmem2g(r, theta, phi, *, n_p=5.0, v=400.0, b=(0.0, 0.0, 5.0), tilt=0.0, **parameters):  # noqa: PLR0913 - the model's drivers
    """Return the emissivity of CMEM2g, the model that SMILE's pipeline fits to images.

    The boundaries do not know the wind; they are shaped by `parameters` and `tilt` alone,
    the bow shock follows the magnetopause, and both edges are ramps of 0.5 R_E.

    Parameters
    ----------
    r, theta, phi, n_p, v, b, tilt
        As for `cmem`; the wind only sets the parameters that are not given.
    **parameters : array_like
        Any of those of `cmem2g_start`.

    Returns
    -------
    ndarray, eV cm-3 s-1
        0 inside the magnetopause's ramp; NaN where a parameter is.

    Raises
    ------
    InputError
        If a parameter has another name.

    References
    ----------
    Wharton et al., SMILE SXI level 4 pipeline (2026), https://github.com/swharton1/SXI_L4_V1.

    Examples
    --------
    Half way up the ramp at the nose, where (r/10)**-3 is 1.079:

    >>> f"{cmem2g(9.75, 0.0, 0.0, p0=10.0, A1=1e-5):.2e}"
    '5.40e-06'
    """
    p = replaced(cmem2g_start(n_p=n_p, v=v, b=b, tilt=tilt), parameters)
    r_mp, r_bs = cmem2g_boundaries(theta, phi, p, tilt=tilt)
    theta = polar(theta)
    depth = np.log(np.maximum(r, R_FLOOR) / 10)
    fall = p["delta_beta"] + 2 * np.cos(theta) ** 2
    sheath = p["A1"] * np.exp(-p["B"] * (theta / 2) ** 4 - fall * depth)
    wind = 0.41 * p["A1"] * np.exp(-3 * depth)
    into_wind = np.clip((r - r_bs) / RAMP, 0, 1)
    into_sheath = np.clip((r - r_mp) / RAMP + 1, 0, 1)
    return np.where(into_wind > 0, sheath + into_wind * (wind - sheath), into_sheath * sheath)


def noses(model, parameters, *, n_p, v, b, tilt):
    """Return where magnetopause and bow shock of a model meet the Sun-Earth line, in R_E.

    Parameters
    ----------
    model : {"cmem", "jorgensen2019", "cmem2g"}
    parameters : mapping
        All of the model's parameters, as its function of starting values returns them.
    n_p, v, b, tilt
        As for `cmem`.

    Examples
    --------
    >>> start = cmem_start(n_p=5.0, v=400.0, b=(0.0, 0.0, 5.0))
    >>> [float(r.round(2)) for r in noses("cmem", start, n_p=5.0, v=400.0, b=(0, 0, 5), tilt=0.0)]
    [10.64, 12.64]
    """
    if model == "jorgensen2019":
        return parameters["mp"], parameters["bs"]
    if model == "cmem":
        mp = cmem_magnetopause(0.0, 0.0, parameters, n_p=n_p, v=v, b=b, tilt=tilt)
        return mp, np.asarray(parameters["bs"])
    return cmem2g_boundaries(0.0, 0.0, parameters, tilt=tilt)


def replaced(start, parameters):
    """Return starting values with some replaced; InputError for names that are none of them."""
    unknown = [name for name in parameters if name not in start]
    if unknown:
        message = f"Parameter {', '.join(unknown)} is none of {', '.join(start)}."
        raise InputError(message)
    return {key: np.asarray(parameters.get(key, start[key]), dtype=float) for key in start}


def _layered(r, boundaries, sheath, wind):
    """Return the emissivity of three layers; NaN where a boundary is not known."""
    r_mp, r_bs = boundaries
    layers = np.where(r >= r_bs, wind, np.where(r < r_mp, 0.0, sheath))
    return np.where(np.isnan(r_mp) | np.isnan(r_bs) | np.isnan(r), np.nan, layers)


def _linear_in_density(n_p):
    """Return method 2's bow shock and brightness; NaN where the latter is not positive."""
    n_p = above(n_p, 6.3 / 2.7)
    return {
        "bs": 13.24 - 0.12 * n_p,
        "A1": 2.7e-6 * n_p - 6.3e-6,
        "A2": 0.9e-6 * n_p - 1.0e-6,
    }


def _flaring1997(p_dyn, b_z):
    return (0.58 - 0.010 * b_z) * (1 + 0.010 * p_dyn)  # Shue et al. (1997)
