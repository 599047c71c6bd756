"""Cluster Exchange Format: headers, records and the marks that tell a whole file."""

import gzip

import numpy as np
import pytest

from smile_explore import contract
from smile_explore.errors import (
    CorruptFileError,
    DatasetError,
    InputError,
    PartialCoverageWarning,
)
from smile_explore.formats import cef

HEADER = """\
FILE_NAME = "C1_CP_CIS.cef"
FILE_FORMAT_VERSION = "CEF-2.0"
END_OF_RECORD_MARKER = "$"
! a comment, START_VARIABLE = not this
START_META = DATASET_ID
   ENTRY = "C1_CP_CIS-HIA"
END_META = DATASET_ID
START_VARIABLE = time_tags
   VALUE_TYPE = ISO_TIME
   SIZES = 1
END_VARIABLE = time_tags
START_VARIABLE = density
   value_type = FLOAT
   SIZES = 1
   UNITS = "cm^-3"
   CATDESC = "Ion density! on board"
   FILLVAL = -1.0E31
   DEPEND_0 = time_tags
END_VARIABLE = density
START_VARIABLE = velocity_gse
   VALUE_TYPE = FLOAT
   SIZES = 3
   UNITS = "km/s"
   SI_CONVERSION = "1.0e3>m s^-1"
   COORDINATE_SYSTEM = "GSE>Geocentric Solar Ecliptic"
   DEPEND_0 = time_tags
END_VARIABLE = velocity_gse
START_VARIABLE = energies
   VALUE_TYPE = FLOAT
   SIZES = 2
   UNITS = "eV"
   DATA = 100.0, \\
          10.0
END_VARIABLE = energies
START_VARIABLE = flux
   VALUE_TYPE = FLOAT
   SIZES = 2
   UNITS = "keV/(cm^2 s sr keV)"
   DEPEND_0 = time_tags
   DEPEND_1 = energies
END_VARIABLE = flux
START_VARIABLE = mode
   VALUE_TYPE = INT
   SIZES = 1
   DEPEND_0 = time_tags
END_VARIABLE = mode
"""
RECORDS = """\
2001-02-01T00:00:00.5Z, 5.5, -400.0, 10.0,
   -20.0, 1e3, 2e3, 7 $
2001-02-01T00:00:04.500000000Z, -1.0E31, -401.0, 11.0, -21.0, 3e3, 4e3, 8 $
"""
WHOLE = HEADER + 'DATA_UNTIL = "END_OF_DATA"\n' + RECORDS + "END_OF_DATA\n"


def cef_file(tmp_path, text=WHOLE, name="c1.cef"):
    (tmp_path / name).write_text(text)
    return tmp_path / name


def test_variables_have_their_values_units_and_frames(tmp_path):
    raw = cef.read(cef_file(tmp_path))
    assert list(raw.data_vars) == ["density", "velocity_gse", "flux", "mode"]
    np.testing.assert_array_equal(raw["velocity_gse"], [[-400, 10, -20], [-401, 11, -21]])
    assert raw["velocity_gse"].attrs["COORDINATE_SYSTEM"] == "GSE"
    assert raw["density"].attrs == {
        "UNITS": "cm^-3", "CATDESC": "Ion density! on board", "FILLVAL": -1e31,
    }  # fmt: skip
    assert raw["mode"].dtype.kind == "i"
    np.testing.assert_array_equal(
        raw["time_tags"], np.array(["2001-02-01T00:00:00.5", "2001-02-01T00:00:04.5"], "M8[ns]")
    )
    assert raw.attrs["Logical_source"] == "C1_CP_CIS-HIA"


def test_an_axis_in_the_header_is_a_coordinate(tmp_path):
    raw = cef.read(cef_file(tmp_path))
    assert raw["flux"].dims == ("time_tags", "energies")
    np.testing.assert_array_equal(raw["energies"], [100, 10])


def test_fills_become_nan_by_the_contract(tmp_path):
    ds = contract.standardise(cef.read(cef_file(tmp_path)))
    np.testing.assert_array_equal(ds["density"], [5.5, np.nan])
    assert ds["density"].units == "cm-3"
    assert ds["velocity_gse"].dims == ("time", "cartesian")


def test_names_restrict_what_is_kept(tmp_path):
    assert list(cef.read(cef_file(tmp_path), ["mode", "absent"]).data_vars) == ["mode"]
    with pytest.raises(DatasetError, match="nope"):
        cef.read(cef_file(tmp_path), ["nope"])


def test_gzip_is_read_as_well(tmp_path):
    packed = tmp_path / "c1.cef.gz"
    packed.write_bytes(gzip.compress(WHOLE.encode()))
    assert cef.read(packed).sizes["time_tags"] == 2


