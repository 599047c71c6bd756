"""SXI's level 3: what is written comes back, a damaged file is refused in one sentence."""

import subprocess
import sys

import numpy as np
import pytest
import xarray as xr
from astropy.io import fits
from astropy.table import Table

from smile_explore import formats, load, open_file, report
from smile_explore.errors import CorruptFileError, DatasetError, InputError
from smile_explore.formats import fits_guard, sxi

POS = (5.91813, 6.74116, 17.7067)
NAMES = [f"SMILE_SXI_L3_SCIM15-SCI-{k}_20270322T1000-20270322T1005_V01.fits" for k in ("TOT", "BKG", "VCY")]  # fmt: skip


def exposure(shape=(108, 64), times=1, **attrs):
    """Return counts of 300 s with background and vignetting, as `smile.counts` names them."""
    rng = np.random.default_rng(4)
    full = (times, *shape)
    dims = ("time", "y", "x")
    step = 27 / shape[0]
    ds = xr.Dataset(
        {
            "counts": (dims, rng.poisson(9.0, full)),
            "background": (dims, np.full(full, 2.5)),
            "vignetting": (dims, rng.uniform(0.4, 1, full)),
            "exposure": ("time", np.full(times, 300.0)),
            "pos": (("time", "cartesian"), np.tile(POS, (times, 1)) * 6371.2, {"units": "km", "coordinate_system": "GSE"}),
            "aim": (("time", "cartesian"), np.tile((7.856, 0, 0), (times, 1)) * 6371.2, {"units": "km", "coordinate_system": "GSE"}),
        },
        {
            "time": np.datetime64("2027-03-22T10:02:30", "ns") + np.arange(times) * np.timedelta64(300, "s"),
            "y": (np.arange(shape[0]) + 0.5) * step - 13.5,
            "x": (np.arange(shape[1]) + 0.5) * 16 / shape[1] - 8,
        },
        {"simulated": 1, **attrs},
    )  # fmt: skip
    ds["foreground"] = (ds.counts - ds.background) / ds.vignetting
    ds["error"] = np.sqrt(ds.counts)
    return ds


def raw(path, text):
    """Write a header of one's own; 36 cards a block."""
    cards = [c.ljust(80) for c in text]
    path.write_bytes("".join(cards).encode().ljust(2880))
    return path


# --------------------------------------------------------------------------- round trips


@pytest.mark.parametrize(("day", "simulated"), [("2025-10-17", 1), ("2026-05-18", 1), ("2026-08-01", 0)])  # fmt: skip
def test_what_is_dated_before_the_launch_is_simulated_whatever_it_says(tmp_path, day, simulated):
    ds = exposure(simulated=0)
    ds["time"] = ds.time - ds.time[0] + np.datetime64(f"{day}T10:02:30", "ns")
    (path, *_) = sxi.write(ds, tmp_path)
    assert not fits.getval(path, "SIMULATD")
    assert open_file(path).attrs["simulated"] == simulated


def test_an_exposure_in_three_files_comes_back_from_any_of_them(tmp_path):
    ds = exposure()
    paths = sxi.write(ds, tmp_path)
    assert [p.name for p in paths] == NAMES
    assert paths[0].parent.name == "L3_20270322T1000-20270322T1005"
    for path in paths:
        back = sxi.read(path)
        np.testing.assert_array_equal(back.CTSMAP, ds.counts)
        np.testing.assert_array_equal(back.BKGMAP, ds.background)
        np.testing.assert_array_equal(back.VIGMAP, ds.vignetting)
        np.testing.assert_array_equal(back.time, ds.time)
        np.testing.assert_allclose(back.POS.values[0], POS, rtol=1e-14)
        np.testing.assert_allclose(back.y, ds.y, atol=1e-12)
        np.testing.assert_allclose(back.x, ds.x, atol=1e-12)
        assert back.EXPOS.item() == 300
        assert back.attrs["simulated"] == 1


