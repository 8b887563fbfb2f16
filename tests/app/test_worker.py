"""The queue: calls get into it or are given up in time; its tasks are retried, repeated and scheduled as they say."""

import asyncio
import gc
import os
import threading
from collections.abc import Callable, Iterator
from copy import copy
from datetime import UTC, date, datetime
from typing import Any

import pytest
from anyio.to_thread import current_default_thread_limiter
from celery.app.utils import find_app
from celery.backends.redis import ResultConsumer
from celery.exceptions import Retry

from demo_app import tasks, worker
from demo_app.lab.broker import Broker
from demo_app.settings import LESSON, QueueSettings
from demo_app.worker import QueueUnavailable, build_report, celery, publish, read_state
from tests.app.conftest import Messages, Silence
from tests.conftest import fresh_python, until

Configure = Callable[..., None]
# Celery 5.7 stores results by a command that redis-py 8 calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated setex:DeprecationWarning")


def _publish(*ids: str) -> list[BaseException | None]:
    """Publishes a report under each of these ids, all at once."""

    async def all_at_once() -> list[BaseException | None]:
        calls = [publish(build_report, "2026-10", id=each) for each in ids]
        return await asyncio.gather(*calls, return_exceptions=True)

    return asyncio.run(all_at_once())


def _state(task: str) -> dict[str, Any]:
    return asyncio.run(read_state(task))


def _is_away(outcome: BaseException | None) -> bool:
    return isinstance(outcome, QueueUnavailable) and str(outcome) == "The queue cannot be reached at the moment."


def test_the_command_line_finds_the_app() -> None:
    assert find_app("demo_app.worker") is celery


def test_importing_it_starts_no_thread_and_warns_of_nothing() -> None:
    code = "import threading, demo_app.worker; print([thread.name for thread in threading.enumerate()])"
    assert fresh_python(code).strip() == "['MainThread']"


# Into the queue


def test_a_call_is_published_under_its_id(messages: Messages) -> None:
    assert _publish("one", "two") == [None, None]
    assert sorted(messages.ids()) == ["one", "two"]


