"""Which names the Explorer's server answers to: a page of another site must not reach it.

Any site can make its own name point to 127.0.0.1 (DNS rebinding); the browser then sends that name
in Host, and its pages' name in Origin. Bokeh compares only the beginnings of names, and only for
WebSockets. Headers that a page can set itself, such as X-Forwarded-Host, are not looked at.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher, Rule
from tornado.web import Application, RequestHandler

from smile_explore.errors import InputError

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
ANY = "*"
_HOST = re.compile(
    r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?)(?::(\d{1,5}))?"
)
_DEFAULT_PORTS = {"", "80", "443"}
_ORIGIN = re.compile(r"(https?)://([^/?#@\\\s]+)")


def split(text: str) -> tuple[str, str] | None:
    """Return the name and the port ("" without one) of a Host header; None if it is none.

    Examples
    --------
    >>> split("LOCALHOST:5006"), split("[0:0::1]"), split("me@localhost"), split("localhost.")
    (('localhost', '5006'), ('[::1]', ''), None, None)
    """
    match = _HOST.fullmatch(text.lower())
    if match is None:
        return None
    name, port = match[1], match[2] or ""
    if name.startswith("["):
        try:
            name = f"[{ipaddress.IPv6Address(name[1:-1]).compressed}]"
        except ValueError:
            return None
    return name, port


@dataclass(frozen=True)
class Names:
    """The names of a server: `exact` with their port, `added` with the port of a proxy.

    `any_port`: this machine's names with any port, as a proxy of this machine sends them.
    `anything`: whatever name, where only a proxy that checks its users can reach the server.
    """

    port: int
    added: frozenset = frozenset()
    any_port: bool = False
    anything: bool = False

    @classmethod
    def of(cls, port: int, added: Iterable[str] = (), *, any_port: bool = False) -> "Names":
        """Return the names of a port of this machine, and those added.

        Raises
        ------
        InputError
            If an added name is not one.

        Examples
        --------
        >>> names = Names.of(5006, ["space.example.edu"])
        >>> names.has("localhost:5006"), names.has("space.example.edu"), names.has("localhost.org:5006")
        (True, True, False)
        """
        given = [text for text in added if text != ANY]
        pairs = {text: split(text) for text in given}
        wrong = [text for text, pair in pairs.items() if pair is None]
        if wrong:
            message = f"{', '.join(map(repr, wrong))} is no name of a host: write name or name:port, e.g. space.example.edu."
            raise InputError(message)
        return cls(port, frozenset(pairs.values()), any_port, ANY in added)

    def has(self, text: str) -> bool:
        """Say whether a Host header names this server."""
        pair = split(text)
        if pair is None:
            return False
        name, port = pair
        own = name in LOOPBACK and (self.any_port or (port or "80") == str(self.port))
        open_to = {(name, port), (name, "")} if port in _DEFAULT_PORTS else {(name, port)}
        return own or self.anything or bool(open_to & self.added)

    def fault(self, request: HTTPServerRequest) -> str:
        """Return why a request is not answered, in one sentence; "" if it is."""
        hosts, origins = request.headers.get_list("Host"), request.headers.get_list("Origin")
        hosts = hosts if len(hosts) == 1 else [", ".join(hosts)]
        if not self.has(hosts[0]) or not request.uri.startswith("/"):
            return f"This server does not answer to the name {_shown(hosts[0])}: {self._advice}"
        for origin in origins:
            if not self._is_own(origin, hosts[0]):
                return f"Pages of {_shown(origin)} may not use this server: {self._advice}"
        if _is_embedded_elsewhere(request):
            return f"Pages of another site may not use this server: {self._advice}"
        return ""

    @property
    def _advice(self) -> str:
        return f"open http://127.0.0.1:{self.port}/explorer, or name a proxy's host in SMILE_EXPLORE_HOSTS."

    def _is_own(self, origin: str, host: str) -> bool:
        """Say whether a page is this server's: from where it was asked, or from a name of its own."""
        if self.anything:
            return True
        match = _ORIGIN.fullmatch(origin.lower())
        page = match and split(match[2])
        if page is None:
            return False
        alike = _without_default(page, match[1]) == _without_default(split(host), match[1])
        strict = Names(self.port, self.added)
        return alike or strict.has(match[2])


def _without_default(pair: tuple[str, str], scheme: str) -> tuple[str, str]:
    name, port = pair
    return name, "" if port == {"http": "80", "https": "443"}[scheme] else port


def _is_embedded_elsewhere(request: HTTPServerRequest) -> bool:
    """Say whether another site's page asks for a part of its own, as a script: a link may come."""
    site, mode = (request.headers.get(f"Sec-Fetch-{name}", "") for name in ("Site", "Mode"))
    return site == "cross-site" and mode != "navigate"


def _shown(text: str) -> str:
    return ascii(text[:80]) if text else "'' (none was given)"


def guard(application: Application, names: Names) -> None:
    """Let an application refuse, on every path, what does not name it: 403 and one sentence."""
    router = application.default_router
    rule = Rule(_Foreign(names), _Refusal, {"names": names})
    router.rules.insert(0, router.process_rule(rule))


class _Foreign(Matcher):
    """Matches the requests that are refused."""

    def __init__(self, names: Names):
        self._names = names

    def match(self, request: HTTPServerRequest) -> dict | None:
        return {} if self._names.fault(request) else None


class _Refusal(RequestHandler):
    def initialize(self, names: Names) -> None:
        self._names = names

    def prepare(self) -> None:
        self.set_status(403)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.finish(f"{self._names.fault(self.request)}\n")
