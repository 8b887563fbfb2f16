"""Settings come from the environment, and nonsense is refused."""

from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from demo_app.settings import LESSON, QueueSettings, Settings, get_settings, queue_table


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No variable set, and nothing read before or kept after."""
    for name in (*Settings.model_fields, *QueueSettings.model_fields):
        monkeypatch.delenv(f"DEMO_{name.upper()}", raising=False)
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


# Of the queue


def _queue(monkeypatch: pytest.MonkeyPatch, **variables: str) -> QueueSettings:
    for name, value in variables.items():
        monkeypatch.setenv(f"DEMO_{name.upper()}", value)
    return QueueSettings()


def test_production_is_the_default_and_no_broker_is_assumed() -> None:
    settings = QueueSettings()
    assert (settings.broker_url, settings.visibility_timeout, settings.time_limit) == ("", 3600, 600)


def test_a_lesson_differs_from_production_in_each_value_that_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    production = _queue(monkeypatch, broker_url="redis://127.0.0.1:1/0").model_dump()
    for variable, value in LESSON.items():
        monkeypatch.setenv(variable, value)
    lesson = QueueSettings().model_dump()
    assert {f"DEMO_{name.upper()}" for name in production if production[name] != lesson[name]} == LESSON.keys()


def test_the_table_has_both_values_and_a_reason_for_each_setting() -> None:
    table = list(queue_table())
    assert [row.variable for row in table] == [f"DEMO_{name.upper()}" for name in QueueSettings.model_fields]
    assert {row.variable: row.lesson for row in table if row.lesson != row.production} == LESSON
    assert ("DEMO_TIME_LIMIT", "600", "10") in {row[:3] for row in table}
    for row in table:
        assert row.reason.endswith(".") and "\n" not in row.reason and len(row.reason) > 30, row


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"visibility_timeout": "soon"}, "DEMO_VISIBILITY_TIMEOUT: Input should be a valid integer"),
        ({"publish_deadline": "0"}, "DEMO_PUBLISH_DEADLINE: Input should be greater than 0"),
        ({"publish_retries": "-1"}, "DEMO_PUBLISH_RETRIES: Input should be greater than or equal to 0"),
        ({"publishers": "11"}, "DEMO_PUBLISHERS: Input should be less than or equal to 10"),
        ({"broker_url": "127.0.0.1:6379"}, "DEMO_BROKER_URL must be a URL such as redis://"),
        ({"result_backend": "redis"}, "DEMO_RESULT_BACKEND must be a URL such as redis://"),
        ({"broker_url": "amqp://guest@127.0.0.1//"}, "DEMO_RESULT_BACKEND must say where results are kept"),
        ({"soft_time_limit": "601"}, "DEMO_SOFT_TIME_LIMIT must not be longer than DEMO_TIME_LIMIT"),
    ],
)
def test_what_cannot_work_is_refused_by_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ValidationError, match=sentence):
        _queue(monkeypatch, **variables)


@pytest.mark.parametrize(("limit", "works"), [("3599", True), ("3600", False), ("7200", False)])
def test_redis_must_not_hand_out_again_what_may_still_run(
    monkeypatch: pytest.MonkeyPatch, limit: str, works: bool
) -> None:
    _queue(monkeypatch, broker_url="amqp://guest@127.0.0.1//", result_backend="db+sqlite:///r.db", time_limit=limit)
    monkeypatch.delenv("DEMO_RESULT_BACKEND")
    if works:
        assert _queue(monkeypatch, broker_url="redis://127.0.0.1:1/0").time_limit == int(limit)
    else:
        with pytest.raises(ValidationError, match="would be handed to a second worker, and be done twice"):
            _queue(monkeypatch, broker_url="redis://127.0.0.1:1/0")


def test_results_are_in_the_redis_that_is_the_broker_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _queue(monkeypatch, broker_url="rediss://127.0.0.1:1/0").results == "rediss://127.0.0.1:1/0"
    assert _queue(monkeypatch, result_backend="redis://127.0.0.1:2/0").results == "redis://127.0.0.1:2/0"
    assert _queue(monkeypatch, broker_url="amqp://127.0.0.1//").results == "redis://127.0.0.1:2/0"


def test_a_password_is_shown_neither_by_the_settings_nor_by_their_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "secret" not in repr(_queue(monkeypatch, broker_url="redis://:secret@127.0.0.1:1/0"))
    for url in ("secret@127.0.0.1", "amqp://guest:secret@127.0.0.1//"):
        with pytest.raises(ValidationError) as caught:
            _queue(monkeypatch, broker_url=url)
        assert "secret" not in str(caught.value)
