"""The Dataset contract: what standardise() makes of an archive's terms, what check() refuses."""

import numpy as np
import pytest
import xarray as xr
from astropy import units as u
from hypothesis import given
from hypothesis import strategies as st

from smile_explore import contract, joining
from smile_explore.catalogue import Variable
from smile_explore.errors import DatasetError

TIME = np.array(["2008-08-12T00:00", "2008-08-12T00:01", "2008-08-12T00:02"], "M8[ns]")
ORIGIN = {
    "product": "made.up", "source": "test", "source_files": "a.cdf", "retrieved": "2026-11-21T00:00:00Z",
    "time_reference": "L1", "simulated": 0, "doi": "10.1029/2004JA010649",
}  # fmt: skip


def raw(values, dims=(), time=TIME, **attrs):
    values = np.asarray(values)
    return xr.Dataset({"X": (("Epoch", *dims), values, attrs)}, coords={"Epoch": time})


def one(ds, **row):
    row = {"name": "x", "origin": ("X",), "units": "nT"} | row
    return contract.standardise(ds, [Variable(**row)])["x"]


def sound():
    ds = contract.standardise(
        raw([[1.0, 2, 3]] * 3, ("c",), UNITS="nT"), [Variable("b", ("X",), "nT", frame="GSM")]
    )
    return ds.assign_attrs(ORIGIN)


# ---------------------------------------------------------------- fills and ranges


@pytest.mark.parametrize(
    ("values", "attrs"),
    [
        pytest.param(np.array([1, -1e31, 3], "f4"), {"FILLVAL": np.float32(-1e31)}, id="-1e31"),
        pytest.param(np.array([1, 9999.99, 3], "f4"), {"FILLVAL": np.float32(9999.99)}, id="f4"),
        pytest.param(np.array([1, 9999.99, 3], "f8"), {"FILLVAL": np.float32(9999.99)}, id="f8"),
        pytest.param(np.array([1, 99999, 3], "i4"), {"FILLVAL": np.int32(99999)}, id="integer"),
        pytest.param(np.array([1, 3e31, 3], "f4"), {}, id="huge without FILLVAL"),
        pytest.param(np.array([1, 5000, 3], "f4"), {"VALIDMAX": np.float32(1000)}, id="above"),
        pytest.param(np.array([1, -5000, 3], "f4"), {"VALIDMIN": np.array([-1000.0])}, id="below"),
        pytest.param(np.array([1, np.nan, 3], "f4"), {"FILLVAL": np.float32(np.nan)}, id="nan"),
    ],
)
def test_a_fill_or_a_value_out_of_range_becomes_nan_and_nothing_else_does(values, attrs):
    np.testing.assert_array_equal(one(raw(values, **attrs)), [1, np.nan, 3])


def test_an_integer_fill_never_becomes_zero():
    sym_h = one(raw(np.array([-12, 99999, -11], "i4"), FILLVAL=np.int32(99999)))
    assert sym_h.dtype.kind == "f"
    assert sym_h.isnull().values.tolist() == [False, True, False]


def test_a_flag_without_fills_stays_an_integer():
    flag = one(raw(np.array([0, 1, 0], "i4"), FILLVAL=np.int32(-(2**31))), flag=True, units="1")
    assert flag.dtype.kind == "i"


def test_components_have_bounds_of_their_own():
    b = one(
        raw([[1.0, 1, 1], [1, 9, 1], [1, 1, 9]], ("c",), VALIDMAX=np.array([5, 5, 10.0])),
        frame="GSM",
    )
    np.testing.assert_array_equal(b.isnull().sum("time"), [0, 1, 0])


def test_flagged_values_are_nan_unless_raw_is_asked_for():
    ds = raw(np.array([1.0, 2, 3])).assign(Q=("Epoch", np.array([0, 1, 0])))
    rows = [Variable("x", ("X",), "nT"), Variable("q", ("Q",), "1", flag=True, good=(0,))]
    np.testing.assert_array_equal(contract.standardise(ds, rows)["x"], [1, np.nan, 3])
    np.testing.assert_array_equal(contract.standardise(ds, rows, quality="raw")["x"], [1, 2, 3])
    np.testing.assert_array_equal(contract.standardise(ds, rows)["q"], [0, 1, 0])


# ---------------------------------------------------------------- units, frames, dims


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("nT", "nT"), ("nT GSM (All Qs)", "nT"), ("km/s", "km s-1"), ("km/sec", "km s-1"), ("#/cc", "cm-3"), ("N/cm3", "cm-3"), ("C", "deg_C"), ("n/cc", "cm-3"),
        ("1/cm^3", "cm-3"), ("cm^{-3}", "cm-3"), ("Kelvin", "K"), ("deg K", "K"), ("eV", "eV"), ("mV/m", "mV m-1"), ("sec", "s"),
        ("eV/(cm^2-s-sr-eV)", "eV cm-2 s-1 sr-1 eV-1"), ("keV/(cm^2 s sr keV)", "keV cm-2 s-1 sr-1 keV-1"), ("nT (1min)", "nT"),
        ("Re (1min)", "RE"), ("Earth Radii", "RE"), ("W/m^2", "W m-2"), (" ", "1"), ("%", "percent"), ("km", "km"), ("nPa", "nPa"),
    ],
)  # fmt: skip
def test_spellings_met_in_archives_are_understood(text, canonical):
    assert contract.canonical_units(text) == canonical
    if canonical != "RE":
        u.Unit(canonical)


def test_a_unit_that_nobody_knows_is_not_guessed():
    assert contract.canonical_units("furlongs per fortnight") is None


