"""Lists as others publish them: their line ends, their dates, their signs for missing."""

import numpy as np
import pandas as pd
import pytest

from smile_explore import events
from smile_explore.errors import CorruptFileError

# Layout of the page of Richardson and Cane; the numbers are made up but for the first row's times.
RC_ROWS = [
    ["1997/01/10 0104", "1997/01/10 0400", "1997/01/11 0200", "...", "...", "0", "0", "Y", "...", "1",
     "100 S", "450", "460", "14", "2", "-78", "507", "1997/01/06 1510 H", ""],
    ["1996/12/23 1600", "1996/12/23 1700", "1996/12/25 1100", "...", "...", "+10", "0", "N", "...", "2",
     "20", "360", "420", "10", "2H", "-18", "...", "dg (1996/12/19 1630)", ""],
    ["2000/01/01 0030", "...", "...", "...", "...", "", "", "N", "...", "3",
     "...", "...", "...", "...", "0", "...", "...", "...", ""],
]  # fmt: skip
HEADER = ["Disturbance Y/M/D (UT)", "Start", "End", *"abcdefghijklmnop"]


def as_html():
    rows = [f"<tr>{''.join(f'<td>{c}</td>' for c in row)}</tr>" for row in RC_ROWS]
    head = f"<tr>{''.join(f'<th>{c}</th>' for c in HEADER)}</tr>"
    return f"<html><body>Intro 1997<table>{head}{rows[0]}{head}{rows[1]}{rows[2]}</table></body></html>"


def as_csv():
    return "\n".join([",".join(HEADER), *(",".join(row) for row in RC_ROWS)])


def as_text():
    return "\n".join(
        ["Mean of a column, see notes".replace(",", ";"), *("\t".join(row) for row in RC_ROWS)]
    )


def read(tmp_path, name, text, **options):
    path = tmp_path / name
    path.write_bytes(text.encode())
    return events.read(path, **options)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("icmetable2.htm", as_html(), id="page"),
        pytest.param("icme.csv", as_csv(), id="csv"),
        pytest.param("icme.txt", as_text(), id="text"),
    ],
)
def test_richardson_cane(tmp_path, name, text):
    table = read(tmp_path, name, text)
    assert table.kind.tolist() == ["ICME"] * 3
    assert table.start.tolist() == [
        pd.Timestamp(t) for t in ("1997-01-10T04:00", "1996-12-23T17:00", "2000-01-01T00:30")
    ]
    assert table.stop.tolist()[:2] == [
        pd.Timestamp("1997-01-11T02:00"),
        pd.Timestamp("1996-12-25T11:00"),
    ]
    assert table.disturbance[0] == pd.Timestamp("1997-01-10T01:04")
    assert table.dst.tolist()[:2] == [-78, -18]
    assert table.mc.tolist() == [2, 2, 0]
    assert np.isnan(table.v_transit[1])
    assert table.cme[1] == pd.Timestamp("1996-12-19T16:30")


def test_richardson_cane_refuses_a_time_that_is_none(tmp_path):
    with pytest.raises(CorruptFileError, match="1997-13-10T04:00"):
        read(tmp_path, "icme.csv", as_csv().replace("1997/01/10 0400", "1997/13/10 0400"))


STORMS = (
    "   Date         CME MC SH ICME IP  MP  RP flag  Dst\n"
    "23-10-1996-0500  0  0  0   0   99  99  99   0  -105\r"
    "06-11-2001-0700  1  0  0   1   08  12  73   1  -292\r"
)


def test_storm_list_with_mac_line_ends(tmp_path):
    table = read(tmp_path, "EventList.txt", STORMS)
    assert table.start.tolist() == [
        pd.Timestamp("1996-10-23T05:00"),
        pd.Timestamp("2001-11-06T07:00"),
    ]
    assert (table.start == table.stop).all()
    assert table.kind.tolist() == ["storm", "storm"]
    assert table.dst.tolist() == [-105, -292]
    assert table.mp.isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("old", "new"), [("23-10-1996-0500", "1996-10-23"), ("-292", "deep"), ("23-10-", "23-13-")]
)
def test_storm_list_refuses_odd_lines(tmp_path, old, new):
    with pytest.raises(CorruptFileError, match=r"EventList\.txt"):
        read(tmp_path, "EventList.txt", STORMS.replace(old, new))
