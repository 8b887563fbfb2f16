"""Who hears of a task that failed, and what retrying it does: the experiments of lesson 05."""

import asyncio
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from demo_app.lab.experiments import Fact, Observation, experiment
from demo_app.lab.experiments.clients import neighbour_of_a_failing_task
from demo_app.lab.experiments.targets import as_app
from demo_app.lab.experiments.targets.faults import (
    awaiting_retry,
    charging_app,
    context_app,
    create_task_app,
    handlers_app,
    middleware_app,
    often_shown_retry,
    on_error_app,
    provider_app,
    retrying_app,
    rows_app,
    two_tasks_app,
)
from demo_app.lab.server import LiveServer
from demo_app.lab.timeline import Timeline, together
from demo_app.lab.trace import current_trace
from demo_app.lab.visit import Visit, visit


@experiment
def on_error_is_an_argument(target: Any = None) -> Observation:
    """What `add_task(task, on_error=...)` does with its `on_error`."""
    app = as_app(target, "/on-error", on_error_app)
    plain, with_options = visit(app, "/on-error"), visit(app, "/on-error-with-options")
    facts: dict[str, Fact] = {
        "client": plain.response.status_code,
        "the task raises": _first_error(plain),
        "a task with **options raises": _first_error(with_options),
        "on_error was called": len(app.state.told),
    }
    return Observation(facts, together(plain, with_options))


def _first_error(seen: Visit) -> str:
    return f"{type(seen.errors[0]).__name__}: {seen.errors[0]}" if seen.errors else "nothing"


@experiment
def handlers_and_tasks(target: Any = None) -> Observation:
    """Which exception handlers are called for an endpoint and for a task, and what the client gets of it."""
    app, facts = as_app(target, "/task", handlers_app), dict[str, Fact]()
    seen = []
    for path, what in _HANDLED.items():
        app.state.handled.clear()
        seen.append(visit(app, path))
        facts[what] = f"{' and '.join(app.state.handled)}, client {seen[-1].response.status_code}"
    return Observation(facts, together(*seen))


_HANDLED = {
    "/endpoint": "Unlucky in an endpoint",
    "/task-with-handler": "Unlucky in a task",
    "/task": "ValueError in a task",
}


@experiment
def who_notices_a_failing_task(target: Any = None) -> Observation:
    """What becomes of everybody around a task that fails: client, next task, neighbour on the connection, operator."""
    app = as_app(target, "/failing-task", two_tasks_app)
    seen, neighbour = visit(app, "/failing-task"), neighbour_of_a_failing_task(app)
    facts: dict[str, Fact] = {
        "its client": f"answered {seen.response.status_code}",
        "the next task of the request": "begins" if len(seen.tasks) > 1 else "never begins",
        "the next request on its connection": neighbour.facts["second, on its connection"],
        "the server's log": seen.logged("Exception in ASGI application"),
    }
    return Observation(facts, seen.timeline)


@experiment
def created_task_fails_silently(target: Any = None) -> Observation:
    """A coroutine started by `asyncio.create_task` raises: what does the log say, and when?"""
    app = as_app(target, "/create-task", create_task_app)
    with LiveServer(app) as server:
        status = server.client.get("/create-task").status_code
        before = _logged(server)
        server.client.get("/forget")
        facts: dict[str, Fact] = {"client": status, "while it is kept": before, "once it is forgotten": _logged(server)}
    return Observation(facts, Timeline(server.trace.spans()))


def _logged(server: LiveServer) -> str:
    return "logged" if any("exception" in line.lower() for line in server.logs) else "not logged"


@experiment
def context_of_a_task(target: Any = None) -> Observation:
    """Whether a task sees a context variable, by the place where it was set."""
    app = as_app(target, "/async", context_app)
    seen = [visit(app, path) for path in ("/async", "/def", "/middleware")]
    facts: dict[str, Fact] = {
        "set in an async def endpoint": app.state.seen["/async"],
        "set in a def endpoint": app.state.seen["/def"],
        "set in ASGI middleware": app.state.seen["/middleware"],
    }
    return Observation(facts, together(*seen))


@experiment
def middleware_and_a_failing_task(target: Any = None) -> Observation:
    """Whether a task's exception reaches the log through `BaseHTTPMiddleware`."""
    seen = visit(as_app(target, "/task", middleware_app), "/task")
    logged = seen.logged("Exception in ASGI application")
    return Observation({"client": seen.response.status_code, "server log": logged}, seen.timeline)


@experiment
def own_connection_in_the_task(target: Any = None) -> Observation:
    """How many rows of its request a task sees by a connection of its own, by the moment of the commit."""
    with TemporaryDirectory() as folder:
        app = (target or rows_app)(Path(folder) / "orders.db")
        uncommitted, committed = visit(app, "/commit-after-yield"), visit(app, "/commit-first")
    facts: dict[str, Fact] = {
        "own connection": uncommitted.left_the_app if uncommitted.errors else "works",
        "rows seen, committed after yield": app.state.counted["/commit-after-yield"],
        "rows seen, committed before": app.state.counted["/commit-first"],
    }
    return Observation(facts, together(uncommitted, committed))


