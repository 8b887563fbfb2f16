"""A Redis server in pure Python, for machines that no wheel brings one to: fakeredis with a connection handler of ours.

The handler of fakeredis 2.40 loses the message pushed after a blocked client was killed (20 times of 20), cuts off
large replies (of 8 MB 4.5 arrive), and pushes no pub/sub message where there is no fcntl; all measured. It asks nobody
for a password. All data is in memory: a restart loses it.

Run by its path, with the path of a configuration file that has the lines `port` and `requirepass`, as redis-server has.
"""

import hmac
import os
import select
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any

import redis
from fakeredis import FakeServer
from fakeredis._clients._tcp_server import encode_reply
from fakeredis._helpers import NoResponse, SimpleError, SimpleString
from fakeredis._socket import FakeSocket

_CHUNK = 1 << 20
_END = b""
_REFUSED = SimpleError("NOAUTH Authentication required.")
_WRONG = SimpleError("WRONGPASS invalid username-password pair or user is disabled.")


class ClientGone(Exception):
    """Raised in the place of a command whose client does not live to see the reply."""


class Session(FakeSocket):
    """What one client asks for, carried out; the replies, as bytes, are in `responses`."""

    def __init__(self, server: FakeServer, password: bytes, connection: socket.socket) -> None:
        super().__init__(server, 0, client_class=redis.Redis)
        self._password = password
        self._connection = connection
        self._admitted = False

    def put_response(self, msg: Any) -> None:
        """Takes replies, which `_decode_result` has encoded, and what is pushed to a subscriber."""
        super().put_response(msg if isinstance(msg, bytes) else self._push(msg))

    def _push(self, message: list[Any]) -> bytes:
        encoded = encode_reply(message, self._resp_version)
        return b">" + encoded[1:] if self._resp_version == 3 else encoded

    def _decode_result(self, result: Any) -> Any:
        return result if isinstance(result, NoResponse) else _encode(result, self._resp_version)

    def _process_command(self, fields: list[bytes]) -> None:
        fields, offered = _without_password(fields)
        if offered is not None:
            self._admitted = hmac.compare_digest(offered, self._password)
        if self._admitted:
            super()._process_command(fields)
        elif fields:
            self.put_response(_encode(_REFUSED if offered is None else _WRONG, 2))

    def _blocking(self, timeout: float | None, func: Callable[[bool], Any], shape: Any = None) -> Any:
        def unless_gone(first_pass: bool) -> Any:
            if _is_gone(self._connection):
                raise ClientGone
            return func(first_pass)

        return super()._blocking(timeout, unless_gone, shape)


class Connection(BaseRequestHandler):
    """One client: a thread that reads and carries out, and one that writes, so that a push waits for neither."""

    server: "PureServer"

    def handle(self) -> None:
        """Serves the client until it goes or breaks the protocol."""
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session = Session(self.server.data, self.server.password, self.request)
        replies = session.responses
        assert replies is not None
        writer = threading.Thread(target=self._write, args=[iter(replies.get, _END)], daemon=True)
        writer.start()
        try:
            while data := self.request.recv(_CHUNK):
                session.sendall(data)
        except (ClientGone, OSError):
            pass
        except SimpleError as broken_protocol:
            session.put_response(_encode(broken_protocol, 2))
        finally:
            session.close()
            replies.put(_END)
            writer.join()

    def _write(self, replies: Iterator[bytes]) -> None:
        with suppress(OSError):
            for reply in replies:
                self.request.sendall(reply)


class PureServer(ThreadingTCPServer):
    """Listens on 127.0.0.1."""

    daemon_threads = True
    allow_reuse_address = os.name != "nt"  # where it would let another program in on the same port
    request_queue_size = 128

    def __init__(self, port: int, password: str) -> None:
        self.password = password.encode()
        self.data = FakeServer(config={b"requirepass": self.password})
        super().__init__(("127.0.0.1", port), Connection)


def _is_gone(connection: socket.socket) -> bool:
    try:
        readable, _, _ = select.select([connection], [], [], 0)
        return bool(readable) and not connection.recv(1, socket.MSG_PEEK)
    except OSError:
        return True


def _without_password(fields: list[bytes]) -> tuple[list[bytes], bytes | None]:
    """The command, and the password that is in it: fakeredis believes any that comes with HELLO."""
    words = [field.upper() for field in fields]
    if words[:1] == [b"AUTH"]:
        return fields, fields[-1]
    if words[:1] == [b"HELLO"] and b"AUTH" in words[2:-2]:
        begin = words.index(b"AUTH", 2)
        return fields[:begin] + fields[begin + 3 :], fields[begin + 2]
    return fields, None


def _encode(reply: Any, protocol: int) -> bytes:
    """The reply as the protocol has it; fakeredis's own encoder cannot tell a status from a string."""
    if isinstance(reply, SimpleString):
        return b"+%s\r\n" % reply.value
    if isinstance(reply, list):
        return b"*%d\r\n" % len(reply) + b"".join(_encode(item, protocol) for item in reply)
    return encode_reply(reply, protocol, nested=True)


def main(configuration: str) -> None:
    """Serves until the process is ended."""
    settings = dict(line.split(maxsplit=1) for line in Path(configuration).read_text().splitlines())
    with PureServer(int(settings["port"]), settings["requirepass"]) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
