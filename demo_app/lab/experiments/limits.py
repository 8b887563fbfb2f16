"""What keeps a task waiting, and what ends it early: messages fetched ahead, shutdowns, revoke and time limits."""

import signal
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from demo_app.lab.broker import Broker
from demo_app.lab.experiments import ExperimentFailed, Fact, Observation, worker_experiment
from demo_app.lab.experiments.deliveries import needs_processes
from demo_app.lab.gate import until
from demo_app.lab.messages import end, ends, runs, state, take_out
from demo_app.lab.queues import PATIENCE, Queue
from demo_app.lab.timeline import together
from demo_app.lab.worker import LiveWorker

SHORT_TASKS = 6  # more than any of the workers fetches ahead
SOFT, HARD = 1, 2  # seconds after which a task is asked to end, and is ended
GRACE = 2  # seconds that running tasks get before a cold shutdown
ANSWER = 10  # seconds that a worker may take to answer a control message
_PREFETCH = {
    "worker_prefetch_multiplier 4": ["--prefetch-multiplier", "4"],
    "worker_prefetch_multiplier 1": ["--prefetch-multiplier", "1"],
    "--disable-prefetch": ["--disable-prefetch"],
}


@worker_experiment
def prefetch(target: Mapping[str, Any] | None = None, broker: Broker | None = None) -> Observation:
    """A worker of one process has a long task; how many of six short ones wait behind it while another is idle?"""
    with Queue(broker, over=target) as queue, ThreadPoolExecutor() as pool:
        names = {what: f"{queue.celery.conf.task_default_queue}-{number}" for number, what in enumerate(_PREFETCH)}
        list(pool.map(lambda what: queue.worker(1, *_PREFETCH[what], "-Q", names[what]), names))
        for name in names.values():
            queue.send("held", queue=name)
        queue.until("started", len(names))
        short = {what: [queue.send("quick", queue=name).id for _ in range(SHORT_TASKS)] for what, name in names.items()}
        queue.worker(1, "-Q", ",".join(names.values()))
        until(
            lambda: all(queue.journal.count("done", ids[-1]) for ids in short.values()),
            "The last short tasks were not done; a worker has fetched them all.",
            PATIENCE,
        )
        facts: dict[str, Fact] = {
            what: sum(not queue.journal.count("started", message) for message in ids) for what, ids in short.items()
        }
        queue.journal.open()
        queue.until("done", len(names) * (1 + SHORT_TASKS))
        return Observation(facts, queue.timeline)


@worker_experiment
def shutdown(target: Mapping[str, Any] | None = None, broker: Broker | None = None) -> Observation:
    """What becomes of the tasks of a worker that is told to end, by SIGTERM and by SIGQUIT?"""
    needs_processes()
    with ThreadPoolExecutor() as pool:
        warm, cold = pool.map(lambda ending: ending(target, broker), (_warm, _cold))
    return Observation({**warm.facts, **cold.facts}, together(warm, cold))


def _warm(settings: Mapping[str, Any] | None, broker: Broker | None) -> Observation:
    with Queue(broker, over=settings) as queue:
        worker = queue.worker(1)
        running = queue.send("held").id
        queue.until("started", 1)
        waiting = queue.send("quick").id
        _tell(worker, signal.SIGTERM, "Warm shutdown")
        queue.journal.open()
        worker.wait()
        messages = {"TERM, running": running, "TERM, waiting": waiting}
        return Observation(_left(queue, messages), queue.timeline)


def _cold(settings: Mapping[str, Any] | None, broker: Broker | None) -> Observation:
    with Queue(broker, over=settings, worker_soft_shutdown_timeout=GRACE) as queue:
        worker = queue.worker(3)
        soon = queue.send("held, late ack", None, "soon").id
        early, late = (queue.send(task).id for task in ("held", "held, late ack"))
        queue.until("started", 3)
        _tell(worker, signal.SIGQUIT, "Initiating Soft Shutdown")
        queue.journal.open("soon")
        worker.wait()
        messages = {
            "QUIT, done within the soft shutdown": soon,
            "QUIT, running longer, late ack": late,
            "QUIT, running longer, early ack": early,
        }
        return Observation(_left(queue, messages), queue.timeline)


def _tell(worker: LiveWorker, number: int, words: str) -> None:
    worker.send(number)
    if not worker.wait_for(words):
        raise ExperimentFailed(f"The worker did not log “{words}” when it was told to end.")


def _left(queue: Queue, messages: Mapping[str, str]) -> dict[str, Fact]:
    where = dict.fromkeys(take_out(queue), "back in the queue")
    return {
        what: f"{state(queue, message)}, {runs(queue, message)}, {where.get(message, 'out of the queue')}"
        for what, message in messages.items()
    }


@worker_experiment
def revoke(target: Mapping[str, Any] | None = None, broker: Broker | None = None) -> Observation:
    """What becomes of a task that is revoked while it waits, while it runs, and while there is no worker yet?"""
    needs_processes()
    with Queue(broker, over=target) as queue:
        early = queue.send("quick").id
        queue.celery.control.revoke(early)
        queue.worker(2)
        end(queue, early)
        running, terminated = (queue.send("held").id for _ in range(2))
        queue.until("started", 3)
        waiting = queue.send("quick").id
        queue.celery.control.revoke([waiting, running])
        queue.celery.control.revoke(terminated, terminate=True, reply=True, limit=1, timeout=ANSWER)
        queue.journal.open()
        messages = {
            "waiting": waiting,
            "running": running,
            "running, terminate=True": terminated,
            "waiting, no worker there yet": early,
        }
        return Observation(ends(queue, messages), queue.timeline)


@worker_experiment
def limits(target: Mapping[str, Any] | None = None, broker: Broker | None = None) -> Observation:
    """What becomes of tasks that take longer than the soft and the hard time limit, and of the one behind them?"""
    needs_processes()
    settings = {"task_soft_time_limit": SOFT, "task_time_limit": HARD}
    with Queue(broker, over=target, **settings) as queue:
        queue.worker(3)
        messages = {
            "soft limit": queue.send("held", None, "never").id,
            "soft limit, caught": queue.send("over_time").id,
            "hard limit": queue.send("stubborn").id,
        }
        queue.until("started", 3)
        messages["next task"] = queue.send("quick").id
        return Observation(ends(queue, messages), queue.timeline)
