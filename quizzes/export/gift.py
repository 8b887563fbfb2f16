"""GIFT: plain text to paste. It has neither hints, which become comments, nor a word about shuffling."""

import re
from collections.abc import Iterable
from functools import singledispatch
from typing import Any

from quizzes.export.forms import Choices, Essay, Form, LeftOut, Numbers, Pairs, Sequence, Words
from quizzes.export.moodle import decimal, literal, percent

SUFFIX = "gift.txt"  # Moodle takes no other ending


def document(lesson: str, questions: list[str]) -> str:
    """The file of these questions, which go into a category of their lesson's name."""
    return "\n\n".join([f"$CATEGORY: $course$/top/{lesson}", *questions]) + "\n"


@singledispatch
def question(form: Any) -> str:
    """The form as a paragraph. Raises `LeftOut` if GIFT has no such question."""
    raise NotImplementedError(f"say here how GIFT asks a {type(form).__name__}")


@question.register
def _(form: Choices) -> str:
    signs = [_sign(answer.fraction, form.single) for answer in form.answers]
    answers = (
        f"{sign}{escape(answer.content)}#{escape(answer.feedback)}"
        for sign, answer in zip(signs, form.answers, strict=True)
    )
    return _question(form, answers)


@question.register
def _(form: Numbers) -> str:
    answers = (
        f"{_equal(answer.fraction)}{decimal(answer.middle)}:{decimal(answer.tolerance)}#{escape(answer.feedback)}"
        for answer in form.answers
    )
    return _question(form, answers, opening="{#")


@question.register
def _(form: Words) -> str:
    _check_arrows(answer.content for answer in form.answers)
    answers = (
        f"{_equal(answer.fraction)}{escape(literal(answer.content))}#{escape(answer.feedback)}"
        for answer in form.answers
    )
    return _question(form, answers)


@question.register
def _(form: Pairs) -> str:
    pairs = [*form.pairs, *(("", other) for other in form.others)]
    _check_arrows(target for _, target in pairs)
    return _question(form, (f"={escape(source)} -> {escape(target)}" for source, target in pairs))


@question.register
def _(form: Sequence) -> str:
    raise LeftOut("GIFT cannot ask for an order")


@question.register
def _(form: Essay) -> str:
    return _question(form, [])


def escape(text: str) -> str:
    """The text with the signs of GIFT marked, in one line."""
    return re.sub(r"([\\~=#{}:])", r"\\\1", text).replace("\n", "\\n")


def _check_arrows(texts: Iterable[str]) -> None:
    """Raises `LeftOut` for a plain text with the arrow that GIFT has between a source and its target."""
    for text in texts:
        if "->" in text:
            raise LeftOut(f"GIFT takes the arrow in {text!r} for its own")


def _question(form: Form, answers: Iterable[str], opening: str = "{") -> str:
    comments = [f"// [id:{form.identifier}]", *(f"// Hint: {hint}" for hint in form.hints)]
    general = [f"####{escape(form.general_feedback)}"] if form.general_feedback else []
    head = f"::{escape(form.identifier)}::[html]{escape(form.prompt)}{opening}"
    return "\n".join([*comments, head, *(f"\t{line}" for line in [*answers, *general]), "}"])


def _sign(fraction: float, single: bool) -> str:
    """What stands before an option: an equal sign for the right one of a single choice, else its share."""
    if single:
        return "=" if fraction else "~"
    return f"~%{percent(fraction)}%"


def _equal(fraction: float) -> str:
    """What stands before typed answers, which are all listed with an equal sign."""
    return "=" if fraction else "=%0%"
