"""What a check says of an answer, and readers that refuse a wrong kind with a hint.

A check of a topic takes the answer and returns ``yes(why)`` or ``no(hint)``. It reads the
answer with `number`, `time` or `table` first: what they raise becomes the hint. A hint teaches,
it never gives the answer away.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from smile_explore import times
from smile_explore.errors import InputError, IntervalError
from smile_explore.markup import escape

#: Blue and vermilion of Okabe and Ito, which every reader tells apart; the words say it too.
_LOOKS = {"right": ("✔", "Right.", "#0072B2"), "open": ("○", "", "#767676")}
_WRONG = ("✘", "Not yet.", "#D55E00")


@dataclass(frozen=True)
class Verdict:
    """Whether an answer passed, and what to tell; true in an ``if`` where it passed."""

    passed: bool
    text: str
    is_open: bool = False  # nothing has been answered so far

    def __bool__(self):
        return self.passed

    def __repr__(self):
        mark, word, _ = self._look
        return f"{mark} {word} {self.text}".replace("  ", " ")

    def _repr_html_(self):
        mark, word, colour = self._look
        style = f"border-left: 6px solid {colour}; padding: 0.4em 0.8em; margin: 0.3em 0"
        head = f"<b><span style='color: {colour}' aria-hidden='true'>{mark}</span> {word}</b>"
        return f"<div role='status' style='{style}'>{head} {escape(self.text)}</div>"

    @property
    def _look(self):
        return _LOOKS["right" if self.passed else "open"] if self.passed or self.is_open else _WRONG


def yes(why: str) -> Verdict:
    """Return that the answer is right, and why.

    Examples
    --------
    >>> yes("The shock comes first.")
    ✔ Right. The shock comes first.
    """
    return Verdict(passed=True, text=why)


def no(hint: str) -> Verdict:
    """Return that the answer is not right yet, and a hint that teaches.

    Examples
    --------
    >>> no("You measured the shock, the turning comes later.")
    ✘ Not yet. You measured the shock, the turning comes later.
    """
    return Verdict(passed=False, text=hint)


def number(answer) -> float:
    """Return an answer as one finite number.

    Parameters
    ----------
    answer : float, int, numpy scalar or array or DataArray with one element

    Returns
    -------
    float

    Raises
    ------
    InputError
        If it is another kind, or NaN or infinite.

    Examples
    --------
    >>> number(np.array(6.3))
    6.3
    """
    values = np.asarray(answer) if not isinstance(answer, (str, bytes, bool)) else np.asarray("")
    if values.size != 1 or values.dtype.kind not in "iuf":
        message = f"This asks for one number, like 6.3; {_shown(answer)} is {_no_number(answer)}."
        raise InputError(message)
    value = float(values.reshape(()))
    if not np.isfinite(value):
        message = f"{value} is no answer: a gap got into the calculation, see where NaN came in."
        raise InputError(message)
    return value


def in_another_unit(minutes: float, low: float, high: float) -> bool:
    """Say whether a number of minutes would lie in [low, high] if it were one of hours or seconds.

    Examples
    --------
    >>> in_another_unit(0.8, 45, 50), in_another_unit(48, 45, 50)
    (True, False)
    """
    return low <= 60 * minutes <= high or low <= minutes / 60 <= high


def time(answer, day: str | None = None) -> pd.Timestamp:
    """Return an answer as one time, UTC without zone.

    Parameters
    ----------
    answer : str, datetime, numpy.datetime64, Timestamp, or DataArray with one time
        A text has its date: ``"2027-03-22 12:34"``.
    day : str, optional
        The only day that it can be on.

    Returns
    -------
    Timestamp

    Raises
    ------
    InputError
        If it is another kind, no time, or on another day.

    Examples
    --------
    >>> time("2027-03-22 12:34")
    Timestamp('2027-03-22 12:34:00')
    """
    values = getattr(answer, "values", answer)
    if isinstance(values, np.ndarray) and values.size == 1:
        values = values.reshape(())[()]
    try:
        found = pd.Timestamp(times.utc(values))
    except IntervalError as err:
        message = (
            f"This asks for one time with its date, as text like '2027-03-22 12:34'; "
            f"{_shown(answer)} is {_no_time(answer)}."
        )
        raise InputError(message) from err
    if day and found.normalize() != pd.Timestamp(day):
        message = f"{found:%Y-%m-%d} is another day: what is asked for is on {day}."
        raise InputError(message)
    return found


def table(answer, *columns: str) -> pd.DataFrame:
    """Return an answer as a table with at least one row and these columns.

    Raises
    ------
    InputError
        If it is another kind, is empty, or lacks a column.

    Examples
    --------
    >>> table(pd.DataFrame({"start": [1]}), "start").shape
    (1, 1)
    """
    if not isinstance(answer, pd.DataFrame):
        message = (
            f"This asks for a table (a pandas DataFrame); {_shown(answer)} is {_kind(answer)}."
        )
        raise InputError(message)
    absent = [name for name in columns if name not in answer.columns]
    if absent:
        message = f"The table lacks {', '.join(absent)}: it has {', '.join(map(str, answer.columns)) or 'no columns'}."
        raise InputError(message)
    if answer.empty:
        message = (
            "The table has no rows: the condition met nothing. Loosen it, or look at its units."
        )
        raise InputError(message)
    return answer


def _shown(answer) -> str:
    shown = " ".join(repr(answer).split())
    return shown if len(shown) <= 40 else f"{shown[:37]}..."


def _kind(answer) -> str:
    if isinstance(answer, str):
        return "a text"
    if getattr(answer, "size", 1) != 1:
        return f"{answer.size} values"
    return f"of another kind ({type(answer).__name__})"


def _no_number(answer) -> str:
    """Say what stands in place of a number, and what makes one of it."""
    if isinstance(answer, str):
        return "a text: leave out the quotation marks, and any unit"
    if isinstance(answer, (dt.timedelta, np.timedelta64)):
        return "a duration: divide it by its unit, pd.Timedelta('1min') for minutes"
    if isinstance(getattr(answer, "value", None), pd.Timedelta):  # a lag
        return "more than a number: divide its .value by pd.Timedelta('1min') for minutes"
    return _kind(answer)


def _no_time(answer) -> str:
    if isinstance(answer, str):
        return "not: put year, month and day first, and the time of the day after them"
    return _kind(answer)
