"""The store gives back what was loaded, never twice, never half, and before anything else."""

import importlib
import json
import os
import pickle
import zipfile

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

import smile_explore as se
from smile_explore import catalogue, cli, contract, joining, settings, sources
from smile_explore.errors import (
    CorruptFileError,
    InputError,
    NetworkError,
    NoDataError,
    PartialCoverageWarning,
    StorageError,
)
from smile_explore.load import keep
from smile_explore.report import add
from smile_explore.sources import store
from tests.archive import cdfs
from tests.compared import assert_alike

door = importlib.import_module("smile_explore.load")
START, STOP = "2008-01-20", "2008-03-10"
OMNI = "omni.1min"


@pytest.fixture(scope="session")
def _months(tmp_path_factory):
    folder = tmp_path_factory.mktemp("omni")
    for month in (1, 2, 3):
        first = np.datetime64(f"2008-{month:02}-01", "ns")
        minutes = first + np.arange(0, 28 * 1440, 60) * np.timedelta64(60, "s")
        b_z = 10 * np.sin(np.arange(len(minutes)) / 20 + month)
        b_z[5] = np.nan
        values = {"BX_GSE": b_z * 0, "BY_GSM": b_z * 0 + 1, "BZ_GSM": b_z, "SYM_H": b_z * 0 - month}
        cdfs.omni_hro(folder / f"omni_hro_1min_2008{month:02}01_v01.cdf", minutes, values)
    return folder


@pytest.fixture
def archive(_months, monkeypatch):
    """Answer fetches with the month files; those in `lost` cannot be reached."""

    def fetch(product, start, stop, **_how):
        wanted = sources.periods.covering("month", start, stop)
        names = [f"omni_hro_1min_{str(p.start)[:10].replace('-', '')}_v01.cdf" for p in wanted]
        fetch.asked += names
        found = [_months / n for n in names if n not in fetch.lost and (_months / n).exists()]
        missing = tuple(p for p, n in zip(wanted, names, strict=True) if n in fetch.lost)
        if not found:
            message = "the server is silent"
            raise NetworkError(message)
        spans = sources.periods.spans(missing)
        return sources.Fetched(tuple(found), "a test", tuple(spans), "2026-11-21T00:00:00Z")

    fetch.lost, fetch.asked = set(), []
    monkeypatch.setattr(door.sources, "fetch", fetch)
    return fetch


def alike(a, b):
    """Hold two Datasets to each other, but for where they say they come from."""
    for key in ("source", "retrieved"):
        b = b.assign_attrs({key: a.attrs[key]})
    xr.testing.assert_identical(a.compute(), b.compute())


def test_what_was_stored_is_what_was_loaded_and_no_server_is_asked(archive):
    direct = se.load(OMNI, START, STOP)
    assert keep(OMNI, START, STOP).state.tolist() == ["stored"] * 3
    archive.asked.clear()
    held = se.load(OMNI, START, STOP)
    assert archive.asked == []
    assert held.attrs["source"].startswith("store ")
    alike(direct, held)
    assert contract.check(held) is held
    assert held.b.dtype == direct.b.dtype


def test_the_store_grows_in_any_order_and_holds_nothing_twice(archive):
    keep(OMNI, "2008-03-01", "2008-03-02")
    assert keep(OMNI, START, STOP).state.tolist() == ["stored", "stored", "was there"]
    assert keep(OMNI, START, STOP).state.tolist() == ["was there"] * 3
    held = se.load(OMNI, "2008-01-01", "2008-04-01", source="store")
    assert held.sizes["time"] == 3 * 28 * 24
    assert held.indexes["time"].is_unique


def test_a_month_that_could_not_be_had_is_told_and_comes_later(archive):
    archive.lost = {"omni_hro_1min_20080201_v01.cdf"}
    states = keep(OMNI, START, STOP).state.tolist()
    assert states[::2] == ["stored", "stored"]
    assert "silent" in states[1]
    with pytest.raises(NoDataError, match=r"store does not hold.*--store"):
        se.load(OMNI, START, STOP, source="store")
    archive.lost = set()
    assert keep(OMNI, START, STOP).state.tolist() == ["was there", "stored", "was there"]


def test_what_lacks_part_of_a_month_is_stored_told_and_stored_again(archive, monkeypatch):
    def partial(*args, **how):
        ds = door_load(*args, **how)
        return ds.assign_attrs(missing="2008-02-29T00:00:00/2008-03-01T00:00:00")

    door_load = door.load
    with monkeypatch.context() as patch:
        patch.setattr(door, "load", partial)
        keep(OMNI, "2008-02-01", "2008-03-01")
    with pytest.warns(PartialCoverageWarning, match="2008-02-29"):
        held = se.load(OMNI, "2008-02-01", "2008-03-01")
    assert "2008-02-29" in held.attrs["missing"]
    assert keep(OMNI, "2008-02-01", "2008-03-01").state.tolist() == ["stored"]


