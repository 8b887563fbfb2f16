"""The database: one engine for the process, a session of its own for each piece of work."""

import atexit
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, DateTime, Dialect, Engine, TypeDecorator, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Session

from demo_app.settings import get_settings


class UTCDateTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps no zone, so it is put back when the value is read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Base(DeclarativeBase):
    """What each table's class derives from."""

    type_annotation_map = {datetime: UTCDateTime}  # noqa: RUF012 - SQLAlchemy's own attribute


@lru_cache
def get_engine() -> Engine:
    """The engine of this process, for `DEMO_DATABASE_URL` or a SQLite file that goes when the process ends.

    The file is there even without a URL because `:memory:` would give each thread a database of its own.
    """
    url = get_settings().database_url or f"sqlite:///{_temporary_folder() / 'demo_app.db'}"
    if not url.startswith("sqlite"):
        return create_engine(url)
    engine = create_engine(url, connect_args={"timeout": 30, "isolation_level": None})
    event.listen(engine, "begin", _wait_for_the_other_writers)
    atexit.register(engine.dispose)  # before the folder goes, which was registered earlier
    return engine


@contextmanager
def session() -> Iterator[Session]:
    """A session that commits at the end of the block, and rolls back if the block raises."""
    with Session(get_engine(), expire_on_commit=False) as db, db.begin():
        yield db


def create_tables() -> None:
    """Creates the tables that are missing, of all modules imported so far."""
    Base.metadata.create_all(get_engine())


def _wait_for_the_other_writers(connection: Connection) -> None:
    # A plain BEGIN takes the lock at the first write, and fails at once if another wrote since the first read.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _temporary_folder() -> Path:
    folder = TemporaryDirectory(prefix="demo_app-", ignore_cleanup_errors=True)
    atexit.register(folder.cleanup)
    return Path(folder.name)
