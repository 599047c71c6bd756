"""The house rules that a machine can hold: import arrows, lightness, lock, pins, notebooks."""

import ast
import hashlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import lock
import nbformat
import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "smile_explore"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SUPPORTED = ("3.11", "3.12", "3.13")

#: What a module or folder of the package may import of the rest. errors, settings and the
#: contract are the ground floor; sources and views never meet; the command line sees all.
GROUND = {"errors", "markup", "paths", "settings", "times"}
PURE = {"physics", "frames", "contract", "joining", "units", "times"}  # arrays in, arrays out
MAY_IMPORT = {
    "errors": set(),
    "markup": set(),
    "paths": {"errors"},
    "settings": {"errors", "paths"},
    "times": {"errors"},
    "units": {"errors"},
    "catalogue": {"errors", "settings", "systems", "units"},
    "report": {"errors"},
    "systems": set(),
    "masks": set(),
    "contract": {"errors", "catalogue", "units", "report", "systems", "masks"},
    "joining": {"errors", "contract", "report", "units"},
    "formats": {*GROUND, "catalogue", "contract", "joining", "report", "systems", "formats"},
    "sources": {*GROUND, "catalogue", "contract", "joining", "formats", "sources", "smile"},
    "packing": {*GROUND, "catalogue", "contract", "formats", "report"},
    "packs": {*GROUND, "catalogue", "contract", "joining", "packing", "smile", "load"},
    "load": {*GROUND, "catalogue", "contract", "joining", "report", "formats", "sources", "packs"},
    "physics": {"errors", *PURE},
    "frames": {"errors", *PURE},
    "events": {"errors", "paths", "catalogue", "report", *PURE, "events"},
    "link": {"errors", "catalogue", *PURE, "events", "link"},
    "smile": {"errors", "catalogue", *PURE, "events", "link", "smile"},
    "views": {"errors", "markup", *PURE, "events", "link", "smile", "views"},
    "app": {
        *GROUND,
        "report",
        "catalogue",
        "citation",
        *PURE,
        "events",
        "link",
        "smile",
        "views",
        "app",
    },
    "survey": {
        *GROUND,
        "catalogue",
        "formats",
        *PURE,
        "events",
        "link",
        "smile",
        "load",
        "packs",
        "survey",
    },
    "citation": {*GROUND, "catalogue", "contract"},
    "course": {*GROUND, "catalogue", *PURE, "events", "link", "smile", "load", "packs", "course"},
    "lab": {"errors", "paths"},
    "doctor": {*GROUND, "catalogue", "packs", "sources"},
    "cli": {
        *GROUND,
        "catalogue",
        "contract",
        "report",
        "load",
        "formats",
        "packs",
        "lab",
        "doctor",
        "app",
        "survey",
        "citation",
    },
}
#: Third-party packages that the pure rooms and the views must do without.
FOREIGN = {"pyspedas", "panel", "requests", "hapiclient", "urllib", "sunpy"}
WITHOUT_FOREIGN = ("errors", "contract", "physics", "frames", "events", "link", "smile")
MODULES = sorted(PACKAGE.rglob("*.py"))


