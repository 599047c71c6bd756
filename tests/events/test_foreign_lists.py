"""Lists as others write them: every start and stop is found, or what was not is said."""

import warnings

import pandas as pd
import pytest

import smile_explore as se
from smile_explore import events
from smile_explore.errors import CorruptFileError, ReadingWarning

START, STOP = pd.Timestamp("2008-08-12T21:22"), pd.Timestamp("2008-08-12T21:40")
A, B = "2008-08-12T21:22", "2008-08-12T21:40"


def read(tmp_path, text, name="list.csv", **options):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return events.read(path, **options)


INTERVALS = {
    "finish": f"start,finish\n{A},{B}\n",
    "end_date": f"start,end_date\n{A},{B}\n",
    "date_from": f"Date,date_from,date_to\n2008-08-12T21:30,{A},{B}\n",
    "time_start": f"time_start,time_stop,MMS\n{A}:00.000Z,{B}:00.000Z,999\n",
    "Start Time (UTC)": f"Start Time (UTC),End Time (UTC)\n{A},{B}\n",
    "camel case": f"StartTime,StopTime\n{A},{B}\n",
    "HEK": f"event_type,event_starttime,event_endtime,event_peaktime,hpc_x\nFL,{A},{B},{A},3\n",
    "begin_utc": f"begin_utc;finished_utc\n{A};{B}\n",
    "t_start": f"id,t_start,t_end,quality\n1,{A},{B},2\n",
    "onset, until": f"onset,until\n{A},{B}\n",
    "German": f"Beginn;Ende;B\n{A};{B};1,5\n",
    "French": f"début;fin\n{A};{B}\n",
    "Spanish": f"inicio,fin\n{A},{B}\n",
    "Chinese": f"开始,结束\n{A},{B}\n",
    "other words of start": f"start_mlat,start,stop_mlat,stop\n70,{A},71,{B}\n",
    "duration_s": f"start,duration_s\n{A},1080\n",
    "Duration (min)": f"start,Duration (min)\n{A},18\n",
    "duration [h]": f"start,duration [h]\n{A},0.3\n",
    "duration with unit": f"start,duration\n{A},18 min\n",
    "duration HH:MM": f"start,duration\n{A},00:18\n",
    "duration HH:MM:SS": f"start,duration\n{A},00:18:00\n",
    "duration ISO": f"start,duration\n{A},PT18M\n",
    "duration of pandas": f"start,duration\n{A},0 days 00:18:00\n",
    "date, start, end": "date,start,end\n2008-08-12,21:22,21:40\n",
    "date, HHMM": "date,start time,end time\n2008-08-12,2122,2140\n",
    "two dates, two times": "start_date,start_time,end_date,end_time\n2008-08-12,21:22,2008-08-12,21:40\n",
    "stop has no date": f"start,stop\n{A},21:40\n",
    "parts": "year,month,day,hour,minute,duration_min\n2008,8,12,21,22,18\n",
    "parts and clocks": "year,month,day,start,stop\n2008,8,12,21:22,21:40\n",
    "parts twice": "YYYY MM DD HH MM YYYY MM DD HH MM\n2008 08 12 21 22 2008 08 12 21 40\n",
    "parts of both": "start_year,start_doy,start_hour,start_min,stop_year,stop_doy,stop_hour,stop_min\n2008,225,21,22,2008,225,21,40\n",
    "day of year": "start,stop\n2008-225T21:22,2008-225T21:40\n",
    "day of year, together": "start,stop\n2008225T21:22:00,2008225T21:40:00\n",
    "unix": "start_unix,stop_unix\n1218576120,1218577200\n",
    "unix ms": "start (unix ms),stop (unix ms)\n1218576120000,1218577200000\n",
    "MJD": "start_mjd,duration_min\n54690.890277777777778,18\n",
    "JD": "Start (JD),End (JD)\n2454691.390277777777778,2454691.402777777777778\n",
    "day first, by another row": "start,stop\n12/08/2008 21:22,12/08/2008 21:40\n13/08/2008 00:00,13/08/2008 01:00\n",
    "month first, by another row": "start,stop\n08/12/2008 21:22,08/12/2008 21:40\n08/13/2008 00:00,08/13/2008 01:00\n",
    "day first, by the header": "Start (dd/mm/yyyy HH:MM),stop\n12/08/2008 21:22,12/08/2008 21:40\n",
    "day first, month names": "start,stop\n12-Aug-2008 21:22:00,12 August 2008 21:40\n",
    "month names first": 'start,stop\n"Aug 12, 2008 21:22","Aug. 12, 2008 9:40 PM"\n',
    "slashes": "start,stop\n2008/08/12 21:22,2008/8/12 21:40\n",
    "compact": "start,stop\n20080812T2122,20080812T214000Z\n",
    "offset": f"start,stop\n{A}+00:00,2008-08-12T23:40+02:00\n",
    "bars": f"| start | stop | kind |\n|-------|------|------|\n| {A} | {B} | x |\n",
    "blanks": f"start stop kind\n{A} {B} x\n",
    "blanks in times": "start               stop                kind\n2008-08-12 21:22:00 2008-08-12 21:40:00 x\n",
    "wide blanks": "Start Time           Stop Time            kind\n2008-08-12 21:22:00  2008-08-12 21:40:00  x\n",
    "comment as header": f"# list of jets\n# start, stop, label\n{A},{B},x\n",
    "comments between": f"# by hand\nstart,stop\n# one\n{A},{B}\n\n# end\n",
    "quoted": f'"start","stop"\n"{A}","{B}"\n',
    "byte order mark": f"\ufeffstart,stop\n{A},{B}\n",
    "old Mac": f"start,stop\r{A},{B}\r",
    "Excel's Unicode text": f"start\tstop\r\n{A}\t{B}\r\n".encode("utf-16"),
    "Cluster's slash": f"{A}:00Z/{B}:00Z\n",
}  # fmt: skip


