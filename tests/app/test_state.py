"""The state: nothing of it is lost in a file or a link, and nothing foreign gets in."""

import contextlib

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smile_explore.app import study_text
from smile_explore.app.state import History, Panel, Study
from smile_explore.errors import InputError

times = st.integers(0, 4 * 10**18).map(lambda n: np.datetime64(n, "ns"))
spans = st.builds(
    lambda first, length: (first, first + np.timedelta64(length, "ns")),
    times, st.integers(10**7, 366 * 86_400 * 10**9),
)  # fmt: skip
studies = st.builds(
    Study,
    event=st.text(max_size=20),
    window=spans,
    view=spans,
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
        pytest.param("x" * 300_000, "more than 200000 letters", id="far too long"),
    ],
)
def test_what_is_no_study_is_refused_with_a_sentence(text, told):
    with pytest.raises(InputError, match=told):
        Study.from_yaml(text)


DEEP, LONG = "[" * 900, "1" * 5000
HEAD = "smile_explore_study: 1\n"
GROWING = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"
SPAN = "window: [2027-03-22, 2027-03-23]\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(HEAD + "cursor: 2015-02-30", "2015-02-30", id="a day that does not exist"),
        pytest.param(HEAD + "window: [2015-02-30, 2015-03-01]", "window.*2015-02-30", id="in a window"),
        pytest.param(HEAD + "window: [2015-03-02, 2015-03-01]", "window.*reversed", id="reversed"),
        pytest.param(HEAD + "view: [2015-03-01, 2015-03-01]", "view.*empty", id="empty view"),
        pytest.param(HEAD + "window: [1980-01-01, 2020-01-01]", "366 days", id="forty years"),
        pytest.param(HEAD + "window: [1700-01-01, 1700-01-02]", "1900", id="before the space age"),
        pytest.param(HEAD + "cursor: 99999-01-01", "cursor", id="year 99999"),
        pytest.param(HEAD + "window: 2015-03-01", "first and a last", id="one time"),
        pytest.param(HEAD + "window: [2015-03-01]", "first and a last", id="half a window"),
        pytest.param(HEAD + "window: [null, 2015-03-01]", "window", id="no start"),
        pytest.param(HEAD + "window: [1, 2]", "window", id="numbers"),
        pytest.param(HEAD + f"lag: {LONG}", "4300 digits", id="huge integer"),
        pytest.param(HEAD + f"lag: {'9' * 400}", "lag", id="large integer"),
        pytest.param(HEAD + "lag: .nan", "lag", id="NaN"),
        pytest.param(HEAD + "lag: .inf", "lag", id="infinite"),
        pytest.param(HEAD + "lag: -301", "-300 to 300", id="lag out of its range"),
        pytest.param(HEAD + "lag: true", "lag", id="a truth"),
        pytest.param(HEAD + "lag: [1]", "lag", id="a list of lags"),
        pytest.param(HEAD + "lag: '44'", "lag", id="a lag in quotes"),
        pytest.param(HEAD + "event: 5", "event", id="event is a number"),
        pytest.param(HEAD + "event: null", "event", id="event is nothing"),
        pytest.param(HEAD + 'event: "\\ud800"', "event|YAML|read", id="half a letter"),
        pytest.param(HEAD + "source: {a: 1}", "source", id="source is a table"),
        pytest.param(HEAD + f"condition: {'x' * 2000}", "condition", id="long condition"),
        pytest.param(HEAD + "panels: omni.1min:b", "list of panels", id="panels are a text"),
        pytest.param(HEAD + "panels: [1]", "panels", id="panels are numbers"),
        pytest.param(HEAD + "panels: {a: b}", "panels", id="panels are a table"),
        pytest.param(HEAD + f"panels: [{', '.join(f'p{i}:b' for i in range(61))}]", "61 panels.*60", id="61 panels"),
        pytest.param(HEAD + f"panels: ['omni.1min:{','.join(f'v{i}' for i in range(13))}']", "13 variables.*12", id="13 variables"),
        pytest.param(HEAD + "theme: 5", "theme.*light", id="no theme"),
        pytest.param(HEAD + "sky: /etc/passwd", "sky.*model", id="no sky"),
        pytest.param(HEAD + "1: 2", "has no 1", id="a number for a name"),
        pytest.param(HEAD + "name: x", "has no 'name'", id="the library's own name"),
        pytest.param(HEAD + "[a]: b", "study", id="a list for a name"),
        pytest.param(HEAD + f"panels: {DEEP}", "lists stand in its lists|YAML", id="900 brackets"),
        pytest.param(f"{DEEP}{']' * 900}", "lists stand in its lists", id="900 brackets closed"),
        pytest.param(GROWING, "own parts", id="aliases"),
        pytest.param("a: &a [*a]", "own parts", id="an alias of itself"),
        pytest.param(HEAD + "lag: !!timestamp x", "YAML|read", id="a tag that fails"),
        pytest.param(HEAD + "event: !!binary aGVsbG8=", "event", id="bytes"),
        pytest.param(HEAD + "panels: !!set {a}", "panels", id="a set"),
        pytest.param(f"[{'a,' * 5000}]", "more than 1000 parts", id="many parts"),
        pytest.param(HEAD + "files: [a]", "files", id="files are a list"),
        pytest.param(HEAD + "files: {a: 1}", "files", id="a file is a number"),
        pytest.param("\x00\x01", "YAML", id="binary"),
        pytest.param("", "no study", id="nothing"),
        pytest.param("null", "no study", id="null"),
        pytest.param("--- 1\n--- 2", "YAML", id="two documents"),
    ],
)  # fmt: skip
def test_a_study_with_a_mistake_is_refused_in_one_short_sentence(text, words):
    with pytest.raises(InputError, match=words) as refusal:
        Study.from_yaml(text)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 400
    with pytest.raises(InputError):
        Study.from_query(study_text.packed(text))


