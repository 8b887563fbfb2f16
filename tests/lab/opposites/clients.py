"""Lesson 02: what clients see of a background task."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from typing import Any

from fastapi import BackgroundTasks, FastAPI, Request

from demo_app.lab.experiments.targets import clients as targets
from tests.lab.apps import last_route_first


def caught() -> FastAPI:
    """S05: the task keeps its exception to itself."""
    app = FastAPI()

    async def wait_and_catch() -> None:
        with suppress(ValueError):
            await asyncio.sleep(1)
            raise ValueError("the task fails")

    @app.get("/failing-task")
    async def failing_task(tasks: BackgroundTasks) -> None:
        tasks.add_task(wait_and_catch)

    return app


def blocks_the_loop() -> FastAPI:
    """S06: the task sleeps on the loop."""
    app = FastAPI()

    async def block() -> None:
        time.sleep(1)

    @app.get("/waiting-task")
    async def waiting_task(tasks: BackgroundTasks) -> None:
        tasks.add_task(block)

    return app


def beside_the_request() -> FastAPI:
    """S07: the work is no background task, so no test client waits for it."""
    app = FastAPI()

    def work() -> None:
        time.sleep(1)

    @app.get("/failing-task")
    async def failing_task() -> None:
        threading.Thread(target=copy_context().run, args=(work,)).start()

    return app


def work_beside_the_request() -> FastAPI:
    """S11: no middleware knows of work that is no background task."""
    app, running = targets.middleware_app(), set[asyncio.Task[None]]()

    async def work() -> None:
        await asyncio.sleep(1)

    @app.get("/waiting-task")
    async def waiting_task() -> None:
        running.add(asyncio.create_task(work()))

    return last_route_first(app)


def looks_who_listens() -> FastAPI:
    """S20: the endpoint asks whether the client is still there."""
    app = FastAPI()

    def work() -> None: ...

    @app.get("/slow")
    async def slow(request: Request, tasks: BackgroundTasks) -> None:
        await asyncio.sleep(1)
        if not await request.is_disconnected():
            tasks.add_task(work)

    return app


OPPOSITES: dict[str, Callable[[], Any]] = {
    "S05": caught,
    "S06": blocks_the_loop,
    "S07": beside_the_request,
    "S11": work_beside_the_request,
    "S20": looks_who_listens,
}
