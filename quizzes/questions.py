"""The quiz of a lesson: its questions one under another, each with tries, hints and the answer on request."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from weakref import WeakSet

from quizzes import card, feedback
from quizzes.grading import Outcome, grade, of_score
from quizzes.kinds import OrderItem, Question
from quizzes.measurement import one_run
from quizzes.page import State, notes
from quizzes.proof import keyed
from quizzes.reader import bank, misconceptions
from quizzes.refutation import refute
from quizzes.standing import Standing, standing
from quizzes.store import Action, Store, attempt, current_store
from quizzes.trial import try_program
from quizzes.widget import Sheet

CONFIDENCES = ("", "guess", "fairly", "certain")
_RUNNING = "Running… on a server of its own."


def quiz(lesson: str) -> "Quiz":
    """The questions of this lesson, to answer below the cell.

    Raises `UnknownLesson` for a name that no lesson has, and `BankError` when its file is wrong.
    """
    found = bank(lesson)
    return Quiz(lesson, found.title, [keyed(item) for item in found.asked], current_store(), lang=found.lang)


class Quiz(Sheet):
    """Live questions; what was answered before is shown again.

    Only attempts made at `since` (UTC, ISO 8601) or later count, so that a review begins without an answer. `origins`
    are words about where the questions come from, in their order.
    """

    def __init__(
        self,
        name: str,
        title: str,
        items: Sequence[Question],
        store: Store,
        *,
        lang: str = "en",
        since: str = "",
        origins: Sequence[str] = (),
    ) -> None:
        self._name, self._store, self._since = name, store, since
        self._questions = {item.identifier: item for item in items}
        self._hints: Counter[str] = Counter()
        self._pictures: dict[str, str] = {}
        self._running: set[str] = set()
        self._beliefs = {name: belief for name, belief in misconceptions().items() if belief.experiment}
        self._answering = threading.RLock()
        places = [f"Question {place} of {len(items)}" for place in range(1, len(items) + 1)]
        legends = [f"{place}, from “{origin}”" for place, origin in zip(places, origins, strict=False)] or places
        states = {item.identifier: self._state(item) for item in items}
        super().__init__(list(map(card.face, items, legends)), states, lang, f"{title}: run this cell to answer.")
        _alive.add(self)

    def __repr__(self) -> str:
        count = len(self._questions)
        return f"<Quiz {self._name}: {count} question{'' if count == 1 else 's'}>"

    def respond(self, identifier: str, action: str, answer: Any, confidence: str = "") -> None:
        """Judges an answer (`check`), gives a `hint`, gives the key (`show`), starts over, or runs a refutation."""
        item = self._questions[identifier]
        with self._answering:
            stands = self._standing(item)
            if identifier in self._running:
                self._show_running(item)
            elif action == "check":
                self._check(item, answer, confidence if confidence in CONFIDENCES else "")
            elif action == "hint":
                self._hints[identifier] = min(self._hints[identifier] + 1, len(item.hints))
                self.refresh(identifier)
            elif action == "show" and stands.can_show:
                self._record(item, "shown", stands.answer, Outcome.NOT_ANSWERED)
            elif action == "restart":
                self._hints[identifier] = 0
                self._pictures.pop(identifier, None)
                self._record(item, "restart", None, Outcome.NOT_ANSWERED)
            elif action == "refute" and answer in self._beliefs and answer in feedback.beliefs(item, stands):
                self._start(item, partial(self._refute, item, answer))
            else:
                self.refresh(identifier)

    def refresh(self, identifier: str, reminder: str = "") -> None:
        """Shows the question as the store has it now, if this quiz asks it."""
        if item := self._questions.get(identifier):
            self.show({identifier: self._state(item, reminder)})

    def _state(self, item: Question, reminder: str = "") -> State:
        stands = self._standing(item)
        shown = feedback.of_question(item, stands, self._hints[item.identifier], reminder, self._beliefs)
        picture = self._pictures.get(item.identifier, "")
        return {**shown, "picture": picture, "notes": notes(stands.stale, self._store.notice)}

    def _check(self, item: Question, answer: Any, confidence: str) -> None:
        reminder = item.missing(answer)
        if reminder or not self._standing(item).can_try:
            self.refresh(item.identifier, reminder or "")
        elif isinstance(item, OrderItem) and item.program:
            self._start(item, partial(self._try, item, answer, confidence))
        else:
            judged = grade(item, answer)
            self._record(item, "answer", answer, judged.outcome, judged.score, confidence)

    def _start(self, item: Question, work: Callable[[], None]) -> None:
        """Does the work beside the kernel's own thread, so that the page stays able to talk to it."""
        self._running.add(item.identifier)
        self._show_running(item)
        threading.Thread(target=self._finish, args=(item, work), daemon=True).start()

    def _finish(self, item: Question, work: Callable[[], None]) -> None:
        failure = ""
        try:
            with one_run:
                work()
        except Exception as error:  # the app may have been edited; the learner reads what it raised
            failure = f"The run failed. {type(error).__name__}: {error} Put it right, then try again."
        with self._answering:
            self._running.discard(item.identifier)
            self.refresh(item.identifier, failure)

    def _try(self, item: OrderItem, answer: Any, confidence: str) -> None:
        trial = try_program(item, answer)
        picture = card.paragraph(trial.words) + (trial.timeline.html() if trial.timeline else "")
        judged = of_score(item, trial.score)
        with self._answering:
            self._pictures[item.identifier] = picture
            self._record(item, "answer", answer, judged.outcome, judged.score, confidence)

    def _refute(self, item: Question, belief: str) -> None:
        run = refute(self._beliefs[belief])
        self._pictures[item.identifier] = run.reading + run.observation.timeline.html()

    def _show_running(self, item: Question) -> None:
        state = self._state(item)
        waiting = [{**button, "enabled": False} for button in state["buttons"]]
        self.show({item.identifier: {**state, "buttons": waiting, "status": _RUNNING, "tone": "busy", "spoken": ""}})

    def _record(
        self, item: Question, action: Action, answer: Any, outcome: str, score: float = 0.0, confidence: str = ""
    ) -> None:
        self._store.add(attempt(item, action, answer, outcome, score, confidence))
        for other in list(_alive):  # the same question may be on the page twice
            other.refresh(item.identifier)

    def _standing(self, item: Question) -> Standing:
        made = self._store.attempts(item.identifier)
        return standing(item, [past for past in made if past.time >= self._since])


_alive: WeakSet[Quiz] = WeakSet()
