"""`load(..., variables=[...])`: these alone, as they are among all, from every source."""

import dataclasses
import importlib

import numpy as np
import pytest
import xarray as xr

import smile_explore as se
from smile_explore import catalogue, cli, packs
from smile_explore.errors import InputError, NoDataError
from smile_explore.formats import rows, selection
from tests.archive import any_row, cdfs

door = importlib.import_module("smile_explore.load")
ROWS = pytest.mark.parametrize("row", catalogue.table().values(), ids=lambda row: row.name)
ESA, SPAN = "themis.a.esa", ("2008-03-01", "2008-03-03")
WIND = ("omni.1min", "2027-03-22 06:00", "2027-03-22 07:00")


@pytest.fixture
def days(tmp_path):
    """Write two days of moments, every fifth flagged as bad; the second without temperatures."""
    for day in (1, 2):
        time = np.datetime64(f"2008-03-0{day}", "ns") + np.arange(480) * np.timedelta64(180, "s")
        n = 10.0 * day + np.arange(480) / 480
        given = {"density": n, "velocity_gsm": n[:, None] * [-40, 1, 2],
                 "en_eflux": n[:, None] * np.ones(32), "en_eflux_yaxis": np.tile(np.geomspace(2e4, 5, 32) + day, (480, 1)),
                 "data_quality": (np.arange(480) % 5 == 0) * 1}  # fmt: skip
        given |= {"avgtemp": 100 * n} if day == 1 else {}
        cdfs.themis_esa(tmp_path / f"tha_l2_esa_2008030{day}_v01.cdf", "a", {"peif": (time, given)})
    return tmp_path


def same(some, every, names):
    """Compare variables and coordinates with those of a reading of all."""
    assert list(some.data_vars) == list(names)
    xr.testing.assert_identical(some.drop_attrs(deep=False), every[list(names)].drop_attrs(deep=False))  # fmt: skip


@ROWS
def test_each_variable_of_any_row_is_what_it_is_among_all(tmp_path, row):
    time = np.datetime64("2008-08-12", "ns") + np.arange(6) * np.timedelta64(4, "h")
    path = any_row.write(tmp_path / "a.cdf", row, time)
    row = dataclasses.replace(row, format="cdf")
    every = rows.read_one(path, row, quality="good", trusted=False)
    for name in every.data_vars:
        one = rows.read_one(path, selection.narrowed(row, (name,)), quality="good", trusted=True)
        xr.testing.assert_identical(one[name], every[name])


@pytest.mark.parametrize("chunks", [None, "auto"])
@pytest.mark.parametrize("names", [["v", "n_i"], ["eflux"], ["t_i", "quality"], ["quality"]])
def test_of_a_folder_only_these_are_read_in_the_order_asked(days, monkeypatch, names, chunks):
    every = se.load(ESA, *SPAN, source=days)
    decoded, read = set(), door.rows.formats.read
    monkeypatch.setattr(
        door.rows.formats, "read", lambda p, n, **how: decoded.update(n) or read(p, n, **how)
    )
    ds = se.load(ESA, *SPAN, source=days, variables=names, chunks=chunks).compute()
    same(ds, every, names)
    origins = {o for v in catalogue.product(ESA).variables if v.name in names for o in v.origin}
    assert decoded == origins | {"tha_peif_data_quality"}
    if "eflux" in names:
        assert ds.energy_centre.dims == ("time", "energy")


def test_flags_are_applied_and_not_given_unless_asked_for(days):
    ds = se.load(ESA, *SPAN, source=days, variables=["n_i"])
    assert float(ds.n_i.isnull().mean()) == pytest.approx(0.2)
    assert set(ds.variables) == {"time", "n_i"}
    raw = se.load(ESA, *SPAN, source=days, variables=["n_i"], quality="raw")
    assert raw.n_i.notnull().all()


def test_a_variable_of_one_day_is_nan_on_the_other(days):
    ds = se.load(ESA, *SPAN, source=days, variables=["t_i"])
    assert ds.sizes["time"] == 960
    assert ds.t_i[480:].isnull().all()
    assert ds.t_i[:480].notnull().sum() == 384


def test_the_report_speaks_of_what_is_given(days):
    table = se.report(se.load(ESA, *SPAN, source=days, variables=["n_i"]))
    assert set(table.variable) <= {"n_i", "time"}
    flagged = table[table.what == "quality flag"].iloc[0]
    assert (flagged["count"], flagged.of) == (192, 960)


@pytest.mark.parametrize("chunks", [None, "auto"])
def test_of_a_pack_and_of_the_store(chunks, monkeypatch):
    every = se.load(*WIND, source="rehearsal")
    ds = se.load(*WIND, source="rehearsal", variables=["n_p", "b"], chunks=chunks)
    assert (ds.chunks != {}) == (chunks is not None)
    same(ds.compute(), every, ["n_p", "b"])
    row = catalogue.product("omni.1min")
    month = door.store.months(*(np.datetime64(t) for t in WIND[1:]))[0]
    door.store.put(row, month, packs.open("rehearsal").load("omni.1min"))
    stored = se.load(*WIND, source="store", variables=["n_p", "b"], chunks=chunks)
    same(stored.compute(), every, ["n_p", "b"])


def test_a_text_is_one_name():
    assert list(se.load(*WIND, source="rehearsal", variables="b")) == ["b"]


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        (["b", "n_pp"], r"omni.1min has no variable 'n_pp'. Did you mean n_p.*It has b, v, "),
        ("bz_gsm", "has no variable 'bz_gsm'"),
        ([], "names none"),
        ("", "has no variable ''"),
        (3, r"is no list of names: give variables=\['b', 'v'\]"),
        ([1], "is no list of names"),
    ],
)
def test_names_that_are_not_there_are_refused_in_a_sentence(variables, says):
    with pytest.raises(InputError, match=says):
        se.load(*WIND, source="rehearsal", variables=variables)


def test_what_no_file_holds_is_said(tmp_path):
    row, time = catalogue.product(ESA), np.datetime64("2008-03-01", "ns") + np.arange(3)
    any_row.write(tmp_path / "tha_l2_esa_20080301_v01.cdf", row, time, lacking=["eflux"])
    with pytest.raises(NoDataError, match="no file of the interval holds eflux"):
        se.load(ESA, "2008-03-01", "2008-03-02", source=tmp_path, variables=["eflux"])
    ds = se.load(ESA, "2008-03-01", "2008-03-02", source=tmp_path, variables=["eflux", "n_i"])
    assert (list(ds), ds.attrs["missing_variables"]) == (["n_i"], "eflux")


def test_remembered_files_are_remembered_by_what_was_read(days):
    with door.recent.remembering():
        assert list(se.load(ESA, *SPAN, source=days, variables=["n_i"])) == ["n_i"]
        assert list(se.load(ESA, *SPAN, source=days, variables=["v"])) == ["v"]


def test_the_command_takes_names_with_commas(tmp_path):
    from typer.testing import CliRunner

    target = tmp_path / "wind.csv"
    words = ["get", *WIND, "--source", "rehearsal", "-o", str(target)]
    answer = CliRunner().invoke(cli.app, [*words, "--variables", "n_p, sym_h"])
    assert answer.exit_code == 0, answer.output
    head = next(t for t in target.read_text().splitlines() if not t.startswith("#"))
    assert head == "time,n_p,sym_h"
    refused = CliRunner().invoke(cli.app, ["get", *WIND, "--store", "--variables", "n_p"])
    assert refused.exit_code == 2
