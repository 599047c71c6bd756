"""How long SMILE's orbit takes, and how near Horizons it is: `python benchmarks/orbit.py`.

A day of 2029 in a fresh process, beside the same day propagated all the way from the published
state; three years at 10 min, then again; then the vector of JPL Horizons 45 days after the
start, from which the propagation has not been fitted.
"""

import time

import numpy as np

from smile_explore import smile
from smile_explore.smile.orbit import EPOCH_TDB, STATE, tdb_seconds
from smile_explore.smile.propagate import Trajectory

LAST = np.array([36241.411, 13538.165, 10858.629])  # 2026-08-06 00:00:01 UTC, km, ICRF


def timed(call):
    begin = time.perf_counter()
    result = call()
    return result, time.perf_counter() - begin


def main():
    day, first = timed(lambda: smile.orbit("2029-03-22", "2029-03-23", frame="ICRF"))
    t = tdb_seconds(day.time.values)
    states, whole = timed(lambda: Trajectory(EPOCH_TDB, STATE).states(t))
    apart = np.abs(day.pos.values - states[:, :3]).max()
    print(f"a day of 2029: {first:.2f} s; all the way {whole:.2f} s; {apart * 1e6:.1g} mm apart")
    three_years = ("2026-06-22 00:01", "2029-06-22")
    ds, first = timed(lambda: smile.orbit(*three_years))
    _, again = timed(lambda: smile.orbit(*three_years))
    print(f"three years, {ds.sizes['time']} samples: {first:.1f} s, again {again:.1f} s")
    end = smile.orbit("2026-08-06 00:00:01", "2026-08-06 00:00:02", "1s", frame="ICRF")
    print(f"45 days on, off Horizons: {np.linalg.norm(end.pos.values[0] - LAST):.1f} km")


if __name__ == "__main__":
    main()
