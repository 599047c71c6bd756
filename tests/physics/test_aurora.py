"""Auroral models: the sheet's and another code's values, periodicity, order, bad indices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smile_explore.errors import InputError
from smile_explore.physics import aurora
from smile_explore.physics.aurora import (
    hemispheric_power,
    starkov1994,
    starkov1994_al,
    zhang_paxton2008,
)

BOUNDARIES = ["poleward", "equatorward", "diffuse"]
MLT = st.floats(0, 24)


@pytest.mark.parametrize(
    ("boundary", "expected"),
    [
        ("poleward", [17.82, 16.16, 14.40, 16.61]),
        ("equatorward", [26.11, 22.24, 16.40, 20.11]),
        ("diffuse", [29.45, 27.60, 23.37, 23.69]),
    ],
    ids=BOUNDARIES,
)
def test_starkov1994_has_the_sheets_values(boundary, expected):
    colatitude = starkov1994([0, 6, 12, 18], al=-200, boundary=boundary)
    np.testing.assert_allclose(colatitude, expected, atol=6e-3)


def test_starkov1994_by_hand_where_every_polynomial_is_its_constant():
    # |AL| = 1: A0 - 10.06 cos 15(t - 6.61) - 4.44 cos 15(2t + 6.37) - 3.77 cos 15(3t - 4.48)
    t = 12.0
    cos = [np.cos(np.radians(15 * a)) for a in (t - 6.61, 2 * t + 6.37, 3 * t - 4.48)]
    expected = -0.07 - 10.06 * cos[0] - 4.44 * cos[1] - 3.77 * cos[2]
    np.testing.assert_allclose(starkov1994(t, al=-1.0, boundary="poleward"), expected)


@pytest.mark.parametrize("boundary", BOUNDARIES)
@given(mlt=MLT, al=st.floats(1, 3000))
def test_starkov1994_turns_with_the_day_and_takes_the_size_of_al(boundary, mlt, al):
    here = starkov1994(mlt, al=-al, boundary=boundary)
    np.testing.assert_allclose(starkov1994(mlt + 24, al=al, boundary=boundary), here, atol=1e-8)


@given(mlt=MLT, al=st.floats(20, 500))
def test_starkov1994_boundaries_lie_in_order(mlt, al):
    pole, equator, diffuse = (starkov1994(mlt, al=-al, boundary=b) for b in BOUNDARIES)
    assert 0 < pole < equator < diffuse < 50


@given(mlt=MLT, al=st.floats(0.01, 5000))
def test_starkov1994_draws_no_edge_beyond_the_pole_and_no_oval_inside_out(mlt, al):
    pole, equator, diffuse = (starkov1994(mlt, al=-al, boundary=b) for b in BOUNDARIES)
    assert 0 < pole < equator < diffuse < 90 or np.isnan([pole, equator, diffuse]).all()


@pytest.mark.parametrize(
    ("mlt", "al"),
    [
        pytest.param(
            0.0, -1.0, id="quiet: the equatorward edge would lie 22 degrees beyond the pole"
        ),
        pytest.param(9.0, -1000.0, id="strong: the poleward edge lies 1.7 degrees too far out"),
    ],
)
def test_starkov1994_where_there_is_no_oval_is_nan(mlt, al):
    assert np.isnan([starkov1994(mlt, al=al, boundary=b) for b in BOUNDARIES]).all()


@pytest.mark.parametrize(
    ("mlt", "al"), [(0.0, 0.0), (0.0, np.nan), (np.nan, -200.0), (0.0, np.inf)], ids=str
)
def test_starkov1994_of_nothing_is_nan(mlt, al):
    assert np.isnan(starkov1994(mlt, al=al, boundary="poleward"))


def test_starkov1994_broadcasts_times_against_local_times():
    grid = starkov1994(np.arange(24), al=np.array([-50.0, -200.0])[:, None], boundary="diffuse")
    assert grid.shape == (2, 24)
    np.testing.assert_allclose(grid[1, 6], 27.60, atol=6e-3)


def test_starkov1994_refuses_an_unknown_boundary():
    with pytest.raises(InputError, match="'polar' is none of poleward, equatorward, diffuse"):
        starkov1994(0, al=-200, boundary="polar")


def test_starkov1994_al_has_the_sheets_values():
    np.testing.assert_allclose(starkov1994_al([3, 5, -1, np.nan]), [-171.9, -386.5] + [np.nan] * 2)


@pytest.mark.parametrize(
    ("mlt", "peak", "latitude", "energy"),
    [
        pytest.param(0, 3.977, 66.0, 5.49, id="midnight"),
        pytest.param(6, 2.810, 69.0, None, id="dawn"),
        pytest.param(12, 0.642, 76.5, None, id="noon"),
        pytest.param(18, 2.314, 70.0, None, id="dusk"),
    ],
)
def test_zhang_paxton2008_has_the_sheets_peaks(mlt, peak, latitude, energy):
    flux, mean = zhang_paxton2008(latitude, mlt, kp=3.0)
    np.testing.assert_allclose(flux, peak, atol=6e-4)
    if energy:
        np.testing.assert_allclose(mean, energy, atol=6e-3)
    latitudes = np.arange(50, 90, 0.5)
    found = latitudes[zhang_paxton2008(latitudes, mlt, kp=3.0).energy_flux.argmax()]
    assert abs(found - latitude) <= 0.5


def test_zhang_paxton2008_has_the_values_of_the_sheet_and_of_eppaurora():
    np.testing.assert_allclose(zhang_paxton2008(67, 0, kp=3), (3.834, 5.414), atol=6e-4)
    expected = (5.061683414221345, 5.914083679736101)
    np.testing.assert_allclose(zhang_paxton2008(65.0, 23.0, kp=4.0), expected, rtol=1e-12)


def epstein_at_a_bins_centre(quantity, kp_bin, mlat, mlt):
    """The published formula term by term, from the table, for one point."""
    table = aurora._zhang_paxton2008()[quantity, kp_bin]
    a, b, c, d = (
        sum(
            [table[0, i]]
            + [table[k, i] * np.cos(k * np.pi * mlt / 12) for k in range(1, 7)]
            + [table[k + 6, i] * np.sin(k * np.pi * mlt / 12) for k in range(1, 7)]
        )
        for i in range(4)
    )
    x = 90 - abs(mlat)
    return a * np.exp((x - b) / c) / (1 + np.exp((x - b) / d)) ** 2


@pytest.mark.parametrize(
    ("kp", "kp_bin"),
    [(0.0, 0), (0.75, 0), (2.25, 1), (3.75, 2), (5.25, 3), (7.0, 4), (9.0, 5)],
    ids=str,
)
@given(mlat=st.floats(50, 89), mlt=MLT)
def test_zhang_paxton2008_is_the_table_at_the_centre_of_a_bin(kp, kp_bin, mlat, mlt):
    expected = [epstein_at_a_bins_centre(q, kp_bin, mlat, mlt) for q in (0, 1)]
    np.testing.assert_allclose(zhang_paxton2008(mlat, mlt, kp=kp), expected, rtol=1e-9)


def test_zhang_paxton2008_between_bins_goes_with_power_for_flux_and_kp_for_energy():
    ends = np.array(zhang_paxton2008([65, 65], 22, kp=[2.25, 3.75]))
    power = np.diff(hemispheric_power([2.25, 3.0, 3.75]))
    share = np.array([power[0] / power.sum(), 0.5])
    expected = ends[:, 0] + share * (ends[:, 1] - ends[:, 0])
    np.testing.assert_allclose(zhang_paxton2008(65, 22, kp=3.0), expected)


@given(mlat=st.floats(-90, 90), mlt=MLT, kp=st.floats(0, 9))
def test_zhang_paxton2008_is_positive_alike_in_both_hemispheres_and_turns(mlat, mlt, kp):
    here = zhang_paxton2008(mlat, mlt, kp=kp)
    assert here.energy_flux >= 0
    assert here.mean_energy >= 0
    np.testing.assert_allclose(zhang_paxton2008(-mlat, mlt + 24, kp=kp), here, rtol=1e-9)


def test_zhang_paxton2008_of_many_kp_is_that_of_each():
    kp = np.linspace(0, 9, 13)[:, None]
    mlat = np.linspace(55, 85, 7)
    together = zhang_paxton2008(mlat, 21.0, kp=kp)
    assert together.energy_flux.shape == (13, 7)
    for row, k in enumerate(kp[:, 0]):
        alone = zhang_paxton2008(mlat, 21.0, kp=k)
        np.testing.assert_allclose(together.energy_flux[row], alone.energy_flux)
        np.testing.assert_allclose(together.mean_energy[row], alone.mean_energy)


@pytest.mark.parametrize(
    "point",
    [
        pytest.param((np.nan, 0, 3), id="no latitude"),
        pytest.param((91, 0, 3), id="beyond the pole"),
        pytest.param((65, np.nan, 3), id="no local time"),
        pytest.param((65, 0, np.nan), id="no Kp"),
        pytest.param((65, 0, -1), id="Kp below 0"),
        pytest.param((65, 0, 9.3), id="Kp above 9"),
    ],
)
def test_zhang_paxton2008_of_nothing_is_nan_and_spares_its_neighbours(point):
    mlat, mlt, kp = np.array([point, (65, 0, 3)], float).T
    both = np.array(zhang_paxton2008(mlat, mlt, kp=kp))
    np.testing.assert_array_equal(np.isnan(both), [[True, False]] * 2)


@pytest.mark.parametrize(
    ("kp", "power"),
    [(2.0, 23.304548167783693), (3.0, 35.76), (5.01, 69.6037739596099), (7.0, 146.4364572258345)],
)
def test_hemispheric_power_has_the_values_of_the_sheet_and_of_eppaurora(kp, power):
    np.testing.assert_allclose(hemispheric_power(kp), power, rtol=1e-4)


def test_hemispheric_power_grows_with_kp_also_where_the_two_laws_meet():
    assert (np.diff(hemispheric_power(np.linspace(0, 9, 91))) > 0).all()
    assert np.isnan(hemispheric_power([-0.1, 9.1, np.nan])).all()


def test_the_power_in_the_flux_is_of_the_order_of_the_hemispheric_power():
    mlat, mlt = np.meshgrid(np.arange(50.25, 90, 0.5), np.arange(0.25, 24, 0.5))
    flux = zhang_paxton2008(mlat, mlt, kp=3.0).energy_flux
    cell = (6481e3 * np.radians(0.5)) * (6481e3 * np.radians(7.5)) * np.cos(np.radians(mlat))
    assert (flux * 1e-3 * cell).sum() / 1e9 == pytest.approx(hemispheric_power(3.0), rel=0.3)