def test_a_study_without_a_cursor_or_a_view_begins_in_the_middle_of_its_window():
    study = Study.from_yaml(HEAD + SPAN)
    assert study.view == study.window
    assert study.cursor == np.datetime64("2027-03-22T12:00", "ns")


@pytest.mark.parametrize(
    "source", ["/etc", "../x", "~", "tests", "\\\\server\\share", "a/b", "~root"]
)
def test_a_link_opens_no_folder_and_a_file_may(source):
    study = Study(source=source)
    assert Study.from_yaml(study.to_yaml()).source == source
    with pytest.raises(InputError, match="which a link does not open"):
        Study.from_query(study.to_query())


def test_a_link_that_unpacks_to_far_more_is_refused():
    bomb = study_text.packed("x" * 50_000_000)
    assert len(bomb) < 100_000
    with pytest.raises(InputError, match="link"):
        Study.from_query(bomb)


def test_sixty_panels_are_possible():
    texts = [f"p{i}:b" for i in range(60)]
    assert Study.from_query(Study(panels=texts).to_query()).panels == texts


def test_values_given_in_python_are_looked_at_too():
    with pytest.raises(InputError, match="window"):
        Study(window=("2015-03-18", "2015-03-17"))
    with pytest.raises(InputError, match="colour"):
        Study(colour="red")
    assert Study(view=("2015-03-17", "2015-03-18")).window[0] == np.datetime64("2015-03-17", "ns")


scalars = (
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | st.text(max_size=30)
    | times | st.sampled_from(["2015-02-30", "2027-03-22", "NaT", "now", "omni.1min:b", "light", "XY"])
)  # fmt: skip
anything = scalars | st.lists(scalars, max_size=4) | st.dictionaries(st.text(max_size=5), scalars, max_size=2)  # fmt: skip
fields = st.sampled_from([n for n in Study.param if n != "name"]) | st.text(max_size=8)


@settings(deadline=None, max_examples=300)
@given(table=st.dictionaries(fields, anything, max_size=5))
def test_whatever_stands_in_a_study_it_is_one_or_a_sentence_says_what_is_wrong(table):
    fault, study = "", None
    try:
        study = Study.from_dict(table)
    except InputError as err:
        fault = str(err)
    assert len(fault) < 500
    assert "\n" not in fault
    assert fault or Study.from_yaml(study.to_yaml()).to_dict() == study.to_dict()


@settings(deadline=None, max_examples=300)
@given(text=st.text(alphabet="ab:[]{}&*!|>-'\"\\#% \n\t1.?,", max_size=60))
def test_whatever_text_is_read_as_a_study_is_one_or_is_refused(text):
    for one in (text, HEAD + text):
        with contextlib.suppress(InputError):
            Study.from_yaml(one)


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
