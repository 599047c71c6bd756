"""`fetch`: what a user gets from a healthy archive, and from every broken one."""

import resource
import socket
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from smile_explore import settings, sources
from smile_explore.catalogue import Mirror
from smile_explore.errors import (
    CorruptFileError,
    NetworkError,
    NoDataError,
    OfflineError,
    ServerError,
    StorageError,
)
from smile_explore.sources import cache
from tests.archive.server import Archive, closed_port, wait_for
from tests.sources.conftest import (
    BERKELEY,
    DEADLINE,
    PATIENCE,
    PLACES,
    PRODUCTS,
    SPDF,
    a_file,
    a_product,
    fetch,
    http_mirror,
    left_over,
    over_http,
    validate,
    visible,
)

#: What each fault of a server is called when no other server helps.
FAULTS = {
    "404": NoDataError,
    "403": ServerError,
    "500": ServerError,
    "503": ServerError,
    "silent": NetworkError,
    "stall": NetworkError,
    "slow": NetworkError,
    "truncated": CorruptFileError,
    "truncated-no-length": CorruptFileError,
    "header": CorruptFileError,
    "flipped": CorruptFileError,
    "empty": CorruptFileError,
    "wrong": CorruptFileError,
    "page": ServerError,
}
BOTH = pytest.mark.parametrize("transport", ["http", "pyspedas"])
ALL_FAULTS = pytest.mark.parametrize(("fault", "error"), FAULTS.items(), ids=FAULTS)


# --------------------------------------------------------------------------- a healthy archive


@BOTH
def test_a_day_comes_from_the_first_server_as_it_is_there(archive, transport):
    archive.put(PLACES[transport][0] % 12, a_file(12))
    got = fetch(PRODUCTS[transport]())
    assert [path.read_bytes() for path in got.paths] == [a_file(12)]
    assert got.source == f"themis.ssl.berkeley.edu via {transport}"
    assert got.missing == ()
    assert got.notes == ()


@BOTH
def test_a_past_day_is_never_asked_for_again(archive, transport):
    archive.put(PLACES[transport][0] % 12, a_file(12))
    first = fetch(PRODUCTS[transport]())
    archive.heal()
    again = fetch(PRODUCTS[transport]())
    assert archive.asked == []
    assert again.paths == first.paths
    assert again.source == "cache"
    assert again.retrieved == first.retrieved


@BOTH
def test_refresh_asks_for_what_is_cached(archive, transport):
    archive.put(PLACES[transport][0] % 12, a_file(12))
    fetch(PRODUCTS[transport]())
    archive.put(PLACES[transport][0] % 12, a_file(99))
    assert fetch(PRODUCTS[transport](), refresh=True).paths[0].read_bytes() == a_file(99)


@BOTH
def test_days_come_in_time_order_and_only_those_that_lack_are_asked_for(archive, transport):
    for day in range(10, 15):
        archive.put(PLACES[transport][0] % day, a_file(day))
    fetch(PRODUCTS[transport](), 12)
    archive.heal()
    got = fetch(PRODUCTS[transport](), 10, 5)
    assert [path.read_bytes() for path in got.paths] == [a_file(day) for day in range(10, 15)]
    assert got.source == f"themis.ssl.berkeley.edu via {transport}, cache"
    assert not [path for path in archive.asked if "20080812" in path]


@BOTH
def test_days_that_no_server_has_are_told_as_missing(archive, transport):
    for day in (10, 11, 14):
        archive.put(PLACES[transport][0] % day, a_file(day))
    got = fetch(PRODUCTS[transport](), 10, 6)
    assert len(got.paths) == 3
    assert got.missing == (
        (np.datetime64("2008-08-12"), np.datetime64("2008-08-14")),
        (np.datetime64("2008-08-15"), np.datetime64("2008-08-16")),
    )


def test_a_redirection_to_the_real_host_is_followed_to_the_copy(archive):
    archive.put(PLACES["http"][0] % 12, a_file(12))
    archive.fault("*c_20080812*", "redirect", times=1)
    assert fetch(over_http()).paths[0].read_bytes() == a_file(12)


