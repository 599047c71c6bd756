"""Samples on a time axis: what each stands for, where gaps are, runs of true samples.

Pure helpers of this folder. A sample stands for the time from its own stamp to the next
one; before a gap, and at the end, for one cadence (the median step). So no interval built
from samples reaches into a sample that does not belong to it, nor into a gap.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore.contract import require_dataset
from smile_explore.errors import DatasetError, InputError
from smile_explore.times import shown
from smile_explore.units import factor

#: A step longer than this many cadences is a gap.
GAP = 1.5


@dataclass(frozen=True)
class Clock:
    """A time axis in nanoseconds since 1970, and its gaps."""

    start: np.ndarray  # stamp of each sample
    stop: np.ndarray  # end of the time it stands for
    first: np.ndarray  # True where a stretch without gaps begins
    cadence: int


def clock(data: xr.Dataset | xr.DataArray, max_step: str | None = None) -> Clock:
    """Return the clock of `data`; a step above `max_step` (1.5 cadences) is a gap.

    Raises
    ------
    DatasetError
        If there is no time index or it does not strictly increase.
    """
    if not isinstance(data, xr.DataArray):
        require_dataset(data)
    if "time" not in data.indexes:
        message = "The data have no 'time' index: load them with smile_explore.load()."
        raise DatasetError(message)
    time = data["time"].values.astype("datetime64[ns]").astype(np.int64)
    steps = np.diff(time)
    if (steps <= 0).any() or np.isnat(data["time"].values).any():
        message = "'time' does not strictly increase: sort the data by time first."
        raise DatasetError(message)
    cadence = int(np.median(steps)) if len(steps) else 0
    limit = GAP * cadence if max_step is None else nanoseconds(max_step)
    first = np.concatenate([[True], steps > limit])[: len(time)]
    stop = time + cadence
    stop[:-1] = np.where(first[1:], np.minimum(stop[:-1], time[1:]), time[1:])
    return Clock(time, stop, first, cadence)


def nanoseconds(duration: str | pd.Timedelta) -> int:
    """Return a duration such as ``10min`` in nanoseconds; InputError unless it is 0 or more."""
    try:
        value = pd.Timedelta(duration).as_unit("ns").value
    except (ValueError, TypeError, OverflowError):
        value = -1
    if value < 0 or pd.isna(pd.Timedelta(value)):
        message = f"{shown(duration)} is not a duration: write e.g. '10min' or '30s'."
        raise InputError(message)
    return value


def runs(clock: Clock, true: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return first and last index of each run of true samples; a gap ends a run."""
    before = np.concatenate([[False], true[:-1]])
    after = np.concatenate([true[1:], [False]])
    ends = np.concatenate([clock.first[1:], [True]])
    begin = np.flatnonzero(true & (~before | clock.first))
    return begin, np.flatnonzero(true & (~after | ends))


def stretch(clock: Clock, known: np.ndarray) -> np.ndarray:
    """Return, for each sample, the index where its stretch of known samples began."""
    index = np.arange(len(known))
    fresh = clock.first | ~known | np.concatenate([[True], ~known[:-1]])[: len(known)]
    return np.maximum.accumulate(np.where(fresh, index, 0)) if len(known) else index


def table(start, stop, **columns) -> pd.DataFrame:
    """Return a time table: start, stop (datetime64[ns]) and further columns."""
    times = {
        "start": np.asarray(start, np.int64).astype("datetime64[ns]"),
        "stop": np.asarray(stop, np.int64).astype("datetime64[ns]"),
    }
    return pd.DataFrame(times | columns)


def variable_names(ds: xr.Dataset) -> list[str]:
    """Return what a condition may name: scalars, components and magnitudes of vectors."""
    names = []
    for name, da in ds.data_vars.items():
        if da.dtype.kind not in "fiub":
            continue
        if da.dims == ("time",):
            names.append(str(name))
        elif set(da.dims) == {"time", "cartesian"}:
            names += [f"|{name}|", *(f"{name}_{c}" for c in da["cartesian"].values)]
    return names


def scalar(ds: xr.Dataset, name: str, magnitude: bool = False) -> np.ndarray:
    """Return the values of a series that `variable_names` lists, or its absolute value."""
    if name in ds.data_vars:
        return length(ds[name].astype(float)) if magnitude else ds[name].values.astype(float)
    vector, _, component = name.rpartition("_")
    values = ds[vector].sel(cartesian=component).values.astype(float)
    return np.abs(values) if magnitude else values


def pick(ds: xr.Dataset, names: tuple[str, ...], units: str) -> xr.DataArray | None:
    """Return the first of `names` that `ds` holds, in `units`; None if it has none."""
    for name in names:
        if name in ds:
            scale = factor(ds[name].attrs.get("units", "1"), units)
            return (ds[name].astype(float) * scale).assign_attrs(ds[name].attrs | {"units": units})
    return None


def length(da: xr.DataArray) -> np.ndarray:
    """Return the magnitude of a vector, or the absolute value of a scalar; NaN stays NaN."""
    if "cartesian" in da.dims:
        return np.sqrt((da**2).sum("cartesian", skipna=False)).values
    return np.abs(da.values)


def window_mean(
    clock: Clock, values: np.ndarray, low: int, high: int, share: float = 0.75
) -> np.ndarray:
    """Return the mean over stamps in [t + low, t + high] (ns) of each sample.

    `values` may have columns. NaN where fewer than `share` of the samples due in that time
    are finite: a window that is mostly gap has no mean.
    """
    finite = np.isfinite(values)
    nothing = np.zeros((1, *values.shape[1:]))
    count, total = (
        np.concatenate([nothing, np.cumsum(np.where(finite, x, 0.0), axis=0)])
        for x in (finite, values)
    )
    left = np.searchsorted(clock.start, clock.start + low, "left")
    right = np.searchsorted(clock.start, clock.start + high, "right")
    n = count[right] - count[left]
    due = max(1.0, (high - low) / clock.cadence if clock.cadence else 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(n >= share * due, (total[right] - total[left]) / n, np.nan)


class _From(pd.api.indexers.BaseIndexer):
    """Windows that begin at given indices and end with the sample itself."""

    def get_window_bounds(
        self, num_values=0, min_periods=None, center=None, closed=None, step=None
    ):
        return self.begin.astype(np.int64), np.arange(1, num_values + 1, dtype=np.int64)


def running_min(x: np.ndarray, begin: np.ndarray) -> np.ndarray:
    """Return the least value from index `begin` of each sample to the sample itself."""
    return pd.Series(x).rolling(_From(begin=begin), min_periods=1).min().to_numpy()
