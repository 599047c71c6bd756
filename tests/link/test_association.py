"""Association: spacepy as oracle, brute force, planted and absent relations."""

import itertools

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from smile_explore import link
from smile_explore.errors import InputError

START = np.datetime64("2014-01-01", "ns")
LAGS = pd.timedelta_range("-4h", "4h", freq="20min")


def at(seconds):
    return START + np.round(np.asarray(seconds, float) * 1e9).astype("m8[ns]")


def random_list(rng, n, days=60):
    return np.round(rng.uniform(0, days * 86400, n))


@pytest.fixture(scope="module")
def spacepy_poppy(spacepy_home):
    return pytest.importorskip("spacepy.poppy")


@pytest.fixture(scope="module")
def both(spacepy_poppy):
    """The same two lists, related at +1 h, by spacepy and by us."""
    rng = np.random.default_rng(12)
    a = np.sort(random_list(rng, 150))
    b = np.sort(
        np.concatenate([random_list(rng, 200), a[::3] + 3600 + rng.integers(-300, 300, 50)])
    )
    theirs = spacepy_poppy.PPro(a.tolist(), b.tolist(), LAGS.total_seconds().to_list(), 1201.0)
    theirs.assoc()
    theirs.aa_ci(95, n_boots=4000, seed=1)
    return theirs, link.association(at(a), at(b), window="1201s", lags=LAGS, bootstrap=4000)


def test_numbers_are_those_of_spacepy(both):
    theirs, ours = both
    np.testing.assert_array_equal(ours.association, theirs.assoc_total)
    assert ours.attrs["asymptotic"] == pytest.approx(theirs.asympt_assoc, abs=1e-9)
    np.testing.assert_allclose(ours.expected, theirs.expected, rtol=0, atol=1e-9)


def test_confidence_is_that_of_spacepy_but_for_the_luck_of_the_draw(both):
    """Both draw 4000 times, from different generators: bounds of about 100 +- 15 pairs."""
    theirs, ours = both
    np.testing.assert_allclose(ours.low, theirs.ci[0], atol=2.5)
    np.testing.assert_allclose(ours.high, theirs.ci[1], atol=2.5)
    np.testing.assert_allclose(ours.confidence_above, theirs.conf_above, atol=2.5)


def test_a_planted_relation_is_found_at_its_lag(both):
    _, ours = both
    assert ours.attrs["peak_lag_s"] == 3600
    assert ours.attrs["exceeds_chance"] == 1
    assert ours.attrs["statement"].startswith("The association exceeds chance")
    assert ours.confidence_above.sel(lag="1h") > 99


@settings(max_examples=40)
@given(
    a=st.lists(st.integers(0, 10**5), min_size=3, max_size=12),
    b=st.lists(st.integers(0, 10**5), min_size=3, max_size=12),
    width=st.integers(1, 10**4),
)
def test_pairs_are_those_of_counting_them_one_by_one(a, b, width):
    found = link.association(at(a), at(b), window=f"{width}s", lags=LAGS, bootstrap=100)
    count = [
        sum(abs(y - x - lag) <= width for x, y in itertools.product(a, b))
        for lag in LAGS.total_seconds()
    ]
    assert found.association.values.tolist() == count


def test_the_other_way_round_is_the_other_side_of_the_lags():
    rng = np.random.default_rng(1)
    a, b = at(random_list(rng, 40)), at(random_list(rng, 70))
    one = link.association(a, b, window="20min", lags=LAGS, bootstrap=100)
    two = link.association(b, a, window="20min", lags=LAGS, bootstrap=100)
    np.testing.assert_array_equal(one.association, two.association[::-1])


def test_lists_that_know_nothing_of_each_other_seldom_exceed_chance():
    """At most 5 % of trials may; whole numbers of pairs make it fewer."""
    rng = np.random.default_rng(5)
    claims = 0
    for k in range(100):
        a, b = at(random_list(rng, 80)), at(random_list(rng, 120))
        found = link.association(a, b, window="20min", lags=LAGS, bootstrap=199, seed=k)
        claims += found.attrs["exceeds_chance"]
        assert ("does not exceed" in found.attrs["statement"]) != found.attrs["exceeds_chance"]
    assert claims <= 8


# ------------------------------------------------------------------------ what chance makes


def trial(seed, spacing, dead=0):
    """Plant answers (60 +- 10 min, to 60 %) among random events; count by brute force.

    Returns what `association` says and how many pairs of the peak are answers, minutes.
    """
    rng = np.random.default_rng(seed)
    end = 40 * 1440
    a = {
        "spaced": lambda: np.cumsum(180 + rng.exponential(180, 160)),
        "even": lambda: rng.uniform(0, end, 160),
        "clustered": lambda: np.repeat(rng.uniform(0, end, 53), 3) + rng.uniform(0, 400, 159),
    }[spacing]()
    answers = a[rng.random(len(a)) < 0.6]
    answers = answers + 60 + rng.uniform(-10, 10, len(answers))
    others = rng.uniform(0, a.max() + 300, rng.poisson((a.max() + 300) / 180))
    kept: list[tuple[float, bool]] = []
    for when, planted in sorted([*((t, True) for t in answers), *((t, False) for t in others)]):
        if not kept or when - kept[-1][0] >= dead:
            kept.append((when, planted))
    b = np.array([when for when, _ in kept])
    lags = pd.timedelta_range("-5h", "5h", freq="30min")
    found = link.association(at(a * 60), at(b * 60), window="20min", lags=lags, bootstrap=100)
    return found.attrs, sum(planted for _, planted in kept)


