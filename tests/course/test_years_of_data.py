"""The simulated years are what they say, and the checks that rest on them teach."""

import numpy as np
import pandas as pd
import pytest

import smile_explore as se
from smile_explore import contract, events
from smile_explore.course import years_of_data as years
from smile_explore.course.years_of_data import CHECKS


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(years, "YEARS", 1)
        return years.write_years(tmp_path_factory.mktemp("years"))


def test_files_are_read_as_omni_and_say_simulated(folder):
    ds = se.load(years.PRODUCT, "2000-03-01", "2000-04-01", source=str(folder))
    made = years.simulated("2000-03-01")
    assert contract.check(ds) is ds
    assert ds.sizes["time"] == 31 * 288
    np.testing.assert_allclose(ds.b.values, made["b"], atol=1e-5)
    np.testing.assert_allclose(ds.p_dyn.values, made["p_dyn"], atol=1e-5)
    assert (ds.b.coordinate_system, ds.p_dyn.units) == ("GSM", "nPa")
    assert ds.attrs["simulated"] == 1
    alone = se.open_file(next(folder.glob("*200003*.cdf")))
    assert alone.attrs["simulated"] == 1


def test_a_month_is_the_same_whenever_it_is_made():
    np.testing.assert_array_equal(years.simulated("2004-02-01")["b"], years.simulated("2004-02-01")["b"])  # fmt: skip


def test_planted_fields_are_found(folder):
    ds = se.load(years.PRODUCT, "2000-03-01", "2000-04-01", source=str(folder))
    found = events.find(ds, "b_z < -5 for >= 30min").start.to_numpy()
    made = years.simulated("2000-03-01")
    planted = made["time"][made["planted"]]
    near = np.abs(planted[:, None] - found).min(axis=1) <= np.timedelta64(30, "m")
    assert near.mean() > 0.9
    assert len(found) < 1.2 * len(planted)


def truth():
    rows = [(m, years._share(years.simulated(m)["b"][:, 2])) for m in years.months()]
    return pd.DataFrame(rows, columns=["start", "share"])


def test_share_is_that_of_what_is_known():
    right = truth()
    assert CHECKS[1](right)
    assert "per cent" in CHECKS[1](right.assign(share=100 * right.share)).text
    gaps = [np.mean(years.simulated(m)["b"][:, 2] < -5) for m in years.months()]
    assert "gaps were counted" in CHECKS[1](right.assign(share=gaps)).text
    assert "11 rows" in CHECKS[1](right[:11]).text
    assert not CHECKS[1](right.assign(share=0.5))


@pytest.mark.parametrize(
    ("exercise", "answer", "told"),
    [
        pytest.param(2, "2003-07-01", "Right.", id="the damaged month"),
        pytest.param(2, "2003-08-01", "whose file", id="the month after"),
        pytest.param(2, "2001-01-01", "failures", id="another month"),
        pytest.param(3, 1, "Right.", id="one again"),
        pytest.param(3, 2, "parts", id="two again"),
        pytest.param(3, 72, "how long", id="all again"),
        pytest.param(3, 5, "parts", id="some again"),
        pytest.param(4, 1.0, "No season", id="no season"),
        pytest.param(4, 9.0, "Mean count", id="too much"),
    ],
)
def test_checks_tell_right_from_wrong(exercise, answer, told):
    assert told in repr(CHECKS[exercise](answer))


def test_season_is_that_of_the_planted_law():
    law = {m: 1 + years.SEASON * np.cos(4 * np.pi * (pd.Timestamp(2001, m, 1).day_of_year - 65) / 365.25) for m in range(1, 13)}  # fmt: skip
    ratio = sum(law[m] for m in (3, 4, 9, 10)) / sum(law[m] for m in (6, 7, 12, 1))
    assert CHECKS[4](ratio)
    assert "upside down" in CHECKS[4](1 / ratio).text
