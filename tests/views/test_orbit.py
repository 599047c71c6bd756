"""Orbit planes: right-handed whichever way the Sun is, boundaries where the models put them."""

import warnings

import numpy as np
import pytest
import xarray as xr

from smile_explore.errors import InputError
from smile_explore.physics import bow_shock, magnetopause
from smile_explore.views.orbit import boundary, orbit


def track(xyz=(10.0, 5.0, 2.0), simulated=0):
    pos = np.tile(np.array(xyz) * 6371.2, (3, 1))
    km = {"units": "km", "coordinate_system": "GSE", "long_name": "Position"}
    time = np.datetime64("2027-03-21", "ns") + np.arange(3) * np.timedelta64(60, "s")
    return xr.Dataset(
        {"pos": (("time", "cartesian"), pos, km)},
        {"time": time, "cartesian": ["x", "y", "z"]},
        {"product": "themis.a.state", "simulated": simulated},
    )


def words(fig):
    return " | ".join(a.text for a in fig.below if hasattr(a, "text"))


@pytest.mark.parametrize("plane", ["XY", "XZ"])
def test_the_nose_is_where_the_model_puts_it(plane):
    across, up = boundary(magnetopause.shue1998, plane, p_dyn=2.0, b_z=0.0)
    assert across.max() == pytest.approx(10.252, abs=1e-3)  # smile.md 6.9
    assert abs(up[np.argmax(across)]) < 1e-9


def test_the_terminator_is_a_circle_of_a_symmetric_model():
    y, z = boundary(bow_shock.jelinek2012, "YZ", p_dyn=2.0)
    np.testing.assert_allclose(np.hypot(y, z), 23.097, atol=1e-3)  # smile.md 6.9


@pytest.mark.parametrize(
    ("plane", "sun", "x_runs_right", "y_runs_up"),
    [("XY", "right", 1, 1), ("XY", "left", -1, -1), ("XZ", "left", -1, 1), ("XZ", "right", 1, 1), ("YZ", "left", 1, 1)],
)  # fmt: skip
def test_the_sun_changes_sides_without_mirroring_the_ecliptic(plane, sun, x_runs_right, y_runs_up):
    fig = orbit({"THA": track()}, plane=plane, sun=sun)
    assert np.sign(fig.x_range.end - fig.x_range.start) == x_runs_right
    assert np.sign(fig.y_range.end - fig.y_range.start) == y_runs_up


def test_lengths_are_equal_on_both_axes():
    fig = orbit({"THA": track()}, plane="XZ")
    assert abs(fig.x_range.end - fig.x_range.start) == abs(fig.y_range.end - fig.y_range.start)
    assert fig.frame_width == fig.frame_height


def test_a_spacecraft_is_marked_in_earth_radii():
    fig = orbit({"THA": track()}, plane="XZ", at="2027-03-21T00:01")
    spots = [r.data_source.data for r in fig.renderers if type(r.glyph).__name__ == "Scatter"]
    assert spots[0]["x"][0] == pytest.approx(10.0)
    assert spots[0]["y"][0] == pytest.approx(2.0)


def test_the_caption_names_models_inputs_and_simulation():
    said = words(orbit({"THA": track(simulated=1)}, wind={"p_dyn": 2.0, "b_z": -5.0}))
    for part in ("Shue 1998", "Jelinek 2012", "Pdyn = 2.00 nPa", "Bz = -5.0 nT", "SIMULATED"):
        assert part in said


def test_without_solar_wind_no_boundary_is_made_up():
    fig = orbit({"THA": track()}, wind={"p_dyn": np.nan, "b_z": 1.0})
    assert "no solar wind" in words(fig)
    assert len([r for r in fig.renderers if type(r.glyph).__name__ == "Line"]) == 1


def test_nothing_to_draw_is_drawn_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fig = orbit({}, wind={"p_dyn": 2.0, "b_z": 0.0})
    assert "Shue 1998" in words(fig)


def test_an_eighth_spacecraft_is_drawn_too():
    fig = orbit({f"S{k}": track() for k in range(9)})
    assert len([r for r in fig.renderers if type(r.glyph).__name__ == "Line"]) == 9
    assert [item.label.value for item in fig.legend[0].items] == [f"S{k}" for k in range(9)]


def test_a_spacecraft_without_a_sample_is_not_marked():
    fig = orbit({"THA": track().isel(time=slice(0, 0))}, at="2027-03-21T00:01")
    assert [r for r in fig.renderers if type(r.glyph).__name__ == "Scatter"] == []


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [({"plane": "ZX"}, "plane='ZX' is none of XY, XZ, YZ"), ({"tracks": {"THA": track().drop_vars("pos")}}, "THA: no position")],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(bad, sentence):
    with pytest.raises(InputError, match=sentence):
        orbit(**{"tracks": {"THA": track()}} | bad)
