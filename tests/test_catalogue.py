"""The product table: every row is complete, and typos are helped."""

import datetime as dt
import fnmatch
import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest
from astropy import units as u

from smile_explore import contract
from smile_explore.catalogue import product, products, rows, table
from smile_explore.errors import InputError, UnknownProductError

CHECKED_NAMES = [
    "omni.1min", "omni.5min", "omni.1h", *(f"themis.{p}.fgm" for p in "abcde"), "themis.c.esa", "themis.c.state", "cluster.1.fgm",
    "cluster.1.cis", "ace.mfi", "ace.swepam", "wind.mfi", "wind.swe", "goes.16.mag", "mms.1.fgm", "mms.1.fpi", "kyoto.dst", "gfz.kp",
    "smile.sxi", "smile.uvi", "smile.mag", "smile.lia",
]  # fmt: skip
ROWS = pytest.mark.parametrize("row", table().values(), ids=lambda row: row.name)


@pytest.mark.parametrize("name", CHECKED_NAMES)
def test_the_promised_products_exist(name):
    assert product(name).name == name


@ROWS
def test_a_row_says_what_it_is_whom_to_thank_and_what_its_time_means(row):
    assert row.title
    assert row.acknowledgement
    assert row.time_reference in contract._TIME_REFERENCES - {"unknown"}
    assert row.coverage[0] < "2027"


@ROWS
def test_a_row_has_units_that_parse_and_frames_that_exist(row):
    assert len({v.name for v in row.variables}) == len(row.variables)
    for variable in row.variables:
        u.Unit(variable.units)
        assert variable.frame in contract.FRAMES | {None}
        assert not variable.good or variable.flag


@ROWS
def test_a_vector_has_a_frame(row):
    for variable in row.variables:
        if len(variable.origin) == 3 or variable.take:
            assert variable.frame


@ROWS
def test_a_pattern_is_a_file_name_that_tells_its_date(row):
    day = dt.datetime(2008, 7, 1)
    name = day.strftime(row.pattern)
    assert "%" not in name
    assert "{" not in name
    assert "2008" in name
    for mirror in row.mirrors:
        urls = mirror.options.get("url", [])
        for url in [urls] if isinstance(urls, str) else urls:
            if row.period != "month" and "csa" not in mirror.options and mirror.source == "http":
                assert fnmatch.fnmatch(day.strftime(url).rsplit("/", 1)[-1], name.replace("?", "*"))


@ROWS
def test_placeholders_are_all_filled_in(row):
    assert "{" not in repr(row).replace("{}", "").replace("options={", "").replace("'args': {", "")


def test_a_family_is_one_stanza_and_each_member_its_own():
    assert product("themis.b.fgm").variables[0].origin == ("thb_fgs_gsm",)
    assert "THEMIS-B" in product("themis.b.fgm").title


def test_a_stanza_that_is_like_another_differs_only_where_it_says_so():
    like, own = product("omni.1min"), product("omni.hro2.1min")
    assert like.variables == own.variables
    assert like.pattern != own.pattern


@pytest.mark.parametrize(("typo", "meant"), [("omni.1mn", "omni.1min"), ("themis.c.fmg", "themis.c.fgm"), ("OMNI.1MIN", "omni.1min")])  # fmt: skip
def test_an_unknown_product_proposes_the_nearest(typo, meant):
    with pytest.raises(UnknownProductError, match=f"{typo}.*Did you mean .*{meant}"):
        product(typo)


def test_products_can_be_searched_by_title_and_shows_what_stands_on_trust():
    found = products("magnetic field")
    assert {"ace.mfi", "mms.1.fgm"} <= set(found.index)
    assert products().loc["themis.c.fgm", "verified"]
    assert not products().loc["dscovr.fc", "verified"]
    assert products("no such thing").empty


EDP = {
    "like": "mms.{sc}.fgm",
    "title": "MMS electric field",
    "pattern": "mms{sc}_edp_slow_l2_dce_%Y%m%d_v*.cdf",
    "mirrors": [{"source": "http", "server": "spdf", "dataset": "mms{sc}_edp", "url": "https://x"}],
}


@pytest.fixture
def stanzas():
    text = resources.files("smile_explore").joinpath("data/products.toml").read_text("utf-8")
    return tomllib.loads(text)


def test_a_row_like_another_data_set_is_refused_without_its_own_credit(stanzas):
    with pytest.raises(InputError, match=r"mms.\{sc\}.edp.*'doi' nor 'acknowledgement' of its own"):
        rows.products({"mms.{sc}.edp": EDP}, stanzas)


@pytest.mark.parametrize("changed", ["mirrors", "pattern"])
def test_credit_and_verified_stay_with_the_data_set(stanzas, changed):
    row = {"like": "mms.{sc}.fgm", changed: EDP[changed], "acknowledgement": "EDP: Lindqvist"}
    edp = rows.products({"mms.{sc}.edp": row}, stanzas)["mms.2.edp"]
    assert (edp.doi, edp.acknowledgement, edp.verified) == ("", "EDP: Lindqvist", False)
    assert product("mms.2.fgm").verified


def test_credit_is_shared_within_one_data_set():
    three, one = product("wind.mfi.3s"), product("wind.mfi")
    assert (three.doi, three.acknowledgement) == (one.doi, one.acknowledgement)


def test_a_row_like_none_is_refused(stanzas):
    with pytest.raises(InputError, match="'nowhere' is no row"):
        rows.products({"a.b": {"like": "nowhere", "doi": "10.1/x"}}, stanzas)


@pytest.mark.parametrize("name", ["../../x", "hapi:amda/a/../b", "a*?", "hapi:x/a b", "/etc", "."])
def test_a_name_never_leads_out_of_the_cache(name):
    key = rows.plain(name)
    assert Path("/cache", key).resolve().parent == Path("/cache")
    assert re.fullmatch(r"[\w@.-]+", key)
    assert key != rows.plain(name + "x")


def test_every_index_of_the_ground_says_so():
    for row in table().values():
        for v in row.variables:
            if v.name in ("ae", "al", "au", "sym_h", "asy_h", "dst", "kp", "ap", "pc_n"):
                assert (v.time_reference or row.time_reference) == "ground", (row.name, v.name)
