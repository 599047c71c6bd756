"""Years of data: `find`, loads and surveys over 1, 5 and 25 years: `python benchmarks/survey.py`.

1. `events.find` on 1, 5 and 25 years of 1-min values: seconds a year must stay what they are.
2. A year of OMNI at 5 min (12 files in the archive's layout): loaded at once, with chunks, and from
   the store, beside xarray and Zarr on the same store.
3. A survey for turnings, pulses, shocks and storms, month by month with ten days' margin, over 1,
   5 and 25 years of the same in this process, and from the store.
4. `survey.omni_events` itself on 2 years at 1 min, on 1, 2 and 4 worker processes; and what the
   machine allows: two such surveys at once, in two processes that know nothing of each other.
   No survey is done before its busiest process, nor before all cores have shared its processor
   time: what *on an idle machine at most* says is measured so, on a busy one too.
5. What a survey costs besides: empty intervals, here and through Dask; and what one day of
   `survey.crossings_against_models` takes when its data are there.

Each line is the median of its runs (one for long ones), in a process of its own, after a first call.
*cpu* is the processor time of all processes of the line, client, scheduler and workers together;
*a year* and *ratio* are of it; the speed-up in 4 is of the wall time, and cannot be more than cores.
The files are simulated and written first. Workers are warm when timed.
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
import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "archive"))  # the writer of files
FIRST, YEARS = 1999, (1, 5, 25)
SPREAD = 2  # years that are spread over workers
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
    columns["BZ_GSM"], columns["Pressure"] = steps(n, rng)
    missing = rng.random(n) < 0.05
    return {name: np.where(missing, np.nan, column) for name, column in columns.items()}


def steps(n, rng):
    """Return a southward field and a pressure that change at once, to be found."""
    held = np.repeat(rng.normal(size=(2, n // 100 + 1)), 100, axis=1)[:, :n]
    return 6 * held[0], 2 * np.exp(0.4 * held[1])


def write_years(folder, years, minutes):
    import cdfs
    import pandas as pd

    folder.mkdir(exist_ok=True)  # with a month before and one after, for the margins
    for month in pd.date_range(f"{FIRST - 1}-12-01", periods=12 * years + 2, freq="MS"):
        stop = month + pd.offsets.MonthBegin()
        step = np.timedelta64(minutes, "m")
        time_ = np.arange(month.to_datetime64(), stop.to_datetime64(), step)
        path = folder / f"omni_hro_{minutes}min_{month:%Y%m}01_v01.cdf"
        values = series(len(time_), month.value % 2**32)
        cdfs.omni_hro(path, time_.astype("M8[ns]"), values, cadence=f"{minutes}MIN")


# --------------------------------------------------------------------------- what is measured


def find(years, _folder):
    import xarray as xr

    from smile_explore import events

    n = years * 525_600
    rng = np.random.default_rng(1)
    missing = rng.random(n) < 0.05
    b_z, p_dyn = (np.where(missing, np.nan, column) for column in steps(n, rng))
    stamps = np.datetime64("1999-01-01", "ns") + np.arange(n) * np.timedelta64(60, "s")
    b_z, p_dyn = ("time", b_z, {"units": "nT"}), ("time", p_dyn, {"units": "nPa"})
    ds = xr.Dataset({"b_z": b_z, "p_dyn": p_dyn}, {"time": stamps})
    return lambda: len(events.find(ds, CONDITION)), max(3, 5 // years)


def loaded(years, folder, **how):
    from smile_explore.load import load

    span = (f"{FIRST}-01-01", f"{FIRST + years}-01-01")
    options = {"source": str(folder)} | how
    return lambda: load("omni.5min", *span, **options).sizes["time"], 3


def in_chunks(years, folder):
    """Load with chunks, and take the mean of one variable: numbers come and go file by file."""
    return chunked(years, lambda ds: float(ds.p_dyn.mean().compute(scheduler="synchronous")), source=str(folder))  # fmt: skip


def all_in_chunks(years, folder):
    return chunked(years, lambda ds: ds.compute(scheduler="synchronous").sizes["time"], source=str(folder))  # fmt: skip


def chunked(years, reduced, **how):
    from smile_explore.load import load

    span = (f"{FIRST}-01-01", f"{FIRST + years}-01-01")
    return lambda: reduced(load("omni.5min", *span, chunks="auto", **how)), 3


def from_store(years, folder):
    keep_years(years, folder)
    return loaded(years, folder, source="store")


def store_in_chunks(years, folder):
    keep_years(years, folder)
    return chunked(years, lambda ds: float(ds.p_dyn.mean().compute(scheduler="synchronous")), source="store")  # fmt: skip


def store_by_xarray(years, folder):
    """Read the months of the store as anybody would who has xarray and Zarr."""
    import xarray as xr
    import zarr

    keep_years(years, folder)
    paths = sorted(Path(os.environ["SMILE_EXPLORE_CACHE"]).rglob("*.zarr.zip"))[1 : 12 * years + 1]

    def call():
        stores = [zarr.storage.ZipStore(path, mode="r") for path in paths]
        parts = [
            xr.open_zarr(store, chunks=None, decode_timedelta=False).load() for store in stores
        ]
        return xr.concat(parts, "time", data_vars="minimal", coords="minimal", compat="override", join="override").sizes["time"]  # fmt: skip

    return call, 3


def keep_years(years, folder):
    from smile_explore.load import keep

    keep("omni.5min", f"{FIRST - 1}-12-01", f"{FIRST + years}-02-01", source=str(folder))


def surveyed(years, **how):
    """Return a survey of 5-min values: the files of 25 years are soon written."""
    from smile_explore import survey

    stop = f"{FIRST + years}-01-01" if years else f"{FIRST}-02-01"
    months = survey.every("month", f"{FIRST}-01-01", stop, margin="10D")
    return lambda: counted(survey.run(found, months, "omni.5min", **how))


def found(omni):
    """Return the events of a month that 5-min values can tell."""
    import pandas as pd

    from smile_explore import events

    tables = [
        events.southward_turnings(omni.b),
        events.pressure_pulses(omni.p_dyn),
        events.shocks(omni),
        events.storms(omni.sym_h),
    ]
    return pd.concat(tables, ignore_index=True)


def counted(table):
    """Return how many events there are; a survey that failed is no measurement."""
    if len(failures := json.loads(table.attrs["failures"])):
        sys.exit(f"{len(failures)} intervals failed, the first: {failures[0]}")
    return len(table)


def here(years, folder):
    surveyed(0, source=str(folder))()  # imports
    return surveyed(years, source=str(folder)), 1 if years > 1 else 3


def here_from_store(years, folder):
    keep_years(years, folder)
    return surveyed(years, source="store"), 1 if years > 1 else 3


def ready(folder, client=None):
    """Return the ready survey itself, on 1-min values; once for a month, for the imports."""
    from smile_explore import survey

    def call(stop=f"{FIRST + SPREAD}-01-01"):
        how = {"step": "month", "source": str(folder / "1min")}
        return counted(survey.omni_events(f"{FIRST}-01-01", stop, client, **how))

    call(f"{FIRST}-02-01" if client is None else f"{FIRST}-05-01")
    return call, 1


def in_one(_, folder):
    return ready(folder)


def on_workers(workers, folder):
    return ready(folder, started(workers))


def crossings(_, _folder):
    """Hold a day of the rehearsal's THEMIS against the models, its data loaded before."""
    from smile_explore.load import load
    from smile_explore.survey import ready

    names = [f"themis.a.{kind}" for kind in ("fgm", "esa", "state")] + ["omni.1min"]
    data = [load(name, "2027-03-22", "2027-03-23", source="rehearsal") for name in names]
    return lambda: len(ready._crossings_of(*data)), 5


