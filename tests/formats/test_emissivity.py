"""Cubes of emissivity from netCDF and FITS, whole, odd and damaged."""

import numpy as np
import pytest
import xarray as xr
from astropy.io import fits

from smile_explore import open_file, smile
from smile_explore.errors import CorruptFileError, DatasetError, InputError
from smile_explore.formats import emissivity

X, Y, Z = np.arange(-4.0, 15.0, 2.0), np.arange(-9.0, 10.0, 3.0), np.arange(-8.0, 9.0, 4.0)


def shine(x, y, z):
    return 1e-6 * (100 + x - 2 * y + 3 * z)


TRUE = shine(*np.meshgrid(X, Y, Z, indexing="ij"))


def netcdf_file(path, *, dims="zyx", lengths=1.0, encoding=None, **attrs):
    """Write TRUE on the dims given, with axes in R_E times `lengths`."""
    attrs = {"units": "eV cm-3 s-1", "coordinate_system": "GSM"} | attrs
    da = xr.DataArray(
        TRUE, dims=("x", "y", "z"), coords={"x": X * lengths, "y": Y * lengths, "z": Z * lengths}
    )
    if lengths != 1:
        for axis in "xyz":
            da[axis].attrs["units"] = "km"
    ds = (
        da.transpose(*dims).assign_attrs({k: v for k, v in attrs.items() if v}).to_dataset(name="q")
    )
    ds.to_netcdf(path, encoding=encoding)
    return path


def header(order="xyz", **cards):
    """Return the cards of axes by CRVAL and CDELT, the fastest first."""
    cards = {"BUNIT": "eV cm-3 s-1", "COORDSYS": "GSM"} | cards
    for k, axis in enumerate(order, 1):
        points = {"x": X, "y": Y, "z": Z}[axis]
        own = {
            f"CTYPE{k}": axis.upper(),
            f"CRVAL{k}": points[2],
            f"CDELT{k}": points[1] - points[0],
        }
        cards = own | {f"CRPIX{k}": 3.0, f"CUNIT{k}": "RE"} | cards
    return fits.Header([(k, v) for k, v in cards.items() if v is not None])


def fits_file(path, order="xyz", own_axes=False, values=TRUE, **cards):
    data = np.transpose(values, ["xyz".index(a) for a in reversed(order)])
    hdus = [fits.PrimaryHDU(data, header(order, **cards))]
    if own_axes:
        hdus += [fits.ImageHDU(p, name=n) for n, p in zip("xyz", (X, Y, Z), strict=True)]
    fits.HDUList(hdus).writeto(path)
    return path


WITHOUT = {
    f"{key}{k}": None for key in ("CTYPE", "CRVAL", "CDELT", "CRPIX", "CUNIT") for k in (1, 2, 3)
}


@pytest.mark.parametrize(
    ("name", "write"),
    [
        pytest.param("a.nc", netcdf_file, id="netcdf"),
        pytest.param("a.nc", lambda p: netcdf_file(p, dims="yxz"), id="netcdf-other-order"),
        pytest.param("a.nc", lambda p: netcdf_file(p, lengths=6371.2), id="netcdf-axes-in-km"),
        pytest.param("a.nc", lambda p: netcdf_file(p, units="eV/(cm3 s)"), id="netcdf-units"),
        pytest.param("a.fits", fits_file, id="fits"),
        pytest.param("a.fits", lambda p: fits_file(p, order="zxy"), id="fits-other-order"),
        pytest.param("a.fits", lambda p: fits_file(p, own_axes=True, **WITHOUT), id="fits-own-axes"),
        pytest.param("a.fits", lambda p: fits_file(p, values=TRUE / 1000, BUNIT="keV cm-3 s-1"), id="keV"),
    ],
)  # fmt: skip
def test_a_cube_is_the_same_however_it_was_written(tmp_path, name, write):
    cube = emissivity.read(write(tmp_path / name))
    assert cube.dims == ("x", "y", "z")
    np.testing.assert_allclose(cube.values, TRUE, rtol=1e-12)
    for axis, points in zip("xyz", (X, Y, Z), strict=True):
        np.testing.assert_allclose(cube[axis], points, rtol=1e-12)
        assert cube[axis].attrs["units"] == "RE"
    assert cube.attrs["units"] == "eV cm-3 s-1"
    assert (cube.attrs["coordinate_system"], cube.attrs["source_files"]) == ("GSM", name)


def test_a_downward_axis_is_turned_over(tmp_path):
    cube = emissivity.read(fits_file(tmp_path / "a.fits", CRVAL1=X[-3], CDELT1=-2.0))
    np.testing.assert_allclose(cube.x, X)
    np.testing.assert_allclose(cube.values, TRUE[::-1])