@BOTH
def test_no_connection_is_held_that_another_call_may_need(monkeypatch, transport):
    with Archive(threads=False) as small:
        monkeypatch.setenv("SMILE_EXPLORE_REWRITE", small.rewrite)
        small.put(PLACES[transport][0] % 12, a_file(12))
        warm_up(transport)
        fetch(PRODUCTS[transport]())
        with pytest.raises(NoDataError):
            fetch(PRODUCTS[transport](), 13)
        small.fault("*", "500")
        with pytest.raises(ServerError):
            fetch(PRODUCTS[transport](), 14)
        small.heal()
        assert fetch(PRODUCTS[transport](), refresh=True).notes == ()


# --------------------------------------------------------------------------- a broken archive


@BOTH
@ALL_FAULTS
def test_a_fault_is_named_in_time_and_leaves_nothing_behind(archive, transport, fault, error):
    archive.put(PLACES[transport][0] % 12, a_file(12))
    archive.fault("*_20080812_*", fault)
    warm_up(transport)
    since = time.monotonic()
    with pytest.raises(error) as caught:
        fetch(PRODUCTS[transport]())
    assert time.monotonic() - since < DEADLINE + PATIENCE + 2
    assert type(caught.value) is error
    for part in ("2008-08-12", "themis.ssl.berkeley.edu", "Cached of it: nothing"):
        assert part in str(caught.value)
    assert visible() == []
    assert left_over() == []
    archive.heal()
    assert fetch(PRODUCTS[transport]()).paths[0].read_bytes() == a_file(12)


@BOTH
@ALL_FAULTS
def test_a_fault_costs_nothing_that_is_cached(archive, transport, fault, error):
    archive.put(PLACES[transport][0] % 12, a_file(12))
    fetch(PRODUCTS[transport]())
    archive.put(PLACES[transport][0] % 12, a_file(99))
    archive.fault("*_20080812_*", fault)
    got = fetch(PRODUCTS[transport](), refresh=True)
    assert got.paths[0].read_bytes() == a_file(12)
    assert got.source == "cache"
    assert "themis.ssl.berkeley.edu" in " ".join(got.notes)


@BOTH
@pytest.mark.parametrize("fault", ["404", "500", "silent", "truncated", "header", "page"])
def test_the_second_server_answers_when_the_first_fails(archive, transport, fault):
    first, second = PLACES[transport]
    archive.put(first % 12, a_file(12))
    archive.put(second % 12, a_file(12))
    archive.fault("themis.ssl*_20080812_*", fault)
    warm_up(transport)
    since = time.monotonic()
    got = fetch(PRODUCTS[transport]())
    assert time.monotonic() - since < PATIENCE + 3
    assert got.paths[0].read_bytes() == a_file(12)
    assert got.source == f"spdf.gsfc.nasa.gov via {transport}"


def warm_up(transport):
    """Have pyspedas imported already: that takes its time, whatever the server does."""
    if transport == "pyspedas":
        with pytest.raises(NoDataError):
            fetch(PRODUCTS[transport](), 1)


@BOTH
def test_a_server_that_refuses_connections_is_a_network_error(archive, transport, monkeypatch):
    port = closed_port()
    monkeypatch.setenv("SMILE_EXPLORE_REWRITE", f"https://=http://127.0.0.1:{port}/")
    with pytest.raises(NetworkError, match="refused the connection"):
        fetch(PRODUCTS[transport]())


@BOTH
def test_a_name_that_does_not_resolve_is_a_network_error(archive, transport, monkeypatch):
    monkeypatch.setenv("SMILE_EXPLORE_REWRITE", "https://=http://no-such-host.invalid/")
    with pytest.raises(NetworkError, match=r"no-such-host.invalid cannot be resolved"):
        fetch(PRODUCTS[transport]())


