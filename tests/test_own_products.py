"""A user's own rows: read, judged, never in place of the package's, held against a data file."""

import dataclasses
import importlib
import os
import pkgutil
import tomllib

import numpy as np
import pytest

import smile_explore
from smile_explore import catalogue, cli, contract, formats, sources
from smile_explore.catalogue import product, products, rules
from smile_explore.errors import InputError, ReadingWarning, UnknownProductError
from tests.archive import cdfs

ROW = """
["my.{sc}.field"]
sc = ["a", "b"]
title = "My field at {SC}"
mission = "Mine"
period = "day"
pattern = "th{sc}_l2_fgm_%Y%m%d_v*.cdf"
format = "cdf"
time_reference = "spacecraft"
coverage = ["2007-03-01", "now"]
acknowledgement = "Me"
doi = "10.1000/mine"
mirrors = [{source = "http", server = "mine", dataset = "my_{sc}", url = "http://127.0.0.1/data/%Y/th{sc}_l2_fgm_%Y%m%d_v*.cdf"}]
variables = [{name = "b", from = "th{sc}_fgs_gsm", units = "nT", frame = "GSM"}]
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Put a table in use; return what writes another text into it."""

    def write(text=ROW, name="products.toml"):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        monkeypatch.setenv("SMILE_EXPLORE_PRODUCTS", str(path))
        return path

    monkeypatch.setattr(catalogue.user, "_beside", [])
    return write


@pytest.fixture
def day(tmp_path):
    time = np.datetime64("2008-08-12", "ns") + np.arange(0, 86400, 600) * np.timedelta64(1, "s")
    vectors = np.tile(np.float32([1, -2, 3]), (len(time), 1))
    folder = tmp_path / "files"
    folder.mkdir()
    return cdfs.themis_fgm(folder / "tha_l2_fgm_20080812_v01.cdf", "a", {"fgs": (time, {"gsm": vectors})})  # fmt: skip


def test_own_rows_load_as_the_packages_do(own, day):
    own()
    assert product("my.b.field").title == "My field at B"
    assert {"my.a.field", "omni.1min"} <= set(products().index)
    ds = smile_explore.load("my.a.field", "2008-08-12", "2008-08-13", source=day.parent)
    assert ds.attrs["product"] == "my.a.field"
    np.testing.assert_array_equal(ds["b"][0], [1, -2, 3])
    assert ds.attrs["doi"] == "10.1000/mine"


def test_several_files_are_used_and_a_change_is_seen(own, tmp_path, monkeypatch):
    one, two = own(), tmp_path / "two.toml"
    two.write_text(ROW.replace("my.", "our."), "utf-8")
    monkeypatch.setenv("SMILE_EXPLORE_PRODUCTS", f"{one}{os.pathsep}{two}")
    assert {"my.a.field", "our.a.field"} <= set(products().index)
    two.write_text(ROW.replace("my.", "their."), "utf-8")
    assert "their.a.field" in products().index
    two.write_text(ROW, "utf-8")
    with pytest.raises(InputError, match=r"two\.toml: .my\.a\.field. is in another table"):
        products()


def test_a_row_may_be_like_one_of_the_package(own):
    own('["my.ace"]\nlike = "ace.mfi"\ntitle = "ACE, mine"\n')
    assert product("my.ace").variables == product("ace.mfi").variables
    assert product("my.ace").doi == product("ace.mfi").doi


