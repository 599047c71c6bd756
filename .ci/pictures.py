"""Draw the gallery's pictures: the first figure of each notebook's page, as a browser shows it.

The pages are read from disk, with every other host blocked, so a figure that needs one stays away
and is told.
"""

import contextlib
import re
import subprocess
import sys
import time
from pathlib import Path

import browser
from playwright.sync_api import Error

ROOT = Path(__file__).parents[1]

#: Greatest width of a picture; its height follows the figure, up to this share of its width.
WIDTH, TALLEST = 1024, 0.8
#: Notebooks whose figure lives on a server.
LIVE = ("90_explorer",)
#: Where on the page the n-th output is that has a figure which takes room (some hold scripts alone):
#: the figure itself, without the text around it.
_FIGURE = """n => {
    const shown = cell => [...cell.querySelectorAll("[data-root-id] > *, img")]
        .map(each => each.getBoundingClientRect()).filter(box => box.height > 100);
    const box = [...document.querySelectorAll("div.cell_output")].map(shown)
        .filter(boxes => boxes.length)[n]?.[0];
    return box && {x: box.x + scrollX, y: box.y + scrollY, width: box.width, height: box.height};
}"""
#: Where the Explorer is served while its picture is taken.
PORT = 5097
#: So many readouts may be without data at the cursor when all is loaded.
FEW = 4
#: What it says while it loads.
_LOADS = re.compile(r"\d+ of \d+ done")
#: Notebooks whose first figure is not the one that tells most.
TELLS_MOST = {"30_what_smile_sees": 1}


def take(site: Path, folder: Path) -> None:
    """Write ``NOTEBOOK.png`` for each notebook of the site to `folder`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=browser.main(), args=["--no-sandbox"])
        page = chrome.new_page(viewport={"width": 1400, "height": 1000})
        page.route("**/*", block)
        for path in sorted((site / "notebooks").glob("*.html")):
            picture = folder / f"{path.stem}.png"
            taken = explorer(chrome, picture) if path.stem in LIVE else one(page, path, picture)
            if not taken:
                print(f"{path.stem}: no figure", file=sys.stderr)
        chrome.close()


def explorer(chrome, picture: Path) -> bool:
    """Take the Explorer itself, as a page with the rehearsal; say whether it was all there in time."""
    command = [sys.executable, "-m", "smile_explore.app.proxy", str(PORT)]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    page = chrome.new_page(viewport={"width": 1400, "height": 1340})
    try:
        for _ in range(120):
            with contextlib.suppress(Error):
                page.goto(f"http://127.0.0.1:{PORT}/explorer")
                break
            time.sleep(1)
        page.get_by_text("At the cursor", exact=True).first.wait_for(timeout=240_000)
        for _ in range(240):  # the rehearsal may have to be simulated first
            page.wait_for_timeout(1000)
            if page.get_by_text("no data").count() < FEW and not page.get_by_text(_LOADS).count():
                break
        else:
            return False
        page.wait_for_timeout(15_000)  # the images are computed after the panels
        page.screenshot(path=picture)
    finally:
        server.terminate()
        server.wait(30)
        page.close()
    return True


def block(route) -> None:
    """Let files pass, and nothing else."""
    if route.request.url.startswith(("file:", "data:", "blob:")):
        route.continue_()
    else:
        route.abort()


def one(page, path: Path, picture: Path) -> bool:
    """Take the first figure of a page; say whether there was one."""
    page.goto(path.as_uri(), wait_until="load")
    page.wait_for_timeout(5000)  # pictures on a canvas come after their axes
    box = settled(page, TELLS_MOST.get(path.stem, 0))
    if box is None:
        return False
    width = min(box["width"], WIDTH)
    clip = box | {"width": width, "height": min(box["height"], width * TALLEST)}
    page.screenshot(path=picture, clip=clip, full_page=True)
    return True


def settled(page, number: int) -> dict | None:
    """Return where a figure is once it stays there: a busy machine lays a page out in steps."""
    box = page.evaluate(_FIGURE, number)
    for _ in range(20):
        page.wait_for_timeout(1000)
        before, box = box, page.evaluate(_FIGURE, number)
        if box == before:
            break
    return box


if __name__ == "__main__":  # python .ci/pictures.py: the Explorer's alone, which needs no site
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=browser.main(), args=["--no-sandbox"])
        explorer(chrome, ROOT / "notebooks" / "pictures" / "90_explorer.png")
        chrome.close()