@BOTH
def test_one_bad_day_does_not_cost_the_others(archive, transport):
    for day in range(10, 15):
        archive.put(PLACES[transport][0] % day, a_file(day))
    archive.fault("*_20080812_*", "500")
    got = fetch(PRODUCTS[transport](), 10, 5)
    assert [path.read_bytes() for path in got.paths] == [a_file(day) for day in (10, 11, 13, 14)]
    assert got.missing == ((np.datetime64("2008-08-12"), np.datetime64("2008-08-13")),)
    assert "500" in got.notes[0]


@BOTH
@pytest.mark.parametrize("fault", ["silent", "stall", "slow", "truncated"])
def test_a_first_day_that_hangs_does_not_cost_the_others(archive, transport, fault):
    for day in (10, 11, 12):
        archive.put(PLACES[transport][0] % day, a_file(day))
    archive.fault("*_20080810_*", fault)
    warm_up(transport)
    got = fetch(PRODUCTS[transport](), 10, 3)
    assert [path.read_bytes() for path in got.paths] == [a_file(11), a_file(12)]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("404", NoDataError), ("403", ServerError), ("500", ServerError), ("silent", NetworkError),
        ("stall", NetworkError), ("truncated", CorruptFileError), ("slow", NetworkError),
    ],
)  # fmt: skip
@BOTH
def test_a_fault_of_a_folders_page_is_named(archive, transport, fault, error):
    if (transport, fault) == ("pyspedas", "slow"):
        pytest.skip("costs a new worker: test_a_hang_is_killed has it")
    row = over_http() if transport == "http" else with_folder()
    for day in range(1, 30):
        archive.put(PLACES["http"][0] % day, b"")
        archive.put(
            f"{SPDF}ace/mag/level_2_cdaweb/mfi_h0/2008/ac_h0_mfi_200808{day:02d}_v05.cdf", b""
        )
    archive.fault("*/", fault)
    warm_up(transport)
    with pytest.raises(error):
        fetch(row)
    assert visible() == []


def with_folder():
    """Return a product of pyspedas whose version has to be looked up."""
    options = {"call": "ace.mfi", "args": {"datatype": "h0"}, "root": f"{SPDF}ace/"}
    return a_product(
        Mirror("pyspedas", "spdf.gsfc.nasa.gov", options), pattern="ac_h0_mfi_%Y%m%d_v??.cdf"
    )


def test_what_the_first_server_says_decides_when_the_second_is_away(archive, monkeypatch):
    archive.put(PLACES["http"][0] % 1, a_file(1))
    away = f"https://spdf.gsfc.nasa.gov/=http://127.0.0.1:{closed_port()}/"
    monkeypatch.setenv("SMILE_EXPLORE_REWRITE", f"{away} {archive.rewrite}")
    with pytest.raises(NoDataError, match=r"berkeley.edu has no such file; spdf.* refused"):
        fetch(over_http())


def test_a_silent_server_is_asked_last_for_a_while(archive, monkeypatch):
    for day in (12, 13):
        archive.put(PLACES["http"][1] % day, a_file(day))
    away = f"https://themis.ssl.berkeley.edu/=http://127.0.0.1:{closed_port()}/"
    monkeypatch.setenv("SMILE_EXPLORE_REWRITE", f"{away} {archive.rewrite}")
    assert "refused" in fetch(over_http(), 12).notes[0]
    assert fetch(over_http(), 13).notes == ()


def test_an_error_tells_what_is_cached_of_the_product(archive):
    for day in (1, 2, 3, 7):
        archive.put(PLACES["http"][0] % day, a_file(day))
    fetch(over_http(), 1, 7)
    with pytest.raises(
        NoDataError,
        match="Cached of it: 2008-08-01 00:00 to 2008-08-04 00:00, 2008-08-07 00:00 to 2008-08-08 00:00",
    ):
        fetch(over_http(), 20)


# --------------------------------------------------------------------------- the disk


