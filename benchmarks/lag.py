"""How honest the lag is, and how fast: `python benchmarks/lag.py [trials]` (500: five minutes).

1. Planted lags: how often the 95 % interval holds the truth, how far off the value is, and how
   wide the interval, for red drivers (power spectrum f**-slope), whole and fractional lags,
   white and red noise, gaps. The promise is 92 to 98 % at signal-to-noise 3.
2. Unrelated series: how often a lag is called usable. The promise is 5 % at most,
   up to slope 2; slope 3 shows where it breaks.
3. No noise at all: what error is left (the constants of `link.correlation`).
4. Event E: OMNI against ARTEMIS, each pair, beside what geometry says.
5. Seconds for a day of 1-min data.
"""

import os
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore import link
from smile_explore.contract import EARTH_RADIUS_KM
from smile_explore.physics import bow_shock

REAL = Path(os.environ.get("SMILE_EXPLORE_TEST_DATA", Path(__file__).parents[2] / "shared/data"))
START = np.datetime64("2014-03-01", "ns")
MINUTE = pd.Timedelta("1min")

#: samples, slope of the driver, signal-to-noise, slope of the noise (0 is white), lags, gaps
PLANTED = [
    (300, 5 / 3, 3, 0, "whole", 0.0),
    (300, 5 / 3, 3, 0, "fractional", 0.0),
    (300, 5 / 3, 3, 0, "averaged", 0.0),
    (720, 5 / 3, 3, 0, "whole", 0.0),
    (300, 1.0, 3, 0, "whole", 0.0),
    (300, 2.0, 3, 0, "whole", 0.0),
    (300, 5 / 3, 3, 1.0, "whole", 0.0),
    (300, 5 / 3, 3, 5 / 3, "whole", 0.0),
    (300, 5 / 3, 3, 0, "whole", 0.2),
    (300, 5 / 3, 1, 0, "whole", 0.0),
    (120, 5 / 3, 3, 0, "whole", 0.0),
]
UNRELATED = [(n, slope) for n in (120, 300) for slope in (1.0, 5 / 3, 2.0, 3.0)]


def series(values):
    stamps = START + np.arange(len(values)) * np.timedelta64(60, "s")
    return xr.DataArray(values, {"time": stamps}, ["time"])


def spectrum(n, slope, rng):
    """Return frequencies per sample, and the random spectrum of a red series of n samples."""
    f = np.fft.rfftfreq(n)
    phases = rng.normal(size=len(f)) + 1j * rng.normal(size=len(f))
    return f, phases * np.append(0, f[1:] ** (-slope / 2))


def red(n, slope, rng):
    return np.fft.irfft(spectrum(8 * n, slope, rng)[1], 8 * n)[n : 2 * n]


def delayed(n, slope, how, rng):
    """Return a driver, its delayed copy, and the lag in samples.

    whole: shifted by samples; fractional: by phase, band-limited; averaged: shifted on a ten
    times finer grid, then both averaged, as instruments do.
    """
    lag = rng.uniform(5, 40)
    if how == "averaged":
        k = round(10 * lag)
        fine = red(10 * (n + 100), slope, rng)
        pick = [fine[at : at + 10 * n].reshape(n, 10).mean(axis=1) for at in (500, 500 - k)]
        return *pick, k / 10
    lag = round(lag) if how == "whole" else lag
    f, z = spectrum(8 * n, slope, rng)
    both = [np.fft.irfft(z * np.exp(-2j * np.pi * f * t), 8 * n)[n : 2 * n] for t in (0, lag)]
    return *both, lag


def holed(values, share, rng):
    values = values.copy()
    while np.isnan(values).mean() < share:
        at = rng.integers(0, len(values))
        values[at : at + rng.integers(3, 20)] = np.nan
    return values


def trial(case, seed):
    """Return the lag found and the truth, in minutes."""
    n, slope, snr, noise, how, gaps = case
    rng = np.random.default_rng(seed)
    driver, copy, lag = delayed(n, slope, how, rng)
    unwanted = red(n, noise, rng) if noise else rng.normal(size=n)
    response = copy + unwanted * copy.std() / unwanted.std() / snr
    found = link.lag(
        series(holed(driver, gaps, rng)), series(holed(response, gaps, rng)), seed=seed
    )
    return found, lag


