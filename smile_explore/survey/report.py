"""What a survey tells of itself: how many intervals, which failed and why; and the bar meanwhile."""

import contextlib
import json
import sys

import pandas as pd

from smile_explore import times
from smile_explore.errors import InputError

COLUMNS = ["start", "stop", "state", "error", "message", "tries"]


def failures(result) -> pd.DataFrame:
    """Return the intervals of a survey that are missing or incomplete, and why.

    Parameters
    ----------
    result : DataFrame or Dataset
        What `run` or a ready survey returned.

    Returns
    -------
    DataFrame
        start, stop; state: ``failed`` (nothing of it is in the result), ``partial`` (some of
        its data were missing; what was found in the rest is in the result) or ``not tried``
        (the survey had to stop before); error, message, tries. The same `run` with the same
        folder does them all again. Empty if nothing is missing.

    Raises
    ------
    InputError
        If `result` is not of a survey.

    Examples
    --------
    >>> failures(pd.DataFrame().assign(a=[1]))
    Traceback (most recent call last):
    smile_explore.errors.InputError: This is not the result of a survey: it has no attribute 'failures'.
    """
    if "failures" not in getattr(result, "attrs", {}):
        message = "This is not the result of a survey: it has no attribute 'failures'."
        raise InputError(message)
    table = pd.DataFrame(json.loads(result.attrs["failures"]), columns=COLUMNS)
    return table.astype({"start": "datetime64[ns]", "stop": "datetime64[ns]", "tries": int})


def entry(row: dict, outcome, state: str) -> dict:
    """Return one row of `failures`, as JSON can hold it."""
    told = {"error": outcome.error, "message": outcome.message, "tries": outcome.tries}
    ends = {key: str(row[key].astype("datetime64[ns]")) for key in ("start", "stop")}
    return ends | {"state": state} | told


def sentence(entries: list[dict], total: int) -> str:
    """Return what a user is told of entries, the first of them as an example."""
    first = entries[0]
    start = times.text(pd.Timestamp(first["start"]).to_datetime64())
    return (
        f"{len(entries)} of {total} intervals are missing or incomplete, the first from {start} "
        f"({first['error']}: {first['message'][:200]}): survey.failures(result) lists them; the same "
        "call with a folder does those alone again."
    )


@contextlib.contextmanager
def progress(title: str, done: int, total: int):
    """Show a bar where somebody looks, a terminal or a notebook; yield what moves it."""
    if not _is_watched():
        yield lambda: None
        return
    from tqdm.auto import tqdm

    with tqdm(desc=title, initial=done, total=total, unit="interval", leave=False) as bar:
        yield bar.update


def _is_watched() -> bool:
    if "IPython" in sys.modules:
        from IPython import get_ipython

        if hasattr(get_ipython(), "kernel"):
            return True
    return sys.stderr is not None and sys.stderr.isatty()
