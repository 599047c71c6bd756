"""The published lists of ../shared/data/lists, as they are."""

import pandas as pd
import pytest

from smile_explore import events


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
