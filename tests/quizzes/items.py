"""Small items and banks for the tests, as an author would write them."""

from pathlib import Path
from typing import Any

from quizzes.model import Bank, ChoiceItem, NumberItem, PredictItem

VERIFY = {"experiment": "burst_sync", "facts": {"order": "all at once"}}


def choice(identifier: str = "sky", **changes: Any) -> ChoiceItem:
    """One right choice of three: b."""
    choices = [
        {"identifier": "a", "content": "`green`", "feedback": "Grass is.", "misconception": "grass-is-sky"},
        {"identifier": "b", "content": "blue", "score": 1, "feedback": "Short waves scatter most."},
        {"identifier": "c", "content": "red", "feedback": "In the evening.", "misconception": "always-evening"},
    ]
    return ChoiceItem.model_validate(_item("choice", identifier) | {"choices": choices, "verify": VERIFY} | changes)


def several(identifier: str = "primes") -> ChoiceItem:
    """Two right choices of four: a and c."""
    choices = [
        {"identifier": "a", "content": "2", "score": 1, "feedback": "Only 1 and 2 divide it."},
        {"identifier": "b", "content": "4", "feedback": "2 divides it.", "misconception": "even-is-prime"},
        {"identifier": "c", "content": "5", "score": 1, "feedback": "Only 1 and 5 divide it."},
        {"identifier": "d", "content": "9", "feedback": "3 divides it.", "misconception": "odd-is-prime"},
    ]
    return choice(identifier, choices=choices, max_choices=4, scoring="each-answer")


def number(identifier: str = "waves", **changes: Any) -> NumberItem:
    """Right is 3 s, give or take 0.25 s."""
    wrong = [
        {"value": 100, "feedback": "One at a time.", "misconception": "no-threads"},
        {"max": 0, "feedback": "Time runs forward.", "misconception": "time-travel"},
    ]
    own = {"answer": 3, "tolerance": 0.25, "unit": "s", "feedback": "Three waves.", "wrong": wrong, "verify": VERIFY}
    return NumberItem.model_validate(
        _item("number", identifier) | own | {"general_feedback": "Think in waves."} | changes
    )


def predict(identifier: str = "three", **changes: Any) -> PredictItem:
    """About `burst_sync`, whose facts pick b."""
    choices = [
        {"identifier": "a", "content": "in turn", "facts": {"order": "one at a time"}, "seconds": 3, "feedback": "No."},
        {"identifier": "b", "content": "together", "facts": {"order": "all at once"}, "seconds": 1, "feedback": "Yes."},
    ]
    own = {"experiment": "burst_sync", "choices": choices}
    return PredictItem.model_validate(_item("predict", identifier) | own | changes)


def bank(*items: Any) -> Bank:
    """A bank of these items."""
    header = {"schema_version": 1, "lesson": "01_colours", "title": "Colours", "lang": "en"}
    return Bank.model_validate(header | {"items": list(items)})


def _item(kind: str, identifier: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "identifier": identifier,
        "objective": "See.",
        "prompt": "What is **it**?",
        "hints": ["Look up."],
    }


# Of what a learner may not see before the answer.
KEY = (
    "score",
    "scatter most",
    "misconception",
    "grass-is-sky",
    "Three waves",
    "One at a time",
    "tolerance",
    "burst_sync",
)

BANK = """\
schema_version: 1
lesson: 01_colours
title: Colours
lang: en
items:
  - identifier: sky
    kind: choice
    objective: See.
    prompt: What colour?
    choices:
      - {identifier: a, content: green, feedback: Grass is., misconception: grass-is-sky}
      - {identifier: b, content: blue, score: 1, feedback: Scattering.}
    verify: {experiment: burst_sync, facts: {order: all at once}}
"""


def bank_file(folder: Path, text: str = BANK, name: str = "01_colours") -> Path:
    """A bank file in `folder`."""
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path
