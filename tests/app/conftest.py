"""The app as a test of plain FastAPI sees it: called in this process, without a server."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from demo_app import provider
from demo_app.database import get_engine
from demo_app.main import create_app
from demo_app.settings import get_settings
from demo_app.tasks import logger


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
    yield from _kept(logger)


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
