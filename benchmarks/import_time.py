"""How long ``import smile_explore`` takes, against ``import xarray``, which users know.

Each import runs in an interpreter of its own. They alternate, so that what else the machine does
falls on all of them; what a round gives is compared within that round. Prints medians, with the
bare interpreter taken off: wall time, and the processor time of the interpreter, which a busy
machine disturbs less. The ratio, with the quartiles of the rounds, is of processor time.
"""

import os
import statistics
import sys
import time

RUNS = 15
STATEMENTS = ("pass", "import xarray", "import smile_explore", "from smile_explore import load")


def seconds(statement: str) -> tuple[float, float]:
    """Return the wall and the processor time of an interpreter that does this alone."""
    begin = time.perf_counter()
    process = os.posix_spawn(sys.executable, [sys.executable, "-c", statement], os.environ)
    _, state, used = os.wait4(process, 0)
    wall = time.perf_counter() - begin
    if state:
        sys.exit(f"{statement!r} ended with {os.waitstatus_to_exitcode(state)}")
    return wall, used.ru_utime + used.ru_stime


def main() -> None:
    for statement in STATEMENTS:
        seconds(statement)  # fills the disk's cache
    runs = [[seconds(statement) for statement in STATEMENTS] for _ in range(RUNS)]
    print(f"median of {RUNS} rounds, the interpreter itself taken off")
    print(f"{'':32}  wall, ms   cpu, ms   x xarray (quartiles)")
    for k, statement in enumerate(STATEMENTS[1:], 1):
        wall, cpu = (statistics.median(r[k][c] - r[0][c] for r in runs) for c in (0, 1))
        ratios = [(r[k][1] - r[0][1]) / (r[1][1] - r[0][1]) for r in runs]
        low, middle, high = statistics.quantiles(ratios, n=4)
        print(f"{statement:32} {1e3 * wall:9.0f} {1e3 * cpu:9.0f}   {middle:5.2f} ({low:.2f} to {high:.2f})")  # fmt: skip


if __name__ == "__main__":
    main()
