"""Rotations between GSE, GSM, SM and GEO, and the quantities they hang on.

Everything follows from three angles in time: the Sun's ecliptic longitude, Greenwich
sidereal time, and the dipole's axis from the IGRF. Nothing is cached; no file, no
network, no pyspedas. Vectors and positions rotate alike: all four frames are centred on the Earth, and
velocities stay as seen from the frame they were measured in.
"""

import numpy as np
import xarray as xr

from smile_explore.contract import EARTH_RADIUS_KM, require
from smile_explore.errors import DatasetError, InputError

#: The way from one end to the other; neighbours differ by one elementary rotation or two.
_CHAIN = ("GEO", "GSE", "GSM", "SM")

#: IGRF-14 dipole: year, g10, g11, h11 in nT. Definitive to 2020, 2025 is the model's
#: epoch, 2031 its secular variation (12.6, 10.0, -21.5 nT a year) run on; valid to 2030.0.
#: Alken et al. (2021), https://doi.org/10.1186/s40623-020-01288-x, and its 2024 update.
_DIPOLE = np.array([
    (1965, -30334.00, -2119.00, 5776.00),
    (1970, -30220.00, -2068.00, 5737.00),
    (1975, -30100.00, -2013.00, 5675.00),
    (1980, -29992.00, -1956.00, 5604.00),
    (1985, -29873.00, -1905.00, 5500.00),
    (1990, -29775.00, -1848.00, 5406.00),
    (1995, -29692.00, -1784.00, 5306.00),
    (2000, -29619.40, -1728.20, 5186.10),
    (2005, -29554.63, -1669.05, 5077.99),
    (2010, -29496.57, -1586.42, 4944.26),
    (2015, -29441.46, -1501.77, 4795.99),
    (2020, -29403.41, -1451.37, 4653.35),
    (2025, -29350.00, -1410.30, 4545.50),
    (2031, -29274.40, -1350.30, 4416.50),
]).T  # fmt: skip


def rotate(field: xr.DataArray, to: str) -> xr.DataArray:
    """Return a vector or position in another frame.

    Parameters
    ----------
    field : DataArray, dims (..., cartesian), any unit, GSE, GSM, SM or GEO
        Its ``coordinate_system`` says where it is; its ``time`` coordinate (UTC, one
        for all or one a sample) when. Times from 1965 to 2030, as far as the IGRF goes.
    to : {"GSE", "GSM", "SM", "GEO"}
        The frame wanted.

    Returns
    -------
    DataArray, dims and units of `field`
        Its ``coordinate_system`` is `to`, its other attributes those of `field`; lengths
        are kept. NaN in every component that a NaN is turned into.

    Raises
    ------
    DatasetError
        If `field` has no time, no cartesian dim, or is in a frame we do not rotate.
    InputError
        If `to` is none of the four, or a time is outside 1965 to 2030.

    Notes
    -----
    Mean equinox and ecliptic of date, UT1 taken as UTC. Tested from 1970 to 2030: within
    0.001 degree of pyspedas, and 0.02 of sunpy given the same IGRF. sunpy's own is the
    IGRF of 2019, whose prediction puts the pole 0.05 degrees off in 2025, 0.11 in 2030.

    References
    ----------
    Hapgood (1992), Planet. Space Sci. 40, 711, https://doi.org/10.1016/0032-0633(92)90012-D.
    Franz and Harper (2002), https://doi.org/10.1016/S0032-0633(01)00119-2.

    Examples
    --------
    At the June solstice the Sun is 23.4 degrees north of the equator:

    >>> sun = xr.DataArray(
    ...     [[1.0, 0.0, 0.0]],
    ...     dims=("time", "cartesian"),
    ...     coords={"time": np.array(["2026-06-21T08:00"], "M8[ns]"), "cartesian": list("xyz")},
    ...     attrs={"units": "1", "coordinate_system": "GSE"},
    ... )
    >>> rotate(sun, to="GEO").sel(cartesian="z").round(3).item()  # sin(23.4 degrees)
    0.398
    """
    require(field, None)
    here = _place(field.attrs.get("coordinate_system"), DatasetError)
    there = _place(to, InputError)
    if "cartesian" not in field.dims or "time" not in field.coords:
        message = f"{field.name!r} needs the dim 'cartesian' and the coordinate 'time'."
        raise DatasetError(message)
    ordered = field.sel(cartesian=list("xyz")).transpose(..., "cartesian")
    time = ordered["time"]
    shape = [n if dim in time.dims else 1 for dim, n in ordered.sizes.items()][:-1]
    legs = _legs(_days(time.values).reshape(shape))[min(here, there) : max(here, there)]
    steps = [step for leg in legs for step in leg]
    if there < here:
        steps = [(axis, cos, -sin) for axis, cos, sin in reversed(steps)]
    vector = _turned(np.moveaxis(ordered.values.astype(float), -1, 0), steps)
    result = ordered.copy(data=np.stack(vector, axis=-1)).transpose(*field.dims)
    result.attrs["coordinate_system"] = _CHAIN[there]
    return result


