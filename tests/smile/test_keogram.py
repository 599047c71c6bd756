"""The keogram against counting by hand: every cell once, in its bin, in its hours."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from smile_explore import smile
from smile_explore.errors import DatasetError, InputError


def arrays(images, mlat, mlt, units="R"):
    dims = ("time", "v", "u")
    images = np.asarray(images, float)
    place = dims[-np.ndim(mlat) :]
    return (
        xr.DataArray(images, dims=dims, attrs={"units": units, "long_name": "Brightness"}),
        xr.DataArray(np.asarray(mlat, float), dims=place, attrs={"units": "degree"}),
        xr.DataArray(np.asarray(mlt, float), dims=place, attrs={"units": "h"}),
    )


def counted(images, mlat, mlt, hours):
    """Return the keogram cell by cell, with no array arithmetic."""
    first, last = hours
    out = np.full((len(images), 41), np.nan)
    for k, image in enumerate(images):
        for row, middle in enumerate(range(50, 91)):
            found = []
            for cell in np.ndindex(image.shape):
                hour = mlt[k][cell]
                is_in = first <= hour < last if first < last else hour >= first or hour < last
                if is_in and middle - 0.5 <= mlat[k][cell] < middle + 0.5 and image[cell] == image[cell]:  # fmt: skip
                    found.append(image[cell])
            if found:
                out[k, row] = sum(found) / len(found)
    return out


@pytest.mark.parametrize("hours", [(21, 3), (22.5, 1), (10, 14), (0, 24), (23, 24), (24, 1)], ids=str)  # fmt: skip
def test_every_cell_counts_once_in_its_bin_and_its_hours(hours):
    dice = np.random.default_rng(32)
    shape = (3, 12, 17)
    images, mlat, mlt = dice.normal(100, 50, shape), dice.uniform(45, 90, shape), dice.uniform(0, 24, shape)  # fmt: skip
    images[dice.random(shape) < 0.2] = np.nan
    mlat[0, 0], mlt[1, 1] = np.nan, np.nan
    wanted = counted(images, mlat, mlt, (0, hours[1]) if hours[0] == 24 else hours)
    found = smile.keogram(*arrays(images, mlat, mlt), hours=hours)
    np.testing.assert_allclose(found.values, wanted, rtol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(50, 90), min_size=1, max_size=20), st.data())
def test_a_bin_is_blank_exactly_where_no_cell_was_seen_and_between_its_extremes_elsewhere(mlat, data):  # fmt: skip
    seen = data.draw(st.lists(st.floats(0, 1e4), min_size=len(mlat), max_size=len(mlat)))
    found = smile.keogram(*arrays([[seen]], [mlat], [np.zeros(len(mlat))])).values[0]
    rows = np.floor(np.array(mlat) + 0.5).astype(int) - 50
    for row in range(41):
        there = np.array(seen)[rows == row]
        assert np.isnan(found[row]) if not len(there) else there.min() * (1 - 1e-9) <= found[row] <= there.max() * (1 + 1e-9)  # fmt: skip


def test_places_that_hold_for_all_images_give_the_same_as_places_of_each():
    dice = np.random.default_rng(5)
    images = dice.random((4, 6, 8))
    mlat, mlt = dice.uniform(50, 90, (6, 8)), dice.uniform(0, 24, (6, 8))
    each = [np.broadcast_to(a, images.shape) for a in (mlat, mlt)]
    one = smile.keogram(*arrays(images, mlat, mlt))
    np.testing.assert_array_equal(one, smile.keogram(*arrays(images, *each)))


def test_the_result_says_its_units_its_hours_and_keeps_the_times():
    images, mlat, mlt = arrays(np.ones((2, 1, 1)), [[66.0]], [[23.0]], units="kR")
    time = np.array(["2027-03-22T00:00", "2027-03-22T00:10"], "M8[ns]")
    found = smile.keogram(images.assign_coords(time=time), mlat, mlt, hours=(22, 2))
    assert found.dims == ("time", "mlat")
    assert found.attrs == {"units": "kR", "long_name": "Brightness, mean of 22 to 02 MLT"}
    assert found.mlat.attrs["units"] == "degree"
    np.testing.assert_array_equal(found.time, time)


def test_no_image_makes_a_keogram_without_columns():
    images, mlat, mlt = arrays(np.ones((0, 1, 1)), [[66.0]], [[23.0]])
    assert smile.keogram(images, mlat, mlt).shape == (0, 41)


@pytest.mark.parametrize("hours", [(3, 3), (-1, 3), (21, 25), (np.nan, 3)], ids=str)
def test_hours_that_are_no_span_are_refused(hours):
    with pytest.raises(InputError, match="no span of magnetic local time"):
        smile.keogram(*arrays(np.ones((1, 1, 1)), [[66.0]], [[23.0]]), hours=hours)


def test_places_of_another_shape_or_unit_are_refused():
    images, mlat, mlt = arrays(np.ones((1, 2, 2)), np.full((2, 2), 66.0), np.zeros((2, 2)))
    with pytest.raises(InputError, match="mlt has the dimensions"):
        smile.keogram(images, mlat, mlt.isel(u=slice(1)))
    with pytest.raises(InputError, match="make no keogram"):
        smile.keogram(images.isel(time=0), mlat, mlt)
    with pytest.raises(DatasetError, match="degree"):
        smile.keogram(images, mlat.assign_attrs(units="rad"), mlt)


def test_the_rehearsal_s_oval_is_the_mean_over_its_grid_at_midnight():
    import smile_explore as se

    uvi = se.packs.open("rehearsal").load("smile.uvi", "2027-03-22T10:00", "2027-03-22T11:00")
    hour, mlat = uvi.mlt.values[0, 0], uvi.mlat.values[0, :, 0]
    night = np.nanmean(uvi.grid.values[:, :, (hour >= 22) | (hour < 2)], axis=2)
    found = smile.keogram(uvi.grid, uvi.mlat, uvi.mlt, hours=(22, 2))
    np.testing.assert_allclose(found.sel(mlat=mlat), night, rtol=1e-5)
