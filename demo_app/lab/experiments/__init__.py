"""Experiments: small live runs whose facts are always the same when a statement is true.

Each is a function `experiment(target=None, ...) -> Observation` in a module of this package, found by its name.
"""

import functools
import importlib
import pkgutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from demo_app.lab.errors import ExperimentFailed, UnknownExperiment, suggestion
from demo_app.lab.timeline import Timeline

__all__ = [
    "Experiment",
    "ExperimentFailed",
    "Fact",
    "Observation",
    "UnknownExperiment",
    "app_experiment",
    "experiment",
    "names",
    "needs_a_worker",
    "needs_the_whole_app",
    "question",
    "run",
    "runs_on_the_app",
    "whole_app_experiment",
    "worker_experiment",
]

Fact = str | int | list[str]
Experiment = Callable[..., "Observation"]

_one_at_a_time = threading.RLock()  # an experiment replaces names in modules; clicks come on other threads


@dataclass(frozen=True)
class Observation:
    """What a run showed: `facts` are asserted, `timeline` is for looking at."""

    facts: Mapping[str, Fact]
    timeline: Timeline

    def __repr__(self) -> str:
        return f"<Observation: {', '.join(f'{name} = {value}' for name, value in self.facts.items())}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self.timeline.html()}


def experiment(function: Experiment) -> Experiment:
    """Marks a function of this package as an experiment, and lets only one run at a time in this process."""

    @functools.wraps(function)
    def alone(target: Any = None, **arguments: Any) -> Observation:
        with _one_at_a_time:
            return function(target, **arguments)

    alone.is_experiment = True  # type: ignore[attr-defined]
    return alone


def app_experiment(function: Experiment) -> Experiment:
    """Marks an experiment on endpoints of the course's own app, which a learner's server has too."""
    alone = experiment(function)
    alone.runs_on_the_app = True  # type: ignore[attr-defined]
    return alone


def whole_app_experiment(function: Experiment) -> Experiment:
    """Marks an experiment that needs the whole app, with its database: it runs on the releases that the app needs."""
    alone = experiment(function)
    alone.needs_the_whole_app = True  # type: ignore[attr-defined]
    return alone


def worker_experiment(function: Experiment) -> Experiment:
    """Marks an experiment with real Celery workers, which takes seconds; its target are Celery settings to try."""
    alone = whole_app_experiment(function)
    alone.needs_a_worker = True  # type: ignore[attr-defined]
    return alone


def needs_a_worker(name: str) -> bool:
    """Whether this experiment starts Celery workers: new processes, and so some seconds."""
    return getattr(_find(name), "needs_a_worker", False)


def needs_the_whole_app(name: str) -> bool:
    """Whether this experiment runs only where the app itself does, and not on an older FastAPI."""
    return getattr(_find(name), "needs_the_whole_app", False)


def runs_on_the_app(name: str) -> bool:
    """Whether this experiment may have the app of a learner's server as its target."""
    return getattr(_find(name), "runs_on_the_app", False)


def run(name: str, target: Any = None, **arguments: Any) -> Observation:
    """The observation of the experiment of this name, on its own app or on `target`.

    A few take `arguments`, such as how many requests are sent.

    Raises `UnknownExperiment`, or `ExperimentFailed` when the target shows nothing of what is looked for.
    """
    return _find(name)(target, **arguments)


def question(name: str) -> str:
    """What this experiment looks at, in a sentence."""
    return (_find(name).__doc__ or "").partition("\n")[0]


def names() -> list[str]:
    """The names of all experiments."""
    return sorted(_all())


def _find(name: str) -> Experiment:
    found = _all()
    if name not in found:
        raise UnknownExperiment(f"There is no experiment {name!r}. {suggestion(name, sorted(found))}")
    return found[name]


@functools.cache
def _all() -> dict[str, Experiment]:
    modules = [_module(module.name) for module in pkgutil.iter_modules(__path__)]
    found = [value for names in modules for value in names.values() if hasattr(value, "is_experiment")]
    return {function.__name__: function for function in found}


def _module(name: str) -> Mapping[str, Any]:
    """What this module has: nothing where it needs more than the web stack, as on an older release without Celery."""
    try:
        return vars(importlib.import_module(f"{__name__}.{name}"))
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("demo_app"):
            raise
        return {}
