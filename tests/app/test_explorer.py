"""The Explorer without a browser: what each gesture does to state, panels and time table."""

import io
import zipfile

import numpy as np
import pandas as pd
import pytest
from bokeh.events import RangesUpdate
from bokeh.models import Image, Line

from smile_explore.app import gestures
from smile_explore.app.explorer import Explorer
from smile_explore.app.state import Study
from smile_explore.app.store import milliseconds
from smile_explore.errors import InputError
from tests.app.conftest import MINUTE, START

HOUR = 60 * MINUTE


@pytest.fixture
def explorer(load):
    return Explorer(load=load)


def send(explorer, do, **message):
    gestures.answer(explorer, {"do": do, **message})


def lines(panel):
    """Return the lines of a panel: first all as measured, then all shifted by a lag."""
    return [r for r in panel.figure.renderers if isinstance(r.glyph, Line)]


def shown(explorer):
    """Return what every figure's lines and spectrograms hold, as the browser would get it."""
    drawn = [r for p in explorer.stack.panels for r in p.figure.renderers if isinstance(r.glyph, (Line, Image))]  # fmt: skip
    return [{k: np.copy(np.asarray(v)) for k, v in r.data_source.data.items()} for r in drawn]


def ms(time):
    return float(milliseconds(time))


def test_a_new_explorer_has_lines_in_every_panel(explorer):
    for panel in explorer.stack.panels:
        assert panel.series.fault == ""
        assert panel.value_at(ms(explorer.study.cursor)) or panel.series.spectra is not None
    assert len(explorer.stack.panels) >= 6


def test_another_event_replaces_what_every_panel_shows(explorer):
    before = shown(explorer)
    explorer.go(START + 14 * HOUR, START + 16 * HOUR)
    for old, new in zip(before, shown(explorer), strict=True):
        assert not all(np.array_equal(old[k], new[k], equal_nan=True) for k in old)


def test_moving_inside_what_is_loaded_loads_nothing(explorer, load):
    calls = len(load.calls)
    explorer.go(START + 6 * HOUR, START + 8 * HOUR)
    explorer.step(0.5)
    explorer.zoom(0.5)
    explorer.set_cursor(START + 7 * HOUR)
    assert len(load.calls) == calls


def test_going_back_to_an_event_loads_nothing_again(explorer, load):
    explorer.day(1)
    explorer.day(-1)
    calls = len(load.calls)
    explorer.day(1)
    assert len(load.calls) == calls


def test_views_are_stepped_through_by_brackets(explorer):
    first = explorer.study.view
    send(explorer, "step", by=1)
    second = explorer.study.view
    assert second[0] == first[1]
    send(explorer, "back")
    assert explorer.study.view == first
    send(explorer, "forward")
    assert explorer.study.view == second
    send(explorer, "forward")
    assert explorer.message == "There is no later view."


def test_where_a_mouse_has_moved_the_axis_is_not_sent_back_to_undo_its_next_move(explorer):
    axis = explorer.stack.time.range
    lo, hi = (t + 60_000 * 0.4615384 for t in milliseconds([START + 7 * HOUR, START + 9 * HOUR]))
    axis.update(start=lo, end=hi)  # as the page tells of its second move
    first_move = RangesUpdate(explorer.stack.axis, x0=0, x1=1)
    explorer.stack.axis._trigger_event(first_move)
    assert (axis.start, axis.end) == (lo, hi)
    np.testing.assert_allclose(milliseconds(explorer.study.view), (lo, hi), rtol=0, atol=0.001)
    first = lines(explorer.stack.panels[0])[0].data_source.data["x"]
    assert first[0] < lo < hi < first[-1] < hi + 1.1 * (hi - lo), "refilled for this view"


def test_a_day_is_a_day_and_the_cursor_comes_along(explorer):
    before = explorer.study.cursor
    send(explorer, "day", by=1)
    assert explorer.study.cursor - before == 24 * HOUR


def test_arrows_go_from_sample_to_sample(explorer):
    explorer.set_cursor(START + 7 * HOUR)
    send(explorer, "sample", by=1)
    assert explorer.study.cursor == START + 7 * HOUR + MINUTE
    send(explorer, "sample", by=-10)
    assert explorer.study.cursor == START + 7 * HOUR - 9 * MINUTE


def test_an_arrow_jumps_a_gap_instead_of_stopping_in_it(explorer):
    explorer.set_cursor(START + 6 * HOUR - MINUTE)
    send(explorer, "sample", by=1)
    assert explorer.study.cursor == START + 6.5 * 60 * MINUTE


def test_the_readout_gives_values_at_the_cursor_and_a_dash_in_a_gap(explorer):
    explorer.set_cursor(START + 8 * HOUR)
    assert explorer.readout["omni.1min:b:GSM"] == "Bx 3, By -4, Bz 4"
    explorer.set_cursor(START + 6 * HOUR + 15 * MINUTE)
    assert explorer.readout["omni.1min:b:GSM"] == "Bx –, By –, Bz –"