@pytest.mark.parametrize("shape", [(108, 64), (27, 16)], ids=["15 arcmin", "1 degree"])
def test_a_rebinned_file_holds_the_maps_of_the_layout_in_its_order(tmp_path, shape):
    ds = exposure(shape)
    for kind in ("diffuse", "sources", "particles", "calibration", "protons"):
        ds[f"background_{kind}"] = ds.background / 5
    (path,) = sxi.write(ds, tmp_path / "SMILE_SXI_L3_SCIM60x60-SCI-CXF_a_V01.fits")
    with fits.open(path) as hdus:
        assert [h.name for h in hdus[1:]] == [
            "CTSMAP", "BKGMAP", "XBMAP", "PSMAP", "PBMAP", "CLMAP", "SPMAP", "VIGMAP", "CXFOV", "ERRFOV",
        ]  # fmt: skip
        np.testing.assert_array_equal(hdus[0].data, ds.foreground[0])
        assert hdus[0].header["CRVAL1"] == pytest.approx(-8)  # the edge, not a centre
        assert hdus[0].header["CRVAL2"] == pytest.approx(-13.5)
        assert hdus[0].header["CDELT1"] == pytest.approx(16 / shape[1])
    back = sxi.read(path)
    np.testing.assert_array_equal(back.CXFOV, ds.foreground)
    np.testing.assert_array_equal(back.ERRFOV, ds.error)


def test_a_fitted_file_keeps_stand_off_and_parameters(tmp_path):
    ds = exposure((27, 16), MODEL="cmem2g", FIT="lm")
    ds["model"] = ds.foreground * 0 + 3.0
    ds["standoff"], ds["standoff_error"] = ("time", [8.4]), ("time", [np.nan])
    for k, name in enumerate(("INITIAL", "OPTIMUM", "FIT_ERROR")):
        ds[name] = (("time", "parameter"), [[10.0 + k, 2e-5 * k]])
    ds.attrs["parameters"] = "p0, A1"
    (path,) = sxi.write(ds, tmp_path / "fit.fits")
    assert fits.getval(path, "R_ERR") == 9999
    back = sxi.read(path)
    assert back.RCMEM.item() == 8.4
    assert back.OPTIMUM.values.tolist() == [[11.0, 2e-5]]
    assert back.attrs["parameters"] == "p0, A1"
    assert (back.MODELMAP == 3).all()
    assert np.isnan(open_file(path).R_ERR.item())  # 9999 is a fill, and becomes NaN


def test_what_was_read_can_be_written_again(tmp_path):
    (path,) = sxi.write(exposure(), tmp_path / "one.fits")
    once = sxi.read(path)
    (path,) = sxi.write(once, tmp_path / "two.fits")
    xr.testing.assert_identical(sxi.read(path), once)


def test_load_finds_the_exposures_of_a_folder(tmp_path):
    ds = exposure(times=3)
    sxi.write(ds, tmp_path)
    found = load("smile.sxi", "2027-03-22 10:00", "2027-03-22 10:10", source=tmp_path)
    assert found.attrs["simulated"] == 1
    assert found.sizes == {"time": 2, "y": 108, "x": 64, "cartesian": 3}
    np.testing.assert_array_equal(found.counts, ds.counts[:2])
    assert found.pos.units == "km"
    assert found.pos.coordinate_system == "GSE"
    assert found.y.units == "degree"
    np.testing.assert_allclose(found.pos[0] / 6371.2, POS)


REBINNED = ("CTSMAP", "BKGMAP", "XBMAP", "PSMAP", "PBMAP", "CLMAP", "SPMAP", "VIGMAP", "CXFOV", "ERRFOV")  # fmt: skip
OURS = {
    "counts": "CTSMAP", "background": "BKGMAP", "background_diffuse": "XBMAP", "background_sources": "PSMAP",
    "background_particles": "PBMAP", "background_calibration": "CLMAP", "background_protons": "SPMAP",
    "vignetting": "VIGMAP", "foreground": "CXFOV", "error": "ERRFOV",
}  # fmt: skip
CONSTRAINED = {"background_constrained": "BKGCON", "foreground_constrained": "CXFOV_CON"}


