"""Move a series by a lag, and keep where it was.

A series that has been moved carries the fact with it, so that it is not moved twice.
"""

import pandas as pd
import xarray as xr

from smile_explore.errors import InputError
from smile_explore.link.result import Lag
from smile_explore.times import shown

_SHIFTED = "bow-shock nose"
_AT_REST = ("ground",)  # indices and stations: what they measure does not travel with the wind


def shift(data, lag, *, to="Earth", force=False):
    """Return `data` moved in time by a lag, its own stamps kept as ``time_original``.

    Parameters
    ----------
    data : Dataset or DataArray, dims (time, ...)
        Left as it is; what is returned is a new object, to lay beside it.
    lag : Lag, Timedelta or str
        Added to every stamp.
    to : str
        What the time then refers to: ``time_reference`` of the result.
    force : bool
        Shift all the same where it would be refused.

    Returns
    -------
    Dataset or DataArray
        ``time`` is shifted, the coordinate ``time_original`` (time) holds the stamps as they
        were; ``time_reference``, ``shifted_by`` and, from a `Lag`, ``shifted_how`` are in the
        attributes and in those of ``time``, so that a variable taken out of a shifted
        Dataset still knows. Values are untouched, none is interpolated.

    Raises
    ------
    InputError
        If the time is already that of the bow-shock nose (OMNI), if `data` has been shifted
        before, if a variable is in the time of the ground (an index), or the lag is not usable; `force` overrides each.

    Notes
    -----
    A DataArray is judged by its own ``time_reference``, else by that of its ``time``
    coordinate; xarray does not hand a Dataset's attributes to its variables. One that says
    nothing is taken as not shifted: shift the Dataset and take the variable from it.

    Examples
    --------
    >>> import xarray as xr
    >>> time = pd.date_range("2014-03-01", periods=2, freq="1min")
    >>> b = xr.DataArray([1.0, 2.0], {"time": time}, ["time"], attrs={"time_reference": "L1"})
    >>> moved = shift(b, "44min")
    >>> str(moved.time.values[0])[:16], str(moved.time_original.values[0])[:16]
    ('2014-03-01T00:44', '2014-03-01T00:00')
    """
    step = _step(lag, force=force)
    if "time" not in data.coords:
        message = "The data have no 'time': load them with smile_explore.load()."
        raise InputError(message)
    if not force:
        _refuse_second_shift(data)
    marks = {"time_reference": to, "shifted_by": f"{step.total_seconds():.9g} s"}
    if isinstance(lag, Lag):
        marks["shifted_how"] = str(lag)
    time = data["time"]
    moved = data.assign_coords(
        time=("time", time.values + step.to_timedelta64(), {**time.attrs, **marks}),
        time_original=("time", time.values, {"long_name": "UTC before the shift"}),
    )
    return moved.assign_attrs(marks)


def _step(lag, *, force) -> pd.Timedelta:
    if isinstance(lag, Lag):
        if lag.value is pd.NaT or not (lag.usable or force):
            message = f"{lag}: nothing to shift by; give a time, e.g. '44min', if you know better."
            raise InputError(message)
        return lag.value.as_unit("ns")
    try:
        step = pd.Timedelta(lag) if not isinstance(lag, (int, float)) else pd.NaT
    except ValueError:
        step = pd.NaT
    if step is pd.NaT:
        message = f"{shown(lag)} is no time to shift by: give a Lag or e.g. '44min'."
        raise InputError(message)
    return step.as_unit("ns")


def _variables(data):
    return data.data_vars.items() if isinstance(data, xr.Dataset) else [(data.name, data)]


def _refuse_second_shift(data) -> None:
    places = [data.attrs, data["time"].attrs]
    before = next((a["shifted_by"] for a in places if "shifted_by" in a), None)
    if before or "time_original" in data.coords:
        by = f"by {before} " if before else ""
        message = f"The data have been shifted {by}already: take the original, or force=True."
        raise InputError(message)
    at_rest = [n for n, v in _variables(data) if v.attrs.get("time_reference") in _AT_REST]
    if at_rest:
        message = f"{at_rest[0]!r} is in the time of the ground, not of the wind: leave it out of what is shifted, or force=True."
        raise InputError(message)
    reference = next((a["time_reference"] for a in places if "time_reference" in a), "")
    if reference == _SHIFTED:
        message = f"The time of the data is that of the {_SHIFTED}: they are shifted already; force=True shifts them again."
        raise InputError(message)
