"""The process in which pyspedas lives: started by `sources.pyspedas`, never imported by it.

It reads requests and writes events, one JSON object a line. pyspedas changes global state,
prints, asks questions, retries for half a minute and overwrites good files with bad ones;
here it may: standard input is empty, what it prints goes to a log, every request goes
through our `Session`, and the only folder it knows is a private staging folder.
"""

import contextlib
import errno
import functools
import importlib
import json
import logging
import os
import queue
import sys
import tempfile
import threading
import time
from pathlib import Path

import requests

from smile_explore.errors import CorruptFileError, SmileExploreError, SourceError
from smile_explore.sources.job import Clock
from smile_explore.sources.session import Absent, Session, last_part, refuse

_IDLE = 300.0  # seconds after which an unused worker gives its memory back
_HEARTBEAT = 0.2


class Channel:
    """The way back to the parent: events, as lines of JSON."""

    def __init__(self, stream):
        self._stream = stream
        self._told = 0.0
        self._bytes = 0

    def tell(self, event: str, **facts) -> None:
        """Send one event."""
        self._stream.write(json.dumps({"event": event} | facts) + "\n")
        self._stream.flush()

    def heard(self, count: int) -> None:
        """Count bytes from the server and say so now and then."""
        self._bytes += count
        if time.monotonic() - self._told > _HEARTBEAT:
            self.tell("bytes", count=self._bytes)
            self._told, self._bytes = time.monotonic(), 0


class Watched(Session):
    """The session given to pyspedas; it notes what pyspedas only logs."""

    def __init__(self, seconds: float, heard, faults: list[Exception]):
        super().__init__(Clock(seconds), heard)
        self.faults = faults  # of the order under way; pyspedas opens several sessions for it

    def request(self, method, url, **how):
        """Send a request, and give the whole call up when a server keeps failing."""
        self.clock = Clock(self.clock.seconds)  # the deadline is one of each file
        answer = super().request(method, url, **how)
        try:
            refuse(answer)
        except Absent:
            pass
        except SmileExploreError as err:
            self.faults.append(err)
            if len(self.faults) == 3:
                raise
        return answer

    def cut_short(self, name, got, wanted):
        """Raise what makes pyspedas try a file a second time."""
        cut = super().cut_short(name, got, wanted)
        self.faults.append(cut)
        return requests.exceptions.ChunkedEncodingError(str(cut))


def main() -> None:
    """Answer requests until the parent closes the pipe, or has forgotten us."""
    channel = Channel(os.fdopen(os.dup(1), "w", encoding="utf-8"))
    requests_in = os.fdopen(os.dup(0), encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # a prompt finds the end of the file
    os.dup2(2, 1)
    orders: queue.Queue = queue.Queue()
    threading.Thread(target=_listen, args=(requests_in, orders), daemon=True).start()
    _quieten()
    channel.tell("ready")
    while True:
        try:
            order = orders.get(timeout=_IDLE)
        except queue.Empty:
            return
        _answer(order, channel)


def _listen(stream, orders: queue.Queue) -> None:
    for line in stream:
        orders.put(json.loads(line))
    os._exit(0)  # the parent is gone: so is any reason to finish the download


def _quieten() -> None:
    """Import pyspedas and take its waits, its retries and its half-hearted checks away."""
    import pyspedas  # noqa: F401  this is what takes six seconds
    from pyspedas.utilities import download as module

    logging.getLogger().setLevel(logging.WARNING)
    module.sleep = lambda seconds: None
    # a file is judged by our guard, in the parent; pyspedas' own judgement costs a good cached copy
    module.check_downloaded_file = lambda name: Path(name).is_file()


def _answer(order: dict, channel: Channel) -> None:
    os.environ.update(order["environment"])
    faults: list[Exception] = []
    with contextlib.ExitStack() as sessions:
        _instrument(order, channel, faults, sessions)
        try:
            _call(order)
        except SmileExploreError as err:
            faults += [err] if err not in faults else []
        except Exception as err:  # noqa: BLE001  whatever it is, the parent has to be told
            faults.append(_named(err))
    facts = [{"kind": type(fault).__name__, "text": str(fault)} for fault in faults]
    channel.tell("done", faults=facts)


def _named(err: Exception) -> Exception:
    full = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES}
    if isinstance(err, OSError) and err.errno in full:
        return OSError(err.errno, err.strerror)
    return SourceError(f"pyspedas failed with {type(err).__name__}: {err}")


def _instrument(order: dict, channel: Channel, faults: list, sessions) -> None:
    """Have pyspedas use our session, and tell of each file as it is whole."""
    from pyspedas.utilities import download as module

    def session(session=None):
        return sessions.enter_context(Watched(order["seconds"], channel.heard, faults))

    module.configure_retry_session = session
    fetch = getattr(module.download_file, "original", module.download_file)

    @functools.wraps(fetch)
    def watched(*args, **named):
        if named.get("nbr_tries"):  # pyspedas' second try calls itself
            return fetch(*args, **named)
        channel.tell("asking", file=last_part(named["url"]))
        before = len(faults)
        name = fetch(*args, **named)
        cuts = [f for f in faults[before:] if isinstance(f, CorruptFileError)]
        if name and len(cuts) < 2:
            del faults[before:]  # cut once, whole the second time
            channel.tell("file", path=name)
            return name
        if name:
            Path(name).unlink(missing_ok=True)
        return None

    watched.original = fetch
    module.download_file = watched


def _call(order: dict) -> None:
    tempfile.tempdir = order["folder"]
    mission = order["call"].split(".")[0]
    config = importlib.import_module(f"pyspedas.projects.{mission}.config").CONFIG
    config["local_data_dir"] = order["folder"] + os.sep
    config["no_download"] = False
    if order["root"]:
        config["remote_data_dir"] = order["root"]
    function = importlib.import_module("pyspedas.projects")
    for part in order["call"].split("."):
        name = f"{function.__name__}.{part}"
        function = getattr(function, part, None) or importlib.import_module(name)
    function(trange=order["trange"], downloadonly=True, **order["args"])


if __name__ == "__main__":
    sys.exit(main())
