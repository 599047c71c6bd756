"""CDFs as archives and old writers make them: every numeric variable over time comes out, or says why not."""

import struct

import cdflib
import numpy as np
import pytest
from cdflib.cdfwrite import CDF

from smile_explore import open_file, report
from smile_explore.errors import InputError
from smile_explore.formats import cdf

TYPES = {"i1": 1, "i2": 2, "i4": 4, "i8": 8, "u1": 11, "u2": 12, "u4": 14, "f4": 21, "f8": 22,
         "epoch": 31, "epoch16": 32, "tt2000": 33, "char": 51}  # fmt: skip
TIME = np.datetime64("2008-08-12T00:00", "ns") + np.arange(6) * np.timedelta64(60, "s")
EPOCH = TIME.astype("M8[ms]").astype(np.int64) + 62_167_219_200_000.0  # ms of the year 0 to 1970
VALUES = np.arange(6, dtype="f4")
SPECTRA = np.arange(24, dtype="f4").reshape(6, 4)
ENERGY = np.array([10.0, 20.0, 40.0, 80.0], "f4")
D = {"DEPEND_0": "Epoch", "UNITS": "nT"}
BASE = ("Epoch", "epoch", EPOCH, {})


def made(tmp_path, *variables, name="made.cdf", majority="row_major"):
    """Write variables (name, type, values, attrs, keys of the specification) with cdflib."""
    path = tmp_path / name
    file = CDF(str(path), cdf_spec={"Majority": majority}, delete=True)
    file.write_globalattrs({"Logical_source": {0: "made_here"}})
    for label, kind, given, attrs, *more in variables:
        how = more[0] if more else {}
        values = np.asarray(given)
        fixed = how.get("nrv", False)
        width = max(len(str(v)) for v in values.ravel()) if kind == "char" else 1
        spec = {
            "Variable": label, "Data_Type": TYPES[kind], "Num_Elements": width,
            "Rec_Vary": not fixed, "Var_Type": "zVariable", "Compress": how.get("compress", 0),
            "Dim_Sizes": list(values.shape if fixed else values.shape[1:]),
            "Sparse": how.get("sparse", "no_sparse"),
        }  # fmt: skip
        data = [how["records"], values] if "records" in how else values
        file.write_var(spec, var_attrs=attrs, var_data=data)
    file.close()
    return path


def left_out(ds):
    table = report(ds)
    table = table[table.what == "left out"]
    return dict(zip(table.variable, table.detail, strict=True))


ALREADY = pytest.mark.filterwarnings("ignore::smile_explore.errors.ReadingWarning")


# --------------------------------------------------------------------------- axes


@pytest.mark.parametrize(
    ("values", "attrs", "how"),
    [
        pytest.param(ENERGY, {}, {"nrv": True}, id="once"),
        pytest.param(np.tile(ENERGY, (3, 1)), {}, {"nrv": True}, id="2-D, once, rows the same"),
        pytest.param(np.tile(ENERGY[:, None], (1, 3)), {}, {"nrv": True}, id="the other way round"),
        pytest.param(np.tile(ENERGY, (6, 1)), {"DEPEND_0": "Epoch"}, {}, id="by record, the same"),
        pytest.param(ENERGY[None], {}, {}, id="one record for all"),
        pytest.param(ENERGY[None], {"DEPEND_0": "Epoch"}, {}, id="one record, with a time base"),
    ],
)
@ALREADY
def test_a_fixed_energy_table_is_the_axis(tmp_path, values, attrs, how):
    about = {**attrs, "UNITS": "eV"}
    flux = ("flux", "f4", SPECTRA, D | {"DEPEND_1": "E"})
    ds = open_file(made(tmp_path, BASE, flux, ("E", "f4", values, about, how)))
    assert ds.flux.dims == ("time", "E")
    np.testing.assert_array_equal(ds.E, ENERGY)
    assert ds.E.attrs["units"] == "eV"


@pytest.mark.parametrize("nrv", [False, True], ids=["by record", "once, time first"])
def test_an_energy_table_that_changes_is_kept_by_time(tmp_path, nrv):
    table = ENERGY * np.arange(1, 7, dtype="f4")[:, None]
    flux = ("flux", "f4", SPECTRA, D | {"DEPEND_1": "E"})
    about = {"UNITS": "eV"} if nrv else {"UNITS": "eV", "DEPEND_0": "Epoch"}
    ds = open_file(made(tmp_path, BASE, flux, ("E", "f4", table, about, {"nrv": nrv})))
    assert ds.flux.dims == ds.E_centre.dims == ("time", "E")
    np.testing.assert_array_equal(ds.E_centre, table)


