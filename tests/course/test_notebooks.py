"""Every notebook of the course, run offline top to bottom, and its exercises with it.

The first cell of each is its head: the title, one sentence of what the reader will see, then
paragraphs that begin with **Goal**, **Prerequisites** and **Needs** (20 minutes, 0.5 GB, no network).
A check must not pass on the blank, and must pass on the solution. The solutions lie apart, in
``notebooks/solutions``, and run after the cells of the notebook they belong to.
"""

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from smile_explore import course

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
GLOSSARY = NOTEBOOKS.parent / "docs" / "glossary.md"
EVERY = sorted(NOTEBOOKS.glob("*.ipynb"))
SOLUTIONS = sorted((NOTEBOOKS / "solutions").glob("*.ipynb"))
PAIRS = [NOTEBOOKS / path.name for path in SOLUTIONS]
MEMORY = 1.2e9  # what a notebook may take, in bytes: a small Binder has 2 GB for all
FIGURES = {"application/vnd.holoviews_exec.v0+json", "image/png", "image/svg+xml"}

#: Runs before the notebook: a connection that leaves this machine is an error.
GUARD = """
import socket

def _guarded(self, address, connect=socket.socket.connect):
    host = address[0] if isinstance(address, tuple) else ""
    if host and not (host.startswith("127.") or host in ("::1", "localhost")):
        raise RuntimeError(f"a notebook tried to connect to {address}")
    return connect(self, address)

socket.socket.connect = _guarded
"""
#: Runs before it too: the most that this kernel and its children held at one time, sampled. Not
#: ru_maxrss, which Linux hands from a parent to its child: a kernel would begin with pytest's own.
WATCH = """
_most = [0]

def _watch():
    import contextlib, time, psutil  # here: a notebook may call something of its own `time`

    process = psutil.Process()
    while not time.sleep(0.1):
        with contextlib.suppress(psutil.NoSuchProcess):  # a child that ended between the two calls
            _most[0] = max(_most[0], sum(p.memory_info().rss for p in [process, *process.children(True)]))

import threading as _threading
_threading.Thread(target=_watch, daemon=True).start()
"""
#: Runs after it: a peak between two samples shows in the kernel's own high-water mark, where there is one.
PEAK = """
from pathlib import Path as _Path
_status = _Path("/proc/self/status")
_mark = _status.read_text().split("VmHWM:")[1].split()[0] if _status.exists() else 0
print(max(_most[0], 1024 * int(_mark)))
"""


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tagged(notebook, kind):
    """Return the cells with a tag like ``check-1``, by number."""
    found = {}
    for cell in notebook.cells:
        for tag in cell.metadata.get("tags", ()):
            name, _, number = tag.partition("-")
            if name == kind:
                found[int(number)] = cell
    return found


def joined(notebook, solutions):
    """Return one notebook: after each check its solution, and the check once more."""
    joined, checks = nbformat.v4.new_notebook(metadata=notebook.metadata), tagged(notebook, "check")
    joined.cells.append(nbformat.v4.new_code_cell(GUARD + WATCH))
    for cell in notebook.cells:
        joined.cells.append(cell)
        for number in (n for n, check in checks.items() if check is cell):
            again = nbformat.v4.new_code_cell(cell.source, metadata={"tags": [f"again-{number}"]})
            joined.cells += [tagged(solutions, "solution")[number], again]
    joined.cells.append(nbformat.v4.new_code_cell(PEAK))
    return joined


def result(cell) -> str:
    """Return what a cell showed last, as text."""
    shown = [o.data["text/plain"] for o in cell.outputs if o.output_type == "execute_result"]
    return shown[-1] if shown else ""


def complaints(notebook) -> list[str]:
    """Return errors and warnings, those too that a widget swallowed: no exit code tells of them."""
    kind = "application/vnd.jupyter.widget-state+json"
    widgets = notebook.metadata.get("widgets", {}).get(kind, {}).get("state", {}).values()
    outputs = [out for cell in code_cells(notebook) for out in cell.outputs]
    outputs += [out for each in widgets for out in each["state"].get("outputs", ())]
    errors = [out["evalue"] for out in outputs if out["output_type"] == "error"]
    return errors + [out["text"] for out in outputs if out.get("name") == "stderr"]


def by_topic(path):
    return path.stem


@pytest.fixture(scope="module")
def ran(request, tmp_path_factory, rehearsal):
    """Run a notebook joined with its solutions, once, as `smile-explore lab` would start it."""
    notebook, solutions = (read(folder / request.param.name) for folder in (NOTEBOOKS, NOTEBOOKS / "solutions"))  # fmt: skip
    notebook = joined(notebook, solutions)
    folder = tmp_path_factory.mktemp(request.param.stem)
    environment = os.environ | {
        "SMILE_EXPLORE_OFFLINE": "1", "SMILE_EXPLORE_CACHE": str(rehearsal.parents[1]),
        "IPYTHONDIR": str(folder / "ipython"),
    }  # fmt: skip
    client = NotebookClient(notebook, timeout=180, resources={"metadata": {"path": folder}})
    client.execute(env=environment)
    return notebook


