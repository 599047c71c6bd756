"""Draw the gallery's pictures: the first figure of each notebook's page, as a browser shows it.

The pages are read from disk, with every other host blocked, so a figure that needs one stays away
and is told.
"""

import sys
from pathlib import Path

import browser

#: Width of a picture in a page; its height follows the figure, up to this share of the width.
WIDTH, TALLEST = 900, 0.8
#: What a figure may be, on a page that was built.
FIGURES = "div.cell_output canvas, div.cell_output img"


def take(site: Path, folder: Path) -> None:
    """Write ``NOTEBOOK.png`` for each notebook of the site to `folder`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=browser.main(), args=["--no-sandbox"])
        page = chrome.new_page(viewport={"width": 1400, "height": 1000})
        page.route("**/*", lambda route: block(route))
        for path in sorted((site / "notebooks").glob("*.html")):
            if not one(page, path, folder / f"{path.stem}.png"):
                print(f"{path.stem}: no figure", file=sys.stderr)
        chrome.close()


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
    except TimeoutError:
        return False
    figure.scroll_into_view_if_needed()
    page.wait_for_timeout(2500)  # pictures on a canvas come after its axes
    box = figure.bounding_box()
    clip = box | {"width": min(box["width"], WIDTH), "height": min(box["height"], WIDTH * TALLEST)}
    page.screenshot(path=picture, clip=clip, full_page=True)
    return True
