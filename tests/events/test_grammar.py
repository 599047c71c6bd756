"""The parser: what a text means, and where it points when it means nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smile_explore.errors import InputError
from smile_explore.events import grammar


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        pytest.param("v < -500 km/s", -500, "km/s", id="slash"),
        pytest.param(
            "v < -500 km s-1 and n > 3", -500, "km s-1", id="exponent, ended by a keyword"
        ),
        pytest.param("v < 5cm^-3", 5, "cm^-3", id="caret, no blank"),
        pytest.param("v < .5e1 cm**-3 for 5min", 5, "cm**-3", id="stars, exponent of ten"),
        pytest.param("v < +2 mV m-1", 2, "mV m-1", id="two words"),
        pytest.param("v < 50 %", 50, "%", id="percent"),
        pytest.param("v < −3 nT", -3, "nT", id="typographic minus"),
        pytest.param("v < 3", 3, "", id="none"),
    ],
)
def test_numbers_take_their_unit(text, value, unit):
    tree = grammar.parse(text)
    while not isinstance(tree, grammar.Compare):
        tree = tree.parts[0] if isinstance(tree, grammar.Both) else tree.inner
    assert tree.right.value == value
    assert tree.right.unit.text == unit
    at = tree.right.unit.position
    assert text[at : at + len(unit)] == unit


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [("10min", 600e9), ("0.5 h", 1800e9), ("250ms", 0.25e9), ("1 day", 86400e9), ("90 s", 90e9)],
)
def test_durations(text, nanoseconds):
    assert grammar.parse(f"x > 0 for >= {text}").duration == nanoseconds


@pytest.mark.parametrize(
    ("text", "position", "word", "says"),
    [
        pytest.param("", 0, "", "is empty", id="nothing"),
        pytest.param("b_z <", 5, "", "expected a variable", id="cut short"),
        pytest.param("b_z < for", 6, "for", "expected a variable", id="keyword for a value"),
        pytest.param("b_z and x > 2", 4, "and", "expected one of <", id="no comparison"),
        pytest.param("(b_z < 3", 8, "", r"expected '\)'", id="open parenthesis"),
        pytest.param("b_z < 3)", 7, ")", "expected 'and', 'or'", id="stray parenthesis"),
        pytest.param("|b < 3", 3, "<", r"expected '\|'", id="open bar"),
        pytest.param("x > 1 for 5", 11, "", "unit of time", id="duration without unit"),
        pytest.param("x > 1 for 5 lightyears", 12, "lightyears", "unit of time", id="no time"),
        pytest.param("x > 1 for == 5min", 10, "==", "a length is compared", id="for equals"),
        pytest.param("x > 1 for -5min", 10, "-5", "negative", id="negative duration"),
        pytest.param("x > 1 within 5min y > 2", 18, "y", "'of' or 'before' or 'after'", id="no side"),
        pytest.param("x rises 2 in 5min", 8, "2", "expected 'by'", id="rises without by"),
        pytest.param("x rises by -2 in 5min", 11, "-2", "above 0", id="rises by less than nothing"),
        pytest.param("x > 1; y > 2", 5, ";", "is no part of a condition", id="stray sign"),
        pytest.param("exec(x) > 1", 4, "(", "expected one of <", id="a call"),
    ],
)  # fmt: skip
def test_errors_name_word_and_place(text, position, word, says):
    with pytest.raises(InputError, match=says) as caught:
        grammar.parse(text)
    assert (caught.value.position, caught.value.word) == (position, word)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("(" * 9999 + "x > 1" + ")" * 9999, id="parentheses"),
        pytest.param("not " * 9999 + "x > 1", id="negations"),
        pytest.param("x > 1" + " for 1s" * 9999, id="durations"),
    ],
)
def test_deep_nesting_is_refused_not_a_crash(text):
    with pytest.raises(InputError, match="nested deeper than 50"):
        grammar.parse(text)


def test_long_flat_conditions_are_fine():
    assert len(grammar.parse(" or ".join(["x > 1"] * 9999)).parts) == 9999


@given(st.text(alphabet="xb_z|()<>=!≥≤−-.0159e nTkm/^* andorforwithinfby%é", max_size=30))
def test_any_text_is_parsed_or_refused_with_a_place_inside_it(text):
    at, word = 0, ""
    try:
        grammar.parse(text)
    except InputError as error:
        at, word = error.position, error.word
    assert text[at : at + len(word)] == word


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("b < 1 for 1e999 h", "cannot be longer than 292 years", id="endless"),
        pytest.param("b < 1 for 200000 d", "cannot be longer than 292 years", id="beyond 64 bits"),
        pytest.param("b rises by 1 in 1e300 s", "cannot be longer than 292 years", id="rise"),
        pytest.param("b < 1e999", "too large a number", id="infinity"),
        pytest.param("b < " + "9" * 400, "too large a number", id="huge integer"),
        pytest.param("b < " * 50_000 + "1", "200001 characters, more than 100000", id="chained"),
        pytest.param("b<" * 20_000 + "1", "comes after 10000 comparisons", id="chained, short"),
        pytest.param("(" * 900 + "b < 1" + ")" * 900, "nested deeper than 50", id="brackets"),
        pytest.param("not " * 900 + "b < 1", "nested deeper than 50", id="negations"),
        pytest.param("b < 1" + " for 1s" * 500, "nested deeper than 50", id="lengths"),
        pytest.param("b < 1 \x00", "no part of a condition", id="NUL"),
        pytest.param("b < " + "q" * 3000 + " and", "expected a variable", id="long word"),
        pytest.param("b < for" + "q" * 3000 + ")", "expected 'and'", id="long name"),
        pytest.param(["b < 1"], "list is empty", id="no text"),
    ],
)
def test_hostile_conditions_give_one_short_sentence(text, says):
    with pytest.raises(InputError, match=says) as caught:
        grammar.parse(text)
    assert len(str(caught.value)) < 300
    assert "\x00" not in str(caught.value)
    assert caught.value.position >= 0