@pytest.mark.parametrize(
    "cut",
    [
        pytest.param(WHOLE.removesuffix("END_OF_DATA\n"), id="no end mark"),
        pytest.param(WHOLE[: WHOLE.index("-401.0")], id="inside a record"),
        pytest.param(WHOLE[: WHOLE.index("2001-02-01T00:00:04")], id="between records"),
        pytest.param(HEADER, id="after the header"),
        pytest.param(HEADER[: HEADER.index("   SI_CONVERSION")], id="inside the header"),
    ],
)
def test_a_file_cut_short_does_not_look_whole(tmp_path, cut):
    with pytest.raises(CorruptFileError, match="cut short"):
        cef.read(cef_file(tmp_path, cut))


def test_a_gzip_cut_short_does_not_look_whole(tmp_path):
    packed = tmp_path / "c1.cef.gz"
    packed.write_bytes(gzip.compress(WHOLE.encode())[:-30])
    with pytest.raises(CorruptFileError, match="does not unpack"):
        cef.read(packed)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("-400.0, ", "", id="a number missing"),
        pytest.param("-400.0", "-4O0.0", id="a letter in a number"),
        pytest.param("T00:00:00.5Z", "T99:00:00.5Z", id="hour 99"),
        pytest.param("SIZES = 3", "SIZES = 99999999", id="a huge vector"),
        pytest.param("SIZES = 3", "SIZES = three", id="a size in words"),
        pytest.param("END_VARIABLE = mode", "", id="a block without end"),
        pytest.param("DEPEND_0 = time_tags\nEND_VARIABLE = mode", "DEPEND_0 = mode\nEND_VARIABLE = mode", id="no time"),
    ],
)  # fmt: skip
def test_damage_is_an_error(tmp_path, old, new):
    assert old in WHOLE
    with pytest.raises(CorruptFileError):
        cef.read(cef_file(tmp_path, WHOLE.replace(old, new)))


def test_a_file_without_records_is_empty(tmp_path):
    empty = HEADER + 'DATA_UNTIL = "END_OF_DATA"\nEND_OF_DATA\n'
    raw = cef.read(cef_file(tmp_path, empty))
    assert raw["velocity_gse"].shape == (0, 3)


SPAN = """\
START_META = FILE_TIME_SPAN
   VALUE_TYPE = ISO_TIME_RANGE
   ENTRY = 2001-02-01T00:00:00Z/2001-02-01T{}Z
END_META = FILE_TIME_SPAN
DATA_UNTIL = EOF
"""


def test_data_until_eof_that_stop_early_are_warned_of(tmp_path):
    with pytest.warns(PartialCoverageWarning, match="may be cut short"):
        cef.read(cef_file(tmp_path, HEADER + SPAN.format("00:10:00") + RECORDS))


@pytest.mark.filterwarnings("error")
def test_data_until_eof_that_reach_their_end_are_whole(tmp_path):
    raw = cef.read(cef_file(tmp_path, HEADER + SPAN.format("00:00:04") + RECORDS))
    assert raw.sizes["time_tags"] == 2


def test_an_included_header_is_read_from_beside_the_file(tmp_path):
    (tmp_path / "C1_CH_CIS.ceh").write_text(HEADER[HEADER.index("START_META") :])
    top = 'END_OF_RECORD_MARKER = "$"\ninclude = "C1_CH_CIS.ceh"\nDATA_UNTIL = "END_OF_DATA"\n'
    assert cef.read(cef_file(tmp_path, top + RECORDS + "END_OF_DATA\n")).sizes["time_tags"] == 2


def test_an_included_header_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"C1_CH_PEA\.ceh"):
        cef.read(cef_file(tmp_path, 'include = "C1_CH_PEA.ceh"\nDATA_UNTIL = EOF\n'))


def test_the_header_of_cluster_fgm_is_known(tmp_path):
    text = (
        'END_OF_RECORD_MARKER = "$"\ninclude = "C3_CH_FGM_SPIN.ceh"\nDATA_UNTIL = EOF\n'
        "2001-03-22T14:15:15.000Z,2,8.462,2.568,-3.254,9.423,105082.2,-24053.3,41898.7,2,22 $\n"
    )
    ds = contract.standardise(
        cef.read(cef_file(tmp_path, text, "C3_CP_FGM_SPIN__20010322_V01.cef"))
    )
    assert ds["B_vec_xyz_gse__C3_CP_FGM_SPIN"].coordinate_system == "GSE"
    assert ds["sc_pos_xyz_gse__C3_CP_FGM_SPIN"].units == "km"
