"""Work beside the page: it comes back in its turn, is told when it fails, and can be cancelled."""

import asyncio
import threading
from types import SimpleNamespace

import pytest
from bokeh.document import Document
from bokeh.io.doc import curdoc, set_curdoc
from bokeh.models import Range1d, Span

from smile_explore.app.loads import Job, Loads, beside, send_changes, together
from smile_explore.errors import ServerError


class Page:
    """Notes what a page would show, and when all was done."""

    def __init__(self):
        self.shown, self.told, self.progress, self.ends = [], [], [], 0
        self.loads = Loads(self._report, self._end, self.told.append)

    def _report(self, done, total, title):
        self.progress.append((done, total, title))

    def _end(self):
        self.ends += 1

    def job(self, title, make):
        return Job(title, make, self.shown.append)


def fail():
    message = "example.org answered 500: try again later."
    raise ServerError(message)


@pytest.fixture
def page():
    return Page()


async def quiet(page):
    for _ in range(500):
        if not page.loads.is_busy:
            return
        await asyncio.sleep(0.01)


def test_in_a_script_jobs_run_at_once(page):
    page.loads.start([page.job("a", lambda: 1), page.job("b", lambda: 2)])
    assert page.shown == [1, 2]
    assert page.progress == [(1, 2, "a"), (2, 2, "b")]
    assert page.ends == 1


def test_beside_a_loop_jobs_run_in_threads_and_are_shown_in_its_own(page):
    async def act():
        page.loads.start([page.job("a", threading.get_ident)])
        assert page.shown == []
        await quiet(page)

    asyncio.run(act())
    assert page.shown != [threading.get_ident()]
    assert page.ends == 1


def test_a_long_load_is_cancelled_and_what_comes_late_is_not_shown(page):
    gate = threading.Event()

    async def act():
        page.loads.start([page.job("slow", lambda: gate.wait(5) and "late")])
        page.loads.cancel()
        assert not page.loads.is_busy
        gate.set()
        page.loads.start([page.job("next", lambda: "next")])
        await quiet(page)
        await asyncio.sleep(0.1)

    asyncio.run(act())
    assert page.shown == ["next"]


@pytest.mark.parametrize("served", [False, True], ids=["script", "loop"])
def test_a_failure_is_one_sentence_and_the_others_go_on(page, served):
    async def act():
        page.loads.start([page.job("bad", fail), page.job("good", lambda: 1)])
        await quiet(page)

    if served:
        asyncio.run(act())
    else:
        page.loads.start([page.job("bad", fail), page.job("good", lambda: 1)])
    assert page.told == ["example.org answered 500: try again later."]
    assert page.shown == [1]
    assert page.ends == 1


def test_a_fault_of_the_program_is_told_as_one(page):
    async def act():
        page.loads.start([page.job("odd", lambda: 1 / 0)])
        await quiet(page)

    asyncio.run(act())
    assert "odd failed (ZeroDivisionError" in page.told[0]
    assert page.ends == 1


def test_a_picture_that_fails_does_not_leave_the_page_waiting(page):
    with pytest.raises(ZeroDivisionError):
        page.loads.start([Job("picture", lambda: 0, lambda made: 1 / made)])
    assert page.ends == 1
    assert not page.loads.is_busy


def test_one_more_job_joins_those_under_way(page):
    page.loads.also(page.job("search", lambda: 3))
    assert page.shown == [3]
    assert page.progress[-1] == (1, 1, "search")


def test_a_download_that_fails_is_told():
    told = []
    with pytest.raises(ServerError):
        asyncio.run(beside(fail, told.append)())
    assert told == ["example.org answered 500: try again later."]


def test_changes_between_the_page_s_pull_and_its_word_that_it_is_ready_are_sent():
    document, span, sent = Document(), Span(location=0), []
    document.add_root(span)
    context = SimpleNamespace(session=None)
    document._session_context = lambda: context
    document.on_change(lambda event: sent.append(event.attr))
    before = curdoc()
    set_curdoc(document)
    try:
        with together():
            span.location = 1
            assert sent == [], "all at once, at the end"
    finally:
        set_curdoc(before)
    assert sent == ["location"]


def test_a_notebook_s_page_is_not_sent_back_what_it_has_told():
    document, axis, cursor, sent = Document(), Range1d(0, 1), Span(location=0), []
    for model in (axis, cursor):
        document.add_root(model)
    document.hold("combine")
    told = [{"kind": "ModelChanged", "model": axis.ref, "attr": "end", "new": 3.0}]
    document.apply_json_patch({"events": told}, setter="the page")
    cursor.location = 2
    send_changes(document, SimpleNamespace(_comm=True, send=lambda *a, **_: sent.append(a)))
    content = "".join(str(part) for parts in sent for part in parts)
    assert axis.end == 3
    assert '"location"' in content
    assert '"end"' not in content
    assert document.callbacks._held_events == []


def test_a_message_of_the_page_while_python_is_at_work_loses_no_change():
    sent, document, axis, cursor = [], Document(), Range1d(start=0, end=1), Span(location=1)
    comm = SimpleNamespace(_comm=True, send=lambda *a, **_: sent.append(a))
    for model in (axis, cursor):
        document.add_root(model)
    document.hold()
    send_changes(document, comm)
    sent.clear()
    cursor.location = 5
    document.hold()  # what Panel does for each message that comes in
    axis.trigger("end", 1, 3, setter="the page")
    document.unhold()
    document.hold("combine")
    send_changes(document, comm)
    content = "".join(str(part) for parts in sent for part in parts)
    assert '"location"' in content
    assert document.callbacks._held_events == []
