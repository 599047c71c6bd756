"""How near the magnetopause followed through a pass is: `python benchmarks/track.py [PASSES]`.

Passes of 8 hours at 5 minutes in different seasons. The wind is real OMNI of ../shared/data,
scaled to a median density and 400 km/s; the images are made with an emission model and counted,
then followed without the wind and with a wind of wrong value (10 % of density, 3 % of speed) that
comes early or late (8 minutes; one standard deviation each). Beside both: the wind's model alone
(Shue et al. 1998). The truth is the emission model's own standoff, never the prior's model.
"drawn": the emission is drawn from the uncertainty that the package states, its shape from
`poisson_fit.SHAPE` and the true boundary 0.25 R_E (`boundary.MODEL_ERROR`) about the emission's.
"moved": CMEM's boundary 0.5 R_E farther out. A pass whose model is negative anywhere is left out.

`0.3`, `0.1`: share of the images with the nose in the field whose standoff is within so many R_E;
`covers`: share of the same images whose truth lies in the 95 % interval, of `half` width in R_E.
"""

import os
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore import frames, open_file, smile
from smile_explore.contract import EARTH_RADIUS_KM
from smile_explore.physics import soft_xray
from smile_explore.smile import poisson_fit
from smile_explore.smile.boundary import MODEL_ERROR
from smile_explore.smile.orbit import orbit
from smile_explore.smile.pointing import pointing

REAL = Path(os.environ.get("SMILE_EXPLORE_TEST_DATA", Path(__file__).parents[2] / "shared/data"))
OMNI = REAL / "omni" / "omni_min_1030.lst"
STARTS = ("2027-08-10", "2027-03-20", "2027-06-01", "2027-10-01", "2027-12-10", "2027-01-15")
TRIALS = (
    ("cmem", 5.0),
    ("cmem", 15.0),
    ("moved", 15.0),
    ("drawn", 5.0),
    ("cmem2g", 5.0),
    ("jorgensen2019", 15.0),
)
IMAGES, BEFORE = 96, 30  # of 5 minutes; minutes of wind before the first
UNTILTED = ("jorgensen2019",)


def winds(rng, density):
    """Return some hours of real wind, minute by minute, scaled."""
    ds = open_file(OMNI)
    columns = {"n_p": ds.Proton_Density.values, "v": ds.Speed.values}
    columns |= dict(zip(("b_x", "b_y", "b_z"), ds.B_GSM.values.T, strict=True))
    table, length = pd.DataFrame(columns), 5 * IMAGES + 2 * BEFORE
    while True:
        first = rng.integers(len(table) - length)
        some = table.iloc[first : first + length]
        if some.isna().any(axis=1).mean() < 0.15:
            some = some.interpolate(limit_direction="both").reset_index(drop=True)
            return some.assign(
                n_p=some.n_p * density / some.n_p.median(), v=some.v * 400 / some.v.median()
            )


def places(start):
    """Return times and positions (R_E, GSE) of the highest 8 hours in which SXI may look."""
    path = orbit(start, str(np.datetime64(start) + np.timedelta64(3, "D")), "5min")
    place = path.pos.values / EARTH_RADIUS_KM
    whole = np.convolve(pointing(place).allowed, np.ones(IMAGES), "valid") == IMAGES
    height = np.convolve(np.linalg.norm(place, axis=1), np.ones(IMAGES), "valid")
    first = np.argmax(np.where(whole, height, 0))
    return path.time.values[first : first + IMAGES], place[first : first + IMAGES]


def emission(name, wind, tilt, shape):
    """Return the model's name, its parameters and wind, and the standoff."""
    model = "cmem" if name in ("moved", "drawn") else name
    extra = {"tilt": tilt} if model == "cmem2g" else {}
    p = getattr(soft_xray, f"{model}_start")(**wind, **extra)
    nose = float(soft_xray.noses(model, p, **wind, tilt=tilt)[0])
    if name == "moved":
        p |= {"p0": p["p0"] * (nose + 0.5) / nose, "bs": p["bs"] + 0.5}
    if name == "drawn":
        p = poisson_fit.parameters(np.concatenate([[nose, np.log(p["A1"])], shape[1:]]), tilt)
        return model, p, {"n_p": 5.0, "v": 400.0, "b": (0.0, 0.0, 0.0)}, nose + shape[0]
    return model, p, wind, float(soft_xray.noses(model, p, **wind, tilt=tilt)[0])


