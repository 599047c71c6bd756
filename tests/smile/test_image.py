"""The image against brute force, analytic shells and the sheet's table."""

import numpy as np
import pytest
import xarray as xr

from smile_explore import frames, smile
from smile_explore.errors import InputError
from smile_explore.physics import soft_xray
from smile_explore.physics.geometry import spherical
from smile_explore.smile.compiled import compiled
from smile_explore.smile.pointing import pointing, rays

PLACE = np.array([5.91813, 6.74116, 17.7067])
TO_INTENSITY = 6.3712e5 / (4 * np.pi)
SMALL = {"shape": (9, 5)}
QUIET = {"n_p": 5.0, "v": 400.0, "b": (0.0, 0.0, 5.0)}
STORMY = {"n_p": 14.0, "v": 550.0, "b": (0.0, 3.0, -8.0)}
SHELL = {
    "mp": 7.0, "bs": 12.0, "A1": 1e-5, "A2": 0.0, "B": 0.0, "alpha": 0.0, "beta": 0.0,
    "ay_mp": 0.0, "az_mp": 0.0, "ay_bs": 0.0, "az_bs": 0.0,
}  # fmt: skip


def brute_force(shine, place, ways, step=0.004):
    """Sum emissivity at 20 000 points of each line of sight."""
    s = np.arange(step / 2, 80, step)[:, None]
    return np.array([shine(place + s * way).sum() for way in ways]) * step * TO_INTENSITY


@pytest.mark.parametrize(
    ("n_p", "brightest", "mean", "faintest"),
    [pytest.param(5.0, 5.8, 4.0, 3.4, id="quiet"), pytest.param(20.0, 53, 36, 24, id="dense")],
)
def test_cmem_image_of_the_sheet(n_p, brightest, mean, faintest):
    shine = smile.image(PLACE, n_p=n_p).intensity
    assert shine.shape == (108, 64)
    found = [float(shine.max()), float(shine.mean()), float(shine.min())]
    np.testing.assert_allclose(found[:2], [brightest, mean], rtol=0.01)
    # the sheet's faintest pixel comes from steps of 0.5 R_E, some per cent off in single pixels
    assert found[2] == pytest.approx(faintest, rel=0.05)


@pytest.mark.parametrize(
    "place",
    [
        pytest.param((5.91813, 6.74116, 17.7067), id="apogee"),
        pytest.param((-7.9, 4.9, 17.7), id="november"),
        pytest.param((4.0, -5.0, 6.0), id="near"),
        pytest.param((9.0, -10.0, -6.0), id="south"),
    ],
)
@pytest.mark.parametrize("wind", [QUIET, STORMY], ids=["quiet", "stormy"])
@pytest.mark.parametrize("tilt", [0.0, 0.45])
def test_cmem_image_is_a_converged_integral(place, wind, tilt):
    ds = smile.image(place, **wind, tilt=tilt, **SMALL)
    ways = rays(pointing(place), **SMALL)[0].reshape(-1, 3)
    true = brute_force(
        lambda xyz: soft_xray.cmem(*spherical(xyz), **wind, tilt=tilt), np.array(place), ways
    )
    np.testing.assert_allclose(ds.intensity.values.ravel(), true, rtol=2e-3)


@pytest.mark.parametrize("tilt", [0.0, -0.3])
def test_cmem2g_image_is_a_converged_integral(tilt):
    ds = smile.image(PLACE, model="cmem2g", **STORMY, tilt=tilt, **SMALL)
    ways = rays(pointing(PLACE), **SMALL)[0].reshape(-1, 3)
    true = brute_force(
        lambda xyz: soft_xray.cmem2g(*spherical(xyz), **STORMY, tilt=tilt), PLACE, ways
    )
    np.testing.assert_allclose(ds.intensity.values.ravel(), true, rtol=2e-4)


@pytest.mark.parametrize(
    "own", [{}, {"az_mp": 0.9, "az_bs": 0.6}], ids=["round", "flaring-differs"]
)
def test_jorgensen2019_image_is_a_converged_integral(own):
    ds = smile.image(PLACE, model="jorgensen2019", **STORMY, parameters=own, **SMALL)
    ways = rays(pointing(PLACE), **SMALL)[0].reshape(-1, 3)
    true = brute_force(
        lambda xyz: soft_xray.jorgensen2019(*spherical(xyz), **STORMY, **own), PLACE, ways
    )
    np.testing.assert_allclose(ds.intensity.values.ravel(), true, rtol=2e-3)


