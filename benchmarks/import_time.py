"""How long ``import smile_explore`` takes, against ``import xarray``, which users know.

Each import runs in an interpreter of its own; the two alternate, so that what else the machine
does falls on both. Prints medians, with the bare interpreter taken off.
"""

import statistics
import subprocess
import sys
import time

RUNS = 11
STATEMENTS = ("pass", "import xarray", "import smile_explore", "from smile_explore import load")


def seconds(statement: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - start


def main() -> None:
    for statement in STATEMENTS:
        seconds(statement)  # fills the disk's cache
    runs = [[seconds(statement) for statement in STATEMENTS] for _ in range(RUNS)]
    medians = dict(zip(STATEMENTS, map(statistics.median, zip(*runs, strict=True)), strict=True))
    bare = medians.pop("pass")
    print(f"median of {RUNS} runs, interpreter's own {1000 * bare:.0f} ms taken off")
    for statement, median in medians.items():
        ratio = (median - bare) / (medians["import xarray"] - bare)
        print(f"{statement:32} {1000 * (median - bare):6.0f} ms   {ratio:5.2f} x xarray")


if __name__ == "__main__":
    main()