@pytest.mark.parametrize("suffix", [".csv", ".txt"])
@pytest.mark.parametrize("form", INTERVALS)
def test_start_and_stop_are_found(tmp_path, form, suffix):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = read(tmp_path, INTERVALS[form], f"list{suffix}")
    assert (table.start[0], table.stop[0]) == (START, STOP)
    assert se.report(table).empty


POINTS = {
    "date and time": "date,time,mlat\n2008-08-12,21:22,70\n",
    "date and HHMM": "date,UT,mlat\n2008-08-12,2122,70\n",
    "UTC last": "MLT L UTC\n6.389 3.8 2008-08-12T21:22\n",
    "onset": f"onset\n{A}\n",
    "comment as header": "# date time mlat\n2008-08-12 21:22:00 70\n",
    "no header": f"{A}\n",
    "no header, a value": f"{A},70\n",
    "date and hour, minute": "date hour minute\n2008-08-12 21 22\n",
    "duration without a unit": f"start,duration\n{A},600\n",
    "parts and a clock": "year,doy,ut\n2008,225,21:22\n",
    "parts and HHMM": "year,month,day,time\n2008,8,12,2122\n",
    "two times": f"onset,max_time\n{A},{B}\n",
}


@pytest.mark.parametrize("form", POINTS)
def test_an_end_that_is_not_found_is_said(tmp_path, form):
    with pytest.warns(ReadingWarning, match=r"1 of 1 events have no end.*stop = start"):
        table = read(tmp_path, POINTS[form])
    assert (table.start[0], table.stop[0]) == (START, START)
    assert se.report(table)[["what", "count", "of"]].to_numpy().tolist() == [["no end", 1, 1]]


def test_columns_of_times_that_are_not_used_are_named(tmp_path):
    with pytest.warns(ReadingWarning, match="not used: max_time"):
        read(tmp_path, POINTS["two times"])


def test_a_length_that_is_missing_is_counted(tmp_path):
    with pytest.warns(ReadingWarning, match="1 of 2 events have no end"):
        table = read(tmp_path, f"start,duration_s\n{A},1080\n{A},\n")
    assert table.stop.tolist() == [STOP, START]


def test_24_hours_are_midnight(tmp_path):
    table = read(tmp_path, "2017-12-05T21:46 2017-12-05T24:00 a\n", "list.txt")
    assert (table.stop[0], table.kind[0]) == (pd.Timestamp("2017-12-06"), "a")


