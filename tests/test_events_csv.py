"""Each curated event can be loaded from what the catalogue offers, and says where it is from."""

import re

import pandas as pd
import pytest

from smile_explore import catalogue, packs

EVENTS = catalogue.events()


def test_there_are_enough_events_of_every_kind():
    assert len(EVENTS) >= 15
    assert EVENTS.index.is_unique
    assert list(EVENTS.columns) == ["start", "stop", "kind", "products", "title", "why", "reference", "doi"]  # fmt: skip
    kinds = {"storm", "magnetopause", "bow shock", "cusp", "substorm", "pressure pulse", "jet", "reconnection"}  # fmt: skip
    assert kinds <= set(EVENTS["kind"])


@pytest.mark.parametrize("name", EVENTS.index)
def test_an_event_is_short_enough_to_pack_and_not_in_the_future(name):
    event = EVENTS.loc[name]
    assert pd.Timedelta("1h") <= event["stop"] - event["start"] <= pd.Timedelta("3D")
    assert pd.Timestamp("1995-01-01") < event["start"] < pd.Timestamp("2026-01-01")


@pytest.mark.parametrize("name", EVENTS.index)
def test_every_product_of_an_event_covers_it(name):
    event = EVENTS.loc[name]
    names = event["products"].split()
    assert len(names) == len(set(names)) >= 3
    for product in map(catalogue.product, names):
        first, last = product.coverage
        assert pd.Timestamp(first) <= event["start"]
        assert last == "now" or event["stop"] <= pd.Timestamp(last)


@pytest.mark.parametrize("name", EVENTS.index)
def test_an_event_has_upstream_data_and_its_own(name):
    products = EVENTS.loc[name, "products"].split()
    assert "omni.1min" in products
    assert any(catalogue.product(p).time_reference in ("spacecraft", "ground") for p in products)


@pytest.mark.parametrize("name", EVENTS.index)
def test_an_event_says_why_and_cites(name):
    event = EVENTS.loc[name]
    assert re.fullmatch(r"10\.\d{4,5}/\S+", event["doi"])
    assert re.search(r"(19|20)\d\d", event["reference"])
    assert len(event["why"]) > 40
    assert event["why"].endswith((".", "?"))
    assert event["title"]


@pytest.mark.parametrize("name", EVENTS.index)
def test_a_pack_can_bear_the_name_of_an_event(name):
    assert packs._wanted(name)["name"] == name  # the door through which build takes it


def test_the_day_is_in_the_name():
    for name, event in EVENTS.iterrows():
        day = re.search(r"\d{8}$", name).group()
        assert event["start"].strftime("%Y%m%d") == day
