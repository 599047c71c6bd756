"""The auroral oval that UVI would see: on a magnetic grid, and on the pixels of its image.

Energy flux of Zhang and Paxton (2008) and the boundaries of Starkov (1994). Energy flux is no
brightness: no compact formula for the ultraviolet band of UVI is public, so that Rayleigh come
only from a conversion that the caller gives. Nothing here is measured.
"""

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore.contract import EARTH_RADIUS_KM, now
from smile_explore.errors import InputError
from smile_explore.frames import rotate
from smile_explore.physics import aurora
from smile_explore.smile.pointing import in_re

#: Height of the emission, km, as in the mission's own projection.
HEIGHT = 110.0
#: Diameter of UVI's round field, degrees.
FIELD = 9.97
#: The edges of Starkov's oval, poleward first.
EDGES = ("poleward", "equatorward", "diffuse")


def oval(kp, *, al=None, mlat=None, mlt=None, brightness=None) -> xr.Dataset:
    """Return the auroral oval on a grid of magnetic latitude and local time.

    Parameters
    ----------
    kp : float, 0 to 9
    al : float, nT, optional
        For the boundaries; without it the AL that stands for `kp` in Starkov's model.
    mlat : array_like, degrees, default 50 to 90 by 0.5
    mlt : array_like, h, default 0 to 24 by 0.25
    brightness : float or callable, optional
        Your own conversion: Rayleigh per mW m-2, or a function of energy flux (mW m-2) and
        mean energy (keV).

    Returns
    -------
    Dataset, dims (mlat, mlt)
        ``energy_flux`` in mW m-2, ``mean_energy`` in keV; with `brightness`, ``brightness`` in
        Rayleigh; ``poleward``, ``equatorward`` and ``diffuse``, dims (mlt), degrees of latitude.
        Both hemispheres are alike.

    Raises
    ------
    InputError
        If `kp` is outside 0 to 9, or AL is 0.

    References
    ----------
    Zhang and Paxton (2008), https://doi.org/10.1016/j.jastp.2008.03.008; Starkov (1994) as in
    Sigernes et al. (2011), https://doi.org/10.1051/swsc/2011003.

    Examples
    --------
    >>> ds = oval(3.0)
    >>> night = ds.energy_flux.sel(mlt=0.0)
    >>> round(float(night.max()), 3), float(night.idxmax())
    (3.977, 66.0)
    """
    kp, al = _activity(kp, al)
    mlat = np.arange(50, 90.1, 0.5) if mlat is None else np.asarray(mlat, float)
    mlt = np.arange(0, 24, 0.25) if mlt is None else np.asarray(mlt, float)
    coords = {
        "mlat": ("mlat", mlat, {"units": "degree", "long_name": "Magnetic latitude"}),
        "mlt": ("mlt", mlt, {"units": "h", "long_name": "Magnetic local time"}),
    }
    ds = xr.Dataset(coords=coords, attrs=_about("SIMULATED auroral oval", kp, al))
    _shine(ds, ("mlat", "mlt"), mlat[:, None], mlt, kp, brightness)
    return ds.assign(_edges(mlt, al))


