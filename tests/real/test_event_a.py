"""Event A, end to end: real values in the archive's layout, fetched by pyspedas' own downloader.

The archive holds CDFs written from the CSV listings of ../shared/data; what `load` returns is
compared with those listings, read here by pandas alone.
"""

import numpy as np
import pandas as pd
import pytest

import smile_explore as se
from tests.archive import cdfs
from tests.archive.server import Archive

START, STOP = "2008-08-12T20:43", "2008-08-13T01:45"
BERKELEY = "https://themis.ssl.berkeley.edu/data/themis/thc/l2"
ACE = "https://spdf.gsfc.nasa.gov/pub/data/ace"


def listing(path):
    df = pd.read_csv(path, na_values=["-1.0E+31", "-1.00000E+31"])
    time = pd.to_datetime(df.pop(df.columns[0])).dt.tz_localize(None)
    return time.to_numpy("M8[ns]"), df.to_numpy(float)


@pytest.fixture(scope="module")
def truth(request):
    folder = request.getfixturevalue("real_data")
    names = {
        "fgm": "themis/THC_L2_FGM_89446.csv", "mom": "themis/THC_L2_MOM_216777.csv",
        "mfi": "ace/AC_H0_MFI_95692.csv", "swe": "ace/AC_H0_SWE_95692.csv",
    }  # fmt: skip
    return {key: listing(folder / name) for key, name in names.items()}


def by_day(time, values):
    days = time.astype("M8[D]")
    for day in np.unique(days):
        here = days == day
        yield str(day), time[here], values[here]


@pytest.fixture(scope="module")
def archive(truth, tmp_path_factory):
    """Serve the day files of THEMIS-C and ACE at their real addresses."""
    folder = tmp_path_factory.mktemp("written")
    with Archive() as running:
        for day, time, v in by_day(*truth["fgm"]):
            name = f"thc_l2_fgm_{day.replace('-', '')}_v01.cdf"
            cdfs.themis_fgm(
                folder / name, "c", {"fgs": (time, {"gsm": v[:, 1:4], "btotal": v[:, 0]})}
            )
            running.put(f"{BERKELEY}/fgm/{day[:4]}/{name}", (folder / name).read_bytes())
        for day, time, v in by_day(*truth["mom"]):
            name = f"thc_l2_esa_{day.replace('-', '')}_v01.cdf"
            values = {
                "density": v[:, 0],
                "velocity_gsm": v[:, 1:4],
                "avgtemp": v[:, 4:7].mean(axis=1),
            }
            values["data_quality"] = np.zeros(len(time), int)
            cdfs.themis_esa(folder / name, "c", {"peif": (time, values)})
            running.put(f"{BERKELEY}/esa/{day[:4]}/{name}", (folder / name).read_bytes())
        for kind, write in (("mfi", cdfs.ace_mfi), ("swe", cdfs.ace_swe)):
            columns = {"mfi": ["BGSM"], "swe": ["Np", "Vp", "Tpr", "V_GSM"]}[kind]
            for day, time, v in by_day(*truth[kind]):
                room = (
                    "mag/level_2_cdaweb/mfi_h0" if kind == "mfi" else "swepam/level_2_cdaweb/swe_h0"
                )
                name = f"ac_h0_{kind}_{day.replace('-', '')}_v05.cdf"
                parts = [v[:, 1:4]] if kind == "mfi" else [v[:, 0], v[:, 1], v[:, 2], v[:, 3:6]]
                write(folder / name, time, dict(zip(columns, parts, strict=True)))
                running.put(f"{ACE}/{room}/{day[:4]}/{name}", (folder / name).read_bytes())
        yield running


@pytest.fixture(scope="module")
def data(archive, tmp_path_factory):
    """Load all four products once, from an empty cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMILE_EXPLORE_REWRITE", archive.rewrite)
        patch.setenv("SMILE_EXPLORE_CACHE", str(tmp_path_factory.mktemp("cache")))
        names = ("themis.c.fgm", "themis.c.esa", "ace.mfi", "ace.swepam")
        return {name: se.load(name, START, STOP) for name in names}


def within(time, values):
    here = (time >= np.datetime64(START)) & (time < np.datetime64(STOP))
    return time[here], values[here].astype(np.float32)


@pytest.mark.parametrize(
    ("product", "variable", "kind", "columns"),
    [
        ("themis.c.fgm", "b", "fgm", slice(1, 4)), ("themis.c.esa", "n_i", "mom", 0),
        ("themis.c.esa", "v", "mom", slice(1, 4)), ("ace.swepam", "n_p", "swe", 0),
        ("ace.swepam", "v", "swe", slice(3, 6)),
    ],
)  # fmt: skip
def test_loaded_values_are_those_of_the_listing_to_the_last_bit(
    data, truth, product, variable, kind, columns
):
    time, values = within(*truth[kind])
    ds = data[product]
    np.testing.assert_array_equal(ds.time.values, time)
    np.testing.assert_array_equal(ds[variable].values, values[:, columns])


def test_who_answered_is_said(data):
    assert data["themis.c.fgm"].attrs["source"] == "themis.ssl.berkeley.edu via pyspedas"
    assert data["ace.mfi"].attrs["time_reference"] == "L1"
    assert data["themis.c.fgm"].b.coordinate_system == "GSM"


def test_the_gap_stays_a_gap(data):
    gap = data["themis.c.fgm"].sel(time=slice("2008-08-13T00:36", "2008-08-13T00:49"))
    assert gap.sizes["time"] == 0 or np.isnan(gap.b.values).all()


@pytest.mark.parametrize(
    ("region", "start", "stop", "b", "n", "v_x"),
    [
        ("magnetosphere", "2008-08-12T20:43", "2008-08-12T21:05", 45.5, 0.22, None),
        ("sheath", "2008-08-12T21:23", "2008-08-13T00:28", 8.8, 8.1, -85),
        ("solar wind", "2008-08-13T00:30", "2008-08-13T01:45", 2.9, 1.8, -486),
    ],
)
def test_each_region_has_the_medians_of_the_readme(data, region, start, stop, b, n, v_x):
    inside = slice(start, stop)
    field = np.sqrt((data["themis.c.fgm"].b.sel(time=inside) ** 2).sum("cartesian"))
    plasma = data["themis.c.esa"].sel(time=inside)
    assert float(field.median()) == pytest.approx(b, rel=0.1), region
    assert float(plasma.n_i.median()) == pytest.approx(n, rel=0.1), region
    if v_x:
        assert float(plasma.v.sel(cartesian="x").median()) == pytest.approx(v_x, rel=0.1), region


def test_a_second_load_asks_no_server_and_is_equal(archive, tmp_path, monkeypatch):
    monkeypatch.setenv("SMILE_EXPLORE_REWRITE", archive.rewrite)
    first = se.load("ace.mfi", START, STOP)
    archive.asked.clear()
    again = se.load("ace.mfi", START, STOP)
    assert archive.asked == []
    assert again.attrs["source"] == "cache"
    assert first.drop_attrs(deep=False).identical(again.drop_attrs(deep=False))
