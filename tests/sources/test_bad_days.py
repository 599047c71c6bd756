"""One bad day of three never costs the good ones: every transport, every bad answer, by `load`."""

import json
import random
import warnings

import numpy as np
import pytest

import smile_explore as se
from smile_explore.errors import PartialCoverageWarning, SmileExploreError
from tests.archive import cdfs
from tests.sources.conftest import SPDF

MINUTES = np.arange("2008-08-12", "2008-08-12T00:04", np.timedelta64(60, "s"), dtype="M8[ns]")
DAYS = ("2008-08-12", "2008-08-13", "2008-08-14")
HAPI = "https://cdaweb.gsfc.nasa.gov/hapi"
#: Where a day of a product lies that comes by each transport of files.
PLACES = {
    "http": ("themis.c.fgm", f"{SPDF}themis/thc/l2/fgm/2008/thc_l2_fgm_%s_v01.cdf"),
    "pyspedas": ("ace.mfi", f"{SPDF}ace/mag/level_2_cdaweb/mfi_h0/2008/ac_h0_mfi_%s_v05.cdf"),
}
STATUS = {
    "404": (404, b"<html>no</html>"), "403": (403, b"no"), "500": (500, b"oops"), "429": (429, b""),
    "204": (204, b""), "301": (301, b""), "page": (200, b"<!DOCTYPE html><html>down</html>"),
    "login": (200, b"<html><input type=password></html>"), "json": (200, b'{"error": "no"}'),
    "empty": (200, b""), "noise": (200, random.Random(1).randbytes(5000)), "text": (200, b"Sorry\n"),
}  # fmt: skip


def day_file(tmp_path, product, day, value) -> bytes:
    """Return four minutes of a day in the archive's layout."""
    times = MINUTES + (np.datetime64(day) - np.datetime64(DAYS[0]))
    field, path = np.full((4, 3), float(value)), tmp_path / "made.cdf"
    if product == "ace.mfi":
        cdfs.ace_mfi(path, times, {"BGSM": field, "Q_FLAG": np.zeros(4, "i4")})
    else:
        cdfs.themis_fgm(path, "c", {"fgs": (times, {"gsm": field})})
    return path.read_bytes()


def expect_a_gap(product, **how):
    """Load three days of which the second is bad; it alone is missing, and said to be."""
    with pytest.warns(PartialCoverageWarning, match="2008-08-13"):
        ds = se.load(product, "2008-08-12", "2008-08-15", **how)
    np.testing.assert_array_equal(ds.b.values[:, 0], [0.0] * 4 + [2.0] * 4)
    assert ds.attrs["missing"] == "2008-08-13T00:00:00/2008-08-14T00:00:00"
    return ds


