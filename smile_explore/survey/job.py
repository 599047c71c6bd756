"""One interval of a survey, as it runs here or on a worker: load, compute, reduce, never raise."""

import contextlib
import inspect
import threading
import time
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore import joining, settings, times
from smile_explore.errors import (
    CorruptFileError,
    InputError,
    NoDataError,
    OfflineError,
    SourceError,
)
from smile_explore.load import load, recent
from smile_explore.survey import parts

#: Worth another try: servers recover, a damaged transfer is fetched again, memory is freed.
_PASSING = (SourceError, CorruptFileError, OSError, MemoryError)
_PAUSE = 0.5  # seconds before the second try, doubled before each further one
_switch = threading.Lock()  # the offline switch is one for all threads of a worker


@dataclass(frozen=True)
class Job:
    """All that a worker needs to know of one interval."""

    steps: tuple
    row: dict = field(hash=False)
    products: tuple[str, ...]
    options: dict = field(hash=False)
    retries: int
    offline: bool


@dataclass(frozen=True)
class Outcome:
    """What became of one interval."""

    part: tuple[str, bytes] | None = None
    error: str = ""  # the class of what went wrong
    message: str = ""
    tries: int = 1


def attempt(job: Job) -> Outcome:
    """Do one interval; whatever a user's function raises becomes the outcome."""
    for tries in range(1, job.retries + 2):
        try:
            with _as_the_client(job.offline):
                value, missing = _done(job)
                error = "PartialCoverageWarning" if missing else ""
                return Outcome(parts.encode(value), error, missing, tries)
        except Exception as err:  # noqa: BLE001  a user's function may raise anything
            lasting = not isinstance(err, _PASSING) or isinstance(err, OfflineError)
            if lasting or tries > job.retries:
                return Outcome(None, type(err).__name__, _sentence(err), tries)
            time.sleep(min(_PAUSE * 2 ** (tries - 1), 30.0))
    raise AssertionError  # the loop always returns


@contextlib.contextmanager
def _as_the_client(offline: bool):
    with contextlib.ExitStack() as stack:
        if offline:
            switch = settings.offline()
            with _switch:
                switch.__enter__()
            stack.callback(_switched_back, switch)
        yield


def _switched_back(switch) -> None:
    with _switch:
        switch.__exit__(None, None, None)


def _done(job: Job):
    """Return what the steps make of the interval, and which spans of its data were missing."""
    row = job.row
    margin = np.timedelta64(pd.Timedelta(row.get("margin", 0)))
    start, stop = row["start"] - margin, row["stop"] + margin
    with recent.remembering():  # the next interval is often in the same files
        data = [load(name, start, stop, **_options(job, name)) for name in job.products]
    told = [f"{ds.attrs['product']}: {ds.attrs['missing']}" for ds in data if "missing" in ds.attrs]
    value = data
    for number, step in enumerate(job.steps):
        given = value if number == 0 else [value]
        value = step(*given, **_wanted(step, row))
    value = as_result(value, row)
    return (_beginning_within(value, row) if margin else value), "; ".join(told)


def _options(job: Job, product: str) -> dict:
    """Return what goes to `load` of one product: of variables by product, its own."""
    variables = job.options.get("variables")
    if not isinstance(variables, dict):
        return job.options
    rest = {key: value for key, value in job.options.items() if key != "variables"}
    return rest | ({"variables": variables[product]} if product in variables else {})


def _wanted(step, row: dict) -> dict:
    """Return the interval, if a function has an argument of that name."""
    try:
        names = inspect.signature(step).parameters
    except (ValueError, TypeError):  # some compiled functions tell no signature
        return {}
    if "interval" not in names:
        return {}
    own = {k: pd.Timestamp(v) if isinstance(v, np.datetime64) else v for k, v in row.items()}
    return {"interval": pd.Series(own, dtype=object)}


def as_result(value, row: dict):
    """Return a table or Dataset; numbers become one row with the interval's start and stop."""
    if isinstance(value, pd.DataFrame):
        return value.reset_index(drop=value.index.name is None)
    if isinstance(value, xr.Dataset):
        return value
    if isinstance(value, xr.DataArray) and value.ndim:
        return value.to_dataset(name=value.name or "value")
    if isinstance(value, pd.Series):
        value = value.to_dict()
    if isinstance(value, xr.DataArray):
        value = value.item()
    if isinstance(value, (int, float, str, np.generic)):
        value = {"value": value}
    if isinstance(value, dict):
        own = {key: row[key] for key in ("start", "stop")}
        return pd.DataFrame([own | value])
    message = (
        f"The function returned {type(value).__name__} for {times.text(row['start'])}: let it "
        "return a DataFrame, a Dataset, a dict of numbers or a number."
    )
    raise InputError(message)


def _beginning_within(value, row: dict):
    """Leave out what belongs to the neighbours, and was found in the margin."""
    if isinstance(value, xr.Dataset):
        return joining.clip(value, row["start"], row["stop"]) if "time" in value.dims else value
    column = next((c for c in ("start", "time") if c in value), None)
    if column is None or not len(value):
        return value
    begins = pd.to_datetime(value[column])
    return value[(begins >= row["start"]) & (begins < row["stop"])].reset_index(drop=True)


def _sentence(err: Exception) -> str:
    text = " ".join(str(err).split()) or type(err).__name__
    return text if isinstance(err, (InputError, NoDataError, SourceError)) else text[:500]
