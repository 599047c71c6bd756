"""SMILE in the rehearsal: its orbit, its field and ions, its X-ray counts and its auroral images.

Pure and deterministic, like the rest of the rehearsal. The images follow the same boundaries and
indices as everything else: CMEM's magnetopause and bow shock are scaled to the day's own noses,
and the oval's Kp is the one whose AL is that of the day.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from smile_explore import frames
from smile_explore.physics import aurora, soft_xray
from smile_explore.smile import rehearsal_instruments as instruments
from smile_explore.smile import rehearsal_wind as story
from smile_explore.smile.aurora import HEIGHT, uvi
from smile_explore.smile.counts import counts
from smile_explore.smile.image import image
from smile_explore.smile.orbit import orbit
from smile_explore.smile.pointing import pointing
from smile_explore.smile.rehearsal_orbits import RE, place, stamps, turned

#: Seconds of one SXI exposure, between UVI frames, and between samples of MAG and LIA (whose
#: true cadence is not public).
EXPOSURE, UVI_EVERY, CADENCE = 300.0, 600.0, 4.0
#: Rayleigh per mW m-2: 8 mW m-2 of a disturbed night give the 1.6 kR that a real frame showed.
RAYLEIGH = 200.0
_UVI_PIXELS = 131
_KP = np.linspace(0.3, 8.7, 400)


@dataclass(frozen=True)
class Track:
    """SMILE's orbit of the day, between samples of a minute."""

    time: np.ndarray
    pos: np.ndarray
    vel: np.ndarray

    def at(self, time):
        """Return position (km) and velocity (km s-1), GSE, at times in s."""
        from scipy.interpolate import CubicHermiteSpline

        path = CubicHermiteSpline(self.time, self.pos, self.vel)
        return path(time), path(time, 1)


def smile_track() -> Track:
    """Return where SMILE is on the day: `smile.orbit`, to the metre."""
    margin = np.timedelta64(10, "m")
    ds = orbit(story.START - margin, story.STOP + margin, "1min")
    seconds = (ds.time.values - story.START) / np.timedelta64(1, "s")
    return Track(seconds, np.round(ds.pos.values, 3), np.round(ds.vel.values, 6))


def smile(world, track, indices) -> dict[str, xr.Dataset]:
    """Return what SMILE's four instruments deliver on the day.

    `indices` are SYM-H, AL and AU on the minutes of the day.
    """
    return {
        "smile.mag": _mag(world, track),
        "smile.lia": _lia(world, track),
        "smile.sxi": _sxi(world, track),
        "smile.uvi": _uvi(track, indices[1]),
    }


def _mag(world, track) -> xr.Dataset:
    name = "smile.mag"
    seconds = instruments._kept(name, CADENCE, 0.3)
    pos = track.at(seconds)[0]
    b = world.met(place(world, seconds, pos)).b + 0.03 * instruments._noise(name, len(seconds), 3)
    return instruments._dataset(name, seconds, b=instruments._rounded(b), pos=np.round(pos, 1))


def _lia(world, track) -> xr.Dataset:
    name = "smile.lia"
    seconds = instruments._kept(name, CADENCE, 1.1)
    met = world.met(place(world, seconds, track.at(seconds)[0]))
    n, v, t = instruments._counted(name, met.moments)
    parts = {"n_i": instruments._rounded(n), "v": instruments._rounded(v, 2)}
    return instruments._dataset(name, seconds, t_i=instruments._rounded(t, 1), **parts)


# --------------------------------------------------------------------------- SXI


def exposures() -> np.ndarray:
    """Return the middles of SXI's exposures, s."""
    return instruments._kept("smile.sxi", EXPOSURE, EXPOSURE / 2)


def standoff(world, middles) -> np.ndarray:
    """Return the stand-off of magnetopause and bow shock in each exposure, R_E: means over it."""
    fine = middles[:, None] + np.linspace(-EXPOSURE / 2, EXPOSURE / 2, 11)
    return np.round([row.reshape(fine.shape).mean(axis=1) for row in world.noses(fine.ravel())], 3)


def _sxi(world, track) -> xr.Dataset:
    middles = exposures()
    pos = track.at(middles)[0] / RE
    middles, pos = middles[pointing(pos).allowed], pos[pointing(pos).allowed]
    noses = standoff(world, middles).T
    pictures = [_picture(world, *item) for item in zip(middles, pos, noses, strict=True)]
    # the last bits, in which two machines differ, must not reach the dice
    shine = np.round([picture["intensity"].values for picture in pictures], 3)
    seen = pictures[0].drop_vars(("intensity", "time"))
    seen["intensity"] = ("time", "y", "x"), shine, pictures[0]["intensity"].attrs
    seen = counts(seen, exposure=EXPOSURE, seed=story.random(14))
    names = ("counts", "background", "vignetting", "foreground")
    rows = {k: np.broadcast_to(seen[k].values, shine.shape).astype(np.float32) for k in names}
    rows["pos"] = np.round(pos * RE, 1)
    rows["aim"] = np.round(pointing(pos).aim * RE, 1)
    rows["exposure"] = np.full(len(middles), EXPOSURE)
    axes = {k: seen[k] for k in ("y", "x")}
    ds = instruments._dataset("smile.sxi", middles, axes=axes, **rows)
    keys = ("response", "sky_rate", "particle_rate", "vignetting_edge", "psf_fwhm", "instrument")
    ds.attrs |= {k: seen.attrs[k] for k in keys}
    ds.attrs["model"] = "CMEM, magnetopause and bow shock scaled to those of the rehearsal"
    return ds


