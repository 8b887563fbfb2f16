"""Choose one option, or several; or the lines of a program."""

import random
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from quizzes.kinds.base import Answer, Entry, Explanation, Identifier, Question, Scoring, Text, check_distinct
from quizzes.kinds.scoring import score


class Choice(Entry):
    """One option; `score` 1 belongs to the key, `fixed` keeps its place when the others are shuffled."""

    identifier: Identifier
    content: Text
    score: Literal[0, 1] = 0
    fixed: bool = False
    feedback: Text
    misconception: Identifier | None = None

    @model_validator(mode="after")
    def _names_its_misconception(self) -> Self:
        if self.score == 0 and self.misconception is None:
            raise ValueError(f"choice {self.identifier!r} is wrong, so name the `misconception` behind it")
        if self.score == 1 and self.misconception is not None:
            raise ValueError(f"choice {self.identifier!r} is right, so it has no `misconception`")
        return self


class _Choosing(Question):
    """Options of which `min_choices` to `max_choices` are chosen; `scoring` names the rule for partly right answers."""

    min_choices: Annotated[int, Field(ge=1)] = 1
    max_choices: Annotated[int, Field(ge=1)] = 1
    scoring: Scoring = "match"
    choices: Annotated[list[Choice], Field(min_length=2)]

    def missing(self, answer: Answer) -> str | None:
        known = {choice.identifier for choice in self.choices}
        if not isinstance(answer, list) or not answer or not all(isinstance(a, str) and a in known for a in answer):
            return "Choose an answer first."
        if len(set(answer)) < self.min_choices:
            return f"Choose at least {self.min_choices}."
        if len(set(answer)) > self.max_choices:
            return f"Choose at most {self.max_choices}."
        return None

    def score(self, answer: Answer) -> float:
        return score(self.scoring, set(answer), set(self.key), [choice.identifier for choice in self.choices])

    def explanations(self, answer: Answer, settled: bool) -> list[Explanation]:
        chosen = set(answer or [])
        told = self.choices if settled else [choice for choice in self.choices if choice.identifier in chosen]
        return [_explanation(choice, choice.identifier in chosen) for choice in told]

    @property
    def key(self) -> list[str]:
        return [choice.identifier for choice in self.choices if choice.score]

    def said(self, answer: Answer) -> str:
        return "; ".join(choice.content for choice in self.choices if choice.identifier in answer)

    @model_validator(mode="after")
    def _can_be_answered(self) -> Self:
        check_distinct(self.choices)
        rights = len(self.key)
        if not self.min_choices <= rights <= self.max_choices:
            raise ValueError(
                f"{rights} choices have `score: 1`, but a learner may choose {self.min_choices} to {self.max_choices}"
                " (`min_choices`, `max_choices`)"
            )
        if self.max_choices > len(self.choices):
            raise ValueError(f"`max_choices` is {self.max_choices}, but there are {len(self.choices)} choices")
        return self


class ChoiceItem(_Choosing):
    """Choose one option (`max_choices` 1) or several."""

    kind: Literal["choice"]

    def shuffled(self, seed: int) -> Self:
        """The question with its options in another order; those that are `fixed` keep their places."""
        free = [choice for choice in self.choices if not choice.fixed]
        random.Random(f"{self.identifier} {seed}").shuffle(free)
        choices = [choice if choice.fixed else free.pop() for choice in self.choices]
        shuffled = self.model_copy(update={"choices": choices})
        shuffled._drawn_digest = self.digest  # the same question still
        return shuffled


class HottextItem(_Choosing):
    """Choose a line of the program `code`, such as the one that blocks; each choice's `content` is such a line."""

    kind: Literal["hottext"]
    code: Text

    def lines(self) -> list[tuple[str, Choice | None]]:
        """The lines of the program, each with the choice that it is, if it can be chosen."""
        by_content = {choice.content.strip(): choice for choice in self.choices}
        return [(line, by_content.get(line.strip())) for line in self.code.rstrip().splitlines()]

    def said(self, answer: Answer) -> str:
        return "; ".join(f"`{choice.content.strip()}`" for choice in self.choices if choice.identifier in answer)

    @model_validator(mode="after")
    def _has_its_choices_once_in_the_code(self) -> Self:
        lines = [line.strip() for line in self.code.splitlines()]
        for choice in self.choices:
            if (times := lines.count(choice.content.strip())) != 1:
                where = "is not a line" if times == 0 else f"is {times} lines"
                raise ValueError(f"choice {choice.identifier!r} {where} of `code`: make it exactly one of them")
        return self


def _explanation(choice: Choice, is_chosen: bool) -> Explanation:
    told: dict[str, Any] = {"part": choice.identifier, "text": choice.feedback, "is_own": is_chosen}
    if choice.score:
        return Explanation(verdict="right", label="Right" if is_chosen else "This is right", **told)
    told["misconception"] = choice.misconception
    if is_chosen:
        return Explanation(verdict="wrong", label="Wrong", **told)
    return Explanation(verdict="other", label="Not this one", **told)
