"""Quantities derived from upstream solar wind measurements.

Pure functions: nothing here reads a file, opens a connection, draws, or logs.
Every function takes `xarray.DataArray`, whose units and frame are checked and whose
result carries its own ``units`` (xarray would keep the operands'), or plain numbers
and arrays in the documented units, which give plain arrays. Plain vectors have
x, y, z on the last axis. NaN in gives NaN out; a density, temperature or field
strength outside its domain gives NaN.
"""

import numpy as np
import xarray as xr

from smile_explore.contract import require
from smile_explore.errors import DatasetError, InputError

#: Proton mass times (1 cm-3)(1 km s-1)**2, in nPa.
_PROTON_RAM_NPA = 1.6726e-6
#: 4 pi / mu_0 times (1 km s-1)(1 nT)**2 (7 R_E)**2, in W (epsilon's area).
_EPSILON_W = 1e7 * 1e3 * 1e-18 * (7 * 6371.2e3) ** 2
_NEWELL_UNITS = "km(4/3) nT(2/3) s(-4/3)"


# ------------------------------------------------------------------ field and plasma


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
    return _result(np.degrees(_clock(b)), "clock_angle", "degree", "IMF clock angle")


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
    b = _input(b, "nT")
    if isinstance(b, xr.DataArray) and b.attrs.get("coordinate_system") not in ("GSE", "GSM"):
        message = f"cone_angle needs GSE or GSM, not {b.attrs.get('coordinate_system')!r}: rotate the field first."
        raise DatasetError(message)
    x, y, z = _components(b)
    across = _where(y**2 + z**2, x**2 + y**2 + z**2 > 0)
    return _result(
        np.degrees(np.arctan2(np.sqrt(across), x)), "cone_angle", "degree", "IMF cone angle"
    )


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
        ``m_p n v**2 (1 + 4 helium)``. NaN where an input is.

    Raises
    ------
    DatasetError
        If the units are others.

    Examples
    --------
    >>> dynamic_pressure(5.0, 400.0).round(3).item()
    1.338
    """
    n, v = _input(n, "cm-3"), _speed(v)
    return _result(
        _PROTON_RAM_NPA * n * v**2 * (1 + 4 * helium), "p_dyn", "nPa", "Dynamic pressure"
    )


# ------------------------------------------------------------------ coupling


def newell2007(v, b):
    """Return the coupling function of Newell et al. (2007).

    Parameters
    ----------
    v : DataArray or array_like, km s-1
        Solar wind speed, or as DataArray the velocity.
    b : DataArray, dims (..., cartesian), nT, GSM; or array_like, shape (..., 3)
        Interplanetary magnetic field.

    Returns
    -------
    DataArray, km(4/3) nT(2/3) s(-4/3), >= 0
        ``v**(4/3) B_T**(2/3) sin(|clock| / 2)**(8/3)``. NaN where an input is.

    Raises
    ------
    DatasetError
        If units or frame are others.

    References
    ----------
    Newell et al. (2007), J. Geophys. Res. 112, A01206, https://doi.org/10.1029/2006JA012015.

    Examples
    --------
    >>> newell2007(400.0, [0.0, 0.0, -5.0]).round().item()
    8618.0
    """
    across, half = _transverse(b), _half_clock_sine(b)
    value = _speed(v) ** (4 / 3) * across ** (2 / 3) * half ** (8 / 3)
    return _result(value, "newell", _NEWELL_UNITS, "Coupling function of Newell et al. (2007)")


# ------------------------------------------------------------------ Dst


def burton1975(e_y, p_dyn, *, start, hours=None):
    """Return Dst predicted by Burton et al. (1975).

    Parameters
    ----------
    e_y : DataArray, dims (time), mV m-1; or array_like, 1-D
        Dawn-dusk electric field, positive for southward IMF.
    p_dyn : DataArray or array_like, nPa
        Dynamic pressure at the same times.
    start : float, nT
        Dst at the first sample.
    hours : array_like, optional
        Times in hours, for plain arrays; DataArrays bring their own.

    Returns
    -------
    DataArray, dims (time), nT
        Dst at the times of the driver. After a NaN in `e_y`, or a step longer than 1.5
        times the median one, all is NaN: the ring current is not known any more, and
        is not bridged. Start again behind the gap with a measured Dst. A NaN in
        `p_dyn` takes away only its own sample.

    Raises
    ------
    InputError
        If plain arrays come without `hours`, or the first pressure is not a number.
    DatasetError
        If the units are others.

    Notes
    -----
    ``dDst*/dt = F - Dst*/7.72 h`` with ``F = -5.4 nT/h (E_y - 0.5)`` above 0.5 mV m-1,
    and ``Dst = Dst* + 15.8 sqrt(p_dyn) - 20``: the paper's a = 3.6e-5 s-1,
    b = 0.20 nT (eV cm-3)**-0.5, c = 20 nT, d = -1.5e-3 nT s-1 (mV m-1)-1.
    Each sample's driver holds until the next; the decay is exact.

    References
    ----------
    Burton et al. (1975), J. Geophys. Res. 80, 4204, https://doi.org/10.1029/JA080i031p04204.

    Examples
    --------
    >>> hours = np.arange(3.0)
    >>> burton1975([4.0, 4.0, 0.0], [1.6, 1.6, 1.6], start=0.0, hours=hours).round(1).tolist()
    [0.0, -17.7, -33.3]
    """
    field = _input(e_y, "mV m-1")
    rate = _where(-1.5e-3 * 3600 * (field - 0.5), field > 0.5, 0.0) + 0 * field
    decay = 1 / (3.6e-5 * 3600) + 0 * field
    offset = 0.20 * np.sqrt(6241.509 * _positive(_input(p_dyn, "nPa"))) - 20
    return _dst((rate, decay, offset), start, hours, "Dst of Burton et al. (1975)")


def obrien_mcpherron2000(e_y, p_dyn, *, start, hours=None):
    """Return Dst predicted by O'Brien and McPherron (2000).

    Parameters
    ----------
    e_y : DataArray, dims (time), mV m-1; or array_like, 1-D
        Dawn-dusk electric field, positive for southward IMF; negative counts as 0.
    p_dyn : DataArray or array_like, nPa
        Dynamic pressure at the same times.
    start : float, nT
        Dst at the first sample.
    hours : array_like, optional
        Times in hours, for plain arrays; DataArrays bring their own.

    Returns
    -------
    DataArray, dims (time), nT
        Dst at the times of the driver; NaN after a gap, as in `burton1975`.

    Raises
    ------
    InputError, DatasetError
        As in `burton1975`.

    Notes
    -----
    ``dDst*/dt = Q - Dst*/tau``, ``Q = -4.4 (VBs - 0.49)`` nT/h above 0.49 mV m-1,
    ``tau = 2.40 exp(9.74 / (4.69 + VBs))`` h, ``Dst = Dst* + 7.26 sqrt(p_dyn) - 11``.
    Each sample's driver holds until the next; the decay is exact.

    References
    ----------
    O'Brien and McPherron (2000), J. Geophys. Res. 105, 7707,
    https://doi.org/10.1029/1998JA000437.

    Examples
    --------
    >>> hours = np.arange(3.0)
    >>> p_dyn = [2.0, 2.0, 2.0]
    >>> obrien_mcpherron2000([5.0, 5.0, 0.0], p_dyn, start=0.0, hours=hours).round(1).tolist()
    [0.0, -18.5, -34.4]
    """
    field = _input(e_y, "mV m-1")
    v_b_s = _where(field, field > 0, 0.0) + 0 * field
    rate = _where(-4.4 * (v_b_s - 0.49), v_b_s > 0.49, 0.0) + 0 * field
    decay = 2.40 * np.exp(9.74 / (4.69 + v_b_s))
    offset = 7.26 * np.sqrt(_positive(_input(p_dyn, "nPa"))) - 11
    return _dst((rate, decay, offset), start, hours, "Dst of O'Brien and McPherron (2000)")


def _dst(terms, start, hours, long_name):
    """Integrate Dst* from `start`; `terms` are its injection, decay time and the offset to Dst."""
    rate, decay, offset = terms
    like = rate + offset
    first = float(np.asarray(offset).ravel()[0])
    if not np.isfinite(start - first):
        message = f"Dst starts from {start} nT with an offset of {first} nT: begin where Dst and p_dyn are measured."
        raise InputError(message)
    steps = np.diff(_hours(like, hours))
    if steps.size:
        steps = np.where(steps > 1.5 * np.median(steps), np.nan, steps)
    values = [start - first]
    for step, q, tau in zip(steps, np.asarray(rate), np.asarray(decay), strict=False):
        kept = np.exp(-step / tau)
        values.append(values[-1] * kept + q * tau * (1 - kept))
    values = np.array(values) + np.asarray(offset)
    values[np.isnan(np.asarray(rate))] = np.nan
    if isinstance(like, xr.DataArray):
        values = like.copy(data=values)
    return _result(values, "dst", "nT", long_name)


def _hours(like, hours):
    if isinstance(like, xr.DataArray):
        return (like["time"].values - like["time"].values[:1]) / np.timedelta64(1, "h")
    if hours is None:
        message = "Plain arrays carry no times: give hours=, or DataArrays with a time coordinate."
        raise InputError(message)
    return np.asarray(hours, dtype=float)


# ------------------------------------------------------------------ travel


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
        ``distance / v``; no front tilt, no acceleration. NaN where v is not positive.

    Raises
    ------
    DatasetError
        If the units are others.

    Examples
    --------
    >>> ballistic_time(1.5e6, 400.0).item() / 60
    62.5
    """
    value = _input(distance, "km") / _positive(_speed(v))
    return _result(value, "ballistic_time", "s", "Ballistic travel time")


