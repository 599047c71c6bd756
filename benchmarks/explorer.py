"""What the README claims about the Explorer's speed, in a real Chromium on this machine.

Run: ``python benchmarks/explorer.py [served|lab|many|samples]``; all four without a word. Prints
the median and the worst of each beside its budget, and the load of the machine, without which
the numbers say little. `samples` serves one panel with 10^4 to 10^7 samples. The 25 sessions are
clients of the server's websocket that all act at the same moment, again and again; no browser
draws for them.
"""

import os
import statistics
import sys
import tempfile
import threading
import time
import types
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
tests = types.ModuleType("tests")
tests.__path__ = [str(ROOT / "tests")]  # an installed package of that name must not win
sys.modules["tests"] = tests
sys.path[:0] = [str(ROOT), str(ROOT / ".ci"), str(ROOT / "benchmarks")]

from browser import installed  # noqa: E402  after the path is set
from many_users import GESTURES, asked, opened  # noqa: E402

from tests.browser import explorer as look  # noqa: E402
from tests.browser.harness import _KERNEL_IS_READY, running_app, running_lab  # noqa: E402

SESSIONS = 25
ROUNDS = 5
SAMPLES = """
import sys
import numpy as np
import xarray as xr
from smile_explore.app.serve import serve
from smile_explore.errors import NoDataError

def load(product, start, stop=None, **options):
    if product != "omni.1min":
        raise NoDataError(f"{product}: the benchmark has one panel.")
    time = np.datetime64(start, "ns") + (np.datetime64(stop, "ns") - np.datetime64(start, "ns")) // %d * np.arange(%d)
    p_dyn = (2 + np.sin(np.arange(%d) / 1e4)).astype("f4")
    attrs = {"product": product, "source": "benchmark", "time_reference": "bow-shock nose", "simulated": 1}
    return xr.Dataset({"p_dyn": ("time", p_dyn, {"units": "nPa", "long_name": "pressure"})}, {"time": time}, attrs)

serve(port=int(sys.argv[1]), load=load)
"""


def main() -> None:
    chosen = sys.argv[1:] or ["served", "lab", "many", "samples"]
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    home = Path(tempfile.mkdtemp())
    if {"served", "many"} & set(chosen):
        with running_app(home) as app:
            time.sleep(30)  # the rehearsal is simulated, and the image's code compiled
            if "served" in chosen:
                with chromium() as browser:
                    one_reader(browser, app.url)
            if "many" in chosen:
                many_readers(app.url, psutil.Process(app.pid))
    if "lab" in chosen:
        (home / "lab").mkdir()
        with running_lab(home / "lab") as lab, chromium() as browser:
            in_lab(browser, lab)
    if "samples" in chosen:
        with chromium() as browser:
            for power in (4, 5, 6, 7):
                samples_in_page(browser, home / f"samples{power}", 10**power)
        many_samples()


@contextmanager
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=["--no-sandbox", "--disable-gpu"])  # fmt: skip
        yield browser
        browser.close()


def one_reader(browser, url: str) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    received = []
    page.on("websocket", lambda ws: ws.on("framereceived", lambda data: received.append(len(data))))
    first = []
    for _ in range(4):
        begun = time.perf_counter()
        page.goto(url)
        page.wait_for_function(f"() => ({look._PANELS})().filter(p => p.values).length >= 9")
        first.append((time.perf_counter() - begun, 0))
    print(f"first figures, new browser: {first[0][0]:.2f} s (budget 3)")
    report("first figures, again", 3, first[1:])
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


def in_lab(browser, lab) -> None:
    """Time the notebook, twice: the first run simulates the rehearsal, which is then kept."""
    for name in ("Run All, rehearsal simulated first", "Run All"):
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.goto(f"{lab.url}/lab/tree/90_explorer.ipynb?reset&token={lab.token}")
        page.wait_for_function(_KERNEL_IS_READY, timeout=120_000)
        begun = time.perf_counter()
        page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
        page.wait_for_function(f"() => ({look._PANELS})().filter(p => p.values).length >= 6", timeout=180_000)  # fmt: skip
        print(f"JupyterLab, {name}: {time.perf_counter() - begun:.2f} s to the first figures (budget 8)")  # fmt: skip
        look.ready(page, 6, 180)
        if name == "Run All":
            look.into_view(page)
            page.wait_for_timeout(3000)
            report("JupyterLab, zoom refill", 0.6, [timed(page, lambda tab=page: wheel(tab), []) for _ in range(4)])  # fmt: skip
            nextview = page.get_by_role("button", name="›", exact=True).first
            report("JupyterLab, next view, loaded already", 0.8, [timed(page, nextview.click, []) for _ in range(2)])  # fmt: skip
        page.close()


