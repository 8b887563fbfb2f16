"""Judges answers. Knows nothing of how they were asked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from quizzes.errors import UnclearKey
from quizzes.model import ChoiceItem, NumberItem, PredictItem

Outcome = Literal["not_answered", "wrong", "partly", "right", "recorded"]


@dataclass(frozen=True)
class Grade:
    """How an answer was judged. `feedback` belongs to the options by identifier, `remark` to the whole answer."""

    outcome: Outcome
    score: float = 0.0
    remark: str = ""
    feedback: Mapping[str, str] = field(default_factory=dict)


def grade(item: ChoiceItem | NumberItem, answer: list[str]) -> Grade:
    """The grade of an answer: identifiers of choices, or one typed number."""
    answer = [part for part in answer if part.strip()]
    if not answer:
        return Grade("not_answered", remark="Choose an answer first.")
    judged = _grade_choice(item, answer) if isinstance(item, ChoiceItem) else _grade_number(item, answer[0])
    if item.mode == "guess" and judged.outcome != "not_answered":
        return Grade("recorded", remark="Recorded. Keep it in mind.")
    return judged


def what_happened(item: PredictItem, facts: Mapping[str, Any]) -> str:
    """The identifier of the one choice that agrees with `facts`. Raises `UnclearKey` if it is not exactly one."""
    agreeing = [
        choice.identifier
        for choice in item.choices
        if all(facts.get(name) == value for name, value in choice.facts.items())
    ]
    if len(agreeing) != 1:
        seen = ", ".join(f"{name} = {value}" for name, value in facts.items())
        which = " and ".join(agreeing) or "none"
        raise UnclearKey(f"{item.identifier}: the run showed {seen}, and of the choices {which} agree; one must.")
    return agreeing[0]


def _grade_choice(item: ChoiceItem, answer: list[str]) -> Grade:
    """Each-answer rule: every option judged rightly, chosen or left, counts; so choosing all earns no full marks."""
    judged_rightly = sum((choice.identifier in answer) == bool(choice.score) for choice in item.choices)
    feedback = {choice.identifier: choice.feedback for choice in item.choices}
    if judged_rightly == len(item.choices):
        return Grade("right", 1.0, "Right.", feedback)
    hit = any(choice.score and choice.identifier in answer for choice in item.choices)
    if item.max_choices == 1 or not hit:
        return Grade("wrong", 0.0, "Not so.", feedback)
    return Grade("partly", judged_rightly / len(item.choices), _partly(item, answer), feedback)


def _partly(item: ChoiceItem, answer: list[str]) -> str:
    missed = any(choice.score and choice.identifier not in answer for choice in item.choices)
    wrong = any(not choice.score and choice.identifier in answer for choice in item.choices)
    if missed and wrong:
        return "Partly right: something is missing, and something does not belong."
    return "Partly right: something is missing." if missed else "Partly right: something does not belong."


def _grade_number(item: NumberItem, typed: str) -> Grade:
    match = re.fullmatch(r"\s*([+-]?\d+(?:[.,]\d+)?)\s*(.*?)\s*", typed)
    if match is None:
        return Grade("not_answered", remark=f"“{typed}” is not a number. Type digits, such as 12 or 0.5.")
    value = float(match[1].replace(",", "."))
    if abs(value - item.answer) <= item.tolerance:
        return Grade("right", 1.0, item.feedback)
    for wrong in item.wrong_answers:
        if abs(value - wrong.value) <= item.tolerance:
            return Grade("wrong", 0.0, wrong.feedback)
    return Grade("wrong", 0.0, item.feedback_otherwise)
