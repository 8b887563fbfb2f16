"""What fails is written down, and comes back from a kill: run again once, lost never."""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from threading import Barrier
from typing import Any

import httpx
import pytest
from asgi_correlation_id import correlation_id
from fastapi import BackgroundTasks, FastAPI
from fastapi.testclient import TestClient

from demo_app import failures
from demo_app.database import create_tables, session
from demo_app.failures import (
    CannotReplay,
    FailedTask,
    NoSuchFailedTask,
    failed_tasks,
    recorded,
    release_interrupted,
    replay,
)
from demo_app.lab.process import ServerProcess
from demo_app.logs import set_up_logs
from tests.app import child
from tests.conftest import until


@pytest.fixture(autouse=True)
def tables(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    create_tables()
    monkeypatch.setattr(failures, "_tasks", {})


class Work:
    """A task of each kind that fails while there are errors left, and keeps what it was called with."""

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.done = list(errors), list[object]()

    def plain(self, *args: object, **kwargs: object) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.done.append((args, kwargs))

    async def awaited(self, *args: object, **kwargs: object) -> None:
        await asyncio.sleep(0)
        self.plain(*args, **kwargs)


def _run(task: Any, *args: object, **kwargs: object) -> None:
    result = task(*args, **kwargs)
    if asyncio.iscoroutine(result):
        asyncio.run(result)


KINDS = pytest.mark.parametrize("kind", ["plain", "awaited"])


@KINDS
def test_a_task_that_works_leaves_no_row(kind: str) -> None:
    work = Work()
    _run(recorded(getattr(work, kind)), 1, two=2)
    assert (work.done, failed_tasks()) == ([((1,), {"two": 2})], [])


@KINDS
def test_a_task_that_fails_leaves_a_row_with_all_that_a_replay_needs(kind: str) -> None:
    before = datetime.now(UTC)
    token = correlation_id.set("r-1")
    _run(recorded(getattr(Work(ConnectionError("no route")), kind)), 1, two=[2, None])
    correlation_id.reset(token)
    [row] = failed_tasks()
    assert (row.task, row.arguments) == (kind, {"args": [1], "kwargs": {"two": [2, None]}})
    assert (row.error, row.request_id) == ("ConnectionError: no route", "r-1")
    assert (row.attempts, row.status) == (1, "failed")
    assert before <= row.failed_at <= datetime.now(UTC)


@KINDS
def test_a_task_that_fails_is_logged_once(kind: str, logged: list[str]) -> None:
    set_up_logs()
    _run(recorded(getattr(Work(KeyError("vat")), kind)))
    [line] = map(json.loads, logged)
    assert (line["event"], line["task"], line["error"]) == ("task failed", kind, "KeyError: 'vat'")
    assert line["failed_task"] == failed_tasks()[0].id


@KINDS
def test_the_next_task_of_the_request_runs(kind: str) -> None:
    app, first, second = FastAPI(), Work(ValueError()), Work()

    @app.post("/")
    async def endpoint(background_tasks: BackgroundTasks) -> None:
        background_tasks.add_task(recorded(getattr(first, kind)))
        background_tasks.add_task(second.plain)

    assert TestClient(app).post("/").status_code == 200
    assert (len(failed_tasks()), len(second.done)) == (1, 1)


def test_the_row_is_committed_when_the_task_returns() -> None:
    _run(recorded(Work(ValueError()).plain))
    with ThreadPoolExecutor(1) as another_connection:
        assert len(another_connection.submit(failed_tasks).result()) == 1


def test_when_not_even_the_row_can_be_written_both_errors_come_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "session", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError) as caught:
        recorded(Work(ValueError("first")).plain)()
    assert str(caught.value.__context__) == "first"


@KINDS
def test_a_replay_runs_the_task_as_it_was_called_and_marks_the_row_done(kind: str) -> None:
    work = Work(ConnectionError())
    _run(recorded(getattr(work, kind)), 1, two=2)
    row = asyncio.run(replay(1))
    assert (row.status, row.attempts) == ("done", 2)
    assert work.done == [((1,), {"two": 2})]
    assert [(row.status, row.attempts) for row in failed_tasks()] == [("done", 2)]


@KINDS
def test_a_replay_that_fails_keeps_one_row_with_the_new_error(kind: str) -> None:
    work = Work(ConnectionError("first"), TimeoutError("second"))
    _run(recorded(getattr(work, kind)))
    row = asyncio.run(replay(1))
    assert (row.status, row.attempts, row.error) == ("failed", 2, "TimeoutError: second")
    assert len(failed_tasks()) == 1
    assert asyncio.run(replay(1)).status == "done"


def test_a_plain_task_is_replayed_beside_the_loop() -> None:
    def has_no_loop() -> None:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()

    with session() as db:
        db.add(FailedTask(task="has_no_loop", arguments={"args": [], "kwargs": {}}, error=""))
    recorded(has_no_loop)
    assert asyncio.run(replay(1)).status == "done"


