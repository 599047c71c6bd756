"""pyspedas in quarantine: nothing leaks out of it, nothing in it can hang or ask."""

import logging
import os
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

from smile_explore import settings, sources
from smile_explore.catalogue import Mirror
from smile_explore.errors import NetworkError, ServerError, SourceError
from smile_explore.sources import periods, pyspedas
from tests.archive.server import closed_port
from tests.sources.conftest import (
    PLACES,
    a_file,
    a_product,
    fetch,
    over_pyspedas,
    validate,
    visible,
)

#: A worker without pyspedas: `call` is what it does with an order.
FAKE = """
import sys
sys.path.append({root!r})
from smile_explore.sources import worker
import os, time
def call(order):
    {call}
worker._quieten = lambda: {start}
worker._instrument = lambda order, channel, faults, sessions: None
worker._call = call
worker.main()
"""


@pytest.fixture
def fake(monkeypatch):
    """Have the next worker do as told; the real one, if it runs, comes back afterwards."""
    monkeypatch.setattr(pyspedas, "_worker", None)
    monkeypatch.setattr(pyspedas, "_GRACE", 0.3)

    def set_up(call="pass", start="None"):
        script = FAKE.format(root=pyspedas._ROOT, call=call, start=start)
        monkeypatch.setattr(pyspedas, "_BOOT", script)

    yield set_up
    pyspedas.stop()


def test_a_question_finds_no_one_to_answer(archive, fake):
    fake("input('SDC username: ')")
    with pytest.raises(SourceError, match="EOFError"):
        fetch(over_pyspedas(second=False))


def test_what_pyspedas_prints_goes_nowhere(archive, fake, capfd):
    fake("print('chatter'); os.write(1, b'chatter'); sys.stderr.write('chatter')")
    with pytest.raises(Exception, match="no such file"):
        fetch(over_pyspedas(second=False))
    assert "chatter" not in "".join(capfd.readouterr())


def test_a_hang_is_killed_and_the_next_call_starts_afresh(archive, fake):
    fake("time.sleep(600)")
    since = time.monotonic()
    with pytest.raises(NetworkError, match="did not answer"):
        fetch(over_pyspedas(second=False))
    assert time.monotonic() - since < 8
    hung = pyspedas._worker
    assert not hung.alive
    fake()
    with pytest.raises(Exception, match="no such file"):
        fetch(over_pyspedas(second=False))
    assert pyspedas._worker is not hung


def test_a_crash_is_told_with_its_last_words(archive, fake):
    fake("sys.stderr.write('Segmentation fault, alas'); sys.stderr.flush(); os._exit(139)")
    with pytest.raises(SourceError, match="Segmentation fault, alas"):
        fetch(over_pyspedas(second=False))


def test_a_pyspedas_that_cannot_be_imported_is_told(archive, fake):
    fake(start="__import__('no_such_module')")
    with pytest.raises(SourceError, match=r"did not start .*no_such_module"):
        fetch(over_pyspedas(second=False))


def test_a_dead_server_is_known_before_pyspedas_is_ready(archive, fake, monkeypatch):
    fake(start="time.sleep(60)")
    monkeypatch.setenv("SMILE_EXPLORE_REWRITE", f"https://=http://127.0.0.1:{closed_port()}/")
    since = time.monotonic()
    with pytest.raises(NetworkError, match="refused"):
        fetch(over_pyspedas())
    assert time.monotonic() - since < 3


