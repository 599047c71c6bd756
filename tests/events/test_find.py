"""find(): intervals equal a slow, per-sample oracle; gaps and NaN never fulfil or bridge."""

import itertools
import operator

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from smile_explore import events
from smile_explore.errors import DatasetError, InputError
from smile_explore.events.series import variable_names

SECOND = np.timedelta64(10**9, "ns")
COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
           "==": operator.eq, "!=": operator.ne}  # fmt: skip
DAWN = np.datetime64("2014-03-11T00:00", "ns")


def dataset(seconds, x, y=None):
    """A Dataset of two scalars and a vector with NaN where x is NaN."""
    seconds, x = np.asarray(seconds), np.asarray(x, float)
    y = x if y is None else np.asarray(y, float)
    vector = np.stack([x, y, -x], axis=-1)
    return xr.Dataset(
        {
            "x": ("time", x, {"units": "nPa"}),
            "y": ("time", y, {"units": "nPa"}),
            "b": (("time", "cartesian"), vector, {"units": "nT", "coordinate_system": "GSM"}),
            "t_p": ("time", x * 1e5, {"units": "K"}),
        },
        {"time": DAWN + seconds * SECOND, "cartesian": ["x", "y", "z"]},
    )


def minutes(x, **others):
    return dataset(60 * np.arange(len(x)), x, **others)


def found(ds, condition, **options):
    """Intervals as pairs of seconds since DAWN."""
    table = events.find(ds, condition, **options)
    return [tuple(((t - DAWN) / SECOND).astype(int) for t in row) for row in table.to_numpy()]


# ------------------------------------------------------------------------------ truth table


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param("x > 3", [(60, 180), (300, 480)], id="above"),
        pytest.param("x >= 3", [(0, 180), (300, 480)], id="at least"),
        pytest.param("3 < x", [(60, 180), (300, 480)], id="number first"),
        pytest.param("3 < x < 6", [(60, 180), (300, 360)], id="between"),
        pytest.param("x == 3", [(0, 60)], id="equal"),
        pytest.param("x = 3", [(0, 60)], id="one equals sign"),
        pytest.param("x != 3", [(60, 180), (240, 480)], id="unequal, and NaN is not unequal"),
        pytest.param("not x > 3", [(0, 60), (240, 300)], id="not: NaN stays out"),
        pytest.param("not not x > 3", [(60, 180), (300, 480)], id="not not"),
        pytest.param("x > 3 for >= 2min", [(60, 180), (300, 480)], id="for, met exactly"),
        pytest.param("x > 3 for > 2min", [(300, 480)], id="for, longer"),
        pytest.param("x > 3 for 3min", [(300, 480)], id="for without relation means at least"),
        pytest.param("x > 3 for < 3min", [(60, 180)], id="for, shorter"),
        pytest.param("not x > 3 for >= 3min", [(0, 180), (240, 300)], id="not binds less than for"),
        pytest.param("x > 3 for >= 3min and x > 6", [(420, 480)], id="for belongs to its own"),
        pytest.param("(x > 3 and x < 8) for >= 2min", [(60, 180), (300, 420)], id="parentheses"),
        pytest.param("x < 1 or x > 3 and x > 6", [(240, 300), (420, 480)], id="and before or"),
        pytest.param(
            "x rises by 4 in 2min", [(300, 420)], id="rises: the window includes its edge"
        ),
        pytest.param("x rises by 4 in 1min", [(300, 360)], id="rises fast"),
        pytest.param("x falls by 4 in 9min", [], id="falls: never over NaN"),
        pytest.param("x > 3 within 1min of x < 1", [(300, 360)], id="within"),
        pytest.param("x > 3 within 1min after x < 1", [(300, 360)], id="after"),
        pytest.param("x > 3 within 1min before x < 1", [], id="before"),
        pytest.param("|b| > 10 nT", [(360, 480)], id="magnitude: 6 sqrt(3) is 10.4"),
        pytest.param("b_z <= -5 nT", [(120, 180), (300, 480)], id="component"),
        pytest.param("|b_z| >= 5", [(120, 180), (300, 480)], id="absolute value of a component"),
        pytest.param("x>3AND x<5", [(60, 120)], id="capitals, no blanks"),
        pytest.param("x ≥ 3 and b_z ≤ −5", [(120, 180), (300, 480)], id="pasted signs"),
        pytest.param("x > b_x", None, id="units that do not convert"),
        pytest.param("x > y", [], id="two variables"),
        pytest.param("x > 3e-9 Pa", [(60, 180), (300, 480)], id="converted unit"),
        pytest.param("t_p >= 43 eV", [(120, 180), (300, 480)], id="kelvin against eV"),
    ],
)
def test_conditions_give_exact_intervals(condition, expected):
    #                  0  60 120  180   240 300 360 420
    ds = minutes(x := [3, 4, 5, np.nan, 0, 5, 6, 8])
    assert len(x) == ds.sizes["time"]
    if expected is None:
        with pytest.raises(InputError, match="does not convert"):
            events.find(ds, condition)
    else:
        assert found(ds, condition) == expected


