"""Type a number, or a few words."""

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from quizzes.kinds.base import Answer, Belief, Explanation, Question, Text

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)


class _Typed(Question):
    """One right answer with its `feedback`, wrong ones with reasons of their own, and a word about all others."""

    feedback: Text
    general_feedback: Text

    def explanations(self, answer: Answer, settled: bool) -> list[Explanation]:
        if self.missing(answer) is None and self.score(answer) == 1:
            return [Explanation("", "right", "Right", self.feedback)]
        if settled:
            return [Explanation("", "right", "This is right", f"{self.said(self.key)}. {self.feedback}")]
        known = self.known_error(answer)
        if known:
            return [Explanation("", "wrong", "Wrong", known.feedback, misconception=known.misconception)]
        return [Explanation("", "wrong", "Wrong", self.general_feedback)]

    def known_error(self, answer: Answer) -> Belief | None:
        """The first listed wrong answer that this is."""
        raise NotImplementedError


class WrongNumber(Belief):
    """A wrong value, a closed range of them, or the value of a fact, that has a reason of its own."""

    value: float | None = None
    min: float | None = None
    max: float | None = None
    fact: Text | None = None

    def holds(self, number: float) -> bool:
        """Whether this number is meant."""
        if self.value is not None:
            return math.isclose(number, self.value)
        low, high = self.min, self.max
        return (
            (low is not None or high is not None)
            and (low is None or low <= number)
            and (high is None or number <= high)
        )

    @model_validator(mode="after")
    def _has_a_value_or_a_range(self) -> Self:
        ways = [self.value is not None, self.min is not None or self.max is not None, self.fact is not None]
        if sum(ways) != 1:
            raise ValueError("give either `value`, or `min` and `max` (one of the two is enough), or a `fact`")
        return self


class NumberItem(_Typed):
    """Type a number; right within `tolerance` of `answer`, both in `unit`.

    With `verify.key` nothing is written: the observed fact of that name is the answer.
    """

    kind: Literal["number"]
    answer: float | None = None
    tolerance: Annotated[float, Field(ge=0)] = 0.0
    unit: str = ""
    wrong: list[WrongNumber] = Field(default_factory=list)

    def missing(self, answer: Answer) -> str | None:
        return "Type a number first, such as 3 or 0.5." if self.number(answer) is None else None

    def score(self, answer: Answer) -> float:
        value = self.number(answer)
        return float(value is not None and abs(value - self.key) <= self.tolerance + 1e-9)

    def known_error(self, answer: Answer) -> Belief | None:
        value = self.number(answer)
        return next((wrong for wrong in self.wrong if value is not None and wrong.holds(value)), None)

    def number(self, answer: Answer) -> float | None:
        """The number that was typed, with or without its unit, with a decimal point or comma; None if it is none."""
        if isinstance(answer, float):
            return answer
        if not isinstance(answer, str):
            return None
        typed = answer.strip().removesuffix(self.unit).strip().replace(",", ".")
        if not _NUMBER.fullmatch(typed):
            return None
        value = float(typed)
        return value if math.isfinite(value) else None

    @property
    def key(self) -> float:
        if self.answer is None:
            raise ValueError(f"the answer of {self.identifier!r} has not been observed yet")
        return self.answer

    def said(self, answer: Answer) -> str:
        value = self.number(answer)
        return f"{value:g} {self.unit}".strip() if value is not None else ""

    def with_key(self, facts: Mapping[str, Any]) -> Self:
        """The question with the observed fact as its answer, and with those that are typical mistakes.

        Raises `ValueError` if a fact is no number.
        """
        if self.verify.key is None:
            return self
        wrong = [entry.model_copy(update={"value": _number(facts, entry.fact), "fact": None}) if entry.fact else entry
                 for entry in self.wrong]  # fmt: skip
        keyed = self.model_copy(update={"answer": _number(facts, self.verify.key), "wrong": wrong})
        keyed._drawn_digest = self.digest  # what is asked is the same
        return keyed

    @model_validator(mode="after")
    def _has_one_key(self) -> Self:
        if (self.answer is None) == (self.verify.key is None):
            raise ValueError("give either `answer`, or in `verify` the `key`: the fact that is the answer")
        if self.verify.key is None and any(wrong.fact for wrong in self.wrong):
            raise ValueError("a wrong `fact` needs a `key` in `verify`: otherwise nothing is observed")
        if self.answer is not None and any(wrong.holds(self.answer) for wrong in self.wrong):
            raise ValueError("the answer is one of the `wrong` ones as well: correct their ranges")
        return self


class WrongText(Belief):
    """Forms of a wrong answer that have a reason of their own."""

    accept: Annotated[list[Text], Field(min_length=1)]


class TextEntryItem(_Typed):
    """Type a few words or a line of code; each form in `accept` is right.

    Spaces, backticks, quotation marks around it and a full stop do not count; nor do capitals, unless `case_sensitive`.
    """

    kind: Literal["text_entry"]
    accept: Annotated[list[Text], Field(min_length=1)]
    case_sensitive: bool = False
    wrong: list[WrongText] = Field(default_factory=list)

    def missing(self, answer: Answer) -> str | None:
        return None if isinstance(answer, str) and self._form(answer) else "Type an answer first."

    def score(self, answer: Answer) -> float:
        return float(self._is_one_of(answer, self.accept))

    def known_error(self, answer: Answer) -> Belief | None:
        return next((wrong for wrong in self.wrong if self._is_one_of(answer, wrong.accept)), None)

    @property
    def key(self) -> str:
        return self.accept[0]

    def said(self, answer: Answer) -> str:
        return f"`{answer}`"

    def _is_one_of(self, answer: Answer, forms: list[str]) -> bool:
        return isinstance(answer, str) and self._form(answer) in {self._form(form) for form in forms}

    def _form(self, text: str) -> str:
        bare = text.strip().rstrip(".").strip("`'\"“”‘’ \t\n")
        tight = re.sub(r"\s*([^\w\s])\s*", r"\1", " ".join(bare.split()))
        return tight if self.case_sensitive else tight.casefold()

    @model_validator(mode="after")
    def _has_no_form_twice(self) -> Self:
        for wrong in self.wrong:
            if doubled := [form for form in wrong.accept if self._is_one_of(form, self.accept)]:
                raise ValueError(f"{doubled[0]!r} is accepted as right and as wrong: remove one of the two")
        return self


def _number(facts: Mapping[str, Any], name: str) -> float:
    value = facts.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"the experiment observed {value!r} as {name!r}, which is no number")
    return float(value)
