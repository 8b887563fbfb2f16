"""A report over HTTP: promised, looked after, refused while the queue is away; or built after the answer."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, make_url, select, text

from demo_app import tasks, worker
from demo_app.database import get_engine, session
from demo_app.lab.broker import Broker
from demo_app.lab.server import LiveServer
from demo_app.logs import set_up_logs
from demo_app.main import create_app
from demo_app.routers.reports import AcceptedReport
from demo_app.settings import get_settings
from tests.app.conftest import Messages, Silence
from tests.conftest import until

Configure = Callable[..., None]
ORDER = {"month": "2026-10"}
UNAVAILABLE = {"detail": "The queue cannot be reached at the moment."}
# Celery 5.7 stores results by a command that redis-py 8 calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated setex:DeprecationWarning")
POSTGRES = "TEST_POSTGRES_URL"


@pytest.fixture
def postgres() -> Iterator[str]:
    """The URL of an empty schema in the PostgreSQL that `TEST_POSTGRES_URL` names."""
    if POSTGRES not in os.environ:
        pytest.skip(f"{POSTGRES} names no PostgreSQL, as postgresql+psycopg://root@127.0.0.1/test would")
    url, schema = make_url(os.environ[POSTGRES]), f"test_{uuid4().hex}"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    yield url.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.services)])
def client(request: pytest.FixtureRequest, database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A client of the app on a database of each kind."""
    if request.param == "postgres":
        monkeypatch.setenv("DEMO_DATABASE_URL", request.getfixturevalue("postgres"))
        get_settings.cache_clear()
    with TestClient(create_app("reports")) as client:
        assert get_engine().dialect.name.startswith(request.param)
        yield client


def _promised() -> list[tuple[UUID, str]]:
    with session() as db:
        return [(report.id, report.month) for report in db.scalars(select(AcceptedReport))]


# With a queue


def test_an_order_is_promised_and_in_the_queue(client: TestClient, messages: Messages) -> None:
    answer = client.post("/reports", json=ORDER)
    body = answer.json()
    waiting = {"month": "2026-10", "state": "PENDING", "progress": None, "result": None, "error": None}
    assert (answer.status_code, body) == (202, {"id": body["id"]} | waiting)
    assert answer.headers["Location"] == f"/reports/{body['id']}"
    assert messages.ids() == [body["id"]]
    assert _promised() == [(UUID(body["id"]), "2026-10")]
    assert client.get(answer.headers["Location"]).json() == body


@pytest.mark.parametrize(
    "month", ["2026-00", "2026-13", "2026-1", "26-10", "2026-10-01", "2026-10\n", "", None, 202610]
)
def test_what_is_no_month_is_refused(client: TestClient, messages: Messages, month: object) -> None:
    assert client.post("/reports", json={"month": month}).status_code == 422
    assert client.post("/reports-in-process", json={"month": month}).status_code == 422
    assert (_promised(), messages.ids()) == ([], [])


