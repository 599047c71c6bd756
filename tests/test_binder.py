"""What Binder would build, asked of repo2docker's own code; no container is started."""

import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from repo2docker.app import Repo2Docker

ROOT = Path(__file__).parents[1]
WORKSPACE = ROOT / "binder" / "start.jupyterlab-workspace"
START = "notebooks/00_start_here.ipynb"


@pytest.fixture(scope="module")
def chosen(tmp_path_factory):
    """Return the build pack that repo2docker picks for what is committed, and its working folder."""
    clone = tmp_path_factory.mktemp("binder") / "clone"
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", ROOT.as_uri(), clone], check=True)
    for path in (ROOT / "binder").iterdir():  # as they are now, committed or not
        (clone / "binder" / path.name).write_bytes(path.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(clone)
        packs = [made for kind in Repo2Docker().buildpacks if (made := kind("base:image")).detect()]
        pack = packs[0]
        pack.platform = "linux/amd64"
        yield pack, pack.render({"REPO_DIR": "/home/jovyan"})


def test_the_conda_build_pack_is_picked_first(chosen):
    pack, _ = chosen
    assert type(pack).__name__ == "CondaBuildPack"


def test_it_takes_the_environment_of_the_tests_into_one_python(chosen):
    pack, dockerfile = chosen
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    asked = next(d for d in environment["dependencies"] if str(d).startswith("python="))
    assert pack.python_version == asked.split("=")[1]
    assert not pack.separate_kernel_env, "JupyterLab and kernel would be two environments"
    assert re.search(
        r"env update -p \$\{NB_PYTHON_PREFIX\} --file \"binder/environment.yml\"", dockerfile
    )


def test_it_runs_our_post_build_as_the_visitor_after_the_packages(chosen):
    _, dockerfile = chosen
    packages = dockerfile.index("binder/environment.yml")
    assert "RUN chmod +x binder/postBuild" in dockerfile
    script = dockerfile.index("RUN ./binder/postBuild")
    assert packages < script
    assert dockerfile.rfind("USER ", 0, script) == dockerfile.rfind("USER ${NB_USER}", 0, script)


def test_it_runs_where_the_notebooks_are(chosen):
    _, dockerfile = chosen
    assert "WORKDIR ${REPO_DIR}" in dockerfile
    assert "ENV REPO_DIR=/home/jovyan" in dockerfile or "ARG REPO_DIR" in dockerfile


# --------------------------------------------------------------------------- what postBuild does


def test_post_build_is_a_sound_shell_script_that_may_be_run():
    script = ROOT / "binder" / "postBuild"
    assert script.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", script], check=True)
    assert "set -euo pipefail" in script.read_text("utf-8")


def test_post_build_fails_without_the_package(tmp_path):
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "python").write_text('#!/bin/sh\ncase "$*" in *"pip install"*) exit 1;; esac\n')
    (commands / "python").chmod(0o755)
    path = {"PATH": f"{commands}:/usr/bin:/bin", "HOME": str(tmp_path)}
    command = ["bash", "binder/postBuild"]
    assert subprocess.run(command, cwd=ROOT, check=False, env=path).returncode == 1


def test_post_build_survives_warming_that_fails(tmp_path):
    """An image without data servers, or without the time to compile, is still an image."""
    commands = tmp_path / "bin"
    commands.mkdir()
    fake = '#!/bin/sh\ncase "$*" in *warm.py*) exit 1;; *sys.prefix*) echo "$PREFIX";; esac\n'
    for name in ("python", "jupyter"):
        (commands / name).write_text(fake)
        (commands / name).chmod(0o755)
    answer = subprocess.run(
        ["bash", "binder/postBuild"], cwd=ROOT, capture_output=True, text=True, check=False,
        env={"PATH": f"{commands}:/usr/bin:/bin", "PREFIX": str(tmp_path), "HOME": str(tmp_path)},
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    assert "not warmed" in answer.stderr
    settings = tmp_path / "share/jupyter/lab/settings/overrides.json"
    assert json.loads(settings.read_text("utf-8")) == json.loads(
        (ROOT / "smile_explore/data/jupyterlab/overrides.json").read_text("utf-8")
    )


def test_workspace_opens_the_start_notebook(tmp_path):
    data = json.loads(WORKSPACE.read_text("utf-8"))["data"]
    assert data["layout-restorer:data"]["main"]["current"] == f"notebook:{START}"
    assert data[f"notebook:{START}"]["data"]["path"] == START
    assert nbformat.read(ROOT / START, as_version=4).cells


def test_jupyterlab_takes_the_workspace_as_its_own(tmp_path):
    command = [sys.executable, "-m", "jupyter", "lab", "workspaces", "import", WORKSPACE]
    environment = {"JUPYTERLAB_WORKSPACES_DIR": str(tmp_path), "HOME": str(tmp_path)}
    environment["PATH"] = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    subprocess.run(command, env=environment, check=True, capture_output=True)
    (made,) = tmp_path.glob("default-*.jupyterlab-workspace")
    assert json.loads(made.read_text("utf-8"))["metadata"]["id"] == "default"
