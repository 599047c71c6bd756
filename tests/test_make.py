"""What a fresh machine meets first: which Python, which browser, and what it is told."""

import os
import shutil
import subprocess
from pathlib import Path

import browser
import pytest

ROOT = Path(__file__).parents[1]
NEEDS = ("sh", "cat", "cksum", "dirname", "grep", "rm", "sed")


@pytest.fixture
def machine(tmp_path):
    """Return a function that runs .ci/environment.sh where only the given Pythons exist."""
    (tmp_path / "clone" / ".ci").mkdir(parents=True)
    for name in (".ci/environment.sh", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / "clone" / name)
    commands = tmp_path / "bin"
    commands.mkdir()
    for name in NEEDS:
        (commands / name).symlink_to(shutil.which(name))

    def run(pythons: dict[str, str], **environment):
        for name, version in pythons.items():
            path = commands / name
            path.write_text(_PYTHON.format(*version.split(), commands=commands))
            path.chmod(0o755)
        return subprocess.run(
            ["sh", tmp_path / "clone/.ci/environment.sh"],
            env={"PATH": str(commands)} | environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


#: Answers as Python of a version does, with or without ensurepip; anything else fails.
_PYTHON = """#!{commands}/sh
case "$*" in
    *ensurepip*) [ {1} = whole ] ;;
    *version_info*) echo {0} ;;
    *) echo "$0 $*" >>{commands}/asked; exit 1 ;;
esac
"""


@pytest.mark.parametrize(
    ("pythons", "given", "says"),
    [
        pytest.param({}, {}, "found none (python3 is no working Python)", id="none"),
        pytest.param({"python3": "3.10 whole"}, {}, "python3 is Python 3.10", id="too old"),
        pytest.param({"python3": "3.14 whole"}, {}, "python3 is Python 3.14", id="too new"),
        pytest.param({"python3": "3.12 bare"}, {}, "python3.12-venv", id="no venv"),
        pytest.param({"p": "3.9 whole"}, {"PYTHON": "p"}, "PYTHON=p is Python 3.9", id="asked for"),
        pytest.param({}, {"PYTHON": "q"}, "PYTHON=q is no working Python", id="asked for none"),
    ],
)
def test_unsuitable_python_is_refused_in_one_sentence(machine, tmp_path, pythons, given, says):
    answer = machine(pythons, **given)
    assert answer.returncode == 1
    assert says in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
    assert not (tmp_path / "clone" / ".venv").exists()


@pytest.mark.parametrize(
    ("pythons", "chosen"),
    [
        pytest.param({"python3.11": "3.11 whole", "python3.13": "3.13 whole"}, "3.13", id="newest"),
        pytest.param({"python3.13": "3.13 bare", "python3": "3.11 whole"}, "3.11", id="with venv"),
        pytest.param(
            {"python3.13": "3.10 whole", "python": "3.12 whole"}, "3.12", id="by what it says"
        ),
    ],
)
def test_a_python_that_can_make_an_environment_is_chosen(machine, pythons, chosen):
    assert f"(Python {chosen})" in machine(pythons).stdout


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Return a function that puts a program on an otherwise empty PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("SMILE_EXPLORE_BROWSER", raising=False)
    monkeypatch.setattr(browser, "APPS", ())

    def write(name: str, exit_code: int) -> str:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\nexit {exit_code}\n")
        path.chmod(0o755)
        return str(path)

    return write


def test_browser_that_is_only_a_hint_to_install_one_is_passed_over(program):
    program("chromium-browser", 1)
    assert browser.installed() is None
    chrome = program("google-chrome", 0)
    assert browser.installed() == chrome


def test_browser_the_user_names_is_the_one_taken(program, monkeypatch):
    program("chromium", 0)
    own = program("my-chrome", 0)
    monkeypatch.setenv("SMILE_EXPLORE_BROWSER", own)
    assert browser.installed() == own


def test_debian_is_asked_only_by_root(program, monkeypatch, tmp_path):
    asked = tmp_path / "asked"
    Path(program("apt-get", 0)).write_text(f'#!/bin/sh\necho "$*" >>{asked}\n')
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert browser.from_debian() is None
    assert not asked.exists()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    browser.from_debian()
    assert [line.split()[1] for line in asked.read_text().splitlines()] == ["update", "install"]


def test_no_browser_at_all_ends_in_one_sentence(monkeypatch):
    for way in ("installed", "from_debian", "from_playwright"):
        monkeypatch.setattr(browser, way, lambda: None)
    with pytest.raises(SystemExit, match="SMILE_EXPLORE_BROWSER=/path/to/chrome"):
        browser.main()
