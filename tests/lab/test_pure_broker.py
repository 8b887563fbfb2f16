"""What the server in pure Python mends in fakeredis, and how it speaks the protocol."""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from socketserver import TCPServer

import pytest
from fakeredis import FakeServer
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, ResponseError
from redis.retry import Retry

from demo_app.lab.pure_broker import PureServer
from tests.conftest import PATIENCE, until

PASSWORD = "open sesame"


@contextmanager
def serving(server: TCPServer) -> Iterator[None]:
    with server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def server() -> Iterator[PureServer]:
    server = PureServer(0, PASSWORD)
    with serving(server):
        yield server


@pytest.fixture(params=[2, 3], ids=["RESP2", "RESP3"])
def client(server: PureServer, request: pytest.FixtureRequest) -> Iterator[Redis]:
    with connect(server, request.param) as client:
        yield client


def connect(server: TCPServer, protocol: int = 3, password: str = PASSWORD) -> Redis:
    port, once = server.server_address[1], Retry(NoBackoff(), 0)
    return Redis(port=port, password=password, protocol=protocol, socket_timeout=PATIENCE, retry=once)


def command(*words: str) -> bytes:
    """As a client sends it."""
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word.encode()) for word in words)


@contextmanager
def stranger(server: TCPServer) -> Iterator[tuple[Callable[..., None], BufferedReader]]:
    """A connection without a client library: what sends a command, and the replies."""
    with socket.create_connection(("127.0.0.1", server.server_address[1])) as to, to.makefile("rb") as replies:
        yield lambda *words: to.sendall(command(*words)), replies


def blocked(data: FakeServer) -> bool:
    """Whether a client waits in a command."""
    return any(session._blocked for session in data.sockets)


def killed_while_it_waits(server: TCPServer, data: FakeServer, *words: str) -> None:
    """Lets a process send this command, and kills it while it waits for the reply."""
    code = "import socket, sys; to = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); "
    code += "to.sendall(bytes.fromhex(sys.argv[2])); sys.stdin.read()"
    sent = command("AUTH", PASSWORD) + command(*words)
    arguments = [sys.executable, "-I", "-S", "-c", code, str(server.server_address[1]), sent.hex()]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE) as process:
        until(lambda: blocked(data), "the client waits")
        process.kill()


def lost(server: TCPServer, data: FakeServer, trials: int, *words: str) -> int:
    """How many of the messages pushed after the death of a client that waited for one were not there any more."""
    missing = 0
    with connect(server) as client:
        for _ in range(trials):
            killed_while_it_waits(server, data, *words)
            client.zadd("queue", {"message": 1}) if words[0].startswith("BZ") else client.lpush("queue", "message")
            until(lambda: not blocked(data), "nobody waits any more")
            missing += not client.delete("queue")
    return missing


def test_no_message_goes_to_a_client_that_was_killed(server: PureServer) -> None:
    assert lost(server, server.data, 20, "BRPOP", "queue", "0") == 0


@pytest.mark.parametrize(
    "words",
    [
        ("BLPOP", "queue", "0"),
        ("BRPOPLPUSH", "queue", "other", "0"),
        ("BLMPOP", "0", "1", "queue", "LEFT"),
        ("BZPOPMIN", "queue", "0"),
    ],
    ids=lambda words: words[0],
)
def test_nor_by_another_command_that_waits(server: PureServer, words: tuple[str, ...]) -> None:
    assert lost(server, server.data, 2, *words) == 0


def test_a_client_that_lives_gets_the_message_that_it_waits_for(server: PureServer, client: Redis) -> None:
    received = list[object]()
    with connect(server) as other:
        waiting = threading.Thread(target=lambda: received.append(other.brpop(["queue"], timeout=PATIENCE)))
        waiting.start()
        until(lambda: blocked(server.data), "the client waits")
        client.lpush("queue", "message")
        waiting.join()
    assert list(received[0]) == [b"queue", b"message"]  # type: ignore[call-overload]


