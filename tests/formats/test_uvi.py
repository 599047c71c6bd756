"""UVI's level 2: all grids are read, every trap is told, nothing is chosen in silence."""

import numpy as np
import pytest

from smile_explore import formats, load, open_file
from smile_explore.errors import CorruptFileError, DatasetError
from smile_explore.formats import uvi
from tests.archive import cdfs, uvis

MIDDLE = np.datetime64("2026-07-20T23:00:26", "ns")
NAME = "SMILE_UVI_L2_AURORA-GEO_20260720T230011.cdf"


def frame():
    """Return an image that differs from its transpose, with one fill."""
    image = np.add.outer(np.arange(521.0), 2 * np.arange(521.0))
    image[3, 5] = np.nan
    return image


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return uvis.aurora_geo(tmp_path_factory.mktemp("uvi") / NAME, MIDDLE, frame())


@pytest.fixture(scope="module")
def raw(path):
    return uvi.read(path)


def test_every_grid_has_its_size_and_its_dims(raw):
    for name, dims, size in (
        ("SMILE_UVI_IMAGE", ("image_row", "image_column"), 521),
        ("SMILE_UVI_PROJ_GEO_LAT", ("image_row", "image_column"), 521),
        ("SMILE_UVI_GRID_IMG_GEO", ("geo_row", "geo_column"), 141),
        ("SMILE_UVI_GRID_AACGM_MLT", ("aacgm_row", "aacgm_column"), 501),
    ):
        assert raw[name].dims == ("EPOCH", *dims)
        assert raw[name].shape == (1, size, size)


def test_rows_stay_rows_and_the_transposition_is_told(raw):
    assert raw.SMILE_UVI_IMAGE[0, 10, 0] == 10
    assert raw.SMILE_UVI_IMAGE[0, 0, 10] == 20
    assert "transpose" in raw.attrs["traps"]


def test_epoch_is_the_middle_of_the_exposure(raw):
    start, end = (raw[f"SMILE_UVI_EXPO_{w}"].values[0] for w in ("START", "END"))
    assert raw.EPOCH.values[0] == MIDDLE
    assert end - start == np.timedelta64(30, "s")
    assert start + (end - start) // 2 == MIDDLE


def test_a_position_in_two_frames_has_none(raw):
    attrs = raw[uvis.POSITION].attrs
    assert "COORDINATE_SYSTEM" not in attrs
    assert "GSE" in attrs["FRAME_CONTRADICTION"]
    assert "J2000" in attrs["FRAME_CONTRADICTION"]
    assert raw[uvis.POSITION].values.tolist() == [[1.0, 2.0, 3.0]]
    assert "SC_POS" in raw.attrs["traps"]


def test_four_numbers_in_degrees_are_left_as_they_are(raw):
    assert raw[uvis.ATTITUDE].values.tolist() == [[0.1, 0.2, 0.3, 0.9]]
    assert "quaternion" in raw[uvis.ATTITUDE].attrs["TRAP"]


def test_space_is_zero_in_the_flag_and_not_missing(path, raw):
    assert raw.SMILE_UVI_PROJ_FLAG.attrs["FILLVAL_AS_GIVEN"] == 0
    on_earth = open_file(path, "smile.uvi").on_earth.values
    assert set(np.unique(on_earth)) == {0, 1}


def test_what_is_off_the_earth_becomes_nan_at_the_contract_and_not_before(path, raw):
    assert (raw.SMILE_UVI_PROJ_GEO_LAT == -999).any()
    for ds in (open_file(path, "smile.uvi").lat, open_file(path).SMILE_UVI_PROJ_GEO_LAT):
        assert np.nanmin(ds) >= 60
        assert np.isnan(ds).any()


def test_descriptor_and_source_disagree_and_both_are_kept(raw):
    assert raw.attrs["Descriptor"] == "MLAT-MLT-IMG"
    assert raw.attrs["Logical_source"] == "SMILE_UVI_L2_AURORA-GEO"
    assert "MLAT-MLT-IMG" in raw.attrs["traps"]


def test_a_fill_becomes_nan_and_texts_become_attributes(path, raw):
    assert raw.attrs[uvis.MODE] == "ITEN"
    ds = open_file(path, "smile.uvi")
    assert np.isnan(ds.image[0, 3, 5])
    assert np.isfinite(ds.image).sum() == 521**2 - 1
    assert ds.image.units == "R"


def test_load_finds_the_frames_of_a_folder(path):
    ds = load("smile.uvi", "2026-07-20 23:00", "2026-07-20 23:01", source=path.parent)
    assert ds.sizes["time"] == 1
    assert ds.image.dims == ("time", "y", "x")
    assert ds.grid.shape == (1, 501, 501)
    assert ds.attrs["simulated"] == 0


def test_an_image_from_before_the_launch_is_simulated(tmp_path):
    early = np.datetime64("2025-07-20T23:00:26", "ns")
    made = uvis.aurora_geo(tmp_path / NAME.replace("2026", "2025"), early, frame())
    assert load("smile.uvi", "2025-07-20 23:00", "2025-07-20 23:01", source=made.parent).attrs["simulated"] == 1  # fmt: skip


def test_a_file_whose_variables_name_no_time_base_is_read_all_the_same(tmp_path):
    path = uvis.aurora_geo(tmp_path / NAME, MIDDLE, frame(), depend=False)
    assert uvi.read(path).SMILE_UVI_IMAGE.shape == (1, 521, 521)


def test_a_file_cut_in_half_is_refused(path, tmp_path):
    half = tmp_path / NAME
    half.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(CorruptFileError, match=NAME):
        formats.read(half)


def test_another_cdf_under_this_name_is_refused(tmp_path):
    other = cdfs.ace_mfi(tmp_path / NAME, np.array([MIDDLE]))
    with pytest.raises(CorruptFileError, match="no UVI file"):
        formats.read(other)


def test_asking_for_other_variables_says_what_there_is(path):
    assert list(uvi.read(path, ["SMILE_UVI_IMAGE"]).data_vars) == ["SMILE_UVI_IMAGE"]
    with pytest.raises(DatasetError, match="SMILE_UVI_IMAGE"):
        uvi.read(path, ["NOTHING"])
