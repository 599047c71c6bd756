"""Real listings: each hazard of the data's README, and the medians it states."""

import shutil

import numpy as np
import pytest

from smile_explore.errors import DatasetError, InputError
from smile_explore.formats import cdaweb, omniweb
from smile_explore.load import open_file


@pytest.fixture
def fgm(real_data):
    return open_file(real_data / "themis" / "THC_L2_FGM_89446.csv")


MEDIANS = [
    pytest.param("2008-08-12T20:43", "2008-08-12T21:05", 45.5, 0.22, None, id="magnetosphere"),
    pytest.param("2008-08-12T21:23", "2008-08-13T00:28", 8.8, 8.1, -85, id="sheath"),
    pytest.param("2008-08-13T00:50", "2008-08-13T01:45", 2.9, 1.8, -486, id="solar wind"),
]


@pytest.mark.parametrize(("start", "stop", "b", "n", "v_x"), MEDIANS)
def test_event_a_has_the_medians_that_are_known(real_data, fgm, start, stop, b, n, v_x):
    moments = open_file(real_data / "themis" / "THC_L2_MOM_216777.csv").sel(time=slice(start, stop))
    # the README gives medians, but not their windows to the minute: a tenth is what that can mean
    field = fgm["FGS_D_B_TOTAL"].sel(time=slice(start, stop))
    assert float(field.median()) == pytest.approx(b, rel=0.1)
    assert float(moments["N_ION_MOM_ESA_C"].median()) == pytest.approx(n, rel=0.1)
    v = moments["V_ION_MOM_ESA_C_GSM"].sel(cartesian="x")
    assert v_x is None or float(v.median()) == pytest.approx(v_x, rel=0.1)


def test_the_vector_agrees_with_the_magnitude_in_the_same_file(fgm):
    size = np.sqrt((fgm["B_FGS_D_GSM"] ** 2).sum("cartesian"))
    # a spin average of |B| exceeds |average of B| where the field turns within a spin
    assert np.median(np.abs(size - fgm["FGS_D_B_TOTAL"])) < 0.01
    assert fgm["B_FGS_D_GSM"].coordinate_system == "GSM"


def test_a_real_gap_stays_a_gap(fgm):
    assert fgm.sel(time=slice("2008-08-13T00:36", "2008-08-13T00:49")).sizes["time"] == 0


def test_temperature_comes_in_ev_or_kelvin_and_says_which(real_data):
    ace = open_file(real_data / "ace" / "AC_H0_SWE_95692.csv")
    themis = open_file(real_data / "themis" / "THC_L2_MOM_216777.csv")
    assert ace["H_TEMP_RADIAL"].units == "K"
    assert themis["TX_ION_FA_MOM_ESA_C"].units == "eV"


@pytest.mark.parametrize("name", ["1999-09-23_GOES_POS.txt", "2000-04-07_GOES_POS.txt",
                                  "G0_K0_MAG_15004.txt", "G0_K0_MAG_9131.txt"])  # fmt: skip
def test_goes_listings_with_and_without_header_are_read(real_data, name):
    ds = open_file(real_data / "goes" / "mp_events" / name)
    assert ds.sizes["time"] == 2880
    radius = np.sqrt((ds["pos_GSE"] ** 2).sum("cartesian"))
    assert ds["pos_GSE"].units == "km"
    np.testing.assert_allclose(radius, 42164, rtol=0.003)  # geosynchronous
    missing = np.isnan(ds["B_GSE"]).all("cartesian")
    assert list(np.flatnonzero(missing)) in ([1322, 1323], [2762, 2763])


def test_header_and_stripped_header_hold_the_same(real_data):
    folder = real_data / "goes" / "mp_events"
    with_header = open_file(folder / "G0_K0_MAG_15004.txt")
    stripped = open_file(folder / "1999-09-23_GOES_POS.txt")
    for name in ("B_GSE", "pos_GSE"):
        np.testing.assert_array_equal(with_header[name], stripped[name])


