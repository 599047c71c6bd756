"""Text tables and HAPI answers as people and servers write them, and what gzip may hide."""

import gzip
import json

import numpy as np
import pandas as pd
import pytest

from smile_explore import open_file, report
from smile_explore.errors import CorruptFileError, InputError
from smile_explore.formats import hapi, listing

QUIET = pytest.mark.filterwarnings("ignore::smile_explore.errors.ReadingWarning")
FIVE = np.datetime64("2001-01-01T05:00", "ns")


def table(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("stamp", "time"),
    [
        ("2001-001T05:00:00Z", "2001-01-01T05:00"),
        ("2001-001T05:00:00.000", "2001-01-01T05:00"),
        ("2001-001Z", "2001-01-01"),
        ("2001-032T05", "2001-02-01T05:00"),
        ("2004-366T24:00", "2005-01-01"),
        ("2001-01-01T05:00Z", "2001-01-01T05:00"),
        ("2001-01-01", "2001-01-01"),
        ("2001-01Z", "2001-01-01"),
        ("2001Z", "2001-01-01"),
        ("2001-01-01T24:00:00", "2001-01-02"),
        ("2001-01-01T05:00:00.123456789Z", "2001-01-01T05:00:00.123456789"),
        ("2001-01-01 05:00:00", "2001-01-01T05:00"),
        ("01-02-2001 05:00:00", "2001-02-01T05:00"),
    ],
)
def test_times_of_every_form(tmp_path, stamp, time):
    read = listing.times(tmp_path, pd.Series([stamp, stamp]))
    assert read.tolist() == [np.datetime64(time, "ns").astype(int)] * 2


@pytest.mark.parametrize(
    "stamp",
    [
        "2001-02-30T00:00",
        "2001-13-01",
        "2001-366T00:00",
        "2001-000T00:00",
        "2001-01-01T24:01",
        "99999-001",
        "x",
    ],
)
def test_what_is_no_time_is_an_error_that_names_it(tmp_path, stamp):
    with pytest.raises(CorruptFileError, match="a time cannot be read"):
        listing.times(tmp_path, pd.Series([stamp]))


def test_a_leap_second_and_an_empty_stamp_are_no_time(tmp_path):
    stamps = pd.Series(["2016-12-31T23:59:60Z", "", "2017-001T00:00:00Z"])
    assert np.isnat(listing.times(tmp_path, stamps)).tolist() == [True, True, False]


ROWS = "2008-08-12 00:00:00{s}1.5{s}7\n2008-08-12 00:01:00{s}2.5{s}8\n"


@QUIET
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Time,B,n\n" + ROWS.format(s=","), id="comma"),
        pytest.param("Time;B;n\n" + ROWS.format(s=";"), id="semicolon"),
        pytest.param("Time;B;n\n" + ROWS.format(s=";").replace("1.5", "1,5").replace("2.5", "2,5"), id="decimal comma"),
        pytest.param("Time\tB\tn\n" + ROWS.format(s="\t"), id="tab"),
        pytest.param("Time B n\n" + ROWS.format(s="  "), id="blanks"),
        pytest.param("# made by hand\n# of, two, lines, of remarks\nTime,B,n\n" + ROWS.format(s=","), id="remarks"),
        pytest.param('"Time","B","n"\n"' + ROWS.format(s='","').replace("\n", '"\n"').removesuffix('"'), id="quoted"),
        pytest.param(("Time,B,n\n" + ROWS.format(s=",")).replace("\n", "\r"), id="CR"),
        pytest.param("\ufeffTime,B,n\n" + ROWS.format(s=","), id="BOM"),
        pytest.param("Time,B,n\n" + ROWS.format(s=",").replace("1.5", "1.5D+00"), id="D exponent"),
        pytest.param("Time,B,n\n" + ROWS.format(s=",").replace("2008-08-12 ", "2008-225T"), id="day of year"),
        pytest.param("Time,B,n,mode\n" + ROWS.format(s=",").replace("\n", ',"sc 1, x"\n'), id="words with a comma"),
    ],
)  # fmt: skip
def test_tables_of_every_form(tmp_path, text):
    ds = open_file(table(tmp_path, text))
    assert ds.B.values.tolist() == [1.5, 2.5]
    assert ds.n.values.tolist() == [7, 8]
    start = np.datetime64("2008-08-12", "ns")
    assert (ds.time.values - start).astype("m8[s]").astype(int).tolist() == [0, 60]


def test_a_table_without_names_has_numbered_columns(tmp_path):
    ds = open_file(table(tmp_path, "# no names\n" + ROWS.format(s=",")))
    assert ds.column_1.values.tolist() == [1.5, 2.5]


@QUIET
def test_words_are_left_out_and_said(tmp_path):
    ds = open_file(
        table(tmp_path, "Time,B,mode\n2008-08-12 00:00:00,1,burst\n2008-08-12 00:01:00,2,slow\n")
    )
    rows = report(ds)
    assert rows[rows.what == "left out"][["variable", "detail"]].to_numpy().tolist() == [
        ["mode", "text, not numbers"]
    ]


def test_a_word_among_numbers_is_an_error(tmp_path):
    with pytest.raises(CorruptFileError, match="'1x5'"):
        open_file(
            table(
                tmp_path,
                "Time,B\n2008-08-12 00:00:00,1\n2008-08-12 00:01:00,1x5\n2008-08-12 00:02:00,2\n",
            )
        )


@pytest.mark.parametrize(
    "head",
    [b"\xcd\xf3\x00\x01\x00\x00\xff\xff", b"CDF\x01", b"\x89HDF\r\n\x1a\n"],
    ids=["CDF", "netCDF 3", "netCDF 4"],
)
def test_a_file_within_gzip_is_not_called_damaged(tmp_path, head):
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(head + b"\0" * 400))
    with pytest.raises(InputError, match="unpack it with gunzip first"):
        open_file(path)


def answer(tmp_path, parameters, rows):
    path = tmp_path / "x.hapi.csv"
    time = {"name": "Time", "type": "isotime", "units": "UTC", "fill": None}
    path.write_text("#" + json.dumps({"parameters": [time, *parameters]}) + "\n" + rows)
    return path


def test_hapi_names_what_it_leaves_out_and_finds_bins_by_time(tmp_path):
    path = answer(
        tmp_path,
        [
            {
                "name": "flux",
                "type": "double",
                "size": [2],
                "bins": [{"name": "E", "units": "eV", "centers": "en"}],
            },
            {"name": "en", "type": "double", "size": [2], "units": "keV"},
            {"name": "stop", "type": "isotime", "length": 20},
            {"name": "mode", "type": "string", "length": 4},
            {"name": "n", "type": "integer", "fill": "9223372036854775807"},
        ],
        "2001-001T05:00Z,1,2,10,20,2001-001T05:01Z,slow,9223372036854775807\n",
    )
    raw = hapi.read(path)
    assert raw["flux_0_centre"].dims == ("Time", "flux_0")
    assert raw["flux_0_centre"].values.tolist() == [[10, 20]]
    assert raw["flux_0_centre"].attrs["UNITS"] == "keV"
    assert raw["n"].attrs["FILLVAL"] == 2**63 - 1
    assert raw["Time"].values == FIVE
    said = {v: d for v, _, _, _, d in json.loads(raw.attrs["report"])}
    assert said == {"stop": "times, not numbers", "mode": "text, not numbers"}
