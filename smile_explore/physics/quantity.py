"""Both kinds of input of a physics function: DataArrays and plain arrays.

A DataArray is checked against the units and frame the function names, and its result
carries units of its own. Anything else is taken as numbers in those units and gives
numbers back. Plain vectors have x, y, z on the last axis.
"""

import numpy as np
import xarray as xr

from smile_explore.contract import require


def given(value, units, frame=None):
    """Return a DataArray after checking it, anything else as an array of floats."""
    if isinstance(value, xr.DataArray):
        return require(value, units, frame)
    return np.asarray(value, dtype=float)


def result(value, name, units, long_name):
    """Return a DataArray with its own name and attributes, anything else as an array."""
    if not isinstance(value, xr.DataArray):
        return np.asarray(value)
    value = value.drop_vars("cartesian", errors="ignore").rename(name)
    value.attrs = {"units": units, "long_name": long_name}
    return value


def components(vector):
    """Return x, y and z."""
    if isinstance(vector, xr.DataArray):
        return tuple(vector.sel(cartesian=axis, drop=True) for axis in "xyz")
    return tuple(np.moveaxis(vector, -1, 0))


def strength(value, units):
    """Return the length of a DataArray with a cartesian dim; anything else is one already.

    What is below 0 is no length but a component, such as V_x: NaN, or E would change its sign.
    """
    value = given(value, units)
    if isinstance(value, xr.DataArray) and "cartesian" in value.dims:
        return np.sqrt((value**2).sum("cartesian", skipna=False))
    return not_below_0(value)


def where(value, condition, other=np.nan):
    """Return `value` where the condition holds, else `other`."""
    if isinstance(value, xr.DataArray):
        return value.where(condition, other)
    return np.where(condition, value, other)


def positive(value):
    """Return `value`, NaN where it is not above 0."""
    return where(value, value > 0)


def not_below_0(value):
    """Return `value`, NaN where it is below 0."""
    return where(value, value >= 0)
