"""How long SMILE's orbit takes, and how near Horizons it is: `python benchmarks/orbit.py`.

Three years at 10 min in a fresh process, then again; then the vector of JPL Horizons 45
days after the start, from which the propagation has not been fitted.
"""

import time

import numpy as np

from smile_explore import smile

LAST = np.array([36241.411, 13538.165, 10858.629])  # 2026-08-06 00:00:01 UTC, km, ICRF


def timed(call):
    begin = time.perf_counter()
    result = call()
    return result, time.perf_counter() - begin


def main():
    three_years = ("2026-06-22 00:01", "2029-06-22")
    ds, first = timed(lambda: smile.orbit(*three_years))
    _, again = timed(lambda: smile.orbit(*three_years))
    print(f"three years, {ds.sizes['time']} samples: {first:.1f} s, again {again:.1f} s")
    end = smile.orbit("2026-08-06 00:00:01", "2026-08-06 00:00:02", "1s", frame="ICRF")
    print(f"45 days on, off Horizons: {np.linalg.norm(end.pos.values[0] - LAST):.1f} km")


if __name__ == "__main__":
    main()