def uvi(  # noqa: PLR0913 - what an image is of: the view, the activity, the instrument
    position,
    *,
    kp,
    time,
    al=None,
    aim=(0.0, 0.0, 0.0),
    shape=(521, 521),
    fov=FIELD,
    brightness=None,
) -> xr.Dataset:
    """Return the auroral oval on the pixels of UVI's image.

    Parameters
    ----------
    position : array_like, shape (3,), R_E, GSE; or DataArray in km
        The spacecraft.
    kp : float, 0 to 9
    time : str or datetime64, UTC
        It turns the view into magnetic and geographic coordinates.
    al : float, nT, optional
        For the boundaries, as for `oval`.
    aim : array_like, shape (3,), R_E, GSE
        Where UVI looks: the Earth's centre. Its true angle to SXI is not public.
    shape : (int, int)
        Pixels: 521 x 521 in files of level 2.
    fov : float, degrees
        Diameter of the round field.
    brightness : float or callable, optional
        As for `oval`.

    Returns
    -------
    Dataset, dims (y, x)
        ``energy_flux`` and ``mean_energy`` (and ``brightness``) where a pixel's line of sight
        meets the sphere 110 km above the ground within the field, NaN off the limb; ``mlat``,
        ``mlt``, ``lat`` and ``lon`` of that point; ``poleward``, ``equatorward``, ``diffuse``,
        dims (mlt_edge). Coordinates y and x: angles in degrees, the axes as SXI's: the Sun-Earth
        line lies in the plane of x and the boresight. No tilt of the line of sight is corrected
        for, day and airglow are not in it.

    Raises
    ------
    InputError
        If the position is inside the Earth or on the Sun-Earth line, or an input is out of range.

    Notes
    -----
    Magnetic latitude and local time are those of the centred dipole (SM), some degrees from
    the corrected geomagnetic ones in which the models were made.

    Examples
    --------
    >>> ds = uvi([5.9, 6.7, 17.7], kp=3.0, time="2027-03-22 11:00", shape=(65, 65))
    >>> float(ds.mlat.max()) > 85, bool(ds.energy_flux.isnull().any())
    (True, True)
    """
    kp, al = _activity(kp, al)
    place, axes = _axes(position, aim)
    instant = _instant(time)
    y, x = (_angles(n, fov) for n in _whole(shape))
    up, right = np.tan(np.radians(y))[:, None, None], np.tan(np.radians(x))[:, None]
    way = axes[2] + right * axes[0] + up * axes[1]
    ground = _met(place, way / np.linalg.norm(way, axis=-1, keepdims=True))
    ground[np.hypot(*np.meshgrid(y, x, indexing="ij")) > fov / 2] = np.nan
    coords = {
        "y": ("y", y, {"units": "degree", "long_name": "Angle along SXI's long axis"}),
        "x": ("x", x, {"units": "degree", "long_name": "Angle along SXI's short axis"}),
        "time": instant,
    }
    ds = xr.Dataset(coords=coords, attrs=_about("SIMULATED image of UVI", kp, al))
    named = {"pos": place, "aim": in_re(aim), "boresight": axes[2]}
    ds.attrs |= {
        f"{k}_{a}": float(c) for k, v in named.items() for a, c in zip("xyz", v, strict=True)
    }
    mlat, local = _on_the_ground(ground, instant, "SM")
    lat, lon = _on_the_ground(ground, instant, "GEO")
    _shine(ds, ("y", "x"), mlat, local / 15 + 12, kp, brightness)
    dims = ("y", "x")
    ds["mlat"] = dims, mlat, {"units": "degree", "long_name": "Magnetic latitude, dipole"}
    ds["mlt"] = dims, (local / 15 + 12) % 24, {"units": "h", "long_name": "Magnetic local time"}
    ds["lat"] = dims, lat, {"units": "degree", "long_name": "Geocentric latitude"}
    ds["lon"] = dims, lon % 360, {"units": "degree", "long_name": "Geographic longitude"}
    around = np.arange(0, 24, 0.25)
    attrs = {"units": "h", "long_name": "Magnetic local time of the edges"}
    edges = {k: ("mlt_edge", *rest) for k, (_, *rest) in _edges(around, al).items()}
    return ds.assign(edges).assign_coords(mlt_edge=("mlt_edge", around, attrs))


# --------------------------------------------------------------------------- activity


def _activity(kp, al):
    """Return Kp and AL, checked; AL stands for Kp where it is not given."""
    if not (np.ndim(kp) == 0 and 0 <= float(kp) <= 9):
        message = f"kp={kp!r} must be one number from 0 to 9."
        raise InputError(message)
    al = float(aurora.starkov1994_al(kp)) if al is None else float(al)
    if not (np.isfinite(al) and abs(al) >= 15):
        message = (
            f"al={al:g} nT must be at least 15 in size: below, the edges of Starkov's oval cross."
        )
        raise InputError(message)
    return float(kp), al


def _edges(mlt, al) -> dict:
    attrs = {"units": "degree"}
    return {
        edge: (
            "mlt",
            90 - aurora.starkov1994(mlt, al=al, boundary=edge),
            attrs | {"long_name": f"Latitude of the oval's {edge} edge, Starkov 1994"},
        )
        for edge in EDGES
    }


