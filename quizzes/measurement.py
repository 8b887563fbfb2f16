"""What happened when a prediction was put to the test: the facts of its experiment, and a picture."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from quizzes.errors import PredictionFailed
from quizzes.kinds import Outlook, PredictItem
from quizzes.kinds.base import Verify
from quizzes.markup import plain
from quizzes.proof import observe

if TYPE_CHECKING:
    from demo_app.lab.timeline import Timeline

Run = Callable[[], "Timeline"]
one_run = threading.Lock()  # held while something runs for a picture: two at once would disturb each other's


@dataclass(frozen=True)
class Measurement:
    """The observed facts, the choice that they pick, and the timeline to look at."""

    item: PredictItem
    facts: Mapping[str, Any]
    choice: Outlook
    timeline: "Timeline"

    def __repr__(self) -> str:
        return f'<Prediction {self.item.identifier}: {self.words} → "{plain(self.choice.content)}">'

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self.timeline.html()}

    @property
    def words(self) -> str:
        """The facts in one line, without a second in it."""
        return ", ".join(f"{name} = {value}" for name, value in self.facts.items())


def measure(item: PredictItem, run: Run | None) -> Measurement:
    """Does the learner's `run` for the picture, then the item's experiment for the facts.

    Raises `PredictionFailed` if the facts agree with no choice or with several, `LabError` if the experiment
    observes nothing, and whatever `run` raises.
    """
    pictured = run() if run else None
    if run and not hasattr(pictured, "html"):
        raise PredictionFailed("`run` must return a timeline, as `server.burst(...)` does.")
    observation = observe(Verify.of(item.experiment))
    choice = happened(item, observation.facts)
    return Measurement(item, observation.facts, choice, pictured or observation.timeline)


def happened(item: PredictItem, facts: Mapping[str, Any]) -> Outlook:
    """The one choice whose facts are all among the observed ones. Raises `PredictionFailed` unless exactly one is."""
    agreeing = [c for c in item.choices if all(facts.get(name) == fact for name, fact in c.facts.items())]
    if len(agreeing) == 1:
        return agreeing[0]
    found = " and ".join(choice.identifier for choice in agreeing) or "no choice"
    raise PredictionFailed(
        f"Prediction {item.identifier!r}: experiment {item.experiment!r} observed {dict(facts)}, which agrees with "
        f"{found}. Exactly one choice must agree: correct the `facts` in the bank, or look what changed in the app."
    )
