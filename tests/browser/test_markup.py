"""Markup in every text that comes from outside, in a real Chromium: nothing of it becomes an element."""

import copy

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import smile_explore as se
from smile_explore.app.state import Study
from smile_explore.course.verdict import no
from tests.browser import explorer as look
from tests.browser.harness import running_app

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
]
HOSTILE = (
    """<img src=x onerror="window.hit=1">'"><svg onload="window.hit=2"></svg></script></style></textarea>"""
    """<script>window.hit=3</script><b class=hit>b</b><a class=hit href="javascript:window.hit=4">a</a>"""
    """`${window.hit=5}` {{window.hit}} @{x}{safe} $$\\href{javascript:window.hit=6}{x}$$ \\(y\\) \\[z\\]"""
)
#: Elements that only our hostile text could make, and traces of scripts, wherever they are.
_INJECTED = """() => {
    const found = window.hit === undefined ? [] : [`script ${window.hit}`];
    if (window.MathJax) found.push("MathJax was loaded");
    const walk = node => {
        for (const each of node.querySelectorAll("*")) {
            if (each.shadowRoot) walk(each.shadowRoot);
            if (each.matches("img[src=x], svg[onload], .hit, [href^='javascript:'], mjx-container"))
                found.push(each.outerHTML.slice(0, 200));
        }
    };
    walk(document);
    return found;
}"""
LOAD = f"""
import sys
import smile_explore as se
from smile_explore.app.serve import serve
from smile_explore.errors import ServerError

HOSTILE = {HOSTILE!r}
USED = ("units", "coordinate_system", "time_reference")  # a computation needs these as they are

def load(product, *span, **options):
    if product.startswith("ace"):
        raise ServerError(HOSTILE)
    ds = se.load(product, *span, **{{**options, "source": "rehearsal"}}).copy()
    for one in (ds, *ds.variables.values()):
        for key, value in one.attrs.items():
            if isinstance(value, str) and key not in USED:
                one.attrs[key] = value + HOSTILE
    for name in {{"sym_h", "ae", "eflux", "grid", "foreground"}} & set(ds.variables):
        ds[name].attrs["units"] += HOSTILE
    ds.attrs["time_reference"] = str(ds.attrs.get("time_reference", "")) + HOSTILE
    ds.attrs["doi"] = ds.attrs["acknowledgement"] = HOSTILE
    return ds

serve(port=int(sys.argv[1]), load=load)
"""
PANELS = [
    "omni.1min:b:GSM", "omni.1min:sym_h", "omni.1min:ae", "themis.a.esa:eflux", "themis.a.fgm:b:GSM", "smile.uvi:grid",
    "ace.mfi:b:GSM", f"omni.1min:{HOSTILE}", f"{HOSTILE}:b", f"smile.uvi:grid:{HOSTILE}",
]  # fmt: skip


@pytest.fixture
def hostile(page, tmp_path):
    """Open the Explorer on hostile data, by a hostile link."""
    page.on("dialog", lambda dialog: (page.faults.append(dialog.message), dialog.dismiss()))
    study = Study(event=HOSTILE, source="rehearsal", panels=PANELS, condition=HOSTILE, window=("2027-03-22T00:00", "2027-03-22T12:00"))  # fmt: skip
    with running_app(tmp_path, script=LOAD) as app:
        page.goto(f"{app.url}?study={study.to_query()}&theme=dark")
        look.ready(page, 6)
        yield page
        page.goto("about:blank")


def test_nothing_of_a_hostile_load_or_link_becomes_an_element(hostile):
    page = hostile
    assert "onerror" in look.message(page)  # the event's name is said as it stands
    for title in ("Panels", "Images", "Share and export", "Data, sources and summary"):
        page.get_by_text(title, exact=True).click()
    page.get_by_label("X-ray image").select_option("smile.sxi")
    page.get_by_label("Aurora").select_option("smile.uvi")
    field = page.get_by_label("Find intervals where (Enter)")
    field.fill(f"b_z < {HOSTILE}")
    field.press("Enter")
    page.get_by_role("alert").wait_for(timeout=30_000)
    table = pd.DataFrame({"start": ["2027-03-22T06:00"], "stop": ["2027-03-22T07:00"], "kind": [HOSTILE], "label": [HOSTILE], "note": [HOSTILE]})  # fmt: skip
    csv = {"name": "t.csv", "mimeType": "text/csv", "buffer": table.to_csv(index=False).encode()}
    page.locator("input[type=file][accept*='.vot']").set_input_files(csv)
    look.until(page, lambda: any("onerror" in cell for row in look.rows(page) for cell in row))
    for panel in look.panels(page):
        page.mouse.move(*look.at(panel, 0.5))
        page.wait_for_timeout(200)
    for what in ("Code", "Study", "Link", "Estimate", "Measure"):
        page.get_by_role("button", name=what, exact=True).click()
        page.wait_for_timeout(300)
    name = "<img src=x onerror='window.hit=7'>"
    for accept in (".fits", ".yaml", ".vot"):
        bad = {"name": f"{name}.{accept[1:]}", "mimeType": "text/plain", "buffer": HOSTILE.encode()}
        page.locator(f"input[type=file][accept*='{accept}']").set_input_files(bad)
        page.wait_for_timeout(1500)
        assert page.evaluate(_INJECTED) == []
    look.until(page, lambda: page.get_by_text("Blank: not in sight").is_visible(), 60)
    assert page.evaluate(_INJECTED) == []
    assert page.faults == []


