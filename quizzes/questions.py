"""The quiz of a lesson: its questions one under another, each with tries, hints and the answer on request."""

import threading
from collections import Counter
from typing import Any
from weakref import WeakSet

from quizzes import card, feedback
from quizzes.grading import Outcome, grade, missing
from quizzes.model import Bank, Question
from quizzes.reader import bank
from quizzes.standing import standing
from quizzes.store import Store, attempt, current_store
from quizzes.widget import Sheet


def quiz(lesson: str) -> "Quiz":
    """The questions of this lesson, to answer below the cell.

    Raises `UnknownLesson` for a name that no lesson has, and `BankError` when its file is wrong.
    """
    return Quiz(bank(lesson), current_store())


class Quiz(Sheet):
    """The live questions of one bank; what was answered before is shown again."""

    def __init__(self, bank: Bank, store: Store) -> None:
        self._bank, self._store = bank, store
        self._questions = {item.identifier: item for item in bank.questions}
        self._hints: Counter[str] = Counter()
        self._answering = threading.RLock()
        count = len(self._questions)
        faces = [card.face(item, f"Question {place} of {count}") for place, item in enumerate(bank.questions, start=1)]
        super().__init__(faces, bank.lang, f"{bank.title}: run this cell to answer.")
        for identifier in self._questions:
            self._refresh(identifier)
        _alive.add(self)

    def __repr__(self) -> str:
        count = len(self._questions)
        return f"<Quiz {self._bank.lesson}: {count} question{'' if count == 1 else 's'}>"

    def respond(self, identifier: str, action: str, answer: Any) -> None:
        """Judges an answer (`check`), gives a `hint`, gives the key (`show`), or starts the question over."""
        item = self._questions[identifier]
        with self._answering:
            match action:
                case "check":
                    self._check(item, answer)
                case "hint":
                    self._hints[identifier] = min(self._hints[identifier] + 1, len(item.hints))
                    self._refresh(identifier)
                case "show" if self._standing(item).can_show:
                    self._record(item, "shown", self._standing(item).answer, Outcome.NOT_ANSWERED)
                case "restart":
                    self._hints[identifier] = 0
                    self._record(item, "restart", None, Outcome.NOT_ANSWERED)
                case _:
                    self._refresh(identifier)

    def _check(self, item: Question, answer: Any) -> None:
        reminder = missing(item, answer)
        if reminder or not self._standing(item).can_try:
            self._refresh(item.identifier, reminder or "")
            return
        judged = grade(item, answer)
        self._record(item, "answer", answer, judged.outcome, judged.score)

    def _record(self, item: Question, action: Any, answer: Any, outcome: str, score: float = 0.0) -> None:
        self._store.add(attempt(item, action, answer, outcome, score))
        for other in list(_alive):  # the same question may be on the page twice
            other.refresh(item.identifier)

    def refresh(self, identifier: str) -> None:
        """Shows the question as the store has it now, if this quiz asks it."""
        if identifier in self._questions:
            self._refresh(identifier)

    def _refresh(self, identifier: str, reminder: str = "") -> None:
        item = self._questions[identifier]
        stands = self._standing(item)
        shown = feedback.of_question(item, stands, self._hints[identifier], reminder)
        self.show({identifier: {**shown, "notes": self._notes(stands.stale)}})

    def _standing(self, item: Question) -> Any:
        return standing(item, self._store.attempts(item.identifier))

    def _notes(self, stale: bool) -> list[str]:
        changed = ["This question changed since you answered. Your earlier answer is kept."] if stale else []
        return changed + ([self._store.notice] if self._store.notice else [])


_alive: WeakSet[Quiz] = WeakSet()
