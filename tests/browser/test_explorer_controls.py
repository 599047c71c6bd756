"""Every control of the page, found by its role, is pressed: the page stays a page."""

import re

import pytest

from tests.browser import explorer as look

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
]
#: What a control must not leave behind in what the page says.
_UNWORDED = re.compile(r"\b(NaN|NaT|None|undefined|np\.\w+|datetime64|Traceback)\b|-0\.0\b")
_BUTTONS = """() => {
    const found = [];
    const walk = node => {
        for (const each of node.querySelectorAll('*')) {
            if (each.shadowRoot) walk(each.shadowRoot);
            if (each.matches('button, [role=button]')) found.push(each);
        }
    };
    walk(document);
    return window.buttons_of_tests = found.filter(e => {
        const style = getComputedStyle(e);
        return e.getClientRects().length && style.visibility === 'visible' && !e.disabled;
    });
}"""


def _state(page) -> dict:
    """Return what a press may not spoil: the figures' frames, their axes, the page's size."""
    panels = look.panels(page)
    return {
        "heights": {round(p["height"]) for p in panels},
        "widths": {round(p["width"]) for p in panels},
        "axes": {(p["start"], p["end"]) for p in panels},
        "page": page.evaluate("() => [document.documentElement.scrollWidth, innerWidth, document.documentElement.scrollHeight]"),
    }  # fmt: skip


def _check(page, what: str, before: dict) -> None:
    after = look.until(page, lambda: (s := _state(page)) and len(s["axes"]) == 1 and s, 30)
    wide, window, tall = after["page"]
    assert max(after["heights"]) <= max(before["heights"]) + 2, what
    assert max(after["widths"]) <= window, what
    assert wide <= window, what
    assert tall < before["page"][2] + 2500, (
        what
    )  # a drawer may open, the page may not grow without end
    assert page.faults == [], what
    assert not _UNWORDED.search(look.message(page)), f"{what}: {look.message(page)}"


def _labels(page) -> list[str]:
    return page.evaluate(f"() => ({_BUTTONS})().map(b => b.innerText.trim() || b.getAttribute('aria-label') || b.title)")  # fmt: skip


def _open_drawers(page) -> None:
    for title in ("Panels", "Images", "Share and export", "Data, sources and summary"):
        page.get_by_text(title, exact=True).click()
    look.until(page, lambda: page.get_by_role("button", name="Study bundle").is_visible())


_DRAGS = f"""() => [...new Set({look._ALL}.filter(m => (m.name ?? '').startsWith('panel-'))
    .filter(m => ({look._VIEW})(m)?.el?.isConnected)
    .flatMap(m => m.toolbar.tools.filter(t => t.active && t.type !== 'WheelZoomTool').map(t => t.type)))].join()"""


def test_drag_zooms_leaves_the_frames_as_they_are_and_zooms(app):
    before = look.panels(app)
    app.get_by_role("button", name="drag zooms").click()
    look.until(app, lambda: app.evaluate(_DRAGS) == "BoxZoomTool")
    app.wait_for_timeout(1500)  # a frame that grew did so with every layout
    assert [(p["height"], p["width"]) for p in look.panels(app)] == [(p["height"], p["width"]) for p in before]  # fmt: skip
    look.drag(app, look.at(before[2], 0.25), look.at(before[2], 0.5))
    after = look.changed(app, before)
    width = before[0]["end"] - before[0]["start"]
    assert after[0]["start"] == pytest.approx(before[0]["start"] + 0.25 * width, abs=0.01 * width)
    assert after[0]["end"] == pytest.approx(before[0]["start"] + 0.5 * width, abs=0.01 * width)
    app.get_by_role("button", name="drag pans").click()
    look.until(app, lambda: app.evaluate(_DRAGS) == "PanTool")
    look.drag(app, look.at(before[2], 0.5), look.at(before[2], 0.25))
    moved = look.changed(app, after)
    assert moved[0]["end"] - moved[0]["start"] == pytest.approx(0.25 * width, rel=0.02)
    assert [(p["height"], p["width"]) for p in moved] == [(p["height"], p["width"]) for p in before]


def test_every_button_is_pressed_and_the_page_stays_a_page(app):
    _open_drawers(app)
    before, pressed = _state(app), []
    names = list(dict.fromkeys(_labels(app)))
    assert len(names) > 30, names
    for name in names:
        # its place may have changed: ask again, by name
        done = app.evaluate(f"""name => {{
            const one = ({_BUTTONS})().find(b => (b.innerText.trim() || b.getAttribute('aria-label') || b.title) === name);
            one?.click();
            return !!one;
        }}""", name)  # fmt: skip
        app.wait_for_timeout(400)
        if done:
            pressed.append(name)
            _check(app, name, before)
    assert {"drag zooms", "drag pans", "Reset", "Estimate", "Measure", "+ panel"} <= set(pressed)


def test_every_choice_of_every_menu_and_slider_is_taken_and_the_page_stays_a_page(app):
    _open_drawers(app)
    before = _state(app)
    menus = app.get_by_role("combobox")
    for index in range(menus.count()):
        menu = menus.nth(index)
        if not menu.is_visible() or menu.evaluate("m => m.tagName") != "SELECT":
            continue
        label = menu.evaluate("m => m.labels?.[0]?.textContent ?? m.getAttribute('aria-label')")
        kept = menu.input_value()
        for value in [*menu.evaluate("m => [...m.options].map(o => o.value)")[:4], kept]:
            menu.select_option(value)
            app.wait_for_timeout(400)
            if label != "Event":
                _check(app, f"{label}: {value}", before)
    for handle in app.locator(".noUi-handle").all():
        handle.focus()
        for key in ("ArrowRight", "PageUp", "End", "Home"):
            handle.press(key)
        app.wait_for_timeout(400)
        _check(app, "slider", before)