def dipole_tilt(time):
    """Return the angle by which the dipole leans to the Sun.

    Parameters
    ----------
    time : DataArray, array_like or str, UTC
        From 1965 to 2030.

    Returns
    -------
    DataArray or ndarray, radian, within 0.61
        Positive when the northern magnetic pole leans to the Sun. A DataArray comes
        back as one, with its own units; anything else gives an array of its shape.

    Raises
    ------
    InputError
        If a time is outside 1965 to 2030, or missing.

    Examples
    --------
    >>> np.degrees(dipole_tilt("2026-06-21T17:00")).round().item()  # 23.4 + 9.2: the most there is
    33.0
    """
    spin, dipole = _geo_to_gse(_days(time))
    x, y, z = _turned(dipole, spin)
    tilt = np.arctan2(x, np.hypot(y, z))
    if isinstance(time, xr.DataArray):
        tilt = time.copy(data=tilt).rename("dipole_tilt")
        tilt.attrs = {"units": "rad", "long_name": "Dipole tilt"}
    return tilt


def in_earth_radii(pos: xr.DataArray) -> xr.DataArray:
    """Return positions in Earth radii of 6371.2 km.

    Parameters
    ----------
    pos : DataArray, km
        Positions or distances.

    Returns
    -------
    DataArray
        Its ``units`` are "6371.2 km": astropy reads that, and knows the size of this
        radius, while its own ``R_earth`` is 6378.1 km.

    Raises
    ------
    DatasetError
        If `pos` is not in km.

    Examples
    --------
    >>> in_earth_radii(xr.DataArray(63712.0, attrs={"units": "km"})).item()
    10.0
    """
    radii = require(pos, "km") / EARTH_RADIUS_KM
    radii.attrs = {**pos.attrs, "units": f"{EARTH_RADIUS_KM} km"}
    return radii


def mlt(pos: xr.DataArray) -> xr.DataArray:
    """Return the magnetic local time of positions.

    Parameters
    ----------
    pos : DataArray, dims (..., cartesian), any unit, SM

    Returns
    -------
    DataArray, dims (...), hours in [0, 24)
        12 towards the Sun, 18 at dusk. NaN where a component is NaN.

    Raises
    ------
    DatasetError
        If `pos` is not in SM: `rotate` it first.

    Examples
    --------
    >>> dusk = xr.DataArray(
    ...     [0.0, 7.0, 1.0],
    ...     dims="cartesian",
    ...     coords={"cartesian": list("xyz")},
    ...     attrs={"units": "km", "coordinate_system": "SM"},
    ... )
    >>> mlt(dusk).item()
    18.0
    """
    require(pos, pos.attrs.get("units"), "SM")
    x, y = (pos.sel(cartesian=axis, drop=True) for axis in "xy")
    hours = ((np.arctan2(y, x) * 12 / np.pi + 12) % 24).rename("mlt")
    hours.attrs = {"units": "h", "long_name": "Magnetic local time"}
    return hours


