"""Start JupyterLab on the course's notebooks, for this machine alone.

In a checkout the notebooks are used where they are; an installed package copies the ones that
it brings along to a folder of the reader's.
"""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from smile_explore.errors import InputError
from smile_explore.paths import not_written, write_whole

FIRST = "00_start_here.ipynb"
GLOSSARY = "glossary.md"
_HERE = Path(__file__).parent


def checkout() -> Path | None:
    """Return the checkout that this package runs from, or None if it was installed."""
    root = _HERE.parent
    return root if (root / "notebooks").is_dir() and (root / "pyproject.toml").is_file() else None


def notebooks() -> Path:
    """Return the folder of the notebooks that came with the package."""
    root = checkout()
    return root / "notebooks" if root else _HERE / "notebooks"


def copy_to(folder: Path) -> tuple[list[str], list[str]]:
    """Copy the notebooks and their solutions; return the names copied, and those left alone.

    The solutions go to ``solutions`` in `folder`, the glossary that notebooks link to goes to
    ``docs``.

    Raises
    ------
    InputError
        If the folder cannot be made or written.
    """
    copied, kept = [], []
    try:
        for place in ("solutions", "docs"):
            (folder / place).mkdir(parents=True, exist_ok=True)
        for name, text in _course():
            target = folder / name
            (kept if target.exists() else copied).append(name)
            if not target.exists():  # it may hold the reader's own work
                write_whole(target, text.encode())
    except OSError as err:
        raise InputError(not_written(folder, err)) from err
    return copied, kept


def _course():
    """Yield name and text of each notebook, each solution and the glossary that they link to."""
    for notebook in sorted([*notebooks().glob("*.ipynb"), *notebooks().glob("solutions/*.ipynb")]):
        text = notebook.read_text("utf-8").replace("](../docs/", "](docs/")
        yield notebook.relative_to(notebooks()).as_posix(), text
    yield f"docs/{GLOSSARY}", (notebooks().parent / "docs" / GLOSSARY).read_text("utf-8")


def arguments(root: Path, *, port: int = 8888, browser: bool = True) -> list[str]:
    """Return what JupyterLab is started with to open the first notebook below `root`.

    It listens on 127.0.0.1 behind a token, and asks no server for news of itself.
    """
    first = next(
        (f"{place}{FIRST}" for place in ("notebooks/", "") if (root / place / FIRST).is_file()),
        None,
    )
    options = {
        "ServerApp.root_dir": root.resolve(),
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.open_browser": browser and has_browser(),
        "ServerApp.log_level": "WARN",
        "LabApp.log_level": "WARN",
        "LabApp.default_url": f"/lab/tree/{first}" if first else "/lab",
        # no question about news and no look for updates: neither works offline
        "LabApp.app_settings_dir": _HERE / "data" / "jupyterlab",
    }  # fmt: skip
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options["ServerApp.allow_root"] = True
    return [f"--{name}={value}" for name, value in options.items()]


def has_browser() -> bool:
    """Say whether opening a window makes sense: not over ssh, in CI or without a screen."""
    if any(os.environ.get(name) for name in ("CI", "SSH_CONNECTION", "SSH_TTY")):
        return False
    screens = ("DISPLAY", "WAYLAND_DISPLAY")
    return sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in screens)


def serve(root: Path, *, port: int = 8888, browser: bool = True) -> None:
    """Run JupyterLab until it is stopped; it prints its URL with the token."""
    from jupyterlab.labapp import LabApp

    with _warming():
        LabApp.launch_instance(arguments(root, port=port, browser=browser))


@contextmanager
def _warming():
    """Prepare beside what the first notebook would wait for: the simulated event, compiled code.

    A kernel that comes meanwhile waits for the pack: one process at a time simulates it.
    """
    quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    with subprocess.Popen([sys.executable, "-P", "-c", _WARM], **quiet) as process:
        try:
            yield
        finally:
            process.terminate()


_WARM = """
import os
os.nice(10)  # JupyterLab itself goes first
import smile_explore as se
se.packs.open("rehearsal")
se.smile.image([5.9, 6.7, 17.7], n_p=15.0, v=480.0, b=(-4.5, 7.5, 4.5))
"""
