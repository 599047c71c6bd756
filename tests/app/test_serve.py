"""The server's own work must not touch the page of a reader who comes meanwhile."""

import threading
from types import SimpleNamespace

from bokeh.document import Document
from bokeh.io.doc import curdoc, set_curdoc

from smile_explore.app.serve import warm
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
