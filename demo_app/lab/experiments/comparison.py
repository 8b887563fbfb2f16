"""What background tasks have of what a queue has: the experiments of lesson 03 that need no worker."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import BackgroundTasks
from starlette.types import ASGIApp, Receive, Scope, Send

from demo_app.lab.experiments import Fact, Observation, app_experiment, experiment
from demo_app.lab.experiments.background import NOTIFY, NOTIFY_ASYNC
from demo_app.lab.experiments.targets import with_task
from demo_app.lab.experiments.targets.background import notifications_app
from demo_app.lab.experiments.targets.comparison import failing_task_app, kept_task_app, process_id_app
from demo_app.lab.gate import PATIENCE, Gate, endpoints, gated, replacing_sleeps, until
from demo_app.lab.process import ServerProcess
from demo_app.lab.server import LiveServer
from demo_app.lab.timeline import Timeline
from demo_app.lab.trace import Span, new_trace_id, traceparent

HOUR = 3600  # seconds
REQUESTS = 3  # to each of two processes


class _Clock:
    """An app whose event loop's clock can be put forward."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._loop = asyncio.get_running_loop()
        await self._app(scope, receive, send)

    def put_forward(self, seconds: float) -> bool:
        """Whether a timer that was set to go off just before that does so."""
        gone_off = threading.Event()

        def turn() -> None:
            self._loop.call_later(seconds - 1, gone_off.set)
            time = self._loop.time
            self._loop.time = lambda: time() + seconds  # type: ignore[method-assign]

        self._loop.call_soon_threadsafe(turn)
        return gone_off.wait(PATIENCE)


@app_experiment
def long_background_task(target: Any = None) -> Observation:
    """Whether anything ends a task that has been at work for an hour, by the clock of the server's loop."""
    kinds = {"def task": NOTIFY, "async def task": NOTIFY_ASYNC}
    seen = {kind: _an_hour_later(target, path) for kind, path in kinds.items()}
    facts: dict[str, Fact] = {
        "a timer of an hour": "goes off" if all(timer for timer, _, _ in seen.values()) else "does not go off",
        **{kind: end for kind, (_, end, _) in seen.items()},
    }
    return Observation(facts, Timeline([span for _, _, spans in seen.values() for span in spans]))


def _an_hour_later(target: Any, path: str) -> tuple[bool, str, list[Span]]:
    """Whether a timer went off while a task stood in the gate, and what became of that task."""
    app, trace_id = with_task(target, path, notifications_app), new_trace_id()
    clock = _Clock(app)
    with LiveServer(clock) as server:
        gate = Gate(server.trace)
        with replacing_sleeps(endpoints(app.routes), gate):
            server.client.post(path, json={"message": "Hello"}, headers=traceparent(trace_id)).raise_for_status()
            until(lambda: gate.inside == 1, f"The task of {path} never came to a sleep, so it was not at work.")
            timer = clock.put_forward(HOUR)
            gate.open()
            spans = server.trace.wait_until_ended([trace_id], PATIENCE)
    # Whoever is cancelled does not leave the gate by its way out.
    return timer, "is cut off" if gate.inside else "works on to its end", spans


@experiment
def no_status_of_a_background_task(target: Any = None) -> Observation:
    """What an added task has and whether that changes by its run; `target` is another class in place of ours."""
    app = kept_task_app(target or BackgroundTasks)
    with gated(app) as (server, gate):
        server.client.get("/task", headers=traceparent(trace_id := new_trace_id()))
        until(lambda: gate.inside == 1, "The task never came to its sleep.")
        running = dict(vars(app.state.task))
        gate.open()
        spans = server.trace.wait_until_ended([trace_id], PATIENCE)
    facts: dict[str, Fact] = {
        "add_task returns": "nothing" if app.state.returned is None else "something",
        "an added task has": sorted(app.state.added),
        "differs while it runs": _difference(app.state.added, running),
        "differs when it has returned": _difference(app.state.added, vars(app.state.task)),
    }
    return Observation(facts, Timeline(spans))


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    return ", ".join(sorted(name for name in after if after[name] != before.get(name))) or "nothing"


@experiment
def failing_background_task_runs_once(target: Any = None) -> Observation:
    """How often a task is run that fails, when the next request's task has run as well; `target` is a decorator."""
    app, own_connection = failing_task_app(target or _undecorated), {"Connection": "close"}  # a failure closes it
    with LiveServer(app) as server:
        for path in ("/failing", "/working"):
            trace_id = new_trace_id()
            server.client.get(path, headers=traceparent(trace_id) | own_connection).raise_for_status()
            server.trace.wait_until_ended([trace_id], PATIENCE)
        spans = server.trace.spans()
    facts: dict[str, Fact] = {
        "client": f"answered {Timeline(spans).statuses[0]}",
        "runs of the failing task": app.state.ran.count("/failing"),
        "runs of the next request's task": app.state.ran.count("/working"),
    }
    return Observation(facts, Timeline(spans))


def _undecorated(task: Callable[[], None]) -> Callable[[], None]:
    return task


@experiment
def tasks_stay_in_their_process(target: Any = None) -> Observation:
    """Two processes serve the same app: in which of them do the tasks of their endpoints run?"""
    factory = target or process_id_app
    with ServerProcess(factory) as one, ServerProcess(factory) as other:
        pairs = [(server.client.get("/task").json(), server.told()) for server in [one, other] * REQUESTS]
        spans = one.spans() + other.spans()
    facts: dict[str, Fact] = {
        "processes": len({endpoint for endpoint, _ in pairs}),
        "requests": len(pairs),
        "tasks in the process of their endpoint": sum(endpoint == task for endpoint, task in pairs),
    }
    return Observation(facts, Timeline(spans))
