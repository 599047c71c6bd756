"""horizons(): SMILE's vectors from a Horizons on this machine, and what happens without it."""

import re
import socket
import urllib.parse

import numpy as np
import pytest

from smile_explore import settings, smile
from smile_explore.errors import (
    CorruptFileError,
    InputError,
    IntervalError,
    NetworkError,
    NoDataError,
    OfflineError,
    ServerError,
)
from smile_explore.sources.horizons import horizons

ADDRESS = "https://ssd.jpl.nasa.gov/api/horizons.api"
DAY = ("2026-10-01", "2026-10-02")
HEAD = (
    "API VERSION: 1.2\nAPI SOURCE: NASA/JPL Horizons API\n\n*****\nTarget body name: SMILE (spacecraft) (-463)\n"
    "Center body name: Earth (399)\nOutput units    : KM-S\nReference frame : ICRF\n*****\n"
    "            JDTDB,            Calendar Date (TDB),                      X,                      Y,"
    "                      Z,                     VX,                     VY,                     VZ,\n*****\n$$SOE\n"
)


@pytest.fixture
def jpl(archive, tmp_path, monkeypatch):
    """Answer as Horizons does: one line for each whole step, in TDB."""
    monkeypatch.setenv("SMILE_EXPLORE_CACHE", str(tmp_path))
    smile.orbit("2026-09-30", "2026-10-03")  # propagated before the clock of a request runs
    archive.answer(ADDRESS, lambda query: (200, table(query).encode()))
    return archive


def table(query) -> str:
    asked = query if isinstance(query, dict) else urllib.parse.parse_qs(query)
    asked = {key: (v if isinstance(v, str) else v[0]).strip("'") for key, v in asked.items()}
    number, unit = re.fullmatch(r"(\d+)([mh])", asked["STEP_SIZE"]).groups()
    step = np.timedelta64(int(number), unit)
    low, high = (np.datetime64(asked[key], "ns") for key in ("START_TIME", "STOP_TIME"))
    tdb = np.arange(low, high + 1, step)
    utc = tdb - np.timedelta64(69184, "ms")
    at = smile.orbit(utc[0], utc[-1] + np.timedelta64(1, "s"), step, "ICRF")
    states = np.hstack([at.pos.values, at.vel.values])
    return HEAD + "".join(map(line, tdb, states)) + "$$EOE\n"


def line(when, state) -> str:
    day = (when - np.datetime64("2000-01-01T12:00")) / np.timedelta64(1, "D") + 2451545.0
    return (
        f"{day:.9f}, A.D. 2026-Oct-01 00:00:00.0000, "
        + ", ".join(f"{x:.15E}" for x in state)
        + ",\n"
    )


def test_vectors_become_an_orbit_over_the_whole_interval(jpl):
    ds = smile.orbit(*DAY, "1min", ephemeris=horizons(*DAY))
    ours = smile.orbit(*DAY, "1min")
    assert ds.sizes["time"] == 1440
    assert ds.attrs["source_files"] == "smile_horizons_2026-10-01T000000_2026-10-02T000000_1h.txt"
    assert np.linalg.norm(ds.pos.values - ours.pos.values, axis=1).max() < 1


def test_what_was_asked_is_smile_about_the_earth_in_km(jpl):
    horizons(*DAY, step="10m")
    asked = urllib.parse.unquote(jpl.asked[-1])
    for part in ("COMMAND='-463'", "CENTER='500@399'", "OUT_UNITS=KM-S", "STEP_SIZE='10m'"):
        assert part in asked


def test_file_that_is_there_is_not_asked_for_again(jpl):
    first = horizons(*DAY)
    count = len(jpl.asked)
    assert horizons(*DAY) == first
    with settings.offline():
        assert horizons(*DAY) == first
    assert len(jpl.asked) == count
    horizons(*DAY, refresh=True)
    assert len(jpl.asked) > count


@pytest.mark.parametrize(
    ("fault", "error"),
    [("500", ServerError), ("404", ServerError), ("silent", NetworkError), ("stall", NetworkError),
     ("truncated", CorruptFileError), ("page", ServerError), ("empty", ServerError)],
)  # fmt: skip
def test_fault_names_the_server_and_leaves_the_good_file(jpl, fault, error):
    path = horizons(*DAY)
    before = path.read_bytes()
    jpl.fault("*horizons*", fault)
    with pytest.raises(error, match=r"ssd\.jpl\.nasa\.gov"):
        horizons(*DAY, refresh=True)
    assert path.read_bytes() == before
    jpl.heal()
    assert horizons(*DAY, refresh=True) == path


def test_table_without_its_end_is_refused(jpl):
    jpl.answer(ADDRESS, lambda query: (200, table(query)[:-200].encode()))
    with pytest.raises(CorruptFileError, match="no complete table"):
        horizons(*DAY)
    assert not list(settings.cache_dir().rglob("smile_horizons_*"))


def test_horizons_own_words_tell_what_it_does_not_know(jpl):
    said = b'API SOURCE: NASA/JPL Horizons API\n\nNo ephemeris for target "SMILE" after A.D. 2026-DEC-31 00:00:00.0000 TDB\n'
    jpl.answer(ADDRESS, lambda _: (200, said))
    with pytest.raises(NoDataError, match=r"after A\.D\. 2026-DEC-31"):
        horizons("2027-03-20", "2027-03-21")


def test_offline_opens_no_socket_and_says_what_is_there(tmp_path, monkeypatch):
    monkeypatch.setenv("SMILE_EXPLORE_CACHE", str(tmp_path))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: pytest.fail("a socket was opened"))
    with settings.offline(), pytest.raises(OfflineError, match="the cache holds none of its files"):
        horizons(*DAY)


def test_bad_step_and_interval_are_refused_in_one_sentence():
    with pytest.raises(InputError, match="'soon' is none of Horizons'"):
        horizons(*DAY, step="soon")
    with pytest.raises(IntervalError):
        horizons(*reversed(DAY))
