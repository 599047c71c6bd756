"""Servers that attack: no answer passes the deadline, fills memory or disk, or leads elsewhere."""

import gzip
import resource
import shutil
import time
import zlib

import pytest

from smile_explore.catalogue import Mirror
from smile_explore.errors import (
    CorruptFileError,
    InputError,
    NetworkError,
    ServerError,
    SmileExploreError,
    SourceError,
    StorageError,
)
from smile_explore.sources import cache
from tests.archive.rude import HEAD, Rude, answer, drip, flood, redirect
from tests.sources.conftest import (
    BERKELEY,
    DEADLINE,
    PLACES,
    SPDF,
    a_file,
    a_product,
    fetch,
    http_mirror,
    left_over,
    over_http,
    over_pyspedas,
    visible,
)

CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
#: Answers without an end, each a script and whether it comes in drips.
ENDLESS = {
    "headers": drip(b"X-A: 1\r\n"),
    "header": drip(b"a", head=HEAD + b"X-A: "),
    "status": drip(b"H", head=b""),
    "continue": drip(b"HTTP/1.1 100 Continue\r\n\r\n", head=b""),
    "continue-fast": flood(b"HTTP/1.1 100 Continue\r\n\r\n", head=b""),
    "headers-fast": flood(b"a", head=HEAD + b"X-A: "),
    "body": drip(b"D", head=HEAD + b"Content-Length: 99999999\r\n\r\n"),
    "no-length": drip(b"D", head=HEAD + b"\r\n"),
    "chunks": drip(b"1\r\nD\r\n", head=CHUNKED),
    "extension": drip(b"a", head=CHUNKED + b"1;x="),
    "extension-fast": flood(b"a", head=CHUNKED + b"1;x="),
    "trailers": drip(b"X-A: 1\r\n", head=CHUNKED + b"1\r\nD\r\n0\r\n"),
    "trailers-fast": flood(b"X-A: 1\r\n", head=CHUNKED + b"1\r\nD\r\n0\r\n"),
    "redirects": redirect("/{n}/c_20080812_v01.dat", after=0.8),
    "redirects-fast": redirect("/{n}/c_20080812_v01.dat"),
    "redirect-body": flood(b"D", head=b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n"),
    "empty-gzip": flood(gzip.compress(b"")[:10] + b"\x00\x00\x00\xff\xff", head=HEAD + b"Content-Encoding: gzip\r\n\r\n"),
}  # fmt: skip
ALL = pytest.mark.parametrize("script", ENDLESS.values(), ids=ENDLESS)
#: One of each phase of an answer, for requests that take the same way.
_PHASES = ("headers", "continue-fast", "no-length", "extension", "redirects")
SOME = pytest.mark.parametrize("script", [ENDLESS[key] for key in _PHASES], ids=_PHASES)


def over(server, monkeypatch):
    """Have every request go to a rude server; return a product of one plain file a day."""
    monkeypatch.setenv("SMILE_EXPLORE_REWRITE", f"https://={server.url}")
    mirror = http_mirror(BERKELEY, "themis.ssl.berkeley.edu")
    return a_product(Mirror("http", mirror.server, mirror.options | {"url": f"{BERKELEY}c_%Y%m%d_v01.dat"}),
                     pattern="c_%Y%m%d_v01.dat")  # fmt: skip


def refused_in_time(get) -> Exception:
    """Return the error of a call that has to end at the deadline of one file."""
    since, memory = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises((SourceError, CorruptFileError)) as caught:
        get()
    assert time.monotonic() - since < DEADLINE + 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 200_000  # kB
    assert left_over() == []
    return caught.value


# --------------------------------------------------------------------------- answers without an end


@ALL
def test_a_file_without_an_end_ends_at_its_deadline(monkeypatch, script):
    monkeypatch.setenv("SMILE_EXPLORE_MAX_GB", "0.02")
    with Rude(script) as server:
        refused_in_time(lambda: fetch(over(server, monkeypatch)))
    assert visible() == []


@SOME
def test_a_listing_without_an_end_ends_at_its_deadline(monkeypatch, script):
    with Rude(script) as server:
        over(server, monkeypatch)
        refused_in_time(lambda: fetch(a_product(http_mirror(BERKELEY, "themis.ssl.berkeley.edu"))))


@SOME
def test_a_description_of_hapi_without_an_end_ends_at_its_deadline(monkeypatch, script):
    mirror = Mirror("hapi", "cdaweb", {"url": "https://cdaweb.gsfc.nasa.gov/hapi", "id": "X"})
    with Rude(script) as server:
        over(server, monkeypatch)
        refused_in_time(lambda: fetch(a_product(mirror)))


@SOME
def test_pyspedas_ends_at_the_deadline_too(monkeypatch, script, ready):
    monkeypatch.setenv("SMILE_EXPLORE_MAX_GB", "0.02")
    with Rude(script) as server:
        over(server, monkeypatch)
        refused_in_time(lambda: fetch(over_pyspedas(second=False)))


@pytest.fixture
def ready(archive):
    """Have pyspedas imported: that takes its time, whatever the server does."""
    with pytest.raises(SmileExploreError):
        fetch(over_pyspedas(second=False), 1)


def test_a_silent_handshake_is_not_waited_for(monkeypatch):
    with Rude(lambda send, request, stopped: stopped.wait()) as server:
        row = over(server, monkeypatch)
        monkeypatch.setenv("SMILE_EXPLORE_REWRITE", f"https://=https://127.0.0.1:{server.port}/")
        assert isinstance(refused_in_time(lambda: fetch(row)), NetworkError)


def test_each_file_has_a_deadline_of_its_own(archive):
    for day in (12, 13, 14):
        archive.put(f"{BERKELEY}c/2008/c_200808{day}_v01.dat", a_file(day))
    archive.fault("*_20080812_*", "slow")
    since = time.monotonic()
    got = fetch(a_product(http_mirror(BERKELEY, "themis.ssl.berkeley.edu")), 12, 3)
    assert time.monotonic() - since < DEADLINE + 2
    assert [path.read_bytes() for path in got.paths] == [a_file(13), a_file(14)]
    assert "did not deliver c_20080812_v01.dat within" in got.notes[0]


# --------------------------------------------------------------------------- sizes


def test_a_file_larger_than_allowed_is_refused_before_it_comes(monkeypatch):
    said = r"20 GB.*more than 8 GB.*SMILE_EXPLORE_MAX_GB"
    head = HEAD + b"Content-Length: 20000000000\r\n\r\n"
    with Rude(drip(b"D", head=head)) as server, pytest.raises(ServerError, match=said):
        fetch(over(server, monkeypatch))


def test_a_file_without_a_length_stops_at_what_is_allowed(monkeypatch):
    monkeypatch.setenv("SMILE_EXPLORE_MAX_GB", "0.1")
    script = flood(b"D", head=HEAD + b"\r\n")
    with Rude(script) as server, pytest.raises(ServerError, match="more than 100 MB"):
        fetch(over(server, monkeypatch))
    assert left_over() == []


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "gzip, gzip"])
def test_a_bomb_of_an_encoding_stops_at_what_is_allowed(monkeypatch, encoding):
    bomb = zlib.compressobj(9, zlib.DEFLATED, 15 if encoding == "deflate" else 31)
    body = b"".join(bomb.compress(bytes(1 << 24)) for _ in range(40)) + bomb.flush()
    for _ in encoding.split(", ")[1:]:
        body = gzip.compress(body)
    monkeypatch.setenv("SMILE_EXPLORE_MAX_GB", "0.1")
    head = HEAD + b"Content-Encoding: " + encoding.encode()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with Rude(answer(head, body)) as server, pytest.raises(ServerError, match="more than 100 MB"):
        fetch(over(server, monkeypatch))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # kB
    listed = a_product(http_mirror(BERKELEY, "themis.ssl.berkeley.edu"))
    with Rude(answer(head, body)) as server:
        over(server, monkeypatch)
        with pytest.raises(ServerError, match="for a listing"):
            fetch(listed)


