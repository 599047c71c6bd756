"""The server answers to its own names alone: asked over a socket, as a browser or an attacker asks."""

import socket

import pytest

from smile_explore.app import proxy
from smile_explore.app.hosts import Names
from smile_explore.errors import InputError
from tests.browser.harness import running_app

PATHS = ["/explorer", "/explorer/ws", "/explorer/autoload.js", "/static/js/bokeh.min.js", "/", "/nowhere"]  # fmt: skip
FOREIGN = [
    "evil.example", "evil.example:{port}", "localhost.evil.example:{port}", "127.0.0.1.nip.io:{port}",
    "localhost.:{port}", "127.0.0.1:1", "localhost", "me@127.0.0.1:{port}", "127.0.0.1:{port}@evil.example",
    "127.0.0.2:{port}", "0.0.0.0:{port}", "127.1:{port}", "2130706433:{port}", "[::]:{port}", "[::1]x:{port}",
    "[::ffff:127.0.0.1]:{port}", "space.example.edu.evil.example", "127.0.0.1:{port}0", "127.0.0.1:",
]  # fmt: skip
OWN = ["127.0.0.1:{port}", "localhost:{port}", "LocalHost:{port}", "[::1]:{port}", "[0:0:0:0:0:0:0:1]:{port}", "space.example.edu"]  # fmt: skip
UPGRADE = (
    "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: bokeh, x",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)  # fmt: skip


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMILE_EXPLORE_HOSTS", "space.example.edu, lab.example.edu:8443")
        with running_app(tmp_path_factory.mktemp("hosts")) as app:
            yield int(app.url.split(":")[2].split("/")[0])


def asked(port: int, path: str, *headers: str, version: str = "1.1") -> tuple[int, str]:
    """Send a request as it stands; return the status and the body of the answer."""
    lines = [f"GET {path} HTTP/{version}", *headers, "", ""]
    with socket.create_connection(("127.0.0.1", port), timeout=60) as wire:
        wire.sendall("\r\n".join(lines).encode("latin-1"))
        answer = wire.makefile("rb")
        status = int(answer.readline().split()[1])
        length = 0
        for line in iter(answer.readline, b"\r\n"):
            name, _, value = line.decode("latin-1").partition(":")
            length = int(value) if name.lower() == "content-length" else length
        return status, answer.read(length).decode() if status != 101 else ""


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS)
def test_another_name_is_refused_on_every_path_in_one_sentence(port, path):
    status, body = asked(port, path, f"Host: evil.example:{port}")
    assert status == 403
    assert "'evil.example" in body
    assert "SMILE_EXPLORE_HOSTS" in body
    assert len(body.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("host", FOREIGN)
def test_what_only_looks_like_a_name_of_the_server_is_refused(port, host):
    status, _ = asked(port, "/explorer/autoload.js", f"Host: {host.format(port=port)}")
    assert status == (400 if "@" in host else 403)  # Tornado itself refuses what is no Host at all


@pytest.mark.slow
@pytest.mark.parametrize("host", OWN)
def test_its_own_names_and_those_added_are_answered(port, host):
    assert asked(port, "/static/js/bokeh.min.js", f"Host: {host.format(port=port)}")[0] == 200


@pytest.mark.slow
def test_no_host_two_hosts_and_an_address_in_place_of_a_path_are_refused(port):
    own, static = f"Host: 127.0.0.1:{port}", "/static/js/bokeh.min.js"
    assert asked(port, static, version="1.0")[0] == 403
    assert asked(port, static)[0] == 400  # HTTP/1.1 asks for a Host (RFC 9112, 3.2)
    assert asked(port, static, own, "Host: evil.example")[0] in (400, 403)
    assert asked(port, static, own, own)[0] in (400, 403)
    assert asked(port, f"http://evil.example{static}", own)[0] == 403
    forwarded = ("X-Forwarded-Host: localhost", "Forwarded: host=localhost", "X-Forwarded-For: 127.0.0.1")  # fmt: skip
    assert asked(port, static, "Host: evil.example", *forwarded)[0] == 403


@pytest.mark.slow
@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        pytest.param("127.0.0.1:{port}", "http://127.0.0.1:{port}", 101, id="own"),
        pytest.param("127.0.0.1:{port}", "http://localhost:{port}", 101, id="own by another name"),
        pytest.param("[::1]:{port}", "http://[::1]:{port}", 101, id="own, IPv6"),
        pytest.param("space.example.edu", "https://space.example.edu", 101, id="added"),
        pytest.param("127.0.0.1:{port}", "https://lab.example.edu:8443", 101, id="added, another Host"),
        pytest.param("127.0.0.1:{port}", "http://evil.example", 403, id="another site"),
        pytest.param("127.0.0.1:{port}", "http://127.0.0.1.nip.io:{port}", 403, id="begins alike"),
        pytest.param("127.0.0.1:{port}", "http://localhost:1", 403, id="another port"),
        pytest.param("127.0.0.1:{port}", "null", 403, id="a file"),
        pytest.param("127.0.0.1:{port}", "", 403, id="empty"),
        pytest.param("127.0.0.1:{port}", "http://me@127.0.0.1:{port}", 403, id="with a user"),
        pytest.param("evil.example:{port}", "http://evil.example:{port}", 403, id="rebinding"),
    ],
)  # fmt: skip
def test_a_websocket_is_opened_for_the_server_s_own_pages_alone(port, host, origin, status):
    lines = (f"Host: {host.format(port=port)}", f"Origin: {origin.format(port=port)}")
    assert asked(port, "/explorer/ws", *lines, *UPGRADE)[0] == status


@pytest.mark.slow
def test_a_page_of_another_site_may_link_to_the_server_but_not_embed_its_scripts(port):
    lines = (f"Host: 127.0.0.1:{port}", "Sec-Fetch-Site: cross-site")
    script = "/explorer/autoload.js?bokeh-autoload-element=x"
    assert asked(port, script, *lines, "Sec-Fetch-Mode: no-cors")[0] == 403
    assert asked(port, "/static/js/bokeh.min.js", *lines, "Sec-Fetch-Mode: navigate")[0] == 200


@pytest.mark.parametrize("name", ["http://space.example.edu", "a b", "space.example.edu/x", "", "a:b", "a..b:99999999"])  # fmt: skip
def test_a_setting_that_is_no_name_is_refused(name):
    with pytest.raises(InputError, match="no name of a host"):
        Names.of(5006, [name])


def test_behind_jupyter_any_port_of_this_machine_will_do_and_on_a_hub_any_name():
    desktop, hub = proxy.names(40001, {}), proxy.names(40001, {"JUPYTERHUB_SERVICE_PREFIX": "/u/"})
    assert desktop.has("localhost:8888")
    assert desktop.has("[::1]")
    assert not desktop.has("evil.example:40001")
    assert hub.has("hub.example.edu")
