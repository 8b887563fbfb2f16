"""Judges answers: an item and an answer in, a grade out. Pure."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from quizzes.model import Choice, NumberItem, Question, WrongNumber

Answer = list[str] | str  # the chosen identifiers, or the typed number


class Outcome(StrEnum):
    """What an answer amounts to; `recorded` is a guess, which nobody judges."""

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


def missing(item: Question, answer: object) -> str | None:
    """What a learner still has to do before this answer can be judged; None if it can."""
    if isinstance(item, NumberItem):
        return None if number(item, answer) is not None else "Type a number first, such as 3 or 0.5."
    known = {choice.identifier for choice in item.choices}
    if not isinstance(answer, list) or not answer or not all(isinstance(a, str) and a in known for a in answer):
        return "Choose an answer first."
    if len(set(answer)) < item.min_choices:
        return f"Choose at least {item.min_choices}."
    if len(set(answer)) > item.max_choices:
        return f"Choose at most {item.max_choices}."
    return None


def grade(item: Question, answer: object) -> Grade:
    """The grade of `answer`: a list of identifiers for a choice, text for a number."""
    if missing(item, answer):
        return Grade(Outcome.NOT_ANSWERED)
    if item.mode == "guess":
        return Grade(Outcome.RECORDED)
    if isinstance(item, NumberItem):
        right = is_right(item, answer)
        return Grade(Outcome.RIGHT, 1.0) if right else Grade(Outcome.WRONG)
    assert isinstance(answer, list)
    rule = {"match": _match, "each-answer": _each_answer}[item.scoring]
    score = rule(item.choices, set(answer))
    if score == 1:
        return Grade(Outcome.RIGHT, 1.0)
    return Grade(Outcome.PARTLY if score else Outcome.WRONG, score)


def _match(choices: Sequence[Choice], chosen: set[str]) -> float:
    """All or nothing: exactly the choices of the key."""
    return float(all((choice.identifier in chosen) == bool(choice.score) for choice in choices))


def _each_answer(choices: Sequence[Choice], chosen: set[str]) -> float:
    """Each choice rightly taken or left counts the same; nothing without one that was rightly taken.

    So to take all of them never earns full marks unless all of them are right.
    """
    if not any(choice.score and choice.identifier in chosen for choice in choices):
        return 0.0
    return sum((choice.identifier in chosen) == bool(choice.score) for choice in choices) / len(choices)


def number(item: NumberItem, answer: object) -> float | None:
    """The number that was typed, with or without its unit, with a decimal point or comma; None if it is none."""
    if not isinstance(answer, str):
        return None
    typed = answer.strip().removesuffix(item.unit).strip().replace(",", ".")
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?", typed, re.ASCII | re.IGNORECASE):
        return None
    value = float(typed)
    return value if math.isfinite(value) else None


def is_right(item: NumberItem, answer: object) -> bool:
    """Whether the typed number lies within the tolerance."""
    value = number(item, answer)
    return value is not None and abs(value - item.answer) <= item.tolerance + 1e-9


def known_error(item: NumberItem, answer: object) -> WrongNumber | None:
    """The first listed wrong value or range that holds the typed number."""
    value = number(item, answer)
    return next((wrong for wrong in item.wrong if value is not None and _holds(wrong, value)), None)


def _holds(wrong: WrongNumber, value: float) -> bool:
    if wrong.value is not None:
        return math.isclose(value, wrong.value)
    return (wrong.min is None or wrong.min <= value) and (wrong.max is None or value <= wrong.max)
