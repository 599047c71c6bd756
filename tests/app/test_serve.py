"""The server's own work must not touch the page of a reader who comes meanwhile."""

import gc
import threading
import weakref
from types import SimpleNamespace

from bokeh.document import Document
from bokeh.events import DocumentReady
from bokeh.io.doc import curdoc, set_curdoc
from bokeh.models import Div

from smile_explore.app.serve import _spare_collector, warm
from smile_explore.app.store import Store


def test_what_warms_the_server_leaves_a_reader_s_page_alone(load, monkeypatch):
    page, held, faults = Document(), [], []
    page._session_context = lambda: SimpleNamespace(session=None, destroyed=False)
    page.on_change(held.append)
    monkeypatch.setattr(page, "hold", held.append)
    monkeypatch.setattr(threading, "excepthook", faults.append)
    before = curdoc()
    set_curdoc(page)  # Bokeh has one current document for all threads
    try:
        warming = threading.Thread(target=warm, args=(Store(load),))
        warming.start()
        warming.join()
    finally:
        set_curdoc(before)
    assert load.calls
    assert faults == []
    assert held == []


def test_an_open_page_is_passed_over_by_the_collector_and_a_closed_one_is_not():
    page = Document()
    page.add_root(Div())  # refers to its document, and is referred to: only the collector frees it
    _spare_collector(page)
    page.callbacks.trigger_event(DocumentReady())
    held = weakref.ref(page)
    assert gc.get_freeze_count() > 0
    for closed in page.session_destroyed_callbacks:
        closed(None)
    assert gc.get_freeze_count() == 0
    del page, closed
    gc.collect()
    assert held() is None
