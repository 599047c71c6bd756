"""The magnetopause found in images whose magnetopause is known."""

import numpy as np
import pytest
import xarray as xr

from smile_explore import smile
from smile_explore.errors import InputError
from smile_explore.physics import soft_xray
from smile_explore.smile.boundary import MagnetopauseFit

APOGEE = (5.918, 6.741, 17.707)
DENSE = {"n_p": 12.0, "v": 450.0, "b": (0.0, 0.0, -4.0), "tilt": 0.2}
CALM = {"n_p": 5.0, "v": 400.0, "b": (0.0, 0.0, 5.0), "tilt": 0.0}


def true_standoff(wind):
    start = soft_xray.cmem_start(**{k: wind[k] for k in ("n_p", "v", "b")})
    return float(soft_xray.noses("cmem", start, **wind)[0])


@pytest.fixture(scope="module")
def dense():
    return smile.image(APOGEE, **DENSE)


@pytest.mark.parametrize(
    ("place", "wind"),
    [
        pytest.param(APOGEE, CALM, id="calm-the-edge-only-in-the-corners"),
        pytest.param(APOGEE, DENSE, id="dense"),
        pytest.param((8.2, 4.3, 17.7), CALM | {"tilt": -0.3}, id="march"),
        pytest.param((-7.9, 4.9, 17.7), DENSE, id="november"),
        pytest.param((3.84, -8.44, 17.66), DENSE | {"n_p": 25.0, "v": 600.0}, id="storm"),
    ],
)
def test_cmem_fit_without_noise(place, wind):
    fit = smile.fit_magnetopause(smile.image(place, **wind))
    assert fit.standoff == pytest.approx(true_standoff(wind), abs=0.05)
    assert fit.error < 0.05
    assert fit.method == "cmem"


@pytest.mark.parametrize("seed", [1, 2])
def test_cmem_fit_of_five_minutes_of_counts(dense, seed):
    fit = smile.fit_magnetopause(smile.counts(dense, rate=160.0, exposure=300.0, seed=seed))
    assert fit.standoff == pytest.approx(true_standoff(DENSE), abs=0.2)
    assert abs(fit.standoff - true_standoff(DENSE)) < 5 * fit.error < 0.5
    assert fit.misfit == pytest.approx(1, abs=0.2)


@pytest.mark.slow
def test_cmem_fit_is_within_half_a_radius_in_nine_of_ten_seeds():
    wind = CALM
    seen = smile.image(APOGEE, **wind)
    off = [
        smile.fit_magnetopause(smile.counts(seen, rate=150.0, seed=seed)).standoff
        - true_standoff(wind)
        for seed in range(10)
    ]
    assert (np.abs(off) < 0.5).sum() >= 9
    assert (np.abs(off) < 0.2).sum() >= 9


def test_fitted_parameters_make_the_image_again(dense):
    fit = smile.fit_magnetopause(dense)
    again = smile.image(APOGEE, **fit.wind, parameters=fit.parameters)
    np.testing.assert_allclose(again.intensity, dense.intensity, rtol=0.1)
    assert float(abs(again.intensity / dense.intensity - 1).mean()) < 0.01


def test_the_fit_is_not_told_the_wind(dense):
    blind = dense.copy()
    for key in [*soft_xray.cmem_start(n_p=5.0, v=400.0, b=(0, 0, 0)), "n_p", "v", "b_z"]:
        blind.attrs.pop(key)
    assert smile.fit_magnetopause(blind).standoff == smile.fit_magnetopause(dense).standoff


def test_an_image_turned_into_gsm_is_fitted_in_gsm():
    seen = smile.image(APOGEE, **DENSE, time="2027-03-21 10:00")
    fit = smile.fit_magnetopause(seen)
    assert fit.standoff == pytest.approx(true_standoff(DENSE), abs=0.03)


@pytest.mark.parametrize(
    ("place", "wind"),
    [
        pytest.param(APOGEE, DENSE, id="dense"),
        pytest.param((8.2, 4.3, 17.7), DENSE | {"v": 400.0}, id="march"),
        pytest.param((3.84, -8.44, 17.66), DENSE, id="june"),
    ],
)
def test_tangent_fit_without_noise(place, wind):
    fit = smile.fit_magnetopause(smile.image(place, **wind), method="tangent")
    assert fit.standoff == pytest.approx(true_standoff(wind), abs=0.1)
    assert fit.error < 0.5


def test_tangent_fit_of_five_minutes_of_counts(dense):
    seen = smile.counts(dense, rate=300.0, seed=3)
    fit = smile.fit_magnetopause(seen, method="tangent")
    assert fit.standoff == pytest.approx(true_standoff(DENSE), abs=0.5)


