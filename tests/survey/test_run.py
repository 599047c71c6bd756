"""A survey never fails, loses nothing and counts nothing twice, wherever it runs."""

import asyncio
import concurrent.futures
import errno
import functools
import os
import platform
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from smile_explore import events, survey
from smile_explore.errors import (
    InputError,
    IntervalError,
    NetworkError,
    PartialCoverageWarning,
    StorageError,
    UnknownProductError,
)
from smile_explore.load import load
from smile_explore.survey import job, parts, where
from tests.survey.conftest import FIRST, LAST, mean_field

FGM = "themis.c.fgm"
BROKEN = "thc_l2_fgm_20080812_v01.cdf"


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr(job, "_PAUSE", 0.0)


def quietly(*args, **how):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return survey.run(*args, **how)


def expected(week):
    """Return the same numbers without a survey: each file read by itself."""
    table = []
    for day in np.arange(FIRST, LAST, dtype="M8[D]"):
        ds = load(FGM, str(day), str(day + 1), source=str(week))
        table.append((np.datetime64(day, "ns"), 1440, float(ds.b[:, 0].mean())))
    return pd.DataFrame(table, columns=["start", "n", "b_x"])


# ---------------------------------------------------------------- what comes out


def test_each_interval_is_loaded_computed_and_kept_in_order(week, days):
    found = survey.run(mean_field(), days, FGM, source=str(week))
    pd.testing.assert_frame_equal(found[["start", "n", "b_x"]], expected(week))
    assert len(survey.failures(found)) == 0
    assert (found.attrs["survey"], found.attrs["products"]) == ("mean", FGM)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_result_is_the_same_on_any_number_of_workers(week, half_days, workers):
    from distributed import LocalCluster

    here = survey.run(mean_field(), half_days, FGM, source=str(week))
    how = {"threads_per_worker": 1, "processes": False, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(n_workers=workers, **how) as cluster, cluster.get_client() as client:
        for where_ in (cluster, client, cluster.scheduler_address):
            there = survey.run(mean_field(), half_days, FGM, where_, source=str(week))
            pd.testing.assert_frame_equal(here, there)


def test_a_pipeline_hands_on_and_gets_the_interval(week, days):
    def field(fgm):
        return fgm.b[:, 0]

    def least(b_x, interval):
        return {"least": float(b_x.min()), "length": interval["stop"] - interval["start"]}

    found = survey.run([field, least], days, [FGM], source=str(week))
    assert (found.length == pd.Timedelta("1D")).all()
    assert (found.least < 0).all()


@pytest.mark.parametrize(
    ("value", "column"),
    [
        pytest.param(3.5, "value", id="a number"),
        pytest.param(np.float32(2), "value", id="of numpy"),
        pytest.param({"a": 1, "when": np.datetime64("2008-08-11")}, "a", id="a dict"),
        pytest.param(pd.Series({"a": 1.0}), "a", id="a series"),
        pytest.param(xr.DataArray(4.0), "value", id="an array of one"),
    ],
)
def test_a_number_or_several_make_one_row(days, value, column):
    found = survey.run(lambda: value, days, [])
    assert found[column].notna().all()
    assert found.start.tolist() == days.start.tolist()


def test_datasets_are_joined_along_time_each_stamp_once(week, half_days, tmp_path):
    def hourly(fgm):
        return fgm.coarsen(time=60, coord_func="min").mean()

    overlapping = half_days.assign(stop=half_days.stop + pd.Timedelta("2h"))[:-1]
    for folder in (None, tmp_path / "kept"):
        found = survey.run(hourly, overlapping, FGM, folder=folder, source=str(week))
        assert found.sizes["time"] == 7 * 24 - 10
        assert found.time.to_index().is_monotonic_increasing
    with xr.open_zarr(tmp_path / "kept" / "result.zarr") as kept:
        np.testing.assert_array_equal(kept.b, found.b)


def test_datasets_without_time_get_a_dim_of_intervals(week, days):
    def spectrum(fgm):
        return xr.Dataset({"p": ("k", np.abs(np.fft.rfft(fgm.b[:, 0]))[:5])})

    found = survey.run(spectrum, days, FGM, source=str(week))
    assert found.p.shape == (7, 5)
    assert found.start.values.tolist() == days.start.to_numpy().tolist()


def test_an_event_over_an_edge_is_found_once_and_whole(week):
    def strong(fgm):
        return events.find(fgm, "b_x > 5 for >= 20min")

    whole = strong(load(FGM, FIRST, LAST, source=str(week)))
    pieces = survey.every("3h", FIRST, LAST, margin="1D")
    found = survey.run(strong, pieces, FGM, source=str(week))
    pd.testing.assert_frame_equal(found, whole, check_dtype=False)
    edges = set(pieces.start)
    assert any(any(a < edge < b for edge in edges) for a, b in zip(whole.start, whole.stop, strict=True))  # fmt: skip


def test_nothing_found_keeps_the_columns(week, days):
    found = survey.run(lambda fgm: events.find(fgm, "b_x > 1e6"), days, FGM, source=str(week))
    assert list(found) == ["start", "stop"]
    assert len(found) == 0


# ---------------------------------------------------------------- faults


def test_a_failing_interval_is_told_and_stops_nothing(week, days):
    def unlucky(fgm, interval):
        if interval.start == pd.Timestamp("2008-08-12"):
            raise ZeroDivisionError("thirteen")  # noqa: EM101
        return {"n": fgm.sizes["time"]}

    with pytest.warns(PartialCoverageWarning, match=r"1 of 7 .*2008-08-12.*ZeroDivisionError"):
        found = survey.run(unlucky, days, FGM, source=str(week))
    told = survey.failures(found)
    assert len(found) == 6
    assert told[["state", "error", "message", "tries"]].values.tolist() == [["failed", "ZeroDivisionError", "thirteen", 1]]  # fmt: skip
    assert told.start[0] == pd.Timestamp("2008-08-12")


def test_a_corrupt_file_is_told_and_done_again_once_mended(week, days, tmp_path):
    good = (week / BROKEN).read_bytes()
    (week / BROKEN).write_bytes(good[: len(good) // 2])
    how = {"folder": tmp_path / "kept", "source": str(week)}
    found = quietly(mean_field(), days, FGM, **how)
    told = survey.failures(found)
    assert set(told.error) == {"CorruptFileError"}
    assert pd.Timestamp("2008-08-12") in told.start.tolist()
    assert len(told) <= 3, "a folder's file may run past midnight, no farther"
    (week / BROKEN).write_bytes(good)
    mended = survey.run(mean_field(), days, FGM, **how)
    pd.testing.assert_frame_equal(mended[["start", "n", "b_x"]], expected(week))


def test_finished_intervals_are_not_done_again(week, days, tmp_path):
    def count(fgm, interval):
        with (tmp_path / "calls").open("a") as file:
            file.write(f"{interval.start}\n")
        return {"n": fgm.sizes["time"]}

    how = {"folder": tmp_path / "kept", "source": str(week)}
    first = survey.run(count, days[:4], FGM, **how)
    whole = survey.run(count, days, FGM, **how)
    assert len((tmp_path / "calls").read_text().splitlines()) == 7
    assert (len(first), len(whole)) == (4, 7)
    kept = pd.read_parquet(tmp_path / "kept" / "result.parquet")
    pd.testing.assert_frame_equal(kept, whole)


def test_a_full_disk_stops_the_survey_which_goes_on_later(week, days, tmp_path, monkeypatch):
    write, room = parts.write_whole, iter(range(3))

    def full(path, data):
        if next(room, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(path, data)

    how = {"folder": tmp_path / "kept", "source": str(week)}
    with monkeypatch.context() as patch:
        patch.setattr(parts, "write_whole", full)
        found = quietly(mean_field(), days, FGM, **how)
    told = survey.failures(found)
    assert (len(found), told.state.tolist()) == (3, ["not tried"] * 4)
    again = survey.run(mean_field(), days, FGM, **how)
    pd.testing.assert_frame_equal(again[["start", "n", "b_x"]], expected(week))


def test_a_small_real_disk_that_fills_is_survived(days, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        found = quietly(lambda interval: {"noise": os.urandom(80_000)}, days, [], folder=disk)
        told = survey.failures(found)
        assert len(found) + len(told) == 7
        assert set(told.error) == {"StorageError"}
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_damaged_or_half_written_part_is_done_again(week, days, tmp_path):
    how = {"folder": tmp_path / "kept", "source": str(week)}
    whole = survey.run(mean_field(), days, FGM, **how)
    held = sorted((tmp_path / "kept" / "parts").iterdir())
    body = bytearray(held[0].read_bytes())
    body[len(body) // 2] ^= 1
    held[0].write_bytes(body)
    held[1].write_bytes(held[1].read_bytes()[:100])
    held[2].unlink()
    pd.testing.assert_frame_equal(survey.run(mean_field(), days, FGM, **how), whole)


def test_an_interval_with_a_missing_day_is_partial_and_done_again(week, tmp_path, monkeypatch):
    import dataclasses

    from smile_explore import catalogue, settings
    from tests.archive.server import Archive

    row = catalogue.product(FGM)
    web = [m for m in row.mirrors if m.source == "http"]
    rows = catalogue.table() | {FGM: dataclasses.replace(row, mirrors=tuple(web))}
    monkeypatch.setattr(catalogue, "table", lambda: rows)
    for name in ("PATIENCE", "DEADLINE"):
        monkeypatch.setenv(f"SMILE_EXPLORE_{name}", "3")
    pairs = survey.every("2D", FIRST, "2008-08-16")
    reference = survey.run(mean_field(), pairs, FGM, source=str(week))
    how = {"folder": tmp_path / "kept", "retries": 1}
    with Archive() as archive:
        monkeypatch.setenv("SMILE_EXPLORE_REWRITE", archive.rewrite)
        for path in week.iterdir():
            archive.put(f"https://spdf.gsfc.nasa.gov/pub/data/themis/thc/l2/fgm/2008/{path.name}", path.read_bytes())  # fmt: skip
        archive.fault("*_20080811_*", "503")
        archive.fault("*_2008081[23]_*", "503")
        found = quietly(mean_field(), pairs, FGM, **how)
        told = survey.failures(found)
        assert told.state.tolist() == ["partial", "failed"]
        assert told.error.tolist() == ["PartialCoverageWarning", "ServerError"]
        assert told.tries.tolist() == [1, 2]
        archive.heal()
        whole = survey.run(mean_field(), pairs, FGM, **how)
    pd.testing.assert_frame_equal(whole, reference)
    monkeypatch.setenv("SMILE_EXPLORE_REWRITE", "https://spdf.gsfc.nasa.gov/=http://127.0.0.1:9/")
    with settings.offline():  # the network is gone, and nothing is asked of it
        again = survey.run(mean_field(), pairs, FGM, **how)
        elsewhere = quietly(mean_field(), survey.every("day", "2010-01-01", "2010-01-03"), FGM)
    pd.testing.assert_frame_equal(again, reference)
    assert survey.failures(elsewhere).error.tolist() == ["OfflineError"] * 2


# ---------------------------------------------------------------- kills

SCRIPT = """
import sys, time
from smile_explore import survey

def slowly(interval):
    time.sleep(0.1)
    return {"day": interval.start.day}

days = survey.every("day", "2008-08-01", "2008-08-21")
found = survey.run(slowly, days, [], folder=sys.argv[1])
print(found.day.tolist(), len(survey.failures(found)))
"""


def test_a_killed_survey_goes_on_where_it_was(tmp_path):
    script, kept = tmp_path / "study.py", tmp_path / "kept"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), str(kept)]
    running = subprocess.Popen(command)
    wait_for(lambda: len(list(kept.glob("parts/*.parquet"))) >= 3)
    running.kill()
    running.wait()
    before = {p.name: p.stat().st_mtime_ns for p in kept.glob("parts/*.parquet")}
    assert 3 <= len(before) < 20
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{list(range(1, 21))} 0"
    after = {p.name: p.stat().st_mtime_ns for p in kept.glob("parts/*.parquet")}
    assert len(after) == 20
    assert before.items() <= after.items(), "what was done was done again"


def wait_for(condition, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.05)


def slowly(folder):
    """Return a slow function that leaves word of each interval it begins."""

    def slow(interval):
        (Path(folder) / f"begun-{interval.start:%H}-{os.getpid()}").touch()
        time.sleep(0.3)
        return {"hour": interval.start.hour}

    return slow


HOURS = survey.every("1h", "2008-08-12", "2008-08-12 12:00")


def test_a_killed_worker_costs_nothing(tmp_path):
    from distributed import LocalCluster

    how = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "silence_logs": 50}
    with LocalCluster(n_workers=2, **how) as cluster, cluster.get_client() as client:
        killer = threading.Thread(target=kill_one, args=(tmp_path,))
        killer.start()
        found = survey.run(slowly(tmp_path), HOURS, [], client)
        killer.join()
    assert found.hour.tolist() == list(range(12))
    assert len(survey.failures(found)) == 0
    assert len(list(tmp_path.glob("begun-*"))) > 12, "no interval was begun twice: nobody died"


def kill_one(folder):
    wait_for(lambda: len(list(folder.glob("begun-*"))) >= 3)
    newest = max(folder.glob("begun-*"), key=lambda p: p.stat().st_mtime_ns)
    os.kill(int(newest.name.rpartition("-")[2]), signal.SIGKILL)


CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    cluster = LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address="127.0.0.1:0")
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
"""


def test_a_killed_scheduler_ends_the_survey_with_a_list_and_it_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(where, "_GRACE", 2.0)
    script, kept = tmp_path / "cluster.py", tmp_path / "kept"
    script.write_text(CLUSTER)
    running = subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    address = running.stdout.readline().strip()
    killer = threading.Thread(
        target=lambda: (
            wait_for(lambda: len(list(kept.glob("parts/*.parquet"))) >= 2),
            os.killpg(running.pid, signal.SIGKILL),
        )
    )
    killer.start()
    found = quietly(slowly(tmp_path), HOURS, [], address, folder=kept)
    killer.join()
    running.wait()
    told = survey.failures(found)
    assert 2 <= len(found) < 12
    assert len(found) + len(told) == 12
    assert set(told.state) == {"not tried"}
    again = survey.run(slowly(tmp_path), HOURS, [], folder=kept)
    assert again.hour.tolist() == list(range(12))


def test_an_interval_that_kills_its_worker_is_a_failure_of_its_own(tmp_path):
    import dask
    from distributed import LocalCluster

    def deadly(interval):
        if interval.start.hour == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return {"hour": interval.start.hour}

    how = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "silence_logs": 50}
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        LocalCluster(n_workers=1, **how) as cluster,
    ):
        found = quietly(deadly, HOURS[:3], [], cluster)
    assert "KilledWorker" in set(survey.failures(found).error)
    assert 1 not in found.get("hour", pd.Series()).tolist()


def test_only_a_few_intervals_are_in_flight(monkeypatch):
    class Client:
        status, most, held = "running", 0, ()

        def nthreads(self):
            return {"a": 2}

        def submit(self, function, given, **_how):
            self.held = [*self.held, future := Future(function(given))]
            self.most = max(self.most, sum(not f.released for f in self.held))
            return future

        def gather(self, futures):
            return [future.result() for future in futures]

        def cancel(self, futures):
            assert futures == []

    class Future:
        status, released = "finished", False

        def __init__(self, value):
            self.value = value

        def result(self):
            return self.value

        def release(self):
            self.released = True

    client = Client()
    found = survey.run(lambda interval: interval.start.day, survey.every("day", "2008-01-01", "2008-04-01"), [], client)  # fmt: skip
    assert len(found) == 91
    assert client.most <= 2 * 2 * where._AHEAD


@pytest.mark.parametrize(
    "error", [OSError, asyncio.CancelledError, concurrent.futures.CancelledError]
)
def test_results_that_cannot_be_had_together_are_asked_for_one_by_one(error):
    class Future:
        status = "finished"

        def __init__(self, value):
            self.value = value

        def result(self):
            if self.value is None:
                raise error
            return self.value

    class Client:
        def gather(self, _futures):
            raise error

    found = where._outcomes(Client(), [Future("a"), Future("b"), Future(None)])
    assert [next(found)[1], next(found)[1]] == ["a", "b"]
    with pytest.raises(where.ClusterLostError):
        next(found)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc hands back so eagerly")
def test_a_worker_keeps_the_memory_of_its_arrays():
    """Count the pages that a thread fetches anew for arrays it makes and frees."""
    code = """
import resource, threading
import numpy as np
from smile_explore.survey import where

def faults():
    a, before = np.ones(400_000), resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        (a * 2 + 1).sum()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)

def both():
    faults()
    assert where.keep_freed_memory()
    faults()  # grows to what it needs
    faults()

thread = threading.Thread(target=both)
thread.start()
thread.join()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, _, after = map(int, done.stdout.split())
    assert after < before / 10


# ---------------------------------------------------------------- what cannot be asked


@pytest.mark.parametrize(
    ("args", "error", "told"),
    [
        pytest.param((len, [], "omni.1min"), InputError, "are none", id="no intervals"),
        pytest.param((len, pd.DataFrame({"a": [1]}), []), InputError, "start, stop", id="no start"),
        pytest.param(("mean", [("2008", "2009")], []), InputError, "'mean' is no function", id="no function"),
        pytest.param((len, [("2008-01-02", "2008-01-01")], []), IntervalError, "Interval 0.*reversed", id="reversed"),
        pytest.param((len, [("2008-01-01", "2008-01-02")] * 2, []), InputError, "given twice", id="twice"),
        pytest.param((len, [("2008-01-01", "2008-01-02")], "omni.1mn"), UnknownProductError, "omni.1min", id="product"),
        pytest.param((len, [("2008-01-01", "2008-01-02")], [], 7), InputError, "client=7", id="client"),
        pytest.param((functools.partial(len, threading.Lock()), [("2008-01-01", "2008-01-02")], []), InputError, "cannot be told", id="unknowable"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_in_a_sentence(args, error, told):
    with pytest.raises(error, match=told):
        survey.run(*args)


def test_no_scheduler_at_the_address_is_said(monkeypatch):
    monkeypatch.setattr(where, "_GRACE", 0.5)
    with pytest.raises(NetworkError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        survey.run(mean_field(), HOURS, [], "tcp://127.0.0.1:9")


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be written"):
        survey.run(mean_field(), HOURS, [], folder=tmp_path / "file")


def test_nothing_returned_or_something_unwritable_is_a_failure(days):
    nothing = quietly(lambda: None, days[:1], [])
    assert "returned NoneType" in survey.failures(nothing).message[0]
    odd = quietly(lambda: {"a": object()}, days[:1], [])
    assert "cannot be written" in survey.failures(odd).message[0]


def test_tables_and_datasets_do_not_mix(days):
    def mixed(interval):
        return {"a": 1} if interval.start.day % 2 else xr.Dataset({"a": 1})

    with pytest.raises(InputError, match="3 tables and 4 Datasets"):
        survey.run(mixed, days, [])


def test_failures_are_of_surveys_alone():
    with pytest.raises(InputError, match="not the result of a survey"):
        survey.failures(pd.DataFrame())
