"""The command line: exit codes, one-sentence errors, files that hold what was loaded."""

import csv
import subprocess
import sys
import time
import warnings

import numpy as np
import pytest
import xarray as xr

import smile_explore
from smile_explore import catalogue, cli, doctor, lab, packs, settings
from smile_explore.errors import InputError

START, STOP = "2008-08-12", "2008-08-13"
SPAN = (START, STOP)


@pytest.fixture
def run(monkeypatch, capsys):
    """Run a command as its user does; return exit code, stdout and stderr."""

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["smile-explore", *map(str, words)])
        monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)  # main sets its own
        capsys.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as stop:
            code = stop.code or 0
        return code, *capsys.readouterr()

    return call


def measured(product, start, stop):
    """Return three minutes of field, one of them a gap, and a spectrum."""
    time = np.datetime64(start, "ns") + np.arange(3) * np.timedelta64(60, "s")
    b = np.array([[1.5, 2, 3], [np.nan] * 3, [4, 5, 6.25]])
    ds = xr.Dataset(
        {
            "b": (("time", "cartesian"), b, {"units": "nT", "coordinate_system": "GSM"}),
            "n_p": ("time", [5.0, 6, 7], {"units": "cm-3"}),
            "flux": (("time", "energy"), np.ones((3, 2)), {"units": "eV cm-2 s-1 sr-1 eV-1"}),
        },
        coords={
            "time": time,
            "cartesian": ["x", "y", "z"],
            "energy": ("energy", [10.0, 100], {"units": "eV", "long_name": "energy"}),
        },
    )
    ds.attrs = {"product": product, "source": "test", "source_files": "none", "simulated": 0}
    ds.attrs |= {"retrieved": "2027-01-01T00:00:00Z", "time_reference": "spacecraft"}
    ds.attrs |= {"acknowledgement": "a test"}
    for name in ds.data_vars:
        ds[name].attrs["long_name"] = f"the {name}"
    return ds


@pytest.fixture
def pack():
    """Put a pack in the cache, as `smile-explore pack add` would."""
    about = {"name": "mine", "start": START, "stop": STOP, "products": ["ace.mfi"]}
    return packs.build(about, load=measured)


