"""The exercises of the course: a check for every answer, and the data a notebook works on.

``check(topic, number, answer)`` says whether an answer is right or gives a hint that teaches.
A topic is a notebook's name without its number, and a module of this folder, opened when it is
named; its ``CHECKS = {1: function, 2: function}`` take the answer and return `verdict.yes` or
`verdict.no`, after reading it with `verdict.number`, `verdict.time` or `verdict.table`.

``event(name)`` gives a notebook its data: the pack of a measured event where somebody built it,
else the SIMULATED rehearsal; printed, it says which, and how to get the real one::

    event = se.course.event("themis-c-20080812")
    print(event)
    field = event.load("themis.c.fgm") if event.measured else event.load("themis.a.fgm")

In a notebook the answer cell bears the tag ``exercise-1`` and holds ``answer_1 = None``; the
next bears ``check-1`` and holds ``se.course.check("lag", 1, answer_1)``. The solution, a cell
tagged ``solution-1`` in the notebook of the same name in ``notebooks/solutions``, computes
``answer_1`` after the course notebook's cells; the tests run both.
"""

import importlib
import pkgutil

from smile_explore.catalogue import did_you_mean
from smile_explore.course.source import Event, event
from smile_explore.course.verdict import Verdict, no
from smile_explore.errors import InputError

__all__ = ["Event", "Verdict", "check", "event", "topics"]

_NOT_TOPICS = {"source", "truth", "verdict"}


def check(topic: str, number: int, answer) -> Verdict:
    """Say whether an answer to an exercise is right, or give a hint.

    Parameters
    ----------
    topic : str
        The notebook's name without its number, e.g. ``"start_here"``; see `topics`.
    number : int
        Of the exercise, from 1.
    answer : object
        A number, a time or a table, as the exercise asks; None leaves it open.

    Returns
    -------
    Verdict
        True where the answer is right; an answer of a wrong kind is a hint, not an error.

    Raises
    ------
    InputError
        If there is no such topic or exercise.

    Examples
    --------
    >>> check("start_here", 1, None)
    ○ Exercise 1 is open: put your answer in place of None, and run both cells.
    """
    checks = _checks(topic)
    if number not in checks:
        message = f"No exercise {number!r} in {topic!r}: it has {', '.join(map(str, checks))}."
        raise InputError(message)
    if answer is None or answer is ...:
        text = f"Exercise {number} is open: put your answer in place of None, and run both cells."
        return Verdict(passed=False, text=text, is_open=True)
    try:
        return checks[number](answer)
    except InputError as err:  # what the readers, or the models, refuse: the student's next step
        return no(str(err))


def topics() -> list[str]:
    """Return the topics that have checks, in the order of the alphabet."""
    names = {module.name for module in pkgutil.iter_modules(__path__)}
    return sorted(names - _NOT_TOPICS)


def _checks(topic: str) -> dict:
    known = topics()
    if topic not in known:
        message = (
            f"No topic {topic!r}.{did_you_mean(str(topic), known)} There are {', '.join(known)}."
        )
        raise InputError(message)
    return importlib.import_module(f"{__name__}.{topic}").CHECKS