def test_the_result_of_a_call_unsubscribes_where_the_call_was_made(
    messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads, unsubscribe = list[str](), ResultConsumer.cancel_for

    def note_and_unsubscribe(consumer: Any, task_id: str) -> None:
        threads.append(threading.current_thread().name)
        unsubscribe(consumer, task_id)

    monkeypatch.setattr(ResultConsumer, "cancel_for", note_and_unsubscribe)
    _publish("one")
    assert set(threads) == {"publisher_0"}  # it is a request over the network, so not on the loop


def test_what_cannot_be_written_as_json_is_the_callers_mistake(messages: Messages) -> None:
    with pytest.raises(Exception, match="not JSON serializable"):
        asyncio.run(publish(build_report, object(), id="one"))


def test_without_a_broker_there_is_no_queue_and_none_is_looked_for(configure: Configure) -> None:
    configure()
    for call in (publish(build_report, "2026-10", id="one"), read_state("one")):
        with pytest.raises(QueueUnavailable, match="set DEMO_BROKER_URL, for example to redis://"):
            asyncio.run(call)
    with pytest.raises(KeyError, match="demo-broker-url-is-not-set"):
        build_report.delay("2026-10")


def test_a_closed_port_is_found_out_before_the_deadline(configure: Configure, silence: Silence) -> None:
    silence.end()
    configure(broker_url=silence.url, publish_deadline=30)
    [outcome] = _publish("one")
    assert _is_away(outcome) and "Retry limit exceeded" in repr(outcome and outcome.__cause__)
    with pytest.raises(QueueUnavailable):
        _state("one")


def test_a_silent_host_is_given_up_at_the_deadline_while_the_call_still_hangs(
    configure: Configure, silence: Silence, calls: list[str]
) -> None:
    configure(broker_url=silence.url, publish_deadline=1)
    [outcome] = _publish("one")
    assert calls == ["begun one"]
    assert _is_away(outcome) and isinstance(outcome and outcome.__cause__, TimeoutError)
    with pytest.raises(QueueUnavailable):
        _state("one")
    silence.end()
    until(lambda: calls == ["begun one", "ended one"], "the call that was abandoned ends by itself")


def test_while_calls_hang_the_loop_and_its_threads_are_free(
    configure: Configure, silence: Silence, calls: list[str]
) -> None:
    configure(broker_url=silence.url, publish_deadline=30, publishers=2)

    async def look() -> tuple[int, list[str]]:
        hanging = [asyncio.create_task(publish(build_report, "2026-10", id=each)) for each in ("one", "two", "three")]
        while len(calls) < 2:
            await asyncio.sleep(0.001)
        borrowed = current_default_thread_limiter().borrowed_tokens
        silence.end()
        await asyncio.wait(hanging)
        return borrowed, calls[:2]

    assert asyncio.run(look()) == (0, ["begun one", "begun two"])


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot pause a process")
def test_what_had_not_begun_at_the_deadline_is_never_published_and_the_queue_comes_back(
    broker: Broker, messages: Messages, configure: Configure, calls: list[str]
) -> None:
    configure(publish_deadline=1, publishers=2, socket_timeout=60)
    broker.pause()
    outcomes, so_far = _publish("one", "two", "three", "four", "five"), list(calls)
    broker.resume()
    assert all(map(_is_away, outcomes)) and so_far == ["begun one", "begun two"]
    until(lambda: len(calls) == 4, "the calls that had begun are through")
    configure(publish_deadline=30)
    assert _publish("six") == [None]
    assert sorted(messages.ids()) == ["one", "six", "two"]


def test_the_end_of_the_process_does_not_wait_for_ever_for_what_hangs() -> None:
    code = """
import asyncio, os, socket, threading
silence = socket.create_server(("127.0.0.1", 0))
os.environ["DEMO_BROKER_URL"] = f"redis://127.0.0.1:{silence.getsockname()[1]}/0"
os.environ.update(DEMO_SOCKET_TIMEOUT="0.3", DEMO_PUBLISH_RETRIES="0", DEMO_PUBLISH_DEADLINE="0.05")
from demo_app.worker import QueueUnavailable, build_report, publish
try:
    asyncio.run(publish(build_report, "2026-10", id="one"))
except QueueUnavailable:
    print([thread.name for thread in threading.enumerate() if thread is not threading.main_thread()])
"""
    assert fresh_python(code).strip() == "['publisher_0']"


# Configuration


def test_another_broker_is_used_from_then_on_by_every_thread_and_the_former_is_let_go(
    messages: Messages, configure: Configure
) -> None:
    build_report.delay("2026-10")  # as a notebook does, in its own thread
    _publish("one")
    assert len(messages.ids()) == 2 and messages.clients() > 0
    with Broker.embedded() as other:
        configure(broker_url=other.url)
        gc.collect()  # a result backend refers to itself
        until(lambda: messages.clients() == 0, "the former broker has no connection left")
        there = Messages(other.url)
        build_report.delay("2026-10")
        _publish("two")
        assert (len(messages.ids()), len(there.ids())) == (2, 2)
        assert _state("two")["status"] == "PENDING"
        assert messages.clients() == 0
        there.redis.close()


def test_the_same_broker_may_be_configured_again(messages: Messages, configure: Configure, broker: Broker) -> None:
    for each in ("one", "two", "three"):
        configure(broker_url=broker.url)
        assert _publish(each) == [None]
    assert messages.ids() == ["one", "two", "three"]


def test_settings_that_cannot_work_leave_the_former_ones(messages: Messages, configure: Configure) -> None:
    with pytest.raises(ValueError, match="DEMO_TIME_LIMIT"):
        configure(time_limit=7200)
    assert celery.conf.task_time_limit == 600
    assert _publish("one") == [None]


def test_celery_is_told_all_that_the_settings_say(configure: Configure, silence: Silence) -> None:
    given = dict.fromkeys(QueueSettings.model_fields, 1.25) | {
        "broker_url": silence.url, "result_backend": "cache+memory://", "visibility_timeout": 77,
        "restore_interval": 78, "restore_throttle": 79, "socket_timeout": 80.5, "connect_timeout": 81.5,
        "publish_retries": 82, "publishers": 7, "result_expires": 83, "soft_time_limit": 74, "time_limit": 75,
        "soft_shutdown_timeout": 84.5, "prefetch_multiplier": 85,
    }  # fmt: skip
    configure(**given)
    told = list(_leaves(celery.conf.table()))
    told.append(celery.conf.broker_url)  # the table hides parts of it
    assert {name for name, value in given.items() if value not in told} == {"publish_deadline", "publishers"}


def test_each_of_the_three_that_retry_is_told_how_often(configure: Configure, silence: Silence) -> None:
    configure(broker_url=silence.url, publish_retries=9)
    conf = celery.conf
    kombu, results = conf.broker_transport_options, conf.result_backend_transport_options["retry_policy"]
    assert [policy["max_retries"] for policy in (conf.task_publish_retry_policy, kombu, results)] == [9, 9, 9]


def _leaves(value: Any) -> Iterator[object]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    else:
        yield value


@pytest.mark.parametrize(("url", "redis"), [("redis://127.0.0.1:1/0", True), ("amqp://guest@127.0.0.1:1//", False)])
def test_only_redis_is_told_of_timeouts_of_redis(configure: Configure, url: str, redis: bool) -> None:
    configure(broker_url=url, result_backend="cache+memory://")
    options = celery.conf.broker_transport_options
    assert ("visibility_timeout" in options, "socket_timeout" in options) == (redis, redis)
    assert options["max_retries"] == 2


# The tasks


def test_a_report_tells_how_far_it_is_and_then_its_result(working: None, steps: threading.Semaphore) -> None:
    assert _state("one")["status"] == "PENDING"
    _publish("one")
    until(lambda: _state("one")["status"] == "STARTED", "it has begun")
    for done in range(1, 4):
        steps.release()
        until(lambda: _state("one")["result"] == {"done": done, "total": 4}, f"page {done} is told")  # noqa: B023
        assert _state("one")["status"] == "PROGRESS"
    steps.release()
    until(lambda: _state("one")["status"] == "SUCCESS", "it is done")
    assert _state("one")["result"] == {"month": "2026-10", "pages": 4}


def test_only_what_may_be_done_twice_is_acknowledged_late() -> None:
    late = {name: task.acks_late for name, task in celery.tasks.items() if name.startswith("demo_app")}
    assert late == {
        "demo_app.worker.build_report": True,
        "demo_app.worker.build_last_months_report": True,
        "demo_app.worker.send_notification": False,
    }
    assert all(celery.tasks[name].reject_on_worker_lost is (True if late[name] else None) for name in late)


class Mail:
    """Sends after it has failed with these errors, and counts how often it was asked."""

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.asked = list(errors), 0

    def send(self, email: str, message: str) -> None:
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)


