"""Loaded data as a screen needs them: kept while there is room, one request never made twice.

Loads through the `load` it is given and knows no widget. A server's failure becomes the
sentence of an empty series, so that the other panels go on.
"""

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from smile_explore import catalogue, contract, frames, smile
from smile_explore.app.state import Panel
from smile_explore.errors import InputError, SmileExploreError
from smile_explore.smile.keogram import HOURS, spoken
from smile_explore.views import timeseries
from smile_explore.views.style import unit_label

MOST_SAMPLES = 20_000_000  # that one panel is made of: more than a year at 2 s
ROOM = 768_000_000  # bytes of arrays that all sessions of one process may keep
LOADING = "Loading"  # the fault of a series that is still to come
_NO_PIXELS = {"cartesian", "energy", "pitch_angle"}


@dataclass(frozen=True)
class Series:
    """What one panel draws: lines or a picture over `t`, or the sentence that says why not.

    `t` is in ms since 1970 (float64, increasing); each line is (label, y float32, style), NaN
    where the line breaks; `spectra` has one row a time, over `energy` or over `latitude`;
    `attrs` are those of the Dataset; `what` stands in the title before the product.
    """

    label: str
    t: np.ndarray
    lines: tuple = ()
    energy: np.ndarray | None = None
    latitude: np.ndarray | None = None
    spectra: np.ndarray | None = None
    units: str = ""
    attrs: dict = field(default_factory=dict)
    fault: str = ""
    what: str = ""

    @property
    def kind(self) -> str:
        """How it is drawn: as "lines", "spectrogram" or "keogram"."""
        if self.spectra is None:
            return "lines"
        return "keogram" if self.latitude is not None else "spectrogram"

    def heading(self, text: str) -> str:
        """Return the panel's title: what, of which product, at which place, if simulated."""
        if "product" not in self.attrs:
            return text
        where = f"{self.what}{', ' * bool(self.what)}{self.attrs['product']} · time at {self.attrs.get('time_reference', 'unknown')}"
        return f"SIMULATED · {where}" if self.attrs.get("simulated") else where

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        rest = 0 if self.spectra is None else self.spectra.nbytes
        return self.t.nbytes + rest + sum(y.nbytes for _, y, _ in self.lines)


#: Products whose images are too many for the memory: one is read when it is looked at.
_MANY_IMAGES = ("smile.uvi",)


