"""Work that takes its time, beside the page: loads, searches, estimates.

Each job runs in a thread; its result comes back when the page (or the notebook's kernel, between
two cells) is ready for it, and what was cancelled is not shown. In a script jobs run at once.
"""

import asyncio
import logging
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import panel as pn

from smile_explore.errors import SmileExploreError

#: Shared by all sessions of a server. More threads than processors: a thread that waits for a
#: slow archive, its page long gone, must not keep the others from reading what is at hand.
_POOL = ThreadPoolExecutor(max_workers=8, thread_name_prefix="smile-explore-load")
#: Of these one page may use so many at a time: sixty panels of one keep no other waiting.
_SHARE = 4
_KEEPING = weakref.WeakSet()
log = logging.getLogger(__name__)


def together():
    """Return a context whose changes of models reach the page as one message, in their order.

    Without it Bokeh and Panel send in two queues, and the data of a new figure may arrive
    before the figure. A notebook gathers changes until the Explorer pushes them.
    """
    if not is_served():
        return nullcontext()
    doc = pn.state.curdoc
    return pn.io.hold() if pn.state._connected.get(doc) else _held(doc)


@contextmanager
def _held(doc):
    """Hold changes as Bokeh does, until the page has said that it is ready.

    Panel's own `hold` drops them till then, also what changes after the page has pulled its
    document: it would wait for ever for panels that had come.
    """
    doc.hold("combine")
    try:
        yield
    finally:
        doc.unhold()


def soon(act: Callable[[], Any]) -> None:
    """Do something to bare Bokeh models: a server asks for the document's lock first.

    Panel calls the watchers of widgets without that lock; Bokeh then refuses changes.
    """

    def locked():
        with together():
            act()

    if is_served():
        pn.state.curdoc.add_next_tick_callback(locked)
    else:
        act()


def send_changes(doc, comm) -> None:
    """Send a notebook's page what Python has changed, as one message.

    Not what the page has told: it would come back when the reader has moved on, and undo that.
    (`pn.io.push_notebook` sends two messages for every array, and JupyterLab takes its time over
    each.)
    """
    _keep_changes(doc)
    held = doc.callbacks
    held._held_events = [e for e in held._held_events if getattr(e, "setter", None) is None]
    pn.io.notebook.push(doc, comm, binary=False)


def _keep_changes(doc) -> None:
    """Keep what is held for a notebook's page when a message of the page comes in between.

    A kernel may take in a message while Python is at work; Panel then lets go all that is held,
    and a page that missed the end of a load would wait for ever.
    """
    if doc in _KEEPING:
        return
    _KEEPING.add(doc)
    held = doc.callbacks

    def keep(event):
        if getattr(event, "setter", None) is None:
            held._held_events.append(event)

    doc.on_change(keep)


def beside(make: Callable[[], Any], tell: Callable[[str], Any]) -> Callable:
    """Return a download's callback that makes its file in a thread, while the page goes on."""

    async def made():
        try:
            return await asyncio.to_thread(make)
        except SmileExploreError as err:
            tell(str(err))
            raise

    return made


def is_served() -> bool:
    """Say whether there is a page of a server to come back to."""
    doc = pn.state.curdoc
    return doc is not None and doc.session_context is not None


@dataclass(frozen=True)
class Job:
    """Something to do, and what to show then; its failure is told by `fail`, or by the page."""

    title: str
    make: Callable[[], Any]
    show: Callable[[Any], Any]
    fail: Callable[[SmileExploreError], Any] | None = None


