"""What happened when a prediction was put to the test: the facts of its experiment, and a picture."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from quizzes.errors import PredictionFailed
from quizzes.kinds import Answer, Forecast, PredictTableItem
from quizzes.kinds.base import Verify
from quizzes.proof import observe

if TYPE_CHECKING:
    from demo_app.lab.timeline import Timeline

Run = Callable[[], "Timeline"]
one_run = threading.Lock()  # held while something runs for a picture: two at once would disturb each other's


@dataclass(frozen=True)
class Measurement:
    """The observed facts, the key that they pick, and the timeline to look at."""

    item: Forecast
    facts: Mapping[str, Any]
    key: Answer
    timeline: "Timeline"

    def __repr__(self) -> str:
        return f"<Prediction {self.item.identifier}: {self.item.in_words(self.facts, self.key)}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self.timeline.html()}


def measure(item: Forecast, run: Run | None) -> Measurement:
    """Does the learner's `run` for the picture, then the item's experiment for the facts.

    Raises `PredictionFailed` if the facts pick no key or several, `LabError` if the experiment observes nothing, and
    whatever `run` raises.
    """
    pictured = run() if run else None
    if run and not hasattr(pictured, "html"):
        raise PredictionFailed("`run` must return a timeline, as `server.burst(...)` does.")
    observation = observe(Verify.of(item.experiment))
    key = item.happened(observation.facts)
    timeline = pictured or observation.timeline
    if isinstance(item, PredictTableItem) and not hasattr(timeline, "cells"):
        what = "`run`" if run else f"experiment {item.experiment!r}"
        raise PredictionFailed(
            f"Prediction {item.identifier!r} is drawn in a table: its {what} must return a `MarkTable`."
        )
    return Measurement(item, observation.facts, key, timeline)
