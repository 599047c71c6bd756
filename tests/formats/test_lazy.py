"""What is read when it is needed: the same numbers, no more of a file than was asked for."""

import importlib
import os
import pickle

import numpy as np
import pycdfpp
import pytest
import xarray as xr

import smile_explore as se
from smile_explore.errors import CorruptFileError
from smile_explore.formats import lazy
from tests.archive import cdfs
from tests.compared import assert_alike

door = importlib.import_module("smile_explore.load")
ESA, SPAN = "themis.a.esa", ("2008-03-01", "2008-03-04")


@pytest.fixture
def days(tmp_path):
    """Write three days of moments, some flagged as bad."""
    return written(tmp_path)


def written(tmp_path, lacking=()):
    """Write three days of moments, some flagged as bad; the second lacks some variables."""
    for day in (1, 2, 3):
        time = np.datetime64(f"2008-03-0{day}", "ns") + np.arange(480) * np.timedelta64(180, "s")
        n = 10.0 * day + np.arange(480) / 480
        given = {"density": n, "avgtemp": 100 * n, "velocity_gsm": n[:, None] * [-40, 1, 2],
                 "en_eflux": n[:, None] * np.ones(32), "en_eflux_yaxis": np.tile(np.geomspace(2e4, 5, 32), (480, 1)),
                 "data_quality": (np.arange(480) % 5 == 0) * 1}  # fmt: skip
        given = {k: v for k, v in given.items() if day != 2 or k not in lacking}
        cdfs.themis_esa(tmp_path / f"tha_l2_esa_2008030{day}_v01.cdf", "a", {"peif": (time, given)})
    return tmp_path


@pytest.fixture
def asked(monkeypatch):
    """Note what is decoded: the names of each reading, and whether the file was trusted."""
    seen, read, outline = [], door.rows.formats.read, door.rows.outline.read

    def noting(path, names, **how):
        seen.append((path.name, sorted(names), how["trusted"]))
        return read(path, names, **how)

    def noting_outline(path, names, **how):
        seen.append((path.name, [], how["trusted"]))
        return outline(path, names, **how)

    monkeypatch.setattr(door.rows.formats, "read", noting)
    monkeypatch.setattr(door.rows.outline, "read", noting_outline)
    return seen


@pytest.mark.parametrize("name", ["n_i", "v", "eflux", "quality"])
def test_a_variable_alone_is_what_it_is_among_all(days, name):
    direct = se.load(ESA, *SPAN, source=days)
    chunked = se.load(ESA, *SPAN, source=days, chunks="auto")
    assert float(direct[name].isnull().mean()) == pytest.approx(0.0 if name == "quality" else 0.2)
    xr.testing.assert_identical(chunked[name].compute(scheduler="synchronous"), direct[name])
    every = chunked.compute(scheduler="synchronous")
    assert_alike(every, direct)


@pytest.mark.parametrize("lacking", ["density", "avgtemp"])  # the first of the product, another
def test_a_file_that_lacks_a_variable_has_its_times_and_gaps_for_it(tmp_path, lacking):
    days = written(tmp_path, (lacking,))
    direct = se.load(ESA, *SPAN, source=days)
    chunked = se.load(ESA, *SPAN, source=days, chunks="auto").compute(scheduler="synchronous")
    assert_alike(chunked, direct)
    second = chunked.sel(time="2008-03-02")
    assert second.sizes["time"] == 480
    assert not second[{"density": "n_i", "avgtemp": "t_i"}[lacking]].notnull().any()


def test_of_one_variable_only_it_and_its_flag_are_decoded(days, asked):
    chunked = se.load(ESA, *SPAN, source=days, chunks="auto")
    asked.clear()
    chunked.n_i.mean().compute(scheduler="synchronous")
    names = ["tha_peif_data_quality", "tha_peif_density"]
    assert [what for _, what, _ in asked] == [names] * 3
    asked.clear()
    chunked.compute(scheduler="synchronous")
    assert len(asked) == 6, "each file is read for the first variable and for the rest"


def test_a_file_is_looked_through_again_only_if_it_changed(days, asked):
    chunked = se.load(ESA, *SPAN, source=days, chunks="auto")
    assert {trusted for *_, trusted in asked} == {False}
    asked.clear()
    changed = days / "tha_l2_esa_20080302_v01.cdf"
    changed.write_bytes(changed.read_bytes()[:-200])
    os.utime(changed, ns=(1, 1))
    with pytest.raises(CorruptFileError, match="20080302"):
        chunked.n_i.compute(scheduler="synchronous")
    assert all(trusted != (name == changed.name) for name, _, trusted in asked)


def test_a_file_goes_to_another_process_without_its_numbers():
    held = lazy.File("a path", _long)
    held.having("b")
    assert held.having("b").sizes == {"time": 100_000}
    there = pickle.loads(pickle.dumps(held))
    assert len(pickle.dumps(held)) < 500
    assert there.having("b").sizes == {"time": 100_000}


def _long(_path, _name=None):
    return xr.Dataset({"b": ("time", np.zeros(100_000))})


@pytest.mark.parametrize("chunks", [None, "auto"])
def test_one_simulated_file_among_measured_ones_makes_all_simulated(days, chunks):
    assert se.load(ESA, *SPAN, source=days, chunks=chunks).attrs["simulated"] == 0
    second = str(days / "tha_l2_esa_20080302_v01.cdf")
    cdf = pycdfpp.load(second)
    cdf.add_attribute("simulated", ["yes"])
    pycdfpp.save(cdf, second)
    assert se.load(ESA, *SPAN, source=days, chunks=chunks).attrs["simulated"] == 1
