"""Every experiment with workers on a Redis and on a RabbitMQ that are given by URL, and what RabbitMQ does otherwise.

An experiment takes the broker that it runs on as an argument; one that has to stop its broker has no such argument.
"""

import inspect
import os
from collections.abc import Mapping
from typing import Any

import pytest

from demo_app.lab import experiments
from demo_app.lab.broker import Broker
from demo_app.lab.claims import ledger
from tests.lab.opposites import OF_WORKERS
from tests.lab.queues.matrix import EXPECTED

OF_A_WORKER = [name for name in experiments.names() if experiments.needs_a_worker(name)]
ON_ANY_BROKER = [name for name in OF_A_WORKER if "broker" in inspect.signature(experiments._find(name)).parameters]
FACTS: dict[str, Mapping[str, Any]] = {str(row.experiment): row.expect for row in ledger().values()}

# No visibility timeout: a worker that lives keeps what it has, and what a dead one had is in the queue again at once.
ON_RABBITMQ: dict[str, dict[str, Any]] = {
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
    with Broker(url) as broker:
        if name == "kill_matrix":  # which asks for a broker for each cell
            events = [event for event in EVENTS if event != "broker restart"]
            return experiments.run(name, broker=lambda: broker, events=events).facts
        return experiments.run(name, broker=broker).facts
