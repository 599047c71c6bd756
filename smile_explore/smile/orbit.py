"""Where SMILE is: its orbit from the published state, or from an ephemeris file.

Nothing here touches the network: `smile_explore.sources.horizons` asks JPL Horizons and keeps
the answer, and `orbit` reads it like any other ephemeris file.
"""

import functools
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore import contract
from smile_explore.errors import InputError, IntervalError
from smile_explore.smile import ephemeris as files
from smile_explore.smile import propagate

#: SMILE on 2026-06-22 00:00:01 UTC: TDB seconds past J2000, km and km s-1 in the ICRF.
#: JPL Horizons, object -463, as of October 2026.
EPOCH_TDB = 835358470.184
STATE = (59067.605, -15479.675, 109943.116, 0.448891, 0.415282, -0.469256)

#: The last vector of Horizons that this propagation was compared with.
CHECKED_UNTIL = np.datetime64("2026-08-06T00:00", "ns")

_EPOCH = np.datetime64("2026-06-22T00:00:01", "ns")
_J2000 = np.datetime64("2000-01-01T12:00", "ns")
_LATEST = np.datetime64("2031-01-01", "ns")
_FRAMES = ("GSE", "ICRF")
_MOST_SAMPLES = 5_000_000


def orbit(start, stop, step="10min", frame="GSE", *, ephemeris=None) -> xr.Dataset:
    """Return SMILE's orbit.

    Parameters
    ----------
    start, stop : str, datetime or datetime64, UTC
        The half-open interval [start, stop). Without `ephemeris`: from 2026-06-22
        00:00:01, when SMILE reached its science orbit, to the end of 2030.
    step : str or Timedelta, default "10min"
        Time between samples.
    frame : {"GSE", "ICRF"}
        Ecliptic of date and apparent Sun, as in `frames`; or the Earth's equator of J2000.
    ephemeris : str, Path or Dataset, optional
        Where to take the orbit from: a file of vectors of JPL Horizons, which
        ``sources.horizons.horizons(start, stop)`` fetches and keeps; a file of lines
        ``DD Mon YYYY HH:MM:SS.f x y z vx vy vz`` in GSE; or a Dataset like the one returned.
        Between its vectors the Kepler orbits of both neighbours are matched, within 1 km
        where they are an hour apart.

    Returns
    -------
    Dataset, dims (time, cartesian)
        ``pos`` in km, geocentric, and ``vel`` in km s-1, the rate of change of ``pos`` in
        `frame`. ``attrs``: ``model``, ``epoch`` and ``extrapolated_days``, which counts from
        the last vector that the propagation was compared with, or from the file's end.

    Raises
    ------
    IntervalError
        If the interval is empty, cannot be read, or leaves what is known.
    InputError
        If `step`, `frame` or the file cannot be used.

    Notes
    -----
    Propagated from one published state under the Earth's field to degree 4 (EGM2008), Sun
    and Moon. Against Horizons: 0.02 km off after 45 h, at most 5 km in 45 days (0.6 s along
    the orbit). It is a forecast: thrust and light pressure are not in it, nor, as
    far as we can tell, in the 45 days of Horizons that were compared. The last digit of the
    published state alone is worth 10 s along the orbit after a year.

    The way there is not computed again: states of every 30 days come with the package. Three
    years take about four seconds, and are kept for the next call.

    References
    ----------
    Giorgini et al., JPL Horizons, https://ssd.jpl.nasa.gov/horizons/. Pavlis et al. (2012),
    https://doi.org/10.1029/2011JB008916.

    Examples
    --------
    Coming down from apogee, high over the dawn side, in the first hour of the science orbit:

    >>> ds = orbit("2026-06-22 00:10", "2026-06-22 01:00")
    >>> (ds.pos[0] / 6378.137).round(1).values.tolist()
    [4.6, -9.3, 16.7]
    """
    if frame not in _FRAMES:
        message = f"frame={frame!r} is neither 'GSE' nor 'ICRF': frames.rotate turns GSE further."
        raise InputError(message)
    time = time_grid(start, stop, step)
    states, attrs = _states(time, frame, ephemeris)
    return contract.check(_dataset(time, states, frame, attrs))


def positions(time, ephemeris=None) -> np.ndarray:
    """Return positions at times of any spacing.

    Parameters
    ----------
    time : ndarray of datetime64[ns], UTC, increasing
    ephemeris : str, Path or Dataset, optional
        As for `orbit`.

    Returns
    -------
    ndarray, shape (n, 3), R_E, GSE
    """
    return _states(time, "GSE", ephemeris)[0][:, :3] / contract.EARTH_RADIUS_KM


