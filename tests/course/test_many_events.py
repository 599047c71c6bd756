"""The simulated month is what it says, and the checks that rest on it teach."""

import numpy as np
import pytest

from smile_explore import contract, events, link
from smile_explore.course.many_events import CHECKS, DELAY, simulated_month

WIND, PLANTED = simulated_month()


def test_month_obeys_the_contract_and_says_simulated():
    contract.check(WIND)
    assert WIND.attrs["simulated"] == 1
    assert "seed 21" in WIND.attrs["statistics"]


def test_month_is_the_same_from_the_same_seed_and_another_from_another():
    simulated_month.cache_clear()
    assert simulated_month()[0].equals(WIND)
    assert not simulated_month(22)[0].ae.equals(WIND.ae)


def test_planted_southward_fields_are_found_and_turns_of_by_are_not():
    found = events.southward_turnings(WIND.b).time.to_numpy()
    near = np.abs(found[:, None] - PLANTED["turnings"].time.to_numpy()).min(axis=1)
    assert len(found) >= 0.8 * len(PLANTED["turnings"])
    assert np.mean(near <= np.timedelta64(5, "m")) > 0.95
    turned = np.abs(found[:, None] - PLANTED["rotations"].time.to_numpy()).min(axis=0)
    assert np.mean(turned > np.timedelta64(5, "m")) > 0.95


def test_ae_waits_for_its_delay_and_ignores_turns_of_by():
    options = {"window": ("-1h", "2h"), "bootstrap": 0}
    south = link.superposed_epoch(PLANTED["turnings"], WIND[["ae"]], **options).ae
    quiet = link.superposed_epoch(PLANTED["rotations"], WIND[["ae"]], **options).ae
    before = float(south.sel(epoch_time=slice("-60min", "0min")).mean())
    assert float(south.sel(epoch_time=f"{DELAY}min")) < 1.3 * before
    assert float(south.sel(epoch_time="60min")) > 4 * before
    assert float(quiet.max()) < 1.3 * float(quiet.min())


def test_missing_wind_is_nan_in_all_components_and_about_three_percent():
    gone = WIND.b.isnull()
    assert (gone.any("cartesian") == gone.all("cartesian")).all()
    assert 0.02 < float(gone.mean()) < 0.04


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        pytest.param(1, events.find(WIND, "b_z < -5 for >= 30min"), id="the condition"),
        pytest.param(2, 25.0, id="a step after the delay"),
        pytest.param(3, 45.0, id="as planted"),
        pytest.param(3, 50.0, id="nearest lag"),
        pytest.param(4, PLANTED["turnings"].answered.mean(), id="as planted by the dice"),
        pytest.param(4, 0.42, id="as measured"),
    ],
)
def test_truth_passes(number, answer):
    assert CHECKS[number](answer).passed


@pytest.mark.parametrize(
    ("number", "answer", "taught"),
    [
        pytest.param(1, events.find(WIND, "b_z < -5"), "how long", id="without for"),
        pytest.param(1, events.find(WIND, "|b| > 5 for >= 30min"), "magnitude", id="magnitude"),
        pytest.param(1, events.find(WIND, "b_z < -4 for >= 30min"), "duration", id="another limit"),
        pytest.param(2, 0.42, "hours", id="hours"),
        pytest.param(2, -10, "no response", id="before"),
        pytest.param(2, 70, "maximum", id="the maximum"),
        pytest.param(2, 5, "still", id="too early"),
        pytest.param(3, -50, "Exchanged", id="lists exchanged"),
        pytest.param(3, 0.75, "hours", id="hours of lag"),
        pytest.param(3, 120, "largest", id="no peak"),
        pytest.param(4, 49, "share", id="number of pairs"),
        pytest.param(4, 0.68, "chance", id="chance not taken off"),
        pytest.param(4, 0.1, "peak", id="far off"),
    ],
)
def test_usual_mistake_gets_a_hint_of_its_own(number, answer, taught):
    verdict = CHECKS[number](answer)
    assert not verdict.passed
    assert taught in verdict.text
