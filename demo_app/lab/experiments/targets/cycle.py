"""The sleeping endpoints of lesson 01, and the neighbours that may or may not wait with them."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

from fastapi import BackgroundTasks, Depends, FastAPI
from fastapi.responses import FileResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles

from demo_app.lab.experiments.targets import own_app

HERE = Path(__file__)


def cycle_app() -> FastAPI:
    """The app's own endpoints of lesson 01, or the same shapes where its dependencies are not installed."""
    return own_app("cycle", same_shape_app)


def same_shape_app() -> FastAPI:
    """`/sync-task`, `/async-sleep` and `/async-await` without settings and models."""
    app = FastAPI()

    @app.get("/sync-task")
    def sync_task() -> dict[str, str]:
        time.sleep(1)
        return {"status": "completed"}

    @app.get("/async-sleep")
    async def async_sleep() -> dict[str, str]:
        time.sleep(1)
        return {"status": "completed"}

    @app.get("/async-await")
    async def async_await() -> dict[str, str]:
        await asyncio.sleep(1)
        return {"status": "completed"}

    return app


def background_app() -> FastAPI:
    """Background tasks that sleep in a thread, sleep on the loop, and await."""
    app = FastAPI()

    def sleep() -> None:
        time.sleep(1)

    async def sleep_on_the_loop() -> None:
        time.sleep(1)

    async def wait() -> None:
        await asyncio.sleep(1)

    @app.get("/task")
    async def task(background_tasks: BackgroundTasks) -> None:
        background_tasks.add_task(sleep)

    @app.get("/task-on-the-loop")
    async def task_on_the_loop(background_tasks: BackgroundTasks) -> None:
        background_tasks.add_task(sleep_on_the_loop)

    @app.get("/waiting-task")
    async def waiting_task(background_tasks: BackgroundTasks) -> None:
        await asyncio.sleep(1)
        background_tasks.add_task(wait)

    @app.get("/async-sleep")
    async def async_sleep() -> None:
        time.sleep(1)

    return app


def pool_app() -> FastAPI:
    """A background task that holds a worker thread, and endpoints that do or do not need one."""
    app = background_app()

    def dependency() -> int:
        return 1

    @app.get("/def")
    def plain() -> None: ...

    @app.get("/async")
    async def on_the_loop() -> None: ...

    @app.get("/with-dependency")
    async def with_dependency(value: int = Depends(dependency)) -> None: ...

    return app


def files_app() -> FastAPI:
    """A sleeping `def` endpoint beside four ways in which an `async def` endpoint may still need a thread."""
    app = same_shape_app()
    app.mount("/static", StaticFiles(directory=HERE.parent))

    @app.get("/file")
    async def file() -> FileResponse:
        return FileResponse(HERE)

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        def parts() -> Iterator[bytes]:
            yield b"part"

        return StreamingResponse(parts())

    @app.get("/to-thread")
    async def to_thread() -> int:
        return await asyncio.to_thread(lambda: 1)

    return app


def return_types_app() -> FastAPI:
    """One sleeping `def` endpoint twice: with a return type, against which its answer is checked, and without."""
    app = FastAPI()

    @app.get("/typed")
    @app.get("/untyped", response_model=None)
    def endpoint() -> dict[str, str]:
        time.sleep(1)
        return {"status": "completed"}

    return app
