"""Files joined: each record keeps its own channels, at once or when its numbers are needed."""

import dataclasses

import numpy as np
import pytest
import xarray as xr

import smile_explore as se
from smile_explore import catalogue, contract, joining
from smile_explore.errors import DatasetError, ReadingWarning
from smile_explore.formats import rows
from smile_explore.report import add, entries
from tests.archive import any_row, cdfs
from tests.compared import assert_alike

ESA = catalogue.product("themis.c.esa")
DAYS = [np.datetime64(f"2008-08-{day}", "ns") + np.arange(6) * np.timedelta64(4, "h") for day in (12, 13, 14)]  # fmt: skip
ROWS = pytest.mark.parametrize("row", catalogue.table().values(), ids=lambda row: row.name)


def read(paths, row, **how):
    row = dataclasses.replace(row, format="cdf")
    return rows.read(paths, row, quality="good", trusted=False, **how)


def esa(folder, *axes):
    """Write a day of ESA for each axis, and return what is read at once; lazily is the same."""
    paths = []
    for time, axis in zip(DAYS, axes, strict=False):
        path = folder / f"thc_l2_esa_{time[0].astype('M8[D]')}_v01.cdf".replace("-", "")
        paths.append(any_row.write(path, ESA, time, channels=np.shape(axis)[-1], axis=axis))
    direct, lazy = read(paths, ESA), read(paths, ESA, lazily=True)
    assert lazy.chunks
    assert_alike(lazy.compute(), direct)
    return direct


# ---------------------------------------------------------------- every row


@ROWS
@pytest.mark.parametrize("case", ["like", "unlike"])
def test_files_of_any_row_are_the_same_at_once_and_when_needed(tmp_path, row, case):
    """Unlike: the second file lacks a variable, the third has more channels and reaches back."""
    paths = [tmp_path / f"{k}.cdf" for k in range(3)]
    last, hours = (row.variables[-1].name,) if len(row.variables) > 1 else (), np.timedelta64(8, "h")  # fmt: skip
    how = [{}, {"lacking": last}, {"channels": 6}] if case == "unlike" else [{}] * 3
    for k, path in enumerate(paths):
        early = hours if case == "unlike" and k == 2 else np.timedelta64(0)
        any_row.write(path, row, DAYS[k] - early, **how[k])
    direct, lazy = read(paths, row), read(paths, row, lazily=True)
    assert lazy.chunks
    assert lazy["time"].size == (16 if case == "unlike" else 18)
    assert_alike(lazy.compute(), direct)
    if case == "like":
        single = [read([path], row) for path in paths]
        for name in direct.data_vars:
            whole = np.concatenate([ds[name].values for ds in single])
            np.testing.assert_array_equal(direct[name].values, whole)


# ---------------------------------------------------------------- axes that differ


def test_energies_of_each_day_stay_with_its_records(tmp_path):
    ds = esa(tmp_path, [10, 20, 40], [11, 21, 41])
    assert ds.sizes["energy"] == 3
    assert "energy" not in ds.coords
    assert ds.energy_centre.dims == ("time", "energy")
    assert ds.energy_centre.attrs == {"units": "eV", "long_name": "energy"}
    np.testing.assert_array_equal(ds.energy_centre[[0, 5, 6, 11], 2], [40, 40, 41, 41])


def test_the_same_axis_stays_one(tmp_path):
    ds = esa(tmp_path, [10, 20, 40], [10, 20, 40 * (1 + 1e-8)])
    assert ds.energy.dims == ("energy",)
    assert "energy_centre" not in ds


@pytest.mark.parametrize("order", [1, -1], ids=["fixed first", "changing first"])
def test_a_fixed_axis_and_a_changing_one(tmp_path, order):
    changing = np.tile([12.0, 22, 42], (6, 1))
    changing[3:] += 100
    ds = esa(tmp_path, *[[10, 20, 40], changing][::order])
    fixed = slice(0, 6) if order == 1 else slice(6, 12)
    np.testing.assert_array_equal(ds.energy_centre[fixed], np.tile([10, 20, 40], (6, 1)))
    assert np.isnan(ds.energy_centre).sum() == 0
    assert 142 in ds.energy_centre


def test_an_axis_the_other_way_round_keeps_its_records_as_they_are(tmp_path):
    ds = esa(tmp_path, [10, 20, 40], [40, 20, 10])
    np.testing.assert_array_equal(ds.energy_centre[[0, -1]], [[10, 20, 40], [40, 20, 10]])


def test_fewer_channels_are_padded_and_reported(tmp_path):
    with_three = ([10, 20, 40], [11, 21, 41], [12, 22, 42, 82])
    ds = esa(tmp_path, *with_three)
    assert ds.sizes["energy"] == 4
    assert np.isnan(ds.energy_centre[:12, 3]).all()
    assert np.isnan(ds.eflux[:12, 3]).all()
    np.testing.assert_array_equal(ds.energy_centre[-1], [12, 22, 42, 82])
    table = se.report(ds)
    row = table[(table.what == "padded") & (table.variable == "eflux")].iloc[0]
    assert (row["count"], row.of) == (12, 72)
    assert "3 on 2008-08-12 to 2008-08-13, 4 on 2008-08-14" in row.detail


