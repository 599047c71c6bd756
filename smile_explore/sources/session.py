"""The one way to a server: no request hangs, is cut short unnoticed, or sends a password.

Every transport uses `Session`, the quarantined pyspedas too. Nothing is retried here: the
next mirror of the product is the second try.
"""

import functools
import importlib.metadata
import urllib.parse
from http.client import HTTPException
from pathlib import Path

import requests
from urllib3.exceptions import (
    DecodeError,
    HTTPError,
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
    SmileExploreError,
)
from smile_explore.sources import space, wire
from smile_explore.sources.cache import storing
from smile_explore.sources.job import Clock

_CHUNK = 1 << 16
_LISTING_LIMIT = 32 << 20
_IDLE_LIMIT = 4 << 20  # bytes of headers, chunk sizes and trailers between two pieces of data
_SOON = 0.05  # seconds before the deadline at which a read that ended has met it


class Absent(NoDataError):
    """The server answered that it has no such file."""

    def __init__(self):
        super().__init__("has no such file")


class Session(requests.Session):
    """A session that knows deadlines, sizes, rewritten addresses and the offline switch."""

    max_redirects = 10

    def __init__(self, clock: Clock, heard=lambda count: None):
        super().__init__()
        self._whole = self.clock = clock  # of all requests, of the one under way
        self.heard = heard
        self.auth = _no_credentials
        version = importlib.metadata.version("smile_explore")
        self.headers["User-Agent"] = f"smile_explore/{version} (python-requests)"
        self.headers["Accept-Encoding"] = "gzip, deflate"
        self.has_answered = False  # to any request, whatever it said
        self._idle = 0  # bytes since the last that were data
        for scheme in ("http://", "https://"):
            self.mount(scheme, wire.Adapter(self))

    def next_clock(self) -> Clock:
        """Return the clock of the next request: the deadline is one of each file."""
        return Clock(min(settings.deadline(), self._whole.left()))

    def request(self, method, url, **how):
        """Send a request; what goes wrong before the body is raised in words of ours."""
        if settings.is_offline():
            message = "the offline switch was set meanwhile"
            raise OfflineError(message)
        self.clock, self._idle = self.next_clock(), 0
        patience = self._patience()
        is_stream = how.pop("stream", False)
        try:
            url = settings.rewritten(url)
            many = len(wire.look_up(url, patience))
            # each of a host's addresses is tried in turn
            how |= {"stream": True, "timeout": (max(patience / max(many, 1), 0.05), patience)}
            answer = super().request(method, url, **how)
        except SmileExploreError:
            raise
        except (OSError, ValueError, HTTPError, HTTPException) as err:
            raise self._fault(err, url, patience) from err
        self.has_answered = True
        answer.iter_content = functools.partial(self._body, answer)
        if not is_stream:
            answer._content, answer._content_consumed = self._page(answer), True
        return answer

    def _patience(self) -> float:
        return max(0.05, min(settings.patience(), self.clock.left()))

    def before_read(self, sock) -> None:
        """Let a read wait as long as it may: a server that drips bytes meets the deadline too."""
        if self.clock.left() <= 0:
            message = "the deadline has passed"
            raise TimeoutError(message)
        sock.settimeout(self._patience())

    def count(self, size: int) -> None:
        """Count bytes as they come; end an answer that is all headers and no data."""
        self._idle += size
        if self._idle > _IDLE_LIMIT:
            message = f"sent {_IDLE_LIMIT >> 20} MB of headers and no data"
            raise ServerError(message)

    def close(self):
        """Close every connection now; urllib3 leaves idle ones to the garbage collector."""
        for adapter in self.adapters.values():
            for manager in (adapter.poolmanager, *adapter.proxy_manager.values()):
                for key in manager.pools.keys():  # noqa: SIM118  no plain dict
                    manager.pools[key].close()
        super().close()

    def get_redirect_target(self, resp):
        """Follow a redirection to where the user's copy of the archive is, and not to a trap."""
        target = super().get_redirect_target(resp)
        if not target:
            return target
        if self.clock.left() <= 0:
            raise _late(last_part(resp.url), self.clock)
        asked = urllib.parse.urljoin(resp.url, target)
        target = settings.rewritten(asked)
        wire.refuse_target(resp.url, asked, target, self._patience())
        resp._content, resp._content_consumed = (
            b"",
            True,
        )  # its body is for nobody, and may be endless
        resp.raw.close()
        return target

    def _body(self, answer, *_size_and_decoding, **_named):
        """Yield the body as it comes; raise as soon as it is late, silent, short or too long.

        ``read1`` returns what is there: a larger read would sit out a trickle past any deadline.
        """
        name, wanted, size = last_part(answer.url), answer.headers.get("Content-Length", "?"), 0
        space.refuse_size(name, answer.raw.length_remaining or 0)
        try:
            while chunk := answer.raw.read1(_CHUNK, decode_content=True):
                self.heard(len(chunk))
                if self.clock.left() < 0:
                    raise _late(name, self.clock)
                size, self._idle = size + len(chunk), 0
                if size >> 26 != (size - len(chunk)) >> 26:  # every 64 MB
                    space.refuse_size(name, size, came=size)
                yield chunk
        except (ReadTimeoutError, TimeoutError) as err:
            if self.clock.left() <= _SOON:
                raise _late(name, self.clock) from err
            message = f"fell silent after {answer.raw.tell()} of {wanted} bytes of {name}"
            raise NetworkError(message) from err
        except (ProtocolError, DecodeError, OSError, ValueError, HTTPException) as err:
            raise self.cut_short(name, answer.raw.tell(), wanted) from err

    def _page(self, answer) -> bytes:
        """Return a body that should be small, and close it."""
        body = bytearray()
        with answer:
            for chunk in self._body(answer):
                body += chunk
                if len(body) > _LISTING_LIMIT:
                    message = f"sent more than {_LISTING_LIMIT >> 20} MB for a listing"
                    raise ServerError(message)
        return bytes(body)

    def cut_short(self, name: str, got: int, wanted: str) -> Exception:
        """Return what to raise when a body ends too soon."""
        return CorruptFileError(f"{name} broke off after {got} of {wanted} bytes")

    def _fault(self, err: Exception, url: str, patience: float) -> Exception:
        """Say in a few words of ours what requests met."""
        if not isinstance(err, (requests.Timeout, TimeoutError)):
            return wire.fault(err)
        if self.clock.left() <= _SOON:
            return _late(last_part(url), self.clock)
        return NetworkError(f"did not answer within {patience:.3g} s")


def _no_credentials(request):
    """Authenticate with nothing, which keeps requests from looking into ``~/.netrc``."""
    return request


def _late(name: str, clock: Clock) -> NetworkError:
    return NetworkError(
        f"did not deliver {name} within {clock.seconds:.3g} s (SMILE_EXPLORE_DEADLINE allows more)"
    )


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
    except ServerError:
        return
    except NetworkError as err:
        if "broke the connection" not in str(err):
            raise


def save(session: Session, url: str, path: Path, params=None) -> Path:
    """Stream one file to `path`."""
    with session.get(url, params=params, stream=True) as answer:
        refuse(answer)
        with storing():
            file = path.open("wb")
        with file:
            for chunk in answer.iter_content():  # what the line does is not the disk's fault
                with storing():
                    file.write(chunk)
    return path


def text(session: Session, url: str, params=None) -> str:
    """Return a page that should be small."""
    answer = session.get(url, params=params)
    refuse(answer)
    return answer.content.decode("utf-8", "replace")
