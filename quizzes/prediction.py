"""Predictions: commit to an answer, then the run starts, then look, then read why."""

import os
import threading
from typing import Any

from quizzes import stages
from quizzes.errors import UnknownChoice
from quizzes.kinds import PredictItem
from quizzes.measurement import Measurement, Run, measure, one_run
from quizzes.model import Bank
from quizzes.page import notes
from quizzes.reader import prediction
from quizzes.store import Action, Attempt, Store, attempt, current_store
from quizzes.widget import Sheet


def predict(identifier: str, run: Run | None = None, answer: str | None = None) -> "Prediction | Measurement":
    """A prediction to commit to; `run` returns the timeline to draw, `answer` commits in code.

    With `PREDICTIONS=skip` in the environment it is measured at once. Raises `UnknownItem` and `UnknownChoice`.
    """
    item, bank = prediction(identifier)
    if answer is not None and answer not in _identifiers(item):
        known = ", ".join(_identifiers(item))
        raise UnknownChoice(f"Prediction {identifier!r} has no choice {answer!r}. There are: {known}.")
    if os.environ.get("PREDICTIONS") == "skip":
        return measure(item, run)
    shown = Prediction(item, bank, current_store(), run)
    if answer is not None:
        shown.commit(answer)
    return shown


class Prediction(Sheet):
    """The live prediction: locked until a commitment, then measured and explained."""

    def __init__(self, item: PredictItem, bank: Bank, store: Store, run: Run | None) -> None:
        self._item, self._store, self._run = item, store, run
        self._seen = stages.seen(item)
        self._result: Measurement | None = None
        self._observed: str | None = None
        self._explained = False
        self._is_running = False
        self._acting = threading.RLock()
        self._chosen, stale = self._committed_before()
        first = stages.committed_before(self._chosen) if self._chosen else stages.choosing()
        states = {item.identifier: {**first, "notes": notes(stale, "")}, self._seen: stages.HIDDEN}
        faces, later = [stages.prediction_face(item)], [stages.seen_face(item)]
        super().__init__(faces, states, bank.lang, stages.INVITATION, later)

    def __repr__(self) -> str:
        return f"<Prediction {self._item.identifier}: choose and commit>"

    def respond(self, identifier: str, action: str, answer: Any, confidence: str = "") -> None:
        """Commits, runs (also without a prediction), notes what was seen, or starts over; never blocks."""
        with self._acting:
            choice = self._choice(answer)
            if identifier == self._seen:
                self._look(action, choice)
            elif self._is_running:
                self._show_prediction(stages.running(self._chosen))
            elif action == "commit" and self._chosen is None:
                self._commit(choice)
            elif action in ("run", "again"):
                self._start()
            elif action == "restart":
                self._restart()

    def commit(self, answer: str) -> None:
        """Commits to `answer` and runs; returns when the measurement is shown."""
        self._chosen = answer
        self._record("prediction", answer)
        self._is_running = True
        self._measure()

    def _commit(self, choice: str | None) -> None:
        if choice is None:
            self._show_prediction(stages.choosing("Choose an answer first."))
            return
        self._chosen = choice
        self._record("prediction", choice)
        self._start()

    def _start(self) -> None:
        self._is_running = True
        self._show_prediction(stages.running(self._chosen))
        # Not in the kernel's own thread: the page must stay able to talk to it.
        threading.Thread(target=self._measure, daemon=True).start()

    def _measure(self) -> None:
        try:
            with one_run:
                result = measure(self._item, self._run)
        except Exception as error:  # the learner's own code runs here; whatever it raises is theirs to read
            with self._acting:
                self._is_running = False
                self._show_prediction(stages.failed(self._chosen, error))
        else:
            with self._acting:
                self._is_running = False
                self._show_result(result)

    def _show_result(self, result: Measurement) -> None:
        self._result = result
        if self._chosen:
            self._record("measurement", self._chosen)
        self._show_prediction(stages.measured(self._item, self._chosen, result))
        if self._explained:
            self._explain()
        else:
            self.show({self._seen: stages.asking()})

    def _look(self, action: str, choice: str | None) -> None:
        if self._result is None or self._explained:
            return
        if action == "observe" and choice is None:
            self.show({self._seen: stages.asking("Choose what you saw first, or skip.")})
            return
        if action == "observe":
            self._observed = choice
            self._record("observation", choice)
        self._explain()

    def _explain(self) -> None:
        if self._result:
            self._explained = True
            state = stages.explained(self._item, self._chosen, self._observed, self._result)
            self.show({self._seen: state})

    def _restart(self) -> None:
        self._chosen = self._result = self._observed = None
        self._explained = False
        self._record("restart", None)
        self._show_prediction(stages.choosing())
        self.show({self._seen: stages.HIDDEN})

    def _show_prediction(self, state: dict[str, Any]) -> None:
        self.show({self._item.identifier: {**state, "notes": notes(False, self._store.notice)}})

    def _record(self, action: Action, choice: str | None) -> None:
        """Keeps what was done; whether it was right is known once there is a result, and not for a commitment."""
        judged = self._result is not None and choice is not None
        right = judged and self._result is not None and choice == self._result.choice.identifier
        outcome = ("right" if right else "wrong") if judged else "recorded"
        self._store.add(attempt(self._item, action, choice, outcome, float(right)))

    def _committed_before(self) -> tuple[str | None, bool]:
        """The choice of an earlier session, and whether all there is was given to another wording."""
        attempts = self._store.attempts(self._item.identifier)
        current = [past for past in attempts if past.digest == self._item.digest]
        return _last_commitment(current), bool(attempts) and not current

    def _choice(self, answer: Any) -> str | None:
        chosen = answer[0] if isinstance(answer, list) and answer else None
        return chosen if chosen in _identifiers(self._item) else None


def _last_commitment(attempts: list[Attempt]) -> str | None:
    chosen: str | None = None
    for past in attempts:
        if past.action == "prediction":
            chosen = past.given
        elif past.action == "restart":
            chosen = None
    return chosen


def _identifiers(item: PredictItem) -> list[str]:
    return [choice.identifier for choice in item.choices]
