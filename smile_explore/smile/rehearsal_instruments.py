"""The instruments of the rehearsal: noise, steps, gaps and fills, and a Dataset of each product.

Pure and deterministic. Values are rounded to the instruments' own steps, so that the last bits,
in which two machines differ, are gone from what is stored.
"""

import numpy as np
import xarray as xr

from smile_explore import catalogue, contract
from smile_explore.contract import EARTH_RADIUS_KM as RE
from smile_explore.physics import bow_shock, geometry, solar_wind
from smile_explore.smile import rehearsal_wind as story
from smile_explore.smile.rehearsal_orbits import place, stamps, turned
from smile_explore.smile.rehearsal_wind import HOUR, length, random

EDITION = "2026-11-21"
PRODUCTS = (
    "omni.1min", "ace.mfi", "ace.swepam", "themis.a.fgm", "themis.a.esa", "themis.a.state",
    "cluster.1.fgm", "cluster.2.fgm", "cluster.3.fgm", "cluster.4.fgm", "cluster.1.cis",
    "goes.16.mag", "smile.mag", "smile.lia", "smile.sxi", "smile.uvi",
)  # fmt: skip

#: Time stamps that are missing, hours of the day.
GAPS = {
    "ace.mfi": [(2.95, 3.30)],
    "ace.swepam": [(11.20, 11.75)],
    "themis.a.fgm": [(2.10, 2.35), (13.20, 13.30)],
    "themis.a.esa": [(0.0, 0.6), (2.10, 2.35), (13.20, 13.55), (23.6, 24.0)],
    "cluster.1.cis": [(20.0, 20.6)],
    "cluster.3.fgm": [(14.5, 14.6)],
    "goes.16.mag": [(21.0, 21.2)],
    "smile.lia": [(16.2, 16.4)],
    "smile.sxi": [(13.5, 13.75)],
    "smile.uvi": [(2.5, 3.0)],
}
_ENERGY = np.round(np.geomspace(7.0, 25000.0, 32), 1)
_ONE_COUNT = 2.0e4  # eV cm-2 s-1 sr-1 eV-1
_GOES_LONGITUDE, _GOES_RADIUS = np.radians(-75.2), 42164.2