def test_boundaries_follow_the_wind_at_the_cursor(explorer):
    noses = []
    for hour in (7, 9):  # the pressure doubles at eight
        explorer.set_cursor(START + hour * HOUR)
        noses.append(max(explorer.space._sources["magnetopause"].data["x"]))
    assert noses[0] == pytest.approx(10.336, abs=0.002)  # Shue 1998 by hand for 2 nPa, 4 nT
    assert noses[1] == pytest.approx(noses[0] * 2 ** (-1 / 6.6), rel=1e-6)
    assert "Pdyn 4 nPa" in explorer.space.text.object


def test_without_pressure_the_boundaries_are_grey_with_their_age(explorer):
    explorer.go(START + 18 * HOUR, START + 22 * HOUR)
    explorer.set_cursor(START + 20.5 * 60 * MINUTE)
    assert "31 min old" in explorer.space.text.object
    assert explorer.space._lines["magnetopause"].glyph.line_alpha < 1


def test_before_any_wind_there_are_no_boundaries(explorer):
    explorer.go(START - 5 * HOUR, START + HOUR)
    explorer.set_cursor(START - 2 * HOUR)
    assert "No boundaries" in explorer.space.text.object
    assert len(explorer.space._sources["magnetopause"].data["x"]) == 0


def test_a_spacecraft_outside_the_picture_is_told(explorer):
    explorer.set_panels(["omni.1min:b:GSM", "ace.mfi:b:GSM"])
    explorer.set_cursor(START + 7 * HOUR)
    assert "Outside the picture: ace at 235, 0, 0" in explorer.space.text.object


def test_a_server_that_fails_empties_its_panel_and_no_other(explorer):
    explorer.add_panel("ace.broken:b:GSM")
    broken, good = explorer.stack.panels[-1], explorer.stack.panels[0]
    assert "answered 500" in broken._note.text
    assert "ace.broken" in explorer.message
    assert good.series.fault == ""


def test_a_product_without_data_says_so(load):
    explorer = Explorer(load=load)
    explorer.go(START - 48 * HOUR, START - 46 * HOUR)
    assert all("No data" in p._note.text for p in explorer.stack.panels)


def test_panels_are_added_moved_and_removed_without_building_the_others_anew(explorer):
    figures = {p.text: p.figure for p in explorer.stack.panels}
    texts = list(explorer.study.panels)
    explorer.add_panel("omni.1min:al")
    explorer.move_panel("omni.1min:al", 0)
    assert explorer.study.panels == ["omni.1min:al", *texts]
    explorer.remove_panel("omni.1min:al")
    assert {p.text: p.figure for p in explorer.stack.panels} == figures


def test_gestures_name_a_panel_by_its_figure(explorer):
    first, second = explorer.stack.panels[:2]
    send(explorer, "move", panel=first.figure.name, to=second.figure.name)
    assert explorer.study.panels[:2] == [second.text, first.text]
    send(explorer, "up", panel=first.figure.name)
    assert explorer.study.panels[0] == first.text
    send(explorer, "remove", panel=first.figure.name)
    assert first.text not in explorer.study.panels


def test_a_picked_interval_goes_from_sample_to_sample_of_its_panel(explorer):
    panel = explorer.stack.panels[0]
    start, stop = START + 7 * HOUR, START + 8 * HOUR
    send(explorer, "new", start=ms(start) + 25_000, stop=ms(stop) - 20_000, panel=panel.figure.name)
    row = explorer.timetable.iloc[0]
    assert (row["start"], row["stop"]) == (pd.Timestamp(start), pd.Timestamp(stop))
    assert row["kind"] == "omni.1min b"
    assert explorer.stack.selected.visible


def test_edges_are_dragged_and_the_change_is_undone(explorer):
    explorer.pick(ms(START + 7 * HOUR), ms(START + 8 * HOUR))
    send(explorer, "edges", start=ms(START + 7.5 * 60 * MINUTE), stop=ms(START + 9 * HOUR))
    assert explorer.timetable["stop"][0] == pd.Timestamp(START + 9 * HOUR)
    send(explorer, "undo")
    assert explorer.timetable["stop"][0] == pd.Timestamp(START + 8 * HOUR)
    send(explorer, "redo")
    assert explorer.timetable["stop"][0] == pd.Timestamp(START + 9 * HOUR)
    send(explorer, "delete")
    assert explorer.timetable.empty


def test_an_interval_is_picked_by_keyboard(explorer):
    explorer.set_cursor(START + 7 * HOUR)
    send(explorer, "mark")
    send(explorer, "sample", by=10)
    send(explorer, "mark")
    row = explorer.timetable.iloc[0]
    assert row["stop"] - row["start"] == pd.Timedelta("10min")


