"""The Explorer as a page, in a real Chromium: what a person does with mouse and keyboard."""

import re

import numpy as np
import pytest

from tests.browser import explorer as look
from tests.browser.harness import running_app

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
]
MINUTE = 60_000
SLOW = """
import sys, time
import smile_explore
from smile_explore.app.serve import serve

def load(product, *span, **options):
    if product == "themis.a.esa":
        time.sleep(45)
    return smile_explore.load(product, *span, **options)

serve(port=int(sys.argv[1]), load=load)
"""


def stamp(page, text: str) -> float:
    """Return a time of the table as Bokeh has it, ms."""
    return page.evaluate("t => Date.parse(t.replace(' ', 'T') + 'Z')", text)


def marked(page, share=(0.2, 0.25)) -> list[list[str]]:
    """Mark an interval in the first panel; return the rows of the time table."""
    panel = look.panels(page)[0]
    look.drag(page, look.at(panel, share[0]), look.at(panel, share[1]), shift=True)
    return look.until(page, lambda: look.rows(page))


def test_the_day_after_replaces_every_panel(app):
    before = look.panels(app)
    assert all(p["title"].startswith("SIMULATED") for p in before)
    app.get_by_role("button", name="›", exact=True).first.click()
    after = look.changed(app, before)
    assert after[0]["start"] == pytest.approx(before[0]["end"], abs=1)


def test_zooming_on_any_panel_moves_and_refills_all(app):
    for index in range(5):
        before = look.panels(app)
        app.mouse.move(*look.at(before[index], 0.6))
        app.mouse.wheel(0, -200)
        after = look.changed(app, before)
        assert len({(p["start"], p["end"]) for p in after}) == 1
        assert after[0]["end"] - after[0]["start"] < before[0]["end"] - before[0]["start"]


def test_the_cursor_follows_the_mouse_and_values_are_read_out(app):
    panel = look.panels(app)[0]
    table = app.locator("table", has_text="At the cursor")
    for share in (0.3, 0.8, 0.1):
        app.mouse.move(*look.at(panel, share))
        wanted = panel["start"] + share * (panel["end"] - panel["start"])
        per_pixel = (panel["end"] - panel["start"]) / panel["width"]
        look.until(app, lambda t=wanted, dt=per_pixel: abs(look.cursor(app) - t) < 2 * dt)
        value = look.nearest(app, 2, look.cursor(app))
        look.until(app, lambda v=value: f"Bz {v:.4g}\n" in table.inner_text())


def test_shift_drag_makes_an_interval_edges_move_it_and_undo_takes_it_back(app):
    panel = look.panels(app)[0]
    width = panel["end"] - panel["start"]
    (row,) = marked(app, (0.3, 0.4))
    assert row[2] == "omni.1min b"
    assert stamp(app, row[0]) == pytest.approx(panel["start"] + 0.3 * width, abs=MINUTE)
    look.drag(app, look.at(panel, 0.4), look.at(panel, 0.5))
    look.until(app, lambda: abs(stamp(app, look.rows(app)[0][1]) - panel["start"] - 0.5 * width) < 3 * MINUTE)  # fmt: skip
    app.mouse.move(*look.at(panel, 0.9))
    app.keyboard.press("Control+z")
    look.until(app, lambda: look.rows(app) == [row])
    app.keyboard.press("Control+z")
    look.until(app, lambda: look.rows(app) == [])


def test_cells_of_the_table_are_edited_and_a_wrong_time_is_refused(app):
    (row,) = marked(app)
    app.locator(".tabulator-row.tabulator-selected").scroll_into_view_if_needed()
    label, start = (app.locator(f".tabulator-cell[tabulator-field='{f}']") for f in ("label", "start"))  # fmt: skip
    look.until(app, lambda: label.click() or label.locator("input").is_visible())
    app.keyboard.type("turning")
    app.keyboard.press("Enter")
    look.until(app, lambda: look.rows(app)[0][3] == "turning")
    look.until(app, lambda: start.click() or start.locator("input").is_visible())
    app.keyboard.press("Control+a")
    app.keyboard.type("yesterday-ish")
    app.keyboard.press("Enter")
    look.until(app, lambda: "is no start" in look.message(app))
    look.until(app, lambda: look.rows(app)[0][0] == row[0])


def test_everything_by_keyboard_alone(app):
    before = look.view(app)
    app.keyboard.press("m")
    first = look.cursor(app)
    app.keyboard.press("Shift+ArrowRight")
    look.until(app, lambda: look.cursor(app) - first == 10 * MINUTE)
    app.keyboard.press("ArrowRight")
    look.until(app, lambda: look.cursor(app) - first == 11 * MINUTE)
    app.keyboard.press("m")
    look.until(app, lambda: len(look.rows(app)) == 1)
    app.keyboard.press("f")
    width = 110 * MINUTE
    look.until(app, lambda: abs(look.view(app)[1] - look.view(app)[0] - width) < MINUTE)
    app.keyboard.press("[")
    look.until(app, lambda: look.view(app) == pytest.approx(before, abs=1))
    app.keyboard.press("Delete")
    look.until(app, lambda: look.rows(app) == [])


