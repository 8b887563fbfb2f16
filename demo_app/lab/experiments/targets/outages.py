"""A host that never answers, and what publishes to it."""

import socket
import sys
import time
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI

from demo_app.lab.errors import ExperimentFailed
from demo_app.lab.queues import PATIENCE

if TYPE_CHECKING:
    from celery import Task
    from celery.result import AsyncResult

ONCE: Mapping[str, Any] = {"task_publish_retry_policy": {"max_retries": 0}}  # to publish without a second try


_LOOK = 0.05  # seconds between two looks whether the caller has gone away


class SilentHost:
    """A host on 127.0.0.1 that accepts every connection and never answers; after `close` nobody is there."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._listener.settimeout(_LOOK)
        self._accepted = list[socket.socket]()
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"

    def caller(self, call: Future[Any] | None = None) -> socket.socket:
        """The next connection. Raises `ExperimentFailed` if none comes, or if `call`, which was to open it, is over."""
        give_up = time.monotonic() + PATIENCE
        while True:
            with suppress(TimeoutError):
                connection, _ = self._listener.accept()
                self._accepted.append(connection)
                return connection
            if (call and call.done()) or time.monotonic() > give_up:
                raise ExperimentFailed(
                    "Nothing was published to the broker that never answers, so there was no call to look at. "
                    "Publish to the URL that you are given."
                )

    def close(self) -> None:
        """Whoever waits for an answer gets an error. Closing twice is fine."""
        for connection in (self._listener, *self._accepted):
            connection.close()


def still_waits(caller: socket.socket) -> bool:
    """Whether the other side has not hung up."""
    caller.setblocking(False)
    try:
        while caller.recv(4096):
            pass
    except BlockingIOError:
        return True
    return False


def report_task(url: str, results: str | None = None, **settings: Any) -> "Task":
    """A task to be sent, of a Celery app with these settings; `results` is the URL of its result backend."""
    from celery import Celery

    def report() -> None: ...

    app = Celery("sender", broker=url, backend=results, set_as_current=False)
    app.conf.update(settings)
    return app.task(report, name="report", lazy=False, shared=False)


def let_go(result: "AsyncResult") -> None:
    """Does now what its end would do: ask the backend for no more news.

    Sent at the second try, it stays in the traceback of the first one; whenever the garbage collector comes to that,
    in whatever thread, it tries for 20 seconds to reach a backend that is gone by then (measured, Celery 5.7).
    """
    result.backend.remove_pending_result(result)


def delaying_app(url: str) -> FastAPI:
    """Endpoints of both kinds that publish to the broker at `url`, and one that counts the threads they have taken."""
    app, report = FastAPI(), report_task(url, **ONCE)

    @app.post("/async-def")
    async def in_async_def() -> None:
        report.delay()

    @app.post("/def")
    def in_def() -> None:
        report.delay()

    app.get("/borrowed")(borrowed)
    return app


def reports_app() -> FastAPI:
    """The app's own reports and its ping, and an endpoint that counts the threads that `def` endpoints have taken."""
    import structlog

    from demo_app.main import create_app

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for the parent process
    app = create_app("cycle", "reports")
    app.get("/borrowed")(borrowed)
    return app


async def borrowed() -> int:
    """How many of AnyIO's threads, which all `def` endpoints share, are taken."""
    return current_default_thread_limiter().borrowed_tokens