class Store:
    """Datasets and series by request, the least recently used dropped first."""

    def __init__(self, load, room: int = ROOM):
        self.load = load
        self._room = room
        self._kept = OrderedDict()
        self._lock = threading.RLock()
        self._busy = {}

    def dataset(self, product: str, window, source="auto") -> xr.Dataset:
        """Return a product over a window; the same request is loaded once."""
        start, stop = window
        _bounded(product, window)
        key = ("dataset", product, start, stop, str(source))
        how = {"chunks": "auto"} if product in _MANY_IMAGES else {}
        return self._once(key, lambda: self.load(product, start, stop, source=source, **how))

    def series(self, panel: Panel, window, source="auto") -> Series:
        """Return what a panel draws; a failure is its `fault`, in one sentence."""
        key = ("series", panel, *window, str(source))
        try:
            return self._once(key, lambda: to_series(self.dataset(panel.product, window, source), panel))  # fmt: skip
        except SmileExploreError as err:
            return Series(", ".join(panel.variables), np.zeros(0), fault=str(err))

    def has(self, panel: Panel, window, source="auto") -> bool:
        """Say whether `series` would answer at once."""
        return ("series", panel, *window, str(source)) in self._kept

    def _once(self, key, make):
        """Return what is kept, or make it; whoever asks meanwhile waits for the same."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            gate = self._busy.setdefault(key, threading.Lock())
        with gate:
            with self._lock:
                if key in self._kept:
                    return self._kept[key]
            try:
                made = make()
                self._keep(key, made)
            finally:
                with self._lock:
                    self._busy.pop(key, None)
            return made

    def _keep(self, key, made) -> None:
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > 1 and sum(map(_in_memory, self._kept.values())) > self._room:
                self._kept.popitem(last=False)


def _in_memory(made) -> int:
    """Return the bytes of arrays, without those that are on disk until they are looked at."""
    if not isinstance(made, xr.Dataset):
        return made.nbytes
    return sum(v.nbytes for v in made.variables.values() if v.chunks is None)


def _bounded(product: str, window) -> None:
    """Refuse what would fill the memory that all pages share."""
    row = catalogue.table().get(product)
    match = _CADENCE.match(row.cadence) if row else None
    if match is None:
        return
    samples = (
        (window[1] - window[0]) / np.timedelta64(1, "s") / (float(match[1]) * _SECONDS[match[2]])
    )
    if samples > MOST_SAMPLES:
        message = f"{product} has about {samples / 1e6:.0f} million samples in this time, and a panel shows {MOST_SAMPLES / 1e6:.0f} million: choose a shorter time."
        raise InputError(message)


_CADENCE = re.compile(r"([\d.]+) ?(ms|s|min|h|d)")
_SECONDS = {"ms": 1e-3, "s": 1, "min": 60, "h": 3600, "d": 86_400}


def milliseconds(time) -> np.ndarray:
    """Return times as Bokeh has them: milliseconds since 1970, UTC, float64.

    Examples
    --------
    >>> float(milliseconds(np.datetime64("1970-01-01T00:00:01.5")))
    1500.0
    """
    return np.asarray(time, "M8[ns]").astype(np.int64) / 1e6


def instant(ms: float) -> np.datetime64:
    """Return a time of Bokeh's as datetime64[ns], exact to the microsecond."""
    return np.datetime64(round(ms * 1000), "us").astype("M8[ns]")


def to_series(ds: xr.Dataset, panel: Panel) -> Series:
    """Turn a Dataset of the contract into what one panel draws.

    Raises
    ------
    InputError
        If a variable is not there, is no series, or its units differ from the others'.
    """
    if is_image(ds, panel.variables[0]):
        return _keogram(ds, panel)
    ds = _prepared(ds, panel)
    ds.attrs |= {"time_reference": contract.time_reference(ds, panel.variables)}
    if not ds.sizes["time"]:
        return Series(
            str(panel), np.zeros(0), attrs=dict(ds.attrs), fault="No data in this window."
        )
    if "energy" in ds[panel.variables[0]].dims:
        return _spectrum(ds, panel.variables[0])
    found, label = timeseries.panel_lines(ds, panel.variables)
    after = timeseries.gap_places(ds["time"].values)
    t = milliseconds(ds["time"].values)
    breaks = (t[after - 1] + t[after]) / 2
    drawn = tuple((name, np.insert(np.asarray(y, np.float32), after, np.nan), style) for name, _, y, style in found)  # fmt: skip
    units = ds[panel.variables[0]].attrs.get("units", "")
    return Series(label, np.insert(t, after, breaks), drawn, units=units, attrs=dict(ds.attrs))


def _prepared(ds: xr.Dataset, panel: Panel) -> xr.Dataset:
    """Return the panel's variables, in its frame; ``|b|`` is the magnitude of ``b``."""
    out = xr.Dataset(attrs=dict(ds.attrs))
    for name in panel.variables:
        plain = name.strip("|")
        if plain not in ds:
            message = f"{panel.product} has no {plain!r} here: it has {', '.join(map(str, ds.data_vars))}."
            raise InputError(message)
        da = ds[plain]
        if set(da.dims) - {"time", "cartesian", "energy"} or da.dims[:1] != ("time",):
            message = f"{plain!r} of {panel.product} has the dimensions {', '.join(map(str, da.dims))}: a panel shows series, vectors, energy spectra and images on magnetic coordinates."
            raise InputError(message)
        if name != plain and "cartesian" in da.dims:
            attrs = {"units": da.attrs["units"], "long_name": f"Magnitude of {plain}"}
            attrs |= {k: v for k, v in da.attrs.items() if k == "time_reference"}
            da = (da**2).sum("cartesian", skipna=False) ** 0.5
            da.attrs = attrs
        elif "cartesian" in da.dims and panel.frame not in ("", da.attrs.get("coordinate_system")):
            da = frames.rotate(da, panel.frame)
        out[name] = da
    return out


