"""How long a year of SMILE's views takes, and whether it is right: `python benchmarks/visibility.py`.

A year at 5 min in a fresh process, the orbit included, then again; and 30 days searched at 5 min
beside the same conditions looked at every minute, counting the minutes in which both differ.
"""

import time

import numpy as np
import pandas as pd

from smile_explore import smile


def timed(call):
    begin = time.perf_counter()
    result = call()
    return result, time.perf_counter() - begin


def mask(table, minutes):
    """Return, for each kind and minute, whether it lies in an interval of the table."""
    out = {}
    for kind, rows in table.groupby("kind"):
        out[kind] = np.zeros(len(minutes), bool)
        for start, stop in zip(rows["start"].values, rows["stop"].values, strict=True):
            out[kind] |= (minutes >= start) & (minutes < stop)
    return out


def main():
    year = ("2026-07-01", "2027-07-01", "5min")
    table, first = timed(lambda: smile.visibility(*year))
    _, again = timed(lambda: smile.visibility(*year))
    print(f"a year at 5 min: {first:.1f} s, again {again:.1f} s, {len(table)} intervals")
    days = ("2026-12-10", "2027-01-09")
    coarse, took = timed(lambda: smile.visibility(*days))
    fine, longer = timed(lambda: smile.visibility(*days, "1min"))
    minutes = pd.date_range(*days, freq="1min", inclusive="left").values
    ours, true = mask(coarse, minutes), mask(fine, minutes)
    differ = sum(int((ours[k] != true[k]).sum()) for k in true)
    print(f"30 days: {took:.1f} s at 5 min, {longer:.1f} s at 1 min; {differ} of {len(true) * len(minutes)} minutes differ")  # fmt: skip


if __name__ == "__main__":
    main()
