"""The slow endpoint in its four ways."""

import inspect

import pytest
from fastapi.testclient import TestClient

from demo_app.routers import cycle


@pytest.mark.parametrize("path", ["/sync-task", "/async-sleep", "/async-await", "/cpu?n=10"])
def test_each_way_of_working_answers_completed(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (200, {"status": "completed"})


def test_ping_answers_pong(client: TestClient) -> None:
    assert client.get("/ping").json() == {"answer": "pong"}


def test_work_without_a_number_is_refused(client: TestClient) -> None:
    assert client.get("/cpu?n=many").status_code == 422


def test_the_ways_differ_in_what_the_lesson_is_about() -> None:
    assert not inspect.iscoroutinefunction(cycle.sync_task)
    assert inspect.iscoroutinefunction(cycle.async_sleep)
    assert "time.sleep" in inspect.getsource(cycle.sync_task)
    assert "time.sleep" in inspect.getsource(cycle.async_sleep)
    assert "await asyncio.sleep" in inspect.getsource(cycle.async_await)
