"""Warnings about how the texts are written."""

import functools
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from quizzes.lint.source import Finding, Rule, Source, prose

DICTIONARY = "codespell_lib"  # for authors only, so a learner's environment may do without
LONGEST = 60  # words of a feedback
_EMPHASISED = re.compile(r"\*+[^*]+\*+|_+[^_]+_+")
_NEGATION = re.compile(r"\b(not|never|except|cannot|neither|nor|\w+n['’]t)\b", re.IGNORECASE)
_SELECTS = re.compile(r"\b(which|what|who|whom|where|when|choose|select)\b", re.IGNORECASE)
_END = re.compile(r"([.?!])")
_WORD = re.compile(r"[\w'’\-]+")


def negations_are_emphasised(source: Source) -> Iterator[Finding]:
    """W04: who reads fast answers the opposite."""
    for location, text in source.texts("prompt"):
        for question in _questions(_EMPHASISED.sub(" ", prose(text))):
            if source.is_english and _SELECTS.search(question) and (found := _NEGATION.search(question)):
                message = (
                    f"{found[0]!r} in the question is easily overlooked; write **{found[0]}**, or ask the positive."
                )
                yield source.finding("W04", message, *location)


def _questions(text: str) -> list[str]:
    parts = _END.split(text)
    return [sentence for sentence, end in zip(parts[::2], parts[1::2], strict=False) if end == "?"]


def feedback_is_short(source: Source) -> Iterator[Finding]:
    """W06."""
    for location, text in source.texts("feedback", "general_feedback"):
        if (words := len(text.split())) > LONGEST:
            yield source.finding("W06", f"the feedback has {words} words; say it in {LONGEST}.", *location)


def words_are_spelt_right(source: Source) -> Iterator[Finding]:
    """W08: with the dictionary of codespell, which has only what is certainly a mistake."""
    if source.is_english:
        yield from misspelt(source.path)


def misspelt(path: Path) -> Iterator[Finding]:
    """The words of this file that are known to be misspelt."""
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        for word in _WORD.findall(line):
            if corrections := dictionary().get(word.lower()):
                yield Finding(path, number, "W08", f"{word!r} is misspelt; write: {corrections}.")


@functools.cache
def dictionary() -> dict[str, str]:
    """What codespell knows: misspelt words and their corrections. Nothing if it is not installed."""
    try:
        path = resources.files(DICTIONARY) / "data" / "dictionary.txt"
    except ModuleNotFoundError:
        return {}
    pairs = (line.split("->") for line in path.read_text(encoding="utf-8").splitlines())
    return {word: corrections.strip(" ,") for word, corrections in pairs}


RULES: list[Rule] = [negations_are_emphasised, feedback_is_short, words_are_spelt_right]
