"""Settings come from the environment, and nonsense is refused."""

from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from demo_app.settings import Settings, get_settings


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No variable set, and nothing read before or kept after."""
    monkeypatch.delenv("DEMO_WORK_SECONDS", raising=False)
    monkeypatch.delenv("DEMO_DATABASE_URL", raising=False)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def test_work_takes_a_second_unless_told_otherwise() -> None:
    assert Settings().work_seconds == 1.0


def test_a_variable_overrides_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_WORK_SECONDS", "0.25")
    assert get_settings().work_seconds == 0.25


def test_settings_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    before = get_settings()
    monkeypatch.setenv("DEMO_WORK_SECONDS", "9")
    assert get_settings() is before


@pytest.mark.parametrize("value", ["0", "-1", "soon"])
def test_work_must_take_some_time(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DEMO_WORK_SECONDS", value)
    with pytest.raises(ValidationError, match="work_seconds"):
        get_settings()


def test_the_database_is_a_temporary_one_unless_told_otherwise() -> None:
    assert Settings().database_url == ""


@pytest.mark.parametrize("url", ["sqlite:///file.db", "sqlite:////var/lib/file.db", "postgresql+psycopg://host/name"])
def test_a_database_that_threads_can_share_is_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DEMO_DATABASE_URL", url)
    assert get_settings().database_url == url


@pytest.mark.parametrize("url", ["file.db", "sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_database_that_each_thread_would_have_for_itself_is_refused(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("DEMO_DATABASE_URL", url)
    with pytest.raises(ValidationError, match="DEMO_DATABASE_URL must name a database that threads can share"):
        get_settings()
