"""Packs are built, opened, verified and taken in; nothing unsafe or altered gets through."""

import errno
import os
import stat
import threading
import warnings
import zipfile

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import smile_explore as se
from smile_explore import contract, packing, packs, settings
from smile_explore.errors import (
    CorruptFileError,
    InputError,
    IntervalError,
    NoDataError,
    PackError,
    PartialCoverageWarning,
    StorageError,
    UnknownProductError,
)
from smile_explore.report import add

START, STOP = np.datetime64("2008-08-12T20:00", "ns"), np.datetime64("2008-08-12T22:00", "ns")


def dataset(product, start=START, stop=STOP, simulated=0):
    """Return a Dataset of the contract with everything a pack must keep: NaN, gap, flag, text axis."""
    time = np.arange(start, stop, np.timedelta64(60, "s")).astype("datetime64[ns]")
    time = np.delete(time, slice(30, 40))
    rng = np.random.default_rng(1)
    b = rng.normal(size=(len(time), 3)).astype(np.float32)
    b[5] = np.nan
    ds = xr.Dataset(
        {
            "b": (("time", "cartesian"), b),
            "eflux": (("time", "energy"), rng.lognormal(size=(len(time), 4))),
            "quality": ("time", rng.integers(0, 3, len(time)).astype(np.int32)),
        },
        {"time": time, "cartesian": ["x", "y", "z"], "energy": [1.0, 10.0, 100.0, 1000.0]},
    )
    ds.b.attrs = {"units": "nT", "long_name": "Field", "coordinate_system": "GSM"}
    ds.eflux.attrs = {"units": "eV cm-2 s-1 sr-1 eV-1", "long_name": "Flux"}
    ds.quality.attrs = {"units": "s", "long_name": "Flag, in a unit that looks like a duration"}
    ds.energy.attrs = {"units": "eV", "long_name": "Energy"}
    ds.time.attrs = {"long_name": "UTC", "standard_name": "time", "time_reference": "spacecraft"}
    ds.attrs = {"product": product, "source": "a test", "source_files": "", "doi": "10.1/å"}
    ds.attrs |= {"retrieved": "2026-01-01T00:00:00Z", "time_reference": "spacecraft"}
    ds.attrs |= {"simulated": simulated, "acknowledgement": "Thanks to “all” \\ of you\n"}
    return contract.check(ds)


def event(name="pass", products=("themis.c.fgm", "ace.mfi"), **more):
    return {"name": name, "start": START, "stop": STOP, "products": list(products)} | more


@pytest.fixture
def pack():
    return packs.build(
        event(what_to_look_for=['The field "drops" at 21:22'], title="A pass"), load=dataset
    )


@pytest.fixture(autouse=True)
def _one_process(request, monkeypatch):
    """Look into files here and not in a child of its own, but for the tests of just that."""
    if "child" not in request.node.name:
        monkeypatch.setattr(packing, "content_faults", packing.faults_in)


def home():
    return settings.cache_dir() / "packs"


def leftovers():
    return [p.name for p in home().glob(".*")]


# --------------------------------------------------------------------------- build and open


def test_a_pack_gives_back_what_was_loaded_bit_for_bit(pack):
    again = packs.open("pass").load("themis.c.fgm")
    assert again.identical(dataset("themis.c.fgm"))
    assert {k: v.dtype for k, v in again.variables.items()} == {
        k: v.dtype for k, v in dataset("themis.c.fgm").variables.items()
    }


@pytest.mark.parametrize("how", [{}, {"chunks": "auto"}, {"variables": ["b"]}], ids=str)
def test_the_report_of_what_was_read_goes_through_a_pack(tmp_path, how):
    def load(product, start, stop):
        ds = dataset(product, start, stop)
        add(ds.attrs, "b", "fill", count=3, of=330, detail="-1e+31")
        add(ds.attrs, "Größe", "left out", detail='text, not numbers: "a\\b"')
        return ds

    pack = packs.build(event(products=["ace.mfi"]), tmp_path, load=load)
    held = se.report(packs.open(pack.folder).load("ace.mfi", **how))
    assert held.values.tolist() == [
        ["b", "fill", 3, 330, "-1e+31"],
        ["Größe", "left out", 0, 0, 'text, not numbers: "a\\b"'],
    ]


