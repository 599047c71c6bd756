"""Loads that take their time: beside the page on a server, in line in a notebook.

On a server each job runs in a thread and its result comes back to the page when the page is
ready for it; what was cancelled is not shown. A notebook's kernel can do one thing at a time:
there the jobs run one after the other, between cells. In a script they run at once.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import panel as pn

#: Shared by all sessions of a server: a source's files are read by few threads at a time.
_POOL = ThreadPoolExecutor(max_workers=4, thread_name_prefix="smile-explore-load")


@dataclass(frozen=True)
class Job:
    """Something to load, and what to do with it then."""

    title: str
    make: Callable[[], Any]
    show: Callable[[Any], None]


class Loads:
    """The jobs of one page; `report(done, total, title)` tells how far they are."""

    def __init__(self, report, finished):
        self._report, self._finished = report, finished
        self._round, self._futures, self._left = 0, [], 0

    @property
    def is_served(self) -> bool:
        """Whether there is a page of a server to come back to."""
        doc = pn.state.curdoc
        return doc is not None and doc.session_context is not None

    def soon(self, act: Callable[[], Any]) -> None:
        """Do something to bare Bokeh models: a server asks for the document's lock first.

        Panel calls the watchers of widgets without that lock; Bokeh then refuses changes.
        """
        if self.is_served:
            pn.state.curdoc.add_next_tick_callback(act)
        else:
            act()

    @property
    def is_notebook(self) -> bool:
        """Whether a kernel with an event loop shows the page between its cells."""
        return not self.is_served and _loop() is not None

    @property
    def is_busy(self) -> bool:
        """Whether results are still to come."""
        return self._left > 0

    def start(self, jobs: list[Job]) -> None:
        """Do these jobs instead of those that are under way."""
        self.cancel()
        self._left = len(jobs)
        if self.is_served:
            doc = pn.state.curdoc
            for job in jobs:
                self._futures.append(_POOL.submit(self._work, doc, self._round, job, len(jobs)))
        elif (loop := _loop()) is not None:
            loop.call_later(0.1, self._next, loop, self._round, list(jobs), len(jobs))
        else:
            for job in jobs:
                self._deliver(self._round, job, job.make(), len(jobs))
        if not jobs:
            self._finished()

    def _next(self, loop, number: int, jobs: list[Job], total: int) -> None:
        """Do one job of a notebook between its cells, so that what is there is seen already."""
        if number != self._round:
            return
        job = jobs.pop(0)
        self._deliver(number, job, job.make(), total)
        if jobs:
            loop.call_later(0.02, self._next, loop, number, jobs, total)

    def cancel(self) -> None:
        """Drop what is under way; what is being read goes on unseen, and is kept if it comes."""
        self._round += 1
        self._left = 0
        for future in self._futures:
            future.cancel()
        self._futures = []

    def _work(self, doc, number: int, job: Job, total: int) -> None:
        if number != self._round:
            return
        made = job.make()
        doc.add_next_tick_callback(lambda: self._deliver(number, job, made, total))

    def _deliver(self, number: int, job: Job, made, total: int) -> None:
        if number != self._round:
            return
        self._left -= 1
        job.show(made)
        self._report(total - self._left, total, job.title)
        if not self._left:
            self._finished()


def _loop():
    """Return the event loop that runs a notebook's kernel, or None in a script."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
