"""Any data set of any HAPI server: named, described, fetched, cached, offline, searched."""

import json
from pathlib import Path

import numpy as np
import pytest

import smile_explore
from smile_explore import settings
from smile_explore.catalogue import product, products
from smile_explore.errors import (
    InputError,
    NoDataError,
    OfflineError,
    ServerError,
    UnknownProductError,
)
from smile_explore.load import keep
from smile_explore.sources import hapi_names

INFO = {
    "HAPI": "3.0",
    "status": {"code": 1200, "message": "OK"},
    "startDate": "2015-01-01T00:00:00Z",
    "stopDate": "2020-06-01T12:00:00Z",
    "cadence": "PT1M",
    "resourceURL": "https://example.org/edp",
    "citation": "Lindqvist et al. 2016, doi:10.1007/s11214-014-0116-9.",
    "contact": "Per-Arne Lindqvist",
    "parameters": [
        {"name": "Time", "type": "isotime", "units": "UTC", "fill": None, "length": 20},
        {"name": "E field", "type": "double", "units": "mV/m", "fill": "-1e31", "size": [3], "description": "Electric field"},
        {"name": "B", "type": "double", "units": "nT", "fill": "-1e31", "size": [3], "coordinateSystemName": "GSE"},
        {"name": "flux", "type": "double", "units": None, "fill": None, "size": [2], "bins": [{"name": "energy", "units": "keV", "centers": [1.0, 10.0]}]},
        {"name": "note", "type": "string", "length": 4, "units": None, "fill": None},
    ],
}  # fmt: skip
IDS = [
    "MMS1_EDP_SLOW_L2_DCE",
    "MMS1_FGM_SRVY_L2@0",
    "aae/definitive/PT1M/native",
    "../../etc/passwd",
    "unicodevector (Z;α;%20?)",
]
TIMES = ("2016-03-01T00:00", "2016-03-01T00:03")


class Server:
    """A HAPI server on loopback, with five data sets of odd identifiers."""

    def __init__(self, archive):
        self.info, self.ids, self.asked = dict(INFO), list(IDS), []
        for what in ("catalog", "info", "data"):
            archive.answer(f"x://hapi/{what}", getattr(self, f"_{what}"))
        self.address = f"{archive.url}hapi"

    def _catalog(self, query):
        table = [{"id": name, "title": f"Title of {name}"} for name in self.ids]
        return 200, json.dumps({"HAPI": "3.0", "catalog": table}).encode()

    def _info(self, query):
        if query["id"] not in self.ids:
            body = {"HAPI": "3.0", "status": {"code": 1406, "message": "unknown dataset id"}}
            return 404, json.dumps(body).encode()
        return 200, json.dumps(self.info).encode()

    def _data(self, query):
        self.asked.append(query)
        first = np.datetime64(query["time.min"].rstrip("Z"), "s")
        stamps = first + np.arange(5) * np.timedelta64(60, "s")
        lines = [f"{t}Z,{k},-1e31,3,10,20,30,5,6,text\n" for k, t in enumerate(stamps)]
        return 200, "".join(lines).encode()


@pytest.fixture
def server(archive):
    return Server(archive)


def name_of(server, dataset="MMS1_EDP_SLOW_L2_DCE"):
    return f"hapi:{server.address}/{dataset}"


def files_of_the_cache() -> list[Path]:
    return [p for p in settings.cache_dir().rglob("*") if p.is_file()]


@pytest.mark.parametrize("dataset", IDS)
def test_any_data_set_loads_and_stays_in_the_cache(server, dataset, tmp_path):
    ds = smile_explore.load(name_of(server, dataset), *TIMES)
    assert server.asked[0]["id"] == dataset
    assert ds.sizes["time"] == 3
    np.testing.assert_array_equal(ds["E_field"][1], [1, np.nan, 3])
    assert ds["E_field"].attrs["units"] == "mV m-1"
    assert "coordinate_system" not in ds["E_field"].attrs
    assert ds["B"].attrs["coordinate_system"] == "GSE"
    assert ds["B"].dims == ("time", "cartesian")
    assert ds.attrs["product"] == name_of(server, dataset)
    assert ds.attrs["time_reference"] == "unknown"
    assert ds.attrs["doi"] == "10.1007/s11214-014-0116-9"
    assert "Lindqvist et al. 2016" in ds.attrs["acknowledgement"]
    assert "https://example.org/edp" in ds.attrs["acknowledgement"]
    assert not product(name_of(server, dataset)).verified
    outside = {p for p in tmp_path.rglob("*") if p.is_file()} - set(files_of_the_cache())
    assert outside == set()