@pytest.mark.parametrize(
    ("minutes", "width"), [pytest.param(12, 120, id="a tenth"), pytest.param(0, 120, id="instant")]
)
def test_an_interval_fills_a_tenth_of_the_view_an_instant_gets_an_hour_each_side(
    explorer, minutes, width
):
    number = explorer.pick(ms(START + 7 * HOUR), ms(START + 7 * HOUR + minutes * MINUTE))
    explorer.select(number)
    lo, hi = explorer.study.view
    assert (hi - lo) / MINUTE == width
    assert lo + (hi - lo) / 2 == START + 7 * HOUR + minutes * MINUTE / 2


def test_n_and_p_walk_through_the_time_table(explorer):
    for hour in (6, 8, 10):
        explorer.pick(ms(START + hour * HOUR), ms(START + hour * HOUR + 6 * MINUTE))
    explorer.intervals.selected = None
    explorer.set_cursor(START + 7 * HOUR)
    send(explorer, "next")
    assert explorer.study.cursor == START + 8 * HOUR
    send(explorer, "next")
    send(explorer, "next")
    assert "no further" in explorer.message
    send(explorer, "previous")
    send(explorer, "previous")
    assert explorer.study.cursor >= START + 6 * HOUR


def test_a_tap_selects_the_interval_under_it(explorer):
    number = explorer.pick(ms(START + 7 * HOUR), ms(START + 8 * HOUR))
    explorer.intervals.selected = None
    send(explorer, "tap", t=ms(START + 7.5 * 60 * MINUTE), reach=0)
    assert explorer.intervals.selected == number


def test_a_click_that_holds_the_cursor_is_told_until_another_lets_it_go(explorer):
    explorer.tell("Something else.")
    send(explorer, "tap", t=ms(START + 7 * HOUR), reach=0, held=True)
    assert "held" in explorer.message
    send(explorer, "tap", t=ms(START + 8 * HOUR), reach=0, held=False)
    assert explorer.study.cursor == START + 8 * HOUR
    assert explorer.message == "Something else."


def test_the_next_kernel_has_the_intervals(explorer, load):
    explorer.pick(ms(START + 7 * HOUR), ms(START + 8 * HOUR))
    pd.testing.assert_frame_equal(Explorer(load=load).timetable, explorer.timetable)


def test_a_study_gives_the_same_screen_back(explorer, load):
    explorer.set_panels(["omni.1min:b:GSE", "themis.a.fgm:b:GSM"])
    explorer.go(START + 7 * HOUR, START + 9 * HOUR)
    explorer.set_lag(12.5)
    again = Explorer(load=load, study=Study.from_query(explorer.study.to_query()))
    assert again.study.to_dict() == explorer.study.to_dict()
    for one, other in zip(shown(explorer), shown(again), strict=True):
        np.testing.assert_array_equal(one["x"], other["x"])
        np.testing.assert_array_equal(one["y"], other["y"])


def test_a_lag_draws_the_shifted_series_bold_and_leaves_the_original(explorer):
    explorer.set_panels(["ace.mfi:b:GSM", "omni.1min:b:GSM"])
    told = explorer.set_lag(45.0)
    ace, omni = explorer.stack.panels
    _, _, plain, _, _, shifted = lines(ace)
    data = [line.data_source.data for line in (plain, shifted)]
    turned = [d["x"][np.nanargmin(np.where(d["y"] < 0, d["x"], np.inf))] for d in data]
    assert turned[1] - turned[0] == pytest.approx(45 * 60_000)
    assert plain.glyph.line_width < 1
    assert len(lines(omni)) == 3
    explorer.set_lag(0.0)
    assert len(shifted.data_source.data["x"]) == 0
    assert plain.glyph.line_width > 1
    assert "ace.mfi" in told


def test_what_is_at_the_nose_is_not_shifted_again(explorer):
    explorer.set_panels(["omni.1min:b:GSM"])
    assert "not shifted again" in explorer.set_lag(30.0)


def test_a_wrong_panel_or_event_is_refused_with_a_sentence(explorer):
    with pytest.raises(InputError, match="product:variable"):
        explorer.add_panel("omni.1min")
    with pytest.raises(InputError, match="No event"):
        explorer.show_event("nothing")


def test_a_study_file_that_is_none_is_told_and_changes_nothing(explorer):
    before = explorer.study.to_dict()
    explorer.open_study("a: [")
    assert "not YAML" in explorer.message
    assert explorer.study.to_dict() == before


def test_an_unknown_gesture_is_told(explorer):
    send(explorer, "dance")
    assert "dance" in explorer.message


def test_points_sent_for_a_switch_stay_below_a_megabyte(explorer):
    explorer.go(START + 12 * HOUR, START + 16 * HOUR)
    sent = sum(v.nbytes for data in shown(explorer) for v in data.values())
    assert sent < 1_000_000


def test_the_bundle_of_the_screen_is_a_zip_with_data_script_and_thanks(explorer):
    with zipfile.ZipFile(io.BytesIO(explorer.bundle())) as bundle:
        names = set(bundle.namelist())
    assert {
        "study.py",
        "study.yaml",
        "timetable.csv",
        "picture.png",
        "ACKNOWLEDGEMENTS.md",
    } <= names
    assert any(name.endswith(".nc") for name in names)
