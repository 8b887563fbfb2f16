"""When a question is due again, computed from the attempts by the FSRS algorithm. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from fsrs import Card, Rating, Scheduler

from quizzes.grading import Outcome
from quizzes.kinds import Question
from quizzes.model import Bank
from quizzes.store import Attempt

# One answer a day is what counts, so there are no steps of minutes; and the same attempts give the same day.
_SCHEDULER = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)


@dataclass(frozen=True)
class Subject:
    """What is remembered or forgotten as one: a question, or a pool of questions that ask it in other words."""

    bank: Bank
    questions: Sequence[Question]

    def made(self, attempts: Sequence[Attempt]) -> list[Attempt]:
        """Those of the attempts that were made at it."""
        names = {question.identifier for question in self.questions}
        return [attempt for attempt in attempts if attempt.item in names]

    def drawn(self, seed: int) -> Question:
        """One of its questions, in one of its variants and with its options in some order."""
        return self.questions[seed % len(self.questions)].drawn(seed).shuffled(seed)


@dataclass(frozen=True)
class Memory:
    """What a learner's attempts at a subject say: when it is `due`, and whether the last error was a certain one.

    `days` is on how many days it was answered.
    """

    due: datetime
    days: int
    was_certain_and_wrong: bool


def subjects(bank: Bank) -> list[Subject]:
    """The subjects of a bank, in its order."""
    return [Subject(bank, questions) for questions in bank.pools]


def memory(attempts: Sequence[Attempt]) -> Memory | None:
    """What these attempts at one subject say; None if it was never answered."""
    firsts = list(_first_answers(attempts))
    if not firsts:
        return None
    card = Card()
    for answer in firsts:
        card, _ = _SCHEDULER.review_card(card, rating(answer), datetime.fromisoformat(answer.time))
    last = firsts[-1]
    return Memory(card.due, len(firsts), last.outcome == Outcome.WRONG and last.confidence == "certain")


def rating(answer: Attempt) -> Rating:
    """How well it was remembered: by the first answer, and by how sure the learner was of it."""
    match answer.outcome, answer.confidence:
        case Outcome.RIGHT, "certain":
            return Rating.Easy
        case (Outcome.RIGHT, "guess") | (Outcome.PARTLY, _):
            return Rating.Hard
        case (Outcome.RIGHT | Outcome.RECORDED, _):
            return Rating.Good
    return Rating.Again


def _first_answers(attempts: Sequence[Attempt]) -> Iterator[Attempt]:
    """The first answer of each day: the later ones are given with the feedback still in mind."""
    answers = [attempt for attempt in attempts if attempt.action == "answer"]
    for _, of_a_day in groupby(answers, key=lambda attempt: attempt.time[:10]):
        yield next(of_a_day)
