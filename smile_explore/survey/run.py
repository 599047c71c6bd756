"""Run a function over many intervals: in bounded memory, never fatal, and never twice."""

import json
import shutil
import warnings
from pathlib import Path

import pandas as pd
import xarray as xr

from smile_explore import catalogue, joining, settings
from smile_explore.errors import InputError, PartialCoverageWarning, StorageError
from smile_explore.survey import keys, parts, report, where
from smile_explore.survey.intervals import rows_of
from smile_explore.survey.job import Job, Outcome
from smile_explore.times import shown


def run(function, intervals, products, client=None, *, folder=None, retries=2, **options):
    """Load, compute and reduce each of many intervals, and put the results together.

    Parameters
    ----------
    function : callable, or list of callables
        Gets one Dataset for each product, in their order; of a list, each further one gets what
        the one before returned. An argument named ``interval`` gets the interval's own row. It
        returns a DataFrame, a Dataset, or a dict of numbers or one number, which make one row.
    intervals : DataFrame, or list of (start, stop)
        From `every` or `around`, or any table with start and stop, UTC.
    products : str or list of str
        What to load of each interval; an empty list loads nothing.
    client : distributed.Client, cluster or str, optional
        A Dask client or cluster, or a scheduler's address; by default all runs in this process.
    folder : str or Path, optional
        Where each finished interval is kept at once. The same call with the same folder does
        only what is missing, after a kill too; and writes ``result.parquet`` or ``result.zarr``.
        Without it nothing is kept.
    retries : int
        How often an interval is tried again after a fault that may pass (network, server, disk).
    **options
        For `load`, e.g. ``source="rehearsal"``; ``variables=["b"]`` reads only these, of several
        products ``variables={"omni.1min": ["b"]}``.

    Returns
    -------
    DataFrame or Dataset
        Tables one below the other, in the order of the intervals; Datasets joined along
        ``time`` (sorted, repeated stamps once), or, if they have none, along a new dim
        ``interval`` with coordinates start and stop. The same wherever it ran.
        ``attrs["failures"]`` tells what is missing: read it with `failures`.

    Raises
    ------
    InputError, IntervalError, UnknownProductError
        What was asked cannot be understood, the folder holds files that no survey wrote, or
        another survey is running in it; nothing has run then.
    NetworkError
        No scheduler answers at the address.
    StorageError
        The folder cannot be made.

    Warns
    -----
    PartialCoverageWarning
        Intervals are missing or incomplete. A failing interval never stops a survey; a disk
        that takes no more and a scheduler that is gone do, and the rest is "not tried".

    Notes
    -----
    An interval is known by its times, the products, the options and the function: its bytecode,
    constants and enclosed values, and the functions of its own module that it calls. Change a
    function of another module of yours, and you must take a new folder.

    Examples
    --------
    >>> from smile_explore import survey
    >>> def southward(omni):  # 70 minutes of the second 8 hours
    ...     return {"share": float((omni.b.sel(cartesian="z") < 0).mean())}
    >>> hours = survey.every("8h", "2027-03-22", "2027-03-23")
    >>> run(southward, hours, "omni.1min", source="rehearsal").share.round(2).tolist()
    [0.02, 0.15, 0.0]
    """
    steps, names = _steps(function), _names(products)
    jobs = _jobs(steps, rows_of(intervals), names, (options, retries))
    with parts.Folder(folder) if folder is not None else parts.Memory() as book:
        with where.connected(client) as own:
            told = _carry_out(jobs, book, own, _name(steps))
        result = _together(jobs, book)
        result.attrs |= {
            "survey": _name(steps),
            "products": " ".join(names),
            "intervals": len(jobs),
            "failures": json.dumps(told),
        }
        if folder is not None:
            _keep(result, book.folder)
    if told:
        text = report.sentence(told, len(jobs))
        warnings.warn(text, PartialCoverageWarning, stacklevel=2)
    return result


def _steps(function) -> tuple:
    steps = tuple(function) if isinstance(function, (list, tuple)) else (function,)
    odd = [step for step in steps if not callable(step)]
    if odd or not steps:
        message = f"function={function!r:.80} is no function, nor a list of functions."
        raise InputError(message)
    return steps


