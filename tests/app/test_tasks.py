"""The work itself, which knows nothing of HTTP."""

from demo_app.tasks import send_notification


def test_sending_logs_whom_and_what(sent: list[str]) -> None:
    send_notification("ada@example.org", "Hello")
    assert sent == ["Sending message to ada@example.org: Hello"]
