"""One run of a server, in a thread of its own."""

import asyncio
import socket
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest

from demo_app.lab.errors import ServerFailed
from demo_app.lab.thread import ServerThread
from tests.conftest import PATIENCE, until
from tests.lab.apps import answering_app, failing_app


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A socket of this machine, not yet listening."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        yield listener


def test_it_runs_until_it_is_stopped(listener: socket.socket) -> None:
    thread = ServerThread(answering_app(), listener, deque())
    assert thread.running
    thread.stop()
    assert not thread.running


def test_a_coroutine_runs_on_the_servers_loop_and_its_result_comes_back(listener: socket.socket) -> None:
    async def where() -> int:
        return threading.get_ident()

    thread = ServerThread(answering_app(), listener, deque())
    assert thread.call(where()) != threading.get_ident()
    assert thread.call(where()) == thread.call(where())
    thread.stop()


def test_a_coroutine_that_fails_fails_for_the_caller(listener: socket.socket) -> None:
    async def fail() -> None:
        raise LookupError("no such dish")

    thread = ServerThread(answering_app(), listener, deque())
    with pytest.raises(LookupError, match="no such dish"):
        thread.call(fail())
    thread.stop()


def test_a_blocked_loop_is_a_timeout(listener: socket.socket) -> None:
    go, came = threading.Event(), threading.Event()

    async def block() -> None:
        came.set()
        go.wait(PATIENCE)

    thread = ServerThread(answering_app(), listener, deque())
    blocker = threading.Thread(target=lambda: thread.call(block(), PATIENCE))
    blocker.start()
    assert came.wait(PATIENCE)
    with pytest.raises(TimeoutError):
        thread.call(asyncio.sleep(0), timeout=0.05)
    go.set()
    blocker.join(PATIENCE)
    thread.stop()


def test_an_app_that_cannot_start_is_explained(listener: socket.socket) -> None:
    with pytest.raises(ServerFailed, match=r"RuntimeError: db url missing\. Mend that, then run this cell again\."):
        ServerThread(failing_app(), listener, deque())


def test_a_failure_that_only_the_log_knows_is_explained_by_the_log(listener: socket.socket) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no plates left"})

    with pytest.raises(ServerFailed, match="no plates left") as caught:
        ServerThread(app, listener, deque())
    assert caught.value.__cause__ is None


def test_an_app_without_a_lifespan_starts(listener: socket.socket) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"

    thread = ServerThread(app, listener, deque())
    assert thread.running
    thread.stop()


def test_the_thread_does_not_keep_python_alive(listener: socket.socket) -> None:
    thread = ServerThread(answering_app(), listener, deque())
    [live] = [found for found in threading.enumerate() if found.name == "live server"]
    assert live.daemon
    thread.stop()
    until(lambda: not live.is_alive(), "the thread ends")
