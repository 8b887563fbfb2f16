"""Put events into the order of time, or lines into a program that behaves."""

import textwrap
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from quizzes.kinds.base import Answer, Belief, Entry, Explanation, Identifier, Question, Scoring, Text, check_distinct
from quizzes.kinds.scoring import score

DEEPEST = 4  # levels of indentation that a line can be given
INDENT = 4  # spaces a level


class Block(Entry):
    """An event or a line; in the file they stand in a right order. One with a `misconception` belongs nowhere."""

    identifier: Identifier
    content: Text
    feedback: Text
    indent: Annotated[int, Field(ge=0, le=DEEPEST)] = 0
    misconception: Identifier | None = None


class Inversion(Belief):
    """A typical wrong order: `first` before `then`, which happens the other way round."""

    first: Identifier
    then: Identifier


class Program(Entry):
    """What the lines are assembled to: a module that begins with `setup` and defines the function `name`."""

    name: Text
    setup: str = ""


class OrderItem(Question):
    """Put blocks into their order. With a `program` they are lines of code, with an indentation each.

    A program is judged by what it does: `verify.experiment` runs on the assembled function, and the facts must agree.
    The answer is a list of identifiers, and for a program a list of `[identifier, indentation]`.
    """

    key_takes_the_place = True

    kind: Literal["order"]
    scoring: Literal["match", "each-answer"] = "match"
    blocks: Annotated[list[Block], Field(min_length=3)]
    inversions: list[Inversion] = Field(default_factory=list)
    program: Program | None = None
    general_feedback: Text

    def missing(self, answer: Answer) -> str | None:
        known = [block.identifier for block in self.blocks]
        if not isinstance(answer, list) or not answer:
            return "Put the lines into an order first."
        names = [name for name, _ in self.placed(answer)]
        if len(names) != len(answer) or len(set(names)) != len(names) or not set(names) <= set(known):
            return "Put the lines into an order first."
        return None if self.program or len(names) == len(known) else "Put all of them into an order first."

    def placed(self, answer: Answer) -> list[tuple[str, int]]:
        """The blocks of an answer, each with its indentation in levels; whatever makes no sense is left out."""
        pairs = [place if isinstance(place, list) else [place, 0] for place in answer]
        return [
            (pair[0], min(max(pair[1], 0), DEEPEST))
            for pair in pairs
            if len(pair) == 2 and isinstance(pair[0], str) and isinstance(pair[1], int)
        ]

    def score(self, answer: Answer) -> float:
        """By place. For a program this is its text; what counts is what it does, which only a run can tell."""
        rule: Scoring = "match" if self.program else self.scoring
        key = set(enumerate(self._comparable(self.key)))
        return score(rule, set(enumerate(self._comparable(answer))), key, key)

    def _comparable(self, answer: Answer) -> list[Any]:
        return self.placed(answer) if self.program else [name for name, _ in self.placed(answer)]

    def explanations(self, answer: Answer, settled: bool) -> list[Explanation]:
        names = [name for name, _ in self.placed(answer or [])]
        if settled:
            return [_reason(block, block.identifier in names) for block in self.blocks]
        strays = [_reason(block, True) for block in self.blocks if block.misconception and block.identifier in names]
        return strays or [self._first_inversion(names)]

    def _first_inversion(self, names: list[str]) -> Explanation:
        for belief in self.inversions:
            if {belief.first, belief.then} <= set(names) and names.index(belief.first) < names.index(belief.then):
                return Explanation(
                    belief.first, "wrong", "Too early", belief.feedback, misconception=belief.misconception
                )
        return Explanation("", "wrong", "Not yet", self.general_feedback)

    @property
    def key(self) -> list[Any]:
        right = [block for block in self.blocks if block.misconception is None]
        return [[b.identifier, b.indent] for b in right] if self.program else [b.identifier for b in right]

    def lines(self, answer: Answer) -> str:
        """The lines of an answer with their indentation, as text."""
        contents = {block.identifier: block.content for block in self.blocks}
        indented = [textwrap.indent(contents[name], " " * INDENT * level) for name, level in self.placed(answer)]
        return "\n".join([*indented, ""])

    def said(self, answer: Answer) -> str:
        if self.program:
            return f"```python\n{self.lines(answer)}```"
        contents = {block.identifier: block.content for block in self.blocks}
        return "\n".join(f"{place}. {contents[name]}" for place, (name, _) in enumerate(self.placed(answer), start=1))

    @model_validator(mode="after")
    def _can_be_answered(self) -> Self:
        check_distinct(self.blocks)
        known = {block.identifier for block in self.blocks}
        for belief in self.inversions:
            for name in (belief.first, belief.then):
                if name not in known:
                    raise ValueError(f"an inversion names the block {name!r}, which is not there")
        strays = [block.identifier for block in self.blocks if block.misconception]
        if strays and not self.program:
            raise ValueError(f"block {strays[0]!r} has a `misconception`, which only a line of a `program` can have")
        right = [block.identifier for block in self.blocks if not block.misconception]
        if right == sorted(right):
            raise ValueError("the identifiers of the blocks, sorted, are the key: rename them")
        return self


def _reason(block: Block, is_own: bool) -> Explanation:
    if block.misconception is None:
        return Explanation(block.identifier, "right", "Here", block.feedback, is_own)
    verdict, label = ("wrong", "Does not belong") if is_own else ("other", "Rightly left out")
    return Explanation(block.identifier, verdict, label, block.feedback, is_own, block.misconception)  # type: ignore[arg-type]