@pytest.mark.parametrize("spacing", ["spaced", "even", "clustered"])
def test_the_excess_is_what_was_planted_however_the_first_list_is_spaced(spacing):
    """Of 160 events 96 are answered; the mean of 40 trials is good to about one."""
    trials = [trial(seed, spacing) for seed in range(40)]
    assert {attrs["peak_lag_s"] for attrs, _ in trials} == {3600}
    error = np.array([attrs["excess"] - planted for attrs, planted in trials])
    assert abs(error.mean()) < 2.5 * error.std() / np.sqrt(len(trials))
    covered = [attrs["excess_low"] <= planted <= attrs["excess_high"] for attrs, planted in trials]
    assert np.mean(covered) >= 0.9
    for attrs, _ in trials:
        assert attrs["excess"] + attrs["by_chance"] == pytest.approx(attrs["peak"])


def test_the_number_far_from_the_peak_would_take_answers_to_spaced_events_for_chance():
    trials = [trial(seed, "spaced") for seed in range(40)]
    short = [planted - (attrs["peak"] - attrs["asymptotic"]) for attrs, planted in trials]
    assert np.mean(short) > 5 * np.std(short) / np.sqrt(len(trials))


def test_a_dead_time_of_the_second_list_makes_the_excess_a_lower_bound():
    trials = [trial(seed, "even", dead=20) for seed in range(40)]
    share = np.mean([attrs["excess"] for attrs, _ in trials]) / np.mean([m for _, m in trials])
    assert 0.8 < share < 1


def test_the_excess_of_a_clock_is_not_told_from_chance():
    """Of events every hour, an answer after one is an answer before the next."""
    a = np.arange(600) * 3600.0
    lags = pd.timedelta_range("-4h", "4h", freq="20min")
    found = link.association(at(a), at(a + 600), window="30min", lags=lags, bootstrap=100)
    assert np.isnan([found.attrs[k] for k in ("excess", "excess_low", "by_chance")]).all()


def test_a_shared_cluster_is_not_taken_for_chance_by_the_number_expected():
    """Expected pairs are for even lists: 2 n_a n_b h / T, here 2 x 100 x 100 x 0.1 / 100."""
    a = np.arange(100.0) * 86400
    found = link.association(
        at(a), at(a + 43200), window="2.4h", lags=pd.timedelta_range("-5h", "5h", periods=5),
        bootstrap=100,
    )  # fmt: skip
    assert found.expected.sel(lag="0h").item() == pytest.approx(2 * 99 * 99 * 0.1 / 98.7, rel=0.02)
    assert found.association.sum() == 0


def test_short_lists_are_not_judged():
    a = at(np.arange(10) * 3600.0)
    found = link.association(a, a, window="5min", lags=LAGS)
    assert np.isnan(found.attrs["chance"])
    assert found.attrs["exceeds_chance"] == 0
    assert "cannot be told" in found.attrs["statement"]


def test_lists_without_a_common_time_expect_no_pairs():
    a, b = at([0, 60, 120]), at([1e8, 1e8 + 60, 1e8 + 120])
    found = link.association(a, b, window="5min", lags=LAGS, bootstrap=100)
    assert (found.expected == 0).all()
    assert (found.association == 0).all()


def test_tables_and_any_order_will_do_and_the_seed_decides(tmp_path):
    rng = np.random.default_rng(3)
    a, b = random_list(rng, 40), random_list(rng, 60)
    table = pd.DataFrame({"start": at(a), "stop": at(a + 60)}).sample(frac=1, random_state=1)
    options = {"window": "30min", "lags": LAGS.astype(str), "bootstrap": 100}
    one, two = (link.association(x, at(b), seed=4, **options) for x in (table, at(np.sort(a))))
    xr.testing.assert_identical(one, two)
    one.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "a.nc", engine="h5netcdf", decode_timedelta=True) as back:
        xr.testing.assert_identical(back.load(), one)


FEW = at([0, 3600, 7200])


@pytest.mark.parametrize(
    ("a", "options", "rule"),
    [
        pytest.param(FEW[:2], {}, "2 events", id="two events"),
        pytest.param([], {}, "0 events", id="none"),
        pytest.param(FEW, {"window": "0s"}, "above 0", id="no window"),
        pytest.param(FEW, {"window": "-5min"}, "not a duration", id="negative window"),
        pytest.param(FEW, {"lags": LAGS[:4]}, "4 lags", id="four lags"),
        pytest.param(FEW, {"lags": LAGS[::-1]}, "increasing", id="falling lags"),
        pytest.param(FEW, {"lags": ["soon"] * 5}, "no durations", id="words"),
        pytest.param(FEW, {"bootstrap": 5}, "at least 100", id="five"),
    ],
)
def test_what_cannot_be_done_is_refused(a, options, rule):
    with pytest.raises(InputError, match=rule):
        link.association(a, FEW, **{"window": "5min", "lags": LAGS, **options})
