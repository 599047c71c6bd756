"""Time tables: lossless round trips, files of other tools, refusals that name the row."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smile_explore import events
from smile_explore.errors import CorruptFileError, InputError, StorageError

SUFFIXES = {"csv": ".csv", "autoplot": ".txt", "amda": ".txt", "votable": ".xml", "tscat": ".json"}
FORMATS = list(SUFFIXES)


def there_and_back(table, folder, form):
    path = folder / f"list{SUFFIXES[form]}"
    events.write(table, path, format=form)
    return events.read(path, format=form)


def plain(value):
    """A value as Python knows it; every kind of missing is None."""
    if pd.isna(value):
        return None
    value = pd.Timestamp(value) if isinstance(value, (pd.Timestamp, np.datetime64)) else value
    return value.item() if isinstance(value, np.generic) else value


def same(got, expected, step="1ns"):
    assert sorted(got.columns) == sorted(expected.columns)
    assert len(got) == len(expected)
    for name in expected.columns:
        for a, b in zip(map(plain, got[name]), map(plain, expected[name]), strict=True):
            if isinstance(b, pd.Timestamp) and name in ("start", "stop"):
                assert abs(a - b) < pd.Timedelta(step)
            else:
                assert a == b, (name, a, b)
                assert type(a) is type(b), (name, a, b)


# ------------------------------------------------------------------------------ round trips

TIMES = st.integers(10**17, 3 * 10**18).map(pd.Timestamp)
TEXT = st.text(max_size=12)
VALUES = {
    "text": TEXT,
    "number": st.floats(allow_nan=False),
    "integer": st.integers(-(10**17), 10**17),
    "boolean": st.booleans(),
    "time": TIMES,
}
DTYPES = {"text": object, "number": float, "integer": "Int64", "boolean": "boolean",
          "time": "datetime64[ns]"}  # fmt: skip
ASCII_NAMES = st.from_regex(r"[A-Za-z][A-Za-z_0-9]{0,8}", fullmatch=True)
ANY_NAMES = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=8
)
OWN = {"start", "stop", "kind", "tags", "products", "author", "uuid", "rating"}


@st.composite
def tables(draw, names=ASCII_NAMES):
    n = draw(st.integers(0, 4))
    starts = draw(st.lists(TIMES, min_size=n, max_size=n))
    lengths = draw(st.lists(st.integers(0, 10**15), min_size=n, max_size=n))
    table = pd.DataFrame({"start": pd.Series(starts, dtype="datetime64[ns]")})
    table["stop"] = table["start"] + pd.to_timedelta(lengths, "ns")
    table["kind"] = pd.Series(draw(st.lists(TEXT, min_size=n, max_size=n)), dtype=object)
    usable = names.map(str.strip).filter(lambda c: c and c.lower() not in OWN)
    for name in draw(st.lists(usable, max_size=3, unique_by=str.lower)):
        kind = draw(st.sampled_from(list(VALUES)))
        cells = draw(st.lists(st.none() | VALUES[kind], min_size=n, max_size=n))
        table[name] = pd.Series(cells, dtype=DTYPES[kind])
    return table


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=30, deadline=None)
@given(table=tables())
def test_round_trip_keeps_everything(form, table, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    same(there_and_back(table, folder, form), table, "1us" if form == "tscat" else "1ns")


@pytest.mark.parametrize("form", ["csv", "autoplot", "votable"])
@settings(max_examples=20, deadline=None)
@given(table=tables(names=ANY_NAMES))
def test_round_trip_keeps_any_name(form, table, tmp_path_factory):
    same(there_and_back(table, tmp_path_factory.mktemp("tables"), form), table)


NASTY = ["", " ", "a,b", 'say "x"', "line\nbreak", "\r", "\x08", "001", "True", "2014-03-11", "NaN",
         "None", "#no comment", "é日本🛰", "'", "</TD>", "&amp;", "0x00ff00", "\u2028"]  # fmt: skip


@pytest.mark.parametrize("form", FORMATS)
def test_text_that_looks_like_something_else_stays_text(form, tmp_path):
    day = pd.Timestamp("2014-03-11")
    table = pd.DataFrame({"start": day, "stop": day, "kind": NASTY, "note": NASTY[::-1]})
    same(there_and_back(table, tmp_path, form), table)


@pytest.mark.parametrize("form", FORMATS)
def test_a_table_of_a_detector_survives(form, tmp_path):
    time = pd.date_range("2008-08-12T21:22:04.767", periods=3, freq="1h").astype("datetime64[ns]")
    table = pd.DataFrame(
        {
            "start": time, "stop": time + pd.Timedelta("3010ms"), "kind": "magnetopause crossing",
            "time": time + pd.Timedelta("1505ms"), "direction": ["in", "out", None],
            "probability": [0.98, np.nan, 1 / 3], "rating": pd.array([5, None, 0], "Int64"),
            "checked": [True, False, True], "color": ["#ff8800", "blue", None],
        }
    )  # fmt: skip
    got = there_and_back(table, tmp_path, form)
    same(got, table)
    assert list(got.columns) == list(table.columns)
    assert str(got["start"].dtype) == str(got["time"].dtype) == "datetime64[ns]"


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_table_stays_a_table(form, tmp_path):
    table = pd.DataFrame({"start": pd.Series(dtype="datetime64[ns]"), "stop": pd.Series(dtype="datetime64[ns]"),
                          "kind": pd.Series(dtype=object)})  # fmt: skip
    got = there_and_back(table, tmp_path, form)
    assert list(got.columns) == ["start", "stop", "kind"]
    assert got["start"].dtype == "datetime64[ns]"
    assert got.empty


def test_times_with_a_zone_are_written_as_utc(tmp_path):
    start = pd.DatetimeIndex(["2014-03-11T02:00+02:00"])
    table = pd.DataFrame({"start": start, "stop": start + pd.Timedelta("1h")})
    got = there_and_back(table, tmp_path, "csv")
    assert got.start.tolist() == [pd.Timestamp("2014-03-11T00:00")]


def test_a_named_index_is_kept_as_a_column(tmp_path):
    day = pd.Timestamp("2014-03-11")
    table = pd.DataFrame({"start": [day], "stop": [day]}, index=pd.Index(["storm"], name="name"))
    assert there_and_back(table, tmp_path, "csv")["name"].tolist() == ["storm"]


def test_the_suffix_chooses_the_format(tmp_path):
    day = pd.Timestamp("2014-03-11")
    table = pd.DataFrame({"start": [day], "stop": [day], "kind": ["a"]})
    begins = {
        "a.csv": b"start,stop,kind",
        "a.txt": b"# Event list",
        "a.VOT": b"<?xml",
        "a.json": b"{",
    }
    for name, begin in begins.items():
        path = events.write(table, tmp_path / name)
        assert path.read_bytes().startswith(begin)
        same(events.read(path), table)


def test_the_table_is_not_altered(tmp_path):
    day = pd.Timestamp("2014-03-11", tz="UTC")
    table = pd.DataFrame({"start": [day], "stop": [day]})
    before = table.copy(deep=True)
    events.write(table, tmp_path / "a.csv")
    pd.testing.assert_frame_equal(table, before)


def test_a_hundred_thousand_events_filter_at_once():
    start = pd.date_range("2000-01-01", periods=100_000, freq="5min")
    table = pd.DataFrame(
        {"start": start, "stop": start, "kind": "a", "p": np.linspace(0, 1, 100_000)}
    )
    assert len(table[(table.p > 0.5) & (table.start > "2000-06-01")]) == 50_000


# ------------------------------------------------------------------------------ other tools' files


def read(tmp_path, name, text, **options):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return events.read(path, **options)


def starts(table):
    return table.start.astype(str).tolist()


def test_mixed_iso_times_in_one_column(tmp_path):
    text = (
        "start,stop\n2002-03-18 14:15:02,2002-03-18T14:15:03\n"
        "2002-03-18 14:15:00.241000,2002-03-18T14:15:01Z\n"
        "2002-077T14:15:00,2002-03-18T15:15+01:00\n2002-03-18,2002-03-18 00:00 UTC\n"
    )
    table = read(tmp_path, "a.csv", text)
    assert table.start.to_list() == [
        pd.Timestamp(t)
        for t in (
            "2002-03-18T14:15:02",
            "2002-03-18T14:15:00.241",
            "2002-03-18T14:15",
            "2002-03-18",
        )
    ]
    assert table.stop[2] == pd.Timestamp("2002-03-18T14:15")


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        pytest.param("start,stop,kind", "2014-03-11,2014-03-12,x", id="ours"),
        pytest.param("start_time,stop_time", "2014-03-11,2014-03-12", id="speasy to_dataframe"),
        pytest.param(",begin,end,proba", "0,2014-03-11,2014-03-12,0.9", id="Nguyen"),
        pytest.param("Start Time;Stop Time", "2014-03-11;2014-03-12", id="semicolons"),
        pytest.param("tstart\ttend", "2014-03-11\t2014-03-12", id="tabs"),
        pytest.param(
            "# made by hand\n\nbegin,end", "2014-03-11,2014-03-12\n# the end", id="comments"
        ),
        pytest.param("\ufeffstart,stop", "2014-03-11,2014-03-12", id="byte order mark"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["unix", "dos", "mac"])
def test_csv_of_other_tools(tmp_path, header, rows, end):
    table = read(tmp_path, "a.csv", f"{header}\n{rows}\n".replace("\n", end))
    assert (starts(table), table.stop.astype(str).tolist()) == (["2014-03-11"], ["2014-03-12"])
    assert "" not in table.columns


def test_separators_in_quoted_names_do_not_confuse(tmp_path):
    table = read(tmp_path, "a.csv", 'start,stop,"a;b;c;d;e"\n2014-03-11,2014-03-12,1\n')
    assert table["a;b;c;d;e"].tolist() == [1]


def test_instants_stop_where_they_start(tmp_path):
    table = read(tmp_path, "a.csv", "date,mlat\n2000-05-30 04:58:00,66.4\n", kind="substorm onset")
    assert table.to_numpy().tolist() == [
        [pd.Timestamp("2000-05-30T04:58")] * 2 + ["substorm onset", 66.4]
    ]


def test_autoplot_list_as_its_documentation_shows_it(tmp_path):
    text = (
        "2015-07-11T00:00 2015-08-11T00:00\n"
        "2012-09-05T18:00:25.676Z 2012-09-06T02:59:24.361Z       18\n"
        '2015-07-11T08:00, 2015-07-11T12:00, 0x00FF00, "Garage Sale"\n'
    )
    table = read(tmp_path, "events.txt", text)
    assert table.kind.tolist() == ["", "18", "Garage Sale"]
    assert table.color.fillna("").tolist() == ["", "", "#00ff00"]
    assert table.stop[1] == pd.Timestamp("2012-09-06T02:59:24.361")


def test_a_csv_without_header_is_an_event_list(tmp_path):
    table = read(tmp_path, "a.csv", "2014-03-11 00:00:00,2014-03-12 00:00:00,turning\n")
    assert table.kind.tolist() == ["turning"]


def test_autoplot_sees_start_stop_colour_and_label(tmp_path):
    day = pd.Timestamp("2014-03-11")
    table = pd.DataFrame(
        {"start": [day], "stop": [day], "kind": ['a "b"\nc'], "color": ["#ff8800"]}
    )
    lines = events.write(table, tmp_path / "a.txt").read_text().splitlines()
    visible = [line for line in lines if not line.startswith("#")]
    assert visible == ['2014-03-11T00:00:00.000, 2014-03-11T00:00:00.000, 0xFF8800, "a b c"']


def test_amda_text_with_its_header(tmp_path):
    text = "# Name: MMS_Burst;\n# Historic: ;\n2021-07-01T00:03:43.000 2021-07-01T00:05:13.000\n"
    table = read(tmp_path, "tt.txt", text)
    assert (starts(table), table.kind.tolist()) == (["2021-07-01 00:03:43"], ["MMS_Burst"])


AMDA_VOTABLE = """<?xml version="1.0" encoding="UTF-8"?>
<VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><DESCRIPTION>Name:test;
Historic:;
</DESCRIPTION><RESOURCE><TABLE>
<FIELD name="Start Time" ID="TimeIntervalStart" ucd="time.start" datatype="char" xtype="dateTime" utype="" arraysize="*"/>
<FIELD name="Stop Time" ID="TimeIntervalStop" ucd="time.end" datatype="char" xtype="dateTime" utype="" arraysize="*"/>
<FIELD name="Peak" ID="column1" ucd="time.epoch" datatype="char" xtype="dateTime" utype="" arraysize="*"/>
<FIELD name="Cloud" ID="column2" ucd="" datatype="char" utype="" arraysize="*"/>
<FIELD name="Bzmin" ID="column3" ucd="" datatype="double" utype=""/>
<DATA><TABLEDATA>
<TR><TD>2001-03-31T03:30:00.000</TD><TD>2001-04-03T13:30:00.000</TD><TD>2001-03-31T05:02:00.000</TD><TD>Y</TD><TD>-44.2</TD></TR>
<TR><TD>2001-04-04T15:30:00.000</TD><TD>2001-04-08T11:30:00.000</TD><TD></TD><TD></TD><TD></TD></TR>
</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"""


@pytest.mark.parametrize("name", ["list.xml", "list.vot", "list.txt"])
def test_votable_as_amda_exports_it(tmp_path, name):
    table = read(tmp_path, name, AMDA_VOTABLE, kind="storm")
    assert list(table.columns) == ["start", "stop", "kind", "Peak", "Cloud", "Bzmin"]
    assert table.Peak.tolist()[0] == pd.Timestamp("2001-03-31T05:02")
    assert table.Cloud.isna().tolist() == table.Bzmin.isna().tolist() == [False, True]


def test_our_votable_has_the_fields_of_amda(tmp_path):
    day = pd.Timestamp("2014-03-11")
    path = events.write(
        pd.DataFrame({"start": [day], "stop": [day], "kind": ["a"]}), tmp_path / "a.vot"
    )
    text = path.read_text()
    for field in (
        'ID="TimeIntervalStart"',
        'ucd="time.start"',
        'name="Stop Time"',
        'xtype="dateTime"',
    ):
        assert field in text


def test_tscat_export_of_several_catalogues(tmp_path):
    event = {"author": "Patrick", "tags": ["a", "b"], "products": [], "rating": None}
    content = {
        "catalogues": [
            {"name": "jets", "author": "P", "uuid": "1", "tags": [], "predicate": None, "events": ["u1"]},
            {"name": "shocks", "author": "P", "uuid": "2", "tags": [], "predicate": None, "events": ["u2"]},
        ],
        "events": [
            {"start": "2014-03-11T00:00:00", "stop": "2014-03-11T00:01:00.250000", "uuid": "u1", "bz": -3.5, **event},
            {"start": "2014-03-12T00:00:00", "stop": "2014-03-12T00:01:00+00:00", "uuid": "u2", "ok": True, **event},
        ],
    }  # fmt: skip
    table = read(tmp_path, "cat.json", json.dumps(content))
    assert table.catalogue.tolist() == ["jets", "shocks"]
    assert table.tags.tolist() == ["a,b", "a,b"]
    assert table.stop[0] == pd.Timestamp("2014-03-11T00:01:00.250")
    assert table.bz.isna().tolist() == [False, True]


def test_our_tscat_file_has_what_its_import_asks_for(tmp_path):
    day = pd.Timestamp("2014-03-11T01:02:03.004005006")
    table = pd.DataFrame(
        {"start": [day], "stop": [day], "kind": ["a"], "tags": ["x, y"], "b_z": [1.5]}
    )
    content = json.loads(events.write(table, tmp_path / "a.json").read_text())
    (catalogue,), (event,) = content["catalogues"], content["events"]
    assert {"name", "author", "uuid", "tags", "predicate", "events"} <= set(catalogue)
    assert catalogue["events"] == [event["uuid"]]
    assert event["start"] == "2014-03-11T01:02:03.004005"
    assert (event["tags"], event["products"], event["b_z"]) == (["x", "y"], [], 1.5)


def test_writing_twice_gives_the_same_bytes(tmp_path):
    day = pd.Timestamp("2014-03-11")
    table = pd.DataFrame({"start": [day], "stop": [day], "kind": ["a"]})
    for form in FORMATS:
        first = events.write(table, tmp_path / "a", format=form).read_bytes()
        assert events.write(table, tmp_path / "a", format=form).read_bytes() == first


# ------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        pytest.param("a.csv", "start,stop\n2014-03-11,2014-03-12\nsoon,2014-03-12\n", "Row 2: start 'soon'", id="no time"),
        pytest.param("a.csv", "start,stop\n2014-13-11,2014-03-12\n", "Row 1: start '2014-13-11'", id="month 13"),
        pytest.param("a.csv", "start,stop\n2014-03-11,\n", "Row 1 has no stop", id="missing stop"),
        pytest.param("a.csv", "start,stop\n2014-03-12,2014-03-11\n", "Row 1 stops before it starts", id="reversed"),
        pytest.param("a.csv", "start,stop\n2014-03-12,2014-03-13,x\n", "Row 1 has 3 values, but the header 2", id="ragged"),
        pytest.param("a.csv", "x,y\n1,2\n", "None of the columns x, y is a start", id="no start"),
        pytest.param("a.csv", "", "holds no line", id="empty"),
        pytest.param("a.csv", 'start,stop\n2014-03-11,"2014-03-12" x\n', "quotation mark", id="stray quote"),
        pytest.param("a.csv", b"start,stop\n\xff\xfe", "not UTF-8", id="not UTF-8"),
        pytest.param("a.csv", "start,stop\n1600-03-11,2014-03-12\n", "Row 1: start '1600", id="before 1678"),
        pytest.param("a.txt", "2014-03-11 2014-03-12\nhello\n", "Line 2: 'hello'", id="no list"),
        pytest.param("a.txt", "#@ {\n2014-03-11 2014-03-12\n", "Line 1: the note", id="broken note"),
        pytest.param("a.xml", "<VOTABLE><RESOURCE>", "no readable VOTable", id="cut XML"),
        pytest.param("a.xml", AMDA_VOTABLE.replace("2001-04-04T", "2001-99-04T"), "Row 2: start", id="time in XML"),
        pytest.param("a.json", "{", "no export of tscat", id="cut JSON"),
        pytest.param("a.json", "[1]", "no export of tscat", id="other JSON"),
        pytest.param("a.html", "<table><tr><td>x</td></tr></table>", "No row holds", id="other page"),
    ],
)  # fmt: skip
def test_damaged_files_are_refused_naming_the_row(tmp_path, name, text, says):
    with pytest.raises(CorruptFileError, match=says) as caught:
        read(tmp_path, name, text)
    assert str(caught.value).startswith(name)


DAY = pd.Timestamp("2014-03-11")


@pytest.mark.parametrize(
    ("table", "says"),
    [
        pytest.param({"stop": [DAY]}, "no column 'start'", id="no start"),
        pytest.param({"start": [DAY], "stop": [pd.NaT]}, "'stop' must hold a time.*row 1 is empty", id="NaT"),
        pytest.param({"start": ["2014"], "stop": [DAY]}, "'start' must hold a time", id="text"),
        pytest.param({"start": [DAY], "stop": [DAY - pd.Timedelta("1s")]}, "Row 1 stops before", id="reversed"),
        pytest.param({"start": [DAY], "stop": [DAY], "x": [[1, 2]]}, "Column 'x' holds mixed", id="lists"),
        pytest.param({"start": [DAY] * 2, "stop": [DAY] * 2, "x": [1, "a"]}, "Column 'x' holds mixed", id="mixture"),
    ],
)  # fmt: skip
def test_tables_that_are_none_are_refused(table, says, tmp_path):
    with pytest.raises(InputError, match=says):
        events.write(pd.DataFrame(table), tmp_path / "a.csv")
    assert not (tmp_path / "a.csv").exists()


def test_two_columns_of_one_name_are_refused(tmp_path):
    table = pd.DataFrame([[DAY, DAY, 1, 2]], columns=["start", "stop", "x", "x"])
    with pytest.raises(InputError, match="two columns 'x'"):
        events.write(table, tmp_path / "a.csv")


def test_tscat_refuses_names_it_could_not_import(tmp_path):
    table = pd.DataFrame({"start": [DAY], "stop": [DAY], "b z": [1]})
    with pytest.raises(InputError, match="'b z' is no name tscat accepts"):
        events.write(table, tmp_path / "a.json")


def test_formats_and_suffixes_must_be_known(tmp_path):
    table = pd.DataFrame({"start": [DAY], "stop": [DAY]})
    with pytest.raises(InputError, match=r"No format 'votabel'\. Did you mean votable"):
        events.write(table, tmp_path / "a.csv", format="votabel")
    with pytest.raises(InputError, match="none of the suffixes"):
        events.write(table, tmp_path / "a.docx")
    with pytest.raises(InputError, match="can only be read"):
        events.write(table, tmp_path / "a.html")


def test_absent_files_and_folders_are_said(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        events.read(tmp_path / "absent.csv")
    with pytest.raises(StorageError, match="cannot be written"):
        events.write(pd.DataFrame({"start": [DAY], "stop": [DAY]}), tmp_path / "no" / "a.csv")
