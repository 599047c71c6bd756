"""The Explorer's page as a page: narrow, dark, elsewhere on Earth, offline, for everyone."""

import pytest

from tests.browser import explorer as look

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_narrow_page_has_nothing_to_scroll_sideways(page, served, theme):
    page.set_viewport_size({"width": 800, "height": 1000})
    page.goto(f"{served.url}?theme={theme}")
    look.ready(page)
    look.until(page, lambda: page.evaluate("document.documentElement.scrollWidth") <= 800)
    back = page.evaluate("() => Bokeh.documents[0].roots()[0] && getComputedStyle(document.body).colorScheme")  # fmt: skip
    assert page.faults == [], back


def test_a_browser_elsewhere_shows_ut(chromium, served):
    texts = []
    for zone in ("UTC", "America/New_York"):
        tab = chromium.new_page(timezone_id=zone, viewport={"width": 1400, "height": 1000})
        tab.goto(served.url)
        look.ready(tab)
        assert tab.evaluate("new Date('2027-03-22T05:00Z').getHours()") == (5 if zone == "UTC" else 1)  # fmt: skip
        texts.append((look.view(tab), tab.get_by_text("UT 2027-03-22 0").first.inner_text(), _ticks(tab)))  # fmt: skip
        tab.close()
    assert texts[0] == texts[1]
    assert texts[0][2][:2] == ["05:00", "06:00"]


def _ticks(page) -> list[str]:
    """Return the first line of what the formatter writes at each tick of the time axis."""
    return page.evaluate("""() => {
        const all = Bokeh.documents.flatMap(d => [...d._all_models.values()]);
        const figure = all.find(m => (m.name ?? '').match(/^strip-.*-bottom$/));
        const axis = figure.below.find(a => a.formatter);
        const {start, end} = figure.x_range, hour = 3600000, ticks = [];
        for (let t = Math.ceil(start / hour) * hour; t < end; t += hour) ticks.push(t);
        return axis.formatter.doFormat(ticks, {loc: 0}).map(text => text.split('\\n')[0]);
    }""")


def test_a_curated_event_without_its_data_says_one_sentence_and_the_page_goes_on(app):
    events = app.get_by_label("Event", exact=True)
    options = events.locator("option").all_inner_texts()
    chosen = next(i for i, text in enumerate(options) if not text.startswith("rehearsal"))
    events.select_option(index=chosen)
    look.until(app, lambda: "No data for" in look.message(app), 60)
    assert look.message(app).count(".") < 60
    events.select_option(index=0)
    look.ready(app)
    assert "No data for" not in look.message(app)
