"""Predictions: commit to an answer, then the run starts, then look, then read why."""

import os
import threading
from typing import Any

from quizzes import comparison, stages
from quizzes.errors import UnknownChoice
from quizzes.grading import Outcome
from quizzes.kinds import Answer, Forecast
from quizzes.measurement import Measurement, Run, measure, one_run
from quizzes.model import Bank
from quizzes.page import notes
from quizzes.reader import prediction
from quizzes.store import Action, Attempt, Store, attempt, current_store
from quizzes.widget import Sheet


def predict(identifier: str, run: Run | None = None, answer: Answer = None) -> "Prediction | Measurement":
    """A prediction to commit to; `run` returns the timeline to draw, `answer` commits in code.

    With `PREDICTIONS=skip` in the environment it is measured at once. Raises `UnknownItem` and `UnknownChoice`.
    """
    item, bank = prediction(identifier)
    if answer is not None and item.missing(item.fields(answer)):
        raise UnknownChoice(f"Prediction {identifier!r} has no choice {answer!r}. {item.known}")
    if os.environ.get("PREDICTIONS") == "skip":
        return measure(item, run)
    shown = Prediction(item, bank, current_store(), run)
    if answer is not None:
        shown.commit(item.guess(item.fields(answer)))
    return shown


class Prediction(Sheet):
    """The live prediction: locked until a commitment, then measured and explained."""

    def __init__(self, item: Forecast, bank: Bank, store: Store, run: Run | None) -> None:
        self._item, self._store, self._run = item, store, run
        self._seen = comparison.seen(item)
        self._result: Measurement | None = None
        self._observed: Answer = None
        self._explained = False
        self._is_running = False
        self._acting = threading.RLock()
        self._chosen, stale = self._committed_before()
        first = stages.committed_before(item, self._chosen) if self._chosen else stages.choosing(item)
        states = {item.identifier: {**first, "notes": notes(stale, "")}, self._seen: stages.HIDDEN}
        faces, later = [stages.prediction_face(item)], [comparison.seen_face(item)]
        super().__init__(faces, states, bank.lang, stages.INVITATION, later)

    def __repr__(self) -> str:
        return f"<Prediction {self._item.identifier}: choose and commit>"

    def respond(self, identifier: str, action: str, answer: Any, confidence: str = "") -> None:
        """Commits, runs (also without a prediction), notes what was seen, or starts over; never blocks."""
        with self._acting:
            if identifier == self._seen:
                self._look(action, answer)
            elif self._is_running:
                self._show_prediction(stages.running(self._item, self._chosen))
            elif action == "commit" and self._chosen is None:
                self._commit(answer)
            elif action in ("run", "again"):
                self._start()
            elif action == "restart":
                self._restart()

    def commit(self, guess: Answer) -> None:
        """Commits to `guess` and runs; returns when the measurement is shown."""
        self._chosen = guess
        self._record("prediction", guess)
        self._is_running = True
        self._measure()

    def _commit(self, answer: Answer) -> None:
        if reminder := self._item.missing(answer):
            self._show_prediction(stages.choosing(self._item, reminder))
            return
        self._chosen = self._item.guess(answer)
        self._record("prediction", self._chosen)
        self._start()

    def _start(self) -> None:
        self._is_running = True
        self._show_prediction(stages.running(self._item, self._chosen))
        # Not in the kernel's own thread: the page must stay able to talk to it.
        threading.Thread(target=self._measure, daemon=True).start()

    def _measure(self) -> None:
        try:
            with one_run:
                result = measure(self._item, self._run)
        except Exception as error:  # the learner's own code runs here; whatever it raises is theirs to read
            with self._acting:
                self._is_running = False
                self._show_prediction(stages.failed(self._item, self._chosen, error))
        else:
            with self._acting:
                self._is_running = False
                self._show_result(result)

    def _show_result(self, result: Measurement) -> None:
        self._result = result
        if self._chosen:
            self._record("measurement", self._chosen)
        self._show_prediction(comparison.measured(self._item, self._chosen, result))
        if self._explained:
            self._explain()
        else:
            self.show({self._seen: comparison.asking(self._item)})

    def _look(self, action: str, answer: Answer) -> None:
        if self._result is None or self._explained:
            return
        if action == "observe" and self._item.missing(answer):
            self.show({self._seen: comparison.asking(self._item, "Choose what you saw first, or skip.")})
            return
        if action == "observe":
            self._observed = self._item.guess(answer)
            self._record("observation", self._observed)
        self._explain()

    def _explain(self) -> None:
        if self._result:
            self._explained = True
            state = comparison.explained(self._item, self._chosen, self._observed, self._result)
            self.show({self._seen: state})

    def _restart(self) -> None:
        self._chosen = self._result = self._observed = None
        self._explained = False
        self._record("restart", None)
        self._show_prediction(stages.choosing(self._item))
        self.show({self._seen: stages.HIDDEN})

    def _show_prediction(self, state: dict[str, Any]) -> None:
        self.show({self._item.identifier: {**state, "notes": notes(False, self._store.notice)}})

    def _record(self, action: Action, guess: Answer) -> None:
        """Keeps what was done; whether it was right is known once there is a result, and not for a commitment."""
        outcome, score = Outcome.RECORDED, 0.0
        if self._result and guess is not None:
            score = self._item.score(guess, self._result.key)
            outcome = Outcome.RIGHT if score == 1 else Outcome.PARTLY if score else Outcome.WRONG
        self._store.add(attempt(self._item, action, guess, outcome, score))

    def _committed_before(self) -> tuple[Answer, bool]:
        """The guess of an earlier session, and whether all there is was given to another wording."""
        attempts = self._store.attempts(self._item.identifier)
        current = [past for past in attempts if past.digest == self._item.digest]
        return _last_commitment(current), bool(attempts) and not current


def _last_commitment(attempts: list[Attempt]) -> Answer:
    chosen: Answer = None
    for past in attempts:
        if past.action == "prediction":
            chosen = past.given
        elif past.action == "restart":
            chosen = None
    return chosen