# ------------------------------------------------------------------ both kinds of input


def _input(value, units, frame=None):
    """Return a DataArray after checking it, anything else as an array of floats."""
    if isinstance(value, xr.DataArray):
        return require(value, units, frame)
    return np.asarray(value, dtype=float)


def _result(value, name, units, long_name):
    if not isinstance(value, xr.DataArray):
        return np.asarray(value)
    value = value.drop_vars("cartesian", errors="ignore").rename(name)
    value.attrs = {"units": units, "long_name": long_name}
    return value


def _components(vector):
    if isinstance(vector, xr.DataArray):
        return tuple(vector.sel(cartesian=axis, drop=True) for axis in "xyz")
    return np.moveaxis(vector, -1, 0)


def _where(value, condition, other=np.nan):
    if isinstance(value, xr.DataArray):
        return value.where(condition, other)
    return np.where(condition, value, other)


def _positive(value):
    return _where(value, value > 0)


def _speed(v):
    v = _input(v, "km s-1")
    if isinstance(v, xr.DataArray) and "cartesian" in v.dims:
        return np.sqrt((v**2).sum("cartesian", skipna=False))
    return v


def _clock(b):
    _, y, z = _components(_input(b, "nT", "GSM"))
    return np.arctan2(_where(y, y**2 + z**2 > 0), z)


def _transverse(b):
    _, y, z = _components(_input(b, "nT", "GSM"))
    return np.sqrt(y**2 + z**2)


def _half_clock_sine(b):
    """Return sin(|clock| / 2); 0 where there is no transverse field, and so no clock angle."""
    _, y, z = _components(_input(b, "nT", "GSM"))
    return np.abs(np.sin(np.arctan2(y, z) / 2))
