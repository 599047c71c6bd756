"""Run the benchmarks and write what they print to RESULTS.md: `python benchmarks/run.py [NAMES]`.

Each runs in a process of its own, one after the other. With names (`survey decode`) only those
run, and the others keep what RESULTS.md has of them, date and load included. A benchmark that
fails, or takes longer than its limit, is written down as such: nothing is left out.
"""

import datetime as dt
import os
import platform
import re
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "RESULTS.md"
LIMIT = float(os.environ.get("SMILE_EXPLORE_BENCH_LIMIT", "1800"))  # seconds for one
VERSIONS = ("smile_explore", "numpy", "xarray", "pandas", "pycdfpp", "pyspedas", "cdflib", "sunpy", "dask", "distributed", "zarr", "bokeh", "panel", "numba")  # fmt: skip
HEAD = """# What was measured

Written by `make bench` (`python benchmarks/run.py`); the numbers in README and `docs` are from here.
Times are medians where a benchmark repeats, and in each the contenders ran side by side in one run:
compare within a block, not between blocks. Ratios are against ours, or as the block says.
*Load* is how many processes wanted a processor as the block began and ended; above the number of
cores the machine was busy with something else, and absolute times are too long.
"""


def names():
    return sorted(p.stem for p in FOLDER.glob("*.py") if p.stem != "run")


def sections():
    """Return what RESULTS.md holds of each benchmark."""
    if not RESULTS.exists():
        return {}
    parts = re.split(r"^## (\w+)\n", RESULTS.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def machine():
    cpu = next((line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), platform.processor())  # fmt: skip
    memory = next((int(line.split()[1]) / 2**20 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)  # fmt: skip
    return f"{cpu}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.platform(terse=True)}, Python {platform.python_version()}"


def _lines(path):
    return Path(path).read_text("utf-8").splitlines() if Path(path).exists() else []


def versions():
    held = {d.metadata["Name"].lower() for d in metadata.distributions()}
    return ", ".join(f"{n} {metadata.version(n)}" for n in VERSIONS if n.lower() in held)


def measured(name):
    """Run one benchmark; return its section."""
    print(f"== {name}", flush=True)
    began, load = time.monotonic(), os.getloadavg()[0]
    text, note = "", ""
    try:
        done = subprocess.run(
            [sys.executable, "-u", str(FOLDER / f"{name}.py")],
            capture_output=True, text=True, timeout=LIMIT, check=False,
        )  # fmt: skip
        text = done.stdout
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no word"])[-1]
            note = f"**Failed** with exit code {done.returncode}: {last}\n"
    except subprocess.TimeoutExpired as err:
        text = (err.stdout or b"").decode() if isinstance(err.stdout, bytes) else err.stdout or ""
        note = f"**Stopped** after {LIMIT:.0f} s.\n"
    print(text, note, flush=True)
    when = dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    took = f"{when}, {time.monotonic() - began:.0f} s, load {load:.1f} to {os.getloadavg()[0]:.1f}"
    title = (FOLDER / f"{name}.py").read_text("utf-8").split('"""')[1].splitlines()[0]
    body = "\n".join(line.rstrip() for line in text.splitlines())
    return f"\n{title}\n\n{took}. {note}\n```\n{body}\n```\n"


def main():
    wanted = sys.argv[1:] or names()
    unknown = set(wanted) - set(names())
    if unknown:
        sys.exit(f"No benchmark {', '.join(sorted(unknown))}: there are {', '.join(names())}.")
    for name in wanted:
        held = sections() | {name: measured(name)}
        body = "\n".join(f"## {key}\n{held[key].rstrip()}\n" for key in sorted(held))
        RESULTS.write_text(f"{HEAD}\n{machine()}.\n\n{versions()}.\n\n{body}", "utf-8")


if __name__ == "__main__":
    main()
