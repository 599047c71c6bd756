"""The keogram panel: its columns at the right times, the pole on top, gaps blank, words for all."""

import io
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import xarray as xr
from bokeh.models import Image, LinearColorMapper, LogScale

from smile_explore.app import choices, take
from smile_explore.app.drawers import summary
from smile_explore.app.explorer import Explorer
from smile_explore.app.picture import picture
from smile_explore.app.stack import _held
from smile_explore.app.state import Panel
from smile_explore.app.store import milliseconds, to_series
from smile_explore.errors import InputError
from tests.app.conftest import MINUTE, START

PANEL = "smile.uvi:grid"
MISSING = slice(18, 21)  # of an image every ten minutes: 03:00, 03:10 and 03:20


def uvi(sign=1):
    """Return images every ten minutes: an arc at 60 degrees, one degree further north an hour.

    At noon, which the keogram must not see, it is ten times as bright at 80 degrees.
    """
    k = np.delete(np.arange(72), MISSING)
    mlat, mlt = np.meshgrid(np.arange(50.0, 90), np.arange(0, 24, 0.25), indexing="ij")
    arc = 60 + k // 6
    grid = np.where(mlat == arc[:, None, None], 1000.0, 10.0)
    grid = np.where((mlat == 80) & (np.abs(mlt - 12) < 2), 10_000.0, grid)
    grid[..., 57:] = np.where(mlt[..., 57:] == 23, np.nan, grid[..., 57:])
    rows = {"grid": (grid, "R"), "mlat": (sign * mlat, "degree"), "mlt": (mlt, "h"), "lat": (mlat, "degree"), "image": (grid, "R")}  # fmt: skip
    dims = {"lat": ("time", "y", "x"), "image": ("time", "y", "x")}
    variables = {n: (dims.get(n, ("time", "v", "u")), np.broadcast_to(v, grid.shape), {"units": u, "long_name": n}) for n, (v, u) in rows.items()}  # fmt: skip
    attrs = {"product": "smile.uvi", "source": "fake", "source_files": "", "retrieved": "now"}
    attrs |= {"time_reference": "spacecraft", "simulated": 1, "acknowledgement": "Thanks."}
    return xr.Dataset(variables, {"time": START + k * 10 * MINUTE}, attrs)


@pytest.fixture
def explorer(load):
    def loading(product, start, stop=None, **options):
        if product == "smile.uvi":
            return uvi()
        return load(product, start, stop, **options)

    explorer = Explorer(load=loading)
    explorer.set_panels(["omni.1min:b:GSM", PANEL])
    explorer.go(START + 60 * MINUTE, START + 300 * MINUTE)
    return explorer


def drawn(explorer):
    """Return the panel, its picture, and the middles of its columns (ms) and rows (degrees)."""
    panel = explorer.stack.panels[-1]
    data = next(r for r in panel.figure.renderers if isinstance(r.glyph, Image)).data_source.data
    image = data["image"][0]
    rows, columns = image.shape
    x = data["x"][0] + (np.arange(columns) + 0.5) * data["dw"][0] / columns
    y = data["y"][0] + (np.arange(rows) + 0.5) * data["dh"][0] / rows
    return panel, image, x, y


def minutes(ms):
    return (ms - float(milliseconds(START))) / 60_000


def test_each_column_shows_the_arc_of_its_image(explorer):
    _, image, x, y = drawn(explorer)
    known = np.isfinite(image).any(axis=0)
    at = y[np.nan_to_num(image[:, known]).argmax(axis=0)]
    pixel = minutes(x[1]) - minutes(x[0])
    for latitude in (60, 61, 62, 63, 64):
        seen = minutes(x[known])[at == latitude]
        first = (latitude - 60) * 60 - 5  # the first image of the hour, less half a cadence
        if latitude > 60 and latitude != 63:
            assert seen.min() == pytest.approx(first, abs=pixel)
        assert seen.max() == pytest.approx(first + 60 if latitude != 62 else 175, abs=pixel)


