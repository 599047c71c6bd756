"""What is known to be true of the rehearsal: when something happened, who crossed what, which lags.

The checks of the course judge by it; nothing here looks at an answer.
"""

import pandas as pd

from smile_explore import packs

#: The rehearsal's only day.
DAY = "2027-03-22"
#: A difference of times, divided by it, is a number of minutes.
MINUTE = pd.Timedelta("1min")


def happened(kind: str) -> pd.Timestamp:
    """Return when the rehearsal's event of this kind begins at the bow-shock nose.

    Examples
    --------
    >>> happened("southward turning")
    Timestamp('2027-03-22 09:30:00')
    """
    events = packs.open("rehearsal").truth["events"]
    return events.start[events.kind == kind].iloc[0]


def minutes_after(kind: str, when: pd.Timestamp) -> float:
    """Return how many minutes a time is after an event of this kind; negative before it.

    Examples
    --------
    >>> minutes_after("shock", pd.Timestamp("2027-03-22 06:18"))
    -2.0
    """
    return (when - happened(kind)) / MINUTE


def crossings(spacecraft: str, **same: str) -> pd.DataFrame:
    """Return the true crossings of a spacecraft, or of a fleet, whose columns say the `same`.

    Examples
    --------
    >>> len(crossings("cluster", boundary="bow shock")) > len(crossings("cluster.1", boundary="bow shock"))
    True
    """
    table = packs.open("rehearsal").truth["crossings"]
    mine = table.spacecraft.str.startswith(spacecraft)
    for column, value in same.items():
        mine &= table[column] == value
    return table[mine]


def lag_minutes(event: str, driver: str, response: str) -> float:
    """Return the true lag of an event, in minutes.

    Examples
    --------
    >>> round(lag_minutes("southward turning", "ace", "nose"), 1)
    48.7
    """
    lags = packs.open("rehearsal").truth["lags"].set_index(["event", "driver", "response"])
    return float(lags.lag[event, driver, response]) / 60
