"""The exercises of 01: right answers pass, typical wrong ones get a hint that teaches."""

import pytest

import smile_explore as se
from smile_explore import course

TABLE = se.products()


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        pytest.param(1, 38, id="minutes missing"),
        pytest.param(2, TABLE.query("time_reference == 'L1'"), id="at L1"),
        pytest.param(3, 3.26, id="GSE against GSM"),
        pytest.param(4, (-2 - 4 - 9 - 9) / 4, id="mean without the fill"),
    ],
)
def test_right_answer_passes(number, answer):
    assert course.check("load_any_product", number, answer)


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        pytest.param(1, 0, "not even to NaN", id="compared with NaN"),
        pytest.param(1, 22, "the field's", id="another variable"),
        pytest.param(1, 1402, "how many are not", id="counted what is there"),
        pytest.param(2, ["ace.mfi"], "asks for a table", id="names, no table"),
        pytest.param(2, TABLE[TABLE.index.str.contains("ace|omni")], "must not be shifted again", id="with OMNI"),
        pytest.param(2, TABLE.loc[["ace.mfi"]], "more are at L1", id="too few"),
        pytest.param(2, TABLE[TABLE.time_reference.isin(["L1", "ground"])], "are not at L1", id="too many"),
        pytest.param(3, 0.0, "with itself", id="not rotated"),
        pytest.param(4, 1995.2, "believes the fill", id="fill believed"),
        pytest.param(4, -4.8, "not a zero", id="fill as zero"),
    ],
)  # fmt: skip
def test_typical_mistake_gets_a_hint_that_teaches(number, answer, hint):
    verdict = course.check("load_any_product", number, answer)
    assert not verdict
    assert hint in verdict.text
