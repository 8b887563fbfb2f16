"""What a teacher is told about an item: its key, every why, the beliefs behind mistakes, and the experiment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import singledispatch
from html import escape
from typing import Any

from quizzes.errors import QuizError
from quizzes.kinds import (
    AnyItem,
    ChoiceItem,
    ExtendedTextItem,
    Forecast,
    HottextItem,
    MatchItem,
    NumberItem,
    OrderItem,
    PredictItem,
    PredictTableItem,
    TextEntryItem,
)
from quizzes.kinds.base import Item
from quizzes.kinds.typed import WrongNumber
from quizzes.markup import block, inline
from quizzes.proof import keyed
from quizzes.reader import misconceptions


@dataclass(frozen=True)
class _Reason:
    """A part of the key, or a mistake, and why it is one; texts are HTML."""

    is_right: bool
    content: str
    why: str
    misconception: str | None = None
    verdict: str = ""


def key(item: AnyItem) -> str:
    """The item with its key, every why, its hints and its experiment, as HTML. Raises `QuizError` without a key."""
    rows = "".join(_row(reason) for reason in _reasons(_observed(item)))
    table = f"<table><tbody>{rows}</tbody></table>" if rows else ""
    name = f"<p class=facts>{escape(item.identifier)} · {escape(item.objective)}</p>"
    return f"{name}{block(item.prompt)}{_about(item)}{table}{_hints(item)}<p class=facts>{_proof(item)}</p>"


def _observed(item: AnyItem) -> Item:
    try:
        return item if isinstance(item, Forecast) else keyed(item)
    except Exception as error:  # the app may have been edited; whatever it raised, a key is missing
        raise QuizError(
            f"The key of {item.identifier!r} could not be observed: {type(error).__name__}: {error} "
            "`python -m quizzes verify` runs its experiment again."
        ) from None


def _row(reason: _Reason) -> str:
    verdict = reason.verdict or ("✓ right" if reason.is_right else "✗ wrong")
    style = "verdict right" if reason.is_right else "verdict"
    belief = f"<p class=belief>{_belief(reason.misconception)}</p>" if reason.misconception else ""
    return (
        f'<tr><td class="{style}">{verdict}</td><td>{reason.content}</td><td class=why>{reason.why}{belief}</td></tr>'
    )


def _belief(misconception: str) -> str:
    known = misconceptions().get(misconception)
    return f"Belief <code>{escape(misconception)}</code>" + (f": {inline(known.belief)}" if known else "")


def _hints(item: AnyItem) -> str:
    return "".join(f"<p>Hint {place}: {inline(hint)}</p>" for place, hint in enumerate(item.hints, start=1))


def _proof(item: AnyItem) -> str:
    if isinstance(item, Forecast):
        return f"It runs experiment <code>{escape(item.experiment)}</code>."
    proof = item.verify
    given = f" with {_facts(proof.arguments)}" if proof.arguments else ""
    shown = [f"shows {_facts(proof.facts)}"] if proof.facts else []
    observed = [f"observed the answer as “{escape(proof.key)}”"] if proof.key else []
    return f"Proof: experiment <code>{escape(proof.experiment)}</code>{given} {' and '.join(shown + observed)}."


def _facts(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{escape(str(name))} = {escape(str(fact))}" for name, fact in facts.items())


@singledispatch
def _about(item: AnyItem) -> str:
    """What belongs to the question beside its prompt."""
    return ""


@_about.register
def _(item: HottextItem) -> str:
    return f"<pre>{escape(item.code.rstrip())}</pre>"


@_about.register
def _(item: OrderItem) -> str:
    return f"<pre>{escape(item.lines(item.key).rstrip())}</pre>" if item.program else ""


@singledispatch
def _reasons(item: Any) -> list[_Reason]:
    """The key and the mistakes of an item, each with its why."""
    raise NotImplementedError(f"say here what a teacher is told about an item of type {type(item).__name__}")


@_reasons.register
def _(item: ChoiceItem) -> list[_Reason]:
    return [_Reason(bool(c.score), inline(c.content), inline(c.feedback), c.misconception) for c in item.choices]


@_reasons.register
def _(item: HottextItem) -> list[_Reason]:
    return [
        _Reason(bool(c.score), f"<code>{escape(c.content.strip())}</code>", inline(c.feedback), c.misconception)
        for c in item.choices
    ]


@_reasons.register
def _(item: PredictItem) -> list[_Reason]:
    return [
        _Reason(
            c.misconception is None,
            f"{inline(c.content)}<p class=belief>It would show: {_facts(c.facts)}</p>",
            inline(c.feedback),
            c.misconception,
            "✗ does not" if c.misconception else "✓ happens",
        )
        for c in item.choices
    ]


@_reasons.register
def _(item: PredictTableItem) -> list[_Reason]:
    return [
        _Reason(True, f"{inline(c.row)}: {inline(c.column)}", inline(c.feedback), c.misconception, "observed")
        for c in item.cells
    ]


@_reasons.register
def _(item: NumberItem) -> list[_Reason]:
    give = f", give or take {item.tolerance:g}" if item.tolerance else ""
    right = _Reason(True, escape(item.said(item.key) + give), inline(item.feedback))
    wrong = [_Reason(False, escape(_range(w, item.unit)), inline(w.feedback), w.misconception) for w in item.wrong]
    return [right, *wrong, _Reason(False, "any other", inline(item.general_feedback))]


@_reasons.register
def _(item: TextEntryItem) -> list[_Reason]:
    right = _Reason(True, _forms(item.accept), inline(item.feedback))
    wrong = [_Reason(False, _forms(w.accept), inline(w.feedback), w.misconception) for w in item.wrong]
    return [right, *wrong, _Reason(False, "any other", inline(item.general_feedback))]


@_reasons.register
def _(item: MatchItem) -> list[_Reason]:
    contents = {target.identifier: inline(target.content) for target in item.targets}
    found = []
    for source in item.sources:
        right = f"{inline(source.content)} → {contents[source.target]}"
        found.append(_Reason(True, right, inline(source.feedback)))
        belief = source.otherwise
        other = f"{inline(source.content)} → another one"
        found.append(_Reason(False, other, inline(belief.feedback), belief.misconception))
    return found


@_reasons.register
def _(item: OrderItem) -> list[_Reason]:
    contents = {part.identifier: _content(item, part.content) for part in item.blocks}
    places = [part for part in item.blocks if part.misconception is None]
    right = [
        _Reason(True, contents[part.identifier], inline(part.feedback), verdict=f"✓ {place}")
        for place, part in enumerate(places, start=1)
    ]
    strays = [
        _Reason(False, contents[part.identifier], inline(part.feedback), part.misconception, "✗ nowhere")
        for part in item.blocks
        if part.misconception
    ]
    inversions = [
        _Reason(False, f"{contents[b.first]} before {contents[b.then]}", inline(b.feedback), b.misconception)
        for b in item.inversions
    ]
    return [*right, *strays, *inversions, _Reason(False, "any other", inline(item.general_feedback))]


@_reasons.register
def _(item: ExtendedTextItem) -> list[_Reason]:
    return [_Reason(True, block(item.model_answer), "Nobody judges it; this is one to compare with.", verdict="model")]


def _content(item: OrderItem, content: str) -> str:
    return f"<code>{escape(content)}</code>" if item.program else inline(content)


def _forms(forms: Iterable[str]) -> str:
    return " or ".join(f"<code>{escape(form)}</code>" for form in forms)


def _range(wrong: WrongNumber, unit: str) -> str:
    low, high = (f"{end:g} {unit}".strip() if end is not None else "" for end in (wrong.min, wrong.max))
    if wrong.value is not None:
        return f"{wrong.value:g} {unit}".strip()
    if low and high:
        return f"{low} to {high}"
    return f"{low} or more" if low else f"{high} or less"