def _kept(product, cadence, offset):
    """Return the times of a product, without its gaps and a few samples lost at random.

    A monitor's begin before the day, for what of it reaches the nose in the day's first hours.
    """
    before = cadence * (5400 // cadence) if product.startswith("ace") else 0
    seconds = np.arange(offset - before, 86400.0, cadence)
    keep = random(6, PRODUCTS.index(product)).random(len(seconds)) > 2e-4
    for begin, end in GAPS.get(product, ()):
        keep &= (seconds < begin * HOUR) | (seconds >= end * HOUR)
    return seconds[keep]


def _noise(product, *shape):
    return random(7, PRODUCTS.index(product)).standard_normal(shape)


def _flags(product, n, share):
    """Return quality flags, 0 nearly always, and factors that are NaN where they are not."""
    flags = (random(8, PRODUCTS.index(product)).random(n) < share).astype(np.int32)
    return flags, np.where(flags == 0, 1.0, np.nan)


def _rounded(values, decimals=3):
    """Return values on their step, with one kind of zero and one kind of NaN."""
    values = np.round(values, decimals) + 0.0
    return np.where(np.isnan(values), np.nan, values).astype(np.float32)


def _dataset(product, seconds, energy=None, axes=None, **values) -> xr.Dataset:
    """Return a Dataset of the contract with just the variables of the product's row.

    Optional ones may be left out; `axes` are coordinates of an image.
    """
    row = catalogue.product(product)
    coords = {"time": ("time", stamps(seconds), {"long_name": "UTC", "standard_name": "time"})}
    if energy is not None:
        coords["energy"] = ("energy", energy, {"units": "eV", "long_name": "Energy"})
    if any(v.frame for v in row.variables):
        coords["cartesian"] = ["x", "y", "z"]
    ds = xr.Dataset(coords=coords | (axes or {}))
    for variable in row.variables:
        if variable.optional and variable.name not in values:
            continue
        series = values[variable.name]
        dims = ("time", *variable.dims) if variable.dims else ("time", "cartesian")[: series.ndim]
        attrs = {"units": variable.units, "long_name": variable.long_name}
        attrs |= {"coordinate_system": variable.frame} if "cartesian" in dims else {}
        attrs |= {"time_reference": variable.time_reference} if variable.time_reference else {}
        ds[variable.name] = (dims, series, attrs)
    ds.attrs = {"product": product, "title": f"SIMULATED: {row.title}", "simulated": 1}
    ds.attrs |= {"source": "simulated by smile_explore", "source_files": ""}
    ds.attrs |= {"retrieved": f"{EDITION}T00:00:00Z", "time_reference": row.time_reference}
    ds.attrs["acknowledgement"] = f"Simulated by smile_explore, edition {EDITION}; no measurement."
    return contract.check(ds)


# --------------------------------------------------------------------------- upstream


def ace_mfi() -> xr.Dataset:
    """Return the field at L1, every 16 s."""
    seconds = _kept("ace.mfi", 16.0, 4.0)
    wind = story.monitor(seconds)
    gse = turned(wind.b, wind.time, "GSM", "GSE")  # the wind does not turn with the dipole
    b = turned(gse, seconds, "GSE", "GSM") + 0.03 * _noise("ace.mfi", len(seconds), 3)
    day = seconds / 86400
    pos = np.stack([story.L1_X - 0.4 * day, -23 + 3 * day, 14 + 2 * day], axis=-1) * RE
    flags, kept = _flags("ace.mfi", len(seconds), 1e-3)
    b = _rounded(b * kept[:, None])
    return _dataset("ace.mfi", seconds, b=b, pos=np.round(pos), quality=flags)


def ace_swepam() -> xr.Dataset:
    """Return the protons at L1, every 64 s."""
    seconds = _kept("ace.swepam", 64.0, 21.0)
    wind, noise = story.monitor(seconds), _noise("ace.swepam", len(seconds), 5)
    gse = turned(wind.v, wind.time, "GSM", "GSE")
    v = turned(gse, seconds, "GSE", "GSM") + 1.5 * noise[:, :3]
    n, t = wind.n * (1 + 0.02 * noise[:, 3]), wind.t * (1 + 0.06 * noise[:, 4])
    kept = np.where(random(9).random(len(seconds)) < 0.006, np.nan, 1.0)
    # in the hot wind behind the shock it loses the beam for some minutes
    kept[np.abs(seconds - story.shock_at_monitor() - 3000) < 120] = np.nan
    v = v * kept[:, None]
    parts = {"n_p": _rounded(n * kept), "t_p": _rounded(t * kept, 0), "v": _rounded(v, 2)}
    return _dataset("ace.swepam", seconds, speed=_rounded(length(v), 2), **parts)


def omni(mfi: xr.Dataset, swepam: xr.Dataset, indices) -> xr.Dataset:
    """Return what OMNI makes of the monitor: shifted to the nose by its own estimate, in minutes."""
    minutes = np.arange(0, 86400, 60.0)
    seconds = _seconds(mfi)
    arrival = _estimated_arrival(seconds)
    gse = turned(mfi["b"].values.astype(float), seconds, "GSM", "GSE")
    b = _by_minute(arrival, turned(gse, np.clip(arrival, -HOUR, 25 * HOUR), "GSE", "GSM"))
    shift = _by_minute(arrival, (arrival - seconds)[:, None])[:, 0]
    seconds = _seconds(swepam)
    arrival = _estimated_arrival(seconds)
    gse = turned(swepam["v"].values.astype(float), seconds, "GSM", "GSE")
    plasma = np.column_stack([gse, swepam["n_p"], swepam["t_p"]])
    plasma = _between(minutes + 30, arrival, plasma)
    v, n, t = plasma[:, :3], plasma[:, 3], plasma[:, 4]
    speed, strong = length(v), length(b)
    m_ms = solar_wind.magnetosonic_mach(speed, n, strong, t)
    p_dyn = 2e-6 * n * speed**2
    nose = bow_shock.farris_russell1994(0.0, p_dyn=p_dyn, b_z=b[:, 2], m_ms=m_ms)
    angle = geometry.aberration(speed)
    nose = np.stack([nose * np.cos(angle), -nose * np.sin(angle), 0 * nose], axis=-1)
    sym_h, al, au = indices
    return _dataset(
        "omni.1min", minutes,
        b=_rounded(b, 2), v=_rounded(v, 1), speed=_rounded(speed, 1), n_p=_rounded(n, 2),
        t_p=_rounded(t, 0), p_dyn=_rounded(p_dyn, 2), m_ms=_rounded(m_ms, 1),
        # beta and Mach number as OMNI computes them: with helium and electrons it assumes
        beta=_rounded((4.16e-5 * t + 5.34) * n / strong**2, 2),
        m_a=_rounded(speed * np.sqrt(n) / (20 * strong), 1),
        bow_shock_nose=_rounded(np.round(nose, 2) * RE, 1), timeshift=np.round(shift),
        sym_h=sym_h, ae=au - al, al=al, au=au,
    )  # fmt: skip


def shift_error(label):
    """Return by how much OMNI's estimate of the arrival is late, s."""
    return 30 * np.sin(label / (0.8 * HOUR)) + 15 * np.sin(label / (0.31 * HOUR))


def _estimated_arrival(seconds):
    label = story.monitor(seconds).time
    return label + shift_error(label)


def _seconds(ds):
    return (ds["time"].values - story.START) / np.timedelta64(1, "s")


def _by_minute(arrival, values):
    """Return the mean of what arrives in each minute, NaN where nothing does."""
    # what is overtaken on the way is not used
    first = np.minimum.accumulate(arrival[::-1])[::-1]
    good = (arrival <= first) & np.isfinite(values).all(axis=1) & (arrival >= 0) & (arrival < 86400)
    minute = (arrival[good] // 60).astype(int)
    count = np.bincount(minute, minlength=1440)
    sums = [np.bincount(minute, column[good], minlength=1440) for column in values.T]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.stack(sums, axis=-1) / np.where(count, count, np.nan)[:, None]


def _between(time, arrival, values):
    """Return values between neighbours that arrive at most two minutes apart, NaN elsewhere."""
    good = (arrival <= np.minimum.accumulate(arrival[::-1])[::-1]) & np.isfinite(values).all(axis=1)
    arrival, values = arrival[good], values[good]
    after = np.clip(np.searchsorted(arrival, time), 1, len(arrival) - 1)
    near = (arrival[after] - arrival[after - 1] < 140) & (time <= arrival[-1])
    return np.where(near[:, None], story.across(time, arrival, values), np.nan)


# --------------------------------------------------------------------------- near the Earth


def themis(world, orbit) -> dict[str, xr.Dataset]:
    """Return field, ions and orbit of the probe that skims the nose."""
    name = "themis.a.fgm"
    seconds = _kept(name, 3.0, 0.7)
    b = world.met(place(world, seconds, orbit.at(seconds)[0])).b
    b = b * (1 + 1e-4 * _noise(name, len(seconds), 1)) + 0.03 * random(10).standard_normal(b.shape)
    parts = {name: _dataset(name, seconds, b=_rounded(b))}
    parts["themis.a.esa"] = _esa(world, orbit)
    seconds = _kept("themis.a.state", 60.0, 0.0)
    pos, vel = orbit.at(seconds)
    parts["themis.a.state"] = _dataset(
        "themis.a.state", seconds, pos=np.round(pos, 2), vel=np.round(vel, 6)
    )
    return parts


def _esa(world, orbit) -> xr.Dataset:
    name = "themis.a.esa"
    seconds = _kept(name, 3.0, 1.9)
    where = place(world, seconds, orbit.at(seconds)[0])
    met = world.met(where)
    n, v, t = _counted(name, met.moments)
    flags, kept = _flags(name, len(seconds), 8e-4)
    penetrating = 20 * np.exp(-np.clip(where.r - 3, 0, None) / 0.6)
    flux = sum(_energy_flux(plasma) for plasma in (met.solar, met.terrestrial))
    counts = np.round(flux / _ONE_COUNT + penetrating[:, None], 4)
    eflux = random(11).poisson(counts) * _ONE_COUNT * kept[:, None]
    return _dataset(
        name, seconds, energy=_ENERGY, quality=flags, eflux=eflux.astype(np.float32),
        n_i=_rounded(n * kept), v=_rounded(v * kept[:, None], 2), t_i=_rounded(t * kept, 1),
    )  # fmt: skip


def _counted(product, plasma):
    """Return moments with the noise that few counts give them."""
    noise = _noise(product, len(plasma.n), 5)
    few = 0.02 + 0.02 / np.sqrt(plasma.n)
    v = plasma.v + (1.5 + 5 / np.sqrt(plasma.n))[:, None] * noise[:, :3]
    return plasma.n * (1 + few * noise[:, 3]), v, plasma.t * (1 + few * noise[:, 4])


def _energy_flux(plasma):
    """Return the differential energy flux of a drifting Maxwellian, all directions averaged."""
    speed = 1.38414e6 * np.sqrt(_ENERGY)  # cm s-1
    thermal = 1.38414e6 * np.sqrt(np.clip(plasma.t, 1.0, None))[:, None]
    drift = 1e5 * np.clip(length(plasma.v), 1.0, None)[:, None]
    cross = 2 * speed * drift / thermal**2
    # exp(-(v-u)^2) - exp(-(v+u)^2) over the cross term: a sinh that cannot overflow
    bell = np.exp(-(((speed - drift) / thermal) ** 2)) * -np.expm1(-2 * cross) / (2 * cross)
    density = plasma.n[:, None] / (np.pi**1.5 * thermal**3)
    return density * bell * speed**4 / 2


def cluster(world, orbits) -> dict[str, xr.Dataset]:
    """Return the field and position of the four, and the ions of the first."""
    parts = {}
    for number in "1234":
        name = f"cluster.{number}.fgm"
        seconds = _kept(name, 4.0, 0.4 * int(number))
        pos = orbits[f"cluster.{number}"].at(seconds)[0]
        b = turned(world.met(place(world, seconds, pos)).b, seconds, "GSM", "GSE")
        b = b + 0.02 * _noise(name, len(seconds), 3)
        parts[name] = _dataset(name, seconds, b=_rounded(b), pos=np.round(pos, 1))
    name = "cluster.1.cis"
    seconds = _kept(name, 4.0, 2.2)
    n, v, _ = _counted(
        name, world.met(place(world, seconds, orbits["cluster.1"].at(seconds)[0])).moments
    )
    v = turned(v, seconds, "GSM", "GSE")
    more = random(12).standard_normal((len(seconds), 4))
    kept = np.where(random(13).random(len(seconds)) < 0.003, np.nan, 1.0)
    parts[name] = _dataset(
        name, seconds,
        n_i=_rounded(n * kept), v=_rounded(v * kept[:, None], 2),
        # the second sensor sees a little less, and less steadily
        n_p=_rounded(0.92 * n * (1 + 0.04 * more[:, 3]) * kept),
        v_p=_rounded((v + 6 * more[:, :3]) * kept[:, None], 2),
    )  # fmt: skip
    return parts


def goes(world) -> xr.Dataset:
    """Return the field in geosynchronous orbit at 75 degrees west, means over a minute."""
    name = "goes.16.mag"
    seconds = _kept(name, 60.0, 0.0)
    fine = (seconds[:, None] + np.arange(5.0, 60.0, 10.0)).ravel()
    over = _GOES_RADIUS * np.array([np.cos(_GOES_LONGITUDE), np.sin(_GOES_LONGITUDE), 0.0])
    pos = turned(np.broadcast_to(over, (len(fine), 3)), fine, "GEO", "GSE")
    b = world.met(place(world, fine, pos)).b.reshape(-1, 6, 3).mean(axis=1)
    flags = np.zeros(len(seconds), np.int32)
    return _dataset(
        name, seconds, b=_rounded(b + 0.1 * _noise(name, len(seconds), 3), 2), quality=flags
    )
