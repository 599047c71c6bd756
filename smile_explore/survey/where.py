"""Where the intervals of a survey run: in this process, or on a Dask cluster."""

import asyncio
import concurrent.futures
import contextlib
import ctypes
import functools
import itertools
import sys
import time

from smile_explore.errors import InputError, NetworkError
from smile_explore.load import recent
from smile_explore.survey.job import Job, Outcome, attempt

#: Intervals in flight for each thread of the cluster: enough to keep it busy, few enough that
#: neither the scheduler nor this process holds a survey's worth of them.
_AHEAD = 3
#: glibc's mallopt(3): arrays up to so many bytes come from memory that is kept ...
_MMAP_THRESHOLD, _ARRAYS = -3, 32 * 2**20
#: ... and of what is free at its end, so many bytes are.
_TRIM_THRESHOLD, _KEPT = -1, 128 * 2**20
_GRACE = 10.0  # seconds that a scheduler may be away before the survey stops


#: What a client raises if what it waits for went away, or the scheduler did.
_CANCELLED = (concurrent.futures.CancelledError, asyncio.CancelledError)
_GONE = (*_CANCELLED, OSError)


class ClusterLostError(Exception):
    """The scheduler went away; what was in flight is not known."""


def here(jobs: dict):
    """Yield (key, outcome) of each job, one after the other."""
    try:
        for key, job in jobs.items():
            yield key, attempt(job)
    finally:
        recent.forget()


def there(job: Job) -> Outcome:
    """Do a job on a worker."""
    keep_freed_memory()
    return attempt(job)


@functools.cache
def keep_freed_memory() -> bool:
    """Let this process keep up to 128 MB that it frees for its next arrays; say if it does.

    A worker computes in a thread, whose memory glibc hands back to the system after each array
    of a few hundred kB and fetches again, page by page, for the next: a month of 1-min OMNI took
    0.26 s of processor time there, and takes 0.12 s so (`benchmarks/survey.py`).
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # not every libc has it
    if mallopt is None:
        return False
    return bool(mallopt(_MMAP_THRESHOLD, _ARRAYS) and mallopt(_TRIM_THRESHOLD, _KEPT))


@contextlib.contextmanager
def connected(client):
    """Yield a Dask client for what the user gave: a client, a cluster, an address; None for None."""
    if client is None or hasattr(client, "submit"):
        yield client
        return
    if hasattr(client, "get_client"):
        yield client.get_client()  # the cluster's own, which ends with it
        return
    if not isinstance(client, str):
        message = (
            f"client={client!r} is no Dask client: give one, its scheduler's address, or None."
        )
        raise InputError(message)
    try:
        from distributed import Client

        own = Client(client, timeout=_GRACE, set_as_default=False)
    except ImportError as err:
        message = (
            "Surveys on a cluster need dask and distributed: pip install 'smile_explore[survey]'."
        )
        raise InputError(message) from err
    except (OSError, ValueError) as err:
        message = f"No Dask scheduler answers at {client}: start one (dask scheduler), or leave client out."
        raise NetworkError(message) from err
    with own:
        yield own


def cluster(client, jobs: dict):
    """Yield (key, outcome) of each job as it is finished, a few for each thread in flight.

    Which worker does it is Dask's choice. Neighbours could share what a worker decoded, but a
    job bound to a worker, even loosely, waits for ever if that was the last one and dies.

    Raises
    ------
    ClusterLostError
        If the scheduler is away for longer than it may be.
    """
    waiting, flight, threads = iter(jobs.items()), {}, _Threads(client)
    try:
        while True:
            room = max(_AHEAD * threads.now(), 2) - len(flight)
            for key, job in itertools.islice(waiting, max(room, 0)):
                flight[client.submit(there, job, key=f"survey-{key}", pure=False)] = key
            if not flight:
                return
            for future, outcome in _outcomes(client, _finished(client, list(flight))):
                yield flight.pop(future), outcome
                future.release()
    finally:
        if client.status == "running":
            client.cancel(list(flight))


class _Threads:
    """How many threads the cluster has; the scheduler is asked once a second, not for each job."""

    def __init__(self, client):
        self._client, self._known, self._until = client, 0, 0.0

    def now(self) -> int:
        if self._client.status != "running":
            return 0
        if time.monotonic() > self._until:
            with contextlib.suppress(*_GONE):  # who is gone is found out by who waits for results
                self._known = sum(self._client.nthreads().values())
            self._until = time.monotonic() + 1.0
        return self._known


def _finished(client, futures) -> list:
    """Return the futures that are done, as soon as one is."""
    away = None
    while True:
        done = [f for f in futures if f.status in ("finished", "error")]
        if done:
            return done
        lost = client.status != "running" or any(f.status in ("cancelled", "lost") for f in futures)
        away = (away or time.monotonic()) if lost else None
        if client.status == "closed" or (away and time.monotonic() - away > _GRACE):
            raise ClusterLostError
        _wait_a_little(client, futures)


def _wait_a_little(client, futures) -> None:
    from distributed import wait

    with contextlib.suppress(TimeoutError), client.as_current():
        try:
            wait(futures, timeout=0.5, return_when="FIRST_COMPLETED")
        except _CANCELLED:
            time.sleep(0.5)


def _outcomes(client, futures):
    """Yield (future, outcome) of each; what several workers gave is fetched in one go."""
    sound = [future for future in futures if future.status == "finished"]
    try:
        held = dict(zip(sound, client.gather(sound), strict=True)) if len(sound) > 1 else {}
    except _GONE:  # one of them is lost: each tells for itself
        held = {}
    for future in futures:
        yield future, held.get(future) or _outcome(future)


def _outcome(future) -> Outcome:
    """Return what a worker gave; a job that kills its workers is a failure like another."""
    try:
        if future.status == "finished":
            return future.result()
        err = future.exception()
    except _GONE as lost:  # the scheduler left between its word and its parcel
        raise ClusterLostError from lost
    text = " ".join(str(err).split())[:500]
    return Outcome(None, type(err).__name__, text or "the worker gave no reason")
