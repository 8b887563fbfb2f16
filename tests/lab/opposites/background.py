"""Lesson 02: when, where and in which order background tasks run."""

import asyncio
import json
import os
import socket
import time
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any

from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Response
from starlette.background import BackgroundTask

from demo_app.lab.experiments.targets import background as targets
from demo_app.lab.experiments.targets.background import first, second, third
from tests.lab.apps import last_route_first


def task_of_its_own() -> FastAPI:
    """C07: the work is started beside the request, which ends without it."""
    app, running = FastAPI(), set[asyncio.Task[None]]()

    async def work() -> None:
        await asyncio.sleep(1)

    @app.get("/task")
    async def task() -> None:
        running.add(asyncio.create_task(work()))

    return app


def everything_on_the_loop() -> FastAPI:
    """C08: the endpoint that was `def` is `async def`."""
    app = targets.threads_app()

    async def async_dependency() -> None: ...

    @app.get("/def", dependencies=[Depends(async_dependency)])
    async def def_endpoint() -> None: ...

    return last_route_first(app)


def guarded_tasks() -> FastAPI:
    """C09: each task keeps its exceptions to itself."""
    app = FastAPI()

    def guarded(task: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            with suppress(ValueError):
                task()

        run.__name__ = task.__name__
        return run

    @app.get("/three-tasks")
    async def three_tasks(tasks: BackgroundTasks) -> dict[str, str]:
        for task in (first, second, third):
            tasks.add_task(guarded(task))
        return {"kept as": "BackgroundTask in a list"}

    return app


def written_down() -> FastAPI:
    """C10: the tasks are in a file, and what is left of them is begun when the app starts."""
    todo = Path(os.environ.get("WRITTEN_DOWN", "/nowhere"))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        for number in json.loads(todo.read_text("utf-8")) if todo.exists() else []:
            print(json.dumps(f"task {number} begins"), flush=True)
        yield

    app = FastAPI(lifespan=lifespan)

    async def work() -> None:
        print(json.dumps("task 1 begins"), flush=True)
        await asyncio.Event().wait()

    @app.get("/three-tasks")
    async def three_tasks(tasks: BackgroundTasks) -> None:
        todo.write_text(json.dumps([2, 3]), "utf-8")
        tasks.add_task(work)

    return app


def side_by_side() -> FastAPI:
    """C11, C16, S04: tasks that gather others on the loop, and one that blocks it."""
    app = FastAPI()

    async def work() -> None:
        await asyncio.sleep(1)

    async def block() -> None:
        time.sleep(1)

    async def together(number: int) -> None:
        await asyncio.gather(*(work() for _ in range(number)), return_exceptions=True)

    @app.post("/notify/{email}", status_code=202)
    async def notify(email: str, tasks: BackgroundTasks) -> None:
        tasks.add_task(work)

    @app.post("/notify-async/{email}", status_code=202)
    async def notify_async(email: str, tasks: BackgroundTasks) -> None:
        tasks.add_task(block)

    @app.post("/newsletter", status_code=202)
    async def newsletter(tasks: BackgroundTasks) -> None:
        for _ in range(3):
            tasks.add_task(together, 3)

    return app


def sends_first() -> FastAPI:
    """C17: the endpoints send, and then answer."""
    app = FastAPI()

    @app.post("/notify/{email}", status_code=202)
    @app.post("/notify-unchecked/{email}")
    async def notify(email: str) -> None:
        await asyncio.sleep(1)

    return app


def asks_a_queue() -> FastAPI:
    """C12: the endpoint connects to something that listens."""
    app, waiting = targets.methods_app(), socket.create_server(("127.0.0.1", 0))

    @app.get("/with-task")
    def with_task() -> None:
        with closing(socket.socket()) as to_a_queue:
            to_a_queue.connect(waiting.getsockname())

    app.state.queue = waiting  # closed with the app
    weakref.finalize(app, waiting.close)
    return last_route_first(app)


def added_by_hand() -> FastAPI:
    """A task behind a failing one is put into a response of its own, so that it stands in another list."""
    app = targets.ways_app()

    def note() -> None:
        app.state.ran["/behind-a-failing-one"] = time.monotonic_ns()

    @app.get("/behind-a-failing-one")
    async def behind_a_failing_one() -> Response:
        return Response(background=BackgroundTask(note))

    return last_route_first(app)


def keeps_results() -> FastAPI:
    """C13: the task puts its result where it stays."""
    app = FastAPI()
    app.state.seen, app.state.results = [], []

    def make_report() -> None:
        report = targets.Report()
        app.state.results.append(report)
        app.state.seen.append(weakref.ref(report))

    @app.get("/report")
    async def report(tasks: BackgroundTasks) -> dict[str, str]:
        tasks.add_task(make_report)
        return {"add_task returns": "nothing"}

    return app


def checks_addresses() -> FastAPI:
    """C14: the endpoint refuses what is no address."""
    app = FastAPI()

    def work() -> None:
        time.sleep(1)

    @app.post("/notify-unchecked/{email}", status_code=202)
    async def notify(email: str, tasks: BackgroundTasks) -> dict[str, str]:
        if "@" not in email:
            raise HTTPException(422)
        tasks.add_task(work)
        return {"message": "Notification accepted"}

    return app


OPPOSITES: dict[str, Callable[[], Any]] = {
    "C07": task_of_its_own,
    "C08": everything_on_the_loop,
    "C09": guarded_tasks,
    "C10": lambda: written_down,
    "C11": side_by_side,
    "C12": asks_a_queue,
    "C13": keeps_results,
    "C14": checks_addresses,
    "C16": side_by_side,
    "C17": sends_first,
    "S04": side_by_side,
}
