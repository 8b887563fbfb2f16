"""What a schedule does: a real `celery beat`, first without a worker, and the calendar of the app's monthly report."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from demo_app.lab.broker import Broker
from demo_app.lab.child import Child, remove, run_folder
from demo_app.lab.experiments import ExperimentFailed, Fact, Observation, worker_experiment
from demo_app.lab.gate import until
from demo_app.lab.queues import PATIENCE, Queue

MESSAGES = 2  # that beat sends at least before it is stopped
ENTRY = "each second"
_LAST_REPORT = datetime(2026, 11, 1, 3, tzinfo=UTC)
_ASKED = {
    "on 24 November": datetime(2026, 11, 24, tzinfo=UTC),
    "on 1 December, 03:00": datetime(2026, 12, 1, 3, tzinfo=UTC),
    "on 15 March, after a winter off": datetime(2027, 3, 15, tzinfo=UTC),
}
_SETTINGS = ("beat_schedule", "broker_transport_options", "task_default_queue")  # what beat has to know
_MODULE = """\
import sys

sys.path[:] = {path!r}
from demo_app.lab.chores import make

celery = make({url!r}, {results!r}, {folder!r}, {settings!r})
"""


@worker_experiment
def beat(target: Mapping[str, Any] | None = None, broker: Broker | None = None) -> Observation:
    """What comes of a schedule while there is no worker and when there is one, and when is a monthly report due?"""
    entry = {"task": "where", "schedule": 1.0, "options": {"task_id": ENTRY}}  # one id, and so one lane of the picture
    with Queue(broker, over=target, beat_schedule={ENTRY: entry}) as queue:
        queue.send("quick")  # RabbitMQ does not know a queue to which nobody has sent anything
        queue.journal.write(ENTRY, "where", "sent")
        sent, begun = _sent_by_beat(queue), queue.journal.count("started")
        queue.worker(1)
        last = queue.send("quick").id
        until(lambda: queue.journal.count("done", last) == 1, "The worker did not work the queue off.", PATIENCE)
        run = sum(mark.task == "where" for mark in queue.journal.marks("done"))
        facts: dict[str, Fact] = {
            "messages run without a worker": begun,
            "messages run by a worker": "all" if run == sent else f"{run} of {sent}",
            **{f"monthly report, {when}": _due(asked) for when, asked in _ASKED.items()},
        }
        return Observation(facts, queue.timeline)


def _sent_by_beat(queue: Queue) -> int:
    """How many messages beat puts into the queue, where one was before."""
    with _beat(queue) as (process, log):
        until(lambda: queue.left() > MESSAGES or not process.running, "Beat sent no messages.", PATIENCE)
        if not process.running:
            raise ExperimentFailed(f"Beat has ended. Its log says: {_complaint(log.read_text().splitlines())}")
    return queue.left() - 1


def _complaint(lines: list[str]) -> str:
    return next((line for line in lines if "raised exception" in line), lines[-1])


@contextmanager
def _beat(queue: Queue) -> Iterator[tuple[Child, Path]]:
    """`celery beat` for this queue and its log, in a process that ends with the block, or with this process."""
    folder = run_folder("beat")
    module = _MODULE.format(
        path=sys.path,
        url=queue.broker.url,
        results=queue.broker.results,
        folder=str(queue.journal.folder),
        settings={name: queue.celery.conf[name] for name in _SETTINGS},
    )
    (folder / "scheduled.py").write_text(module, "utf-8")
    process = Child([sys.executable, "-m", "celery", "-A", "scheduled", "beat", "--pidfile", ""], folder)
    try:
        yield process, folder / "log"
    finally:
        process.stop()
        remove(folder)


def _due(asked: datetime) -> str:
    """How often the app's own report is sent if beat, which last sent it in November, asks its schedule now."""
    from demo_app.worker import celery

    schedule = copy(celery.conf.beat_schedule["monthly report"]["schedule"])
    schedule.app, schedule.nowfun = celery, lambda: asked
    last, times = _LAST_REPORT, 0
    while schedule.is_due(last).is_due:
        last, times = asked, times + 1
    return {0: "not due", 1: "due once"}.get(times, f"due {times} times")
