"""43 hours of UVI images of flight size, 521 by 521 every 30 s: opened and looked at, time and memory.

Run: ``python benchmarks/uvi_frames.py [FRAMES [COLUMNS]]``, 5160 by default. One simulated file in the
layout of the real one is written, and copied with other time stamps, so that each image is a file of
its own with all its grids; they lie in a temporary folder, of 5 GB. Each line is measured in
a process of its own: the peak of its memory is what it needs beside the interpreter's.
"""

import resource
import subprocess
import sys
import tempfile
import time
import types
from pathlib import Path

import numpy as np
import pycdfpp

ROOT = Path(__file__).parents[1]
tests = types.ModuleType("tests")
tests.__path__ = [str(ROOT / "tests")]  # an installed package of that name must not win
sys.modules["tests"] = tests
sys.path.insert(0, str(ROOT))

from tests.archive import uvis  # noqa: E402  after the path is set

FRAMES, CADENCE = 5160, 30
START = np.datetime64("2026-07-20T00:00:15", "ns")
OPEN = "ds = se.load('smile.uvi', {start!r}, {stop!r}, source={folder!r}, chunks='auto')"
LOOKS = {
    "open": "ds.sizes['time']",
    "open, one frame": "ds[['grid', 'mlat', 'mlt']].isel(time=len(ds.time) // 2).load()",
    "open, frames at 20 places of the cursor": "[ds[['grid', 'mlat', 'mlt']].isel(time=k).load() for k in range(0, len(ds.time), len(ds.time) // 20)]",
    "open, keogram of {columns} frames": "smile.keogram(*(ds[k][:{columns}] for k in ('grid', 'mlat', 'mlt')))",
}  # fmt: skip


def write(folder: Path, n: int) -> None:
    """Write `n` images; all but their times are those of the first."""
    row, column = np.mgrid[:521, :521]
    image = 500 + 400 * np.sin(row / 40) * np.cos(column / 60)
    first = uvis.aurora_geo(folder / "first.cdf", START, image)
    data = Path(first).read_bytes()
    stamps = [START + np.timedelta64(s, "s") for s in (0, -15, 15)]
    places = [data.index(_bytes(stamp)) for stamp in stamps]
    for k in range(n):
        step = np.timedelta64(k * CADENCE, "s")
        copy = bytearray(data)
        for place, stamp in zip(places, stamps, strict=True):
            copy[place : place + 8] = _bytes(stamp + step)
        begin = (START - np.timedelta64(15, "s") + step).astype("M8[s]").item()
        (folder / f"SMILE_UVI_L2_AURORA-GEO_{begin:%Y%m%dT%H%M%S}.cdf").write_bytes(copy)
    Path(first).unlink()


def _bytes(stamp) -> bytes:
    return pycdfpp.to_tt2000(np.array([stamp])).view(np.int64).astype("<i8").tobytes()


def look(code: str, opening: str) -> None:
    """Print seconds and gigabytes; run in a process of its own."""
    names: dict = {}
    exec("import warnings; warnings.simplefilter('ignore')", names)
    exec("import smile_explore as se; from smile_explore import smile; import dask.array", names)
    began = time.perf_counter()
    exec(opening, names)
    opened = time.perf_counter()
    exec(code, names)
    done = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"opened in {opened - began:6.2f} s, looked at in {done - opened:6.2f} s, peak {peak:5.2f} GB")  # fmt: skip


def main(frames: int = FRAMES, columns: int = 100) -> None:
    """Write the images, then measure each way to look at them."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), frames)
        size = sum(p.stat().st_size for p in Path(folder).iterdir()) / 1e9
        print(f"{frames} images, {size:.2f} GB packed, {frames * 7.4e-3:.1f} GB as numbers")
        stop = START + np.timedelta64(frames * CADENCE, "s")
        opening = OPEN.format(start=str(START)[:19], stop=str(stop)[:19], folder=folder)
        opening = opening.replace(str(START)[:19], str(START - np.timedelta64(15, "s"))[:19])
        for what, code in LOOKS.items():
            done = subprocess.run(
                [sys.executable, __file__, "--look", code.format(columns=columns), opening],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            print(f"{what.format(columns=columns):42} {done.stdout.strip() or done.stderr[-800:]}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--look"]:
        look(*sys.argv[2:])
    else:
        main(*map(int, sys.argv[1:]))
