"""Detectors on OMNI: 2014-03-11 to 20 (a quiet ten days) and the storm of 2001-11-06."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from smile_explore import events

FILLS = {"b_x": 9999, "b_y": 9999, "b_z": 9999, "speed": 99999, "v_x": 99999, "v_y": 99999,
         "v_z": 99999, "n_p": 999, "t_p": 9999999, "ae": 99999, "al": 99999, "au": 99999,
         "sym_h": 99999}  # fmt: skip


def omni(path, names):
    """An OMNIWeb listing: year, day of year, hour, minute, then the columns of its .fmt."""
    table = pd.read_csv(
        path, sep=r"\s+", header=None, names=["year", "day", "hour", "minute", *names]
    )
    time = (
        pd.to_datetime(table["year"].astype(str), format="%Y")
        + pd.to_timedelta(table["day"] - 1, "D")
        + pd.to_timedelta(table["hour"] * 60 + table["minute"], "min")
    )
    data = {k: table[k].where(table[k] < FILLS[k]).to_numpy(float) for k in names}
    gsm = {"coordinate_system": "GSM"}
    b = np.stack([data["b_x"], data["b_y"], data["b_z"]], axis=-1)
    v = np.stack([data["v_x"], *(data.get(k, 0 * data["v_x"]) for k in ("v_y", "v_z"))], axis=-1)
    p_dyn = 1.6726e-6 * data["n_p"] * data["v_x"] ** 2
    scalars = {"n_p": "cm-3", "t_p": "K", "al": "nT", "sym_h": "nT"}
    return xr.Dataset(
        {
            "b": (("time", "cartesian"), b, {"units": "nT", **gsm}),
            "v": (("time", "cartesian"), v, {"units": "km s-1", **gsm}),
            "p_dyn": ("time", p_dyn, {"units": "nPa"}),
            **{k: ("time", data[k], {"units": u}) for k, u in scalars.items() if k in data},
        },
        {"time": time.to_numpy().astype("datetime64[ns]"), "cartesian": ["x", "y", "z"]},
    )


@pytest.fixture(scope="module")
def quiet(real_data):
    names = ["b_x", "b_y", "b_z", "speed", "v_x", "n_p", "t_p"]
    return omni(real_data / "omni" / "omni_min_1030.lst", names)


@pytest.fixture(scope="module")
def storm(real_data):
    names = ["b_x", "b_y", "b_z", "v_x", "v_y", "v_z", "n_p", "t_p", "ae", "al", "au", "sym_h"]
    return omni(real_data / "omni" / "omni_20011106.lst", names)


def test_turnings_turn(quiet):
    b_z = quiet.b.sel(cartesian="z")
    for find, sign in ((events.southward_turnings, 1), (events.northward_turnings, -1)):
        table = find(quiet.b)
        assert len(table) >= 1
        before, after = (b_z.sel(time=table[k].to_numpy()).values for k in ("start", "stop"))
        assert (sign * before > 3).all()
        assert (sign * after < -3).all()
        assert (table.stop - table.start <= pd.Timedelta("5min")).all()


def test_pulses_change_the_pressure_by_a_nanopascal_or_more(quiet):
    table = events.pressure_pulses(quiet.p_dyn)
    assert len(table) >= 1
    assert ((table.p_after - table.p_before).abs() >= 1).all()
    for start, stop in table[["start", "stop"]].itertuples(index=False):
        assert np.isfinite(quiet.p_dyn.sel(time=slice(start, stop))).all()


def test_omni_is_solar_wind_wherever_it_is_measured(quiet):
    label = events.regions(quiet)["label"].values
    measured = np.isfinite(quiet.n_p.values) & np.isfinite(quiet.b.values).all(axis=1)
    assert set(label[label != ""]) == {"solar wind"}
    assert ((label != "") <= measured).all()


@pytest.mark.parametrize(
    "find", [events.jets, events.magnetopause_crossings, events.bow_shock_crossings]
)
def test_nothing_of_the_magnetosheath_is_found_in_the_solar_wind(quiet, find):
    assert find(quiet).empty


def test_a_third_of_the_plasma_is_missing_and_no_interval_spans_it(quiet):
    missing = np.isnan(quiet.p_dyn.values)
    assert 0.2 < missing.mean() < 0.4
    stamps = quiet.time.values
    for start, stop in events.find(quiet, "p_dyn > 0")[["start", "stop"]].to_numpy():
        inside = (stamps >= start) & (stamps < stop)
        assert not missing[inside].any()


def test_the_storm_of_november_2001(storm):
    table = events.storms(storm.sym_h)
    assert len(table) == 1
    assert table.minimum.tolist() == [-320]
    assert str(table.time[0].date()) == "2001-11-06"
    assert not table.complete[0], "SYM-H is still below -15 nT when the file ends"


def test_substorms_of_the_storm(storm):
    table = events.substorm_onsets(storm.al)
    assert len(table) >= 10
    assert (table.al_minimum < table.al_onset - 100).all()
    assert (table.start.diff().dropna() >= pd.Timedelta("20min")).all()
