"""Sky and dial: images of an instrument or a file, the right one for the cursor, and measured."""

import numpy as np
import pytest
import xarray as xr

import smile_explore as se
from smile_explore.app import images
from smile_explore.app.explorer import Explorer
from smile_explore.app.sky import silhouette
from smile_explore.app.standoff import measured
from smile_explore.app.state import Study
from tests.app.conftest import MINUTE, START

WIND = {"n_p": 5.0, "v": 400.0, "b": (3.0, -4.0, 4.0)}


def sxi():
    """Return three images five minutes apart, from where the simulator's example looks."""
    time = START + np.arange(3) * 5 * MINUTE
    pos = np.tile([5.918, 6.741, 17.707], (3, 1)) + 0.1 * np.arange(3)[:, None]
    made = [se.smile.image(p, time=t, shape=(54, 32), **WIND) for p, t in zip(pos, time, strict=True)]  # fmt: skip
    ds = xr.concat([m[["intensity"]] for m in made], "time", combine_attrs="override")
    aim = np.stack([[m.attrs[f"aim_{a}"] for a in "xyz"] for m in made]) * 6371.2
    for name, values in (("pos", pos * 6371.2), ("aim", aim)):
        attrs = {"units": "km", "coordinate_system": "GSE", "long_name": name}
        ds[name] = ("time", "cartesian"), values, attrs
    attrs = {"product": "smile.sxi", "simulated": 1, "time_reference": "spacecraft"}
    return ds.assign_coords(cartesian=list("xyz")).assign_attrs(attrs)


def uvi(sign=1):
    mlat, mlt = np.meshgrid(np.arange(50.0, 90), np.arange(0, 24, 0.25), indexing="ij")
    spot = np.exp(-(((mlat - 70) / 2) ** 2) - ((mlt - 6) / 0.5) ** 2) * 1000
    time = START + np.arange(3) * 5 * MINUTE
    rows = {"grid": spot, "mlat": sign * mlat, "mlt": mlt}
    units = {"grid": "R", "mlat": "degree", "mlt": "h"}
    variables = {k: (("time", "v", "u"), np.stack([v] * 3), {"units": units[k]}) for k, v in rows.items()}  # fmt: skip
    return xr.Dataset(variables, {"time": time}, {"product": "smile.uvi", "simulated": 0})


@pytest.fixture(scope="module")
def exposures():
    return sxi()


@pytest.fixture
def explorer(load, exposures):
    def loading(product, start, stop=None, **options):
        if product == "smile.sxi":
            return exposures
        return uvi() if product == "smile.uvi" else load(product, start, stop, **options)

    explorer = Explorer(load=loading)
    explorer.__panel__()
    explorer.go(START, START + 60 * MINUTE)
    explorer.set_cursor(START + 6 * MINUTE)
    return explorer


def test_the_sky_shows_the_exposure_nearest_to_the_cursor(explorer, exposures):
    explorer.show_images("sky", "smile.sxi")
    np.testing.assert_allclose(
        explorer.sky._image.data["image"][0], exposures["intensity"].isel(time=1), rtol=1e-6
    )
    assert "2027-03-22 00:05:00 UT" in explorer.sky.text.object
    assert explorer.sky._mark.text == " SIMULATED "
    assert len(explorer.sky._limb.data["x"]) > 5
    explorer.set_cursor(START + 40 * MINUTE)
    assert "has none at this time" in explorer.sky.text.object
    assert explorer.sky._image.data["image"] == []


def test_the_dial_shows_a_spot_at_dawn_on_the_right_and_no_model_edges(explorer):
    explorer.show_images("dial", "smile.uvi")
    picture = explorer.dial._picture.data["image"][0]
    row, column = np.unravel_index(np.nanargmax(picture), picture.shape)
    axis = np.linspace(-40, 40, picture.shape[0])
    assert (axis[column], axis[row]) == pytest.approx((20, 0), abs=1)
    assert explorer.dial._bar.title == "R"
    assert len(explorer.dial._edges.data["x"]) == 0
    assert explorer.dial._mark.text == ""
    explorer.show_images("dial", "model")
    assert explorer.dial._bar.title == "mW/m²"
    assert len(explorer.dial._edges.data["x"]) > 100


