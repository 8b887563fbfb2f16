"""What is wrongly believed, and the experiment that would show something else if it were so. Pure."""

from typing import Self

from pydantic import Field, model_validator

from quizzes.kinds.base import Entry, Identifier, Text, check_distinct


class Misconception(Entry):
    """A belief behind wrong answers; if it were true, `experiment` would show the facts `would_show`.

    A belief that no run can refute has the reason in `because` instead.
    """

    identifier: Identifier
    belief: Text
    experiment: Identifier | None = None
    would_show: dict[str, str | int | list[str]] = Field(default_factory=dict)
    because: Text | None = None

    @model_validator(mode="after")
    def _can_be_refuted(self) -> Self:
        if (self.experiment is None) == (self.because is None):
            raise ValueError("give either the `experiment` that refutes it, or `because` why none can")
        if (self.experiment is None) != (not self.would_show):
            raise ValueError("`would_show` are the facts of the `experiment` if the belief were true: give both")
        return self


class Misconceptions(Entry):
    """The file of all beliefs."""

    misconceptions: list[Misconception]

    @model_validator(mode="after")
    def _has_each_once(self) -> Self:
        check_distinct(self.misconceptions)
        return self
