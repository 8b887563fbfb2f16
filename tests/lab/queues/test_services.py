"""Every experiment with workers on a Redis and on a RabbitMQ that are given by URL, and what RabbitMQ does otherwise.

An experiment takes the broker that it runs on as an argument; one that has to stop its broker has no such argument.
"""

import inspect
import os
from collections.abc import Mapping
from typing import Any

import pytest
from kombu.connection import Connection
from redis import Redis

from demo_app.lab import experiments
from demo_app.lab.broker import Broker
from demo_app.lab.claims import ledger
from demo_app.lab.experiments.kills import EARLY, EVENTS, LATE
from demo_app.lab.queues import Queue
from tests.lab.opposites import OF_WORKERS
from tests.lab.queues.matrix import EXPECTED

OF_A_WORKER = [name for name in experiments.names() if experiments.needs_a_worker(name)]
ON_ANY_BROKER = [name for name in OF_A_WORKER if "broker" in inspect.signature(experiments._find(name)).parameters]
SURVIVED = tuple(event for event in EVENTS if event != "broker restart")  # a broker that is not ours is not restarted
FACTS: dict[str, Mapping[str, Any]] = {str(row.experiment): row.expect for row in ledger().values()}

# It has no visibility timeout: a worker that lives keeps what it has, and what a dead one had is back at once.
ON_RABBITMQ: dict[str, dict[str, Any]] = {
    "extra_brings_the_client": {  # its transport needs neither
        "without packaging": "sent",
        "without redis": "sent",
        "messages at the broker": 3,
    },
    "kill_of_a_worker": {"where": "back in the queue"},
    "prefetch": {"--disable-prefetch": 1},  # for Redis only: what counts is the multiplier, which is 1
    "unacknowledged_comes_again": {"late ack": "started once, done once"},
    "visibility_timeout": {"countdown longer than the visibility timeout": "started once, done once"},
}


def named(variable: str) -> str:
    """The URL in this environment variable."""
    if variable not in os.environ:
        pytest.skip(f"{variable} names no server")
    return os.environ[variable]


def observed(name: str, url: str) -> Mapping[str, Any]:
    """The facts of this experiment on that broker."""
    if name == "kill_matrix":  # makes a broker for each cell, and restarts one of them
        return experiments.run(name, broker=lambda: Broker(url), events=SURVIVED, runners=[EARLY, LATE]).facts
    with Broker(url) as broker:
        return experiments.run(name, broker=broker).facts


def expected(name: str) -> dict[str, Any]:
    """The facts of the ledger, which are those of the brokers of our own."""
    if name == "kill_matrix":
        cells = [cell for cell in EXPECTED if cell.startswith((EARLY, LATE)) and cell.endswith(SURVIVED)]
        return {cell: EXPECTED[cell] for cell in cells}
    return dict(FACTS[name])


def test_every_claim_with_a_worker_has_an_opposite() -> None:
    assert set(OF_WORKERS) == {row.id for row in ledger().values() if row.experiment in OF_A_WORKER}


def test_what_rabbitmq_does_otherwise_is_a_fact_of_the_ledger() -> None:
    for name, facts in ON_RABBITMQ.items():
        assert facts.keys() <= expected(name).keys()
        assert not facts.items() & expected(name).items()


def test_only_what_stops_its_broker_is_left_out() -> None:
    left_out = {name for name in OF_A_WORKER if name not in ON_ANY_BROKER}
    assert left_out == {"broker_away", "broker_connection_timeout", "broker_restarts", "delay_on_the_loop"}


@pytest.mark.services
@pytest.mark.parametrize("name", ON_ANY_BROKER)
def test_a_redis_by_url_shows_the_facts_of_the_ledger(name: str) -> None:
    assert observed(name, named("TEST_REDIS_URL")) == expected(name)


@pytest.mark.services
@pytest.mark.parametrize("name", ON_ANY_BROKER)
def test_a_rabbitmq_shows_them_too_but_for_what_it_does_otherwise(name: str) -> None:
    assert observed(name, named("TEST_RABBITMQ_URL")) == expected(name) | ON_RABBITMQ.get(name, {})


@pytest.mark.services
def test_nothing_is_left_at_a_redis_by_url() -> None:
    with Redis.from_url(named("TEST_REDIS_URL")) as client:
        before = set(client.scan_iter("chores-*"))
        observed("short_celery_tasks", named("TEST_REDIS_URL"))
        assert set(client.scan_iter("chores-*")) == before


@pytest.mark.services
def test_nothing_is_left_at_a_rabbitmq() -> None:
    with Broker(named("TEST_RABBITMQ_URL")) as broker, Connection(broker.url) as connection:
        with Queue(broker) as queue:
            queue.send("quick")
            [name] = queue.celery.amqp.queues
            connection.channel().queue_declare(name, passive=True)
            connection.channel().exchange_declare(name, "direct", passive=True)
        with pytest.raises(connection.channel_errors, match="NOT_FOUND"):
            connection.channel().queue_declare(name, passive=True)
        with pytest.raises(connection.channel_errors, match="NOT_FOUND"):
            connection.channel().exchange_declare(name, "direct", passive=True)
