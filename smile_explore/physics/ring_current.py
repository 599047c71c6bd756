"""Dst from the solar wind: two models of the ring current's growth and decay.

Pure functions; DataArrays or plain arrays, see `quantity`. A gap in the driver ends
the series: what the ring current did meanwhile is not known, and is not made up.
"""

import math

import numpy as np
import xarray as xr

from smile_explore.errors import InputError
from smile_explore.physics.quantity import given, positive, result, where


def burton1975(e_y, p_dyn, *, start, hours=None):
    """Return Dst predicted by Burton et al. (1975).

    Parameters
    ----------
    e_y : DataArray, dims (time), mV m-1; or array_like, 1-D
        Dawn-dusk electric field, positive for southward IMF (`dawn_dusk_field`).
    p_dyn : DataArray or array_like, nPa
        Dynamic pressure at the same times.
    start : float or array_like, dims (time), nT
        Dst at the first sample; or a measured series, from which the model starts
        again behind every gap.
    hours : array_like, optional
        Times in hours, for plain arrays; DataArrays bring their own.

    Returns
    -------
    DataArray, dims (time), nT
        Dst at the times of the driver. After a NaN in `e_y`, or a step longer than 1.5
        times the median one, all is NaN until `start` gives a new beginning: the ring
        current is not known, and is not bridged. A NaN in `p_dyn` takes away only its
        own sample.

    Raises
    ------
    InputError
        If plain arrays come without `hours`, the times of the series differ or do not
        increase, or the first pressure is not a number.
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
    field = given(e_y, "mV m-1")
    rate = where(-1.5e-3 * 3600 * (field - 0.5), field > 0.5, 0.0) + 0 * field
    decay = 1 / (3.6e-5 * 3600) + 0 * field
    offset = 0.20 * np.sqrt(6241.509 * positive(given(p_dyn, "nPa"))) - 20
    return _dst((rate, decay, offset), start, hours, "Dst of Burton et al. (1975)")


def obrien_mcpherron2000(e_y, p_dyn, *, start, hours=None):
    """Return Dst predicted by O'Brien and McPherron (2000).

    Parameters
    ----------
    e_y : DataArray, dims (time), mV m-1; or array_like, 1-D
        Dawn-dusk electric field, positive for southward IMF; negative counts as 0.
    p_dyn : DataArray or array_like, nPa
        Dynamic pressure at the same times.
    start : float or array_like, dims (time), nT
        Dst at the first sample; or a measured series, from which the model starts
        again behind every gap.
    hours : array_like, optional
        Times in hours, for plain arrays; DataArrays bring their own.

    Returns
    -------
    DataArray, dims (time), nT
        Dst at the times of the driver; NaN after a gap until a new start, as in `burton1975`.

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
    field = given(e_y, "mV m-1")
    v_b_s = where(field, field > 0, 0.0) + 0 * field
    rate = where(-4.4 * (v_b_s - 0.49), v_b_s > 0.49, 0.0) + 0 * field
    decay = 2.40 * np.exp(9.74 / (4.69 + v_b_s))
    offset = 7.26 * np.sqrt(positive(given(p_dyn, "nPa"))) - 11
    return _dst((rate, decay, offset), start, hours, "Dst of O'Brien and McPherron (2000)")


def _dst(terms, start, hours, long_name):
    """Integrate Dst* from `start`; `terms` are its injection, decay time and the offset to Dst."""
    like = terms[0] + terms[2]
    times, start = _hours(like, hours), np.asarray(start, dtype=float)
    shapes = {np.shape(terms[0]), like.shape, times.shape, start.shape or like.shape}
    if like.ndim != 1 or not like.size or len(shapes) > 1:
        message = f"Drivers, start and times of shapes {sorted(shapes)} do not make one series: give all the same times."
        raise InputError(message)
    rate, decay, offset = (np.broadcast_to(term, like.shape) for term in map(np.asarray, terms))
    fresh = np.where(np.isnan(rate), np.nan, start - offset)
    if not start.shape:
        fresh[1:] = np.nan
        if np.isnan(start - offset[0]):
            message = f"Dst starts from {start} nT with an offset of {offset[0]} nT: begin where Dst and p_dyn are measured."
            raise InputError(message)
    steps = np.diff(times)
    if not (steps > 0).all():
        message = "The times do not strictly increase: sort the series, and drop repeated times."
        raise InputError(message)
    if steps.size:
        steps = np.where(steps > 1.5 * np.median(steps), np.nan, steps)
    kept = np.exp(-steps / decay[:-1])
    gain = (rate * decay)[:-1] * (1 - kept)
    values = np.fromiter(_grown(kept, gain, fresh), float)
    values = np.where(np.isnan(rate), np.nan, values + offset)
    if isinstance(like, xr.DataArray):
        values = like.copy(data=values)
    return result(values, "dst", "nT", long_name)


def _grown(kept, gain, fresh):
    """Yield Dst* step by step, afresh wherever it is not known."""
    dst = fresh[0]
    yield dst
    for share, more, new in zip(kept.tolist(), gain.tolist(), fresh[1:].tolist(), strict=True):
        dst = dst * share + more
        if math.isnan(dst):
            dst = new
        yield dst


def _hours(like, hours):
    if isinstance(like, xr.DataArray):
        return (like["time"].values - like["time"].values[:1]) / np.timedelta64(1, "h")
    if hours is None:
        message = "Plain arrays carry no times: give hours=, or DataArrays with a time coordinate."
        raise InputError(message)
    return np.asarray(hours, dtype=float)
