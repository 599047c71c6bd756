"""Frames: pyspedas and sunpy as judges, invariants, labels, refusals."""

import datetime as dt

import numpy as np
import pytest
import xarray as xr
from astropy import units as u
from hypothesis import given
from hypothesis import strategies as st

from smile_explore import frames
from smile_explore.contract import EARTH_RADIUS_KM
from smile_explore.errors import DatasetError, InputError

FRAMES = ["GEO", "GSE", "GSM", "SM"]
PAIRS = [(a, b) for a in FRAMES for b in FRAMES if a != b]
pair = pytest.mark.parametrize(("here", "there"), PAIRS, ids=[f"{a}-{b}" for a, b in PAIRS])
STAMP = st.datetimes(min_value=dt.datetime(1965, 1, 1), max_value=dt.datetime(2030, 12, 31))


def field(values, times, frame="GSE", units="km"):
    return xr.DataArray(
        np.atleast_2d(np.asarray(values, float)),
        dims=("time", "cartesian"),
        coords={"time": np.atleast_1d(np.asarray(times, "M8[ns]")), "cartesian": list("xyz")},
        attrs={"units": units, "coordinate_system": frame, "long_name": "Position"},
        name="pos",
    )


def apart(a, b):
    """Return the angle between vectors in degrees; exact also for tiny angles."""
    return np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), np.sum(a * b, axis=-1)))


@pytest.fixture(scope="module")
def sample():
    """Return 240 times from 1970 to 2030, a quarter of them in SMILE's years, and vectors."""
    rng = np.random.default_rng(7)
    years = np.concatenate([rng.uniform(1970, 2030.9, 180), rng.uniform(2026.5, 2029.5, 60)])
    stamps = np.datetime64("1970-01-01", "s") + ((years - 1970) * 31556952).astype("m8[s]")
    return np.sort(stamps).astype("M8[ns]"), rng.normal(size=(years.size, 3)) * 1e5


# --------------------------------------------------------------------------- judges


@pair
def test_rotation_agrees_with_pyspedas(sample, here, there):
    from pyspedas.cotrans_tools.cotrans_lib import subcotrans

    times, vectors = sample
    theirs = subcotrans(times.astype("int64") / 1e9, vectors, here, there, quiet=True)
    ours = frames.rotate(field(vectors, times, here), there)
    assert apart(ours.values, theirs).max() < 0.002


@pytest.fixture(scope="module")
def sunpy_frames(shipped_iers):
    """Return sunpy's frames with our IGRF: theirs is of 2019, and 0.1 degree off by 2030."""
    from astropy.coordinates import ITRS
    from sunpy.coordinates import frames as theirs

    patch = pytest.MonkeyPatch()
    patch.setattr(theirs.BaseMagnetic, "_lowest_igrf_coeffs", property(_igrf14))
    yield {
        "GEO": ITRS,
        "GSE": theirs.GeocentricSolarEcliptic,
        "GSM": theirs.GeocentricSolarMagnetospheric,
        "SM": theirs.SolarMagnetic,
    }
    patch.undo()


def _igrf14(frame):
    """IGRF-14 as pyspedas ships it, not as we do."""
    from pyspedas.cotrans_tools.igrf import set_igrf_params

    _, _, g, h, dg, dh = set_igrf_params()
    year = np.atleast_1d(frame.obstime.utc.decimalyear)
    epochs = [*sorted(g), 2035]
    rows = [
        [*(table[e][k] for e in sorted(g)), table[2025][k] + 10 * rate[k]]
        for table, rate, k in ((g, dg, 1), (g, dg, 2), (h, dh, 2))
    ]
    return tuple(np.interp(year, epochs, row).reshape(frame.obstime.shape) for row in rows)


@pytest.mark.filterwarnings("ignore")
@pair
def test_rotation_agrees_with_sunpy(sample, sunpy_frames, here, there):
    from astropy.coordinates import SkyCoord
    from astropy.time import Time

    times, vectors = sample
    when = Time(times.astype("M8[us]").astype(object), scale="utc")
    x, y, z = vectors.T * u.km
    there_is = sunpy_frames[there](obstime=when)
    coord = SkyCoord(
        x=x, y=y, z=z, representation_type="cartesian", frame=sunpy_frames[here](obstime=when)
    )
    theirs = coord.transform_to(there_is).cartesian.xyz.to_value(u.km).T
    ours = frames.rotate(field(vectors, times, here), there)
    assert apart(ours.values, theirs).max() < 0.02


