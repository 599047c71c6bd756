"""What is taken along from the Explorer's page, and brought back: code, link, data, time table."""

import os
import subprocess
import sys
import zipfile

import pandas as pd
import pytest
import xarray as xr

from tests.browser import explorer as look

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
]


def run(code: str, served, folder) -> str:
    """Run a script in a fresh Python, offline; return what it prints."""
    own = {"SMILE_EXPLORE_OFFLINE": "1", "SMILE_EXPLORE_CACHE": str(served.cache)}
    answer = subprocess.run([sys.executable, "-c", code], cwd=folder, env=os.environ | own, capture_output=True, text=True, check=False)  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def test_the_copied_code_gives_the_same_data_and_picture_in_a_fresh_kernel(app, served, tmp_path):
    code = look.copied(app, "Code")
    assert run(code, served, tmp_path) == "same data"
    assert (tmp_path / "picture.png").read_bytes()[:4] == b"\x89PNG"


def test_a_study_link_opens_the_same_screen(app):
    before = look.panels(app)
    app.mouse.move(*look.at(before[0], 0.5))
    app.mouse.wheel(0, -300)
    zoomed = look.changed(app, before)
    link = look.copied(app, "Link")
    assert "?study=" in link
    app.goto(link)
    again = look.ready(app)
    assert (again[0]["start"], again[0]["end"]) == pytest.approx((zoomed[0]["start"], zoomed[0]["end"]), abs=1)  # fmt: skip


def test_a_study_file_opens_the_same_screen(app, served, tmp_path):
    study = tmp_path / "study.yaml"
    study.write_text(look.copied(app, "Study").replace("- omni.1min:speed\n", ""))
    app.goto(served.url)
    before = look.ready(app)
    app.get_by_text("Share and export").click()
    app.locator("input[type=file][accept*=yaml]").set_input_files(study)
    look.until(app, lambda: len(look.panels(app)) == len(before) - 1)


def test_a_broken_link_is_told_and_the_page_works(app, served):
    app.goto(f"{served.url}?study=abc")
    look.ready(app)
    assert "cut short or altered" in look.message(app)


def test_a_bundle_is_whole_and_runs_offline(app, served, tmp_path):
    path = look.downloaded(app, "Study bundle", tmp_path)
    zipfile.ZipFile(path).extractall(tmp_path)
    wanted = ("study.yaml", "picture.png", "timetable.csv", "versions.txt", "ACKNOWLEDGEMENTS.md")
    assert [name for name in wanted if not (tmp_path / name).stat().st_size] == []
    code = f"import runpy; runpy.run_path({str(tmp_path / 'study.py')!r})"
    assert run(code, served, tmp_path) == "same data"


def test_data_and_pictures_are_downloaded(app, tmp_path):
    files = zipfile.ZipFile(look.downloaded(app, "Data, netCDF", tmp_path))
    files.extract("omni.1min.nc", tmp_path)
    with xr.open_dataset(tmp_path / "omni.1min.nc", engine="h5netcdf") as ds:
        assert ds["b"].attrs["units"] == "nT"
    files = zipfile.ZipFile(look.downloaded(app, "Data, CSV", tmp_path))
    table = pd.read_csv(files.open("omni.1min.csv"), comment="#", parse_dates=["time"])
    assert table["b_z"].notna().any()
    assert look.downloaded(app, "Picture, PNG", tmp_path).read_bytes()[:4] == b"\x89PNG"
    assert b"<svg" in look.downloaded(app, "Picture, SVG", tmp_path).read_bytes()[:1000]


def test_a_time_table_is_imported_and_exported(app, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("start,stop,label\n2027-03-22T06:20:00,2027-03-22T06:40:00,shock\n")
    app.locator("input[type=file][accept*=csv]").set_input_files(path)
    (row,) = look.until(app, lambda: look.rows(app))
    assert row[0].startswith("2027-03-22 06:20")
    assert row[3] == "shock"
    with app.expect_download(timeout=30_000) as download:
        app.get_by_role("button", name="Export", exact=True).click()
    download.value.save_as(tmp_path / "again.csv")
    again = pd.read_csv(tmp_path / "again.csv", comment="#")
    assert again["label"].tolist() == ["shock"]
