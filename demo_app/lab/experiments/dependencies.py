"""What lives how long around a background task: the experiments of lesson 04."""

from typing import Any

from demo_app.lab.experiments import Fact, Observation, experiment
from demo_app.lab.experiments.targets import as_app
from demo_app.lab.experiments.targets.dependencies import yielding_app
from demo_app.lab.trace import Span
from demo_app.lab.visit import visit


@experiment
def teardown_and_task(target: Any = None) -> Observation:
    """In which order the answer is sent, a task runs, and the dependency whose resource it uses is torn down."""
    app = as_app(target, "/task", yielding_app)
    seen = visit(app, "/task")
    order = [what for _, what in sorted(moment for span in seen.spans for moment in _moments(span))]
    facts: dict[str, Fact] = {"order": order, "the task finds the resource": getattr(app.state, "found", "unknown")}
    return Observation(facts, seen.timeline)


def _moments(span: Span) -> list[tuple[int, str]]:
    """What of this span is looked at, and when."""
    match span.kind:
        case "request":
            return [(span.events["response end"], "the answer is sent")]
        case "background task":
            return [(span.start_time, "the task begins"), (span.end_time or 0, "the task ends")]
        case "teardown":
            return [(span.start_time, "the dependency is torn down")]
    return []
