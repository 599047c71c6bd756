"""An image made ready for finding the magnetopause in it: values, errors, view and tilt."""

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from smile_explore.contract import EARTH_RADIUS_KM
from smile_explore.errors import InputError
from smile_explore.frames import dipole_tilt
from smile_explore.smile.counts import rebin, solid_angle
from smile_explore.smile.image import in_gsm
from smile_explore.smile.pointing import Pointing, pointing, rays

_NOISELESS = 0.01  # error ascribed to pixels without noise, of the mean
#: Pixels that are fitted, at most.
PIXELS = 1800


@dataclass(frozen=True)
class Seen:
    """An image made ready: values and their errors on angles, view and tilt."""

    values: np.ndarray  # (y, x)
    sigma: np.ndarray
    y: np.ndarray
    x: np.ndarray
    view: Pointing  # in the model's frame
    geometry: tuple  # position and lines of sight, in that frame
    tilt: float
    slant: float  # degrees, of the view from the plane across the Sun-Earth line
    rate: float  # counts s-1 of the foreground; infinite without noise
    calibrated: bool  # whether values are keV cm-2 s-1 sr-1, or proportional to that

    @property
    def noisy(self) -> bool:
        """Whether the values are counts."""
        return bool(np.isfinite(self.rate))


def ready(image, tilt) -> Seen:
    """Return an image ready to fit, or say why it cannot be; see `boundary.fit_magnetopause`."""
    name = _named(image)
    view = _view(image)
    rate = np.inf
    if name == "counts":
        image = _coarse(image)
        rate = float(image["foreground"].sum() / image["exposure"])
        unit = solid_angle(image["y"], image["x"]) * float(image["exposure"])
        unit *= image.attrs.get("response", 1.0)
        values = image["foreground"].transpose("y", "x").values / unit
        sigma = _noise(image) / unit
    else:
        values = image[name].transpose("y", "x").values.astype(float)
        sigma = np.full(values.shape, _NOISELESS * np.nanmean(values))
    if not np.isfinite(values).all() or not (sigma > 0).all():
        message = f"The image has {int((~np.isfinite(values)).sum())} missing pixels, or no light in it: it cannot be fitted."
        raise InputError(message)
    y, x = image["y"].values.astype(float), image["x"].values.astype(float)
    fov = [len(a) * (a[1] - a[0]) for a in (y, x)]
    time = image["time"].values if "time" in image.coords else None
    geometry = in_gsm(view.position, rays(view, values.shape, fov)[0], time)
    place, axes = in_gsm(view.position, view.axes, time)
    turned = replace(view, position=place, axes=axes)
    tilt = _tilt(image, time) if tilt is None else float(tilt)
    calibrated = name == "intensity" or "response" in image.attrs
    return Seen(values, sigma, y, x, turned, geometry, tilt, _slant(view), rate, calibrated)


def _named(image) -> str:
    """Return the variable to fit, after checking that there is one image of it."""
    if not isinstance(image, xr.Dataset) or not {"intensity", "counts"} & set(image):
        message = "The image is no Dataset with 'intensity' or 'counts': see smile.image and smile.counts."
        raise InputError(message)
    name = "counts" if "counts" in image else "intensity"
    if set(image[name].dims) != {"y", "x"} or min(image[name].shape) < 4:
        message = f"'{name}' has dims {dict(image[name].sizes)}: give one image of 4 by 4 pixels or more (smile.rebin sums many)."
        raise InputError(message)
    return name


def _view(image) -> Pointing:
    """Return the view of an image, from its variables in km or its attributes in R_E."""
    places = []
    for name in ("pos", "aim"):
        place = [image.attrs.get(f"{name}_{axis}", np.nan) for axis in "xyz"]
        if name in image:
            place = image[name].sel(cartesian=list("xyz")).values / EARTH_RADIUS_KM
        if not np.isfinite(place).all():
            message = f"The image does not tell its {name}: it needs '{name}' in km, GSE, or attributes {name}_x, {name}_y, {name}_z in R_E."
            raise InputError(message)
        places.append(np.asarray(place, dtype=float))
    return pointing(places[0], aim=places[1])


def _tilt(image, time) -> float:
    if "tilt" in image.attrs or time is None:
        return float(image.attrs.get("tilt", 0.0))
    return float(dipole_tilt(time))


def _coarse(image) -> xr.Dataset:
    """Return counts in blocks, large enough to hold some counts and few enough to fit."""
    rows, columns = image["counts"].sizes["y"], image["counts"].sizes["x"]
    fits = [n for n in (1, 2, 3, 4) if rows % n == columns % n == 0]
    few = [n for n in fits if rows * columns / n**2 <= PIXELS]
    return rebin(image, few[0] if few else fits[-1])


def _noise(image) -> np.ndarray:
    """Return the error of the foreground, from counts smoothed so that none is 0."""
    from scipy.ndimage import gaussian_filter

    counts = image["counts"].transpose("y", "x").values
    smooth = gaussian_filter(np.nan_to_num(counts), 3.0, mode="nearest")
    return np.sqrt(np.maximum(smooth, 1.0)) / image["vignetting"].transpose("y", "x").values


def _slant(view) -> float:
    x, y, z = view.aim - view.position
    return float(abs(np.degrees(np.arctan2(x, np.hypot(y, z)))))
