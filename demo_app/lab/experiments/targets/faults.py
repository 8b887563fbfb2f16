"""Tasks that fail, and what is told about it to whom."""

import asyncio
import functools
import gc
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from contextvars import ContextVar
from itertools import count
from pathlib import Path
from typing import Annotated, Any

from fastapi import BackgroundTasks, Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from demo_app.lab.experiments.targets.clients import wait_then_fail

logger = logging.getLogger(__name__)


class Unlucky(Exception):
    """An exception that has a handler of its own."""


def unlucky() -> None:
    raise Unlucky


def unsafe_task(*, fail: bool = True) -> None:
    """Fails when it is let, so that there would be something to tell."""
    if fail:
        raise RuntimeError("the work failed")


def open_minded_task(**options: Any) -> None: ...


def on_error_app() -> FastAPI:
    """Tasks that are given an `on_error`; `app.state.told` lists what it was called with."""
    app = FastAPI()
    app.state.told = []

    @app.get("/on-error")
    async def on_error(tasks: BackgroundTasks) -> None:
        tasks.add_task(unsafe_task, on_error=app.state.told.append)  # type: ignore[call-arg]

    @app.get("/on-error-with-options")
    async def on_error_with_options(tasks: BackgroundTasks) -> None:
        tasks.add_task(open_minded_task, on_error=app.state.told.append)

    return app


def handlers_app() -> FastAPI:
    """Handlers for one exception and for all, and the same exceptions in an endpoint and in a task."""
    app = FastAPI()
    app.state.handled = []

    def fail() -> None:
        raise ValueError

    @app.exception_handler(Unlucky)
    async def handle_unlucky(request: Request, error: Unlucky) -> Response:
        app.state.handled.append("handler for its class")
        return JSONResponse({}, 418)

    @app.exception_handler(Exception)
    async def handle_all(request: Request, error: Exception) -> Response:
        app.state.handled.append("handler for Exception")
        return JSONResponse({}, 500)

    @app.get("/endpoint")
    async def endpoint() -> None:
        raise Unlucky

    @app.get("/task")
    async def task(tasks: BackgroundTasks) -> None:
        tasks.add_task(fail)

    @app.get("/task-with-handler")
    async def task_with_handler(tasks: BackgroundTasks) -> None:
        tasks.add_task(unlucky)

    return app


def two_tasks_app() -> FastAPI:
    """A task that waits and then raises, and another one behind it."""
    app = FastAPI()

    def following() -> None: ...

    @app.get("/failing-task")
    async def failing_task(tasks: BackgroundTasks) -> None:
        tasks.add_task(wait_then_fail)
        tasks.add_task(following)

    return app


def create_task_app() -> FastAPI:
    """A coroutine that fails, started by hand; it is kept until `/forget`."""
    app = FastAPI()
    app.state.kept = []

    async def fail() -> None:
        raise ValueError("nobody awaits me")

    @app.get("/create-task")
    async def create_task() -> None:
        app.state.kept.append(asyncio.create_task(fail()))

    @app.get("/forget")
    async def forget() -> None:
        app.state.kept.clear()
        gc.collect()

    return app


request_id: ContextVar[str] = ContextVar("request_id", default="unset")


class _Naming:
    """Plain ASGI middleware that gives each request a name."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") == "/middleware":
            request_id.set("seven")
        await self.app(scope, receive, send)


def context_app() -> FastAPI:
    """A context variable set in three places; `app.state.seen` is what the task finds in it."""
    app = FastAPI()
    app.state.seen = {}

    def look(path: str) -> None:
        app.state.seen[path] = request_id.get()

    @app.get("/async")
    async def in_async(tasks: BackgroundTasks) -> None:
        request_id.set("seven")
        tasks.add_task(look, "/async")

    @app.get("/def")
    def in_def(tasks: BackgroundTasks) -> None:
        request_id.set("seven")
        tasks.add_task(look, "/def")

    @app.get("/middleware")
    def in_middleware(tasks: BackgroundTasks) -> None:
        tasks.add_task(look, "/middleware")

    app.add_middleware(_Naming)
    return app


def middleware_app() -> FastAPI:
    """A failing task below `BaseHTTPMiddleware`."""
    app = FastAPI()

    async def passing(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        return await call_next(request)

    @app.get("/task")
    async def task(tasks: BackgroundTasks) -> None:
        tasks.add_task(unlucky)

    app.add_middleware(BaseHTTPMiddleware, dispatch=passing)
    return app


def often_shown_retry(function: Callable[..., Any]) -> Callable[..., Any]:
    """The decorator in the shape often shown: three attempts at once, for whatever is raised."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        attempts = 0
        while attempts < 3:
            try:
                return function(*args, **kwargs)
            except Exception as error:
                attempts += 1
                logger.info("Attempt %d failed: %s", attempts, error)
        raise RuntimeError("Max retries exceeded")

    return call


Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def retrying_app(decorate: Decorator) -> FastAPI:
    """Failing tasks below a decorator, each followed by another task; `app.state.calls` lists their calls."""
    app = FastAPI()
    app.state.calls = []

    @decorate
    def flaky() -> None:
        app.state.calls.append("/def")
        raise ConnectionError("no connection")

    @decorate
    def mistaken() -> None:
        app.state.calls.append("/mistaken")
        raise TypeError("a slip of the pen")

    @decorate
    async def flaky_async() -> None:
        app.state.calls.append("/async")
        raise ConnectionError("no connection")

    def following() -> None:
        app.state.calls.append("following")

    def serve(path: str, task: Callable[..., Any]) -> None:
        async def endpoint(tasks: BackgroundTasks) -> dict[str, str]:
            tasks.add_task(task)
            tasks.add_task(following)
            return {"name": getattr(task, "__name__", "lost")}

        app.get(path)(endpoint)

    for path, task in {"/def": flaky, "/mistaken": mistaken, "/async": flaky_async}.items():
        serve(path, task)
    return app