def started(workers):
    from distributed import LocalCluster

    return LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0")


def empty(workers, _folder):
    """Run intervals that cost nothing."""
    from smile_explore import survey

    cluster = started(workers) if workers else None
    survey.run(lambda: 1, survey.every("day", "2000-01-01", "2000-01-20"), [], cluster)
    days = survey.every("day", "2000-01-01", "2000-05-30")  # 150
    return lambda: len(survey.run(lambda: 1, days, [], cluster)), 1


KINDS = {
    f.__name__: f
    for f in (find, in_one, loaded, in_chunks, all_in_chunks, from_store, store_in_chunks, store_by_xarray,
              here, here_from_store, on_workers, crossings, empty)
}  # fmt: skip


def measure(kind, number, folder):
    """Print, as JSON, the median time and the peak memory above what was there before."""
    call, runs = KINDS[kind](number, Path(folder))
    before = peak()
    took, cpu = [], []
    result = call() if runs > 1 else None
    for _ in range(runs):
        begin = time.perf_counter(), processor()
        result = call()
        took.append(time.perf_counter() - begin[0])
        used = {pid: total - begin[1].get(pid, 0.0) for pid, total in processor().items()}
        cpu.append((sum(used.values()), max(used.values())))
    got = {"s": statistics.median(took), "cpu": statistics.median(c for c, _ in cpu), "busiest": cpu[-1][1], "MB": peak() - before, "result": result}  # fmt: skip
    print(json.dumps(got))


