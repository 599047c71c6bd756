"""How long a rotation takes, beside pyspedas: `python benchmarks/frames.py`.

A day of positions at 1 s (86,400 points), best of five, both libraries in one run.
"""

import time

import numpy as np
import xarray as xr

from smile_explore.frames import rotate

POINTS = 86_400
PAIRS = [("GSE", "GSM"), ("GSM", "SM"), ("GSE", "SM"), ("GEO", "GSE"), ("GEO", "SM")]


def day(frame):
    stamps = np.datetime64("2026-09-22", "ns") + np.arange(POINTS) * np.timedelta64(1, "s")
    return xr.DataArray(
        np.random.default_rng(1).normal(size=(POINTS, 3)) * 6e4,
        dims=("time", "cartesian"),
        coords={"time": stamps, "cartesian": list("xyz")},
        attrs={"units": "km", "coordinate_system": frame},
    )


def best(call, repeats=5):
    took = []
    for _ in range(repeats):
        begin = time.perf_counter()
        call()
        took.append(time.perf_counter() - begin)
    return 1e3 * min(took)


def apart(a, b):
    return np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b), axis=1), (a * b).sum(axis=1)))


def main():
    from pyspedas.cotrans_tools.cotrans_lib import subcotrans

    print(f"{POINTS} points          ours ms   pyspedas ms   ratio   apart, degree")
    for start, to in PAIRS:
        field = day(start)
        unix = field["time"].values.astype("int64") / 1e9
        theirs = subcotrans(unix, field.values, start, to, quiet=True)
        ours = best(lambda field=field, to=to: rotate(field, to))
        other = best(
            lambda a=(unix, field.values, start, to): subcotrans(*a, quiet=True), repeats=2
        )
        gap = apart(rotate(field, to).values, theirs).max()
        print(f"{start} -> {to:3}  {ours:20.1f} {other:13.0f} {other / ours:7.0f} {gap:15.5f}")


if __name__ == "__main__":
    main()
