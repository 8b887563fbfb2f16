"""What it takes until a task runs in a worker: packages, settings, imports; and which snippets run by themselves."""

import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from importlib.metadata import metadata, packages_distributions, requires
from typing import Any
from uuid import uuid4

from demo_app.lab import sender
from demo_app.lab.broker import Broker
from demo_app.lab.errors import suggestion
from demo_app.lab.experiments import ExperimentFailed, Fact, Observation, whole_app_experiment, worker_experiment
from demo_app.lab.experiments.targets.snippets import BODY, LONG_TASK, SNIPPETS, TEXTS, VISITED, snippets_app
from demo_app.lab.gate import until
from demo_app.lab.process import ServerProcess
from demo_app.lab.queues import PATIENCE, Queue
from demo_app.lab.timeline import Timeline

# Celery's own values where a queue of ours has others.
AS_SHIPPED: Mapping[str, Any] = {
    "broker_connection_retry_on_startup": None,
    "broker_transport_options": {
        "visibility_timeout": 3600,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 10,
    },
    "task_track_started": False,
    "worker_prefetch_multiplier": 4,
}
SENT = ("broker_url", "broker_transport_options", "task_default_queue")  # settings that whoever sends needs


@worker_experiment
def extra_brings_the_client(target: str | None = None, broker: Broker | None = None) -> Observation:
    """What an extra of Celery adds that a message to Redis needs, and one to RabbitMQ does not; `target` is another."""
    extra = target or "redis"
    added = sorted(_added("celery", extra))
    if not added:
        known = metadata("celery").get_all("Provides-Extra") or []
        raise ExperimentFailed(f"Celery has no extra {extra!r} that adds a package. {suggestion(extra, known)}")
    with Queue(broker) as queue:
        facts: dict[str, Fact] = {"it adds": added}
        facts |= {f"without {package}": _send(queue, [package]) for package in added}
        facts["with all of them"] = _send(queue, [])
        facts["messages at the broker"] = queue.left()
        return Observation(facts, queue.timeline)


def _added(package: str, extra: str) -> Iterator[str]:
    """The packages that this one requires only with this extra, or with the extras of others that it names."""
    from packaging.requirements import Requirement

    for requirement in map(Requirement, requires(package) or []):
        condition = requirement.marker
        if condition and condition.evaluate({"extra": extra}) and not condition.evaluate({"extra": ""}):
            for further in requirement.extras:
                yield from _added(requirement.name, further)
            if not requirement.extras:
                yield requirement.name


def _send(queue: Queue, missing: Collection[str]) -> str:
    """What comes of sending a message from a process that cannot import these packages."""
    id = uuid4().hex  # noqa: A001
    modules = [module for module, packages in packages_distributions().items() if not {*missing}.isdisjoint(packages)]
    task = {"missing": modules, "settings": {name: queue.celery.conf[name] for name in SENT}, "id": id}
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", sender.__name__]
    done = subprocess.run(
        command, input=json.dumps(task), env=environ, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    said = done.stdout.strip()
    if done.returncode:
        raise ExperimentFailed(f"A process that should send a message failed: {done.stderr.strip().splitlines()[-1]}")
    if said == "sent":
        queue.journal.write(id, "quick", "sent")
    return said


@worker_experiment
def often_shown_configuration(target: Mapping[str, Any] | None = None, broker: Broker | None = None) -> Observation:
    """A Celery app with a broker, a backend and no other setting: does a task run, and what is left open?"""
    with Queue(broker, target, **AS_SHIPPED) as queue:
        facts, settings = _course(queue), queue.celery.conf
        facts["time limit"] = settings.task_time_limit or "none"
        facts["acknowledged"] = "at the end" if settings.task_acks_late else "at the start"
        facts["the result is kept for"] = str(settings.result_expires)
        return Observation(facts, queue.timeline)


def _course(queue: Queue) -> dict[str, Fact]:
    """What is to be known of a task without a worker, with one, and in the end."""
    result = queue.send("held", {"cake": "ready"})
    facts: dict[str, Fact] = {"without a worker": f"{result.state}, {queue.left()} message waits"}
    queue.worker()
    queue.until("started", 1)
    facts["while it runs"] = result.state
    queue.journal.open()
    returned = result.get(timeout=PATIENCE)
    facts["in the end"] = f"{result.state} {returned}"
    return facts


@worker_experiment
def long_task_returns_a_dict(target: str | None = None, broker: Broker | None = None) -> Observation:
    """A task sleeps and returns a dict, in a module with `import time` and without; `target` is another module."""
    alone = target or LONG_TASK
    with Queue(broker) as queue:
        queue.worker()
        facts: dict[str, Fact] = {
            "with the import": _end(queue, f"import time\n{alone}"),
            "without it": _end(queue, alone),
            "modules that load": queue.journal.count("noted"),
        }
        return Observation(facts, queue.timeline)


def _end(queue: Queue, source: str) -> str:
    """The last state of the task in this module, and what it returned or raised."""
    result = queue.send("of_a_module", source, "bake")
    returned = result.get(timeout=PATIENCE, propagate=False)
    return f"{result.state} {returned!r}"


@whole_app_experiment
def snippets_alone(target: Mapping[str, str] | None = None) -> Observation:
    """Which of seven snippets run alone, and which only together; `target` are others, by name."""
    with ServerProcess(snippets_app, **{TEXTS: json.dumps(target or SNIPPETS)}) as server:
        outcomes: dict[str, Fact] = json.loads(server.told() or "{}")
        status = server.client.post(VISITED, json=BODY).status_code
        until(lambda: all(span.end_time for span in server.spans()), "The request to the snippets came to no end.")
        spans = server.spans()
    runs = any(span.kind == "background task" for span in spans)
    outcomes["a request to the first three"] = f"{status}, the task {'runs' if runs else 'never runs'}"
    return Observation(outcomes, Timeline(spans))