def test_a_pack_built_of_data_that_did_not_say_so_on_the_axis_says_it_too():
    def load(product, start, stop):
        ds = dataset(product, start, stop)
        del ds.time.attrs["time_reference"]
        return ds

    b = packs.build(event("old"), load=load).load("themis.c.fgm").b
    assert b.time.attrs["time_reference"] == "spacecraft"


def test_the_manifest_keeps_every_text(pack):
    again = packs.open("pass")
    assert again.title == "A pass"
    assert again.what_to_look_for == ('The field "drops" at 21:22',)
    assert again.acknowledgements == ("Thanks to “all” \\ of you\n",)
    assert (again.start, again.stop, again.simulated) == (START, STOP, False)
    assert list(again.products) == ["themis.c.fgm", "ace.mfi"]
    assert again.truth == {}


def test_load_is_half_open(pack):
    ds = pack.load("ace.mfi", "2008-08-12T21:00", pd.Timestamp("2008-08-12T23:10+02:00"))
    assert ds.time.values[0] == np.datetime64("2008-08-12T21:00")
    assert ds.time.values[-1] == np.datetime64("2008-08-12T21:09")


def test_an_interval_without_samples_is_empty_not_an_error(pack):
    assert pack.load("ace.mfi", "2008-08-12T20:30", "2008-08-12T20:40").sizes["time"] == 0


def test_a_bad_time_is_refused(pack):
    with pytest.raises(IntervalError, match="'yesterdayish' is not a time"):
        pack.load("ace.mfi", "yesterdayish")


def test_a_product_the_pack_lacks_is_named_with_its_neighbours(pack):
    with pytest.raises(UnknownProductError, match=r"Did you mean themis.c.fgm"):
        pack.load("themis.c.fgn")


def test_a_curated_event_builds_by_its_name(monkeypatch):
    row = pd.Series(
        {
            "start": START,
            "stop": STOP,
            "products": "ace.mfi omni.1min",
            "title": "T",
            "why": "Look.",
        }
        | {"reference": "A (2001)", "doi": "10.1/x"}
    )
    monkeypatch.setattr(packs.catalogue, "event", lambda name: row)
    pack = packs.build("storm", load=dataset)
    assert (pack.name, list(pack.products)) == ("storm", ["ace.mfi", "omni.1min"])
    assert pack.what_to_look_for == ("Look.",)
    assert "10.1/x" in pack.provenance


def test_a_product_that_fails_is_said_and_recorded():
    def load(product, start, stop):
        if product == "ace.mfi":
            message = "The archive is empty."
            raise NoDataError(message)
        return dataset(product)

    with pytest.warns(PartialCoverageWarning, match="lacks ace.mfi.*The archive is empty"):
        pack = packs.build(event(), load=load)
    assert pack.failed == {"ace.mfi": "The archive is empty."}
    assert list(packs.open("pass").products) == ["themis.c.fgm"]


def test_one_failure_of_many_products_is_said_once(monkeypatch):
    monkeypatch.setenv("SMILE_EXPLORE_OFFLINE", "1")
    with pytest.raises(PackError) as caught:
        packs.build("themis-c-20080812")
    said = str(caught.value)
    assert said.count("no connection may be opened") == 1
    assert "themis.c.fgm, themis.c.esa" in said


def test_a_pack_with_no_product_at_all_is_refused_and_leaves_nothing():
    def load(product, start, stop):
        message = f"No {product}."
        raise NoDataError(message)

    with pytest.raises(PackError, match=r"No themis.c.fgm.*No ace.mfi"):
        packs.build(event(), load=load)
    assert not home().exists()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param({"products": ["ace.mfj"]}, UnknownProductError, id="product"),
        pytest.param({"name": "../up"}, InputError, id="name-that-escapes"),
        pytest.param({"name": "Großer Sturm"}, InputError, id="name-no-folder"),
    ],
)
def test_an_event_that_cannot_be_built_is_refused(change, error):
    with pytest.raises(error):
        packs.build(event() | change, load=dataset)


def test_an_event_without_an_interval_is_refused():
    with pytest.raises(InputError, match="lacks start, stop"):
        packs.build({"name": "x", "products": "ace.mfi"}, load=dataset)


def test_a_pack_built_elsewhere_opens_by_its_folder(tmp_path):
    packs.build(event(), tmp_path / "mine", load=dataset)
    assert packs.open(tmp_path / "mine" / "pass").load("ace.mfi").sizes["time"] == 110
    assert "pass" not in packs.available().index


