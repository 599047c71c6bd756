"""Images that were taken, not modelled: the one of a time, and a reader's own file.

Takes Datasets; opens a file only through the function it is given.
"""

import tempfile
from pathlib import Path

import numpy as np
import xarray as xr

from smile_explore.errors import InputError

#: What the sky and the dial can show beside their models, and how it is called on the screen.
SOURCES = {
    "sky": {"simulated at the cursor": "model", "smile.sxi": "smile.sxi", "my file": "file"},
    "dial": {"model oval": "model", "smile.uvi": "smile.uvi", "my file": "file"},
}
#: Variables without which a Dataset is no image of that kind.
_NEEDED = {"sky": ("pos", "aim"), "dial": ("grid", "mlat", "mlt")}
_SHOWN = ("foreground", "counts", "intensity")


def opened(open_file, name: str, data: bytes) -> tuple[str, xr.Dataset]:
    """Return which picture a reader's file belongs to, "sky" or "dial", and its images.

    Raises
    ------
    SmileExploreError
        If it cannot be read, or holds neither X-ray images nor auroral ones.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (Path(name or "image").name)
        path.write_bytes(data)
        ds = open_file(path).load()
    for which, needed in _NEEDED.items():
        if set(needed) <= set(ds.variables) and (which == "dial" or shown(ds)):
            return which, ds
    message = f"{name} holds {', '.join(map(str, ds.data_vars))}: an SXI image has counts or intensity with pos and aim, an auroral one has grid, mlat and mlt."
    raise InputError(message)


def shown(ds: xr.Dataset) -> str:
    """Return the variable of an X-ray image that is drawn, "" if there is none."""
    return next((n for n in _SHOWN if n in ds and {"y", "x"} <= set(ds[n].dims)), "")


def at_time(ds: xr.Dataset, time) -> xr.Dataset | None:
    """Return the image whose exposure holds a time, or that is nearer to it than the next could be.

    Returns
    -------
    Dataset without the dimension time, or None
        If the nearest image is farther away than one cadence (or exposure) of the instrument.

    Examples
    --------
    >>> stamps = np.array(["2027-03-22T00:00", "2027-03-22T00:05"], "M8[ns]")
    >>> ds = xr.Dataset(coords={"time": stamps})
    >>> str(at_time(ds, "2027-03-22T00:04").time.values)[:16], at_time(ds, "2027-03-22T00:11")
    ('2027-03-22T00:05', None)
    """
    stamps = ds["time"].values
    if not len(stamps):
        return None
    away = np.abs(stamps - np.datetime64(time, "ns"))
    at = int(away.argmin())
    return ds.isel(time=at) if away[at] <= _reach(ds, stamps) else None


def _reach(ds, stamps) -> np.timedelta64:
    """Return how far an image may be from the time that it stands for."""
    if len(stamps) > 1:
        return np.median(np.diff(stamps))
    exposure = float(np.ravel(ds["exposure"].values)[0]) if "exposure" in ds else 600.0
    return np.timedelta64(round(1e9 * exposure), "ns")


def stamp(ds: xr.Dataset) -> str:
    """Return the time of one image, as captions write it."""
    return str(np.datetime_as_string(ds["time"].values.astype("M8[ns]"), "s")).replace("T", " ")
