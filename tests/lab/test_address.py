"""The address of a broker: what it is, how it is shown, and whether anybody answers there."""

import socket
from collections.abc import Iterator

import pytest

from demo_app.lab.address import Address


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """Somebody who lets connections come and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("redis://127.0.0.1:6379/0", "Redis"),
        ("redis://:secret@redis.example", "Redis"),
        ("rediss://user:secret@redis.example:6380/", "Redis"),
        ("amqp://guest:guest@127.0.0.1:5672//", "RabbitMQ"),
        ("amqps://rabbit.example/course", "RabbitMQ"),
        ("127.0.0.1:6379", None),
        ("redis.example", None),
        ("redis://", None),
        ("redis://127.0.0.1:port/0", None),
        ("redis://127.0.0.1:70000/0", None),
        ("redis://127.0.0.1:6379/first", None),
        ("http://127.0.0.1:6379/0", None),
        ("", None),
    ],
)
def test_an_address_says_what_listens_there_or_is_none(url: str, kind: str | None) -> None:
    assert Address(url).kind == kind


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:secret@redis.example:6379/0", "redis://redis.example:6379/0"),
        ("redis://user:se@cret@redis.example/0?password=secret", "redis://redis.example/0"),
        ("amqp://guest:secret@127.0.0.1:5672//", "amqp://127.0.0.1:5672//"),
        (":secret@redis.example:6379", "redis.example:6379"),
        ("redis.example:6379", "redis.example:6379"),
    ],
)
def test_it_is_shown_without_what_is_secret(url: str, shown: str) -> None:
    assert str(Address(url)) == repr(Address(url)) == shown


@pytest.mark.parametrize("url", ["redis://:secret@127.0.0.1:{}/0", "amqp://guest:secret@127.0.0.1:{}//"])
def test_nobody_there_is_a_complaint(url: str) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        complaint = Address(url.format(unheard.getsockname()[1])).complaint()
    assert complaint
    assert "refused" in complaint
    assert "secret" not in complaint


@pytest.mark.parametrize("url", ["redis://127.0.0.1:{}/0", "amqp://guest:guest@127.0.0.1:{}//"])
def test_silence_is_a_complaint_after_one_attempt(url: str, silent: socket.socket) -> None:
    complaint = Address(url.format(silent.getsockname()[1])).complaint(patience=0.1)
    assert complaint
    assert "time" in complaint.lower()
    silent.setblocking(False)
    silent.accept()[0].close()
    with pytest.raises(BlockingIOError):
        silent.accept()