def test_dipole_table_is_that_of_the_igrf_file_sunpy_ships():
    from pathlib import Path

    import sunpy.coordinates

    path = Path(sunpy.coordinates.__file__).parent / "data/igrf13coeffs.txt"
    lines = [line.split() for line in path.read_text().splitlines()]
    years = np.array(next(line for line in lines if line[0] == "g/h")[3:-1], float)
    rows = {tuple(line[:3]): np.array(line[3:-1], float) for line in lines[4:7]}
    shared = (years >= 1965) & (years <= 2015)  # IGRF-14 has revised 2020
    for ours, key in zip(
        frames._DIPOLE[1:], [("g", "1", "0"), ("g", "1", "1"), ("h", "1", "1")], strict=True
    ):
        np.testing.assert_array_equal(ours[: shared.sum()], rows[key][shared])


def test_tilt_agrees_with_pyspedas(sample):
    from pyspedas.cotrans_tools.cotrans_lib import subcotrans

    times, _ = sample
    axis = np.tile([0.0, 0.0, 1.0], (times.size, 1))
    theirs = subcotrans(times.astype("int64") / 1e9, axis, "SM", "GSM", quiet=True)[:, 0]
    np.testing.assert_allclose(np.sin(frames.dipole_tilt(times)), theirs, atol=3e-5)


# --------------------------------------------------------------------------- invariants


#: Below 1e-140 the squares of a length are denormal or 0, which says nothing of a rotation.
NUMBERS = st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-140)


