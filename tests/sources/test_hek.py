"""hek(): what a HEK on this machine answers, and what happens when there is none."""

import http.server
import json
import threading
import time
import urllib.parse

import pandas as pd
import pytest

from smile_explore.errors import IntervalError, NetworkError, OfflineError, ServerError
from smile_explore.sources.hek import hek
from tests.archive.rude import HEAD, Rude, drip
from tests.sources.conftest import DEADLINE

PLACE = {"event_coord1": 10.0, "event_coord2": -5.0, "event_coord3": None,
         "event_coordunit": "degrees", "event_coordsys": "UTC-HGS-TOPO"}  # fmt: skip
FLARES = [
    {"event_type": "FL", "event_starttime": "2014-03-11T03:44:00", "event_endtime": "2014-03-11T03:57:00",
     "fl_goescls": "M3.5", "frm_name": "SWPC", "obs_observatory": "GOES", "kb_archivid": "ivo://a", **PLACE},
    {"event_type": "FL", "event_starttime": "2014-03-12T10:55:00", "event_endtime": "2014-03-12T11:16:00",
     "fl_goescls": "", "frm_name": "SSW Latest Events", "obs_observatory": "GOES", "kb_archivid": "ivo://b", **PLACE},
]  # fmt: skip


@pytest.fixture
def server(monkeypatch):
    """A HEK on loopback; set ``answer`` to (status, body), read ``asked``."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            knowledgebase.asked.append(urllib.parse.parse_qs(self.path.partition("?")[2]))
            status, body = knowledgebase.answer
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_args):
            pass

    knowledgebase = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    knowledgebase.answer, knowledgebase.asked = (
        (200, json.dumps({"result": FLARES, "overmax": False})),
        [],
    )
    threading.Thread(target=knowledgebase.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{knowledgebase.server_port}/her?"
    monkeypatch.setenv("SMILE_EXPLORE_REWRITE", f"https://www.lmsal.com/hek/her?={address}")
    yield knowledgebase
    knowledgebase.shutdown()
    knowledgebase.server_close()


def test_flares_become_a_time_table(server):
    table = hek("2014-03-11", "2014-03-13")
    assert table.start.tolist() == [
        pd.Timestamp("2014-03-11T03:44"),
        pd.Timestamp("2014-03-12T10:55"),
    ]
    assert table.kind.tolist() == ["flare", "flare"]
    assert table.goes_class.isna().tolist() == [False, True]
    assert table.method.tolist() == ["SWPC", "SSW Latest Events"]
    (asked,) = server.asked
    assert asked["event_type"] == ["FL"]
    assert asked["event_starttime"][0].startswith("2014-03-11")


def test_no_events_are_an_empty_table(server):
    server.answer = (200, json.dumps({"result": [], "overmax": False}))
    table = hek("2014-03-11", "2014-03-13", "CE")
    assert list(table.columns) == ["start", "stop", "kind"]
    assert table.empty


@pytest.mark.parametrize(
    "answer",
    [(500, "down"), (200, "<html>maintenance</html>"), (200, "{}")],
    ids=["500", "page", "other JSON"],
)
def test_a_wrong_answer_is_a_server_error(server, answer):
    server.answer = answer
    with pytest.raises(ServerError, match="did not answer as it should"):
        hek("2014-03-11", "2014-03-13")


@pytest.mark.parametrize(
    "script", [drip(b"X-A: 1\r\n"), drip(b" ", head=HEAD + b"\r\n")], ids=["headers", "body"]
)
def test_an_answer_without_an_end_ends_at_the_deadline(monkeypatch, script):
    with Rude(script) as endless:
        monkeypatch.setenv(
            "SMILE_EXPLORE_REWRITE", f"https://www.lmsal.com/hek/her?={endless.url}?"
        )
        since = time.monotonic()
        with pytest.raises(NetworkError, match="within 3 s"):
            hek("2014-03-11", "2014-03-13")
        assert time.monotonic() - since < DEADLINE + 2


def test_no_server_is_a_network_error(server):
    server.shutdown()
    server.server_close()
    with pytest.raises(NetworkError, match="could not be reached"):
        hek("2014-03-11", "2014-03-13")


def test_offline_nothing_is_asked(server, monkeypatch):
    monkeypatch.setenv("SMILE_EXPLORE_OFFLINE", "1")
    with pytest.raises(OfflineError, match="unset SMILE_EXPLORE_OFFLINE"):
        hek("2014-03-11", "2014-03-13")
    assert server.asked == []


@pytest.mark.parametrize("interval", [("soon", "2014"), ("2014-03-13", "2014-03-11")])
def test_the_interval_must_be_one(interval):
    with pytest.raises(IntervalError):
        hek(*interval)
