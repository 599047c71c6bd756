"""Both kinds of input of a physics function: DataArrays and plain arrays.

A DataArray is checked against the units and frame the function names, and its result
carries units of its own. Anything else is taken as numbers in those units and gives
numbers back. Plain vectors have x, y, z on the last axis.
"""

import functools
import inspect

import numpy as np
import xarray as xr

from smile_explore.contract import require
from smile_explore.errors import InputError
from smile_explore.units import factor

#: What the boundary models are driven by: unit, and frame where a component needs one.
_DRIVERS = {
    "theta": ("rad", None),
    "phi": ("rad", None),
    "tilt": ("rad", None),
    "clock": ("rad", None),
    "p_dyn": ("nPa", None),
    "p_mag": ("nPa", None),
    "b_z": ("nT", "GSM"),
    "n_p": ("cm-3", None),
    "v": ("km s-1", None),
}
_STEEPEST = np.radians(40)  # the dipole leans by 35 degrees at most


def given(value, units, frame=None):
    """Return a DataArray in these units, its frame checked; anything else as an array of floats."""
    if isinstance(value, xr.DataArray):
        return _converted(require(value, None, frame), units)
    return np.asarray(value, dtype=float)


def _converted(da, units):
    """Return a DataArray in other units; `DatasetError` if there is no way to them."""
    have = da.attrs.get("units")
    if have == units:
        return da
    if have is None or (have == "1") != (units == "1"):
        return require(da, units)
    return (da * factor(have, units)).assign_attrs(da.attrs | {"units": units})


def driven(model):
    """Let a boundary model take DataArrays for its drivers, and refuse a tilt in degrees.

    Units are converted and a frame that is not the driver's is refused; bare numbers stay as
    they are. DataArrays are broadcast by their dims first; the result is an array in any case.
    """
    signature = inspect.signature(model)

    @functools.wraps(model)
    def wrapper(*args, **kwargs):
        arguments = signature.bind(*args, **kwargs).arguments
        arrays = {
            name: _driver(name, value)
            for name, value in arguments.items()
            if name in _DRIVERS and isinstance(value, xr.DataArray)
        }
        if arrays:
            together = xr.broadcast(*arrays.values())
            arguments |= {k: da.values for k, da in zip(arrays, together, strict=True)}
        _refuse_degrees(arguments.get("tilt"))
        bound = inspect.BoundArguments(signature, arguments)
        return model(*bound.args, **bound.kwargs)

    return wrapper


def _driver(name: str, value: xr.DataArray) -> xr.DataArray:
    """Return a driver in its units; of a velocity its speed."""
    units, frame = _DRIVERS[name]
    return strength(value, units) if "cartesian" in value.dims else given(value, units, frame)


def _refuse_degrees(tilt) -> None:
    steepest = (
        0.0 if tilt is None else np.nan_to_num(np.abs(np.asarray(tilt, float))).max(initial=0)
    )
    if steepest > _STEEPEST:
        message = f"tilt={steepest:g} is no dipole tilt in radians, which is 0.62 (35 degrees) at most: convert it with numpy.radians."
        raise InputError(message)


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
