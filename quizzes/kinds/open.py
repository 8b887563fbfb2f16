"""Answer in your own words, and compare: nobody judges."""

from typing import Any, Literal

from quizzes.kinds.base import Answer, Explanation, Question, Text

LONGEST = 5_000  # characters; an essay is longer than what anybody compares


class ExtendedTextItem(Question):
    """A few sentences beside a `model_answer`; kept and never judged."""

    judged = False

    kind: Literal["extended_text"]
    mode: Literal["guess"] = "guess"
    model_answer: Text

    def missing(self, answer: Answer) -> str | None:
        if not isinstance(answer, str) or not answer.strip():
            return "Write a sentence first; nobody judges it."
        return f"Shorten it to {LONGEST} characters." if len(answer) > LONGEST else None

    def score(self, answer: Answer) -> float:
        return 0.0

    def explanations(self, answer: Answer, settled: bool) -> list[Explanation]:
        return [Explanation("", "other", "A model answer", self.model_answer)]

    @property
    def key(self) -> str:
        return self.model_answer

    def said(self, answer: Any) -> str:
        return str(answer)
