"""A real Chromium on a real JupyterLab and a real Explorer, with every other host blocked."""

from pathlib import Path

import pytest
from browser import installed
from playwright.sync_api import sync_playwright

from tests.browser import explorer as look
from tests.browser.harness import is_outside, running_app, running_lab

SCREENSHOTS = Path(__file__).parent / "screenshots"
BLOCKED = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    with running_lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """Run ``smile-explore app`` offline, with a cache of its own."""
    with running_app(tmp_path_factory.mktemp("app")) as app:
        yield app


@pytest.fixture
def app(page, served):
    """Open the page and wait until the rehearsal is drawn; its console stays free of errors."""
    page.goto(served.url)
    look.ready(page)
    yield page
    assert page.faults == []


@pytest.fixture(scope="module")
def chromium():
    """Start the browser once a module.

    Not once a session: Playwright's event loop would be in the way of tests that run their own.
    """
    path = installed()
    if path is None:
        pytest.fail("no Chromium or Chrome on this machine: run make test, which provides one")
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", BLOCKED]
        browser = playwright.chromium.launch(executable_path=path, args=options)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, request):
    """Give a tab, and keep a screenshot of its end; it must have asked nothing of another host.

    ``page.faults`` holds the errors of its console.
    """
    tab = chromium.new_page(viewport={"width": 1400, "height": 1000})
    tab.faults, outside = [], []
    tab.on("pageerror", lambda error: tab.faults.append(str(error)))
    tab.on("console", lambda m: m.type == "error" and tab.faults.append(f"{m.text} {m.location}"))
    tab.on("request", lambda r: is_outside(r.url) and outside.append(r.url))
    yield tab
    SCREENSHOTS.mkdir(exist_ok=True)
    tab.screenshot(path=SCREENSHOTS / f"{request.node.name}.png")
    tab.close()
    assert outside == []
