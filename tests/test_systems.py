"""Which frame a text or a name states: documented forms only, and no angles."""

import pytest

from smile_explore import systems


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ("GSM", "GSM"), ("gse", "GSE"), ("GSE>Geocentric Solar Ecliptic", "GSE"), ("vector>gse_xyz", "GSE"),
        ("GSM (Geocentric Solar Magnetospheric)", "GSM"), ("GSE coordinates", "GSE"), ("GEO", "GEO"), ("SM", "SM"),
        ("Geocentric Solar Ecliptic", "GSE"), ("DMPA>Despun Major Principal Axis", "DMPA"), ("RTN", "RTN"),
        ("GSE2000", "GSE2000"), ("MGSE", "MGSE"), ("GSEQ>Geocentric Solar Equatorial", "GSEQ"), ("GSE_rlp", None),
        ("vector>gse_rlp", None), ("sensor", None), ("GSE or GSM", None), ("not GSE", None), ("GSExyz2", None), ("", None),
        ("GSM (aberrated)", None), ("GSE, rotated by 4 deg", None), ("GSE>GSE-like, despun", None),
    ],
)  # fmt: skip
def test_a_stated_frame_is_taken_whole_or_not_at_all(text, frame):
    assert systems.stated_frame(text) == frame


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("BGSM", "GSM"), ("BGSEc", "GSE"), ("SC_pos_GSE", "GSE"), ("B_vec_xyz_gse__C1_CP_FGM_SPIN", "GSE"), ("b_geo", "GEO"),
        ("mms1_mec_r_gse2000", "GSE2000"), ("efield_mgse", "MGSE"), ("r_gseq", "GSEQ"), ("b_sm", "SM"), ("thc_fgs_dsl", "DSL"),
        ("BGSEa", None), ("B_vec_rlp_gse", None), ("pos_latlon_gse", None), ("GEO_flux", None), ("mag_counts", None),
        ("MAG", None), ("gse_to_gsm", None), ("smooth", None), ("geometry", None),
    ],
)  # fmt: skip
def test_a_name_states_a_frame_only_as_a_word_of_its_own(name, frame):
    assert systems.named_frame(name) == frame


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        ("Magnetometer (MAG) of a satellite in GEO", set()), ("B in GSE2000", {"GSE2000"}), ("vector in GSEQ", {"GSEQ"}),
        ("GSE, GSM", {"GSE", "GSM"}), ("GEO coordinates", {"GEO"}), ("SM", set()), ("in SM coordinates", {"SM"}), ("MGSE", {"MGSE"}),
    ],
)  # fmt: skip
def test_running_text_names_frames_where_nothing_else_can_be_meant(text, frames):
    assert systems.frames(text) == frames


@pytest.mark.parametrize(
    ("name", "attrs", "angles"),
    [
        ("b", {"UNITS": "deg"}, True), ("b", {"UNITS": "nT, degrees, degrees"}, True), ("b", {"UNITS": "radians"}, True),
        ("w", {"UNITS": "deg/s"}, False), ("r", {"UNITS": "Earth Rad"}, False), ("t", {"UNITS": "deg K"}, False),
        ("b_rlp", {}, True), ("b", {"LABELS": "|B| Latitude Longitude"}, True), ("b", {"LABELS": "B_R B_T B_N"}, False),
        ("b", {"LABELS": "r theta phi"}, True), ("b", {"CATDESC": "Magnetic field, GSE polar"}, True), ("b", {"REPRESENTATION": "r lat lon"}, True),
        ("b", {"CATDESC": "POLAR/MFE magnetic field, GSE"}, False), ("v", {"CATDESC": "velocity, long-term average"}, False),
        ("r", {"CATDESC": "Geocentric Solar Magnetospheric (GSM) position vector of mms1 (km)"}, False),
        ("b", {"CATDESC": "Ionospheric footpoint, GSM"}, False), ("b", {"CATDESC": "GSE rectangular components"}, False),
        ("b", {"CATDESC": "spherical GSE"}, True),
    ],
)  # fmt: skip
def test_angles_are_not_taken_for_components(name, attrs, angles):
    assert systems.are_angles(name, attrs) is angles
