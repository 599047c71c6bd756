"""What checks judge by, against the rehearsal's own data: nothing is true that they do not show."""

import numpy as np
import pandas as pd
import pytest

from smile_explore import packs
from smile_explore.course import truth


def first_southward(product):
    """Return when Bz of a product turns south in the hour of the turning, from its values."""
    b = packs.open("rehearsal").load(product, "2027-03-22T08:30", "2027-03-22T09:45").b
    south = b.sel(cartesian="z").to_series() < -3
    return south.idxmax()


def test_turning_happens_when_omni_sees_it():
    assert (
        abs(truth.happened("southward turning") - first_southward("omni.1min")) <= 2 * truth.MINUTE
    )


def test_minutes_count_from_the_event_and_are_negative_before_it():
    at = truth.happened("shock") + pd.to_timedelta([-90, 0, 120], unit="s")
    np.testing.assert_allclose(truth.minutes_after("shock", at), [-1.5, 0, 2])


def test_lag_is_what_lies_between_the_turning_at_ace_and_at_the_nose():
    between = (first_southward("omni.1min") - first_southward("ace.mfi")) / truth.MINUTE
    assert truth.lag_minutes("southward turning", "ace", "nose") == pytest.approx(between, abs=2)


def test_crossings_are_of_one_spacecraft_or_a_fleet_and_of_the_asked_kind():
    fleet = truth.crossings("cluster", boundary="bow shock")
    assert set(fleet.boundary) == {"bow shock"}
    alone = [truth.crossings(f"cluster.{k}", boundary="bow shock") for k in (1, 2, 3, 4)]
    assert sorted(fleet.index) == sorted(i for each in alone for i in each.index)
    assert truth.crossings("voyager").empty
