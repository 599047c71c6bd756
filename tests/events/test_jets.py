"""Magnetosheath jets by both definitions: planted ones, none in the solar wind, gaps."""

import numpy as np
import pytest
import xarray as xr

from smile_explore import events
from smile_explore.errors import DatasetError

DAWN = np.datetime64("2008-08-12T22:00", "ns")
SECOND = np.timedelta64(10**9, "ns")
N = 600  # samples of 6 s: an hour


def sheath(v_x=-120.0, n=12.0, t=300.0):
    v = np.tile([v_x, 50.0, 0.0], (N, 1))
    return xr.Dataset(
        {
            "n_i": ("time", np.full(N, n), {"units": "cm-3"}),
            "t_i": ("time", np.full(N, t), {"units": "eV"}),
            "v": (("time", "cartesian"), v, {"units": "km s-1", "coordinate_system": "GSM"}),
        },
        {"time": DAWN + 6 * np.arange(N) * SECOND, "cartesian": ["x", "y", "z"]},
    )


def with_jet(ds, first=300, last=310, v_x=-340.0):
    ds = ds.copy(deep=True)
    ds["v"][first:last, 0] = v_x
    return ds


def wind(p=2.0, minutes=120):
    time = DAWN - 30 * 60 * SECOND + 60 * np.arange(minutes) * SECOND
    return xr.DataArray(np.full(minutes, p), {"time": time}, attrs={"units": "nPa"})


BOTH = pytest.mark.parametrize("upstream", [None, wind()], ids=["Archer-Horbury", "Plaschke"])


@BOTH
def test_a_planted_jet_is_found_to_the_sample(upstream):
    table = events.jets(with_jet(sheath()), upstream=upstream)
    assert ((table[["start", "stop"]].to_numpy() - DAWN) / SECOND).tolist() == [[1800, 1860]]
    assert table[["kind", "v_x"]].to_numpy().tolist() == [["magnetosheath jet", -340]]


def test_pressure_and_ratio_are_those_of_the_definitions():
    p_x = 1.67262192e-6 * 12 * 340**2
    table = events.jets(with_jet(sheath()), upstream=wind(2.0))
    np.testing.assert_allclose(table[["p_dyn", "ratio"]].to_numpy(), [[p_x, p_x / 2]])
    total = events.jets(with_jet(sheath()))
    np.testing.assert_allclose(total["p_dyn"], 1.67262192e-6 * 12 * (340**2 + 50**2))


@BOTH
def test_quiet_sheath_has_no_jet(upstream):
    assert events.jets(sheath(), upstream=upstream).empty


@BOTH
def test_the_solar_wind_has_no_jet(upstream):
    ds = with_jet(sheath(v_x=-400, n=5, t=15), v_x=-700)
    assert events.jets(ds, upstream=upstream).empty


def test_plaschke_needs_half_of_the_upstream_pressure_and_slow_flow_around():
    assert events.jets(with_jet(sheath(v_x=-60)), upstream=wind(6.0)).empty
    gentle = with_jet(sheath(v_x=-200), v_x=-340)
    assert events.jets(gentle, upstream=wind(2.0)).empty


def test_sunward_flow_is_no_jet_of_plaschke():
    assert events.jets(with_jet(sheath(), v_x=340), upstream=wind()).empty


def test_without_upstream_data_at_the_time_nothing_is_claimed():
    assert events.jets(with_jet(sheath()), upstream=wind(minutes=20)).empty


@BOTH
def test_a_missing_sample_splits_a_jet(upstream):
    ds = with_jet(sheath())
    ds["n_i"][305] = np.nan
    table = events.jets(ds, upstream=upstream)
    stops = ((table["stop"].to_numpy() - DAWN) / SECOND).tolist()
    assert all(stop <= 305 * 6 or start >= 306 * 6 for start, stop in zip(
        ((table["start"].to_numpy() - DAWN) / SECOND).tolist(), stops, strict=True))  # fmt: skip
    assert len(table) >= 1


def test_a_jet_needs_density_and_velocity():
    with pytest.raises(DatasetError, match="velocity vector"):
        events.jets(sheath()[["n_i"]])


def test_upstream_must_be_in_nanopascal():
    with pytest.raises(DatasetError, match="nPa"):
        events.jets(sheath(), upstream=wind().assign_attrs(units="Pa"))
