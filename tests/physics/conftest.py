"""Fields and series for the physics tests, with metadata as the contract wants them."""

import numpy as np
import pytest
import xarray as xr


@pytest.fixture(scope="session")
def vector():
    """Return a maker of one vector, dims (time, cartesian)."""

    def make(*xyz, units="nT", coordinate_system="GSM"):
        return xr.DataArray(
            np.array([xyz], float),
            dims=("time", "cartesian"),
            coords={"time": np.array(["2026-01-01"], "M8[ns]"), "cartesian": list("xyz")},
            attrs={"units": units, "coordinate_system": coordinate_system},
            name="b",
        )

    return make


@pytest.fixture(scope="session")
def series():
    """Return a maker of a series of one-minute samples, dims (time)."""

    def make(values, units, step="1min"):
        steps = np.arange(len(values)) * np.timedelta64(int(step.removesuffix("min")) * 60, "s")
        return xr.DataArray(
            np.asarray(values, float),
            dims="time",
            coords={"time": np.datetime64("2026-01-01", "ns") + steps},
            attrs={"units": units, "coordinate_system": "none of its own"},
            name="driver",
        )

    return make
