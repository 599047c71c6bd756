"""Years of data: `find`, loads and surveys over 1, 5 and 25 years: `python benchmarks/survey.py`.

1. `events.find` on 1, 5 and 25 years of 1-min values: seconds a year must stay what they are.
2. A year of OMNI at 5 min (12 files in the archive's layout): loaded at once, with chunks, from the store.
3. A survey of the same (turnings, pulses, shocks, month by month with a day's margin) over 1, 5 and 25 years
   in this process, and over 2 years on 1, 2 and 4 worker processes; seconds, and peak memory.
4. What a survey costs besides: empty intervals a second, here and through Dask.

Each line is the median of its runs (one for long ones), in a process of its own, after a first call;
wall and processor time, the latter of this process alone: a year and the ratio are of it, where all
runs here. The files are simulated and written first. Workers are warm when timed.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "archive"))  # the writer of files
FIRST, YEARS = 1999, (1, 5, 25)
CONDITION = "b_z < -5 for >= 10min and p_dyn > 2"


# --------------------------------------------------------------------------- data


def series(n, seed):
    """Return random walks that look like wind to a detector."""
    from scipy.signal import lfilter

    rng = np.random.default_rng(seed)
    red = lfilter([0.05], [1, -0.998], rng.normal(size=(7, n)), axis=1)
    speed = 420 + 15 * red[3]
    density = 5 * np.exp(0.2 * red[4])
    columns = {
        "BX_GSE": 3 * red[0], "BY_GSM": 3 * red[1], "Vx": -speed, "Vy": 10 * red[5],
        "Vz": 10 * red[6], "flow_speed": speed, "proton_density": density, "T": 1e5 + 100 * red[5],
        "SYM_H": -20 + 5 * red[6], "AL_INDEX": -50 - 20 * red[5] ** 2,
    }  # fmt: skip
    held = np.repeat(rng.normal(size=(2, n // 100 + 1)), 100, axis=1)[:, :n]  # steps, to be found
    columns["BZ_GSM"], columns["Pressure"] = 6 * held[0], 2 * np.exp(0.4 * held[1])
    missing = rng.random(n) < 0.05
    return {name: np.where(missing, np.nan, column) for name, column in columns.items()}


def write_years(folder):
    import cdfs
    import pandas as pd

    for month in pd.date_range(f"{FIRST}-01-01", periods=12 * max(YEARS), freq="MS"):
        stop = month + pd.offsets.MonthBegin()
        time_ = np.arange(month.to_datetime64(), stop.to_datetime64(), np.timedelta64(5, "m"))
        path = folder / f"omni_hro_5min_{month:%Y%m}01_v01.cdf"
        values = series(len(time_), month.value % 2**32)
        cdfs.omni_hro(path, time_.astype("M8[ns]"), values, cadence="5MIN")


# --------------------------------------------------------------------------- what is measured


def found(omni):
    """Return what a statistic would want of a month."""
    import pandas as pd

    from smile_explore import events

    tables = [
        events.southward_turnings(omni.b),
        events.pressure_pulses(omni.p_dyn),
        events.shocks(omni),
    ]
    return pd.concat(tables, ignore_index=True)


def find(years, _folder):
    import xarray as xr

    from smile_explore import events

    n = years * 525_600
    columns = series(n, 1)
    stamps = np.datetime64("1999-01-01", "ns") + np.arange(n) * np.timedelta64(60, "s")
    units = {"b_z": ("BZ_GSM", "nT"), "p_dyn": ("Pressure", "nPa")}
    ds = xr.Dataset(
        {k: ("time", columns[c], {"units": u}) for k, (c, u) in units.items()}, {"time": stamps}
    )
    return lambda: len(events.find(ds, CONDITION)), max(1, 5 // years)


def loaded(years, folder, **how):
    from smile_explore.load import load

    span = (f"{FIRST}-01-01", f"{FIRST + years}-01-01")
    options = {"source": str(folder)} | how
    return lambda: load("omni.5min", *span, **options).sizes["time"], 3


def in_chunks(years, folder):
    """Load with chunks, and take the mean of one variable: numbers come and go file by file."""
    from smile_explore.load import load

    span = (f"{FIRST}-01-01", f"{FIRST + years}-01-01")

    def call():
        ds = load("omni.5min", *span, source=str(folder), chunks="auto")
        return float(ds.p_dyn.mean().compute(scheduler="synchronous"))

    return call, 3


def from_store(years, folder):
    from smile_explore.load import keep

    keep("omni.5min", f"{FIRST}-01-01", f"{FIRST + years}-01-01", source=str(folder))
    return loaded(years, folder, source="store")


def surveyed(years, folder, client=None):
    from smile_explore import survey

    months = survey.every("month", f"{FIRST}-01-01", f"{FIRST + years}-01-01", margin="1D")
    return lambda: len(survey.run(found, months, "omni.5min", client, source=str(folder)))


def here(years, folder):
    return surveyed(years, folder), 1 if years > 1 else 3


def on_workers(workers, folder):
    from distributed import LocalCluster

    cluster = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0")
    surveyed(1, folder, cluster)()  # workers import what they need
    return surveyed(2, folder, cluster), 1


def empty(workers, _folder):
    """Run a thousand intervals that cost nothing."""
    from smile_explore import survey

    cluster = None
    if workers:
        from distributed import LocalCluster

        cluster = LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0"
        )
    days = survey.every("day", "2000-01-01", "2002-09-27")
    return lambda: len(survey.run(lambda: 1, days, [], cluster)), 1


KINDS = {
    f.__name__: f
    for f in (find, loaded, in_chunks, from_store, here, on_workers, empty)
}  # fmt: skip


def measure(kind, number, folder):
    """Print, as JSON, the median time and the peak memory above what was there before."""
    call, runs = KINDS[kind](number, Path(folder))
    before = peak()
    took, cpu = [], []
    result = call() if runs > 1 else None
    for _ in range(runs):
        begin = time.perf_counter(), time.process_time()
        result = call()
        took.append(time.perf_counter() - begin[0])
        cpu.append(time.process_time() - begin[1])
    got = {"s": statistics.median(took), "cpu": statistics.median(cpu), "MB": peak() - before, "result": result}  # fmt: skip
    print(json.dumps(got))


def peak():
    """Return the peak resident memory of this process in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(t for t in status.read_text().splitlines() if t.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def run(kind, number, folder):
    command = [sys.executable, __file__, kind, str(number), str(folder)]
    env = os.environ | {"SMILE_EXPLORE_CACHE": str(folder / "cache"), "SMILE_EXPLORE_OFFLINE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    if done.returncode:
        sys.exit(f"{done.stderr}{kind} {number} ended with {done.returncode}, see above")
    return json.loads(done.stdout.splitlines()[-1])


def row(label, got, base, per=1, clock="cpu"):
    each = got[clock] / per
    print(f"  {label:42s} {got['s']:7.2f} s {got['cpu']:7.2f} s {each:8.3f} {each / base:6.2f} x {got['MB']:6.0f} MB", flush=True)  # fmt: skip


def main():
    print(
        f"{os.cpu_count()} cores                                         wall       cpu   a year  ratio   peak above start"
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        got = {n: run("find", n, folder) for n in YEARS}
        for n in YEARS:
            row(f"find, {n} years of 1-min data", got[n], got[1]["cpu"], n)
        write_years(folder)
        whole = run("loaded", 1, folder)
        row("load a year, 12 files", whole, whole["cpu"])
        row("load a year in chunks, mean of p_dyn", run("in_chunks", 1, folder), whole["cpu"])
        row("load a year from the store", run("from_store", 1, folder), whole["cpu"])
        for n in (0, 2):
            it = run("empty", n, folder)
            print(f"  1000 empty intervals, {n or 'no'} workers: {1000 / it['s']:.0f} a second")
        year = run("here", 1, folder)
        row(f"survey, 1 year, {year['result']} events, here", year, year["cpu"])
        two = run("here", 2, folder)
        row(f"survey, 2 years, {two['result']} events, here", two, year["cpu"], 2)
        for n in (1, 2, 4):
            there = run("on_workers", n, folder)
            row(f"survey, 2 years, {n} workers, by wall", there, two["s"] / 2, 2, "s")
        for n in YEARS[1:]:
            here_ = run("here", n, folder)
            row(f"survey, {n} years, {here_['result']} events, here", here_, year["cpu"], n)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], int(sys.argv[2]), sys.argv[3])
    else:
        main()
