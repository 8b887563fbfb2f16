"""Predict a whole table: what will come out in each of its cells."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from quizzes.errors import PredictionFailed, suggestion
from quizzes.kinds.base import Answer, Entry, Identifier, Text, check_distinct
from quizzes.kinds.predict import Forecast


class TableCell(Entry):
    """A cell of the table, and the observed `fact` that belongs into it; `feedback` says what happens, and why.

    Cells with the same `row`, or the same `column`, have that heading in common; the headings stand in the order in
    which the cells name them first. A `misconception` is the belief behind any other guess.
    """

    identifier: Identifier
    row: Text
    column: Text
    fact: Text
    feedback: Text
    misconception: Identifier | None = None


class CellOutcome(Entry):
    """What may come out in a cell; an observed fact that is one of the `facts` counts as this."""

    identifier: Identifier
    content: Text
    facts: Annotated[list[str | int], Field(min_length=1)]


class PredictTableItem(Forecast):
    """Predict the outcome in each cell of a table; a guess is a mapping of their identifiers.

    Where a row and a column have no cell, nothing is asked.
    """

    kind: Literal["predict_table"]
    cells: Annotated[list[TableCell], Field(min_length=2)]
    outcomes: Annotated[list[CellOutcome], Field(min_length=2)]

    def missing(self, answer: Answer) -> str | None:
        known = [outcome.identifier for outcome in self.outcomes]
        given = answer if isinstance(answer, dict) else {}
        left = sum(given.get(cell.identifier) not in known for cell in self.cells)
        return f"Choose for each cell first: {left} {'is' if left == 1 else 'are'} left." if left else None

    def guess(self, answer: Answer) -> dict[str, str]:
        return {cell.identifier: answer[cell.identifier] for cell in self.cells}

    def fields(self, guess: Answer) -> dict[str, str]:
        return guess or {}

    @property
    def known(self) -> str:
        cells, outcomes = (", ".join(each.identifier for each in parts) for parts in (self.cells, self.outcomes))
        return f"For each of the cells {cells} there are: {outcomes}."

    @property
    def rows(self) -> list[str]:
        """The headings of the rows, in their order."""
        return list(dict.fromkeys(cell.row for cell in self.cells))

    @property
    def columns(self) -> list[str]:
        """The headings of the columns, in their order."""
        return list(dict.fromkeys(cell.column for cell in self.cells))

    def happened(self, facts: Mapping[str, Any]) -> dict[str, str]:
        return {cell.identifier: self._outcome(cell.fact, facts) for cell in self.cells}

    def _outcome(self, name: str, facts: Mapping[str, Any]) -> str:
        if name not in facts:
            raise PredictionFailed(
                f"Prediction {self.identifier!r}: experiment {self.experiment!r} has no fact {name!r}. "
                f"{suggestion(name, facts)}"
            )
        agreeing = [outcome.identifier for outcome in self.outcomes if facts[name] in outcome.facts]
        return self.the_one(agreeing, f"{facts[name]!r} as {name!r}", "outcome")

    def rights(self, guess: Answer, key: Answer) -> int:
        """In how many cells the guess is what happened."""
        return sum(guess[name] == outcome for name, outcome in key.items())

    def score(self, guess: Answer, key: Answer) -> float:
        return self.rights(guess, key) / len(self.cells)

    def content(self, outcome: str) -> str:
        """What the outcome of this identifier is called."""
        return next(each.content for each in self.outcomes if each.identifier == outcome)

    def in_words(self, facts: Mapping[str, Any], key: Answer) -> str:
        return "; ".join(f"{name} = {fact}" for name, fact in facts.items())

    @model_validator(mode="after")
    def _can_be_answered(self) -> Self:
        check_distinct(self.cells)
        check_distinct(self.outcomes)
        _check_once("two cells are in the same place", [f"{cell.row}: {cell.column}" for cell in self.cells])
        _check_once("two cells have the same `fact`", [cell.fact for cell in self.cells])
        _check_once("two outcomes have the same fact", [fact for each in self.outcomes for fact in each.facts])
        return self


def _check_once(what: str, values: Iterable[str | int]) -> None:
    """Raises `ValueError`, which says what is wrong, if one of them is there twice."""
    for value, times in Counter(values).items():
        if times > 1:
            raise ValueError(f"{what}, {value!r}: correct or remove one of them")