@pytest.mark.parametrize("value", [b"\r\n\0" * 3_000_000, b"x" * 8_000_000], ids=["binary", "text"])
def test_eight_megabytes_come_back_whole(client: Redis, value: bytes) -> None:
    client.set("big", value)
    assert client.get("big") == value


def test_a_message_is_pushed_to_those_who_subscribed(server: PureServer, client: Redis) -> None:
    with client.pubsub() as subscriber, connect(server) as publisher:
        subscriber.psubscribe("news.*")
        assert subscriber.get_message(timeout=PATIENCE) == {
            "type": "psubscribe", "pattern": None, "channel": b"news.*", "data": 1,
        }  # fmt: skip
        assert publisher.publish("news.today", "hello") == 1
        message = subscriber.get_message(timeout=PATIENCE)
        assert message and (message["channel"], message["data"]) == (b"news.today", b"hello")


@pytest.mark.parametrize(("protocol", "sign"), [("2", b"*3\r\n"), ("3", b">3\r\n")])
def test_a_client_can_tell_a_push_from_a_reply_since_the_third_protocol(
    server: PureServer, protocol: str, sign: bytes
) -> None:
    with stranger(server) as (send, replies):
        send("HELLO", protocol, "AUTH", "default", PASSWORD)
        send("SUBSCRIBE", "news")
        told = list(iter(replies.readline, b"subscribe\r\n"))
        assert told[-2:] == [sign, b"$9\r\n"]


def test_replies_have_the_types_of_the_protocol(client: Redis) -> None:
    assert client.set("number", 1) is True
    assert client.get("number") == b"1"
    assert client.get("nothing") is None
    assert client.hset("hash", mapping={"a": "1"}) == 1
    assert client.hgetall("hash") == {b"a": b"1"}
    with client.pipeline() as pipeline:
        pipeline.set("number", 2)
        pipeline.get("number")
        assert pipeline.execute() == [True, b"2"]
    assert client.eval("return redis.call('get', KEYS[1])", 1, "number") == b"2"
    with pytest.raises(ResponseError, match="Operation against a key"):
        client.lpush("number", "message")
    assert client.ping() is True  # and goes on after an error


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("password", ["", "wrong"])
def test_nobody_is_let_in_without_the_password(server: PureServer, protocol: int, password: str) -> None:
    with connect(server, protocol, password) as stranger, pytest.raises(AuthenticationError):
        stranger.get("number")


def test_what_a_stranger_asks_for_is_not_done(server: PureServer, client: Redis) -> None:
    with stranger(server) as (send, replies):
        for words in (("SET", "number", "1"), ("AUTH", "wrong"), ("SET", "number", "1")):
            send(*words)
        assert [replies.readline().split()[0] for _ in range(3)] == [b"-NOAUTH", b"-WRONGPASS", b"-NOAUTH"]
        assert client.get("number") is None
        send("AUTH", PASSWORD)
        send("SET", "number", "1")
        assert [replies.readline() for _ in range(2)] == [b"+OK\r\n", b"+OK\r\n"]
        assert client.get("number") == b"1"


def test_who_breaks_the_protocol_is_told_so_and_cut_off(server: PureServer) -> None:
    with (
        socket.create_connection(("127.0.0.1", server.server_address[1])) as browser,
        browser.makefile("rb") as replies,
    ):
        browser.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert replies.readline().startswith(b"-ERR unknown command")
        assert replies.read() == b""


def test_a_client_that_went_is_forgotten(server: PureServer, client: Redis) -> None:
    client.ping()
    sessions, threads = len(server.data.sockets), threading.active_count()
    with connect(server) as other:
        other.ping()
        assert len(server.data.sockets) == sessions + 1
    until(lambda: len(server.data.sockets) == sessions, "the other client is forgotten")
    until(lambda: threading.active_count() == threads, "its threads have ended")
