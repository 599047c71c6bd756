"""The lag's estimate: a planted lag is found with its interval, and none is made up."""

import numpy as np
import pytest

from smile_explore.app.explorer import Explorer
from smile_explore.app.lag import Estimate, LagControl, bar, estimate, expected
from smile_explore.app.look import LOOKS
from smile_explore.app.store import Series, milliseconds
from tests.app.conftest import MINUTE, START

RNG = np.random.default_rng(3)
T = np.arange(480) * 60_000.0
WAVE = np.convolve(RNG.normal(size=700), np.ones(12) / 3, "same")


def series(values, product="ace.mfi"):
    return Series("B", T, (("Bz", values.astype(np.float32), ("#000", "solid")),), units="nT", attrs={"product": product})  # fmt: skip


def test_a_planted_lag_is_found_within_a_minute_and_inside_its_interval():
    noise = 0.3 * RNG.normal(size=480)
    found = estimate(series(WAVE[100:580]), series(WAVE[60:540] + noise, "omni.1min"), (0.0, T[-1]))  # fmt: skip
    assert found.minutes == pytest.approx(40, abs=1)
    assert found.interval[0] <= 40 <= found.interval[1]
    assert "95 %" in found.text


def test_a_response_before_its_cause_is_not_searched_for():
    noise = 0.3 * RNG.normal(size=480)
    early = series(WAVE[140:620] + noise, "omni.1min")  # forty minutes before the driver
    found = estimate(series(WAVE[100:580]), early, (0.0, T[-1]))
    assert found.minutes is None
    assert "no usable lag" in found.text


def test_the_same_component_is_not_taken_for_its_opposite():
    opposite = series(-WAVE[60:540], "omni.1min")
    found = estimate(series(WAVE[100:580]), opposite, (0.0, T[-1]))
    assert found.minutes != pytest.approx(40, abs=5)


def test_the_way_from_l1_at_the_speed_of_the_view_is_said(load):
    wind = load("omni.1min", START, START + 60 * MINUTE)
    view = tuple(milliseconds([START, START + 60 * MINUTE]))
    assert "At 400 km/s, 1.5 million km take 62 min." in expected(wind, view)  # 62.5 by hand


def test_a_lag_set_by_code_moves_the_slider(load):
    explorer = Explorer(load=load)
    control = LagControl(explorer)
    explorer.set_lag(-12.5)
    assert control.slider.value == -12.5


def test_unrelated_series_have_no_usable_lag():
    other = np.convolve(np.random.default_rng(99).normal(size=480), np.ones(12) / 3, "same")
    found = estimate(series(WAVE[100:580]), series(other), (0.0, T[-1]))
    assert found.minutes is None
    assert "no usable lag" in found.text
    assert bar(found, LOOKS["light"]) == ""


def test_the_interval_is_drawn_on_the_lags_that_were_searched():
    drawn = bar(Estimate(40.0, (30.0, 60.0), ""), LOOKS["dark"])
    assert "Lag 40 min, 95 % interval 30 to 60 min" in drawn
    # 0 to 120 min on 240 pixels after 10: 30 min at 70, 30 min wide are 60, 40 min at 90
    assert 'rect x="70.0" y="5" width="60.0"' in drawn
    assert 'x1="90.0" x2="90.0"' in drawn


def test_without_an_l1_series_there_is_nothing_to_estimate(load):
    explorer = Explorer(load=load)
    control = LagControl(explorer)
    control.estimate()
    assert "measured at L1" in control.text.object
    control.apply()
    assert "no estimate" in control.text.object


def test_an_estimate_is_applied_with_one_click(load):
    explorer = Explorer(load=load)
    explorer.set_panels(["ace.mfi:b:GSM", "omni.1min:b:GSM"])
    explorer.go(START + 7 * 60 * MINUTE, START + 16 * 60 * MINUTE)
    control = LagControl(explorer)
    control._estimate = 45.0
    control.apply()
    assert explorer.study.lag == 45.0
