"""The lag: planted truth, honest intervals, chance told from fact, and refusals."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from smile_explore import link
from smile_explore.errors import InputError

START = np.datetime64("2014-03-01", "ns")
MINUTE = pd.Timedelta("1min")


def series(values, cadence=60.0, start=0.0):
    time = START + np.round((start + cadence * np.arange(len(values))) * 1e9).astype("m8[ns]")
    return xr.DataArray(np.asarray(values, float), {"time": time}, ["time"])


def red(n, slope, rng):
    """Return n samples of noise with a power spectrum f**-slope, out of a longer series."""
    f = np.fft.rfftfreq(8 * n)
    f[0] = np.inf
    phases = rng.normal(size=len(f)) + 1j * rng.normal(size=len(f))
    return np.fft.irfft(f ** (-slope / 2) * phases, 8 * n)[n : 2 * n]


def pair(n, lag, rng, *, slope=5 / 3, snr=3.0):
    """Return a driver and its delayed copy with white noise, 1-min samples."""
    long = red(n + 200, slope, rng)
    clean = long[100 - lag : 100 - lag + n]
    noise = rng.normal(size=n) * clean.std() / snr
    return series(long[100 : 100 + n]), series(clean + noise)


def holes(da, share, rng):
    """Return `da` with stretches of NaN."""
    values = da.values.copy()
    while np.isnan(values).mean() < share:
        at = rng.integers(0, len(values))
        values[at : at + rng.integers(3, 20)] = np.nan
    return da.copy(data=values)


# --------------------------------------------------------------------------- planted truth


@pytest.mark.parametrize("slope", [1.0, 5 / 3, 2.0])
@pytest.mark.parametrize("minutes", [44, 0, -17])
def test_known_lag_is_found_within_one_cadence(slope, minutes):
    for seed in range(4):
        driver, response = pair(600, minutes, np.random.default_rng(seed), slope=slope)
        found = link.lag(driver, response, max_lag="60min", seed=seed)
        assert found.usable
        assert abs(found.value - minutes * MINUTE) <= MINUTE


def test_positive_lag_means_that_the_response_comes_later():
    rng = np.random.default_rng(0)
    driver = series(red(400, 5 / 3, rng))
    later = driver.assign_coords(time=driver.time + np.timedelta64(20, "m"))
    assert abs(link.lag(driver, later).value - 20 * MINUTE) < 0.1 * MINUTE
    assert abs(link.lag(later, driver).value + 20 * MINUTE) < 0.1 * MINUTE


def test_gaps_and_missing_values_do_not_move_the_lag():
    for seed in range(5):
        rng = np.random.default_rng(seed)
        driver, response = pair(900, 31, rng)
        driver, response = holes(driver, 0.2, rng), holes(response, 0.2, rng)
        response = response.isel(time=np.flatnonzero(rng.random(900) > 0.05))
        found = link.lag(driver, response, seed=seed)
        assert found.usable
        assert abs(found.value - 31 * MINUTE) <= MINUTE


@pytest.mark.parametrize(
    ("cadence", "start"),
    [
        pytest.param(60, 30, id="stamps half a minute off"),
        pytest.param(64, 0, id="64 s against 60 s"),
        pytest.param(3, 1.5, id="3 s against 60 s"),
    ],
)
def test_other_cadence_or_stamps_do_not_move_the_lag(cadence, start):
    rng = np.random.default_rng(3)
    seconds = np.arange(12 * 3600)
    truth = red(len(seconds), 5 / 3, rng)
    lag = 25 * 60
    driver = series(truth[::60], 60)
    at = np.arange(start, len(seconds) - 1, cadence)
    shifted = np.interp(at - lag, seconds, truth, left=np.nan)
    found = link.lag(driver, series(shifted + 0.1 * rng.normal(size=len(at)), cadence, start))
    assert found.usable
    assert abs(found.value.total_seconds() - lag) < 15


def test_negative_relation_is_found_unless_a_positive_one_is_asked_for():
    driver, response = pair(600, 12, np.random.default_rng(1))
    either = link.lag(driver, -response)
    assert either.usable
    assert either.correlation < -0.9
    assert abs(either.value - 12 * MINUTE) < MINUTE
    assert link.lag(driver, -response, sign="negative").value == either.value
    assert abs(link.lag(driver, -response, sign="positive").correlation) < 0.9


def test_correlation_is_pearsons_over_the_pairs_that_are_there():
    rng = np.random.default_rng(5)
    driver, response = pair(300, 10, rng)
    driver = holes(driver, 0.1, rng)
    found = link.lag(driver, response)
    d, r = driver.values[:-10], response.values[10:]
    both = np.isfinite(d)
    assert found.correlation == pytest.approx(np.corrcoef(d[both], r[both])[0, 1], abs=1e-9)


# --------------------------------------------------------------------------- honesty


@pytest.fixture(scope="module")
def trials():
    """Return lags, and their truth, of eighty seeded trials at signal-to-noise 3."""
    rng = np.random.default_rng(42)
    truths = rng.integers(5, 50, 80)
    found = [
        link.lag(*pair(300, int(t), np.random.default_rng(k)), seed=k, bootstraps=200)
        for k, t in enumerate(truths)
    ]
    return found, truths


def test_interval_holds_the_truth_as_often_as_it_says(trials):
    found, truths = trials
    held = sum(f.interval[0] <= t * MINUTE <= f.interval[1] for f, t in zip(*trials, strict=True))
    assert held >= 70  # 76 are expected of 80; fewer than 70 in 3 of 1000 runs
    assert all(f.usable for f in found)
    assert len(truths) == 80


def test_interval_is_no_wider_than_the_errors_call_for(trials):
    found, truths = trials
    errors = [(f.value - t * MINUTE) / MINUTE for f, t in zip(found, truths, strict=True)]
    halves = [(f.interval[1] - f.interval[0]) / MINUTE / 2 for f in found]
    assert np.median(halves) == pytest.approx(1.96 * np.std(errors), rel=0.35)


def test_unrelated_red_series_have_no_usable_lag():
    usable = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        driver, response = (series(red(240, (1.0, 5 / 3, 2.0)[seed % 3], rng)) for _ in range(2))
        found = link.lag(driver, response, seed=seed, bootstraps=200)
        usable += found.usable
        assert found.usable or (found.quality == 0 and str(found).startswith("no usable lag: "))
    assert usable <= 3


def test_lag_beyond_the_range_is_not_usable():
    for seed in range(5):
        driver, response = pair(600, 44, np.random.default_rng(seed))
        assert not link.lag(driver, response, max_lag="40min", seed=seed).usable


def test_noise_widens_the_interval_and_lowers_the_quality():
    clean = link.lag(*pair(600, 20, np.random.default_rng(2), snr=10))
    noisy = link.lag(*pair(600, 20, np.random.default_rng(2), snr=1))
    assert np.diff(noisy.interval)[0] > 3 * np.diff(clean.interval)[0]
    assert 0 < noisy.quality < clean.quality <= 1


def test_same_seed_gives_the_same_lag_and_another_seed_another_interval():
    driver, response = pair(300, 9, np.random.default_rng(8))
    assert link.lag(driver, response, seed=1) == link.lag(driver, response, seed=1)
    assert (
        link.lag(driver, response, seed=1).interval != link.lag(driver, response, seed=2).interval
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("driver", "response"),
    [
        pytest.param(np.full(200, np.nan), np.arange(200.0), id="driver missing"),
        pytest.param(np.arange(200.0), np.full(200, np.nan), id="response missing"),
        pytest.param(np.ones(200), np.sin(np.arange(200.0)), id="driver constant"),
        pytest.param(np.sin(np.arange(200.0)), np.ones(200), id="response constant"),
        pytest.param(np.sin(np.arange(20.0)), np.sin(np.arange(20.0)), id="20 samples"),
    ],
)
def test_series_that_tell_nothing_have_no_lag_at_all(driver, response):
    found = link.lag(series(driver), series(response))
    assert not found.usable
    assert found.value is pd.NaT
    assert found.interval == (pd.NaT, pd.NaT) or found.interval[0] is pd.NaT
    assert "pairs" in str(found)


def test_series_at_other_times_have_no_lag():
    one = series(red(200, 1.0, np.random.default_rng(0)))
    assert not link.lag(one, one.assign_coords(time=one.time + np.timedelta64(9, "D"))).usable


def test_identical_series_have_lag_zero():
    one = series(red(300, 5 / 3, np.random.default_rng(0)))
    found = link.lag(one, one)
    assert abs(found.value) < pd.Timedelta("5s")
    assert found.interval[0] <= pd.Timedelta(0) <= found.interval[1]


# --------------------------------------------------------------------------- invariants


@settings(max_examples=8, deadline=None)
@given(seconds=st.integers(-1200, 1200))
def test_moving_the_response_moves_the_lag_as_much(seconds):
    driver, response = pair(300, 5, np.random.default_rng(4))
    moved = response.assign_coords(time=response.time + np.timedelta64(seconds, "s"))
    apart = (
        link.lag(driver, moved, bootstraps=20).value
        - link.lag(driver, response, bootstraps=20).value
    )
    # stamps off the driver's grid are averaged in pairs, which costs some sharpness
    assert apart.total_seconds() == pytest.approx(seconds, abs=12)


@settings(max_examples=8, deadline=None)
@given(factor=st.floats(1e-3, 1e3), offset=st.floats(-1e3, 1e3))
def test_units_and_offset_of_the_response_do_not_matter(factor, offset):
    driver, response = pair(300, 5, np.random.default_rng(4))
    plain = link.lag(driver, response, bootstraps=20)
    other = link.lag(driver, factor * response + offset, bootstraps=20)
    assert other.value.total_seconds() == pytest.approx(plain.value.total_seconds(), abs=1e-3)


# --------------------------------------------------------------------------- words and refusals


def test_lag_says_itself_in_one_sentence():
    found = link.Lag(
        pd.Timedelta("44min"), (pd.Timedelta("38min"), pd.Timedelta("51min")), 0.8, True,
        "correlation", "", 0.87, 0.005,
    )  # fmt: skip
    assert str(found) == "44 min (38 to 51, 95 %), by correlation, r = 0.87"


def test_response_that_leads_is_said_to_lead():
    driver, response = pair(600, -17, np.random.default_rng(1))
    assert str(link.lag(driver, response)).endswith("the response leads the driver")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"method": "guess"}, "No method 'guess'", id="method"),
        pytest.param({"sign": "up"}, "No sign 'up'", id="sign"),
        pytest.param({"max_lag": "soon"}, "'soon' is no duration", id="max_lag"),
        pytest.param({"max_lag": 60}, "60 is no duration", id="bare number"),
        pytest.param({"max_lag": "90s"}, "below three samples", id="short"),
        pytest.param({"bootstraps": 0}, "gives no interval", id="bootstraps"),
        pytest.param({"method": "ballistic"}, "needs v=", id="ballistic without speed"),
        pytest.param({"method": "omni"}, "needs timeshift=", id="omni without timeshift"),
    ],
)
def test_option_that_cannot_be_is_refused(options, message):
    one = series(np.arange(50.0))
    with pytest.raises(InputError, match=message):
        link.lag(one, one, **options)


def test_response_must_be_a_series():
    with pytest.raises(InputError, match="response is NoneType"):
        link.lag(series(np.arange(50.0)))