def in_field(place, standoff):
    """Return whether the nose is in the field of 27 by 16 degrees."""
    view = pointing(place)
    x, y, z = view.axes @ (np.array([standoff, 0.0, 0.0]) - view.position)
    across, along = (np.degrees(np.arctan2(one, z)) for one in (x, y))
    return abs(across) < 8 and abs(along) < 13.5


def simulated(name, density, start, rng):
    """Return images (None where the model is negative), truth, where the nose is seen, wind."""
    wind, (times, path) = winds(rng, density), places(start)
    shape = rng.normal(poisson_fit.MEAN, poisson_fit.SPREAD)
    shape = np.clip(shape, poisson_fit.LOWEST, poisson_fit.HIGHEST)
    shape = np.concatenate([[MODEL_ERROR * rng.normal()], shape])
    images, truth, seen = [], [], []
    for k, (when, place) in enumerate(zip(times, path, strict=True)):
        now = wind.iloc[BEFORE + 5 * k : BEFORE + 5 * k + 5].mean()
        now = {"n_p": now.n_p, "v": now.v, "b": (now.b_x, now.b_y, now.b_z)}
        tilt = 0.0 if name in UNTILTED else float(frames.dipole_tilt(when))
        model, p, now, standoff = emission(name, now, tilt, shape)
        sky = smile.image(
            place, model=model, parameters=p, time=when, shape=(54, 32), tilt=tilt, **now
        )
        if float(sky.intensity.min()) < 0:
            return None, None, None, None
        images.append(smile.counts(sky, seed=rng))
        truth.append(standoff)
        seen.append(in_field(place, standoff))
    return images, np.array(truth), np.array(seen), perturbed(wind, times, rng)


def perturbed(wind, times, rng):
    """Return the wind as OMNI might have it."""
    late = rng.normal(0, 8) + np.arange(len(wind)) - BEFORE - 2
    n_p = wind.n_p.values * np.exp(rng.normal(0, 0.1))
    speed = wind.v.values * np.exp(rng.normal(0, 0.03))
    b = wind[["b_x", "b_y", "b_z"]].values
    return xr.Dataset(
        {
            "n_p": ("time", n_p, {"units": "cm-3"}),
            "speed": ("time", speed, {"units": "km s-1"}),
            "b": (("time", "cartesian"), b, {"units": "nT", "coordinate_system": "GSM"}),
        },
        coords={"time": times[0] + (60e9 * late).astype("timedelta64[ns]"), "cartesian": list("xyz")},
    )  # fmt: skip


def followed(images, truth, seen, wind):
    """Return the track and a line about it."""
    begin = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        track = smile.track_magnetopause(images, wind=wind)
    took = time.perf_counter() - begin
    off = (track.standoff.values - truth)[seen]
    low, high = track.interval.values[seen].T
    inside = (low < truth[seen]) & (truth[seen] < high)
    fits = "no" if any("does not fit" in str(one.message) for one in caught) else "yes"
    text = figures(off) + f" {off.mean():+6.2f} {(high - low).mean() / 2:6.2f} {inside.mean():7.2f}"
    return track, f"{text} {fits:>5} {took:4.0f}"


def figures(off):
    near = [(np.abs(off) < limit).mean() for limit in (0.3, 0.1)]
    return f"{np.sqrt((off**2).mean()):6.2f} {near[0]:5.2f} {near[1]:5.2f}"


def report(name, density, number):
    start = STARTS[number % len(STARTS)]
    head = f"{name:14} {density:4.0f} {start}"
    images, truth, seen, wind = simulated(name, density, start, np.random.default_rng(number))
    if images is None or not seen.any():
        reason = "the model is negative" if images is None else "the nose is never in the field"
        print(f"{head}   left out: {reason}", flush=True)
        return
    _, alone = followed(images, truth, seen, None)
    track, helped = followed(images, truth, seen, wind)
    rate = np.mean([float(one.foreground.sum()) for one in images]) / 300
    print(f"{head} {rate:6.1f} {seen.mean():6.2f}  without wind  {alone}")
    print(f"{'':45}  with wind     {helped}")
    print(f"{'':45}  wind alone    {figures((track.prior.values - truth)[seen])}", flush=True)


def main():
    if not OMNI.exists():
        print(f"Left out: the passes need the solar wind of {OMNI.name} in ../shared/data.")
        return
    passes = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    print("emission       cm-3 pass        s-1 in view                   rms   0.3   0.1   bias   half  covers  fits    s")  # fmt: skip
    for number in range(passes):
        for k, (name, density) in enumerate(TRIALS):
            report(name, density, number + k)


if __name__ == "__main__":
    main()
