"""Background tasks that are looked at from outside: what they have, how often and in which process they run."""

import json
import os
import time
from collections.abc import Callable
from typing import Any

from fastapi import BackgroundTasks, FastAPI, Response

Decorator = Callable[[Callable[[], None]], Callable[[], None]]


def kept_task_app(kind: type[BackgroundTasks]) -> FastAPI:
    """A task whose object is kept, with what `add_task` returned and what it had then, in `app.state`."""
    app = FastAPI()

    def work() -> str:
        time.sleep(1)
        return "the result"

    @app.get("/task")
    async def task() -> Response:
        tasks = kind()
        returned: Any = tasks.add_task(work)  # type: ignore[func-returns-value]
        app.state.returned, app.state.task = returned, tasks.tasks[-1]
        app.state.added = dict(vars(app.state.task))
        return Response(background=tasks)

    return app


def failing_task_app(decorate: Decorator) -> FastAPI:
    """A task that always fails, below this decorator, and one that never does; `app.state.ran` lists their runs."""
    app = FastAPI()
    app.state.ran = []

    def fail() -> None:
        app.state.ran.append("/failing")
        raise ConnectionError("smtp down")

    def work() -> None:
        app.state.ran.append("/working")

    @app.get("/failing")
    async def failing(tasks: BackgroundTasks) -> None:
        tasks.add_task(decorate(fail))

    @app.get("/working")
    async def working(tasks: BackgroundTasks) -> None:
        tasks.add_task(work)

    return app


def process_id_app() -> FastAPI:
    """An endpoint that answers with the id of its process, and a task that prints its own."""
    app = FastAPI()

    def tell() -> None:
        print(json.dumps(str(os.getpid())), flush=True)

    @app.get("/task")
    async def task(tasks: BackgroundTasks) -> str:
        tasks.add_task(tell)
        return str(os.getpid())

    return app