def test_the_half_hour_without_images_is_blank_and_nothing_else_is(explorer):
    _, image, x, _ = drawn(explorer)
    blank = np.isnan(image).all(axis=0)
    inside = (minutes(x) > 175) & (minutes(x) < 205)
    assert blank[inside].all()
    assert not blank[~inside & (minutes(x) > 0)].any()


def test_the_pole_is_on_top_of_a_linear_axis_from_50_to_90_degrees(explorer):
    panel, image, _, y = drawn(explorer)
    assert (panel.figure.y_range.start, panel.figure.y_range.end) == (50, 90)
    assert not isinstance(panel.figure.y_scale, LogScale)
    assert list(y) == list(range(50, 91))
    assert np.isnan(image[y == 90]).all()  # no cell of the grid is there
    assert panel.figure.yaxis[0].axis_label == "magnetic latitude\n(°)"
    assert list(panel.figure.yaxis[0].ticker.ticks) == [50, 60, 70, 80, 90]


def test_what_was_not_seen_leaves_the_mean_of_what_was(explorer):
    _, image, x, y = drawn(explorer)
    column = image[:, np.abs(minutes(x) - 60).argmin()]
    assert column[y == 61] == 1000
    assert (column[(y != 61) & (y < 90)] == 10).all()  # also at 80 degrees: noon is left out


def test_hours_of_one_s_own_show_what_shines_at_noon(explorer):
    explorer.set_panels(["omni.1min:b:GSM", f"{PANEL}:09-15"])
    panel, image, x, y = drawn(explorer)
    column = image[:, np.abs(minutes(x) - 60).argmin()]
    # 10 to 14 MLT shines with 10,000 R: without the edges 15 of 24 cells, the others have 10 R
    assert column[y == 80] == pytest.approx((15 * 10_000 + 9 * 10) / 24)
    assert column[y == 61] == 1000
    assert "mean of 09 to 15 MLT" in panel.figure.title.text


@pytest.mark.parametrize("hours", ["09", "9-x", "09-30", "06-06", "GSM"])
def test_hours_that_are_no_span_are_said_on_the_panel_not_ignored(explorer, hours):
    explorer.set_panels([f"{PANEL}:{hours}"])
    fault = explorer.stack.panels[-1].series.fault
    assert "no span of magnetic local time" in fault
    assert "\n" not in fault


def test_product_hours_units_and_simulated_stand_on_the_panel(explorer):
    panel, *_ = drawn(explorer)
    text = panel.figure.title.text
    assert text == "SIMULATED · brightness, mean of 21 to 03 MLT, smile.uvi · time at spacecraft"
    bar = panel.figure.right[0]
    assert bar.title == "R"
    assert isinstance(bar.color_mapper, LinearColorMapper)
    assert bar.color_mapper.nan_color == "#00000000"


def test_the_cursor_reads_the_latitude_of_the_brightest_bin_or_a_dash(explorer):
    for at, wanted in ((70, "61°"), (119, "62°"), (190, "–"), (280, "64°")):
        explorer.set_cursor(START + at * MINUTE)
        assert explorer.readout[PANEL].removesuffix(" mag. lat.") == f"brightest at {wanted}"


def test_a_screen_reader_is_told_where_the_light_is_and_how_long_there_is_none(explorer):
    text = summary(explorer)
    assert "a keogram of 22 images, brightness, mean of 21 to 03 MLT" in text
    assert "brightest between 61 and 65 degrees of magnetic latitude, at most 1000 R" in text
    assert "30 minutes without an image" in text
    explorer.go(START + 177 * MINUTE, START + 190 * MINUTE)
    assert "no image in this view" in summary(explorer)


