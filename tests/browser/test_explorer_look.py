"""How the served Explorer looks: nothing overflows, every figure is drawn, all can use it."""

from pathlib import Path

import axe_playwright_python
import pytest

from tests.browser import explorer as look
from tests.browser.harness import figures, ink

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
]

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
DRAWERS = ("Panels", "Images", "Share and export", "Data, sources and summary")
# Tabulator makes its empty table's placeholder anew, without the roles that we give its parts
_VIOLATIONS = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
    .filter(v => v.impact === 'critical' || v.impact === 'serious')
    .map(v => ({...v, nodes: v.nodes.filter(n => !n.html.includes('tabulator-tableholder'))}))
    .filter(v => v.nodes.length)
    .map(v => `${v.impact} ${v.id}: ${v.nodes.map(n => n.html.slice(0, 120)).join(' | ')}`)"""


def shown(page, served, *, theme="light", width=1400):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{served.url}?theme={theme}")
    look.ready(page)
    return page


def overflow(page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [800, 1400, 1920])
def test_the_page_fits_its_window(page, served, width, theme):
    shown(page, served, theme=theme, width=width)
    assert look.until(page, lambda: overflow(page) <= 0, 5), overflow(page)  # the layout settles


def test_every_figure_has_ink_and_an_accessible_page_around_it_in_both_themes(page, served):
    shown(page, served)
    for title in DRAWERS:
        page.get_by_role("heading", name=title, exact=True).click()
    for theme in ("light", "dark"):
        if theme == "dark":
            page.get_by_role("button", name="dark theme").click()
            page.get_by_role("button", name="light theme").wait_for(timeout=60_000)
            look.ready(page)
        page.wait_for_timeout(1500)  # the picture of the sky comes last
        blank = [f for f in figures(page) if ink(page, f) < 0.002]
        assert blank == []
        page.evaluate(AXE.read_text("utf-8"))
        assert page.evaluate(_VIOLATIONS) == []


def test_the_theme_stays_with_the_link_and_keeps_the_view(page, served):
    shown(page, served)
    before = look.view(page)
    page.get_by_role("button", name="dark theme").click()
    page.get_by_role("button", name="light theme").wait_for(timeout=60_000)
    look.ready(page)
    assert look.view(page) == pytest.approx(before)
    url = look.copied(page, "Link")
    page.goto(url)
    look.ready(page)
    assert page.get_by_role("button", name="light theme").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 25, 29)"


def test_focus_is_seen_on_what_the_keyboard_reaches(page, served):
    shown(page, served)
    reached, marked = 0, 0
    for _ in range(12):
        page.keyboard.press("Tab")
        style = page.evaluate(
            """() => { let e = document.activeElement;
            while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
            const s = getComputedStyle(e);
            return e === document.body ? null : [s.outlineStyle, parseFloat(s.outlineWidth)]; }"""
        )
        reached += style is not None
        marked += style is not None and style[0] != "none" and style[1] >= 2
    assert reached >= 10
    assert marked == reached


def test_the_screen_is_there_in_words_and_numbers(page, served):
    shown(page, served)
    page.get_by_role("heading", name=DRAWERS[-1], exact=True).click()
    table = page.get_by_role("table", name="In this view")
    table.wait_for()
    assert table.get_by_role("row").count() >= 13  # a head and twelve lines
    assert page.get_by_text("the data are SIMULATED").is_visible()


def test_the_image_of_the_instrument_is_shown_and_measured(page, served):
    shown(page, served)
    page.get_by_label("X-ray image").select_option("smile.sxi")
    page.get_by_text("Charge-exchange foreground").wait_for(timeout=60_000)
    page.get_by_role("button", name="Measure").click()
    page.get_by_text("From the SIMULATED image").wait_for(timeout=120_000)
    assert "±" in look.message(page)