# --------------------------------------------------------------------------- words and codes


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        pytest.param(["produts"], 2, "No such command 'produts'", id="command"),
        pytest.param(["get", "omni.1min"], 2, "Missing", id="arguments left out"),
        pytest.param(
            ["get", "omni.1mn", *SPAN, "-o", "a.nc"], 1, "Did you mean omni.1min", id="product"
        ),
        pytest.param(["get", "omni.1min", *SPAN[::-1], "-o", "a.nc"], 1, "reversed", id="interval"),
        pytest.param(["get", "omni.1min", *SPAN, "-o", "a.xls"], 2, ".csv", id="suffix"),
        pytest.param(["get", "omni.1min", *SPAN, "-o", "no/a.nc"], 1, "make it first", id="folder"),
        pytest.param(["products", "no-such"], 1, "matches 'no-such'", id="nothing matches"),
        pytest.param(["pack", "build", "no-event"], 1, "No event 'no-event'", id="event"),
        pytest.param(["pack", "build", "x", "--start", START], 2, "belong", id="half an event"),
        pytest.param(["pack", "verify", "no-pack"], 1, "No pack 'no-pack'", id="pack"),
        pytest.param(["pack", "add", "no.zip"], 1, "no.zip", id="zip"),
    ],
)
def test_mistake_is_told_in_a_sentence_without_traceback(
    run, tmp_path, monkeypatch, words, code, says
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SMILE_EXPLORE_OFFLINE", "1")
    found, out, err = run(*words)
    assert (found, out) == (code, "")
    assert says in err
    assert "Traceback" not in err
    assert list(tmp_path.glob("*.*")) == []


@pytest.mark.parametrize("command", ["", "lab", "products", "get", "pack", "pack build", "doctor"])
def test_every_command_has_help_with_the_exit_codes(run, command):
    code, out, _ = run(*command.split(), "--help")
    assert code == 0
    assert command == "pack" or "Exit codes: 0" in out


@pytest.mark.parametrize("command", ["lab", "products", "get", "pack build"])
def test_help_shows_examples_line_by_line(run, command):
    _, out, _ = run(*command.split(), "--help")
    assert sum(line.startswith(f"  smile-explore {command}") for line in out.splitlines()) >= 2


def test_help_loads_nothing_but_the_package_itself():
    heavy = "{'rich', 'jupyterlab', 'panel', 'pyspedas', 'requests', 'astropy', 'scipy'}"
    code = f"import sys; from smile_explore import cli; print({heavy} & {{*sys.modules}})"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "set()"


# --------------------------------------------------------------------------- products and get


def test_products_lists_every_row_and_marks_the_unverified(run):
    code, out, _ = run("products")
    assert code == 0
    lines = out.splitlines()[1:]
    assert [line.split()[0] for line in lines] == list(catalogue.table())
    marked = {line.split()[0] for line in lines if line.split()[1] == "?"}
    assert marked == {p.name for p in catalogue.table().values() if not p.verified}


def test_get_writes_netcdf_that_equals_what_was_loaded(run, pack, tmp_path):
    target = tmp_path / "field.nc"
    code, out, err = run("get", "ace.mfi", *SPAN, "--source", "mine", "-o", target)
    assert (code, out) == (0, "")
    assert "3 times of ace.mfi" in err
    loaded = smile_explore.load("ace.mfi", *SPAN, source="mine")
    xr.testing.assert_identical(xr.load_dataset(target, engine="h5netcdf"), loaded)


def test_get_writes_csv_with_units_gaps_and_what_it_leaves_out(run, pack, tmp_path):
    target = tmp_path / "field.csv"
    assert run("get", "ace.mfi", *SPAN, "--source", "mine", "-o", target)[0] == 0
    lines = target.read_text("utf-8").splitlines()
    notes = [line for line in lines if line.startswith("#")]
    assert "# b_x: nT, the b GSM" in notes
    assert [note for note in notes if "left out" in note and "flux" in note]
    rows = list(csv.reader(line for line in lines if not line.startswith("#")))
    assert rows == [
        ["time", "b_x", "b_y", "b_z", "n_p"],
        ["2008-08-12T00:00:00.000000", "1.5", "2.0", "3.0", "5.0"],
        ["2008-08-12T00:01:00.000000", "NaN", "NaN", "NaN", "6.0"],
        ["2008-08-12T00:02:00.000000", "4.0", "5.0", "6.25", "7.0"],
    ]


def test_get_leaves_the_old_file_when_writing_fails(run, pack, tmp_path, monkeypatch):
    target = tmp_path / "field.csv"
    target.write_text("precious")

    def full(_ds, path):
        path.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cli, "_write_csv", full)
    code, _, err = run("get", "ace.mfi", *SPAN, "--source", "mine", "-o", target)
    assert code == 1
    assert "No space left on device" in err
    assert {p.name: p.read_text() for p in tmp_path.glob("*field*")} == {"field.csv": "precious"}


# --------------------------------------------------------------------------- packs


def test_pack_travels_as_a_zip(run, pack, tmp_path, monkeypatch):
    handed_out = pack.zip(tmp_path / "mine.zip")
    assert run("pack", "verify", handed_out)[0] == 0
    monkeypatch.setenv("SMILE_EXPLORE_CACHE", str(tmp_path / "student"))
    code, _, err = run("pack", "add", handed_out)
    assert code == 0
    assert "ace.mfi" in err
    assert "mine" in run("pack", "list")[1]


def test_pack_list_names_events_and_faults(run, pack):
    (pack.folder / "ace.mfi.nc").unlink()
    code, out, err = run("pack", "list")
    assert code == 0
    assert "FAULT" in out
    assert set(catalogue.events().index) <= set(err.replace(",", " ").replace(".\n", " ").split())