# --------------------------------------------------------------------------- the angles


def _place(frame, error) -> int:
    if str(frame).upper() not in _CHAIN:
        message = (
            f"Frame {frame!r} is none of {', '.join(_CHAIN)}, between which frames.rotate turns."
        )
        raise error(message)
    return _CHAIN.index(str(frame).upper())


def _days(time) -> np.ndarray:
    """Return days since J2000.0, after checking that the IGRF covers them."""
    time = np.asarray(time, dtype="datetime64[ns]")
    inside = (time >= np.datetime64("1965-01-01")) & (time < np.datetime64("2031-01-01"))
    if not inside.all():
        message = (
            f"Time {time[~inside].flat[0]} is outside 1965 to 2030, where the dipole is known."
        )
        raise InputError(message)
    return (time - np.datetime64("2000-01-01T12:00", "ns")) / np.timedelta64(1, "D")


def _legs(days):
    """Return, for each link of the chain, its elementary rotations: axis, cosine, sine."""
    spin, dipole = _geo_to_gse(days)
    x, y, z = _turned(dipole, spin)
    across = np.hypot(y, z)
    return spin, [(0, z / across, -y / across)], [(1, across, x)]


def _geo_to_gse(days):
    """Return the rotations (against the spin, to the ecliptic, to the Sun) and the dipole in GEO."""
    cos_tilt, sin_tilt, sun, *dipole = _slow(days)
    spin = _sidereal_angle(days)
    rotations = [
        (2, np.cos(spin), -np.sin(spin)),
        (0, cos_tilt, sin_tilt),
        (2, np.cos(sun), np.sin(sun)),
    ]
    return rotations, dipole


def _slow(days):
    """Return what hardly bends within an hour, from hourly values where these are fewer."""
    if days.size > 100:
        hours = np.arange(np.floor(days.min() * 24), np.ceil(days.max() * 24) + 1) / 24
        if hours.size < days.size / 4:  # linear between them: 1e-7 degree in the Sun, less else
            return [np.interp(days, hours, row) for row in _slow_exactly(hours)]
    return _slow_exactly(days)


def _slow_exactly(days):
    """Return cosine and sine of the obliquity, the Sun's longitude, the dipole's axis in GEO."""
    year = 2000 + (days + 0.5) / 365.25
    g10, g11, h11 = (np.interp(year, _DIPOLE[0], row) for row in _DIPOLE[1:])
    strength = -np.sqrt(g10**2 + g11**2 + h11**2)  # minus: the axis that points north
    axis = (g11 / strength, h11 / strength, g10 / strength)
    tilt = _obliquity(days)
    return np.cos(tilt), np.sin(tilt), _sun_longitude(days), *axis


def _turned(vector, steps):
    """Return the components in a frame turned about one axis after the other."""
    vector = list(vector)
    for axis, cos, sin in steps:
        j, k = (axis + 1) % 3, (axis + 2) % 3
        vector[j], vector[k] = vector[j] * cos + vector[k] * sin, vector[k] * cos - vector[j] * sin
    return vector


def _sidereal_angle(days):
    """Greenwich mean sidereal time, rad (Meeus 1998, 12.4, without its cubic term)."""
    century = days / 36525
    return np.radians(280.46061837 + 360.98564736629 * days + 0.000387933 * century**2)


def _obliquity(days):
    """Mean obliquity of the ecliptic, rad (Meeus 1998, 22.2, linear)."""
    return np.radians(23.4392911 - 0.0130042 * days / 36525)


def _sun_longitude(days):
    """Longitude of the Sun, mean equinox of date, aberration included, rad (Meeus 1998, ch. 25)."""
    century = days / 36525
    mean = 280.46646 + 36000.76983 * century + 0.0003032 * century**2
    anomaly = np.radians(357.52911 + 35999.05029 * century)
    centre = (1.914602 - 0.004817 * century) * np.sin(anomaly) + 0.019993 * np.sin(2 * anomaly)
    return np.radians(mean + centre - 0.00569)
