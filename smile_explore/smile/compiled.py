"""How the compiled code of this package is compiled, and run on all processors.

Importing this imports numba: do so inside the function that needs it.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from math import sqrt

import numba
import numpy as np


def compiled(function):
    """Compile a function, keeping the result on disk where there is a place to keep it."""
    options = {"nogil": True, "fastmath": {"contract", "reassoc", "nsz", "arcp"}}
    options["error_model"] = "numpy"
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:  # numba found no folder to write to: compile in each process
        return numba.njit(**options)(function)


@cache
def _pool():
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="smile-lines")


def shared_out(function, ways):
    """Run a compiled function over all lines, some on each processor, and return the results."""
    ways = np.ascontiguousarray(ways, dtype=float)
    out = np.empty(len(ways))
    parts = np.array_split(np.arange(len(ways)), 4 * (os.cpu_count() or 1))
    cuts = [slice(part[0], part[-1] + 1) for part in parts if len(part)]
    list(_pool().map(lambda cut: function(ways[cut], out[cut]), cuts))
    return out


@compiled
def line_end(p, ahead, reach):
    """Return how far a line of sight goes: to its end, or to the Earth."""
    if p < 1 and ahead > 0:
        return min(reach, ahead - sqrt(1 - p * p))
    return reach
