"""What every test may use: no network, a cache of its own, the real files where they are."""

import os
import socket
from pathlib import Path

import hypothesis
import pytest

# machines are shared and noisy: how long an example takes says nothing of the code
hypothesis.settings.register_profile("no-deadline", deadline=None)
hypothesis.settings.load_profile("no-deadline")

ROOT = Path(__file__).parents[1]
REAL = Path(os.environ.get("SMILE_EXPLORE_TEST_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def real_data():
    """Return the folder of real measurements, or skip where it is absent."""
    if not REAL.is_dir():
        pytest.skip(f"no real measurements at {REAL}: set SMILE_EXPLORE_TEST_DATA")
    return REAL


@pytest.fixture(scope="module")
def shipped_iers():
    """Let astropy turn with the table it ships, however old: it asks for a new one in 30 days."""
    from astropy.utils import iers

    with (
        iers.conf.set_temp("auto_download", False),
        iers.conf.set_temp("auto_max_age", None),
        iers.conf.set_temp("iers_degraded_accuracy", "ignore"),
    ):
        yield


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    """Give each test an empty cache, so that none sees another's files or the user's."""
    monkeypatch.setenv("SMILE_EXPLORE_CACHE", str(tmp_path / "cache"))
    for name in ("SMILE_EXPLORE_OFFLINE", "SMILE_EXPLORE_REWRITE", "SMILE_EXPLORE_DEADLINE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _loopback_only(request, monkeypatch):
    """Refuse every connection that leaves this machine: a test must not need the network."""
    if request.node.get_closest_marker("network"):
        return
    connect = socket.socket.connect

    def guarded(self, address):
        host = address[0] if isinstance(address, tuple) else ""
        if host and not (host.startswith("127.") or host in ("::1", "localhost")):
            pytest.fail(f"a test tried to connect to {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
