"""What people get who install the wheel: no checkout, an environment of its own."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest

from smile_explore import catalogue
from tests.browser.harness import free_port, started

ROOT = Path(__file__).parents[1]
NOTEBOOKS = [*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "notebooks/solutions").glob("*.ipynb")]
UV = [sys.executable, "-m", "uv"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    build = [*UV, "build", "--wheel", "--no-build-isolation", "--python", sys.executable]
    subprocess.run([*build, "--quiet", "-o", folder, ROOT], check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Install the wheel as a stranger would, at the versions of the lock; return `run`."""
    home = tmp_path_factory.mktemp("stranger")
    subprocess.run([*UV, "venv", "--quiet", "--python", sys.executable, home / "venv"], check=True)
    install = [*UV, "pip", "install", "--quiet", "--python", home / "venv/bin/python"]
    install += ["--constraint", ROOT / "requirements.lock", wheel]
    online = subprocess.run(install, capture_output=True, text=True, check=False)
    if online.returncode:  # uv's cache may do
        subprocess.run([*install, "--offline"], check=True)
    return Installed(home)


class Installed:
    def __init__(self, home: Path):
        self.home = home
        self.environment = {"SMILE_EXPLORE_CACHE": str(home / "cache"), "CI": "true"}
        self.environment |= {f"JUPYTER_{n}_DIR": str(home / n) for n in ("CONFIG", "RUNTIME")}

    def run(self, program: str, *arguments) -> str:
        answer = subprocess.run(
            [self.home / "venv" / "bin" / program, *arguments],
            cwd=self.home, env=os.environ | self.environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert answer.returncode == 0, answer.stderr
        return answer.stdout


def test_wheel_holds_the_package_its_tables_and_the_course(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"smile_explore"}
    place = "smile_explore/notebooks/"
    shipped = {name.removeprefix(place) for name in names if name.startswith(place)}
    course = {str(path.relative_to(ROOT / "notebooks")) for path in NOTEBOOKS}
    assert shipped == course
    assert "solutions/00_start_here.ipynb" in course
    assert "smile_explore/docs/glossary.md" in names
    tables = {path.name for path in (ROOT / "smile_explore" / "data").glob("*.*")}
    assert tables <= {Path(name).name for name in names}


def test_installed_package_is_the_wheel_and_lists_its_products(installed):
    code = "import smile_explore as se; print(se.__file__, len(se.products()))"
    place, number = installed.run("python", "-c", code).split()
    assert Path(place).is_relative_to(installed.home)
    assert int(number) == len(catalogue.table())


def test_installed_package_builds_the_rehearsal(installed):
    installed.run("smile-explore", "pack", "build", "rehearsal")
    installed.run("smile-explore", "pack", "verify", "rehearsal")
    code = "from smile_explore import packs; print(packs.open('rehearsal').simulated)"
    assert installed.run("python", "-c", code).strip() == "True"


def test_installed_lab_answers_behind_its_token(installed):
    command = [installed.home / "venv/bin/smile-explore", "lab", installed.home / "course"]
    command += ["--port", str(free_port())]
    log = installed.home / "lab.log"
    with started(command, installed.environment, log, cwd=installed.home) as (url, token):
        first = "00_start_here.ipynb"
        assert status(f"{url}/lab/tree/{first}?token={token}") == 200
        assert status(f"{url}/api/contents/{first}?token={token}") == 200
        assert status(f"{url}/api/contents/{first}") == 403
    assert f"/lab/tree/{first}?token={token}" in log.read_text()


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