def test_the_condition_of_the_issue():
    b_z = [0] + [-6] * 10 + [0] + [-6] * 9 + [0]
    p = [4.0] * 5 + [2.0] + [4.0] * 16
    ds = minutes(p, y=p).assign(b_z=("time", np.array(b_z, float), {"units": "nT"}))
    assert found(ds, "b_z < -5 for >= 10min and x > 3") == [(60, 300), (360, 660)]


def test_result_is_a_table_of_two_times_in_nanoseconds():
    table = events.find(minutes([1, 5]), "x > 3")
    assert list(table.columns) == ["start", "stop"]
    assert set(map(str, table.dtypes)) == {"datetime64[ns]"}
    empty = events.find(minutes([1, 5]).isel(time=slice(0)), "x > 3")
    assert empty.empty
    assert set(map(str, empty.dtypes)) == {"datetime64[ns]"}


def test_the_data_are_not_altered():
    ds = minutes([1, 5, np.nan])
    before = ds.copy(deep=True)
    events.find(ds, "not |b| > 3 within 5min of x rises by 1 in 3min")
    xr.testing.assert_identical(ds, before)


# ------------------------------------------------------------------------------ gaps


@pytest.mark.parametrize("gap", ["as missing stamps", "as NaN"])
@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param("x > 3", [(0, 180), (300, 420)], id="ends an interval"),
        pytest.param("x > 3 for >= 4min", [], id="does not bridge a duration"),
        pytest.param("x rises by 2 in 5min", [], id="does not bridge a rise"),
        pytest.param(
            "not x rises by 2 in 1min", [(60, 180), (360, 420)], id="a cut window is unknown"
        ),
        pytest.param(
            "not (x > 3 within 1min of x < 0)",
            [(60, 120)],
            id="nor is a window known false over it",
        ),
    ],
)
def test_a_gap_counts_the_same_however_it_is_written(gap, condition, expected):
    seconds, x = (
        np.array([0, 60, 120, 180, 240, 300, 360]),
        np.array([4, 4, 4, np.nan, np.nan, 9, 9]),
    )
    keep = ~np.isnan(x) if gap == "as missing stamps" else slice(None)
    ds = dataset(seconds[keep], x[keep])
    assert found(ds, condition) == expected


def test_max_step_says_what_a_gap_is_where_the_cadence_changes():
    ds = dataset([0, 1, 2, 3, 4, 14, 24, 34], [5] * 8)
    assert found(ds, "x > 3") == [(0, 5), (14, 15), (24, 25), (34, 35)]
    assert found(ds, "x > 3", max_step="10s") == [(0, 35)]


def test_small_jitter_is_no_gap():
    assert found(dataset([0, 60, 121, 179, 240], [5] * 5), "x > 3") == [(0, 300)]


# ------------------------------------------------------------------------------ oracle


