"""A server on loopback that speaks HTTP as nobody should: a script a connection.

    with Rude(drip(b"X: 1\r\n")) as server:
        monkeypatch.setenv("SMILE_EXPLORE_REWRITE", f"https://={server.url}")

A script is a function of (send, request, stopped): ``send`` writes bytes, ``request`` is the first
line of what was asked, ``stopped`` an event that is set when the test is over.
"""

import contextlib
import socket
import threading


class Rude:
    """A running server; leave the ``with`` block to stop it and all its scripts."""

    def __init__(self, script):
        self.script = script
        self.asked: list[str] = []
        self.stopped = threading.Event()

    def __enter__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_exc):
        self.stopped.set()
        self._socket.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError):
            while not self.stopped.is_set():
                asked = b""
                while b"\r\n\r\n" not in asked:
                    piece = connection.recv(4096)
                    if not piece:
                        return
                    asked += piece
                line = asked.split(b"\r\n", 1)[0].decode("latin1")
                self.asked.append(line)
                self.script(connection.sendall, line, self.stopped)


HEAD = b"HTTP/1.1 200 OK\r\n"


def drip(piece: bytes, *, head: bytes = HEAD, every: float = 0.05):
    """Send `head`, then a piece again and again, for ever."""

    def script(send, _request, stopped):
        send(head)
        while not stopped.wait(every):
            send(piece)

    return script


def flood(piece: bytes, *, head: bytes = HEAD):
    """Send `head`, then a piece again and again as fast as the line takes it."""

    def script(send, _request, stopped):
        send(head)
        many = piece * (1 + (1 << 16) // len(piece))
        while not stopped.is_set():
            send(many)

    return script


def redirect(location: str, *, after: float = 0.0):
    """Send every request to another address; ``{n}`` in it is a number that counts up."""
    numbers = iter(range(1, 10**6))

    def script(send, _request, stopped):
        stopped.wait(after)
        where = location.replace("{n}", str(next(numbers))).encode()
        send(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + where + b"\r\n\r\n")

    return script


def answer(head: bytes, body: bytes = b""):
    """Send the same answer, and close."""

    def script(send, _request, _stopped):
        send(head + b"\r\n\r\n" + body)
        raise OSError

    return script