def test_a_month_of_minutes_is_asked_for_once_and_answers_offline(server):
    name = name_of(server)
    smile_explore.load(name, *TIMES)
    with settings.offline():
        ds = smile_explore.load(name, *TIMES)
        assert ds.attrs["source"] == "cache"
        with pytest.raises(OfflineError, match="2016-03-01 00:00 to 2016-04-01 00:00"):
            smile_explore.load(name, "2016-05-01", "2016-05-02")
    assert [(q["time.min"], q["time.max"]) for q in server.asked] == [
        ("2016-03-01T00:00:00Z", "2016-04-01T00:00:00Z")
    ]


def test_what_was_never_asked_for_is_no_riddle_offline(server):
    with settings.offline(), pytest.raises(OfflineError, match="Cached of it: nothing"):
        smile_explore.load(name_of(server), *TIMES)


def test_a_request_stays_within_what_the_data_set_covers(server):
    ds = smile_explore.load(name_of(server), "2020-06-01", "2020-06-02")
    assert ds.sizes["time"] == 5
    assert server.asked[0]["time.max"] == "2020-06-01T12:00:00Z"
    with pytest.raises(NoDataError):
        smile_explore.load(name_of(server), "2021-06-01", "2021-06-02")
    assert len(server.asked) == 1


def test_refresh_raw_and_blocks_work_as_for_a_row(server):
    name = name_of(server)
    eager = smile_explore.load(name, "2016-03-01", "2016-05-01")
    lazy = smile_explore.load(name, "2016-03-01", "2016-05-01", chunks="auto")
    assert eager.sizes["time"] == 10
    assert lazy.chunks
    assert lazy.compute().equals(eager)
    smile_explore.load(name, "2016-03-01", "2016-05-01", refresh=True, quality="raw")
    assert len(server.asked) == 4


def test_the_store_takes_it_and_no_name_leads_out_of_it(server, tmp_path):
    name = name_of(server, "../../etc/passwd")
    states = keep(name, "2016-03-01", "2016-03-02")["state"]
    assert list(states) == ["stored"]
    ds = smile_explore.load(name, *TIMES, source="store")
    assert ds.sizes["time"] == 3
    assert all(settings.cache_dir() in p.parents for p in tmp_path.rglob("*.zarr.zip"))


def test_an_unknown_data_set_proposes_near_ones(server):
    with pytest.raises(UnknownProductError, match="Did you mean MMS1_EDP_SLOW_L2_DCE"):
        smile_explore.load(name_of(server, "MMS1_EDP_SLOW_L2_DCF"), *TIMES)


def test_without_credit_the_dataset_says_so(server):
    for key in ("resourceURL", "citation", "contact"):
        del server.info[key]
    ds = smile_explore.load(name_of(server), *TIMES)
    assert "not stated by the HAPI server 127.0.0.1" in ds.attrs["acknowledgement"]


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("hapi:cdawebb/X", UnknownProductError, "Did you mean cdaweb"),
        ("hapi:", UnknownProductError, "short name"),
        ("hapi:cdaweb/", InputError, "names no data set"),
        ("hapi:cdaweb", InputError, "names no data set"),
        ("hapi:https://127.0.0.1/data/X", UnknownProductError, "ends in /hapi"),
        ("hapi:file:///etc/hapi/passwd", UnknownProductError, "short name"),
        ("hapi:http://me:secret@127.0.0.1/hapi/X", UnknownProductError, "address that ends"),
        ("hapi:cdaweb/a\nb", InputError, "names no data set"),
        ("hapii:cdaweb/X", UnknownProductError, "No product"),
    ],
)  # fmt: skip
def test_a_name_that_cannot_be_read_gives_one_sentence(name, error, said):
    with pytest.raises(error, match=said):
        smile_explore.load(name, *TIMES)


