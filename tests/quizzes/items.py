"""Small items and banks for the tests, as an author would write them."""

from pathlib import Path
from typing import Any

from quizzes.kinds import (
    ChoiceItem,
    ExtendedTextItem,
    HottextItem,
    MatchItem,
    NumberItem,
    OrderItem,
    PredictItem,
    PredictTableItem,
    TextEntryItem,
)
from quizzes.model import Bank

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


def text_entry(identifier: str = "word", **changes: Any) -> TextEntryItem:
    """Right is await, or `asyncio.sleep(1)`; sleep is a known mistake."""
    wrong = [{"accept": ["sleep"], "feedback": "That holds the thread.", "misconception": "sleep-yields"}]
    own = {"accept": ["await", "asyncio.sleep(1)"], "feedback": "It gives back.", "wrong": wrong, "verify": VERIFY}
    return TextEntryItem.model_validate(
        _item("text_entry", identifier) | own | {"general_feedback": "Which word is it?"} | changes
    )


def hottext(identifier: str = "line", **changes: Any) -> HottextItem:
    """Right is the line in the middle: mid."""
    choices = [
        {"identifier": "top", "content": "x = 1", "feedback": "Takes no time.", "misconception": "assigning-blocks"},
        {"identifier": "mid", "content": "time.sleep(1)", "score": 1, "feedback": "Holds its thread."},
    ]
    own = {"code": "def f():\n    x = 1\n    time.sleep(1)\n", "choices": choices, "verify": VERIFY}
    return HottextItem.model_validate(_item("hottext", identifier) | own | changes)


def match(identifier: str = "pairs", **changes: Any) -> MatchItem:
    """Grass is green; the sky and the sea are blue."""
    believed = {"feedback": "Look again.", "misconception": "grass-is-sky"}
    sources = [
        {"identifier": name, "content": name, "target": colour, "feedback": f"{name}, yes.", "otherwise": believed}
        for name, colour in (("grass", "green"), ("sky", "blue"), ("sea", "blue"))
    ]
    targets = [{"identifier": colour, "content": f"`{colour}`"} for colour in ("green", "blue", "red")]
    own = {"sources": sources, "targets": targets, "verify": VERIFY}
    return MatchItem.model_validate(_item("match", identifier) | own | changes)


def order(identifier: str = "days", **changes: Any) -> OrderItem:
    """First noon, then dusk, then a candle."""
    blocks = [
        {"identifier": name, "content": f"the *{name}*", "feedback": f"{name} is there."}
        for name in ("noon", "dusk", "candle")
    ]
    inversions = [{"first": "dusk", "then": "noon", "feedback": "Not that late.", "misconception": "backwards"}]
    own = {"blocks": blocks, "inversions": inversions, "general_feedback": "Think of the sun.", "verify": VERIFY}
    return OrderItem.model_validate(_item("order", identifier) | own | changes)


def parsons(identifier: str = "program", **changes: Any) -> OrderItem:
    """An endpoint that awaits its sleep, out of four lines of which one does not belong."""
    blocks = [
        {"identifier": "head", "content": "async def report():", "feedback": "It awaits."},
        {"identifier": "wait", "content": "await asyncio.sleep(1)", "indent": 1, "feedback": "The loop is free."},
        {"identifier": "end", "content": "return 1", "indent": 1, "feedback": "The answer."},
        {"identifier": "hold", "content": "time.sleep(1)", "feedback": "Holds it.", "misconception": "sleep-yields"},
    ]
    program = {"name": "report", "setup": "import asyncio, time"}
    verify = {"experiment": "burst_await", "facts": {"another request": "answered meanwhile"}}
    own = {"blocks": blocks, "program": program, "general_feedback": "Who gives back?", "verify": verify}
    return OrderItem.model_validate(_item("order", identifier) | own | changes)


def open_text(identifier: str = "essay", **changes: Any) -> ExtendedTextItem:
    """Nobody judges it."""
    own = {"model_answer": "Short waves **scatter** most.", "verify": VERIFY}
    return ExtendedTextItem.model_validate(_item("extended_text", identifier) | own | changes)


def every_kind() -> list[Any]:
    """A question of each kind, and of each way to ask it."""
    return [choice(), several(), number(), text_entry(), hottext(), match(), order(), parsons(), open_text()]


def predict(identifier: str = "three", **changes: Any) -> PredictItem:
    """About `burst_sync`, whose facts pick b."""
    choices = [
        {"identifier": "a", "content": "in turn", "facts": {"order": "one at a time"}, "seconds": 3, "feedback": "No."},
        {"identifier": "b", "content": "together", "facts": {"order": "all at once"}, "seconds": 1, "feedback": "Yes."},
    ]
    own = {"experiment": "burst_sync", "choices": choices}
    return PredictItem.model_validate(_item("predict", identifier) | own | changes)


def predict_table(identifier: str = "fates", **changes: Any) -> PredictTableItem:
    """About `kill_matrix`, of which five cells are asked."""
    outcomes = [
        {"identifier": "lost", "content": "**lost**", "facts": ["started once, done never"]},
        {"identifier": "once", "content": "done once", "facts": ["started once, done once"]},
        {"identifier": "again", "content": "started again", "facts": ["started twice, done once"]},
    ]
    cells = [
        _cell("gone", "BackgroundTasks", "kill -9", "Nothing is noted anywhere."),
        _cell("back", "Celery, late ack", "kill -9", "The broker `has` it still."),
        _cell("ended", "BackgroundTasks", "TERM", "The server waits."),
        _cell("warm", "Celery, late ack", "TERM", "The worker waits."),
        _cell("found", "Celery, late ack", "broker restart", "It finds the broker again."),
    ]
    own = {"experiment": "kill_matrix", "outcomes": outcomes, "cells": cells}
    return PredictTableItem.model_validate(_item("predict_table", identifier) | own | changes)


def _cell(identifier: str, row: str, column: str, feedback: str) -> dict[str, str]:
    fact = f"{row}, {column}"
    return {"identifier": identifier, "row": row, "column": column, "fact": fact, "feedback": feedback}


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