def of_the_public_reader(folder, kind, minute=2):
    """Write a file as the public rebinning does: unnamed first image, a header on each part."""
    names = (*REBINNED, *CONSTRAINED.values()) if kind == "CXFCON" else REBINNED
    maps = {n: np.full((27, 16), k + 0.5, np.float32) for k, n in enumerate(names)}
    header = fits.Header()
    keys = {
        "CRVAL1": -8.0,
        "CRVAL2": -13.5,
        "CDELT1": 1.0,
        "CDELT2": 1.0,
        "EXPOS": 300.0,
        "EMIN": 0.2,
        "EMAX": 2.0,
    }
    keys |= {
        f"{what}_{axis}": float(k) for what in ("POS", "AIM") for k, axis in enumerate("XYZ", 1)
    }
    keys |= {
        "DATE-OBS": f"2026-07-17T02:4{minute}:00.0",
        "DATE-END": f"2026-07-17T02:4{minute + 5}:00.0",
    }
    header.update(keys)
    first = maps["CXFOV_CON" if kind == "CXFCON" else "CXFOV"]
    parts = [fits.PrimaryHDU(first, header)]
    parts += [fits.ImageHDU(m, name=n, header=header) for n, m in maps.items()]
    parts.append(
        fits.BinTableHDU.from_columns([fits.Column("START", "D", array=[0.0])], name="GTI")
    )
    name = (
        f"SMILE_SXI_L3_SCIM15-SCI-{kind}_20260717T024{minute}-20260717T024{minute + 5}_V01_1x1.fits"
    )
    fits.HDUList(parts).writeto(folder / name)
    return maps


@pytest.mark.parametrize("kind", ["CXF", "CXFCON"])
def test_files_of_the_public_reader_load_from_a_folder_with_all_their_maps(tmp_path, kind):
    maps = of_the_public_reader(tmp_path, kind)
    row = {"CXF": "smile.sxi.rebinned", "CXFCON": "smile.sxi.constrained"}[kind]
    for product in ("smile.sxi", row):
        ds = load(product, "2026-07-17 02:00", "2026-07-17 03:00", source=tmp_path)
        ours = OURS | (CONSTRAINED if kind == "CXFCON" else {})
        for name, own in ours.items():
            np.testing.assert_array_equal(ds[name][0], maps[own], err_msg=name)
        told = report(ds)
        assert told[told.variable == "GTI"].what.tolist() == ["left out"]


def test_each_kind_of_a_mixed_folder_has_a_product(tmp_path):
    sxi.write(exposure(), tmp_path)
    maps = of_the_public_reader(tmp_path, "CXF")
    constrained = of_the_public_reader(tmp_path, "CXFCON")
    span = {"source": tmp_path}
    counts = load("smile.sxi.counts", "2027-03-22 10:00", "2027-03-22 10:10", **span)
    assert counts.counts.shape == (1, 108, 64)
    rebinned = load("smile.sxi.rebinned", "2026-07-17 02:00", "2026-07-17 03:00", **span)
    np.testing.assert_array_equal(rebinned.foreground[0], maps["CXFOV"])
    both = load("smile.sxi.constrained", "2026-07-17 02:00", "2026-07-17 03:00", **span)
    np.testing.assert_array_equal(both.foreground_constrained[0], constrained["CXFOV_CON"])


def test_open_file_knows_the_layout_by_its_content(tmp_path):
    sxi.write(exposure(), tmp_path / "renamed.fits")
    ds = open_file(tmp_path / "renamed.fits", "smile.sxi")
    assert ds.attrs["simulated"] == 1
    assert ds.counts.units == "count"
    assert formats.kind(tmp_path / "renamed.fits") == "sxi"


def test_files_of_the_team_need_not_name_their_first_image(tmp_path):
    sxi.write(exposure(), tmp_path)
    for path in tmp_path.rglob("*.fits"):
        with fits.open(path, mode="update") as hdus:
            del hdus[0].header["EXTNAME"]
            del hdus[0].header["CHECKSUM"]
            del hdus[0].header["SIMULATD"]
        back = sxi.read(path)
        assert {"CTSMAP", "BKGMAP", "VIGMAP"} <= set(back.data_vars)
    assert back.attrs["simulated"] == 0


# --------------------------------------------------------------------------- quality


def flagged(aim=(7.856, 0, 0), position=POS, foreground=50000.0, background=100.0):
    ds = xr.Dataset(
        {
            "POS": (("time", "c"), [position]),
            "AIM": (("time", "c"), [aim]),
            "EXPOS": ("time", [300.0]),
        }
    )
    ds["CXFOV"] = ("time", "y", "x"), [[[foreground]]]
    ds["BKGMAP"] = ("time", "y", "x"), [[[background]]]
    return ds