def test_an_address_we_know_is_the_short_name():
    long, short = (hapi_names.split(n) for n in ("hapi:https://cdaweb.gsfc.nasa.gov/hapi/A/B", "hapi:CDAWeb/A/B"))  # fmt: skip
    assert hapi_names.canonical(*long) == hapi_names.canonical(*short) == "hapi:cdaweb/A/B"


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"[]", b'{"parameters": 3}', b"[" * 100_000])
def test_a_server_that_describes_nothing_is_named(archive, server, body):
    archive.answer("x://hapi/info", lambda query: (200, body))
    with pytest.raises(ServerError, match=r"127\.0\.0\.1"):
        smile_explore.load(name_of(server), *TIMES)


@pytest.mark.parametrize(
    ("info", "period"),
    [
        ({"cadence": "PT1H"}, "year"),
        ({"cadence": "PT1M"}, "month"),
        ({"cadence": "PT16S", "parameters": [{"size": [3, 10]}, {}]}, "day"),
        ({"cadence": "PT0.0625S", "parameters": [{"size": [3]}, {}]}, "12h"),
        ({"cadence": "PT1M", "maxRequestDuration": "P1D"}, "day"),
        ({"cadence": "PT1H", "maxRequestDuration": "PT6H"}, "6h"),
        ({"maxRequestDuration": "PT2H"}, "1h"),
        ({"cadence": "sometimes"}, "day"),
    ],
)
def test_a_file_holds_what_stays_small_and_may_be_asked_for(info, period):
    assert hapi_names.period_of(info) == period


@pytest.fixture
def one_server(server, monkeypatch):
    monkeypatch.setattr(hapi_names, "SERVERS", {"here": server.address})
    return server


def test_everything_is_searched_and_each_name_loads(one_server):
    table = products("edp_slow", everywhere=True)
    assert table.loc["hapi:here/MMS1_EDP_SLOW_L2_DCE", "where"] == "HAPI here"
    assert not table["verified"].any()
    assert table.attrs["notes"] == ""
    ds = smile_explore.load(table.index[-1], *TIMES)
    assert ds.attrs["product"] == "hapi:here/MMS1_EDP_SLOW_L2_DCE"
    assert products("omni.1min", everywhere=True).loc["omni.1min", "where"] == "row"


def test_offline_the_catalogue_is_the_cached_one_or_said_to_be_absent(one_server, archive):
    with settings.offline():
        assert "here: catalogue was never fetched" in products("edp", everywhere=True).attrs["notes"]  # fmt: skip
    products("edp", everywhere=True)
    archive.asked.clear()
    with settings.offline():
        assert "hapi:here/MMS1_EDP_SLOW_L2_DCE" in products("edp", everywhere=True).index
    assert archive.asked == []


def test_a_server_that_is_silent_costs_no_search(one_server, archive):
    archive.fault("hapi/catalog*", "503")
    table = products("omni.1min", everywhere=True)
    assert "omni.1min" in table.index
    assert "503" in table.attrs["notes"]


def test_everywhere_needs_a_text():
    with pytest.raises(InputError, match="needs a text"):
        products(everywhere=True)


def test_every_short_name_has_an_address_of_hapi():
    for short, address in hapi_names.SERVERS.items():
        assert hapi_names.split(f"hapi:{address}/X") == (address, "X")
        assert short == short.lower()


def test_single_variables_are_read_eagerly_and_lazily(server):
    name = name_of(server)
    ds = smile_explore.load(name, *TIMES, variables=["E_field"])
    assert list(ds.data_vars) == ["E_field"]
    lazy = smile_explore.load(name, *TIMES, variables=["B", "flux"], chunks="auto")
    assert set(lazy.data_vars) == {"B", "flux"}
    assert lazy["B"].attrs["coordinate_system"] == "GSE"
    assert len(server.asked) == 1
    with pytest.raises(InputError, match="E_field"):
        smile_explore.load(name, *TIMES, variables=["E_fild"])


def test_the_same_note_of_several_servers_is_one(monkeypatch):
    monkeypatch.setattr(
        hapi_names, "SERVERS", {"a": "http://a.test/hapi", "b": "http://b.test/hapi"}
    )
    with settings.offline():
        assert hapi_names.search("nothing")[1] == ["a, b: catalogue was never fetched"]
