"""The state: nothing of it is lost in a file or a link, and nothing foreign gets in."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smile_explore.app.state import History, Panel, Study
from smile_explore.errors import InputError

times = st.integers(0, 4 * 10**18).map(lambda n: np.datetime64(n, "ns"))
studies = st.builds(
    Study,
    event=st.text(max_size=20),
    window=st.tuples(times, times),
    view=st.tuples(times, times),
    cursor=st.none() | times,
    panels=st.lists(st.sampled_from(["omni.1min:b:GSM", "omni.1min:ae,al", "x:y"]), max_size=8),
    lag=st.floats(-300, 300),
    plane=st.sampled_from(["XY", "XZ", "YZ"]),
    sun=st.sampled_from(["left", "right"]),
    condition=st.text(max_size=40),
    theme=st.sampled_from(["light", "dark"]),
)


@example(study=Study(condition="\x85", event="\ufeff\u2028"))
@given(study=studies)
def test_a_file_and_a_link_give_the_state_back(study):
    assert Study.from_yaml(study.to_yaml()).to_dict() == study.to_dict()
    assert Study.from_query(study.to_query()).to_dict() == study.to_dict()


def test_times_survive_to_the_nanosecond():
    time = np.datetime64("2027-03-22T06:20:00.123456789", "ns")
    assert Study.from_query(Study(cursor=time).to_query()).cursor == time


def test_a_link_is_made_of_letters_that_need_no_escape():
    assert set(Study(event="Flüß & <b>").to_query()) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("a: [", "not YAML", id="no YAML"),
        pytest.param("- 1", "no study", id="a list"),
        pytest.param("smile_explore_study: 99", "no study", id="another version"),
        pytest.param("smile_explore_study: 1\nplane: AB", "plane", id="no such plane"),
        pytest.param("smile_explore_study: 1\ncolour: red", "colour", id="an unknown word"),
        pytest.param("smile_explore_study: 1\npanels: [x]", "product:variable", id="no panel"),
        pytest.param("smile_explore_study: 1\ncursor: yesterday", "not allowed", id="no time"),
        pytest.param("!!python/object/apply:os.getcwd []", "not YAML", id="code"),
        pytest.param("x" * 200_000, "no study", id="far too long"),
    ],
)
def test_what_is_no_study_is_refused_with_a_sentence(text, told):
    with pytest.raises(InputError, match=told):
        Study.from_yaml(text)


@pytest.mark.parametrize("query", ["", "abc", "%%%", Study().to_query()[:-9], "é"])
def test_a_link_that_was_cut_is_refused(query):
    with pytest.raises(InputError, match="link"):
        Study.from_query(query)


def test_a_panel_and_its_text_are_one():
    for text in ("omni.1min:b:GSM", "omni.1min:ae,sym_h", "themis.a.esa:eflux"):
        assert str(Panel.parse(text)) == text


def test_history_goes_back_and_forward_and_forgets_what_lay_ahead():
    history = History()
    for view in "abc":
        history.visit(view)
    assert [history.step(-1), history.step(-1), history.step(-1)] == ["b", "a", None]
    assert history.step(1) == "b"
    history.visit("d")
    assert history.step(1) is None
    assert history.step(-1) == "b"
