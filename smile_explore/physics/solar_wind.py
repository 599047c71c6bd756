"""Quantities derived from upstream solar wind measurements.

Pure functions: nothing here reads a file, opens a connection, draws, or logs.
Every function takes `xarray.DataArray`, whose units and frame are checked and whose
result carries its own ``units`` (xarray would keep the operands'), or plain numbers
and arrays in the documented units, which give plain arrays; plain vectors have x, y, z
on the last axis. NaN in gives NaN out; a density, temperature or field strength that
cannot be (see each function) gives NaN. The coupling functions and Dst models live in
`coupling` and `ring_current`, and are offered here too.
"""

import numpy as np
import xarray as xr

from smile_explore.errors import DatasetError
from smile_explore.physics.coupling import (
    akasofu1981,
    dawn_dusk_field,
    kan_lee1979,
    motional_field,
    newell2007,
)
from smile_explore.physics.quantity import (
    components,
    given,
    not_below_0,
    positive,
    result,
    strength,
    where,
)
from smile_explore.physics.ring_current import burton1975, obrien_mcpherron2000

__all__ = [
    "akasofu1981",
    "alfven_mach",
    "alfven_speed",
    "ballistic_time",
    "beta",
    "burton1975",
    "clock_angle",
    "cone_angle",
    "dawn_dusk_field",
    "dynamic_pressure",
    "kan_lee1979",
    "magnetosonic_mach",
    "motional_field",
    "newell2007",
    "obrien_mcpherron2000",
]

#: Proton mass times (1 cm-3)(1 km s-1)**2, in nPa.
_PROTON_RAM_NPA = 1.67262192e-6
#: (1 nT) / sqrt(mu_0 m_p 1 cm-3), in km s-1.
_PROTON_ALFVEN_KM_S = 21.8121
#: 2 mu_0 k (1 cm-3)(1 K) / (1 nT)**2.
_BETA = 3.46993e-5
#: Boltzmann's constant over the proton mass, (km s-1)**2 K-1.
_K_OVER_M_P = 8.25440e-3
#: One electron volt as a temperature, K.
_EV_K = 11604.52


def clock_angle(b):
    """Return the IMF clock angle, from north, positive towards dusk.

    Parameters
    ----------
    b : DataArray, dims (..., cartesian), nT, GSM; or array_like, shape (..., 3)
        Interplanetary magnetic field.

    Returns
    -------
    DataArray, dims (...), degrees in (-180, 180]
        ``atan2(By, Bz)``: 0 is due north, 180 due south, +90 duskward.
        NaN where By or Bz is NaN, or both are 0.

    Raises
    ------
    DatasetError
        If `b` is not in nT and GSM.

    Examples
    --------
    >>> clock_angle([[0.0, 0.0, -5.0], [0.0, 5.0, 0.0]]).tolist()
    [180.0, 90.0]
    """
    _, y, z = components(given(b, "nT", "GSM"))
    y = where(y, (y != 0) | (z != 0)) + 0.0  # + 0.0: due south is +180, also from -0.0
    return result(np.degrees(np.arctan2(y, z)), "clock_angle", "degree", "IMF clock angle")


def cone_angle(b):
    """Return the angle between the IMF and the Sun-Earth line.

    Parameters
    ----------
    b : DataArray, dims (..., cartesian), nT, GSE or GSM; or array_like, shape (..., 3)
        Interplanetary magnetic field.

    Returns
    -------
    DataArray, dims (...), degrees in [0, 180]
        0 is sunward, 180 antisunward. NaN where a component is NaN or the field is 0.

    Raises
    ------
    DatasetError
        If `b` is not in nT, or in another frame than GSE and GSM.

    Examples
    --------
    >>> cone_angle([-3.0, 3.0, 0.0]).round(6).item()
    135.0
    """
    frame = b.attrs.get("coordinate_system") if isinstance(b, xr.DataArray) else "GSE"
    if frame not in ("GSE", "GSM"):
        message = (
            f"{b.name!r} is in {frame!r}, but the cone angle needs GSE or GSM: rotate it first."
        )
        raise DatasetError(message)
    x, y, z = components(given(b, "nT"))
    across = np.hypot(y, z)
    angle = np.degrees(np.arctan2(where(across, (x != 0) | (across != 0)), x))
    return result(angle, "cone_angle", "degree", "IMF cone angle")


def dynamic_pressure(n, v, helium=0.0):
    """Return the solar wind's dynamic pressure.

    Parameters
    ----------
    n : DataArray or array_like, cm-3
        Proton number density.
    v : DataArray or array_like, km s-1
        Solar wind speed, broadcastable against `n`; a DataArray may also be the
        velocity, with dim ``cartesian``.
    helium : array_like
        Ratio of helium to proton number density: 0.04 raises the pressure by 16 %.

    Returns
    -------
    DataArray, nPa
        ``m_p n v**2 (1 + 4 helium)``. NaN where an input is, or is below 0.

    Raises
    ------
    DatasetError
        If the units are others.

    Examples
    --------
    >>> dynamic_pressure(5.0, 400.0).round(3).item()
    1.338
    """
    n = not_below_0(given(n, "cm-3"))
    value = _PROTON_RAM_NPA * n * strength(v, "km s-1") ** 2 * (1 + 4 * helium)
    return result(value, "p_dyn", "nPa", "Dynamic pressure")