def _picture(world, middle, pos, noses) -> xr.Dataset:
    fine = world.limits.nose.at(middle + np.linspace(-EXPOSURE / 2, EXPOSURE / 2, 61))
    wind = {"n_p": fine.n.mean(), "v": fine.speed.mean(), "b": fine.b.mean(axis=0)}
    wind["tilt"] = float(frames.dipole_tilt(stamps(np.array([middle])))[0])
    wind = {k: np.round(v, 3) for k, v in wind.items()}
    return image(pos, time=stamps(middle), parameters=_scaled(wind, noses), **wind)


def _scaled(wind, noses) -> dict:
    """Return CMEM's parameters with which its noses are these."""
    first = dict(soft_xray.cmem_start(n_p=wind["n_p"], v=wind["v"], b=wind["b"]))
    other = first | {"p0": first["p0"] + 0.1}
    one, two = (float(soft_xray.noses("cmem", p, **wind)[0]) for p in (first, other))
    p0 = first["p0"] + 0.1 * (noses[0] - one) / (two - one)
    return {"p0": float(np.round(p0, 6)), "bs": float(max(noses[1], noses[0] + 0.8))}


# --------------------------------------------------------------------------- UVI


def kp_of(al):
    """Return the Kp whose AL, by Starkov (1994), is this one; the least for an AL near 0."""
    return np.interp(-np.asarray(al, float), -aurora.starkov1994_al(_KP), _KP)


def _uvi(track, al) -> xr.Dataset:
    name = "smile.uvi"
    middles = instruments._kept(name, UVI_EVERY, 26.0)
    al = np.interp(middles, np.arange(0, 86400, 60.0), al)
    frames_seen = [
        _frame(*item) for item in zip(middles, track.at(middles)[0] / RE, al, strict=True)
    ]
    rows = {k: np.stack([f[k] for f in frames_seen]) for k in frames_seen[0]}
    noise = story.random(15).standard_normal(rows["image"].shape)
    rows["image"] = _noisy(rows["image"], noise)
    rows["grid"] = _noisy(rows["grid"], story.random(16).standard_normal(rows["grid"].shape) / 3)
    ds = instruments._dataset(name, middles, **{k: v.astype(np.float32) for k, v in rows.items()})
    ds.attrs["conversion"] = f"{RAYLEIGH:g} R per mW m-2, a round number: no formula is public"
    ds.attrs["model"] = (
        "Zhang-Paxton 2008 by the Kp whose AL (Starkov 1994) is the day's; no dayglow"
    )
    return ds


def _noisy(brightness, noise):
    """Return what a short exposure makes of it: the shot noise of photons, and a dark one."""
    return np.round(brightness + noise * np.sqrt(15 * np.nan_to_num(brightness) + 30.0**2))


def _frame(middle, pos, al) -> dict:
    kp, shape = float(np.round(kp_of(al), 3)), (_UVI_PIXELS, _UVI_PIXELS)
    ds = uvi(pos, kp=kp, time=stamps(middle), shape=shape, brightness=RAYLEIGH)
    mlat, mlt = np.meshgrid(np.arange(50, 90, 1.0), np.arange(0, 24, 0.25), indexing="ij")
    grid = RAYLEIGH * aurora.zhang_paxton2008(mlat, mlt, kp=kp).energy_flux
    grid = np.where(_in_sight(mlat, mlt, middle, pos), grid, np.nan)
    lat, lon = (np.round(ds[k].values, 2) for k in ("lat", "lon"))
    return {
        "image": ds.brightness.values,
        "lat": lat,
        "lon": lon,
        "grid": grid,
        "mlat": mlat,
        "mlt": mlt,
    }


def _in_sight(mlat, mlt, middle, pos):
    """Say which places of the grid SMILE sees above the horizon."""
    high, east = np.radians(mlat), np.radians(15 * (mlt - 12))
    unit = np.stack(
        [np.cos(high) * np.cos(east), np.cos(high) * np.sin(east), np.sin(high)], axis=-1
    )
    smile_sm = turned(pos[None], np.array([middle]), "GSE", "SM")[0]
    return unit @ smile_sm > 1 + HEIGHT / RE