class Slow:
    """The same language, one sample at a time, straight from its definition."""

    def __init__(self, seconds, x, y):
        self.t, self.x, self.y = list(seconds), x, y
        self.n = len(self.t)
        self.cadence = int(np.median(np.diff(self.t))) if self.n > 1 else 0

    def gap_before(self, i):
        return i == 0 or self.t[i] - self.t[i - 1] > 1.5 * self.cadence

    def end(self, i):
        if i + 1 < self.n and not self.gap_before(i + 1):
            return self.t[i + 1]
        return self.t[i] + self.cadence

    def compare(self, series, relation, number):
        return [None if np.isnan(v) else COMPARE[relation](v, number) for v in series]

    def negate(self, a):
        return [None if v is None else not v for v in a]

    def both(self, a, b):
        return [
            False if v is False or w is False else None if None in (v, w) else True
            for v, w in zip(a, b, strict=True)
        ]

    def either(self, a, b):
        return self.negate(self.both(self.negate(a), self.negate(b)))

    def runs(self, a):
        intervals = []
        for i in range(self.n):
            if a[i] is not True:
                continue
            if i and a[i - 1] is True and not self.gap_before(i):
                intervals[-1][1] = i
            else:
                intervals.append([i, i])
        return intervals

    def lasting(self, a, relation, seconds):
        result = [False if v is True else v for v in a]
        for i, j in self.runs(a):
            if COMPARE[relation](self.end(j) - self.t[i], seconds):
                result[i : j + 1] = [True] * (j + 1 - i)
        return result

    def near(self, a, seconds, side, b):
        low = seconds if side in ("of", "after") else 0
        high = seconds if side in ("of", "before") else 0
        covered = {s for j in range(self.n) for s in range(self.t[j], self.end(j))}
        met = []
        for t in self.t:
            inside = [v for s, v in zip(self.t, b, strict=True) if t - low <= s <= t + high]
            seen = covered.issuperset(range(t - low, t + high + 1))
            met.append(True if True in inside else False if seen and None not in inside else None)
        return self.both(a, met)

    def change(self, sign, amount, seconds):
        result = []
        for i in range(self.n):
            j, lowest = i, sign * self.x[i]
            while not (self.gap_before(j) or np.isnan(self.x[j - 1]) or np.isnan(self.x[j])):
                if self.t[j] <= self.t[i] - seconds:
                    break
                j -= 1
                if self.t[j] >= self.t[i] - seconds:
                    lowest = min(lowest, sign * self.x[j])
            if np.isnan(self.x[i]):
                result.append(None)
            elif sign * self.x[i] - lowest >= amount:
                result.append(True)
            else:
                result.append(False if self.t[j] <= self.t[i] - seconds else None)
        return result


RELATIONS = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
SPANS = st.sampled_from([0, 60, 90, 120, 180, 300])


@st.composite
def conditions(draw, depth=3):
    """Return a condition as text and as calls of the oracle."""
    kind = draw(
        st.sampled_from(["x", "y", "rise"] + ["not", "and", "or", "for", "near"] * (depth > 0))
    )
    if kind in ("x", "y"):
        relation, number = draw(RELATIONS), draw(st.integers(-2, 2))
        return f"{kind} {relation} {number}", lambda o: o.compare(
            getattr(o, kind), relation, number
        )
    if kind == "rise":
        sign, amount, span = draw(st.sampled_from([1, -1])), draw(st.integers(1, 3)), draw(SPANS)
        word = "rises" if sign > 0 else "falls"
        return f"x {word} by {amount} in {span} s", lambda o: o.change(sign, amount, span)
    text, call = draw(conditions(depth - 1))
    if kind == "not":
        return f"not ({text})", lambda o: o.negate(call(o))
    if kind == "for":
        relation, span = draw(st.sampled_from(["<", "<=", ">", ">="])), draw(SPANS)
        return f"({text}) for {relation} {span}s", lambda o: o.lasting(call(o), relation, span)
    other, other_call = draw(conditions(depth - 1))
    if kind == "near":
        side, span = draw(st.sampled_from(["of", "before", "after"])), draw(SPANS)
        return (
            f"({text}) within {span}s {side} ({other})",
            lambda o: o.near(call(o), span, side, other_call(o)),
        )
    join = {"and": "both", "or": "either"}[kind]
    return f"({text}) {kind} ({other})", lambda o: getattr(o, join)(call(o), other_call(o))


VALUES = st.one_of(st.integers(-3, 3).map(float), st.just(np.nan))


@st.composite
def series(draw):
    n = draw(st.integers(2, 14))
    steps = draw(
        st.lists(st.sampled_from([60, 60, 60, 58, 63, 120, 400]), min_size=n - 1, max_size=n - 1)
    )
    x, y = (draw(st.lists(VALUES, min_size=n, max_size=n)) for _ in "xy")
    return np.cumsum([0, *steps]).tolist(), x, y


