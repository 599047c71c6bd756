"""Each region looks like itself along SMILE's orbit; gaps stay gaps."""

import numpy as np
import pytest
import xarray as xr

from smile_explore import contract
from smile_explore.errors import DatasetError, InputError
from smile_explore.physics import bow_shock, magnetopause
from smile_explore.smile.in_situ import REGIONS, in_situ

START = np.datetime64("2027-03-22T00:00", "ns")


def track(x, y=0.5, z=0.5, *, step=60):
    """Return a path along X, R_E."""
    x = np.asarray(x, float)
    pos = np.stack([x, np.full_like(x, y), np.full_like(x, z)], axis=-1) * 6371.2
    time = START + np.arange(len(x)) * np.timedelta64(step, "s")
    attrs = {"units": "km", "coordinate_system": "GSE", "long_name": "Position"}
    return xr.Dataset(
        {"pos": (("time", "cartesian"), pos, attrs)}, {"time": time, "cartesian": list("xyz")}
    )


@pytest.fixture(scope="module")
def ray():
    return in_situ(track(np.linspace(5, 20, 301)), n_p=5.0, v=400.0, b=(-2.0, 2.0, 3.0))


def region(ds, name):
    return ds.isel(time=np.flatnonzero(ds.region == REGIONS.index(name)))


def test_a_ray_towards_the_sun_meets_the_regions_in_their_order(ray):
    codes = ray.region.values[np.concatenate([[True], np.diff(ray.region.values) != 0])]
    assert codes.tolist() == [0, 1, 2, 3]


def test_boundaries_are_where_the_models_have_them(ray):
    r = np.sqrt((ray.pos**2).sum("cartesian")).values / 6371.2
    p_dyn = 2e-6 * 5 * 400**2
    assert r[ray.region.values == 2].min() == pytest.approx(
        float(magnetopause.shue1998(0.05, p_dyn=p_dyn, b_z=3.0)), abs=0.1
    )
    assert r[ray.region.values == 3].min() == pytest.approx(
        float(bow_shock.jelinek2012(0.05, p_dyn=p_dyn)), abs=0.1
    )


def test_in_the_wind_it_measures_the_wind(ray):
    wind = region(ray, "solar wind")
    assert float(wind.n_i.median()) == pytest.approx(5, rel=0.05)
    assert float(wind.v.sel(cartesian="x").median()) == pytest.approx(-400, rel=0.03)
    assert float(wind.b.sel(cartesian="z").median()) == pytest.approx(3, abs=0.5)


def test_the_sheath_is_denser_slower_and_hotter_than_the_wind(ray):
    wind, sheath = (region(ray, name) for name in ("solar wind", "magnetosheath"))
    assert 2 < float(sheath.n_i.median() / wind.n_i.median()) < 4.3
    assert float(-sheath.v.sel(cartesian="x").median()) < 200
    assert float(sheath.t_i.median()) > 5 * float(wind.t_i.median())


def test_inside_the_field_is_the_dipole_and_more(ray):
    inner = region(ray, "magnetosphere").isel(time=0)
    dipole = 29700 / 5.05**3
    assert dipole < float(np.sqrt((inner.b**2).sum())) < 1.5 * dipole
    assert float(inner.n_i) < 2


def test_it_keeps_the_contract_and_says_that_it_is_simulated(ray):
    contract.check(ray)
    assert ray.attrs["simulated"] == 1
    xr.testing.assert_identical(
        ray.drop_attrs(),
        in_situ(track(np.linspace(5, 20, 301)), n_p=5.0, v=400.0, b=(-2.0, 2.0, 3.0)).drop_attrs(),
    )


def measured(n=200):
    """Return a wind whose density trebles in the middle, with a gap near its end."""
    time = START - np.timedelta64(1800, "s") + np.arange(n) * np.timedelta64(60, "s")
    gsm = {"coordinate_system": "GSM"}
    ds = xr.Dataset(coords={"time": time, "cartesian": list("xyz")})
    density = np.where(np.arange(n) < 80, 4.0, 12.0)
    density[120:140] = np.nan
    ds["n_p"] = "time", density, {"units": "cm-3"}
    ds["v"] = ("time", "cartesian"), np.tile([-420.0, 0, 0], (n, 1)), {"units": "km s-1"} | gsm
    ds["b"] = ("time", "cartesian"), np.tile([0, 1.0, -3.0], (n, 1)), {"units": "nT"} | gsm
    return ds


def test_a_pressure_pulse_of_a_measured_wind_sweeps_the_boundary_over_a_spacecraft():
    ds = in_situ(track(np.full(120, 9.6)), wind=measured())
    assert REGIONS[ds.region.values[10]] == "magnetosphere"
    assert REGIONS[ds.region.values[70]] == "magnetosheath"


def test_a_gap_of_the_wind_is_a_gap_of_the_answer():
    ds = in_situ(track(np.full(120, 25.0)), wind=measured())
    gap = slice(92, 105)
    assert np.isnan(ds.n_i.values[gap]).all()
    assert (ds.region.values[gap] == -1).all()
    assert np.isfinite(ds.n_i.values[:80]).all()


def test_a_missing_position_is_missing_and_so_is_the_ground():
    orbit = track([8.0, np.nan, 0.2, 8.0], 0, 0)
    ds = in_situ(orbit)
    assert np.isfinite(ds.n_i.values).tolist() == [True, False, False, True]


def in_metres():
    orbit = track([8.0, 9.0])
    orbit["pos"].attrs["units"] = "m"
    return orbit


@pytest.mark.parametrize(
    ("orbit", "how", "error", "told"),
    [
        (xr.Dataset(), {}, InputError, "smile.orbit"),
        (track([8.0, 9.0], step=11 * 86400), {}, InputError, "10 days"),
        (track([8.0, 9.0]), {"n_p": -1.0}, InputError, "n_p=-1.0"),
        (track([8.0, 9.0]), {"b": (1, 2)}, InputError, "three numbers"),
        (track(np.full(900, 9.0)), {"wind": measured()}, InputError, "does not cover"),
        (track([8.0, 9.0]), {"wind": measured().drop_vars("n_p")}, InputError, "'n_p'"),
        (in_metres(), {}, DatasetError, "km"),
    ],
    ids=["no orbit", "too long", "no density", "two components", "short wind", "no n_p", "metres"],
)
def test_what_cannot_be_answered_is_said(orbit, how, error, told):
    with pytest.raises(error, match=told):
        in_situ(orbit, **how)
