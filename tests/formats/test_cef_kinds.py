"""CEF files of every type of value, and files made to exhaust memory or time."""

import resource
import subprocess
import sys

import numpy as np
import pytest

from smile_explore import open_file, report
from smile_explore.errors import CorruptFileError, InputError

QUIET = pytest.mark.filterwarnings("ignore::smile_explore.errors.ReadingWarning")
TIME = ("time_tags", "VALUE_TYPE = ISO_TIME", "SIZES = 1")


def cef(tmp_path, variables, records, top=""):
    blocks = "".join(
        f"START_VARIABLE = {name}\n" + "\n".join(lines) + f"\nEND_VARIABLE = {name}\n"
        for name, *lines in variables
    )
    path = tmp_path / "x.cef"
    head = (
        f'FILE_NAME = "x.cef"\nFILE_FORMAT_VERSION = "CEF-2.0"\nEND_OF_RECORD_MARKER = "$"\n{top}'
    )
    path.write_text(f"{head}{blocks}DATA_UNTIL = EOD\n{records}\nEOD\n")
    return path


def on_time(name, kind, *lines, size=1):
    return (name, f"VALUE_TYPE = {kind}", f"SIZES = {size}", "DEPEND_0 = time_tags", *lines)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [("BYTE", "5", 5), ("INT", "-7", -7), ("FLOAT", "1.0D+01", 10.0), ("DOUBLE", "2.5e-3", 0.0025)],
)
def test_numbers_of_every_type(tmp_path, kind, text, value):
    ds = open_file(cef(tmp_path, [TIME, on_time("v", kind)], f"2001-01-01T00:00:00Z, {text} $"))
    assert ds.v.values.tolist() == [value]


@QUIET
def test_words_and_further_times_are_left_out_and_said(tmp_path):
    variables = [
        TIME, on_time("mode", "CHAR"), on_time("stop", "ISO_TIME"), on_time("span", "ISO_TIME_RANGE"), on_time("v", "INT"),
    ]  # fmt: skip
    row = '2001-01-01T00:00:00Z, "a, b", 2001-01-01T00:00:04Z, 2001-01-01T00:00:00Z/2001-01-01T00:00:04Z, 3 $'
    ds = open_file(cef(tmp_path, variables, row))
    rows = report(ds)
    rows = rows[rows.what == "left out"]
    assert dict(zip(rows.variable, rows.detail, strict=True)) == {
        "mode": "text, not numbers", "stop": "times, not numbers", "span": "text, not numbers",
    }  # fmt: skip
    assert ds.v.values.tolist() == [3]


def test_a_range_of_times_is_no_time_base_and_no_damage(tmp_path):
    variables = [
        ("t", "VALUE_TYPE = ISO_TIME_RANGE", "SIZES = 1"),
        ("v", "VALUE_TYPE = INT", "SIZES = 1"),
    ]
    with pytest.raises(InputError, match="t is a range of times, start/stop"):
        open_file(cef(tmp_path, variables, "2001-01-01T00:00:00Z/2001-01-01T00:00:04Z, 3 $"))


def test_energies_by_record_stay_with_their_record(tmp_path):
    variables = [
        TIME, on_time("F", "FLOAT", "DEPEND_1 = en", size=3), on_time("en", "FLOAT", 'UNITS = "eV"', size=3),
    ]  # fmt: skip
    rows = "2001-01-01T00:00:00Z, 1,2,3, 10,20,30 $\n2001-01-01T00:00:04Z, 4,5,6, 11,21,31 $"
    ds = open_file(cef(tmp_path, variables, rows))
    assert ds.F.dims == ds.en_centre.dims == ("time", "en")
    assert ds.en_centre.values.tolist() == [[10, 20, 30], [11, 21, 31]]


@QUIET
@pytest.mark.parametrize(("form", "dim"), [("xyz", "cartesian"), ("rlp", "B_dim1")])
def test_only_xyz_is_cartesian(tmp_path, form, dim):
    lines = ('COORDINATE_SYSTEM = "GSE"', f'FRAME = "vector>GSE_{form}"', 'UNITS = "nT"')
    ds = open_file(
        cef(
            tmp_path, [TIME, on_time("B", "FLOAT", *lines, size=3)], "2001-01-01T00:00:00Z, 1,2,3 $"
        )
    )
    assert ds.B.dims == ("time", dim)


