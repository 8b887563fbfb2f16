"""Items and banks: what a question is. Names follow QTI 3 in snake_case."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text = Annotated[str, Field(min_length=1)]
Facts = dict[str, str | int | list[str]]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Verify(_Model):
    """The experiment that proves the key, and the facts it must show."""

    experiment: Text
    facts: Facts


class _Option(_Model):
    identifier: Identifier
    content: Text
    feedback: Text
    misconception: Identifier | None = None


class Choice(_Option):
    """An answer to choose. `score` is 1 for a right one; a wrong one names the misconception that it shows."""

    score: Literal[0, 1] = 0

    @model_validator(mode="after")
    def _wrong_names_its_misconception(self) -> Self:
        if self.score == 0 and self.misconception is None:
            raise ValueError(f"choice {self.identifier!r} is wrong, so it needs a misconception: the idea behind it")
        return self


class PredictedChoice(_Option):
    """An answer that holds when a run shows its `facts`; `seconds` is where it would put the last response."""

    facts: Facts
    seconds: float | None = None


class WrongNumber(_Model):
    """A number that a misconception leads to."""

    value: float
    feedback: Text
    misconception: Identifier


class _Item(_Model):
    identifier: Identifier
    objective: Text
    prompt: Text
    hints: list[Text] = []

    @property
    def content_hash(self) -> str:
        """A digest of everything in the item: an answer given to another wording is another answer."""
        return sha256(self.model_dump_json().encode()).hexdigest()[:16]


class ChoiceItem(_Item):
    """One right choice (`max_choices: 1`), or several."""

    kind: Literal["choice"]
    mode: Literal["check", "guess"] = "check"
    max_choices: Annotated[int, Field(ge=1)] = 1
    choices: Annotated[list[Choice], Field(min_length=2)]
    verify: Verify

    @model_validator(mode="after")
    def _key_fits(self) -> Self:
        _distinct(self.choices)
        right = sum(choice.score for choice in self.choices)
        if not right or right > self.max_choices or (self.max_choices == 1 and right != 1):
            raise ValueError(f"{right} choices have score 1, but max_choices is {self.max_choices}")
        return self


class NumberItem(_Item):
    """A number, right within `tolerance`."""

    kind: Literal["number"]
    mode: Literal["check", "guess"] = "check"
    answer: float
    tolerance: Annotated[float, Field(ge=0)] = 0
    unit: str = ""
    feedback: Text
    feedback_otherwise: Text
    wrong_answers: list[WrongNumber] = []
    verify: Verify


class PredictItem(_Item):
    """An answer given before a run. It has no key: the choice whose facts the experiment shows is what happened."""

    kind: Literal["predict"]
    experiment: Text
    choices: Annotated[list[PredictedChoice], Field(min_length=2)]

    @model_validator(mode="after")
    def _choices_differ(self) -> Self:
        _distinct(self.choices)
        return self


Item = ChoiceItem | NumberItem | PredictItem


class Bank(_Model):
    """The items of one lesson."""

    schema_version: Literal[1]
    lesson: Annotated[str, Field(pattern=r"^\d\d_[a-z0-9_]+$")]
    title: Text
    lang: Text
    items: list[Annotated[Item, Field(discriminator="kind")]]

    @model_validator(mode="after")
    def _identifiers_differ(self) -> Self:
        _distinct(self.items)
        return self

    @property
    def questions(self) -> list[ChoiceItem | NumberItem]:
        """The items that a quiz asks; predictions stand in the lesson, each before its run."""
        return [item for item in self.items if not isinstance(item, PredictItem)]


def _distinct(parts: Sequence[_Option | _Item]) -> None:
    names = [part.identifier for part in parts]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"identifier {twice[0]!r} is used twice; it must name one thing for ever")
