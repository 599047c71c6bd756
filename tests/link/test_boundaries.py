"""Predicted crossings: where the models put them, how wide the band is, how far off they are."""

import warnings

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from smile_explore import packs
from smile_explore.errors import InputError
from smile_explore.link.boundaries import compare_crossings, predicted_crossings, predicted_regions
from smile_explore.units import EARTH_RADIUS_KM

TIME = np.datetime64("2027-03-22", "ns") + np.arange(241) * np.timedelta64(60, "s")


def flight(first=8.0, last=16.0):
    """Fly out along the Sun-Earth line at a constant speed."""
    xyz = np.zeros((len(TIME), 3))
    xyz[:, 0] = np.linspace(first, last, len(TIME)) * EARTH_RADIUS_KM
    attrs = {"units": "km", "coordinate_system": "GSM"}
    return xr.DataArray(
        xyz, [("time", TIME), ("cartesian", ["x", "y", "z"])], name="pos", attrs=attrs
    )


def wind(p_dyn=2.0, b_z=0.0, time=TIME):
    b = np.zeros((len(time), 3))
    b[:, 2] = b_z
    return xr.Dataset(
        {
            "p_dyn": ("time", np.broadcast_to(p_dyn, time.shape).astype(float), {"units": "nPa"}),
            "b": (("time", "cartesian"), b, {"units": "nT", "coordinate_system": "GSM"}),
        },
        {"time": time, "cartesian": ["x", "y", "z"]},
        {"time_reference": "bow-shock nose"},
    )


def minute_of(radius):
    return (radius - 8.0) / 8.0 * 240


@pytest.mark.parametrize(("kind", "radius"), [("magnetopause crossing", 10.252), ("bow shock crossing", 13.512)])  # fmt: skip
def test_a_radial_flight_crosses_where_the_sheet_puts_the_nose(kind, radius):
    table = predicted_crossings(predicted_regions(flight(), wind()))
    (row,) = table[table.kind == kind].itertuples()  # smile.md 6.9, P 2 nPa, Bz 0
    assert (row.time - pd.Timestamp(TIME[0])) / pd.Timedelta("1min") == pytest.approx(
        minute_of(radius), abs=1
    )
    assert row.direction == "out"
    assert row.low < row.time < row.high


def test_flying_in_gives_the_same_places_the_other_way_round():
    table = predicted_crossings(predicted_regions(flight(16, 8), wind()))
    assert table.kind.tolist() == ["bow shock crossing", "magnetopause crossing"]
    assert table.direction.tolist() == ["in", "in"]


def test_the_band_follows_from_the_stated_spread_of_the_pressure():
    spread = 0.3
    regions = predicted_regions(flight(), wind(b_z=0.0), spread=spread, jitter="1ms", trials=400)
    shock = predicted_crossings(regions).iloc[-1]
    # r ~ P**(-1/6.55), so 95 % of the noses lie within 1.96 * spread / 6.55 of the nominal
    edges = 13.512 * np.exp(np.array([-1, 1]) * 1.96 * spread / 6.55)
    found = [(t - pd.Timestamp(TIME[0])) / pd.Timedelta("1min") for t in (shock.low, shock.high)]
    np.testing.assert_allclose(found, minute_of(edges), atol=6)


def test_without_spread_and_jitter_the_band_shrinks_to_the_samples_around():
    table = predicted_crossings(predicted_regions(flight(), wind(), spread=1e-9, jitter="1ms"))
    shock = table[table.kind == "bow shock crossing"].iloc[0]
    assert shock.high - shock.low <= pd.Timedelta("2min")


def test_nothing_is_said_where_wind_or_orbit_are_missing():
    gap = wind()
    gap["p_dyn"][60:75] = np.nan
    regions = predicted_regions(flight().isel(time=slice(0, 200)), gap)
    assert (regions.region[60:75] == "").all()
    assert (regions.region[200:] == "").all()
    assert np.isnan(regions.inside[65]).all()
    # 10.252 RE is reached in minute 67, in the gap: no crossing is made up
    assert predicted_crossings(regions).kind.tolist() == ["bow shock crossing"]


def test_missing_stamps_of_the_wind_are_missing_wind():
    """10.252 RE is reached in minute 67.6, in a gap; 13.512 in 165.4, its band beside another."""
    there = np.r_[0:60, 75:170, 185:241]
    regions = predicted_regions(flight(), wind(time=TIME[there]), spread=0.3)
    (row,) = predicted_crossings(regions).itertuples()
    assert row.kind == "bow shock crossing"
    assert row.start == pd.Timestamp(TIME[165])
    assert pd.Timestamp(TIME[75]) < row.low < row.start
    assert row.high == pd.Timestamp(TIME[169])


def test_a_gap_in_the_orbit_is_not_flown_through():
    """Of samples two hours apart nothing between is known; those of one hour are a line."""
    sparse = flight().isel(time=[0, 60, 120, 240])
    regions = predicted_regions(sparse, wind())
    known = np.isfinite(regions.distance.sel(boundary="magnetopause").values)
    assert known.tolist() == [True] * 121 + [False] * 119 + [True]
    assert predicted_crossings(regions).kind.tolist() == ["magnetopause crossing"]


@pytest.mark.parametrize("samples", [0, 1])
def test_too_few_samples_say_nothing_and_warn_of_nothing(samples):
    few = slice(0, samples)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        by_orbit = predicted_regions(flight().isel(time=few), wind(), trials=5)
        by_wind = predicted_regions(flight(), wind(time=TIME[few]), trials=5)
    assert (by_orbit.region[1:] == "").all()
    assert predicted_crossings(by_orbit).empty
    assert by_wind.sizes["time"] == samples
    assert predicted_crossings(by_wind).empty


def test_a_wind_at_l1_is_refused():
    with pytest.raises(InputError, match="at L1: shift it first"):
        predicted_regions(flight(), wind().assign_attrs(time_reference="L1"))


def test_the_error_of_a_model_is_told_in_minutes_and_in_earth_radii():
    seen = pd.DataFrame(
        {"kind": ["magnetopause crossing"], "direction": ["out"], "time": [pd.Timestamp(TIME[80])]}
    )
    (row,) = compare_crossings(seen, predicted_regions(flight(), wind())).itertuples()
    assert row.minutes == pytest.approx(minute_of(10.252) - 80, abs=1)
    assert row.earth_radii == pytest.approx(8 + 80 / 240 * 8 - 10.252, abs=0.01)


def test_an_observed_crossing_without_a_predicted_one_is_left_unmatched():
    seen = pd.DataFrame(
        {"kind": ["magnetopause crossing"], "direction": ["in"], "time": [pd.Timestamp(TIME[80])]}
    )
    (row,) = compare_crossings(seen, predicted_regions(flight(), wind())).itertuples()
    assert pd.isna(row.predicted)
    assert np.isnan(row.minutes)
    assert not row.in_band


def test_on_the_rehearsal_the_models_meet_the_truth_within_the_boundarys_reaction():
    pack = packs.open("rehearsal")
    regions = predicted_regions(pack.load("themis.a.state").pos, pack.load("omni.1min"))
    truth = pack.truth["crossings"].query("spacecraft == 'themis.a' and boundary == 'magnetopause'")
    seen = truth.assign(kind="magnetopause crossing", time=pd.to_datetime(truth.time))
    errors = compare_crossings(seen, regions)
    assert errors.minutes.abs().median() < 4
    assert errors.earth_radii.abs().median() < 1
    assert errors.in_band.mean() > 0.9
