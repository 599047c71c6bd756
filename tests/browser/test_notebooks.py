"""Each notebook in JupyterLab, as a student sees it: every figure drawn, nothing fetched."""

import time
from pathlib import Path

import nbformat
import pytest

from tests.browser.harness import figures, ink

pytestmark = pytest.mark.browser

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))

EMPTY = """
import panel as pn
from bokeh.plotting import figure
pn.extension(inline=True)
empty = figure(height=200, width=600)
empty.line([1, 2, 3], [float("nan")] * 3)
line = figure(height=200, width=600, x_axis_label="UT", y_axis_label="B (nT)")
line.line([1, 2, 3], [1, 3, 2])
pn.Column(empty, line)
"""


def inked(page, figure, *, seconds=120):
    """Say whether a figure gets drawn: a picture that has to be computed comes after its axes."""
    until = time.monotonic() + seconds
    while ink(page, figure) < 0.001:
        if time.monotonic() > until:
            return False
        page.wait_for_timeout(1000)
    return True


def labelled(page, *, seconds=120):
    """Return the figures once each has a label on its y axis, or as they are in the end.

    The Explorer fills its panels after its cell is done.
    """
    until = time.monotonic() + seconds
    while True:
        drawn = figures(page)
        if all(any(f["y"]) for f in drawn) or time.monotonic() > until:
            return drawn


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_draws_every_figure_with_labelled_axes(lab, page, notebook):
    assert lab.run_all(page, notebook.name) == []
    drawn = labelled(page)
    assert drawn, "no figure was drawn"
    assert [f for f in drawn if not any(f["y"])] == [], "a figure has no label on its y axis"
    assert [f for f in drawn if not inked(page, f)] == [], "a figure is blank"
    assert page.faults == []


def test_blank_figure_and_failing_cell_are_noticed(lab, page):
    cells = [nbformat.v4.new_code_cell(source) for source in (EMPTY, "1 / 0", "'not reached'")]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
    nbformat.write(notebook, lab.folder / "faulty.ipynb")
    errors = lab.run_all(page, "faulty.ipynb")
    assert errors == ["ZeroDivisionError: division by zero", "not executed: 'not reached'"]
    empty, line = figures(page)
    assert (ink(page, empty), line["x"], line["y"]) == (0.0, ["UT"], ["B (nT)"])
    assert 0.001 < ink(page, line) < 0.1