def test_of_replays_at_once_one_runs_the_task() -> None:
    work, together = Work(ValueError()), Barrier(8)
    _run(recorded(work.plain))

    def outcome(_: int) -> str:
        together.wait()
        try:
            return asyncio.run(replay(1)).status
        except CannotReplay as error:
            return type(error).__name__

    with ThreadPoolExecutor(8) as threads:
        outcomes = sorted(threads.map(outcome, range(8)))
    assert outcomes == ["CannotReplay"] * 7 + ["done"]
    assert len(work.done) == 1


@pytest.mark.parametrize("status", ["running", "done"])
def test_a_row_that_is_not_failed_is_not_replayed(status: failures.Status) -> None:
    work = Work()
    recorded(work.plain)
    with session() as db:
        db.add(FailedTask(task="plain", arguments={"args": [], "kwargs": {}}, error="", status=status))
    with pytest.raises(CannotReplay, match=f"Failed task 1 is {status}: only one that is failed can be replayed"):
        asyncio.run(replay(1))
    assert (work.done, failed_tasks()[0].attempts) == ([], 1)


def test_a_row_that_is_not_there_is_named() -> None:
    with pytest.raises(NoSuchFailedTask, match="There is no failed task 7"):
        asyncio.run(replay(7))


def test_a_task_that_the_code_has_no_more_is_named_and_stays_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    _run(recorded(Work(ValueError()).plain))
    monkeypatch.setattr(failures, "_tasks", {})
    with pytest.raises(CannotReplay, match="Failed task 1: there is no recorded task 'plain' any more"):
        asyncio.run(replay(1))
    assert [row.status for row in failed_tasks()] == ["failed"]


@pytest.mark.parametrize("argument", [object(), (1, 2), {1: "one"}, float("nan"), {"a", "b"}, b"bytes"])
def test_arguments_that_json_would_change_are_kept_as_text_and_not_replayed(argument: object) -> None:
    _run(recorded(Work(ValueError()).plain), argument)
    [row] = failed_tasks()
    assert row.arguments == repr({"args": [argument], "kwargs": {}})
    with pytest.raises(CannotReplay, match="Failed task 1: its arguments were not JSON, so only their text is kept"):
        asyncio.run(replay(1))
    assert [row.status for row in failed_tasks()] == ["failed"]


def test_a_recorded_task_keeps_its_name_and_kind() -> None:
    plain, awaited = recorded(Work().plain), recorded(Work().awaited)
    assert (plain.__name__, awaited.__name__) == ("plain", "awaited")
    assert [asyncio.iscoroutinefunction(task) for task in (plain, awaited)] == [False, True]


def test_a_task_defined_again_replaces_itself_and_another_modules_is_refused() -> None:
    work = Work()
    recorded(Work(ValueError()).plain)
    recorded(work.plain)
    assert failures._tasks["plain"] == work.plain

    def plain() -> None: ...

    plain.__module__ = "elsewhere"
    with pytest.raises(ValueError, match=r"tests\.app\.test_failures has a recorded task 'plain' already"):
        recorded(plain)


def test_only_rows_left_running_are_released() -> None:
    with session() as db:
        for status in ("failed", "running", "done", "running"):
            db.add(FailedTask(task="plain", arguments={}, error="", status=status))
    assert release_interrupted() == 2
    assert [row.status for row in failed_tasks()] == ["failed", "failed", "done", "failed"]
    assert release_interrupted() == 0


def _rows(client: httpx.Client, status: str) -> list[int]:
    return [row["id"] for row in client.get("/failed-tasks").json() if row["status"] == status]


def _fail(orders: list[int]) -> None:
    with ServerProcess(child.app) as server:
        client = server.client
        client.put("/provider", json={"failures": 1000})
        for done, order in enumerate(orders, start=1):  # one after another, so that row and order have the same number
            assert client.post(f"/orders/{order}/charge").status_code == 202
            until(partial(_has_failed, client, done), f"the charge for order {order} has failed")


def _has_failed(client: httpx.Client, count: int) -> bool:
    return len(_rows(client, "failed")) == count


def _kill_in_the_middle_of_a_replay(row: int, stopping: Callable[[], FastAPI]) -> None:
    with ThreadPoolExecutor(1) as other, ServerProcess(stopping) as server:
        answer = other.submit(server.client.post, f"/failed-tasks/{row}/replay")
        assert server.told() == "halfway"
        assert _rows(server.client, "running") == [row]
        server.kill()
        assert isinstance(answer.exception(timeout=30), httpx.TransportError)


def test_no_charge_is_lost_or_made_twice_by_a_kill() -> None:
    orders = [1, 2, 3, 4, 5]
    _fail(orders)
    _kill_in_the_middle_of_a_replay(1, child.stopping_before_a_charge)
    _kill_in_the_middle_of_a_replay(2, child.stopping_after_a_charge)
    with ServerProcess(child.app) as server:
        client = server.client
        assert _rows(client, "failed") == orders
        assert [charge["order"] for charge in client.get("/charges").json()] == [2]
        replays = [client.post(f"/failed-tasks/{row}/replay").json()["status"] for row in orders]
        assert replays == ["done"] * 5
        assert sorted(charge["order"] for charge in client.get("/charges").json()) == orders
        assert _rows(client, "failed") == _rows(client, "running") == []