def rooms_imported(path: Path) -> set[str]:
    """Return the rooms of the package that a module imports, anywhere in it."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "smile_explore":
            rooms |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("smile_explore."):
            rooms.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            rooms |= {n.split(".")[1] for n in names if n.startswith("smile_explore.")}
    return rooms


def packages_imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def named(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", [m for m in MODULES if room_of(m) != "__init__"], ids=named)
def test_module_imports_only_what_its_room_may(path):
    room = room_of(path)
    assert room in MAY_IMPORT, f"a new room: give {room} its arrows here and in house.md"
    assert rooms_imported(path) <= MAY_IMPORT[room] | {room}


@pytest.mark.parametrize("path", [m for m in MODULES if room_of(m) in WITHOUT_FOREIGN], ids=named)
def test_pure_module_knows_no_source_and_no_widget(path):
    assert packages_imported(path) & FOREIGN == set()


def test_only_one_module_knows_pyspedas():
    known = [named(m) for m in MODULES if "pyspedas" in packages_imported(m)]
    assert len(known) == 1
    assert known[0].startswith("sources/")


def test_rooms_are_found_however_they_are_imported(tmp_path):
    module = tmp_path / "module.py"
    module.write_text(
        "import smile_explore.load\nfrom smile_explore import packs\n"
        "def f():\n    from smile_explore.sources.http import fetch\n"
    )
    assert rooms_imported(module) == {"load", "packs", "sources"}


def test_importing_the_package_stays_light():
    heavy = ["pyspedas", "panel", "holoviews", "bokeh", "sunpy", "numba", "dask", "astropy"]
    code = f"import sys, smile_explore; print([m for m in {heavy} if m in sys.modules])"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_no_child_process_imports_from_the_folder_it_is_started_in():
    """`-c` and `-m` put the current folder first on the path: a file `json.py` there would run."""
    lists = [
        (named(module), [getattr(e, "value", None) for e in node.elts])
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.List)
        and node.elts
        and ast.unparse(node.elts[0]) == "sys.executable"
    ]
    assert len(lists) >= 4
    assert [where for where, words in lists if words[1] not in ("-P", "-I")] == []


def test_every_start_of_python_is_in_a_list_that_the_test_above_sees():
    uses = [
        ast.unparse(node)
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).split(".")[-1] in ("Popen", "run", "create_subprocess_exec")
        and ast.unparse(node.func).startswith(("subprocess", "asyncio"))
    ]
    assert all("sys.executable" in use or "command" in use for use in uses), uses


def test_notebooks_write_only_into_a_folder_that_git_ignores():
    written = [
        f"{path.name}: {line}"
        for path in [*NOTEBOOKS, *(ROOT / "notebooks" / "solutions").glob("*.ipynb")]
        for cell in nbformat.read(path, 4).cells
        if cell.cell_type == "code"
        for line in cell.source.splitlines()
        if re.search(
            r"""(write|save|to_netcdf|to_csv|zip|savefig)\(.*["'][\w.-]+\.(csv|xml|nc|zip|txt|html|png)["']""",
            line,
        )
        and "FOLDER" not in line
    ]
    assert written == []
    assert "notebooks/output/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_each_test_that_the_threat_table_names_is_there():
    named_there = re.findall(
        r"`(tests/[\w/]+\.py)`", (ROOT / "docs" / "threats.md").read_text("utf-8")
    )
    assert len(named_there) > 15
    assert [name for name in named_there if not (ROOT / name).is_file()] == []


def test_style_is_clean():
    for command in (["check"], ["format", "--check"]):
        answer = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "."],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stdout


# --------------------------------------------------------------------------- lock and environment


def direct_dependencies(*extras: str) -> dict[str, Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    texts = list(project["dependencies"])
    for extra in extras:
        texts += project["optional-dependencies"][extra]
    requirements = [Requirement(text) for text in texts]
    return {lock.normal(r.name): r for r in requirements if r.name != project["name"]}


def pip_section() -> list[str]:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    return next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))


def test_lock_satisfies_every_direct_dependency():
    locked = lock.versions(lock.LOCK.read_text("utf-8"))
    wanted = direct_dependencies("sun", "survey", "hub", "site", "test")
    unsatisfied = {
        name: locked.get(name)
        for name, requirement in wanted.items()
        if name not in locked or not requirement.specifier.contains(locked[name])
    }
    assert unsatisfied == {}, "run make lock"


def test_lock_pins_one_version_of_each_package_with_hashes_and_no_address():
    text = lock.LOCK.read_text("utf-8")
    rows = re.split(r"\n(?=\S)", text.strip())
    names = [row.split("==")[0] for row in rows]
    assert len(names) == len(set(names)) > 100
    assert [row for row in rows if "--hash=sha256:" not in row] == []
    assert "://" not in text


def test_environment_pins_what_the_lock_pins():
    locked = lock.versions(lock.LOCK.read_text("utf-8"))
    pinned = lock.versions((ROOT / "environment.yml").read_text("utf-8"))
    assert pinned == {name: locked.get(name) for name in pinned}, "run make lock"


