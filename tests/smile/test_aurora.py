"""The oval is that of the models; the image has the geometry of a sphere seen from afar."""

import numpy as np
import pytest
import xarray as xr

from smile_explore import frames
from smile_explore.errors import InputError
from smile_explore.physics import aurora
from smile_explore.smile import oval, uvi

PLACE = (5.9, 6.7, 17.7)
TIME = "2027-03-22T11:00"


@pytest.fixture(scope="module")
def seen():
    return uvi(PLACE, kp=5.0, time=TIME, shape=(131, 131), brightness=200.0)


@pytest.mark.parametrize(
    ("mlt", "peak", "mlat"),
    [(0, 3.977, 66.0), (6, 2.810, 69.0), (12, 0.642, 76.5), (18, 2.314, 70.0)],
)
def test_the_oval_peaks_where_the_sheet_says(mlt, peak, mlat):
    flux = oval(3.0).energy_flux.sel(mlt=mlt)
    assert float(flux.max()) == pytest.approx(peak, abs=6e-4)
    assert float(flux.idxmax()) == mlat


def test_boundaries_are_latitudes_in_their_order():
    ds = oval(4.0, al=-200.0)
    assert (ds.poleward > ds.equatorward).all()
    assert (ds.equatorward > ds.diffuse).all()
    assert float(ds.poleward.sel(mlt=0)) == pytest.approx(90 - 17.82, abs=0.006)  # sheet 7.1
    assert float(ds.diffuse.sel(mlt=12)) == pytest.approx(90 - 23.37, abs=0.006)
    assert ds.attrs["al"] == -200
    assert oval(3.0).attrs["al"] == pytest.approx(-171.9, abs=0.05)


def test_brightness_comes_only_from_a_conversion_and_names_it():
    assert "brightness" not in oval(3.0)
    ds = oval(3.0, brightness=200.0)
    np.testing.assert_allclose(ds.brightness, 200 * ds.energy_flux)
    assert "200 R per mW m-2" in ds.attrs["conversion"]
    ds = oval(3.0, brightness=lambda flux, energy: flux * energy)
    np.testing.assert_allclose(ds.brightness, ds.energy_flux * ds.mean_energy)


def test_the_limb_is_where_a_sphere_of_110_km_ends(seen):
    lit = seen.mlat.notnull()
    far = np.hypot(seen.y, seen.x)
    radius = np.degrees(np.arcsin((1 + 110 / 6371.2) / np.linalg.norm(PLACE)))
    step = 9.97 / 131
    assert not lit.where(far > radius + step, other=False).any()
    assert lit.where(far < radius - step, other=True).all()


def test_a_pixel_looks_at_the_point_whose_direction_it_has(seen):
    """Go the other way round: from the ground to the pixel."""
    row, column = 60, 70
    lat, lon = (np.radians(float(seen[k][row, column])) for k in ("lat", "lon"))
    point = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    geo = xr.DataArray(
        point * (1 + 110 / 6371.2), dims="cartesian",
        coords={"cartesian": list("xyz"), "time": np.datetime64(TIME, "ns")},
        attrs={"units": "1", "coordinate_system": "GEO"},
    )  # fmt: skip
    way = frames.rotate(geo, "GSE").values - np.array(PLACE)
    ahead = -np.array(PLACE) / np.linalg.norm(PLACE)
    y = np.cross(PLACE, [1, 0, 0]) / np.linalg.norm(np.cross(PLACE, [1, 0, 0]))
    x = np.cross(ahead, y)
    angles = [np.degrees(np.arctan(way @ axis / (way @ ahead))) for axis in (y, x)]
    assert angles == pytest.approx([float(seen.y[row]), float(seen.x[column])], abs=1e-6)


def test_the_flux_of_a_pixel_is_the_model_at_its_place(seen):
    expected = aurora.zhang_paxton2008(seen.mlat.values, seen.mlt.values, kp=5.0).energy_flux
    np.testing.assert_allclose(seen.energy_flux, expected)
    np.testing.assert_allclose(seen.brightness, 200 * expected)


def test_smile_above_the_pole_sees_the_whole_oval(seen):
    bright = seen.energy_flux > 1
    hours = np.unique(np.floor(seen.mlt.values[bright.values]))
    assert len(hours) > 15
    assert (seen.mlat.values[bright.values] > 50).all()


def test_axes_are_those_of_sxi():
    from smile_explore.smile.pointing import pointing

    view = pointing(PLACE)
    ds = uvi(PLACE, kp=3.0, time=TIME, shape=(5, 5), aim=view.aim)
    np.testing.assert_allclose(
        [ds.attrs[f"boresight_{a}"] for a in "xyz"], view.boresight, atol=1e-12
    )


def test_beyond_the_round_field_there_is_nothing():
    ds = uvi((0.5, 0.5, 4.0), kp=3.0, time=TIME, shape=(41, 41))  # the Earth fills the field
    outside = np.hypot(ds.y, ds.x) > 9.97 / 2
    assert ds.mlat.isnull().where(outside, other=True).all()
    assert ds.mlat.notnull().where(~outside, other=True).all()


def test_it_says_that_it_is_simulated(seen):
    assert seen.attrs["simulated"] == 1
    assert seen.attrs["title"].startswith("SIMULATED")
    assert seen.energy_flux.units == "mW m-2"
    assert all("units" in da.attrs for da in seen.data_vars.values())


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"kp": 12}, "kp=12"),
        ({"kp": 3, "al": 0.0}, "al=0"),
        ({"kp": 3, "time": "noon"}, "noon"),
        ({"kp": 3, "position": (0.1, 0, 0)}, "outside the Earth"),
        ({"kp": 3, "position": (10.0, 0, 0)}, "Sun-Earth line"),
        ({"kp": 3, "shape": (0, 5)}, "shape"),
        ({"kp": 3, "fov": -3}, "fov"),
        ({"kp": 3, "brightness": -1.0}, "brightness"),
    ],
    ids=["Kp", "AL", "time", "inside", "no axes", "shape", "field", "conversion"],
)
def test_what_cannot_be_drawn_is_said(how, told):
    with pytest.raises(InputError, match=told):
        uvi(**{"position": PLACE, "time": TIME, "shape": (9, 9)} | how)
