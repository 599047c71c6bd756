"""Standardised Datasets of one product joined along time, and cut to an interval.

Nothing here opens a file; what is joined keeps the contract, and so does the result.
"""

import numpy as np
import xarray as xr

from smile_explore import contract


def join(parts: list[xr.Dataset]) -> xr.Dataset:
    """Join standardised Datasets along time: sorted, without repeats, gaps left as they are."""
    if len(parts) == 1:
        return parts[0]
    ds = xr.concat(
        parts,
        "time",
        join="outer",
        combine_attrs="override",
        data_vars="all",
        coords="minimal",
        compat="override",
    )
    return mixed(contract.ordered(ds), parts)


def mixed(ds: xr.Dataset, parts) -> xr.Dataset:
    """Call `ds` simulated if any of the Datasets that it is made of is."""
    ds.attrs["simulated"] = max(int(part.attrs.get("simulated", 0)) for part in parts)
    return ds


def clip(ds: xr.Dataset, start: np.datetime64, stop: np.datetime64) -> xr.Dataset:
    """Return the samples of the half-open interval [start, stop)."""
    low, high = np.searchsorted(ds["time"].values, [start, stop])
    return ds.isel(time=slice(low, high))
