"""What boundary and coupling models are driven by: units converted, frames and angles checked."""

import numpy as np
import pytest
import xarray as xr

from smile_explore.errors import DatasetError, InputError
from smile_explore.physics import bow_shock, coupling, cusp, magnetopause

TIME = np.datetime64("2015-03-17", "ns") + np.arange(3) * np.timedelta64(60, "s")


def series(values, units, **attrs):
    return xr.DataArray(
        values, {"time": TIME[: len(values)]}, ["time"], attrs={"units": units, **attrs}
    )


def test_pascal_becomes_nanopascal():
    p, b_z = [1.0, 2.0, 4.0], [0.0, -5.0, 5.0]
    plain = magnetopause.shue1998(0.3, p_dyn=p, b_z=b_z)
    pascal = series(np.array(p) * 1e-9, "Pa")
    tesla = series(np.array(b_z) * 1e-9, "T", coordinate_system="GSM")
    np.testing.assert_allclose(
        magnetopause.shue1998(0.3, p_dyn=pascal, b_z=tesla), plain, rtol=1e-9
    )


def test_degrees_become_radians_where_they_say_so():
    wind = {"p_dyn": 2.0, "p_mag": 0.01, "b_z": 0.0}
    plain = magnetopause.lin2010(np.radians(30.0), 0.0, tilt=np.radians(20.0), **wind)
    theta = xr.DataArray(30.0, attrs={"units": "degree"})
    tilt = xr.DataArray(20.0, attrs={"units": "degree"})
    assert magnetopause.lin2010(theta, 0.0, tilt=tilt, **wind) == pytest.approx(plain, rel=1e-12)


def test_dataarrays_meet_by_their_dims_and_not_by_their_places():
    theta = xr.DataArray([0.0, 0.5], dims="theta", attrs={"units": "rad"})
    found = magnetopause.jelinek2012(theta, p_dyn=series([1.0, 2.0, 3.0], "nPa"))
    assert found.shape == (2, 3)
    assert found[1, 2] == pytest.approx(magnetopause.jelinek2012(0.5, p_dyn=3.0))


@pytest.mark.parametrize("frame", ["GSE", None])
def test_a_north_component_of_another_frame_is_refused(frame):
    attrs = {"coordinate_system": frame} if frame else {}
    with pytest.raises(DatasetError, match="GSM"):
        magnetopause.shue1998(0.0, p_dyn=2.0, b_z=series([1.0], "nT", **attrs))


@pytest.mark.parametrize("units", ["nT", "1", "km"])
def test_what_is_no_pressure_is_refused(units):
    with pytest.raises(DatasetError):
        magnetopause.shue1998(0.0, p_dyn=series([1.0], units), b_z=0.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda tilt: magnetopause.lin2010(0.0, 0.0, p_dyn=2.0, p_mag=0.01, b_z=0.0, tilt=tilt),
        lambda tilt: magnetopause.nguyen2022(
            0.0, 0.0, p_dyn=2.0, p_mag=0.01, b_z=0.0, clock=0.0, tilt=tilt
        ),
        cusp.zhou1999,
    ],
)
@pytest.mark.parametrize("tilt", [30, -12.5, [0.1, 20.0]])
def test_a_tilt_in_degrees_is_refused(call, tilt):
    with pytest.raises(InputError, match="radians"):
        call(tilt)


def test_the_largest_tilt_there_is_and_a_gap_pass():
    found = cusp.zhou1999(np.array([np.radians(35.0), np.nan]))
    assert np.isfinite(found).tolist() == [True, False]


def test_speed_of_a_velocity_in_other_units():
    v = xr.DataArray(
        [[-3e5, 0.0, 4e5]],
        {"time": TIME[:1], "cartesian": ["x", "y", "z"]},
        ["time", "cartesian"],
        attrs={"units": "m s-1", "coordinate_system": "GSE"},
    )
    given = bow_shock.merka2005(0.2, 0.0, n_p=5.0, v=v, m_a=8.0)
    np.testing.assert_allclose(given, [bow_shock.merka2005(0.2, 0.0, n_p=5.0, v=500.0, m_a=8.0)])


def test_coupling_converts_too():
    v = series([400.0], "km s-1")
    b = xr.DataArray(
        [[0.0, 3.0, -4.0]],
        {"time": TIME[:1], "cartesian": ["x", "y", "z"]},
        ["time", "cartesian"],
        attrs={"units": "nT", "coordinate_system": "GSM"},
    )
    metres = series([400e3], "m s-1")
    np.testing.assert_allclose(coupling.newell2007(metres, b), coupling.newell2007(v, b))


def test_an_angle_that_kept_the_units_of_the_position_is_refused_with_the_way_out():
    position = xr.DataArray(0.5, attrs={"units": "RE"})
    angle = np.arccos(position).assign_attrs(position.attrs)  # as xarray does by itself
    with pytest.raises(DatasetError, match=r"'RE' do not convert to 'rad': correct attrs"):
        magnetopause.shue1998(angle, p_dyn=2.0, b_z=0.0)
    right = magnetopause.shue1998(angle.assign_attrs(units="rad"), p_dyn=2.0, b_z=0.0)
    # Shue et al. (1998) by hand, at 60 degrees: 10.2519 (2 / (1 + 0.5))**0.5896
    assert right == pytest.approx(12.147, abs=0.001)
