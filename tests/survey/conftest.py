"""A week of day files, one number to a minute, and clusters small enough to kill."""

import numpy as np
import pytest

from smile_explore import survey
from tests.archive import cdfs

FIRST, LAST = "2008-08-10", "2008-08-17"


def day_file(path, day, seed=0):
    """Write a day of THEMIS-C spin-resolution field at one sample a minute."""
    time = np.datetime64(day, "ns") + np.arange(1440) * np.timedelta64(60, "s")
    walk = np.cumsum(np.random.default_rng(seed).normal(0, 2, (1440, 3)), axis=0)
    cdfs.themis_fgm(path, "c", {"fgs": (time, {"gsm": np.round(walk, 2)})})


@pytest.fixture(scope="session")
def _week(tmp_path_factory):
    folder = tmp_path_factory.mktemp("week")
    for number, day in enumerate(np.arange(FIRST, LAST, dtype="M8[D]")):
        day_file(folder / f"thc_l2_fgm_{str(day).replace('-', '')}_v01.cdf", day, number)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def week(_week, tmp_path):
    """Return a folder of seven day files, to be damaged at will."""
    folder = tmp_path / "week"
    folder.mkdir()
    for name, body in _week.items():
        (folder / name).write_bytes(body)
    return folder


@pytest.fixture
def days():
    return survey.every("day", FIRST, LAST)


@pytest.fixture
def half_days():
    return survey.every("12h", FIRST, LAST)


def mean_field():
    """Return a function that workers can be sent: one with a name here they could not import."""

    def mean(fgm):
        return {"n": fgm.sizes["time"], "b_x": float(fgm.b[:, 0].mean())}

    return mean


@pytest.fixture(autouse=True)
def _dask_knows_its_address(monkeypatch):
    """Dask asks the way to a server outside for its own address, which no test may do."""
    from distributed import utils

    monkeypatch.setattr(utils, "_get_ip", lambda *_args, **_how: "127.0.0.1")
