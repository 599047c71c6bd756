"""Texts and archives that nobody would write: each is read, or refused with one of our errors.

Hypothesis looks for them, guided by what it has seen before; `make test` tries a few hundred,
`make fuzz` tries many (SMILE_EXPLORE_FUZZ, examples of each). Damaged copies of real files are
the other half: `fuzz.py`.
"""

import contextlib
import io
import os
import warnings
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smile_explore import events, formats, packs
from smile_explore.app.state import Study
from smile_explore.errors import SmileExploreError

EXAMPLES = int(os.environ.get("SMILE_EXPLORE_FUZZ", "60"))
many = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def one_word_of(text: str):
    """Return a strategy for the words of a text."""
    return st.sampled_from(text.split())


NUMBERS = st.sampled_from(
    [
        "0",
        "-1",
        "1e999",
        "nan",
        "1.0D+01",
        "99999999999999999999",
        "2147483648",
        "-1e31",
        "0x7f",
        "",
    ]
)
TIMES = one_word_of(
    "2008-08-12T20:52:00Z 2015-02-30 99999-01-01T00:00:00Z 2001-001T05:00:00Z 2016-12-31T23:59:60Z "
    "0000-00-00 1e999 T24:00 24:00:00 2008-08-12T24:00 12/13/2008 -1 NaT"
)
#: Whole words of the formats, so that what comes is nearly right.
WORDS = one_word_of(
    """START_VARIABLE = END_VARIABLE START_META END_META DATA_UNTIL FILE_FORMAT_VERSION INCLUDE
    "CEF-2.0" END_OF_RECORD_MARKER SIZES DATA_TYPE ISO_TIME FLOAT BYTE FILLVAL DEPEND_0 $ ! \\
    start stop date time duration begin end kind <VOTABLE> <TABLE> <STREAM href="file:///etc/passwd">
    <!DOCTYPE <!ENTITY &x; ]]> <TR><TD> nrows="2000000000" # % , ; | \t {} [] - : & * !!python/object
    event: panels: window: cursor: lag: omni.1min:b:GSM"""
)
LINES = st.lists(
    st.lists(st.one_of(WORDS, NUMBERS, TIMES, st.text(max_size=8)), max_size=8).map(" ".join),
    max_size=12,
).map("\n".join)


def is_read_or_refused(call) -> None:
    """Call; an error that is none of ours passes through and fails the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.suppress(SmileExploreError):
            call()


@pytest.mark.parametrize("suffix", [".csv", ".txt", ".xml", ".vot", ".json"])
@many
@given(text=LINES)
def test_a_time_table_of_anything(tmp_path, suffix, text):
    path = tmp_path / f"list{suffix}"
    path.write_text(text, "utf-8", "surrogatepass")
    is_read_or_refused(lambda: events.read(path))


@pytest.mark.parametrize("format", ["cef", "cdaweb", "hapi", "kyoto", "kp"])
@many
@given(text=LINES)
def test_a_text_file_of_anything(tmp_path, format, text):
    path = tmp_path / "file.txt"
    path.write_text(text, "utf-8", "surrogatepass")
    is_read_or_refused(lambda: formats.read(path, format=format))


@many
@given(
    data=st.binary(max_size=400), magic=st.sampled_from(["cdf", "netcdf3", "netcdf4", "fits", "gz"])
)
def test_a_binary_file_that_begins_right(tmp_path, data, magic):
    begin = {
        "cdf": b"\xcd\xf3\x00\x01\x00\x00\xff\xff",
        "netcdf3": b"CDF\x01",
        "netcdf4": b"\x89HDF\r\n\x1a\n",
        "fits": b"SIMPLE  =                    T",
        "gz": b"\x1f\x8b",
    }[magic]
    path = tmp_path / "file.bin"
    path.write_bytes(begin + data)
    is_read_or_refused(lambda: formats.read(path))


PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10), TIMES)
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        "event",
        "source",
        "window",
        "view",
        "cursor",
        "panels",
        "lag",
        "lag_range",
        "range",
        "model",
        "notes",
    ]
)


@many
@given(study=st.dictionaries(KEYS, VALUES, max_size=8))
def test_a_study_of_anything(study):
    import yaml

    text = yaml.safe_dump(study, allow_unicode=True)
    is_read_or_refused(lambda: Study.from_yaml(text))


@many
@given(text=LINES)
def test_a_study_of_any_text(text):
    is_read_or_refused(lambda: Study.from_yaml(text))


@many
@given(
    manifest=st.one_of(LINES, st.dictionaries(st.text(max_size=6), PLAIN, max_size=5).map(str)),
    name=st.sampled_from(
        ["pack.toml", "a/pack.toml", "../pack.toml", "C:\\pack.toml", "pack.toml/x"]
    ),
    other=st.binary(max_size=100),
)
def test_a_pack_of_anything(tmp_path, manifest, name, other):
    path = tmp_path / "pack.zip"
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr(name, manifest.encode("utf-8", "surrogatepass"))
        archive.writestr("omni.1min.nc", other)
    path.write_bytes(body.getvalue())
    is_read_or_refused(lambda: packs.verify(path))
    path.write_bytes(body.getvalue()[: len(other) * 3])
    is_read_or_refused(lambda: packs.verify(path))
