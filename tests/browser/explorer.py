"""What the tests of the Explorer share: its models in the page, as a reader's mouse meets them."""

import time

_ALL = """(window.Bokeh?.documents ?? []).flatMap(d => [...d._all_models.values()])"""
_NAMED = f"""name => {_ALL}.find(m => (m.name ?? '').startsWith(name + '-'))"""
# asked for in every frame while a test waits: a view is looked for once, as Bokeh walks through all of them
_VIEW = """m => {
    const views = window.views_of_tests ??= new WeakMap();
    if (!views.get(m)?.el?.isConnected) views.set(m, Bokeh.index.find_one(m));
    return views.get(m);
}"""
_PANELS = f"""() => {_ALL}
    .filter(m => (m.name ?? '').startsWith('panel-'))
    .map(m => ({{m, view: ({_VIEW})(m)}}))
    .filter(f => f.view?.el?.isConnected && f.view.frame)
    .map(({{m, view}}) => {{
        const box = view.el.getBoundingClientRect(), frame = view.frame.bbox;
        const data = m.renderers.map(r => r.data_source?.data ?? {{}}).filter(d => d.y?.length || d.image?.length);
        const mark = data.map(d => d.image ? `${{d.x[0]}} ${{d.dw[0]}}` : [d.y.length, d.x[0], d.x[d.x.length >> 1], d.x.at(-1)].join(' '));
        return {{
            x: box.x + frame.left, y: box.y + frame.top, width: frame.width, height: frame.height,
            start: m.x_range.start, end: m.x_range.end, mark: mark.join(' '), title: m.title?.text ?? '',
            values: data.length,
        }};
    }}).sort((a, b) => a.y - b.y)"""


def panels(page) -> list[dict]:
    """Return each panel: its frame in the window, its time range, and a mark of its data."""
    return page.evaluate(_PANELS)


_IS_LOADED = f"""count => ({_PANELS})().filter(p => p.values).length >= count
    && ({_NAMED})('bridge').tags[0] === 'loaded'"""


def ready(page, count: int = 9, seconds: float = 240) -> list[dict]:
    """Wait until so many panels have data and nothing more is under way; return them."""
    page.wait_for_function(f"count => ({_IS_LOADED})(count)", arg=count, timeout=1000 * seconds)
    return panels(page)


def until(page, check, seconds: float = 30):
    """Ask again and again until an answer is true, and return it; fail with the last answer."""
    end, answer = time.monotonic() + seconds, None
    while time.monotonic() < end:
        answer = check()
        if answer:
            return answer
        page.wait_for_timeout(100)
    message = f"not within {seconds} s, the last answer was {answer!r}"
    raise AssertionError(message)


def at(panel, share, y=0.5) -> tuple[float, float]:
    """Return a point of a panel's frame, as shares of its width and height."""
    return panel["x"] + share * panel["width"], panel["y"] + y * panel["height"]


def message(page) -> str:
    """Return what the page tells."""
    return " ".join(page.locator("[role=status]").all_inner_texts())


def copied(page, what: str) -> str:
    """Press a button of the drawer "Share and export"; return the text that it shows."""
    drawer = page.get_by_role("button", name=what, exact=True)
    if not drawer.is_visible():
        page.get_by_text("Share and export").click()
    drawer.click()
    field = page.get_by_label("Script, study or link, to copy")
    return until(page, field.input_value)


def downloaded(page, what: str, folder):
    """Press a download button of the drawer; return the path of the file."""
    button = page.get_by_role("button", name=what)
    if not button.is_visible():
        page.get_by_text("Share and export").click()
    with page.expect_download(timeout=90_000) as download:
        button.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def cursor(page) -> float:
    return page.evaluate(f"() => ({_NAMED})('cursor').location")


def view(page) -> tuple[float, float]:
    first = panels(page)[0]
    return first["start"], first["end"]


def changed(page, before: list[dict], seconds: float = 20) -> list[dict]:
    """Wait until every panel shows other data than before."""
    marks = [p["mark"] for p in before]
    page.wait_for_function(
        f"marks => {{ const now = ({_PANELS})(); return now.length === marks.length && now.every((p, i) => p.mark !== marks[i]); }}",
        arg=marks, timeout=1000 * seconds,
    )  # fmt: skip
    return panels(page)


def nearest(page, line: int, ms: float) -> float:
    """Return what a line of the first panel has at the sample nearest to a time."""
    return page.evaluate(
        f"""([line, ms]) => {{
            const figure = {_ALL}.filter(m => (m.name ?? '').startsWith('panel-'))
                .map(m => ({{m, view: Bokeh.index.find_one(m)}})).filter(f => f.view?.el?.isConnected)
                .sort((a, b) => a.view.el.getBoundingClientRect().top - b.view.el.getBoundingClientRect().top)[0].m;
            const {{x, y}} = figure.renderers.filter(r => r.glyph?.type === 'Line').map(r => r.data_source.data)
                .filter(d => d.y?.length)[line];
            let best = 0;
            for (let i = 0; i < x.length; i++) if (Math.abs(x[i] - ms) < Math.abs(x[best] - ms)) best = i;
            return y[best];
        }}""",
        [line, ms],
    )  # fmt: skip


def rows(page) -> list[list[str]]:
    """Return the time table as it stands on the page; a row not laid out yet is none."""
    return page.locator(".tabulator-row").evaluate_all(
        """rows => rows.map(row => [...row.querySelectorAll(".tabulator-cell")]
            .filter(cell => cell.getClientRects().length).map(cell => cell.innerText))
            .filter(cells => cells.length)"""
    )


def drag(page, start, stop, *, shift: bool = False) -> None:
    """Drag the mouse from a point to another."""
    if shift:
        page.keyboard.down("Shift")
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*stop, steps=6)
    page.mouse.up()
    if shift:
        page.keyboard.up("Shift")


def add_panel(page, product: str, variables: list[str] | None = None, variable: str = "") -> None:
    """Add a panel through the drawer; look first that it offers these variables and no others."""
    page.get_by_text("Panels", exact=True).click()
    field = page.get_by_label("Product (part of its name)")
    field.click()
    page.keyboard.press("Control+a")
    page.keyboard.type(product)
    page.keyboard.press("Enter")
    offered = page.get_by_label("Variable", exact=True)
    until(page, lambda: not variables or offered.locator("option").all_inner_texts() == variables)
    if variable:
        offered.select_option(variable)
    page.get_by_role("button", name="+ panel").click()


def into_view(page) -> None:
    """Scroll a notebook to the Explorer's cell."""
    page.evaluate("""async () => {
        await window.jupyterapp.shell.currentWidget.content.scrollToItem(3, 'start');
        document.querySelector('.smile-explore')?.scrollIntoView();
    }""")