def _spectrum(ds: xr.Dataset, name: str) -> Series:
    da = ds[name]
    unit = unit_label(da.attrs["units"])
    energy = ds["energy"] if "energy" in ds.coords else ds["energy_centre"].median("time")
    values = da.transpose("time", "energy").values
    return Series(
        f"energy ({energy.attrs.get('units', 'eV')})",
        milliseconds(ds["time"].values),
        energy=energy.values,
        spectra=np.where(values > 0, values, np.nan).astype(np.float32),
        units=f"{timeseries.symbol(name)} ({unit})",
        attrs=dict(ds.attrs),
        what=timeseries.symbol(name),
    )


def is_image(ds: xr.Dataset, name: str) -> bool:
    """Say whether a variable has one picture a time."""
    dims = ds[name].dims if name in ds else ()
    return dims[:1] == ("time",) and len(dims) == 3 and not set(dims) & _NO_PIXELS


def _keogram(ds: xr.Dataset, panel: Panel) -> Series:
    """Return the images of a Dataset as brightness over time and magnetic latitude."""
    (name, *others), attrs = panel.variables, dict(ds.attrs)
    fault = _unfit(ds, name, others)
    if fault:
        message = f"{name!r} of {panel.product} {fault}"
        raise InputError(message)
    if not ds.sizes["time"]:
        return Series(str(panel), np.zeros(0), attrs=attrs, fault="No data in this window.")
    hours = _hours(panel)
    made = smile.keogram(ds[name], ds["mlat"], ds["mlt"], hours=hours)
    what = f"brightness, mean of {spoken(hours)}"
    if not made.notnull().any():
        south = np.nanmedian(ds["mlat"][0].values) < 0
        why = "the southern oval, and a keogram shows the northern one" if south else f"nothing from 50 degrees of magnetic latitude to the pole in {spoken(hours)}"  # fmt: skip
        return Series(str(panel), np.zeros(0), attrs=attrs, fault=f"The images show {why}.")
    return Series(
        "magnetic latitude (°)",
        milliseconds(ds["time"].values),
        latitude=made["mlat"].values,
        spectra=made.values.astype(np.float32),
        units=unit_label(made.attrs["units"]),
        attrs=attrs,
        what=what,
    )


def _hours(panel: Panel) -> tuple[float, float]:
    """Return the hours of local time that stand where another panel has its frame."""
    if not panel.frame:
        return HOURS
    try:
        first, last = (float(h) for h in panel.frame.split("-"))
    except ValueError as err:
        message = f"{panel.frame!r} of {panel} is no span of magnetic local time: write its first and last hour, e.g. 09-15."
        raise InputError(message) from err
    return first, last


def _unfit(ds: xr.Dataset, name: str, others) -> str:
    """Return why no keogram can be made of a variable, or an empty text."""
    if others:
        return f"is an image: give {', '.join(others)} a panel of its own."
    if name in ("lat", "lon", "mlat", "mlt"):
        return "says where the light is, not how bright: choose the brightness, e.g. grid."
    if all(k in ds and ds[k].dims in (ds[name].dims, ds[name].dims[1:]) for k in ("mlat", "mlt")):
        return ""
    where = "geographic coordinates (lat, lon)" if "lat" in ds and ds["lat"].dims == ds[name].dims else "pixels without magnetic coordinates"  # fmt: skip
    return f"is on {where}: a keogram needs brightness with mlat and mlt on the same grid, as smile.uvi:grid has."
