"""A visit: one request followed to the end of its tasks, with what is left of it on the server."""

import asyncio
import time

import pytest
from fastapi import BackgroundTasks, FastAPI

from demo_app.lab.visit import visit


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()

    def sleep() -> None:
        time.sleep(3600)

    async def fail() -> None:
        await asyncio.sleep(3600)
        raise ValueError("too late")

    def never() -> None: ...

    @app.post("/work")
    async def work(background_tasks: BackgroundTasks) -> dict[str, str]:
        for task in (sleep, fail, never):
            background_tasks.add_task(task)
        return {"status": "accepted"}

    return app


def test_a_visit_tells_the_answer_the_tasks_and_what_went_wrong(app: FastAPI) -> None:
    seen = visit(app, "/work", "POST")
    assert seen.response.json() == {"status": "accepted"}
    assert seen.tasks == ["sleep", "fail"]
    assert (seen.thread("work"), seen.thread("sleep"), seen.thread("fail")) == (
        "event loop",
        "worker thread",
        "event loop",
    )
    assert seen.left_the_app == "ValueError"
    assert seen.logged("Exception in ASGI application") == "logged"
    assert seen.logged("nothing of the kind") == "not logged"


def test_sleeps_are_counted_and_take_no_time(app: FastAPI) -> None:
    assert visit(app, "/work", "POST").sleeps == 2


def test_a_visit_that_goes_well_leaves_nothing_behind(app: FastAPI) -> None:
    seen = visit(app, "/nowhere")
    assert (seen.response.status_code, seen.tasks, seen.left_the_app) == (404, [], "nothing")
