"""What holds for every kind of question, whatever it is."""

import json
from typing import Any

import pytest

from quizzes.grading import Outcome, grade
from quizzes.kinds import KINDS, ExtendedTextItem, Question
from tests.quizzes import items

QUESTIONS: list[Question] = items.every_kind()
NONSENSE: list[Any] = [
    None,
    "",
    [],
    {},
    7,
    True,
    "x" * 10_000,
    ["zzz"],
    [["a", 1, 2]],
    [[1, "a"]],
    {"sky": 3},
    [{}],
    [None],
]


def _kind(question: Question) -> str:
    return f"{type(question).__name__}-{question.identifier}"


def test_every_kind_is_here() -> None:
    assert {type(question) for question in QUESTIONS} == {kind for kind in KINDS.values() if issubclass(kind, Question)}


@pytest.mark.parametrize("question", QUESTIONS, ids=_kind)
def test_its_key_is_right_also_after_a_journey_as_json(question: Question) -> None:
    key: Any = question.said(question.key) if question.identifier == "waves" else question.key
    outcome = grade(question, json.loads(json.dumps(key))).outcome
    assert outcome == (Outcome.RECORDED if isinstance(question, ExtendedTextItem) else Outcome.RIGHT)


@pytest.mark.parametrize("question", QUESTIONS, ids=_kind)
@pytest.mark.parametrize("answer", NONSENSE, ids=lambda answer: repr(answer)[:20])
def test_nonsense_is_no_answer_or_a_wrong_one_and_never_an_error(question: Question, answer: Any) -> None:
    judged = grade(question, answer)
    assert judged.outcome in (Outcome.NOT_ANSWERED, Outcome.WRONG, Outcome.RECORDED)
    if judged.outcome == Outcome.NOT_ANSWERED:
        assert question.missing(answer)


@pytest.mark.parametrize("question", QUESTIONS, ids=_kind)
def test_a_settled_question_explains_each_of_its_parts_and_an_open_one_not_the_key(question: Question) -> None:
    settled = question.explanations(question.key, settled=True)
    assert all(told.text and told.label for told in settled)
    assert [told for told in settled if told.verdict == "wrong"] == []


@pytest.mark.parametrize("question", QUESTIONS, ids=_kind)
def test_an_answer_can_be_said_in_words(question: Question) -> None:
    assert question.said(question.key)
