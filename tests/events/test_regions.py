"""regions(): typical values of each region, missing values, positions, refusals."""

import warnings

import numpy as np
import pytest
import xarray as xr

from smile_explore import events
from smile_explore.errors import DatasetError

NOON = np.datetime64("2008-08-12T20:00", "ns")


def plasma(*, n=None, t=None, v=None, b=None, size=40, frame="GSM", step=3):
    """A Dataset of constant values; those not given are absent."""
    time = NOON + np.arange(size) * np.timedelta64(step, "s")
    ds = xr.Dataset(coords={"time": time, "cartesian": ["x", "y", "z"]})
    for name, value, units in (("n_i", n, "cm-3"), ("t_i", t, "eV")):
        if value is not None:
            ds[name] = ("time", np.full(size, float(value)), {"units": units})
    for name, value, units in (("v", v, "km s-1"), ("b", b, "nT")):
        if value is not None:
            data = np.tile(np.array(value, float), (size, 1))
            attrs = {"units": units, "coordinate_system": frame}
            ds[name] = (("time", "cartesian"), data, attrs)
    return ds


def only(labels):
    return np.unique(labels).tolist()


# Medians that shared/data/README.md gives for event A, and textbook values.
KNOWN = [
    pytest.param({"n": 0.22, "t": 2000, "v": (5, 5, 0), "b": (11, 2, 44)}, "magnetosphere", id="A sphere"),
    pytest.param({"n": 8.1, "t": 430, "v": (-85, -70, 0), "b": (-3, -7, -4)}, "magnetosheath", id="A sheath"),
    pytest.param({"n": 1.8, "t": 60, "v": (-486, 10, 0), "b": (1, -1, -2.4)}, "solar wind", id="A wind"),
    pytest.param({"n": 5, "t": 10, "v": (-400, 0, 0), "b": (3, -3, 1)}, "solar wind", id="slow wind"),
    pytest.param({"n": 3, "t": 25, "v": (-650, 0, 0), "b": (3, -3, -1)}, "solar wind", id="fast wind"),
    pytest.param({"n": 25, "t": 200, "v": (-100, 120, 0), "b": (5, 20, -15)}, "magnetosheath", id="dense sheath"),
    pytest.param({"n": 2, "t": 900, "v": (-40, 90, 10)}, "boundary layer", id="LLBL"),
    pytest.param({"b": (5, 5, 60)}, "magnetosphere", id="b alone, strong and north"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "expected"), KNOWN)
def test_typical_values_get_their_region(values, expected):
    result = events.regions(plasma(**values))
    assert only(result.label.values) == [expected]
    assert (result.probability.sel(region=expected) > 0.5).all()


def test_probabilities_add_up_to_one():
    p = events.regions(plasma(n=4, t=300, v=(-200, 0, 0), b=(5, 5, 5))).probability
    np.testing.assert_allclose(p.sum("region"), 1)
    assert ((p >= 0) & (p <= 1)).all()
    assert p.dims == ("time", "region")


@pytest.mark.parametrize("name", ["n_i", "t_i", "v", "b"])
def test_a_missing_quantity_makes_the_sample_unknown_and_only_that(name):
    ds = plasma(n=8, t=400, v=(-85, -70, 0), b=(-3, -7, -4))
    ds[name][{"time": 7}] = np.nan
    result = events.regions(ds)
    known = ~np.isnan(result.probability.values).any(axis=1)
    assert np.flatnonzero(~known).tolist() == [7]
    assert np.flatnonzero(result.label.values == "").tolist() == [7]


def test_more_quantities_make_it_surer():
    full = plasma(n=25, t=200, v=(-100, 120, 0), b=(5, 20, -15))
    sheath = [
        float(events.regions(full[names]).probability.sel(region="magnetosheath").mean())
        for names in (["b"], ["b", "n_i"], ["b", "n_i", "t_i", "v"])
    ]
    assert sheath[0] < sheath[1] < sheath[2]


def test_kelvin_and_electronvolt_agree():
    ds = plasma(n=8, t=400)
    kelvin = ds.assign(t_i=ds.t_i.copy(data=ds.t_i * 11604.518).assign_attrs(units="K"))
    xr.testing.assert_allclose(events.regions(ds), events.regions(kelvin), rtol=1e-6)


def test_proton_names_serve_as_well():
    ds = plasma(n=8, t=400)
    renamed = ds.rename(n_i="n_p", t_i="t_p")
    assert (events.regions(ds).label.values == events.regions(renamed).label.values).all()


def test_averaging_stops_at_a_gap():
    ds = xr.concat([plasma(n=0.2, t=2000, size=20), plasma(n=8, t=400, size=20)], "time")
    time = ds.time.values.copy()
    time[20:] += np.arange(1, 21) * np.timedelta64(3, "s") + np.timedelta64(80, "s")
    label = events.regions(ds.assign_coords(time=time), window="1h").label.values
    assert only(label[:20]) == ["magnetosphere"]
    assert only(label[20:]) == ["magnetosheath"]


def test_position_turns_the_field_expected_at_high_latitude():
    # Cluster, 2001-01-26 10:45 (event G): inside the field points duskward, south and up
    ds = plasma(b=(-7, -19, 15), frame="GSE").assign_coords(
        time=np.datetime64("2001-01-26T10:45", "ns") + np.arange(40) * np.timedelta64(4, "s")
    )
    pos = np.tile([30200.0, 48500.0, 59000.0], (40, 1))
    attrs = {"units": "km", "coordinate_system": "GSE"}
    inside = {}
    for name, data in (("without", ds), ("with", ds.assign(pos=(ds.b.dims, pos, attrs)))):
        p = events.regions(data).probability
        inside[name] = float(p.sel(region=["magnetosphere", "boundary layer"]).sum("region").mean())
    assert inside["with"] > inside["without"]


def test_a_place_or_a_field_of_nought_is_unknown_and_warns_of_nothing():
    ds = plasma(b=(3, 3, 40))
    pos = np.tile([6371.2 * 8, 0, 0], (40, 1))
    pos[7], ds["b"][9] = 0, 0
    km = {"units": "km", "coordinate_system": "GSM"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        label = events.regions(ds.assign(pos=(("time", "cartesian"), pos, km))).label.values
    assert np.flatnonzero(label == "").tolist() == [7, 9]


def test_a_frame_without_north_is_refused():
    with pytest.raises(DatasetError, match=r"must be in GSM, GSE or SM.*frames\.rotate"):
        events.regions(plasma(b=(1, 2, 3), frame="DSL"))


def test_a_dataset_with_nothing_to_go_by_is_refused():
    with pytest.raises(DatasetError, match="none of b, n_i"):
        events.regions(plasma())


def test_no_samples_no_labels():
    result = events.regions(plasma(n=8, t=400).isel(time=slice(0)))
    assert result.sizes["time"] == 0


def test_inputs_stay_as_they_are():
    ds = plasma(n=8, t=400, v=(-85, -70, 0), b=(-3, -7, -4))
    before = ds.copy(deep=True)
    events.regions(ds)
    xr.testing.assert_identical(ds, before)