def test_pitch_angle_and_energy_are_both_found(tmp_path):
    flux = np.arange(72, dtype="f4").reshape(6, 3, 4)
    ds = open_file(
        made(
            tmp_path, BASE,
            ("flux", "f4", flux, D | {"DEPEND_1": "PA", "DEPEND_2": "E"}),
            ("PA", "f4", [15.0, 90.0, 165.0], {"UNITS": "deg"}, {"nrv": True}),
            ("E", "f4", np.tile(ENERGY, (6, 1)) * (1 + VALUES[:, None]), {"DEPEND_0": "Epoch", "UNITS": "eV"}),
        )
    )  # fmt: skip
    assert ds.flux.dims == ("time", "PA", "E")
    assert ds.PA.values.tolist() == [15, 90, 165]
    assert ds.E_centre.dims == ("time", "E")
    np.testing.assert_array_equal(ds.flux, flux)


def test_an_axis_of_another_length_is_still_delivered_as_data(tmp_path):
    table = np.arange(36, dtype="f4").reshape(6, 6)
    flux = ("flux", "f4", SPECTRA, D | {"DEPEND_1": "E"})
    ds = open_file(
        made(tmp_path, BASE, flux, ("E", "f4", table, {"DEPEND_0": "Epoch", "UNITS": "eV"}))
    )
    np.testing.assert_array_equal(ds.E, table)
    assert ds.flux.shape == (6, 4)


def test_a_variable_that_names_itself_or_one_axis_twice_is_read(tmp_path):
    square = np.arange(96, dtype="f4").reshape(6, 4, 4)
    ds = open_file(
        made(
            tmp_path, BASE,
            ("own", "f4", SPECTRA, D | {"DEPEND_1": "own"}),
            ("square", "f4", square, D | {"DEPEND_1": "E", "DEPEND_2": "E"}),
            ("E", "f4", ENERGY, {"UNITS": "eV"}, {"nrv": True}),
        )
    )  # fmt: skip
    np.testing.assert_array_equal(ds.own, SPECTRA)
    np.testing.assert_array_equal(ds.square, square)


# --------------------------------------------------------------------------- time bases


@ALREADY
def test_every_time_base_is_reached(tmp_path):
    path = made(
        tmp_path, BASE, ("Epoch2", "epoch", EPOCH[:3], {}), ("a", "f4", VALUES, D), ("b", "f4", VALUES, D),
        ("slow", "f4", VALUES[:3], D | {"DEPEND_0": "Epoch2"}),
    )  # fmt: skip
    assert open_file(path, time="Epoch2").slow.values.tolist() == [0, 1, 2]
    assert list(open_file(path).data_vars) == ["a", "b"]


@pytest.mark.parametrize(
    ("units", "number"),
    [
        ("sec since 1970", 1.2184992e9),
        ("seconds since 1970-01-01 00:00:00", 1.2184992e9),
        ("unix time", 1.2184992e9),
        ("ms since 1970-01-01T00:00:00Z", 1.2184992e12),
        ("days since 2000-01-01", 3146.0),
    ],
)
def test_time_may_be_numbers_that_say_since_when_they_count(tmp_path, units, number):
    one = made(
        tmp_path, ("t", "f8", [number], {"UNITS": units}), ("B", "f4", [5.0], {"UNITS": "nT"})
    )
    ds = open_file(one)
    assert ds.time.values.tolist() == [np.datetime64("2008-08-12", "ns").astype(int)]
    assert ds.B.values.tolist() == [5]


@ALREADY
def test_a_base_that_does_not_fit_gives_way_to_the_only_one_that_does_and_says_so(tmp_path):
    path = made(tmp_path, BASE, ("E2", "epoch", EPOCH[:3], {}), ("a", "f4", VALUES[:3], D))
    ds = open_file(path)
    assert ds.a.values.tolist() == [0, 1, 2]
    assert "time base by length" in set(report(ds).what)


def test_start_and_stop_are_no_time_base(tmp_path):
    path = made(
        tmp_path, ("Epoch", "epoch", np.stack([EPOCH, EPOCH + 6e4], 1), {}), ("B", "f4", VALUES, D)
    )
    with pytest.raises(InputError, match=r"Epoch holds several times a record \(start and stop\)"):
        open_file(path)


