"""How long each notebook of the course takes from top to bottom, and how much memory.

Each runs offline in a kernel of its own, the rehearsal being there; limits 60 s and 1.2 GB.
"""

import contextlib
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient

from smile_explore import packs

FOLDER = Path(__file__).parents[1] / "notebooks"
SECONDS, GIGABYTES = 60, 1.2


def run(path: Path, folder: str) -> tuple[float, float]:
    """Return the seconds and the peak of gigabytes of one notebook, its kernel's start included."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": folder}})
    ended, held = threading.Event(), [0.0]
    threading.Thread(target=watch, args=(ended, held), daemon=True).start()
    start = time.perf_counter()
    client.execute(env=os.environ | {"SMILE_EXPLORE_OFFLINE": "1"})
    ended.set()
    return time.perf_counter() - start, max(held)


def watch(ended: threading.Event, held: list[float]) -> None:
    """Note, ten times a second, the gigabytes of all processes below this one: a kernel and its children."""
    while not ended.wait(0.1):
        with contextlib.suppress(psutil.NoSuchProcess):  # one that ended between the two calls
            below = psutil.Process().children(recursive=True)
            held.append(sum(process.memory_info().rss for process in below) / 1e9)


def main(*names: str) -> None:
    packs.open("rehearsal")
    print(f"limits: {SECONDS} s and {GIGABYTES} GB; load of this machine {os.getloadavg()[0]:.1f}")
    for path in sorted(FOLDER.glob("*.ipynb")):
        if not names or any(name in path.stem for name in names):
            with tempfile.TemporaryDirectory() as folder:
                seconds, gigabytes = run(path, folder)
            over = "  OVER ITS LIMIT" if seconds > SECONDS or gigabytes > GIGABYTES else ""
            print(f"{path.stem:32} {seconds:5.1f} s  {gigabytes:4.2f} GB{over}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