@pytest.mark.parametrize(
    ("wind", "frame"),
    [
        pytest.param(QUIET, {"shape": (1, 400), "fov": (0.1, 16.0)}, id="quiet"),
        # a search that stopped wherever the boundary was within 0.002 R_E was 3 % off here
        pytest.param(
            {
                "n_p": 19.586979092148084, "v": 574.4194020271373, "tilt": -0.0069769812682574095,
                "b": (0.0, -5.196404527318754, -0.5021771569021549),
            },
            {"shape": (3, 60), "fov": (2.0, 16.0)}, id="squeezed",
        ),
    ],
)  # fmt: skip
def test_every_pixel_holds_where_lines_of_sight_graze_a_boundary(wind, frame):
    """A strip of fine pixels across the tangent of the magnetopause, where chords vanish."""
    ds = smile.image(PLACE, **wind, **frame)
    ways = rays(pointing(PLACE), **frame)[0].reshape(-1, 3)
    true = brute_force(lambda xyz: soft_xray.cmem(*spherical(xyz), **wind), PLACE, ways, 0.02)
    np.testing.assert_allclose(ds.intensity.values.ravel(), true, rtol=5e-3)


def test_a_spherical_shell_has_the_length_of_its_chord():
    place, aim = np.array([2.0, 3.0, 18.0]), (6.0, 0.0, 0.0)
    ds = smile.image(place, model="jorgensen2019", n_p=9.5, aim=aim, parameters=SHELL)
    ways = rays(pointing(place, aim=aim))[0]
    p = np.linalg.norm(np.cross(ways, place), axis=-1)
    chord = 2 * (np.sqrt(np.clip(144 - p**2, 0, None)) - np.sqrt(np.clip(49 - p**2, 0, None)))
    clear = p > 1
    np.testing.assert_allclose(
        ds.intensity.values[clear], 1e-5 * chord[clear] * TO_INTENSITY, rtol=1e-3
    )


def test_the_earth_hides_what_is_behind_it():
    place, aim = np.array([2.0, 3.0, 18.0]), (0.0, 0.0, 0.0)
    frame = {"shape": (1, 1), "fov": (1.0, 1.0)}
    ds = smile.image(place, model="jorgensen2019", n_p=9.5, aim=aim, parameters=SHELL, **frame)
    np.testing.assert_allclose(ds.intensity.item(), 1e-5 * 5 * TO_INTENSITY, rtol=1e-6)


def test_brightness_is_proportional_to_both_amplitudes():
    once = smile.image(PLACE, **SMALL, parameters={"A1": 1e-5, "A2": 2e-6}).intensity
    twice = smile.image(PLACE, **SMALL, parameters={"A1": 2e-5, "A2": 4e-6}).intensity
    np.testing.assert_allclose(twice, 2 * once, rtol=1e-12)


def test_image_is_symmetric_where_view_and_model_are():
    shine = smile.image((5.0, 0.0, 18.0), model="jorgensen2019", n_p=12.0).intensity.values
    np.testing.assert_allclose(shine, shine[::-1], rtol=1e-6)


def test_pixels_do_not_depend_on_the_field_around_them():
    whole = smile.image(PLACE, shape=(6, 4), fov=(12.0, 8.0)).intensity.values
    inner = smile.image(PLACE, shape=(2, 2), fov=(4.0, 4.0)).intensity.values
    np.testing.assert_allclose(inner, whole[2:4, 1:3], rtol=1e-12)


def test_image_says_what_it_is_of():
    ds = smile.image(PLACE, **STORMY, tilt=0.2, time="2027-03-21 06:00")
    assert ds.intensity.attrs["units"] == "keV cm-2 s-1 sr-1"
    assert (ds.attrs["simulated"], ds.attrs["model"], ds.attrs["n_p"]) == (1, "cmem", 14.0)
    assert (ds.attrs["b_z"], ds.attrs["tilt"], ds.attrs["p2"]) == (-8.0, 0.2, 3.0)
    assert ds.attrs["pos_z"] == pytest.approx(17.7067)
    assert ds.attrs["aim_x"] == pytest.approx(7.856, abs=1e-3)
    assert ds.time.values == np.datetime64("2027-03-21T06:00")
    np.testing.assert_allclose(ds.x[[0, -1]], [-7.875, 7.875])
    np.testing.assert_allclose(ds.y[[0, -1]], [-13.375, 13.375])


def test_image_survives_netcdf(tmp_path):
    ds = smile.image(PLACE, **SMALL)
    ds.to_netcdf(tmp_path / "image.nc")
    with xr.open_dataset(tmp_path / "image.nc") as back:
        xr.testing.assert_identical(back.load(), ds)


