"""Errors within one bank that its model cannot see."""

import functools
import re
from collections.abc import Iterator

from quizzes.errors import suggestion
from quizzes.kinds import (
    AnyItem,
    ChoiceItem,
    Forecast,
    HottextItem,
    NumberItem,
    OrderItem,
    TextEntryItem,
)
from quizzes.lint.source import Finding, Rule, Source, bare, prose

TEXTS = (
    "title", "objective", "prompt", "content", "row", "column", "hints", "feedback", "general_feedback", "model_answer",
    "accept", "code",
)  # fmt: skip
_IMAGE = re.compile(r"!\[[^\]]{0,500}\][(\[]|<img\b", re.IGNORECASE)


def no_text_is_blank(source: Source) -> Iterator[Finding]:
    """E01, E04: spaces are a text for the model, and nothing for a learner."""
    for location, text in source.texts(*TEXTS):
        if not text.strip():
            field = next(step for step in reversed(location) if isinstance(step, str))
            code = "E04" if field == "feedback" else "E01"
            yield source.finding(code, f"`{field}` is blank; write it.", *location)


def only_a_number_is_observed(source: Source) -> Iterator[Finding]:
    """E03: the other kinds have their keys in the file, and ignore the observed one."""
    for location, item in source.items:
        if not isinstance(item, Forecast | NumberItem) and item.verify.key is not None:
            message = "only a number can take its answer from `verify.key`; give the `facts` that prove the key."
            yield source.finding("E03", message, *location, "verify", "key")


def something_can_be_chosen_wrongly(source: Source) -> Iterator[Finding]:
    """E03: where all options are right, nothing is asked."""
    for location, item in source.items:
        if isinstance(item, ChoiceItem | HottextItem) and len(item.key) == len(item.choices):
            yield source.finding("E03", "all choices are right; add a wrong one.", *location, "choices")


def wrong_numbers_are_not_right(source: Source) -> Iterator[Finding]:
    """E03: a reason that is never told, since the number counts as right."""
    for location, item in source.items:
        if isinstance(item, NumberItem) and item.answer is not None:
            for place, wrong in enumerate(item.wrong):
                ends = [end for end in (wrong.value, wrong.min, wrong.max) if end is not None]
                if (wrong.value is not None or len(ends) == 2) and all(item.score(end) for end in ends):
                    message = f"{ends[0]:g} is right within the `tolerance`; make that smaller, or remove this."
                    yield source.finding("E03", message, *location, "wrong", place)


def inversions_are_not_right(source: Source) -> Iterator[Finding]:
    """E03: two blocks in their right order that are called too early."""
    for location, item in source.items:
        if isinstance(item, OrderItem):
            order = [block.identifier for block in item.blocks if block.misconception is None]
            for place, wrong in enumerate(item.inversions):
                if {wrong.first, wrong.then} <= set(order) and order.index(wrong.first) <= order.index(wrong.then):
                    message = f"{wrong.first!r} before {wrong.then!r} is the right order; exchange `first` and `then`."
                    yield source.finding("E03", message, *location, "inversions", place)


def each_feedback_is_its_own(source: Source) -> Iterator[Finding]:
    """E04: a feedback that does not say why this option is right or wrong."""
    for item, _ in source.items:
        told: set[str] = set()
        for location, entry in source.entries_of(item):
            if location[-1] == "otherwise":
                continue  # about all other targets, so it may be the same for sources that are confused alike
            text = bare(entry.get("feedback", ""))
            if text and text == bare(entry.get("content", "")):
                message = "the feedback repeats its option; say why it is right or wrong."
                yield source.finding("E04", message, *location, "feedback")
            elif text in told:
                message = "another option has the same feedback; say what is right or wrong with this one."
                yield source.finding("E04", message, *location, "feedback")
            told |= {text} - {""}


def experiments_exist(source: Source) -> Iterator[Finding]:
    """E05."""
    for location, entry in source.entries:
        name = entry.get("experiment")
        if name is not None and name not in experiments():
            message = f"there is no experiment {name!r}. {suggestion(name, experiments())}"
            yield source.finding("E05", message, *location, "experiment")


@functools.cache
def experiments() -> list[str]:
    """The names of the experiments."""
    from demo_app.lab.experiments import names  # loads the app, which the rules that come before do not need

    return names()


def options_differ(source: Source) -> Iterator[Finding]:
    """E06. Lines of a program may be the same: what counts is what it does."""
    for item, model in source.items:
        is_program = isinstance(model, OrderItem) and model.program is not None
        seen: set[tuple[object, str]] = set()
        for location, entry in source.entries_of(item):
            if "content" not in entry or is_program:
                continue
            option = (location[2], bare(entry["content"]))
            if option in seen:
                message = "another option is the same but for capitals, spaces and backticks; change one of them."
                yield source.finding("E06", message, *location, "content")
            seen.add(option)


def no_text_has_an_image(source: Source) -> Iterator[Finding]:
    """E08: quizzes show no images, so that they are the same for everybody and on paper."""
    for location, text in source.texts(*set(TEXTS) - {"accept", "code"}):
        if _IMAGE.search(prose(text)):
            yield source.finding("E08", "images are not shown in quizzes; describe it in words.", *location)


def hints_keep_the_answer(source: Source) -> Iterator[Finding]:
    """E09."""
    for location, item in source.items:
        for place, hint in enumerate(item.hints):
            if given := next((answer for answer in _answers(item) if _says(hint, answer)), None):
                message = f"the hint has the answer in it ({given}); say what to think of instead."
                yield source.finding("E09", message, *location, "hints", place)


def _answers(item: AnyItem) -> list[str]:
    match item:
        case ChoiceItem() | HottextItem():
            return [choice.content for choice in item.choices if choice.score]
        case TextEntryItem():
            return item.accept
        case NumberItem(answer=float(answer)):
            return [f"{answer:g}"]
    return []


def _says(hint: str, answer: str) -> bool:
    """Whether the answer stands in the hint as words of its own: 3 does not stand in 30 or in 0.3."""
    words = re.escape(bare(answer).strip(" .!?"))
    return bool(words) and re.search(rf"(?<![\w.]){words}(?!\.?\w)", bare(hint)) is not None


RULES: list[Rule] = [
    no_text_is_blank,
    only_a_number_is_observed,
    something_can_be_chosen_wrongly,
    wrong_numbers_are_not_right,
    inversions_are_not_right,
    each_feedback_is_its_own,
    experiments_exist,
    options_differ,
    no_text_has_an_image,
    hints_keep_the_answer,
]
