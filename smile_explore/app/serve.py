"""The Explorer as a page: a Panel server for this machine alone, also behind a proxy's prefix."""

import gc
import logging
import re
import threading
import uuid
import webbrowser
from pathlib import Path

import panel as pn
from bokeh.document import Document
from panel.io.state import set_curdoc

import smile_explore
from smile_explore import catalogue, settings
from smile_explore.app import study_text
from smile_explore.app.choices import REHEARSAL
from smile_explore.app.explorer import Explorer
from smile_explore.app.hosts import ANY, Names, guard
from smile_explore.app.state import Study
from smile_explore.app.store import Store
from smile_explore.errors import InputError, SmileExploreError
from smile_explore.paths import user_path
from smile_explore.times import shown

_COOKIE = "smile_explore"
_LAST_PORT = 65535


def page(store: Store, event: str = REHEARSAL):
    """Return one session's page: the study of ``?study=``, else an event, in ``?theme=``.

    The time table is that of ``?timetable=``, else this browser's own.
    """
    arguments = pn.state.session_args
    given = {k: arguments[k][0].decode("utf-8", "replace") for k in ("study", "theme", "timetable") if k in arguments}  # fmt: skip
    fault, study = "", None
    try:
        study = Study.from_query(given["study"]) if "study" in given else None
    except SmileExploreError as err:
        fault = str(err)
    theme = given.get("theme") if given.get("theme") in ("light", "dark") else "light"
    if study is not None and "theme" in given:
        study.theme = theme
    try:
        explorer = Explorer(event, study=study, theme=theme, store=store, timetable=given.get("timetable") or _browser())  # fmt: skip
    except SmileExploreError as err:  # the name of the time table, or the study's event
        fault = str(err)
        explorer = Explorer(event, theme=theme, store=store, timetable=_browser())
    if fault:
        explorer.tell(fault)
    _spare_collector(pn.state.curdoc)
    return explorer


def _spare_collector(doc: Document) -> None:
    """Let Python's collector of garbage pass over a page until one is closed.

    A page is 45,000 objects: with 25 pages each full collection would stop all for 0.8 s.
    """
    doc.on_event("document_ready", lambda _: gc.freeze())
    doc.on_session_destroyed(lambda _: gc.unfreeze())


def _browser() -> str:
    """Return the name of this browser's time table; a new browser is given one to keep.

    A cookie holds it: random, so that nobody guesses another's, and sent to this page alone.
    """
    from bokeh.models import CustomJS

    known = str(pn.state.cookies.get(_COOKIE, ""))
    name = known if re.fullmatch(r"browser-[0-9a-f]{32}", known) else f"browser-{uuid.uuid4().hex}"
    keep = f"document.cookie = `{_COOKIE}={name}; path=${{location.pathname}}; max-age=31536000; SameSite=Lax`"  # fmt: skip
    pn.state.curdoc.js_on_event("document_ready", CustomJS(code=keep))
    return name


def warm(store: Store, event: str = REHEARSAL) -> None:
    """Load what the first page needs, so that the first reader does not wait for it.

    For a document of its own: Bokeh's current one is the same for all threads, so this would
    else hold back, and lose, what a page that is opened meanwhile is to show.
    """
    with set_curdoc(Document()):
        Explorer(event, store=store, timetable="")


def address(port: int, prefix: str = "", study: Path | None = None) -> str:
    """Return the page's URL, with the state of a study file.

    Raises
    ------
    InputError
        If the file cannot be read or is no study.
    """
    url = f"http://127.0.0.1:{port}{'/' + prefix.strip('/') if prefix.strip('/') else ''}/explorer"
    if study is None:
        return url
    text = study_text.from_file(study)
    catalogue.user.use(user_path(study))
    return f"{url}?study={Study.from_yaml(text).to_query()}"


def _check(port: int, event: str) -> None:
    """Refuse what no page could be served with, before there is a server."""
    if not 0 <= port <= _LAST_PORT:
        message = f"Port {shown(port)} cannot be used: name one from 0 to {_LAST_PORT} with --port."
        raise InputError(message)
    if event != REHEARSAL:
        catalogue.event(event)


def serve(*, port: int = 5006, show: str = "", event: str = REHEARSAL, prefix: str = "", load=None, names=None):  # fmt: skip
    """Run the server until it is stopped, for this machine alone (127.0.0.1).

    Parameters
    ----------
    port : int
    show : str
        Address to open in the browser, once the server is up.
    event : str
        What a page starts with, unless its link says otherwise.
    prefix : str
        Path below which a proxy shows the page; links are relative, so most need none.
    load : callable, optional
        `smile_explore.load` by default.
    names : hosts.Names, optional
        What the server answers to; by default this machine's names with this port, and those
        of ``SMILE_EXPLORE_HOSTS``.

    Raises
    ------
    InputError
        If the port is taken or none, or a name is none.
    UnknownProductError
        If there is no such event.
    """
    _check(port, event)
    names = names or Names.of(port, settings.hosts())
    pn.extension("tabulator")
    store = Store(load or smile_explore.load)
    threading.Thread(target=warm, args=(store, event), daemon=True).start()
    if show:
        threading.Timer(1.5, webbrowser.open, [show]).start()
    logging.getLogger("bokeh.server.util").setLevel(logging.ERROR)  # it warns of ANY: see below
    try:
        server = pn.serve(
            {"explorer": lambda: page(store, event)},
            port=port, address="127.0.0.1", show=False, start=False, title="smile_explore", prefix=prefix,
            websocket_origin=[ANY], threaded=False, verbose=False, location=True,
        )  # fmt: skip
    except OSError as err:
        message = f"Port {port} cannot be used ({err.strerror or err}): name another with --port."
        raise InputError(message) from err
    guard(server._tornado, names)  # Bokeh knows no other way to it; hosts.py checks every origin
    server.start()
    server.io_loop.start()
