"""How items look without a kernel: plain semantic HTML with no key in it. The live view starts from the same face."""

from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from quizzes.markup import block, inline
from quizzes.model import ChoiceItem, NumberItem, PredictItem

Face = dict[str, Any]


def face(item: ChoiceItem | NumberItem | PredictItem, legend: str) -> Face:
    """What may be seen of an item before it is answered; nothing in it depends on the key."""
    shown: Face = {"identifier": item.identifier, "legend": legend, "prompt": block(item.prompt), "unit": ""}
    if isinstance(item, NumberItem):
        return {**shown, "control": "number", "note": "Type a number.", "unit": item.unit, "choices": []}
    choices = [{"identifier": choice.identifier, "content": inline(choice.content)} for choice in item.choices]
    if isinstance(item, ChoiceItem) and item.max_choices > 1:
        note = "Choose all that apply." + _rule(item)
        return {**shown, "control": "checkbox", "note": note, "choices": choices}
    return {**shown, "control": "radio", "note": "Choose one.", "choices": choices}


def html(faces: list[Face], lang: str, invitation: str) -> str:
    """The card of these faces; its style hides it while the live view works."""
    questions = "".join(_question(shown) for shown in faces)
    return (
        f'<section class="atr-card" lang="{escape(lang)}"><style>{_style()}</style>{questions}'
        f'<p class="atr-invitation">{escape(invitation)}</p>'
        '<p class="atr-remedy">No controls? Run this cell; if that does not help, in a terminal: '
        "<code>python3 learn.py doctor</code></p></section>"
    )


def _question(shown: Face) -> str:
    body = f'<p class="atr-legend"><strong>{escape(shown["legend"])}</strong></p>{shown["prompt"]}'
    if shown["control"] == "number":
        return f"<div>{body}<p>Answer: ____________ {escape(shown['unit'])}</p></div>"
    options = "".join(f"<li>{choice['content']}</li>" for choice in shown["choices"])
    return f'<div>{body}<p>{escape(shown["note"])}</p><ul class="atr-{shown["control"]}">{options}</ul></div>'


def _rule(item: ChoiceItem) -> str:
    if item.scoring == "each-answer":
        return " Each option rightly taken or left counts the same."
    return " Only the exact set counts."


@cache
def _style() -> str:
    return (Path(__file__).parent / "static" / "card.css").read_text(encoding="utf-8")
