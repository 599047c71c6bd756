"""The names that issue 4 promises, called just as it writes them."""

import numpy as np
import pytest

from smile_explore import physics, smile
from smile_explore.errors import SmileExploreError
from smile_explore.formats import sxi, uvi
from smile_explore.physics import soft_xray

POSITION = (5.91813, 6.74116, 17.7067)


@pytest.mark.parametrize("frame", ["GSE", "ICRF"])
def test_orbit(frame):
    ds = smile.orbit("2026-06-23", "2026-06-24", "10min", frame=frame)
    assert ds["pos"].dims == ("time", "cartesian")
    assert (ds["pos"].attrs["units"], ds["pos"].attrs["coordinate_system"]) == ("km", frame)
    assert ds.sizes["time"] == 144


def test_pointing():
    view = smile.pointing(POSITION)
    assert view.aim == pytest.approx([7.856, 0, 0], abs=1e-3)
    assert view.axes.shape == (3, 3)
    assert float(view.sun_angle) == pytest.approx(84.2, abs=0.1)
    assert bool(view.allowed) is True


@pytest.mark.parametrize("model", ["cmem", "jorgensen2019", "cmem2g"])
def test_image(model):
    ds = smile.image(
        POSITION, model=model, n_p=12.0, v=400.0, b=(0, 0, 5), tilt=0.0,
        aim=None, shape=(108, 64), fov=(27, 16),
    )  # fmt: skip
    assert ds["intensity"].shape == (108, 64)
    assert ds["intensity"].attrs["units"] == "keV cm-2 s-1 sr-1"
    assert float(ds["intensity"].min()) > 0


def test_defaults_of_image_are_those_of_the_issue():
    told = smile.image(POSITION, model="cmem", n_p=5.0, v=400.0, b=(0, 0, 5), tilt=0.0)
    np.testing.assert_array_equal(told.intensity, smile.image(POSITION).intensity)


def test_visibility():
    table = smile.visibility("2027-03-20", "2027-03-22")
    assert {"start", "stop", "kind"} <= set(table)


@pytest.mark.parametrize("method", ["cmem", "tangent"])
def test_fit_magnetopause(method):
    fit = smile.fit_magnetopause(smile.image(POSITION, n_p=12.0, v=450.0), method=method)
    assert 8 < fit.standoff < 10
    assert 0 < fit.error < 0.5


def test_cmem_by_position():
    """The sheet's check value, 4.3."""
    eta = physics.soft_xray.cmem(11.0, 0.0, 0.0, n_p=5.0, v=400.0, b=(0, 0, 5), tilt=0.0)
    assert float(eta) == pytest.approx(5.674e-6, rel=1e-3)
    assert physics.soft_xray is soft_xray


def test_readers_and_writer_of_files():
    assert all(map(callable, (sxi.read, sxi.write, uvi.read)))


# --------------------------------------------------------------------------- the issue's bad inputs


def _cube(hole):
    import xarray as xr

    axis = np.array([-30.0, 0.0, 30.0])
    values = np.full((3, 3, 3), 1e-6)
    values[1, 1, 1] = hole
    return xr.DataArray(values, dims=("x", "y", "z"), coords={k: axis for k in "xyz"})


def _cut(tmp_path):
    seen = smile.counts(smile.image(POSITION, time="2027-03-21 06:00"), seed=1)
    path = sxi.write(
        seen, tmp_path / "SMILE_SXI_L3_SCIM15-SCI-TOT_20270321T0600-20270321T0605_V01.fits"
    )
    path = path if isinstance(path, list) else [path]
    whole = path[0].read_bytes()
    path[0].write_bytes(whole[: len(whole) // 2])
    return sxi.read(path[0])


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(lambda _: smile.image((0.3, 0.4, 0.5)), id="inside-the-earth"),
        pytest.param(lambda _: smile.pointing((0.3, 0.4, 0.5)), id="pointing-inside-the-earth"),
        pytest.param(lambda _: smile.image(POSITION, n_p=-5.0), id="negative-density"),
        pytest.param(lambda _: smile.image(POSITION, aim=(9, 10, 27)), id="aim-behind"),
        pytest.param(lambda _: smile.image(POSITION, model=_cube(np.nan)), id="cube-with-holes"),
        pytest.param(_cut, id="fits-cut-in-half"),
    ],
)
def test_bad_input_is_one_sentence(bad, tmp_path):
    with pytest.raises(SmileExploreError) as err:
        bad(tmp_path)
    text = str(err.value)
    assert "\n" not in text
    assert text.endswith(".")
    assert text.count(". ") <= 1  # one sentence, or two
