"""Superposed epoch: spacepy as oracle, planted responses, gaps, coverage of the band."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from smile_explore import link
from smile_explore.errors import DatasetError, InputError

START = np.datetime64("2014-03-01", "ns")
MINUTE = np.timedelta64(60, "s").astype("m8[ns]")


def series(values, cadence=MINUTE, **attrs):
    time = START + np.arange(len(values)) * cadence
    return xr.DataArray(
        values, {"time": time}, ["time"] if np.ndim(values) == 1 else ["time", "cartesian"],
        "b", {"units": "nT", **attrs},
    )  # fmt: skip


def at(*minutes):
    return START + np.array(minutes) * MINUTE


@pytest.fixture(scope="module")
def spacepy_seapy(spacepy_home):
    return pytest.importorskip("spacepy.seapy")


@pytest.mark.parametrize("share_missing", [0.0, 0.2])
def test_median_mean_and_quartiles_are_those_of_spacepy(spacepy_seapy, share_missing):
    rng = np.random.default_rng(7)
    values = rng.standard_gamma(2.0, 3000)
    values[rng.random(3000) < share_missing] = np.nan
    # a third of a minute off the samples: the nearest one counts
    epochs = np.sort(rng.choice(np.arange(100, 2900), 60, replace=False)) + 1 / 3
    sea = spacepy_seapy.Sea(
        values, np.arange(3000.0), epochs, window=60.0, delta=1.0, verbose=False
    )
    sea.sea()
    events = START + np.round(epochs * 60e9).astype("m8[ns]")
    window = {"window": ("-60min", "60min"), "bootstrap": 0}
    median = link.superposed_epoch(events, series(values), **window)
    mean = link.superposed_epoch(events, series(values), statistic="mean", **window)
    np.testing.assert_allclose(median.b, sea.semedian, rtol=0, atol=1e-9)
    np.testing.assert_allclose(mean.b, sea.semean, rtol=0, atol=1e-9)
    np.testing.assert_allclose(median.b_p25, np.ravel(sea.bound_low), rtol=0, atol=1e-9)
    np.testing.assert_allclose(median.b_p75, np.ravel(sea.bound_high), rtol=0, atol=1e-9)
    np.testing.assert_allclose(median.epoch_time / MINUTE, sea.x)
    np.testing.assert_array_equal(median.b_count, sea.datacube.count(axis=0))


@pytest.mark.parametrize("statistic", ["median", "mean"])
@pytest.mark.parametrize("events", [8, 40])
def test_the_bootstrap_band_holds_the_truth_as_often_as_it_says(statistic, events):
    """2000 independent trials in one run: the epoch times of white noise, whose centre is 0."""
    stops = 2001 * np.arange(events) + 1000
    noise = series(np.random.default_rng(11).normal(size=2001 * events))
    found = link.superposed_epoch(
        at(*stops), noise, window=("-1000min", "1000min"), statistic=statistic, seed=2
    )
    inside = ((found.b_low <= 0) & (found.b_high >= 0)).mean().item()
    assert 0.92 <= inside <= 0.98


def test_a_planted_response_comes_out_of_the_noise():
    rng = np.random.default_rng(3)
    values = rng.normal(0, 2, 20_000)
    minutes = np.arange(300, 19_500, 400)
    for m in minutes:
        values[m + 30 : m + 60] -= 5
    found = link.superposed_epoch(at(*minutes), series(values), window=("-1h", "2h"))
    during = found.sel(epoch_time=slice("30min", "59min"))
    before = found.sel(epoch_time=slice("-60min", "29min"))
    assert (during.b_high < -2).all()
    assert ((before.b_low < 0) & (before.b_high > 0)).mean() > 0.85


def test_missing_stays_missing_and_a_gap_is_not_bridged():
    values = np.arange(200.0)
    values[100] = np.nan
    data = series(values).isel(time=np.r_[0:110, 120:200])
    found = link.superposed_epoch(at(105), data, window=("-10min", "20min"), bootstrap=0)
    missing = found.epoch_time.values[np.isnan(found.b)] / MINUTE
    assert missing.tolist() == [-5, *range(5, 15)]
    assert found.b_count.values[np.isnan(found.b)].tolist() == [0] * 11
    assert found.b.sel(epoch_time="15min").item() == 120


def test_each_event_counts_where_it_has_data():
    found = link.superposed_epoch(
        at(2, 50, 98), series(np.arange(100.0)), window=("-5min", "5min"), bootstrap=0
    )
    assert found.b_count.values.tolist() == [2, 2, 2, 3, 3, 3, 3, 2, 2, 2, 2]
    assert found.attrs["events_with_data"] == 3


def test_a_coarser_step_averages_the_samples_of_each_event():
    found = link.superposed_epoch(
        at(50), series(np.arange(100.0)), window=("-10min", "10min"), step="5min", bootstrap=0
    )
    # from half a step before to half a step after: 3 minutes before, 2 after, or the reverse
    assert found.b.values.tolist() == [40, 45, 50, 55, 60]


def test_vectors_and_datasets_keep_dims_units_frames():
    b = series(np.random.default_rng(0).normal(size=(300, 3)), coordinate_system="GSM")
    b = b.assign_coords(cartesian=["x", "y", "z"])
    ds = xr.Dataset({"b": b, "n_p": ("time", np.ones(300), {"units": "cm-3"}), "note": 3})
    found = link.superposed_epoch(at(*range(100, 181, 10)), ds, window=("-9min", "9min"))
    assert found.b.dims == ("epoch_time", "cartesian")
    assert found.b_low.attrs["coordinate_system"] == "GSM"
    assert found.b.sel(cartesian="z").sizes == {"epoch_time": 19}
    assert (found.n_p.units, found.n_p_count.units) == ("cm-3", "1")
    alone = link.superposed_epoch(
        at(*range(100, 181, 10)), b.sel(cartesian="y", drop=True), window=("-9min", "9min")
    )
    xr.testing.assert_allclose(found.b_high.sel(cartesian="y", drop=True), alone.b_high)


def test_the_result_survives_a_file(tmp_path):
    found = link.superposed_epoch(at(100, 150), series(np.ones(300)), bootstrap=100)
    found.to_netcdf(tmp_path / "epoch.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "epoch.nc", engine="h5netcdf", decode_timedelta=True) as back:
        xr.testing.assert_identical(back.load(), found)


def test_few_events_have_no_band():
    few = link.superposed_epoch(at(*range(100, 240, 20)), series(np.arange(400.0)), bootstrap=100)
    assert np.isnan(few.b_low).all()
    assert np.isfinite(few.b).all()


def test_tables_of_events_give_time_or_start():
    data, when = series(np.arange(400.0)), pd.to_datetime(at(200, 250))
    plain = link.superposed_epoch(when, data, bootstrap=0)
    start = link.superposed_epoch(
        pd.DataFrame({"start": when, "stop": when + pd.Timedelta("1h")}), data, bootstrap=0
    )
    time = link.superposed_epoch(
        pd.DataFrame({"start": when - pd.Timedelta("1min"), "time": when}), data, bootstrap=0
    )
    xr.testing.assert_identical(plain, start)
    xr.testing.assert_identical(plain, time)


@given(shift=st.integers(-(10**6), 10**6), scale=st.floats(-50, 50).filter(lambda s: abs(s) > 0.1))
def test_a_shifted_and_scaled_series_has_a_shifted_and_scaled_median(shift, scale):
    values = np.random.default_rng(1).normal(size=300)
    options = {"window": ("-9min", "9min"), "bootstrap": 0, "bands": ()}
    one = link.superposed_epoch(at(100, 150, 200), series(values), **options)
    two = link.superposed_epoch(at(100, 150, 200), series(values * scale + shift), **options)
    np.testing.assert_allclose(two.b, one.b * scale + shift, rtol=1e-9, atol=1e-6)


def test_the_seed_decides_and_the_input_stays():
    data = series(np.random.default_rng(1).normal(size=600))
    kept = data.copy(deep=True)
    events = at(*range(200, 401, 20))
    once, again, other = (link.superposed_epoch(events, data, seed=s) for s in (1, 1, 2))
    xr.testing.assert_identical(once, again)
    assert not once.b_low.equals(other.b_low)
    xr.testing.assert_identical(data, kept)


DATA = series(np.arange(300.0))


@pytest.mark.parametrize(
    ("events", "data", "options", "error", "rule"),
    [
        pytest.param([], DATA, {}, InputError, "0 events", id="no events"),
        pytest.param(["2014-03-01", None], DATA, {}, InputError, "without a time", id="NaT"),
        pytest.param(["soon"], DATA, {}, InputError, "no times", id="no times"),
        pytest.param(pd.DataFrame({"when": [1]}), DATA, {}, InputError, "neither", id="no column"),
        pytest.param(["2015-01-01"], DATA, {}, InputError, "None of the 1", id="elsewhere"),
        pytest.param(at(99), DATA, {"window": ("2h", "-2h")}, InputError, "window", id="reversed"),
        pytest.param(at(99), DATA, {"window": ("a", "b")}, InputError, "window", id="words"),
        pytest.param(at(99), DATA, {"step": "1s"}, InputError, "no finer", id="finer than data"),
        pytest.param(at(99), DATA, {"statistic": "mode"}, InputError, "mode", id="mode"),
        pytest.param(at(99), DATA, {"bands": (25, 175)}, InputError, "percents", id="175 %"),
        pytest.param(at(99), DATA, {"bootstrap": 10}, InputError, "at least 100", id="ten"),
        pytest.param(at(99), xr.Dataset({"a": 1}), {}, DatasetError, "numbers over", id="no time"),
        pytest.param(at(99), DATA[::-1], {}, DatasetError, "strictly increase", id="unsorted"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused(events, data, options, error, rule):
    with pytest.raises(error, match=rule):
        link.superposed_epoch(events, data, **options)