def test_refresh_raw_values_and_other_sources_pass_the_store_by(archive):
    keep(OMNI, START, STOP)
    for how in ({"refresh": True}, {"quality": "raw"}, {"source": "archive"}):
        archive.asked.clear()
        se.load(OMNI, START, STOP, **how)
        assert archive.asked, how


def test_offline_the_store_answers(archive, monkeypatch):
    keep(OMNI, START, STOP)
    monkeypatch.setattr(door.sources, "fetch", None)
    with settings.offline():
        assert se.load(OMNI, START, STOP).sizes["time"] > 0


def test_simulated_data_are_not_stored(archive, monkeypatch):
    measured = se.load(OMNI, "2008-01-01", "2008-02-01")
    monkeypatch.setattr(door, "load", lambda *_args, **_how: measured.assign_attrs(simulated=1))
    with pytest.raises(InputError, match="is simulated: the store"):
        keep(OMNI, "2008-01-01", "2008-02-01", source="rehearsal")
    assert not list((settings.cache_dir() / "store").rglob("*.zip"))


def test_a_disk_that_refuses_leaves_the_store_as_it_was(archive, monkeypatch):
    keep(OMNI, "2008-01-01", "2008-02-01")

    def full(*_args, **_how):
        raise OSError(28, os.strerror(28))

    before = sorted((settings.cache_dir() / "store").rglob("*"))
    monkeypatch.setattr(xr.Dataset, "to_zarr", full)
    with pytest.raises(StorageError, match="No space left"):
        keep(OMNI, START, STOP, refresh=True)
    assert [p for p in before if not p.exists()] == []
    assert se.load(OMNI, "2008-01-20", "2008-01-21", source="store").sizes["time"] == 24


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_month_is_named(archive, damage):
    keep(OMNI, "2008-01-01", "2008-02-01")
    path = next((settings.cache_dir() / "store").rglob("*.zip"))
    with zipfile.ZipFile(path) as held:
        largest = max(held.infolist(), key=lambda entry: entry.file_size)
    body = bytearray(path.read_bytes())
    inside = largest.header_offset + 100 + largest.file_size // 2
    body[inside : inside + 50] = b"\xff" * 50
    path.write_bytes(body[:500] if damage == "cut" else body)
    with pytest.raises(CorruptFileError, match=rf"{path.name} is damaged.*store the month again"):
        se.load(OMNI, "2008-01-20", "2008-01-21")