def test_the_row_is_committed_before_the_queue_has_the_message(
    client: TestClient, messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = list[object]()
    publish = worker.build_report.apply_async

    def look_first(args: object, task_id: str) -> object:
        with ThreadPoolExecutor(1) as another_connection:
            seen.extend(another_connection.submit(_promised).result())
        return publish(args, task_id=task_id)

    monkeypatch.setattr(worker.build_report, "apply_async", look_first)
    report = client.post("/reports", json=ORDER).json()
    assert seen == [(UUID(report["id"]), "2026-10")]
    assert messages.ids() == [report["id"]]


def test_an_id_that_nobody_was_promised_is_not_found_although_celery_calls_it_pending(
    client: TestClient, messages: Messages
) -> None:
    unknown = uuid4()
    assert worker.celery.AsyncResult(str(unknown)).state == "PENDING"
    answer = client.get(f"/reports/{unknown}")
    assert (answer.status_code, answer.json()) == (404, {"detail": f"There is no report {unknown}."})


@pytest.mark.parametrize("report_id", ["7", "report", "%00"])
def test_what_is_no_id_at_all_is_refused(client: TestClient, report_id: str) -> None:
    assert client.get(f"/reports/{report_id}").status_code == 422


def test_a_report_is_followed_to_its_result_which_expires(
    client: TestClient, working: None, steps: threading.Semaphore, messages: Messages
) -> None:
    place = client.post("/reports", json=ORDER).headers["Location"]
    until(lambda: client.get(place).json()["state"] == "STARTED", "a worker has it")
    for done in (1, 2, 3):
        steps.release()
        until(lambda: client.get(place).json()["progress"] == {"done": done, "total": 4}, f"page {done}")  # noqa: B023
        report = client.get(place).json()
        assert (report["state"], report["result"], report["error"]) == ("PROGRESS", None, None)
    steps.release()
    until(lambda: client.get(place).json()["state"] == "SUCCESS", "it is done")
    report = client.get(place).json()
    assert (report["result"], report["progress"]) == ({"month": "2026-10", "pages": 4}, None)
    messages.redis.delete(f"celery-task-meta-{report['id']}")  # as Redis does after `result_expires`
    assert client.get(place).json() == report | {"state": "PENDING", "result": None}


def test_a_report_that_failed_says_why(client: TestClient, working: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(month: str, tell: object) -> None:
        raise LookupError(f"no figures for {month}")

    monkeypatch.setattr(tasks, "build_report", fail)
    place = client.post("/reports", json=ORDER).headers["Location"]
    until(lambda: client.get(place).json()["state"] == "FAILURE", "it has failed")
    report = client.get(place).json()
    assert (report["error"], report["result"]) == ("LookupError: no figures for 2026-10", None)


# Without one


@pytest.mark.parametrize("closed", [True, False])
def test_while_the_queue_is_away_nothing_is_promised_and_the_client_is_told_when_to_come_back(
    client: TestClient, configure: Configure, silence: Silence, calls: list[str], logged: list[str], closed: bool
) -> None:
    set_up_logs()
    if closed:
        silence.end()
    configure(broker_url=silence.url, publish_deadline=30 if closed else 1)
    answer = client.post("/reports", json=ORDER)
    assert (answer.status_code, answer.json(), answer.headers["Retry-After"]) == (503, UNAVAILABLE, "10")
    assert [call.split()[0] for call in calls] == ["begun", "ended"][: 2 if closed else 1]  # it may still hang
    assert _promised() == []
    [line] = map(json.loads, logged)
    assert (line["event"], line["path"]) == ("queue unavailable", "/reports")
    assert line["error"].startswith("RuntimeError('\\nRetry limit exceeded" if closed else "TimeoutError()")


@pytest.mark.parametrize("closed", [True, False])
def test_the_state_of_a_report_cannot_be_told_then_either(
    client: TestClient, messages: Messages, configure: Configure, silence: Silence, closed: bool
) -> None:
    place = client.post("/reports", json=ORDER).headers["Location"]
    if closed:
        silence.end()
    configure(broker_url=silence.url, publish_deadline=30 if closed else 0.1)
    answer = client.get(place)
    assert (answer.status_code, answer.json(), answer.headers["Retry-After"]) == (503, UNAVAILABLE, "10")
    assert client.get(f"/reports/{uuid4()}").status_code == 404  # the app knows that by itself


def test_when_the_queue_is_back_a_promise_made_before_can_be_looked_after(
    client: TestClient, messages: Messages, configure: Configure, silence: Silence, broker: Broker
) -> None:
    place = client.post("/reports", json=ORDER).headers["Location"]
    configure(broker_url=silence.url, publish_deadline=0.1)
    assert client.get(place).status_code == 503
    configure(broker_url=broker.url, publish_deadline=30)
    assert client.get(place).json()["state"] == "PENDING"
    assert client.post("/reports", json=ORDER).status_code == 202
    assert len(messages.ids()) == 2


def test_without_a_broker_the_answer_says_which_setting_is_missing(client: TestClient, configure: Configure) -> None:
    configure()
    answer = client.post("/reports", json=ORDER)
    assert answer.status_code == 503
    assert answer.json()["detail"].startswith("There is no queue: set DEMO_BROKER_URL")
    assert _promised() == []


def test_while_calls_hang_other_endpoints_of_both_kinds_answer(
    database: str, configure: Configure, silence: Silence, calls: list[str]
) -> None:
    configure(broker_url=silence.url, publish_deadline=30, publishers=2)
    with LiveServer(create_app("cycle", "reports")) as server, ThreadPoolExecutor(3) as clients:
        server.threads = 1  # for `def` endpoints
        hanging = [clients.submit(server.client.post, "/reports", json=ORDER) for _ in range(3)]
        until(lambda: len(calls) == 2, "both publishers are taken")
        assert server.client.get("/ping").json() == {"answer": "pong"}
        assert server.client.get("/cpu?n=1").json() == {"status": "completed"}
        assert not any(request.done() for request in hanging)
        silence.end()
        assert [request.result().status_code for request in hanging] == [503, 503, 503]


# In this process


def test_the_same_work_after_the_answer_leaves_nothing_to_look_after(
    client: TestClient, configure: Configure, sent: list[str], steps: threading.Semaphore
) -> None:
    configure()
    steps.release(4)
    answer = client.post("/reports-in-process", json=ORDER)
    assert (answer.status_code, answer.json()) == (202, {"message": "Report accepted"})
    assert sent == ["Report for 2026-10: 4 pages"]
    assert _promised() == []