def planted(trials):
    print(f"1. Planted lags, {trials} trials each, 1-min samples, max_lag 60 min")
    head = ("samples", "slope", "SNR", "noise", "lags", "gaps")
    print("".join(f"{h:>11}" for h in head) + "   usable  in interval  median error  half width")
    for case in PLANTED:
        results = [trial(case, seed) for seed in range(trials)]
        errors = np.array([abs(f.value / MINUTE - t) for f, t in results])
        held = np.mean([f.interval[0] <= t * MINUTE <= f.interval[1] for f, t in results])
        half = np.median([(f.interval[1] - f.interval[0]) / MINUTE / 2 for f, _ in results])
        usable = np.mean([f.usable for f, _ in results])
        text = "".join(f"{x:11.3g}" if isinstance(x, (int, float)) else f"{x:>11}" for x in case)
        print(
            f"{text} {usable:8.1%} {held:12.1%} {np.median(errors):9.3f} min {half:7.3f} min",
            flush=True,
        )


def unrelated(trials):
    print(f"\n2. Unrelated series called usable, {trials} trials each")
    for n, slope in UNRELATED:
        usable = 0
        for seed in range(trials):
            rng = np.random.default_rng(10_000 + seed)
            pair = [series(red(n, slope, rng)) for _ in range(2)]
            usable += link.lag(*pair, seed=seed, bootstraps=200).usable
        print(f"  {n} samples, slope {slope:.2f}: {usable / trials:6.1%}", flush=True)


def noiseless(trials):
    print("\n3. Error without noise, standard deviation in samples")
    for how in ("whole", "fractional", "averaged"):
        for n in (120, 240, 720):
            errors = []
            for seed in range(trials):
                rng = np.random.default_rng(seed)
                driver, copy, lag = delayed(n, 5 / 3, how, rng)
                found = link.lag(series(driver), series(copy), bootstraps=20)
                errors.append(found.value / MINUTE - lag)
            print(f"  {how:>10}, {n} samples: {np.std(errors):.4f}", flush=True)


# --------------------------------------------------------------------------- event E


def artemis_pairs(frame="GSE"):
    """Yield name, ARTEMIS and OMNI tables of event E."""
    for path in sorted((REAL / "omni/artemis_events").glob(f"{frame}_Omni_*.csv")):
        other = REAL / "themis/artemis_events" / path.name.replace("Omni", "Artemis")
        tables = [pd.read_csv(p, parse_dates=["Time"]).set_index("Time") for p in (other, path)]
        yield path.stem.removeprefix(f"{frame}_Omni_"), *tables


def column(table, name, units):
    return xr.DataArray(
        table[name].to_numpy(float), {"time": table.index.to_numpy("M8[ns]")}, ["time"], name, {"units": units}
    )  # fmt: skip


def geometry(artemis, omni):
    """Return the ballistic lag from ARTEMIS to the nose that OMNI refers to (flat front)."""
    p_dyn = (1.6726e-6 * omni.proton_density * omni.Vx**2).median()
    nose = EARTH_RADIUS_KM * float(bow_shock.jelinek2012(0.0, p_dyn=p_dyn))
    v = column(artemis, "Vx", "km s-1")
    return link.ballistic_lag(v, origin=(artemis.Xpos.mean(), 0, 0), target=(nose, 0, 0))


def artemis():
    if not REAL.is_dir():
        print(f"\n4. No real measurements at {REAL}: set SMILE_EXPLORE_TEST_DATA")
        return
    print("\n4. Event E: ARTEMIS (driver) to OMNI at the nose (response), Bz GSE, within 30 min;")
    print("   geometry: flat front from ARTEMIS' X to the nose of Jelinek 2012, spread of V alone")
    for name, craft, omni in artemis_pairs():
        pair = column(craft, "BZ_GSE", "nT"), column(omni, "BZ_GSE", "nT")
        found = link.lag(*pair, max_lag="30min", sign="positive")
        print(f"  {name}  {found}\n{'':20}{geometry(craft, omni)}")


def speed():
    rng = np.random.default_rng(0)
    driver, copy, _ = delayed(1440, 5 / 3, "whole", rng)
    pair = series(driver), series(copy + rng.normal(size=1440) * copy.std() / 3)
    took = []
    for _ in range(3):
        begin = time.perf_counter()
        link.lag(*pair, bootstraps=500)
        took.append(time.perf_counter() - begin)
    print(f"\n5. A day of 1-min data, 500 bootstraps: {min(took):.2f} s (best of 3)")


def main():
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    planted(trials)
    unrelated(trials)
    noiseless(min(trials, 100))
    artemis()
    speed()


if __name__ == "__main__":
    main()
