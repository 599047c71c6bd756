"""The store: one request, one load; gaps and spikes kept; a failure is a sentence."""

import threading
import time as clock

import numpy as np
import pytest

from smile_explore.app.state import Panel
from smile_explore.app.store import Store, instant, milliseconds
from tests.app.conftest import MINUTE, START

DAY = (START, START + 1440 * MINUTE)


def test_the_same_request_is_loaded_once_for_all_its_panels(load):
    store = Store(load)
    for text in ("omni.1min:b:GSM", "omni.1min:b:GSE", "omni.1min:n_p", "omni.1min:b:GSM"):
        store.series(Panel.parse(text), DAY)
    assert len(load.calls) == 1


def test_threads_that_ask_at_once_wait_for_one_load(load):
    def slow(*args, **kwargs):
        clock.sleep(0.2)
        return load(*args, **kwargs)

    store = Store(slow)
    threads = [threading.Thread(target=store.dataset, args=("omni.1min", DAY)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(load.calls) == 1


def test_a_gap_breaks_every_line(load):
    series = Store(load).series(Panel.parse("omni.1min:b"), DAY)
    at = np.flatnonzero(np.isnan(series.lines[0][1]))
    assert len(at) == 1
    assert 6.0 < (series.t[at[0]] - milliseconds(START)) / 3.6e6 < 6.5
    assert [name for name, *_ in series.lines] == ["Bx", "By", "Bz"]


def test_time_is_float64_and_values_float32_for_the_wire(load):
    series = Store(load).series(Panel.parse("omni.1min:n_p"), DAY)
    assert (series.t.dtype, series.lines[0][1].dtype) == (np.float64, np.float32)


def test_a_magnitude_is_in_the_units_of_its_vector(load):
    series = Store(load).series(Panel.parse("omni.1min:|b|"), DAY)
    assert series.units == "nT"
    assert series.lines[0][1][0] == pytest.approx(np.sqrt(9 + 16 + 16))


def test_a_frame_that_is_none_is_said_not_passed_over(load):
    series = Store(load).series(Panel.parse("omni.1min:b:GSX"), DAY)
    assert series.fault.startswith("Frame 'GSX' is none of GEO, GSE, GSM, SM")
    assert not series.lines


def test_a_frame_is_turned_and_named_on_the_axis(load):
    store = Store(load)
    gsm, gse = (store.series(Panel.parse(f"omni.1min:b:{f}"), DAY) for f in ("GSM", "GSE"))
    assert "GSM" in gsm.label
    assert "GSE" in gse.label
    assert not np.allclose(gsm.lines[1][1], gse.lines[1][1], equal_nan=True)
    np.testing.assert_allclose(gsm.lines[0][1], gse.lines[0][1], rtol=1e-5)  # x is the same


@pytest.mark.parametrize(
    ("panel", "told"),
    [
        pytest.param("ace.broken:b", "answered 500", id="server down"),
        pytest.param("omni.1min:nothing", "it has b, v", id="no such variable"),
        pytest.param("omni.1min:ae,n_p", "One panel, one unit", id="two units"),
    ],
)
def test_a_failure_is_the_sentence_of_the_panel(load, panel, told):
    series = Store(load).series(Panel.parse(panel), DAY)
    assert told in series.fault
    assert len(series.t) == 0


def test_a_failure_is_not_kept(load):
    store = Store(load)
    store.series(Panel.parse("ace.broken:b"), DAY)
    store.series(Panel.parse("ace.broken:b"), DAY)
    assert len(load.calls) == 2


def test_what_was_used_longest_ago_goes_first(load):
    store = Store(load, room=250_000)
    for hour in range(8):
        store.dataset("omni.1min", (START, START + (600 + hour) * MINUTE))
    store.dataset("omni.1min", (START, START + 607 * MINUTE))
    assert len(load.calls) == 8
    store.dataset("omni.1min", (START, START + 600 * MINUTE))
    assert len(load.calls) == 9


def test_a_spectrum_has_energies_and_no_zeros(load):
    series = Store(load).series(Panel.parse("themis.a.esa:eflux"), DAY)
    assert series.spectra.shape == (1440, 16)
    assert series.label == "energy (eV)"


def test_an_instant_survives_the_way_to_the_browser_and_back():
    time = np.datetime64("2027-03-22T06:20:00.123456", "ns")
    assert instant(float(milliseconds(time))) == time


def test_a_panel_says_what_the_time_of_its_own_variables_refers_to(load):
    def with_index(*args, **kwargs):
        ds = load(*args, **kwargs)
        return ds.assign(ae=ds["n_p"].assign_attrs(time_reference="ground"))

    store = Store(with_index)
    for text, place in {
        "omni.1min:ae": "ground",
        "omni.1min:|ae|": "ground",
        "omni.1min:n_p": "bow-shock nose",
    }.items():
        series = store.series(Panel.parse(text), DAY)
        assert series.heading(text).endswith(f"time at {place}"), text
