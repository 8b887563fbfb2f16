"""What Celery does for a task that a background task has to do without: experiments of lesson 03 with real workers."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from demo_app.lab.broker import Broker
from demo_app.lab.experiments import Fact, Observation, worker_experiment
from demo_app.lab.gate import until
from demo_app.lab.queues import PATIENCE, Queue
from demo_app.lab.worker import LiveWorker

if TYPE_CHECKING:
    from celery.result import AsyncResult

SHORT_TASKS = 20


@worker_experiment
def short_celery_tasks(target: Mapping[str, Any] | None = None, broker: Broker | None = None) -> Observation:
    """Twenty tasks that take no time, sent behind a long one: how many come back while that one still works?"""
    with Queue(broker, target) as queue:
        queue.worker(2)
        return Observation(_behind_a_long_one(queue), queue.timeline)


# The results of an experiment live in a function of its own, which ends before the broker does: each of them
# unsubscribes when it is dropped, and from a Redis that is gone that takes twenty seconds (measured, Celery 5.7).
def _behind_a_long_one(queue: Queue) -> dict[str, Fact]:
    long = queue.send("held")
    queue.until("started", 1)
    sent = [queue.send("quick", number) for number in range(SHORT_TASKS)]
    queue.until("done", SHORT_TASKS)
    returned = [result.get(timeout=PATIENCE) for result in sent]
    facts: dict[str, Fact] = {
        "short tasks sent": len(sent),
        "results that came back": sum(result == number for number, result in enumerate(returned)),
        "the long task before them": "done" if queue.journal.count("done", long.id) else "still at work",
    }
    queue.journal.open()
    queue.until("done", 1 + SHORT_TASKS)
    return facts


@worker_experiment
def states_of_a_task(target: Mapping[str, Any] | None = None, broker: Broker | None = None) -> Observation:
    """What the result backend says of a task, from before it begins to after its result has expired."""
    with Queue(broker, target) as queue:
        queue.worker(4)
        return Observation(_states(queue) | _without_a_backend(queue), queue.timeline)


def _states(queue: Queue) -> dict[str, Fact]:
    tracked, untracked = queue.send("held"), queue.send("held, not tracked")
    failing, working = queue.send("held_then_fails"), queue.send("with_progress", 1)
    queue.until("started", 4)
    facts: dict[str, Fact] = {
        "an id that nobody sent": queue.celery.AsyncResult(uuid4().hex).state,
        "waiting for a free process": queue.send("quick").state,
        "running": tracked.state,
        "running, with track_started off": untracked.state,
    }
    queue.journal.open("step1")
    queue.until("noted", 1)
    facts["running, and telling"] = f"{working.state} {working.info}"
    queue.journal.open("end")
    queue.journal.open()
    facts["returned"], facts["raised"] = _end(working), _end(failing)
    working.forget()
    facts["returned, and its result has expired"] = working.state
    queue.until("done", 4)
    return facts


def _end(result: "AsyncResult") -> str:
    """The last state of a task, and what it returned or raised."""
    until(result.ready, f"The task {result.id} came to no end.", PATIENCE)
    return f"{result.state} {result.result!r}"


def _without_a_backend(queue: Queue) -> dict[str, Fact]:
    from celery import Celery

    with Celery(broker=queue.broker.url, set_as_current=False) as app:
        result = app.AsyncResult(uuid4().hex)
    return {
        "without a backend, state": _raised(lambda: result.state),
        "without a backend, get()": _raised(result.get),
    }


def _raised(call: Callable[[], Any]) -> str:
    try:
        call()
    except Exception as error:
        return type(error).__name__
    return "nothing"


@worker_experiment
def celery_retries(target: Mapping[str, Any] | None = None, broker: Broker | None = None) -> Observation:
    """How often a failing task is run, after which errors and with which pauses, with `autoretry_for` and without."""
    with Queue(broker, target) as queue:
        return Observation(_retries(queue, queue.worker(2)), queue.timeline)


def _retries(queue: Queue, worker: LiveWorker) -> dict[str, Fact]:
    patient, failing = queue.send("flaky, no backoff", 1), queue.send("flaky", 99)
    tasks = {
        "no option, fails once": queue.send("flaky without retries", 1),
        "autoretry_for, fails once": queue.send("flaky", 1),
        "autoretry_for, fails always": failing,
        "autoretry_for, raises another error": queue.send("flaky", "no number"),
    }
    return {
        **{what: _runs(queue, result) for what, result in tasks.items()},
        "pauses with retry_backoff": _pauses(queue, worker, failing),
        "pauses without it": _pauses(queue, worker, patient),
        "state during a pause": patient.state,
    }


def _runs(queue: Queue, result: "AsyncResult") -> str:
    """How often a task was run, and what its last run came to."""
    end, runs = _end(result).partition("(")[0], queue.journal.count("started", result.id)
    return f"{runs} {'run' if runs == 1 else 'runs'}, {end}"


def _pauses(queue: Queue, worker: LiveWorker, result: "AsyncResult") -> list[str]:
    """The pauses that the worker announced in its log, where each run that failed has a line."""
    until(lambda: queue.journal.count("raised", result.id) > 0, "A task that fails did not.", PATIENCE)
    failed, line = queue.journal.count("raised", result.id), rf"\[{result.id}\] (?:retry: Retry in (\d+s)|raised)"

    def told() -> list[str]:
        return re.findall(line, "\n".join(worker.logs))

    until(lambda: len(told()) == failed, "The worker did not log what became of a task.", PATIENCE)
    return [pause for pause in told() if pause]


@worker_experiment
def celery_runs_elsewhere(target: Mapping[str, Any] | None = None, broker: Broker | None = None) -> Observation:
    """In which processes tasks run, and which of two workers take two that are there at the same moment."""
    # Acknowledged late, since a worker of one process would else take the second message in reserve.
    with Queue(broker, target, task_acks_late=True) as queue:
        workers = [queue.worker(), queue.worker()]
        here = queue.send("where").get(timeout=PATIENCE) == os.getpid()
        facts: dict[str, Fact] = {
            "a task runs": "in the process that sent it" if here else "in another process",
            "two at once": "one after the other" if here else _shared(queue, workers),
            "an argument that is not JSON": _raised(lambda: queue.send("quick", object())),
        }
        return Observation(facts, queue.timeline)


def _shared(queue: Queue, workers: Sequence[LiveWorker]) -> str:
    """How two tasks that are held are shared among these workers."""
    held = {queue.send("held").id for _ in range(2)}
    processes = {mark.pid for mark in queue.until("started", 1 + len(held)) if mark.id in held}
    queue.journal.open()
    queue.until("done", 1 + len(held))
    each = [len(processes & {worker.pid, *worker.pool}) for worker in workers]
    return "one by each worker" if each == [1, 1] else "both by one worker"
