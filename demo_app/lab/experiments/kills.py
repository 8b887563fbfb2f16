"""What is left of running tasks when something dies: the kill matrix."""

import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from demo_app.lab.broker import Broker
from demo_app.lab.experiments import ExperimentFailed, Fact, Observation, worker_experiment
from demo_app.lab.experiments.targets.kills import FOLDER, journal_app
from demo_app.lab.gate import until
from demo_app.lab.journal import Journal
from demo_app.lab.marks import Cell, MarkTable
from demo_app.lab.process import ServerProcess
from demo_app.lab.queues import PATIENCE, Queue
from demo_app.lab.worker import LiveWorker

BACKGROUND, EARLY, LATE = "BackgroundTasks", "Celery, early ack", "Celery, late ack"
RUNNERS = (BACKGROUND, EARLY, LATE)
EVENTS = ("kill -9", "TERM", "TERM, then KILL", "broker restart", "exception")
VISIBLE_AGAIN = 10  # seconds after which Redis gives an unacknowledged message to another worker
_AT_ONCE = 3  # cells at the same moment; each has a broker and workers of its own


@worker_experiment
def kill_matrix(
    target: Mapping[str, Any] | None = None,
    tasks: int = 3,
    runners: Sequence[str] = RUNNERS,
    events: Sequence[str] = EVENTS,
    broker: Callable[[], Broker] = Broker.embedded,
) -> Observation:
    """For each way to run a task and each way to die: how often is it started, and how often done?

    `tasks` run in each cell when it happens; `broker` makes a broker for each cell, which one of them restarts.
    """
    places = [(runner, event) for runner in runners for event in events]

    def observe(place: tuple[str, str]) -> Cell:
        runner, event = place
        if runner == BACKGROUND:
            return Cell(runner, event, None if event == "broker restart" else _of_server(event, tasks))
        return Cell(runner, event, _of_worker(event, tasks, runner == LATE, broker(), target))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        table = MarkTable(list(pool.map(observe, places)))
    facts: dict[str, Fact] = {cell.name: cell.words for cell in table.cells}
    return Observation(facts, table)


def _of_server(event: str, tasks: int) -> list[tuple[int, int]]:
    """What becomes of background tasks that run when this happens to their server."""
    with TemporaryDirectory() as folder:
        journal = Journal(Path(folder))
        with ServerProcess(journal_app, **{FOLDER: folder}) as server:
            _add(server, "held_then_fails" if event == "exception" else "held", tasks)
            _until(journal, "started", tasks)
            if event.startswith("TERM"):
                server.terminate()
            if event.endswith(("kill -9", "KILL")):
                server.kill()
            journal.open()
            if event == "TERM":
                server.wait()
            if event == "exception":
                _until(journal, "raised", tasks)
        trials = [mark.id for mark in journal.marks("sent")]
        with ServerProcess(journal_app, **{FOLDER: folder}) as again:  # whatever comes back has come when this is done
            _add(again, "held", 1)
            until(lambda: journal.count("done", journal.marks("sent")[-1].id) == 1, "The server did not start again.")
        return _counts(journal, trials)


def _add(server: ServerProcess, task: str, count: int) -> None:
    for _ in range(count):
        server.client.post(f"/{task}").raise_for_status()


def _until(journal: Journal, what: Any, count: int) -> None:
    until(lambda: journal.count(what) >= count, f"Not all of {count} background tasks came to “{what}”.", PATIENCE)


def _of_worker(
    event: str, tasks: int, late: bool, broker: Broker, settings: Mapping[str, Any] | None
) -> list[tuple[int, int]]:
    """What becomes of Celery tasks that run when this happens to their worker or their broker."""
    options = {"visibility_timeout": VISIBLE_AGAIN}
    acks = {"task_acks_late": late, "task_reject_on_worker_lost": late}
    with broker, Queue(broker, over=settings, broker_transport_options=options, **acks) as queue:
        worker = queue.worker(tasks)
        trials = [queue.send("held_then_fails" if event == "exception" else "held").id for _ in range(tasks)]
        queue.until("started", tasks)
        _HAPPENS[event](queue, worker)
        queue.journal.open()
        if event not in ("broker restart", "exception"):
            worker.wait()
        after = worker if worker.running else queue.worker(tasks)
        last = queue.send("quick").id
        until(lambda: queue.journal.count("done", last) == 1, f"After “{event}” no worker took a message.", PATIENCE)
        until(lambda: queue.left() == 0, f"After “{event}” messages stayed that no worker took.", PATIENCE)
        after.stop()
        return _counts(queue.journal, trials)


def _kill(queue: Queue, worker: LiveWorker) -> None:
    worker.kill()


def _terminate(queue: Queue, worker: LiveWorker) -> None:
    worker.send(signal.SIGTERM)
    if not worker.wait_for("Warm shutdown"):
        raise ExperimentFailed("The worker took no notice of SIGTERM.")


def _terminate_then_kill(queue: Queue, worker: LiveWorker) -> None:
    _terminate(queue, worker)
    worker.kill()


def _restart_broker(queue: Queue, worker: LiveWorker) -> None:
    queue.broker.kill()
    queue.broker.start()
    until(lambda: queue.ping(worker), "The worker did not find the broker again.", PATIENCE)


def _nothing(queue: Queue, worker: LiveWorker) -> None:
    """The tasks raise by themselves."""


_HAPPENS: dict[str, Callable[[Queue, LiveWorker], None]] = {
    "kill -9": _kill,
    "TERM": _terminate,
    "TERM, then KILL": _terminate_then_kill,
    "broker restart": _restart_broker,
    "exception": _nothing,
}


def _counts(journal: Journal, trials: Iterable[str]) -> list[tuple[int, int]]:
    return [(journal.count("started", trial), journal.count("done", trial)) for trial in trials]
