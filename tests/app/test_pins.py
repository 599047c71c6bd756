"""A study names the files it was made with, and says which differ when it is opened again."""

import io
import logging
import zipfile

import numpy as np
import pytest
import xarray as xr

from smile_explore.app import pins
from smile_explore.app.explorer import Explorer
from smile_explore.app.state import Panel, Study
from smile_explore.errors import InputError
from tests.app.conftest import MINUTE, START, FakeLoad, dataset, scalar

HAPI = "hapi:https://example.org:8080/hapi/A/B@0"


class Versions(FakeLoad):
    """As the archive's files of one version."""

    def __init__(self, version):
        super().__init__()
        self.version = version

    def __call__(self, product, start, stop=None, **how):
        if product.startswith("hapi:"):
            time = np.arange(start, stop, MINUTE)
            ds = dataset(product, time, "unknown", B=scalar(np.ones(len(time)), "nT"))
        else:
            ds = super().__call__(product, start, stop, **how)
        ds.attrs["source_files"] = f"a_{product}_v{self.version}.cdf same.cdf"
        return ds


def opened(version, panels=("omni.1min:n_p", "themis.a.esa:n_i"), files=None):
    window = (START + 300 * MINUTE, START + 400 * MINUTE)
    study = Study(panels=list(panels), window=window, view=window, cursor=window[0], files=files or {})  # fmt: skip
    return Explorer(load=Versions(version), study=study, timetable="")


def test_a_saved_study_names_its_files_and_the_same_files_are_no_news():
    text = opened("01").study_file()
    files = Study.from_yaml(text).files
    assert files == {
        "omni.1min": "a_omni.1min_v01.cdf same.cdf",
        "themis.a.esa": "a_themis.a.esa_v01.cdf same.cdf",
    }
    assert "Other files" not in opened("01", files=files).message


def test_other_versions_are_said_in_the_page_and_the_terminal(caplog):
    files = Study.from_yaml(opened("01").study_file()).files
    with caplog.at_level(logging.WARNING):
        again = opened("02", files=files)
    assert "omni.1min has a_omni.1min_v02.cdf (was a_omni.1min_v01.cdf)" in again.message
    assert "themis.a.esa has a_themis.a.esa_v02.cdf" in again.message
    assert "same.cdf" not in again.message
    assert "a_omni.1min_v02.cdf" in caplog.text
    assert Study.from_yaml(again.study_file()).files["omni.1min"].startswith("a_omni.1min_v02")


def test_a_study_opened_in_the_page_is_compared_too():
    text = opened("01").study_file()
    explorer = opened("02")
    explorer.open_study(text)
    assert "(was a_omni.1min_v01.cdf)" in explorer.message
    explorer.zoom(2.0)
    explorer.retry()
    assert "Other files" not in explorer.message


def test_the_bundle_names_the_files(tmp_path):
    explorer = opened("03")
    with zipfile.ZipFile(io.BytesIO(explorer.bundle())) as file:
        study = Study.from_yaml(file.read("study.yaml").decode())
    assert study.files["omni.1min"] == "a_omni.1min_v03.cdf same.cdf"


def test_years_of_names_become_a_digest():
    names = {"source_files": " ".join(f"omni_{k}_v01.cdf" for k in range(500))}
    other = {"source_files": names["source_files"].replace("omni_7_v01", "omni_7_v02")}
    study = pins.pinned(Study(), {"omni.1min": xr.Dataset(attrs=names)})
    assert len(study.files["omni.1min"]) < 100
    assert pins.differing(study.files, {"omni.1min": names}) == {}
    assert list(pins.differing(study.files, {"omni.1min": other})) == ["omni.1min"]


@pytest.mark.parametrize("files", ["3", "[a]", "{omni.1min: 3}", "{1: a}"])
def test_files_that_are_none_are_refused(files):
    with pytest.raises(InputError, match="value that is not allowed"):
        Study.from_yaml(f"smile_explore_study: 1\nfiles: {files}\n")


@pytest.mark.parametrize(
    ("text", "panel"),
    [
        ("hapi:cdaweb/AC_H0_MFI:BGSEc:GSE", ("hapi:cdaweb/AC_H0_MFI", ("BGSEc",), "GSE")),
        (f"{HAPI}:Bx,By", (HAPI, ("Bx", "By"), "")),
        (f"{HAPI}:|B|:gsm", (HAPI, ("|B|",), "GSM")),
        ("pyspedas:themis.sst?probe=a,b:tha_psif", ("pyspedas:themis.sst?probe=a,b", ("tha_psif",), "")),
        ("hapi:wdc/aaa/PT1M/xyz:Field_Vector", ("hapi:wdc/aaa/PT1M/xyz", ("Field_Vector",), "")),
        ("smile.uvi:grid:09-15", ("smile.uvi", ("grid",), "09-15")),
    ],
)  # fmt: skip
def test_a_panel_of_a_product_without_a_row_has_colons_in_its_name(text, panel):
    parsed = Panel.parse(text)
    assert (parsed.product, parsed.variables, parsed.frame) == panel
    assert Panel.parse(str(parsed)) == parsed


@pytest.mark.parametrize("text", ["hapi:cdaweb/X", "hapi:", "pyspedas:omni.data:"])
def test_a_panel_without_a_variable_is_refused(text):
    with pytest.raises(InputError, match="names no panel"):
        Panel.parse(text)


def test_the_explorer_shows_a_product_without_a_row_and_takes_it_along():
    explorer = opened("01", panels=[f"{HAPI}:B"])
    assert explorer.stack.panels[0].series.fault == ""
    assert explorer.stack.panels[0].series.attrs["product"] == HAPI
    with zipfile.ZipFile(io.BytesIO(explorer.bundle())) as file:
        names = [n for n in file.namelist() if n.startswith("data/")]
    assert len(names) == 1
    assert names[0].count("/") == 1
