"""Predict what an experiment will show; the answer is not written anywhere."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from quizzes.kinds.base import Entry, Facts, Identifier, Item, Text, check_distinct


class Outlook(Entry):
    """One option of a prediction: what would be observed if it is what happens, and the `seconds` to draw."""

    identifier: Identifier
    content: Text
    facts: Facts
    seconds: float | None = None
    feedback: Text
    misconception: Identifier | None = None


class PredictItem(Item):
    """Predict what an experiment will show. The key is not written: the observed facts pick the choice."""

    kind: Literal["predict"]
    experiment: Identifier
    choices: Annotated[list[Outlook], Field(min_length=2)]

    @model_validator(mode="after")
    def _has_distinct_choices(self) -> Self:
        check_distinct(self.choices)
        return self