@pytest.mark.parametrize("bad", [*STATUS, "cut", "flipped", "other-day", "other-product"])
@pytest.mark.parametrize("transport", PLACES)
def test_a_bad_file_is_a_gap(archive, tmp_path, transport, bad):
    product, place = PLACES[transport]
    for value, day in enumerate(DAYS):
        archive.put(place % day.replace("-", ""), day_file(tmp_path, product, day, value))
    second = place % "20080813"
    good = archive.files[second.split("://")[1]]
    if bad in STATUS:
        archive.answer(second, lambda query: STATUS[bad])
    elif bad == "cut":
        archive.put(second, good[: len(good) // 2])
    elif bad == "flipped":
        archive.put(second, good[:40] + bytes(255 - b for b in good[40:]))
    elif bad == "other-day":
        archive.put(second, day_file(tmp_path, product, "2008-08-17", 1))
    else:
        cdfs.omni_hro(tmp_path / "o.cdf", MINUTES, {"SYM_H": np.zeros(4)})
        archive.put(second, (tmp_path / "o.cdf").read_bytes())
    ds = expect_a_gap(product)
    assert ds.attrs["notes"]
    assert expect_a_gap(product, source="cache").attrs["source"] == "cache"


# --------------------------------------------------------------------------- HAPI

INFO = {
    "HAPI": "3.0", "status": {"code": 1200, "message": "OK"},
    "startDate": "2001-01-01T00:00:00Z", "stopDate": "2020-01-01T00:00:00Z",
    "parameters": [
        {"name": "Time", "type": "isotime", "units": "UTC", "fill": None, "length": 24},
        {"name": "BGSM", "type": "double", "units": "nT", "fill": "-1.0E31", "size": [3]},
        {"name": "Q_FLAG", "type": "integer", "units": None, "fill": "-2147483648"},
    ],
}  # fmt: skip


def records(day, value) -> bytes:
    return b"".join(f"{day}T00:0{m}:00.000Z,{value},1,2,0\n".encode() for m in range(4))


@pytest.fixture
def served(archive):
    """Serve ACE by HAPI alone; a test changes `info`, and what is sent for the second day."""
    archive.info, archive.second = (200, json.dumps(INFO).encode()), None

    def data(query):
        day = query["time.min"][:10]
        bad = archive.second if day == DAYS[1] else None
        return bad or (200, records(day, DAYS.index(day)))

    archive.answer(f"{HAPI}/info", lambda query: archive.info)
    archive.answer(f"{HAPI}/data", data)
    return archive


BAD_RECORDS = STATUS | {
    "1201-no-body": (200, b""), "1201": (200, b'{"status":{"code":1201,"message":"OK - no data"}}'),
    "1500": (200, b'{"status":{"code":1500,"message":"internal"}}'),
    "list": (200, b"[]"), "null": (200, b"null"), "status-list": (200, b'{"status": [1500]}'),
    "status-text": (200, b'{"status": "bad"}'), "deep": (200, b"[" * 1900), "number": (200, b"42"),
    "cut": (200, records(DAYS[1], 1)[:-9]), "cut-in-line": (200, records(DAYS[1], 1)[:-30] + b"\n"),
    "few": (200, records(DAYS[1], 1).replace(b",1,2,0", b",1,2")),
    "many": (200, records(DAYS[1], 1).replace(b",1,2,0", b",1,2,0,7")),
    "one-line-more": (200, records(DAYS[1], 1) + b"2008-08-13T00:05:00Z,1,1,2,0,9\n"),
    "words": (200, records(DAYS[1], 1).replace(b",1,2,", b",one,2,")),
    "no-times": (200, b"2008 and so on,1,1,2,0\n"), "year-99999": (200, b"99999-01-01T00:00Z,1,1,2,0\n"),
    "month-13": (200, b"2008-13-13T00:00:00Z,1,1,2,0\n"), "nul": (200, b"2008-08-13T00:00:00Z,\0,1,2,0\n"),
    "latin": (200, b"2008-08-13T00:00:00Z,\xe9,1,2,0\n"), "quote": (200, b'2008-08-13T00:00:00Z,"1,1,2,0\n'),
    "other-day": (200, records("2009-01-01", 1)),
}  # fmt: skip


@pytest.mark.parametrize("bad", BAD_RECORDS)
def test_bad_records_of_hapi_are_a_gap(served, bad):
    served.second = BAD_RECORDS[bad]
    expect_a_gap("ace.mfi")


@pytest.mark.parametrize("bad", ["404", "500", "page", "noise", "1500"])
def test_all_days_bad_is_one_error(served, bad):
    served.answer(f"{HAPI}/data", lambda query: BAD_RECORDS[bad])
    with pytest.raises(SmileExploreError) as caught:
        se.load("ace.mfi", "2008-08-12", "2008-08-15")
    assert "\n" not in str(caught.value)
    assert str(caught.value).count("cdaweb.gsfc.nasa.gov") == 1


def changed(number, **values):
    """Return the description with keys of one parameter changed; None as a name takes it away."""
    info = json.loads(json.dumps(INFO))
    for key, value in values.items():
        if value is ...:
            info["parameters"][number].pop(key, None)
        else:
            info["parameters"][number][key] = value
    return info


#: Descriptions that are odd and can be understood: the data come as they are.
UNDERSTOOD = {
    "fill-null": changed(1, fill=None), "fill-none": changed(1, fill=...), "fill-text": changed(1, fill="none"),
    "fill-list": changed(1, fill=[-1e31]), "fill-huge": changed(2, fill="1e400"), "fill-float": changed(2, fill=-1e31),
    "size-number": changed(1, size=3), "length-missing": changed(0, length=...), "length-odd": changed(0, length="x"),
    "units-list": changed(1, units=["nT", "nT", "nT"]), "units-null": changed(1, units=None),
    "units-mixed": changed(1, units=["nT", None, "nT"]), "units-nested": changed(1, units=[["nT"]]),
    "unicode": changed(1, description="Feld \u2013 \U0001f30d"), "type-upper": changed(1, type="Double"),
    "bins-null": changed(1, bins=None), "bins-text": changed(1, bins="x"), "bins-short": changed(1, bins=[{"centers": [1]}]),
    "bins-words": changed(1, bins=[{"centers": ["a", "b", "c"]}]), "bins-dict": changed(1, bins={"centers": [1, 2, 3]}),
    "bins-names": changed(1, bins=[{"centers": [1, 2, 3], "units": 5, "name": None}]),
    "start-odd": INFO | {"startDate": "yesterday", "stopDate": 5}, "stop-far": INFO | {"stopDate": "99999-01-01Z"},
    "start-after-stop": INFO | {"startDate": "2021-01-01Z", "stopDate": "2001-01-01Z"},
    "start-missing": {k: v for k, v in INFO.items() if k != "startDate"}, "status-missing": {k: v for k, v in INFO.items() if k != "status"},
    "time-by-another-name": changed(0, name="Epoch"), "time-no-type": changed(0, type="string"),
}  # fmt: skip


@pytest.mark.parametrize("odd", UNDERSTOOD)
def test_an_odd_description_that_can_be_understood_costs_nothing(served, odd):
    served.info = (200, json.dumps(UNDERSTOOD[odd]).encode())
    ds = se.load("ace.mfi", "2008-08-12", "2008-08-15")
    np.testing.assert_array_equal(ds.b.values[:, 0], [0.0] * 4 + [1.0] * 4 + [2.0] * 4)


def with_parameters(value):
    return INFO | {"parameters": value}


#: Descriptions that cannot be: one sentence.
REFUSED = {
    "not-json": b"<html>", "empty": b"", "list": b"[]", "null": b"null", "text": b'"x"', "number": b"7",
    "deep": b"[" * 100_000, "latin": b'{"parameters": "\xe9"}', "cut": json.dumps(INFO).encode()[:200],
    "status": b'{"status": {"code": 1406, "message": "unknown dataset id"}}',
    "no-parameters": {k: v for k, v in INFO.items() if k != "parameters"},
    "parameters-null": with_parameters(None), "parameters-dict": with_parameters({}),
    "parameters-empty": with_parameters([]), "parameters-text": with_parameters(["Time", "BGSM"]),
    "parameters-lists": with_parameters([[]]), "no-name": changed(1, name=...), "name-null": changed(1, name=None),
    "name-number": changed(1, name=5), "name-nul": changed(1, name="BG\0SM"), "no-type": changed(1, type=...),
    "type-number": changed(1, type=4), "size-zero": changed(1, size=[0]), "size-less": changed(1, size=[-3]),
    "size-text": changed(1, size=["3"]), "size-true": changed(1, size=[True]), "size-huge": changed(1, size=[10**12]),
    "size-dict": changed(1, size={"n": 3}), "twice": with_parameters([*INFO["parameters"], INFO["parameters"][1]]),
    "others": with_parameters([INFO["parameters"][0], {"name": "X", "type": "double"}]),
}  # fmt: skip


@pytest.mark.parametrize("odd", REFUSED)
def test_a_description_that_makes_no_sense_is_one_sentence(served, odd):
    info = REFUSED[odd]
    served.info = (200, info if isinstance(info, bytes) else json.dumps(info).encode())
    with pytest.raises(SmileExploreError) as caught:
        se.load("ace.mfi", "2008-08-12", "2008-08-15")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 700


def test_descriptions_with_random_damage_give_data_or_one_sentence(served):
    rng, said = random.Random(3), []
    text = json.dumps(INFO).encode()
    for _ in range(60):
        broken = bytearray(text)
        for _ in range(rng.randint(1, 3)):
            broken[rng.randrange(len(broken))] = rng.choice(b'"{}[]:,0-\x00\xffnt')
        served.info = (200, bytes(broken))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                se.load("ace.mfi", "2008-08-12", "2008-08-15", refresh=True)
            except SmileExploreError as err:
                said.append(str(err))
    assert said
    assert not [text for text in said if "\n" in text]
