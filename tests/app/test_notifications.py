"""The notification in the shape often shown, and in the shape to ship."""

import pytest
from fastapi.testclient import TestClient


@pytest.mark.parametrize(("path", "status"), [("/notify-unchecked", 200), ("/notify", 202)])
def test_a_notification_is_accepted_and_then_sent(client: TestClient, sent: list[str], path: str, status: int) -> None:
    answer = client.post(f"{path}/ada@example.org", json={"message": "Hello"})
    assert answer.status_code == status
    assert answer.json()["message"].startswith("Notification ")
    assert sent == ["Sending message to ada@example.org: Hello"]


def test_the_unchecked_shape_takes_anything_for_an_address(client: TestClient, sent: list[str]) -> None:
    assert client.post("/notify-unchecked/nobody", json={"message": "Hello"}).status_code == 200
    assert sent == ["Sending message to nobody: Hello"]


def test_the_checked_shape_refuses_what_is_no_address(client: TestClient, sent: list[str]) -> None:
    answer = client.post("/notify/nobody", json={"message": "Hello"})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["path", "email"]
    assert sent == []


@pytest.mark.parametrize("message", ["", "x" * 501])
@pytest.mark.parametrize("path", ["/notify-unchecked", "/notify"])
def test_a_message_that_is_empty_or_too_long_is_refused(
    client: TestClient, sent: list[str], path: str, message: str
) -> None:
    assert client.post(f"{path}/ada@example.org", json={"message": message}).status_code == 422
    assert sent == []