def test_positions_in_earth_radii_come_out_in_km():
    pos = one(raw([[1.0, 0, 0]] * 3, ("c",), UNITS="Re"), units="km", frame="GSE")
    assert pos.units == "km"
    assert pos.values[0, 0] == pytest.approx(6371.2)


def test_kelvin_becomes_electronvolt_by_boltzmann():
    assert one(raw([11604.518] * 3, UNITS="K"), units="eV").values == pytest.approx(1.0, rel=1e-6)


def test_units_that_do_not_convert_are_refused():
    with pytest.raises(DatasetError, match=r"'nT'.*'km s-1'"):
        one(raw([1.0] * 3, UNITS="nT"), units="km s-1")


def test_a_frame_that_contradicts_the_row_is_refused():
    field = raw(
        [[1.0, 2, 3]] * 3, ("c",), UNITS="nT", COORDINATE_SYSTEM="GSE>Geocentric Solar Ecliptic"
    )
    with pytest.raises(DatasetError, match="should be in GSM, but the file says GSE"):
        one(field, frame="GSM")


def test_three_columns_make_one_vector():
    ds = raw([1.0, 1, 1]).assign(Y=("Epoch", [2.0, 2, 2]), Z=("Epoch", [3.0, 3, 3]))
    b = one(ds, origin=("X", "Y", "Z"), frame="GSM")
    assert b.dims == ("time", "cartesian")
    assert b.sel(cartesian="z").values.tolist() == [3, 3, 3]


def test_a_spectrum_keeps_its_energies():
    ds = raw(np.ones((3, 4)), ("E",), UNITS="eV").assign_coords(
        E=("E", [10.0, 20, 40, 80], {"UNITS": "eV"})
    )
    da = one(ds, units="eV", dims=("energy",))
    assert da.dims == ("time", "energy")
    assert da.energy.values.tolist() == [10, 20, 40, 80]
    assert da.energy.units == "eV"


# ---------------------------------------------------------------- time


@given(st.permutations(range(12)), st.integers(0, 11))
def test_any_order_with_repeats_is_put_right(order, again):
    time = (TIME[0] + np.arange(12) * np.timedelta64(1, "m"))[[*order, again]]
    x = one(raw(np.asarray([*order, again], float), time=time))
    assert x.time.values.tolist() == np.sort(np.unique(time)).tolist()
    assert x.values.tolist() == list(range(12))


def test_joining_leaves_a_gap_a_gap():
    early, late = raw([1.0, 2, 3]), raw([4.0, 5, 6], time=TIME + np.timedelta64(1, "h"))
    ds = joining.join(
        [contract.standardise(d, [Variable("x", ("X",), "nT")]) for d in (late, early)]
    )
    assert ds.x.values.tolist() == [1, 2, 3, 4, 5, 6]
    assert ds.sizes["time"] == 6


def test_clipping_is_half_open():
    assert joining.clip(sound(), TIME[0], TIME[2]).sizes["time"] == 2


# ---------------------------------------------------------------- check


def test_a_sound_dataset_passes_and_comes_back_itself():
    ds = sound()
    assert contract.check(ds) is ds


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        pytest.param(lambda d: d.isel(time=[1, 0]), "does not strictly increase", id="time runs back"),
        pytest.param(lambda d: d.isel(time=[0, 0]), "does not strictly increase", id="repeated stamp"),
        pytest.param(lambda d: d.drop_vars("time"), "no 'time' index", id="no time"),
        pytest.param(lambda d: d.assign(b=d.b.assign_attrs(units="furlong/fortnite")), "cannot be parsed", id="odd unit"),
        pytest.param(lambda d: d.assign(b=d.b.drop_attrs()), "no units.*no coordinate_system", id="bare"),
        pytest.param(lambda d: d.assign(b=(d.b + 1e31).assign_attrs(d.b.attrs)), "fill values", id="fill"),
        pytest.param(lambda d: d.assign_attrs(note={"a": 1}), "'note' of 'Dataset' is not flat", id="nested"),
        pytest.param(lambda d: d.assign_attrs(simulated=True), "not flat", id="bool"),
        pytest.param(lambda d: d.drop_attrs(deep=False), "no attribute 'product'.*doi", id="no origin"),
        pytest.param(lambda d: d.assign_attrs(time_reference="here"), "time_reference 'here'", id="reference"),
    ],
)  # fmt: skip
def test_each_breach_is_named(spoil, complaint):
    with pytest.raises(DatasetError, match=complaint):
        contract.check(spoil(sound()))


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
def test_a_round_trip_through_netcdf_loses_nothing(tmp_path, engine):
    ds = sound()
    ds["b"][1, 1] = np.nan
    ds.to_netcdf(tmp_path / "a.nc", engine=engine)
    with xr.open_dataset(tmp_path / "a.nc", engine=engine) as back:
        xr.testing.assert_identical(back.load(), ds)
        assert back.time.dtype == ds.time.dtype
        assert back.b.dtype == ds.b.dtype
        contract.check(back)


def test_require_names_what_is_asked_and_what_is_there():
    with pytest.raises(DatasetError, match=r"needs coordinate_system='GSE', but has 'GSM'"):
        contract.require(sound()["b"], "nT", "GSE")


def test_a_variables_own_time_reference_must_be_known():
    ds = sound()
    name = next(iter(ds.data_vars))
    ds[name].attrs["time_reference"] = "ground"
    contract.check(ds)
    ds[name].attrs["time_reference"] = "moon"
    with pytest.raises(DatasetError, match="time_reference 'moon' of"):
        contract.check(ds)


@pytest.mark.parametrize("data", [xr.Dataset({"sym_h": ("time", [1.0])}), [1.0], None])
def test_a_function_of_one_variable_says_so(data):
    with pytest.raises(DatasetError, match="One variable in nT is needed"):
        contract.require(data, "nT")
