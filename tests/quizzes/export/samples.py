"""Banks to export: those of the course, one with each kind of item, and one with texts that are hard to write."""

from collections.abc import Iterator
from typing import Any

from quizzes import reader
from quizzes.kinds import AnyItem, PredictItem, Question
from quizzes.markup import block, inline
from quizzes.model import Bank
from quizzes.proof import keyed
from tests.quizzes import items

AWKWARD = "a = {1: '~'} # \\n, \\\\ and `d['x'](y) -> \"$5\"` or **$a<b$** </script> & [link](https://example.org)"
CODE = "Look:\n\n```python\nx = {}  # 1\n\nprint('\\n', x[0](1), f\"{x:>3}\", '$1 or $2')\n```\n\nWhat *is* it?"


def prediction(**changes: Any) -> PredictItem:
    """One with a misconception behind each choice but b."""
    choices = [
        {"identifier": "a", "content": "in turn", "facts": {"order": "one at a time"}, "feedback": "No, `sync`."},
        {"identifier": "b", "content": "together", "facts": {"order": "all at once"}, "feedback": "Yes."},
    ]
    choices[0]["misconception"] = "def-blocks-the-loop"
    return items.predict(choices=choices, **changes)


def computed(key: str = "waiting") -> Any:
    """A number that nobody wrote: how many of three requests wait for the pool's two threads."""
    verify = {"experiment": "full_pool", "key": key}
    wrong = [{"fact": "running", "feedback": "These run.", "misconception": "full-pool-is-an-error"}]
    return items.number("computed", answer=None, tolerance=0.0, unit="", wrong=wrong, verify=verify)


def varied() -> Any:
    """A choice with two variants, of which the first is taken along."""
    return items.choice("varied", prompt="Why {{what}}?", variants=[{"what": "blue"}, {"what": "red"}])


def awkward() -> list[Any]:
    """Items in whose texts each sign stands that some format takes for its own."""
    wrong = {"identifier": "a", "content": AWKWARD, "feedback": AWKWARD, "misconception": "grass-is-sky"}
    right = {"identifier": "b", "content": f"{AWKWARD} too", "feedback": f"{AWKWARD} too", "score": 1, "fixed": True}
    source = {"content": AWKWARD, "target": "t", "feedback": AWKWARD}
    otherwise = {"feedback": AWKWARD, "misconception": "grass-is-sky"}
    sources = [{"identifier": name, "otherwise": otherwise, **source} for name in ("a", "b")]
    targets = [{"identifier": "t", "content": "a = {b}: c"}, {"identifier": "u", "content": "~#"}]
    return [
        items.choice("hard-choice", prompt=CODE, choices=[wrong, right], hints=[AWKWARD]),
        items.text_entry("hard-words", accept=["f(*args)", "x = {1: '#'}", "\\n ~"], feedback=AWKWARD),
        items.text_entry("arrow", accept=["def f() -> int"]),
        items.match("hard-pairs", sources=sources, targets=targets),
    ]


BANKS = [
    *reader.banks(),
    items.bank(*items.every_kind(), prediction(), items.predict_table(), varied()),
    items.bank(*awkward()),
]
NAMES = [*(bank.lesson for bank in reader.banks()), "every kind", "awkward"]


def drawn(item: AnyItem) -> Any:
    """The item as it is taken along: in its first variant, with its key observed."""
    return keyed(item.drawn(0)) if isinstance(item, Question) else item


def taken(bank: Bank, left_out: dict[str, str]) -> list[Any]:
    """The items of the bank that are in the file, as they are taken along."""
    return [drawn(item) for item in bank.items if item.identifier not in left_out]


def reasons(item: AnyItem) -> list[str]:
    """All that explains an answer of this item, as HTML."""
    return [
        block(text) if name == "model_answer" else inline(text) for name, text in _reasons(drawn(item).model_dump())
    ]


def _reasons(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, part in value.items():
            if name in ("feedback", "general_feedback", "model_answer"):
                yield name, part
            else:
                yield from _reasons(part)
    elif isinstance(value, list):
        for part in value:
            yield from _reasons(part)