def test_load_warns_of_padded_channels(tmp_path):
    esa(tmp_path, [10, 20, 40], [11, 21])
    with pytest.warns(ReadingWarning, match="eflux.*padded.*3 on 2008-08-12, 2 on 2008-08-13"):
        se.load("themis.c.esa", "2008-08-12", "2008-08-14", source=tmp_path)


@pytest.mark.parametrize("last", [7.0, np.nan], ids=["a number", "NaN"])
def test_a_boundary_sample_that_both_days_have_is_no_surprise(tmp_path, last, recwarn):
    """Day files from midnight to midnight: the sample of 00:00 is in two, with the same values."""
    paths = [tmp_path / f"thc_l2_fgm_2008081{day}_v01.cdf" for day in (2, 3)]
    for k, path in enumerate(paths):
        time = np.datetime64(f"2008-08-1{2 + k}", "ns") + np.arange(25) * np.timedelta64(1, "h")
        field = np.tile(np.arange(25.0)[:, None], 3)
        field[0 if k else -1] = last
        cdfs.themis_fgm(path, "c", {"fgs": (time, {"gsm": field})})
    ds = se.load("themis.c.fgm", "2008-08-12", "2008-08-15", source=tmp_path)
    assert not [w for w in recwarn if "records dropped" in str(w.message)]
    table = se.report(ds)
    row = table[table.what == "records dropped"].iloc[0]
    assert (row["count"], row.of, row.detail) == (
        1,
        50,
        "equal stamps in two files, the first is kept",
    )
    assert ds.sizes["time"] == 49


def test_a_boundary_sample_of_other_values_is_warned_of(tmp_path):
    for k in range(2):
        time = np.datetime64(f"2008-08-1{2 + k}", "ns") + np.arange(25) * np.timedelta64(1, "h")
        path = tmp_path / f"thc_l2_fgm_2008081{2 + k}_v01.cdf"
        cdfs.themis_fgm(path, "c", {"fgs": (time, {"gsm": np.full((25, 3), k + 1.0)})})
    with pytest.warns(ReadingWarning, match=r"records dropped 1 of 50 \(equal stamps in two files"):
        ds = se.load("themis.c.fgm", "2008-08-12", "2008-08-15", source=tmp_path)
    assert float(ds.b.sel(time="2008-08-13T00:00", cartesian="x")) == 1


# ---------------------------------------------------------------- parts made by hand


def part(day, values, dims=("time", "pitch_angle"), coords=None, **attrs):
    """Return a standardised part of one record a value along the first dim."""
    values = np.asarray(values)
    about = {"units": "cm-2 s-1 sr-1 eV-1", "long_name": "flux"} | attrs
    time = DAYS[day][: len(values)]
    ds = xr.Dataset({"f": (dims, values, about)}, {"time": time, **(coords or {})})
    return ds.assign_attrs(simulated=0)


def axis(values, units="degree", dim="pitch_angle"):
    return {dim: (dim, np.asarray(values), {"units": units, "long_name": dim})}


def test_units_of_an_axis_are_those_of_the_first_file():
    kev = part(1, np.ones((2, 2)), ("time", "energy"), axis([0.01, 0.02], "keV", "energy"))
    ev = part(0, np.ones((2, 2)), ("time", "energy"), axis([10.0, 20.0], "eV", "energy"))
    np.testing.assert_allclose(joining.join([ev, kev]).energy, [10, 20])
    other = part(1, np.ones((2, 2)), ("time", "energy"), axis([0.03, 0.05], "keV", "energy"))
    ds = joining.join([ev, other])
    np.testing.assert_allclose(ds.energy_centre[-1], [30, 50])
    assert ds.energy_centre.attrs["units"] == "eV"


def test_two_axes_may_change_at_once():
    dims = ("time", "energy", "pitch_angle")
    a = part(0, np.full((2, 2, 3), 1.0), dims, axis([1, 2], "eV", "energy") | axis([0, 90, 180]))
    b = part(1, np.full((2, 3, 2), 2.0), dims, axis([1, 2, 3], "eV", "energy") | axis([45, 135]))
    ds = joining.join([a, b])
    assert ds.f.shape == (4, 3, 3)
    assert np.isfinite(ds.f[0]).sum() == 6 == np.isfinite(ds.f[-1]).sum()
    np.testing.assert_array_equal(ds.pitch_angle_centre[-1], [45, 135, np.nan])
    np.testing.assert_array_equal(ds.energy_centre[0], [1, 2, np.nan])