@settings(max_examples=200, deadline=None)
@given(series(), conditions())
def test_intervals_equal_the_oracle(data, condition):
    seconds, x, y = data
    text, call = condition
    slow = Slow(seconds, x, y)
    expected = [(slow.t[i], slow.end(j)) for i, j in slow.runs(call(slow))]
    assert found(dataset(seconds, x, y), text) == expected


@settings(max_examples=100, deadline=None)
@given(series(), st.sampled_from(["x < 1", "not x < 1", "not (x < 1 and x > -9)", "x > -9 for >= 60s",
                                  "x > -9 within 300s of x > -9", "not x rises by 1 in 120s"]))  # fmt: skip
def test_no_interval_holds_a_missing_sample_or_a_gap(data, text):
    seconds, x, y = data
    slow = Slow(seconds, x, y)
    for start, stop in found(dataset(seconds, x, y), text):
        inside = [i for i, t in enumerate(seconds) if start <= t < stop]
        assert not np.isnan([x[i] for i in inside]).any()
        assert not any(slow.gap_before(i) for i in inside[1:])
        assert stop - seconds[inside[-1]] <= 1.5 * slow.cadence


@given(series())
def test_a_condition_and_its_negation_share_no_time(data):
    ds = dataset(*data)
    both = sorted(found(ds, "x > 0") + found(ds, "not x > 0"))
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(both))


# ------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("condition", "word", "says"),
    [
        pytest.param(
            "b_q < 3", "b_q", r"Did you mean b_.*There are: x, y, \|b\|, b_x", id="unknown name"
        ),
        pytest.param(
            "x > 1 and b < 3", "b", r"vector; write \|b\| or one of b_x, b_y, b_z", id="vector"
        ),
        pytest.param("x > 3 nT", "nT", "does not convert to 'nPa'", id="wrong unit"),
        pytest.param("x > 3 parsec3", "parsec3", "does not convert", id="another wrong unit"),
        pytest.param("x > 3 y > 2", "y", "no unit .* is 'and' or 'or' missing", id="missing and"),
        pytest.param("time > 3", "time", "needs a series in time|dimensions", id="coordinate"),
        pytest.param("3 < 4", "4", "compares two numbers", id="two numbers"),
        pytest.param(
            "x rises by 3 km in 5min", "km", "does not convert", id="wrong unit of a rise"
        ),
    ],
)
def test_errors_point_at_the_word(condition, word, says):
    with pytest.raises(InputError, match=says) as caught:
        events.find(minutes([1, 2]), condition)
    at = caught.value.position
    assert caught.value.word == word
    assert condition[at : at + len(word)] == word


def test_a_variable_that_is_no_series_is_refused():
    ds = minutes([1, 2]).assign(eflux=(("time", "energy"), np.ones((2, 4))))
    assert "eflux" not in variable_names(ds)
    with pytest.raises(InputError, match="dimensions"):
        events.find(ds, "eflux > 2")


@pytest.mark.parametrize("seconds", [[0, 0], [60, 0]], ids=["repeated", "reversed"])
def test_time_must_increase(seconds):
    with pytest.raises(DatasetError, match="does not strictly increase"):
        events.find(dataset(seconds, [1, 2]), "x > 0")


def test_time_must_be_there():
    with pytest.raises(DatasetError, match="no 'time' index"):
        events.find(xr.Dataset({"x": ("time", [1.0])}), "x > 0")


def test_max_step_must_be_a_duration():
    with pytest.raises(InputError, match="not a duration"):
        events.find(minutes([1, 2]), "x > 0", max_step="soon")


def test_every_day_of_a_year_is_found():
    year = pd.date_range("2014-01-01", "2015-01-01", freq="1min", inclusive="left")
    x = np.where(year.hour == 12, 5.0, 0.0)
    ds = xr.Dataset({"x": ("time", x)}, {"time": year.to_numpy().astype("datetime64[ns]")})
    table = events.find(ds, "x > 3 for >= 1h")
    assert len(table) == 365
    assert (table["stop"] - table["start"] == pd.Timedelta("1h")).all()
