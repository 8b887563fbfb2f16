"""Settings come from the environment, and nonsense is refused."""

from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from demo_app.settings import Settings, get_settings


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No variable set, and nothing read before or kept after."""
    monkeypatch.delenv("DEMO_WORK_SECONDS", raising=False)
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
