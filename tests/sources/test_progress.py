import io
import sys

import pytest

from smile_explore.sources import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def on_a_terminal(monkeypatch):
    """Put a terminal in place of stderr; in the test, as pytest undoes what a fixture puts there."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    return screen


def test_nothing_is_shown_where_nobody_looks(capsys):
    with progress.Progress("omni.1min") as line:
        line._since -= 10
        line.says("asking")
        line.add(1000)
    assert capsys.readouterr() == ("", "")


def test_nothing_is_shown_within_the_first_second(monkeypatch):
    terminal = on_a_terminal(monkeypatch)
    with progress.Progress("omni.1min") as line:
        line.says("asking")
        line.add(1000)
    assert terminal.getvalue() == ""


def test_after_a_second_the_line_says_what_is_awaited_and_how_much_came(monkeypatch):
    terminal = on_a_terminal(monkeypatch)
    with progress.Progress("omni.1min") as line:
        line._since -= 10
        line.says("spdf.gsfc.nasa.gov, 2008-08")
        line.add(3_200_000)
    shown = terminal.getvalue()
    assert "omni.1min: spdf.gsfc.nasa.gov, 2008-08" in shown
    assert "3.20MB" in shown


def test_a_notebook_is_watched(monkeypatch):
    IPython = pytest.importorskip("IPython")

    class Shell:
        kernel = object()

    monkeypatch.setattr(IPython, "get_ipython", Shell)
    assert progress.is_watched()
