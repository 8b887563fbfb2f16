"""Each server keeps what it logs, and nothing reaches the page."""

import logging
import threading
from collections import deque

import pytest
from fastapi import FastAPI

from demo_app.lab.logs import collect_into
from demo_app.lab.server import LiveServer
from tests.conftest import PATIENCE, fresh_python


def in_a_thread(ring: deque[str], logger: str, message: str) -> None:
    """Logs `message` in a thread that collects into `ring`."""

    def run() -> None:
        collect_into(ring)
        logging.getLogger(logger).info(message)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(PATIENCE)


@pytest.mark.parametrize("logger", ["uvicorn.error", "uvicorn.access", "asyncio", "demo_app.tasks"])
def test_a_record_goes_to_the_ring_of_its_own_thread(logger: str) -> None:
    first, second = deque[str](), deque[str]()
    in_a_thread(first, logger, "for the first")
    in_a_thread(second, logger, "for the second")
    assert list(first) == [f"INFO {logger}: for the first"]
    assert list(second) == [f"INFO {logger}: for the second"]


def test_a_record_from_elsewhere_goes_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    ring = deque[str]()
    in_a_thread(ring, "demo_app", "inside")
    logging.getLogger("demo_app").warning("outside")
    assert list(ring) == ["INFO demo_app: inside"]
    assert capfd.readouterr() == ("", "")


def test_what_a_task_of_the_app_logs_is_in_its_servers_logs() -> None:
    app = FastAPI()

    @app.get("/")
    def cook() -> None:  # in a worker thread
        logging.getLogger("demo_app.tasks").info("the soup is on")

    with LiveServer(app) as server, LiveServer(FastAPI()) as other:
        server.client.get("/")
        assert "INFO demo_app.tasks: the soup is on" in server.logs
        assert not any("soup" in line for line in other.logs)


def test_a_long_log_keeps_its_newest_lines() -> None:
    with LiveServer(FastAPI()) as server:
        for number in range(501):
            server._logs.append(str(number))
        assert (len(server.logs), server.logs[-1]) == (500, "500")


def test_logging_that_a_notebook_sets_up_prints_none_of_it() -> None:
    printed = fresh_python(
        "import logging, sys\n"
        "logging.basicConfig(stream=sys.stdout, level=logging.INFO, format='%(name)s')\n"
        "from demo_app.lab import LiveServer\n"
        "from fastapi import FastAPI\n"
        "with LiveServer(FastAPI()) as server:\n"
        "    server.client.get('/')\n"
    )
    assert set(printed.split()) <= {"httpx"}
