"""Crossings: planted ones are found to the sample, none is invented."""

import numpy as np
import pytest
import xarray as xr

from smile_explore import events

NOON = np.datetime64("2008-08-12T20:00", "ns")
SECOND = np.timedelta64(10**9, "ns")
VALUES = {  # n cm-3, T eV, v km s-1, b nT
    "sphere": (0.3, 2500, (0, 20, 0), (8, 2, 42)),
    "sheath": (12, 300, (-110, 60, 10), (-4, 12, -9)),
    "wind": (5, 20, (-420, 10, 0), (3, -3, 1)),
}


def flight(*legs, step=3, seed=0, noise=0.05):
    """A Dataset along (region, seconds) legs, with relative noise on everything."""
    rng = np.random.default_rng(seed)
    names = [name for name, seconds in legs for _ in range(seconds // step)]
    columns = [np.array([VALUES[name][i] for name in names], float) for i in range(4)]
    n, t, v, b = (c * rng.normal(1, noise, c.shape) for c in columns)
    time = NOON + np.arange(len(names)) * step * SECOND
    gsm = {"coordinate_system": "GSM"}
    return xr.Dataset(
        {
            "n_i": ("time", n, {"units": "cm-3"}),
            "t_i": ("time", t, {"units": "eV"}),
            "v": (("time", "cartesian"), v, {"units": "km s-1", **gsm}),
            "b": (("time", "cartesian"), b, {"units": "nT", **gsm}),
        },
        {"time": time, "cartesian": ["x", "y", "z"]},
    )


def seconds(table):
    return ((table["time"].to_numpy() - NOON) / SECOND).tolist()


OUTBOUND = (("sphere", 600), ("sheath", 900), ("wind", 600))


def test_one_crossing_of_each_on_an_outbound_pass():
    ds = flight(*OUTBOUND)
    magnetopause, shock = events.magnetopause_crossings(ds), events.bow_shock_crossings(ds)
    assert seconds(magnetopause) == pytest.approx([598.5], abs=3)
    assert seconds(shock) == pytest.approx([1498.5], abs=3)
    assert magnetopause.direction.tolist() == shock.direction.tolist() == ["out"]
    assert (magnetopause.probability > 0.9).all()
    assert (shock.probability > 0.9).all()
    assert magnetopause.kind.tolist() == ["magnetopause crossing"]
    assert list(shock.columns) == ["start", "stop", "kind", "time", "direction", "probability"]


def test_inbound_is_in():
    ds = flight(*OUTBOUND[::-1])
    assert events.magnetopause_crossings(ds).direction.tolist() == ["in"]
    assert events.bow_shock_crossings(ds).direction.tolist() == ["in"]


def test_start_and_stop_are_the_samples_on_either_side():
    table = events.magnetopause_crossings(flight(*OUTBOUND))
    assert (table["stop"] - table["start"]).tolist() == [3 * SECOND]
    assert (table["start"] < table["time"]).all()
    assert (table["time"] < table["stop"]).all()


def test_a_moving_boundary_is_crossed_back_and_forth():
    ds = flight(*[("sphere", 300), ("sheath", 240)] * 4)
    table = events.magnetopause_crossings(ds)
    assert table.direction.tolist() == ["out", "in"] * 3 + ["out"]
    expected = [300 * (i // 2 + 1) + 240 * ((i + 1) // 2) for i in range(7)]
    assert seconds(table) == pytest.approx(expected, abs=5)
    assert events.bow_shock_crossings(ds).empty


@pytest.mark.parametrize("region", VALUES)
def test_no_crossing_in_a_quiet_region(region):
    ds = flight((region, 1800))
    assert events.magnetopause_crossings(ds).empty
    assert events.bow_shock_crossings(ds).empty


def test_a_shorter_visit_than_dwell_is_none():
    ds = flight(("sphere", 300), ("sheath", 12), ("sphere", 300))
    assert events.magnetopause_crossings(ds).empty
    assert len(events.magnetopause_crossings(ds, dwell="6s", window="3s")) == 2


@pytest.mark.parametrize("how", ["missing stamps", "NaN"])
def test_nothing_is_said_of_a_change_during_a_gap(how):
    ds = flight(*OUTBOUND)
    lost = slice(190, 210)
    if how == "NaN":
        ds["n_i"][lost] = np.nan
    else:
        ds = xr.concat([ds.isel(time=slice(0, 190)), ds.isel(time=slice(210, None))], "time")
    assert events.magnetopause_crossings(ds).empty
    assert len(events.bow_shock_crossings(ds)) == 1


def test_no_data_no_crossings_but_all_columns():
    table = events.magnetopause_crossings(flight(*OUTBOUND).isel(time=slice(0)))
    assert table.empty
    assert table["start"].dtype == table["time"].dtype == "datetime64[ns]"


def test_all_nan_is_no_crossing():
    ds = flight(*OUTBOUND)
    assert events.magnetopause_crossings(ds.where(False)).empty


def test_magnetopause_from_the_field_alone():
    table = events.magnetopause_crossings(flight(*OUTBOUND)[["b"]])
    assert seconds(table) == pytest.approx([598.5], abs=30)
    assert table.direction.tolist() == ["out"]


def test_exact_steps_are_crossings_too():
    ds = flight(*OUTBOUND, noise=0)
    # fluctuations are taken over a window of 30 s, so that b alone is good to half of it
    for data, within in ((ds, 3), (ds[["b"]], 15), (ds[["n_i", "t_i", "v"]], 3)):
        assert seconds(events.magnetopause_crossings(data)) == pytest.approx([598.5], abs=within)
    assert seconds(events.bow_shock_crossings(ds)) == pytest.approx([1498.5], abs=3)


def test_precision_and_recall_on_random_flights():
    """Planted crossings against those found within 30 s, over 20 seeded flights."""
    rng = np.random.default_rng(1)
    planted = found = matched = 0
    for seed in range(20):
        legs = [(("sphere", "sheath")[i % 2], int(rng.integers(40, 200)) * 3) for i in range(8)]
        times = np.cumsum([length for _, length in legs])[:-1]
        got = np.array(seconds(events.magnetopause_crossings(flight(*legs, seed=seed))))
        planted, found = planted + len(times), found + len(got)
        matched += sum(np.abs(got - t).min(initial=np.inf) <= 30 for t in times)
    assert matched / planted >= 0.95
    assert matched / found >= 0.95
