"""The Explorer in JupyterLab: the same gestures, sent through the kernel, nothing fetched."""

import os

import pytest

from tests.browser import explorer as look

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("SMILE_EXPLORE_TEST_EXPLORER"),
        reason="issue 5 is open: some of these fail yet; SMILE_EXPLORE_TEST_EXPLORER=1 runs them",
    ),
]


@pytest.fixture
def cell(lab, page):
    """Run the notebook and bring the Explorer's cell into view."""
    assert lab.run_all(page, "90_explorer.ipynb", seconds=240) == []
    page.evaluate(f"async () => {{ {_SHOW} }}")
    look.ready(page, 6, 120)
    return page


_SHOW = """
const panel = window.jupyterapp.shell.currentWidget.content;
await panel.scrollToItem(3, 'start');
document.querySelector('.smile-explore')?.scrollIntoView();
"""


def at(panel, share, y=0.5):
    return panel["x"] + share * panel["width"], panel["y"] + y * panel["height"]


def test_zoom_cursor_and_picking_reach_the_kernel_and_come_back(cell):
    before = look.panels(cell)
    cell.mouse.move(*at(before[0], 0.5))
    cell.mouse.wheel(0, -300)
    look.changed(cell, before, seconds=120)  # the image's code may have to be compiled
    cell.wait_for_timeout(4000)
    zoomed = look.panels(cell)  # the page may have moved meanwhile
    cell.mouse.move(*at(zoomed[0], 0.25))
    cell.mouse.move(*at(zoomed[0], 0.3))
    cell.wait_for_timeout(1500)
    wanted = zoomed[0]["start"] + 0.3 * (zoomed[0]["end"] - zoomed[0]["start"])
    assert look.cursor(cell) == pytest.approx(wanted, abs=60_000)
    look.drag(cell, at(zoomed[0], 0.3), at(zoomed[0], 0.4), shift=True)
    cell.locator(".tabulator-cell", has_text="omni.1min b").first.wait_for(timeout=60_000)
    assert cell.faults == []
