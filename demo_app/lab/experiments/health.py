"""What a worker makes of a broker that restarts and of a setting that does not exist, and what a ping tells of it."""

import time
from collections.abc import Mapping
from itertools import count
from typing import Any

import psutil

from demo_app.lab.broker import Broker
from demo_app.lab.errors import WorkerFailed
from demo_app.lab.experiments import ExperimentFailed, Fact, Observation, worker_experiment
from demo_app.lab.experiments.deliveries import PACKAGES, stands_in
from demo_app.lab.experiments.targets.outages import let_go
from demo_app.lab.gate import until
from demo_app.lab.queues import PATIENCE, Queue
from demo_app.lab.worker import LiveWorker

WAITING = 3  # messages that wait while their broker is restarted
ANSWER = 60  # seconds that a worker may take to answer on a busy machine
BACK = 60  # seconds that it may take to find its broker again
MUTE = 1  # seconds in which one that cannot answer does not
LOST = "Connection to broker lost"
NONSENSE = "no number at all"


@worker_experiment
def broker_restarts(target: Mapping[str, Any] | None = None) -> Observation:
    """The broker is killed and started again while a task runs and messages wait: what is left of them?"""
    with Broker.embedded() as broker, Queue(broker, over=target) as queue:
        worker = queue.worker(1, "--disable-prefetch")
        running = queue.send("held").id
        queue.until("started", 1)
        waiting = [queue.send("quick").id for _ in range(WAITING)]
        broker.kill()
        broker.start()
        found = _pong(queue, worker, BACK) == "pong"
        queue.journal.open()
        last = queue.send("quick")
        let_go(last)
        _until_over(queue, worker, last.id)
        done = [mark.id for mark in queue.journal.marks("done")]
        facts: dict[str, Fact] = {
            "the worker": f"{'finds' if found else 'does not find'} the broker again",
            "its log": f"{LOST}: {'logged' if _says(worker, LOST) else 'not logged'}",
            "the running task": "done" if running in done else "cut off",
            "waiting messages, broker with a file": f"{len(set(waiting) & set(done))} of {WAITING} done",
            "waiting messages, broker in memory": f"{_left_in_memory()} of {WAITING} left",
        }
        return Observation(facts, queue.timeline)


def _says(worker: LiveWorker, words: str) -> bool:
    return any(words in line for line in worker.logs)


def _until_over(queue: Queue, worker: LiveWorker, id: str) -> None:  # noqa: A002
    """Returns when this message is done, or nobody is left to do it."""
    until(
        lambda: queue.journal.count("done", id) == 1 or not worker.running,
        "The worker neither works nor ends.",
        PATIENCE,
    )


def _left_in_memory() -> int:
    with Broker.pure_python() as broker, Queue(broker) as queue:
        for _ in range(WAITING):
            queue.send("quick")
        if (sent := queue.left()) != WAITING:
            raise ExperimentFailed(f"{sent} messages instead of {WAITING} waited at the broker.")
        broker.kill()
        broker.start()
        return queue.left()


@worker_experiment
def unknown_setting(target: str | None = None, broker: Broker | None = None) -> Observation:
    """A setting of which Celery knows nothing: where is its name, and who minds a value that cannot be?

    `target` is the name of another setting.
    """
    from celery.app.defaults import DEFAULTS

    name = target or "worker_ping_interval"
    with Queue(broker, over={name: NONSENSE}) as queue:
        facts: dict[str, Fact] = {
            "in Celery's list of settings": "yes" if name in DEFAULTS else "no",
            "named in the code of Celery": "yes"
            if any(stands_in(package, name) for package in PACKAGES)
            else "nowhere",
            f"a worker for which it is “{NONSENSE}”": _works(queue, name),
        }
        return Observation(facts, queue.timeline)


def _named(name: str) -> str:
    return "yes" if any(stands_in(package, name) for package in PACKAGES) else "nowhere"


def _works(queue: Queue, setting: str) -> str:
    try:
        worker = queue.worker()
    except WorkerFailed:
        return "does not come up"
    queue.send("quick").get(timeout=PATIENCE)
    return f"works, and {'complains' if _says(worker, setting) else 'says nothing'}"


@worker_experiment
def health_by_ping(target: Mapping[str, Any] | None = None, broker: Broker | None = None) -> Observation:
    """A worker is asked whether it is well: while it is idle, busy, frozen (SIGSTOP), and stopped."""
    with Queue(broker, over=target) as queue:
        worker = queue.worker(1)
        facts: dict[str, Fact] = {"idle": _pong(queue, worker, ANSWER)}
        queue.send("held")
        queue.until("started", 1)
        facts["busy, and no process is free"] = _pong(queue, worker, ANSWER)
        process = psutil.Process(worker.pid)
        process.suspend()
        facts["frozen"] = _pong(queue, worker, MUTE)
        process.resume()
        facts["going on again"] = _pong(queue, worker, ANSWER)
        queue.journal.open()
        worker.stop()
        facts["stopped"] = _pong(queue, worker, MUTE)
        return Observation(facts, queue.timeline)


def _pong(queue: Queue, worker: LiveWorker, patience: float) -> str:
    """Whether a pong comes, asked again and again, and more patiently each time.

    A question is lost on a worker without a connection, and Celery takes a late answer for the one to a later question
    (5.7).
    """
    give_up, turns = time.monotonic() + patience, count()
    while (rest := give_up - time.monotonic()) > 0:
        if queue.ping(worker, min(rest, 2 ** next(turns))):
            return "pong"
    return "no answer"