def _states(time, frame, ephemeris):
    """Return states in a frame, shape (n, 6), and what the Dataset says of their source."""
    t = tdb_seconds(time)
    if ephemeris is None:
        _refuse_outside(time, _EPOCH, _LATEST, "the published state and its forecast")
        states, attrs = _propagated(t), _forecast_attrs(time)
    else:
        states, attrs = _from_vectors(ephemeris, t, time)
    return (states if frame == "ICRF" else to_gse(t, states)), attrs


def horizons_url(start, stop, step="1h") -> str:
    """Return the address of JPL Horizons' vectors of SMILE; its answer is a file for `orbit`.

    Parameters
    ----------
    start, stop : str, datetime or datetime64, UTC
        Horizons knows SMILE from 2026-06-22; where it ends is not published.
    step : str
        As Horizons writes it: "1h", "10m".

    Examples
    --------
    >>> url = horizons_url("2026-07-01", "2026-07-02")
    >>> url.startswith("https://ssd.jpl.nasa.gov/api/horizons.api?format=text&COMMAND='-463'")
    True
    """
    start, stop = interval(start, stop)
    return files.horizons_url(start, stop, step)


# --------------------------------------------------------------------------- times


def interval(start, stop) -> tuple[np.datetime64, np.datetime64]:
    """Return start and stop as UTC datetime64[ns]; IntervalError unless start < stop."""
    try:
        low, high = (_utc(pd.Timestamp(t)) for t in (start, stop))
    except (ValueError, TypeError, OverflowError) as err:
        message = (
            f"Interval {start!r} to {stop!r} cannot be read: write times like '2027-03-21 06:00'."
        )
        raise IntervalError(message) from err
    if not low < high:
        message = f"Interval {start} to {stop} is empty or reversed: start must be before stop."
        raise IntervalError(message)
    return low, high


def _utc(stamp: pd.Timestamp) -> np.datetime64:
    if stamp is pd.NaT:
        message = "not a time"
        raise ValueError(message)
    stamp = stamp if stamp.tz is None else stamp.tz_convert(None)
    return stamp.as_unit("ns").to_datetime64()


def time_grid(start, stop, step) -> np.ndarray:
    """Return the samples of [start, stop), UTC datetime64[ns], `step` apart."""
    low, high = interval(start, stop)
    try:
        apart = pd.Timedelta(step).to_timedelta64().astype("timedelta64[ns]")
    except (ValueError, TypeError, AttributeError) as err:
        message = f"step={step!r} is not a duration: write it like '10min'."
        raise InputError(message) from err
    if not np.timedelta64(0, "ns") < apart or (high - low) / apart > _MOST_SAMPLES:
        message = f"step={step!r} must be positive and give at most {_MOST_SAMPLES:,} samples."
        raise InputError(message)
    return np.arange(low, high, apart)


def tdb_seconds(time) -> np.ndarray:
    """Return TDB seconds past J2000 of UTC times since 2017, within 2 ms."""
    return (time - _J2000) / np.timedelta64(1, "s") + propagate.tdb_minus_utc()


def _refuse_outside(time, low, high, known):
    if time[0] < low or time[-1] > high:
        message = (
            f"{time[0].astype('M8[s]')} to {time[-1].astype('M8[s]')} leaves {known}, "
            f"{low.astype('M8[s]')} to {high.astype('M8[s]')}: ask for times within."
        )
        raise IntervalError(message)


# --------------------------------------------------------------------------- frames


def to_gse(t, states):
    """Turn ICRF states (n, 6) into GSE; velocities become rates of change in GSE."""
    axes, turning = _gse_axes(t)
    pos, vel = (np.einsum("nij,nj->ni", axes, part) for part in (states[:, :3], states[:, 3:]))
    # GSE follows the Sun, about its own Z, by a degree a day: 0.02 km s-1 at apogee
    vel = vel - turning[:, None] * np.stack([-pos[:, 1], pos[:, 0], 0 * turning], axis=1)
    return np.hstack([pos, vel])


def from_gse(t, states):
    """Turn GSE states (n, 6), velocities as rates of change in GSE, into the ICRF."""
    axes, turning = _gse_axes(t)
    pos, vel = states[:, :3], states[:, 3:]
    vel = vel + turning[:, None] * np.stack([-pos[:, 1], pos[:, 0], 0 * turning], axis=1)
    return np.hstack([np.einsum("nij,ni->nj", axes, part) for part in (pos, vel)])