def test_the_main_controls_are_reached_by_tab_and_show_their_focus(app):
    names, outlines = [], []
    for _ in range(40):
        app.keyboard.press("Tab")
        name, outline = app.evaluate(_FOCUS)
        names.append(name)
        outlines.append(outline)
    for wanted in ("Event", "event ›", "›", "+", "Reset", "Cursor in the view"):
        assert any(wanted in n for n in names), f"{wanted} is not among {names}"
    assert [n for n, o in zip(names, outlines, strict=True) if o == "0px"] == []


_FOCUS = """() => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    const text = at.getAttribute('aria-label') || at.labels?.[0]?.textContent || at.textContent;
    const style = getComputedStyle(at);
    return [text.trim().slice(0, 60), style.outlineStyle === 'none' ? '0px' : style.outlineWidth];
}"""


def test_intervals_survive_a_reload_and_are_this_browser_s_own(app, served, chromium):
    kept = marked(app)
    app.goto(served.url)
    look.ready(app)
    assert look.rows(app) == kept
    other = chromium.new_page(viewport={"width": 1400, "height": 1000})
    other.goto(served.url)
    look.ready(other)
    assert look.rows(other) == []
    other.close()


def test_intervals_survive_another_start_of_the_server(app, served, tmp_path):
    kept = marked(app)
    (tmp_path / "cache").symlink_to(served.cache)
    with running_app(tmp_path) as again:
        app.goto(again.url)
        look.ready(app)
        assert look.rows(app) == kept
        app.goto("about:blank")  # before the server goes


def test_a_condition_is_found_and_a_mistake_is_underlined(app):
    field = app.get_by_label("Find intervals where (Enter)")
    field.fill("b_z < -5 for >= 10min")
    field.press("Enter")
    app.get_by_text(re.compile(r"^1 found")).wait_for(timeout=30_000)
    look.until(app, lambda: len(look.rows(app)) == 1)
    field.fill("b_q < -5")
    field.press("Enter")
    app.get_by_role("alert").wait_for(timeout=30_000)
    assert app.locator("u").inner_text() == "b_q"
    assert len(look.rows(app)) == 1


def test_a_detector_fills_the_table_and_n_frames_what_it_found(app):
    app.get_by_label("or detect").select_option("southward turnings")
    app.get_by_text(re.compile(r"^\d+ found")).wait_for(timeout=30_000)
    rows = look.until(app, lambda: look.rows(app))
    assert {r[2] for r in rows} == {"southward turning"}
    before = look.panels(app)
    app.mouse.click(*look.at(before[0], 0.001))
    app.keyboard.press("n")
    after = look.changed(app, before)
    assert after[0]["end"] - after[0]["start"] < before[0]["end"] - before[0]["start"]


def test_a_panel_is_removed_by_its_menu_and_moved_by_its_axis(app):
    before = look.panels(app)
    app.mouse.click(*look.at(before[1], 0.5), button="right")
    app.get_by_role("menuitem", name="Remove panel").click()
    after = look.until(app, lambda: len(p := look.panels(app)) == len(before) - 1 and p)
    look.drag(app, (after[3]["x"] - 30, after[3]["y"] + 40), look.at(after[0], 0.5))
    look.until(app, lambda: look.panels(app)[0]["title"] == after[3]["title"] != after[0]["title"])


_FRAMES = f"""() => {{
    window.seen = [];
    const frame = () => {{
        window.seen.push(({look._NAMED})('cursor').location);
        requestAnimationFrame(frame);
    }};
    frame();
}}"""


def test_the_cursor_never_goes_back_to_where_the_mouse_was(app):
    panel = look.panels(app)[1]
    app.mouse.move(*look.at(panel, 0.1))
    look.until(app, lambda: look.cursor(app) < panel["start"] + 0.15 * (panel["end"] - panel["start"]))  # fmt: skip
    app.evaluate(_FRAMES)
    for share in np.linspace(0.1, 0.9, 100):
        app.mouse.move(*look.at(panel, share))
        app.wait_for_timeout(15)
    app.wait_for_timeout(1000)  # the last answers of the server
    seen = app.evaluate("() => window.seen")
    assert seen == sorted(seen)
    assert len(set(seen)) > 10
    app.keyboard.press("ArrowLeft")  # what the reader asks for otherwise is done
    look.until(app, lambda: look.cursor(app) < seen[-1])


def test_a_click_holds_the_cursor_while_the_mouse_leaves_and_another_lets_it_go(app):
    panel = look.panels(app)[1]
    for let_go in (lambda: app.mouse.click(*look.at(panel, 0.5)), lambda: app.keyboard.press("Escape")):  # fmt: skip
        app.mouse.click(*look.at(panel, 0.3))
        look.until(app, lambda: "held" in look.message(app))
        there = look.cursor(app)
        app.mouse.move(*look.at(panel, 0.8))
        app.wait_for_timeout(500)
        assert look.cursor(app) == there
        app.keyboard.press("ArrowRight")
        look.until(app, lambda t=there: look.cursor(app) > t)
        let_go()
        look.until(app, lambda: "held" not in look.message(app))
        app.mouse.move(*look.at(panel, 0.7))
        wanted = panel["start"] + 0.7 * (panel["end"] - panel["start"])
        look.until(app, lambda t=wanted: abs(look.cursor(app) - t) < 5 * MINUTE)


