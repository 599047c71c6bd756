"""The shelf: what it trusts, what it sets aside, what a crash may leave."""

import os
import time

import numpy as np
import pytest

from smile_explore import settings
from smile_explore.sources import cache, periods
from tests.sources.conftest import (
    BERKELEY,
    PLACES,
    a_file,
    a_product,
    fetch,
    http_mirror,
    left_over,
    over_http,
    validate,
    visible,
)

DAY = periods.covering("day", np.datetime64("2008-08-12"), np.datetime64("2008-08-13"))[0]


@pytest.fixture
def product():
    return a_product(http_mirror(BERKELEY, "themis.ssl.berkeley.edu"))


@pytest.fixture
def kept(product):
    """Put one file on the shelf; return where it lies."""
    return put(product, a_file(12))


def put(product, body, name="c_20080812_v01.dat", **how):
    with cache.staging() as folder:
        (folder / name).write_bytes(body)
        return cache.Shelf(product).put(DAY, [folder / name], server="a server", **how).paths[0]


def test_a_file_lies_under_its_data_set_and_year(kept):
    place = settings.cache_dir() / "files" / "test_c" / "2008" / "c_20080812_v01.dat"
    assert kept == place
    assert place.read_bytes() == a_file(12)


def test_the_slip_says_where_a_file_came_from(product, kept):
    slip = cache.Shelf(product).find(DAY).slip
    assert slip.server == "a server"
    assert slip.sha256 == cache.sha256(kept)
    assert abs(np.datetime64(slip.retrieved[:-1]) - np.datetime64("now", "s")).astype(int) < 60


def test_a_file_that_was_only_touched_is_still_sound(product, kept):
    os.utime(kept, (1e9, 1e9))
    shelf = cache.Shelf(product)
    assert shelf.find(DAY) is None  # not without a look
    assert shelf.find(DAY, validate).paths == (kept,)
    assert cache.Shelf(product).find(DAY).paths == (kept,)  # and the look is not repeated


@pytest.mark.parametrize("keep_time", [False, True], ids=["new-time", "same-time"])
@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda body: body[: len(body) // 2], id="cut"),
        pytest.param(lambda body: body[:1000] + bytes(1000) + body[2000:], id="zeroed"),
        pytest.param(lambda body: b"", id="emptied"),
    ],
)
def test_a_file_damaged_on_disk_is_set_aside_and_fetched_again(archive, damage, keep_time):
    archive.put(PLACES["http"][0] % 12, a_file(12))
    path = fetch(over_http()).paths[0]
    before = path.stat()
    path.write_bytes(damage(a_file(12)))
    if keep_time and path.stat().st_size != before.st_size:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    again = fetch(over_http())
    assert again.paths[0].read_bytes() == a_file(12)
    assert again.source == "themis.ssl.berkeley.edu via http"
    assert (settings.cache_dir() / "quarantine" / path.name).read_bytes() == damage(a_file(12))


def test_a_sound_but_different_file_in_place_of_ours_is_not_ours(archive):
    archive.put(PLACES["http"][0] % 12, a_file(12))
    path = fetch(over_http()).paths[0]
    path.write_bytes(a_file(99))
    assert fetch(over_http()).paths[0].read_bytes() == a_file(12)


def test_a_sound_file_put_there_by_hand_is_used(archive):
    place = settings.cache_dir() / "files" / "test_c" / "2008" / "c_20080812_v07.dat"
    place.parent.mkdir(parents=True)
    place.write_bytes(a_file(7))
    assert fetch(over_http(), network=False).paths == (place,)
    assert fetch(over_http()).paths == (place,)
    assert archive.asked == []


def test_a_damaged_file_put_there_by_hand_is_not(archive):
    place = settings.cache_dir() / "files" / "test_c" / "2008" / "c_20080812_v07.dat"
    place.parent.mkdir(parents=True)
    place.write_bytes(a_file(7)[:-5])
    archive.put(PLACES["http"][0] % 12, a_file(12))
    assert [p.name for p in fetch(over_http()).paths] == ["c_20080812_v01.dat"]


def test_the_newest_version_is_served_and_the_older_one_kept(product, kept):
    newer = put(product, a_file(13), "c_20080812_v02.dat")
    assert cache.Shelf(product).find(DAY).paths == (newer,)
    assert kept.is_file()


def test_a_crash_between_slip_and_file_leaves_the_old_file_good(product, kept, monkeypatch):
    written = cache._write_slip

    def power_cut(path, slip):
        written(path, slip)
        raise OSError(5, "the lights went out")

    monkeypatch.setattr(cache, "_write_slip", power_cut)
    with pytest.raises(cache.StorageError):
        put(product, a_file(13))
    monkeypatch.undo()
    monkeypatch.setenv("SMILE_EXPLORE_CACHE", str(kept.parents[3]))
    held = cache.Shelf(product).find(DAY, validate)
    assert held.paths[0].read_bytes() == a_file(12)
    assert held.due  # the better file never came


def test_half_of_a_period_is_not_the_period(product):
    with cache.staging() as folder:
        files = [folder / "c_20080812_a_v01.dat", folder / "c_20080812_b_v01.dat"]
        for file in files:
            file.write_bytes(a_file(1))
        double = a_product(http_mirror(BERKELEY, "x"), pattern="c_%Y%m%d_*.dat", name="test.double")
        held = cache.Shelf(double).put(DAY, files, server="a server")
    assert cache.Shelf(double).find(DAY).paths == held.paths
    held.paths[1].unlink()
    assert cache.Shelf(double).find(DAY) is None


def test_a_slip_that_cannot_be_read_only_costs_a_look(product, kept):
    cache._slip_path(kept).write_text("{")
    assert cache.Shelf(product).find(DAY) is None
    assert cache.Shelf(product).find(DAY, validate).paths == (kept,)


@pytest.mark.parametrize(
    ("age_days", "preliminary", "wait"),
    [
        pytest.param(-0.5, False, 300, id="period-still-runs"),
        pytest.param(5, False, 86400, id="settling"),
        pytest.param(400, False, None, id="final"),
        pytest.param(400, True, 30 * 86400, id="preliminary"),
    ],
)
def test_when_a_file_is_asked_for_again(age_days, preliminary, wait):
    now = DAY.stop.astype("datetime64[s]").astype(int) + age_days * 86400
    again = cache._again(DAY, now, preliminary)
    assert again is None if wait is None else again - now == wait


def test_what_a_killed_process_left_in_staging_is_removed():
    room = settings.cache_dir() / "staging"
    dead = room / f"{cache.socket.gethostname()}~4194304~abc"  # no process has that number
    alive = room / f"{cache.socket.gethostname()}~{os.getpid()}~abc"
    old, new = room / "elsewhere~1~abc", room / "elsewhere~2~abc"
    for folder in (dead, alive, old, new):
        folder.mkdir(parents=True)
        (folder / "part").write_bytes(b"x")
    os.utime(old, (1e9, 1e9))
    with cache.staging():
        pass
    assert sorted(p.name for p in room.iterdir()) == sorted([alive.name, new.name])


def test_staging_is_taken_away_when_its_user_fails():
    def interrupted():
        with cache.staging() as folder:
            (folder / "part").write_bytes(b"x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert left_over() == []
    assert visible() == []


def test_a_lock_that_is_never_given_back_is_not_waited_for_for_ever():
    ticks = []
    with cache.locked("test_c", limit=5):
        since = time.monotonic()
        with cache.locked("test_c", limit=0.3, waiting=lambda: ticks.append(1)):
            assert 0.25 < time.monotonic() - since < 2
    assert ticks