def test_a_product_that_fails_leaves_a_sentence_in_the_picture(load):
    explorer = Explorer(load=load)  # which knows no smile.sxi
    explorer.store.dataset = lambda product, *_: (_ for _ in ()).throw(se.errors.ServerError("no"))
    explorer.show_images("sky", "smile.sxi")
    assert "smile.sxi has none here" in explorer.sky.text.object


def test_the_image_is_measured_and_the_model_stands_beside_it(explorer, exposures):
    explorer.show_images("sky", "smile.sxi")
    explorer.standoff.measure()
    text = explorer.standoff.text.object
    assert "by Shue 1998" in text
    assert "SIMULATED image of 2027-03-22 00:05:00 UT" in text
    # CMEM's nose for this wind and tilt, without the image
    from smile_explore.physics import soft_xray

    parameters = soft_xray.cmem_start(**{k: v for k, v in WIND.items()})
    tilt = float(np.radians(se.frames.dipole_tilt(exposures["time"].values[1])))
    nose = float(soft_xray.noses("cmem", parameters, **WIND, tilt=tilt)[0])
    found = float(text.split("UT: ")[1].split(" ±")[0])
    assert found == pytest.approx(nose, abs=0.1)
    x = np.asarray(explorer.sky._fit.data["x"])
    assert np.isfinite(x).sum() > 5


def test_without_an_image_nothing_is_measured(explorer):
    explorer.show_images("sky", "file")
    explorer.standoff.measure()
    assert "no image to measure" in explorer.standoff.text.object


def test_an_image_that_cannot_be_fitted_says_why(exposures):
    blank = exposures.isel(time=0).copy(deep=True)
    blank["intensity"][:] = 5.0
    with pytest.raises(se.errors.InputError):
        measured(blank, "cmem")


def test_a_file_of_the_reader_goes_to_the_sky_and_the_cursor_to_its_first_image(load, exposures, tmp_path):  # fmt: skip
    path = tmp_path / "mine.nc"
    exposures.to_netcdf(path, engine="h5netcdf")
    explorer = Explorer(load=load)
    explorer.open_image("mine.nc", path.read_bytes())
    assert explorer.study.sky == "file"
    assert explorer.study.cursor == exposures["time"].values[0]
    assert "2027-03-22 00:00:00 UT" in explorer.sky.text.object


@pytest.mark.parametrize(
    ("data", "words"), [(b"no image at all", "kind|recognised|known|format"), (None, "an SXI image has")]
)  # fmt: skip
def test_a_file_that_is_no_image_is_told(load, tmp_path, data, words):
    import re

    explorer = Explorer(load=load)
    if data is None:
        path = tmp_path / "wind.nc"
        load("omni.1min", START, START + 60 * MINUTE)[["ae"]].to_netcdf(path, engine="h5netcdf")
        data = path.read_bytes()
    explorer.open_image("some.nc", data)
    assert re.search(words, explorer.message)
    assert explorer.study.sky == "model"


def test_a_southern_oval_is_not_drawn_as_a_northern_one(load):
    explorer = Explorer(load=load)
    explorer.dial.show(START, uvi(sign=-1), "file")
    assert "southern" in explorer.dial.text.object
    assert explorer.dial._picture.data["image"] == []


def test_what_is_shown_comes_back_from_a_study():
    study = Study(sky="smile.sxi", dial="file")
    again = Study.from_query(study.to_query())
    assert (again.sky, again.dial) == ("smile.sxi", "file")


def test_the_image_of_a_time_is_the_nearest_within_a_cadence():
    ds = xr.Dataset(coords={"time": START + np.arange(4) * 5 * MINUTE})
    assert images.at_time(ds, START + 8 * MINUTE)["time"] == START + 10 * MINUTE
    assert images.at_time(ds, START + 21 * MINUTE) is None
    assert images.at_time(ds.isel(time=[]), START) is None


def test_the_edge_of_a_sphere_is_a_circle_of_the_right_angle():
    def sphere(theta, phi):
        return 3.0 + 0 * theta * phi

    here = np.array([0.0, 0.0, 20.0])
    from smile_explore.smile.pointing import pointing

    x, y = silhouette(here, sphere, {}, pointing(here, aim=[0.01, 0.0, 0.0]))
    away = np.degrees(np.arctan(np.hypot(np.tan(np.radians(x)), np.tan(np.radians(y)))))
    inside = np.abs(y) > 2
    assert away[inside] == pytest.approx(np.degrees(np.arcsin(3 / 20)), abs=0.1)
