"""What `BackgroundTasks` makes of the ways in which it is used."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from fastapi import BackgroundTasks, FastAPI
from fastapi.exceptions import FastAPIError
from starlette.websockets import WebSocketDisconnect

from demo_app.lab.experiments import Fact, Observation, experiment
from demo_app.lab.experiments.targets import as_app
from demo_app.lab.experiments.targets.misuse import (
    arguments_app,
    brackets_app,
    failing_endpoints_app,
    responses_app,
    signatures_app,
)
from demo_app.lab.timeline import together
from demo_app.lab.visit import Visit, visit


@experiment
def tasks_are_injected_by_type(target: Any = None) -> Observation:
    """By what a parameter is recognised as the tasks of a request, and where they then run."""
    app = as_app(target, "/any-name", signatures_app)
    visits = {path: visit(app, path) for path in ("/any-name", "/annotated", "/dependency", "/no-annotation")}
    _open_websocket(app)
    facts: dict[str, Fact] = {
        "any name": _ran(app, "/any-name"),
        "Annotated": _ran(app, "/annotated"),
        "the same object in a dependency": _ran(app, "/dependency"),
        "without the annotation": visits["/no-annotation"].response.status_code,
        "BackgroundTasks | None": _optional(),
        "in a websocket endpoint": _ran(app, "/websocket"),
    }
    return Observation(facts, together(*visits.values()))


def _ran(app: FastAPI, path: str) -> str:
    return "the task runs" if path in app.state.ran else "the task never runs"


def _open_websocket(app: FastAPI) -> None:
    from fastapi.testclient import TestClient  # uvicorn alone speaks no websockets

    with suppress(WebSocketDisconnect), TestClient(app).websocket_connect("/websocket") as session:
        session.receive_text()


def _optional() -> str:
    async def endpoint(tasks: BackgroundTasks | None = None) -> None: ...

    try:
        FastAPI().get("/optional")(endpoint)
    except FastAPIError:
        return "the app does not start"
    return "accepted"


@experiment
def own_background_wins(target: Any = None) -> Observation:
    """Which tasks run when the endpoint returns a response of its own."""
    app = as_app(target, "/dict", responses_app)
    plain, own, with_background = (visit(app, path) for path in ("/dict", "/response", "/response-with-background"))
    facts: dict[str, Fact] = {
        "returned a dict": plain.tasks,
        "returned a response": own.tasks,
        "returned a response with background=": with_background.tasks,
        "injected header beside a dict": "sent" if "X-Injected" in plain.response.headers else "ignored",
        "injected header beside a response": "sent" if "X-Injected" in own.response.headers else "ignored",
    }
    return Observation(facts, together(plain, own, with_background))


@experiment
def tasks_need_an_answer(target: Any = None) -> Observation:
    """What becomes of a task that was added before the endpoint failed."""
    app = as_app(target, "/refused", failing_endpoints_app)
    visits = {
        "HTTPException after add_task": visit(app, "/refused"),
        "another exception after add_task": visit(app, "/raises"),
        "an answer that does not fit its model": visit(app, "/does-not-fit"),
    }
    facts: dict[str, Fact] = {
        what: f"{seen.response.status_code}, the task {'runs' if seen.tasks else 'never runs'}"
        for what, seen in visits.items()
    }
    return Observation(facts, together(*visits.values()))


@experiment
def arguments_of_a_task(target: Any = None) -> Observation:
    """What a task finds in a request that nobody has read, and in a list that was changed after `add_task`."""
    app = as_app(target, "/unread", arguments_app)
    unread, changed = visit(app, "/unread", "POST", content="hello"), visit(app, "/changed", "POST")
    facts: dict[str, Fact] = {
        "body first read in the task": app.state.saw["body"],
        "list changed after add_task": app.state.saw["names"],
    }
    return Observation(facts, together(unread, changed))


@experiment
def called_instead_of_passed(target: Any = None) -> Observation:
    """A task inside a wrapper of one's own, and a task with brackets behind its name: which of them run?"""
    app = as_app(target, "/wrapped", brackets_app)
    visits = {path: visit(app, path) for path in ("/wrapped", "/called", "/coroutine")}
    facts: dict[str, Fact] = {
        "add_task(handle(task))": _course(app, "/wrapped", visits),
        "add_task(task())": _course(app, "/called", visits),
        "add_task(async_task())": _course(app, "/coroutine", visits),
    }
    return Observation(facts, together(*visits.values()))


def _course(app: FastAPI, path: str, visits: Mapping[str, Visit]) -> str:
    seen, ran = visits[path], "ran" if path in app.state.ran else "never ran"
    return f"client {seen.response.status_code}, the task {ran}, {seen.left_the_app} left the app"
