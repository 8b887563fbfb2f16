"""What a bank of questions holds. Knows nothing of files, grading or widgets. Names follow QTI 3."""

import hashlib
import json
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

SCHEMA_VERSION = 1
SHOWN_AT_MOST = 5  # questions a lesson asks; the rest of its bank is for later review

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9]+([_-][a-z0-9]+)*$")]
Text = Annotated[str, Field(min_length=1)]
Facts = Annotated[dict[str, str | int | list[str]], Field(min_length=1)]


class Entry(BaseModel):
    """Base of all entries: unknown fields and wrong types are errors, because a typo must not be silent."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Verify(Entry):
    """The experiment that proves the key, and the facts it must show for that."""

    experiment: Identifier
    facts: Facts


class Choice(Entry):
    """One option of a choice; `score` 1 belongs to the key."""

    identifier: Identifier
    content: Text
    score: Literal[0, 1] = 0
    feedback: Text
    misconception: Identifier | None = None

    @model_validator(mode="after")
    def _names_its_misconception(self) -> Self:
        if self.score == 0 and self.misconception is None:
            raise ValueError(f"choice {self.identifier!r} is wrong, so name the `misconception` behind it")
        if self.score == 1 and self.misconception is not None:
            raise ValueError(f"choice {self.identifier!r} is right, so it has no `misconception`")
        return self


class Outlook(Entry):
    """One option of a prediction: what would be observed if it is what happens, and the `seconds` to draw."""

    identifier: Identifier
    content: Text
    facts: Facts
    seconds: float | None = None
    feedback: Text
    misconception: Identifier | None = None


class WrongNumber(Entry):
    """A wrong value, or a closed range of them, that has a reason of its own."""

    value: float | None = None
    min: float | None = None
    max: float | None = None
    feedback: Text
    misconception: Identifier

    @model_validator(mode="after")
    def _has_a_value_or_a_range(self) -> Self:
        has_range = self.min is not None or self.max is not None
        if (self.value is None) != has_range:
            raise ValueError("give either `value`, or `min` and `max` (one of the two is enough)")
        return self


class _Item(Entry):
    identifier: Identifier
    objective: Text
    prompt: Text
    hints: list[Text] = []

    @property
    def digest(self) -> str:
        """16 hexadecimal digits that change when the question or its key changes, and not with its explanations."""
        text = json.dumps(_asked(self.model_dump(exclude_defaults=True)), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class _Question(_Item):
    mode: Literal["check", "guess"] = "check"
    verify: Verify


class ChoiceItem(_Question):
    """Choose one option (`max_choices` 1) or several; `scoring` names the rule for partly right answers."""

    kind: Literal["choice"]
    min_choices: Annotated[int, Field(ge=1)] = 1
    max_choices: Annotated[int, Field(ge=1)] = 1
    scoring: Literal["match", "each-answer"] = "match"
    choices: Annotated[list[Choice], Field(min_length=2)]

    @model_validator(mode="after")
    def _can_be_answered(self) -> Self:
        _check_distinct(self.choices)
        rights = sum(choice.score for choice in self.choices)
        if not self.min_choices <= rights <= self.max_choices:
            raise ValueError(
                f"{rights} choices have `score: 1`, but a learner may choose {self.min_choices} to {self.max_choices}"
                " (`min_choices`, `max_choices`)"
            )
        if self.max_choices > len(self.choices):
            raise ValueError(f"`max_choices` is {self.max_choices}, but there are {len(self.choices)} choices")
        return self


class NumberItem(_Question):
    """Type a number; right within `tolerance` of `answer`, both in `unit`."""

    kind: Literal["number"]
    answer: float
    tolerance: Annotated[float, Field(ge=0)] = 0.0
    unit: str = ""
    feedback: Text
    wrong: list[WrongNumber] = []
    general_feedback: Text


class PredictItem(_Item):
    """Predict what an experiment will show. The key is not written: the observed facts pick the choice."""

    kind: Literal["predict"]
    experiment: Identifier
    choices: Annotated[list[Outlook], Field(min_length=2)]

    @model_validator(mode="after")
    def _has_distinct_choices(self) -> Self:
        _check_distinct(self.choices)
        return self


Question = ChoiceItem | NumberItem
Item = Annotated[ChoiceItem | NumberItem | PredictItem, Field(discriminator="kind")]


class Bank(Entry):
    """The items of one lesson, in the order in which they are asked."""

    schema_version: Literal[1]
    lesson: Identifier
    title: Text
    lang: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")]
    items: Annotated[list[Item], Field(min_length=1)]

    @model_validator(mode="after")
    def _has_distinct_items(self) -> Self:
        _check_distinct(self.items)
        return self

    @property
    def questions(self) -> list[Question]:
        """The questions that the lesson's quiz asks."""
        return [item for item in self.items if not isinstance(item, PredictItem)][:SHOWN_AT_MOST]

    @property
    def predictions(self) -> list[PredictItem]:
        """The predictions that belong to the lesson."""
        return [item for item in self.items if isinstance(item, PredictItem)]


def _check_distinct(entries: list[Any]) -> None:
    seen: set[str] = set()
    for entry in entries:
        if entry.identifier in seen:
            raise ValueError(f"the identifier {entry.identifier!r} is used twice: rename one of them")
        seen.add(entry.identifier)


_EXPLANATIONS = {"feedback", "general_feedback", "hints", "misconception", "objective", "verify"}


def _asked(value: Any) -> Any:
    """Without the explanations: a better one does not make an answer outdated."""
    if isinstance(value, dict):
        return {name: _asked(part) for name, part in value.items() if name not in _EXPLANATIONS}
    if isinstance(value, list):
        return [_asked(part) for part in value]
    return value
