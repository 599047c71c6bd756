"""A real picture of the aurora, IMAGE WIC of 2002-03-18 14:30, through the dial that UVI has."""

import numpy as np
import pytest

from smile_explore.views import dial
from smile_explore.views.dial import place


@pytest.fixture(scope="module")
def wic(real_data):
    folder = real_data / "image_fuv" / "tpa_20020318"
    stem = "Fig2A_IMAGE_HighRes_Data_WIC_20020318143000"
    parts = [
        np.loadtxt(folder / f"{stem}_{k}.csv", delimiter=",") for k in ("image", "mlat", "mlt")
    ]
    return [np.where(part < -1e30, np.nan, part) for part in parts]


def test_a_heritage_image_fills_the_dial_where_it_saw_the_pole(wic):
    image, mlat, mlt = wic
    known = np.isfinite(mlat) & (mlat > 50)
    assert known.sum() > 5000
    fig = dial(np.where(known, image, np.nan), mlat, mlt, label="IMAGE WIC", units="1")
    drawn = next(r for r in fig.renderers if type(r.glyph).__name__ == "Image")
    picture = drawn.data_source.data["image"][0]
    axis = np.linspace(-40, 40, picture.shape[0])
    near = np.hypot(*np.meshgrid(axis, axis)) < 20
    assert np.isfinite(picture[near]).mean() > 0.95
    assert np.nanmax(picture) == pytest.approx(np.nanmax(image[known]), rel=1e-6)
    assert "SIMULATED" not in str(
        [r.data_source.data for r in fig.renderers if "text" in r.data_source.data]
    )


def test_its_brightest_place_on_the_night_side_is_drawn_there(wic):
    image, mlat, mlt = wic
    night = np.isfinite(mlat) & (mlat > 60) & ((mlt > 20) | (mlt < 4))
    at = np.flatnonzero(night.ravel())[np.argmax(image[night])]
    x, y = place(mlat.ravel()[at], mlt.ravel()[at])
    assert y < 0  # noon is up
    fig = dial(np.where(night, image, np.nan), mlat, mlt, label="IMAGE WIC", units="1")
    picture = next(r for r in fig.renderers if type(r.glyph).__name__ == "Image").data_source.data[
        "image"
    ][0]
    row, column = np.unravel_index(np.nanargmax(picture), picture.shape)
    axis = np.linspace(-40, 40, picture.shape[0])
    assert (axis[column], axis[row]) == pytest.approx((float(x), float(y)), abs=1.5)
