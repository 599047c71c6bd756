"""The picture of the sky shows angles, units, inputs, and that it is simulated."""

import numpy as np
import pytest
import xarray as xr
from bokeh.models import ColorBar, Title

from smile_explore import frames, smile
from smile_explore.errors import InputError
from smile_explore.physics.xray_boundaries import cmem_magnetopause
from smile_explore.views import magnetopause_in_sky as magnetopause
from smile_explore.views import sky

POS = {"pos_x": 5.918, "pos_y": 6.741, "pos_z": 17.707, "aim_x": 7.856, "aim_y": 0.0, "aim_z": 0.0}


def image(**attrs):
    y, x = (np.arange(108) + 0.5) / 4 - 13.5, (np.arange(64) + 0.5) / 4 - 8
    named = {"units": "degree", "long_name": "Angle from the Earth's side"}
    return xr.Dataset(
        {"intensity": (("y", "x"), np.add.outer(y, x) + 30, {"units": "keV cm-2 s-1 sr-1", "long_name": "Soft X-ray intensity"})},
        {"y": y, "x": ("x", x, named), "time": np.datetime64("2027-03-22T10:00", "ns")},
        {"model": "cmem", "n_p": 5.0, "simulated": 1} | POS | attrs,
    )  # fmt: skip


def texts(fig):
    return " ".join(t.text for t in fig.below if isinstance(t, Title))


def test_axes_are_the_angles_of_the_field_and_keep_their_ratio():
    fig = sky(image())
    assert (fig.x_range.start, fig.x_range.end) == (-8, 8)
    assert (fig.y_range.start, fig.y_range.end) == (-13.5, 13.5)
    assert fig.frame_height / fig.frame_width == pytest.approx(27 / 16, rel=0.01)
    assert fig.xaxis[0].axis_label == "Angle from the Earth's side (°)"


def test_units_stand_on_the_colour_bar_and_inputs_in_the_caption():
    fig = sky(image(b_z=-5.0))
    bar = next(r for r in fig.right if isinstance(r, ColorBar))
    assert bar.title == "keV cm⁻² s⁻¹ sr⁻¹"
    for told in ("cmem", "n_p 5", "b_z -5 nT", "SMILE at (5.9, 6.7, 17.7) RE GSE"):
        assert told in texts(fig)
    assert "2027-03-22 10:00 UT" in fig.title.text


@pytest.mark.parametrize(("simulated", "burnt"), [(1, True), (0, False)])
def test_simulated_is_burnt_in(simulated, burnt):
    fig = sky(image(simulated=simulated))
    marks = [r for r in fig.renderers if getattr(r.glyph, "text", None) is not None]
    assert bool(marks) is burnt


def test_the_curve_of_a_model_is_drawn_and_named():
    ds = image()
    curves = magnetopause(ds, lambda theta, phi: 8.0 * (2 / (1 + np.cos(theta))) ** 0.5 + 0 * phi)
    fig = sky(ds, curves=curves)
    assert "seen edge on" in fig.legend.items[0].label.value
    ((y, x),) = curves.values()
    assert np.isfinite(y).sum() == np.isfinite(x).sum() > 20


def test_every_curve_is_drawn_however_many():
    curves = {f"c{k}": (np.zeros(2), np.zeros(2)) for k in range(6)}
    fig = sky(image(), curves=curves)
    assert [item.label.value for item in fig.legend[0].items] == list(curves)


def test_the_bright_edge_of_an_image_is_just_outside_the_curve_of_its_model():
    ds = smile.image([5.918, 6.741, 17.707])
    ((name, (y, x)),) = magnetopause(ds).items()
    assert "cmem" in name
    row = int(abs(ds.y).argmin("y"))
    brightest = float(ds.x[int(ds.intensity[row].argmax("x"))])
    near = np.abs(y) < 1
    assert np.nanmin(np.abs(x[near] - brightest)) < 1.5


def test_the_curve_of_an_image_with_a_time_is_of_the_model_in_gsm():
    """Lines of sight through it, turned into GSM, touch the model's magnetopause."""
    time = np.datetime64("2027-06-21T05:00", "ns")  # GSM is far from GSE then
    ds = smile.image([5.918, 6.741, 17.707], n_p=12.0, time=time)
    ((y, x),) = magnetopause(ds).values()
    at = np.flatnonzero((np.abs(y) < 12) & (np.abs(x) < 8))[::8]
    view = smile.pointing([5.918, 6.741, 17.707])
    way = view.axes.T @ [np.tan(np.radians(x[at])), np.tan(np.radians(y[at])), np.ones(len(at))]
    points = view.position + np.arange(5, 30, 0.01)[:, None, None] * way.T
    gse = xr.DataArray(
        points, dims=("step", "line", "cartesian"),
        coords={"cartesian": list("xyz"), "time": time},
        attrs={"units": "1", "coordinate_system": "GSE"},
    )  # fmt: skip
    gsm = frames.rotate(gse, "GSM").values
    r = np.linalg.norm(gsm, axis=-1)
    theta, phi = np.arccos(gsm[..., 0] / r), np.arctan2(gsm[..., 2], gsm[..., 1])
    b = [ds.attrs[f"b_{a}"] for a in "xyz"]
    surface = cmem_magnetopause(theta, phi, ds.attrs, n_p=12.0, v=400.0, b=b, tilt=0.0)
    assert len(at) >= 4
    np.testing.assert_allclose((r - surface).min(axis=0), 0, atol=0.05)


def test_an_image_without_a_view_or_a_model_is_refused():
    with pytest.raises(InputError, match="pos_x"):
        magnetopause(xr.Dataset())
    with pytest.raises(InputError, match="'other'"):
        magnetopause(image(model="other"))


@pytest.mark.parametrize(
    ("ds", "name", "told"),
    [
        (xr.Dataset(), None, "no 'image'"),
        (image(), "counts", "no 'counts'"),
        (image().drop_vars("time").expand_dims(time=2), None, "select one image"),
        (image().assign_coords(x=np.arange(64)[::-1]), None, "'x'"),
    ],
    ids=["empty", "other", "two times", "reversed"],
)
def test_what_cannot_be_drawn_is_said(ds, name, told):
    with pytest.raises(InputError, match=told):
        sky(ds, name)
