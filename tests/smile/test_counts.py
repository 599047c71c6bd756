"""Counts follow their definition: means, noise, background, blur, and what is told of them."""

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from smile_explore import open_file
from smile_explore.errors import InputError
from smile_explore.formats import sxi
from smile_explore.smile.counts import (
    RESPONSE,
    constrained_background,
    counts,
    rebin,
    solid_angle,
)


def view(values=4.0, shape=(108, 64), **attrs):
    """Return an image of the layout of `smile.image`."""
    data = np.broadcast_to(np.asarray(values, float), shape).copy()
    y, x = (
        (np.arange(n) + 0.5) * full / n - full / 2 for n, full in zip(shape, (27, 16), strict=True)
    )
    place = dict(
        zip(
            ("pos_x", "pos_y", "pos_z", "aim_x", "aim_y", "aim_z"),
            (5.9, 6.7, 17.7, 7.86, 0.0, 0.0),
            strict=True,
        )
    )
    return xr.Dataset(
        {"intensity": (("y", "x"), data, {"units": "keV cm-2 s-1 sr-1"})},
        {"y": y, "x": x, "time": np.datetime64("2027-03-22T10:00", "ns")},
        place | {"model": "cmem"} | attrs,
    )  # fmt: skip


def test_solid_angle_of_the_field_is_that_of_a_rectangle_of_tangents():
    ds = view()
    # the solid angle of a rectangular pyramid: 4 asin(sin(a/2) sin(b/2)) for equal planes
    tan = np.tan(np.radians([13.5, 8.0]))
    exact = 4 * np.arctan(tan[0] * tan[1] / np.sqrt(1 + (tan**2).sum()))
    assert solid_angle(ds.y, ds.x).sum() == pytest.approx(exact, rel=1e-12)
    assert exact == pytest.approx(np.radians(27) * np.radians(16), rel=0.02)


def test_expected_counts_are_intensity_times_response_times_solid_angle_times_time():
    ds = counts(view(4.0), exposure=300, response=30.0, psf=0)
    assert float(ds.expected.sum()) == pytest.approx(4.0 * 30 * 300 * 0.1301, rel=2e-3)


@pytest.mark.parametrize("rate", [150.0, 75.0])
def test_a_rate_of_foreground_is_kept_whatever_the_vignetting(rate):
    for vignetting in (1.0, 0.5):
        ds = counts(view(), rate=rate, vignetting=vignetting, seed=2)
        assert float(ds.expected.sum()) / 300 == pytest.approx(rate)
        assert float(ds.foreground.sum()) / 300 == pytest.approx(rate, rel=0.05)


def test_counts_have_the_mean_and_the_variance_of_poisson():
    ds = counts(view(), rate=150.0, seed=3)
    mean = ds.expected * ds.vignetting + ds.background
    assert float(ds.counts.mean()) == pytest.approx(float(mean.mean()), rel=0.01)
    assert float((((ds.counts - mean) ** 2) / mean).mean()) == pytest.approx(1, abs=0.06)
    assert (ds.counts == ds.counts.round()).all()


def test_background_is_what_was_asked_and_the_sum_of_its_parts():
    ds = counts(view(), sky=60, particles=40, vignetting=1.0)
    assert float(ds.background.sum()) == pytest.approx(100 * 300)
    xr.testing.assert_allclose(ds.background, ds.background_diffuse + ds.background_particles)


def test_foreground_and_error_are_those_of_the_pipeline():
    ds = counts(view(), seed=5)
    np.testing.assert_allclose(ds.foreground, (ds.counts - ds.background) / ds.vignetting)
    np.testing.assert_allclose(ds.error**2, ds.counts)


def test_vignetting_is_one_in_the_centre_and_as_asked_in_the_middle_of_an_edge():
    vig = counts(view(), vignetting=0.6).vignetting
    assert float(vig.interp(y=0, x=0)) == pytest.approx(1, abs=0.02)
    edge = vig.interp(y=0).interp(x=[7.0, 7.5], kwargs={"fill_value": "extrapolate"})
    assert float(edge[1] + (edge[1] - edge[0])) == pytest.approx(0.6, abs=0.01)


def test_blur_keeps_the_sum_and_has_its_width():
    point = np.zeros((108, 64))
    point[54, 32] = 1000.0
    ds = counts(view(point), psf=1.0)
    sharp = counts(view(point), psf=0)
    assert float(ds.expected.sum()) == pytest.approx(float(sharp.expected.sum()), rel=1e-3)
    across = ds.expected[54]
    assert (across > across.max() / 2).sum() == pytest.approx(4, abs=1)  # one degree of 15 arcmin
    kernel = counts(view(point), psf=[[0, 1, 0], [1, 4, 1], [0, 1, 0]])
    assert float(kernel.expected[54, 33] / kernel.expected[54, 32]) == pytest.approx(0.25, rel=0.01)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**31))
def test_equal_seeds_give_equal_counts(seed):
    one, other = (counts(view(shape=(27, 16)), seed=seed) for _ in range(2))
    xr.testing.assert_identical(one, other)
    assert not (counts(view(shape=(27, 16)), seed=seed + 1).counts == one.counts).all()


