"""Runs an ASGI app by uvicorn in a daemon thread with an event loop of its own."""

import asyncio
import socket
import threading
from collections import deque
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from demo_app.lab.errors import ServerFailed
from demo_app.lab.logs import collect_into

T = TypeVar("T")

_GRACE = 2  # seconds that requests in flight get when the server stops


def listen_on_loopback() -> socket.socket:
    """A socket bound to a free port of 127.0.0.1.

    Without IPPROTO_TCP asyncio leaves Nagle's algorithm on, and each answer takes 45 ms instead of 2 (measured).
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    return listener


class ServerThread:
    """One run of a server: starts when made, and ends with `stop`.

    Raises `ServerFailed`, with the app's exception as its cause, when the app's lifespan does not start.
    """

    def __init__(self, app: ASGIApp, listener: socket.socket, logs: deque[str]) -> None:
        self._app = app
        self._listener = listener
        self._logs = logs
        self._loop: asyncio.AbstractEventLoop | None = None
        self._failure: BaseException | None = None
        self._settled = threading.Event()
        config = uvicorn.Config(
            self._serve, interface="asgi3", loop="asyncio", log_config=None, timeout_graceful_shutdown=_GRACE
        )
        self._server = Server(config, self._on_started)
        self._thread = threading.Thread(target=self._run, name="live server", daemon=True)
        self._thread.start()
        self._settled.wait()
        if self._loop is None:
            self._thread.join()
            raise ServerFailed(self._explanation()) from self._failure

    @property
    def running(self) -> bool:
        """Whether the thread lives."""
        return self._thread.is_alive()

    def call(self, coroutine: Coroutine[Any, Any, T], timeout: float = 5) -> T:
        """What `coroutine` returns when run on the server's loop; `TimeoutError` if the loop is blocked."""
        assert self._loop is not None
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result(timeout)
        finally:
            future.cancel()

    def stop(self) -> None:
        """Ends the server; requests still in flight are given two seconds, then left behind."""
        self._server.should_exit = True
        self._thread.join(_GRACE + 1)

    def _run(self) -> None:
        collect_into(self._logs)
        try:
            self._server.run(sockets=[self._listener])
        except SystemExit:
            pass  # uvicorn's way to say that the lifespan failed; the exception itself is kept by _serve
        except Exception as error:
            self._failure = error
        finally:
            self._settled.set()

    def _on_started(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._settled.set()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            if scope["type"] == "lifespan":
                self._failure = error
            raise

    def _explanation(self) -> str:
        cause = f"{type(self._failure).__name__}: {self._failure}" if self._failure else "\n".join(self._logs)
        return f"The app did not start, because its lifespan raised {cause}. Mend that, then run this cell again."


class Server(uvicorn.Server):
    """uvicorn's server with a word when it is ready: waiting for `started` would mean polling."""

    def __init__(self, config: uvicorn.Config, on_started: Any) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()
