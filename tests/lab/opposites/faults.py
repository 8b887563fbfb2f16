"""Lesson 05: failures that are told, and retries that keep what they should."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Annotated, Any

from fastapi import BackgroundTasks, Depends, FastAPI

from demo_app.lab.experiments.targets import faults as targets
from demo_app.lab.experiments.targets.clients import wait_then_fail
from demo_app.main import create_app
from demo_app.retries import retry
from tests.lab.apps import last_route_first


def catches_itself() -> FastAPI:
    """C35: a wrapper of the app's own knows `on_error`, and calls it."""
    app = targets.on_error_app()

    def telling(task: Callable[[], None], on_error: Callable[[Exception], None]) -> None:
        try:
            task()
        except Exception as error:
            on_error(error)

    def fail() -> None:
        raise ValueError

    @app.get("/on-error")
    async def on_error(tasks: BackgroundTasks) -> None:
        tasks.add_task(telling, fail, on_error=app.state.told.append)

    return last_route_first(app)


def repaired() -> Any:
    """C36 to C39: a decorator that knows both kinds, waits, chooses, and raises the error itself."""
    return retry(attempts=3)


def commits_first(database: Path) -> FastAPI:
    """C40: every endpoint commits before it adds its task."""
    app = targets.rows_app(database)

    def count(order: int) -> None:
        with closing(sqlite3.connect(database)) as own:
            rows = own.execute("SELECT count(*) FROM orders WHERE id = ?", (order,)).fetchone()[0]
        app.state.counted["/commit-after-yield"] = rows

    def connected() -> Any:
        with closing(sqlite3.connect(database, check_same_thread=False)) as connection:
            yield connection

    @app.get("/commit-after-yield")
    async def commit_after_yield(tasks: BackgroundTasks, connection: Annotated[Any, Depends(connected)]) -> None:
        connection.execute("INSERT INTO orders VALUES (1)")
        connection.commit()
        tasks.add_task(count, 1)

    return last_route_first(app)


def swallowed() -> FastAPI:
    """S12: the task keeps its exception to itself."""
    app = targets.middleware_app()

    def quiet() -> None: ...

    @app.get("/task")
    async def task(tasks: BackgroundTasks) -> None:
        tasks.add_task(quiet)

    return last_route_first(app)


def set_outside() -> FastAPI:
    """S19: an `async def` endpoint in place of the `def` one."""
    app = targets.context_app()

    def look() -> None:
        app.state.seen["/def"] = targets.request_id.get()

    @app.get("/def")
    async def in_def(tasks: BackgroundTasks) -> None:
        targets.request_id.set("seven")
        tasks.add_task(look)

    return last_route_first(app)


def handled_in_the_task() -> FastAPI:
    """S21: the task handles what it raises."""
    app = targets.handlers_app()

    def careful() -> None:
        try:
            targets.unlucky()
        except targets.Unlucky:
            app.state.handled.append("the task itself")

    @app.get("/task-with-handler")
    async def task(tasks: BackgroundTasks) -> None:
        tasks.add_task(careful)

    return last_route_first(app)


def keeps_it_in() -> FastAPI:
    """The failing task keeps its exception in, so that nobody around it notices."""
    app = targets.two_tasks_app()

    async def careful() -> None:
        with suppress(ValueError):
            await wait_then_fail()

    def following() -> None: ...

    @app.get("/failing-task")
    async def failing_task(tasks: BackgroundTasks) -> None:
        tasks.add_task(careful)
        tasks.add_task(following)

    return last_route_first(app)


def asks_for_the_result() -> FastAPI:
    """S22: the task's end is looked at, and what it raised is logged at once."""
    app = targets.create_task_app()

    async def fail() -> None:
        raise ValueError

    @app.get("/create-task")
    async def create_task() -> None:
        task = asyncio.create_task(fail())
        app.state.kept.append(task)
        await asyncio.wait([task])
        asyncio.get_running_loop().call_exception_handler({"message": "exception", "exception": task.exception()})

    return last_route_first(app)


def asks_first() -> FastAPI:
    """A payment that looks whether it was charged before it charges."""
    app = targets.provider_app()

    def charge_if_not_charged() -> None:
        if not app.state.charges["/without-key"]:
            app.state.charges["/without-key"].append(None)

    @app.get("/without-key")
    async def without_key(tasks: BackgroundTasks) -> None:
        tasks.add_task(charge_if_not_charged)

    return last_route_first(app)


def forgetful_app() -> FastAPI:
    """The app's payments, in a database that goes with its process."""
    os.environ.pop("DEMO_DATABASE_URL")
    return create_app("faults")


OPPOSITES: dict[str, Callable[[], Any]] = {
    "C35": catches_itself,
    "C36": repaired,
    "C37": repaired,
    "C38": repaired,
    "C39": repaired,
    "C40": lambda: commits_first,
    "S12": swallowed,
    "S19": set_outside,
    "S21": handled_in_the_task,
    "S22": asks_for_the_result,
}
