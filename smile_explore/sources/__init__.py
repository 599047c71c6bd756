"""From a product and an interval to validated files: the cache first, then its mirrors in order.

`fetch` asks a transport (`pyspedas`, `http`, `hapi`: one module each, imported when first
used) for the periods that the cache lacks, has each new file validated, and moves it into
the cache. A good cached file is never touched by a bad transfer, and is used when no better
one can be had. It decodes nothing: the caller gives `validate`.
"""

import contextlib
import importlib
import logging
import time
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from smile_explore import catalogue, settings
from smile_explore.catalogue import Mirror, Product
from smile_explore.errors import (
    CorruptFileError,
    InputError,
    NetworkError,
    NoDataError,
    OfflineError,
    ServerError,
    SmileExploreError,
    SourceError,
    StorageError,
)
from smile_explore.sources import cache, hapi_names, periods, pyspedas_names
from smile_explore.sources.job import Clock, Job
from smile_explore.sources.progress import Progress

log = logging.getLogger(__name__)

catalogue.register(pyspedas_names)
catalogue.register(hapi_names)

#: The transports, by the name that a mirror of a product gives.
SOURCES = {name: f"{__name__}.{name}" for name in ("pyspedas", "http", "hapi")}

#: What a reader may raise that is no error of ours: one bad file must not cost the good ones.
RAW = (ArithmeticError, AttributeError, EOFError, LookupError, TypeError, ValueError, RuntimeError)

_SHUN = 60.0  # seconds for which a server that was silent is asked last
_silent: dict[str, float] = {}

_NEXT = {
    NoDataError: "Try another interval; the product covers {coverage}.",
    ServerError: "The fault is the server's: try again later.",
    NetworkError: "Check the connection, or try again later.",
    CorruptFileError: "Nothing of it was kept: try again later, or tell the archive.",
    SourceError: "Run `smile-explore doctor`.",
}


@dataclass(frozen=True)
class Fetched:
    """Validated files of a product, and what is to be told of them."""

    paths: tuple[Path, ...]  # in time order
    source: str  # who answered, e.g. "themis.ssl.berkeley.edu via pyspedas", or "cache"
    missing: tuple[tuple[np.datetime64, np.datetime64], ...]  # periods that could not be had
    retrieved: str  # when the oldest of the files came from its server, ISO, UTC
    notes: tuple[str, ...] = ()  # what went wrong on the way, e.g. why a cached copy had to do
    versions: tuple[tuple[str, ...], ...] = ()  # of files with several: the chosen, then the others


@dataclass(frozen=True)
class Fault:
    """What one mirror had to say."""

    mirror: Mirror
    error: SmileExploreError

    def __str__(self):
        return f"{self.mirror.server} {self.error}"


def fetch(product: Product, start, stop, *, validate, refresh=False, network=True) -> Fetched:
    """Return the files of a product that cover [start, stop).

    Parameters
    ----------
    product : catalogue.Product
    start, stop : numpy.datetime64, UTC
    validate : callable
        Given the path of a new file, raises CorruptFileError unless it is sound and the
        product's. Called once for each file, never again while the file stays as it is.
    refresh : bool
        Ask the archive even for what is cached; if it fails, the cached files are returned
        and `notes` say so.
    network : bool
        False looks into the cache only.

    Returns
    -------
    Fetched
        At least one file. Files span whole periods of the archive (a day, a month).

    Raises
    ------
    NoDataError
        The servers answered, and hold nothing.
    ServerError, NetworkError, CorruptFileError
        What the first server of the product did wrong, if no other helped.
    OfflineError
        Nothing is cached and connections are forbidden.
    StorageError
        The cache cannot be written.
    """
    wanted = periods.covering(product.period, start, stop)
    shelf = cache.Shelf(product)
    held = {period: shelf.find(period) for period in wanted}
    network = network and not settings.is_offline()
    faults, brought = [], {}
    if _due(held, refresh and network) and (network or any(map(shelf.doubtful, _absent(held)))):
        with Progress(product.name) as progress:
            faults = _bring(shelf, held, brought, (validate, refresh, network, progress))
    held |= brought
    if not any(held.values()):
        raise _failure(product, wanted, faults, network)
    return _fetched(held, brought, faults)


def cached(product: Product) -> list[tuple[np.datetime64, np.datetime64]]:
    """Return the (start, stop) of each unbroken run of periods that the cache holds."""
    return periods.spans(cache.Shelf(product).periods())


def _due(held: dict, refresh: bool) -> list:
    return [p for p, files in held.items() if files is None or refresh or files.due]


def _absent(held: dict) -> list:
    return [p for p, files in held.items() if files is None]


def _bring(shelf, held: dict, brought: dict, how) -> list[Fault]:
    """Mend the cache, then fill `brought` from the mirrors; one thread of one process at a time."""
    validate, refresh, network, progress = how
    limit = settings.deadline() * (1 + len(held))
    progress.says("waiting for another download")
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(
                cache.locked(shelf.product.dataset, limit=limit, waiting=progress.tick)
            )
        except StorageError:
            if network:
                raise
        shelf.look_again()
        held |= {period: shelf.find(period, validate) for period in held}
        missing = _due(held, refresh) if network else []
        clock = Clock(settings.deadline() * max(1, len(missing)))
        faults = []
        for mirror in _in_order(shelf.product):
            if not missing or clock.left() <= 0:
                break
            with cache.staging() as folder:
                job = Job(shelf.product, mirror, tuple(missing), folder, clock, progress)
                faults += _ask(job, shelf, brought, validate)
            missing = [period for period in missing if period not in brought]
        return faults


