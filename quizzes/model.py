"""A bank: the items of one lesson. Knows nothing of files and widgets. Names follow QTI 3."""

import functools
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from quizzes.kinds import Entry, Forecast, Item, Question
from quizzes.kinds.base import Identifier, Text, check_distinct

SHOWN_AT_MOST = 5  # questions a lesson asks; the rest of its bank is for later review


class Bank(Entry):
    """The items of one lesson, in the order in which they are asked."""

    schema_version: Literal[1]
    lesson: Identifier
    title: Text
    lang: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")]
    items: Annotated[list[Item], Field(min_length=1)]

    @model_validator(mode="after")
    def _has_distinct_items(self) -> Self:
        check_distinct(self.items)
        return self

    @property
    def questions(self) -> list[Question]:
        """All questions, as they were written."""
        return [item for item in self.items if isinstance(item, Question)]

    @functools.cached_property
    def asked(self) -> list[Question]:
        """The questions that the lesson's quiz asks: the first of each pool, in their first variant."""
        return [questions[0].drawn(0) for questions in self.pools[:SHOWN_AT_MOST]]

    @property
    def pools(self) -> list[list[Question]]:
        """The questions, those together that ask the same thing in other words."""
        found: dict[str, list[Question]] = {}
        for item in self.questions:
            found.setdefault(item.pool or item.identifier, []).append(item)
        return list(found.values())

    @property
    def predictions(self) -> list[Forecast]:
        """The predictions that belong to the lesson."""
        return [item for item in self.items if isinstance(item, Forecast)]
