"""The app as a test of plain FastAPI sees it: called in this process, without a server."""

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker
from celery.signals import setup_logging
from fastapi.testclient import TestClient
from redis import Redis

from demo_app import provider, tasks, worker
from demo_app.database import get_engine
from demo_app.lab.broker import Broker
from demo_app.main import create_app
from demo_app.settings import QueueSettings, get_settings


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty SQLite file that the app uses in this test, and a provider that works."""
    url = f"sqlite:///{tmp_path / 'test.db'}"
    monkeypatch.setenv("DEMO_DATABASE_URL", url)
    get_settings.cache_clear()
    get_engine.cache_clear()
    provider.misbehave()
    yield url
    get_engine().dispose()
    get_engine.cache_clear()
    get_settings.cache_clear()


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, database: str) -> Iterator[TestClient]:
    """A client of the app, whose pretended work takes next to no time."""
    monkeypatch.setenv("DEMO_WORK_SECONDS", "0.001")
    get_settings.cache_clear()
    with TestClient(create_app()) as client:
        yield client
    get_settings.cache_clear()


class Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@pytest.fixture
def sent() -> Iterator[list[str]]:
    """What the task logs, whoever else has set up logging."""
    yield from _kept(tasks.logger)


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """What any part of the app logs, from the level info on."""
    yield from _kept(logging.getLogger("demo_app"))


def _kept(logger: logging.Logger) -> Iterator[list[str]]:
    kept, level = Kept(), logger.level
    logger.addHandler(kept)
    logger.setLevel(logging.INFO)
    yield kept.messages
    logger.removeHandler(kept)
    logger.setLevel(level)


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    """A Redis of our own."""
    with Broker.embedded() as broker:
        yield broker


@pytest.fixture
def configure() -> Iterator[Callable[..., None]]:
    """Configures the queue anew with settings such as `publishers=2`; they are gone after the test."""
    with pytest.MonkeyPatch.context() as environment:

        def call(**settings: object) -> None:
            for name, value in settings.items():
                environment.setenv(f"DEMO_{name.upper()}", str(value))
            worker.configure()

        for name in QueueSettings.model_fields:
            environment.delenv(f"DEMO_{name.upper()}", raising=False)
        yield call
    worker.configure()


class Messages:
    """What waits in the broker at a URL."""

    def __init__(self, url: str) -> None:
        self.redis = Redis.from_url(url)
        self.redis.flushall()

    def ids(self) -> list[str]:
        """The ids of the tasks, oldest first."""
        waiting: Any = self.redis.lrange("celery", 0, -1)
        return [json.loads(message)["headers"]["id"] for message in reversed(waiting)]

    def clients(self) -> int:
        """How many connections there are beside this one."""
        connected: Any = self.redis.client_list()
        return len(connected) - 1


@pytest.fixture
def messages(broker: Broker, configure: Callable[..., None]) -> Iterator[Messages]:
    """The app's queue, empty, in a broker that answers."""
    configure(broker_url=broker.url)
    messages = Messages(broker.url)
    yield messages
    messages.redis.close()


class Silence:
    """A host that accepts connections and never answers; or nothing at all, once it has ended."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.url = f"redis://127.0.0.1:{self._listener.getsockname()[1]}/0"
        self.end = self._listener.close


@pytest.fixture
def silence() -> Iterator[Silence]:
    """Calls that still hang at the end of the test fail then."""
    silence = Silence()
    yield silence
    silence.end()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What `build_report` publishes: `begun` and the id, then `ended` and the id, as it happens."""
    noted, publish = list[str](), worker.build_report.apply_async

    def apply_async(args: Any, task_id: str) -> Any:
        noted.append(f"begun {task_id}")
        try:
            return publish(args, task_id=task_id)
        finally:
            noted.append(f"ended {task_id}")

    monkeypatch.setattr(worker.build_report, "apply_async", apply_async)
    return noted


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """Each release lets the work take one step."""
    steps = threading.Semaphore(0)
    monkeypatch.setattr(tasks, "time", SimpleNamespace(sleep=lambda seconds: steps.acquire()))
    return steps


@pytest.fixture
def working(messages: Messages) -> Iterator[None]:
    """A worker in a thread of this process, which leaves logging alone."""

    def leave_it(**_: Any) -> None: ...

    setup_logging.connect(leave_it)
    with start_worker(worker.celery, perform_ping_check=False):
        yield
    setup_logging.disconnect(leave_it)
