"""The user's time table: every change can be taken back, and none is lost with the kernel."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smile_explore.app.intervals import Intervals
from smile_explore.errors import InputError

T = pd.Timestamp("2027-03-22T06:00")
HOUR = pd.Timedelta("1h")


def rows(intervals):
    return intervals.table[["start", "stop", "kind", "label", "rating", "note"]].to_numpy().tolist()


def test_an_interval_survives_a_new_kernel():
    first = Intervals.named("mine")
    number = first.add(T, T + HOUR, "shock")
    first.edit(number, label='Grüße, "A"', rating=4, note="two\nlines")
    assert rows(Intervals.named("mine")) == rows(first)


def test_a_damaged_file_is_kept_and_told(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("start,stop\nyesterday,never\n")
    intervals = Intervals(path)
    assert len(intervals.table) == 0
    assert "mine.damaged.csv" in intervals.fault
    assert path.with_suffix(".damaged.csv").is_file()


def test_a_second_damaged_file_does_not_replace_the_first(tmp_path):
    path = tmp_path / "mine.csv"
    for text in ("start,stop\nyesterday,never\n", "start,stop\nnever,yesterday\n"):
        path.write_text(text)
        Intervals(path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine.damaged-2.csv", "mine.damaged.csv"]
    assert path.with_suffix(".damaged.csv").read_text() == "start,stop\nyesterday,never\n"


def test_a_folder_that_cannot_be_written_is_told_and_work_goes_on(tmp_path):
    (tmp_path / "file").write_text("")
    intervals = Intervals(tmp_path / "file" / "mine.csv")
    intervals.add(T, T + HOUR)
    assert "not saved" in intervals.fault
    assert len(intervals.table) == 1


def test_ends_given_in_reverse_are_exchanged():
    intervals = Intervals()
    intervals.add(T + HOUR, T)
    assert rows(intervals)[0][:2] == [T, T + HOUR]


def test_a_table_found_is_one_step_and_comes_in_once():
    intervals = Intervals()
    found = pd.DataFrame({"start": [T, T + HOUR], "stop": [T, T + 2 * HOUR], "kind": "shock"})
    assert intervals.extend(found) == 2
    assert intervals.extend(found) == 0
    intervals.undo()
    assert len(intervals.table) == 0


@pytest.mark.parametrize(
    ("field", "value"), [("rating", 9), ("rating", "good"), ("start", "yesterday"), ("colour", "x")]
)
def test_a_value_that_does_not_fit_is_refused(field, value):
    intervals = Intervals()
    number = intervals.add(T, T + HOUR)
    with pytest.raises(InputError):
        intervals.edit(number, **{field: value})
    assert rows(intervals)[0][:2] == [T, T + HOUR]


def test_neighbours_follow_the_selected_or_the_cursor():
    intervals = Intervals()
    a, b, c = (intervals.add(T + k * HOUR, T + k * HOUR) for k in range(3))
    intervals.selected = b
    assert (intervals.neighbour(T, 1), intervals.neighbour(T, -1)) == (c, a)
    intervals.selected = None
    assert intervals.neighbour(T + 1.5 * HOUR, 1) == c
    assert intervals.neighbour(T + 1.5 * HOUR, -1) == b
    assert intervals.neighbour(T + 9 * HOUR, 1) is None


def test_the_shortest_interval_at_a_time_is_meant():
    intervals = Intervals()
    intervals.add(T, T + 5 * HOUR)
    short = intervals.add(T + HOUR, T + 2 * HOUR)
    assert intervals.at(np.datetime64(T + 1.5 * HOUR)) == short
    assert intervals.at(np.datetime64(T - HOUR)) is None


steps = st.lists(st.sampled_from(["add", "edit", "delete"]), max_size=12)


@given(steps=steps)
def test_undo_gives_back_every_state_and_redo_the_last(steps):
    intervals, seen = Intervals(), []
    seen.append(rows(intervals))
    for i, step in enumerate(steps):
        numbers = list(intervals.table.index)
        if step == "add" or not numbers:
            intervals.add(T + i * HOUR, T + i * HOUR + HOUR, f"kind {i}")
        elif step == "edit":
            intervals.edit(numbers[0], label=f"label {i}")
        else:
            intervals.delete(numbers[-1])
        seen.append(rows(intervals))
    for state in reversed(seen[:-1]):
        assert intervals.undo()
        assert rows(intervals) == state
    assert not intervals.undo()
    for state in seen[1:]:
        assert intervals.redo()
        assert rows(intervals) == state


def test_each_notebook_has_a_time_table_of_its_own_and_a_new_kernel_has_it_again(monkeypatch):
    names = []
    for path in ("/home/ada/90_explorer.ipynb", "/home/max/90_explorer.ipynb", "/home/ada/90_explorer.ipynb"):  # fmt: skip
        monkeypatch.setenv("JPY_SESSION_NAME", path)
        names.append(Intervals.named().path.name)
    assert names[0] == names[2] != names[1]
    assert all(name.startswith("90_explorer-") for name in names)


def test_an_empty_name_keeps_nothing():
    assert Intervals.named("").path is None


@pytest.mark.parametrize("name", ["../other", "a/b", ".hidden", "x" * 81, "ü"])
def test_a_name_that_could_leave_the_folder_is_refused(name):
    with pytest.raises(InputError, match="names no time table"):
        Intervals.named(name)


def test_two_pages_of_one_browser_lose_nothing_of_each_other(tmp_path):
    path = tmp_path / "timetable.csv"
    one = Intervals(path)
    one.add("2027-03-22T01:00", "2027-03-22T02:00", label="before")
    other = Intervals(path)
    one.add("2027-03-22T03:00", "2027-03-22T04:00", label="of one")
    other.add("2027-03-22T05:00", "2027-03-22T06:00", label="of the other")
    assert list(other.table["label"]) == ["before", "of one", "of the other"]
    assert list(Intervals(path).table["label"]) == ["before", "of one", "of the other"]
    one.delete(one.table.index[one.table["label"] == "before"][0])
    assert list(one.table["label"]) == ["of one", "of the other"]
    other.undo()
    assert list(other.table["label"]) == ["of one"], (
        "its own step alone, and what one deleted stays so"
    )
    assert list(Intervals(path).table["label"]) == ["of one"]


def test_an_interval_changed_on_two_pages_is_kept_twice_rather_than_lost(tmp_path):
    path = tmp_path / "timetable.csv"
    Intervals(path).add("2027-03-22T01:00", "2027-03-22T02:00", label="shock")
    one, other = Intervals(path), Intervals(path)
    one.edit(one.table.index[0], note="seen by Wind")
    other.edit(other.table.index[0], rating=5)
    assert sorted(Intervals(path).table["note"]) == ["", "seen by Wind"]


@pytest.mark.parametrize("fault", ["removed", "damaged"])
def test_a_file_that_is_lost_meanwhile_takes_no_interval_with_it(tmp_path, fault):
    path = tmp_path / "timetable.csv"
    one = Intervals(path)
    one.add("2027-03-22T01:00", "2027-03-22T02:00", label="kept")
    path.unlink() if fault == "removed" else path.write_bytes(b"\x00\xff" * 50)
    one.add("2027-03-22T03:00", "2027-03-22T04:00", label="new")
    assert list(Intervals(path).table["label"]) == ["kept", "new"]
