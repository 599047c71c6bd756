"""Kinds of parameters that HAPI allows; what a server sends end to end is in tests/sources."""

import json

import numpy as np
import pytest

from smile_explore import contract
from smile_explore.catalogue import Variable
from smile_explore.errors import CorruptFileError
from smile_explore.formats import hapi

TIME = {"name": "Time", "type": "isotime", "units": "UTC", "fill": None, "length": 24}


def read(tmp_path, parameters, records, names=None):
    path = tmp_path / "x.hapi.csv"
    path.write_text(
        "#" + json.dumps({"HAPI": "2.0", "parameters": [TIME, *parameters]}) + "\n" + records
    )
    return hapi.read(path, names)


def test_a_spectrum_keeps_its_bins(tmp_path):
    bins = [{"name": "energy", "units": "eV", "centers": [10.0, 100.0]}]
    flux = {
        "name": "flux",
        "type": "double",
        "units": "1/cm^2",
        "fill": "NaN",
        "size": [2],
        "bins": bins,
    }
    raw = read(tmp_path, [flux], "2008-08-12T00:00:00Z,1,2\n2008-08-12T00:01:00Z,3,NaN\n")
    assert raw["flux"].dims == ("Time", "flux_0")
    np.testing.assert_array_equal(raw["flux"], [[1, 2], [3, np.nan]])
    np.testing.assert_array_equal(raw["flux_0"], [10, 100])
    assert raw["flux_0"].attrs["UNITS"] == "eV"


def test_a_matrix_keeps_its_shape(tmp_path):
    matrix = {"name": "p", "type": "double", "units": "nPa", "fill": None, "size": [2, 3]}
    raw = read(tmp_path, [matrix], "2008-08-12T00:00:00Z,1,2,3,4,5,6\n")
    np.testing.assert_array_equal(raw["p"].values, [[[1, 2, 3], [4, 5, 6]]])


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        pytest.param(
            "2008-08-12T00:00:16.123456789Z", "2008-08-12T00:00:16.123456789", id="nanoseconds"
        ),
        pytest.param("2008-08-12T00:00Z", "2008-08-12T00:00", id="minutes"),
        pytest.param("2008-225T12:00:00.5Z", "2008-08-12T12:00:00.5", id="day-of-year"),
    ],
)
def test_times_are_read_in_each_form_that_hapi_allows(tmp_path, text, stamp):
    n = {"name": "n", "type": "double", "units": "cm^-3", "fill": None}
    assert read(tmp_path, [n], f"{text},1\n")["Time"].values[0] == np.datetime64(stamp)


def test_texts_are_left_out_and_their_columns_counted(tmp_path):
    word = {"name": "word", "type": "string", "units": None, "fill": None, "length": 4}
    n = {"name": "n", "type": "integer", "units": "1", "fill": "-1"}
    raw = read(tmp_path, [word, n], "2008-08-12T00:00:00Z,abcd,7\n")
    assert list(raw.data_vars) == ["n"]
    assert raw["n"].values[0] == 7


def test_names_choose_the_variables(tmp_path):
    a, b = ({"name": n, "type": "double", "units": "nT", "fill": None} for n in "ab")
    assert list(read(tmp_path, [a, b], "2008-08-12T00:00:00Z,1,2\n", ["b"]).data_vars) == ["b"]


def test_the_contract_turns_fills_into_nan(tmp_path):
    b = {"name": "BGSM", "type": "double", "units": "nT", "fill": "-1.0E31", "size": [3]}
    raw = read(tmp_path, [b], "2008-08-12T00:00:00Z,1,-1.0E31,3\n")
    ds = contract.standardise(raw, (Variable("b", ("BGSM",), "nT", "GSM"),))
    np.testing.assert_array_equal(ds["b"].values, [[1, np.nan, 3]])
    assert ds["b"].attrs["coordinate_system"] == "GSM"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("2008-08-12T00:00:00Z,1\n", id="no-header"),
        pytest.param("#{}\n2008-08-12T00:00:00Z,1\n", id="no-parameters"),
        pytest.param('#{"parameters": [{"name": "Time"}]}\nsoon\n', id="no-time"),
        pytest.param("", id="empty"),
    ],
)
def test_what_is_not_hapi_is_refused(tmp_path, body):
    path = tmp_path / "x.hapi.csv"
    path.write_text(body)
    with pytest.raises(CorruptFileError):
        hapi.read(path)