class Loads:
    """The jobs of one page.

    `report(done, total, title)` tells how far they are, `finished()` that all are done, and
    `failed(text)` what went wrong with one that has no `fail` of its own.
    """

    def __init__(self, report, finished, failed=None):
        self._report, self._finished, self._failed = report, finished, failed or (lambda _: None)
        self._round, self._futures, self._left, self._total = 0, [], 0, 0
        self._waiting, self._running = deque(), 0

    @property
    def is_served(self) -> bool:
        """Whether there is a page of a server to come back to."""
        return is_served()

    def soon(self, act: Callable[[], Any]) -> None:
        """Do what a person asks for, by `soon`; what cannot be done is told by the page."""

        def attempt():
            try:
                act()
            except SmileExploreError as err:
                self._failed(str(err))

        soon(attempt)

    @property
    def is_notebook(self) -> bool:
        """Whether a kernel with an event loop shows the page between its cells."""
        return not is_served() and _loop() is not None

    @property
    def is_busy(self) -> bool:
        """Whether results are still to come."""
        return self._left > 0

    def start(self, jobs: list[Job]) -> None:
        """Do these jobs instead of those that are under way."""
        self.cancel()
        self._left = self._total = len(jobs)
        for job in jobs:
            self._begin(job)
        if not jobs:
            self._finished()

    def also(self, job: Job) -> None:
        """Do one more job beside those that are under way."""
        self._total = self._total + 1 if self._left else 1
        self._left += 1
        self._report(self._total - self._left, self._total, job.title)
        self._begin(job)

    def cancel(self) -> None:
        """Drop what is under way; what is being read goes on unseen, and is kept if it comes."""
        self._round += 1
        self._left = 0
        for future in self._futures:
            future.cancel()
        self._futures, self._running = [], 0
        self._waiting.clear()

    def in_turns(self, act: Callable[[], bool]) -> None:
        """Do something in small parts until it says that it is done, other pages between them.

        It counts as one of the jobs; what begins others drops the rest of it.
        """
        back, number = _way_back(), self._round
        self._left, self._total = self._left + 1, self._total + 1

        def turn():
            if number != self._round:
                return
            with together():
                if not act():
                    back(turn)
                    return
                self._left -= 1
                if not self._left:
                    self._finished()

        back(turn)

    def _begin(self, job: Job) -> None:
        back = _way_back()
        if back is None:
            self._deliver(self._round, job, _done(job))
            return
        self._waiting.append((job, back))
        self._submit()

    def _submit(self) -> None:
        """Begin what waits, as far as this page's share of the threads goes."""
        number = self._round
        while self._waiting and self._running < _SHARE:
            job, back = self._waiting.popleft()
            self._running += 1
            future = _POOL.submit(job.make)
            self._futures.append(future)
            future.add_done_callback(partial(self._ended, number, job, back))

    def _ended(self, number: int, job: Job, back, future: Future) -> None:
        """In the thread of a job: have its result shown, and the next begun, in the page's turn."""
        if not future.cancelled():
            back(lambda: self._deliver(number, job, future))

    def _deliver(self, number: int, job: Job, made: Future) -> None:
        if number != self._round:
            return
        self._left -= 1
        self._running -= 1
        self._submit()
        with together():
            try:
                self._hand_over(job, made)
            finally:  # a fault of one picture must not leave the page waiting for ever
                self._report(self._total - self._left, self._total, job.title)
                if not self._left:
                    self._finished()

    def _hand_over(self, job: Job, made: Future) -> None:
        error = made.exception()
        if error is None:
            job.show(made.result())
        elif isinstance(error, SmileExploreError):
            (job.fail or (lambda err: self._failed(str(err))))(error)
        else:
            log.error("%s failed", job.title, exc_info=error)
            self._failed(f"{job.title} failed ({type(error).__name__}: {error}): this is a fault of the program, please report it.")  # fmt: skip


def _done(job: Job) -> Future:
    """Do a job here and now; what is no SmileExploreError is raised."""
    future = Future()
    try:
        future.set_result(job.make())
    except SmileExploreError as err:
        future.set_exception(err)
    return future


def _way_back() -> Callable[[Callable], Any] | None:
    """Return how a thread has something done in this page's turn, or None in a script.

    The thread asks the event loop, not the document: what a thread adds to a document that just
    then sends its changes is lost.
    """
    loop, doc = _loop(), pn.state.curdoc
    if loop is None:
        return None
    if not is_served():
        return loop.call_soon_threadsafe
    context = doc.session_context

    def next_turn(act) -> None:
        if not context.destroyed:
            doc.add_next_tick_callback(act)

    return lambda act: loop.call_soon_threadsafe(next_turn, act)


def _loop():
    """Return the event loop that runs a notebook's kernel, or None in a script."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
