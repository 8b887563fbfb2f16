"""What can go wrong in the lab, each with the next step.

LabError
├── ServerFailed        the app's own start-up code raised
├── ServerNotRunning    a request to a server that is stopped
├── ServerTimeout       no answer within the client's patience
├── ExperimentFailed    a run came to no observation
├── UnknownExperiment   no experiment has this name
├── UnknownClaim        no claim has this id
├── UnknownPath         the app has no such path
├── BrokerFailed        a broker did not come up, or does not answer
├── BrokerNotOurs       a broker that is not ours should be stopped
├── WorkerFailed        a Celery worker did not come up
└── WorkerNotRunning    something was asked of a worker that is stopped
"""

from collections.abc import Callable, Iterable
from difflib import get_close_matches


class LabError(Exception):
    """The family; a notebook shows the sentence and no traceback, since the learner's next step is in it."""

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


class ServerFailed(LabError):
    """Raised by `LiveServer.start` when the app's lifespan fails; the app's own exception is the cause."""


class ServerNotRunning(LabError):
    """Raised when a request is made through a server that is stopped."""


class ServerTimeout(LabError):
    """Raised by `LiveServer.burst` when a request has no answer in time."""


class ExperimentFailed(LabError):
    """Raised by an experiment that could not observe what it looks at."""


class UnknownExperiment(LabError, LookupError):
    """Raised for a name that no experiment has."""


class UnknownClaim(LabError, LookupError):
    """Raised for an id that no claim in the ledger has."""


class UnknownPath(LabError, LookupError):
    """Raised for a path that the app does not serve."""


class BrokerFailed(LabError):
    """Raised by `Broker` when it does not come up or does not answer, or when its address cannot be read."""


class BrokerNotOurs(LabError):
    """Raised when a broker that somebody else runs should be stopped, killed or paused."""


class WorkerFailed(LabError):
    """Raised by `LiveWorker` when its process does not come up; says the end of its log."""


class WorkerNotRunning(LabError):
    """Raised when something is asked of a worker that is stopped."""


def suggestion(name: str, known: Iterable[str], quote: Callable[[str], str] = repr) -> str:
    """The nearest known name as a question, written by `quote`, or all of them as a list."""
    names = list(known)
    near = get_close_matches(name, names, n=1)
    return f"Did you mean {quote(near[0])}?" if near else f"There are: {', '.join(names)}."