def test_a_position_of_the_orbit_is_taken_in_km():
    pos = smile.orbit("2027-04-01", "2027-04-03", "1h").pos
    pos = pos[np.linalg.norm(pos.values, axis=1).argmax()]
    there = smile.image(pos, **SMALL).intensity
    np.testing.assert_array_equal(there, smile.image(pos.values / 6371.2, **SMALL).intensity)


def test_a_time_turns_the_view_into_gsm():
    time, frame = "2027-03-21 10:00", {"shape": (3, 2)}
    ways = rays(pointing(PLACE), **frame)[0].reshape(-1, 3)
    gse = xr.DataArray(
        np.vstack([PLACE, ways]),
        dims=("n", "cartesian"),
        coords={"cartesian": list("xyz"), "time": np.datetime64(time, "ns")},
        attrs={"units": "1", "coordinate_system": "GSE"},
    )
    gsm = frames.rotate(gse, to="GSM").values
    true = brute_force(lambda xyz: soft_xray.cmem(*spherical(xyz), **QUIET), gsm[0], gsm[1:])
    found = smile.image(PLACE, **QUIET, time=time, **frame).intensity.values.ravel()
    np.testing.assert_allclose(found, true, rtol=2e-3)
    assert not np.allclose(found, smile.image(PLACE, **QUIET, **frame).intensity.values.ravel())


def test_a_thin_wind_through_jorgensen2019_is_warned_of():
    with pytest.warns(UserWarning, match="too thin a wind"):
        smile.image((12.0, 3.0, 14.0), model="jorgensen2019", **SMALL)


# --------------------------------------------------------------------------- cubes


def cube(shine, step=0.5, reach=25.0, **attrs):
    """Sample a function of x, y, z on a grid."""
    axis = np.arange(-reach, reach + step / 2, step)
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    coords = {"x": axis, "y": axis, "z": axis}
    return xr.DataArray(shine(x, y, z), dims=("x", "y", "z"), coords=coords, attrs=attrs)


def test_a_linear_cube_is_integrated_exactly():
    """Along a line a linear emissivity is its value half way, times the way."""
    linear = cube(lambda x, y, z: 1e-6 * (100 + x - 2 * y + 3 * z), step=2.5)
    place, aim = np.array([5.0, 6.0, 17.0]), (9.0, 0.5, -0.5)
    ds = smile.image(place, model=linear, aim=aim, **SMALL)
    ways = rays(pointing(place, aim=aim), **SMALL)[0]
    faces = (25 * np.sign(ways) - place) / ways
    far = faces.min(axis=-1)
    middle = place + 0.5 * far[..., None] * ways
    value = 1e-6 * (100 + middle @ [1, -2, 3])
    np.testing.assert_allclose(ds.intensity, value * far * TO_INTENSITY, rtol=1e-9)


def test_a_smooth_shell_in_a_cube_is_within_a_percent():
    def shine(x, y, z):
        return 1e-5 * np.exp(-(((np.sqrt(x**2 + y**2 + z**2) - 10) / 1.5) ** 2))

    ds = smile.image(PLACE, model=cube(shine, step=0.25, reach=16.0), **SMALL)
    ways = rays(pointing(PLACE), **SMALL)[0].reshape(-1, 3)
    true = brute_force(lambda xyz: shine(*xyz.T), PLACE, ways, step=0.02)
    np.testing.assert_allclose(ds.intensity.values.ravel(), true, rtol=0.01)


def test_a_cube_may_be_turned_over_and_transposed():
    lumpy = cube(lambda x, y, z: 1e-6 * (2 + np.sin(x / 3) * np.cos(y / 4 - z / 5)), step=2.5)
    plain = smile.image(PLACE, model=lumpy, **SMALL).intensity
    other = lumpy.isel(x=slice(None, None, -1)).transpose("z", "x", "y")
    np.testing.assert_array_equal(smile.image(PLACE, model=other, **SMALL).intensity, plain)


def test_a_dataset_of_one_cube_is_that_cube():
    lumpy = cube(lambda x, y, z: 1e-6 * (60 + x + y - z), step=5.0)
    ds = xr.Dataset({"q": lumpy, "x_of_something": ("x", lumpy.x.values)})
    plain = smile.image(PLACE, model=lumpy, **SMALL).intensity
    np.testing.assert_array_equal(smile.image(PLACE, model=ds, **SMALL).intensity, plain)