@experiment
def lost_answer_is_retried(target: Any = None) -> Observation:
    """A payment succeeds and its answer is lost, so it is tried again: how often is it charged?"""
    app = as_app(target, "/without-key", provider_app)
    without, with_key = visit(app, "/without-key"), visit(app, "/with-key")
    facts: dict[str, Fact] = {
        "charges without a key": len(app.state.charges["/without-key"]),
        "charges with a key": len(app.state.charges["/with-key"]),
    }
    return Observation(facts, together(without, with_key))


class _Retried:
    """What a retry decorator made of three failing tasks."""

    def __init__(self, decorate: Any) -> None:
        app = retrying_app(decorate or often_shown_retry)
        self.calls: list[str] = app.state.calls
        with warnings.catch_warnings(), _skipped_sleeps() as elsewhere:
            warnings.simplefilter("ignore", RuntimeWarning)  # a coroutine that nobody awaits: it is what we look for
            self.plain = visit(app, "/def")
            self.pauses, self.following = self.plain.sleeps + len(elsewhere), self.calls.count("following")
            self.coroutine, self.mistaken = visit(app, "/async"), visit(app, "/mistaken")

    @property
    def timeline(self) -> Timeline:
        return together(self.plain, self.coroutine, self.mistaken)


@contextmanager
def _skipped_sleeps() -> Iterator[list[float]]:
    """Skips and collects, in seconds, the sleeps of requests in modules that no gate reaches, such as a library's."""
    skipped, sleep, async_sleep = list[float](), time.sleep, asyncio.sleep

    def skip(seconds: float) -> None:
        if current_trace() is None:
            sleep(seconds)
        else:
            skipped.append(seconds)

    async def skip_async(seconds: float, result: Any = None) -> Any:
        if current_trace() is not None and seconds:
            skipped.append(seconds)
            seconds = 0
        return await async_sleep(seconds, result)

    time.sleep, asyncio.sleep = skip, skip_async  # type: ignore[assignment]
    try:
        yield skipped
    finally:
        time.sleep, asyncio.sleep = sleep, async_sleep


@experiment
def retry_decorator_keeps_the_kind(target: Any = None) -> Observation:
    """What is left of a `def` and of an `async def` function below a retry decorator; `target` is another one."""
    seen = _Retried(target)
    facts: dict[str, Fact] = {
        "name of the decorated task": seen.plain.response.json()["name"],
        "def task: calls": seen.calls.count("/def"),
        "async def task: calls": seen.calls.count("/async"),
    }
    return Observation(facts, seen.timeline)


@experiment
def retry_decorator_retries(target: Any = None) -> Observation:
    """How often a retry decorator calls, with which pauses, and after which errors; `target` is another one."""
    seen = _Retried(target)
    facts: dict[str, Fact] = {
        "def task without connection: calls": seen.calls.count("/def"),
        "pauses": seen.pauses,
        "def task with a TypeError: calls": seen.calls.count("/mistaken"),
        "async def task without connection: calls": seen.calls.count("/async"),
    }
    return Observation(facts, seen.timeline)


@experiment
def retry_decorator_gives_up(target: Any = None) -> Observation:
    """What a retry decorator raises in the end, and whether the reason is still to be found in it."""
    seen = _Retried(target)
    [error] = seen.plain.errors
    facts: dict[str, Fact] = {
        "raised": _first_error(seen.plain),
        "what it keeps of the reason": "all" if isinstance(_root(error), ConnectionError) else "nothing",
        "the next task": "runs" if seen.following else "never runs",
    }
    return Observation(facts, seen.timeline)


def _root(error: BaseException) -> BaseException:
    """The first error of a chain."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return error


@experiment
def retried_task_is_added(target: Any = None) -> Observation:
    """A decorated function given to `add_task`: where it runs, how often, and what is left of its failure."""
    seen = _Retried(target)
    facts: dict[str, Fact] = {
        "def task": f"{seen.calls.count('/def')} calls, {seen.plain.thread(seen.plain.tasks[0])}",
        "left the app": seen.plain.left_the_app,
        "async def task": f"{seen.calls.count('/async')} calls, {seen.coroutine.left_the_app} left the app",
    }
    return Observation(facts, seen.timeline)


@experiment
def course_of_a_failed_charge(target: Any = None) -> Observation:
    """A task below a retry decorator and a record of failures always fails: what happens in which order?"""
    app = charging_app(target or awaiting_retry)
    with _skipped_sleeps():
        seen = visit(app, "/charge")
    [request] = [span for span in seen.spans if span.kind == "request"]
    moments = [*app.state.moments, (request.events["response end"], "the client is answered")]
    order = [what for _, what in sorted(moments)]
    facts: dict[str, Fact] = {"attempts": sum(what.startswith("attempt") for what in order), "order": order}
    return Observation(facts, seen.timeline)