def _names(products) -> tuple[str, ...]:
    names = products.split() if isinstance(products, str) else products
    if not isinstance(names, list | tuple):
        message = f"products={shown(products)} is no list of names: give e.g. ['omni.1min'], or []."
        raise InputError(message)
    return tuple(catalogue.product(name).name for name in names)


def _jobs(steps, rows, names, how) -> dict[str, Job]:
    options, retries = how
    jobs, asked = {}, keys.question(steps, names, options)
    for row in rows:
        key = keys.key(asked, row)
        if key in jobs:
            message = f"The interval {row['start']} to {row['stop']} is given twice: give it once."
            raise InputError(message)
        jobs[key] = Job(steps, row, names, options, retries, settings.is_offline())
    return jobs


def _carry_out(jobs, book, client, title: str) -> list[dict]:
    """Do what is not done yet; return an entry for each interval that is missing or incomplete."""
    held = book.held()
    todo = {key: job for key, job in jobs.items() if key not in held}
    told: dict[str, dict] = {}
    stopped = None
    outcomes = where.here(dict(todo)) if client is None else where.cluster(client, dict(todo))
    with report.progress(title, len(jobs) - len(todo), len(jobs)) as advance:
        try:
            for key, outcome in outcomes:
                _note(book, key, outcome, (jobs, told))
                todo.pop(key)
                advance()
        except StorageError as err:
            stopped = Outcome(None, "StorageError", str(err), 0)
        except where.ClusterLostError:
            reason = "The Dask scheduler went away: start one, and run the survey again."
            stopped = Outcome(None, "ClusterLostError", reason, 0)
        finally:
            outcomes.close()
    told |= {key: report.entry(jobs[key].row, stopped, "not tried") for key in todo if stopped}
    return [told[key] for key in jobs if key in told]


def _note(book, key: str, outcome: Outcome, tables) -> None:
    """Keep what an interval gave, and note what it lacks."""
    jobs, told = tables
    if outcome.part:
        book.put(key, outcome.part, partial=bool(outcome.error))
    if outcome.error:
        state = "partial" if key in book else "failed"
        told[key] = report.entry(jobs[key].row, outcome, state)


def _name(steps) -> str:
    return " | ".join(
        getattr(getattr(step, "func", step), "__name__", type(step).__name__) for step in steps
    )


# --------------------------------------------------------------------------- the whole


def _together(jobs, book):
    """Put the parts together in the order of the intervals, whoever came first."""
    found = [(job.row, parts.decode(*book.get(key))) for key, job in jobs.items() if key in book]
    tables = [value for _, value in found if isinstance(value, pd.DataFrame)]
    if len(tables) == len(found):
        return _stacked(tables)
    if tables:
        message = f"The function returned {len(tables)} tables and {len(found) - len(tables)} Datasets: let it always return one kind."
        raise InputError(message)
    return _joined(found)


def _stacked(tables) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]  # empty ones would blur the columns' kinds
    if not filled:
        return tables[0] if tables else pd.DataFrame()
    whole = pd.concat(filled, ignore_index=True)
    whole.attrs = {}
    return whole


def _joined(found) -> xr.Dataset:
    rows, values = zip(*found, strict=True)
    if all("time" in value.dims for value in values):
        return joining.join(list(values))
    whole = xr.concat(list(values), "interval", join="outer", combine_attrs="drop_conflicts")
    ends = {key: ("interval", [row[key] for row in rows]) for key in ("start", "stop")}
    return whole.assign_coords(ends)


def _keep(result, folder: Path) -> None:
    """Write the whole beside its parts; that it could not be is told, for the result is here."""
    try:
        if isinstance(result, pd.DataFrame):
            parts.write_whole(folder / "result.parquet", parts.encode(result)[1])
        else:
            _write_zarr(result, folder)
    except OSError as err:
        text = f"{folder}: the result could not be written there ({err.strerror or err}): free space and run it again."
        warnings.warn(text, UserWarning, stacklevel=3)


def _write_zarr(result: xr.Dataset, folder: Path) -> None:
    draft, path = folder / ".result.zarr.new", folder / "result.zarr"
    shutil.rmtree(draft, ignore_errors=True)
    result.to_zarr(draft, mode="w", zarr_format=2, consolidated=True)
    shutil.rmtree(path, ignore_errors=True)
    draft.replace(path)
