"""The Explorer as a page: a Panel server for this machine alone, also behind a proxy's prefix."""

import panel as pn

from smile_explore.app.choices import REHEARSAL
from smile_explore.app.explorer import Explorer
from smile_explore.app.state import Study
from smile_explore.app.store import Store
from smile_explore.errors import SmileExploreError


def page(store: Store, event: str = REHEARSAL):
    """Return one session's page: the study of ``?study=``, else an event, in ``?theme=``."""
    arguments = pn.state.session_args
    given = {k: arguments[k][0].decode("utf-8", "replace") for k in ("study", "theme") if k in arguments}  # fmt: skip
    fault, study = "", None
    try:
        study = Study.from_query(given["study"]) if "study" in given else None
    except SmileExploreError as err:
        fault = str(err)
    theme = given.get("theme") if given.get("theme") in ("light", "dark") else "light"
    if study is not None and "theme" in given:
        study.theme = theme
    explorer = Explorer(event, study=study, theme=theme, store=store)
    if fault:
        explorer.message = fault
    return explorer


def serve(
    *, port: int = 5006, show: bool = False, event: str = REHEARSAL, prefix: str = "", load=None
):
    """Run the server until it is stopped; return nothing before."""
    import smile_explore

    pn.extension("tabulator")
    store = Store(load or smile_explore.load)
    return pn.serve(
        {"explorer": lambda: page(store, event)},
        port=port, address="127.0.0.1", show=show, title="smile_explore", prefix=prefix,
        websocket_origin=[f"127.0.0.1:{port}", f"localhost:{port}"], threaded=False, verbose=False,
        index=None,
    )  # fmt: skip