def test_building_again_replaces_the_pack(pack):
    packs.build(event(products=["ace.mfi"]), load=dataset)
    assert list(packs.open("pass").products) == ["ace.mfi"]
    assert leftovers() == []


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="cannot be written"):
        packs.build(event(), tmp_path / "file", load=dataset)


def test_an_unknown_pack_is_named_with_those_that_are_there(pack):
    with pytest.raises(PackError, match=r"Did you mean pass.*There are rehearsal, pass"):
        packs.open("passs")


# --------------------------------------------------------------------------- find


def test_available_lists_packs_and_their_faults(pack):
    packs.build(event("broken"), load=dataset)
    (home() / "broken" / "ace.mfi.nc").unlink()
    table = packs.available()
    assert list(table.index) == ["rehearsal", "broken", "pass"]
    assert table.loc["pass", "products"] == 2
    assert table.loc["pass", "start"] == pd.Timestamp(START)
    assert "ace.mfi.nc is missing" in table.loc["broken", "fault"]
    assert table.loc["rehearsal", "simulated"]


def test_holding_puts_measured_packs_first_and_the_fullest_before_others(monkeypatch):
    packs.build(event("simulated", ["ace.mfi"]), load=lambda p, a, b: dataset(p, simulated=1))
    packs.build(
        event("short", ["ace.mfi"]) | {"stop": np.datetime64("2008-08-12T21:30")}, load=dataset
    )
    packs.build(event("whole", ["ace.mfi"]), load=dataset)
    packs.build(event("other", ["wind.mfi"]), load=dataset)
    found = packs.holding("ace.mfi", "2008-08-12T21:00", "2008-08-12T22:00")
    assert [p.name for p in found] == ["whole", "short", "simulated"]
    assert packs.holding("ace.mfi", "2008-08-13", "2008-08-14") == []


def test_holding_steps_over_a_damaged_pack(pack):
    (home() / "pass" / "pack.toml").write_text("not = toml = at all")
    assert packs.holding("ace.mfi", START, STOP) == []


# --------------------------------------------------------------------------- altered packs


def test_verify_lists_all_faults_at_once():
    packs.build(event(products=["themis.c.fgm", "ace.mfi", "wind.mfi"]), load=dataset)
    (home() / "pass" / "wind.mfi.nc").unlink()
    damaged = home() / "pass" / "ace.mfi.nc"
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 0xFF
    damaged.write_bytes(content)
    bad = dataset("themis.c.fgm").drop_attrs()
    bad.to_netcdf(home() / "pass" / "themis.c.fgm.nc", engine="h5netcdf")
    entry = packing.Stored("themis.c.fgm.nc", *_stated(home() / "pass" / "themis.c.fgm.nc"))
    table = packing.read_manifest(home() / "pass")
    table["products"]["themis.c.fgm"] = entry
    packing.write_manifest(home() / "pass", table)
    with pytest.raises(PackError) as caught:
        packs.verify("pass")
    assert "wind.mfi.nc is missing" in str(caught.value)
    assert "ace.mfi.nc was altered" in str(caught.value)
    assert "themis.c.fgm.nc breaks the contract" in str(caught.value)


def _stated(path):
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size


def test_a_file_of_another_size_is_seen_on_opening(pack):
    with (home() / "pass" / "ace.mfi.nc").open("ab") as file:
        file.write(b"more")
    with pytest.raises(PackError, match=r"ace.mfi.nc has \d+ bytes instead of \d+"):
        packs.open("pass")


def test_a_file_altered_after_opening_is_not_read(pack):
    path = home() / "pass" / "ace.mfi.nc"
    assert pack.load("ace.mfi").sizes["time"] == 110
    content = bytearray(path.read_bytes())
    content[-700] ^= 0xFF
    path.write_bytes(content)
    os.utime(path, ns=(1, 1))
    with pytest.raises(CorruptFileError, match="altered since it was packed"):
        pack.load("ace.mfi")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # h5netcdf's own
