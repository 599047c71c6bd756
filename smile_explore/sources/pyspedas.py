"""Files that pyspedas finds and downloads, in a process of its own.

Options of a mirror with ``source = "pyspedas"``:

- ``call``: a function below ``pyspedas.projects``, e.g. ``themis.fgm``;
- ``args``: its keyword arguments, e.g. ``{probe = "c", level = "l2"}``;
- ``as_brought``: whatever files it brings are its product's, see `pyspedas_names`;
- ``root``: put into that mission's ``CONFIG["remote_data_dir"]``, so that a mirror of an
  archive is the same call with another root.

Addresses are rewritten (``SMILE_EXPLORE_REWRITE``) when pyspedas sends a request, not in its
configuration: so its hard-coded ones are redirected as well, and it still knows which
archive it believes to talk to. One request at a time; the process is started when it is
first needed, killed when it hangs, and ends with us or after minutes of rest. Settings of
pyspedas in this process or in its preferences file have no effect there.
"""

import atexit
import contextlib
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from smile_explore import errors, settings
from smile_explore.errors import NetworkError, ServerError, SourceError
from smile_explore.sources import periods as names
from smile_explore.sources import pyspedas_names
from smile_explore.sources.cache import disk_fault, storing
from smile_explore.sources.job import Job
from smile_explore.sources.session import probe

_START_LIMIT = 180.0  # seconds for `import pyspedas` on a busy machine; six on a quiet one
_GRACE = 1.5  # the worker notices a silent server itself; we only catch what it cannot
_READ_BY_WORKER = ("SMILE_EXPLORE_REWRITE", "SMILE_EXPLORE_PATIENCE", "SMILE_EXPLORE_OFFLINE")
_ROOT = str(Path(__file__).parents[2])
_BOOT = (
    f"import sys; sys.path.append({_ROOT!r}); from smile_explore.sources.worker import main; main()"
)

_turn = threading.Lock()
_worker = None


def deliver(job: Job):
    """Yield (period, files, preliminary) for each file that pyspedas brings; see `Job`."""
    faults = []
    if job.mirror.options.get("as_brought"):
        yield from _as_brought(job)
        return
    with _exclusive(job):
        for run in names.runs(job.periods):
            foreign = []
            wanted = {period: names.fill_in(job.product.pattern, period) for period in run}
            for path in _ask(job, run, faults):
                period = next((p for p, w in wanted.items() if names.fitting([path.name], w)), None)
                if period is None:
                    foreign.append(path.name)
                else:  # a newer version of a file that came before is another file of its period
                    yield period, [path], False
            if foreign and not faults:
                message = f"sent {', '.join(foreign)} where {job.product.pattern} was expected"
                faults.append(ServerError(message))
        if faults:
            raise faults[0]


def _as_brought(job: Job):
    """Yield a day's files under the day and their own names, for loaders of which we know no pattern."""
    faults = []
    own = job.folder / "pyspedas"  # one for all days: a file of a month is not sent again each day
    own.mkdir()
    with _exclusive(job):
        for period in job.periods:
            brought = {path.name: path for path in _ask(job, [period], faults, own)}
            chosen = names.matching(brought, "*")
            kinds = pyspedas_names.kinds(chosen)
            if len(kinds) > 1:
                message = f"brought files of {len(kinds)} kinds ({', '.join(kinds[:4])}): name one by the loader's keywords"
                raise SourceError(message)
            prefix = names.fill_in("%Y%m%d~", period)
            with storing():
                files = [
                    Path(shutil.copyfile(brought[name], job.folder / f"{prefix}{name}"))
                    for name in chosen
                ]
            if files:
                yield period, files, False
        if faults:
            raise faults[0]


@contextlib.contextmanager
def _exclusive(job: Job):
    """Wait for pyspedas to be free; the wait is not the server's fault."""
    with job.clock.stopped():
        job.progress.says("waiting for another download")
        while not _turn.acquire(timeout=0.2):
            job.progress.tick()
    try:
        yield
    finally:
        _turn.release()


def _ask(job: Job, run, faults, folder: Path | None = None):
    """Have the worker fetch a run of periods; yield each file as it is whole."""
    worker = _ready(job)
    if folder is None:
        folder = job.folder / f"pyspedas{len(list(job.folder.iterdir()))}"
        folder.mkdir()
    job.progress.says(f"{job.mirror.server}, looking for files")
    worker.send(_order(job, run, folder))
    finished = False
    try:
        for event in worker.events(job.clock):
            if event["event"] == "file":
                yield Path(event["path"])
            elif event["event"] == "asking":
                job.progress.says(f"{job.mirror.server}, {event['file']}")
            elif event["event"] == "listed":
                job.listed.update(event["names"])
            elif event["event"] == "bytes":
                job.progress.add(event["count"])
            else:
                job.progress.tick()
        finished = True
    finally:
        if not finished:
            worker.kill()
    faults += [_fault(fact) for fact in worker.last["faults"]]


