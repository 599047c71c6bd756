"""The real archives, asked as a user asks them. Only with SMILE_EXPLORE_NETWORK=1, as every night."""

import os

import pandas as pd
import pytest

import smile_explore as se
from smile_explore import catalogue, contract

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(
        not os.environ.get("SMILE_EXPLORE_NETWORK"), reason="asks archives: SMILE_EXPLORE_NETWORK=1"
    ),
]
EVENTS = ("themis-c-20080812", "cluster-20010126", "reconnection-20151016", "storm-20240510")


@pytest.mark.parametrize("event", EVENTS)
def test_every_product_of_an_event_loads_from_its_archive(event):
    row = catalogue.event(event)
    middle = row.start + (row.stop - row.start) / 2
    faults = {}
    for product in row.products.split():
        try:
            ds = se.load(product, middle, middle + pd.Timedelta("30min"), source="archive")
        except se.errors.SmileExploreError as error:
            faults[product] = str(error)
        else:
            contract.check(ds)
    assert faults == {}
