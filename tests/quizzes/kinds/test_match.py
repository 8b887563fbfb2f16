import pytest
from pydantic import ValidationError

from quizzes.grading import Outcome, grade
from tests.quizzes import items

RIGHT = {"grass": "green", "sky": "blue", "sea": "blue"}


def test_every_pair_counts_the_same() -> None:
    assert grade(items.match(), RIGHT).outcome == Outcome.RIGHT
    assert grade(items.match(), {**RIGHT, "sea": "red"}).score == pytest.approx(2 / 3)
    assert grade(items.match(), dict.fromkeys(RIGHT, "red")).outcome == Outcome.WRONG


def test_what_is_left_open_is_counted_for_the_learner() -> None:
    assert items.match().missing({"grass": "green"}) == "Choose for each of them first: 2 are left."
    assert items.match().missing({**RIGHT, "sea": ""}) == "Choose for each of them first: 1 is left."


def test_a_wrong_pair_is_told_without_the_right_one_until_it_is_settled() -> None:
    answer = {**RIGHT, "sky": "red"}
    told = {each.part: each for each in items.match().explanations(answer, settled=False)}
    assert (told["sky"].verdict, told["sky"].text, told["sky"].misconception) == (
        "wrong",
        "Look again.",
        "grass-is-sky",
    )
    assert (told["sea"].verdict, told["sea"].text) == ("right", "sea, yes.")
    settled = {each.part: each for each in items.match().explanations(answer, settled=True)}
    assert (settled["sky"].label, settled["sky"].is_own) == ("This is “`blue`”", False)


def test_a_target_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValidationError, match="source 'grass' has the target 'green', which is not there"):
        items.match(targets=[{"identifier": "blue", "content": "b"}, {"identifier": "red", "content": "r"}])
