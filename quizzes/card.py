"""How items look without a kernel: plain semantic HTML with no key in it. The live view starts from the same face."""

import random
from functools import cache, singledispatch
from html import escape
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
    Question,
    TextEntryItem,
)
from quizzes.kinds.base import Item
from quizzes.kinds.scoring import in_words
from quizzes.markup import block, inline, plain

Face = dict[str, Any]


def face(item: Item, legend: str) -> Face:
    """What may be seen of an item before it is answered; nothing in it depends on the key."""
    asks_confidence = isinstance(item, Question) and item.judged and item.mode == "check"
    shown: Face = {
        "identifier": item.identifier,
        "legend": legend,
        "prompt": block(item.prompt),
        "unit": "",
        "choices": [],
        "confidence": asks_confidence,
    }
    return shown | _fields(item)


@singledispatch
def _fields(item: Item) -> Face:
    """The fields in which an item is answered: the kind of control, a word about it, and its parts."""
    raise NotImplementedError(f"say here how an item of type {type(item).__name__} looks")


@_fields.register
def _(item: PredictItem) -> Face:
    return {"control": "radio", "note": "Choose one.", "choices": _parts(item.choices)}


@_fields.register
def _(item: PredictTableItem) -> Face:
    asked = {(cell.row, cell.column): cell.identifier for cell in item.cells}
    rows = [
        {"content": inline(row), "cells": [asked.get((row, column), "") for column in item.columns]}
        for row in item.rows
    ]
    outcomes = [{"identifier": each.identifier, "content": plain(each.content)} for each in item.outcomes]
    columns = [inline(column) for column in item.columns]
    return {"control": "table", "note": "Choose for each cell.", "columns": columns, "rows": rows, "targets": outcomes}


@_fields.register
def _(item: ChoiceItem) -> Face:
    if item.max_choices == 1:
        return {"control": "radio", "note": "Choose one.", "choices": _parts(item.choices)}
    note = f"Choose all that apply. {in_words(item.scoring)}"
    return {"control": "checkbox", "note": note, "choices": _parts(item.choices)}


@_fields.register
def _(item: HottextItem) -> Face:
    is_one = item.max_choices == 1
    note = "Choose a line." if is_one else f"Choose all lines that apply. {in_words(item.scoring)}"
    lines = [{"identifier": choice.identifier if choice else "", "content": line} for line, choice in item.lines()]
    return {"control": "radio" if is_one else "checkbox", "note": note, "lines": lines}


@_fields.register
def _(item: NumberItem) -> Face:
    return {"control": "number", "note": "Type a number.", "unit": item.unit}


@_fields.register
def _(item: TextEntryItem) -> Face:
    return {"control": "text", "note": "Type a few words, or a line of code."}


@_fields.register
def _(item: ExtendedTextItem) -> Face:
    return {"control": "area", "note": "Write a sentence or two, then compare. Nobody judges it."}


@_fields.register
def _(item: MatchItem) -> Face:
    targets = [{"identifier": target.identifier, "content": plain(target.content)} for target in item.targets]
    note = "Choose for each of them. Each one counts the same."
    return {"control": "match", "note": note, "choices": _parts(item.sources), "targets": _shuffled(item, targets)}


@_fields.register
def _(item: OrderItem) -> Face:
    if item.program:
        note = "Put the lines in order and indent them; leave out what does not belong. What counts is what it does."
        blocks = [{"identifier": each.identifier, "content": each.content} for each in item.blocks]
    else:
        note, blocks = "Put them in order: what comes first stands at the top.", _parts(item.blocks)
    return {
        "control": "order",
        "prompt": block(item.prompt) + (_given(item.program.setup) if item.program else ""),
        "note": note,
        "choices": _shuffled(item, blocks),
        "program": bool(item.program),
    }


def _given(setup: str) -> str:
    return f"<p>Above your lines stands:</p><pre><code>{escape(setup)}</code></pre>" if setup else ""


def _parts(entries: Any) -> list[Face]:
    return [{"identifier": entry.identifier, "content": inline(entry.content)} for entry in entries]


def _shuffled(item: Item, parts: list[Face]) -> list[Face]:
    """In an order that is the same each time, and not that of the file, which may be the key."""
    order, chance = list(parts), random.Random(item.identifier)
    while order == parts:
        chance.shuffle(order)
    return order


def html(faces: list[Face], lang: str, invitation: str) -> str:
    """The card of these faces; its style hides it while the live view works."""
    questions = "".join(_question(shown) for shown in faces)
    return (
        f'<section class="atr-card" lang="{escape(lang)}"><style>{_style()}</style>{questions}'
        f'<p class="atr-invitation">{escape(invitation)}</p>'
        '<p class="atr-remedy">No controls? Run this cell; if that does not help, in a terminal: '
        "<code>python3 learn.py doctor</code></p></section>"
    )


def paragraph(text: str) -> str:
    """The text, which is not ours, as a paragraph."""
    return f"<p>{escape(text)}</p>"


def _question(shown: Face) -> str:
    head = f'<p class="atr-legend"><strong>{escape(shown["legend"])}</strong></p>{shown["prompt"]}'
    return f"<div>{head}<p>{escape(shown['note'])}</p>{_answer_space(shown)}</div>"


def _answer_space(shown: Face) -> str:
    """What stands in place of the fields where nothing can be typed."""
    if "lines" in shown:
        code = "\n".join(line["content"] for line in shown["lines"])
        return f"<pre>{escape(code)}</pre>"
    if shown["control"] in ("number", "text"):
        return f"<p>Answer: ____________ {escape(shown['unit'])}</p>"
    if shown["control"] == "area":
        return "<p>Answer: ________________________________________________</p>"
    if shown["control"] == "table":
        return table(shown)
    is_code = shown.get("program", False)
    contents = [f"<pre>{escape(each['content'])}</pre>" if is_code else each["content"] for each in shown["choices"]]
    parts = "".join(f"<li>{content}</li>" for content in contents)
    return f'<ul class="atr-{shown["control"]}">{parts}</ul>{_targets(shown)}'


def table(shown: Face) -> str:
    """A table with an empty place in each cell that is asked, and what may be put there."""
    heads = "".join(f'<th scope="col">{column}</th>' for column in shown["columns"])
    rows = "".join(
        f'<tr><th scope="row">{row["content"]}</th>{"".join(_place(asked) for asked in row["cells"])}</tr>'
        for row in shown["rows"]
    )
    head = f"<thead><tr><td></td>{heads}</tr></thead>"
    return f'<table class="atr-table">{head}<tbody>{rows}</tbody></table>{_targets(shown)}'


def _place(asked: str) -> str:
    return "<td></td>" if asked else "<td>not asked</td>"


def _targets(shown: Face) -> str:
    targets = ", ".join(escape(target["content"]) for target in shown.get("targets", []))
    return f"<p>To choose from: {targets}</p>" if targets else ""


@cache
def _style() -> str:
    return (Path(__file__).parent / "static" / "card.css").read_text(encoding="utf-8")