@pytest.mark.parametrize(
    ("place", "rate", "quality"),
    [
        pytest.param(APOGEE, None, 0, id="no-noise"),
        pytest.param(APOGEE, 200.0, 0, id="bright"),
        pytest.param(APOGEE, 110.0, 1, id="fainter"),
        pytest.param(APOGEE, 50.0, 2, id="faint"),
        pytest.param((-7.9, 4.9, 17.7), 200.0, 1, id="slanted"),
    ],
)
def test_quality_is_the_missions_flag(place, rate, quality):
    seen = smile.image(place, **DENSE)
    seen = seen if rate is None else smile.counts(seen, rate=rate, seed=1)
    assert smile.fit_magnetopause(seen).quality == quality


# --------------------------------------------------------------------------- refusals


def even(value, **attrs):
    ds = smile.image(APOGEE, shape=(27, 16))
    return ds.assign(intensity=value + 0 * ds.intensity).assign_attrs(attrs)


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(lambda: even(4.0), id="even"),
        pytest.param(lambda: smile.counts(even(4.0), rate=150.0, seed=1), id="noise"),
        pytest.param(lambda: smile.image(APOGEE, aim=40.0, fov=(8.0, 8.0)), id="looks-upstream"),
    ],
)
@pytest.mark.parametrize("method", ["cmem", "tangent"])
def test_an_image_without_the_boundary_is_refused(seen, method):
    with pytest.raises(InputError, match=r"does not hold the magnetopause|slanted"):
        smile.fit_magnetopause(seen(), method=method)


@pytest.mark.parametrize("place", [APOGEE, (8.2, 4.3, 17.7)], ids=["corners", "outside"])
def test_tangent_refuses_what_it_cannot_tell(place):
    with pytest.raises(InputError, match="no bright ridge"):
        smile.fit_magnetopause(smile.counts(smile.image(place, **CALM), seed=1), "tangent")


def test_tangent_makes_no_boundary_of_noise():
    told = 0
    for seed in range(
        12
    ):  # one of a hundred may pass; two of twelve: less than one chance in a hundred
        seen = smile.counts(smile.image((3.84, -8.44, 17.66), **CALM), rate=15.0, seed=seed)
        try:
            fit = smile.fit_magnetopause(seen, "tangent")
        except InputError:
            continue
        told += abs(fit.standoff - true_standoff(CALM)) > 1
    assert told <= 1


def test_tangent_refuses_views_from_behind():
    with pytest.raises(InputError, match="use method 'cmem'"):
        smile.fit_magnetopause(smile.image((-7.9, 4.9, 17.7)), method="tangent")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(lambda ds: ds.intensity, "no Dataset", id="dataarray"),
        pytest.param(lambda ds: ds.drop_vars("intensity"), "no Dataset", id="empty"),
        pytest.param(lambda ds: xr.concat([ds, ds], "time"), "one image", id="two"),
        pytest.param(lambda ds: ds.where(ds.x > 0), "missing pixels", id="holes"),
        pytest.param(lambda ds: ds * 0, "no light", id="dark"),
        pytest.param(lambda ds: ds.drop_attrs(), "does not tell its pos", id="nowhere"),
    ],
)
def test_bad_images_are_refused_in_one_sentence(dense, spoil, words):
    with xr.set_options(keep_attrs=True):
        spoilt = spoil(dense)
    with pytest.raises(InputError, match=words):
        smile.fit_magnetopause(spoilt)


def test_the_interval_holds_both_errors():
    """sqrt(0.06**2 + 0.25**2) = 0.2571; times 1.95996, the normal 97.5 % point, 0.5039."""
    fit = MagnetopauseFit(9.0, 0.06, 0, "cmem", 1.0, {}, {}, 0.25)
    assert fit.interval(0.95) == pytest.approx((8.4961, 9.5039), abs=2e-4)
    low, high = fit.interval(0.68269)  # one standard deviation
    assert (high - low) / 2 == pytest.approx(0.2571, abs=1e-4)


@pytest.mark.parametrize("level", [0, 1, 95, float("nan")])
def test_a_level_that_is_no_probability_is_refused(level):
    fit = MagnetopauseFit(9.0, 0.06, 0, "cmem", 1.0, {}, {}, 0.25)
    with pytest.raises(InputError, match="is no probability between 0 and 1"):
        fit.interval(level)


def test_the_models_error_lies_between_those_measured(dense):
    assert 0.1 <= smile.fit_magnetopause(dense).model_error <= 0.35


def test_nobody_has_measured_the_error_of_the_tangents_shape(dense):
    fit = smile.fit_magnetopause(dense, method="tangent")
    assert np.isnan(fit.model_error)
    assert np.isnan(fit.interval(0.95)).all()


def test_an_unknown_method_is_refused(dense):
    with pytest.raises(InputError, match="neither 'cmem' nor 'tangent'"):
        smile.fit_magnetopause(dense, method="hough")
