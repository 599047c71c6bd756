"""A survey decodes a file once; what it gives away is the asker's own, and what changed is new."""

import importlib

import numpy as np
import pytest
import xarray as xr

import smile_explore as se
from smile_explore.formats import recent
from tests.archive import cdfs

door = importlib.import_module("smile_explore.load")
FGM = "themis.c.fgm"


def write(folder, day, value):
    time = np.datetime64(f"2008-08-{day}", "ns") + np.arange(1440) * np.timedelta64(60, "s")
    path = folder / f"thc_l2_fgm_200808{day}_v01.cdf"
    cdfs.themis_fgm(path, "c", {"fgs": (time, {"gsm": np.full((1440, 3), float(value))})})
    return path


@pytest.fixture
def folder(tmp_path):
    for day in (11, 12, 13):
        write(tmp_path, day, day)
    return tmp_path


@pytest.fixture
def read(monkeypatch):
    """Note which files are decoded."""
    seen, one = [], door.rows.read_one
    monkeypatch.setattr(door.rows, "read_one", lambda p, *a, **k: seen.append(p.name) or one(p, *a, **k))  # fmt: skip
    recent.forget()
    yield seen
    recent.forget()


def field(folder, start, stop):
    with recent.remembering():
        return se.load(FGM, f"2008-08-{start}", f"2008-08-{stop}", source=folder)


def test_each_file_is_decoded_once(folder, read):
    whole = field(folder, "11", "14")
    day, window = field(folder, "12", "13"), field(folder, "12T06:00", "12T07:00")
    assert sorted(read) == sorted({*read}), "the three files, each once"
    xr.testing.assert_identical(day.b, whole.b.sel(time="2008-08-12"))
    assert window.sizes["time"] == 60


@pytest.mark.parametrize("span", [("12", "13"), ("11", "14")], ids=["one file", "three files"])
def test_what_a_function_does_to_its_data_nobody_else_sees(folder, read, span):
    mine = field(folder, *span)
    mine.b[:] = -1.0
    mine.b.attrs["units"] = "mine"
    mine.attrs.clear()
    again = field(folder, *span)
    assert float(again.b.min()) >= 11.0
    assert again.b.units == "nT"


def test_a_file_that_changed_is_read_again(folder, read):
    assert float(field(folder, "12", "13").b[0, 0]) == 12.0
    path = write(folder, "12", 99)
    assert float(field(folder, "12", "13").b[0, 0]) == 99.0
    assert read.count(path.name) == 2


def test_outside_of_a_survey_nothing_is_kept(folder, read):
    for _ in range(2):
        se.load(FGM, "2008-08-12", "2008-08-13", source=folder)
    assert read.count("thc_l2_fgm_20080812_v01.cdf") == 2


def test_memory_is_bounded(folder, read, monkeypatch):
    whole = field(folder, "11", "14")
    recent.forget()
    read.clear()
    monkeypatch.setattr(recent, "_ROOM", whole.nbytes * 0.7)  # two of three days
    field(folder, "11", "14")
    assert len(recent._held) == 2
    field(folder, "13T12:00", "13T13:00")  # and the day before, which may run past midnight
    assert len(read) == 3, "the last two are still there"
    field(folder, "11", "12")
    assert len(read) == 4
    assert len(recent._held) == 2


def test_what_a_survey_kept_is_given_back_at_its_end(folder, read):
    days = se.survey.every("day", "2008-08-11", "2008-08-14", margin="1h")
    means = se.survey.run(lambda fgm: float(fgm.b.mean()), days, FGM, source=str(folder))
    assert len(means) == 3
    assert sorted(read) == sorted({*read})
    assert not recent._held
