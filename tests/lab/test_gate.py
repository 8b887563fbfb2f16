"""The gate in place of a sleep: who is held, who is let be, and that the modules are given back."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import sleep as short_name
from types import ModuleType
from typing import Any

import anyio
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from demo_app.lab.gate import Gate, endpoints, replacing_sleeps
from demo_app.lab.server import LiveServer
from demo_app.lab.trace import Recorder, Trace, _trace
from tests.conftest import PATIENCE, until

SLEEPS: dict[str, Callable[[], Any]] = {
    "time": lambda: time.sleep(60),
    "asyncio": lambda: asyncio.sleep(60),
    "anyio": lambda: anyio.sleep(60),
    "short_name": lambda: short_name(60),
}


@pytest.fixture
def recorder() -> Recorder:
    """The recorder of the server that an experiment has started."""
    return Recorder()


@pytest.fixture
def gate(recorder: Recorder) -> Gate:
    """A shut gate."""
    return Gate(recorder)


def as_request(recorder: Recorder, loop_thread: int | None = None) -> None:
    """From here on this thread works for a request, on the loop's own thread unless another is named."""
    _trace.set(Trace(recorder, "a", loop_thread or threading.get_ident()))


@asynccontextmanager
async def opened_soon(gate: Gate) -> AsyncIterator[None]:
    """Opens the gate once somebody stands in it."""

    def opener() -> None:
        until(lambda: gate.inside > 0, "somebody comes")
        gate.open()

    thread = threading.Thread(target=opener)
    thread.start()
    yield
    thread.join(PATIENCE)


@pytest.mark.parametrize("name", SLEEPS)
def test_each_name_for_sleep_means_the_gate(recorder: Recorder, gate: Gate, name: str) -> None:
    async def work() -> None:
        as_request(recorder)
        async with opened_soon(gate):
            result = SLEEPS[name]()
            if result is not None:
                await result

    with replacing_sleeps([work], gate):
        asyncio.run(work())
    assert (gate.calls, gate.inside, gate.peak) == (1, 0, 1)
    assert gate.blocks_loop == (name in ("time", "short_name"))


def test_in_a_worker_thread_nobody_else_is_blocked(recorder: Recorder, gate: Gate) -> None:
    def work() -> None:
        as_request(recorder, loop_thread=-1)
        gate.sleep(60)

    thread = threading.Thread(target=work)
    thread.start()
    until(lambda: gate.inside == 1, "the thread stands in the gate")
    assert (gate.threads, gate.blocks_loop, gate.first_left) == (["worker thread"], False, None)
    gate.open()
    thread.join(PATIENCE)
    assert gate.first_left is not None


def test_who_comes_later_is_held_again(recorder: Recorder, gate: Gate) -> None:
    left = list[str]()

    def work(name: str) -> None:
        as_request(recorder, loop_thread=-1)
        gate.sleep(60)
        left.append(name)

    def stand_in_the_gate(name: str) -> threading.Thread:
        come = gate.calls
        thread = threading.Thread(target=work, args=(name,))
        thread.start()
        until(lambda: gate.calls == come + 1, f"{name} stands in the gate")
        return thread

    early = [stand_in_the_gate("first"), stand_in_the_gate("second")]
    gate.let_through()
    late = stand_in_the_gate("third")
    for thread in early:
        thread.join(PATIENCE)
    assert (sorted(left), gate.inside) == (["first", "second"], 1)
    gate.open()
    late.join(PATIENCE)
    assert left[2:] == ["third"]


def test_sleeps_of_others_are_real(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("demo_app.lab.gate._real_sleep", slept.append)
    gate.sleep(7)

    async def awaited(seconds: float, result: object = None) -> object:
        slept.append(seconds)
        return result

    monkeypatch.setattr("demo_app.lab.gate._real_async_sleep", awaited)
    assert asyncio.run(gate.async_sleep(8, "woken")) == "woken"
    assert (slept, gate.calls) == ([7, 8], 0)


def test_requests_of_another_server_are_let_be(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("demo_app.lab.gate._real_sleep", slept.append)

    def work() -> None:
        as_request(Recorder())
        gate.sleep(9)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(PATIENCE)
    assert (slept, gate.calls) == ([9], 0)


def test_an_open_gate_lets_everybody_through_and_still_counts(recorder: Recorder, gate: Gate) -> None:
    gate.open()

    async def work() -> object:
        as_request(recorder)
        gate.sleep(60)
        return await gate.async_sleep(60, "woken")

    assert asyncio.run(work()) == "woken"
    assert (gate.calls, gate.peak, len(gate.asyncio_tasks)) == (2, 1, 1)


def test_a_gate_that_nobody_opens_loses_patience(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo_app.lab.gate.PATIENCE", 0.01)
    gate = Gate(recorder)

    async def work() -> None:
        as_request(recorder)
        gate.sleep(60)
        await gate.async_sleep(60)

    asyncio.run(work())
    assert gate.inside == 0


def test_the_module_is_given_back_even_after_a_failure(gate: Gate) -> None:
    before = dict(globals())
    with pytest.raises(LookupError), replacing_sleeps([as_request], gate):
        assert globals()["time"] is not before["time"]
        assert globals()["short_name"] is not before["short_name"]
        raise LookupError
    assert globals() == before


def test_all_else_of_a_replaced_module_is_as_it_was(gate: Gate) -> None:
    with replacing_sleeps([as_request], gate):
        assert time.monotonic is ModuleType.__getattribute__(__import__("time"), "monotonic")
        assert asyncio.Event is __import__("asyncio").Event
        with pytest.raises(AttributeError):
            time.nope  # type: ignore[attr-defined]  # noqa: B018
    assert isinstance(time, ModuleType)


def test_only_the_modules_of_the_given_functions_are_touched(gate: Gate) -> None:
    with replacing_sleeps([until], gate):
        assert isinstance(time, ModuleType)
        assert not isinstance(until.__globals__["time"], ModuleType)


def test_the_endpoints_below_a_router_are_found_through_decorators() -> None:
    import functools

    app = FastAPI()

    def endpoint() -> None: ...

    @app.get("/")
    @functools.wraps(endpoint)
    def decorated() -> None: ...

    assert endpoint in list(endpoints(app.routes))
    assert TestClient(app).get("/").status_code == 200


def test_a_live_server_and_a_gate_work_together() -> None:
    app = FastAPI()

    @app.get("/")
    def nap() -> str:
        time.sleep(60)
        return "rested"

    with LiveServer(app) as server:
        gate = Gate(server.trace)
        gate.open()
        with replacing_sleeps(endpoints(app.routes), gate):
            assert server.client.get("/").json() == "rested"
    assert gate.threads == ["worker thread"]
