"""Superposed epochs, association and timing: speed beside spacepy, promises kept, event F.

`python benchmarks/events_joined.py`: a year of 1-min values around 100 events; 3494 and 1323
events at 401 lags (the example of spacepy's own manual, where it took 35 minutes in 2010);
how often bands hold the truth and lists without a relation are said to have one; the
speed of the magnetopause on 2001-06-11 where ../shared/data is there.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore import link

ROOT = Path(__file__).parents[1]
REAL = Path(os.environ.get("SMILE_EXPLORE_TEST_DATA", ROOT.parent / "shared" / "data"))
START = np.datetime64("2014-01-01", "ns")


def timed(call):
    begin = time.perf_counter()
    result = call()
    return time.perf_counter() - begin, result


def at(seconds):
    return START + np.round(np.asarray(seconds, float) * 1e9).astype("m8[ns]")


def spacepy():
    os.environ["SPACEPY"] = tempfile.mkdtemp()  # its configuration stays out of the home
    os.environ["MPLBACKEND"] = "Agg"
    from spacepy import poppy, seapy

    return seapy, poppy


def epochs(seapy):
    rng, n = np.random.default_rng(0), 525_600
    values = rng.normal(size=n)
    b = xr.DataArray(values, {"time": at(60.0 * np.arange(n))}, ["time"], "b", {"units": "nT"})
    events = np.sort(rng.choice(n - 2000, 100, replace=False) + 1000)
    sea = seapy.Sea(values, np.arange(n * 1.0), events * 1.0, window=240.0, verbose=False)
    theirs, _ = timed(sea.sea)
    options = {"window": ("-4h", "4h")}
    ours, found = timed(lambda: link.superposed_epoch(at(60.0 * events), b, bootstrap=0, **options))
    band, _ = timed(lambda: link.superposed_epoch(at(60.0 * events), b, **options))
    print(
        f"superposed epoch, 100 events x 481 minutes of a year: {ours:.2f} s, spacepy {theirs:.2f} s"
    )
    print(f"  with a band of 1000 resamplings: {band:.2f} s")
    print(f"  largest difference of the medians: {np.abs(found.b - sea.semedian).max().item():.1g}")


def lists(poppy):
    rng = np.random.default_rng(0)
    a, b = np.sort(rng.uniform(0, 3e8, 3494)), np.sort(rng.uniform(0, 3e8, 1323))
    lags = pd.timedelta_range("-400min", "400min", freq="2min")
    ours, found = timed(lambda: link.association(at(a), at(b), window="10min", lags=lags))
    pairs = poppy.PPro(a.tolist(), b.tolist(), lags.total_seconds().tolist(), 600.0)
    theirs, _ = timed(lambda: (pairs.assoc(), pairs.aa_ci(95, n_boots=1000)))
    print(
        f"association, 401 lags, interval of 1000 resamplings: {ours:.1f} s, spacepy {theirs:.1f} s"
    )
    print(f"  same numbers: {bool((found.association == pairs.assoc_total).all())}")
    print(f"  {found.attrs['statement']}")


def promises():
    for statistic in ("median", "mean"):
        for n in (8, 10, 20, 40):
            noise = np.random.default_rng(n).normal(size=2001 * n)
            b = xr.DataArray(noise, {"time": at(60.0 * np.arange(len(noise)))}, ["time"], "b")
            found = link.superposed_epoch(
                at(60.0 * (2001 * np.arange(n) + 1000)), b,
                window=("-1000min", "1000min"), statistic=statistic,
            )  # fmt: skip
            inside = ((found.b_low <= 0) & (found.b_high >= 0)).mean().item()
            print(f"95 % band of the {statistic} of {n} events holds the truth in {inside:.1%}")
    rng, lags, claims = np.random.default_rng(5), pd.timedelta_range("-4h", "4h", freq="20min"), 0
    for k in range(300):
        a, b = (at(rng.uniform(0, 60 * 86400, n)) for n in (80, 120))
        found = link.association(a, b, window="20min", lags=lags, bootstrap=199, seed=k)
        claims += found.attrs["exceeds_chance"]
    print(f"unrelated lists said to be associated: {claims / 300:.1%} (at most 5 % promised)")


def event_f():
    sys.path.insert(0, str(ROOT / "tests" / "real"))
    import test_link_multipoint as real

    name = "C{}_CP_FGM_SPIN__20010611_200000_20010611_210000_V070906.cdf"
    pair = {k: real.cluster(REAL / "cluster" / name.format(k)) for k in (1, 3)}
    print("2001-06-11, Cluster-1 and -3, normal of Shue 1998 given: km/s")
    for time_1, way, speed in real.two_point_speeds(pair):
        print(
            f"  {str(time_1)[11:21]} {way:>3}: {speed.speed:6.0f} +- {speed.speed_error:3.0f}, "
            f"{speed.speed_per_degree:3.0f} a degree, {'usable' if speed.usable else 'not usable'}"
        )


if __name__ == "__main__":
    seapy, poppy = spacepy()
    epochs(seapy)
    lists(poppy)
    promises()
    if REAL.is_dir():
        event_f()
