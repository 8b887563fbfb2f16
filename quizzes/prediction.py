"""An answer before the run: only committing it starts the run, whose facts then say which answer holds."""

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from quizzes import banks, markup
from quizzes.errors import UnknownQuiz
from quizzes.grading import Outcome, what_happened
from quizzes.model import PredictItem
from quizzes.session import State
from quizzes.store import Attempt, Store, default_store
from quizzes.widget import QuizWidget, Shown

if TYPE_CHECKING:
    from demo_app.lab.experiments import Observation
    from demo_app.lab.timeline import Timeline

Run = Callable[[], "Timeline"]

_LOCKED = "Choose, then commit. Only then does it run."


def predict(identifier: str, run: Run | None = None, answer: str | None = None) -> "Shown | Measured":
    """The prediction of this identifier, locked until it is committed.

    Committing calls `run`, your own requests to your own server, for the picture, and the item's experiment for
    the facts. With `answer` it is committed at once; with PREDICTIONS=skip in the environment the run is made
    without one. Raises `UnknownQuiz`.
    """
    item = banks.item(identifier)
    if not isinstance(item, PredictItem):
        raise UnknownQuiz(f"{identifier!r} is a {item.kind} question, not a prediction; quiz(...) asks it.")
    if os.environ.get("PREDICTIONS") == "skip":
        return Measured(item, *_measure(item, run))
    prediction = _Prediction(item, run, default_store())
    if answer is not None:
        prediction.act(identifier, "answer", [answer])
    return Shown("Predict, then run", [item], prediction.widget)


class Measured:
    """What a run showed, and which choice that is. Its text holds facts only."""

    def __init__(self, item: PredictItem, timeline: "Timeline", observation: "Observation") -> None:
        self._item = item
        self._timeline = timeline
        self._observation = observation

    def __repr__(self) -> str:
        happened = what_happened(self._item, self._observation.facts)
        [content] = [choice.content for choice in self._item.choices if choice.identifier == happened]
        facts = ", ".join(f"{name}: {value}" for name, value in self._observation.facts.items())
        return f"<Prediction {self._item.identifier}: {content} ({facts})>"

    def _repr_html_(self) -> str:
        return self._timeline.html()


class _Prediction:
    """One learner at one prediction: choose, commit, see, say what was seen, read why."""

    def __init__(self, item: PredictItem, run: Run | None, store: Store) -> None:
        self._item, self._run, self._store = item, run, store
        self._running = threading.Lock()
        self._predicted: tuple[str, ...] = ()
        self._happened = ""
        self.state = self._restored()
        text = f"<Prediction {item.identifier}: choose and commit>"
        self.widget = QuizWidget(item.identifier, [item], {item.identifier: self.state}, self.act, text)

    def act(self, _: str, what: str, answer: list[str]) -> None:
        """Shows what a click leads to; a run goes on in a thread of its own and shows its end itself."""
        known = {choice.identifier for choice in self._item.choices}
        chosen = tuple(part for part in answer if part in known)
        if what == "answer" and not chosen:
            self._show(replace(self.state, message="Choose an answer first, or run without one."))
        elif what in ("answer", "skip", "again"):
            self._commit(chosen if what == "answer" else () if what == "skip" else self._predicted)
        elif what in ("observe", "explain") and self._happened:
            self._show(self._explained(chosen if what == "observe" else ()))
        elif what == "restart":
            self._show(State(message=_LOCKED))

    def _show(self, state: State) -> None:
        self.state = state
        self.widget.put(self._item.identifier, state)
        self.widget.notice = self._store.problem

    def _commit(self, predicted: tuple[str, ...]) -> None:
        if not self._running.acquire(blocking=False):
            return
        self._predicted = predicted
        self._show(State("running", predicted, "Running: waiting for the server …", final=True))
        threading.Thread(target=self._measure, daemon=True).start()

    def _measure(self) -> None:
        try:
            timeline, observation = _measure(self._item, self._run)
            self._happened = what_happened(self._item, observation.facts)
            self._keep("predict", self._predicted, self._happened)
            self._show(self._observing(timeline))
        except Exception as error:  # whatever the learner's own run raised is for the learner to read
            said = f"The run came to no result: {type(error).__name__}: {error}"
            self._show(State("failed", self._predicted, said, final=True))
        finally:
            self._running.release()

    def _observing(self, timeline: "Timeline") -> State:
        seconds = next((c.seconds for c in self._item.choices if c.identifier in self._predicted), None)
        message = "Measured. What do you see in the picture?"
        return State("observing", self._predicted, message, picture=timeline.html(predicted=seconds), final=True)

    def _explained(self, seen: tuple[str, ...]) -> State:
        if seen:
            self._keep("observe", seen, self._happened)
        return replace(
            self.state,
            status="explained",
            message=self._sentence(),
            feedback={choice.identifier: markup.inline(choice.feedback) for choice in self._item.choices},
            right=(self._happened,),
        )

    def _sentence(self) -> str:
        if not self._predicted:
            return "The marked answer is what happened."
        if self._happened in self._predicted:
            return "You predicted what happened."
        return "It happened otherwise than you predicted. Read why: this is where there is something to learn."

    def _keep(self, kind: str, answer: tuple[str, ...], happened: str) -> None:
        outcome: Outcome = "recorded" if not answer else "right" if happened in answer else "wrong"
        item = self._item
        self._store.add(Attempt(item.identifier, item.content_hash, kind, answer, outcome, float(outcome == "right")))

    def _restored(self) -> State:
        made = [a for a in self._store.attempts(self._item.identifier) if a.kind == "predict" and a.answer]
        if not made:
            return State(message=_LOCKED)
        if made[-1].content != self._item.content_hash:
            return State(badge="This question changed since you answered it.")
        return State(chosen=tuple(made[-1].answer), message="This was your last prediction. Commit to see it again.")


def _measure(item: PredictItem, run: Run | None) -> "tuple[Timeline, Observation]":
    from demo_app.lab import experiments

    timeline = run() if run is not None else None
    observation = experiments.run(item.experiment)
    return timeline or observation.timeline, observation