@BOTH
def test_a_full_disk_is_a_storage_error_and_good_files_stay(archive, transport):
    archive.put(PLACES[transport][0] % 11, a_file(11))
    archive.put(PLACES[transport][0] % 12, a_file(12, size=2_000_000))
    good = fetch(PRODUCTS[transport](), 11).paths[0]
    with full_disk(transport), pytest.raises(StorageError, match="SMILE_EXPLORE_CACHE"):
        fetch(PRODUCTS[transport](), 12)
    assert good.read_bytes() == a_file(11)
    assert visible() == [good.name]
    assert left_over() == []
    assert fetch(PRODUCTS[transport](), 12).paths[0].stat().st_size > 2_000_000


class full_disk:
    """No file may grow past 300 kB: the same refusal in the same call as on a full disk."""

    def __init__(self, transport):
        from smile_explore.sources import pyspedas

        if transport == "pyspedas" and not hasattr(resource, "prlimit"):
            pytest.skip("only Linux limits the files of another process")
        self.pid = pyspedas._worker._process.pid if transport == "pyspedas" else 0

    def _set(self, soft):
        if self.pid:
            resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (soft, self.before[1]))
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, self.before[1]))

    def __enter__(self):
        self.before = resource.getrlimit(resource.RLIMIT_FSIZE)
        self._set(300_000)

    def __exit__(self, *_exc):
        self._set(self.before[0])


def test_a_cache_folder_that_cannot_be_made_is_a_storage_error(archive, tmp_path, monkeypatch):
    (tmp_path / "occupied").write_text("a file where the folder should be")
    monkeypatch.setenv("SMILE_EXPLORE_CACHE", str(tmp_path / "occupied" / "cache"))
    archive.put(PLACES["http"][0] % 12, a_file(12))
    with pytest.raises(StorageError, match="occupied"):
        fetch(over_http())


def test_a_cache_that_cannot_be_written_still_serves_what_it_holds(archive):
    archive.put(PLACES["http"][0] % 12, a_file(12))
    archive.put(PLACES["http"][0] % 13, a_file(13))
    fetch(over_http(), 12)
    for room in ("staging", "locks"):
        cache.shutil.rmtree(settings.cache_dir() / room)
        (settings.cache_dir() / room).write_text("in the way")
    assert fetch(over_http(), 12).source == "cache"
    with pytest.raises(StorageError):
        fetch(over_http(), 13)


# --------------------------------------------------------------------------- offline


def test_offline_no_socket_is_opened_and_the_cache_answers(archive, monkeypatch):
    archive.put(PLACES["http"][0] % 12, a_file(12))
    online = fetch(over_http(), 12)

    def forbidden(*_args, **_named):
        pytest.fail("a socket was opened offline")

    monkeypatch.setattr(socket, "socket", forbidden)
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    with settings.offline():
        assert fetch(over_http(), 12).paths == online.paths
        assert fetch(over_http(), 12, refresh=True).paths == online.paths
        assert fetch(over_http(), 11, 3).missing != ()
        with pytest.raises(OfflineError, match="2008-08-12 00:00 to 2008-08-13 00:00"):
            fetch(over_http(), 20)
    with pytest.raises(OfflineError):
        fetch(over_http(), 20, network=False)


# --------------------------------------------------------------------------- many at once


@BOTH
def test_eight_threads_that_want_the_same_ask_once(archive, transport):
    for day in (12, 13):
        archive.put(PLACES[transport][0] % day, a_file(day))
    product = PRODUCTS[transport]()
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: fetch(product, 12, 2), range(8)))
    assert {g.paths for g in got} == {got[0].paths}
    assert sorted(p.rpartition("/")[2] for p in archive.asked if not p.endswith("/")) == [
        path.name for path in got[0].paths
    ]


def test_eight_threads_that_want_different_days_get_their_own(archive):
    for day in range(1, 9):
        archive.put(PLACES["pyspedas"][0] % day, a_file(day))
    product = PRODUCTS["pyspedas"]()
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda day: fetch(product, day), range(1, 9)))
    assert [g.paths[0].read_bytes() for g in got] == [a_file(day) for day in range(1, 9)]