@given(path=st.sampled_from(PAIRS), time=STAMP, xyz=st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_rotation_keeps_lengths_and_is_undone_by_its_reverse(path, time, xyz):
    here, there = path
    before = field(xyz, time, here)
    after = frames.rotate(before, there)
    np.testing.assert_allclose(np.linalg.norm(after), np.linalg.norm(before), rtol=1e-12)
    np.testing.assert_allclose(frames.rotate(after, here), before, atol=1e-6)


@given(time=STAMP)
def test_rotation_keeps_handedness_and_right_angles(time):
    axes = [frames.rotate(field(axis, time, "GEO"), "SM").values[0] for axis in np.eye(3)]
    np.testing.assert_allclose(np.array(axes) @ np.array(axes).T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(axes), 1)


@given(time=STAMP)
def test_the_way_through_a_third_frame_is_the_direct_way(time):
    start = field([3.0, -2.0, 5.0], time, "GEO")
    by_gse = frames.rotate(frames.rotate(start, "GSE"), "SM")
    np.testing.assert_allclose(by_gse, frames.rotate(start, "SM"), atol=1e-9)


@given(time=STAMP)
def test_gse_and_gsm_share_x_and_gsm_and_sm_share_y(time):
    there = frames.rotate(field([1.0, 2.0, 3.0], time, "GSE"), "GSM")
    assert there.sel(cartesian="x").item() == pytest.approx(1.0)
    across = frames.rotate(there, "SM")
    np.testing.assert_allclose(across.sel(cartesian="y"), there.sel(cartesian="y"))


@given(time=STAMP)
def test_tilt_is_the_angle_of_the_dipole_in_gsm_and_never_above_35_degrees(time):
    axis = frames.rotate(field([0.0, 0.0, 1.0], time, "SM"), "GSM").values[0]
    tilt = frames.dipole_tilt(np.datetime64(time, "ns")).item()
    np.testing.assert_allclose(axis, [np.sin(tilt), 0, np.cos(tilt)], atol=1e-12)
    assert abs(np.degrees(tilt)) < 35.2  # 23.44 + 11.7, of 1965


# --------------------------------------------------------------------------- physics by hand


@pytest.mark.parametrize(
    ("time", "declination"),
    [
        pytest.param("2026-06-21T08:25", 23.435, id="June solstice"),
        pytest.param("2026-12-21T20:50", -23.435, id="December solstice"),
        pytest.param("2026-03-20T14:46", 0.0, id="March equinox"),
        pytest.param("2026-09-23T00:05", 0.0, id="September equinox"),
    ],
)
def test_the_sun_stands_where_the_almanac_says(time, declination):
    z = frames.rotate(field([1, 0, 0], time), "GEO").sel(cartesian="z").item()
    np.testing.assert_allclose(np.degrees(np.arcsin(z)), declination, atol=0.01)


def test_the_sun_is_over_greenwich_at_noon_less_the_equation_of_time():
    # the equation of time is +16.4 minutes (sundial ahead) on 3 November
    x, y, _ = frames.rotate(field([1, 0, 0], "2026-11-03T12:00"), "GEO").values[0]
    np.testing.assert_allclose(np.degrees(np.arctan2(y, x)), -16.4 / 4, atol=0.03)


def test_the_northern_pole_of_the_dipole_is_in_arctic_canada():
    # IGRF-14, 2025.0: 80.85 N, 72.76 W, and that latitude is geodetic
    x, y, z = frames.rotate(field([0, 0, 1], "2025-01-01", "SM"), "GEO").values[0]
    geodetic = np.arctan2(z, np.hypot(x, y) * (1 - 0.00669438))
    latitude, longitude = np.degrees([geodetic, np.arctan2(y, x)])
    np.testing.assert_allclose([latitude, longitude], [80.85, -72.76], atol=0.01)


# --------------------------------------------------------------------------- labels and shapes


def test_rotation_labels_its_frame_and_keeps_the_rest():
    before = field([[1, 2, 3]], "2026-09-22", units="nT")
    after = frames.rotate(before, "gsm")
    assert after.attrs == before.attrs | {"coordinate_system": "GSM"}
    assert after.name == before.name
    assert before.attrs["coordinate_system"] == "GSE"


def test_rotation_to_the_same_frame_changes_nothing():
    before = field([[1, 2, 3]], "2026-09-22")
    xr.testing.assert_identical(frames.rotate(before, "GSE"), before)


@pytest.mark.parametrize(
    "order", [("time", "probe", "cartesian"), ("cartesian", "probe", "time")], ids=str
)
def test_dims_between_and_in_any_order_are_kept(order):
    times = np.datetime64("2026-09-22", "ns") + np.arange(4) * np.timedelta64(1, "h")
    values = np.random.default_rng(0).normal(size=(4, 2, 3))
    many = field(values[:, 0], times).expand_dims(probe=2, axis=1).copy(data=values)
    after = frames.rotate(many.transpose(*order), "SM")
    assert after.dims == order
    for probe in (0, 1):
        alone = frames.rotate(field(values[:, probe], times), "SM")
        np.testing.assert_allclose(after.isel(probe=probe).transpose("time", ...), alone)


def test_one_time_for_many_points():
    points = np.random.default_rng(0).normal(size=(5, 3))
    stamp = np.datetime64("2026-09-22", "ns")
    cloud = xr.DataArray(
        points,
        dims=("point", "cartesian"),
        coords={"time": stamp, "cartesian": list("xyz")},
        attrs={"units": "km", "coordinate_system": "GSE"},
    )
    each = frames.rotate(field(points, np.repeat(stamp, 5)), "SM")
    np.testing.assert_allclose(frames.rotate(cloud, "SM"), each)


def test_components_are_found_by_name_and_not_by_place():
    before = field([[1, 2, 3]], "2026-09-22")
    turned = frames.rotate(before.sel(cartesian=["z", "y", "x"]), "GSM")
    for axis in "xyz":
        assert turned.sel(cartesian=axis).item() == frames.rotate(before, "GSM").sel(cartesian=axis)


def test_a_gap_stays_a_gap_and_spares_what_it_does_not_touch():
    before = field([[1, np.nan, 3], [1, 2, 3]], ["2026-09-22", "2026-09-23"])
    after = frames.rotate(before, "GSM")
    np.testing.assert_array_equal(np.isnan(after), [[False, True, True], [False] * 3])
    assert np.isnan(frames.rotate(before, "GEO").isel(time=0)).all()


@pytest.mark.parametrize("shape", ["one day at 1 min", "two days a year apart"])
def test_a_long_series_is_rotated_as_each_of_its_samples(shape):
    minutes = np.arange(1440) * np.timedelta64(60, "s")
    times = np.datetime64("2026-12-31T12:00", "ns") + minutes
    if shape == "two days a year apart":
        times = np.concatenate([times, times + np.timedelta64(365, "D")])
    many = field(np.tile([1.0, 2.0, 3.0], (times.size, 1)), times, "GEO")
    together = frames.rotate(many, "SM").values[::97]
    alone = [frames.rotate(many.isel(time=[i]), "SM").values[0] for i in range(0, times.size, 97)]
    assert apart(together, np.array(alone)).max() < 1e-6
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 14**0.5, rtol=1e-12)


