"""A loopback archive: files at their real addresses, with the faults that servers have.

    archive.put("https://spdf.gsfc.nasa.gov/pub/data/ace/…/ac_h0_mfi_20080812_v05.cdf", body)
    archive.fault("*ac_h0_mfi*", "truncated")
    monkeypatch.setenv("SMILE_EXPLORE_REWRITE", archive.rewrite)

A folder's page lists its files, as Apache does. What is asked for is kept in `asked`.
`answer` gives an address to a function, for servers that make files on request.
"""

import contextlib
import fnmatch
import html
import random
import socket
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn

#: Every host that a product's mirrors name, each with its root in the archive.
HOSTS = (
    "themis.ssl.berkeley.edu",
    "spdf.gsfc.nasa.gov",
    "cdaweb.gsfc.nasa.gov",
    "csa.esac.esa.int",
    "wdc.kugi.kyoto-u.ac.jp",
    "datapub.gfz-potsdam.de",
    "kp.gfz.de",
    "data.ngdc.noaa.gov",
    "www.ncei.noaa.gov",
    "lasp.colorado.edu",
    "ssd.jpl.nasa.gov",
)

#: What a fault does to a request for a file that is there.
FAULTS = (
    "404", "403", "500", "503", "silent", "stall", "slow", "truncated", "truncated-no-length",
    "header", "flipped", "empty", "wrong", "page", "redirect",
)  # fmt: skip

_PAGE = b"<!DOCTYPE html><html><body><h1>Down for maintenance</h1></body></html>"


class Archive:
    """A running server; leave the ``with`` block to stop it, hanging requests and all."""

    def __init__(self, *, threads=True):
        self.threads = threads  # False: one connection at a time, as a small archive may be
        self.files: dict[str, bytes] = {}
        self.answers: dict[str, object] = {}
        self.everywhere: dict[str, bytes] = {}  # files that lie in whatever folder is asked for
        self.faults: list[list] = []
        self.asked: list[str] = []
        self.stopped = threading.Event()
        self._lock = threading.Lock()

    def __enter__(self):
        archive = self

        class Handler(_Handler):
            pass

        Handler.archive = archive
        self.server = (_Server if self.threads else _SmallServer)(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_exc):
        self.stopped.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def rewrite(self) -> str:
        """The value of SMILE_EXPLORE_REWRITE that leads every known host here."""
        return " ".join(f"https://{host}/={self.url}{host}/" for host in HOSTS)

    def put(self, url: str, body: bytes) -> None:
        """Lay a file at its real address."""
        self.files[url.split("://", 1)[1]] = body

    def answer(self, url: str, function) -> None:
        """Have ``function(query) -> (status, body)`` answer at an address."""
        self.answers[url.split("://", 1)[1]] = function

    def fault(self, pattern: str, kind: str, times: int = -1) -> None:
        """Have requests whose path fits meet a fault, for ever or so many times."""
        if kind not in FAULTS:
            raise ValueError(kind)
        self.faults.append([pattern, kind, times])

    def heal(self) -> None:
        """Take all faults away, and forget what was asked."""
        self.faults.clear()
        self.asked.clear()

    def note(self, method: str, path: str) -> str | None:
        """Remember a request; return the fault it meets."""
        with self._lock:
            if method == "GET":
                self.asked.append(path)
            for entry in self.faults:
                if fnmatch.fnmatch(path, entry[0]) and entry[2] and method == "GET":
                    entry[2] -= 1
                    return entry[1]
        return None

    def folder(self, path: str) -> bytes | None:
        """Return the page of a folder, or None if nothing lies below it."""
        below = {f[len(path) :].split("/")[0] for f in self.files if f.startswith(path)}
        below = sorted(below | set(self.everywhere))
        if not below:
            return None
        links = "".join(f'<a href="{html.escape(n)}">{html.escape(n)}</a>\n' for n in below)
        return f'<html><body><a href="?C=N;O=D">Name</a>\n<a href="../">Up</a>\n{links}</body></html>'.encode()


class _SmallServer(HTTPServer):
    def handle_error(self, request, client_address):
        """Say nothing of clients that hang up: half of the tests do."""


class _Server(ThreadingMixIn, _SmallServer):
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    archive: Archive
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args):
        pass

    def do_HEAD(self):
        self.archive.note("HEAD", self.path)
        self._send(200, b"")

    def do_GET(self):
        parts = urllib.parse.urlsplit(self.path)
        path = urllib.parse.unquote(parts.path).lstrip("/")
        fault = self.archive.note("GET", path + (f"?{parts.query}" if parts.query else ""))
        elsewhere = self.archive.everywhere.get(path.rpartition("/")[2])
        body, status = self.archive.files.get(path, elsewhere), 200
        if path in self.archive.answers:
            query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
            status, body = self.archive.answers[path](query)
        elif path.endswith("/"):
            body = self.archive.folder(path)
        if fault in ("404", "403", "500", "503"):
            status, body = int(fault), _PAGE
        elif body is None:
            status, body = 404, _PAGE
        with contextlib.suppress(ConnectionError):
            getattr(self, f"_{fault}".replace("-", "_"), self._send)(status, body)

    def _send(self, status, body, length=None, *, close=False):
        self.send_response(status)
        self.send_header("Content-Type", "application/octet-stream")
        if length != -1:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        if close or length == -1:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def _silent(self, _status, _body):
        self.archive.stopped.wait()
        self.close_connection = True

    def _stall(self, status, body):
        self._send(status, body[: len(body) // 2], len(body), close=True)
        self.archive.stopped.wait()

    def _slow(self, status, body):
        """One byte, twenty times a second: never silent, never done."""
        self._send(status, b"", len(body), close=True)
        for byte in body:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.archive.stopped.wait(0.05):
                return

    def _truncated(self, status, body):
        self._send(status, body[: len(body) // 2], len(body), close=True)

    def _truncated_no_length(self, status, body):
        self._send(status, body[: len(body) // 2], -1)

    def _header(self, status, body):
        self._send(status, bytes(64) + body[64:])

    def _flipped(self, status, body):
        rng = random.Random(7)
        broken = bytearray(body)
        for place in rng.sample(range(len(body) // 4, len(body)), max(1, len(body) // 50)):
            broken[place] ^= 0xFF
        self._send(status, bytes(broken))

    def _empty(self, status, _body):
        self._send(status, b"")

    def _wrong(self, status, _body):
        self._send(status, b"CDF\x01 but of another data set" * 50)

    def _page(self, status, _body):
        self._send(status, _PAGE)

    def _redirect(self, _status, body):
        """Lead to the same file at another address of the same, real, host."""
        host, _, path = self.path.lstrip("/").partition("/")
        self.archive.files[f"{host}/moved/{path}"] = body
        self.send_response(302)
        self.send_header("Location", f"https://{host}/moved/{path}")
        self.send_header("Content-Length", "0")
        self.end_headers()


def closed_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, seconds: float = 10.0) -> None:
    """Wait until a condition holds, or fail."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(condition)
        time.sleep(0.02)
