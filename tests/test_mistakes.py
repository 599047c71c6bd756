"""Natural mistakes: a Dataset for a variable, a variable for a Dataset, texts for times."""

import numpy as np
import pytest
import xarray as xr

from smile_explore import events, frames, link, views
from smile_explore.errors import DatasetError, InputError

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


def test_an_orbit_takes_datasets_by_name():
    with pytest.raises(InputError, match="Tracks are Datasets by name, not Dataset"):
        views.orbit(WIND)
