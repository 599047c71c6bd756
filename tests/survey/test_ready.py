"""The ready surveys give in pieces what one call gives over the whole."""

import numpy as np
import pandas as pd
import pytest

from smile_explore import events, link, packs, survey
from smile_explore.errors import InputError, PartialCoverageWarning
from smile_explore.load import load
from smile_explore.smile.visibility import visibility

DAY = ("2027-03-22", "2027-03-23")
SIMULATED = {"source": "rehearsal"}


@pytest.fixture
def truth():
    return packs.open("rehearsal").truth


@pytest.fixture(autouse=True)
def _one_cache(tmp_path_factory, monkeypatch):
    """Build the rehearsal once for all tests of this file."""
    monkeypatch.setenv("SMILE_EXPLORE_CACHE", str(tmp_path_factory.getbasetemp() / "rehearsed"))


def test_events_in_pieces_are_those_of_the_whole():
    wind = load("omni.1min", *DAY, **SIMULATED)
    found = survey.omni_events(*DAY, step="8h", **SIMULATED)
    for kind, table in {
        "southward turning": events.southward_turnings(wind.b),
        "shock": events.shocks(wind),
        "pressure pulse": events.pressure_pulses(wind.p_dyn),
        "substorm onset": events.substorm_onsets(wind.al),
    }.items():
        assert found[found.kind == kind].start.tolist() == table.start.tolist(), kind
    assert found.start.is_monotonic_increasing


def test_crossings_are_those_planted_and_lie_near_the_model_they_were_made_with(truth):
    found = survey.crossings_against_models("themis.a", *DAY, **SIMULATED)
    rows = truth["crossings"].query("spacecraft == 'themis.a' and boundary == 'magnetopause'")
    apart = [(rows.time - t).abs().min() for t in found.time]
    assert len(found) >= 0.8 * len(rows)
    assert max(apart) < pd.Timedelta("30s")
    # the planted one is Shue's, aberrated and late: some tenths of an Earth radius away from it
    assert found.shue1998.abs().median() < 0.6
    assert (found.theta < 30).all()
    assert found.r.between(10, 11.5).all()
    assert (found.jelinek2012 < found.shue1998).all()  # Jelinek's nose is farther out here


def test_a_crossing_without_wind_has_no_model():
    found = survey.ready._before(load("omni.1min", *DAY, **SIMULATED)["p_dyn"], np.array(["2030-01-01"], "M8[ns]"))  # fmt: skip
    assert np.isnan(found).all()


def test_the_response_is_that_of_the_whole_series():
    wind = load("omni.1min", *DAY, **SIMULATED)
    turnings = pd.DataFrame({"time": pd.to_datetime(["2027-03-22 09:30", "2027-03-22 10:40", "2027-03-22 19:30"])})  # fmt: skip
    window = ("-30min", "90min")
    whole = link.superposed_epoch(turnings, wind[["al", "sym_h"]], window=window)
    found = survey.response(turnings, "omni.1min", ["al", "sym_h"], window=window, **SIMULATED)
    for name in whole.data_vars:
        np.testing.assert_array_equal(found[name], whole[name])


def test_a_variable_that_is_not_there_is_told():
    turning = pd.DataFrame({"time": [pd.Timestamp("2027-03-22 09:30")]})
    warned = pytest.warns(PartialCoverageWarning)
    with warned, pytest.raises(InputError, match=r"has no variable .*dst"):
        survey.response(turning, "omni.1min", ["dst"], **SIMULATED)


def test_views_of_months_are_those_of_one_call():
    span = ("2027-01-28", "2027-02-03")
    whole = visibility(*span).sort_values(["start", "kind"], ignore_index=True)
    pd.testing.assert_frame_equal(survey.smile_visibility(*span), whole)