def test_a_disk_without_room_is_known_before_it_is_full(archive, monkeypatch):
    archive.put(PLACES["http"][0] % 12, a_file(12, size=3_000_000))
    usage = shutil.disk_usage("/")._replace(free=102 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(StorageError, match=r"3 MB.*107 MB free"):
        fetch(over_http())
    assert left_over() == []


@pytest.mark.parametrize(
    "length", [b"-5", b"1e9", b"9" * 40, b"12, 13", b"abc", b"\xb2", b""], ids=repr
)
def test_an_absurd_length_is_one_sentence(monkeypatch, length):
    with (
        Rude(answer(HEAD + b"Content-Length: " + length, b"DATA")) as server,
        pytest.raises((SourceError, CorruptFileError)) as caught,
    ):
        fetch(over(server, monkeypatch))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("after", [b"9" * 40, b"-1", b"soon", b"Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_server_cannot_say_how_long_to_wait(monkeypatch, after):
    with Rude(answer(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nRetry-After: " + after)) as server:
        assert "503" in str(refused_in_time(lambda: fetch(over(server, monkeypatch))))


# --------------------------------------------------------------------------- elsewhere


@pytest.mark.parametrize(
    "target",
    [
        "http://[::1", "http://[::1/x", "file:///etc/passwd", "ftp://127.0.0.1/x", "javascript:1",
        "http://", "http:///x", "http://127.0.0.1:99999999/x", "http://\x00/", "//", "http://a b/",
        "data:text/plain,DATA", "http://169.254.169.254/latest", "http://10.0.0.1/", "http://[::1]:80/",
        "http://0.0.0.0:1/", "http://localhost:9/", "http://" + "a" * 300 + ".de/", "http://xn--/",
    ],
    ids=repr,
)  # fmt: skip
def test_a_redirection_to_a_trap_is_refused_in_one_sentence(monkeypatch, target):
    with Rude(redirect(target)) as server, pytest.raises(SourceError) as caught:
        fetch(over(server, monkeypatch))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 700


def test_a_neighbour_of_this_machine_is_not_asked_for_a_server(monkeypatch):
    said = pytest.raises(ServerError, match="no public host")
    with Rude(answer(HEAD + b"Content-Length: 6", b"secret")) as neighbour:
        with Rude(redirect(f"{neighbour.url}token")) as server, said:
            fetch(over(server, monkeypatch))
        assert neighbour.asked == []


@pytest.mark.parametrize(
    "head", [b"", b"SSH-2.0-OpenSSH", b"HTTP/9 abc", b"\x00\xff" * 9, b"HTTP/1.1 \xb2\xb2\xb2 x"]
)
def test_what_is_no_http_is_one_sentence(monkeypatch, head):
    with Rude(answer(head)) as server, pytest.raises(SourceError) as caught:
        fetch(over(server, monkeypatch))
    assert "\n" not in str(caught.value)


# --------------------------------------------------------------------------- names


BAD = ["..%2f..%2fx_20080812_v01.dat", "c_20080812_v0%00.dat", "c_20080812%2f..%2f..%2fx_v01.dat",
       "c_20080812%5c_v01.dat", "c_20080812" + "x" * 250 + "_v01.dat", "c_20080812%0a_v01.dat", "..", "."]  # fmt: skip


def test_names_that_lead_elsewhere_are_no_names(archive, tmp_path):
    page = "".join(f'<a href="{name}">x</a>' for name in BAD).encode()
    archive.answer(f"{BERKELEY}", lambda query: (200, page))
    archive.everywhere = {name: a_file(1) for name in ("x_v01.dat", "x_20080812_v01.dat")}
    mirror = Mirror("http", "themis.ssl.berkeley.edu", {"url": f"{BERKELEY}*%Y%m%d*_v*.dat"})
    with pytest.raises(SmileExploreError, match="no such file"):
        fetch(a_product(mirror, pattern="*%Y%m%d*_v*.dat"))
    assert [p for p in tmp_path.rglob("*") if p.is_file() and p.suffix == ".dat"] == []


@pytest.mark.parametrize(
    "page",
    [
        b"<html><form action=login><input name=u><input type='password' name=p></form></html>",
        b"<a href='help.html'>Help</a><INPUT TYPE=PASSWORD>",
        b"<html>Down for maintenance</html>", b"", b"\xff\xfe\x00", b"{}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("transport", ["http", "pyspedas"])
def test_a_login_page_is_no_listing(archive, page, transport):
    row = a_product(http_mirror(BERKELEY, "themis.ssl.berkeley.edu"))
    folder = f"{BERKELEY}c/2008/"
    if transport == "pyspedas":
        options = {"call": "ace.mfi", "args": {"datatype": "h0"}, "root": f"{SPDF}ace/"}
        mirror = Mirror("pyspedas", "spdf.gsfc.nasa.gov", options)
        row = a_product(mirror, pattern="ac_h0_mfi_%Y%m%d_v??.cdf")
        folder = f"{SPDF}ace/mag/level_2_cdaweb/mfi_h0/2008/"
    archive.answer(folder, lambda query: (200, page))
    with pytest.raises(ServerError, match="instead of the listing"):
        fetch(row)


# --------------------------------------------------------------------------- settings and the disk


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMILE_EXPLORE_CACHE", "~nouser-at-all/x"),
        ("SMILE_EXPLORE_CACHE", "/tmp/" + "x" * 5000),
        ("SMILE_EXPLORE_CACHE", "/tmp/" + "x/" * 2500),
        ("SMILE_EXPLORE_DEADLINE", "inf"),
        ("SMILE_EXPLORE_DEADLINE", "nan"),
        ("SMILE_EXPLORE_DEADLINE", "-1"),
        ("SMILE_EXPLORE_PATIENCE", "1e999"),
        ("SMILE_EXPLORE_PATIENCE", "six"),
        ("SMILE_EXPLORE_MAX_GB", "0"),
        ("SMILE_EXPLORE_REWRITE", "somewhere"),
    ],
)
def test_an_odd_setting_is_one_sentence_that_names_it(monkeypatch, archive, name, value):
    monkeypatch.setenv(name, value)
    archive.put(f"{BERKELEY}c/2008/c_20080812_v01.dat", a_file(12))
    with pytest.raises(InputError, match=name) as caught:
        fetch(a_product(http_mirror(BERKELEY, "themis.ssl.berkeley.edu")))
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (ConnectionResetError(104, "Connection reset by peer"), NetworkError),
        (TimeoutError(110, "Connection timed out"), NetworkError),
        (OSError(24, "Too many open files"), SourceError),
        (OSError(28, "No space left on device"), StorageError),
    ],
)
def test_the_disk_is_blamed_for_its_own_faults_only(fault, error):
    with pytest.raises(SourceError) as caught, cache.storing():
        raise fault
    assert type(caught.value) is error