def test_a_name_of_the_package_is_never_replaced(own):
    path = own(ROW.replace("my.{sc}.field", "themis.{sc}.fgm"))
    with pytest.raises(InputError, match=rf"{path}: .*'themis.a.fgm' is a name of the package"):
        products()
    with pytest.warns(ReadingWarning, match="Your own products are left out.*themis"):
        assert product("themis.a.fgm").mission == "THEMIS"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param('period = "day"', 'period = "week"', "'period' is 'week'", id="period"),
        pytest.param('period = "day"', "period = 3", "'period' must be a text.*not 3", id="type"),
        pytest.param('mission = "Mine"', 'mision = "Mine"', "'mision' is unknown. Did you mean mission", id="key"),
        pytest.param('mission = "Mine"', "", "'mission' is missing", id="missing"),
        pytest.param('acknowledgement = "Me"\ndoi = "10.1000/mine"', "", "neither 'doi' nor", id="credit"),
        pytest.param("th{sc}_l2_fgm_%Y%m%d_v*.cdf\"\nformat", "../{sc}_%Y%m%d.cdf\"\nformat", "'pattern'.*never a path", id="dots"),
        pytest.param("th{sc}_l2_fgm_%Y%m%d_v*.cdf\"\nformat", "/etc/%Y\"\nformat", "'pattern'.*never a path", id="path"),
        pytest.param("th{sc}_l2_fgm_%Y%m%d_v*.cdf\"\nformat", "passwd\"\nformat", "'pattern'.*%Y", id="no-date"),
        pytest.param('format = "cdf"', 'format = "words"', "'format' is 'words'", id="format"),
        pytest.param('format = "cdf"', 'format = "os"', "'format' is 'os'", id="no-format"),
        pytest.param('source = "http"', 'source = "os"', "'source' must be one of pyspedas", id="source"),
        pytest.param("http://127.0.0.1/data", "file:///etc", "'url'.*http", id="file"),
        pytest.param("http://127.0.0.1/data", "http://me:pw@127.0.0.1/data", "'url'.*http", id="log-in"),
        pytest.param('dataset = "my_{sc}"', 'dataset = "../../{sc}"', "'dataset'.*folder", id="folder"),
        pytest.param('sc = ["a", "b"]', 'sc = ["../x"]', "'sc' must be a list of short names", id="placeholder"),
        pytest.param('sc = ["a", "b"]', f"sc = {[f'p{k}' for k in range(2000)]}", "2000 products", id="family"),
        pytest.param("my.{sc}.field", "my/{sc}", "is no product's name", id="name"),
        pytest.param("my.{sc}.field", "hapi:my{sc}", "is no product's name", id="scheme"),
        pytest.param('units = "nT"', 'units = "furlong per night"', "'units'.*cannot be read", id="units"),
        pytest.param('frame = "GSM"', 'frame = "GMS"', "'frame' is 'GMS'", id="frame"),
        pytest.param('frame = "GSM"', "fill = ['a']", "'fill' must be a list of numbers", id="fill"),
        pytest.param('from = "th{sc}_fgs_gsm"', "form = 'x'", "'form' is unknown. Did you mean from", id="from"),
        pytest.param('name = "b"', 'name = "b b"', "'name' must be letters", id="variable"),
        pytest.param('time_reference = "spacecraft"', 'time_reference = "moon"', "'time_reference' is 'moon'", id="time"),
        pytest.param('["my.{sc}.field"]', 'x = 3\n["my.{sc}.field"]', "is no table", id="no-table"),
        pytest.param("variables = [", "variables = 3 #", "'variables' must be a list", id="variables"),
        pytest.param("sc = [", "like = 'nowhere'\nsc = [", "no row that stands", id="like"),
    ],
)  # fmt: skip
def test_a_fault_gives_file_row_and_key(own, old, new, said):
    assert old in ROW
    path = own(ROW.replace(old, new))
    with pytest.raises(InputError, match=rf"(?s)products\.toml: row .*{said}") as err:
        product("my.a.field")
    assert "\n" not in str(err.value)
    assert catalogue.faults(path)
    assert product("omni.1min").mission == "OMNI"


@pytest.mark.parametrize(
    "text",
    ["a = ", "x = " + "[" * 5000, "x" * (2 << 20), "\x00", '["a"]\n' * 2],
    ids=["cut", "deep", "huge", "nul", "twice"],
)
def test_what_is_no_table_gives_one_sentence(own, text):
    own(text)
    with pytest.raises(InputError, match=r"products\.toml"):
        products()


