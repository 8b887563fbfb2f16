"""Orders that a worker looks for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from sqlalchemy import Connection

Sends = Callable[[], None]  # publishes the message of an order, and returns when a worker has looked for the row


class Orders:
    """A table of orders, by one connection: what is inserted is seen by others once it is committed."""

    def __init__(self, connection: "Connection", table: str) -> None:
        self._connection, self.table = connection, table
        self.commit = connection.commit

    def insert(self, order: int) -> None:
        """Adds the row of this order."""
        from sqlalchemy import text

        self._connection.execute(text(f"INSERT INTO {self.table} VALUES (:id)"), {"id": order})


@contextmanager
def orders(url: str) -> Iterator[Orders]:
    """A table in the database at this URL of SQLAlchemy's, empty and new; it is dropped in the end."""
    from sqlalchemy import NullPool, create_engine, text

    table = f"orders_{uuid4().hex[:8]}"
    with create_engine(url, poolclass=NullPool).connect() as connection:
        connection.execute(text(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY)"))
        connection.commit()
        try:
            yield Orders(connection, table)
        finally:
            connection.rollback()
            connection.execute(text(f"DROP TABLE {table}"))
            connection.commit()


def sends_first(orders: Orders, order: int, send: Sends) -> None:
    """Publishes the message while the row is not committed yet."""
    orders.insert(order)
    send()
    orders.commit()


def commits_first(orders: Orders, order: int, send: Sends) -> None:
    """Publishes the message when the row can be seen by all."""
    orders.insert(order)
    orders.commit()
    send()
