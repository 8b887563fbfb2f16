"""What the experiment behind a key observes now, and where it differs from what is wanted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from quizzes.kinds import Question
from quizzes.kinds.base import Verify

if TYPE_CHECKING:
    from demo_app.lab.experiments import Observation


@dataclass(frozen=True)
class Difference:
    """A fact that was wanted, and what was observed in its place: None if there is no such fact."""

    name: str
    wanted: Any
    observed: Any


def observe(verify: Verify, target: Any = None) -> "Observation":
    """What the experiment that proves a key observes now. Raises `LabError` when it observes nothing."""
    from demo_app.lab import experiments  # the app is loaded when something runs, not when a question is shown

    return experiments.run(verify.experiment, target, **verify.arguments)


def keyed(item: Question) -> Question:
    """The question with its key, observed now if it is not written. Raises `LabError` or `ValueError`."""
    return item if item.verify.key is None else item.with_key(observe(item.verify).facts)


def difference(wanted: Mapping[str, Any], facts: Mapping[str, Any]) -> Difference | None:
    """The first wanted fact that was not observed; None if all were."""
    found = (Difference(name, fact, facts.get(name)) for name, fact in wanted.items() if facts.get(name) != fact)
    return next(found, None)