def _gse_axes(t):
    """Return the rows X, Y, Z of GSE in the ICRF, shape (n, 3, 3), and its turning, rad s-1.

    Z is the pole of the ecliptic of date, X the apparent Sun: 20.5 arcsec behind the
    geometric one (aberration), as in Hapgood (1992) and `frames`.
    """
    import erfa  # comes with astropy

    pole = erfa.ecm06(2451545.0, float(np.mean(t)) / 86400)[2]
    sun, rate = propagate.sun_position(t), propagate.sun_position(t, 1)
    y = np.cross(pole, sun)
    across = np.linalg.norm(y, axis=1)
    y /= across[:, None]
    x = np.cross(y, pole)
    cos, sin = np.cos(np.radians(20.5 / 3600)), np.sin(np.radians(20.5 / 3600))
    x, y = cos * x - sin * y, cos * y + sin * x
    axes = np.stack([x, y, np.broadcast_to(pole, x.shape)], axis=1)
    return axes, (rate * y).sum(axis=1) / across


# --------------------------------------------------------------------------- sources


def _propagated(t: np.ndarray) -> np.ndarray:
    """Return states at increasing times, each from the milestone before it."""
    owner = np.searchsorted(_milestones()[:, 0], t, side="right") - 1
    out = np.empty((t.size, 6))
    for k in np.unique(owner):
        low, high = np.searchsorted(owner, [k, k + 1])
        out[low:high] = _since(max(int(k), 0)).states(t[low:high])
    return out


@functools.cache
def _milestones() -> np.ndarray:
    """Return TDB seconds past J2000 and states of our own propagation, shape (n, 7).

    Written by ``.ci/orbit.py``; the first row is the published state.
    """
    path = Path(__file__).parents[1] / "data" / "smile_orbit.csv"
    return np.loadtxt(path, delimiter=",", skiprows=1)


@functools.cache
def _since(milestone: int) -> propagate.Trajectory:
    time, *state = _milestones()[milestone]
    return propagate.Trajectory(time, state)


def _forecast_attrs(time) -> dict:
    beyond = max(0.0, (time[-1] - CHECKED_UNTIL) / np.timedelta64(1, "D"))
    return {
        "source": "propagated from JPL Horizons, object -463",
        "source_files": "",
        "model": "Earth to degree 4 (EGM2008), Sun, Moon; no thrust, no light pressure",
        "epoch": "2026-06-22T00:00:01Z",
        "extrapolated_days": round(float(beyond), 3),
        "acknowledgement": "Starting state: JPL Solar System Dynamics, Horizons.",
    }


def _from_vectors(ephemeris, t, time):
    """Return states and attrs of an ephemeris file or Dataset."""
    if isinstance(ephemeris, xr.Dataset):
        name, (known, states, frame) = "of your own", files.from_dataset(ephemeris)
    else:
        name, (known, states, frame) = Path(ephemeris).name, files.read(Path(ephemeris))
    states = from_gse(known, states) if frame == "GSE" else states
    ends = [
        _J2000 + ((k - propagate.tdb_minus_utc()) * 1e9).round().astype("m8[ns]")
        for k in known[[0, -1]]
    ]
    _refuse_outside(time, *ends, f"the ephemeris {name}")
    attrs = {
        "source": "ephemeris",
        "source_files": name,
        "model": "Kepler orbits matched to given vectors",
        "epoch": str(ends[0].astype("M8[s]")) + "Z",
        "extrapolated_days": 0.0,
        "acknowledgement": f"Ephemeris {name}.",
    }
    return files.between(known, states, t), attrs


def _dataset(time, states, frame, attrs) -> xr.Dataset:
    dims = ("time", "cartesian")
    own = {"coordinate_system": frame}
    return xr.Dataset(
        {
            "pos": (dims, states[:, :3], {"units": "km", "long_name": "SMILE position", **own}),
            "vel": (dims, states[:, 3:], {"units": "km s-1", "long_name": "SMILE velocity", **own}),
        },
        coords={
            "time": ("time", time, {"long_name": "UTC", "standard_name": "time"}),
            "cartesian": ["x", "y", "z"],
        },
        attrs={
            "product": "smile.orbit",
            "title": "SMILE orbit",
            **attrs,
            "retrieved": contract.now(),
            "time_reference": "spacecraft",
            "simulated": 0,
        },
    )