def test_an_axis_that_one_file_lacks_is_nan_there():
    ds = joining.join([part(0, np.ones((2, 2)), coords=axis([30, 60])), part(1, np.ones((2, 2)))])
    np.testing.assert_array_equal(ds.pitch_angle_centre[[0, -1]], [[30, 60], [np.nan, np.nan]])
    assert np.isfinite(ds.f).all()


def test_an_axis_with_gaps_is_the_same_as_itself():
    gaps = {"pitch_angle_centre": ("pitch_angle", [np.nan, 90.0], {"units": "degree", "long_name": "a"})}  # fmt: skip
    ds = joining.join([part(0, np.ones((2, 2)), coords=gaps), part(1, np.ones((2, 2)), coords=gaps)])  # fmt: skip
    assert ds.pitch_angle_centre.dims == ("pitch_angle",)
    ds = joining.join([part(0, np.ones((2, 2)), coords=gaps), part(1, np.ones((2, 2)), coords=axis([30, 60]))])  # fmt: skip
    np.testing.assert_array_equal(ds.pitch_angle_centre[[0, -1]], [[np.nan, 90], [30, 60]])


def test_whole_numbers_that_are_padded_or_lacking_become_floats():
    short, long = part(0, [[1, 2]], coords=axis([1, 2])), part(1, [[1, 2, 3]], coords=axis([1, 2, 3]))  # fmt: skip
    ds = joining.join([short, long])
    np.testing.assert_array_equal(ds.f, [[1, 2, np.nan], [1, 2, 3]])
    flags = part(0, [[1, 2]]).assign(q=("time", np.array([3], np.int32), {"units": "1"}))
    ds = joining.join([flags, part(1, [[1, 2]])])
    np.testing.assert_array_equal(ds.q, [3, np.nan])
    table = se.report(ds)
    assert table.values.tolist() == [["q", "not in every file", 1, 2, "not in that of 2008-08-13"]]


def test_units_of_a_variable_convert_or_are_refused():
    ev = part(0, [[1.0]], units="eV cm-3")
    kev = part(1, [[1.0]], units="keV cm-3")
    np.testing.assert_allclose(joining.join([ev, kev]).f.values.ravel(), [1, 1000])
    with pytest.raises(DatasetError, match="in eV cm-3 on 2008-08-12 and in nT on 2008-08-13"):
        joining.join([ev, part(1, [[1.0]], units="nT")])


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (part(1, np.ones((1, 3)), ("time", "cartesian"), coordinate_system="GSM"), "GSE on 2008-08-12 and in GSM on 2008-08-13"),
        (part(1, np.ones((1, 3)), ("time", "cartesian")), "in no stated frame on 2008-08-13"),
        (part(1, np.ones((1, 3)), ("time", "component"), coordinate_system="GSE"), "has the dims"),
        (part(1, np.ones((1, 3, 2)), ("time", "cartesian", "y"), coordinate_system="GSE"), "has the dims"),
        (part(1, [["a", "b", "c"]], ("time", "cartesian"), coordinate_system="GSE"), "number in one file and a text"),
    ],
    ids=["frame", "no frame", "dims", "more dims", "kind"],
)  # fmt: skip
def test_what_cannot_be_one_dataset_is_refused_in_a_sentence(other, says):
    first = part(0, np.ones((1, 3)), ("time", "cartesian"), coordinate_system="GSE")
    with pytest.raises(DatasetError, match=says) as refused:
        joining.join([first, other], "a.product")
    assert str(refused.value).startswith("a.product cannot be joined: ")


def test_channels_of_which_nothing_says_what_they_are_must_be_as_many():
    with pytest.raises(DatasetError, match="3 on 2008-08-12, 2 on 2008-08-13, and no axis says"):
        joining.join([part(0, np.ones((1, 3))), part(1, np.ones((1, 2)))])


def test_a_file_without_records_says_nothing_of_the_axes():
    empty = part(1, np.ones((0, 5)), coords=axis(range(5)))
    ds = joining.join([part(0, np.ones((1, 2)), coords=axis([1, 2])), empty])
    assert ds.f.shape == (1, 2)
    assert ds.pitch_angle.size == 2


def test_what_is_joined_keeps_the_contract(tmp_path):
    ds = esa(tmp_path, [10, 20, 40], [11, 21])
    about = {"product": "x", "source": "x", "source_files": "x", "retrieved": "x", "doi": "x"}
    contract.check(ds.assign_attrs(about, time_reference="L1", simulated=0))


def test_values_are_counted_out_of_those_of_all_files():
    """A file without a fill counts too: else one bad file of many is warned of as if it were all."""
    parts = [one_day(k) for k in range(3)]
    part_of = {"count": 1, "of": 6, "detail": "0 to 9"}
    add(parts[1].attrs, "x", "valid range", **part_of)
    [entry] = entries(joining.join(parts).attrs)
    assert entry == ("x", "valid range", 1, 18, "0 to 9")


def one_day(k):
    time = {"time": DAYS[k]}
    return xr.Dataset({"x": ("time", np.ones(6), {"units": "nT"})}, time, {"simulated": 0})