@pytest.mark.parametrize("seed", range(12))
def test_a_netcdf_file_packed_in_a_damaged_state_is_an_error_not_a_crash(pack, seed):
    path = home() / "pass" / "ace.mfi.nc"
    rng = np.random.default_rng(seed)
    content = np.frombuffer(path.read_bytes(), np.uint8).copy()
    where = rng.integers(0, len(content), 40)
    content[where] = rng.integers(0, 256, 40)
    if seed % 3 == 0:
        content = content[: rng.integers(1, len(content))]
    path.write_bytes(content.tobytes())
    table = packing.read_manifest(home() / "pass")
    table["products"]["ace.mfi"] = packing.Stored("ace.mfi.nc", *_stated(path))
    packing.write_manifest(home() / "pass", table)
    try:
        ds = packs.open("pass").load("ace.mfi")
    except CorruptFileError:
        return
    assert contract.check(ds) is ds


def test_a_file_on_which_the_reader_hangs_or_dies_costs_only_the_child(pack, monkeypatch):
    monkeypatch.setattr(packing.sys, "executable", "/bin/false")
    with pytest.raises(PackError, match="ends the reader"):
        packs.verify("pass")
    monkeypatch.undo()
    monkeypatch.setenv("SMILE_EXPLORE_DEADLINE", "0.05")
    assert packing.content_faults(pack.folder) == ["its files cannot be decoded within 0.05 s"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("a = [", id="cut"),
        pytest.param("\xff", id="not-utf-8"),
        pytest.param('name = "pass"\nproducts = 3', id="products-no-table"),
        pytest.param('name = "pass"\n[products."ace.mfi"]\nfile = "x.nc"', id="no-checksum"),
        pytest.param("x = " + "[" * 5000, id="nested"),
        pytest.param("#" * 2**21, id="huge"),
    ],
)
def test_a_manifest_that_is_none_is_refused(pack, text):
    (home() / "pass" / "pack.toml").write_bytes(text.encode("latin1"))
    with pytest.raises(PackError):
        packs.open("pass")


# --------------------------------------------------------------------------- hand out and take in


def test_the_child_tells_what_it_finds(pack):
    assert packing.content_faults(pack.folder) == []
    path = home() / "pass" / "ace.mfi.nc"
    path.write_bytes(path.read_bytes()[::-1])
    assert packing.content_faults(pack.folder) == packing.faults_in(pack.folder) != []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"name": "../evil"}, id="name"),
        pytest.param({"products": {}}, id="no-product"),
        pytest.param({"stop": "2001-01-01T00:00:00"}, id="reversed"),
        pytest.param({"start": "soon"}, id="no-time"),
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(pack, tmp_path, change):
    table = packing.read_manifest(pack.folder)
    packing.write_manifest(pack.folder, table | change)
    with pytest.raises(PackError):
        packs.open("pass")
    with pytest.raises(PackError):
        packs.add(archive_of(pack.folder, tmp_path / "bad.zip"), replace=True)
    assert not (home().parent / "evil").exists()


def test_a_zip_travels_to_another_machine(pack, tmp_path, monkeypatch):
    path = pack.zip(tmp_path / "handout.zip")
    monkeypatch.setenv("SMILE_EXPLORE_CACHE", str(tmp_path / "student"))
    assert packs.verify(path).name == "pass"
    assert "pass" not in packs.available().index
    assert packs.add(path).load("themis.c.fgm").identical(dataset("themis.c.fgm"))
    assert packs.open(path).name == "pass"  # again: it is there already
    assert leftovers() == []


def test_a_folder_is_taken_in_too(pack, tmp_path, monkeypatch):
    folder = packs.build(event("mine"), tmp_path, load=dataset).folder
    assert packs.add(folder).folder == home() / "mine"


def test_the_zip_of_a_teacher_on_a_mac_is_taken(pack, tmp_path, monkeypatch):
    path = tmp_path / "mac.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted((home() / "pass").iterdir()):
            archive.write(file, f"Event for class/{file.name}")
        archive.writestr("__MACOSX/Event for class/._pack.toml", b"finder")
        archive.writestr("Event for class/.DS_Store", b"finder")
    monkeypatch.setenv("SMILE_EXPLORE_CACHE", str(tmp_path / "student"))
    taken = packs.add(path)
    assert sorted(p.name for p in taken.folder.iterdir()) == [
        "ace.mfi.nc",
        "pack.toml",
        "themis.c.fgm.nc",
    ]


def test_another_pack_of_the_same_name_is_not_overwritten_unasked(pack, tmp_path):
    other = packs.build(event(products=["ace.mfi"]), tmp_path, load=dataset)
    with pytest.raises(PackError, match="replace=True"):
        packs.add(other.folder)
    assert len(packs.open("pass").products) == 2
    assert len(packs.add(other.folder, replace=True).products) == 1
    assert leftovers() == []


