"""The site is built from what is here, without a warning, a broken link or another host's script."""

import subprocess
import sys
from pathlib import Path

import links
import nbformat
import pages
import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build the pages of the notebooks as they are, without running them."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, ROOT / ".ci" / "pages.py", "--quick", "--to", folder]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr[-4000:]
    return folder / "html"


def test_no_link_is_broken_and_nothing_is_loaded_from_elsewhere(site):
    found = links.check(site)
    assert found.broken == []
    assert found.loaded == {}
    assert found.pages > len(NOTEBOOKS)


def test_every_notebook_has_a_page_and_a_card(site):
    index = (site / "docs" / "index.html").read_text("utf-8")
    for path in NOTEBOOKS:
        assert (site / "notebooks" / f"{path.stem}.html").is_file()
        assert f'href="../notebooks/{path.stem}.html"' in index


def test_reference_shows_docstrings_with_their_examples(site):
    page = (site / "docs" / "api" / "physics.html").read_text("utf-8")
    assert 'id="smile_explore.physics.magnetopause.shue1998"' in page
    assert "10.25" in page
    assert "10.1029/98JA01103" in page


def test_first_page_leads_to_the_index(site):
    assert "docs/index.html" in (site / "index.html").read_text("utf-8")


# --------------------------------------------------------------------------- the parts


@pytest.fixture
def written(tmp_path):
    def write(**parts):
        for name, text in parts.items():
            (tmp_path / f"{name}.html").write_text(text, "utf-8")
        return links.check(tmp_path)

    return write


@pytest.mark.parametrize(
    ("target", "fault"),
    [
        pytest.param("b.html#here", None, id="there"),
        pytest.param("#top", None, id="same-page"),
        pytest.param("c.html", "is not there", id="no-file"),
        pytest.param("b.html#gone", "no such anchor", id="no-anchor"),
        pytest.param("#nowhere", "no such anchor", id="no-anchor-on-the-page"),
        pytest.param("mailto:a@b.c", None, id="mail"),
    ],
)
def test_a_broken_link_is_told(written, target, fault):
    page = f'<p id="top"></p><a href="{target}">x</a>'
    broken = written(a=page, b='<p id="here"></p>').broken
    assert (broken == []) if fault is None else (len(broken) == 1 and fault in broken[0])


def test_other_hosts_are_listed_and_what_is_loaded_from_them_told_apart(written):
    found = written(a='<a href="https://x.org/1"></a><script src="https://cdn.org/2.js"></script>')
    assert set(found.external) == {"https://x.org/1", "https://cdn.org/2.js"}
    assert found.loaded == {"https://cdn.org/2.js": ["a.html"]}


def test_a_widget_is_replaced_by_what_it_showed(tmp_path):
    shown = {"output_type": "stream", "name": "stdout", "text": "10.3 RE\n"}
    state = {
        "box": {"state": {"children": ["IPY_MODEL_slider", "IPY_MODEL_out"]}},
        "slider": {"state": {"value": 1}},
        "out": {"state": {"outputs": [shown]}},
    }
    view = nbformat.v4.new_output("display_data", {pages.WIDGET: {"model_id": "box"}})
    cell = nbformat.v4.new_code_cell("interact(f)", outputs=[view])
    notebook = nbformat.v4.new_notebook(cells=[cell])
    notebook.metadata["widgets"] = {pages.STATE: {"state": state}}
    told, figure = pages.static(notebook, tmp_path).cells[0].outputs
    assert "JupyterLab" in told["data"]["text/html"]
    assert figure["text"] == "10.3 RE\n"


def test_a_widget_that_shows_nothing_leaves_no_note_of_controls(tmp_path):
    view = nbformat.v4.new_output("display_data", {pages.WIDGET: {"model_id": "bar"}})
    cell = nbformat.v4.new_code_cell("survey.run(f)", outputs=[view])
    notebook = nbformat.v4.new_notebook(cells=[cell])
    notebook.metadata["widgets"] = {pages.STATE: {"state": {"bar": {"state": {"value": 72}}}}}
    assert pages.static(notebook, tmp_path).cells[0].outputs == []


def test_a_large_script_becomes_a_file_that_pages_share(tmp_path):
    script = "1;" * 100_000
    cells = [
        nbformat.v4.new_code_cell("", outputs=[nbformat.v4.new_output("display_data", {pages.SCRIPT: s})])
        for s in (script, script, "small")
    ]  # fmt: skip
    made = pages.static(nbformat.v4.new_notebook(cells=cells), tmp_path)
    first, second, third = (cell.outputs[0]["data"] for cell in made.cells)
    (file,) = tmp_path.glob("*.js")
    assert file.read_text() == script
    assert first == second == {"text/html": f'<script src="../_static/{file.name}"></script>'}
    assert third == {pages.SCRIPT: "small"}


def test_a_card_is_one_link_and_says_what_is_seen(tmp_path):
    text = "# Four points\n\nYou will see [a normal](../docs/glossary.md#normal).\n\nMore."
    path = tmp_path / "11_points.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)]), path)
    card = pages.card(path)
    assert "grid-item-card} Four points" in card
    assert "You will see a normal." in card
    assert "More." not in card