@pytest.mark.parametrize(
    ("given", "flag", "bits"),
    [
        pytest.param({}, 0, 0, id="good"),
        # apogee of 2026-11-21 by the sheet: 46 degrees of tilt, position flag 1
        pytest.param({"position": (-7.9, 4.9, 17.7), "aim": (11.4, 0, 0)}, 1, 1, id="November"),
        pytest.param({"position": (-30, 4.9, 17.7), "aim": (11.4, 0, 0)}, 2, 2, id="far back"),
        pytest.param({"foreground": 30000.0}, 1, 0, id="100 counts a second"),
        pytest.param({"foreground": 20000.0, "background": 30000.0}, 2, 4, id="noisy"),
        pytest.param({"foreground": 20000.0, "background": 90000.0}, 2, 8, id="drowned"),
        pytest.param({"foreground": np.nan}, 2, 8, id="empty"),
    ],
)  # fmt: skip
def test_quality_flags_follow_their_definition(given, flag, bits):
    assert sxi.quality_flag(flagged(**given)) == flag
    assert sxi.quality_bits(flagged(**given)) == bits


def test_flags_come_from_the_header_or_are_computed_and_say_which(tmp_path):
    (path,) = sxi.write(exposure(), tmp_path / "a.fits")
    assert sxi.read(path).attrs["QF_from"] == "header"
    computed = sxi.read(path).QF.item()
    with fits.open(path, mode="update") as hdus:
        del hdus[0].header["QF"]
    again = sxi.read(path)
    assert again.attrs["QF_from"] == "computed"
    assert again.QF.item() == computed


# --------------------------------------------------------------------------- refusals


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def lengthened(path):
    path.write_bytes(path.read_bytes() + b"\0" * 2880)


def flipped(path):
    data = bytearray(path.read_bytes())
    data[-4000] ^= 0x40
    path.write_bytes(data)


def changed(key, value):
    def damage(path):
        with fits.open(path, mode="update") as hdus:
            if value is None:
                del hdus[0].header[key]
            else:
                hdus[0].header[key] = value

    return damage


def cubed(path):
    with fits.open(path) as hdus:
        header = hdus[0].header
        fits.PrimaryHDU(np.zeros((2, 3, 4)), header).writeto(path, overwrite=True)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        pytest.param(cut, "cut short", id="cut in half"),
        pytest.param(lengthened, "begins with neither", id="lengthened"),
        pytest.param(flipped, "checksum", id="a bit flipped"),
        pytest.param(cubed, "NAXIS 3", id="three axes"),
        pytest.param(changed("DATE-OBS", None), "lacks DATE-OBS", id="no time"),
        pytest.param(changed("POS_Y", None), "lacks POS_Y", id="no position"),
        pytest.param(changed("DATE-END", "tomorrow"), "no time", id="time in words"),
        pytest.param(changed("DATE-END", "2020-01-01T00:00:00"), "before it starts", id="reversed"),
        pytest.param(changed("CDELT1", 0.0), "CDELT1", id="pixels of no width"),
        pytest.param(changed("AIM_X", "here"), "AIM_X", id="an aim in words"),
    ],
)
def test_a_damaged_file_is_one_sentence(tmp_path, damage, told):
    (path,) = sxi.write(exposure(), tmp_path / "a.fits")
    damage(path)
    with pytest.raises(CorruptFileError, match=told) as caught:
        sxi.read(path)
    assert "a.fits" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_cut_anywhere_is_refused(tmp_path):
    (path,) = sxi.write(exposure((27, 16)), tmp_path / "a.fits")
    whole = path.read_bytes()
    for size in range(0, len(whole), 1777):
        path.write_bytes(whole[:size])
        with pytest.raises(CorruptFileError):
            sxi.read(path)


CARDS = ["SIMPLE  =                    T", "BITPIX  =                  -64"]


@pytest.mark.parametrize(
    ("cards", "told"),
    [
        (["NAXIS   = 2", "NAXIS1  = 900000", "NAXIS2  = 900000", "END"], "claims"),
        (["NAXIS   = 999", "END"], "NAXIS 999"),
        (["NAXIS   = 2", "NAXIS1  = -5", "NAXIS2  = 5", "END"], "length -5"),
        (["NAXIS   = 2", "NAXIS1  = x", "END"], "no whole number"),
        (["NAXIS   = 1", "END"], "NAXIS1"),
        (["NAXIS   = 0", "PCOUNT  = -1", "NAXIS   = 1", "NAXIS1  = 1"], "cut short"),
    ],
    ids=["a bomb", "999 axes", "negative", "letters", "a key missing", "no end"],
)
def test_a_header_is_refused_before_anything_is_allocated(tmp_path, cards, told):
    with pytest.raises(CorruptFileError, match=told):
        fits_guard.check(raw(tmp_path / "a.fits", CARDS + cards))


