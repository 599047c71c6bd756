"""The rehearsal is simulated once for all tests of the course, not once a test."""

import pytest

from smile_explore import packs


@pytest.fixture(scope="session")
def rehearsal(tmp_path_factory):
    """Return the folder of a rehearsal pack of these sources."""
    home = tmp_path_factory.mktemp("course") / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMILE_EXPLORE_CACHE", str(home))
        return packs.open("rehearsal").folder


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch, rehearsal):
    """Give each test a cache of its own that holds the rehearsal and nothing else."""
    (tmp_path / "cache" / "packs").mkdir(parents=True)
    (tmp_path / "cache" / "packs" / "rehearsal").symlink_to(rehearsal)
    monkeypatch.setenv("SMILE_EXPLORE_CACHE", str(tmp_path / "cache"))
    for name in ("SMILE_EXPLORE_OFFLINE", "SMILE_EXPLORE_REWRITE", "SMILE_EXPLORE_DEADLINE"):
        monkeypatch.delenv(name, raising=False)
