"""Predict what an experiment will show; the answer is not written anywhere."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from quizzes.errors import PredictionFailed
from quizzes.kinds.base import Answer, Entry, Facts, Identifier, Item, Text, check_distinct
from quizzes.markup import plain


class Forecast(Item):
    """What an experiment will show, asked before it runs. The key is not written: the observed facts pick it.

    A guess is what is kept of an answer; the key, once it is observed, has the same form.
    """

    experiment: Identifier

    def missing(self, answer: Answer) -> str | None:
        """What a learner still has to do before the page's answer is a guess; None if it is one."""
        raise NotImplementedError

    def guess(self, answer: Answer) -> Answer:
        """The guess in a complete answer of the page."""
        raise NotImplementedError

    def fields(self, guess: Answer) -> Answer:
        """What the page writes into its fields for this guess, or for none."""
        raise NotImplementedError

    @property
    def known(self) -> str:
        """All that can be guessed, by identifiers, as a sentence."""
        raise NotImplementedError

    def happened(self, facts: Mapping[str, Any]) -> Answer:
        """The key that these facts pick. Raises `PredictionFailed` unless they pick exactly one."""
        raise NotImplementedError

    def score(self, guess: Answer, key: Answer) -> float:
        """How much of the guess happened, from 0 to 1."""
        raise NotImplementedError

    def in_words(self, facts: Mapping[str, Any], key: Answer) -> str:
        """What was observed, in one line and without a second in it."""
        raise NotImplementedError

    def the_one(self, agreeing: Sequence[str], observed: str, noun: str) -> str:
        """The only one that agrees with what was observed. Raises `PredictionFailed` for none and for several."""
        if len(agreeing) == 1:
            return agreeing[0]
        raise PredictionFailed(
            f"Prediction {self.identifier!r}: experiment {self.experiment!r} observed {observed}, which agrees with "
            f"{' and '.join(agreeing) or f'no {noun}'}. Exactly one {noun} must agree: correct the `facts` in the "
            "bank, or look what changed in the app."
        )


class Outlook(Entry):
    """One option of a prediction: what would be observed if it is what happens, and the `seconds` to draw."""

    identifier: Identifier
    content: Text
    facts: Facts
    seconds: float | None = None
    feedback: Text
    misconception: Identifier | None = None


class PredictItem(Forecast):
    """Predict which of some choices will happen: the one whose facts are all among the observed ones."""

    kind: Literal["predict"]
    choices: Annotated[list[Outlook], Field(min_length=2)]

    def missing(self, answer: Answer) -> str | None:
        is_one = isinstance(answer, list) and answer and self.choice(answer[0])
        return None if is_one else "Choose an answer first."

    def guess(self, answer: Answer) -> str:
        return str(answer[0])

    def fields(self, guess: Answer) -> list[str]:
        return [guess] if guess else []

    @property
    def known(self) -> str:
        return f"There are: {', '.join(choice.identifier for choice in self.choices)}."

    def choice(self, guess: Answer) -> Outlook | None:
        """The choice of this identifier; None if there is no such."""
        return next((choice for choice in self.choices if choice.identifier == guess), None)

    def happened(self, facts: Mapping[str, Any]) -> str:
        agreeing = [
            choice.identifier
            for choice in self.choices
            if all(facts.get(name) == fact for name, fact in choice.facts.items())
        ]
        return self.the_one(agreeing, str(dict(facts)), "choice")

    def score(self, guess: Answer, key: Answer) -> float:
        return float(guess == key)

    def in_words(self, facts: Mapping[str, Any], key: Answer) -> str:
        happened = self.choice(key)
        assert happened
        words = ", ".join(f"{name} = {fact}" for name, fact in facts.items())
        return f'{words} → "{plain(happened.content)}"'

    @model_validator(mode="after")
    def _has_distinct_choices(self) -> Self:
        check_distinct(self.choices)
        return self
