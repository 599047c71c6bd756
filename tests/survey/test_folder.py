"""A survey touches its own files and no others."""

import os
import subprocess
import sys

import pandas as pd
import pytest

from smile_explore import survey
from smile_explore.errors import InputError
from smile_explore.survey import parts

HOURS = survey.every("6h", "2008-08-12", "2008-08-13")


def hour_of():
    def hour(interval):
        return {"hour": interval.start.hour}

    return hour


def snapshot(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_folder_of_the_user_is_refused_and_stays_as_it_is(tmp_path):
    mine = tmp_path / "mine"
    (mine / "parts").mkdir(parents=True)
    (mine / "parts" / "orbit.nc").write_bytes(b"years of work")
    (mine / "parts" / "0123-4567.parquet").write_bytes(b"a table")
    (mine / "result.parquet").write_bytes(b"my result")
    before = snapshot(mine)
    with pytest.raises(InputError, match="not the folder of a survey, and holds parts, result"):
        survey.run(hour_of(), HOURS, [], folder=mine)
    assert snapshot(mine) == before


def test_files_that_a_user_put_into_a_surveys_folder_stay(tmp_path):
    kept = tmp_path / "kept"
    survey.run(hour_of(), HOURS, [], folder=kept)
    own = ["data.nc", "table.parquet", "notes-1.nc", "a-b.parquet", ".thing.draft", "draft.part"]
    for name in own:
        path = kept / "parts" / name
        path.write_bytes(name.encode())
        os.utime(path, (0, 0))
    survey.run(hour_of(), HOURS, [], folder=kept)
    assert {name: (kept / "parts" / name).read_bytes() for name in own} == {
        name: name.encode() for name in own
    }


def test_a_link_among_the_parts_leads_nowhere(tmp_path):
    kept, mine = tmp_path / "kept", tmp_path / "mine.parquet"
    survey.run(hour_of(), HOURS, [], folder=kept)
    mine.write_bytes(b"mine")
    link = kept / "parts" / f"{'0' * 24}-{'0' * 16}.parquet"
    link.symlink_to(mine)
    survey.run(hour_of(), HOURS, [], folder=kept)
    assert link.is_symlink()
    assert mine.read_bytes() == b"mine"


def test_an_empty_folder_becomes_a_surveys(tmp_path):
    (tmp_path / ".DS_Store").touch()
    found = survey.run(hour_of(), HOURS, [], folder=tmp_path)
    assert found.hour.tolist() == [0, 6, 12, 18]
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "result.parquet"), found)


@pytest.mark.parametrize("folder", ["~nobody_of_that_name/x", "a\0b", "x" * 5000, ""])
def test_a_folder_that_cannot_be_named_is_one_sentence(folder):
    with pytest.raises(InputError):
        survey.run(hour_of(), HOURS, [], folder=folder)


def test_a_second_survey_in_the_same_folder_is_refused(tmp_path):
    kept = tmp_path / "kept"
    with parts.Folder(kept), pytest.raises(InputError, match="Another survey is running"):
        survey.run(hour_of(), HOURS, [], folder=kept)
    assert len(survey.run(hour_of(), HOURS, [], folder=kept)) == 4


def test_a_survey_of_another_process_is_seen_and_a_killed_one_holds_nothing(tmp_path):
    kept = tmp_path / "kept"
    code = (
        "import sys, time; from smile_explore.survey import parts\n"
        "with parts.Folder(sys.argv[1]): print('in', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(kept)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "in\n"
        with pytest.raises(InputError, match="Another survey is running"):
            survey.run(hour_of(), HOURS, [], folder=kept)
        process.kill()
    assert len(survey.run(hour_of(), HOURS, [], folder=kept)) == 4
