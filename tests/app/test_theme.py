"""Light and dark: switched on the page without a load, remembered, and JupyterLab's own."""

import pytest

from smile_explore.app.explorer import Explorer
from smile_explore.app.gestures import answer
from smile_explore.app.state import Study
from tests.app.conftest import MINUTE, START


def lightness(explorer):
    back = explorer.stack.panels[0].figure.background_fill_color
    return sum(int(back[k : k + 2], 16) for k in (1, 3, 5)) / 3


def test_switching_the_theme_loads_nothing_and_keeps_view_cursor_and_panels(load):
    explorer = Explorer(load=load)
    explorer.__panel__()
    explorer.go(START + 60 * MINUTE, START + 120 * MINUTE)
    before, calls = explorer.study.to_dict(), len(load.calls)
    explorer.set_theme("dark")
    assert lightness(explorer) < 60
    assert explorer.study.to_dict() == before | {"theme": "dark"}
    assert len(load.calls) == calls
    assert explorer.stack.panels[0].series.lines
    explorer.set_theme("light")
    assert lightness(explorer) > 240


def test_a_study_remembers_its_theme(load):
    explorer = Explorer(load=load)
    explorer.set_theme("dark")
    again = Explorer(load=load, study=Study.from_query(explorer.study.to_query()))
    assert lightness(again) < 60


def test_what_the_new_screen_does_reaches_the_explorer_once(load):
    explorer = Explorer(load=load)
    explorer.__panel__()
    for theme in ("dark", "light", "dark"):
        explorer.set_theme(theme)
    once = len(explorer.param.watchers["moment"]["value"])
    explorer.set_theme("light")
    assert len(explorer.param.watchers["moment"]["value"]) == once


@pytest.mark.parametrize(
    ("given", "shown"),
    [({}, "dark"), ({"theme": "light"}, "light"), ({"study": Study()}, "light")],
    ids=["nothing said", "theme named", "of a study"],
)
def test_in_a_dark_lab_the_explorer_is_dark_unless_told_otherwise(load, given, shown):
    explorer = Explorer(load=load, **given)
    explorer.is_waiting = True  # as in a notebook, until its page is there
    answer(explorer, {"do": "ready", "dark": True})
    assert explorer.study.theme == shown
    assert (lightness(explorer) < 60) == (shown == "dark")
