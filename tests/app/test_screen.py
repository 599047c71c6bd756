"""The screen as a tree of widgets: labels, states, words for who cannot see it."""

import panel as pn
import pytest
from panel.models.tabulator import TableEditEvent

from smile_explore.app.drawers import summary
from smile_explore.app.events_table import EventTable
from smile_explore.app.explorer import Explorer
from smile_explore.app.store import milliseconds
from tests.app.conftest import MINUTE, START


@pytest.fixture
def explorer(load):
    explorer = Explorer(load=load)
    explorer.__panel__()
    return explorer


def widget(explorer, kind, label):
    found = explorer.__panel__().select(kind)
    return next(w for w in found if label in (w.label or ""))


def test_every_control_has_a_name(explorer):
    nameless = [w for w in explorer.__panel__().select(pn.widgets.Widget) if not (w.label or getattr(w, "options", None) or isinstance(w, (pn.widgets.FileInput, pn.widgets.Tabulator)))]  # fmt: skip
    assert nameless == []


def test_a_condition_fills_the_table_and_a_mistake_underlines_the_word(explorer):
    view = explorer.table_view
    view._search("omni.1min", "b_z < -5")
    assert len(view.table.value) == 1
    assert "1 found" in view.found.object
    view._search("omni.1min", "b_q < -5")
    assert "<u" in view.found.object
    assert "b_q" in view.found.object
    assert len(view.table.value) == 1


def test_a_detector_that_finds_its_event_fills_the_table(explorer):
    explorer.go(START + 6 * 60 * MINUTE, START + 13 * 60 * MINUTE)
    explorer.table_view._detect("southward turnings")
    assert explorer.timetable["kind"].tolist() == ["southward turning"]
    assert abs((explorer.timetable["start"][0] - START).total_seconds() / 3600 - 12) < 0.1


def test_a_detector_without_its_data_says_what_to_add(explorer):
    explorer.set_panels(["omni.1min:b:GSM"])
    explorer.table_view._detect("magnetopause crossings")
    assert "add both" in explorer.table_view.found.object


@pytest.mark.parametrize("form", ["CSV", "Autoplot", "VOTable", "tscat"])
def test_the_table_comes_back_from_every_format(explorer, form):
    view = explorer.table_view
    explorer.intervals.add("2027-03-22T06:20", "2027-03-22T06:40:30.5", "shock", "ü", "a note")
    data = view.exported(form).getvalue()
    explorer.intervals.delete(explorer.intervals.selected)
    view._import({"CSV": "t.csv", "Autoplot": "t.txt", "VOTable": "t.xml", "tscat": "t.json"}[form], data)  # fmt: skip
    row = explorer.timetable.iloc[0]
    assert str(row["stop"]) == "2027-03-22 06:40:30.500000"
    assert row["kind"] == "shock" or form == "Autoplot"


def test_a_file_that_is_no_time_table_is_told(explorer):
    explorer.table_view._import("x.csv", b"a,b\n1,2\n")
    assert "start" in explorer.message


def test_the_summary_says_in_words_what_is_shown(explorer):
    text = summary(explorer)
    assert "SIMULATED" in text
    assert "Speed from 400 to 400 km s-1" in text
    assert "0 intervals" in text


def test_dark_and_light_give_figures_of_their_colour(load):
    for theme, dark in (("light", False), ("dark", True)):
        explorer = Explorer(load=load, theme=theme)
        back = explorer.stack.panels[0].figure.background_fill_color
        assert (int(back[1:3], 16) < 128) is dark


def test_every_figure_says_units_source_reference_and_that_it_is_simulated(explorer):
    for panel in explorer.stack.panels:
        assert "(" in panel.figure.yaxis[0].axis_label, panel.text
        assert panel.figure.title.text.startswith("SIMULATED · ")
        assert "time at" in panel.figure.title.text
    assert explorer.stack.axis.xaxis[0].axis_label.startswith("UT 2027-03-22")


def test_what_failed_is_asked_for_again_with_one_click(explorer, load):
    explorer.add_panel("ace.broken:b:GSM")
    again = next(b for b in explorer.__panel__().select(pn.widgets.Button) if b.label == "Retry")
    assert again.styles["visibility"] == "visible"
    calls = len(load.calls)
    again.clicks += 1
    assert load.calls[calls:]
    assert {c[0] for c in load.calls[calls:]} == {"ace.broken"}


def test_a_refused_edit_stays_told_when_a_load_ends_and_goes_with_the_next_edit(load):
    """The click on the cell jumps to the interval: what that loads may end just after the edit."""
    explorer = Explorer(load=load)
    explorer.pick(*milliseconds([START + 60 * MINUTE, START + 90 * MINUTE]))
    events = EventTable(explorer)
    events.refresh()
    events._edited(TableEditEvent(events.table, "start", 0, value="yesterday-ish"))
    explorer._progress(3, 3, "Loading")
    explorer._loaded()
    assert "is no start" in explorer.message
    events._edited(TableEditEvent(events.table, "label", 0, value="turning"))
    assert explorer.message == explorer.notice == ""