SCRIPT = """
    import sys
    sys.path.insert(0, {root!r})
    import tests.sources.conftest as c
    got = c.fetch(c.over_http(), 10, 4)
    print(got.source, len(got.paths))
"""


def another_process(tmp_path):
    script = tmp_path / "fetch.py"
    root = str(sources.Path(__file__).parents[2])
    script.write_text(
        # a package called tests in site-packages must not win over this folder
        textwrap.dedent(SCRIPT).format(root=root).replace(
            "import tests.sources.conftest as c",
            f"import types; sys.modules['tests'] = types.ModuleType('tests'); "
            f"sys.modules['tests'].__path__ = [{root + '/tests'!r}]\nimport tests.sources.conftest as c",
        )
    )  # fmt: skip
    return subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_two_processes_that_want_the_same_ask_once(archive, tmp_path):
    for day in range(10, 14):
        archive.put(PLACES["http"][0] % day, a_file(day, size=500_000))
    answers = [p.communicate(timeout=60) for p in [another_process(tmp_path) for _ in range(2)]]
    assert sorted(out for out, _ in answers) == [
        "cache 4\n",
        "themis.ssl.berkeley.edu via http 4\n",
    ], answers
    assert len([path for path in archive.asked if path.endswith(".dat")]) == 4


def test_a_process_killed_in_the_midst_leaves_nothing_that_is_seen(archive, tmp_path):
    for day in range(10, 14):
        archive.put(PLACES["http"][0] % day, a_file(day))
    archive.fault("*_20080812_*", "stall")
    process = another_process(tmp_path)
    wait_for(lambda: any("20080812" in path for path in archive.asked), 30)
    process.kill()
    process.communicate()
    assert visible() == ["c_20080810_v01.dat", "c_20080811_v01.dat"]
    assert len(left_over()) == 1
    archive.heal()
    assert len(fetch(over_http(), 10, 4).paths) == 4
    assert left_over() == []
    assert [path for path in archive.asked if "20080810" in path] == []


# --------------------------------------------------------------------------- files that are not final


def test_a_file_fetched_before_its_period_was_over_is_asked_for_again(archive, monkeypatch):
    today = np.datetime64("now", "D")
    product = a_product(http_mirror(BERKELEY, "themis.ssl.berkeley.edu"))
    url = f"{BERKELEY}c/%Y/c_%Y%m%d_v01.dat".replace("%Y%m%d", str(today).replace("-", ""))
    url = url.replace("%Y", str(today)[:4])
    archive.put(url, a_file(1))
    span = (today, today + np.timedelta64(1, "D"))
    sources.fetch(product, *span, validate=validate)
    archive.heal()
    assert sources.fetch(product, *span, validate=validate).source == "cache"
    assert archive.asked == []  # minutes later it would be asked, not seconds
    now = time.time()
    monkeypatch.setattr(cache.time, "time", lambda: now + 3600)
    archive.fault("*", "500")
    stale = sources.fetch(product, *span, validate=validate)
    assert stale.source == "cache"
    assert "500" in stale.notes[0]
    archive.heal()
    archive.put(url, a_file(2))
    assert sources.fetch(product, *span, validate=validate).paths[0].read_bytes() == a_file(2)


def test_a_product_without_a_server_says_so():
    with pytest.raises(NoDataError, match="no server to ask"):
        fetch(a_product())


def test_cached_tells_the_unbroken_spans(archive):
    for day in (10, 11, 14):
        archive.put(PLACES["http"][0] % day, a_file(day))
    fetch(over_http(), 10, 5)
    assert sources.cached(over_http()) == [
        (np.datetime64("2008-08-10"), np.datetime64("2008-08-12")),
        (np.datetime64("2008-08-14"), np.datetime64("2008-08-15")),
    ]


def test_the_callers_thread_may_be_any_thread(archive):
    archive.put(PLACES["http"][0] % 12, a_file(12))
    got = []
    thread = threading.Thread(target=lambda: got.append(fetch(over_http())))
    thread.start()
    thread.join(10)
    assert got[0].paths[0].is_file()
