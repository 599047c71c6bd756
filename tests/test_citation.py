"""What a paper has to cite is named in full, and nothing of it is made up."""

import inspect
import re
from importlib import import_module

import numpy as np
import pytest
import xarray as xr

import smile_explore as se
from smile_explore import catalogue, smile
from smile_explore.app.state import Study
from smile_explore.citation import Citation, cite, models
from smile_explore.errors import InputError, UnknownProductError
from smile_explore.smile import rehearsal

ROOMS = ("aurora", "bow_shock", "coupling", "cusp", "magnetopause", "ring_current", "soft_xray")
DOI = re.compile(r"10\.\d{4,9}/\S+")
START = "2027-03-22 06:00"


def model_functions():
    """Every public function of physics that is named after a paper, or after the CMEM family."""
    for room in ROOMS:
        for name, function in vars(import_module(f"smile_explore.physics.{room}")).items():
            if inspect.isfunction(function) and re.match(r"[a-z][a-z_]+(19|20)\d\d|cmem", name):
                yield pytest.param(name, function, id=f"{room}.{name}")


def used(citation, kind):
    return {name for entry in citation.entries if entry.kind == kind for name in entry.used}


@pytest.fixture(scope="module")
def wind():
    return se.load("omni.1min", START, "2027-03-22 06:10", source="rehearsal")


# --------------------------------------------------------------------------- nothing is missing


@pytest.mark.parametrize("name", catalogue.table())
def test_product_has_an_acknowledgement_or_a_doi(name):
    (entry,) = (e for e in cite(name).entries if e.kind == "Data")
    assert entry.used == (name,)
    row = catalogue.product(name)
    assert row.acknowledgement or row.doi
    assert (entry.doi, row.acknowledgement in entry.text) == (row.doi, True)
    assert not entry.doi or DOI.fullmatch(entry.doi)


@pytest.mark.parametrize(("name", "function"), list(model_functions()))
def test_model_of_physics_has_a_row_with_the_doi_of_its_docstring(name, function):
    base = max((m for m in models() if name.startswith(m)), key=len, default=None)
    assert base, f"give {name} a stanza in data/models.toml"
    told = {doi.rstrip(".;,") for doi in DOI.findall(function.__doc__)}
    assert not told or models()[base].get("doi") in told


@pytest.mark.parametrize("name", models())
def test_row_of_a_model_says_what_where_and_is_found_by_its_own_words(name):
    row = models()[name]
    assert set(row) <= {"for", "reference", "doi", "url", "also"}
    assert DOI.fullmatch(row["doi"]) if "doi" in row else row["url"].startswith("https://")
    spoken = row["reference"].split(",")[0] if re.search(r"\d{4}$", name) else name
    da = xr.DataArray(0.0, name="x", attrs={"note": f"by {spoken}, aberrated"})
    assert name in used(cite(da), "Models")


def test_image_models_have_rows():
    image = import_module("smile_explore.smile.image")  # the function hides the module
    assert set(image._MODELS) <= set(models())


def test_every_doi_that_the_rehearsal_names_is_of_a_model_with_a_row():
    told = {d.rstrip(".;,") for text in rehearsal.RELATIONS for d in DOI.findall(text)}
    assert told <= {row.get("doi") for row in models().values()}


@pytest.mark.parametrize("name", catalogue.events().index)
def test_event_has_a_reference(name):
    (entry,) = (e for e in cite(name).entries if e.kind == "Events")
    assert DOI.fullmatch(entry.doi)


# --------------------------------------------------------------------------- what was used


def test_simulated_data_are_told_from_measured_ones(wind):
    (entry,) = (e for e in cite(wind).entries if e.kind == "Data")
    assert entry.text.startswith("SIMULATED, not a measurement")
    assert entry.doi == ""
    assert {"shue1998", "jelinek2012", "cmem"} <= used(cite(wind), "Models")


def test_image_cites_the_model_it_was_made_with_and_no_other():
    picture = smile.image([5.918, 6.741, 17.707], shape=(4, 4))
    assert used(cite(picture), "Models") == {"cmem"}
    picture = smile.image([5.918, 6.741, 17.707], shape=(4, 4), model="jorgensen2019")
    assert used(cite(picture), "Models") == {"jorgensen2019"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Shue et al. (1998)", {"shue1998"}, id="et-al"),
        pytest.param("magnetopause Shue 1998", {"shue1998"}, id="plain"),
        pytest.param("shue1998", {"shue1998"}, id="function"),
        pytest.param("Farris and Russell 1994", {"farris_russell1994"}, id="two-authors"),
        pytest.param("O'Brien and McPherron (2000)", {"obrien_mcpherron2000"}, id="apostrophe"),
        pytest.param("Zhang-Paxton 2008, Starkov 1994", {"zhang_paxton2008", "starkov1994"}, id="two"),
        pytest.param("Wharton et al. (2025)", {"cmem"}, id="other-name"),
        pytest.param("cmem2g", {"cmem2g"}, id="cmem2g-is-not-cmem"),
        pytest.param("Franklin 2010", None, id="part-of-a-word"),
        pytest.param("Shue 1999", None, id="another-year"),
    ],
)  # fmt: skip
def test_models_are_found_in_words(text, expected):
    da = xr.DataArray(0.0, name="x", attrs={"model": text})
    if expected is None:
        with pytest.raises(InputError, match="neither a product nor a model"):
            cite(da)
    else:
        assert used(cite(da), "Models") == expected


