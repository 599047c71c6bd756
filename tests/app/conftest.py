"""A `load` that answers at once and counts, with a wind, an orbit, a spectrum, and a fault."""

import numpy as np
import pytest
import xarray as xr

from smile_explore.errors import ServerError

START = np.datetime64("2027-03-22T00:00", "ns")
MINUTE = np.timedelta64(60, "s")


def vector(values, units, frame):
    attrs = {"units": units, "coordinate_system": frame, "long_name": "vector"}
    return ("time", "cartesian"), values, attrs


def scalar(values, units):
    return "time", values, {"units": units, "long_name": "scalar"}


def dataset(product, time, reference="spacecraft", **variables):
    coords = {"time": time, "cartesian": ["x", "y", "z"]}
    if product.endswith("esa"):
        coords["energy"] = ("energy", np.geomspace(10, 1e4, 16), {"units": "eV", "long_name": "E"})
    attrs = {"product": product, "source": "fake", "source_files": "", "retrieved": "now"}
    attrs |= {"time_reference": reference, "simulated": 1, "acknowledgement": f"Thanks to {product}."}  # fmt: skip
    return xr.Dataset(variables, coords, attrs)


class FakeLoad:
    """Counts its calls; ``ace.broken`` fails; ``omni.1min`` has a gap from 06:00 to 06:30."""

    def __init__(self):
        self.calls = []

    def __call__(self, product, start, stop=None, *, source="auto", **_):
        self.calls.append((product, start, stop))
        if product == "ace.broken":
            message = "example.org answered 500: try again later."
            raise ServerError(message)
        time = np.arange(START, START + 1440 * MINUTE, MINUTE)
        time = time[(time >= start) & (time < stop)]
        return getattr(self, product.split(".")[0])(product, time)

    def omni(self, product, time):
        hours = (time - START) / np.timedelta64(1, "h")
        keep = (hours < 6) | (hours >= 6.5)
        time, hours = time[keep], hours[keep]
        b = np.stack([hours * 0 + 3, hours * 0 - 4, np.where(hours < 12, 4.0, -8.0)], axis=1)
        v = np.stack([hours * 0 - 400, hours * 0, hours * 0], axis=1)
        p_dyn = np.where(hours < 8, 2.0, 4.0)
        p_dyn[(hours >= 20) & (hours < 21)] = np.nan
        n_p = hours * 0 + 5.0
        n_p[len(n_p) // 2 : len(n_p) // 2 + 1] = 60.0  # a spike of one sample
        return dataset(
            product, time, "bow-shock nose",
            b=vector(b, "nT", "GSM"), v=vector(v, "km s-1", "GSE"), speed=scalar(hours * 0 + 400, "km s-1"),
            n_p=scalar(n_p, "cm-3"), p_dyn=scalar(p_dyn, "nPa"), ae=scalar(hours * 10, "nT"),
            al=scalar(-hours * 5, "nT"), sym_h=scalar(-hours, "nT"),
        )  # fmt: skip

    def ace(self, product, time):
        hours = (time - START) / np.timedelta64(1, "h")
        b = np.stack([hours * 0, hours * 0, np.where(hours < 11.25, 2.0, -8.0)], axis=1)
        pos = np.tile([1.5e6, 0, 0], (len(time), 1))
        return dataset(product, time, "L1", b=vector(b, "nT", "GSM"), pos=vector(pos, "km", "GSE"))

    def themis(self, product, time):
        hours = (time - START) / np.timedelta64(1, "h")
        if product.endswith("state"):
            pos = np.stack([6371.2 * (5 + hours / 2), hours * 0, hours * 0], axis=1)
            return dataset(product, time, pos=vector(pos, "km", "GSE"))
        if product.endswith("esa"):
            eflux = np.full((len(time), 16), 1e6)
            attrs = {"units": "eV cm-2 s-1 sr-1 eV-1", "long_name": "flux"}
            return dataset(product, time, n_i=scalar(hours * 0 + 1, "cm-3"), eflux=(("time", "energy"), eflux, attrs))  # fmt: skip
        b = np.stack([hours * 0, hours * 0, 60 - hours], axis=1)
        return dataset(product, time, b=vector(b, "nT", "GSM"))


@pytest.fixture
def load():
    return FakeLoad()
