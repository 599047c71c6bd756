"""A pass of images whose magnetopause is known, seen by the counts alone and with a wind."""

import numpy as np
import pytest
import xarray as xr

from smile_explore import frames, smile
from smile_explore.errors import InputError
from smile_explore.physics import magnetopause, soft_xray

PLACE = [6.4, 3.3, 18.0]
TIMES = np.datetime64("2027-03-20T12:00", "ns") + np.arange(8) * np.timedelta64(15, "m")
DENSITY = 15 * np.exp(0.25 * np.sin(np.arange(8)))  # cm-3


def nose(n_p, tilt):
    wind = {"n_p": n_p, "v": 400.0, "b": (0.0, 0.0, -1.0)}
    return float(soft_xray.noses("cmem", soft_xray.cmem_start(**wind), **wind, tilt=tilt)[0])


@pytest.fixture(scope="module")
def a_pass():
    """Return images of 15 minutes through two hours of a varying wind, and the true standoffs."""
    images, truth = [], []
    for k, (time, n_p) in enumerate(zip(TIMES, DENSITY, strict=True)):
        tilt = float(frames.dipole_tilt(time))
        seen = smile.image(
            PLACE, n_p=n_p, v=400.0, b=(0, 0, -1.0), tilt=tilt, time=time, shape=(54, 32)
        )
        images.append(smile.counts(seen, exposure=900.0, seed=k))
        truth.append(nose(n_p, tilt))
    return images, np.array(truth)


def wind_of(density):
    time = TIMES[0] + np.arange(-10, 120) * np.timedelta64(60, "s")
    minutes = (TIMES - time[0]) / np.timedelta64(60, "s")
    n_p = np.interp(np.arange(130), minutes, density)
    b = np.tile([0.0, 0.0, -1.0], (130, 1))
    return xr.Dataset(
        {
            "n_p": ("time", n_p, {"units": "cm-3"}),
            "speed": ("time", np.full(130, 400.0), {"units": "km s-1"}),
            "b": (("time", "cartesian"), b, {"units": "nT", "coordinate_system": "GSM"}),
        },
        coords={"time": time, "cartesian": ["x", "y", "z"]},
    )


@pytest.fixture(scope="module")
def alone(a_pass):
    return smile.track_magnetopause(a_pass[0])


def test_the_standoff_is_followed_by_the_images_alone(a_pass, alone):
    off = alone.standoff.values - a_pass[1]
    assert np.ptp(a_pass[1]) > 0.5
    assert np.abs(off).max() < 0.3
    assert np.corrcoef(alone.standoff.values, a_pass[1])[0, 1] > 0.9
    low, high = alone.interval.values.T
    assert ((low < a_pass[1]) & (a_pass[1] < high)).all()
    assert np.isnan(alone.prior.values).all()
    assert alone.attrs["fits"] == 1


def test_it_is_not_the_prior_under_another_name(a_pass):
    """A wind three times too thin puts Shue's boundary more than an Earth radius off."""
    wrong = smile.track_magnetopause(a_pass[0], wind=wind_of(DENSITY / 3))
    prior_off = np.abs(wrong.prior.values - a_pass[1]).mean()
    assert prior_off > 0.5
    assert np.abs(wrong.standoff.values - a_pass[1]).mean() < prior_off / 2
    assert (wrong.weight.values > 0.8).all()


def test_the_prior_is_shue_of_the_wind(a_pass):
    seen = smile.track_magnetopause(a_pass[0][:3], wind=wind_of(np.full(8, 15.0)))
    # 1.67262e-27 kg x 15e6 m-3 x (4e5 m/s)^2 = 4.014 nPa
    expected = float(magnetopause.shue1998(0.0, p_dyn=4.014, b_z=-1.0))
    np.testing.assert_allclose(seen.prior.values, expected, atol=0.01)


def test_order_of_the_images_and_one_dataset_of_them_make_no_difference(a_pass):
    images = a_pass[0][:3]
    one = smile.track_magnetopause(images)
    other = smile.track_magnetopause(images[::-1])
    np.testing.assert_allclose(one.standoff.values, other.standoff.values, atol=1e-6)
    joined = xr.concat(images, "time", combine_attrs="override")
    np.testing.assert_allclose(
        smile.track_magnetopause(joined).standoff.values, one.standoff.values, atol=0.02
    )


def test_what_is_simulated_says_so(alone):
    assert alone.attrs["simulated"] == 1
    assert all(da.attrs["long_name"].startswith("SIMULATED") for da in alone.data_vars.values())
    assert alone.standoff.attrs["units"] == "RE"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param(lambda i: ([], {}), "at least one", id="none"),
        pytest.param(lambda i: ([i[0], i[0]], {}), "Two images are of", id="twice"),
        pytest.param(lambda i: ([i[0].drop_vars("time")], {}), "its time", id="no-time"),
        pytest.param(lambda i: (i[:1], {"model": "mhd"}), "is not 'cmem'", id="model"),
        pytest.param(lambda i: (i[:1], {"wind": xr.Dataset()}), "wind needs n_p", id="wind"),
    ],
)
def test_what_cannot_be_tracked_is_one_sentence(a_pass, change, says):
    images, options = change(a_pass[0])
    with pytest.raises(InputError, match=says):
        smile.track_magnetopause(images, **options)


def test_emission_of_another_kind_is_said_to_misfit():
    from smile_explore.smile.image import image

    seen = image(PLACE, n_p=15.0, shape=(54, 32), time=TIMES[0])
    stripes = seen.assign(intensity=seen.intensity * (1 + 0.9 * np.sin(3 * seen.y)))
    with pytest.warns(UserWarning, match="CMEM does not fit"):
        track = smile.track_magnetopause([smile.counts(stripes, exposure=900.0, seed=1)])
    assert track.attrs["fits"] == 0