def _order(job: Job, run, folder: Path) -> dict:
    options = job.mirror.options
    # where pyspedas thinks in years and halves of them it reads plain dates only
    form = "%Y-%m-%d" if "year" in job.product.period else "%Y-%m-%d/%H:%M:%S"
    # pyspedas takes the last second as part of the interval
    ends = run[0].start, run[-1].stop - np.timedelta64(1, "s")
    here = {key: value for key, value in os.environ.items() if key.startswith("SMILE_EXPLORE_")}
    return {
        "call": options["call"],
        "args": options.get("args", {}),
        "root": options.get("root"),
        "trange": [names.to_datetime(end).strftime(form) for end in ends],
        "folder": str(folder),
        "any_version": names.has_wildcard(job.product.pattern),
        "alone": job.alone,
        "seconds": min(settings.deadline(), job.clock.left()),
        "environment": dict.fromkeys(_READ_BY_WORKER, "") | here,
    }


def _fault(fact: dict) -> Exception:
    if fact["kind"] == "OSError":
        return disk_fault(fact["text"])
    return getattr(errors, fact["kind"], SourceError)(fact["text"])


# --------------------------------------------------------------------------- the worker, seen from here


class Worker:
    """The process in which pyspedas runs, and the two pipes to it."""

    def __init__(self):
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  closed with the process
        self._events: queue.Queue = queue.Queue()
        self.ready = False
        self.last: dict = {}
        # -P: neither the user's folder nor ours may shadow `http` or `pyspedas`
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _BOOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            encoding="utf-8",
            env=_environment(),
            start_new_session=True,  # Ctrl-C is for the notebook; we end the worker ourselves
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        for line in self._process.stdout:
            self._events.put(json.loads(line))
        self._events.put({"event": "end"})

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def send(self, order: dict) -> None:
        """Give it something to do."""
        with contextlib.suppress(BrokenPipeError):  # `events` will find the end
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()

    def wait_ready(self, tick) -> None:
        """Wait until pyspedas is imported."""
        until = time.monotonic() + _START_LIMIT
        while not self.ready:
            with contextlib.suppress(queue.Empty):
                event = self._events.get(timeout=0.2)
                if event["event"] == "end":
                    how = "did not start"
                    raise self._died(how)
                self.ready = event["event"] == "ready"
            tick()
            if time.monotonic() > until:
                how = f"did not start within {_START_LIMIT:g} s"
                raise self._died(how)

    def events(self, clock):
        """Yield events until the order is done; a worker that falls silent is not waited for."""
        heard = time.monotonic()
        while True:
            try:
                event = self._events.get(timeout=0.2)
            except queue.Empty:
                event = {"event": "tick"}
                _check_time(heard, clock)
            if event["event"] == "end":
                how = "ended in the midst of a download"
                raise self._died(how)
            if event["event"] == "done":
                self.last = event
                return
            yield event
            if event["event"] != "tick":
                heard = time.monotonic()  # the time our reader took is not the server's

    def _died(self, how: str) -> SourceError:
        self.kill()
        self._log.seek(0)
        tail = self._log.read().decode("utf-8", "replace").strip().splitlines()[-1:]
        return SourceError(f"pyspedas {how} ({' '.join(tail) or 'it said nothing'})")

    def kill(self) -> None:
        """End the process now; the next request starts another."""
        self._process.kill()
        self._process.wait()
        self._listener.join(1)
        with contextlib.suppress(BrokenPipeError):  # an order it did not live to read
            self._process.stdin.close()
        self._process.stdout.close()


def _check_time(heard: float, clock) -> None:
    if time.monotonic() - heard > settings.patience() + _GRACE:
        message = f"did not answer within {settings.patience():g} s"
        raise NetworkError(message)
    if clock.left() < -_GRACE:
        message = (
            f"did not deliver within {clock.seconds:.3g} s (SMILE_EXPLORE_DEADLINE allows more)"
        )
        raise NetworkError(message)


def _environment() -> dict[str, str]:
    """Our environment without what would have pyspedas ask, read preferences or open windows."""
    ours = {k: v for k, v in os.environ.items() if not k.endswith("_NO_DOWNLOAD")}
    return ours | {"PYSPEDAS_CONFIG_FILE": os.devnull, "MPLBACKEND": "Agg", "PYTHONUTF8": "1"}


def _ready(job: Job) -> Worker:
    """Return a worker that is ready; start one, and use the wait to see if the server lives."""
    global _worker  # noqa: PLW0603  one for the process, guarded by `_turn`
    if _worker is None or not _worker.alive:
        _worker = Worker()
    if not _worker.ready:
        with job.clock.stopped():
            if job.mirror.options.get("root"):
                probe(job.mirror.options["root"], job.clock)
            job.progress.says("starting pyspedas (seconds, once)")
            _worker.wait_ready(job.progress.tick)
    return _worker


def stop() -> None:
    """End the worker, if there is one."""
    if _worker is not None:
        _worker.kill()


def _forget() -> None:
    """After a fork the worker is the parent's, and so is its lock."""
    global _worker, _turn
    _worker, _turn = None, threading.Lock()


atexit.register(stop)
os.register_at_fork(after_in_child=_forget)