def test_a_cube_has_no_parameters():
    small = cube(lambda x, y, z: 1e-6 + 0 * x, step=5.0)
    with pytest.raises(InputError, match="of a named model"):
        smile.image(PLACE, model=small, parameters={"p0": 0.9}, **SMALL)


def test_a_negative_cube_is_warned_of_by_its_name():
    small = cube(lambda x, y, z: -1e-6 + 0 * x, step=5.0).rename("mine")
    with pytest.warns(UserWarning, match="mine is negative in places"):
        smile.image(PLACE, model=small, **SMALL)


def test_outside_the_cube_there_is_nothing():
    small = cube(lambda x, y, z: 1e-6 + 0 * x, step=1.0, reach=2.0)
    away = smile.image(PLACE, model=small, aim=(16.0, 0.0, 0.0), **SMALL).intensity
    np.testing.assert_array_equal(away, 0)


def test_a_cube_in_gse_is_not_turned():
    lumpy = cube(lambda x, y, z: 1e-6 * (60 + x + y - z), step=5.0, coordinate_system="GSE")
    still = smile.image(PLACE, model=lumpy, **SMALL).intensity
    timed = smile.image(PLACE, model=lumpy, time="2027-03-21 10:00", **SMALL).intensity
    np.testing.assert_array_equal(timed.values, still.values)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(lambda c: c.where(c.x > -24), "holes", id="holes"),
        pytest.param(lambda c: c.rename(x="lon"), "needs x, y and z", id="dims"),
        pytest.param(lambda c: c.isel(z=[0]), "less than two points", id="flat"),
        pytest.param(lambda c: c.assign_attrs(units="erg"), "units 'erg'", id="units"),
        pytest.param(lambda c: c.where(c.x > -24, np.inf), "holes", id="infinite"),
        pytest.param(lambda c: c.assign_coords(x=c.x * 6371.2), "axes in km", id="axes-in-km"),
        pytest.param(
            lambda c: c.assign_coords(y=c.y.assign_attrs(units="m")), "axes in m", id="axes-in-m"
        ),
        pytest.param(lambda c: c.assign_attrs(coordinate_system="MSO"), "'MSO'", id="frame"),
        pytest.param(lambda c: xr.Dataset({"a": c, "b": c}), "2 variables on x, y", id="two"),
    ],
)
def test_a_spoilt_cube_is_refused(spoil, words):
    sound = cube(lambda x, y, z: 1e-6 + 0 * x, step=5.0)
    with pytest.raises(InputError, match=words):
        smile.image(PLACE, model=spoil(sound), **SMALL)


# --------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("place", "more", "words"),
    [
        pytest.param((0.1, 0.2, 0.3), {}, "inside the Earth", id="inside-the-earth"),
        pytest.param(PLACE, {"n_p": -5.0}, "n_p=-5.0 cm-3 must be above 0", id="density<0"),
        pytest.param(PLACE, {"v": np.nan}, "v=nan", id="speed-nan"),
        pytest.param(PLACE, {"b": (1.0, 2.0)}, "three numbers in nT", id="field"),
        pytest.param(PLACE, {"tilt": 20.0}, "in radians", id="tilt-in-degrees"),
        pytest.param(PLACE, {"n_p": 2.0}, "gives no value of bs, A1, A2", id="thin"),
        pytest.param(PLACE, {"n_p": 90.0}, "in this order", id="dense"),
        pytest.param(PLACE, {"aim": (9, 10, 27)}, "behind the spacecraft", id="aim-behind"),
        pytest.param(PLACE, {"model": "cmen"}, "none of cmem, jorgensen2019", id="model"),
        pytest.param(PLACE, {"parameters": {"q": 1}}, "q is none of", id="parameter"),
        pytest.param(PLACE, {"shape": (0, 4)}, "whole numbers", id="shape"),
        pytest.param(PLACE, {"fov": (27.0, 200.0)}, "below 170", id="fov"),
        pytest.param(PLACE, {"time": "noonish"}, "cannot be read", id="time"),
        pytest.param((PLACE, PLACE), {}, "one position", id="two-positions"),
        pytest.param((-19.0, 1.0, 0.5), {}, "give an aim of your own", id="tail"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(place, more, words):
    with pytest.raises(InputError, match=words):
        smile.image(place, **SMALL | more)


def test_code_without_a_place_to_keep_it_is_still_compiled():
    """As in an installation that cannot be written to, and no home folder."""
    scope = {}
    exec("def double(x):\n    return 2 * x", scope)
    assert compiled(scope["double"])(21) == 42