def processor():
    """Return the processor time of this process and of each of its workers so far, seconds."""
    workers = psutil.Process().children(recursive=True)
    return {0: time.process_time()} | {w.pid: sum(w.cpu_times()[:2]) for w in workers}


def peak():
    """Return the peak resident memory of this process in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(t for t in status.read_text().splitlines() if t.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def run(kind, number, folder):
    return finished(begun(kind, number, folder))


def begun(kind, number, folder):
    command = [sys.executable, __file__, kind, str(number), str(folder)]
    env = os.environ | {"SMILE_EXPLORE_CACHE": str(folder / "cache"), "SMILE_EXPLORE_OFFLINE": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)  # fmt: skip


def finished(process):
    told, complaint = process.communicate()
    if process.returncode:
        sys.exit(f"{complaint}{process.args} ended with {process.returncode}, see above")
    return json.loads(told.splitlines()[-1])


def row(label, got, base, per=1):
    each = got["cpu"] / per
    print(f"  {label:42s} {got['s']:7.2f} s {got['cpu']:7.2f} s {each:8.3f} {each / base:6.2f} x {got['MB']:6.0f} MB", flush=True)  # fmt: skip


def main():
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        print(f"{os.cpu_count()} cores                                         wall       cpu   a year  ratio   peak above start")  # fmt: skip
        over_years("find, {0} years of 1-min data", "find", folder)
        write_years(folder / "5min", max(YEARS), 5)
        loads(folder / "5min")
        year = over_years("survey, {0} years, {1} events", "here", folder / "5min")
        got = run("here_from_store", 1, folder / "5min")
        row(f"survey, 1 year from the store, {got['result']} events", got, year)
        day = run("crossings", 1, folder)
        print(
            f"  crossings of a THEMIS day against three models, {day['result']} of them: {1e3 * day['cpu']:.0f} ms cpu"
        )
        write_years(folder / "1min", SPREAD, 1)
        spread(folder)
        for n in (0, 2):
            it = run("empty", n, folder)
            each = 1000 / it["result"]
            print(f"  an empty interval, {n or 'no'} workers: {each * it['s']:.1f} ms wall, {each * it['cpu']:.1f} ms cpu")  # fmt: skip


def over_years(label, kind, folder):
    """Print a row for each number of years; return the processor time of the first."""
    got = [run(kind, n, folder) for n in YEARS]
    for n, it in zip(YEARS, got, strict=True):
        row(label.format(n, it["result"]), it, got[0]["cpu"], n)
    return got[0]["cpu"]


def loads(folder):
    whole = run("loaded", 1, folder)
    row("load a year, 12 files", whole, whole["cpu"])
    for label, kind in (
        ("load a year in chunks, mean of p_dyn", "in_chunks"),
        ("load a year in chunks, all variables", "all_in_chunks"),
        ("load a year from the store", "from_store"),
        ("the same from the store by xarray and Zarr", "store_by_xarray"),
        ("from the store in chunks, mean of p_dyn", "store_in_chunks"),
    ):
        row(label, run(kind, 1, folder), whole["cpu"])


def spread(folder):
    """Print how much faster several processes are, and how much faster they could be."""
    alone = run("in_one", 1, folder)
    print(f"  survey.omni_events, {SPREAD} years of 1-min data, {alone['result']} events")
    print(f"{'':44s}       wall        cpu    busiest   faster   on an idle machine at most")
    line = "  {:42s} {:8.2f} s {:8.2f} s {:8.2f} s {:6.2f} x {:6.2f} x".format

    def show(label, got):
        bound = max(got["busiest"], got["cpu"] / os.cpu_count())  # nobody is done before that
        of_all = (got["s"], got["cpu"], got["busiest"], alone["s"] / got["s"], alone["cpu"] / bound)
        print(line(label, *of_all), flush=True)

    show("in one process", alone)
    both = [finished(p) for p in [begun("in_one", 1, folder) for _ in range(2)]]
    half = {key: sum(got[key] for got in both) / 4 for key in ("s", "cpu", "busiest")}
    show("a half of each in two processes apart", half | {"cpu": 2 * half["cpu"]})
    for n in (1, 2, 4):
        show(f"{n} workers", run("on_workers", n, folder))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], int(sys.argv[2]), sys.argv[3])
    else:
        main()
