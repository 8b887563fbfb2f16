"""Give each source its target."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from quizzes.kinds.base import Answer, Belief, Entry, Explanation, Identifier, Question, Scoring, Text, check_distinct
from quizzes.kinds.scoring import score


class Target(Entry):
    """Something that sources are matched with; several may have the same one, and one may belong to none."""

    identifier: Identifier
    content: Text


class Source(Entry):
    """Something to match; `target` is right, for the reason in `feedback`, and `otherwise` is told for any other."""

    identifier: Identifier
    content: Text
    target: Identifier
    feedback: Text
    otherwise: Belief


class MatchItem(Question):
    """Choose a target for each source; the answer is a mapping of their identifiers."""

    key_takes_the_place = True

    kind: Literal["match"]
    scoring: Scoring = "each-answer"
    sources: Annotated[list[Source], Field(min_length=2)]
    targets: Annotated[list[Target], Field(min_length=2)]

    def missing(self, answer: Answer) -> str | None:
        known = {target.identifier for target in self.targets}
        if not isinstance(answer, dict):
            return "Choose for each of them first."
        left = sum(answer.get(source.identifier) not in known for source in self.sources)
        return f"Choose for each of them first: {left} {'is' if left == 1 else 'are'} left." if left else None

    def score(self, answer: Answer) -> float:
        key = set(self.key.items())
        return score(self.scoring, {(name, answer[name]) for name in self.key}, key, key)

    def explanations(self, answer: Answer, settled: bool) -> list[Explanation]:
        return [self._explanation(source, (answer or {}).get(source.identifier), settled) for source in self.sources]

    def _explanation(self, source: Source, given: str | None, settled: bool) -> Explanation:
        if given == source.target:
            return Explanation(source.identifier, "right", "Right", source.feedback)
        if not settled:
            belief = source.otherwise
            return Explanation(source.identifier, "wrong", "Wrong", belief.feedback, misconception=belief.misconception)
        label = f"This is “{self._content(source.target)}”"
        return Explanation(source.identifier, "right", label, source.feedback, is_own=False)

    @property
    def key(self) -> dict[str, str]:
        return {source.identifier: source.target for source in self.sources}

    def said(self, answer: Answer) -> str:
        return "; ".join(f"{source.content} → {self._content(answer[source.identifier])}" for source in self.sources)

    def _content(self, target: str) -> str:
        return next(found.content for found in self.targets if found.identifier == target)

    @model_validator(mode="after")
    def _can_be_answered(self) -> Self:
        check_distinct(self.sources)
        check_distinct(self.targets)
        known = {target.identifier for target in self.targets}
        for source in self.sources:
            if source.target not in known:
                raise ValueError(f"source {source.identifier!r} has the target {source.target!r}, which is not there")
        return self
