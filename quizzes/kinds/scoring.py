"""The named rules for partly right answers, as PrairieLearn calls them. Pure."""

from collections.abc import Collection, Set
from typing import Any

from quizzes.kinds.base import Scoring


def score(rule: Scoring, given: Set[Any], key: Set[Any], everything: Collection[Any]) -> float:
    """The score, from 0 to 1, of a set of parts, where `key` is right out of `everything`."""
    rules = {"match": _match, "each-answer": _each_answer, "net-correct": _net_correct}
    return rules[rule](given, key, everything)


def in_words(rule: Scoring) -> str:
    """The rule, as a learner reads it before answering."""
    return {
        "match": "Only the exact set counts.",
        "each-answer": "Each option rightly taken or left counts the same.",
        "net-correct": "Each right option counts, and each wrong one takes a right one away.",
    }[rule]


def _match(given: Set[Any], key: Set[Any], _: Collection[Any]) -> float:
    """All or nothing."""
    return float(given == key)


def _each_answer(given: Set[Any], key: Set[Any], everything: Collection[Any]) -> float:
    """Each part rightly taken or left counts the same; nothing without one that was rightly taken.

    So to take all of them never earns full marks unless all of them are right.
    """
    if not given & key:
        return 0.0
    return sum((part in given) == (part in key) for part in everything) / len(everything)


def _net_correct(given: Set[Any], key: Set[Any], _: Collection[Any]) -> float:
    """The right ones less the wrong ones, of all that are right; never below nothing."""
    return max(0.0, (len(given & key) - len(given - key)) / len(key))
