"""Lesson 02: `BackgroundTasks` used as it is meant."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from fastapi import BackgroundTasks, FastAPI, Request, WebSocket
from fastapi.responses import JSONResponse

from demo_app.lab.experiments.targets import misuse as targets
from demo_app.lab.experiments.targets.misuse import injected_task, own_task
from tests.lab.apps import last_route_first


def runs_them_itself() -> FastAPI:
    """C15: the websocket endpoint runs its tasks by hand."""
    app = targets.signatures_app()

    @app.websocket("/websocket")
    async def websocket(websocket: WebSocket, tasks: BackgroundTasks) -> None:
        await websocket.accept()
        tasks.add_task(app.state.ran.append, "/websocket")
        await tasks()
        await websocket.close()

    return last_route_first(app)


def hands_them_on() -> FastAPI:
    """S17: the response gets the injected tasks, with one more."""
    app = targets.responses_app()

    @app.get("/response-with-background")
    async def own_background(tasks: BackgroundTasks) -> JSONResponse:
        tasks.add_task(injected_task)
        tasks.add_task(own_task)
        return JSONResponse({}, background=tasks)

    return last_route_first(app)


def answers_itself() -> FastAPI:
    """S18: in place of raising, the endpoint returns its refusal."""
    app = targets.failing_endpoints_app()

    @app.get("/refused")
    async def refused(tasks: BackgroundTasks) -> JSONResponse:
        tasks.add_task(injected_task)
        return JSONResponse({}, 409)

    return last_route_first(app)


def reads_first() -> FastAPI:
    """S28: the endpoint reads the body, and hands on what it has read."""
    app = targets.arguments_app()

    def note(body: bytes) -> None:
        app.state.saw["body"] = str(body, "utf-8")

    @app.post("/unread")
    async def unread(request: Request, tasks: BackgroundTasks) -> None:
        tasks.add_task(note, await request.body())

    return last_route_first(app)


def forgets_to_return() -> FastAPI:
    """C34: the wrapper handles nothing, because it returns nothing."""
    app = targets.brackets_app()

    def handling(task: Callable[[], None]) -> Any:
        with suppress(ValueError):
            task()

    def fail() -> None:
        app.state.ran.append("/wrapped")
        raise ValueError

    @app.get("/wrapped")
    async def wrapped(tasks: BackgroundTasks) -> None:
        tasks.add_task(handling(fail))

    return last_route_first(app)


OPPOSITES: dict[str, Callable[[], Any]] = {
    "C34": forgets_to_return,
    "C15": runs_them_itself,
    "S17": hands_them_on,
    "S18": answers_itself,
    "S28": reads_first,
}