def beta(n, t, b):
    """Return the plasma beta, thermal over magnetic pressure.

    Parameters
    ----------
    n : DataArray or array_like, cm-3
        Proton number density.
    t : DataArray, K or eV, or array_like, K
        Temperature. Protons alone give the proton beta; for the plasma's, give the sum
        over species: OMNI's is ``1.2 t_p + 1.54e5`` K (5 % helium, electrons at 1.4e5 K).
    b : DataArray or array_like, nT
        Strength of the field, or as DataArray the field.

    Returns
    -------
    DataArray, dimensionless
        ``n k t / (b**2 / 2 mu_0)``. NaN where an input is, or is below 0, and where b is 0.

    Raises
    ------
    DatasetError
        If the units are others.

    Examples
    --------
    >>> beta(5.0, 1e5, 5.0).round(3).item()
    0.694
    """
    n = not_below_0(given(n, "cm-3"))
    value = _BETA * n * _kelvin(t) / positive(strength(b, "nT")) ** 2
    return result(value, "beta", "1", "Plasma beta")


def alfven_speed(n, b, helium=0.0):
    """Return the Alfvén speed.

    Parameters
    ----------
    n : DataArray or array_like, cm-3
        Proton number density.
    b : DataArray or array_like, nT
        Strength of the field, or as DataArray the field.
    helium : array_like
        Ratio of helium to proton number density; OMNI takes 0.05.

    Returns
    -------
    DataArray, km s-1
        ``b / sqrt(mu_0 m_p n (1 + 4 helium))``. NaN where an input is, or n is not above 0.

    Raises
    ------
    DatasetError
        If the units are others.

    Examples
    --------
    >>> alfven_speed(5.0, 5.0).round(1).item()
    48.8
    """
    mass = positive(given(n, "cm-3")) * (1 + 4 * helium)
    value = _PROTON_ALFVEN_KM_S * strength(b, "nT") / np.sqrt(mass)
    return result(value, "v_a", "km s-1", "Alfvén speed")


def alfven_mach(v, n, b, helium=0.0):
    """Return the Alfvén Mach number.

    Parameters
    ----------
    v : DataArray or array_like, km s-1
        Solar wind speed, or as DataArray the velocity.
    n, b, helium
        As in `alfven_speed`.

    Returns
    -------
    DataArray, dimensionless
        NaN where an input is, and where n or b is not above 0.

    Raises
    ------
    DatasetError
        If the units are others.

    Examples
    --------
    >>> alfven_mach(400.0, 5.0, 5.0).round(2).item()
    8.2
    """
    value = strength(v, "km s-1") / positive(alfven_speed(n, b, helium))
    return result(value, "m_a", "1", "Alfvén Mach number")


def magnetosonic_mach(v, n, b, t, t_e=1.4e5):
    """Return the magnetosonic Mach number, for the fast speed across the field.

    Parameters
    ----------
    v : DataArray or array_like, km s-1
        Solar wind speed, or as DataArray the velocity.
    n, b
        As in `alfven_speed`.
    t : DataArray, K or eV, or array_like, K
        Proton temperature.
    t_e : DataArray, K or eV, or array_like, K
        Electron temperature; seldom measured, 1.4e5 K is OMNI's assumption.

    Returns
    -------
    DataArray, dimensionless
        ``v / sqrt(v_A**2 + c_s**2)``, ``c_s**2 = (5/3) k (t + t_e) / m_p``; protons and
        electrons only. NaN where an input is, or n is not above 0.

    Raises
    ------
    DatasetError
        If the units are others.

    Examples
    --------
    >>> magnetosonic_mach(400.0, 5.0, 5.0, 1e5).round(2).item()
    5.31
    """
    sound_2 = 5 / 3 * _K_OVER_M_P * (_kelvin(t) + _kelvin(t_e))
    value = strength(v, "km s-1") / np.sqrt(alfven_speed(n, b) ** 2 + sound_2)
    return result(value, "m_ms", "1", "Magnetosonic Mach number")


def ballistic_time(distance, v):
    """Return how long the solar wind takes over a distance along the flow.

    Parameters
    ----------
    distance : DataArray or array_like, km
        Way from the monitor to the target along the Sun-Earth line, positive when
        the target is downstream.
    v : DataArray or array_like, km s-1
        Solar wind speed, > 0, or as DataArray the velocity.

    Returns
    -------
    DataArray, s
        ``distance / v``; no front tilt, no acceleration. NaN where v is not above 0.

    Raises
    ------
    DatasetError
        If the units are others.

    Examples
    --------
    >>> ballistic_time(1.5e6, 400.0).item() / 60
    62.5
    """
    value = given(distance, "km") / positive(strength(v, "km s-1"))
    return result(value, "ballistic_time", "s", "Ballistic travel time")


def _kelvin(t):
    if isinstance(t, xr.DataArray) and t.attrs.get("units") == "eV":
        return not_below_0(t) * _EV_K
    return not_below_0(given(t, "K"))
