"""Intervals of visibility against brute force every minute, and conjunctions planted by hand."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from smile_explore import frames, smile
from smile_explore.errors import DatasetError, InputError, IntervalError
from smile_explore.physics.bow_shock import jelinek2012
from smile_explore.physics.magnetopause import lin2010, lin2010_cusp

START, STOP = "2026-12-10", "2027-01-09"  # 30 days in which every kind comes and goes
KINDS = ["sxi", "nose", "north cusp", "south cusp", "bow shock", "uvi"]


@pytest.fixture(scope="module")
def table():
    return smile.visibility(START, STOP)


@pytest.fixture(scope="module")
def minutes():
    return smile.orbit(START, STOP, "1min")


def in_gse(time, xyz, frame):
    field = xr.DataArray(
        np.broadcast_to(xyz, (len(time), 3)),
        dims=("time", "cartesian"),
        coords={"time": time, "cartesian": list("xyz")},
        attrs={"units": "1", "coordinate_system": frame},
    )
    return frames.rotate(field, to="GSE").values


def angle(a, b):
    a, b = (
        a / np.linalg.norm(a, axis=-1, keepdims=True),
        b / np.linalg.norm(b, axis=-1, keepdims=True),
    )
    return np.degrees(np.arccos(np.clip((a * b).sum(axis=-1), -1, 1)))


def may_look(s):
    """The sheet's two constraints, written out."""
    r = np.linalg.norm(s, axis=1)
    c = np.degrees(np.arcsin(1 / r)) + 20.3
    alpha = np.degrees(np.arctan2(s[:, 0], np.hypot(s[:, 1], s[:, 2])))
    return (r > 7.84) & (c - alpha < 50)


def in_field(s, target):
    """Angles from the planes of the image, by triple products instead of axes."""
    view = smile.pointing(s)
    to_target = target - s
    y = np.cross(s, view.boresight)  # along the long axis: across Earth and boresight
    x = np.cross(view.boresight, y)
    ahead = (to_target * view.boresight).sum(axis=1)
    along = [(to_target * a).sum(axis=1) / np.linalg.norm(a, axis=1) for a in (x, y)]
    small = [np.abs(np.degrees(np.arctan(a / ahead))) for a in along]
    return may_look(s) & (ahead > 0) & (small[0] <= 8) & (small[1] <= 13.5)


def whole_oval(s, time):
    """Every degree of a circle 30 degrees from the dipole, 110 km up, in SM."""
    gse = xr.DataArray(
        s,
        dims=("time", "cartesian"),
        coords={"time": time, "cartesian": list("xyz")},
        attrs={"units": "1", "coordinate_system": "GSE"},
    )
    s = frames.rotate(gse, to="SM").values
    seen = np.linalg.norm(s, axis=1) * 6371.2 > 50_000
    for lon in np.radians(np.arange(360)):
        point = np.array([0.5 * np.cos(lon), 0.5 * np.sin(lon), np.sqrt(0.75)])
        way = point * (6371.2 + 110) / 6371.2 - s
        # the straight line to the aurora comes no nearer to the centre than the surface
        closest = np.linalg.norm(np.cross(s, way), axis=1) / np.linalg.norm(way, axis=1)
        before = (-s * way).sum(axis=1) > (way * way).sum(axis=1)
        seen &= ((closest > 1) | before) & (angle(-s, way) < 9.97 / 2)
    return seen


def brute_force(kind, ds):
    time, s = ds.time.values, ds.pos.values / 6371.2
    if kind == "sxi":
        return may_look(s)
    if kind == "uvi":
        return whole_oval(s, time)
    tilt = frames.dipole_tilt(time)
    wind = {"p_dyn": 2.0, "p_mag": 0.0, "b_z": 0.0, "tilt": tilt}
    if kind == "bow shock":
        r, theta, phi = jelinek2012(0.0, p_dyn=2.0) + 0 * tilt, 0 * tilt, 0.0
    elif kind == "nose":
        r, theta, phi = lin2010(0.0, 0.0, **wind), 0 * tilt, 0.0
    else:
        side = 1 if kind == "north cusp" else -1
        theta, phi = lin2010_cusp(side * tilt), side * np.pi / 2
        r = lin2010(theta, phi, **wind)
    xyz = np.stack([r * np.cos(theta), 0 * r, r * np.sin(theta) * np.sin(phi)], axis=1)
    return in_field(s, in_gse(time, xyz, "GSM"))


