"""What drives the boundaries at a time, and where the spacecraft are: from loaded Datasets.

Pure: takes Datasets, returns numbers and tracks. A missing driver is not made up: the last
one known is returned with its age, so that a view can grey out what it draws.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from smile_explore import catalogue, frames
from smile_explore.errors import SmileExploreError
from smile_explore.smile.orbit import orbit as smile_orbit

DRIVERS = ("p_dyn", "b_z", "beta", "m_ms")
HOUR = np.timedelta64(1, "h")
_POSITIONS = ("state", "pos", "mec", "orbit")


@dataclass(frozen=True)
class Wind:
    """The solar wind at a time: values of `DRIVERS`, NaN if unknown.

    `age` is how long before the time asked for the pressure was last known.
    """

    values: dict
    age: np.timedelta64
    product: str

    @property
    def is_current(self) -> bool:
        """Whether pressure and field were measured at that time, within two minutes."""
        known = np.isfinite([self.values["p_dyn"], self.values["b_z"]]).all()
        return bool(known) and self.age <= np.timedelta64(2, "m")

    @property
    def age_text(self) -> str:
        """The age in minutes or hours, as a caption says it."""
        minutes = self.age / np.timedelta64(1, "m")
        return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def series_of(ds: xr.Dataset) -> dict:
    """Return the drivers that a Dataset of the wind holds, each an array over its time."""
    found = {name: ds[name].values for name in DRIVERS if name in ds}
    if "b" in ds:
        b = ds["b"]
        b = b if b.attrs["coordinate_system"] == "GSM" else frames.rotate(b, "GSM")
        found["b_z"] = b.sel(cartesian="z").values
    return found


def wind_at(ds: xr.Dataset, time) -> Wind:
    """Return the wind at a time, or the last one known before it.

    Examples
    --------
    >>> stamps = np.array(["2027-03-22T00:00", "2027-03-22T00:01"], "M8[ns]")
    >>> p_dyn = ("time", [2.0, np.nan], {"units": "nPa"})
    >>> wind = wind_at(xr.Dataset({"p_dyn": p_dyn}, {"time": stamps}), stamps[1])
    >>> wind.values["p_dyn"], wind.age_text
    (2.0, '1 min')
    """
    drivers = series_of(ds)
    stamps, product = ds["time"].values, str(ds.attrs.get("product", ""))
    nothing = Wind(dict.fromkeys(DRIVERS, np.nan), np.timedelta64(0, "s"), product)
    needed = [drivers[name] for name in ("p_dyn", "b_z") if name in drivers]
    until = int(np.searchsorted(stamps, np.datetime64(time), "right"))
    if "p_dyn" not in drivers or not until:
        return nothing
    known = np.flatnonzero(np.isfinite(np.stack([v[:until] for v in needed])).all(axis=0))
    if not len(known):
        return nothing
    at = int(known[-1])
    values = {name: float(drivers[name][at]) if name in drivers else np.nan for name in DRIVERS}
    return Wind(values, np.datetime64(time) - stamps[at], product)


def position_product(product: str) -> str | None:
    """Return the product with the positions of a product's spacecraft, or None.

    Examples
    --------
    >>> position_product("themis.a.esa"), position_product("omni.1min")
    ('themis.a.state', None)
    """
    spacecraft = spacecraft_of(product)
    rows = [
        row.name
        for row in catalogue.table().values()
        if row.name.startswith(f"{spacecraft}.") and any(v.name == "pos" for v in row.variables)
    ]
    named = [r for r in rows if r.rsplit(".", 1)[-1] in _POSITIONS]
    own = [product] if product in rows else []
    return next(iter([*named[:1], *own, *rows]), None)


def spacecraft_of(product: str) -> str:
    """Return the part of a product's name that names the spacecraft.

    Examples
    --------
    >>> spacecraft_of("themis.a.fgm"), spacecraft_of("ace.mfi")
    ('themis.a', 'ace')
    """
    parts = product.split(".")
    return ".".join(parts[:2]) if len(parts) > 2 else parts[0]


def smile_track(window) -> xr.Dataset | None:
    """Return SMILE's orbit in a window, or None before its science orbit."""
    try:
        return smile_orbit(*window, step="5min")
    except SmileExploreError:
        return None


def plasma_at(ds: xr.Dataset | None, time) -> dict:
    """Return n_p (cm-3), speed (km s-1) and b (nT, GSM) of the nearest sample within two minutes.

    Empty if the Dataset lacks one of them, or has no sample there; NaN where it is missing.
    """
    if ds is None or not {"n_p", "speed", "b"} <= set(ds.data_vars) or not ds.sizes["time"]:
        return {}
    stamps = ds["time"].values
    at = int(np.abs(stamps - np.datetime64(time)).argmin())
    if abs(stamps[at] - np.datetime64(time)) > np.timedelta64(2, "m"):
        return {}
    b = ds["b"].isel(time=slice(at, at + 1))
    b = b if b.attrs["coordinate_system"] == "GSM" else frames.rotate(b, "GSM")
    field = tuple(float(x) for x in b.values[0])
    return {"n_p": float(ds["n_p"][at]), "speed": float(ds["speed"][at]), "b": field}