def test_a_file_that_is_not_there_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("SMILE_EXPLORE_PRODUCTS", str(tmp_path / "none.toml"))
    with pytest.raises(InputError, match=r"No table of products at .*none\.toml"):
        products()
    with pytest.raises(InputError):
        product("my.a.field")


def test_an_unknown_name_proposes_own_ones_too(own):
    own()
    with pytest.raises(UnknownProductError, match=r"Did you mean my\.a\.field"):
        product("my.a.feild")


def test_a_table_beside_a_study_is_used(own, tmp_path, monkeypatch):
    own()
    monkeypatch.delenv("SMILE_EXPLORE_PRODUCTS")
    catalogue.user.use(tmp_path / "study.yaml")
    assert product("my.a.field").mission == "Mine"


# --------------------------------------------------------------------------- the command


@pytest.fixture
def check(capsys):
    def run(*words):
        with pytest.raises(SystemExit) as end:
            cli.app(["product", "check", *map(str, words)], prog_name="smile-explore")
        return end.value.code, capsys.readouterr().err

    return run


def test_a_table_and_its_file_that_fit(own, day, check):
    code, said = check(own(), day)
    assert code == 0
    assert "2 products, nothing is missing, and tha_l2_fgm_20080812_v01.cdf fits" in said


def test_a_flag_with_two_rules_is_refused(own, check):
    row = '["my.ace"]\nlike = "ace.mfi"\ntitle = "ACE, mine"\nvariables = [{name = "q", from = "Q_FLAG", units = "1", flag = true, good = [0]%s}]\n'
    assert check(own(row % "")) == (0, f"{own(row % '')}: 1 product, nothing is missing.\n")
    code, said = check(own(row % ", bad_bits = 3"))
    assert code == 1
    assert "variable 'q', keys 'good' and 'bad_bits' are both there" in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("fgs_gsm", "fgs_gsn", "'tha_fgs_gsn' is not in the file. Did you mean tha_fgs_gsm"),
        ('frame = "GSM"', 'frame = "GSE"', "should be in GSE, but the file says GSM"),
        ('units = "nT"', 'units = "km s-1"', "'nT' do not convert to 'km s-1'"),
        ('doi = "10.1000/mine"', "", "key 'doi' is missing"),
        ("th{sc}_l2_fgm_%Y%m%d_v*.cdf\"\nformat", "th{sc}_%Y.cdf\"\nformat", "key 'pattern': tha_l2_fgm"),
    ],
    ids=["variable", "frame", "units", "doi", "pattern"],
)  # fmt: skip
def test_what_does_not_fit_is_printed(own, day, check, old, new, said):
    assert old in ROW
    code, printed = check(own(ROW.replace(old, new)), day, "--row", "my.a.field")
    assert code == 1
    assert said in printed
    assert "row 'my.a.field'" in printed


def test_all_faults_are_printed_not_the_first_alone(own, check):
    code, said = check(own(ROW.replace('"day"', '"week"').replace('"cdf"', '"pdf"')))
    assert code == 1
    assert "'period'" in said
    assert "'format'" in said


# --------------------------------------------------------------------------- rules and package


def test_the_packages_own_rows_pass_the_rules():
    text = (catalogue.resources.files("smile_explore") / "data/products.toml").read_text("utf-8")
    assert rules.faults(tomllib.loads(text), {}) == []


def test_the_rules_name_the_formats_sources_and_references_that_exist():
    names = (m.name for m in pkgutil.iter_modules(formats.__path__))
    readers = {n for n in names if hasattr(importlib.import_module(f"{formats.__name__}.{n}"), "read")}  # fmt: skip
    assert set(rules.FORMATS) <= readers
    assert set(rules.SOURCES) == set(sources.SOURCES)
    assert set(rules.TIME_REFERENCES) == contract._TIME_REFERENCES


def test_every_key_of_a_row_has_a_rule():
    assert {f.name for f in dataclasses.fields(catalogue.Product)} - {"name"} <= set(rules._ROW)
    assert {f.name for f in dataclasses.fields(catalogue.Variable)} - {"origin"} <= set(rules._VARIABLE)  # fmt: skip
