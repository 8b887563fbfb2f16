"""Each event is one line of JSON with the id of its request."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from asgi_correlation_id import correlation_id

from demo_app.logs import set_up_logs


@pytest.fixture(autouse=True)
def configured() -> Iterator[None]:
    set_up_logs()
    yield
    structlog.reset_defaults()


def test_an_event_is_one_line_of_json_with_sorted_keys(logged: list[str]) -> None:
    structlog.get_logger("demo_app.some").error("it\nfailed", task="charge", answer=42)
    assert logged == ['{"answer": 42, "event": "it\\nfailed", "level": "error", "request_id": null, "task": "charge"}']


def test_an_event_carries_the_id_of_its_request(logged: list[str]) -> None:
    token = correlation_id.set("r-1")
    structlog.get_logger("demo_app.some").info("begun")
    correlation_id.reset(token)
    structlog.get_logger("demo_app.some").info("begun")
    assert [json.loads(line)["request_id"] for line in logged] == ["r-1", None]


def test_any_handler_of_the_logger_of_that_name_sees_it(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("test_logs.somewhere")
    logger.addHandler(caplog.handler)
    structlog.get_logger("test_logs.somewhere").warning("seen")
    logger.removeHandler(caplog.handler)
    assert {(record.name, record.levelname) for record in caplog.records} == {("test_logs.somewhere", "WARNING")}


def test_an_event_has_no_time_of_its_own_beside_the_record(logged: list[str]) -> None:
    structlog.get_logger("demo_app.some").info("begun")
    assert json.loads(logged[0]).keys() == {"event", "level", "request_id"}


def test_the_level_of_the_logger_is_respected(logged: list[str]) -> None:
    structlog.get_logger("demo_app.some").debug("detail")
    assert logged == []


def test_an_exception_is_part_of_its_line(logged: list[str]) -> None:
    try:
        raise KeyError("vat")
    except KeyError:
        structlog.get_logger("demo_app.some").exception("slip")
    [line] = logged
    assert json.loads(line)["exception"].endswith("KeyError: 'vat'")


def test_what_json_does_not_know_is_written_as_its_repr(logged: list[str]) -> None:
    structlog.get_logger("demo_app.some").info("odd", value={1, 2}, name="100 %s")
    assert json.loads(logged[0])["value"] == "{1, 2}"
