"""Natural mistakes: a Dataset for a variable, a variable for a Dataset, texts for times."""

import math

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import smile_explore as se
from smile_explore import events, frames, link, views
from smile_explore.errors import DatasetError, InputError, SmileExploreError

TIME = np.datetime64("2008-08-12", "ns") + np.arange(90) * np.timedelta64(1, "m")
WIND = xr.Dataset(
    {
        "b": (("time", "cartesian"), np.ones((90, 3)), {"units": "nT", "coordinate_system": "GSM"}),
        "p_dyn": ("time", np.ones(90), {"units": "nPa"}),
        "timeshift": ("time", np.ones(90), {"units": "s"}),
    },
    {"time": TIME, "cartesian": list("xyz")},
    {"product": "omni.1min"},
)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (events.storms, r"in nT is needed, not the whole of omni.1min: choose one of b, e.g. ds\['b'\]"),
        (events.substorm_onsets, "in nT is needed"),
        (events.southward_turnings, "in nT is needed"),
        (events.pressure_pulses, "in nPa is needed.*choose one of p_dyn"),
        (link.omni_lag, "in s is needed.*choose one of timeshift"),
        (lambda ds: frames.rotate(ds, "GSE"), "One variable is needed.*choose one of b, p_dyn"),
        (lambda ds: events.storms(ds["b"].values), "One variable in nT is needed, not ndarray"),
        (lambda ds: events.storms(xr.Dataset()), "choose none, for it is empty"),
        (link.predicted_crossings, "has no 'distance', but b, .*give what predicted_regions returns"),
        (lambda ds: link.predicted_crossings(ds["b"]), "A Dataset is wanted.*not the variable 'b' alone"),
        (lambda ds: views.sky(ds["b"]), "A Dataset is wanted"),
        (lambda ds: events.storms(ds["p_dyn"].drop_attrs()), "needs units='nT', but has None"),
    ],
)  # fmt: skip
def test_a_dataset_where_one_variable_is_wanted_and_the_reverse(call, says):
    with pytest.raises(DatasetError, match=says):
        call(WIND)


@pytest.mark.parametrize(
    ("panels", "says"),
    [
        ((WIND,), r"not a Dataset: write e.g. stack\(\(wind, 'b'\)\). It has b, p_dyn, timeshift"),
        ((WIND, "b"), "not a Dataset"),
        ((WIND["b"],), "not a DataArray"),
        (((WIND,),), r"not \(Dataset\)"),
        (((WIND["b"], "b"),), r"not \(DataArray, str\)"),
        (("b",), "not 'b'"),
    ],
)
def test_a_stack_says_what_a_panel_is(panels, says):
    with pytest.raises(InputError, match=says):
        views.stack(*panels)


ABSURD = [None, math.nan, "", 10**400, -1, b"x", "a\0b", "x" * 5000, [], {}, object(), ("a",), abs, np.datetime64("NaT"), pd.DataFrame()]  # fmt: skip
SPAN = ("2027-03-22 06:00", "2027-03-22 07:00")


@pytest.mark.parametrize(
    "call",
    [
        events.regions, events.magnetopause_crossings, events.bow_shock_crossings, events.jets,
        events.shocks, events.southward_turnings, events.northward_turnings, events.storms,
        lambda x: events.find(x, "b > 1"),
        lambda x: events.write(x, "list.csv"),
        lambda x: link.predicted_regions(x, x),
        lambda x: link.ballistic_lag(400.0, origin=x, target=[7e4, 0.0, 0.0]),
        lambda x: link.shift(WIND, x),
        lambda x: se.load(x, *SPAN, source="rehearsal"),
        lambda x: se.load("omni.1min", *SPAN, source=x),
        lambda x: se.load("omni.1min", *SPAN, source="rehearsal", quality=x),
        se.packs.build,
        se.product,
    ],
)  # fmt: skip
def test_what_no_function_can_use_is_one_short_sentence(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for value in ABSURD:
        with pytest.raises(SmileExploreError) as err:
            call(value)
        assert len(str(err.value)) < 1500
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("products", [math.nan, 10**400, b"x", {}, object(), abs, pd.DataFrame()])
def test_what_is_no_list_of_products_is_one_sentence(products):
    with pytest.raises(InputError, match="is no list of names"):
        se.survey.run(len, [("2027-03-22", "2027-03-23")], products)


@pytest.mark.parametrize("v", [None, "", 10**400, b"x", "x" * 5000, {}, object(), ("a",), abs])
def test_what_is_no_velocity_is_one_sentence(v):
    with pytest.raises(InputError, match="is no velocity"):
        link.ballistic_lag(v, origin=[1.5e6, 0.0, 0.0], target=[7e4, 0.0, 0.0])


@pytest.mark.parametrize("chunks", [0, math.nan, math.inf, "x", b"x", [], object(), pd.DataFrame()])
def test_chunks_of_no_size_are_one_sentence(chunks):
    with pytest.raises(InputError, match="is no size of blocks"):
        se.load("omni.1min", *SPAN, source="rehearsal", chunks=chunks)


def test_an_orbit_takes_datasets_by_name():
    with pytest.raises(InputError, match="Tracks are Datasets by name, not Dataset"):
        views.orbit(WIND)
