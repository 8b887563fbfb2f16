from typing import Any

import pytest

from quizzes.grading import Grade, Outcome, grade
from tests.quizzes import items

RIGHT, WRONG, NOT_ANSWERED = Grade(Outcome.RIGHT, 1.0), Grade(Outcome.WRONG), Grade(Outcome.NOT_ANSWERED)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (["b"], RIGHT),
        (["a"], WRONG),
        ([], NOT_ANSWERED),
        (None, NOT_ANSWERED),
        (["z"], NOT_ANSWERED),
        ([["b"]], NOT_ANSWERED),
    ],
)
def test_one_choice_is_right_or_wrong_or_no_answer(answer: Any, expected: Grade) -> None:
    assert grade(items.choice(), answer) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (["a", "c"], RIGHT),
        (["a"], Grade(Outcome.PARTLY, 0.75)),
        (["a", "b"], Grade(Outcome.PARTLY, 0.5)),
        (["b", "d"], WRONG),
        (["b"], WRONG),
    ],
)
def test_each_answer_counts_every_option_rightly_taken_or_left(answer: list[str], expected: Grade) -> None:
    assert grade(items.several(), answer) == expected


def test_to_take_everything_does_not_earn_full_marks() -> None:
    assert grade(items.several(), ["a", "b", "c", "d"]) == Grade(Outcome.PARTLY, 0.5)


def test_match_is_all_or_nothing() -> None:
    item = items.several().model_copy(update={"scoring": "match"})
    assert grade(item, ["a"]) == WRONG
    assert grade(item, ["c", "a"]) == RIGHT


@pytest.mark.parametrize("typed", ["3", " 3 s", "3s", "2,75", "3.25", "3e0", "+3"])
def test_a_number_within_the_tolerance_is_right_however_it_is_typed(typed: str) -> None:
    assert grade(items.number(), typed) == RIGHT


@pytest.mark.parametrize("typed", ["2.7", "3.26", "100", "-3"])
def test_a_number_outside_the_tolerance_is_wrong(typed: str) -> None:
    assert grade(items.number(), typed) == WRONG


@pytest.mark.parametrize("typed", ["", "three", "3 4", "nan", "inf", "1e999", "٣", "3" * 5000 + "x", 3, None, ["3"]])
def test_what_is_no_number_is_no_answer(typed: Any) -> None:
    assert grade(items.number(), typed) == NOT_ANSWERED
    assert items.number().missing(typed) == "Type a number first, such as 3 or 0.5."


def test_a_listed_value_or_range_has_its_own_reason() -> None:
    found = {typed: items.number().known_error(typed) for typed in ("100", "-5", "7")}
    assert {typed: error and error.misconception for typed, error in found.items()} == {
        "100": "no-threads",
        "-5": "time-travel",
        "7": None,
    }


def test_too_few_or_too_many_choices_are_asked_for_again() -> None:
    item = items.several().model_copy(update={"min_choices": 2, "max_choices": 3})
    assert item.missing(["a"]) == "Choose at least 2."
    assert item.missing(["a", "b", "c", "d"]) == "Choose at most 3."


def test_a_guess_is_recorded_and_never_judged() -> None:
    assert (
        grade(items.choice(mode="guess"), ["a"]) == grade(items.choice(mode="guess"), ["b"]) == Grade(Outcome.RECORDED)
    )