@pytest.mark.parametrize("named", [{"name": "EVENTS"}, {"name": "PHOTONS"}], ids=str)
def test_an_event_list_says_what_it_is_and_the_way_it_names_works(tmp_path, named):
    """Unsigned and nullable columns, as level 1 has them; two photons in one frame."""
    columns = [
        fits.Column("TIME", "D", array=[10.0, 10.0, 12.5]),
        fits.Column("RAWX", "I", bzero=32768, array=np.array([1, 40000, 7], np.uint16)),
        fits.Column("PHA", "J", null=-1, array=np.array([5, -1, 9])),
        fits.Column("ENERGY", "E", array=[100.5, 101, 120]),
    ]
    hdu = fits.BinTableHDU.from_columns(columns, **named)
    hdu.header["HDUCLAS1"] = "EVENTS"
    path = tmp_path / "smile_sxi_l1.fits"
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(path)
    with pytest.raises(InputError, match=r"a list of 3 events \(TIME, RAWX, PHA, ENERGY\).*CSV"):
        open_file(path)
    table = Table.read(path, hdu=named["name"])
    stamps = np.datetime64("2026-07-17T02:00") + (1e3 * table["TIME"]).astype("timedelta64[ms]")
    lines = [
        f"{stamp},{row['RAWX']},{'' if row['PHA'] is np.ma.masked else row['PHA']},{row['ENERGY']}"
        for stamp, row in zip(stamps, table, strict=True)
    ]
    (tmp_path / "events.csv").write_text("\n".join(["time,rawx,pha,energy", *lines]))
    ds = open_file(tmp_path / "events.csv")
    assert ds.rawx.dims == ("record",)
    assert ds.rawx.values.tolist() == [1, 40000, 7]
    assert ds.energy.values.tolist() == [100.5, 101, 120]
    np.testing.assert_array_equal(ds.pha, [5, np.nan, 9])


def test_companions_of_another_exposure_are_refused(tmp_path):
    tot, bkg, _ = sxi.write(exposure(), tmp_path)
    changed("POS_X", 1.0)(bkg)
    with pytest.raises(CorruptFileError, match="POS_X"):
        sxi.read(tot)


def test_a_file_that_is_no_fits_is_refused(tmp_path):
    path = tmp_path / "a.fits"
    path.write_bytes(b"<html>not here</html>")
    with pytest.raises(CorruptFileError, match="no plain FITS"):
        sxi.read(path)
    path.write_bytes(b"")
    with pytest.raises(CorruptFileError):
        sxi.read(path)


def test_asking_for_other_variables_says_what_there_is(tmp_path):
    (path,) = sxi.write(exposure(), tmp_path / "a.fits")
    assert list(sxi.read(path, ["CTSMAP"]).data_vars) == ["CTSMAP"]
    with pytest.raises(DatasetError, match="CTSMAP"):
        sxi.read(path, ["NOTHING"])


@pytest.mark.parametrize(
    ("ds", "path", "told"),
    [
        (exposure(times=2), "a.fits", "2 times"),
        (exposure().drop_vars(["pos"]), "a.fits", "'pos'"),
        (exposure().drop_vars(["exposure"]), "a.fits", "'exposure'"),
        (exposure()[["pos", "aim", "exposure"]], "a.fits", "no map"),
        (exposure().assign_coords(y=np.arange(108) ** 2.0), "a.fits", "'y'"),
        (exposure().drop_vars(["vignetting"]), "x-VCY_.fits", "VIGMAP"),
    ],
    ids=["two times", "no position", "no exposure", "no map", "irregular", "wrong kind"],
)
def test_what_cannot_be_written_is_said(tmp_path, ds, path, told):
    with pytest.raises(InputError, match=told):
        sxi.write(ds, tmp_path / path)


def test_importing_the_module_does_not_import_astropy():
    code = "import sys, smile_explore.formats.sxi; print('astropy.io.fits' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "False"