@pytest.mark.slow
@pytest.mark.parametrize("ran", PAIRS, ids=by_topic, indirect=True)
def test_notebook_runs_offline_and_only_the_solutions_pass(ran):
    blanks = {n: result(cell) for n, cell in tagged(ran, "check").items()}
    solved = {n: result(cell) for n, cell in tagged(ran, "again").items()}
    assert complaints(ran) == []
    assert len(solved) >= 3
    assert {n: text for n, text in blanks.items() if "is open" not in text} == {}
    assert {n: text for n, text in solved.items() if "Right." not in text} == {}
    assert int(code_cells(ran)[-1].outputs[0].text) < MEMORY
    first = [out for cell in code_cells(ran)[1:4] for out in cell.outputs]
    assert [out for out in first if FIGURES & set(out.get("data", ()))], "no early figure"


@pytest.mark.parametrize("path", PAIRS, ids=by_topic)
def test_head_says_goal_prerequisites_minutes_and_memory(path):
    head = read(path).cells[0].source
    assert head.startswith("# ")
    missing = [word for word in ("**Goal", "**Prerequisites", "**Needs") if word not in head]
    assert missing == [], "see the docstring of this file"
    assert re.search(r"\d+ minutes", head), "how long does it take?"
    assert re.search(r"\d(\.\d)? GB", head), "how much memory does it need?"


@pytest.mark.parametrize("path", PAIRS, ids=by_topic)
def test_notebook_says_what_to_try_next_and_links_its_terms(path):
    texts = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
    assert "## What to try next" in "\n".join(texts).splitlines()
    terms = set(re.findall(r"\(\.\./docs/glossary\.md#([^)\s]+)\)", "\n".join(texts)))
    assert terms, "no term is linked to the glossary"
    if GLOSSARY.is_file():
        assert terms - anchors(GLOSSARY.read_text("utf-8")) == set(), "not in the glossary"


def anchors(text: str) -> set[str]:
    """Return what can be linked to: labels like ``(imf)=`` and headings."""
    headings = re.findall(r"^#+ +(.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}  # fmt: skip
    return slugs | set(re.findall(r"^\(([\w-]+)\)=$", text, re.MULTILINE))


@pytest.mark.parametrize("path", PAIRS, ids=by_topic)
def test_every_exercise_has_a_blank_a_check_that_follows_and_a_solution(path):
    notebook, solutions = read(path), read(NOTEBOOKS / "solutions" / path.name)
    exercises, checks = tagged(notebook, "exercise"), tagged(notebook, "check")
    assert list(exercises) == list(checks) == list(range(1, len(checks) + 1))
    assert set(tagged(solutions, "solution")) == set(checks)
    topic = path.stem.split("_", 1)[1]
    cells = code_cells(notebook)
    for number, exercise in exercises.items():
        assert re.match(rf"answer_{number} = None\b", exercise.source.splitlines()[-1])
        assert cells[cells.index(exercise) + 1] is checks[number]
        assert f'course.check("{topic}", {number}, answer_{number})' in checks[number].source


@pytest.mark.parametrize("path", SOLUTIONS, ids=by_topic)
def test_solutions_are_stripped_short_and_compute_the_answer(path):
    notebook = read(path)
    nbformat.validate(notebook)
    cells = code_cells(notebook)
    assert [c.source for c in cells if c.outputs or c.execution_count] == []
    assert [c.source for c in cells if len(c.source.splitlines()) > 15] == []
    assert notebook.metadata["kernelspec"]["name"] == "python3"
    for number, cell in tagged(notebook, "solution").items():
        assert re.search(rf"^answer_{number} = ", cell.source, re.MULTILINE)
        assert not re.search(rf"^answer_{number} = [-\d.\"']+$", cell.source, re.MULTILINE)


def test_every_notebook_has_solutions_checks_and_tests_of_the_checks():
    names = {path.name for path in EVERY}
    assert {path.name for path in SOLUTIONS} == names
    topics = {path.stem.split("_", 1)[1] for path in EVERY}
    assert set(course.topics()) == topics
    tested = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    assert topics - tested == set()


def test_faults_of_a_notebook_are_noticed(tmp_path, rehearsal):
    """What the others rely on: a blank that passes, the network, an error in a widget."""
    cells = [
        nbformat.v4.new_code_cell("answer_1 = None", metadata={"tags": ["exercise-1"]}),
        nbformat.v4.new_code_cell("'Right.'", metadata={"tags": ["check-1"]}),
    ]
    solution = nbformat.v4.new_code_cell("answer_1 = 1", metadata={"tags": ["solution-1"]})
    both = joined(nbformat.v4.new_notebook(cells=cells), nbformat.v4.new_notebook(cells=[solution]))
    kinds = [cell.metadata.get("tags", [""])[0] for cell in both.cells]
    assert kinds == ["", "exercise-1", "check-1", "solution-1", "again-1", ""]
    both.cells.insert(
        -1,
        nbformat.v4.new_code_cell(
            "try:\n    socket.create_connection(('192.0.2.1', 80), 1)\nexcept RuntimeError as err:\n    print(err)"
        ),
    )
    silent = "import ipywidgets\n_ = ipywidgets.interact(lambda n: 1 / n, n=(0, 0))"
    both.cells.insert(-1, nbformat.v4.new_code_cell(silent))
    NotebookClient(both, timeout=60, resources={"metadata": {"path": tmp_path}}).execute()
    assert complaints(both) == ["division by zero"]
    assert result(both.cells[2]) == "'Right.'"
    assert "tried to connect" in both.cells[-3].outputs[0].text
    assert int(both.cells[-1].outputs[0].text) > 10_000