@pytest.mark.parametrize("kind", KINDS)
def test_intervals_equal_brute_force_at_one_minute(kind, table, minutes):
    true = brute_force(kind, minutes)
    rows = table[table["kind"] == kind]
    found = np.zeros(len(true), bool)
    for start, stop in zip(rows["start"].values, rows["stop"].values, strict=True):
        found |= (minutes.time.values >= start) & (minutes.time.values < stop)
    assert 0 < true.sum() < len(true)
    assert np.count_nonzero(found != true) == 0


def test_table_is_a_time_table(table):
    assert list(table.columns) == ["start", "stop", "kind"]
    assert (table["stop"] > table["start"]).all()
    assert table["start"].is_monotonic_increasing
    assert table["start"].min() >= pd.Timestamp(START)
    assert table["stop"].max() <= pd.Timestamp(STOP)
    assert set(table["kind"]) == set(KINDS)
    for _, rows in table.groupby("kind"):
        assert (rows["start"].values[1:] > rows["stop"].values[:-1]).all()


def test_what_sxi_sees_it_sees_while_it_may_look(table):
    open_ = table[table["kind"] == "sxi"]
    for _, row in table[table["kind"].isin(["nose", "bow shock"])].iterrows():
        assert ((open_["start"] <= row["start"]) & (open_["stop"] >= row["stop"])).any()


def test_a_finer_search_finds_the_same(table):
    some = slice("2026-12-15", "2026-12-18")
    fine = smile.visibility(some.start, some.stop, "1min")
    coarse = smile.visibility(some.start, some.stop, "10min")
    assert fine["kind"].tolist() == coarse["kind"].tolist()
    for side in ("start", "stop"):
        assert (fine[side] - coarse[side]).abs().max() <= pd.Timedelta("1s")


def test_intervals_are_cut_off_at_the_interval_asked_for():
    table = smile.visibility("2027-03-20 10:00", "2027-03-20 11:00")
    looks = table[table["kind"] == "sxi"]
    assert looks["start"].tolist() == [pd.Timestamp("2027-03-20 10:00")]
    assert looks["stop"].tolist() == [pd.Timestamp("2027-03-20 11:00")]


def test_an_ephemeris_of_ones_own_gives_the_same_intervals():
    days = ("2027-03-20", "2027-03-23")
    own = smile.visibility(*days, ephemeris=smile.orbit("2027-03-19", "2027-03-24", "10min"))
    ours = smile.visibility(*days)
    assert own["kind"].tolist() == ours["kind"].tolist()
    for side in ("start", "stop"):
        assert (own[side] - ours[side]).abs().max() <= pd.Timedelta("1s")


def test_dwell_time_of_the_sheet():
    """About 40 hours of an orbit of 50.5 with r > 10 R_E; SXI opens at 7.84."""
    ds = smile.orbit("2026-06-24", "2026-06-26 02:31", "1min")
    r = np.linalg.norm(ds.pos, axis=1) / 6378.137
    hours = {limit: (r > limit).sum() / 60 for limit in (8, 10)}
    assert hours[8] == pytest.approx(43.2, abs=0.2)
    assert hours[10] == pytest.approx(40.2, abs=0.2)
    assert (r * 6378.137 > 50_000).sum() / 60 == pytest.approx(43.4, abs=0.2)
    assert (r * 6378.137 - 6378.137 > 50_000).sum() / 60 == pytest.approx(42.0, abs=0.2)


def test_a_strong_wind_brings_the_nose_into_the_field():
    spring = ("2027-04-01", "2027-04-05")
    calm, strong = (smile.visibility(*spring, p_dyn=p)["kind"] for p in (2.0, 8.0))
    assert "nose" not in set(calm)
    assert "nose" in set(strong)


def test_an_hour_at_perigee_holds_nothing():
    ds = smile.orbit("2027-03-20", "2027-03-23", "10min")
    low = pd.Timestamp(ds.time.values[np.linalg.norm(ds.pos, axis=1).argmin()])
    table = smile.visibility(low - pd.Timedelta("30min"), low + pd.Timedelta("30min"))
    assert table.empty
    assert table["start"].dtype == "datetime64[ns]"


