"""The server that a notebook runs in its own kernel, and everything a lesson asks of it."""

import asyncio
import os
import socket
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

import httpx
from anyio import CapacityLimiter
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from starlette.types import ASGIApp

from demo_app.lab.errors import ServerNotRunning, ServerTimeout
from demo_app.lab.guard import Guard
from demo_app.lab.instrumentation import traced
from demo_app.lab.routes import LearnerRoutes
from demo_app.lab.source import notices
from demo_app.lab.thread import ServerThread, listen_on_loopback
from demo_app.lab.timeline import Timeline
from demo_app.lab.trace import Recorder, ServerError, new_trace_id, traceparent

PATIENCE = 60  # seconds a request may take
_REMEDY = "server.start()"


class LiveServer:
    """A real server on 127.0.0.1 that runs `app` in a thread of this kernel.

    `start()` is made for a notebook cell: run again, it stops the server that the cell started before and keeps
    the routes that you added to it. As a context manager it leaves the notebook's server alone.
    """

    _of_the_notebook: "LiveServer | None" = None

    def __init__(self, app: ASGIApp) -> None:
        self.app: Any = app
        self.trace = Recorder()
        self._logs: deque[str] = deque(maxlen=500)
        self._guard = Guard(traced(app, self.trace))
        self._routes = LearnerRoutes.of(app) if isinstance(app, FastAPI) else None
        self._thread: ServerThread | None = None
        self._client: httpx.Client | None = None
        self._tokens: CapacityLimiter | None = None
        self._opened = ExitStack()
        self._host = ""

    def start(self) -> Self:
        """This server, answering, in place of the one that the notebook had.

        Raises `ServerFailed` when the app's lifespan does not start.
        """
        previous = LiveServer._of_the_notebook
        if previous is not None:
            previous.stop()
        if previous is not None and previous.app is not self.app and previous._routes and self._routes:
            previous._routes.move_to(self.app)
        self._start()
        LiveServer._of_the_notebook = self
        for sentence in notices():
            print(sentence)
        return self

    def stop(self) -> None:
        """Ends the server; requests still in flight get two seconds. Stopping twice is fine."""
        self._opened.close()
        self._thread = self._client = None

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The server's address, such as `http://127.0.0.1:43210`; only `client` and `open` are let in there."""
        self._running()
        return self._host

    @property
    def client(self) -> httpx.Client:
        """An httpx client that knows the server's address and its token."""
        self._running()
        assert self._client is not None
        return self._client

    @property
    def logs(self) -> list[str]:
        """The newest lines that the server and the app logged."""
        return list(self._logs)

    @property
    def errors(self) -> list[ServerError]:
        """The newest exceptions that left the app; `.exception` holds each with its traceback."""
        self.trace.wait_until_failed_ended(timeout=1)  # the client has its 500 before the exception has left the app
        return list(self.trace.errors)

    @property
    def threads(self) -> int:
        """How many worker threads may run `def` endpoints at once; 40 unless you set it (AnyIO's default limiter)."""
        return int(self._limiter().total_tokens)

    @threads.setter
    def threads(self, number: int) -> None:
        async def set_tokens(limiter: CapacityLimiter) -> None:
            limiter.total_tokens = number

        self._running().call(set_tokens(self._limiter()))

    @property
    def waiting(self) -> int:
        """How many calls wait for a free worker thread."""
        return self._limiter().statistics().tasks_waiting

    def burst(self, *paths: str, n: int = 1, method: str = "GET", **request: Any) -> Timeline:
        """The timeline of `n` requests to each path, all sent at the same moment.

        `request` goes to `httpx.Client.request`. Raises `ServerNotRunning`, or `ServerTimeout` after a minute.
        """
        client, wanted = self.client, {new_trace_id(): path for path in paths for _ in range(n)}
        barrier, failures = threading.Barrier(len(wanted)), list[Exception]()
        headers = request.pop("headers", {})

        def send(trace_id: str, path: str) -> None:
            barrier.wait()
            try:
                client.request(method, path, headers=headers | traceparent(trace_id), **request)
            except Exception as error:
                failures.append(error)

        senders = [threading.Thread(target=send, args=sent, daemon=True) for sent in wanted.items()]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        if failures:
            raise self._no_answer(method, paths, failures[0])
        timeline = Timeline(self.trace.wait_until_ended(wanted, PATIENCE))
        self._settle()
        return timeline

    def open(self, path: str = "/docs") -> "Link":
        """A link that lets your browser in and leads to `path`."""
        return Link(f"{self.url}{self._guard.link(path)}", f"Open {path} of the live server")

    def __repr__(self) -> str:
        return f"<LiveServer: {'answering' if self._thread and self._thread.running else 'stopped'}>"

    def _start(self) -> None:
        self.stop()
        with ExitStack() as opened:
            listener, transport, self._host = _listen(opened)
            thread = ServerThread(self._guard, listener, self._logs)
            opened.callback(thread.stop)
            self._tokens = thread.call(_default_limiter())
            client = httpx.Client(
                base_url=self._host, headers=self._guard.headers, timeout=PATIENCE, transport=transport, trust_env=False
            )
            client.event_hooks["response"] = [self._settle_after_failure]
            self._thread, self._client = thread, opened.enter_context(client)
            self._opened = opened.pop_all()

    def _settle_after_failure(self, response: httpx.Response) -> None:
        if response.status_code >= 500:
            self.trace.wait_until_failed_ended(timeout=1)
            self._settle()

    def _settle(self) -> None:
        """Once around the loop: uvicorn closes a connection on which something failed after the answer had begun.

        The next request would else be sent there and be cut off, now and then.
        """
        with suppress(TimeoutError, ServerNotRunning):
            self._running().call(asyncio.sleep(0.001), timeout=1)

    def _limiter(self) -> CapacityLimiter:
        """Kept, because a blocked loop could not be asked for it."""
        self._running()
        assert self._tokens is not None
        return self._tokens

    def _running(self) -> ServerThread:
        if self._thread is None or not self._thread.running:
            raise ServerNotRunning(f"The live server is stopped. Bring it back with: {_REMEDY}")
        return self._thread

    def _no_answer(self, method: str, paths: Sequence[str], error: Exception) -> Exception:
        asked = f"{method} {' or '.join(paths)}"
        if isinstance(error, httpx.TimeoutException):
            return ServerTimeout(f"{asked} had no answer within {PATIENCE} s. Bring the server back with: {_REMEDY}")
        if isinstance(error, httpx.TransportError):
            return ServerTimeout(
                f"{asked} was cut off ({error}). If the server was stopped, bring it back with: {_REMEDY}"
            )
        return error  # such as a misspelled argument


