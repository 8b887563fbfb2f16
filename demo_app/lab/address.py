"""The address of a broker."""

import re
from contextlib import suppress
from urllib.parse import urlsplit

ANSWER = 5  # seconds in which a broker that is up answers
_KINDS = {"redis": "Redis", "rediss": "Redis", "amqp": "RabbitMQ", "amqps": "RabbitMQ", "pyamqp": "RabbitMQ"}


class Address:
    """A `redis://` or `amqp://` URL, which shows as text without what is secret in it."""

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def kind(self) -> str | None:
        """What listens there: "Redis" or "RabbitMQ"; None if it is no address of a broker."""
        with suppress(ValueError):  # such as a port that is no number
            parts = urlsplit(self.url)
            kind = _KINDS.get(parts.scheme)
            complete = parts.hostname and parts.port != 0
            return kind if complete and (kind != "Redis" or re.fullmatch(r"/?\d*", parts.path)) else None
        return None

    def complaint(self, patience: float = ANSWER) -> str | None:
        """Why nobody answers there within so many seconds, or None if somebody does."""
        try:
            _ping(self.url, patience) if self.url.startswith("redis") else _connect(self.url, patience)
        except Exception as error:
            return (str(error) or type(error).__name__).rstrip(".")
        return None

    def __str__(self) -> str:
        scheme, found, place = self.url.rpartition("://")
        return scheme + found + place.rpartition("@")[2].partition("?")[0]

    __repr__ = __str__


def _ping(url: str, patience: float) -> None:
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    once = Retry(NoBackoff(), 0)
    with Redis.from_url(url, socket_timeout=patience, socket_connect_timeout=patience, retry=once) as client:
        client.ping()


def _connect(url: str, patience: float) -> None:
    from kombu.connection import Connection

    with Connection(url, connect_timeout=patience) as connection:  # type: ignore[no-untyped-call]
        connection.ensure_connection(errback=_give_up)


def _give_up(error: Exception, _: float) -> None:
    raise error  # kombu would wait two seconds and try again