def _shine(ds, dims, mlat, mlt, kp, brightness) -> None:
    """Put energy flux and mean energy into `ds`, and the caller's brightness."""
    flux, energy = aurora.zhang_paxton2008(mlat, mlt, kp=kp)
    ds["energy_flux"] = (
        dims,
        flux,
        {"units": "mW m-2", "long_name": "Electron energy flux, Zhang-Paxton 2008"},
    )
    ds["mean_energy"] = (
        dims,
        energy,
        {"units": "keV", "long_name": "Electron mean energy, Zhang-Paxton 2008"},
    )
    if brightness is None:
        return
    if not callable(brightness) and not (np.isfinite(brightness) and brightness > 0):
        message = f"brightness={brightness!r} must be Rayleigh per mW m-2 above 0, or a function."
        raise InputError(message)
    values = brightness(flux, energy) if callable(brightness) else brightness * flux
    how = "of the caller's function" if callable(brightness) else f"{brightness:g} R per mW m-2"
    ds["brightness"] = (
        dims,
        np.asarray(values, float),
        {"units": "R", "long_name": f"Brightness, {how}"},
    )
    ds.attrs["conversion"] = how


def _about(title, kp, al) -> dict:
    return {
        "product": "smile.uvi", "title": title, "source": "smile_explore.smile.aurora",
        "source_files": "", "simulated": 1, "retrieved": now(), "time_reference": "spacecraft",
        "acknowledgement": "Models of Zhang and Paxton (2008) and Starkov (1994).",
        "kp": kp, "al": al, "height_km": HEIGHT, "model": "Zhang-Paxton 2008, Starkov 1994",
    }  # fmt: skip


# --------------------------------------------------------------------------- the view


def _axes(position, aim):
    """Return the position in R_E, and unit vectors of the image's x and y and of the boresight."""
    place, target = in_re(position), in_re(aim)
    if place.shape != (3,) or not np.isfinite(place).all() or not np.linalg.norm(place) > 1.02:
        message = f"Position {place.tolist()} R_E must be one point outside the Earth, in R_E, GSE."
        raise InputError(message)
    ahead = (target - place) / np.linalg.norm(target - place)
    y = np.cross(place, [1.0, 0.0, 0.0])
    y -= (y * ahead).sum() * ahead
    if not np.linalg.norm(y) > 1e-9:
        message = (
            f"Position {place.tolist()} R_E is on the Sun-Earth line, where the image has no axes."
        )
        raise InputError(message)
    y /= np.linalg.norm(y)
    return place, np.stack([np.cross(ahead, y), y, ahead])


def _whole(shape):
    if len(shape) != 2 or not all(n == int(n) > 0 for n in shape):
        message = f"shape={shape!r} must be two whole numbers above 0."
        raise InputError(message)
    return int(shape[0]), int(shape[1])


def _angles(n: int, fov: float) -> np.ndarray:
    if not 0 < fov < 170:
        message = f"fov={fov!r} must be an angle in degrees, above 0 and below 170."
        raise InputError(message)
    return ((np.arange(n) + 0.5) / n - 0.5) * fov


def _instant(time) -> np.datetime64:
    try:
        instant = pd.Timestamp(time).as_unit("ns").to_datetime64()
    except (ValueError, TypeError, AttributeError) as err:
        message = f"time={time!r} cannot be read: write it like '2027-03-21 06:00'."
        raise InputError(message) from err
    if np.isnat(instant):
        message = f"time={time!r} is no time: write it like '2027-03-21 06:00'."
        raise InputError(message)
    return instant


def _met(place, way):
    """Return where lines of sight first meet the sphere of the emission, R_E; NaN where not."""
    radius = 1 + HEIGHT / EARTH_RADIUS_KM
    along = (way * place).sum(axis=-1)
    under = along**2 - (place @ place) + radius**2
    with np.errstate(invalid="ignore"):
        far = -along - np.sqrt(np.where(under >= 0, under, np.nan))
    far = np.where(far > 0, far, np.nan)
    return place + far[..., None] * way


def _on_the_ground(points, instant, frame):
    """Return latitude and longitude (-180 to 180; from noon in SM) of GSE points, degrees."""
    flat = xr.DataArray(
        points.reshape(-1, 3),
        dims=("n", "cartesian"),
        coords={"cartesian": list("xyz"), "time": instant},
        attrs={"units": "1", "coordinate_system": "GSE"},
    )
    x, y, z = rotate(flat, frame).values.reshape(points.shape).transpose(2, 0, 1)
    return np.degrees(np.arctan2(z, np.hypot(x, y))), np.degrees(np.arctan2(y, x))