def test_ctrl_c_ends_the_download_and_not_the_session(archive, fake, monkeypatch):
    fake("time.sleep(600)")
    calls = []

    def interrupt(self):
        calls.append(1)
        if len(calls) > 8:
            raise KeyboardInterrupt

    monkeypatch.setattr("smile_explore.sources.progress.Progress.tick", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fetch(over_pyspedas())
    monkeypatch.undo()


def test_nothing_of_pyspedas_comes_into_this_process(archive, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    handlers, level = list(logging.getLogger().handlers), logging.getLogger().level
    environment = dict(os.environ)
    archive.put(PLACES["pyspedas"][0] % 12, a_file(12))
    fetch(over_pyspedas())
    assert "pyspedas" not in sys.modules
    assert logging.getLogger().handlers == handlers
    assert logging.getLogger().level == level
    assert dict(os.environ) == environment
    assert [p.name for p in tmp_path.iterdir()] == ["cache"]


def test_one_worker_serves_many_calls(archive):
    for day in (12, 13):
        archive.put(PLACES["pyspedas"][0] % day, a_file(day))
    fetch(over_pyspedas(), 12)
    worker = pyspedas._worker
    fetch(over_pyspedas(), 13)
    assert pyspedas._worker is worker
    assert worker.alive


def test_a_file_cut_once_and_whole_the_second_time_is_taken_without_a_word(archive):
    archive.put(PLACES["pyspedas"][0] % 12, a_file(12))
    archive.fault("*_20080812_*", "truncated", times=1)
    got = fetch(over_pyspedas())
    assert got.paths[0].read_bytes() == a_file(12)
    assert got.notes == ()


def test_a_file_of_another_name_than_the_row_says_is_refused(archive):
    archive.put(PLACES["pyspedas"][0] % 12, a_file(12))
    row = over_pyspedas(second=False)
    object.__setattr__(row, "pattern", "thc_l2_fgm_%Y%m%d_v02.cdf")
    with pytest.raises(ServerError, match=r"sent thc_l2_fgm_20080812_v01.cdf where"):
        fetch(row)
    assert visible() == []


def test_a_server_that_fails_for_ten_files_in_a_row_is_not_asked_for_the_rest(archive):
    for day in range(1, 31):
        archive.put(PLACES["pyspedas"][0] % day, a_file(day, size=100))
    archive.fault("themis.ssl*", "503")
    with pytest.raises(ServerError):
        fetch(over_pyspedas(second=False), 1, 30)
    assert len([path for path in archive.asked if path.endswith(".cdf")]) == 10


ROWS = {
    "omni-1min": ("omni.data", {"datatype": "1min", "level": "hro"}, "month",
        "spdf.gsfc.nasa.gov/pub/data/omni/omni_cdaweb/", "hro_1min/%Y/omni_hro_1min_%Y%m01_v01.cdf"),
    "omni-hourly": ("omni.data", {"datatype": "hourly"}, "halfyear",
        "spdf.gsfc.nasa.gov/pub/data/omni/omni_cdaweb/", "hourly/%Y/omni2_h0_mrg1hr_%Y%m01_v01.cdf"),
    "ace-mfi": ("ace.mfi", {"datatype": "h0"}, "day",
        "spdf.gsfc.nasa.gov/pub/data/ace/", "mag/level_2_cdaweb/mfi_h0/%Y/ac_h0_mfi_%Y%m%d_v06.cdf"),
    "cluster-fgm": ("cluster.fgm", {"probe": "1", "datatype": "cp"}, "day",
        "spdf.gsfc.nasa.gov/pub/data/cluster/", "c1/cp/%Y/c1_cp_fgm_spin_%Y%m%d_v01.cdf"),
    "wind-swe": ("wind.swe", {"datatype": "h1", "addmaster": False}, "day",
        "spdf.gsfc.nasa.gov/pub/data/wind/", "swe/swe_h1/%Y/wi_h1_swe_%Y%m%d_v01.cdf"),
    "themis-state": ("themis.state", {"probe": "c", "level": "l1"}, "day",
        "themis.ssl.berkeley.edu/data/themis/", "thc/l1/state/%Y/thc_l1_state_%Y%m%d.cdf"),
    "themis-state-at-spdf": ("themis.state", {"probe": "c", "level": "l1"}, "day",
        "spdf.gsfc.nasa.gov/pub/data/themis/", "thc/l1/state/%Y/thc_l1_state_%Y%m%d_v03.cdf"),
    "goes-12": ("goes.fgm", {"probe": "12", "datatype": "1min"}, "month",
        "www.ncei.noaa.gov/data/goes-space-environment-monitor/access/",
        "avg/%Y/%m/goes12/netcdf/g12_magneto_1m_%Y%m01_%Y%m28.nc"),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_pyspedas_finds_the_files_of_each_layout(archive, row):
    call, args, period, root, place = row
    start, stop = np.datetime64("2008-06-29"), np.datetime64("2008-07-02")
    wanted = periods.covering(period, start, stop)
    for one in wanted:
        archive.put(f"https://{root}{periods.fill_in(place, one)}", a_file(size=200))
    options = {"call": call, "args": args, "root": f"https://{root}"}
    product = a_product(
        Mirror("pyspedas", root.partition("/")[0], options),
        pattern=place.rpartition("/")[2],
        period=period,
    )
    got = sources.fetch(product, start, stop, validate=validate)
    assert len(got.paths) == len(wanted) > 1
    assert got.missing == ()


SCRIPT = """
    import os, sys, types
    sys.modules["tests"] = types.ModuleType("tests"); sys.modules["tests"].__path__ = [{tests!r}]
    import tests.sources.conftest as c
    from smile_explore.sources import periods, pyspedas
    pyspedas._BOOT = {boot!r}
    try:
        c.fetch(c.over_pyspedas(second=False))
    except Exception as err:
        print(err)
    print(pyspedas._worker._process.pid)
    sys.stdout.flush()
    {end}
"""


@pytest.mark.parametrize("end", ["pass", "os.kill(os.getpid(), 9)"], ids=["exit", "killed"])
def test_the_worker_does_not_outlive_its_parent(archive, tmp_path, end):
    tests = str(pyspedas.Path(__file__).parents[1])
    boot = FAKE.format(root=pyspedas._ROOT, call="pass", start="None")
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT).format(tests=tests, boot=boot, end=end))
    out = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False
    ).stdout
    pid = int(out.split()[-1])
    until = time.monotonic() + 10
    while os.path.exists(f"/proc/{pid}/cmdline") and open(f"/proc/{pid}/cmdline").read():  # noqa: PTH110, PTH123, SIM115
        assert time.monotonic() < until, "the worker is still there"
        time.sleep(0.05)


def test_a_fork_starts_with_its_own_worker():
    before = pyspedas._worker, pyspedas._turn
    pyspedas._forget()
    try:
        assert pyspedas._worker is None
        assert not pyspedas._turn.locked()
    finally:
        pyspedas._worker, pyspedas._turn = before


def test_the_offline_switch_set_meanwhile_reaches_the_worker(archive, monkeypatch):
    from smile_explore.sources.job import Clock
    from smile_explore.sources.session import Session

    with settings.offline(), pytest.raises(SourceError, match="offline"):
        Session(Clock(1)).get(archive.url)