def test_smile_looks_through_a_file(tmp_path):
    """A linear emissivity along a line is its value half way, times the way."""
    place, aim, frame = np.array([5.0, 6.0, 7.0]), (9.0, 0.5, -0.5), {"shape": (3, 2)}
    ds = smile.image(
        place, model=emissivity.read(fits_file(tmp_path / "run.fits")), aim=aim, **frame
    )
    from smile_explore.smile.pointing import pointing, rays

    ways = rays(pointing(place, aim=aim), **frame)[0]
    ends = np.where(ways > 0, [X[-1], Y[-1], Z[-1]], [X[0], Y[0], Z[0]])
    far = ((ends - place) / ways).min(axis=-1)
    middle = place + 0.5 * far[..., None] * ways
    value = shine(*np.moveaxis(middle, -1, 0)) * far * 6.3712e5 / (4 * np.pi)
    np.testing.assert_allclose(ds.intensity, value, rtol=1e-9)
    assert ds.attrs["model"] == "run"


def test_what_the_file_does_not_tell_the_caller_may(tmp_path):
    path = netcdf_file(tmp_path / "a.nc", units=None, coordinate_system=None)
    cube = emissivity.read(path, units="eV cm-3 s-1", frame="GSE")
    assert cube.attrs["coordinate_system"] == "GSE"


# --------------------------------------------------------------------------- refusals


def holed(value):
    values = TRUE.copy()
    values[1, 2, 3] = value
    return values


@pytest.mark.parametrize(
    ("write", "more", "told"),
    [
        pytest.param(lambda p: fits_file(p, values=holed(np.nan)), {}, "1 holes", id="holes"),
        pytest.param(lambda p: fits_file(p, values=holed(-1.0)), {}, "below 0", id="negative"),
        pytest.param(lambda p: fits_file(p, COORDSYS=None), {}, "does not tell its frame", id="frame"),
        pytest.param(lambda p: fits_file(p, COORDSYS="HEE"), {}, "must be in GSM", id="other-frame"),
        pytest.param(lambda p: fits_file(p, BUNIT=None), {}, "does not tell its units", id="units"),
        pytest.param(lambda p: fits_file(p, BUNIT="erg"), {}, "does not turn into", id="erg"),
        pytest.param(lambda p: fits_file(p, CTYPE1="RA"), {}, "has X, Y and Z", id="sky"),
        pytest.param(lambda p: fits_file(p, CDELT2=0.0), {}, "Axis y", id="no-step"),
        pytest.param(lambda p: fits_file(p, CDELT2=6371.2), {}, "units it is in", id="km-untold"),
        pytest.param(lambda p: netcdf_file(p, coordinate_system=None), {}, "its frame", id="nc-frame"),
        pytest.param(netcdf_file, {"name": "rho"}, "give name", id="nc-name"),
    ],
)  # fmt: skip
def test_a_cube_that_cannot_be_used_is_one_sentence(tmp_path, write, more, told):
    with pytest.raises(DatasetError, match=told) as err:
        emissivity.read(write(tmp_path / "cube"), **more)
    assert "\n" not in str(err.value)


def test_a_fill_value_is_a_hole(tmp_path):
    encoding = {"q": {"_FillValue": float(TRUE.max())}}
    with pytest.raises(DatasetError, match="1 holes"):
        emissivity.read(netcdf_file(tmp_path / "a.nc", encoding=encoding))


def test_two_cubes_in_one_file_need_a_name(tmp_path):
    ds = xr.load_dataset(netcdf_file(tmp_path / "a.nc"))
    ds.assign(other=ds.q * 2).to_netcdf(tmp_path / "b.nc")
    with pytest.raises(DatasetError, match="q, other"):
        emissivity.read(tmp_path / "b.nc")
    np.testing.assert_allclose(emissivity.read(tmp_path / "b.nc", name="other"), 2 * TRUE)


@pytest.mark.parametrize(("name", "write"), [("a.nc", netcdf_file), ("a.fits", fits_file)])
def test_a_file_cut_in_half_is_refused(tmp_path, name, write):
    whole = write(tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CorruptFileError, match="cut short"):
        emissivity.read(tmp_path / name)


def test_what_is_no_cube_is_refused(tmp_path):
    path = tmp_path / "flat.fits"
    fits.PrimaryHDU(np.ones((4, 5))).writeto(path)
    with pytest.raises(CorruptFileError, match="2 axes"):
        emissivity.read(path)
    path = tmp_path / "a.txt"
    path.write_text("x y z q")
    with pytest.raises(CorruptFileError, match="neither FITS nor netCDF"):
        emissivity.read(path)


@pytest.mark.parametrize(
    ("more", "told"), [({"frame": "GSE"}, "not 'GSE'"), ({"units": "keV cm-3 s-1"}, "not 'keV")]
)
def test_the_caller_does_not_overrule_the_file(tmp_path, more, told):
    with pytest.raises(InputError, match=told):
        emissivity.read(fits_file(tmp_path / "a.fits"), **more)


def test_who_opens_a_cube_as_an_image_is_told_where_to_go(tmp_path):
    with pytest.raises(CorruptFileError, match=r"formats\.emissivity\.read"):
        open_file(fits_file(tmp_path / "a.fits"))


def test_no_file_is_said(tmp_path):
    with pytest.raises(InputError, match="check the path"):
        emissivity.read(tmp_path / "nothing.fits")
