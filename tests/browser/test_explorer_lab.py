"""The Explorer in JupyterLab: the same gestures, sent through the kernel, nothing fetched."""

import pytest

from tests.browser import explorer as look

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
]


@pytest.fixture
def cell(lab, page):
    """Run the notebook and bring the Explorer's cell into view."""
    assert lab.run_all(page, "90_explorer.ipynb", seconds=240) == []
    look.into_view(page)
    look.ready(page, 6, 240)
    return page


def in_view(page) -> list[dict]:
    """Return the panels once they stand still: the page grows while pictures arrive."""
    before = []
    while before != (now := look.panels(page)):
        before = now
        page.wait_for_timeout(500)
    return now


def test_zoom_cursor_and_picking_reach_the_kernel_and_come_back(cell):
    before = in_view(cell)
    cell.mouse.move(*look.at(before[0], 0.5))
    cell.mouse.wheel(0, -300)
    look.changed(cell, before, seconds=120)
    panel = in_view(cell)[0]
    width = panel["end"] - panel["start"]
    table = cell.locator("table", has_text="At the cursor")
    for share in (0.25, 0.6):
        cell.mouse.move(*look.at(panel, share))
        wanted = panel["start"] + share * width
        look.until(cell, lambda t=wanted: abs(look.cursor(cell) - t) < 2 * width / panel["width"])
        value = look.nearest(cell, 2, look.cursor(cell))
        look.until(cell, lambda v=value: f"Bz {v:.4g}\n" in table.inner_text(), 60)
    look.drag(cell, look.at(panel, 0.3), look.at(panel, 0.4), shift=True)
    cell.locator(".tabulator-cell", has_text="omni.1min b").first.wait_for(timeout=60_000)
    assert cell.faults == []


def test_the_launcher_s_tile_opens_the_explorer_behind_jupyter_s_prefix(lab, page):
    page.goto(f"{lab.url}/lab?reset&token={lab.token}")
    page.get_by_text("SMILE Explorer").first.wait_for(timeout=60_000)  # the tile
    page.goto(f"{lab.url}/smile-explorer/explorer", timeout=120_000)  # the server starts now
    before = look.ready(page, 9, 240)  # over the websocket: the proxy lets it through
    page.mouse.move(*look.at(before[0], 0.5))
    page.mouse.wheel(0, -300)
    look.changed(page, before, seconds=60)
