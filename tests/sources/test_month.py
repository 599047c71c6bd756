"""A month read from its zip is what Zarr and xarray read of it, or is named as damaged."""

import numpy as np
import pytest
import xarray as xr
import zarr

from smile_explore.errors import CorruptFileError
from smile_explore.sources import month

N = 1000


@pytest.fixture(scope="module")
def dataset():
    """Return what is hard to store: every kind of number, texts, fills, one number alone."""
    rng = np.random.default_rng(7)
    time = np.datetime64("2008-01-01", "ns") + np.arange(N) * np.timedelta64(60, "s")
    holed = rng.normal(size=N).astype("f4")
    holed[::3] = np.nan
    own = {
        "b": (("time", "cartesian"), rng.normal(size=(N, 3)), {"units": "nT"}),
        "holed": ("time", holed),
        "nothing": ("time", np.full(N, np.nan)),
        "zeros": ("time", np.zeros(N, "i4")),
        "half": ("time", np.r_[np.zeros(500), np.arange(500)].astype("i2")),
        "good": ("time", rng.random(N) < 0.5),
        "mode": ("time", np.array(["slow", "burst"])[rng.integers(0, 2, N)]),
        "until": ("time", time + np.timedelta64(30, "s")),
        "spectra": (("time", "energy"), rng.lognormal(size=(N, 7)).astype("f4")),
        "one": ((), 3.5),
    }
    coords = {
        "time": time,
        "cartesian": ["x", "y", "z"],
        "energy": np.geomspace(1.0, 1e3, 7),
        "energy_centre": (("time", "energy"), rng.random((N, 7))),
    }
    return xr.Dataset(own, coords, {"product": "a test", "simulated": 0})


@pytest.fixture(
    scope="module",
    params=[{}, {"time": 64, "energy": 3, "cartesian": 2}],
    ids=["whole", "chunks"],
)
def path(request, dataset, tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "month.zarr.zip"
    store = zarr.storage.ZipStore(path, mode="w")
    encoding = {
        name: {"chunks": tuple(request.param.get(d, n) for d, n in var.sizes.items())}
        for name, var in dataset.variables.items()
        if request.param and var.dims
    }
    encoding["time"] = encoding.get("time", {}) | {"units": "nanoseconds since 1970-01-01"}
    with pytest.warns(UserWarning, match="Duplicate name"):
        dataset.to_zarr(store, zarr_format=2, consolidated=True, encoding=encoding)
    store.close()
    return path


def by_zarr(path):
    with zarr.storage.ZipStore(path, mode="r") as store:
        return xr.open_zarr(store, chunks=None, decode_timedelta=False).load()


def test_a_month_is_what_zarr_reads(path, dataset):
    own = month.read(path)
    xr.testing.assert_identical(own, by_zarr(path))
    xr.testing.assert_identical(own, dataset)
    assert {k: v.dtype for k, v in own.variables.items()} == {
        k: v.dtype for k, v in by_zarr(path).variables.items()
    }
    own.b[0] = 1.0  # and may be written to


def test_times_of_another_unit_are_understood(tmp_path, dataset):
    store = zarr.storage.ZipStore(tmp_path / "minutes.zarr.zip", mode="w")
    with pytest.warns(UserWarning, match="Duplicate name"):
        dataset.to_zarr(store, zarr_format=2, consolidated=True)
    store.close()
    span = dataset.time.values[[10, 20]]
    own = month.decoded(*month.encoded(tmp_path / "minutes.zarr.zip", span=span))
    xr.testing.assert_identical(own, dataset.isel(time=slice(10, 20)))


@pytest.mark.parametrize(
    ("low", "high"),
    [(0, N), (0, 1), (63, 65), (64, 128), (100, 900), (999, N), (500, 500)],
)  # fmt: skip
def test_of_a_span_the_samples_inside_are_read(path, dataset, low, high):
    edges = np.append(dataset.time.values, dataset.time.values[-1] + np.timedelta64(60, "s"))
    own = month.decoded(*month.encoded(path, span=(edges[low], edges[high])))
    xr.testing.assert_identical(own, dataset.isel(time=slice(low, high)))


def test_one_variable_comes_with_its_times_and_nothing_else(path, dataset):
    one = month.read(path, "holed")
    assert set(one.variables) == {"time", "holed"}
    np.testing.assert_array_equal(one.holed, dataset.holed)
    assert set(month.read(path, "unheard_of").variables) == {"time"}


def test_attributes_are_had_without_numbers(path):
    assert month.attrs(path) == {"product": "a test", "simulated": 0}


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04 and no more", b"{}"])
def test_what_is_no_zip_is_named(tmp_path, body):
    path = tmp_path / "odd.zarr.zip"
    path.write_bytes(body)
    with pytest.raises(CorruptFileError, match=r"odd.zarr.zip is damaged"):
        month.read(path)
