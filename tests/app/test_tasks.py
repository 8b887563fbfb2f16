"""The work itself, which knows nothing of HTTP."""

import json
from types import SimpleNamespace

import pytest

from demo_app import tasks
from demo_app.settings import get_settings
from demo_app.tasks import build_report, send_notification


def test_sending_logs_whom_and_what(sent: list[str]) -> None:
    send_notification("ada@example.org", "Hello")
    assert sent == ["Sending message to ada@example.org: Hello"]


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the work took its time, in seconds, each time."""
    slept = list[float]()
    monkeypatch.setattr(tasks, "time", SimpleNamespace(sleep=slept.append))
    return slept


def test_a_report_is_built_in_steps_that_share_the_time(slept: list[float]) -> None:
    told = list[tuple[int, int, int]]()
    build_report("2026-10", lambda done, total: told.append((done, total, len(slept))))
    assert told == [(1, 4, 1), (2, 4, 2), (3, 4, 3), (4, 4, 4)]  # each step is told when it is done
    assert slept == [get_settings().work_seconds / 4] * 4


def test_a_report_comes_down_to_facts_that_json_can_carry_and_is_the_same_each_time(slept: list[float]) -> None:
    report = build_report("2026-10")
    assert report == json.loads(json.dumps(report)) == {"month": "2026-10", "pages": 4} == build_report("2026-10")


def test_a_report_is_logged_at_its_end(slept: list[float], sent: list[str]) -> None:
    build_report("2026-10", lambda done, total: sent.append(f"page {done}"))
    assert sent == ["page 1", "page 2", "page 3", "page 4", "Report for 2026-10: 4 pages"]
