import json

import numpy as np
import pytest

from smile_explore.catalogue import product
from smile_explore.errors import CorruptFileError
from smile_explore.formats import kp, rows

#: Columns of the WDC table: yymmdd, rotation and day, 8 Kp, sum, 8 ap, Ap.
DAY = "031029" + "2325 9" + "437773339027 0 3" + "370" + " 32152 18  9400 12  0  2" + " 78"
SPACED = "22 1 1" + "2569 5" + " 0 3 71013172023" + " 93" + "  0  2  3  4  5  6  7  9" + "  5"


def read(tmp_path, text, name="Kp_def2003.wdc"):
    path = tmp_path / name
    path.write_text(text)
    return kp.read(path)


def test_thirds_are_decoded_as_gfz_writes_them(tmp_path):
    raw = read(tmp_path, DAY + "\n")
    expected = [4 + 1 / 3, 7 + 2 / 3, 7 + 1 / 3, 3 + 1 / 3, 9, 2 + 2 / 3, 0, 1 / 3]
    np.testing.assert_allclose(raw["kp"], expected, rtol=1e-12)
    np.testing.assert_array_equal(raw["ap"], [32, 152, 18, 9, 400, 12, 0, 2])


def test_stamps_are_the_start_of_three_hours(tmp_path):
    time = read(tmp_path, SPACED)["time"].values.astype("datetime64[h]").astype(str)
    assert list(time[[0, 1, 7]]) == ["2022-01-01T00", "2022-01-01T03", "2022-01-01T21"]


@pytest.mark.parametrize(
    ("year", "century"), [("32", "1932"), ("99", "1999"), ("00", "2000"), ("31", "2031")]
)
def test_two_digits_of_a_year_are_those_since_1932(tmp_path, year, century):
    line = year + DAY[2:]
    assert str(read(tmp_path, line)["time"].values[0])[:4] == century


def test_a_blank_is_missing_and_never_zero(tmp_path):
    line = DAY[:12] + "  " + DAY[14:31] + "   " + DAY[34:]
    raw = read(tmp_path, line)
    assert np.isnan(raw["kp"].values[0])
    assert raw["ap"].values[0] == raw["ap"].attrs["FILLVAL"] == -1
    assert not np.isnan(raw["kp"].values[1:]).any()


def test_the_table_since_1932_is_read(tmp_path):
    text = (
        "# PURPOSE: Kp\n#YYY MM DD hh.h hh._m days days_m Kp ap D\n"
        "2003 10 29 00.0 01.50 26233.00000 26233.06250  4.333   32 1\n"
        "2003 10 29 03.0 04.50 26233.12500 26233.18750 -1.000   -1 0\n"
    )
    raw = read(tmp_path, text, "Kp_ap_since_1932.txt")
    assert raw["kp"].values == pytest.approx([4.333, np.nan], nan_ok=True)
    assert list(raw["ap"].values) == [32, -1]
    assert str(raw["time"].values[1])[:13] == "2003-10-29T03"
    assert raw["definitive"].values.tolist() == [1, 0]


def test_the_answer_of_the_web_service_is_read(tmp_path):
    table = {
        "meta": {"source": "GFZ Potsdam", "license": "CC BY 4.0"},
        "datetime": ["2022-01-01T00:00:00Z", "2022-01-01T03:00:00Z"],
        "Kp": [2.667, None],
        "status": ["def", "pre"],
    }
    raw = read(tmp_path, json.dumps(table), "kp_2022.json")
    assert raw["kp"].values == pytest.approx([2.667, np.nan], nan_ok=True)
    assert str(raw["time"].values[1])[:13] == "2022-01-01T03"
    assert raw["definitive"].values.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        pytest.param("Kp_def2003.wdc", 1.0, id="GFZ's definitive year"),
        pytest.param("Kp_nowcast.wdc", np.nan, id="the same layout of something else"),
    ],
)
def test_a_wdc_table_is_definitive_only_if_its_name_says_so(tmp_path, name, told):
    (tmp_path / name).write_text(DAY + "\n")
    ds = rows.read_one(tmp_path / name, product("gfz.kp"), quality="good", trusted=False)
    np.testing.assert_array_equal(ds["definitive"], [told] * 8)
    np.testing.assert_allclose(ds["kp"][0], 4 + 1 / 3)


def test_a_json_without_a_status_does_not_tell(tmp_path):
    table = {"datetime": ["2022-01-01T00:00:00Z"], "Kp": [2.667]}
    raw = read(tmp_path, json.dumps(table), "kp.json")
    assert raw["definitive"].values.tolist() == [raw["definitive"].attrs["FILLVAL"]] == [-1]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(DAY + "\n" + DAY[:30], id="cut"),
        pytest.param(DAY.replace("4377", "4577"), id="no-third"),
        pytest.param("<html>Not found</html>", id="page"),
        pytest.param("# only a header\n", id="no-lines"),
        pytest.param('{"datetime": ["2022-01-01T00:00:00Z"], "Kp": []}', id="json-unequal"),
        pytest.param('{"datetime": ["2022-01', id="json-cut"),
    ],
)
def test_what_is_not_a_whole_table_of_kp_is_refused(tmp_path, text):
    with pytest.raises(CorruptFileError):
        read(tmp_path, text)
