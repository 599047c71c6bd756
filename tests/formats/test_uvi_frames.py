"""Many images of UVI read when they are looked at: the same as at once, and each from its file alone."""

import numpy as np
import pytest
import xarray as xr

from smile_explore import load, smile
from smile_explore.errors import SmileExploreError
from smile_explore.formats import uvi, uvi_frames
from tests.archive import uvis

START = np.datetime64("2026-07-20T23:00:26", "ns")
SPAN = ("2026-07-20 23:00", "2026-07-20 23:10")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("uvi")
    for k in range(3):
        image = np.full((521, 521), 100.0 * k)
        middle = START + k * np.timedelta64(30, "s")
        begin = (middle - np.timedelta64(15, "s")).astype("M8[s]").item()
        uvis.aurora_geo(
            folder / f"SMILE_UVI_L2_AURORA-GEO_{begin:%Y%m%dT%H%M%S}.cdf", middle, image
        )
    return folder


@pytest.fixture(scope="module")
def lazy(folder):
    return load("smile.uvi", *SPAN, source=folder, chunks="auto")


def test_the_stamp_of_a_file_is_its_epoch(folder):
    paths = sorted(folder.iterdir())
    stamps = [uvi_frames.stamp(p)[0] for p in paths]
    assert np.diff(stamps).tolist() == [30_000_000_000] * 2
    # J2000 is 2000-01-01T12:00 TT; TT is ahead of UTC by 32.184 s and, since 2017, 37 s
    since = START - np.datetime64("2000-01-01T12:00", "ns") + np.timedelta64(69_184, "ms")
    assert stamps[0] == since.astype(np.int64)


def test_when_needed_is_the_same_as_at_once(folder, lazy):
    eager = load("smile.uvi", *SPAN, source=folder)
    assert lazy.chunks["time"] == (1, 1, 1)
    xr.testing.assert_equal(lazy.compute(), eager)
    for name in eager.variables:
        assert lazy[name].attrs == eager[name].attrs
        assert lazy[name].dtype == eager[name].dtype
    assert lazy.attrs["simulated"] == eager.attrs["simulated"] == 0


def test_only_the_image_at_the_cursor_is_read(lazy, monkeypatch):
    read, asked = uvi.read, []
    monkeypatch.setattr(
        uvi, "read", lambda path, *a, **k: asked.append(path.name) or read(path, *a, **k)
    )
    grid = lazy["grid"].isel(time=1).load()
    assert grid.shape == (501, 501)
    assert asked == ["SMILE_UVI_L2_AURORA-GEO_20260720T230041.cdf"]


def test_a_keogram_is_the_same(folder, lazy):
    names = ("grid", "mlat", "mlt")
    at_once = load("smile.uvi", *SPAN, source=folder)
    xr.testing.assert_equal(
        smile.keogram(*(lazy[n] for n in names)), smile.keogram(*(at_once[n] for n in names))
    )


def test_one_simulated_image_makes_all_simulated(folder, tmp_path, monkeypatch):
    from tests.archive import cdfs

    save = cdfs.Writer.save

    def called_simulated(self, path):
        self.cdf.add_attribute("Simulated", ["yes"])
        return save(self, path)

    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(cdfs.Writer, "save", called_simulated)
    middle = START + np.timedelta64(90, "s")
    path = uvis.aurora_geo(
        tmp_path / "SMILE_UVI_L2_AURORA-GEO_20260720T230141.cdf", middle, np.zeros((521, 521))
    )
    assert uvi_frames.stamp(path)[1] == 1
    ds = load("smile.uvi", *SPAN, source=tmp_path, chunks="auto")
    assert (ds.sizes["time"], ds.attrs["simulated"]) == (4, 1)


def test_a_damaged_way_to_the_stamp_is_never_followed(folder, tmp_path):
    data = sorted(folder.iterdir())[0].read_bytes()
    rng = np.random.default_rng(0)
    for cut in rng.integers(0, len(data), 50):
        (tmp_path / "cut.cdf").write_bytes(data[:cut])
        assert uvi_frames.stamp(tmp_path / "cut.cdf") is None
    for _ in range(300):
        bad = bytearray(data)
        for at in rng.integers(0, 3000, 3):
            bad[at] = rng.integers(256)
        (tmp_path / "bad.cdf").write_bytes(bad)
        found = uvi_frames.stamp(tmp_path / "bad.cdf")
        assert found is None or len(found) == 2


def test_an_image_that_is_damaged_is_refused_when_it_is_read(folder, tmp_path):
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    last = sorted(tmp_path.iterdir())[-1]
    data = bytearray(last.read_bytes())
    middle = len(data) // 3
    data[middle : middle + 4000] = bytes(4000)
    last.write_bytes(data)
    ds = load("smile.uvi", *SPAN, source=tmp_path, chunks="auto")
    assert float(ds["image"][0].max()) == 0.0
    with pytest.raises(SmileExploreError, match=r"230111\.cdf"):
        ds["image"][2].load()