def many_readers(url: str, process: psutil.Process) -> None:
    """Let all sessions move their cursors, then zoom, at the same moment, round after round."""
    import panel.models.tabulator  # noqa: F401  the clients have to know the page's models

    with ThreadPoolExecutor(5) as pool:
        sessions = list(pool.map(lambda _: opened(url), range(SESSIONS)))
    time.sleep(5)
    start = threading.Barrier(SESSIONS)
    for gesture in GESTURES:
        with ThreadPoolExecutor(SESSIONS) as pool:
            found = pool.map(lambda s, g=gesture: [asked(s, g, start) for _ in range(ROUNDS)], sessions)  # fmt: skip
            seconds = sorted(np.concatenate(list(found)))
        print(f"{SESSIONS} sessions at once, {gesture}: median {statistics.median(seconds):.2f} s, 95 % within {np.percentile(seconds, 95):.2f} s (budget 1), all {len(seconds)} answered")  # fmt: skip
    print(f"{SESSIONS} sessions: server {process.memory_info().rss / 1e9:.2f} GB (budget 4)")
    for session in sessions:
        session.close()


def samples_in_page(browser, home: Path, n: int) -> None:
    """Zoom by the wheel on the one panel that has data; tell how long until it is refilled."""
    with running_app(home, script=SAMPLES.replace("%d", str(n))) as app:
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        begun = time.perf_counter()
        page.goto(app.url)
        look.ready(page, 1)
        first = time.perf_counter() - begun
        seconds = [refilled(page) for _ in range(5)]
        memory = psutil.Process(app.pid).memory_info().rss / 1e9
        print(f"{n:.0e} samples in one panel: whole page {first:.2f} s, zoom refill median {statistics.median(seconds):.2f} s, worst {max(seconds):.2f} s (budget 0.6), server {memory:.2f} GB")  # fmt: skip
        page.close()


def refilled(page) -> float:
    """Return the seconds until the panel that has data holds those of the next view."""
    panel = next(p for p in look.panels(page) if p["values"])
    page.mouse.move(*look.at(panel, 0.5))
    page.wait_for_timeout(500)
    before, begun = page.evaluate(_FIRST), time.perf_counter()
    page.mouse.wheel(0, -120)
    page.wait_for_function(f"first => ({_FIRST})() !== first", arg=before)
    return time.perf_counter() - begun


_FIRST = f"""() => {look._ALL}.filter(m => (m.name ?? '').startsWith('panel-')).flatMap(m => m.renderers)
    .map(r => r.data_source?.data).find(d => d?.y?.length).x[0]"""


def many_samples(n: int = 10_000_000) -> None:
    """Zoom through one panel with so many samples, and look for the spike of one sample."""
    from smile_explore.app.figures import TimeAxis
    from smile_explore.app.look import LOOKS
    from smile_explore.app.panel_figure import PanelFigure
    from smile_explore.app.store import Series

    t = np.arange(n) * 10.0
    y = np.sin(t / 1e6).astype(np.float32)
    y[n // 3] = 50.0
    series = Series("B (nT)", t, (("B", y, ("#000000", "solid")),), units="nT")
    panel = PanelFigure("omni.1min:b", TimeAxis(), LOOKS["light"], "panel", series)
    (line,) = (r.data_source for r in panel.figure.renderers if r.data_source.data)
    seconds, seen = [], []
    for width in np.geomspace(t[-1], 1000, 40):
        begun = time.perf_counter()
        panel.fill(t[n // 3] - width / 2, t[n // 3] + width / 2)
        seconds.append(time.perf_counter() - begun)
        seen.append(50.0 in line.data["y"])
    print(f"{n:.0e} samples, refill of a line: median {1e3 * statistics.median(seconds):.1f} ms, worst {1e3 * max(seconds):.1f} ms; the spike of one sample is seen at {sum(seen)} of {len(seen)} zooms")  # fmt: skip


if __name__ == "__main__":
    main()
