"""Lags between ARTEMIS and OMNI (event E), and models against GOES (event B)."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from smile_explore import link

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def script(name):
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pairs(real_data):
    """Return Bz of ARTEMIS and of OMNI for each pair of event E."""
    found = {}
    for path in sorted((real_data / "omni/artemis_events").glob("GSE_Omni_*.csv")):
        other = real_data / "themis/artemis_events" / path.name.replace("Omni", "Artemis")
        tables = [pd.read_csv(p, parse_dates=["Time"]) for p in (other, path)]
        found[path.stem.removeprefix("GSE_Omni_")] = [
            xr.DataArray(
                t["BZ_GSE"].to_numpy(float), {"time": t["Time"].to_numpy("M8[ns]")}, ["time"], "b_z"
            )
            for t in tables
        ]
    return found


@pytest.fixture(scope="module")
def lags(pairs):
    return {name: link.lag(*pair, max_lag="30min", sign="positive") for name, pair in pairs.items()}


def test_artemis_leads_omni_by_a_few_minutes_in_most_pairs(lags):
    minutes = [f.value / pd.Timedelta("1min") for f in lags.values() if f.usable]
    assert len(lags) == 10
    assert len(minutes) >= 7
    assert 3 <= np.median(minutes) <= 15


def test_pair_without_a_usable_lag_says_so(lags):
    # its correlation still rises where the search ends, 31 min before ARTEMIS
    assert not lags["2015-03-16_03-50"].usable
    assert str(lags["2015-03-16_03-50"]).startswith("no usable lag: ")


@pytest.mark.parametrize("name", ["2013-01-17_10-30", "2015-04-20_20-10", "2014-02-27_18-30"])
def test_lag_is_where_plain_correlation_by_hand_is_highest(lags, pairs, name):
    driver, response = (x.to_pandas() for x in pairs[name])
    by_hand = pd.Series(
        {m: response.corr(driver.shift(freq=pd.Timedelta(minutes=m))) for m in range(-30, 31)}
    )
    low, high = (t / pd.Timedelta("1min") for t in lags[name].interval)
    assert low <= by_hand.idxmax() <= high
    assert lags[name].correlation == pytest.approx(by_hand.max(), abs=0.03)


def test_pair_whose_front_is_nearly_flat_arrives_when_geometry_says(lags, real_data):
    benchmark = script("lag")
    craft, omni = next(t for n, *t in benchmark.artemis_pairs() if n == "2015-04-20_20-10")
    low, high = lags["2015-04-20_20-10"].interval
    assert low <= benchmark.geometry(craft, omni).value <= high


def test_models_are_scored_on_every_dayside_minute_of_both_storms(real_data):
    benchmark = script("models_vs_goes")
    rows = {(storm, model): counts for storm, model, counts in benchmark.rows()}
    minutes = {sum(counts) for (storm, _), counts in rows.items() if storm != "both"}
    assert minutes <= set(range(1400, 1450))  # half of two days
    hits, misses, false, _, _ = rows["both", "shue1998"]
    assert hits > misses  # inside geosynchronous orbit in most of those minutes
    assert false < hits / 2
