import numpy as np
import pytest

from smile_explore import contract, formats
from smile_explore.catalogue import Variable, product
from smile_explore.errors import CorruptFileError
from smile_explore.formats import kyoto, rows

#: A storm's values touch each other, and so do missing ones: only the columns part them.
QUIET = " 1  -12 -16  -9  -5  -3   0   2   4    7   8   6   3   1  -1  -2  -4   -6  -8 -10 -12 -13 -12 -11  -9"
STORM = " 6  -35 -52-104-187-256-300-331-320 -292-275-266-259-251-240-233-225 -220-211-205-198-190-184-177-171"


def page(edition="FINAL", month="NOVEMBER  2001", rows=None, end="</pre>\n</body></html>"):
    rows = [row(day) for day in range(1, 31)] if rows is None else rows
    head = f'<html><body>\n<pre class="data">\n   WDC for Geomagnetism, Kyoto\n  Hourly Equatorial Dst Values ({edition})\n'
    title = f"        {month}\nunit=nT                UT\n    1    2    3 and so on\nDAY\n"
    return (head + title + "\n".join(rows) + "\n" + end).encode("latin-1")


def row(day, values=None):
    """Write a day as Kyoto does: I2, then three groups of 1X, 8I4."""
    values = values or [day * 10 - hour for hour in range(24)]
    groups = ["".join(f"{v:4d}" for v in values[g : g + 8]) for g in (0, 8, 16)]
    return f"{day:2d} " + " ".join(groups)


def read(tmp_path, body):
    path = tmp_path / "dst_200111.html"
    path.write_bytes(body)
    return kyoto.read(path)


def test_a_month_is_read_hour_by_hour(tmp_path):
    raw = read(tmp_path, page())
    assert raw.sizes["time"] == 30 * 24
    expected = np.array([[day * 10 - hour for hour in range(24)] for day in range(1, 31)])
    np.testing.assert_array_equal(raw["dst"].values.reshape(30, 24), expected)
    assert raw["dst"].attrs["UNITS"] == "nT"


def test_each_stamp_is_the_middle_of_its_hour(tmp_path):
    time = read(tmp_path, page())["time"].values
    assert time[0] == np.datetime64("2001-11-01T00:30")
    assert time[-1] == np.datetime64("2001-11-30T23:30")
    assert (np.diff(time) == np.timedelta64(1, "h")).all()


@pytest.mark.parametrize(
    ("line", "first", "last"),
    [
        pytest.param(QUIET, [-12, -16, -9, -5], [-13, -12, -11, -9], id="quiet"),
        pytest.param(STORM, [-35, -52, -104, -187], [-190, -184, -177, -171], id="values-that-touch"),
    ],
)  # fmt: skip
def test_columns_part_the_values_not_blanks(tmp_path, line, first, last):
    days = [row(day) for day in range(1, int(line[:2]))] + [line]
    values = read(tmp_path, page("REAL-TIME", rows=days))["dst"].values[-24:]
    assert (list(values[:4]), list(values[-4:])) == (first, last)


def test_9999_becomes_nan_and_never_a_number(tmp_path):
    values = [-19, 9999, 9999, 9999, -104, *range(-100, -83), 9999, 9999]
    line = row(11, values)
    assert "999999999999-104" in line  # as they touch on the page
    days = [row(day) for day in range(1, 11)] + [line]
    raw = read(tmp_path, page("REAL-TIME", rows=days))
    ds = contract.standardise(raw, (Variable("dst", ("dst",), "nT"),))
    expected = [-19, *[np.nan] * 3, -104, *range(-100, -83), np.nan, np.nan]
    np.testing.assert_array_equal(ds["dst"].values[-24:], expected)


@pytest.mark.parametrize(
    ("edition", "number"), [("FINAL", 2), ("PROVISIONAL", 1), ("REAL-TIME", 0), ("Final", 2)]
)
def test_the_edition_is_told_of_every_value(tmp_path, edition, number):
    assert read(tmp_path, page(edition))["edition"].values.tolist() == [number] * 720


def test_the_edition_reaches_who_loads_and_joins_months(tmp_path):
    months = [page("FINAL"), page("REAL-TIME", month="DECEMBER  2001", rows=[row(1)])]
    paths = [tmp_path / f"dst_2001{k}.html" for k in (11, 12)]
    for path, body in zip(paths, months, strict=True):
        path.write_bytes(body)
    ds = rows.read(paths, product("kyoto.dst"), quality="good", trusted=False)
    assert ds["edition"].sel(time="2001-11").values.tolist() == [2] * 720
    assert ds["edition"].sel(time="2001-12").values.tolist() == [0] * 24
    assert np.isfinite(ds["dst"]).all()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(page()[: len(page()) // 2], id="cut"),
        pytest.param(page(rows=[row(1), row(3)]), id="a-day-is-missing"),
        pytest.param(page(rows=[row(1), row(2)], end=""), id="two-days-of-thirty"),
        pytest.param(page(rows=[]), id="no-days"),
        pytest.param(page(month="13 2001"), id="no-month"),
        pytest.param(b"<html><body>404 Not Found</body></html>", id="another-page"),
        pytest.param(page(rows=[" 1  1 2 3-"]), id="garbage"),
        pytest.param(b"", id="empty"),
    ],
)
def test_a_page_without_the_whole_table_is_refused(tmp_path, body):
    with pytest.raises(CorruptFileError):
        read(tmp_path, body)


def test_the_exchange_format_adds_its_base_value(tmp_path):
    hours = "".join(f"{v:4d}" for v in [*range(-12, 11), 9999])
    old = f"DST5701*01  X2    0{hours}  -1\n"
    new = f"DST0301*31RRX020  -1{hours}9999\n"
    raw = read(tmp_path, (old.replace("X2    0", "X2     0") + new).encode())
    assert list(raw["time"].values[[0, 24]].astype("datetime64[m]").astype(str)) == [
        "1957-01-01T00:30", "2003-01-31T00:30",
    ]  # fmt: skip
    np.testing.assert_array_equal(raw["dst"].values[:24], [*range(-12, 11), 9999])
    np.testing.assert_array_equal(raw["dst"].values[24:], [*range(-112, -89), 9999])
    assert raw["edition"].values[[0, 24]].tolist() == [2, 0]  # blank, quicklook


def test_the_table_of_products_names_this_reader(tmp_path):
    path = tmp_path / "dst_200111.html"
    path.write_bytes(page())
    assert "dst" in formats.read(path, ["dst"], format="kyoto")