def test_an_empty_series_stays_empty():
    empty = field(np.empty((0, 3)), np.array([], "M8[ns]"))
    assert frames.rotate(empty, "SM").shape == (0, 3)


@pytest.mark.parametrize(
    ("spoil", "to", "error", "match"),
    [
        pytest.param(lambda f: f, "RTN", InputError, "RTN", id="unknown frame wanted"),
        pytest.param(
            lambda f: f.assign_attrs(coordinate_system="DSL"),
            "GSM",
            DatasetError,
            "DSL",
            id="spacecraft frame",
        ),
        pytest.param(
            lambda f: f.drop_attrs(), "GSM", DatasetError, "None is none of", id="no frame"
        ),
        pytest.param(
            lambda f: f.sel(cartesian="x"), "GSM", DatasetError, "cartesian", id="no vector"
        ),
        pytest.param(lambda f: f.drop_vars("time"), "GSM", DatasetError, "'time'", id="no time"),
        pytest.param(
            lambda f: f.assign_coords(time=np.array(["1964-12-31"], "M8[ns]")),
            "GSM",
            InputError,
            "1965 to 2030",
            id="before the table",
        ),
        pytest.param(
            lambda f: f.assign_coords(time=np.array(["2031-01-01"], "M8[ns]")),
            "GSM",
            InputError,
            "2031-01-01",
            id="after the table",
        ),
        pytest.param(
            lambda f: f.assign_coords(time=np.array(["NaT"], "M8[ns]")),
            "GSM",
            InputError,
            "NaT",
            id="no date",
        ),
    ],
)
def test_what_cannot_be_rotated_is_refused(spoil, to, error, match):
    with pytest.raises(error, match=match):
        frames.rotate(spoil(field([[1, 2, 3]], "2026-09-22")), to)


def test_tilt_of_a_coordinate_is_labelled():
    times = field([[1, 2, 3]] * 2, ["2026-06-21T17:00", "2026-12-21T05:00"])["time"]
    tilt = frames.dipole_tilt(times)
    assert tilt.dims == ("time",)
    assert tilt.attrs["units"] == "rad"
    assert tilt[0] > 0.5
    assert tilt[1] < -0.5


def test_earth_radii_are_of_6371_2_km_for_astropy_too():
    km = field([[EARTH_RADIUS_KM, 0, -2 * EARTH_RADIUS_KM]], "2026-09-22")
    radii = frames.in_earth_radii(km)
    np.testing.assert_allclose(radii, [[1, 0, -2]])
    assert radii.attrs["coordinate_system"] == "GSE"
    np.testing.assert_allclose((radii.values * u.Unit(radii.attrs["units"])).to_value(u.km), km)
    with pytest.raises(DatasetError, match="km"):
        frames.in_earth_radii(radii)


@pytest.mark.parametrize(
    ("xyz", "hours"),
    [
        pytest.param((5, 0, 1), 12, id="noon"),
        pytest.param((0, 5, 1), 18, id="dusk"),
        pytest.param((-5, 0, 1), 0, id="midnight"),
        pytest.param((-5, -0.0, 1), 0, id="midnight from the other side"),
        pytest.param((0, -5, 1), 6, id="dawn"),
        pytest.param((np.nan, 1, 1), np.nan, id="gap"),
    ],
)
def test_magnetic_local_time_of_cardinal_directions(xyz, hours):
    found = frames.mlt(field(xyz, "2026-09-22", "SM"))
    np.testing.assert_allclose(found, [hours])
    assert found.attrs["units"] == "h"


def test_magnetic_local_time_needs_sm():
    with pytest.raises(DatasetError, match="SM"):
        frames.mlt(field([1, 0, 0], "2026-09-22", "GSM"))