def _in_order(product: Product) -> list[Mirror]:
    """Put servers that were silent a moment ago last, so that not every call waits for them."""
    late = time.monotonic() - _SHUN
    return sorted(product.mirrors, key=lambda mirror: _silent.get(_place(mirror), late) > late)


def _place(mirror: Mirror) -> str:
    address = mirror.options.get("root") or mirror.options.get("url") or mirror.server
    first = address if isinstance(address, str) else address[0]
    return urllib.parse.urlsplit(settings.rewritten(first)).netloc


def _ask(job: Job, shelf, brought: dict, validate) -> list[Fault]:
    """Let one mirror deliver what it can; return what it did wrong."""
    server = f"{job.mirror.server} via {job.mirror.source}"
    faults = []
    try:
        transport = importlib.import_module(SOURCES[job.mirror.source])
        with contextlib.closing(transport.deliver(job)) as deliveries:
            for period, files, preliminary in deliveries:
                with job.clock.stopped():
                    try:
                        _inspect(job.product, files, validate)
                    except (StorageError, InputError):
                        raise
                    except SmileExploreError as err:
                        faults.append(Fault(job.mirror, err))
                        continue
                    brought[period] = shelf.put(
                        period, files, server=server, preliminary=preliminary, beside=job.listed
                    )
    except (StorageError, InputError):
        raise
    except SmileExploreError as err:
        if isinstance(err, NetworkError):
            _silent[_place(job.mirror)] = time.monotonic()
        faults.append(Fault(job.mirror, err))
    if not faults and not set(job.periods) <= set(brought):
        faults.append(Fault(job.mirror, NoDataError("has no such file")))
    return faults


def _inspect(product: Product, files, validate) -> None:
    """Refuse a web page with a data file's name before anything tries to decode it."""
    for file in files:
        with file.open("rb") as opened:
            start = opened.read(512).lstrip().lower()
        if not start:
            message = f"sent {file.name} without a byte in it"
            raise CorruptFileError(message)
        page = start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml"))
        if page and not product.pattern.endswith((".html", ".xml")):
            message = f"sent a web page instead of {file.name}"
            raise ServerError(message)
        try:
            validate(file)
        except CorruptFileError as err:
            message = f"sent a damaged file: {err}"
            raise CorruptFileError(message) from err
        except RAW as err:
            message = f"sent {file.name}, which cannot be read ({type(err).__name__}: {err})"
            raise CorruptFileError(message) from err


# --------------------------------------------------------------------------- what is told


def _fetched(held: dict, brought: dict, faults: list[Fault]) -> Fetched:
    found = {period: files for period, files in held.items() if files}
    answered = [files.slip.server for period, files in found.items() if period in brought]
    if len(answered) < len(found):
        answered.append("cache")
    notes = tuple(dict.fromkeys(map(str, faults)))
    makeshift = any(files.due for files in found.values())
    for note in notes:
        log.log(logging.WARNING if makeshift else logging.INFO, "%s", note)
    return Fetched(
        paths=_each_once(path for files in found.values() for path in files.paths),
        source=", ".join(dict.fromkeys(answered)),
        missing=tuple(periods.spans(_absent(held))),
        retrieved=min(files.slip.retrieved for files in found.values()),
        notes=notes,
        versions=tuple(v for files in found.values() for v in files.versions),
    )


def _each_once(paths) -> tuple[Path, ...]:
    """Return paths without repeats of a file that was brought for several days of its month."""
    newest: dict[str, Path] = {}
    for path in paths:
        name = path.name.rpartition("~")[2]
        best = newest.setdefault(name, path)
        if path.stat().st_mtime_ns > best.stat().st_mtime_ns:
            newest[name] = path
    return tuple(newest.values())


def _failure(product: Product, wanted, faults: list[Fault], network: bool) -> SmileExploreError:
    """Say what was asked, what each server said, what is cached, and what to do."""
    asked = f"{product.name} from {_text(wanted[0].start)} to {_text(wanted[-1].stop)}"
    holds = ", ".join(f"{_text(a)} to {_text(b)}" for a, b in cached(product)) or "nothing"
    here = f"Cached of it: {holds}."
    if not network:
        return OfflineError(
            f"{asked} is not in the cache {settings.cache_dir()}, and no connection may be opened. {here} "
            "Go online (unset SMILE_EXPLORE_OFFLINE), or load a cached interval or a pack."
        )
    if not faults:
        return NoDataError(f"{asked}: the product has no server to ask. {here}")
    # the first server knows best; a copy of it that is down says nothing of the data
    first = min(faults, key=lambda fault: product.mirrors.index(fault.mirror)).error
    kind = next((kind for kind in _NEXT if isinstance(first, kind)), SourceError)
    told = "; ".join(dict.fromkeys(map(str, faults)))
    advice = _NEXT[kind].format(coverage=" to ".join(product.coverage))
    return kind(f"{asked}: {told}. {here} {advice}")


def _text(time: np.datetime64) -> str:
    return np.datetime_as_string(time, "m").replace("T", " ")
