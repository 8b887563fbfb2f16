"""Lesson 01: who waits while an endpoint works."""

import asyncio
import time
from collections.abc import Callable

from fastapi import BackgroundTasks, FastAPI
from starlette.background import BackgroundTask

from demo_app.lab.experiments.targets.cycle import background_app, files_app, pool_app
from tests.lab.apps import last_route_first


def task_before_the_answer() -> FastAPI:
    """C01: the endpoint does the work itself and answers afterwards."""
    app = FastAPI()

    def work() -> None:
        time.sleep(1)

    @app.get("/task")
    async def task() -> None:
        await BackgroundTask(work)()

    return app


def task_of_its_own() -> FastAPI:
    """C02: the endpoint starts an asyncio task for the work."""
    app, running = FastAPI(), set[asyncio.Task[None]]()

    async def work() -> None:
        await asyncio.sleep(1)

    @app.get("/waiting-task")
    async def waiting_task() -> None:
        await asyncio.sleep(1)
        running.add(asyncio.create_task(work()))

    return app


def sleeps_on_the_loop() -> FastAPI:
    """C03 to C06: the sleeping `def` endpoint is written as `async def`."""
    app = FastAPI()

    @app.get("/async-sleep")
    @app.get("/sync-task")
    async def sync_task() -> dict[str, str]:
        time.sleep(1)
        return {"status": "completed"}

    @app.get("/async-await")
    async def async_await() -> dict[str, str]:
        await asyncio.sleep(1)
        return {"status": "completed"}

    return app


def task_without_a_thread() -> FastAPI:
    """S01: the background task awaits, and takes no worker thread."""
    return _replaced(pool_app(), "/task")


def endpoint_without_a_thread() -> FastAPI:
    """S02: the endpoint that held the only thread awaits instead."""
    app = files_app()

    @app.get("/sync-task")
    async def sync_task() -> None:
        await asyncio.sleep(1)

    return last_route_first(app)


def awaits_on_the_loop() -> FastAPI:
    """S03: what is `async def` awaits its sleep."""
    app = _replaced(background_app(), "/task-on-the-loop")

    @app.get("/async-sleep")
    async def async_sleep() -> None:
        await asyncio.sleep(1)

    return last_route_first(app)


def answers_without_a_thread() -> FastAPI:
    """What is returned by an `async def` endpoint is checked on the loop, and waits for no thread."""
    app = FastAPI()

    @app.get("/typed")
    @app.get("/untyped", response_model=None)
    async def endpoint() -> dict[str, str]:
        await asyncio.sleep(1)
        return {"status": "completed"}

    return app


def _replaced(app: FastAPI, path: str) -> FastAPI:
    """`app` with an endpoint at `path` whose task awaits."""

    async def wait() -> None:
        await asyncio.sleep(1)

    @app.get(path)
    async def task(background_tasks: BackgroundTasks) -> None:
        background_tasks.add_task(wait)

    return last_route_first(app)


OPPOSITES: dict[str, Callable[[], FastAPI]] = {
    "C01": task_before_the_answer,
    "C02": task_of_its_own,
    "C03": sleeps_on_the_loop,
    "C04": sleeps_on_the_loop,
    "C05": sleeps_on_the_loop,
    "C06": sleeps_on_the_loop,
    "S01": task_without_a_thread,
    "S02": endpoint_without_a_thread,
    "S03": awaits_on_the_loop,
}