_COUNTED = f"""() => {{
    const ask = CSSStyleDeclaration.prototype.getPropertyValue;
    window.asked = [];
    CSSStyleDeclaration.prototype.getPropertyValue = function (name) {{
        if (name.startsWith('--bk-')) window.asked.push(name);
        return ask.call(this, name);
    }};
    window.told = [];
    const bridge = ({look._NAMED})('bridge');
    bridge.properties.data.change.connect(() => window.told.push(JSON.parse(bridge.data.m[0]).do));
}}"""


def test_a_zoom_asks_few_style_sheets_and_does_not_tell_of_a_mouse_at_rest(app):
    before = look.panels(app)
    app.mouse.move(*look.at(before[0], 0.6))
    app.wait_for_timeout(1000)
    app.evaluate(_COUNTED)
    app.mouse.wheel(0, -200)
    after = look.changed(app, before)
    app.mouse.move(*look.at(after[0], 0.6))
    app.wait_for_timeout(500)
    # ten thousand times otherwise; parts of colour bars belong to no document and still ask
    assert len(app.evaluate("() => window.asked")) < 1000
    assert app.evaluate("() => window.told") == []
    app.mouse.move(*look.at(after[0], 0.7))
    look.until(app, lambda: app.evaluate("() => window.told") == ["cursor"])


def test_a_lag_moves_what_was_measured_at_l1_and_refuses_what_is_at_the_nose(app):
    slider = app.locator(".noUi-handle").last
    slider.focus()
    app.keyboard.press("ArrowRight")
    look.until(app, lambda: "not shifted again" in look.message(app))
    look.add_panel(app, "ace.mfi", ["b", "pos", "|b|", "|pos|"], "b")
    look.ready(app, 10)
    slider.focus()
    app.keyboard.press("PageUp")
    look.until(app, lambda: "ace.mfi:b:GSM: measured at L1, drawn thin; shifted by" in look.message(app))  # fmt: skip
    app.get_by_role("button", name="Estimate").click()
    look.until(app, lambda: "95 %" in look.message(app), 60)


def test_a_long_load_shows_how_far_it_is_is_cancelled_and_asked_for_again(page, tmp_path):
    with running_app(tmp_path, script=SLOW) as slow:
        page.goto(slow.url)
        ready = look.until(
            page, lambda: len([p for p in look.panels(page) if p["values"]]) >= 6, 60
        )
        assert ready
        assert re.search(r"\d+ of \d+ done", look.message(page))
        page.get_by_role("button", name="Cancel").click()
        look.until(page, lambda: "Cancelled" in look.message(page))
        assert len([p for p in look.panels(page) if p["values"]]) >= 6
        page.get_by_role("button", name="Retry").click()
        look.ready(page, seconds=120)
        assert "Cancelled" not in look.message(page)


def test_a_keogram_is_added_from_the_drawer_and_follows_the_axis_and_the_cursor(app):
    look.add_panel(app, "smile.uvi", ["grid"])
    shown = look.ready(app, 10)[-1]
    assert shown["title"].startswith("SIMULATED · brightness, mean of 21 to 03 MLT, smile.uvi")
    assert app.evaluate(_KEOGRAM)["axis"] == [50, 90]
    table = app.locator("table", has_text="At the cursor")
    look.until(app, lambda: "brightest at 6" in table.inner_text())
    before = look.view(app)
    app.get_by_role("button", name="‹", exact=True).first.click()
    look.until(app, lambda: look.view(app)[1] == pytest.approx(before[0], abs=1))
    # first image 00:00:26 UT, then those of 02:30, 02:40 and 02:50 are missing: that is blank
    blank = look.until(app, lambda: len(b := app.evaluate(_KEOGRAM)["blank"]) == 3 and b)
    assert blank == pytest.approx([24 * 60 - 4.6, 2 * 60 + 25.4, 2 * 60 + 55.4], abs=1)


_KEOGRAM = """() => {
    const figure = Bokeh.documents.flatMap(d => [...d._all_models.values()])
        .find(m => m.title?.text?.includes('21 to 03 MLT'));
    const {image, x, dw} = figure.renderers.find(r => r.glyph.type === 'Image').data_source.data;
    const [rows, columns] = image[0].shape;
    const none = k => [...Array(rows).keys()].every(row => isNaN(image[0][row * columns + k]));
    const blank = [...Array(columns + 1).keys()].filter(k => k > 0 && k < columns && none(k) !== none(k - 1));
    const minute = k => ((x[0] + k * dw[0] / columns) % 864e5) / 6e4;
    return {axis: [figure.y_range.start, figure.y_range.end], blank: blank.map(minute)};
}"""