# --------------------------------------------------------------------------- conjunctions


def other_orbit(time, re):
    return xr.Dataset(
        {"pos": (("time", "cartesian"), re * 6371.2, {"units": "km", "coordinate_system": "GSE"})},
        coords={"time": time, "cartesian": list("xyz")},
    )


@pytest.fixture
def hour():
    """An hour at apogee in which SXI may look, every minute, and SMILE's position."""
    ds = smile.orbit("2026-06-23 23:00", "2026-06-24 00:00", "1min")
    assert smile.pointing(ds.pos).allowed.all()
    return ds.time.values, ds.pos.values / 6371.2


def test_a_spacecraft_at_the_aim_point_is_in_the_field(hour):
    time, own = hour
    table = smile.conjunctions(other_orbit(time, smile.pointing(own).aim))
    rows = table[table["kind"] == "in field"]
    assert rows["start"].tolist() == [pd.Timestamp(time[0])]
    assert rows["stop"].tolist() == [pd.Timestamp("2026-06-24 00:00")]


def test_a_spacecraft_beside_smile_is_close(hour):
    time, own = hour
    beside = own + np.array([0.0, 0.5, 0.0])
    beside[20:40] += [0.0, 5.0, 0.0]
    table = smile.conjunctions(other_orbit(time, beside), near=1.0)
    rows = table[table["kind"] == "close"]
    assert rows["start"].dt.minute.tolist() == [0, 40]
    assert rows["stop"].dt.strftime("%H:%M").tolist() == ["23:20", "00:00"]


def test_a_spacecraft_at_the_nose_is_at_the_magnetopause(hour):
    time, _ = hour
    noses = np.tile([9.0, 0.0, 0.0], (len(time), 1))  # the model's is at 10.7
    table = smile.conjunctions(other_orbit(time, noses), near=2.0)
    assert set(table["kind"]) == {"in field", "at magnetopause"}
    far = smile.conjunctions(other_orbit(time, noses), near=0.1)
    assert set(far["kind"]) == {"in field"}


def test_gaps_and_missing_positions_end_a_conjunction(hour):
    time, own = hour
    aim = smile.pointing(own).aim.copy()
    aim[10:15] = np.nan
    keep = np.r_[0:30, 45:60]
    table = smile.conjunctions(other_orbit(time[keep], aim[keep]), near=0.1)
    rows = table[table["kind"] == "in field"]
    assert rows["start"].dt.minute.tolist() == [0, 15, 45]
    assert rows["stop"].dt.strftime("%H:%M").tolist() == ["23:10", "23:30", "00:00"]


def test_an_orbit_in_another_frame_is_turned(hour):
    time, own = hour
    there = other_orbit(time, smile.pointing(own).aim)
    gsm = there.assign(pos=frames.rotate(there.pos, to="GSM"))
    pd.testing.assert_frame_equal(smile.conjunctions(gsm), smile.conjunctions(there))


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda ds: ds.rename(pos="where"), id="no-pos"),
        pytest.param(lambda ds: ds.isel(time=[0]), id="one-sample"),
        pytest.param(lambda ds: ds.assign(pos=ds.pos.assign_attrs(units="m")), id="metres"),
    ],
)
def test_an_orbit_that_is_none_is_refused(hour, spoil):
    time, own = hour
    with pytest.raises(DatasetError):
        smile.conjunctions(spoil(other_orbit(time, own)))


@pytest.mark.parametrize(
    ("args", "more", "error"),
    [
        pytest.param(("2027-01-02", "2027-01-01"), {}, IntervalError, id="reversed"),
        pytest.param(("2026-01-01", "2026-02-01"), {}, IntervalError, id="before-launch"),
        pytest.param((START, STOP), {"p_dyn": -1.0}, InputError, id="pressure"),
        pytest.param((START, STOP), {"oval": 0.5 * np.nan}, InputError, id="oval"),
        pytest.param((START, STOP), {"step": "often"}, InputError, id="step"),
    ],
)
def test_bad_input_is_refused(args, more, error):
    with pytest.raises(error):
        smile.visibility(*args, **more)
