"""What the README claims about the Explorer's speed, in a real Chromium on this machine.

Run: ``python benchmarks/explorer.py``. Prints the median and the worst of each, and the load of
the machine, without which the numbers say little. 25 sessions are opened without a browser.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
import types
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
tests = types.ModuleType("tests")
tests.__path__ = [str(ROOT / "tests")]  # an installed package of that name must not win
sys.modules["tests"] = tests
sys.path.insert(0, str(ROOT))

from tools.browser import installed  # noqa: E402

from tests.browser import explorer as look  # noqa: E402  after the path is set
from tests.browser.harness import free_port  # noqa: E402

SESSIONS = 25


def main() -> None:
    port, home = free_port(), Path(tempfile.mkdtemp())
    own = {"CI": "true", "SMILE_EXPLORE_OFFLINE": "1", "SMILE_EXPLORE_CACHE": str(home)}
    command = [Path(sys.executable).parent / "smile-explore", "app", "--no-browser", "--port", str(port)]  # fmt: skip
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    server = subprocess.Popen(command, env=os.environ | own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    url = f"http://127.0.0.1:{port}/explorer"
    try:
        wait(url)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=installed(), args=["--no-sandbox", "--disable-gpu"])  # fmt: skip
            one_reader(browser, url)
            browser.close()
        many_readers(f"ws://127.0.0.1:{port}/explorer/ws", psutil.Process(server.pid))
    finally:
        server.terminate()
        server.wait(20)


def wait(url: str) -> None:
    while True:
        try:
            urllib.request.urlopen(url, timeout=120).close()
            break
        except OSError:
            time.sleep(0.2)
    time.sleep(30)  # the rehearsal is simulated, and the image's code compiled


def one_reader(browser, url: str) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    received = []
    page.on("websocket", lambda ws: ws.on("framereceived", lambda data: received.append(len(data))))
    for name in ("first figures, cold", "first figures, warm"):
        begun = time.perf_counter()
        page.goto(url)
        page.wait_for_function(f"() => ({look._PANELS})().filter(p => p.values).length >= 9")
        print(f"{name}: {time.perf_counter() - begun:.2f} s (budget 3)")
    look.ready(page)
    report("next view, loaded already", 0.5, [timed(page, lambda k=key: page.keyboard.press(k), received) for key in ".,.,"])  # fmt: skip
    report("zoom refill", 0.6, [timed(page, lambda: wheel(page), received) for _ in range(4)])
    report("cursor", 0.12, [cursor(page, share) for share in (0.2, 0.4, 0.6, 0.8, 0.3)])


def timed(page, act, received) -> tuple[float, int]:
    """Return the seconds until every panel shows other data, and the bytes sent."""
    before, begun, sent = look.panels(page), time.perf_counter(), len(received)
    act()
    look.changed(page, before)
    seconds = time.perf_counter() - begun
    page.wait_for_timeout(700)
    return seconds, sum(received[sent:])


def wheel(page) -> None:
    panel = look.panels(page)[1]
    page.mouse.move(panel["x"] + panel["width"] / 2, panel["y"] + panel["height"] / 2)
    page.mouse.wheel(0, -120)


def cursor(page, share: float) -> tuple[float, int]:
    """Return the seconds until the line stands at the mouse and has been painted."""
    panel = look.panels(page)[1]
    before, begun = look.cursor(page), time.perf_counter()
    page.mouse.move(panel["x"] + share * panel["width"], panel["y"] + panel["height"] / 2)
    page.wait_for_function(f"t => ({look._NAMED})('cursor').location !== t", arg=before)
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")  # fmt: skip
    return time.perf_counter() - begun, 0


def report(name: str, budget: float, measured) -> None:
    seconds, sizes = zip(*measured, strict=True)
    size = f", at most {max(sizes) / 1e3:.0f} kB sent (budget 1000)" if any(sizes) else ""
    print(f"{name}: median {statistics.median(seconds):.2f} s, worst {max(seconds):.2f} s (budget {budget}){size}")  # fmt: skip


def many_readers(url: str, process: psutil.Process) -> None:
    from bokeh.client import pull_session

    with ThreadPoolExecutor(5) as pool:
        sessions = list(pool.map(lambda _: pull_session(url=url), range(SESSIONS)))
    seconds = []
    for session in sessions:
        bridge = next(m for m in session.document.models if str(m.name or "").startswith("bridge"))
        cursor = next(m for m in session.document.models if str(m.name or "").startswith("cursor"))
        before, begun = cursor.location, time.perf_counter()
        bridge.data = {"m": ['{"do": "sample", "by": 10}']}
        while cursor.location == before and time.perf_counter() - begun < 10:
            session.force_roundtrip()
        seconds.append(time.perf_counter() - begun)
    seconds.sort()
    print(f"{SESSIONS} sessions: 95 % of updates within {seconds[int(0.95 * len(seconds)) - 1]:.2f} s (budget 1), one after the other; server {process.memory_info().rss / 1e9:.2f} GB (budget 4)")  # fmt: skip
    for session in sessions:
        session.close()


if __name__ == "__main__":
    main()