def test_a_hole_in_the_image_stays_one():
    image = view()
    image.intensity[3, 4] = np.nan
    ds = counts(image, psf=0)
    assert np.isnan(ds.counts[3, 4])
    assert np.isnan(ds.foreground[3, 4])
    assert int(np.isnan(ds.counts).sum()) == 1


def test_it_says_that_it_is_simulated_and_that_the_instrument_is_not_public():
    ds = counts(view())
    assert ds.attrs["simulated"] == 1
    assert "not public" in ds.attrs["instrument"]
    assert ds.attrs["response"] == RESPONSE
    assert ds.attrs["model"] == "cmem"
    np.testing.assert_allclose(ds.pos, np.array([5.9, 6.7, 17.7]) * 6371.2)
    assert all(da.attrs["long_name"] for da in ds.data_vars.values())


def test_the_stated_wind_reaches_the_good_rate_with_the_default_response():
    smile = pytest.importorskip("smile_explore.smile.image")
    image = smile.image([5.918, 6.741, 17.707], n_p=20.0)
    assert float(image.intensity.mean()) == pytest.approx(36, rel=0.03)  # the sheet, 4.5
    ds = counts(image)
    assert float(ds.expected.sum()) / 300 == pytest.approx(150, rel=0.02)


def test_rebinned_counts_are_sums_and_the_foreground_follows():
    ds = counts(view(), seed=6)
    out = rebin(ds, 4)
    assert out.sizes == {"y": 27, "x": 16, "cartesian": 3}
    assert float(out.counts.sum()) == float(ds.counts.sum())
    assert float(out.background.sum()) == pytest.approx(float(ds.background.sum()))
    np.testing.assert_allclose(out.foreground, (out.counts - out.background) / out.vignetting)
    assert float(out.y[0]) == pytest.approx(-13)


@pytest.mark.parametrize("mean", [0.0, 0.1, 3.0, 50.0])
@pytest.mark.parametrize("n", [0, 1, 2, 5, 40, 100])
def test_constrained_background_is_the_mean_of_what_may_have_been(n, mean):
    """Summed over every number of background counts that the counts leave room for."""
    chance = [math.exp(-mean) * mean**k / math.factorial(k) for k in range(n + 1)]
    expected = sum(k * p for k, p in enumerate(chance)) / sum(chance)
    assert constrained_background(n, mean) == pytest.approx(expected, rel=1e-9)


@given(st.integers(0, 500), st.floats(0, 5000))
def test_constrained_background_leaves_no_foreground_below_zero(n, mean):
    assert 0 <= constrained_background(n, mean) <= min(n, mean) * (1 + 1e-9)


def test_constrained_background_of_nothing_is_nan():
    found = constrained_background([np.nan, 3, -1, 3], [1.0, np.nan, 1.0, -1.0])
    assert np.isnan(found).all()


def test_rebinned_foreground_may_be_kept_above_zero():
    ds = counts(view(0.2), seed=4)
    plain, kept = rebin(ds, 1), rebin(ds, 1, constrained=True)
    assert float(plain.foreground.min()) < 0 <= float(kept.foreground.min())
    xr.testing.assert_identical(plain.background, kept.background)
    assert (plain.attrs["constrained"], kept.attrs["constrained"]) == (0, 1)


def test_counts_go_into_files_of_the_layout_and_come_back(tmp_path):
    ds = counts(view(), seed=7)
    (path,) = sxi.write(ds, tmp_path / "SMILE_SXI_L3_SCIM15-SCI-CXF_a.fits")
    back = open_file(path, "smile.sxi")
    np.testing.assert_array_equal(back.counts[0], ds.counts)
    np.testing.assert_array_equal(back.foreground[0], ds.foreground)
    assert back.attrs["simulated"] == 1
    assert len(sxi.write(ds, tmp_path)) == 3


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"exposure": 0}, "exposure=0"),
        ({"response": -1.0, "sky": -2.0}, "response=-1.0.*sky=-2.0"),
        ({"rate": np.nan}, "rate=nan"),
        ({"vignetting": 0.0}, "vignetting=0.0"),
        ({"vignetting": np.ones((3, 3))}, "shape"),
        ({"psf": -1}, "psf=-1"),
        ({"psf": np.ones((2, 2))}, "odd"),
    ],
    ids=["exposure", "two faults", "rate", "vignetting", "its shape", "blur", "kernel"],
)
def test_what_is_out_of_range_is_said(how, told):
    with pytest.raises(InputError, match=told):
        counts(view(), **how)


@pytest.mark.parametrize(
    "image",
    [
        xr.Dataset(),
        view().drop_vars("y"),
        view().assign_coords(x=np.arange(64) ** 2.0),
        view().isel(x=[0]),
        view().assign(intensity=view().intensity.assign_attrs(units="R")),
    ],
    ids=["empty", "no angles", "irregular", "one pixel", "other units"],
)
def test_what_is_no_image_is_refused(image):
    with pytest.raises(InputError):
        counts(image)


def test_blocks_that_do_not_divide_the_image_are_refused():
    with pytest.raises(InputError, match="do not divide"):
        rebin(counts(view()), 5)
    with pytest.raises(InputError, match="lacks counts"):
        rebin(view())
