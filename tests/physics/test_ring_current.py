"""Dst models: closed forms, step by step, gaps never bridged, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smile_explore.errors import DatasetError, InputError
from smile_explore.physics.coupling import dawn_dusk_field
from smile_explore.physics.ring_current import burton1975, obrien_mcpherron2000
from smile_explore.physics.solar_wind import dynamic_pressure

MODELS = [burton1975, obrien_mcpherron2000]
both = pytest.mark.parametrize("model", MODELS, ids=lambda m: m.__name__)
HOURS = np.arange(200.0)


def offset(model, p_dyn):
    """Dst minus Dst* as published: 0.20 nT (eV cm-3)**-0.5 is 15.8 nT nPa**-0.5."""
    return 15.8 * np.sqrt(p_dyn) - 20 if model is burton1975 else 7.26 * np.sqrt(p_dyn) - 11


@pytest.mark.parametrize(
    ("model", "e_y", "settled"),
    [
        # Dst* = F / a = -1.5e-3 (E - 0.5) / 3.6e-5
        pytest.param(burton1975, 4.0, -145.83, id="Burton"),
        pytest.param(burton1975, 0.5, 0.0, id="Burton at its threshold"),
        # Dst* = Q tau = -4.4 (VBs - 0.49) 2.40 exp(9.74 / (4.69 + VBs))
        pytest.param(
            obrien_mcpherron2000, 5.0, -4.4 * 4.51 * 2.4 * np.exp(9.74 / 9.69), id="O'Brien"
        ),
        pytest.param(obrien_mcpherron2000, 0.49, 0.0, id="O'Brien at its threshold"),
    ],
)
def test_a_steady_driver_settles_where_injection_equals_decay(model, e_y, settled):
    steady = np.full(HOURS.size, e_y)
    dst = model(steady, 3.0, start=0.0, hours=HOURS)
    np.testing.assert_allclose(dst[-1], settled + offset(model, 3.0), atol=0.02)


@pytest.mark.parametrize(
    ("model", "tau"),
    [(burton1975, 1 / (3.6e-5 * 3600)), (obrien_mcpherron2000, 2.4 * np.exp(9.74 / 4.69))],
    ids=["burton1975", "obrien_mcpherron2000"],
)
def test_a_quiet_wind_lets_the_ring_current_decay_exponentially(model, tau):
    dst = model(np.full(HOURS.size, -1.0), 2.0, start=-100.0, hours=HOURS)
    star = dst - offset(model, 2.0)
    np.testing.assert_allclose(star, star[0] * np.exp(-HOURS / tau), atol=0.02)


@both
def test_the_series_begins_at_the_start_value(model):
    assert model([1.0, 2.0], [2.0, 5.0], start=-37.0, hours=[0, 1])[0] == -37.0


@both
@given(cut=st.integers(1, 8))
def test_two_runs_end_to_end_are_one_run(model, cut):
    e_y, p_dyn = np.linspace(-2, 8, 10), np.linspace(1, 5, 10)
    whole = model(e_y, p_dyn, start=-10.0, hours=HOURS[:10])
    rest = model(e_y[cut:], p_dyn[cut:], start=whole[cut], hours=HOURS[cut:10])
    np.testing.assert_allclose(whole[cut:], rest, rtol=1e-9)


@both
def test_finer_samples_of_the_same_driver_give_the_same_dst(model):
    e_y = np.repeat([3.0, 6.0, 1.0, 0.0], 60)
    fine = model(e_y, 2.0, start=0.0, hours=np.arange(240) / 60)
    coarse = model(e_y[::60], 2.0, start=0.0, hours=np.arange(4.0))
    np.testing.assert_allclose(fine[::60], coarse, rtol=1e-9)


@both
def test_a_gap_in_the_field_ends_the_series(model):
    e_y = np.array([3.0, 3.0, np.nan, 3.0, 3.0])
    dst = model(e_y, 2.0, start=0.0, hours=HOURS[:5])
    np.testing.assert_array_equal(np.isnan(dst), [False, False, True, True, True])


@both
def test_a_gap_in_the_pressure_takes_only_its_own_sample(model):
    p_dyn = np.array([2.0, 2.0, np.nan, 2.0, 2.0])
    dst = model(np.full(5, 3.0), p_dyn, start=0.0, hours=HOURS[:5])
    whole = model(np.full(5, 3.0), 2.0, start=0.0, hours=HOURS[:5])
    np.testing.assert_allclose(dst, np.where(np.isnan(p_dyn), np.nan, whole))


@both
def test_a_hole_in_the_time_axis_ends_the_series(model):
    dst = model(np.full(5, 3.0), 2.0, start=0.0, hours=[0, 1, 2, 5, 6])
    np.testing.assert_array_equal(np.isnan(dst), [False, False, False, True, True])


@both
@pytest.mark.parametrize("hole", ["gap in the field", "hole in the time axis"])
def test_a_measured_series_starts_the_model_again_behind_a_gap(model, hole):
    e_y, hours = np.full(8, 3.0), HOURS[:8].copy()
    if hole == "gap in the field":
        e_y[3:5] = np.nan
    else:
        hours[5:] += 7
    measured = np.array([-10.0, 0, 0, 0, 0, -80, 0, 0])
    dst = model(e_y, 2.0, start=measured, hours=hours)
    before = model(e_y[:3], 2.0, start=-10.0, hours=HOURS[:3])
    behind = model(e_y[5:], 2.0, start=-80.0, hours=HOURS[:3])
    np.testing.assert_allclose(dst[:3], before)
    np.testing.assert_allclose(dst[5:], behind)
    assert np.isnan(dst[3:5]).all() == (hole == "gap in the field")


@both
def test_dataarrays_bring_their_times_and_get_units(model, series):
    e_y = series([3.0, 4.0, 5.0], "mV m-1", step="60min")
    dst = model(e_y, series([2.0, 3.0, 4.0], "nPa", step="60min"), start=-5.0)
    assert dst.attrs["units"] == "nT"
    assert dst.dims == ("time",)
    plain = model(e_y.values, [2.0, 3.0, 4.0], start=-5.0, hours=[0, 1, 2])
    np.testing.assert_allclose(dst, plain)


@both
@pytest.mark.parametrize(
    ("call", "fault"),
    [
        pytest.param(
            lambda m, s: m([1.0], [2.0], start=0.0), "hours=", id="plain arrays without times"
        ),
        pytest.param(
            lambda m, s: m([1.0], [np.nan], start=0.0, hours=[0.0]), "begin where", id="no pressure"
        ),
        pytest.param(
            lambda m, s: m([1.0], [2.0], start=np.nan, hours=[0.0]), "begin where", id="no start"
        ),
        pytest.param(
            lambda m, s: m([1.0, 2.0], 2.0, start=0.0, hours=[0.0]), "same times", id="lengths"
        ),
        pytest.param(lambda m, s: m([], [], start=0.0, hours=[]), "same times", id="empty"),
        pytest.param(
            lambda m, s: m([1.0, 1.0, 1.0], 2.0, start=0.0, hours=[2.0, 1.0, 0.0]),
            "do not strictly increase",
            id="backwards",
        ),
        pytest.param(
            lambda m, s: m([1.0, 1.0, 1.0], 2.0, start=0.0, hours=[0.0, np.nan, 2.0]),
            "do not strictly increase",
            id="a time that is missing",
        ),
        pytest.param(
            lambda m, s: m(s([1.0, 2.0], "mV m-1"), s([2.0], "nPa"), start=0.0),
            "same times",
            id="other times",
        ),
    ],
)
def test_what_cannot_be_integrated_is_refused(model, call, fault, series):
    with pytest.raises(InputError, match=fault):
        call(model, series)


@both
def test_wrong_units_are_refused(model, series):
    with pytest.raises(DatasetError, match="mV m-1"):
        model(series([1.0], "nT"), 2.0, start=0.0)


@both
def test_the_real_storm_of_november_2001_is_followed_up_to_the_gap_and_no_further(model, real_data):
    columns = [6, 7, 10]
    path = real_data / "omni/omni_20011106.lst"
    table = pd.read_csv(path, sep=r"\s+", header=None, usecols=columns)
    table = table.where(table.lt([9999, 99999, 999], axis=1))[:1000]
    b_z, v_x, n_p = table.to_numpy().T
    e_y, p_dyn = dawn_dusk_field(-v_x, b_z), dynamic_pressure(n_p, -v_x)
    first = np.flatnonzero(np.isnan(e_y))[0]
    dst = model(e_y, p_dyn, start=0.0, hours=np.arange(e_y.size) / 60)
    assert 0 < first < e_y.size - 1
    assert np.isfinite(dst[:first]).all()
    assert np.isnan(dst[first:]).all()
