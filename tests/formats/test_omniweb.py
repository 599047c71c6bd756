"""OMNIWeb listings and the format files that give their columns a meaning."""

import numpy as np
import pytest

from smile_explore import contract
from smile_explore.errors import CorruptFileError, DatasetError, InputError
from smile_explore.formats import omniweb

FORMAT = """\
  FORMAT OF THE SUBSETTED FILE

    ITEMS                      FORMAT

 1 Year                          I4
 2 Day                           I4
 3 Hour                          I3
 4 Minute                        I3
 5 BX, nT (GSE, GSM)             F8.2
 6 BY, nT (GSM)                  F8.2
 7 BZ, nT (GSM)                  F8.2
 8 Vx Velocity,km/s              F8.1
 9 Vy Velocity, km/s             F8.1
10 Vz Velocity, km/s             F8.1
11 Proton Density, n/cc          F7.2
12 Proton Temperature, K         F9.0
13 Flow pressure, nPa            F6.2
14 AE-index, nT                  I6
"""
LISTING = """\
2000  60 23 59    2.90   -4.13    4.84  -334.7    -4.9     3.7   3.86   13912.  0.88    18
2000 366  0  1 9999.99 9999.99 9999.99 99999.9 99999.9 99999.9 999.99 9999999. 99.99 99999
"""


@pytest.fixture
def listing(tmp_path):
    (tmp_path / "omni_min_1.fmt").write_text(FORMAT)
    (tmp_path / "omni_min_1.lst").write_text(LISTING)
    return tmp_path / "omni_min_1.lst"


def test_year_day_hour_and_minute_make_the_time(listing):
    expected = np.array(["2000-02-29T23:59", "2000-12-31T00:01"], "M8[ns]")
    np.testing.assert_array_equal(omniweb.read(listing)["Epoch"], expected)


def test_components_become_vectors_of_the_frame_that_the_format_tells(listing):
    raw = omniweb.read(listing)
    np.testing.assert_array_equal(raw["B_GSM"][0], [2.90, -4.13, 4.84])
    assert raw["B_GSM"].attrs["COORDINATE_SYSTEM"] == "GSM"
    assert raw["V_Velocity_GSE"].attrs["UNITS"] == "km/s"


def test_every_fill_becomes_nan(listing):
    ds = contract.standardise(omniweb.read(listing))
    assert set(ds.data_vars) == {
        "B_GSM", "V_Velocity_GSE", "Proton_Density", "Proton_Temperature", "Flow_pressure", "AE_index",
    }  # fmt: skip
    for name, da in ds.data_vars.items():
        assert np.isfinite(da[0]).all(), name
        assert np.isnan(da[1]).all(), name


def test_a_lone_component_keeps_its_frame_in_its_name(tmp_path):
    text = FORMAT[: FORMAT.index(" 5 BX")] + " 5 BZ, nT (GSE)                  F8.2\n"
    (tmp_path / "a.fmt.txt").write_text(text)
    (tmp_path / "a.lst.txt").write_text("1999 265  0  0   -4.78\n")
    assert list(omniweb.read(tmp_path / "a.lst.txt").data_vars) == ["BZ_GSE"]


def test_minutes_are_shifted_to_the_nose_and_hours_to_earth(listing, tmp_path):
    assert omniweb.read(listing).attrs["time_reference"] == "bow-shock nose"
    hourly = FORMAT.replace(" 4 Minute                        I3\n", "").splitlines()
    (tmp_path / "h.fmt").write_text("\n".join([*hourly[:7], " 4 DST Index, nT  I6"]))
    (tmp_path / "h.lst").write_text("1999 265 12   -45\n")
    raw = omniweb.read(tmp_path / "h.lst")
    assert raw.attrs["time_reference"] == "Earth"
    assert raw["Epoch"].values[0] == np.datetime64("1999-09-22T12")
    assert {n: da.attrs.get("time_reference") for n, da in raw.data_vars.items()} == {
        "DST Index": "ground"
    }


def test_names_restrict_what_is_kept(listing):
    assert list(omniweb.read(listing, ["B_GSM"]).data_vars) == ["B_GSM"]
    with pytest.raises(DatasetError, match="Flow pressure"):
        omniweb.read(listing, ["SYM_H"])


def test_without_its_format_a_listing_says_what_to_fetch(listing):
    listing.with_suffix(".fmt").rename(listing.with_name("another.fmt"))
    with pytest.raises(InputError, match=r"omni_min_1\.fmt"):
        omniweb.read(listing)


def test_the_format_file_alone_is_no_listing(listing):
    with pytest.raises(InputError, match="open the listing"):
        omniweb.read(listing.with_suffix(".fmt"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(LISTING[-10:], "", id="cut inside a row"),
        pytest.param("  60 23 59 ", "  60 24 59 ", id="hour 24"),
        pytest.param("2000 366", "2000 367", id="day 367"),
        pytest.param("   -4.13", "   -4.l3", id="a letter in a number"),
        pytest.param("    2.90   -4.13", "   2.90    -4. 3", id="a blank in a number"),
    ],
)
def test_damage_is_an_error(listing, old, new):
    assert old in LISTING
    listing.write_text(LISTING.replace(old, new))
    with pytest.raises(CorruptFileError):
        omniweb.read(listing)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("not a format", id="another file"),
        pytest.param(FORMAT.replace("13 Flow pressure, nPa            F6.2\n", ""), id="a line missing"),
        pytest.param(FORMAT.replace(" 3 Hour                          I3\n", ""), id="no hour"),
    ],
)  # fmt: skip
def test_a_damaged_format_is_an_error(listing, text):
    listing.with_suffix(".fmt").write_text(text)
    with pytest.raises(CorruptFileError):
        omniweb.read(listing)
