"""Warnings about how the answers are made: what gives a key away, and what says nothing about a wrong answer."""

import re
from collections import Counter
from collections.abc import Iterator

from quizzes.kinds import ChoiceItem, NumberItem, PredictItem
from quizzes.lint.source import Finding, Rule, Source, bare

FEWEST = 5  # items of one kind from which a habit of their author can be told from chance
_ALL_OR_NONE = re.compile(
    r"\bof the (above|below|others?)\b|^(all|none|both|neither) of (these|them)\W*$", re.IGNORECASE
)
_WHETHER = {"yes", "no", "true", "false", "right", "wrong"}


def the_key_is_not_the_longest(source: Source) -> Iterator[Finding]:
    """W01: above two in five, "take the longest" beats guessing."""
    items = _single(source)
    found = [item.identifier for item in items if _key_is_longest(item)]
    if len(items) >= FEWEST and len(found) > 0.4 * len(items):
        message = f"the longest option is the key in {len(found)} of {len(items)} items; shorten it in some of these: "
        yield source.finding("W01", message + ", ".join(found), "items")


def _key_is_longest(item: ChoiceItem) -> bool:
    return all(len(choice.content) < len(_key(item)) for choice in item.choices if not choice.score)


def the_key_changes_its_place(source: Source) -> Iterator[Finding]:
    """W02: above a half, "take the second" beats guessing."""
    items = _single(source)
    places = Counter([choice.score for choice in item.choices].index(1) + 1 for item in items)
    for place, times in places.items():
        if len(items) >= FEWEST and times > len(items) / 2:
            message = f"the key is option {place} in {times} of {len(items)} items; move it in some of them."
            yield source.finding("W02", message, "items")


def no_option_is_about_the_others(source: Source) -> Iterator[Finding]:
    """W03."""
    for location, entry in source.entries:
        if source.is_english and _ALL_OR_NONE.search(entry.get("content", "")) and not entry.get("fixed"):
            message = (
                "an option about the others is lost when they are shuffled; say what it means, or set `fixed: true`."
            )
            yield source.finding("W03", message, *location, "content")


def predictions_name_what_is_believed(source: Source) -> Iterator[Finding]:
    """W05: only the option that happens has no misconception; for questions the model sees to it."""
    for location, item in source.items:
        if isinstance(item, PredictItem):
            silent = [choice.identifier for choice in item.choices if choice.misconception is None]
            if len(silent) > 1:
                message = f"name the `misconception` of all choices but the one that happens; without are: {silent}"
                yield source.finding("W05", message, *location, "choices")


def the_question_is_why(source: Source) -> Iterator[Finding]:
    """W09: who guesses is right half of the time, and says nothing about what is believed."""
    for location, item in source.items:
        if (
            isinstance(item, ChoiceItem | PredictItem)
            and {bare(each.content).strip(".!") for each in item.choices} <= _WHETHER
        ):
            yield source.finding(
                "W09", "this asks whether; ask why or what, with a reason in each option.", *location, "prompt"
            )


def wrong_numbers_have_reasons(source: Source) -> Iterator[Finding]:
    """W11."""
    for location, item in source.items:
        if isinstance(item, NumberItem) and not item.wrong:
            message = "no wrong value has a reason of its own; add to `wrong` what the usual mistakes come to."
            yield source.finding("W11", message, *location)


def _single(source: Source) -> list[ChoiceItem]:
    return [item for _, item in source.items if isinstance(item, ChoiceItem) and item.max_choices == 1]


def _key(item: ChoiceItem) -> str:
    return next(choice.content for choice in item.choices if choice.score)


RULES: list[Rule] = [
    the_key_is_not_the_longest,
    the_key_changes_its_place,
    no_option_is_about_the_others,
    predictions_name_what_is_believed,
    the_question_is_why,
    wrong_numbers_have_reasons,
]
