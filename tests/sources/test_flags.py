"""Quality flags of the product table: each row applies one, or says why it has none."""

import h5netcdf
import numpy as np
import pytest
import xarray as xr

import smile_explore as se
from smile_explore import catalogue, contract

ROWS = catalogue.table()
NAN = np.nan


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_row_applies_a_flag_or_says_why_it_has_none(row):
    rules = [v for v in row.variables if v.rejects]
    assert bool(rules) != bool(row.no_flags)
    for flag in rules:
        assert flag.flag, "what rejects is a flag, kept as integers"
        assert not (flag.good and flag.bad_bits), "one rule, not two"
        assert set(flag.applies_to) <= {v.name for v in row.variables if not v.flag}


def xrs(path, flags):
    """Write an hour-old GOES-16 file in the archive's layout, as sunpy's test file has it."""
    n = len(flags)
    with h5netcdf.File(path, "w") as file:
        file.dimensions["time"] = n

        def put(name, data, **attrs):
            variable = file.create_variable(name, ("time",), data=data)
            for key, value in attrs.items():
                variable.attrs[key] = value

        put("time", np.arange(n) * 60.0, units="seconds since 2021-01-01 00:00:00")
        fill = {"units": "W/m2", "_FillValue": np.float32(-9999)}
        put("xrsa_flux", np.full(n, 1e-8, "f4"), **fill)
        put("xrsb_flux", np.full(n, 1e-6, "f4"), **fill)
        about = {
            "_FillValue": np.uint8(255),
            "flag_masks": np.array([3, 1, 2, 4, 8, 8, 48, 48], "u1"),
        }
        put("xrsa_flag", np.zeros(n, "u1"), **about)
        put("xrsb_flag", np.array(flags, "u1"), **about)


@pytest.fixture
def goes(tmp_path):
    """Have one minute of each kind of flag: good, eclipse, bad, electrons, both, correction, fill."""
    (tmp_path / "f").mkdir()
    xrs(tmp_path / "f" / "sci_xrsf-l2-avg1m_g16_d20210101_v2-1-0.nc", [0, 1, 2, 4, 6, 48, 255])
    return tmp_path / "f"


def load(folder, **how):
    return se.load("goes.16.xrs", "2021-01-01", "2021-01-02", source=folder, **how)


@pytest.mark.parametrize("chunks", [None, "auto"], ids=["eager", "lazy"])
def test_eclipse_and_bad_data_of_xrs_are_missing_and_electrons_are_not(goes, chunks):
    ds = load(goes, chunks=chunks)
    one = np.float32(1e-6)
    np.testing.assert_array_equal(ds.xrs_b, np.float32([one, NAN, NAN, one, NAN, one, NAN]))
    assert np.isfinite(ds.xrs_a).all()  # each channel has a flag of its own


def test_what_flags_take_is_reported_and_raw_takes_nothing(goes):
    table = se.report(load(goes)).set_index("variable")
    row = table[table.what == "quality flag"].loc["xrs_b"]
    assert (row["count"], row["of"]) == (4, 7)
    assert np.isfinite(load(goes, quality="raw").xrs_b).all()


def test_a_file_without_the_rows_flag_says_so(goes):
    (path,) = goes.iterdir()
    with h5netcdf.File(path, "a") as file:
        del file._h5file["xrsb_flag"]
    table = se.report(load(goes))
    assert table[table.what == "no quality flag"].detail.tolist() == ["the file has no xrsb_flag"]


def test_a_row_without_flags_says_why(tmp_path):
    from tests.archive import cdfs

    times = np.arange("2008-03-15", "2008-03-15T01", np.timedelta64(1, "m"), dtype="M8[ns]")
    cdfs.omni_hro(tmp_path / "omni_hro_1min_20080301_v01.cdf", times, {"SYM_H": np.zeros(60)})
    ds = se.load("omni.1min", "2008-03-15", "2008-03-16", source=tmp_path)
    table = se.report(ds)
    assert "no quality flags" in table[table.what == "no quality flag"].detail.item()


@pytest.mark.parametrize("dtype", ["u1", "i2", "u4", "i8", "f8"])
def test_bits_are_bits_whatever_the_type(dtype):
    flag = catalogue.Variable("q", ("Q",), "1", flag=True, bad_bits=0b101)
    data = catalogue.Variable("b", ("B",), "nT")
    time = np.arange("2008-01-01", "2008-01-05", dtype="M8[D]").astype("M8[ns]")
    raw = xr.Dataset(
        {"Q": ("t", np.array([0, 1, 2, 4], dtype)), "B": ("t", np.ones(4))}, {"t": time}
    )
    raw["B"].attrs["UNITS"] = "nT"
    ds = contract.standardise(raw, (data, flag))
    np.testing.assert_array_equal(ds.b, [1, NAN, 1, NAN])
