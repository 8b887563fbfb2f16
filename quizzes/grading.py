"""Judges answers: an item and an answer in, a grade out. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from quizzes.kinds import Answer, Question


class Outcome(StrEnum):
    """What an answer amounts to; `recorded` is a guess or a text of one's own, which nobody judges."""

    NOT_ANSWERED = "not_answered"
    WRONG = "wrong"
    PARTLY = "partly"
    RIGHT = "right"
    RECORDED = "recorded"


@dataclass(frozen=True)
class Grade:
    """The outcome, and a score from 0 to 1."""

    outcome: Outcome
    score: float = 0.0


def grade(item: Question, answer: Answer) -> Grade:
    """The grade of `answer`, which may be anything that a page could send."""
    if item.missing(answer):
        return Grade(Outcome.NOT_ANSWERED)
    return of_score(item, item.score(answer))


def of_score(item: Question, score: float) -> Grade:
    """The grade of a complete answer with this score."""
    if item.mode == "guess":
        return Grade(Outcome.RECORDED)
    if score == 1:
        return Grade(Outcome.RIGHT, 1.0)
    return Grade(Outcome.PARTLY if score else Outcome.WRONG, score)
