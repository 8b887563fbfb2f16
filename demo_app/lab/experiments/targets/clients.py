"""Background tasks whose clients see more, or less, than the answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import BackgroundTasks, FastAPI, Request, Response
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send


async def wait_then_fail() -> None:
    await asyncio.sleep(1)
    raise ValueError("the task fails")


def failing_app() -> FastAPI:
    """A task that waits and then raises."""
    app = FastAPI()

    @app.get("/failing-task")
    async def failing_task(background_tasks: BackgroundTasks) -> None:
        background_tasks.add_task(wait_then_fail)

    return app


class OuterMiddleware:
    """Plain ASGI middleware that notes when the app's call for a request returns."""

    def __init__(self, app: ASGIApp, ends: dict[str, int]) -> None:
        self.app, self.ends = app, ends

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)
        if scope["type"] == "http":
            self.ends["plain ASGI middleware"] = time.monotonic_ns()


def waiting_app() -> FastAPI:
    """A task that waits without blocking anybody."""
    app = FastAPI()

    async def wait() -> None:
        await asyncio.sleep(1)

    @app.get("/waiting-task")
    async def waiting_task(background_tasks: BackgroundTasks) -> None:
        background_tasks.add_task(wait)

    return app


def middleware_app() -> FastAPI:
    """The waiting task below both kinds of middleware; `app.state.ends` tells when each thought it was over."""
    app = waiting_app()
    app.state.ends = {}

    async def timed(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        app.state.ends["BaseHTTPMiddleware"] = time.monotonic_ns()
        return response

    app.add_middleware(BaseHTTPMiddleware, dispatch=timed)
    app.add_middleware(OuterMiddleware, ends=app.state.ends)
    return app


def leaving_app() -> FastAPI:
    """An endpoint that waits, and a task after it."""
    app = FastAPI()

    def work() -> None: ...

    @app.get("/slow")
    async def slow(background_tasks: BackgroundTasks) -> dict[str, Any]:
        background_tasks.add_task(work)
        await asyncio.sleep(1)
        return {}

    return app
