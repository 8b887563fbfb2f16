"""The topic over HTTP: errors of the answer, and errors after it."""

import json
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient

from demo_app import retries
from demo_app.database import session
from demo_app.failures import FailedTask, failed_tasks
from demo_app.main import create_app


@pytest.fixture
def client(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A client that sees what a real one would see: a 500 instead of the exception."""
    monkeypatch.setattr(retries, "time", SimpleNamespace(sleep=lambda seconds: None))
    with TestClient(create_app("faults"), raise_server_exceptions=False) as client:
        yield client


def _charged(client: TestClient) -> list[int]:
    return [charge["order"] for charge in client.get("/charges").json()]


def test_a_known_order_is_answered(client: TestClient) -> None:
    answer = client.get("/orders/1")
    assert (answer.status_code, answer.json()) == (200, {"id": 1, "item": "mug", "cents": 1200})


@pytest.mark.parametrize("path", ["/orders/{}", "/orders/{}/invoice", "/orders/{}/payment"])
def test_text_is_no_number_of_an_order_and_an_unknown_one_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path.format("seven")).status_code == 422
    answer = client.get(path.format(99))
    assert (answer.status_code, answer.json()) == (404, {"detail": "There is no order 99."})


@pytest.mark.parametrize("path", ["/orders/99/charge", "/charge-recorded/99", "/charge-unrecorded/99"])
def test_an_unknown_order_is_not_charged(client: TestClient, path: str) -> None:
    assert client.post(path).status_code == 404
    assert _charged(client) == []


def test_a_slip_in_the_code_is_a_500_that_tells_the_client_nothing_but_an_id(
    client: TestClient, logged: list[str]
) -> None:
    answer = client.get("/orders/1/invoice", headers={"X-Request-ID": "r-1"})
    assert (answer.status_code, answer.json()) == (500, {"detail": "Internal Server Error"})
    assert answer.headers["X-Request-ID"] == "r-1"
    [line] = map(json.loads, logged)
    assert (line["request_id"], line["error"], line["path"]) == ("r-1", "KeyError('mug')", "/orders/1/invoice")


def test_a_provider_that_is_down_is_a_503_that_says_when_to_come_back(client: TestClient) -> None:
    client.put("/provider", json={"failures": 1})
    answer = client.get("/orders/1/payment")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert answer.json() == {"detail": "The payment provider cannot be reached."}
    assert client.get("/orders/1/payment").json() == {"order": 1, "paid_cents": 0}


@pytest.mark.parametrize(
    ("path", "status"), [("/charge-unrecorded/1", 200), ("/charge-recorded/1", 202), ("/orders/1/charge", 202)]
)
def test_an_order_is_charged_after_the_answer(client: TestClient, path: str, status: int) -> None:
    answer = client.post(path)
    assert (answer.status_code, answer.json()["message"].split()[0]) == (status, "Charge")
    assert client.get("/orders/1/payment").json() == {"order": 1, "paid_cents": 1200}
    assert client.get("/failed-tasks").json() == []


def test_an_unrecorded_failure_leaves_no_row(client: TestClient, logged: list[str]) -> None:
    client.put("/provider", json={"failures": 1})
    assert client.post("/charge-unrecorded/1").status_code == 200
    assert (_charged(client), client.get("/failed-tasks").json()) == ([], [])
    assert "ProviderDown" in logged[0]


def test_a_recorded_failure_leaves_a_row_that_can_be_replayed(client: TestClient) -> None:
    client.put("/provider", json={"failures": 1})
    assert client.post("/charge-recorded/1", headers={"X-Request-ID": "r-1"}).status_code == 202
    [row] = client.get("/failed-tasks").json()
    assert row.pop("failed_at").endswith("Z")
    failed = {
        "id": 1,
        "task": "charge_order_recorded",
        "arguments": {"args": [1, 1200], "kwargs": {}},
        "error": "ProviderDown: The payment provider cannot be reached.",
        "request_id": "r-1",
        "attempts": 1,
        "status": "failed",
    }
    assert row == failed
    answer = client.post("/failed-tasks/1/replay").json()
    assert failed | {"attempts": 2, "status": "done"} == {key: answer[key] for key in failed}
    assert _charged(client) == [1]


def test_a_replay_after_a_lost_answer_charges_twice_without_a_key(client: TestClient) -> None:
    client.put("/provider", json={"lost_answers": 1})
    client.post("/charge-recorded/1")
    client.post("/failed-tasks/1/replay")
    assert _charged(client) == [1, 1]


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}])
def test_with_a_key_repeats_and_replays_charge_once(client: TestClient, headers: dict[str, str]) -> None:
    client.put("/provider", json={"lost_answers": 3})  # as often as the task tries by itself
    client.post("/orders/1/charge", headers=headers)
    assert [row["status"] for row in client.get("/failed-tasks").json()] == ["failed"]
    assert client.post("/failed-tasks/1/replay").json()["status"] == "done"
    assert _charged(client) == [1]


def test_a_client_that_repeats_its_request_with_its_key_is_charged_once(client: TestClient) -> None:
    for _ in range(2):
        assert client.post("/orders/1/charge", headers={"Idempotency-Key": "k"}).status_code == 202
    assert _charged(client) == [1]
    client.post("/orders/1/charge")
    assert _charged(client) == [1, 1]


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_that_is_empty_or_too_long_is_refused(client: TestClient, key: str) -> None:
    assert client.post("/orders/1/charge", headers={"Idempotency-Key": key}).status_code == 422
    assert _charged(client) == []


def test_a_replay_that_fails_keeps_the_row(client: TestClient) -> None:
    client.put("/provider", json={"failures": 2})
    client.post("/charge-recorded/1")
    row = client.post("/failed-tasks/1/replay").json()
    assert (row["status"], row["attempts"]) == ("failed", 2)


@pytest.mark.parametrize(("failed_id", "status"), [("9", 404), ("x", 422), ("0", 422), (str(2**63), 422)])
def test_a_replay_of_what_is_not_there_says_so(client: TestClient, failed_id: str, status: int) -> None:
    assert client.post(f"/failed-tasks/{failed_id}/replay").status_code == status


def test_a_replay_of_what_is_done_is_a_conflict(client: TestClient) -> None:
    client.put("/provider", json={"failures": 1})
    client.post("/charge-recorded/1")
    client.post("/failed-tasks/1/replay")
    answer = client.post("/failed-tasks/1/replay")
    assert (answer.status_code, answer.json()["detail"].split(":")[0]) == (409, "Failed task 1 is done")
    assert _charged(client) == [1]


def test_a_replay_that_a_killed_process_left_is_released_at_the_start(client: TestClient) -> None:
    with session() as db:
        db.add(FailedTask(task="charge_order_recorded", arguments={}, error="", status="running"))
    with TestClient(create_app("faults")):
        assert [row.status for row in failed_tasks()] == ["failed"]


@pytest.mark.parametrize("outage", [{"failures": -1}, {"lost_answers": -1}, {"failures": "many"}])
def test_an_outage_that_makes_no_sense_is_refused(client: TestClient, outage: dict[str, object]) -> None:
    assert client.put("/provider", json=outage).status_code == 422


@pytest.mark.parametrize("given", ["r-1", "order 7/ada@example.org", "x" * 64])
def test_the_clients_id_of_the_request_is_taken(client: TestClient, given: str) -> None:
    assert client.get("/orders/1", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", [None, "", "x" * 65, "tab\there"])
def test_an_id_is_made_where_there_is_none_to_take(client: TestClient, given: str | None) -> None:
    headers = {} if given is None else {"X-Request-ID": given}
    answer = client.get("/orders/99", headers=headers)
    assert len(answer.headers["X-Request-ID"]) == 32