def test_adding_a_pack_again_replaces_an_altered_copy_of_the_same_size(pack, tmp_path):
    path = pack.zip(tmp_path / "handout.zip")
    body = bytearray((home() / "pass" / "ace.mfi.nc").read_bytes())
    body[-1] ^= 255
    (home() / "pass" / "ace.mfi.nc").write_bytes(body)
    assert packs.add(path).load("ace.mfi").sizes["time"] == 110


def test_adding_a_pack_again_mends_a_damaged_copy(pack, tmp_path):
    path = pack.zip(tmp_path / "handout.zip")
    (home() / "pass" / "ace.mfi.nc").write_bytes(b"")
    assert packs.add(path).load("ace.mfi").sizes["time"] == 110


def test_a_pack_may_not_pass_for_the_rehearsal(tmp_path):
    other = packs.build(event("rehearsal"), tmp_path, load=dataset)
    with pytest.raises(PackError, match="belongs to the pack that the package simulates"):
        packs.add(other.folder)


def test_the_zip_of_the_rehearsal_is_taken_by_the_same_version(rehearsal, tmp_path, monkeypatch):
    zipped = packs.open("rehearsal").zip(tmp_path / "class.zip")
    monkeypatch.setenv("SMILE_EXPLORE_CACHE", str(tmp_path / "student"))
    assert packs.add(zipped).simulated
    assert packs.open("rehearsal").load("omni.1min").sizes["time"] > 0
    assert rehearsal == [1], "the student had to simulate it again"


@pytest.mark.parametrize("name", ["auto", "archive", "cache", "packs", "store"])
def test_a_pack_cannot_be_called_what_source_means_otherwise(name, tmp_path):
    with pytest.raises(InputError, match="cannot name a pack"):
        packs.build(event(name), tmp_path, load=dataset)
    made = packs.build(event("fine"), tmp_path, load=dataset)
    manifest = made.folder / "pack.toml"
    manifest.write_text(manifest.read_text().replace('"fine"', f'"{name}"'))
    with pytest.raises(PackError, match="name"):
        packs.add(made.folder)


def test_a_folder_of_the_user_in_a_packs_place_stays_as_it_is(tmp_path):
    mine = tmp_path / "pass"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(PackError, match=r"holds thesis\.txt, which no pack wrote"):
        packs.build(event(), tmp_path, load=dataset)
    assert (mine / "thesis.txt").read_text() == "years of work"
    assert [p.name for p in tmp_path.iterdir()] == ["pass"]


def test_a_file_that_a_user_put_into_a_pack_is_not_lost_with_it(pack, tmp_path):
    other = packs.build(event(products=["ace.mfi"]), tmp_path, load=dataset)
    (home() / "pass" / "notes.txt").write_text("mine")
    with pytest.raises(PackError, match=r"notes\.txt, which no pack wrote"):
        packs.add(other.folder, replace=True)
    assert (home() / "pass" / "notes.txt").read_text() == "mine"


def test_a_zip_holds_the_pack_and_nothing_else_of_its_folder(pack, tmp_path):
    (pack.folder / "private.txt").write_text("mine")
    path = pack.zip(tmp_path / "handout")
    assert path == tmp_path / "handout.zip"
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == ["ace.mfi.nc", "pack.toml", "themis.c.fgm.nc"]


