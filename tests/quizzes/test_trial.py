"""Assembled programs, tried on the real app machinery."""

import pytest

from quizzes.trial import try_program
from tests.quizzes import items

RIGHT = [["head", 0], ["wait", 1], ["end", 1]]


def test_a_program_that_behaves_is_right_and_has_a_picture() -> None:
    trial = try_program(items.parsons(), RIGHT)
    assert (trial.score, trial.words) == (1, "It ran, and did what was asked.")
    assert trial.timeline and "GET /async-await" in trial.timeline.html()


@pytest.mark.parametrize("answer", [[["head", 0], ["wait", 1]], [["head", 0], ["wait", 2], ["end", 2]]])
def test_another_program_that_behaves_is_right_as_well(answer: list[list[object]]) -> None:
    assert try_program(items.parsons(), answer).score == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ([["head", 0], ["hold", 1], ["end", 1]], "It ran, but it shows “another request: waits” and not “answered"),
        ([["wait", 1], ["head", 0]], "Python cannot read it, line 1: unexpected indent."),
        ([["head", 0], ["wait", 0]], "Python cannot read it, line 2: expected an indented block after function"),
        ([["hold", 0]], "It failed: NameError: the lines define no function 'report'"),
        ([["head", 0], ["end", 1]], "It failed: ExperimentFailed: GET /async-await answered 200 without sleeping"),
    ],
)  # fmt: skip
def test_a_program_that_does_not_is_told_what_it_did(answer: list[list[object]], words: str) -> None:
    trial = try_program(items.parsons(), answer)
    assert (trial.score, trial.words[: len(words)]) == (0, words)
