"""The published lists of ../shared/data/lists, as they are."""

import pandas as pd
import pytest

from smile_explore import events, report


@pytest.mark.parametrize(
    ("name", "rows", "columns"),
    [
        pytest.param("nguyen/Bow_Shock__THC_BS_crossings_2007_2009.csv", 1238, ["proba"], id="bow shock"),
        pytest.param("nguyen/Magnetopause_Crossings__themisACrossings.csv", 2824, ["proba"], id="magnetopause A"),
        pytest.param("nguyen/Magnetopause_Crossings__themisC_mp_Crossings.csv", 658, ["proba"], id="magnetopause C"),
        pytest.param("freyPos_from_hdf5.csv", 378, ["mlat", "SYM_H"], id="Frey, positive By"),
        pytest.param("freyNeg_from_hdf5.csv", 417, ["mlat", "SYM_H"], id="Frey, negative By"),
        pytest.param("EventList_full.txt", 88, ["dst", "mp"], id="storms"),
    ],
)  # fmt: skip
def test_every_row_is_read(real_data, name, rows, columns, tmp_path):
    table = events.read(real_data / "lists" / name)
    assert len(table) == rows
    assert {"start", "stop", "kind", *columns} <= set(table.columns)
    assert table.start.between("1996-01-01", "2020-01-01").all()
    again = events.read(events.write(table, tmp_path / "copy.csv"))
    pd.testing.assert_frame_equal(again, table, check_dtype=False)


def test_event_a_lies_in_windows_of_the_list(real_data):
    folder = real_data / "lists" / "nguyen"
    windows = events.read(folder / "Magnetopause_Crossings__themisC_mp_Crossings.csv")
    moment = pd.Timestamp("2008-08-12T21:22:30")
    assert ((windows.start <= moment) & (moment <= windows.stop)).any()


def test_the_storm_of_november_2001_is_on_the_list(real_data):
    table = events.read(real_data / "lists" / "EventList_full.txt")
    assert table.dst[table.start == "2001-11-06T07:00"].tolist() == [-292]


@pytest.mark.parametrize(
    ("name", "rows", "without_end"),
    [
        pytest.param("Magnetopause_plasma_flow_MMS_mp_flow.csv", 1511, 0, id="begin, end"),
        pytest.param("bugs_2021_20211026_tr_chorusa.txt", 3, 0, id="24:00"),
        pytest.param("bugs_2022_20220119_all_ground_event.txt", 40, 40, id="UTC last"),
        pytest.param("eventlist_eventlist.csv", 17, 0, id="time_start, time_stop"),
        pytest.param("events_slams_burst.csv", 301, 0, id="time, end"),
        pytest.param("tests_Dst_Li2020.xml", 95, 0, id="AMDA"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::smile_explore.errors.ReadingWarning")
def test_every_row_of_foreign_lists_is_read_or_said(real_data, name, rows, without_end):
    table = events.read(real_data / "wild" / "lists" / name)
    assert len(table) == rows
    assert (table.stop == table.start).sum() == without_end
    assert report(table)["count"].sum() == without_end
