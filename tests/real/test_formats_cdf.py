"""Real CDFs of every kind, variable by variable against cdflib."""

import cdflib
import numpy as np
import pytest

from smile_explore.errors import CorruptFileError, NoDataError
from smile_explore.formats import cdf
from smile_explore.load import open_file
from smile_explore.units import canonical_units

FILES = (
    "ace/ac_h0s_mfi_20011105.cdf",
    "cdf_samples/ac_h0_mfi_20230102_v07.cdf",
    "cdf_samples/ac_h2_sis_20101105_v06.cdf",
    "cdf_samples/ac_k2_mfi_20220101_v03.cdf",
    "cdf_samples/elb_l2_epdef_20210914_v01.cdf",
    "cdf_samples/ge_k0_cpi_19921231_v02.cdf",
    "cdf_samples/ia_k0_epi_19970102_v01.cdf",
    "cdf_samples/omni_coho1hr_merged_mag_plasma_20240901_v01.cdf",
    "cluster/C1_CP_FGM_SPIN__20010611_200000_20010611_210000_V070906.cdf",
    "cluster/C2_CP_FGM_FULL__20070410_111000_20070410_113000_V140306.cdf",
    "mms/mms1_fgm_brst_l2_20161209090054_v5.87.0.cdf",
    "wind/wi_h0s_mfi_20240510000030_20240512115930_copy.cdf",
    "wind/wind_h1s_swe_20240510000456_20240512115844_copy.cdf",
)  # fmt: skip
SKELETONS = (
    "ac_h0_mfi_00000000_v01.cdf", "ge_h0_cpi_00000000_v01.cdf",
    "thg_l2_mag_mek_00000000_v01.cdf", "wi_l2-30min_sms-stics-afm-magnetosphere_00000000_v01.cdf",
)  # fmt: skip
YEAR_0_TO_1970_MS = 62167219200000.0


@pytest.mark.parametrize("name", FILES)
def test_values_and_times_are_those_that_cdflib_reads(real_data, name):
    raw, oracle = cdf.read(real_data / name), cdflib.CDF(real_data / name)
    assert raw.data_vars
    for variable, da in raw.data_vars.items():
        np.testing.assert_array_equal(da, np.asarray(oracle.varget(variable)).reshape(da.shape))
    for clock in {da.dims[0] for da in raw.data_vars.values()}:
        np.testing.assert_array_equal(raw[clock], times(oracle, clock))


def times(oracle, clock):
    """Return times by cdflib's table of leap seconds, or by plain arithmetic on CDF_EPOCH."""
    counts = np.asarray(oracle.varget(clock)).reshape(-1)
    if oracle.varinq(clock).Data_Type_Description == "CDF_TIME_TT2000":
        return cdflib.cdfepoch.to_datetime(counts)
    return np.rint(counts - YEAR_0_TO_1970_MS).astype("datetime64[ms]").astype("datetime64[ns]")


@pytest.mark.parametrize("name", FILES)
def test_every_real_file_opens_into_the_contract(real_data, name):
    ds = open_file(real_data / name)  # checks it
    assert ds.sizes["time"] > 20


@pytest.mark.parametrize("name", SKELETONS)
def test_a_master_skeleton_is_no_data(real_data, name):
    with pytest.raises(NoDataError, match="no records"):
        open_file(real_data / "cdf_samples" / name)


@pytest.mark.parametrize("name", FILES)
def test_no_real_file_cut_in_two_is_read(real_data, name, tmp_path):
    data = (real_data / name).read_bytes()
    (tmp_path / "half.cdf").write_bytes(data[: len(data) // 2])
    with pytest.raises(CorruptFileError):
        open_file(tmp_path / "half.cdf")


def test_cluster_field_vector_and_position_have_their_frame(real_data):
    ds = open_file(real_data / FILES[8])
    b = ds["B_vec_xyz_gse__C1_CP_FGM_SPIN"]
    assert (b.units, b.coordinate_system, b.dims) == ("nT", "GSE", ("time", "cartesian"))
    assert ds["sc_pos_xyz_gse__C1_CP_FGM_SPIN"].units == "km"
    bz = b.sel(cartesian="z", time=slice("2001-06-11T20:00", "2001-06-11T20:22"))
    assert bz.max() > 14  # four crossings of the magnetopause, Bz +16 to -8 nT
    assert bz.min() < -6


def test_mms_keeps_two_time_bases_apart(real_data):
    raw = cdf.read(real_data / FILES[10])
    assert raw["mms1_fgm_b_gsm_brst_l2"].dims[0] == "Epoch"
    assert raw["mms1_fgm_r_gsm_brst_l2"].dims[0] == "Epoch_state"


def test_a_spectrogram_has_its_energies(real_data):
    raw = cdf.read(real_data / FILES[4], ["elb_pef_Et_nflux"])
    energies = raw["elb_pef_Et_nflux"].dims[1]
    assert raw[energies].attrs["UNITS"] == "keV"
    assert raw.sizes[energies] == 16


@pytest.mark.parametrize("name", [*FILES, *(f"cdf_samples/{name}" for name in SKELETONS)])
def test_every_unit_of_a_real_file_is_understood(real_data, name):
    file = cdflib.CDF(real_data / name)
    info = file.cdf_info()
    told = {v: file.varattsget(v).get("UNITS") for v in (*info.zVariables, *info.rVariables)}
    told = {v: text for v, text in told.items() if isinstance(text, str)}
    # the one names a column of numbers without a unit, the other a time that no reader takes
    none = {"sector index", "DD-MMM-YYYY_hr:mm"}
    assert [
        v for v, text in told.items() if canonical_units(text) is None and text not in none
    ] == []


def test_units_that_lose_the_nucleon_say_what_was_given(real_data):
    ds = open_file(real_data / "cdf_samples" / "ac_h2_sis_20101105_v06.cdf")
    assert ds["flux_He"].units == "cm-2 s-1 sr-1 MeV-1"
    assert ds["flux_He"].units_as_given == "1/(cm2 Sr sec MeV/nucleon)"
