"""What the tests of the Explorer share: its models in the page, as a reader's mouse meets them."""

_ALL = """(window.Bokeh?.documents ?? []).flatMap(d => [...d._all_models.values()])"""
_NAMED = f"""name => {_ALL}.find(m => (m.name ?? '').startsWith(name + '-'))"""
_PANELS = f"""() => {_ALL}
    .filter(m => (m.name ?? '').startsWith('panel-'))
    .map(m => ({{m, view: Bokeh.index.find_one(m)}}))
    .filter(f => f.view?.el?.isConnected && f.view.frame)
    .map(({{m, view}}) => {{
        const box = view.el.getBoundingClientRect(), frame = view.frame.bbox;
        const data = m.renderers.map(r => r.data_source?.data ?? {{}}).filter(d => d.y?.length || d.image?.length);
        const mark = data.map(d => d.image ? `${{d.x[0]}} ${{d.dw[0]}}` : `${{d.y.length}} ${{d.x[d.x.length >> 1]}}`);
        return {{
            x: box.x + frame.left, y: box.y + frame.top, width: frame.width, height: frame.height,
            start: m.x_range.start, end: m.x_range.end, mark: mark.join(' '), title: m.title?.text ?? '',
            values: data.length,
        }};
    }}).sort((a, b) => a.y - b.y)"""


def panels(page) -> list[dict]:
    """Return each panel: its frame in the window, its time range, and a mark of its data."""
    return page.evaluate(_PANELS)


def ready(page, count: int = 9, seconds: float = 90) -> list[dict]:
    """Wait until so many panels have data; return them."""
    page.wait_for_function(f"() => ({_PANELS})().filter(p => p.values).length >= {count}", timeout=1000 * seconds)  # fmt: skip
    page.wait_for_timeout(1500)
    return panels(page)


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


def rows(page) -> list[list[str]]:
    """Return the time table as it stands on the page."""
    found = page.locator(".tabulator-row")
    return [[c.inner_text() for c in row.locator(".tabulator-cell:visible").all()] for row in found.all()]  # fmt: skip


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
    page.wait_for_timeout(300)