@pytest.mark.parametrize(
    ("errors", "asked", "state"),
    [
        ([], 1, "SUCCESS"),
        ([ConnectionError(), TimeoutError()], 3, "SUCCESS"),
        ([ConnectionError() for _ in range(9)], 5, "FAILURE"),
        ([tasks.UnknownMailbox()], 1, "FAILURE"),
    ],
)
def test_a_notification_is_retried_when_that_may_help(
    monkeypatch: pytest.MonkeyPatch, errors: list[Exception], asked: int, state: str
) -> None:
    mail = Mail(*errors)
    monkeypatch.setattr(tasks, "send_notification", mail.send)
    assert worker.send_notification.apply(["ada@example.org", "Hello"]).state == state
    assert mail.asked == asked


def test_no_pause_before_a_retry_is_as_long_as_the_visibility_timeout_of_a_lesson(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "send_notification", Mail(*(ConnectionError() for _ in range(9))).send)
    monkeypatch.setattr("random.randrange", lambda upper: upper - 1)  # the longest that chance gives
    task, pauses = worker.send_notification, []
    for retries in range(task.max_retries):
        task.push_request(retries=retries, called_directly=False)
        monkeypatch.setattr(task, "apply_async", lambda *_, **__: None)
        with pytest.raises(Retry) as caught:
            task.run("ada@example.org", "Hello")
        task.pop_request()
        pauses.append(caught.value.when)
    assert pauses == [1, 2, 4, 8]
    assert max(pauses) < int(LESSON["DEMO_VISIBILITY_TIMEOUT"])


# Every month


@pytest.mark.parametrize(
    ("day", "month"),
    [(date(2026, 11, 24), "2026-10"), (date(2026, 12, 1), "2026-11"), (date(2027, 1, 31), "2026-12")],
)
def test_the_month_before(day: date, month: str) -> None:
    assert worker.month_before(day) == month


def test_the_monthly_report_is_of_the_month_before(steps: threading.Semaphore) -> None:
    steps.release(4)
    months = {worker.month_before(datetime.now(UTC).date())}
    report = celery.tasks[celery.conf.beat_schedule["monthly report"]["task"]].apply().result
    months.add(worker.month_before(datetime.now(UTC).date()))  # midnight may have passed
    assert report["pages"] == 4 and report["month"] in months


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (datetime(2026, 11, 1, 3), datetime(2026, 11, 24, 4), False),
        (datetime(2026, 11, 1, 3), datetime(2026, 12, 1, 2, 59, 59), False),
        (datetime(2026, 11, 1, 3), datetime(2026, 12, 1, 3, 0, 1), True),
        (datetime(2026, 11, 1, 3), datetime(2027, 3, 15, 12), True),  # beat was off for months
        (datetime(2027, 3, 15, 12), datetime(2027, 3, 15, 12, 0, 1), False),  # and catches up once
    ],
)
def test_it_is_due_on_the_first_at_three_in_utc(last: datetime, now: datetime, due: bool) -> None:
    schedule = copy(celery.conf.beat_schedule["monthly report"]["schedule"])
    schedule.app, schedule.nowfun = celery, lambda: now.replace(tzinfo=UTC)
    assert schedule.is_due(last.replace(tzinfo=UTC)).is_due is due
    assert str(celery.timezone) == "UTC"
