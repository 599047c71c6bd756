"""Minimum variance: planted normals, another decomposition, errors against a Monte Carlo."""

import numpy as np
import pytest
import xarray as xr

from smile_explore import link
from smile_explore.errors import InputError

GSM = {"frame": "GSM"}


def rotation(seed):
    q = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
    return q * np.linalg.det(q)


def current_sheet(n=60, b_n=3.0, noise=0.5, seed=0):
    """A field that turns by 150 degrees about x, with white noise on all components."""
    turn = np.linspace(-1.3, 1.3, n)
    b = np.column_stack([np.full(n, b_n), 12 * np.cos(turn), 20 * np.sin(turn)])
    return b + np.random.default_rng(seed).normal(0, noise, b.shape)


def test_axes_and_eigenvalues_are_the_singular_vectors_and_values_of_the_samples():
    b = current_sheet() @ rotation(3).T
    found = link.minimum_variance(b, **GSM)
    _, singular, vectors = np.linalg.svd(b - b.mean(axis=0))
    np.testing.assert_allclose(found.eigenvalues, singular**2 / len(b), rtol=1e-9)
    np.testing.assert_allclose(np.abs(np.sum(found.axes * vectors, axis=1)), 1, rtol=1e-9)


@pytest.mark.parametrize("zero_normal", [False, True])
def test_a_rotated_field_has_rotated_axes(zero_normal):
    b, turn = current_sheet(b_n=0.0 if zero_normal else 3.0), rotation(8)
    here = link.minimum_variance(b, zero_normal=zero_normal, **GSM)
    there = link.minimum_variance(b @ turn.T, zero_normal=zero_normal, **GSM)
    np.testing.assert_allclose(np.abs(there.normal @ (turn @ here.normal)), 1, rtol=1e-9)
    np.testing.assert_allclose(there.eigenvalues, here.eigenvalues, rtol=1e-9)
    assert there.error_max == pytest.approx(here.error_max)
    assert np.linalg.det(there.axes) == pytest.approx(1)


def test_errors_are_those_of_sonnerup_and_scheible():
    found = link.minimum_variance(current_sheet(), **GSM)
    l1, l2, l3 = found.eigenvalues
    m = found.samples - 1
    assert found.error_max == pytest.approx(
        np.degrees(np.sqrt(l3 / m * (l1 + l3 - l3) / (l1 - l3) ** 2))
    )
    assert found.error_next == pytest.approx(
        np.degrees(np.sqrt(l3 / m * (l2 + l3 - l3) / (l2 - l3) ** 2))
    )
    assert found.ratio == pytest.approx(l2 / l3)


def test_stated_errors_are_those_of_many_noisy_trials():
    """The noise makes the normal scatter as 8.23 and 8.24 say, on the given axes x, y, z."""
    trials = [link.minimum_variance(current_sheet(noise=1.0, seed=k), **GSM) for k in range(600)]
    normals = np.array([t.normal for t in trials])
    scatter = np.degrees(normals.std(axis=0))
    assert np.median([t.error_max for t in trials]) == pytest.approx(scatter[2], rel=0.12)
    assert np.median([t.error_next for t in trials]) == pytest.approx(scatter[1], rel=0.12)
    mean = np.array([t.mean_normal for t in trials])
    assert np.median([t.mean_normal_error for t in trials]) == pytest.approx(mean.std(), rel=0.12)


def test_the_constraint_keeps_the_mean_field_tangential():
    found = link.minimum_variance(current_sheet(b_n=0.0, noise=2.0), zero_normal=True, **GSM)
    mean = current_sheet(b_n=0.0, noise=2.0).mean(axis=0)
    assert found.normal @ mean == pytest.approx(0, abs=1e-9)
    assert np.degrees(np.arccos(found.normal[0])) < 5
    assert np.isnan(found.eigenvalues[1])
    assert "taken as 0" in str(found)


def test_missing_samples_are_left_out_and_counted():
    b = current_sheet()
    holes = np.insert(b, [5, 20, 20], np.nan, axis=0)
    holes[5, 0] = 1.0
    found, whole = link.minimum_variance(holes, **GSM), link.minimum_variance(b, **GSM)
    assert (found.samples, found.left_out) == (60, 3)
    np.testing.assert_array_equal(found.normal, whole.normal)


def test_a_field_along_one_line_has_no_reliable_normal():
    line = np.linspace(-1, 1, 100)[:, None] * [1.0, 2.0, 3.0]
    found = link.minimum_variance(line, **GSM)
    assert not found.reliable
    assert "NOT RELIABLE" in str(found)


def test_a_dataarray_brings_its_frame():
    b = xr.DataArray(
        current_sheet()[:, ::-1], dims=["time", "cartesian"], coords={"cartesian": ["z", "y", "x"]},
        attrs={"units": "nT", "coordinate_system": "GSE"},
    )  # fmt: skip
    found = link.minimum_variance(b)
    assert found.frame == "GSE"
    assert found.normal[0] > 0.99


@pytest.mark.parametrize(
    ("b", "options", "rule"),
    [
        pytest.param(current_sheet()[:3], GSM, "3 of 3 samples", id="three samples"),
        pytest.param(np.full((30, 3), np.nan), GSM, "0 of 30 samples", id="all missing"),
        pytest.param(np.empty((0, 3)), GSM, "0 of 0 samples", id="none"),
        pytest.param(np.ones((30, 3)), GSM, "the same in all 30", id="constant"),
        pytest.param(current_sheet(), {}, "frame", id="no frame"),
        pytest.param(current_sheet()[:, :2], GSM, "Shapes", id="two components"),
    ],
)
def test_what_cannot_be_told_is_refused(b, options, rule):
    with pytest.raises(InputError, match=rule):
        link.minimum_variance(b, **options)
