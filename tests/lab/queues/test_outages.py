"""A broker that is away: each claim holds, and is seen to fail on its opposite."""

import functools
import os
import socket
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from fastapi import FastAPI

from demo_app.lab import experiments
from demo_app.lab.broker import Broker
from demo_app.lab.claims import Checked, claim, ledger
from demo_app.lab.errors import ExperimentFailed
from demo_app.lab.experiments import health, outages
from demo_app.lab.experiments.targets.outages import SilentHost, let_go, report_task, still_waits
from tests.lab.opposites.outages import OF_WORKERS, reports_by_delay, reports_on_the_loop
from tests.lab.queues import judged

# Celery 5.7 stores results by a command that redis-py 8 calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated setex:DeprecationWarning")
OWN = "the app's own reports, "
SERVERS = ("TEST_REDIS_URL", "TEST_RABBITMQ_URL")


@functools.cache
def opposite(key: str) -> Checked:
    """The claim on its opposite."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(health, "ANSWER", health.MUTE)  # a worker without remote control lets us wait so long
        return claim(key, target=OF_WORKERS[key])


def named(variable: str) -> str:
    """The URL in this environment variable."""
    if variable not in os.environ:
        pytest.skip(f"{variable} names no server")
    return os.environ[variable]


@pytest.mark.parametrize("key", OF_WORKERS)
def test_a_claim_holds(key: str) -> None:
    judged.holds(key)


@pytest.mark.parametrize("key", OF_WORKERS)
def test_a_claim_is_seen_to_fail_on_its_opposite(key: str) -> None:
    judged.is_seen_to_fail(opposite(key))


@pytest.mark.parametrize("key", OF_WORKERS)
def test_an_observation_has_one_fixed_line_and_a_picture(key: str) -> None:
    judged.has_one_fixed_line_and_a_picture(key)


# What each of the opposites shows


@pytest.mark.parametrize(
    ("key", "other"),
    [
        ("C56", {"redis://, broker_connection_timeout": "gave up: OperationalError"}),
        ("C57", {"the running task": "cut off"}),
        ("S31", {"few repeats, never connected": "gave up: OperationalError"}),
        ("S32", {".delay() in async def, another request": "answered meanwhile"}),
        ("S44", {"sent before the commit": "the row is there"}),
    ],
)
def test_an_opposite_differs_in_one_fact(key: str, other: dict[str, str]) -> None:
    assert opposite(key).observation.facts == {**ledger()[key].expect, **other}


def test_a_setting_that_exists_is_minded() -> None:
    assert list(opposite("C58").observation.facts.values()) == ["yes", "yes", "does not come up"]


def test_a_worker_without_remote_control_is_mute() -> None:
    assert set(opposite("C59").observation.facts.values()) == {"no answer"}


def test_a_worker_that_may_not_connect_again_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "BACK", health.MUTE)
    facts = experiments.run("broker_restarts", {"broker_connection_retry": False}).facts
    assert facts["the worker"] == "does not find the broker again"
    assert facts["its log"] == "Connection to broker lost: not logged"
    assert facts["waiting messages, broker with a file"] == "0 of 3 done"


@pytest.mark.parametrize(
    ("make", "ping", "taken"), [(reports_by_delay, "answered meanwhile", 1), (reports_on_the_loop, "waits", "unknown")]
)
def test_a_report_without_a_deadline_is_seen(
    make: Callable[[], FastAPI], ping: str, taken: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outages, "reports_app", make)
    monkeypatch.setattr("demo_app.lab.process.PATIENCE", 2)  # of the client that orders
    facts = experiments.run("delay_on_the_loop").facts
    assert facts[f"{OWN}another request"] == ping
    assert facts[f"{OWN}threads taken"] == taken
    assert facts[f"{OWN}its client"] == "no answer, while the call still hangs"


# What goes wrong is told


def test_an_app_that_publishes_nothing_is_told() -> None:
    app = FastAPI()
    app.post("/async-def")(lambda: None)
    with pytest.raises(ExperimentFailed, match="Nothing was published to the broker that never answers"):
        experiments.run("delay_on_the_loop", lambda url: app)


def test_an_order_without_a_message_is_told() -> None:
    with pytest.raises(ExperimentFailed, match="no message was sent for it: call the function that sends"):
        experiments.run("row_before_commit", lambda orders, order, send: orders.insert(order))


def test_a_silent_host_that_nobody_calls_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo_app.lab.experiments.targets.outages.PATIENCE", 0)
    with closing(SilentHost()) as host, pytest.raises(ExperimentFailed, match="so there was no call to look at"):
        host.caller()


# The instruments


def test_a_caller_is_known_to_wait_until_it_hangs_up() -> None:
    with closing(SilentHost()) as host:
        name, _, port = host.address.partition(":")
        with socket.create_connection((name, int(port))) as ours:
            caller = host.caller()
            ours.sendall(b"PING\r\n")
            assert still_waits(caller)
        assert not still_waits(caller)


def test_a_result_that_was_let_go_waits_for_no_more_news() -> None:
    with Broker.embedded() as broker:
        task = report_task(broker.url, broker.results)
        kept = task.delay()
        waited_for = task.backend.result_consumer.subscribed_to
        assert len(waited_for) == 1
        let_go(kept)
        assert not waited_for


# On servers that are given


@pytest.mark.services
@pytest.mark.parametrize("variable", SERVERS)
@pytest.mark.parametrize("key", ["C58", "C59", "S44"])
def test_a_claim_holds_on_a_broker_that_is_not_ours(key: str, variable: str) -> None:
    row = ledger()[key]
    assert experiments.run(str(row.experiment), broker=Broker(named(variable))).facts == row.expect


@pytest.mark.services
def test_a_row_in_postgresql_is_seen_after_the_commit() -> None:
    assert experiments.run("row_before_commit", database=named("TEST_POSTGRES_URL")).facts == ledger()["S44"].expect
