"""The one way to a server: no request hangs, is cut short unnoticed, or sends a password.

Every transport uses `Session`, the quarantined pyspedas too. Nothing is retried here: the
next mirror of the product is the second try.
"""

import contextlib
import functools
import importlib.metadata
import socket
import threading
import urllib.parse
from pathlib import Path

import requests
from urllib3.exceptions import (
    DecodeError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

from smile_explore import settings
from smile_explore.errors import (
    CorruptFileError,
    NetworkError,
    NoDataError,
    OfflineError,
    ServerError,
)
from smile_explore.sources.cache import storing
from smile_explore.sources.job import Clock

_CHUNK = 1 << 16
_LISTING_LIMIT = 32 << 20


class Absent(NoDataError):
    """The server answered that it has no such file."""

    def __init__(self):
        super().__init__("has no such file")


class Session(requests.Session):
    """A session that knows deadlines, rewritten addresses and the offline switch."""

    def __init__(self, clock: Clock, heard=lambda count: None):
        super().__init__()
        self.clock, self.heard = clock, heard
        self.auth = _no_credentials
        version = importlib.metadata.version("smile_explore")
        self.headers["User-Agent"] = f"smile_explore/{version} (python-requests)"

    def request(self, method, url, **how):
        """Send a request; what goes wrong before the body is raised in words of ours."""
        if settings.is_offline():
            message = "the offline switch was set meanwhile"
            raise OfflineError(message)
        url = settings.rewritten(url)
        patience = max(0.05, min(settings.patience(), self.clock.left()))
        try:
            _look_up(url, patience)
            answer = super().request(method, url, **how | {"timeout": patience})
        except requests.RequestException as err:
            raise _fault(err, patience) from err
        if how.get("stream"):
            answer.iter_content = functools.partial(self._body, answer)
        return answer

    def close(self):
        """Close every connection now; urllib3 leaves idle ones to the garbage collector."""
        for adapter in self.adapters.values():
            for manager in (adapter.poolmanager, *adapter.proxy_manager.values()):
                for key in manager.pools.keys():  # noqa: SIM118  no plain dict
                    manager.pools[key].close()
        super().close()

    def get_redirect_target(self, resp):
        """Follow a redirection to where the user's copy of the archive is."""
        target = super().get_redirect_target(resp)
        return settings.rewritten(target) if target else target

    def _body(self, answer, *_size_and_decoding, **_named):
        """Yield the body as it comes; raise as soon as it is late, silent or short.

        ``read1`` returns what is there: a larger read would sit out a trickle past any deadline.
        """
        name, wanted = last_part(answer.url), answer.headers.get("Content-Length", "?")
        try:
            while chunk := answer.raw.read1(_CHUNK, decode_content=True):
                self.heard(len(chunk))
                if self.clock.left() < 0:
                    raise _late(name, self.clock)
                yield chunk
        except ReadTimeoutError as err:
            message = f"fell silent after {answer.raw.tell()} of {wanted} bytes of {name}"
            raise NetworkError(message) from err
        except (ProtocolError, DecodeError) as err:
            raise self.cut_short(name, answer.raw.tell(), wanted) from err

    def cut_short(self, name: str, got: int, wanted: str) -> Exception:
        """Return what to raise when a body ends too soon."""
        return CorruptFileError(f"{name} broke off after {got} of {wanted} bytes")


def _no_credentials(request):
    """Authenticate with nothing, which keeps requests from looking into ``~/.netrc``."""
    return request


def _late(name: str, clock: Clock) -> NetworkError:
    return NetworkError(
        f"did not deliver {name} within {clock.seconds:.3g} s (SMILE_EXPLORE_DEADLINE allows more)"
    )


def _look_up(url: str, patience: float) -> None:
    """Resolve the name first: the system may take half a minute, and knows no timeout."""
    parts = urllib.parse.urlsplit(url)
    proxies = requests.utils.get_environ_proxies(url)
    if not parts.hostname or requests.utils.select_proxy(url, proxies):
        return
    answers = []

    def ask():
        with contextlib.suppress(OSError):
            answers.append(socket.getaddrinfo(parts.hostname, parts.port or parts.scheme))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(patience)
    if not answers:
        raise _unknown(parts.hostname)


def _unknown(host: str) -> NetworkError:
    return NetworkError(f"the name {host} cannot be resolved (is this machine online?)")


def _fault(err: requests.RequestException, patience: float) -> Exception:
    """Say in a few words of ours what requests found."""
    cause = err.args[0] if err.args else err
    cause = getattr(cause, "reason", None) or cause
    if isinstance(err, requests.TooManyRedirects):
        return ServerError("sends every request elsewhere, in a circle")
    if isinstance(err, requests.Timeout):
        return NetworkError(f"did not answer within {patience:.3g} s")
    if isinstance(err, requests.exceptions.ChunkedEncodingError):
        return CorruptFileError("broke off in the midst of a page")
    if isinstance(cause, NameResolutionError):
        return _unknown("of the server")
    if isinstance(cause, NewConnectionError):
        return NetworkError("refused the connection")
    return NetworkError(f"broke the connection ({type(cause).__name__}: {cause})")


def last_part(url: str) -> str:
    """Return the file name that an address ends with."""
    return urllib.parse.unquote(urllib.parse.urlsplit(url).path.rsplit("/", 1)[-1]) or url


def refuse(answer: requests.Response) -> None:
    """Raise what a status other than success means."""
    if answer.status_code in (404, 410):
        raise Absent
    if answer.status_code >= 400:
        message = f"answered {answer.status_code} {answer.reason or ''} to {last_part(answer.url)}"
        raise ServerError(message)


def probe(url: str, clock: Clock) -> None:
    """Raise NetworkError if nobody is at the address; any answer will do, even a rude one."""
    try:
        with Session(clock) as session:
            session.request("HEAD", url, allow_redirects=False).close()
    except NetworkError as err:
        if "broke the connection" not in str(err):
            raise


def save(session: Session, url: str, path: Path, params=None) -> Path:
    """Stream one file to `path`."""
    with session.get(url, params=params, stream=True) as answer:
        refuse(answer)
        with storing(), path.open("wb") as file:  # the body's own errors are no OSErrors
            for chunk in answer.iter_content():
                file.write(chunk)
    return path


def text(session: Session, url: str, params=None) -> str:
    """Return a page that should be small."""
    return body_of(session.get(url, params=params, stream=True)).decode("utf-8", "replace")


def body_of(response: requests.Response) -> bytes:
    """Return the body of a streamed answer that should be small, and close it."""
    with response as answer:
        refuse(answer)
        body = bytearray()
        for chunk in answer.iter_content():
            body += chunk
            if len(body) > _LISTING_LIMIT:
                message = f"sent more than {_LISTING_LIMIT >> 20} MB for a listing"
                raise ServerError(message)
    return bytes(body)