def test_a_clock_alone_that_ends_after_midnight_is_said(tmp_path):
    with pytest.warns(ReadingWarning, match="1 of 2 events have an end on the next day"):
        table = read(tmp_path, "date,start,end\n2008-08-12,21:22,21:40\n2008-08-12,23:50,00:10\n")
    assert table.stop.tolist() == [STOP, pd.Timestamp("2008-08-13T00:10")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("start,stop\n03/04/2008,05/04/2008\n", "day or the month first, and no row shows", id="ambiguous"),
        pytest.param("start,stop\n13/04/2008,04/14/2008\n", "some rows have the day first", id="both orders"),
        pytest.param(f"start,stop\n# one\n{A},{B}\n{B},{A}\n", r"Row 2 stops before it starts: .*\(line 4\)", id="reversed"),
        pytest.param(f"start,stop\n{A},{B}\n\nsoon,{B}\n", r"Row 2: start 'soon' .*\(line 4\)", id="no time"),
        pytest.param(f"start,stop\n{A},{B}\n{A}\n", r"Row 2 has 1 values.*\(line 3\)", id="ragged"),
        pytest.param(f'start,stop,a\n{A},{B},"x\ny"\n{A},2015-02-30,\n', r"Row 2: stop '2015-02-30'.*\(line 4\)", id="line in quotes"),
        pytest.param("start,stop\n1218576120,1218577200\n", "must say what they count", id="numbers"),
        pytest.param(f"start (CET),stop (CET)\n{A},{B}\n", "in CET, which is not UTC", id="zone in the header"),
        pytest.param(f"start,stop\n{A} EST,{B} EST\n", "Row 1: start", id="zone in the text"),
        pytest.param(f"start,stop\n2016-12-31T23:59:60,{B}\n", "leap second", id="leap second"),
        pytest.param(f"start,stop\n99999-01-01,{B}\n", "Row 1: start '99999", id="year 99999"),
        pytest.param(f"start,stop\n0000-01-01,{B}\n", "Row 1: start", id="year 0"),
        pytest.param(f"start,stop\n08-08-12 21:22,{B}\n", "Row 1: start", id="two digits of year"),
        pytest.param(f"start,stop\n{'9' * 5000},{B}\n", "Row 1: start", id="5000 digits"),
        pytest.param("start (unix),stop (unix)\n1e99,1e99\n", "Row 1: start '1e99'", id="endless number"),
        pytest.param(f"start,stop\n{A}\0,{B}\n", "Row 1: start", id="NUL"),
        pytest.param("date,UT\n2008-08-12,21.37\n", "'UT' beside 'date' holds '21.37'", id="hours with a point"),
        pytest.param("a," * 20_000 + "start\n", "20001 columns, more than 1000", id="columns"),
        pytest.param('start,stop\n"' + "x" * 9000 + '" y,1\n', "Line 2: after 'xxx.*quotation mark", id="long cell"),
        pytest.param("496948464400675000\n496984262124602000\n", "is a start: name one 'start'", id="bare numbers"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_sentence_with_its_line(tmp_path, text, says):
    with pytest.raises(CorruptFileError, match=says) as caught:
        read(tmp_path, text)
    assert len(str(caught.value)) < 300
    assert "\0" not in str(caught.value)


def test_two_columns_of_one_name_are_both_kept(tmp_path):
    table = read(tmp_path, f"start,stop,x,x\n{A},{B},1,2\n")
    assert (table["x"].tolist(), table["x 2"].tolist()) == ([1], [2])


@pytest.mark.parametrize("form", ["[{}]", '{{"result": [{}]}}', '{{"n": 1, "events": [{}]}}'])
@pytest.mark.parametrize("keys", [("start", "stop"), ("event_starttime", "event_endtime")])
def test_json_that_is_a_list_of_events(tmp_path, form, keys):
    event = f'{{"{keys[0]}": "{A}", "{keys[1]}": "{B}", "class": "X", "flux": 1.5, "more": [1]}}'
    table = read(tmp_path, form.format(event), "list.json")
    assert (table.start[0], table.stop[0], table["class"][0], table.flux[0]) == (
        START,
        STOP,
        "X",
        1.5,
    )


def test_a_time_of_day_beside_year_and_day_is_never_passed_over(tmp_path):
    with pytest.raises(
        CorruptFileError, match=r"'ut' beside .* holds '21.37', which is no time of day"
    ):
        read(tmp_path, "year,doy,ut\n2008,225,21.37\n")
