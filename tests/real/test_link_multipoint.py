"""Timing and frames on real passes, and on the simulated day whose truth is known.

Event F, 2001-06-11: Cluster-1 and -3 on the dawn flank, 1900 km apart but only about 300 km
along the magnetopause's normal. Assumed for the speeds: a plane at constant velocity, the normal
of Shue 1998 at Cluster-1 (2 nPa, Bz 0, no aberration), and the time at which Bz passes +4 nT,
midway between the +16 and -8 nT of the two sides, on a straight line between two spins.
"""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from smile_explore import link, packs
from smile_explore.contract import EARTH_RADIUS_KM
from smile_explore.physics.geometry import spherical, surface
from smile_explore.physics.magnetopause import shue1998

SPIN = 4.0  # s
LEVEL = 4.0  # nT, between +16 (magnetosphere) and -8 (sheath)


# --------------------------------------------------------------------------- event F


def cluster(path):
    import pycdfpp

    cdf = pycdfpp.load(str(path))
    tail = f"__{path.name[:2]}_CP_FGM_SPIN"
    time = pycdfpp.to_datetime64(cdf["time_tags" + tail]).astype("datetime64[ns]")
    vectors = {
        name: (("time", "cartesian"), cdf[key + tail].values.astype(float), {"units": units})
        for name, key, units in (("b", "B_vec_xyz_gse", "nT"), ("pos", "sc_pos_xyz_gse", "km"))
    }
    ds = xr.Dataset(vectors, {"time": time, "cartesian": ["x", "y", "z"]})
    for name in vectors:
        ds[name].attrs["coordinate_system"] = "GSE"
    return ds.sel(time=slice("2001-06-11T20:00", "2001-06-11T20:23"))


@pytest.fixture(scope="module")
def pair(real_data):
    name = "C{}_CP_FGM_SPIN__20010611_200000_20010611_210000_V070906.cdf"
    return {k: cluster(real_data / "cluster" / name.format(k)) for k in (1, 3)}


def crossings(ds):
    """When Bz passes the level between neighbouring spins and stays there for half a minute."""
    b_z, time = ds.b.sel(cartesian="z").values, ds.time.values
    rows = []
    for i in np.flatnonzero(np.diff(b_z > LEVEL)):
        half = np.timedelta64(30, "s")
        before = b_z[(time <= time[i]) & (time > time[i] - half)]
        after = b_z[(time >= time[i + 1]) & (time < time[i + 1] + half)]
        stays = (np.median(before) > LEVEL) != (np.median(after) > LEVEL)
        if stays and time[i + 1] - time[i] < np.timedelta64(6, "s"):
            share = (LEVEL - b_z[i]) / (b_z[i + 1] - b_z[i])
            when = time[i] + (time[i + 1] - time[i]) * share
            where = ds.pos.values[i] + share * (ds.pos.values[i + 1] - ds.pos.values[i])
            rows.append((when, "in" if b_z[i + 1] > LEVEL else "out", where))
    return rows


def shue_normal(pos):
    _, theta, phi = spherical(np.asarray(pos) / EARTH_RADIUS_KM)
    near = [
        surface(shue1998, theta + d, phi + e, p_dyn=2.0, b_z=0.0)
        for d, e in ((1e-4, 0), (-1e-4, 0), (0, 1e-4), (0, -1e-4))
    ]
    normal = np.cross(near[0] - near[1], near[2] - near[3])
    return normal * np.sign(normal @ pos) / np.linalg.norm(normal)


def two_point_speeds(pair):
    """The speed of the boundary at each crossing that both spacecraft see within 8 s."""
    found = []
    for time_1, way, pos_1 in crossings(pair[1]):
        for time_3, same, pos_3 in crossings(pair[3]):
            if same == way and abs(time_3 - time_1) < np.timedelta64(8, "s"):
                result = link.timing(
                    [time_1, time_3], [pos_1, pos_3],
                    uncertainty=SPIN / np.sqrt(12), frame="GSE", normal=shue_normal(pos_1),
                )  # fmt: skip
                found.append((time_1, way, result))
    return found


@pytest.fixture(scope="module")
def speeds(pair):
    return [(way, speed) for _, way, speed in two_point_speeds(pair)]


def test_event_f_both_spacecraft_see_the_four_pairs(speeds):
    ways = [way for way, _ in speeds]
    assert ways.count("in") >= 4
    assert ways.count("out") >= 4


def test_event_f_the_boundary_moves_out_when_the_spacecraft_come_in(speeds):
    usable = [(way, s) for way, s in speeds if s.usable]
    assert len(usable) >= 4
    for way, s in usable:
        assert (s.speed > 0) == (way == "in"), s
        assert 30 < abs(s.speed) < 150, s  # km/s, as magnetopauses do


