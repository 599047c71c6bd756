"""What README and the how-tos promise: their code runs as it stands, their links lead somewhere."""

import re
from pathlib import Path

import pytest

import smile_explore as se
from smile_explore import cli

ROOT = Path(__file__).parents[1]
TEXTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
#: Pages whose Python needs nothing that a reader has to bring.
RUN = [ROOT / "README.md", ROOT / "docs" / "how-to" / "cite.md"]


def named(path):
    return str(path.relative_to(ROOT))


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """Return a cache that keeps the rehearsal from one test to the next."""
    return tmp_path_factory.mktemp("simulated")


@pytest.fixture(autouse=True)
def _keep(_own_cache, simulated, monkeypatch):
    monkeypatch.setenv("SMILE_EXPLORE_CACHE", str(simulated))


def blocks(path, language):
    return re.findall(
        rf"^```{language}\n(.*?)^```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )


@pytest.mark.parametrize("path", RUN, ids=named)
def test_python_of_the_page_runs_as_it_stands(path):
    assert blocks(path, "python")
    space = {"se": se}
    for block in blocks(path, "python"):
        exec(compile(block, named(path), "exec"), space)


def test_first_lines_of_the_readme_say_what_they_give():
    (block,) = blocks(ROOT / "README.md", "python")
    ds = se.load("omni.1min", "2027-03-22T04:00", "2027-03-22T20:00", source="rehearsal")
    shown = (ds.b.units, ds.b.coordinate_system, ds.attrs["time_reference"])
    assert f"# {shown}" in block


@pytest.mark.parametrize("path", TEXTS, ids=named)
def test_python_of_the_page_can_be_parsed(path):
    for block in blocks(path, "python"):
        compile(block, named(path), "exec")


@pytest.mark.parametrize("path", TEXTS, ids=named)
def test_commands_of_the_page_exist(path):
    known = {c.name or c.callback.__name__ for c in cli.app.registered_commands}
    known |= {group.name for group in cli.app.registered_groups}
    used = {
        word for b in blocks(path, "sh") for word in re.findall(r"^smile-explore (\w+)", b, re.M)
    }
    assert used <= known


@pytest.mark.parametrize("path", TEXTS, ids=named)
def test_relative_links_of_the_page_lead_to_files(path):
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text("utf-8"))
    inside = [t for t in targets if "://" not in t and t != "api/index.md"]  # made with the site
    assert [t for t in inside if not (path.parent / t).exists()] == []


def test_readme_lists_every_notebook_and_no_other():
    listed = set(re.findall(r"\(notebooks/(\w+)\.ipynb\)", (ROOT / "README.md").read_text("utf-8")))
    assert listed == {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}


def test_times_of_the_readme_are_those_that_were_measured():
    results = (ROOT / "benchmarks" / "RESULTS.md").read_text("utf-8")
    parts = re.split(r"^## (\w+)\n", results, flags=re.MULTILINE)
    measured = dict(zip(parts[1::2], parts[2::2], strict=True))
    rows = re.findall(r"^\| .+ \| (.+) \| (\w+) \|$", (ROOT / "README.md").read_text("utf-8"), re.M)
    told = [(name, n) for text, name in rows for n in re.findall(r"[\d.]+(?= m?s)", text)]
    assert len(told) > 10
    wrong = [(name, n) for name, n in told if not re.search(rf"(?<![\d.]){n}(?![\d.])", measured[name])]  # fmt: skip
    assert wrong == []