def test_a_zip_named_by_a_folder_goes_into_it(pack, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert pack.zip(".").name == pack.zip(tmp_path).name == "pass.zip"
    assert [p.name for p in tmp_path.glob("*.zip")] == ["pass.zip"]


def test_a_zip_that_cannot_be_finished_leaves_the_old_one(pack, tmp_path, monkeypatch):
    path = tmp_path / "handout.zip"
    path.write_bytes(b"last year's")
    files = sorted(tmp_path.iterdir())

    def full(_self, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(zipfile._ZipWriteFile, "write", full)
        with pytest.raises(StorageError, match="free some space"):
            pack.zip(path)
    (pack.folder / "ace.mfi.nc").unlink()
    with pytest.raises(PackError, match=r"ace\.mfi\.nc is missing"):
        pack.zip(path)
    assert path.read_bytes() == b"last year's"
    assert sorted(tmp_path.iterdir()) == files


@pytest.mark.parametrize("path", ["~nobody_of_that_name/x.zip", "x" * 5000, "a\0b"])
@pytest.mark.parametrize("call", [packs.open, packs.add, packs.verify], ids=lambda f: f.__name__)
def test_a_name_that_no_file_can_have_is_one_sentence(call, path):
    with pytest.raises(InputError) as err:
        call(path)
    assert len(str(err.value)) < 250


def archive_of(folder, path, **entries):
    """Write a zip of a pack and further entries: name -> bytes or (ZipInfo, bytes)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
        for name, content in entries.items():
            if isinstance(content, tuple):
                archive.writestr(*content)
            else:
                archive.writestr(name, content)
    return path


def entry(name, mode):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        pytest.param({"../evil.txt": b"x"}, "leads out", id="parent"),
        pytest.param({"a/../../evil.txt": b"x"}, "leads out", id="parent-inside"),
        pytest.param({"/tmp/evil.txt": b"x"}, "leads out", id="absolute"),
        pytest.param({"C:evil.txt": b"x"}, "leads out", id="drive"),
        pytest.param({"..\\evil.txt": b"x"}, "leads out", id="backslash"),
        pytest.param({"l": (entry("l", stat.S_IFLNK | 0o777), b"/etc/passwd")}, "link", id="link"),
        pytest.param({"d": (entry("d", stat.S_IFBLK | 0o666), b"")}, "device", id="device"),
        pytest.param({"bomb": bytes(50 * 2**20)}, "expands", id="bomb"),
        pytest.param({"ACE.MFI.NC": b"x"}, "same name", id="case"),
        pytest.param({f"f{i}": b"" for i in range(1001)}, "more than 1000", id="count"),
    ],
)
def test_an_unsafe_zip_is_refused_and_nothing_is_left(pack, tmp_path, monkeypatch, extra, reason):
    path = archive_of(pack.folder, tmp_path / "bad.zip", **extra)
    monkeypatch.setenv("SMILE_EXPLORE_CACHE", str(tmp_path / "student"))
    with pytest.raises(PackError, match=reason):
        packs.add(path)
    assert list(home().iterdir()) == []
    assert not (tmp_path / "evil.txt").exists()


def test_more_than_the_stated_size_is_refused(pack, tmp_path, monkeypatch):
    path = archive_of(pack.folder, tmp_path / "large.zip")
    monkeypatch.setattr(packing, "MAX_BYTES", 1000)
    with pytest.raises(PackError, match="larger than 1000 bytes"):
        packs.add(path)


def test_a_file_larger_than_its_manifest_says_is_refused(pack, tmp_path):
    table = packing.read_manifest(pack.folder)
    first = table["products"]["ace.mfi"]
    table["products"]["ace.mfi"] = packing.Stored(first.file, first.sha256, 10)
    packing.write_manifest(pack.folder, table)
    path = archive_of(pack.folder, tmp_path / "lie.zip")
    with pytest.raises(PackError, match="larger than the 10 bytes stated"):
        packs.add(path)


@pytest.mark.parametrize("target", ["../outside.nc", "/etc/hostname", "a\\b.nc", "a/../../b.nc"])
def test_a_manifest_that_points_outside_is_refused(pack, tmp_path, target):
    table = packing.read_manifest(pack.folder)
    table["products"]["ace.mfi"] = packing.Stored(target, "0", 1)
    packing.write_manifest(pack.folder, table)
    with pytest.raises(PackError, match="leads out of the pack"):
        packs.open("pass")
    with pytest.raises(PackError, match="leads out of the pack"):
        packs.add(archive_of(pack.folder, tmp_path / "bad.zip"), replace=True)


def test_a_folder_with_links_is_refused(tmp_path):
    folder = packs.build(event("linked"), tmp_path, load=dataset).folder
    (folder / "ace.mfi.nc").rename(tmp_path / "elsewhere.nc")
    (folder / "ace.mfi.nc").symlink_to(tmp_path / "elsewhere.nc")
    with pytest.raises(PackError, match="is a link or device"):
        packs.add(folder)


def test_an_encrypted_zip_is_refused(pack, tmp_path):
    path = archive_of(pack.folder, tmp_path / "locked.zip")
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x01\x02")
    content[at + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(PackError, match="encrypted"):
        packs.add(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "not a sound zip", id="empty"),
        pytest.param(b"<html>not found</html>", "not a sound zip", id="html"),
        pytest.param(b"PK\x03\x04 and then nothing", "not a sound zip", id="cut"),
    ],
)
def test_what_is_no_zip_is_refused(tmp_path, content, reason):
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(PackError, match=reason):
        packs.add(tmp_path / "x.zip")


def test_a_zip_with_flipped_bits_is_refused(pack, tmp_path):
    path = archive_of(pack.folder, tmp_path / "flipped.zip")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(PackError):
        packs.add(path)


def test_a_zip_that_is_no_pack_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("holiday.jpg", b"x")
    with pytest.raises(PackError, match=r"holds no pack.toml"):
        packs.add(tmp_path / "x.zip")


def test_a_pack_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(PackError, match="No pack can be read"):
        packs.add(tmp_path / "nowhere.zip")


def test_an_incomplete_pack_is_not_taken_in(pack, tmp_path, monkeypatch):
    (pack.folder / "ace.mfi.nc").unlink()
    path = archive_of(pack.folder, tmp_path / "half.zip")
    monkeypatch.setenv("SMILE_EXPLORE_CACHE", str(tmp_path / "student"))
    with pytest.raises(PackError, match=r"ace.mfi.nc is missing"):
        packs.add(path)
    assert list(home().iterdir()) == []


# --------------------------------------------------------------------------- the embedded pack


@pytest.fixture
def rehearsal(monkeypatch):
    """Replace the simulation, which has its own tests, by one small product; count the calls."""
    from smile_explore.smile import rehearsal

    calls = []

    def simulate():
        calls.append(1)
        ds = dataset("omni.1min", rehearsal.START, rehearsal.START + np.timedelta64(2, "h"), 1)
        truth = {
            "time": pd.to_datetime(["2027-03-22T06:20:00.123"]).as_unit("ns"),
            "lag": [0.1 + 0.2],
        }
        return {"omni.1min": ds}, {"crossings": pd.DataFrame(truth)}

    monkeypatch.setattr(rehearsal, "simulate", simulate)
    return calls


def test_the_rehearsal_is_built_once_and_then_read(rehearsal):
    first, second = packs.open("rehearsal"), packs.open("rehearsal")
    assert rehearsal == [1]
    assert first.simulated
    assert first.load("omni.1min").identical(second.load("omni.1min"))
    assert leftovers() == []


def test_truth_comes_back_equal(rehearsal):
    crossings = packs.open("rehearsal").truth["crossings"]
    assert crossings["time"].dtype == np.dtype("datetime64[ns]")
    assert crossings["time"][0] == pd.Timestamp("2027-03-22T06:20:00.123")
    assert crossings["lag"][0] == 0.1 + 0.2


def test_the_rehearsal_is_built_anew_when_its_key_changes(rehearsal, monkeypatch):
    from smile_explore.smile import rehearsal as module

    packs.open("rehearsal")
    monkeypatch.setattr(module, "key", lambda: "another")
    assert packs.open("rehearsal").versions["rehearsal"] == "another"
    assert rehearsal == [1, 1]


def test_a_damaged_rehearsal_is_built_anew(rehearsal):
    (packs.open("rehearsal").folder / "omni.1min.nc").unlink()
    assert packs.open("rehearsal").load("omni.1min").sizes["time"] == 110


def test_eight_threads_build_one_rehearsal(rehearsal):
    opened = []
    threads = [
        threading.Thread(target=lambda: opened.append(packs.open("rehearsal"))) for _ in range(8)
    ]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert len(opened) == 8
    assert rehearsal == [1]


def test_what_another_process_builds_is_waited_for(rehearsal, tmp_path):
    built, elsewhere = packs.open("rehearsal").folder, tmp_path / "under_way"
    built.rename(elsewhere)
    opened = []
    with settings.locked("rehearsal", limit=1):  # as the other process does while it builds
        waiting = threading.Thread(target=lambda: opened.append(packs.open("rehearsal")))
        waiting.start()
        waiting.join(0.5)
        assert opened == []
        elsewhere.rename(built)
    waiting.join(30)
    assert [pack.folder for pack in opened] == [built]
    assert rehearsal == [1]


def test_the_rehearsal_is_not_built_for_other_days(rehearsal):
    assert packs.holding("omni.1min", "2001-01-01", "2001-01-02") == []
    assert rehearsal == []
    assert [p.name for p in packs.holding("omni.1min", "2027-03-22", "2027-03-23")] == ["rehearsal"]


def test_nothing_warns(pack):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        packs.verify("pass")
        packs.available()