def test_zooming_shows_the_same_images_in_finer_columns(explorer):
    explorer.go(START + 115 * MINUTE, START + 125 * MINUTE)
    _, image, x, y = drawn(explorer)
    at = y[np.nan_to_num(image).argmax(axis=0)]
    assert (at[minutes(x) < 114.99] == 61).all()
    assert (at[minutes(x) > 115.01] == 62).all()


def test_the_strip_of_availability_has_the_gap(explorer):
    spans = _held(explorer.stack.panels[-1].series)
    assert [[minutes(t) for t in span] for span in spans] == [[-5, 175], [205, 715]]


def test_the_strip_of_availability_has_the_gaps_of_spectra_too(load):
    ds = load("themis.a.esa", START, START + 100 * MINUTE)
    ds = ds.isel(time=[*range(40), *range(60, 100)])
    spans = _held(to_series(ds, Panel.parse("themis.a.esa:eflux")))
    assert [[minutes(t) for t in span] for span in spans] == [[0, 39], [60, 99]]


def test_a_lag_does_not_move_the_keogram(explorer):
    before = drawn(explorer)[1]
    explorer.set_lag(40)
    np.testing.assert_array_equal(drawn(explorer)[1], before)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("smile.uvi:image", "geographic coordinates"),
        ("smile.uvi:mlat", "where the light is, not how bright"),
        ("smile.uvi:grid,image", "a panel of its own"),
        ("image.wic:image", "pixels without magnetic coordinates"),
    ],
)
def test_what_is_on_no_magnetic_coordinates_is_refused_in_one_sentence(text, why):
    ds = uvi()
    if text.startswith("image."):
        ds = ds[["image"]]
    with pytest.raises(InputError, match=why):
        to_series(ds, Panel.parse(text))


def test_the_southern_oval_is_no_blank_panel_but_a_sentence():
    series = to_series(uvi(sign=-1), Panel.parse(PANEL))
    assert (
        series.fault == "The images show the southern oval, and a keogram shows the northern one."
    )


def test_no_image_in_the_window_is_said():
    series = to_series(uvi().isel(time=slice(0)), Panel.parse(PANEL))
    assert series.fault == "No data in this window."


def test_the_drawer_offers_the_grid_of_smile_and_no_pixels_beside_it():
    assert choices.variables_of("smile.uvi") == ["grid"]
    assert str(choices.default_panel("smile.uvi")) == PANEL
    assert choices.frames_of("smile.uvi", "grid")[:3] == ("21-03", "03-09", "09-15")
    assert choices.frames_of("smile.uvi", "image") == choices.frames_of("omni.1min", "ae") == ()


def test_smile_s_orbit_is_computed_and_no_product_is_loaded_for_it(explorer, load):
    assert {product for product, *_ in load.calls if product.startswith("smile.")} == set()


def test_the_picture_has_the_same_axis_the_gap_and_the_hours(explorer):
    fig = picture(explorer.taken(), explorer.study.panels, explorer.study.view)
    ax = fig.axes[1]
    assert ax.get_ylim() == (50, 90)
    assert "21 to 03 MLT" in ax.get_title(loc="left")
    shown = np.ma.getmaskarray(np.ma.masked_invalid(ax.collections[0].get_array())).all(axis=0)
    assert shown.mean() == pytest.approx(30 / 240, abs=0.002)


def test_a_bundle_draws_the_keogram_of_the_same_data_in_a_fresh_kernel(explorer, tmp_path):
    data = explorer.taken()
    assert set(data) == {"omni.1min", "smile.uvi"}
    zipfile.ZipFile(take.bundle(explorer.study, data, explorer.timetable)).extractall(tmp_path)
    (tmp_path / "picture.png").unlink()
    answer = subprocess.run([sys.executable, tmp_path / "study.py"], cwd=tmp_path, capture_output=True, text=True, check=False)  # fmt: skip
    assert answer.stdout.strip() == "same data", answer.stderr
    assert (tmp_path / "picture.png").stat().st_size > 20_000
    svg = take.image(explorer.study, data, "svg")
    assert isinstance(svg, io.BytesIO)