def test_fills_of_an_omni_listing_are_missing_in_the_right_number(real_data):
    path = real_data / "omni" / "OMNI_HRO_1MIN_14180.txt1"
    text = path.read_text()
    ds = open_file(path)
    assert ds.sizes["time"] == 1349
    assert int(np.isnan(ds["TEMPERATURE"]).sum()) == text.count("1.00000E+07") == 212
    assert int(np.isnan(ds["PROTON_DENSITY"]).sum()) == text.count("999.990") == 212
    assert ds.attrs["time_reference"] == "bow-shock nose"


def test_an_omniweb_listing_of_a_storm_is_read_with_its_format(real_data):
    path = real_data / "omni" / "omni_20011106.lst"
    text = path.read_text()
    ds = open_file(path)
    assert ds.sizes["time"] == 7200
    assert ds["SYM_H"].min() == -320
    assert int(np.isnan(ds["B_GSM"]).sum()) == text.count("9999.99")
    assert int(np.isnan(ds["V_Velocity_GSE"]).sum()) == text.count("99999.9")
    # fewer than the 9s in the text: AE reaches 999 as a value
    assert int(np.isnan(ds["Proton_Temperature"]).sum()) == text.count("9999999.")


def test_the_other_omniweb_listings_are_read(real_data, tmp_path):
    ds = open_file(real_data / "omni" / "omni_min_1030.lst")
    assert ds.sizes["time"] == 14400
    folder = real_data / "omni" / "goes_mp_events"
    assert "BZ_GSE" in open_file(folder / "omni_min_10339.lst.txt")
    alone = folder / "omni_min_26813.lst.txt"
    with pytest.raises(InputError, match=r"omni_min_26813\.fmt"):
        open_file(alone)
    shutil.copy(alone, tmp_path)
    shutil.copy(folder / "omni_min_26898.fmt.txt", tmp_path / "omni_min_26813.fmt.txt")
    ds = open_file(tmp_path / alone.name)
    assert ds["Flow_pressure"].units == "nPa"
    assert str(ds["time"].values[0])[:10] == "1999-09-22"


def test_stamps_with_and_without_fractions_stand_in_one_column(real_data):
    folder = real_data / "cluster" / "tpa_20020318"
    raw = cdaweb.read(next(folder.glob("Fig3B*.csv")))
    assert raw["Epoch"].values[0] == np.datetime64("2002-03-18T14:15:02.265")
    assert (np.diff(raw["Epoch"].values) > np.timedelta64(0)).all()


@pytest.mark.parametrize("who", ["themis", "omni"])
def test_every_artemis_table_opens_into_the_contract(real_data, who):
    paths = sorted((real_data / who / "artemis_events").glob("*.csv"))
    assert len(paths) > 20
    for path in paths:
        frame = path.name[:3]
        ds = open_file(path)
        assert ds[f"B_{frame}"].coordinate_system == frame
        assert ds["T"].units == "K"
        assert "Vx" in ds  # OMNI's is not rotated with the field: no frame is made up for it


def test_a_list_of_events_is_no_time_series(real_data):
    for path in (real_data / "lists" / "EventList_full.txt", real_data / "README.md"):
        with pytest.raises(DatasetError):
            cdaweb.read(path)


def test_gzip_and_plain_cef_are_the_same(real_data, tmp_path):
    import gzip

    path = next((real_data / "cluster").glob("*.cef"))
    packed = tmp_path / f"{path.name}.gz"
    packed.write_bytes(gzip.compress(path.read_bytes(), compresslevel=1))
    plain, unpacked = open_file(path), open_file(packed)
    for name, da in plain.data_vars.items():
        np.testing.assert_array_equal(unpacked[name], da)
    b = plain["B_vec_xyz_gse__C1_CP_FGM_EXTM"]
    np.testing.assert_allclose(
        np.sqrt((b**2).sum("cartesian")), plain["B_mag__C1_CP_FGM_EXTM"], atol=0.002
    )


def test_the_format_names_are_those_of_the_listing(real_data):
    raw = omniweb.read(real_data / "omni" / "omni_20011106.lst", ["AE-index"])
    assert raw["AE-index"].attrs["FILLVAL"] == 99999
