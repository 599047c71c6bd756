"""The second transport: what a HAPI server says becomes a file that reads as the data it sent."""

import json

import numpy as np
import pytest

from smile_explore import formats, sources
from smile_explore.catalogue import Mirror, Variable
from smile_explore.errors import CorruptFileError, NetworkError, NoDataError, ServerError
from smile_explore.formats import hapi
from tests.sources.conftest import BERKELEY, a_file, a_product, fetch, http_mirror, visible

SERVER = "https://cdaweb.gsfc.nasa.gov/hapi"
INFO = {
    "HAPI": "2.0",
    "status": {"code": 1200, "message": "OK"},
    "startDate": "2001-01-01T00:00:00Z",
    "stopDate": "2020-01-01T00:00:00Z",
    "parameters": [
        {"name": "Time", "type": "isotime", "units": "UTC", "fill": None, "length": 24},
        {"name": "BGSM", "type": "double", "units": "nT", "fill": "-1.0E31", "size": [3], "description": "Magnetic field"},
        {"name": "Q_FLAG", "type": "integer", "units": None, "fill": "-2147483648"},
        {"name": "other", "type": "double", "units": "K", "fill": "-1.0E31"},
    ],
}  # fmt: skip
RECORDS = """2008-08-12T00:00:00.000Z,1.25,-2.5,3.0000001,0
2008-08-12T00:00:16.000Z,-1.0E31,-1.0E31,-1.0E31,-2147483648
2008-08-12T00:00:32.500Z,4.1,5,6,1
"""


@pytest.fixture
def served(archive):
    """Serve a data set; return the queries, to which a test may add an answer of its own."""
    queries = []
    archive.body = (200, RECORDS.encode())

    def data(query):
        queries.append(query)
        return archive.body

    archive.answer(f"{SERVER}/info", lambda query: (200, json.dumps(INFO).encode()))
    archive.answer(f"{SERVER}/data", data)
    return queries


def by_hapi(*before):
    variables = (Variable("b", ("BGSM",), "nT"), Variable("quality", ("Q_FLAG",), "1", flag=True))
    mirror = Mirror("hapi", "cdaweb.gsfc.nasa.gov", {"url": SERVER, "id": "AC_H0_MFI"})
    return a_product(*before, mirror, name="ace.mfi", variables=variables)


def get(product=None):
    return fetch(product or by_hapi(), validate=hapi.read)


def test_the_records_come_back_as_they_were_sent(served):
    got = get()
    assert [p.name for p in got.paths] == ["ace.mfi_20080812T00.hapi.csv"]
    assert got.source == "cdaweb.gsfc.nasa.gov via hapi"
    raw = formats.read(got.paths[0], format="hapi")
    expected = [[1.25, -2.5, 3.0000001], [-1e31] * 3, [4.1, 5, 6]]
    np.testing.assert_array_equal(raw["BGSM"], expected)
    np.testing.assert_array_equal(raw["Q_FLAG"], [0, -2147483648, 1])
    assert list(raw["Time"].values.astype("datetime64[ms]").astype(str)) == [
        "2008-08-12T00:00:00.000", "2008-08-12T00:00:16.000", "2008-08-12T00:00:32.500",
    ]  # fmt: skip
    assert raw["BGSM"].attrs == {"UNITS": "nT", "CATDESC": "Magnetic field", "FILLVAL": -1e31}
    assert raw["Q_FLAG"].attrs["FILLVAL"] == -2147483648


def test_only_the_products_variables_are_asked_for_and_only_its_day(served):
    get()
    assert served == [{
        "id": "AC_H0_MFI", "parameters": "BGSM,Q_FLAG", "format": "csv",
        "time.min": "2008-08-12T00:00:00Z", "time.max": "2008-08-13T00:00:00Z",
    }]  # fmt: skip


def test_a_day_is_asked_for_once(archive, served):
    get()
    archive.heal()
    assert get().source == "cache"
    assert archive.asked == []


def test_it_answers_when_the_archive_of_files_does_not(archive, served):
    archive.fault("themis*", "500")
    got = get(by_hapi(http_mirror(BERKELEY, "themis.ssl.berkeley.edu")))
    assert got.source == "cdaweb.gsfc.nasa.gov via hapi"


def test_an_archives_own_file_is_preferred_once_it_is_there(archive, served):
    product = by_hapi(http_mirror(BERKELEY, "themis.ssl.berkeley.edu"))
    get(product)
    archive.put(f"{BERKELEY}c/2008/c_20080812_v01.dat", a_file(1))
    refreshed = fetch(product, refresh=True)
    assert fetch(product).paths == refreshed.paths
    assert refreshed.paths[0].name == "c_20080812_v01.dat"


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        pytest.param((200, b""), NoDataError, "no such file", id="empty"),
        pytest.param((200, b'{"HAPI":"2.0","status":{"code":1201,"message":"OK - no data"}}'), NoDataError, "no such file", id="no-data"),
        pytest.param((404, b'{"status":{"code":1406,"message":"unknown dataset id"}}'), NoDataError, "no such file", id="404"),
        pytest.param((500, b"Internal error"), ServerError, "500", id="500"),
        pytest.param((200, b'{"status":{"code":1501,"message":"upstream"}}'), ServerError, "1501: upstream", id="status"),
        pytest.param((200, b"<html>Down</html>"), CorruptFileError, "no HAPI records", id="page"),
        pytest.param((200, RECORDS[:-10].encode()), CorruptFileError, "cut short", id="cut"),
        pytest.param((200, RECORDS.replace(",5,6,", ",5,").encode()), CorruptFileError, "do not fit", id="a-column-less"),
    ],
)  # fmt: skip
def test_what_is_no_day_of_records_is_named(archive, served, answer, error, said):
    archive.body = answer
    with pytest.raises(error, match=said):
        get()
    assert visible() == []


@pytest.mark.parametrize(
    ("fault", "error"),
    [("silent", NetworkError), ("stall", NetworkError), ("truncated", CorruptFileError), ("503", ServerError)],
)  # fmt: skip
@pytest.mark.parametrize("where", ["info", "data"])
def test_faults_of_the_line_are_named(archive, served, where, fault, error):
    archive.fault(f"*hapi/{where}*", fault)
    with pytest.raises(error):
        get()
    assert visible() == []


def test_a_data_set_without_the_variables_is_refused(archive, served):
    with pytest.raises(ServerError, match="has none of B in its data set AC_H0_MFI"):
        fetch(
            a_product(Mirror("hapi", "cdaweb.gsfc.nasa.gov", {"url": SERVER, "id": "AC_H0_MFI"})),
            validate=hapi.read,
        )


def test_a_span_of_days_is_a_file_each(served):
    start = np.datetime64("2008-08-12")
    got = sources.fetch(by_hapi(), start, start + np.timedelta64(3, "D"), validate=hapi.read)
    assert len(got.paths) == len(served) == 3
