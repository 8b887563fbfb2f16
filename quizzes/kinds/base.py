"""What all kinds of items share: fields, the digest of what is asked, and what an explanation is."""

import functools
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9]+([_-][a-z0-9]+)*$")]
Text = Annotated[str, Field(min_length=1)]
Facts = Annotated[dict[str, str | int | list[str]], Field(min_length=1)]
Value = str | int
Answer = Any  # as the page sends it, so anything; each kind says what it takes
Verdict = Literal["right", "wrong", "other"]
Scoring = Literal["match", "each-answer", "net-correct"]

_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_NOT_ASKED = {"feedback", "general_feedback", "hints", "misconception", "model_answer", "objective", "pool", "verify"}


class Entry(BaseModel):
    """Base of all entries: unknown fields and wrong types are errors, because a typo must not be silent."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Verify(Entry):
    """The experiment that proves the key, and the facts it must show for that.

    With `arguments` it is called with them; with `key` the observed fact of this name is the answer.
    """

    experiment: Identifier
    facts: dict[str, str | int | list[str]] = {}
    arguments: dict[str, Value] = {}
    key: Text | None = None

    @classmethod
    def of(cls, experiment: str) -> Self:
        """An experiment of which all facts are of interest."""
        return cls.model_construct(experiment=experiment)

    @model_validator(mode="after")
    def _proves_something(self) -> Self:
        if not self.facts and self.key is None:
            raise ValueError("`verify` proves nothing: give the `facts` that the experiment must show, or the `key`")
        return self


class Belief(Entry):
    """Why something is wrong: the feedback, and the misconception behind it."""

    feedback: Text
    misconception: Identifier


@dataclass(frozen=True)
class Explanation:
    """What is told about one part of an item: an option, a block, a line, or all of it if `part` is empty.

    `is_own` if it is about what the learner answered; `misconception` is the belief behind a wrong part.
    """

    part: str
    verdict: Verdict
    label: str
    text: str
    is_own: bool = True
    misconception: str | None = None


class Item(Entry):
    """Something asked of a learner; the identifier stays for ever, since attempts are kept under it."""

    identifier: Identifier
    objective: Text
    prompt: Text
    hints: list[Text] = []

    @property
    def digest(self) -> str:
        """16 hexadecimal digits that change when the question or its key changes, and not with its explanations."""
        return self._written_digest

    @functools.cached_property
    def _written_digest(self) -> str:
        text = json.dumps(_asked(self.model_dump(exclude_defaults=True)), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class Question(Item):
    """An item whose answer is judged, or with `mode: guess` only kept.

    `variants` fill the places {{name}} in its texts; questions of one `pool` ask the same thing in other words.
    """

    judged: ClassVar[bool] = True
    key_takes_the_place: ClassVar[bool] = False  # of the learner's answer, when the key is shown

    mode: Literal["check", "guess"] = "check"
    verify: Verify
    pool: Identifier | None = None
    variants: list[dict[str, Value]] = []
    _drawn_digest: str = ""

    def missing(self, answer: Answer) -> str | None:
        """What a learner still has to do before this answer can be judged; None if it can."""
        raise NotImplementedError

    def score(self, answer: Answer) -> float:
        """The score of a complete answer, from 0 to 1."""
        raise NotImplementedError

    def explanations(self, answer: Answer, settled: bool) -> list[Explanation]:
        """What is told after `answer`; about all parts, with the key, only if `settled`."""
        raise NotImplementedError

    @property
    def key(self) -> Answer:
        """The right answer."""
        raise NotImplementedError

    def said(self, answer: Answer) -> str:
        """A complete answer in Markdown, for people."""
        raise NotImplementedError

    @property
    def digest(self) -> str:
        """As of every item; a variant but the first has its number behind a dot."""
        return self._drawn_digest or self._written_digest

    def drawn(self, seed: int) -> Self:
        """The question with the values of one of its variants; the same one for the same seed."""
        if not self.variants:
            return self
        number = seed % len(self.variants)
        filled = fill(self.model_dump(exclude={"variants"}, exclude_defaults=True), self.variants[number])
        variant = type(self).model_validate(filled)
        variant._drawn_digest = f"{self.digest}.{number}" if number else self.digest
        return variant

    def shuffled(self, seed: int) -> Self:
        """The question with its parts in another order, for kinds whose parts may have any."""
        return self

    def with_key(self, facts: Mapping[str, Any]) -> Self:
        """The question with the key that was observed, for kinds that can take theirs from an experiment."""
        return self

    @model_validator(mode="after")
    def _has_a_value_for_each_place(self) -> Self:
        used = set(_PLACE.findall(json.dumps(self.model_dump(exclude={"variants"}), ensure_ascii=False)))
        for values in self.variants:
            if missing := used - values.keys():
                raise ValueError(f"a variant has no value for {{{{{min(missing)}}}}}: add it to each of the `variants`")
            if unused := values.keys() - used:
                raise ValueError(f"nothing is filled by the variants' {min(unused)!r}: write {{{{{min(unused)}}}}}")
        if used and not self.variants and "variants" in self.model_fields_set:
            raise ValueError("`variants` is empty: give at least one")
        return self


def fill(value: Any, values: Mapping[str, Value]) -> Any:
    """`value` with each place {{name}} filled; a text that is nothing but a place becomes the value itself."""
    if isinstance(value, dict):
        return {name: fill(part, values) for name, part in value.items()}
    if isinstance(value, list):
        return [fill(part, values) for part in value]
    if not isinstance(value, str):
        return value
    if whole := _PLACE.fullmatch(value):
        return values[whole[1]]
    return _PLACE.sub(lambda place: str(values[place[1]]), value)


def check_distinct(entries: list[Any]) -> None:
    """Raises `ValueError` if two of them have the same identifier."""
    seen: set[str] = set()
    for entry in entries:
        if entry.identifier in seen:
            raise ValueError(f"the identifier {entry.identifier!r} is used twice: rename one of them")
        seen.add(entry.identifier)


def _asked(value: Any) -> Any:
    """Without explanations and the like: a better one does not make an answer outdated."""
    if isinstance(value, dict):
        return {name: _asked(part) for name, part in value.items() if name not in _NOT_ASKED}
    if isinstance(value, list):
        return [_asked(part) for part in value]
    return value