def test_records_in_the_first_dim_of_a_fixed_variable_are_read(tmp_path):
    fixed = ("B", "f4", VALUES, D, {"nrv": True})
    assert open_file(made(tmp_path, BASE, fixed)).B.values.tolist() == VALUES.tolist()


@pytest.mark.parametrize(
    ("kind", "fills"),
    [("epoch", [-1e31, 0.0]), ("tt2000", [-(2**63), -(2**63) + 1])],
)
def test_fills_in_time_are_no_times(tmp_path, kind, fills):
    times = EPOCH if kind == "epoch" else cdflib.cdfepoch.compute_tt2000(
        [[2008, 8, 12, 0, m, 0, 0, 0, 0] for m in range(6)]
    )  # fmt: skip
    times = np.array(times)
    times[[1, 4]] = fills
    raw = cdf.read(made(tmp_path, ("Epoch", kind, times, {}), ("B", "f4", VALUES, D)))
    assert np.isnat(raw.Epoch.values).nonzero()[0].tolist() == [1, 4]


# --------------------------------------------------------------------------- what is left out


@ALREADY
def test_what_is_left_out_is_said_with_its_reason(tmp_path):
    path = made(
        tmp_path, BASE, ("B", "f4", VALUES, D), ("short", "f4", VALUES[:2], D),
        ("mode", "char", ["a"] * 6, D), ("start", "epoch", EPOCH, D),
        ("labels", "char", ["x", "y"], {}, {"nrv": True}), ("table", "f4", ENERGY, {}, {"nrv": True}),
    )  # fmt: skip
    ds = open_file(path)
    assert list(ds.data_vars) == ["B"]
    assert left_out(ds) == {
        "short": "its number of records is not that of its time base",
        "mode": "text, not numbers",
        "start": "times, not numbers",
        "table": "no time axis: one value or table for the whole file",
    }


@pytest.mark.parametrize("kind", ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "f4", "f8"])
@pytest.mark.parametrize("majority", ["row_major", "column_major"])
def test_numbers_of_every_kind_are_those_of_cdflib(tmp_path, kind, majority):
    values = np.arange(36).reshape(6, 2, 3).astype(kind)
    path = made(tmp_path, BASE, ("n", kind, values, D, {"compress": 6}), majority=majority)
    raw = cdf.read(path)["n"]
    assert raw.dtype == np.dtype(kind)
    np.testing.assert_array_equal(raw, cdflib.CDF(str(path)).varget("n"))


# --------------------------------------------------------------------------- sound, but not supported


def patched(path, offset, code, value):
    data = bytearray(path.read_bytes())
    struct.pack_into(code, data, offset, value)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("encoding", [3, 14, 15, 20, 21])
def test_numbers_of_vax_are_refused_and_not_called_damaged(tmp_path, encoding):
    path = made(tmp_path, BASE, ("B", "f4", VALUES, D))
    with pytest.raises(InputError, match="VAX machines, which are not supported"):
        open_file(patched(path, 36, ">i", encoding))


def test_a_cdf_of_several_files_is_refused_and_not_called_damaged(tmp_path):
    path = made(tmp_path, BASE, ("B", "f4", VALUES, D))
    with pytest.raises(InputError, match="make it one file with cdfconvert"):
        open_file(patched(path, 40, ">i", 0b01))


@ALREADY
@pytest.mark.parametrize("method", [2, 3], ids=["Huffman", "adaptive Huffman"])
def test_one_variable_in_huffman_codes_is_left_out_and_the_others_are_read(tmp_path, method):
    path = made(
        tmp_path, BASE, ("a", "f4", VALUES, D), ("b", "f4", np.zeros(6, "f4"), D, {"compress": 6})
    )
    data = path.read_bytes()
    at = next(
        i for i in range(len(data) - 28) if struct.unpack_from(">qiiiii", data, i)[:3:1] == (28, 11, 5)
    )  # fmt: skip
    ds = open_file(patched(path, at + 12, ">i", method))
    assert ds.a.values.tolist() == VALUES.tolist()
    assert left_out(ds) == {"b": "compressed in a way that is not supported"}


@pytest.mark.parametrize("mode", ["pad_sparse", "prev_sparse"])
def test_sparse_records_are_filled_as_cdflib_fills_them(tmp_path, mode):
    sparse = {"sparse": mode, "records": [0, 2, 5]}
    path = made(tmp_path, BASE, ("B", "f4", np.array([1, 2, 3], "f4"), D, sparse))
    expected = cdflib.CDF(str(path)).varget("B")
    np.testing.assert_array_equal(cdf.read(path)["B"], expected)