def test_what_is_the_same_stands_once_with_all_it_was_used_for():
    entries = cite(["themis.a.fgm", "themis.b.fgm"], "themis.a.fgm").entries
    assert [e.used for e in entries if e.kind == "Data"] == [("themis.a.fgm", "themis.b.fgm")]


def test_own_file_without_thanks_is_said_to_have_none():
    ds = xr.Dataset({"b": ("time", [1.0])}, attrs={"product": "mine.cdf"})
    assert "mine.cdf: no acknowledgement is known" in cite(ds).text


def test_variable_that_lost_its_attributes_sends_back_to_its_dataset(wind):
    with pytest.raises(InputError, match="cite the Dataset"):
        cite(wind.b * np.nan)


def test_a_study_is_cited_from_its_file_its_dict_and_the_one_who_shows_it(tmp_path):
    study = Study(event="themis-c-20080812", panels=["omni.1min:b:GSM", "themis.c.fgm:b"])
    path = tmp_path / "study.yaml"
    path.write_text(study.to_yaml(), "utf-8")
    shows = type("Shows", (), {"study": study})()
    from_file = cite(path)
    assert from_file == cite(study.to_dict()) == cite(shows) == cite(str(path))
    assert used(from_file, "Data") == {"omni.1min", "themis.c.fgm"}
    assert used(from_file, "Models") == {"shue1998", "jelinek2012"}
    assert used(from_file, "Events") == {"themis-c-20080812"}


def test_a_study_of_the_rehearsal_thanks_no_instrument():
    citation = cite(Study(event="rehearsal", panels=["omni.1min:b:GSM"]))
    assert "King and" not in citation.text
    assert "SIMULATED" in citation.text


# --------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        pytest.param("omni.1mn", UnknownProductError, "omni.1min", id="near-miss"),
        pytest.param(42, InputError, "int cannot be cited", id="number"),
        pytest.param("nowhere.yaml", InputError, "cannot be read", id="no-file"),
        pytest.param({"panels": ["no.such:b"]}, UnknownProductError, "no.such", id="panel"),
    ],
)
def test_what_cannot_be_cited_is_refused(given, error, told):
    with pytest.raises(error, match=told):
        cite(given)


def test_a_yaml_file_that_is_no_study_is_refused(tmp_path):
    path = tmp_path / "other.yaml"
    path.write_text("colour: blue\n")
    with pytest.raises(InputError, match="no study"):
        cite(path)


# --------------------------------------------------------------------------- how it is written


def test_it_prints_alike_as_text_and_in_a_notebook(wind):
    citation = cite(wind, "omni.1min")
    assert isinstance(citation, Citation)
    assert str(citation) == repr(citation) == citation.text
    shown = citation._repr_html_()
    for entry in citation.entries:
        assert not entry.link or f'href="{entry.link}"' in shown


def test_html_escapes_what_a_file_may_say():
    ds = xr.Dataset(attrs={"product": "mine", "acknowledgement": "<script>alert(1)</script>"})
    assert "<script>" not in cite(ds)._repr_html_()


def test_bibtex_is_balanced_with_one_key_each_and_every_doi():
    citation = cite(list(catalogue.table()), list(models()), list(catalogue.events().index))
    text = citation.bibtex
    keys = re.findall(r"^@misc\{([^,]+),$", text, re.MULTILINE)
    assert len(keys) == len(set(keys)) == len(citation.entries)
    assert text.count("{") == text.count("}")
    assert {e.doi for e in citation.entries if e.doi} <= set(re.findall(r"doi = \{(.*)\}", text))
    notes = re.findall(r"note = \{(.*)\}", text)
    assert [n for n in notes if re.search(r"(?<!\\)[&%#_]", n)] == []


def test_shue_in_bibtex():
    text = cite("shue1998").bibtex
    for line in ("author = {Shue and others}", "year = {1998}", "doi = {10.1029/98JA01103}"):
        assert line in text