def test_environment_names_every_direct_dependency_with_its_extras():
    listed = {lock.normal(Requirement(text).name): Requirement(text) for text in pip_section()}
    wanted = direct_dependencies("sun", "survey", "hub")
    assert {n: r.extras for n, r in listed.items()} == {n: r.extras for n, r in wanted.items()}


def test_binder_builds_a_copy_of_the_environment():
    copy = ROOT / "binder" / "environment.yml"
    assert copy.read_bytes() == (ROOT / "environment.yml").read_bytes(), "run make lock"


def test_make_lock_changes_versions_and_nothing_else():
    environment = "  - python=3.11\n  - pip:\n      - sunpy[net]==1.0  # why\n      - A_b.c==2\n"
    pins = "a-b-c==7.5 \\\n    --hash=sha256:00\nsunpy==7.0 ; python_version < '4'\n"
    assert lock.repinned(environment, pins) == environment.replace("1.0", "7.0").replace(
        "==2", "==7.5"
    )


def compile_requirements(arguments: list, requirements: str = "") -> str:
    """Resolve with uv; skip where no registry can be reached."""
    answer = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "compile", "--no-header", "--no-annotate", *arguments],
        input=requirements, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    unreachable = (
        "error sending request",
        "dns error",
        "Could not connect",
        "tunnel error",
        "timed out",
    )
    if answer.returncode and any(sign in answer.stderr for sign in unreachable):
        pytest.skip("the package registry cannot be reached")
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


@pytest.mark.parametrize("python", SUPPORTED)
def test_environment_resolves_for_every_supported_python(python):
    found = compile_requirements(["-", "--python-version", python], "\n".join(pip_section()))
    assert lock.versions("\n".join(pip_section())).items() <= lock.versions(found).items()


def test_lock_is_what_pyproject_asks_for():
    """Nothing is missing and nothing is left over; uv keeps the pins it is shown."""
    pins = "\n".join(f"{n}=={v}" for n, v in lock.versions(lock.LOCK.read_text("utf-8")).items())
    found = compile_requirements(
        ["pyproject.toml", "--extra", "test", "--universal", "--python-version", lock.OLDEST, "-c", "-"], pins
    )  # fmt: skip
    assert lock.versions(found) == lock.versions(lock.LOCK.read_text("utf-8")), "run make lock"


# --------------------------------------------------------------------------- what is committed


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def test_no_committed_file_names_a_registry_host():
    # in two parts, or this file would name them itself
    ends = ["pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "debian" + ".org"]
    ends += ["anaconda" + ".org", "registry" + ".npm"]
    hosts = re.compile("|".join(map(re.escape, ends)).encode())
    assert [str(path) for path in tracked() if hosts.search(path.read_bytes())] == []


def test_no_committed_file_is_a_real_measurement(real_data):
    """They are for tests here, and not ours to publish."""
    paths = [p for p in real_data.rglob("*") if p.is_file() and p.stat().st_size > 500]
    known = {hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    assert [str(p) for p in tracked() if hashlib.sha256(p.read_bytes()).hexdigest() in known] == []


def test_no_committed_file_is_large():
    assert [str(path) for path in tracked() if path.stat().st_size > 1_000_000] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_valid_and_holds_no_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [c.source for c in cells if c.outputs or c.execution_count] == []
    assert notebook.metadata["kernelspec"]["name"] == "python3", "JupyterLab would ask which kernel"
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_cells_are_short(path):
    cells = nbformat.read(path, as_version=4).cells
    long = [c.source for c in cells if c.cell_type == "code" and len(c.source.splitlines()) > 15]
    assert long == []


def test_module_is_short_enough_to_read():
    assert [named(m) for m in MODULES if len(m.read_text("utf-8").splitlines()) > 600] == []


def test_citation_and_changelog_name_the_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == version
    assert f"\n## {version}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_every_make_command_is_listed_by_help_and_told_to_contributors():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    answer = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(re.findall(r"^make (\w+)", answer.stdout, re.MULTILINE)) == targets
    told = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert [t for t in targets - {"help", "environment"} if f"`make {t}" not in told] == []
