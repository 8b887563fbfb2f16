"""Background tasks in the shapes that people give them: notifications, lists of tasks, results."""

import asyncio
import json
import time
import weakref
from typing import Annotated, Any

from fastapi import BackgroundTasks, Body, Depends, FastAPI, HTTPException, Response
from fastapi.responses import JSONResponse
from starlette.background import BackgroundTask

from demo_app.lab.experiments.targets import own_app

ADA, NOBODY = "ada@example.org", "nobody@example.org"
LETTER = {"message": "Hello", "emails": [ADA, NOBODY, ADA]}


def notifications_app() -> FastAPI:
    """The app's own notifications, or the same shapes where its dependencies are not installed."""
    return own_app("notifications", same_shape_app)


def send_notification(email: str, message: str) -> None:
    time.sleep(1)
    if email == NOBODY:
        raise LookupError(email)


async def send_notification_async(email: str, message: str) -> None:
    await asyncio.sleep(1)


def same_shape_app() -> FastAPI:
    """The paths of the app's notifications, without models and settings."""
    app = FastAPI()

    @app.post("/notify-unchecked/{email}")
    async def notify_unchecked(email: str, background_tasks: BackgroundTasks) -> dict[str, str]:
        background_tasks.add_task(send_notification, email, "Hello")
        return {"message": "Notification queued"}

    @app.post("/notify/{email}", status_code=202)
    async def notify(email: str, background_tasks: BackgroundTasks) -> dict[str, str]:
        background_tasks.add_task(send_notification, email, "Hello")
        return {"message": "Notification accepted"}

    @app.post("/notify-async/{email}", status_code=202)
    async def notify_async(email: str, background_tasks: BackgroundTasks) -> dict[str, str]:
        background_tasks.add_task(send_notification_async, email, "Hello")
        return {"message": "Notification accepted"}

    @app.post("/newsletter", status_code=202)
    async def newsletter(background_tasks: BackgroundTasks, letter: Annotated[Any, Body()]) -> dict[str, str]:
        for email in letter["emails"]:
            background_tasks.add_task(send_notification, email, "Hello")
        return {"message": "Notifications accepted"}

    return app


def first() -> None: ...


def second() -> None:
    raise ValueError("the second task fails")


def third() -> None: ...


def three_tasks_app() -> FastAPI:
    """Three tasks, of which the second raises; the answer tells in what they are kept."""
    app = FastAPI()

    @app.get("/three-tasks")
    async def three_tasks(background_tasks: BackgroundTasks) -> dict[str, str]:
        for task in (first, second, third):
            background_tasks.add_task(task)
        [kept] = {type(task).__name__ for task in background_tasks.tasks}
        return {"kept as": f"{kept} in a {type(background_tasks.tasks).__name__}"}

    return app


def threads_app() -> FastAPI:
    """Endpoints and dependencies that do nothing, `def` and `async def`."""
    app = FastAPI()

    def def_dependency() -> None: ...

    async def async_dependency() -> None: ...

    @app.get("/def", dependencies=[Depends(async_dependency)])
    def def_endpoint() -> None: ...

    @app.get("/async", dependencies=[Depends(def_dependency)])
    async def async_endpoint() -> None: ...

    return app


def methods_app() -> FastAPI:
    """Two paths with two methods each; one path adds a task."""
    app = FastAPI()

    def work() -> None: ...

    @app.get("/with-task")
    @app.post("/with-task")
    async def with_task(background_tasks: BackgroundTasks) -> None:
        background_tasks.add_task(work)

    @app.get("/without-task")
    @app.post("/without-task")
    async def without_task() -> None: ...

    return app


class Report:
    """A result that can be watched being thrown away."""


def results_app() -> FastAPI:
    """A task that returns its result; `app.state.seen` knows of it without keeping it."""
    app = FastAPI()
    app.state.seen = []

    def make_report() -> Report:
        report = Report()
        app.state.seen.append(weakref.ref(report))
        return report

    @app.get("/report")
    async def report(background_tasks: BackgroundTasks) -> dict[str, str]:
        returned: Any = background_tasks.add_task(make_report)  # type: ignore[func-returns-value]
        return {"add_task returns": "nothing" if returned is None else "something"}

    return app


def large_app() -> FastAPI:
    """An answer far larger than what the operating system takes at once, and a task that blocks the loop."""
    app = FastAPI()

    async def sleep_on_the_loop() -> None:
        time.sleep(1)

    @app.get("/large")
    async def large(background_tasks: BackgroundTasks) -> Response:
        background_tasks.add_task(sleep_on_the_loop)
        return Response(bytes(64_000_000), background=background_tasks)

    return app


def list_of_tasks_app() -> FastAPI:
    """Three tasks, each of which prints a line when it begins; the first one never ends."""
    app = FastAPI()

    async def work(number: int) -> None:
        print(json.dumps(f"task {number} begins"), flush=True)
        await asyncio.Event().wait()

    @app.get("/three-tasks")
    async def three_tasks(background_tasks: BackgroundTasks) -> None:
        for number in (1, 2, 3):
            background_tasks.add_task(work, number)

    return app


def ways_app() -> FastAPI:
    """Endpoints that each add a task and go on in another way; `app.state.ran` tells by path when it ran."""
    app = FastAPI()
    app.state.ran = {}

    def note(path: str) -> None:
        app.state.ran[path] = time.monotonic_ns()

    @app.get("/dict")
    async def returns_a_dict(tasks: BackgroundTasks) -> dict[str, str]:
        tasks.add_task(note, "/dict")
        return {}

    @app.get("/response")
    async def returns_a_response(tasks: BackgroundTasks) -> Response:
        tasks.add_task(note, "/response")
        return JSONResponse({})

    @app.get("/own-background")
    async def returns_a_background(tasks: BackgroundTasks) -> Response:
        tasks.add_task(note, "/own-background")
        return JSONResponse({}, background=BackgroundTask(first))

    @app.get("/raises")
    async def raises(tasks: BackgroundTasks) -> None:
        tasks.add_task(note, "/raises")
        raise HTTPException(409)

    @app.get("/behind-a-failing-one")
    async def behind_a_failing_one(tasks: BackgroundTasks) -> None:
        tasks.add_task(second)
        tasks.add_task(note, "/behind-a-failing-one")

    @app.get("/brackets")
    async def brackets(tasks: BackgroundTasks) -> None:
        tasks.add_task(note("/brackets"))  # type: ignore[func-returns-value,arg-type]

    return app
