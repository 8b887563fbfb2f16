"""Lessons 03 and 04: what would have to be otherwise for background tasks and queues to be what is said of them."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

from fastapi import BackgroundTasks, Depends, FastAPI
from starlette.background import BackgroundTask

from demo_app.lab.experiments.targets import snippets
from demo_app.lab.experiments.targets.dependencies import Resource, yielding_app
from demo_app.retries import retry
from tests.lab.apps import last_route_first


def under_a_time_limit() -> FastAPI:
    """C18: the tasks get a minute."""
    app = FastAPI()

    async def work() -> None:
        async with asyncio.timeout(60):
            await asyncio.sleep(1)

    @app.post("/notify/{email}")
    @app.post("/notify-async/{email}")
    async def notify(email: str, tasks: BackgroundTasks) -> None:
        tasks.add_task(work)

    return app


class FollowedTask(BackgroundTask):
    """A task that knows its state."""

    def __init__(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(func, *args, **kwargs)
        self.state = "PENDING"

    async def __call__(self) -> None:
        self.state = "STARTED"
        await super().__call__()
        self.state = "SUCCESS"


class FollowedTasks(BackgroundTasks):
    """C20: `add_task` returns the task, and the task knows its state."""

    def add_task(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.tasks.append(FollowedTask(func, *args, **kwargs))
        return self.tasks[-1]


def handed_over() -> FastAPI:
    """C24: the task gives its work to a process that it starts."""
    app = FastAPI()

    def tell() -> None:
        code = "import json, os; print(json.dumps(str(os.getpid())), flush=True)"
        subprocess.run([sys.executable, "-c", code], check=True)

    @app.get("/task")
    async def task(tasks: BackgroundTasks) -> str:
        tasks.add_task(tell)
        return str(os.getpid())

    return app


def torn_down_first() -> FastAPI:
    """C29: the dependency belongs to the endpoint alone."""
    app = yielding_app()

    def resource() -> Iterator[Resource]:
        opened = Resource()
        yield opened
        opened.state = "closed"

    def work(opened: Resource) -> None:
        app.state.found = opened.state

    @app.get("/task")
    async def task(tasks: BackgroundTasks, opened: Annotated[Resource, Depends(resource, scope="function")]) -> None:
        tasks.add_task(work, opened)

    return last_route_first(app)


def self_contained() -> Mapping[str, str]:
    """C60: the second snippet brings the app that it uses."""
    mended = "import time\nfrom fastapi import FastAPI\napp = FastAPI()\n" + snippets.SNIPPETS["2 background task"]
    return {**snippets.SNIPPETS, "2 background task": mended}


OPPOSITES: dict[str, Callable[[], Any]] = {
    "C18": under_a_time_limit,
    "C20": lambda: FollowedTasks,
    "C22": lambda: retry(attempts=3, base=0),
    "C24": lambda: handed_over,
    "C29": torn_down_first,
    "C60": self_contained,
}

# Those with a worker; most have Celery settings for a target.
OF_WORKERS: dict[str, Any] = {
    "C19": {"task_ignore_result": True},
    "C21": {"task_track_started": False},
    "C23": {"task_annotations": {"*": {"max_retries": 0}}},
    "C25": {"task_always_eager": True},
    "C26": "yaml",
    "C27": {"task_track_started": True, "task_acks_late": True, "task_time_limit": 600},
    "C28": f"import time\n{snippets.LONG_TASK}",
}
