"""Requests before a shut gate: who stands in it, who waits for a thread, and who is answered meanwhile."""

import asyncio
import time
from contextlib import suppress
from time import sleep

import pytest
from fastapi import FastAPI

from demo_app.lab import crowd as crowd_module
from demo_app.lab.crowd import crowd
from demo_app.lab.errors import ExperimentFailed
from tests.lab.apps import Held


def sleepy_app() -> FastAPI:
    """The shapes of a slow endpoint; the sleeps would take a minute."""
    app = FastAPI()

    @app.get("/def")
    def in_thread() -> str:
        time.sleep(60)
        return "rested"

    @app.get("/short")
    def short() -> str:
        sleep(60)
        return "rested"

    @app.get("/loop")
    async def on_loop() -> str:
        time.sleep(60)
        return "rested"

    @app.get("/await")
    async def awaiting() -> str:
        await asyncio.sleep(60)
        return "rested"

    @app.post("/order/{number}")
    def order(number: int, body: dict[str, str]) -> str:
        time.sleep(60)
        return f"{number} {body['dish']}"

    @app.get("/quick")
    async def quick() -> str:
        return "quick"

    return app


@pytest.mark.parametrize("path", ["/def", "/short"])
def test_a_def_endpoint_holds_a_thread_and_nobody_else(path: str) -> None:
    seen = crowd(sleepy_app(), path, n=3, others=("/quick",))
    assert (seen.running, seen.waiting, seen.peak, seen.thread) == (3, 0, 3, "worker thread")
    assert (seen.loop, seen.pool, seen.others["/quick"]) == ("answered meanwhile",) * 3
    assert seen.order == "all at once"
    assert [response.json() for response in seen.responses] == ["rested"] * 3


def test_a_sleep_on_the_loop_makes_everybody_wait() -> None:
    seen = crowd(sleepy_app(), "/loop", n=3)
    assert (seen.peak, seen.thread, seen.order) == (1, "event loop", "one at a time")
    assert (seen.loop, seen.pool) == ("waits", "waits")


def test_an_awaited_sleep_makes_nobody_wait() -> None:
    seen = crowd(sleepy_app(), "/await", n=3)
    assert (seen.running, seen.thread, seen.order) == (3, "event loop", "all at once")
    assert (seen.loop, seen.pool) == ("answered meanwhile", "answered meanwhile")


def test_who_finds_no_thread_waits_while_the_loop_is_free() -> None:
    seen = crowd(sleepy_app(), "/def", n=5, threads=2)
    assert (seen.running, seen.waiting, seen.order) == (2, 3, "at most 2 at once")
    assert (seen.loop, seen.pool) == ("answered meanwhile", "waits")
    assert len(seen.timeline.requests) == 5


def test_method_and_body_are_passed_on() -> None:
    seen = crowd(sleepy_app(), "/order/7", method="POST", json={"dish": "soup"})
    assert seen.responses[0].json() == "7 soup"


@pytest.mark.parametrize(("path", "status"), [("/quick", 200), ("/nowhere", 404)])
def test_an_endpoint_that_never_sleeps_is_no_slow_work(path: str, status: int) -> None:
    sentence = rf"GET {path} answered {status} without sleeping.*time\.sleep.* or await asyncio\.sleep"
    with pytest.raises(ExperimentFailed, match=sentence):
        crowd(sleepy_app(), path)


def test_requests_that_never_come_to_their_sleep_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held()
    monkeypatch.setattr(crowd_module, "PATIENCE", 0.2)
    stuck = crowd_module._Run._stuck

    def let_go(run: crowd_module._Run) -> str:
        held.go.set()
        return stuck(run)

    monkeypatch.setattr(crowd_module._Run, "_stuck", let_go)
    with pytest.raises(
        ExperimentFailed, match=r"0 of 1 requests to GET /sync had come to their sleep.*Look for a lock"
    ):
        crowd(held.app, "/sync")


def test_names_are_given_back_after_a_run_and_after_a_failure() -> None:
    before = time, asyncio, sleep
    for path in ("/def", "/quick"):
        with suppress(ExperimentFailed):
            crowd(sleepy_app(), path)
        assert (globals()["time"], globals()["asyncio"], globals()["sleep"]) == before
