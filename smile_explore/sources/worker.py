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
import types
from pathlib import Path

import requests

from smile_explore import settings
from smile_explore.errors import (
    CorruptFileError,
    NetworkError,
    ServerError,
    SmileExploreError,
    SourceError,
)
from smile_explore.sources import periods
from smile_explore.sources.http import links
from smile_explore.sources.job import Clock, Faults
from smile_explore.sources.session import Absent, Session, last_part, refuse, text

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

    def __init__(self, seconds: float, heard, faults: Faults):
        super().__init__(Clock(seconds), heard)
        self._seconds = seconds
        self.faults = faults  # of the order under way; pyspedas opens several sessions for it
        self._folders: dict[str, list[str]] = {}

    def next_clock(self) -> Clock:
        """Return the clock of one file; how long all may take is watched by our parent."""
        return Clock(self._seconds)

    def request(self, method, url, **how):
        """Send a request, and give the whole call up when a server keeps failing."""
        try:
            answer = super().request(method, url, **how)
            self.faults.has_answered = True
            refuse(answer)
            if url.endswith("/") and not how.get("stream"):
                links(answer.text, url)
        except Absent:
            self.faults.clear()
        except NetworkError as err:
            self.faults.has_answered |= self.has_answered
            self.faults.add(err)
            raise requests.exceptions.ConnectionError(str(err)) from err
        except ServerError as err:
            self.faults.add(err)
            if url.endswith("/"):
                raise requests.exceptions.ConnectionError(str(err)) from err
        return answer

    def cut_short(self, name, got, wanted):
        """Raise what makes pyspedas try a file a second time."""
        cut = super().cut_short(name, got, wanted)
        self.faults.errors.append(cut)
        return requests.exceptions.ChunkedEncodingError(str(cut))

    def listing(self, folder: str) -> list[str]:
        """Return the names in a folder; none, if the server shows no folders or is slow to."""
        if folder not in self._folders:
            self.close()  # a small archive may serve one connection at a time
            try:  # with the file's own wait a silent server still costs less than ten seconds
                with Session(Clock(settings.patience() / 2)) as session:
                    self._folders[folder] = links(text(session, folder), folder)
                self.faults.has_answered = True
            except (Absent, ServerError, NetworkError, CorruptFileError):
                self._folders[folder] = []
        return self._folders[folder]


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
    faults = Faults(alone=order["alone"])
    with contextlib.ExitStack() as sessions:
        _instrument(order, channel, faults, sessions)
        try:
            _call(order)
        except SmileExploreError as err:
            faults.errors += [err] if err not in faults.errors else []
        except Exception as err:  # noqa: BLE001  whatever it is, the parent has to be told
            faults.errors.append(_named(err))
    facts = [{"kind": type(fault).__name__, "text": str(fault)} for fault in faults.errors]
    channel.tell("done", faults=facts)


def _named(err: Exception) -> Exception:
    full = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES}
    if isinstance(err, OSError) and err.errno in full:
        return OSError(err.errno, err.strerror)
    return SourceError(f"pyspedas failed with {type(err).__name__}: {err}")


def _instrument(order: dict, channel: Channel, faults: Faults, sessions) -> None:
    """Have pyspedas use our session, take the newest version, and tell of each file as it is whole."""
    from pyspedas.utilities import download as module

    def session(session=None):
        return sessions.enter_context(Watched(order["seconds"], channel.heard, faults))

    module.configure_retry_session = session
    module.fnmatch = types.SimpleNamespace(filter=functools.partial(_newest, channel))
    fetch = getattr(module.download_file, "original", module.download_file)

    @functools.wraps(fetch)
    def watched(*args, **named):
        if named.get("nbr_tries"):  # pyspedas' second try calls itself
            return fetch(*args, **named)
        before = len(faults.errors)
        try:
            if order["any_version"]:
                named |= _newer(channel, named)
            channel.tell("asking", file=last_part(named["url"]))
            name = fetch(*args, **named)
        except NetworkError as err:  # in the midst of a body: the next file may be well
            if err in faults.errors:
                raise
            faults.add(err)
            return None
        except requests.exceptions.RequestException:
            return None  # `Watched` counted it
        return _judged(name, before, channel, faults)

    watched.original = fetch
    module.download_file = watched


def _judged(name: str | None, before: int, channel: Channel, faults: Faults) -> str | None:
    """Tell the parent of a file that came whole, and remove one that did not."""
    cuts = [f for f in faults.errors[before:] if isinstance(f, CorruptFileError)]
    if name and len(cuts) < 2:
        del faults.errors[before:]  # cut once, whole the second time
        faults.clear()
        channel.tell("file", path=name)
        return name
    if name:
        Path(name).unlink(missing_ok=True)
    if cuts:
        del faults.errors[before:]
        faults.add(cuts[-1])
    return None


def _newest(channel: Channel, listed, pattern: str) -> list[str]:
    """Return what pyspedas should take of a listing: no loader of it compares versions as numbers."""
    fits = periods.fitting(listed, pattern)
    channel.tell("listed", names=fits)
    return periods.matching(fits, pattern)


def _newer(channel: Channel, named: dict) -> dict:
    """Return address and name of a newer version than the one that a loader has in its code."""
    folder, _, asked = named["url"].rpartition("/")
    if periods.stem_of(asked) == asked.lower():
        return {}
    same = periods.fitting(named["session"].listing(f"{folder}/"), "*")
    same = [name for name in same if periods.stem_of(name) == periods.stem_of(asked)]
    if not same:
        return {}
    channel.tell("listed", names=same)
    best = periods.families(same)[0][0]
    return {"url": f"{folder}/{best}", "filename": str(Path(named["filename"]).with_name(best))}


_ROOTS: dict[str, str | None] = {}  # of each mission, as pyspedas has it


def _call(order: dict) -> None:
    tempfile.tempdir = order["folder"]
    mission = order["call"].split(".")[0]
    config = importlib.import_module(f"pyspedas.projects.{mission}.config").CONFIG
    config["local_data_dir"] = order["folder"] + os.sep
    config["no_download"] = False
    own = _ROOTS.setdefault(mission, config.get("remote_data_dir"))
    if order["root"] or own:  # the order before may have set another
        config["remote_data_dir"] = order["root"] or own
    function = importlib.import_module("pyspedas.projects")
    for part in order["call"].split("."):
        name = f"{function.__name__}.{part}"
        function = getattr(function, part, None) or importlib.import_module(name)
    function(trange=order["trange"], downloadonly=True, **order["args"])


if __name__ == "__main__":
    sys.exit(main())
