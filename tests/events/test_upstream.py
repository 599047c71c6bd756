"""Turnings, pressure pulses, shocks: planted, mirrored, missing; a slow oracle for turnings."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from smile_explore import events
from smile_explore.errors import DatasetError

DAWN = np.datetime64("2014-03-11T00:00", "ns")
MINUTE = np.timedelta64(60 * 10**9, "ns")


def series(values, units, step=1, **attrs):
    time = DAWN + np.arange(len(values)) * step * MINUTE
    return xr.DataArray(np.array(values, float), {"time": time}, attrs={"units": units, **attrs})


def b_z(values, **options):
    return series(values, "nT", coordinate_system="GSM", **options)


def minutes(times):
    return ((times.to_numpy() - DAWN) / MINUTE).tolist()


# ------------------------------------------------------------------------------ turnings


def test_a_step_to_the_south_is_one_turning():
    table = events.southward_turnings(b_z([5] * 40 + [1, -1] + [-6] * 40))
    assert minutes(table.start) == [39]
    assert minutes(table.stop) == [42]
    assert minutes(table.time) == [41]
    assert table.kind.tolist() == ["southward turning"]
    np.testing.assert_allclose(table.b_z_before, (30 * 5 + 5) / 31)
    np.testing.assert_allclose(table.b_z_after, -6)


def test_a_vector_will_do():
    bz = b_z([5] * 40 + [-6] * 40)
    b = xr.concat([bz * 0, bz * 0, bz], "cartesian").transpose("time", "cartesian")
    b = b.assign_coords(cartesian=["x", "y", "z"]).assign_attrs(bz.attrs)
    assert minutes(events.southward_turnings(b).time) == [40]


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([2] * 40 + [-2] * 40, id="too weak"),
        pytest.param([5] * 40 + [0] * 6 + [-6] * 40, id="too slow"),
        pytest.param([5] * 40 + [np.nan] + [-6] * 40, id="over a missing sample"),
        pytest.param([5] * 15 + [-5] * 40, id="not steady before: too little data"),
        pytest.param([5, -5] * 40, id="to and fro"),
        pytest.param([-5] * 40 + [5] * 10 + [-5] * 40, id="only a visit to the north"),
        pytest.param([5] * 40 + [-6] * 40, id="northward asked for"),
    ],
)
def test_what_is_no_turning(values, request):
    find = (
        events.northward_turnings if "northward" in request.node.name else events.southward_turnings
    )
    assert find(b_z(values)).empty


def test_half_an_hour_of_gaps_is_not_steady():
    north = np.full(40, 5.0)
    north[15:30] = np.nan
    assert events.southward_turnings(b_z([*north, *[-6] * 40])).empty
    kept = ~np.isnan(north)
    whole = b_z([*north, *[-6] * 40]).isel(time=np.r_[np.flatnonzero(kept), 40:80])
    assert events.southward_turnings(whole).empty


def slow_turnings(x):
    """The definition of the docstring, minute by minute."""
    found = []
    for i in range(len(x)):
        for j in range(i + 1, min(i + 6, len(x))):
            between = x[i + 1 : j]
            if not (x[i] > 3 and x[j] < -3) or np.isnan(x[i : j + 1]).any():
                continue
            if any(abs(v) > 3 for v in between):
                continue
            before, after = x[max(i - 30, 0) : i + 1], x[j : j + 31]
            if sum(v > 0 for v in before) >= 22.5 and sum(v < 0 for v in after) >= 22.5:
                found.append((i, j))
    return found


legs = st.lists(
    st.tuples(st.sampled_from([6.0, -6.0, 4.0, -4.0, 1.0, -1.0, np.nan]), st.integers(1, 40)),
    min_size=1,
    max_size=8,
)


@settings(deadline=None)
@given(legs)
def test_turnings_equal_the_definition(legs):
    x = [value for value, length in legs for _ in range(length)]
    table = events.southward_turnings(b_z(x))
    found = zip(minutes(table.start), minutes(table.stop), strict=True)
    assert list(found) == slow_turnings(x)
    mirrored = events.northward_turnings(b_z(-np.array(x)))
    assert mirrored.time.tolist() == table.time.tolist()


def test_turnings_need_gsm():
    with pytest.raises(DatasetError, match="GSM"):
        events.southward_turnings(series([1, 2], "nT", coordinate_system="GSE"))


# ------------------------------------------------------------------------------ pulses


def test_a_step_of_pressure_is_one_pulse():
    table = events.pressure_pulses(series([2] * 10 + [3, 4] + [5] * 10, "nPa"))
    assert minutes(table.start) == [9]
    assert minutes(table.stop) == [12]
    assert table[["p_before", "p_after", "direction"]].to_numpy().tolist() == [[2.0, 5.0, "up"]]


def test_a_spike_goes_up_and_down():
    table = events.pressure_pulses(series([2] * 10 + [6] + [2] * 10, "nPa"))
    assert table.direction.tolist() == ["up", "down"]


def test_a_long_ramp_is_one_event():
    ramp = np.arange(2, 12, 0.25)
    table = events.pressure_pulses(series([2] * 10 + list(ramp) + [12] * 10, "nPa"))
    assert len(table) == 1
    assert (table.p_after - table.p_before).tolist() == [10.0]


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([2] * 10 + [2.9] * 10, id="too small"),
        pytest.param(np.linspace(2, 4, 60), id="too slow"),
        pytest.param([2] * 10 + [np.nan] + [5] * 10, id="over a missing sample"),
        pytest.param([np.nan] * 10, id="nothing there"),
        pytest.param([], id="no samples"),
    ],
)
def test_what_is_no_pulse(values):
    assert events.pressure_pulses(series(values, "nPa")).empty


def test_a_change_during_a_gap_is_no_pulse():
    p = series([2] * 10 + [5] * 10, "nPa").isel(time=np.r_[0:9, 11:20])
    assert events.pressure_pulses(p).empty


def test_pressure_must_be_in_nanopascal():
    with pytest.raises(DatasetError, match="nPa"):
        events.pressure_pulses(series([1], "Pa"))


# ------------------------------------------------------------------------------ shocks


def wind(b, n, t, v):
    return xr.Dataset(
        {
            "b": series(b, "nT"),
            "n_p": series(n, "cm-3"),
            "t_p": series(t, "K"),
            "v": series(v, "km s-1"),
        }
    )


def step(before, after, at=30, size=60):
    return np.where(np.arange(size) < at, before, after).astype(float)


def forward(**changes):
    values = {"b": (6, 14), "n": (5, 13), "t": (5e4, 2e5), "v": (400, 480)} | changes
    return wind(**{k: step(*pair) for k, pair in values.items()})


def test_a_forward_shock_is_found_to_the_sample():
    table = events.shocks(forward())
    assert minutes(table.start) == [30]
    assert table.direction.tolist() == ["forward"]
    np.testing.assert_allclose(
        table[["n_ratio", "b_ratio", "t_ratio", "v_jump"]].to_numpy(), [[2.6, 14 / 6, 4, 80]]
    )


def test_a_reverse_shock_has_the_denser_side_first():
    table = events.shocks(forward(b=(14, 6), n=(13, 5), t=(2e5, 5e4), v=(480, 560)))
    assert minutes(table.start) == [30]
    assert table.direction.tolist() == ["reverse"]


def test_a_noisy_shock_is_one_shock_within_two_minutes():
    rng = np.random.default_rng(3)
    calm = {"b": (6, 14), "n": (5, 13), "t": (5e4, 2e5), "v": (400, 480)}
    noise = {"b": 0.05, "n": 0.05, "t": 0.1, "v": 0.005}
    noisy = {k: step(*pair) * rng.normal(1, noise[k], 60) for k, pair in calm.items()}
    table = events.shocks(wind(**noisy))
    assert minutes(table.start) == pytest.approx([30], abs=2)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"v": (400, 415)}, id="speed hardly rises"),
        pytest.param({"v": (480, 400)}, id="speed falls"),
        pytest.param({"n": (5, 5.5)}, id="density hardly rises"),
        pytest.param({"b": (14, 6)}, id="field falls: a slow shock or none"),
        pytest.param({"t": (2e5, 5e4)}, id="cooling: a density front"),
    ],
)
def test_what_is_no_shock(changes):
    assert events.shocks(forward(**changes)).empty


def test_a_slow_rise_is_no_shock():
    ramp = np.clip((np.arange(180) - 60) / 60, 0, 1)
    ds = wind(6 + 8 * ramp, 5 + 8 * ramp, 5e4 + 1.5e5 * ramp, 400 + 160 * ramp)
    assert events.shocks(ds).empty


def test_windows_that_are_mostly_missing_decide_nothing():
    ds = forward()
    ds["v"][21:29] = np.nan
    assert events.shocks(ds).empty


def test_two_shocks_an_hour_apart_are_two():
    first, second = (step(1, 2, at, 180) for at in (60, 120))
    both = first * second
    table = events.shocks(wind(5 * both, 4 * both, 5e4 * both, 300 + 60 * both))
    assert minutes(table.start) == [60, 120]


def test_a_shock_needs_all_four_quantities():
    with pytest.raises(DatasetError, match="no t_p or t_i, no v"):
        events.shocks(forward()[["b", "n_p"]])
