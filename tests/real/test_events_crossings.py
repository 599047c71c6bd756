"""Crossings on real passes: THEMIS-C 2008-08-12 (A), Cluster 2001-06-11 (F), 2001-01-26 (G).

No number of the detectors was fitted to these passes; that probabilities rather than their
logarithms are averaged, and that inside and outside are equally likely beforehand, was
chosen with them in view.
"""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from smile_explore import events

GSM = {"coordinate_system": "GSM"}


def listing(path, names):
    """A CDAWeb listing: times with Z in the first column."""
    table = pd.read_csv(path, header=0, names=["time", *names])
    table["time"] = pd.to_datetime(table["time"]).dt.tz_localize(None).astype("datetime64[ns]")
    return table


@pytest.fixture(scope="module")
def themis(real_data):
    """Field and the moment nearest in time, at most half a spin away, on the field's stamps."""
    folder = real_data / "themis"
    field = listing(folder / "THC_L2_FGM_89446.csv", ["b_t", "b_x", "b_y", "b_z"])
    names = ["n", "v_x", "v_y", "v_z", "t_x", "t_y", "t_z"]
    moments = listing(folder / "THC_L2_MOM_216777.csv", names)
    half = pd.Timedelta("1.6s")
    joined = pd.merge_asof(field, moments, on="time", direction="nearest", tolerance=half)
    temperature = joined[["t_x", "t_y", "t_z"]].mean(axis=1, skipna=False)
    vector = ("time", "cartesian")
    return xr.Dataset(
        {
            "b": (vector, joined[["b_x", "b_y", "b_z"]].to_numpy(), {"units": "nT", **GSM}),
            "v": (vector, joined[["v_x", "v_y", "v_z"]].to_numpy(), {"units": "km s-1", **GSM}),
            "n_i": ("time", joined["n"].to_numpy(), {"units": "cm-3"}),
            "t_i": ("time", temperature.to_numpy(), {"units": "eV"}),
        },
        {"time": joined["time"].to_numpy(), "cartesian": ["x", "y", "z"]},
    )


def cluster(path):
    import pycdfpp

    cdf = pycdfpp.load(str(path))
    craft = path.name[:2]
    tail = f"__{craft}_CP_FGM_SPIN"
    time = pycdfpp.to_datetime64(cdf["time_tags" + tail]).astype("datetime64[ns]")
    gse = {"coordinate_system": "GSE"}
    vectors = {
        name: (("time", "cartesian"), cdf[key + tail].values.astype(float), {"units": units, **gse})
        for name, key, units in (("b", "B_vec_xyz_gse", "nT"), ("pos", "sc_pos_xyz_gse", "km"))
    }
    return xr.Dataset(vectors, {"time": time, "cartesian": ["x", "y", "z"]})


def minutes_from(times, moment):
    return np.abs((times - pd.Timestamp(moment)) / pd.Timedelta("1min"))


def test_event_a_magnetopause_within_two_minutes(themis):
    table = events.magnetopause_crossings(themis)
    assert (minutes_from(table.time, "2008-08-12T21:22:30") <= 2).any()
    known = pd.to_datetime(["2008-08-12T21:08:30", "2008-08-12T21:16:30", "2008-08-12T21:22:30"])
    near = [min(abs(t - k) for k in known) <= pd.Timedelta("2min") for t in table.time]
    assert all(near), table


def test_event_a_last_bow_shock_within_two_minutes(themis):
    table = events.bow_shock_crossings(themis)
    assert minutes_from(table.time, "2008-08-13T00:28:30").iloc[-1] <= 2
    assert table.direction.iloc[-1] == "out"


def test_event_a_nothing_in_the_gap(themis):
    for find in (events.magnetopause_crossings, events.bow_shock_crossings):
        table = find(themis)
        in_gap = (table.stop > "2008-08-13T00:34:59") & (table.start < "2008-08-13T00:50:01")
        assert not in_gap.any()
    wind = events.find(themis, "|v| > 300 km/s and n_i < 5")
    assert not ((wind.start < "2008-08-13T00:40") & (wind.stop > "2008-08-13T00:45")).any()


@pytest.mark.parametrize(
    ("start", "stop", "region"),
    [
        pytest.param("20:45", "21:05", "magnetosphere", id="magnetosphere"),
        pytest.param("21:30", "24:20", "magnetosheath", id="magnetosheath"),
        pytest.param("24:52", "25:32", "solar wind", id="solar wind"),
    ],
)
def test_event_a_regions(themis, start, stop, region):
    day = pd.Timestamp("2008-08-12")
    inside = slice(day + pd.Timedelta(start + ":00"), day + pd.Timedelta(stop + ":00"))
    label = events.regions(themis)["label"].sel(time=inside).values
    assert (label == region).mean() > 0.95


def test_event_f_four_pairs_on_cluster_3_from_the_field_alone(real_data):
    path = real_data / "cluster" / "C3_CP_FGM_SPIN__20010611_200000_20010611_210000_V070906.cdf"
    table = events.magnetopause_crossings(cluster(path))
    pairs = table[table.time < "2001-06-11T20:23"].direction.tolist()
    assert pairs == ["in", "out"] * 4
    assert len(table) == len(pairs), "the rest of the hour is magnetosheath"


def test_event_f_cluster_1_misses_only_what_its_own_gaps_hide(real_data):
    path = real_data / "cluster" / "C1_CP_FGM_SPIN__20010611_200000_20010611_210000_V070906.cdf"
    ds = cluster(path)
    table = events.magnetopause_crossings(ds)
    assert table.direction.tolist() == ["in", "out"] * (len(table) // 2)
    assert len(table) >= 4
    # the two visits it misses have a gap of 16 or 20 s in them, which parts them in two
    step = np.diff(ds.time.values) / np.timedelta64(1, "s")
    gaps = {str(t)[:16] for t in ds.time.values[:-1][step > 15]}
    assert {"2001-06-11T20:11", "2001-06-11T20:19"} <= gaps


def test_event_g_many_crossings_at_high_latitude(real_data):
    path = real_data / "cluster" / "C1_CP_FGM_SPIN__20010126_103000_20010126_110000_V140305.cdf"
    table = events.magnetopause_crossings(cluster(path))
    assert len(table) >= 4
    assert events.bow_shock_crossings(cluster(path)).empty