class _Touch:
    """What leaves a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("key", ["compressor", "filters"])
def test_a_month_from_elsewhere_runs_no_program(archive, tmp_path, key):
    keep(OMNI, "2008-01-01", "2008-02-01")
    path = next((settings.cache_dir() / "store").rglob("*.zip"))
    with zipfile.ZipFile(path) as held:
        parts = {name: held.read(name) for name in held.namelist()}
    table = json.loads(parts[".zmetadata"])
    packing = {"id": "pickle", "protocol": 5}
    array = table["metadata"]["b/.zarray"]
    array |= (
        {"compressor": packing}
        if key == "compressor"
        else {"compressor": None, "filters": [packing]}
    )
    parts[".zmetadata"] = json.dumps(table).encode()
    bomb = pickle.dumps(np.array([_Touch(tmp_path / "touched")], object))
    parts |= {name: bomb for name in parts if name.startswith("b/") and name[2].isdigit()}
    with zipfile.ZipFile(path, "w") as archive_file:
        for name, data in parts.items():
            archive_file.writestr(name, data)
    with pytest.raises(CorruptFileError, match="pickle, which is not read"):
        se.load(OMNI, "2008-01-20", "2008-01-21")
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize("stored", [False, True], ids=["files", "store"])
def test_chunks_give_the_same_numbers_read_when_needed(archive, monkeypatch, stored):
    direct = se.load(OMNI, START, STOP)
    if stored:
        keep(OMNI, START, STOP)
    read = []
    one = door.rows.read_one
    monkeypatch.setattr(
        door.rows, "read_one", lambda p, **how: read.append(p.name) or one(p, **how)
    )
    ds = se.load(OMNI, START, STOP, chunks="auto")
    assert ds.b.chunks is not None
    assert not read
    last_day = ds.sel(time="2008-03-05")
    assert float(last_day.sym_h.mean()) == -3
    assert "omni_hro_1min_20080201_v01.cdf" not in read
    same = {key: ds.attrs[key] for key in ("source", "retrieved")}
    assert_alike(ds.compute(), direct.assign_attrs(same))
    assert ds.time.attrs["time_reference"] == "bow-shock nose"


def test_files_that_reach_into_each_other_are_joined_as_without_chunks(tmp_path):
    folder = tmp_path / "week"
    folder.mkdir()
    for day, first in (("20080811", "2008-08-11"), ("20080812", "2008-08-11T23:30")):
        time = np.datetime64(first, "ns") + np.arange(1440) * np.timedelta64(60, "s")
        field = np.arange(1440.0)[:, None] * [1, 0, 0]
        cdfs.themis_fgm(folder / f"thc_l2_fgm_{day}_v01.cdf", "c", {"fgs": (time, {"gsm": field})})
    how = {"source": str(folder)}
    direct = se.load("themis.c.fgm", "2008-08-11", "2008-08-13", **how)
    chunked = se.load("themis.c.fgm", "2008-08-11", "2008-08-13", chunks="auto", **how)
    assert chunked.chunks
    assert_alike(chunked.compute(), direct.assign_attrs(retrieved=chunked.retrieved))


@pytest.mark.parametrize("change", ["variable", "axis", "words"])
def test_months_that_differ_are_joined_as_files_are(archive, change):
    row, periods = catalogue.product(OMNI), store.months(*(np.datetime64(t) for t in (START, STOP)))
    parts = [se.load(OMNI, *period, source="archive") for period in periods]
    axis = {"energy": [1.0, 2.0]}
    parts = [p.assign(e=(("time", "energy"), np.ones((p.sizes["time"], 2)), {"units": "eV", "long_name": "e"}), **axis) for p in parts]  # fmt: skip
    if change == "variable":
        parts[1] = parts[1].drop_vars("ae")
    elif change == "axis":
        parts[1] = parts[1].assign_coords(energy=[2.0, 3.0])
    else:
        parts[1]["ae"].attrs["long_name"] = "otherwise called"
    for part in parts:
        part["energy"].attrs = {"units": "eV", "long_name": "energy"}
    for period, part in zip(periods, parts, strict=True):
        store.put(row, period, part)
    held = store.read(row, periods[0].start, periods[-1].stop)
    alike(joining.join(parts).assign_attrs(source_files=held.attrs["source_files"]), held)


def _noted(parts):
    """Give each part an entry of its own, and one that they share."""
    for k, part in enumerate(parts):
        part.attrs.pop("report", None)
        add(part.attrs, "n_p", "fill", count=k + 1, of=10, detail="999.99")
        add(part.attrs, f"of_{k}", "left out", detail="no time axis")
    return parts


NOTED = [("n_p", "fill", 6, 30, "999.99")] + [
    (f"of_{k}", "left out", 0, 0, "no time axis") for k in range(3)
]


@pytest.mark.parametrize("chunks", [None, "auto"])
@pytest.mark.parametrize("change", ["nothing", "a variable", "no records"])
def test_the_reports_of_all_months_are_joined(archive, change, chunks):
    row, periods = catalogue.product(OMNI), store.months(*(np.datetime64(t) for t in (START, STOP)))
    parts = _noted([se.load(OMNI, *period, source="archive") for period in periods])
    if change == "a variable":
        parts[1] = parts[1].drop_vars("ae")
    elif change == "no records":
        parts[1:] = parts[1].isel(time=[]), parts[2].drop_vars("ae")
    for period, part in zip(periods, parts, strict=True):
        store.put(row, period, part)
    found = se.load(OMNI, START, STOP, source="store", chunks=chunks)
    table = [tuple(r) for r in se.report(found).itertuples(index=False)]
    assert [r for r in table if r[1] in ("fill", "left out")] == NOTED


def test_chunks_of_a_size(archive):
    ds = se.load(OMNI, START, STOP, chunks={"time": 100})
    assert ds.b.chunks[0][0] == 100


# ---------------------------------------------------------------- the command


def run(*args):
    return CliRunner().invoke(cli.app, ["get", OMNI, *args])


def test_the_command_fills_the_store_and_says_what_it_did(archive):
    first, again = run(START, STOP, "--store"), run(START, STOP, "--store")
    assert "3 months stored, 0 were there already, 0 could not be had" in first.output
    assert "0 months stored, 3 were there" in again.output
    archive.lost = {"omni_hro_1min_20080401_v01.cdf"}
    lacking = run(START, "2008-04-02", "--store")
    assert lacking.exit_code == 1
    assert "2008-04: the server is silent" in lacking.output


@pytest.mark.parametrize(
    "args",
    [
        pytest.param((START, STOP), id="neither"),
        pytest.param((START, STOP, "--store", "-o", "a.nc"), id="both"),
        pytest.param((START, STOP, "--store", "--quality", "raw"), id="raw"),
    ],
)
def test_the_command_wants_a_file_or_the_store(args):
    assert run(*args).exit_code == 2


def test_months_are_those_of_the_calendar():
    found = store.months(np.datetime64("2007-12-31"), np.datetime64("2008-02-01"))
    assert [str(m.start) for m in found] == ["2007-12-01T00:00:00", "2008-01-01T00:00:00"]
    assert not store.holds(catalogue.product(OMNI), found[0])