def test_event_f_what_the_times_cannot_tell_is_said(speeds):
    """Ten degrees of the normal change the speed as much as the timing error does."""
    assert any(not s.usable for _, s in speeds)
    for _, s in speeds:
        assert s.speed_per_degree * 10 > 0.5 * abs(s.speed)
        assert s.usable != ("NOT USABLE" in str(s))
        assert "given" in str(s)


@pytest.mark.parametrize("craft", [1, 3])
def test_event_f_minimum_variance_finds_the_normal_of_the_flank(pair, craft):
    """The pair's steepest crossing: both spacecraft, and Shue's normal, within 20 degrees."""
    b = pair[craft].b.sel(time=slice("2001-06-11T20:05:30", "2001-06-11T20:07:00"))
    found = link.minimum_variance(b)
    model = shue_normal(pair[craft].pos.sel(time="2001-06-11T20:06:15", method="nearest").values)
    assert found.reliable
    assert found.ratio > 10
    assert np.degrees(np.arccos(abs(found.normal @ model))) < 20


# --------------------------------------------------------------------------- event D


@pytest.fixture(scope="module")
def listing(real_data):
    """Cluster-1 field, flow and the Walén listing of 2002-03-18, on the listing's times."""
    folder = real_data / "cluster" / "tpa_20020318"

    def read(start, names):
        path = next(folder.glob(start + "*"))
        table = pd.read_csv(path, header=None, names=["time", *names])
        return table.assign(time=pd.to_datetime(table["time"], format="ISO8601"))

    walen = read("Walen", [f"{k}_{a}" for k in ("e_ht", "e", "v_a", "v_ht") for a in "xyz"])
    near = {"on": "time", "direction": "nearest", "tolerance": pd.Timedelta("2s")}
    table = pd.merge_asof(walen, read("Fig3D", ["b_x", "b_y", "b_z"]), **near)
    table = pd.merge_asof(table, read("Fig3E", ["v_x", "v_y", "v_z"]), **near)
    return {
        k: table[[f"{k}_{a}" for a in "xyz"]].to_numpy()
        for k in ("e_ht", "e", "v_a", "v_ht", "b", "v")
    }


def test_event_d_frame_velocity_is_that_of_the_published_electric_field(listing):
    """The listing's own frame accelerates; its mean obeys the same normal equations as ours."""
    found = link.de_hoffmann_teller(listing["b"], listing["v"], frame="GSM")
    b, e = listing["b"], listing["e_ht"] * 1e3  # mV/m to km/s nT
    matrix = (b**2).sum() * np.eye(3) - b.T @ b
    theirs = np.linalg.solve(matrix, np.cross(e, b).sum(axis=0))
    np.testing.assert_allclose(found.velocity, theirs, atol=0.05)
    assert found.correlation > 0.95
    assert found.slope == pytest.approx(1.0, abs=0.02)


def test_event_d_walen_slope_is_near_that_of_the_published_points(listing):
    """0.62 in their accelerating frame; density from their Alfvén velocity."""
    b, v_a = listing["b"], listing["v_a"]
    n = (21.812**2 * (b**2).sum(axis=1)) / (v_a**2).sum(axis=1)
    found = link.walen_test(b, listing["v"], n, frame="GSM")
    published = np.polyfit(v_a.ravel(), listing["v_ht"].ravel(), 1)[0]
    assert found.slope == pytest.approx(published, abs=0.03)
    assert found.correlation > 0.9


# --------------------------------------------------------------------------- simulated truth


@pytest.fixture(scope="module")
def rehearsal():
    pack = packs.open("rehearsal")
    return pack.truth["crossings"], {k: pack.load(f"cluster.{k}.fgm").pos for k in range(1, 5)}


@pytest.mark.parametrize(
    ("start", "stop", "sigma"),
    [
        pytest.param("04:47:10", "04:47:45", SPIN / np.sqrt(12), id="magnetopause, spin times"),
        pytest.param("06:20:25", "06:20:29", 0.03, id="bow shock, times to 0.1 s"),
    ],
)
def test_rehearsal_timing_recovers_normal_and_speed_within_its_error(rehearsal, start, stop, sigma):
    truth, positions = rehearsal
    day = "2027-03-22T"
    rows = truth[truth["time"].between(day + start, day + stop)]
    assert sorted(rows.spacecraft) == [f"cluster.{k}" for k in range(1, 5)]
    pos = np.array(
        [positions[int(r.spacecraft[-1])].interp(time=r.time) for r in rows.itertuples()]
    )
    found = link.timing(rows.time, pos, uncertainty=sigma, frame="GSE").along(pos.mean(axis=0))
    normal = rows[["n_x", "n_y", "n_z"]].mean().to_numpy()
    angle = np.degrees(np.arccos(found.normal @ normal / np.linalg.norm(normal)))
    assert angle < 2 * found.normal_error
    assert abs(found.speed - rows.speed.mean()) < 2 * found.speed_error
    assert found.planarity < 0.3