class Link:
    """A link that a notebook shows, and whose text does not give away the token."""

    def __init__(self, address: str, words: str) -> None:
        self.address, self.words = address, words

    def __repr__(self) -> str:
        return f"<Link: {self.words}>"

    def _repr_html_(self) -> str:
        return f'<a href="{escape(self.address)}" target="_blank" rel="noreferrer">{escape(self.words)}</a>'


async def _default_limiter() -> CapacityLimiter:
    return current_default_thread_limiter()


def _listen(opened: ExitStack) -> tuple[socket.socket, httpx.HTTPTransport, str]:
    """A listening socket, the way to it, and its address; `opened` closes it.

    On a hub, where people share a machine, it is a Unix socket in a folder that only its owner may enter.
    """
    limits = httpx.Limits(max_connections=None)
    if "JUPYTERHUB_USER" in os.environ and hasattr(socket, "AF_UNIX"):
        path = str(Path(opened.enter_context(TemporaryDirectory(prefix="live-server-"))) / "socket")
        listener = opened.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        listener.bind(path)
        return listener, httpx.HTTPTransport(uds=path, limits=limits, verify=False), "http://localhost"
    listener = opened.enter_context(listen_on_loopback())
    host = f"http://127.0.0.1:{listener.getsockname()[1]}"
    return listener, httpx.HTTPTransport(limits=limits, verify=False), host
