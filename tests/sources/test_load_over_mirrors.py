"""`load` with real rows when the first server fails: the next answers, and the Dataset says who."""

import json
import time

import numpy as np
import pytest

import smile_explore as se
from smile_explore.errors import CorruptFileError, OfflineError, ServerError
from tests.archive import cdfs

DAY = np.arange("2008-08-12", "2008-08-13", np.timedelta64(60, "s"), dtype="M8[ns]")
START, STOP = "2008-08-12", "2008-08-13"
FGM = "themis/thc/l2/fgm/2008/thc_l2_fgm_20080812_v01.cdf"
HAPI = "https://cdaweb.gsfc.nasa.gov/hapi"


@pytest.fixture
def fgm(tmp_path):
    field = np.stack([np.arange(len(DAY)), np.ones(len(DAY)), np.zeros(len(DAY))], -1)
    cdfs.themis_fgm(tmp_path / "a.cdf", "c", {"fgs": (DAY, {"gsm": field})})
    return (tmp_path / "a.cdf").read_bytes()


@pytest.mark.parametrize("fault", ["500", "403", "silent", "page", "truncated", "header", "wrong"])
def test_spdf_answers_for_berkeley_within_ten_seconds(archive, fgm, fault):
    archive.put(f"https://themis.ssl.berkeley.edu/data/{FGM}", fgm)
    archive.put(f"https://spdf.gsfc.nasa.gov/pub/data/{FGM}", fgm)
    archive.fault("*themis.ssl.berkeley.edu*", fault)
    begun = time.monotonic()
    ds = se.load("themis.c.fgm", START, STOP)
    # generous: pyspedas may still have to be imported, on a machine that does much else
    assert time.monotonic() - begun < 60
    assert ds.attrs["source"] == "spdf.gsfc.nasa.gov via http"
    assert "themis.ssl.berkeley.edu" in ds.attrs["notes"]
    assert ds.b.values[:, 0].tolist() == list(range(len(DAY)))


def test_hapi_answers_for_spdf_in_the_products_own_terms(archive):
    info = {
        "HAPI": "2.0", "status": {"code": 1200, "message": "OK"}, "startDate": "1997-01-01T00:00:00Z", "stopDate": "2030-01-01T00:00:00Z",
        "parameters": [
            {"name": "Time", "type": "isotime", "units": "UTC", "fill": None, "length": 24},
            {"name": "BGSM", "type": "double", "units": "nT", "fill": "-1.0E31", "size": [3]},
            {"name": "SC_pos_GSE", "type": "double", "units": "km", "fill": "-1.0E31", "size": [3]},
            {"name": "Q_FLAG", "type": "integer", "units": None, "fill": "-2147483648"},
        ],
    }  # fmt: skip
    rows = ["2008-08-12T00:00:00.000Z,1,2,3,1500000,0,0,0", "2008-08-12T00:00:16.000Z,-1.0E31,-1.0E31,-1.0E31,1500000,0,0,0", "2008-08-12T00:00:32.000Z,7,8,9,1500000,0,0,3"]  # fmt: skip
    archive.answer(f"{HAPI}/info", lambda _query: (200, json.dumps(info).encode()))
    archive.answer(f"{HAPI}/data", lambda _query: (200, "\n".join(rows).encode() + b"\n"))
    archive.fault("*spdf.gsfc.nasa.gov*", "500")
    ds = se.load("ace.mfi", START, STOP)
    assert ds.attrs["source"] == "cdaweb.gsfc.nasa.gov via hapi"
    assert ds.b.attrs["coordinate_system"] == "GSM"
    np.testing.assert_array_equal(ds.b.values[:, 0], [1, np.nan, np.nan])  # a fill, a bad flag
    again = se.load("ace.mfi", START, STOP, source="cache", quality="raw")
    np.testing.assert_array_equal(again.b.values[:, 0], [1, np.nan, 7])


@pytest.mark.parametrize(("fault", "error"), [("500", ServerError), ("truncated", CorruptFileError), ("page", ServerError)])  # fmt: skip
def test_when_all_fail_the_good_cached_copy_stays_and_is_used(archive, fgm, fault, error):
    archive.put(f"https://themis.ssl.berkeley.edu/data/{FGM}", fgm)
    archive.put(f"https://themis.ssl.berkeley.edu/data/{FGM.replace('0812', '0813')}", fgm)
    first = se.load("themis.c.fgm", START, STOP)
    archive.fault("*", fault)
    with pytest.raises(
        error, match=r"2008-08-13 00:00 to 2008-08-14 00:00.*Cached of it: 2008-08-12"
    ):
        se.load("themis.c.fgm", "2008-08-13", "2008-08-14")
    kept = se.load("themis.c.fgm", START, STOP, refresh=True)
    np.testing.assert_array_equal(kept.b, first.b)


def test_a_sound_file_of_another_day_is_not_taken(archive, fgm):
    archive.put(f"https://themis.ssl.berkeley.edu/data/{FGM.replace('0812', '0830')}", fgm)
    with pytest.raises(
        CorruptFileError, match=r"thc_l2_fgm_20080830_v01.cdf holds 2008-08-12.* not its own day"
    ):
        se.load("themis.c.fgm", "2008-08-30", "2008-08-31")


def test_offline_says_what_is_cached_and_opens_no_socket(archive, fgm):
    archive.put(f"https://themis.ssl.berkeley.edu/data/{FGM}", fgm)
    se.load("themis.c.fgm", START, STOP)
    archive.asked.clear()
    with se.offline():
        assert se.load("themis.c.fgm", START, STOP).sizes["time"] == len(DAY)
        with pytest.raises(
            OfflineError, match="Cached of it: 2008-08-12 00:00 to 2008-08-13 00:00"
        ):
            se.load("themis.c.fgm", "2009-01-01", "2009-01-02")
    assert archive.asked == []
