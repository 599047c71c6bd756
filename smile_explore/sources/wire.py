"""What lies below a request: names, addresses, and sockets that keep a deadline.

requests and urllib3 wait for each piece of an answer, however many there are; here each read
of a socket asks the `Session` whether there is time left, so that no header, redirection or
chunk can be dripped past the deadline. Nothing here knows a product.
"""

import contextlib
import io
import ipaddress
import socket
import threading
import urllib.parse
from http.client import HTTPException, RemoteDisconnected

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import InvalidHeader, NameResolutionError, NewConnectionError

from smile_explore.errors import CorruptFileError, NetworkError, ServerError

_PORTS = {"http": 80, "https": 443}


class Adapter(HTTPAdapter):
    """Connections whose sockets ask the session before each read, and tell it what came."""

    def __init__(self, session):
        self._session = session
        super().__init__()

    def init_poolmanager(self, *args, **named):
        """Make the pools of connections, ours."""
        super().init_poolmanager(*args, **named)
        _watch(self.poolmanager, self._session)

    def proxy_manager_for(self, proxy, **named):
        """Make the pools of connections by way of a proxy, ours."""
        is_new = proxy not in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **named)
        if is_new:
            _watch(manager, self._session)
        return manager


def _watch(manager, session) -> None:
    def watched(connection):
        class Watched(connection):
            def connect(self):
                super().connect()
                self.sock = _Socket(self.sock, session)

        return Watched

    manager.pool_classes_by_scheme = {
        scheme: type(pool.__name__, (pool,), {"ConnectionCls": watched(pool.ConnectionCls)})
        for scheme, pool in manager.pool_classes_by_scheme.items()
    }


class _Socket:
    """A socket, but for what is read from it."""

    def __init__(self, sock, session):
        self._sock, self._session = sock, session

    def __getattr__(self, name):
        return getattr(self._sock, name)

    def makefile(self, *_args, **_named):
        """Return the stream that http.client reads an answer from."""
        return io.BufferedReader(_Reader(self._sock, self._session))


class _Reader(io.RawIOBase):
    def __init__(self, sock, session):
        super().__init__()
        self._raw = sock.makefile("rb", buffering=0)
        self._sock, self._session = sock, session

    def readable(self):
        return True

    def readinto(self, buffer):
        self._session.before_read(self._sock)
        size = self._raw.readinto(buffer)
        self._session.count(size or 0)
        return size

    def close(self):
        self._raw.close()
        super().close()


# --------------------------------------------------------------------------- names and addresses


def look_up(url: str, patience: float) -> list[str]:
    """Return the addresses of a host; the system may take half a minute, and knows no timeout.

    Raises
    ------
    NetworkError
        If the name is not known, or not within `patience` seconds.
    """
    parts = urllib.parse.urlsplit(url)
    proxies = requests.utils.get_environ_proxies(url)
    if not parts.hostname or requests.utils.select_proxy(url, proxies):
        return []
    host, port, answers = parts.hostname, parts.port or parts.scheme, []

    def ask():
        with contextlib.suppress(OSError, UnicodeError):
            answers.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(patience)
    if not answers:
        raise unknown(host)
    return [answer[4][0] for answer in answers]


def unknown(host: str) -> NetworkError:
    """Return what to raise for a name without an address."""
    return NetworkError(f"the name {host} cannot be resolved (is this machine online?)")


def refuse_target(origin: str, asked: str, target: str, patience: float) -> None:
    """Raise ServerError unless a server may send a request from `origin` to `target`.

    `asked` is the address before the user's own rules rewrote it. A server on the internet
    has no business with this machine and its neighbours.
    """
    try:
        old, new = urllib.parse.urlsplit(origin), urllib.parse.urlsplit(target)
        is_web = new.scheme in _PORTS and bool(new.hostname)
        same = is_web and _place(old) == _place(new)
    except ValueError:
        is_web = same = False
    if not is_web:
        message = f"sends the request to {in_a_line(target)!r}, which is no address of the web"
        raise ServerError(message)
    if same or target != asked:
        return
    private = [a for a in look_up(target, patience) if not _is_public(a)]
    if private:
        message = f"sends the request to {new.hostname}, which is no public host ({private[0]})"
        raise ServerError(message)


def _place(parts) -> tuple:
    port = parts.port or _PORTS.get(parts.scheme)
    return parts.hostname, 0 if port == _PORTS.get(parts.scheme) else port


def _is_public(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_global


def fault(err: Exception) -> Exception:
    """Return what to raise, in a few words of ours, for what requests met."""
    cause = err.args[0] if err.args else err
    cause = getattr(cause, "reason", None) or cause
    if isinstance(err, requests.TooManyRedirects):
        return ServerError("sends every request elsewhere, in a circle")
    if isinstance(err, requests.exceptions.ChunkedEncodingError):
        return CorruptFileError("broke off in the midst of a page")
    if isinstance(cause, NameResolutionError):
        return unknown("of the server")
    if isinstance(cause, NewConnectionError):
        return NetworkError("refused the connection")
    what = in_a_line(cause)
    if _is_no_http(err):
        return ServerError(f"sent what is no answer of HTTP ({what})")
    return NetworkError(f"broke the connection ({type(cause).__name__}: {what})")


def _is_no_http(err: Exception) -> bool:
    """Say whether a server answered, but in no way that HTTP knows."""
    causes = [err]
    for cause in causes:  # grows while it is read
        is_protocol = isinstance(cause, HTTPException) and not isinstance(cause, RemoteDisconnected)
        if is_protocol or isinstance(cause, (ValueError, InvalidHeader)):
            return True
        inner = (*cause.args, cause.__cause__, getattr(cause, "reason", None))
        causes += [c for c in inner if isinstance(c, Exception) and c not in causes]
    return False


def in_a_line(what) -> str:
    """Return the beginning of a text that came from outside, printable and in one line."""
    text = "".join(c if c.isprintable() else " " for c in str(what))
    return " ".join(text.split())[:200]
