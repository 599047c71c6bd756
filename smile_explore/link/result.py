"""What a lag is: a value, its bounds, how it was found and whether it may be used."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

#: No lag, or no bound known.
NONE = pd.Timedelta("NaT")


@dataclass(frozen=True)
class Lag:
    """A lag with what is needed to judge it.

    Attributes
    ----------
    value : pandas.Timedelta
        Positive: the response comes after the driver. Where `usable` is False it is only the
        best candidate; NaT where there is none.
    interval : tuple of pandas.Timedelta
        Bounds that hold the true lag in 95 of 100 cases, if the `assumptions` hold. NaT
        where nothing is known of the spread.
    quality : float, 0 to 1
        0 where not usable. By correlation: the size of r times the part of the search range
        that the interval leaves out. Ballistic and OMNI: the part of the lag that half the
        interval leaves over. To be compared within one method only.
    usable : bool
        Whether there is a lag at all.
    method : str
        correlation, ballistic or omni.
    assumptions : str
        What has to be true for the interval to be.
    correlation : float
        Pearson correlation of the two series at the lag; NaN for other methods.
    chance : float
        Share of unrelated drivers that explain the response as well; NaN for other methods.
    reason : str
        Why it is not usable.
    """

    value: pd.Timedelta
    interval: tuple[pd.Timedelta, pd.Timedelta]
    quality: float
    usable: bool
    method: str
    assumptions: str
    correlation: float = np.nan
    chance: float = np.nan
    reason: str = ""

    def __str__(self):
        found = "" if self.value is pd.NaT else _in_words(self.value, self.interval)
        if not self.usable:
            return f"no usable lag: {self.reason}" + (f"; best candidate {found}" if found else "")
        who = "the response leads the driver" if self.value < pd.Timedelta(0) else ""
        r = "" if np.isnan(self.correlation) else f"r = {self.correlation:.2f}"
        return ", ".join(filter(None, [found, f"by {self.method}", r, who]))


def no_lag(method, assumptions, reason) -> Lag:
    """Return a lag that is none, with the reason."""
    return Lag(NONE, (NONE, NONE), 0.0, False, method, assumptions, reason=reason)


def timedelta(nanoseconds) -> pd.Timedelta:
    """Return a duration, rounded to the nanosecond."""
    return pd.Timedelta(round(float(nanoseconds)), unit="ns")


def _in_words(value, interval) -> str:
    """Return e.g. ``44 min (38 to 51, 95 %)``, with as many digits as the interval bears."""
    low, high = interval
    known = not (low is pd.NaT or high is pd.NaT)
    half = (high - low).total_seconds() / 2 if known else 60.0
    unit, name = (60.0, "min") if abs(value.total_seconds()) >= 100 or half >= 60 else (1.0, "s")
    digits = int(np.clip(np.ceil(-np.log10(max(half / unit, 1e-9) / 1.5)), 0, 2))
    middle, first, last = (
        f"{t.total_seconds() / unit:.{digits}f}" if t is not pd.NaT else ""
        for t in (value, low, high)
    )
    return f"{middle} {name}" + (f" ({first} to {last}, 95 %)" if known else " (spread not known)")
