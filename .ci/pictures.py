"""Draw the gallery's pictures: the first figure of each notebook's page, as a browser shows it.

The pages are read from disk, with every other host blocked, so a figure that needs one stays away
and is told.
"""

import sys
import tempfile
from pathlib import Path

import browser
from playwright.sync_api import Error

#: Width of a picture in a page; its height follows the figure, up to this share of the width.
WIDTH, TALLEST = 900, 0.8
#: Notebooks whose figure lives on a server.
LIVE = ("90_explorer",)
#: What a figure may be, on a page that was built.
FIGURES = "[data-root-id], img"


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
    """Take the Explorer itself, as a page with the rehearsal."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.browser.explorer import ready
    from tests.browser.harness import running_app

    with tempfile.TemporaryDirectory() as home, running_app(Path(home)) as app:
        page = chrome.new_page(viewport={"width": 1440, "height": 1080})
        page.goto(app.url)
        ready(page)
        page.wait_for_timeout(4000)  # the X-ray image is computed after the panels
        page.screenshot(path=picture)
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
    figure = page.locator("div.cell_output").filter(has=page.locator(FIGURES)).first
    try:
        figure.wait_for(state="visible", timeout=20_000)
    except Error:
        return False
    figure.scroll_into_view_if_needed()
    page.wait_for_timeout(2500)  # pictures on a canvas come after its axes
    box = figure.bounding_box()
    clip = box | {"width": min(box["width"], WIDTH), "height": min(box["height"], WIDTH * TALLEST)}
    page.screenshot(path=picture, clip=clip, full_page=True)
    return True
