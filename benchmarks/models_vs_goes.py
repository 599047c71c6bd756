"""Which model puts the magnetopause inside GOES when it is: `python benchmarks/models_vs_goes.py`.

Event B of ../shared/data: two storms, OMNI and GOES-10, minute by minute on the dayside
(X > 0). GOES is outside the magnetosphere where its Bz (GSE) is negative; a model says so
where its boundary is nearer to Earth than GOES in its direction. Printed as it comes.

What the OMNI files hold is Bz (GSE) and the pressure alone. So the models that ask for more
are given: Bz GSE for Bz GSM, a field along Z (clock angle 0 or 180 degrees) with its pressure
as magnetic pressure, and the dipole tilt of the hour. Positions are GSE turned to GSM, not
aberrated. Sheath Bz is not always negative where the IMF is northward: those minutes count
as false alarms, though a model may be right.
"""

import inspect
import os
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore import frames
from smile_explore.physics import magnetopause
from smile_explore.physics.geometry import radius, spherical

REAL = Path(os.environ.get("SMILE_EXPLORE_TEST_DATA", Path(__file__).parents[2] / "shared/data"))
MODELS = ("shue1997", "shue1998", "lin2010", "nguyen2022", "nguyen2022_indented", "jelinek2012")
STORMS = {
    "1999-09-22/23": ("omni_min_26813.lst.txt", "1999-09-23_GOES_POS.txt"),
    "2000-04-06/07": ("omni_min_10339.lst.txt", "2000-04-07_GOES_POS.txt"),
}


def omni(path):
    """Return the drivers of all models, at the minutes of the file; NaN for fills."""
    table = pd.read_csv(path, sep=r"\s+", header=None, names=["y", "d", "h", "m", "b_z", "p_dyn"])
    day = pd.to_datetime(table.y.astype(str) + table.d.astype(str).str.zfill(3), format="%Y%j")
    b_z, p_dyn = table.b_z.where(table.b_z < 9999), table.p_dyn.where(table.p_dyn < 99)
    drivers = {
        "p_dyn": p_dyn,
        "b_z": b_z,
        "p_mag": 1e-9 * b_z**2 / (2 * 4e-7 * np.pi),
        "clock": np.where(b_z < 0, np.pi, 0.0) + 0 * b_z,
    }
    return pd.DataFrame(drivers).set_index(
        day + pd.to_timedelta(60 * table.h + table.m, unit="min")
    )


def goes(path):
    rows = [line.split() for line in path.read_text().splitlines() if line[:1].isdigit()]
    time = pd.to_datetime([" ".join(r[:2]) for r in rows], format="%d-%m-%Y %H:%M:%S.%f")
    values = np.array([r[2:8] for r in rows], float)
    values[np.abs(values) > 1e30] = np.nan
    frame = {"coordinate_system": "GSE"}
    return xr.Dataset(
        {
            "b": (("time", "cartesian"), values[:, :3], {"units": "nT", **frame}),
            "pos": (("time", "cartesian"), values[:, 3:], {"units": "km", **frame}),
        },
        {"time": time.to_numpy("M8[ns]"), "cartesian": list("xyz")},
    )


def outside_model(model, wind, pos):
    """Return how far outside the model boundary each position (GSE) is, RE."""
    model = getattr(magnetopause, model)
    gsm = frames.in_earth_radii(frames.rotate(pos, "GSM"))
    r, theta, phi = spherical(gsm.values)
    # GOES stamps the middle of its minute, OMNI the beginning
    drivers = wind.reindex(pd.DatetimeIndex(pos.time.values).floor("min"))
    drivers["tilt"] = np.asarray(frames.dipole_tilt(pos.time.values))
    asked = [name for name in drivers if name in inspect.signature(model).parameters]
    return r - radius(model, theta, phi, **{name: drivers[name].to_numpy() for name in asked})


def score(model, wind, craft):
    """Return the four counts of dayside minutes, and the minutes that cannot be judged."""
    craft = craft.isel(time=np.flatnonzero(craft.pos.sel(cartesian="x") > 0))
    outside = craft.b.sel(cartesian="z").values < 0
    said = outside_model(model, wind, craft.pos)
    known = np.isfinite(said)
    counts = [
        int((known & (outside == is_outside) & ((said > 0) == says)).sum())
        for is_outside, says in ((True, True), (True, False), (False, True), (False, False))
    ]
    return [*counts, int((~known).sum())]


def skill(hits, misses, false, quiet, _):
    """Return probability of detection, false-alarm ratio and Heidke's skill score."""
    detected = hits / max(hits + misses, 1)
    ratio = false / max(hits + false, 1)
    chance = (hits + misses) * (misses + quiet) + (hits + false) * (false + quiet)
    return detected, ratio, 2 * (hits * quiet - misses * false) / max(chance, 1)


def rows():
    """Yield storm, model, and counts."""
    totals = {model: np.zeros(5, int) for model in MODELS}
    for storm, (upstream, orbit) in STORMS.items():
        wind = omni(REAL / "omni/goes_mp_events" / upstream)
        craft = goes(REAL / "goes/mp_events" / orbit)
        for model in MODELS:
            counts = score(model, wind, craft)
            totals[model] += counts
            yield storm, model, counts
    for model in MODELS:
        yield "both", model, [int(x) for x in totals[model]]


def main():
    if not REAL.is_dir():
        print(f"no real measurements at {REAL}: set SMILE_EXPLORE_TEST_DATA")
        return
    print("GOES-10 outside the magnetopause (Bz < 0) on the dayside, minutes")
    head = ("hits", "misses", "false", "quiet", "no OMNI", "POD", "FAR", "Heidke")
    print(f"{'storm':14} {'model':20}" + "".join(f"{h:>9}" for h in head))
    for storm, model, counts in rows():
        numbers = "".join(f"{c:9d}" for c in counts) + "".join(f"{s:9.2f}" for s in skill(*counts))
        print(f"{storm:14} {model:20}{numbers}")


if __name__ == "__main__":
    main()