def rows_app(database: Path) -> FastAPI:
    """Endpoints that insert a row, and a task that counts rows by a connection of its own."""
    app = FastAPI()
    app.state.counted = {}
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY)")

    def connected() -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(database, check_same_thread=False)) as connection:
            yield connection
            connection.commit()

    def count(path: str, order: int) -> None:
        with closing(sqlite3.connect(database)) as own:
            app.state.counted[path] = own.execute("SELECT count(*) FROM orders WHERE id = ?", (order,)).fetchone()[0]

    @app.get("/commit-after-yield")
    async def commit_after_yield(tasks: BackgroundTasks, connection: Annotated[Any, Depends(connected)]) -> None:
        connection.execute("INSERT INTO orders VALUES (1)")
        tasks.add_task(count, "/commit-after-yield", 1)

    @app.get("/commit-first")
    async def commit_first(tasks: BackgroundTasks, connection: Annotated[Any, Depends(connected)]) -> None:
        connection.execute("INSERT INTO orders VALUES (2)")
        connection.commit()
        tasks.add_task(count, "/commit-first", 2)

    return app


def provider_app() -> FastAPI:
    """A payment whose first answer is lost, retried once, with and without an idempotency key.

    `app.state.charges` lists, by path, what the provider has charged.
    """
    app = FastAPI()
    app.state.charges = {"/without-key": [], "/with-key": []}

    def charge(path: str, key: str | None) -> None:
        charges = app.state.charges[path]
        if key is None or key not in charges:
            charges.append(key)
            if len(charges) == 1:
                raise TimeoutError("the answer is lost")

    def charge_twice_if_need_be(path: str, key: str | None) -> None:
        try:
            charge(path, key)
        except TimeoutError:
            charge(path, key)

    @app.get("/without-key")
    async def without_key(tasks: BackgroundTasks) -> None:
        tasks.add_task(charge_twice_if_need_be, "/without-key", None)

    @app.get("/with-key")
    async def with_key(tasks: BackgroundTasks) -> None:
        tasks.add_task(charge_twice_if_need_be, "/with-key", "order 7")

    return app


def awaiting_retry(function: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """Three attempts of an `async def` function, with pauses; the last error comes out as it is."""

    @functools.wraps(function)
    async def call() -> None:
        for pause in (1, 2):
            try:
                return await function()
            except ConnectionError:
                await asyncio.sleep(pause)
        return await function()

    return call


def charging_app(decorate: Decorator) -> FastAPI:
    """A charge that always fails, below a retry decorator and a record of failures, and a task behind it.

    `app.state.moments` lists what happened, with the time by the clock of the spans.
    """
    app = FastAPI()
    app.state.moments = []

    def note(what: str) -> None:
        app.state.moments.append((time.monotonic_ns(), what))

    def recorded(function: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        async def call() -> None:
            try:
                await function()
            except ConnectionError:
                note("the row is written")

        return call

    attempts = count(1)

    @recorded
    @decorate
    async def charge() -> None:
        note(f"attempt {next(attempts)} fails")
        raise ConnectionError

    @app.get("/charge")
    async def endpoint(tasks: BackgroundTasks) -> None:
        tasks.add_task(charge)
        tasks.add_task(note, "the next task begins")

    return app
