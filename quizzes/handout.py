"""A lesson's questions on paper: one page of HTML that needs nothing else, and a copy of it with all answers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import singledispatch
from html import escape
from pathlib import Path
from typing import Any

from quizzes import card
from quizzes.card import Face
from quizzes.errors import QuizError
from quizzes.kinds import (
    AnyItem,
    ChoiceItem,
    ExtendedTextItem,
    HottextItem,
    MatchItem,
    NumberItem,
    OrderItem,
    PredictItem,
    TextEntryItem,
)
from quizzes.kinds.base import Item
from quizzes.kinds.typed import WrongNumber
from quizzes.markup import block, inline
from quizzes.model import Bank
from quizzes.proof import keyed
from quizzes.reader import misconceptions

_RULED_LINES = 4  # for an answer of a few sentences
_NAME = "<p class=name>Name <span></span> Date <span class=date></span></p>"
_DECIDE = "Decide first. Then run it in the lesson, and compare."
_OBSERVED = (
    "No key is written for these: the experiment runs, and what it shows decides. Marked is the choice without a "
    "misconception; the course's tests hold it against the app."
)


def write(bank: Bank, folder: Path, answers: bool = False) -> Path:
    """Writes the bank's questions as a page to print, with `answers` the teacher's copy, into the folder.

    The teacher's copy runs the experiments of keys that are not written. Raises `QuizError` if one of them fails, or
    if the page cannot be written.
    """
    kind = "answers" if answers else "handout"
    return save(folder / f"{bank.lesson}.{kind}.html", html(bank, answers))


def save(path: Path, text: str) -> Path:
    """Writes the text into the file, and makes its folder. Raises `QuizError` if that is not possible."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise QuizError(f"{path} cannot be written: {reason}. Name another folder with --to.") from None
    return path


def html(bank: Bank, answers: bool = False) -> str:
    """The whole page: first what the lesson asks, then the rest of the bank."""
    sections, place = [], 1
    for title, lead, items in _parts(bank, answers):
        if items:
            questions = "".join(_question(item, number, answers) for number, item in enumerate(items, start=place))
            sections.append(f"<section><h2>{title}</h2><p class=lead>{lead}</p>{questions}</section>")
            place += len(items)
    style = (Path(__file__).parent / "static" / "handout.css").read_text(encoding="utf-8")
    title, kind = (f"{bank.title} (answers)", "answers") if answers else (bank.title, "handout")
    return (
        f'<!doctype html>\n<html lang="{escape(bank.lang)}"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>\n{style}</style></head>\n"
        f'<body class="{kind}">{_header(bank, answers)}{"".join(sections)}</body></html>\n'
    )


def _parts(bank: Bank, answers: bool) -> Iterator[tuple[str, str, list[Any]]]:
    asked = {item.identifier for item in bank.asked}
    rest = [item.drawn(0) for item in bank.questions if item.identifier not in asked]
    yield "Before the run", _OBSERVED if answers else _DECIDE, bank.predictions
    yield "Questions", "The lesson asks these.", bank.asked
    yield "More questions", "From the same lesson, for later.", rest


def _header(bank: Bank, answers: bool) -> str:
    number, _, slug = bank.lesson.partition("_")
    lesson = f"After the Response · Lesson {escape(number)}: {escape(slug.replace('_', ' '))}"
    last = "<p>The teacher's copy, with all answers.</p>" if answers else _NAME
    return f"<header><p>{lesson}</p><h1>{escape(bank.title)}</h1>{last}</header>\n"


def _question(item: AnyItem, place: int, answers: bool) -> str:
    body = _key(item) if answers else _fields(item)
    return f'<article class="question"><h3>{place}.</h3>{body}</article>\n'


# What a learner gets: from the same face as on the screen, so nothing in it depends on the key.


def _fields(item: AnyItem) -> str:
    shown = card.face(item, "")
    return f"{shown['prompt']}<p class=note>{escape(_note(shown))}</p>{_PAPER[shown['control']](shown)}"


def _note(shown: Face) -> str:
    if "program" not in shown:
        return str(shown["note"])
    if shown["program"]:
        return (
            "Write its place beside each line, and by how many levels it is indented; strike out what does not belong."
        )
    return "Write 1 beside what comes first, then 2, and so on."


def _ticked(shown: Face) -> str:
    box = "<span class='box round'></span>" if shown["control"] == "radio" else "<span class=box></span>"
    if "lines" in shown:
        gap = "<span class='box none'></span>"
        lines = [
            (box if line["identifier"] else gap, f"<code>{escape(line['content'])}</code>") for line in shown["lines"]
        ]
        return _options(lines, "options lines")
    return _options([(box, f"<span>{each['content']}</span>") for each in shown["choices"]])


def _typed(shown: Face) -> str:
    return f"<p class=typed>Answer: <span></span> {escape(shown['unit'])}</p>"


def _written(_: Face) -> str:
    return "<p class='typed long'><span></span></p>" * _RULED_LINES


def _paired(shown: Face) -> str:
    targets = [escape(target["content"]) for target in shown["targets"]]
    heads = "".join(f"<th scope=col>{target}</th>" for target in ["", *targets])
    cells = "<td><span class=box></span></td>" * len(targets)
    rows = "".join(f"<tr><td>{source['content']}</td>{cells}</tr>" for source in shown["choices"])
    return f"<table class=pairs><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _ordered(shown: Face) -> str:
    box = "<span class='box wide'></span>"
    if shown["program"]:
        blocks = [(box * 2, f"<code>{escape(each['content'])}</code>") for each in shown["choices"]]
        return _options(blocks, "options lines")
    return _options([(box, f"<span>{each['content']}</span>") for each in shown["choices"]])


_PAPER = {
    "radio": _ticked,
    "checkbox": _ticked,
    "number": _typed,
    "text": _typed,
    "area": _written,
    "match": _paired,
    "order": _ordered,
}


def _options(parts: Iterable[tuple[str, str]], style: str = "options") -> str:
    return f'<ul class="{style}">{"".join(f"<li>{box}{content}</li>" for box, content in parts)}</ul>'


# What a teacher gets.


@dataclass(frozen=True)
class _Reason:
    """A part of the key, or a mistake, and why it is one; texts are HTML."""

    is_right: bool
    content: str
    why: str
    misconception: str | None = None
    verdict: str = ""


def _key(item: AnyItem) -> str:
    rows = "".join(_row(reason) for reason in _reasons(_observed(item)))
    table = f"<table><tbody>{rows}</tbody></table>" if rows else ""
    name = f"<p class=facts>{escape(item.identifier)} · {escape(item.objective)}</p>"
    return f"{name}{block(item.prompt)}{_about(item)}{table}{_hints(item)}<p class=facts>{_proof(item)}</p>"


def _observed(item: AnyItem) -> Item:
    try:
        return item if isinstance(item, PredictItem) else keyed(item)
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
    if isinstance(item, PredictItem):
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
    return f"<pre>{escape(item.source(item.key).rstrip())}</pre>" if item.program else ""


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
