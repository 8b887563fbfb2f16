"""A gate in place of a sleep: it notes who came, in which kind of thread, and holds them until it is opened.

So an experiment needs no seconds: whoever blocks the event loop is seen at once, and whoever does not can be
asked something else while the gate is still shut.
"""

import asyncio
import inspect
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
from fastapi import FastAPI
from starlette.routing import BaseRoute

from demo_app.lab.errors import ExperimentFailed
from demo_app.lab.server import LiveServer
from demo_app.lab.source import endpoint_routes
from demo_app.lab.trace import Recorder, ThreadKind, current_trace

PATIENCE = 10  # seconds until a gate that nobody opens lets everybody through
_real_sleep, _real_async_sleep = time.sleep, asyncio.sleep


class Gate:
    """Holds each sleep of the requests that `recorder` records, and lets all other sleeps be."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._way = threading.Event()  # out of the gate, for those who come now
        self._lock = threading.Lock()
        self.threads: list[ThreadKind] = []
        self.asyncio_tasks: set[str] = set()
        self.inside = 0
        self.peak = 0
        self.blocks_loop = False
        self.first_left: int | None = None

    @property
    def calls(self) -> int:
        """How many sleeps have come to the gate."""
        return len(self.threads)

    def open(self) -> None:
        """Lets through all who wait and all who will come."""
        with self._lock:
            self._way.set()

    def let_through(self) -> None:
        """Lets through all who wait, and holds those who come later."""
        with self._lock:
            self._way.set()
            self._way = threading.Event()

    def sleep(self, seconds: float) -> None:
        """What `time.sleep` is replaced by."""
        if way := self._enter(blocking=True):
            way.wait(PATIENCE)
            self._leave()
        else:
            _real_sleep(seconds)

    async def async_sleep(self, seconds: float, *result: Any) -> Any:
        """What `asyncio.sleep` is replaced by."""
        way = self._enter(blocking=False)
        if way is None:
            return await _real_async_sleep(seconds, *result)
        self._note_task()
        patience = time.monotonic() + PATIENCE
        while not way.is_set() and time.monotonic() < patience:
            await _real_async_sleep(0.002)
        self._leave()
        return result[0] if result else None

    def _enter(self, blocking: bool) -> threading.Event | None:
        """What the sleeper has to wait for; None if it is none of ours."""
        trace = current_trace()
        if trace is None or trace.recorder is not self._recorder:
            return None
        with self._lock:
            self.threads.append(trace.thread())
            self.inside += 1
            self.peak = max(self.peak, self.inside)
            self.blocks_loop |= blocking and trace.thread() == "event loop"
            return self._way

    def _note_task(self) -> None:
        task = asyncio.current_task()
        if task is not None:
            self.asyncio_tasks.add(task.get_name())

    def _leave(self) -> None:
        with self._lock:
            self.inside -= 1
            self.first_left = self.first_left or time.monotonic_ns()


@contextmanager
def gated(app: FastAPI) -> Iterator[tuple[LiveServer, Gate]]:
    """A server of its own for `app`, whose sleeps wait at a gate that opens at last."""
    with LiveServer(app) as server:
        gate = Gate(server.trace)
        with replacing_sleeps(endpoints(app.routes), gate):
            try:
                yield server, gate
            finally:
                gate.open()


def until(condition: Callable[[], bool], otherwise: str, patience: float | None = None) -> None:
    """Returns when `condition` holds. Raises `ExperimentFailed`, which says `otherwise`, if it never does.

    `patience` in seconds, where a new process needs more than a gate does.
    """
    deadline = time.monotonic() + (patience or PATIENCE)
    while not condition():
        if time.monotonic() > deadline:
            raise ExperimentFailed(otherwise)
        _real_sleep(0.001)


@contextmanager
def replacing_sleeps(functions: Iterable[Callable[..., Any]], gate: Gate) -> Iterator[None]:
    """Within the block, the names for sleep in these functions' modules mean `gate`."""
    modules = {id(function.__globals__): function.__globals__ for function in functions}
    replaced = [
        (names, name, value)
        for names in modules.values()
        for name, value in list(names.items())
        if _stand_in(value, gate) is not None
    ]
    for names, name, value in replaced:
        names[name] = _stand_in(value, gate)
    try:
        yield
    finally:
        for names, name, value in replaced:
            names[name] = value


def endpoints(routes: Iterable[BaseRoute]) -> Iterator[Callable[..., Any]]:
    """The endpoint functions below these routes, and the functions that they name, such as background tasks."""
    for route in endpoint_routes(routes):
        if inspect.isfunction(route.endpoint):
            endpoint = inspect.unwrap(route.endpoint)
            named = inspect.getclosurevars(endpoint)
            yield endpoint
            yield from filter(inspect.isfunction, (*named.nonlocals.values(), *named.globals.values()))


def _stand_in(value: Any, gate: Gate) -> Any:
    """What a name with this value is replaced by; None for a name that has nothing to do with sleeping."""
    if value is time:
        return _Module(time, gate.sleep)
    if value is asyncio or value is anyio:
        return _Module(value, gate.async_sleep)
    if value is time.sleep:
        return gate.sleep
    if value is asyncio.sleep or value is anyio.sleep:
        return gate.async_sleep
    return None


class _Module:
    """A module with another `sleep`."""

    def __init__(self, module: Any, sleep: Callable[..., Any]) -> None:
        self._module = module
        self.sleep = sleep

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)
