"""The forms of question that other systems know, and each item as one of them. Texts are HTML unless they say so."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import singledispatch
from html import escape
from typing import Any

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
    Question,
    TextEntryItem,
)
from quizzes.kinds.base import Scoring
from quizzes.kinds.choice import Choice
from quizzes.kinds.typed import WrongNumber
from quizzes.markup import block, inline, plain
from quizzes.proof import keyed

FARTHEST = 1_000_000.0  # where a range without an end ends: other systems want both ends
_DECIDES = "In the course nobody wrote this key: you choose, an experiment runs, and what it shows decides."


class LeftOut(Exception):
    """Raised for an item that a format has no place for; says why."""


@dataclass(frozen=True)
class Answer:
    """An answer, the share of the marks that it earns in percent, and what is said about it."""

    content: str
    fraction: float
    feedback: str


@dataclass(frozen=True)
class Range:
    """The numbers from `middle - tolerance` to `middle + tolerance`, as an answer; both ends belong to it."""

    middle: float
    tolerance: float
    fraction: float
    feedback: str


@dataclass(frozen=True)
class Form:
    """What all forms have; `counts` is false for what is asked and not judged."""

    identifier: str
    prompt: str
    hints: list[str]
    general_feedback: str
    counts: bool


@dataclass(frozen=True)
class Choices(Form):
    """Choose one answer (`single`) or several."""

    answers: list[Answer]
    single: bool
    shuffle: bool


@dataclass(frozen=True)
class Numbers(Form):
    """Type a number; the first range that it is in counts."""

    answers: list[Range]
    unit: str


@dataclass(frozen=True)
class Words(Form):
    """Type words; the contents of the answers are plain text."""

    answers: list[Answer]
    case_sensitive: bool


@dataclass(frozen=True)
class Pairs(Form):
    """Give each source its target; targets are plain text, and those in `others` belong to no source."""

    pairs: list[tuple[str, str]]
    others: list[str]


@dataclass(frozen=True)
class Sequence(Form):
    """Put the parts, which stand in the right order here, into order; `by_place` if each right place counts."""

    parts: list[str]
    by_place: bool


@dataclass(frozen=True)
class Essay(Form):
    """Write a few sentences; the general feedback is an answer to compare with."""


def form(item: AnyItem) -> Form:
    """The item as a form, in its first variant, with its key observed if it is not written. Raises `LeftOut`."""
    if isinstance(item, Forecast):
        return _form(item)
    try:
        return _form(keyed(item.drawn(0)))
    except LeftOut:
        raise
    except Exception as error:  # whatever the app does now, the other items can be taken along
        raise LeftOut(f"its key could not be observed: {type(error).__name__}: {error}") from None


@singledispatch
def _form(item: Any) -> Form:
    raise NotImplementedError(f"say here which form an item of type {type(item).__name__} has")


@_form.register
def _(item: PredictItem) -> Form:
    rights = [choice for choice in item.choices if choice.misconception is None]
    if len(rights) != 1:
        raise LeftOut(f"{len(rights)} of its choices are without a misconception, so nothing says what happens")
    answers = [
        Answer(inline(choice.content), 100.0 if choice is rights[0] else 0.0, inline(choice.feedback))
        for choice in item.choices
    ]
    prompt = f"{block(item.prompt)}<p><em>{_DECIDES}</em></p>"
    return Choices(**_shared(item, prompt=prompt), answers=answers, single=True, shuffle=True)


@_form.register
def _(item: PredictTableItem) -> Form:
    raise LeftOut("nobody wrote what comes out in its cells: an experiment runs, and what it shows decides")


@_form.register
def _(item: ChoiceItem) -> Form:
    shuffle = not any(choice.fixed for choice in item.choices)
    single = item.max_choices == 1
    return Choices(
        **_shared(item), answers=_weighted(item.choices, single, item.scoring), single=single, shuffle=shuffle
    )


@_form.register
def _(item: HottextItem) -> Form:
    lines = [choice.model_copy(update={"content": _code(choice.content.strip())}) for choice in item.choices]
    single = item.max_choices == 1
    answers = _weighted(lines, single, item.scoring, is_html=True)
    prompt = f"{block(item.prompt)}<pre>{_code(item.code.rstrip())}</pre>"
    return Choices(**_shared(item, prompt=prompt), answers=answers, single=single, shuffle=False)


@_form.register
def _(item: NumberItem) -> Form:
    right = Range(item.key, item.tolerance, 100.0, inline(item.feedback))
    answers = [right, *(_range(wrong) for wrong in item.wrong)]
    prompt = block(item.prompt) + (f"<p>Answer in {escape(item.unit)}.</p>" if item.unit else "")
    return Numbers(**_shared(item, inline(item.general_feedback), prompt), answers=answers, unit=item.unit)


@_form.register
def _(item: TextEntryItem) -> Form:
    right = [Answer(form, 100.0, inline(item.feedback)) for form in item.accept]
    wrong = [Answer(form, 0.0, inline(wrong.feedback)) for wrong in item.wrong for form in wrong.accept]
    shared = _shared(item, inline(item.general_feedback))
    return Words(**shared, answers=right + wrong, case_sensitive=item.case_sensitive)


@_form.register
def _(item: MatchItem) -> Form:
    contents = {target.identifier: plain(target.content) for target in item.targets}
    pairs = [(inline(source.content), contents[source.target]) for source in item.sources]
    reasons = [
        f"{inline(source.content)} → {escape(contents[source.target])}: {inline(source.feedback)}"
        f" <em>If you chose another one:</em> {inline(source.otherwise.feedback)}"
        for source in item.sources
    ]
    others = [content for name, content in contents.items() if name not in item.key.values()]
    return Pairs(**_shared(item, _list("ul", reasons)), pairs=pairs, others=others)


@_form.register
def _(item: OrderItem) -> Form:
    if item.program:
        raise LeftOut("its lines become a program, which is judged by running it")
    contents = {part.identifier: inline(part.content) for part in item.blocks}
    places = [f"{contents[part.identifier]}: {inline(part.feedback)}" for part in item.blocks]
    orders = [
        f"{contents[belief.first]} before {contents[belief.then]}? {inline(belief.feedback)}"
        for belief in item.inversions
    ]
    general = f"<p>{inline(item.general_feedback)}</p>{_list('ol', places)}{_list('ul', orders)}"
    return Sequence(**_shared(item, general), parts=list(contents.values()), by_place=item.scoring == "each-answer")


@_form.register
def _(item: ExtendedTextItem) -> Form:
    return Essay(**_shared(item, block(item.model_answer)))


def _shared(item: AnyItem, general_feedback: str = "", prompt: str = "") -> dict[str, Any]:
    return {
        "identifier": item.identifier,
        "prompt": prompt or block(item.prompt),
        "hints": [inline(hint) for hint in item.hints],
        "general_feedback": general_feedback,
        "counts": not isinstance(item, Question) or (item.judged and item.mode == "check"),
    }


def _weighted(choices: list[Choice], single: bool, scoring: Scoring, is_html: bool = False) -> list[Answer]:
    """The choices as answers.

    Other systems add up fractions, and give nothing if the sum is below zero. So of several right ones each earns its
    share, and a wrong one takes away: all of it (`match`), the share of a right one (`net-correct`, which is the same
    rule), or so much that to take all earns nothing (`each-answer`, which gives no marks here for what was left alone).
    """
    rights = sum(choice.score for choice in choices)
    share = 100.0 / rights
    taken = {"match": 100.0, "net-correct": share, "each-answer": 100.0 / max(1, len(choices) - rights)}[scoring]
    loss = 0.0 if single else -taken
    return [
        Answer(
            choice.content if is_html else inline(choice.content),
            share if choice.score else loss,
            inline(choice.feedback),
        )
        for choice in choices
    ]


def _range(wrong: WrongNumber) -> Range:
    if wrong.value is not None:
        return Range(wrong.value, 0.0, 0.0, inline(wrong.feedback))
    low = -FARTHEST if wrong.min is None else wrong.min
    high = FARTHEST if wrong.max is None else wrong.max
    return Range((low + high) / 2, (high - low) / 2, 0.0, inline(wrong.feedback))


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _list(tag: str, entries: Iterable[str]) -> str:
    items = "".join(f"<li>{entry}</li>" for entry in entries)
    return f"<{tag}>{items}</{tag}>" if items else ""