# --------------------------------------------------------------------------- doctor


def states(found) -> dict[str, str]:
    return {finding.text: finding.state for finding in found}


def test_doctor_finds_no_fault_here_and_asks_no_server_offline(run, monkeypatch):
    monkeypatch.setenv("SMILE_EXPLORE_OFFLINE", "1")
    monkeypatch.setattr(doctor, "_answers", lambda server: pytest.fail(f"asked {server}"))
    code, out, _ = run("doctor")
    assert code == 0
    assert "no server was asked" in out


@pytest.mark.parametrize(
    ("requirement", "says"),
    [
        pytest.param("no-such-package>=1", "is not installed", id="missing"),
        pytest.param("numpy>=99", "is here as 2", id="too old"),
    ],
)
def test_doctor_names_a_package_that_will_not_do(run, monkeypatch, requirement, says):
    monkeypatch.setenv("SMILE_EXPLORE_OFFLINE", "1")
    monkeypatch.setattr(
        doctor.metadata, "requires", lambda _name: [requirement, 'x>1; extra == "sun"']
    )
    code, out, _ = run("doctor")
    assert code == 1
    assert says in out
    assert f'pip install "{requirement}"' in out


def test_doctor_finds_a_damaged_pack(pack):
    with (pack.folder / "ace.mfi.nc").open("r+b") as file:
        file.seek(200)
        file.write(b"\0\0\0\0")
    assert {"pack mine": "fault"}.items() <= states(doctor._packs()).items()


