"""A queue to experiment on: a broker, a Celery app with its tasks, workers that may be killed, and their journal."""

import json
import time
from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from demo_app.lab.broker import Broker
from demo_app.lab.child import remove, run_folder
from demo_app.lab.gate import until
from demo_app.lab.journal import Journal, Mark, What
from demo_app.lab.timeline import Timeline
from demo_app.lab.trace import ERROR, OUTCOME, Span
from demo_app.lab.worker import LiveWorker

if TYPE_CHECKING:
    from celery import Celery
    from celery.result import AsyncResult

PATIENCE = 60  # seconds that new processes may take on a busy machine

# What every experiment begins with; each then sets what it is about. Times in seconds.
BASE: Mapping[str, Any] = {
    "broker_connection_retry_on_startup": True,
    "broker_transport_options": {
        "visibility_timeout": 60,
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
    },
    "task_track_started": True,
    "worker_prefetch_multiplier": 1,
}


class Queue:
    """One queue with its broker and its journal; `settings` are Celery's, `over` those that a learner tries instead."""

    def __init__(self, broker: Broker | None = None, over: Mapping[str, Any] | None = None, **settings: Any) -> None:
        self._name = f"chores-{uuid4().hex[:8]}"  # a broker that is not ours has other queues, too
        self._given = broker
        self._settings = _merged(BASE, self._names(), settings, over or {})
        self._open = ExitStack()
        self._workers = list[LiveWorker]()

    def __enter__(self) -> Self:
        self.broker = self._given or self._open.enter_context(Broker())
        folder = run_folder("queue")
        self._open.callback(remove, folder)
        self.journal = Journal(folder)
        self._setup: dict[str, Any] = {
            "url": self.broker.url,
            "results": self.broker.results,
            "folder": str(folder),
            "settings": self._settings,
        }
        self.celery = self._open.enter_context(self._make())
        self._open.callback(self._purge)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.journal.open()
        self._open.close()

    def worker(self, concurrency: int = 1, *options: str) -> LiveWorker:
        """A worker of this queue, ready; it ends with the queue at the latest."""
        setup = {"CHORES": json.dumps(self._setup)}
        chores = "demo_app.lab.chores:celery"
        worker = LiveWorker(chores, self.broker, concurrency=concurrency, options=options, **setup)
        self._workers.append(worker)
        return self._open.enter_context(worker)

    def send(self, task: str, *args: Any, **options: Any) -> "AsyncResult":
        """Publishes a message for this task, with Celery's own options such as `countdown`."""
        id = uuid4().hex  # noqa: A001
        self.journal.write(id, task, "sent")
        return self.celery.tasks[task].apply_async(args, task_id=id, **options)

    def until(self, what: What, count: int) -> list[Mark]:
        """The marks of this sort, once there are so many. Raises `ExperimentFailed` if they do not come."""
        until(
            lambda: self.journal.count(what) >= count,
            f"The workers did not come to {count} × “{what}” within {PATIENCE} s; the experiment came to nothing.",
            PATIENCE,
        )
        return self.journal.marks(what)

    def ping(self, worker: LiveWorker, timeout: float = 1) -> bool:
        """Whether the worker answers a control message; `timeout` in seconds.

        Asked by an app of its own: a late answer to an earlier question would be taken for the one to this (kombu 5.7).
        """
        with self._make() as celery:
            return bool(celery.control.inspect(destination=[worker.name], timeout=timeout, limit=1).ping())

    def left(self) -> int:
        """How many messages wait at the broker; with Redis, those that a worker has not acknowledged count, too."""
        with self.celery.connection_for_write() as connection:
            channel = connection.default_channel
            if self.broker.kind == "RabbitMQ":
                return int(channel.queue_declare(self._name, passive=True).message_count)
            return int(channel.client.llen(self._name) + channel.client.hlen(channel.unacked_key))

    @property
    def timeline(self) -> Timeline:
        """A lane a message, with a bar for each run of its task."""
        ends = [worker.ended_at for worker in self._workers if worker.ended_at is not None]
        return Timeline(_spans(self.journal.marks(), ends))

    def _names(self) -> dict[str, Any]:
        """Names that no other user of the broker has."""
        return {
            "task_default_queue": self._name,
            "broker_transport_options": {"global_keyprefix": f"{self._name}-"},
            "result_backend_transport_options": {"global_keyprefix": f"{self._name}-"},
        }

    def _make(self) -> "Celery":
        from demo_app.lab.chores import make

        return make(**self._setup)

    def _purge(self) -> None:
        """Leaves nothing behind at a broker that others use, too."""
        if self.broker.own:
            return
        if self.broker.kind == "RabbitMQ":
            with self.celery.connection_for_write() as connection:
                for queue in self.celery.amqp.queues.values():
                    connection.default_channel.queue_delete(queue.name)
                    connection.default_channel.exchange_delete(queue.exchange.name)
        else:
            from redis import Redis

            with Redis.from_url(self.broker.url) as client:
                for key in client.scan_iter(f"{self._name}-*"):
                    client.delete(key)


def _merged(*settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings together; of options that are a mapping themselves, each key counts for itself."""
    together: dict[str, Any] = {}
    for more in settings:
        for name, value in more.items():
            together[name] = {**together.get(name, {}), **value} if isinstance(value, Mapping) else value
    return together


def _spans(marks: list[Mark], ends: list[int]) -> list[Span]:
    spans, ends = [], [*ends, time.monotonic_ns()]
    for sent in (mark for mark in marks if mark.what == "sent"):
        runs = _runs([mark for mark in marks if mark.id == sent.id], ends)
        last = max((run.end_time or sent.at for run in runs), default=sent.at)
        message = Span(sent.task, "message", sent.id, "worker process", sent.at, last)
        message.attributes[OUTCOME] = _outcome(runs)
        spans += [message, *runs]
    return spans


def _outcome(runs: list[Span]) -> str:
    done = sum(ERROR not in run.attributes for run in runs)
    if done:
        return "done" if done == 1 else f"done {done} times"
    return str(runs[-1].attributes[ERROR]) if runs else "never begun"


def _runs(marks: list[Mark], ends: list[int]) -> list[Span]:
    """A span a run; one that wrote neither its end nor its exception was cut off.

    That was by the end of a worker (`ends`, and now); or, if a process of its pool was killed, before the next run.
    """
    begins = [mark.at for mark in marks if mark.what == "started"]
    runs = []
    for start in (mark for mark in marks if mark.what == "started"):
        own = (mark for mark in marks if mark.at > start.at and mark.pid == start.pid)
        end = next((mark for mark in own if mark.what in ("done", "raised")), None)
        cut_off = min(at for at in (*begins, *ends) if at > start.at)
        run = Span(start.task, "celery task", start.id, "worker process", start.at, end.at if end else cut_off)
        if end is None or end.what == "raised":
            run.attributes[ERROR] = end.note if end else "cut off"
        runs.append(run)
    return runs
