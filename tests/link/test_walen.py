"""De Hoffmann-Teller frame and Walén relation: planted flows, errors, what is refused."""

import numpy as np
import pytest
import xarray as xr

from smile_explore import link
from smile_explore.errors import DatasetError, InputError

GSM = {"frame": "GSM"}
FRAME = np.array([-220.0, 80.0, 30.0])
TURN = np.linspace(0, np.pi, 50)
B = np.column_stack([np.full(50, 4.0), 15 * np.sin(TURN), 15 * np.cos(TURN)])
N = np.linspace(5.0, 12.0, 50)
#: km/s: nT over the square root of 1.25664e-6 H/m times 1.67262e-27 kg times 1e6.
ALFVEN = 1e-12 * B / np.sqrt(1.25663706e-6 * 1.67262192e-27 * 1e6 * N[:, None])


def noisy(values, sigma, seed):
    return values + np.random.default_rng(seed).normal(0, sigma, values.shape)


@pytest.mark.parametrize("share", [1.0, 0.6, -1.0])
def test_walen_slope_is_the_share_of_the_alfven_speed_and_its_sign(share):
    found = link.walen_test(B, FRAME + share * ALFVEN, N, **GSM)
    assert found.slope == pytest.approx(share, rel=1e-5)
    assert found.correlation == pytest.approx(np.sign(share))
    np.testing.assert_allclose(found.frame_velocity, FRAME, atol=1e-6)


def test_a_given_frame_is_used_and_said():
    found = link.walen_test(B, FRAME + ALFVEN, N, frame_velocity=[0, 0, 0], **GSM)
    np.testing.assert_array_equal(found.frame_velocity, [0, 0, 0])
    assert "frame velocity given" in str(found)


def test_helium_makes_the_alfven_speed_less():
    plain = link.walen_test(B, FRAME + ALFVEN, N, **GSM)
    heavy = link.walen_test(B, FRAME + ALFVEN, N, helium=0.05, **GSM)
    assert heavy.slope == pytest.approx(plain.slope * np.sqrt(1.2))


def test_no_flow_in_the_frame_has_no_slope_to_speak_of():
    found = link.walen_test(B, noisy(np.tile(FRAME, (50, 1)), 5.0, 1), N, **GSM)
    assert abs(found.slope) < 0.1
    assert abs(found.correlation) < 0.3


def test_frame_errors_are_those_of_many_noisy_trials():
    flow = FRAME + 0.5 * ALFVEN
    trials = [link.de_hoffmann_teller(B, noisy(flow, 20.0, k), **GSM) for k in range(600)]
    scatter = np.std([t.velocity for t in trials], axis=0)
    np.testing.assert_allclose(np.median([t.error for t in trials], axis=0), scatter, rtol=0.12)
    np.testing.assert_allclose(np.mean([t.velocity for t in trials], axis=0), FRAME, atol=3.0)


@pytest.mark.parametrize("sigma", [0.0, 60.0])
def test_frame_quality_falls_with_noise(sigma):
    found = link.de_hoffmann_teller(B, noisy(FRAME + 0.5 * ALFVEN, sigma, 2), **GSM)
    assert (found.correlation > 0.999) == (sigma == 0)
    assert (found.residual < 1e-9) == (sigma == 0)
    assert "samples, 0 left out" in str(found)


def test_frame_velocity_moves_with_the_observer():
    flow = noisy(FRAME + 0.5 * ALFVEN, 20.0, 3)
    here = link.de_hoffmann_teller(B, flow, **GSM)
    there = link.de_hoffmann_teller(B, flow + np.array([10.0, -20.0, 30.0]), **GSM)
    np.testing.assert_allclose(there.velocity - here.velocity, [10, -20, 30], atol=1e-9)
    np.testing.assert_allclose(there.error, here.error)


def test_missing_values_and_densities_of_zero_are_left_out_and_counted():
    b, v, n = B.copy(), FRAME + ALFVEN, N.copy()
    b[3, 1], v[7, 2], n[[11, 12, 13]] = np.nan, np.nan, [0.0, -1.0, np.nan]
    found = link.walen_test(b, v, n, **GSM)
    assert (found.samples, found.left_out) == (45, 5)
    assert found.slope == pytest.approx(1, rel=1e-5)


def arrays(**changed):
    time = np.datetime64("2002-03-18T15:00", "ns") + np.arange(50) * np.timedelta64(4, "s")
    vector = {"time": time, "cartesian": ["x", "y", "z"]}
    made = {
        "b": xr.DataArray(B, vector, ["time", "cartesian"], attrs={"units": "nT"}),
        "v": xr.DataArray(FRAME + ALFVEN, vector, ["time", "cartesian"], attrs={"units": "km s-1"}),
        "n": xr.DataArray(N, {"time": time}, ["time"], attrs={"units": "cm-3"}),
    }
    for name in "bv":
        made[name].attrs["coordinate_system"] = "GSM"
    return made | {k: change(made[k]) for k, change in changed.items()}


def test_dataarrays_give_what_their_values_give():
    found, plain = link.walen_test(**arrays()), link.walen_test(B, FRAME + ALFVEN, N, **GSM)
    assert found.slope == plain.slope
    assert found.frame == "GSM"


@pytest.mark.parametrize(
    ("changed", "error", "rule"),
    [
        pytest.param(
            {"v": lambda v: v.assign_coords(time=v.time + np.timedelta64(1, "s"))},
            InputError, "different times", id="other times",
        ),
        pytest.param(
            {"v": lambda v: v.assign_attrs(coordinate_system="GSE")}, InputError, "GSE", id="other frame"
        ),
        pytest.param({"b": lambda b: b.assign_attrs(units="T")}, DatasetError, "nT", id="tesla"),
        pytest.param({"v": lambda v: v.assign_attrs(units="m s-1")}, DatasetError, "km", id="m/s"),
        pytest.param({"n": lambda n: n.assign_attrs(units="m-3")}, DatasetError, "cm-3", id="m-3"),
        pytest.param({"n": lambda n: n * np.nan}, InputError, "0 of 50", id="no density"),
        pytest.param({"b": lambda b: b * 0 + [0, 0, 5]}, InputError, "one direction", id="steady"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(changed, error, rule):
    given = arrays(**changed)
    for name in changed.keys() & {"b"}:
        given[name].attrs = given[name].attrs or {"units": "nT", "coordinate_system": "GSM"}
    with pytest.raises(error, match=rule):
        link.walen_test(**given)


def test_lengths_that_differ_are_refused():
    with pytest.raises(InputError, match="as many samples"):
        link.walen_test(B, FRAME + ALFVEN, N[:-1], **GSM)


def test_field_and_velocity_come_in_one_order_and_are_refused_swapped():
    given = arrays()
    b, v = given["b"], given["v"]
    by_name = link.de_hoffmann_teller(v=v, b=b)
    np.testing.assert_array_equal(by_name.velocity, link.de_hoffmann_teller(b, v).velocity)
    with pytest.raises(DatasetError, match="nT"):
        link.de_hoffmann_teller(v, b)
    with pytest.raises(DatasetError, match="nT"):
        link.walen_test(v, b, given["n"])