def test_doctor_sees_a_cache_that_cannot_be_written(tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    assert doctor._cache(blocked / "cache").state == "fault"
    assert doctor._cache(tmp_path / "to be made" / "cache").state == "ok"


def test_doctor_tells_some_silent_servers_from_no_network(monkeypatch):
    servers = {m.server for p in catalogue.table().values() for m in p.mirrors}
    silent = sorted(servers)[0]
    monkeypatch.setattr(doctor, "_answers", lambda server: server != silent)
    assert states(doctor._servers())[f"no answer from {silent}"] == "note"
    monkeypatch.setattr(doctor, "_answers", lambda _server: False)
    assert states(doctor._servers()) == {f"none of the {len(servers)} archives answers": "note"}


# --------------------------------------------------------------------------- lab


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """Pretend to be installed, with two notebooks and a solution."""
    folder = tmp_path / "site-packages" / "smile_explore"
    (folder / "notebooks" / "solutions").mkdir(parents=True)
    for name in ("00_start_here.ipynb", "10_next.ipynb", "solutions/10_next.ipynb"):
        (folder / "notebooks" / name).write_text("[GSM](../docs/glossary.md#gsm)")
    (folder / "docs").mkdir()
    (folder / "docs" / "glossary.md").write_text("## GSM")
    monkeypatch.setattr(lab, "_HERE", folder)
    return folder


def test_lab_copies_the_notebooks_and_never_over_the_readers_own(
    run, shipped, tmp_path, monkeypatch
):
    monkeypatch.setattr(lab, "serve", lambda root, **_: None)
    target = tmp_path / "course" / "mine"
    assert "4 files of the course copied" in run("lab", target)[2]
    assert (target / "solutions" / "10_next.ipynb").is_file()
    assert (target / "10_next.ipynb").read_text() == "[GSM](docs/glossary.md#gsm)"
    assert (target / "docs" / "glossary.md").read_text() == "## GSM"
    (target / "00_start_here.ipynb").write_text("my own work")
    (target / "docs" / "glossary.md").write_text("my own glossary")
    assert "0 files of the course copied, 4 were there" in run("lab", target)[2]
    assert (target / "00_start_here.ipynb").read_text() == "my own work"
    assert (target / "docs" / "glossary.md").read_text() == "my own glossary"


def test_lab_in_a_folder_that_cannot_be_made_says_so(shipped, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="a file is in the place of its folder"):
        lab.copy_to(tmp_path / "file")


def test_lab_uses_a_checkout_where_it_is(run, monkeypatch):
    roots = []
    monkeypatch.setattr(lab, "serve", lambda root, **_: roots.append(root))
    run("lab")
    assert roots == [lab.checkout()]
    assert (roots[0] / "pyproject.toml").is_file()


@pytest.mark.slow
def test_the_rehearsal_is_prepared_while_jupyterlab_starts(tmp_path, monkeypatch):
    manifest = settings.cache_dir() / "packs" / "rehearsal" / "pack.toml"

    def started(_arguments):
        until = time.monotonic() + 120
        while not manifest.exists() and time.monotonic() < until:
            time.sleep(0.1)

    monkeypatch.setattr("jupyterlab.labapp.LabApp.launch_instance", started)
    lab.serve(tmp_path)
    assert manifest.exists()


@pytest.mark.parametrize("user", [0, 1000])
def test_jupyterlab_listens_here_alone_on_the_first_notebook(shipped, tmp_path, monkeypatch, user):
    monkeypatch.setattr(lab.os, "geteuid", lambda: user, raising=False)
    lab.copy_to(tmp_path / "course")
    given = lab.arguments(tmp_path / "course", port=9000)
    assert "--ServerApp.ip=127.0.0.1" in given
    assert "--ServerApp.port=9000" in given
    assert "--LabApp.default_url=/lab/tree/00_start_here.ipynb" in given
    assert ("--ServerApp.allow_root=True" in given) == (user == 0)
    assert not [word for word in given if "token" in word or "password" in word]


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        pytest.param("linux", {"DISPLAY": ":0"}, True, id="desktop"),
        pytest.param("linux", {"WAYLAND_DISPLAY": "w"}, True, id="wayland"),
        pytest.param("linux", {}, False, id="no screen"),
        pytest.param("linux", {"DISPLAY": ":10", "SSH_CONNECTION": "a"}, False, id="ssh"),
        pytest.param("darwin", {}, True, id="mac"),
        pytest.param("darwin", {"CI": "true"}, False, id="CI"),
    ],
)
def test_a_browser_is_opened_only_where_there_is_a_screen(
    monkeypatch, platform, environment, expected
):
    for name in ("CI", "SSH_CONNECTION", "SSH_TTY", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(lab.sys, "platform", platform)
    assert lab.has_browser() == expected


def test_report_prints_what_was_read_and_refuses_in_one_sentence(run, tmp_path):
    ds = measured("made.up", "2008-08-12", None).rename(n_p="n+p")
    ds["n+p"].attrs["valid_max"] = 6.0
    ds.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    code, out, err = run("report", tmp_path / "a.nc")
    assert code == 0
    assert "3 records" in err
    rows = [line.split() for line in out.splitlines()]
    assert ["n_plus_p", "valid", "range", "1", "3", "any", "to", "6", "cm-3"] in rows
    assert ["n_plus_p", "renamed", "n+p"] in rows
    code, out, err = run("report", tmp_path / "a.nc", "--time", "Epoch2")
    assert (code, out) == (1, "")
    assert "'Epoch2' is no time base" in err
    code, out, err = run("report", tmp_path / "absent.nc")
    assert (code, err.count("\n")) == (1, 1)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("app", "no-such-event"), "No event 'no-such-event'"),
        (("app", "--port", "999999999"), "Port 999999999 cannot be used"),
        (("app", "--port", "-1"), "Port -1 cannot be used"),
        (("get", "omni.1min", "2015", "-o", "."), "ends neither in .nc"),
        (("product", "check", "x" * 5000), "cannot be a path"),
        (("report", "."), "No file at '.'"),
    ],
)
def test_what_cannot_be_served_read_or_written_is_one_sentence(run, words, says):
    code, _, told = run(*words)
    assert code in (1, 2)
    assert says in told
    assert len(told) < 1000
