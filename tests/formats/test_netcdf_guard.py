"""Files of HDF5 that lead to other files: refused before a number is read, whoever opens them."""

import h5netcdf
import h5py
import numpy as np
import pytest

import smile_explore as se
from smile_explore import packing
from smile_explore.errors import CorruptFileError
from smile_explore.formats import netcdf, netcdf_arrays
from smile_explore.report import entries

SECRET = b"the bytes of another file"


def sound(path):
    """Write a file of six times and a field, and return the open HDF5 file."""
    with h5netcdf.File(path, "w") as file:
        file.dimensions["time"] = 6
        time = file.create_variable("time", ("time",), data=np.arange(6) * 60.0)
        time.attrs["units"] = "seconds since 2015-03-17"
        file.create_variable("b", ("time",), data=np.arange(6.0)).attrs["units"] = "nT"
    return h5py.File(path, "r+")


def on_time(file, name, dataset):
    dataset.dims[0].attach_scale(file["time"])
    return dataset


def external_storage(file, folder):
    (folder / "secret").write_bytes(SECRET.ljust(48))
    made = file.create_dataset("x", (6,), "f8", external=[(str(folder / "secret"), 0, 48)])
    on_time(file, "x", made)


def external_storage_in_a_group(file, folder):
    (folder / "secret").write_bytes(SECRET.ljust(48))
    group = file.create_group("deep/deeper")
    group.create_dataset("x", (6,), "i1", external=[(str(folder / "secret"), 0, 48)])


def other(folder):
    with h5py.File(folder / "other.h5", "w") as file:
        file["secret"] = np.frombuffer(SECRET[:6], "u1")
    return str(folder / "other.h5")


def virtual_dataset(file, folder):
    layout = h5py.VirtualLayout((6,), "u1")
    layout[:] = h5py.VirtualSource(other(folder), "secret", (6,))
    on_time(file, "x", file.create_virtual_dataset("x", layout))


def external_link(file, folder):
    file["x"] = h5py.ExternalLink(other(folder), "/secret")


def external_link_in_a_group(file, folder):
    file.create_group("a/b")["x"] = h5py.ExternalLink(other(folder), "/secret")


def soft_link_through_an_external_one(file, folder):
    file.create_group("a")["away"] = h5py.ExternalLink(other(folder), "/")
    file["x"] = h5py.SoftLink("/a/away/secret")


ATTACKS = [
    external_storage,
    external_storage_in_a_group,
    virtual_dataset,
    external_link,
    external_link_in_a_group,
    soft_link_through_an_external_one,
]


@pytest.fixture(params=ATTACKS, ids=lambda attack: attack.__name__)
def hostile(request, tmp_path):
    with sound(tmp_path / "hostile.nc") as file:
        request.param(file, tmp_path)
    return tmp_path / "hostile.nc"


def test_open_file_refuses_it(hostile):
    with pytest.raises(CorruptFileError, match="other files") as caught:
        se.open_file(hostile)
    assert "damaged" not in str(caught.value)


def test_a_trusted_reading_refuses_it_too(hostile):
    with pytest.raises(CorruptFileError, match="other files"):
        netcdf.read(hostile, trusted=True)


def test_a_pack_refuses_it(hostile):
    entry = packing.Stored(hostile.name, packing._sha256(hostile), hostile.stat().st_size)
    with pytest.raises(CorruptFileError, match="other files"):
        packing.read_dataset(hostile.parent, entry)


def test_the_other_file_is_never_opened(hostile, tmp_path):
    """What cannot be opened cannot be read: the refusal is the same without the other file."""
    for path in tmp_path.iterdir():
        if path != hostile:
            path.unlink()
    with pytest.raises(CorruptFileError, match="other files"):
        se.open_file(hostile)


def test_links_within_the_file_are_sound(tmp_path):
    with sound(tmp_path / "a.nc") as file:
        file["same"] = file["b"]
        file["again"] = h5py.SoftLink("/b")
        file["g/b"] = file["b"]
    ds = se.open_file(tmp_path / "a.nc")
    np.testing.assert_array_equal(ds["b"], np.arange(6.0))


def test_a_group_within_itself_is_refused_and_not_called_damaged(tmp_path):
    with sound(tmp_path / "a.nc") as file:
        file.create_group("g")["root"] = file["/"]
    with pytest.raises(CorruptFileError, match="two names for one group") as caught:
        se.open_file(tmp_path / "a.nc")
    assert "damaged" not in str(caught.value)


def test_an_unknown_filter_costs_only_its_variable(tmp_path):
    with sound(tmp_path / "a.nc") as file:
        made = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        made.set_chunk((6,))
        made.set_filter(32099, h5py.h5z.FLAG_OPTIONAL, (1,))
        space = h5py.h5s.create_simple((6,))
        own = h5py.h5d.create(file.id, b"x", h5py.h5t.NATIVE_DOUBLE, space, made)
        h5py.Dataset(own).dims[0].attach_scale(file["time"])
    raw = netcdf.read(tmp_path / "a.nc")
    assert list(raw.data_vars) == ["b"]
    ((name, what, _, _, detail),) = entries(raw.attrs)
    assert (name, what) == ("x", "left out")
    assert "32099" in detail


def test_an_address_is_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "http:" / "example.org"
    folder.mkdir(parents=True)
    sound(folder / "a.nc").close()
    assert se.open_file("http://example.org/a.nc").sizes["time"] == 6


def test_guarded_takes_files_in_memory(tmp_path):
    with sound(tmp_path / "a.nc") as file:
        external_link(file, tmp_path)
    with (
        (tmp_path / "a.nc").open("rb") as file,
        pytest.raises(netcdf_arrays.RefusedError),
        netcdf_arrays.guarded(file),
    ):
        pytest.fail("it was opened")
