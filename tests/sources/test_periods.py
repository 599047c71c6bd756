import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smile_explore.sources import periods

KINDS = ["day", "month", "halfyear", "year", "1h", "2h", "6h"]
PATTERNS = {
    "day": "c_%Y%m%d_v??.cdf",
    "month": "o_%Y%m01_v??.cdf",
    "halfyear": "o_%Y%m01_v??.cdf",
    "year": "Kp_def%Y.wdc",
    "1h": "m_%Y%m%d%H0000_v*.cdf",
    "2h": "m_%Y%m%d%H*_v*.cdf",
    "6h": "m_%Y%j%H.dat",
}


def at(text):
    return np.datetime64(text, "ns")


@pytest.mark.parametrize(
    ("kind", "start", "stop", "first", "last", "count"),
    [
        pytest.param("day", "2008-08-12T20:43", "2008-08-13T01:45", "2008-08-12", "2008-08-14", 2, id="pass"),
        pytest.param("day", "2008-08-12", "2008-08-13", "2008-08-12", "2008-08-13", 1, id="one-day"),
        pytest.param("day", "2008-02-28", "2008-03-01", "2008-02-28", "2008-03-01", 2, id="leap"),
        pytest.param("month", "2007-12-31T23:59", "2008-01-01T00:01", "2007-12-01", "2008-02-01", 2, id="new-year"),
        pytest.param("halfyear", "2008-06-30", "2008-07-02", "2008-01-01", "2009-01-01", 2, id="halves"),
        pytest.param("year", "1968-05-01", "1971-01-01", "1968-01-01", "1971-01-01", 3, id="before-1970"),
        pytest.param("2h", "2015-10-16T13:05", "2015-10-16T13:10", "2015-10-16T12:00", "2015-10-16T14:00", 1, id="2h"),
        pytest.param("2h", "1969-12-31T23:05", "1969-12-31T23:10", "1969-12-31T22:00", "1970-01-01T00:00", 1, id="2h-1969"),
    ],
)  # fmt: skip
def test_an_interval_is_covered_by_whole_periods(kind, start, stop, first, last, count):
    got = periods.covering(kind, at(start), at(stop))
    assert (got[0].start, got[-1].stop, len(got)) == (at(first), at(last), count)


@given(
    kind=st.sampled_from(KINDS),
    start=st.integers(-10 * 365 * 86400, 60 * 365 * 86400),
    length=st.integers(1, 40 * 86400),
)
def test_periods_cover_without_gap_overlap_or_surplus(kind, start, length):
    low, high = np.datetime64(start, "s"), np.datetime64(start + length, "s")
    got = periods.covering(kind, low.astype("datetime64[ns]"), high.astype("datetime64[ns]"))
    assert got[0].start <= low < got[0].stop
    assert got[-1].start < high <= got[-1].stop
    assert all(a.stop == b.start for a, b in itertools.pairwise(got))


@given(kind=st.sampled_from(KINDS), start=st.integers(0, 60 * 365 * 86400))
def test_the_name_of_a_file_tells_its_period(kind, start):
    when = np.datetime64(start, "s")
    period = periods.covering(kind, when, when + np.timedelta64(1, "s"))[0]
    name = periods.fill_in(PATTERNS[kind], period).replace("*", "01").replace("?", "1")
    assert periods.start_of(name, PATTERNS[kind]) == period.start


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        pytest.param("d_20080812_v01.cdf", "c_%Y%m%d_v??.cdf", id="another-product"),
        pytest.param("c_20081312_v01.cdf", "c_%Y%m%d_v??.cdf", id="month-13"),
        pytest.param("c_20080812_v01.cdf.part", "c_%Y%m%d_v??.cdf", id="suffix"),
        pytest.param("c_20080812_x_20080813.cdf", "c_%Y%m%d_x_%Y%m%d.cdf", id="contradiction"),
    ],
)
def test_a_foreign_name_tells_nothing(name, pattern):
    assert periods.start_of(name, pattern) is None


@pytest.mark.parametrize(
    ("names", "pattern", "newest"),
    [
        pytest.param(["a_v4.9.0.cdf", "a_v4.18.0.cdf", "a_v4.2.0.cdf"], "a_v*.cdf", ["a_v4.18.0.cdf"], id="mms"),
        pytest.param(["g_v2-0-0.nc", "g_v10-0-0.nc"], "g_v*.nc", ["g_v10-0-0.nc"], id="goes"),
        pytest.param(["C1__x_V140305.cdf", "C1__x_V070101.cdf"], "C1__*.cdf", ["C1__x_V140305.cdf"], id="csa"),
        pytest.param(["s_20080812.cdf", "s_20080812_v02.cdf"], "s_20080812*.cdf", ["s_20080812_v02.cdf"], id="unversioned"),
        pytest.param(["m_0200_v3.cdf", "m_0240_v1.cdf", "m_0240_v2.cdf"], "m_02*_v*.cdf", ["m_0200_v3.cdf", "m_0240_v2.cdf"], id="two-files"),
        pytest.param(["a_v9.cdf", "a_v10.cdf"], "a_v*.cdf", ["a_v10.cdf"], id="numbers"),
        pytest.param(["a_v5.87.0.cdf", "a_v5.9.0.cdf"], "a_v*.cdf", ["a_v5.87.0.cdf"], id="three-parts"),
        pytest.param(["a_v03r004.cdf", "a_v03r010.cdf", "a_v02r099.cdf"], "a_v*.cdf", ["a_v03r010.cdf"], id="release"),
        pytest.param(["a_v1.cdf", "a_v1a.cdf", "a_v1b.cdf"], "a_v*.cdf", ["a_v1b.cdf"], id="letters"),
        pytest.param(["A_V02.CDF", "a_v01.cdf"], "a_v??.cdf", ["A_V02.CDF"], id="case"),
        pytest.param(["a_v02_20080812.cdf", "a_v01_20080812.cdf", "a_v01_20080813.cdf"], "a_v*.cdf", ["a_v01_20080813.cdf", "a_v02_20080812.cdf"], id="before-the-day"),
        pytest.param(["a_v1-20080812.cdf", "a_v1-20080813.cdf"], "a_v*.cdf", ["a_v1-20080812.cdf", "a_v1-20080813.cdf"], id="a-day-is-no-version"),
        pytest.param(["a_v01.cef.gz", "a_v02.cef.gz"], "a_v*.gz", ["a_v02.cef.gz"], id="two-suffixes"),
        pytest.param(["a_2008/../../x_v1.cdf", "a_2008_v\0.cdf", "a_2008\\_v1.cdf", "a_" + "x" * 250 + "_v1.cdf"], "a_*", [], id="no-names"),
        pytest.param(["dst_200808.html"], "dst_200808.html", ["dst_200808.html"], id="plain"),
        pytest.param(["x.html", "a.txt"], "a_v*.cdf", [], id="none"),
    ],
)  # fmt: skip
def test_the_newest_version_of_each_file_is_taken(names, pattern, newest):
    assert periods.matching(names, pattern) == newest


def test_only_strftime_codes_are_filled_in():
    day = periods.covering("day", at("2008-08-12"), at("2008-08-13"))[0]
    assert periods.fill_in("a%20b/%Y/%j", day) == "a%20b/2008/225"
