"""What is taken along gives the same data, in a fresh kernel and without a network."""

import io
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import xarray as xr

from smile_explore.app import take
from smile_explore.app.explorer import Explorer
from tests.app.conftest import MINUTE, START


@pytest.fixture
def explorer(load):
    explorer = Explorer(load=load)
    explorer.intervals.add(START + 420 * MINUTE, START + 480 * MINUTE, "mine")
    return explorer


def test_the_script_of_a_bundle_gives_the_same_data_in_a_fresh_kernel(explorer, tmp_path):
    data = explorer.taken()
    zipfile.ZipFile(take.bundle(explorer.study, data, explorer.timetable)).extractall(tmp_path)
    (tmp_path / "picture.png").unlink()
    answer = subprocess.run([sys.executable, tmp_path / "study.py"], cwd=tmp_path, capture_output=True, text=True, check=False)  # fmt: skip
    assert answer.stdout.strip() == "same data", answer.stderr
    assert (tmp_path / "picture.png").stat().st_size > 20_000
    assert "mine" in (tmp_path / "timetable.csv").read_text()
    assert "SIMULATED" in (tmp_path / "ACKNOWLEDGEMENTS.md").read_text()
    assert "numpy" in (tmp_path / "versions.txt").read_text()


def test_the_code_names_products_times_and_source(explorer):
    code = explorer.code()
    compile(code, "study.py", "exec")
    assert "se.load(name, START, STOP, source=SOURCE)" in code
    assert "'themis.a.esa'" in code
    assert "'2027-03-22T04:39:00.000000000'" in code


def test_a_fingerprint_tells_one_changed_bit_and_not_when_it_was_loaded(explorer):
    data = explorer.taken()
    same = {k: ds.assign_attrs(retrieved="later") for k, ds in data.items()}
    assert take.fingerprint(same) == take.fingerprint(data)
    other = dict(data)
    other["omni.1min"] = data["omni.1min"].copy(deep=True)
    other["omni.1min"]["n_p"].values[7] = np.nextafter(other["omni.1min"]["n_p"].values[7], 9e9)
    assert take.fingerprint(other) != take.fingerprint(data)


def test_netcdf_comes_back_whole(explorer, tmp_path):
    data = explorer.taken()
    zipfile.ZipFile(take.data_zip(data, "nc")).extractall(tmp_path)
    back = {k: xr.load_dataset(tmp_path / f"{k}.nc", engine="h5netcdf") for k in data}
    assert take.fingerprint(back) == take.fingerprint(data)


def test_csv_has_units_and_every_sample(explorer):
    archive = zipfile.ZipFile(take.data_zip(explorer.taken(), "csv"))
    text = archive.read("omni.1min.csv").decode()
    assert "# b: nT GSM" in text
    assert len([line for line in text.splitlines() if not line.startswith("#")]) == 1 + 1080 - 30


@pytest.mark.parametrize(("form", "head"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_a_picture_has_the_panels_of_the_screen(explorer, form, head):
    data = take.image(explorer.study, explorer.taken(), form, explorer.timetable)
    assert isinstance(data, io.BytesIO)
    assert data.read(5).startswith(head[:4])


def test_what_could_not_be_loaded_is_left_out_and_the_picture_says_so(explorer):
    explorer.add_panel("ace.broken:b:GSM")
    data = explorer.taken()
    assert "ace.broken" not in data
    assert take.image(explorer.study, data, "svg").getbuffer().nbytes > 10_000
