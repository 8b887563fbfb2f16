"""The Celery app of the experiments: small tasks that write into a journal what each run of them does.

A worker imports it as `demo_app.lab.chores:celery`, with the set-up in the environment; whoever sends calls `make`.
"""

import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from celery import Celery, Task
from celery.app import backends
from celery.exceptions import SoftTimeLimitExceeded

from demo_app.lab.journal import Journal

SETUP = "CHORES"  # the environment variable with the arguments of `make` as JSON


class Chore(Task):  # type: ignore[misc]
    """A task whose runs are in the journal, from the start to the end or to the exception."""

    journal: Journal

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.note("started")
        try:
            result = super().__call__(*args, **kwargs)
        except Exception as error:
            self.note("raised", type(error).__name__)
            raise
        self.note("done")
        return result

    def note(self, what: Any, note: str = "") -> None:
        self.journal.write(self.request.id, self.name, what, note)


def make(url: str, results: str, folder: str, settings: Mapping[str, Any]) -> Celery:
    """The Celery app for the broker at `url`, with these Celery settings; its journal is in `folder`."""
    app = Celery("chores", broker=url, backend=results, set_as_current=False)
    app.conf.update(settings)
    app.Task = type("JournalledChore", (Chore,), {"journal": Journal(Path(folder)), "abstract": True})
    for name, function, options in CHORES:
        app.task(function, name=name, bind=True, **options)
    return app


def quick(task: Chore, value: Any = None) -> Any:
    """Returns what it was given."""
    return value


def held(task: Chore, value: Any = None, gate: str = "gate") -> Any:
    """Waits in the gate."""
    task.journal.hold(gate)
    return value


def asleep(task: Chore, seconds: float) -> float:
    """Works for so many seconds."""
    time.sleep(seconds)
    return seconds


def held_then_fails(task: Chore) -> None:
    """Waits in the gate, then raises."""
    task.journal.hold()
    raise RuntimeError("the printer is on fire")


def flaky(task: Chore, failures: int) -> int:
    """Raises in its first `failures` runs, and returns how often it was retried."""
    if task.request.retries < failures:
        raise ConnectionError("smtp down")
    return int(task.request.retries)


def with_progress(task: Chore, steps: int) -> int:
    """Tells its progress, and waits in a gate before each step."""
    for step in range(1, steps + 1):
        task.journal.hold(f"step{step}")
        task.update_state(state="PROGRESS", meta={"done": step, "total": steps})
        task.note("noted", f"step {step}")
    task.journal.hold("end")
    return steps


def report(task: Chore, month: str) -> Any:
    """The app's own report, as the app's own worker builds it."""
    from demo_app.tasks import build_report

    return build_report(month)


def where(task: Chore) -> int:
    """The id of the process in which it runs."""
    return os.getpid()


def row_is_there(task: Chore, database: str, table: str, id: int) -> bool:  # noqa: A002
    """Whether the worker finds the row with this id, by a connection of its own."""
    from sqlalchemy import NullPool, create_engine, text

    with create_engine(database, poolclass=NullPool).connect() as connection:
        return connection.execute(text(f"SELECT id FROM {table} WHERE id = :id"), {"id": id}).first() is not None


def over_time(task: Chore) -> str:
    """Waits in a gate that nobody opens; the soft limit interrupts it, and it has a word to say then."""
    try:
        task.journal.hold("never")
    except SoftTimeLimitExceeded:
        task.note("noted", "interrupted by the soft limit")
        return "tidied up"
    return "undisturbed"


def stubborn(task: Chore) -> None:
    """Waits in a gate that nobody opens, and does not let the soft limit stop it."""
    while True:
        try:
            task.journal.hold("never")
        except SoftTimeLimitExceeded:
            task.note("noted", "interrupted by the soft limit")


def of_a_module(task: Chore, source: str, function: str) -> Any:
    """What this function returns of a module that consists of this source."""
    module: dict[str, Any] = {}
    exec(source, module)
    task.note("noted", "loaded")
    return module[function]()


async def coroutine(task: Chore) -> None:
    """What Celery does not run."""


CHORES: list[tuple[str, Callable[..., Any], dict[str, Any]]] = [
    *((function.__name__, function, {}) for function in (quick, held, asleep, held_then_fails, with_progress)),
    *((function.__name__, function, {}) for function in (report, where, row_is_there, over_time, stubborn)),
    *((function.__name__, function, {}) for function in (of_a_module, coroutine)),
    ("flaky", flaky, {"autoretry_for": (ConnectionError,), "retry_backoff": 1, "retry_jitter": False}),
    ("flaky, no backoff", flaky, {"autoretry_for": (ConnectionError,)}),
    ("flaky without retries", flaky, {}),
    ("held, not tracked", held, {"track_started": False}),
    ("held, late ack", held, {"acks_late": True}),
    ("held, late ack and reject", held, {"acks_late": True, "reject_on_worker_lost": True}),
    ("held, retry when lost", held, {"retry_on_worker_lost": True, "default_retry_delay": 1}),
]


def __getattr__(name: str) -> Celery:
    """`celery` is made when a worker asks for it."""
    if name == "celery":
        app: Celery = globals().setdefault("celery", make(**json.loads(os.environ[SETUP])))
        backends.by_url(app.conf.result_backend)  # imports its module once, before the processes of the pool fork
        return app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
