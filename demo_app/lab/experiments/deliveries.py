"""Which messages come again, and when: acknowledged early or late, with processes that die and tasks that take long."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil

from demo_app.lab.broker import Broker
from demo_app.lab.experiments import ExperimentFailed, Fact, Observation, worker_experiment
from demo_app.lab.gate import until
from demo_app.lab.messages import end, ends, runs, set_aside, state
from demo_app.lab.queues import PATIENCE, Queue
from demo_app.lab.worker import PREFORK

VISIBLE_AGAIN = 2  # seconds after which Redis gives an unacknowledged message to a worker once more
QUOTED = "Task was lost but worker is still connected"
PACKAGES = ("celery", "kombu", "billiard")


@worker_experiment
def lost_worker_message(target: str | None = None, broker: Broker | None = None) -> Observation:
    """A process of the pool is killed: what does Celery say, and is what is often quoted anywhere in its code?

    `target` are other words that somebody quotes.
    """
    needs_processes()
    with Queue(broker) as queue:
        queue.worker(1)
        [lost] = _killed(queue, "held")
        failed = end(queue, lost)
        facts: dict[str, Fact] = {
            "the task": f"{failed}, {runs(queue, lost)}",
            "its exception says": str(queue.celery.AsyncResult(lost).result).partition(" Job:")[0],
            "the quoted words": _places(target or QUOTED),
        }
        return Observation(facts, queue.timeline)


def _places(words: str) -> str:
    """In the source of which packages these words stand."""
    found = [package for package in PACKAGES if stands_in(package, words)]
    return f"in {' and '.join(found)}" if found else f"in no file of {', '.join(PACKAGES)}"


def stands_in(package: str, words: str) -> bool:
    """Whether these words are in a source file of the package."""
    [folder] = import_module(package).__path__
    return any(words.encode() in file.read_bytes() for file in Path(folder).rglob("*.py"))


@worker_experiment
def kill_of_a_pool_process(target: Mapping[str, Any] | None = None, broker: Broker | None = None) -> Observation:
    """What becomes of running tasks whose process is killed, and of one that its own time limit kills?"""
    needs_processes()
    killed = ["held", "held, late ack", "held, late ack and reject"]
    with Queue(broker, over=target) as queue:
        queue.worker(4)
        limited = queue.send("held, late ack", None, "never", time_limit=2).id
        early, late, rejected = _killed(queue, *killed)
        messages = {
            "early ack": early,
            "late ack": late,
            "late ack and reject_on_worker_lost": rejected,
            "late ack, over its time limit": limited,
        }
        return Observation(ends(queue, messages), queue.timeline)


@worker_experiment
def task_retry_on_worker_lost(target: Mapping[str, Any] | None = None, broker: Broker | None = None) -> Observation:
    """What becomes of a task that was acknowledged early and whose process is killed, with this setting and without?"""
    needs_processes()
    with Queue(broker, over=target) as queue:
        queue.worker(2)
        plain, retried = _killed(queue, "held", "held, retry when lost")
        messages = {"by default": plain, "retry_on_worker_lost": retried}
        return Observation(ends(queue, messages), queue.timeline)


def needs_processes() -> None:
    """Raises `ExperimentFailed` where the pool of a worker has threads, as on Windows."""
    if not PREFORK:
        raise ExperimentFailed(
            "On this system a worker's pool has threads, and nobody can end a thread: see this one on Linux or macOS."
        )


def _killed(queue: Queue, *tasks: str) -> list[str]:
    """The ids of these tasks, whose processes were killed when they were running; the gate is open now."""
    sent = [queue.send(task).id for task in tasks]
    until(lambda: {*sent} <= _begun(queue).keys(), "The tasks did not begin.", PATIENCE)
    begun = _begun(queue)
    for message in sent:
        psutil.Process(begun[message]).kill()
    queue.journal.open()
    return sent


def _begun(queue: Queue) -> dict[str, int]:
    """The messages whose tasks have begun, and in which process."""
    return {mark.id: mark.pid for mark in queue.journal.marks("started")}


@worker_experiment
def kill_of_a_worker(target: Mapping[str, Any] | None = None, broker: Broker | None = None) -> Observation:
    """What becomes of two running tasks, acknowledged early and late, when their worker is killed?"""
    options = {"visibility_timeout": VISIBLE_AGAIN}
    with Queue(broker, over=target, broker_transport_options=options) as queue:
        worker = queue.worker(2)
        early, late = (queue.send(task).id for task in ("held", "held, late ack"))
        queue.until("started", 2)
        worker.kill()
        until(lambda: queue.left() > 0, "The broker has no message any more.", PATIENCE)
        kept, aside = queue.left(), set_aside(queue)
        queue.journal.open()
        queue.worker(2)
        queue.until("done", kept)
        until(lambda: queue.left() == 0, "Messages stayed at the broker.", PATIENCE)
        facts: dict[str, Fact] = {
            "messages that the broker still has": kept,
            "where": "set aside, until the visibility timeout" if aside else "back in the queue",
            "early ack": f"{state(queue, early)}, {runs(queue, early)}",
            "late ack": f"{end(queue, late)}, {runs(queue, late)}",
        }
        return Observation(facts, queue.timeline)


@worker_experiment
def unacknowledged_comes_again(target: Mapping[str, Any] | None = None, broker: Broker | None = None) -> Observation:
    """How often are two tasks run that take longer than the visibility timeout, acknowledged early and late?"""
    options = {"visibility_timeout": VISIBLE_AGAIN}
    with Queue(broker, over=target, broker_transport_options=options) as queue:
        queue.worker(4)
        early, late = (queue.send(task).id for task in ("held", "held, late ack"))
        queue.until("started", 2)
        # The same worker looks for both: for messages to restore, and for this one, whose time comes long after.
        alarm = queue.send("quick", countdown=4 * VISIBLE_AGAIN).id
        until(
            lambda: queue.journal.count("started", late) > 1 or queue.journal.count("done", alarm) > 0,
            "No task came again, nor did one whose time had come.",
            PATIENCE,
        )
        queue.journal.open()
        queue.send("quick").get(timeout=PATIENCE)  # behind all that came again until now
        queue.until("done", queue.journal.count("started"))
        facts: dict[str, Fact] = {"early ack": runs(queue, early), "late ack": runs(queue, late)}
        return Observation(facts, queue.timeline)


@worker_experiment
def visibility_timeout(target: Mapping[str, Any] | None = None, broker: Broker | None = None) -> Observation:
    """How often is a task run whose countdown is longer than the visibility timeout, and one without a countdown?"""
    options, countdown = {"visibility_timeout": VISIBLE_AGAIN}, 2 * VISIBLE_AGAIN
    with Queue(broker, over=target, broker_transport_options=options) as queue:
        queue.worker(1)
        at_once, later = queue.send("quick").id, queue.send("quick", countdown=countdown).id
        last = queue.send("quick", countdown=countdown + 1).id  # in a pool of one, all runs before it are over then
        until(lambda: queue.journal.count("done", last) > 0, "The time of a task did not come.", PATIENCE)
        facts: dict[str, Fact] = {
            "without countdown": runs(queue, at_once),
            "countdown longer than the visibility timeout": runs(queue, later),
        }
        return Observation(facts, queue.timeline)
