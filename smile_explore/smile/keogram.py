"""Auroral images on magnetic coordinates as one picture over time: a keogram.

Pure functions of `xarray.DataArray`: a mean is over what was seen, and nothing is filled in
between images, latitudes or hours. Which images a file holds is not looked up here.
"""

import numpy as np
import xarray as xr

from smile_explore.contract import require
from smile_explore.errors import InputError

#: Around midnight, where substorms begin: from 21 up to but without 03 MLT.
HOURS = (21.0, 3.0)
#: Middles of the bins, magnetic degrees; each is one degree high.
LATITUDES = np.arange(50.0, 91.0)
_AT_ONCE = 16  # images in memory, of those that are read when needed


def keogram(images, mlat, mlt, *, hours=HOURS) -> xr.DataArray:
    """Return brightness by time and magnetic latitude: the mean over some hours of local time.

    Parameters
    ----------
    images : DataArray, dims (time, a, b), any units
        Brightness; a cell that is NaN was not seen.
    mlat : DataArray, dims (time, a, b) or (a, b), degree
        Magnetic latitude of each cell's middle, north positive.
    mlt : DataArray, dims as `mlat`, h
        Magnetic local time of each cell's middle.
    hours : tuple of float, h, default 21 to 3
        From the first up to but without the second, through midnight if the second is smaller;
        (0, 24) are all.

    Returns
    -------
    DataArray, dims (time, mlat), units of `images`
        In each bin of one degree, 50 to 90 at the middle, the plain mean of the cells that were
        seen in it: each counts alike, whatever its area. NaN where none was.

    Raises
    ------
    DatasetError
        If `mlat` is not in degree, or `mlt` not in h.
    InputError
        If the dims do not fit, or the hours are outside 0 to 24 or alike.

    Examples
    --------
    Two cells near 66 degrees, at 22 and 1 MLT, and a brighter one at noon, which does not count:

    >>> mlat = xr.DataArray([[65.8, 66.4, 66.0]], dims=("v", "u"), attrs={"units": "degree"})
    >>> mlt = xr.DataArray([[22.0, 1.0, 12.0]], dims=("v", "u"), attrs={"units": "h"})
    >>> seen = xr.DataArray([[[100.0, 300.0, 900.0]]], dims=("time", "v", "u"), attrs={"units": "R"})
    >>> float(keogram(seen, mlat, mlt).sel(mlat=66.0).item())
    200.0
    """
    require(mlat, "degree")
    require(mlt, "h")
    _check(images, mlat, mlt)
    first, width = _span(hours)
    means = [_column(*one, first, width) for one in _layers(images, mlat, mlt)]
    axis = {"units": "degree", "long_name": "Magnetic latitude"}
    coords = {"mlat": ("mlat", LATITUDES, axis)}
    coords |= {"time": images["time"]} if "time" in images.coords else {}
    what = f"{images.attrs.get('long_name', 'Brightness')}, mean of {spoken(hours)}"
    attrs = {"units": images.attrs.get("units", ""), "long_name": what}
    means = np.reshape(means, (len(means), len(LATITUDES)))
    return xr.DataArray(means, coords, ("time", "mlat"), "keogram", attrs)


def spoken(hours=HOURS) -> str:
    """Return hours of local time as a title says them.

    Examples
    --------
    >>> spoken((21, 3)), spoken((22.5, 2))
    ('21 to 03 MLT', '22.5 to 02 MLT')
    """
    return " to ".join(f"{h:02.0f}" if float(h).is_integer() else f"{h:g}" for h in hours) + " MLT"


def _check(images, mlat, mlt) -> None:
    dims = images.dims
    if len(dims) != 3 or dims[0] != "time":
        message = f"Images with the dimensions {', '.join(map(str, dims))} make no keogram: give (time, a, b)."
        raise InputError(message)
    for name, da in (("mlat", mlat), ("mlt", mlt)):
        wanted = images.shape[-da.ndim :]
        if da.dims not in (dims, dims[1:]) or da.shape != wanted:
            message = f"{name} has the dimensions {dict(da.sizes)}, the images {dict(images.sizes)}: it needs the same, with or without time."
            raise InputError(message)


def _span(hours) -> tuple[float, float]:
    """Return the first hour and how many there are."""
    first, last = (float(h) for h in hours)
    if not (0 <= first <= 24 and 0 <= last <= 24) or first == last:
        message = (
            f"hours={hours!r} is no span of magnetic local time: give two of 0 to 24, e.g. (21, 3)."
        )
        raise InputError(message)
    return first, (last - first) % 24 or 24.0


def _layers(images, mlat, mlt):
    """Yield brightness, latitude and local time of each image; on disk, a few are read at a time."""
    whole = xr.Dataset({"image": images.variable, "mlat": mlat.variable, "mlt": mlt.variable})
    n = len(images)
    step = _AT_ONCE if any(v.chunks for v in whole.variables.values()) else max(n, 1)
    for at in range(0, n, step):
        part = whole.isel(time=slice(at, at + step)).load()
        values = (np.asarray(part[k].values, float) for k in ("image", "mlat", "mlt"))
        shape = part["image"].shape
        yield from zip(*(np.broadcast_to(v, shape) for v in values), strict=True)


def _column(image, mlat, mlt, first: float, width: float) -> np.ndarray:
    """Return the means of one image."""
    edge = LATITUDES[0] - 0.5
    seen = np.isfinite(image) & np.isfinite(mlat) & ((mlt - first) % 24 < width)
    seen &= (mlat >= edge) & (mlat < LATITUDES[-1] + 0.5)
    at, n = np.floor(mlat[seen] - edge).astype(int), len(LATITUDES)
    many = np.bincount(at, minlength=n)
    total = np.bincount(at, image[seen], minlength=n)
    return np.divide(total, many, out=np.full(n, np.nan), where=many > 0)
