"""What the browser tests need: a JupyterLab to drive, and eyes for Bokeh's figures.

A notebook that merely executes proves nothing about what is drawn, so `ink` looks at pixels.
"""

import contextlib
import io
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its folder of notebooks, its address and its token."""

    folder: Path
    url: str
    token: str

    def run_all(self, page, notebook: str, *, seconds: float = 180) -> list[str]:
        """Open a notebook, run every cell and show each; return the errors of the cells."""
        page.goto(f"{self.url}/lab/tree/{notebook}?reset&token={self.token}")
        # "Run All" before the kernel is connected would be lost without a word
        page.wait_for_function(_KERNEL_IS_READY, timeout=1000 * seconds)
        errors = page.evaluate(_RUN_ALL, 1000 * seconds)
        for index in range(page.evaluate(f"{_NOTEBOOK}.widgets.length")):
            page.evaluate(_SCROLL_TO, index)  # a cell is drawn when it comes into view
            page.wait_for_timeout(50)
        return errors


_NOTEBOOK = "window.jupyterapp.shell.currentWidget.content"
_KERNEL_IS_READY = """() => {
    const panel = window.jupyterapp?.shell?.currentWidget;
    const kernel = panel?.sessionContext?.session?.kernel;
    return kernel?.connectionStatus === 'connected' && kernel?.status === 'idle'
        && panel.content?.model?.cells?.length > 0;
}"""
_RUN_ALL = f"""async limit => {{
    const timer = new Promise(resolve => setTimeout(resolve, limit));
    await Promise.race([window.jupyterapp.commands.execute('notebook:run-all-cells'), timer]);
    const cells = {_NOTEBOOK}.widgets.filter(cell => cell.model.type === 'code');
    const errors = cells.flatMap(cell => cell.model.outputs.toJSON())
        .filter(output => output.output_type === 'error')
        .map(output => `${{output.ename}}: ${{output.evalue}}`);
    const text = cell => cell.model.sharedModel.source.trim();
    const silent = cells.filter(cell => text(cell) && !cell.model.executionCount);
    return errors.concat(silent.map(cell => `not executed: ${{text(cell)}}`));
}}"""
_SCROLL_TO = f"async index => {{ await {_NOTEBOOK}.scrollToItem(index, 'center'); }}"


@contextmanager
def running_lab(home: Path):
    """Start ``smile-explore lab`` with a folder, settings and a cache of its own, offline."""
    config = home / "config" / "jupyter_lab_config.json"
    config.parent.mkdir()
    # the tests steer JupyterLab through its own commands
    config.write_text(json.dumps({"LabApp": {"expose_app_in_browser": True}}))
    own = {"CI": "true", "SMILE_EXPLORE_OFFLINE": "1", "SMILE_EXPLORE_CACHE": str(home / "cache")}
    own |= {
        f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")
    }
    own |= {f"JUPYTERLAB_{n}_DIR": str(home / n.lower()) for n in ("SETTINGS", "WORKSPACES")}
    own["IPYTHONDIR"] = str(home / "ipython")
    command = [Path(sys.executable).parent / "smile-explore", "lab", home / "notebooks"]
    command += ["--no-browser", "--port", str(free_port())]
    with started(command, own, home / "lab.log") as (url, token):
        yield Lab(home / "notebooks", url, token)


@contextmanager
def started(command, environment: dict, log: Path, *, cwd: Path | None = None):
    """Run a command that starts JupyterLab; yield the address and token that it prints."""
    with log.open("w") as file:
        server = subprocess.Popen(
            command, stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env=os.environ | environment, cwd=cwd,
        )  # fmt: skip
        try:
            yield _address(server, log)
        finally:
            server.terminate()
            server.wait(30)


def _address(server, log: Path, seconds: float = 120) -> tuple[str, str]:
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.poll() is None:
        found = re.search(r"(http://127\.0\.0\.1:\d+)/\S*token=(\w+)", log.read_text())
        if found:
            return found[1], found[2]
        time.sleep(0.1)
    message = f"JupyterLab printed no address within {seconds} s:\n{log.read_text()[-3000:]}"
    raise TimeoutError(message)


@dataclass(frozen=True)
class App:
    """A running ``smile-explore app``: its page, its log, its cache and its process."""

    url: str
    log: Path
    cache: Path
    pid: int


@contextmanager
def running_app(home: Path, *options: str, script: str = ""):
    """Start ``smile-explore app``, or a script that is told the port, offline; wait for its page."""
    port, log, cache = free_port(), home / "app.log", home / "cache"
    home.mkdir(exist_ok=True)
    own = {"CI": "true", "SMILE_EXPLORE_OFFLINE": "1", "SMILE_EXPLORE_CACHE": str(cache)}
    command = [Path(sys.executable).parent / "smile-explore", "app", "--no-browser"]
    command += ["--port", str(port), *options]
    if script:
        command = [sys.executable, "-c", script, str(port)]
    with log.open("w") as file:
        server = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=os.environ | own)  # fmt: skip
        try:
            url = f"http://127.0.0.1:{port}/explorer"
            _answering(url, server, log)
            yield App(url, log, cache, server.pid)
        finally:
            server.terminate()
            server.wait(30)


def _answering(url: str, server, log: Path, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=60).close()
            return
        time.sleep(0.1)
    message = f"no page at {url} within {seconds} s:\n{log.read_text()[-3000:]}"
    raise TimeoutError(message)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def is_outside(url: str) -> bool:
    """Say whether a request leaves this machine."""
    return not re.match(r"(http|ws)s?://(127\.0\.0\.1|localhost)[:/]|data:|blob:|about:", url)


def figures(page, *, seconds: float = 30) -> list[dict]:
    """Return what each Bokeh figure drawn on the page says: id, title, axis labels, points."""
    until, before, now = time.monotonic() + seconds, None, []
    while time.monotonic() < until and not (now and len(now) == before):
        before = len(now)
        page.wait_for_timeout(1000)  # until no more figures appear
        now = page.evaluate(_FIGURES)
    return now


_DRAWN = """[...(window.Bokeh?.documents ?? [])]
    .flatMap(doc => [...doc._all_models.values()])
    .filter(model => model.type === 'Figure' || model.type === 'Plot')
    .map(model => ({model, view: Bokeh.index.find_one(model)}))
    .filter(({view}) => view?.el?.isConnected && view.frame?.bbox.width > 0)"""
_FIGURES = f"""() => {_DRAWN}.map(({{model}}) => ({{
    id: model.id,
    title: model.title?.text ?? '',
    x: model.below.concat(model.above).map(axis => axis.axis_label ?? ''),
    y: model.left.concat(model.right).map(axis => axis.axis_label ?? ''),
    points: model.renderers.map(each => each.data_source?.get_length?.() ?? 0),
}}))"""
_FRAME = f"""id => {{
    const {{view}} = {_DRAWN}.find(({{model}}) => model.id === id);
    view.el.scrollIntoView({{block: 'center'}});
    const box = view.el.getBoundingClientRect();
    const frame = view.frame.bbox;
    return {{x: box.x + frame.x0, y: box.y + frame.y0, width: frame.width, height: frame.height}};
}}"""


def ink(page, figure: dict) -> float:
    """Return the share of a figure's plotting area, 0 to 1, that differs from its background.

    Grid lines and the axes around it do not count: an empty figure has none.
    """
    page.evaluate(_FRAME, figure["id"])
    page.wait_for_timeout(100)  # it may have had to scroll
    picture = Image.open(io.BytesIO(page.screenshot(clip=page.evaluate(_FRAME, figure["id"]))))
    pixels = np.asarray(picture.convert("RGB"), dtype=int)[3:-3, 3:-3].reshape(-1, 3)
    values, counts = np.unique(pixels, axis=0, return_counts=True)
    far = np.abs(pixels - values[counts.argmax()]).max(axis=1) > 60
    return float(far.mean())
