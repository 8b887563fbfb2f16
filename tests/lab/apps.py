"""Small apps for the lab's tests. Where requests must overlap they wait for each other, so no clock decides."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException

from tests.conftest import PATIENCE


def meeting_app(number: int) -> FastAPI:
    """`/thread` and `/await` answer once `number` of them are there together; `/loop` has the loop to itself."""
    app = FastAPI()
    in_threads = threading.Barrier(number)
    on_loop: list[asyncio.Barrier] = []

    @app.get("/thread")
    def thread() -> str:
        in_threads.wait(PATIENCE)
        return "met"

    @app.get("/loop")
    async def loop() -> str:
        time.sleep(0.01)
        return "alone"

    @app.get("/await")
    async def awaiting() -> str:
        on_loop[:] = on_loop or [asyncio.Barrier(number)]
        async with asyncio.timeout(PATIENCE):
            await on_loop[0].wait()
        return "met"

    return app


def answering_app(answer: str = "here") -> FastAPI:
    """`/` answers, `/boom` raises, `/refused` answers 403."""
    app = FastAPI()

    @app.get("/")
    async def root() -> str:
        return answer

    @app.get("/boom")
    async def boom() -> None:
        raise RuntimeError("the kitchen burns")

    @app.get("/refused")
    async def refused() -> None:
        raise HTTPException(403)

    return app


class Held:
    """An app whose requests stay inside until they are let go, and that tells when one has come."""

    def __init__(self) -> None:
        self.came, self.go = threading.Event(), threading.Event()
        self.app = FastAPI()
        self.app.get("/sync")(self._sync)
        self.app.get("/async")(self._async)
        self.app.get("/blocking")(self._blocking)

    def _sync(self) -> None:
        self.came.set()
        self.go.wait(PATIENCE)

    async def _async(self) -> None:
        self.came.set()
        while not self.go.is_set():
            await asyncio.sleep(0.005)

    async def _blocking(self) -> None:
        self._sync()


def failing_app() -> FastAPI:
    """An app whose lifespan raises."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        raise RuntimeError("db url missing")
        yield

    return FastAPI(lifespan=lifespan)


def last_route_first(app: FastAPI) -> FastAPI:
    """`app` with its newest route in front of one for the same path: the first that matches answers."""
    app.router.routes.insert(0, app.router.routes.pop())
    return app