# --------------------------------------------------------------------------- attacks


def test_a_header_file_that_includes_itself_is_refused(tmp_path):
    (tmp_path / "a.ceh").write_text("INCLUDE = a.ceh\n" * 1000)
    with pytest.raises(InputError, match=r"includes 'a.ceh' again"):
        open_file(cef(tmp_path, [TIME], "", top="INCLUDE = a.ceh\n"))


@pytest.mark.parametrize("name", ["/etc/passwd", "../secret.ceh", "", "..", "x" * 5000])
def test_header_files_elsewhere_are_not_opened(tmp_path, name):
    (tmp_path.parent / "secret.ceh").write_text("SECRET = 1\n")
    with pytest.raises((InputError, CorruptFileError)) as caught:
        open_file(cef(tmp_path, [TIME], "", top=f'INCLUDE = "{name}"\n'))
    assert len(str(caught.value)) < 400
    assert "root:" not in str(caught.value)


ATTACKS = {
    "a long line of quotes": lambda f: f.write('FILE_FORMAT_VERSION = "CEF-2.0"\nX = ' + '"a' * 50_000 + "\nDATA_UNTIL = EOF\n"),
    "a long line that a comment ends": lambda f: f.write('FILE_FORMAT_VERSION = "CEF-2.0"\nX = ' + "a" * 100_000 + '"!\nDATA_UNTIL = EOF\n'),
    "backslashes": lambda f: f.write('FILE_FORMAT_VERSION = "CEF-2.0"\nX = \\' + "\n\\" * 50_000 + "\nDATA_UNTIL = EOF\n"),
    "entries": lambda f: f.write('FILE_FORMAT_VERSION = "CEF-2.0"\nSTART_META = A\n' + "ENTRY = x\n" * 100_000 + "END_META = A\nDATA_UNTIL = EOF\n"),
    "variables": lambda f: f.write('FILE_FORMAT_VERSION = "CEF-2.0"\n' + "".join(f"START_VARIABLE = v{i}\nVALUE_TYPE = INT\nEND_VARIABLE = v{i}\n" for i in range(1000)) + "DATA_UNTIL = EOF\n" + ",".join("1" * 1000) + "\n"),
}  # fmt: skip
BOUNDED = """
import resource, sys
from smile_explore.errors import SmileExploreError
from smile_explore.formats import cef
import pandas, xarray
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
limit = used + int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
try:
    print("rows", len(cef.read(sys.argv[1]).time_tags))
except SmileExploreError as err:
    print(type(err).__name__)
"""


def read_within(path, limit):
    command = [sys.executable, "-W", "ignore", "-c", BOUNDED, str(path), str(limit)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.skipif(
    not hasattr(resource, "RLIMIT_AS") or sys.platform != "linux", reason="limits of Linux"
)
@pytest.mark.parametrize("attack", list(ATTACKS))
def test_hostile_headers_stay_within_200_megabytes(tmp_path, attack):
    path = tmp_path / "x.cef"
    with path.open("w") as file:
        ATTACKS[attack](file)
    done = read_within(path, 200 << 20)
    assert done.returncode == 0, done.stderr[-300:]
    assert done.stdout.strip() in ("DatasetError", "CorruptFileError", "InputError")


@pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
def test_many_rows_take_memory_in_proportion(tmp_path):
    row = "2001-01-01T00:00:00Z, 1, 2 $\n"
    path = cef(tmp_path, [TIME, on_time("a", "INT"), on_time("b", "FLOAT")], row * 300_000)
    done = read_within(path, 200 << 20)
    assert done.stdout.strip() == "rows 300000", done.stderr[-300:]


def test_rows_over_several_lines_and_chunks_are_all_read(tmp_path):
    n = 70_000
    rows = "\n".join(
        f"2001-01-01T{i // 3600:02d}:{i // 60 % 60:02d}:{i % 60:02d}Z,\n {i} $" for i in range(n)
    )
    ds = open_file(cef(tmp_path, [TIME, on_time("a", "INT")], rows))
    np.testing.assert_array_equal(ds.a, np.arange(n))