def _wind() -> xr.Dataset:
    """Return a Dataset of the contract whose every free text is hostile."""
    ds = copy.deepcopy(
        se.load("omni.1min", "2027-03-22 06:00", "2027-03-22 07:00", source="rehearsal")
    )
    for one in (ds, *ds.variables.values()):
        for key, value in one.attrs.items():
            if isinstance(value, str) and key != "coordinate_system":
                one.attrs[key] = HOSTILE
    return ds.rename({"sym_h": HOSTILE})


def _drawn() -> dict:
    """Return every view of the package over hostile texts, by name."""
    ds, views = _wind(), se.views
    stack = views.stack  # the linter takes it for that of a DataFrame
    marks = pd.DataFrame({"start": ds.time.values[:1], "stop": ds.time.values[5:6], "kind": [HOSTILE]})  # fmt: skip
    pos = xr.Dataset({"pos": (("time", "cartesian"), np.full((60, 3), 6e4), {"units": "km", "coordinate_system": "GSE"})}, {"time": ds.time.values, "cartesian": list("xyz")}, {"simulated": HOSTILE})  # fmt: skip
    image = se.smile.image([5.9, 6.7, 17.7], n_p=15.0, v=480.0, b=(-4.5, 7.5, 4.5), shape=(54, 32))
    image["intensity"].attrs |= {"long_name": HOSTILE, "units": HOSTILE}
    for axis in "xy":
        image[axis].attrs["long_name"] = HOSTILE
    image.attrs |= {"model": HOSTILE}
    mlat, mlt = np.meshgrid(np.linspace(60, 80, 20), np.linspace(0, 24, 48))
    around = (np.full(9, 70.0), np.linspace(0, 24, 9))
    return {
        "stack": stack((ds, "b"), (ds, HOSTILE), (ds, "n_p"), title=HOSTILE, events=marks).object,
        "orbit": views.orbit({HOSTILE: pos}, at=ds.time.values[3]),
        "sky": views.sky(image, curves={HOSTILE: (np.arange(3.0), np.arange(3.0))}),
        "dial": views.dial(mlat, mlat, mlt, label=HOSTILE, units=HOSTILE, curves={HOSTILE: around}),
    }  # fmt: skip


@pytest.mark.parametrize("view", ["stack", "orbit", "sky", "dial"])
def test_nothing_of_a_hostile_dataset_becomes_an_element_of_a_view(page, view):
    from bokeh.embed import file_html
    from bokeh.resources import INLINE

    page.on("dialog", lambda dialog: (page.faults.append(dialog.message), dialog.dismiss()))
    page.set_content(file_html(_drawn()[view], INLINE, title=HOSTILE))
    page.wait_for_function("() => Bokeh.documents.length && Bokeh.documents[0].is_idle", timeout=60_000)  # fmt: skip
    for x in range(150, 1000, 60):  # over every line, for what is said of it
        page.mouse.move(x, 120)
        page.wait_for_timeout(30)
    assert page.evaluate(_INJECTED) == []
    assert page.faults == []


def test_nothing_of_a_hostile_text_becomes_an_element_of_what_a_notebook_shows(page):
    ds = _wind()
    shown = [no(HOSTILE), se.cite(se.load("omni.1min", "2027-03-22 06:00", "2027-03-22 07:00", source="rehearsal").assign_attrs(acknowledgement=HOSTILE, doi=HOSTILE)), ds, se.report(ds)]  # fmt: skip
    page.set_content("<body>" + "".join(one._repr_html_() for one in shown) + "</body>")
    page.wait_for_timeout(300)
    assert page.evaluate(_INJECTED) == []
    assert page.faults == []
