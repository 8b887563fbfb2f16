"""Attempts, stored for ever: an append-only table in SQLite that kernels, threads and restarts share."""

import functools
import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from quizzes.grading import Outcome

_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS attempts (
    id INTEGER PRIMARY KEY,
    item TEXT NOT NULL,
    content TEXT NOT NULL,
    kind TEXT NOT NULL,
    answer TEXT NOT NULL,
    outcome TEXT NOT NULL,
    score REAL NOT NULL,
    at TEXT NOT NULL
)
"""


@dataclass(frozen=True)
class Attempt:
    """One answer to one item. `content` is the item's digest at that moment; `at` is UTC in ISO 8601."""

    item: str
    content: str
    kind: str
    answer: Sequence[str]
    outcome: Outcome
    score: float
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))


class Store:
    """The attempts in the file at `path`, or in memory where it is None.

    A disk that cannot be written loses nothing of this session: attempts are kept in memory, and `problem` is a
    sentence for the learner.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._unsaved: list[Attempt] = []
        self._lock = threading.Lock()  # clicks are answered on other threads than cells
        self.problem = ""

    def add(self, attempt: Attempt) -> None:
        """Appends an attempt; it is on the disk when this returns, or `problem` says why not."""
        with self._lock:
            self._unsaved.append(attempt)
            if self._path is None:
                return
            try:
                self._write()
            except (sqlite3.Error, OSError) as error:
                self.problem = f"Your answers are kept until this kernel stops, but not saved in {self._path}: {error}."
            else:
                self.problem = ""

    def attempts(self, item: str | None = None) -> list[Attempt]:
        """All attempts, or those at one item, oldest first."""
        with self._lock:
            saved = self._read() if self._path is not None and self._path.exists() else []
            return [attempt for attempt in saved + self._unsaved if item in (None, attempt.item)]

    def _write(self) -> None:
        with self._database() as database, database:
            database.executemany(
                "INSERT INTO attempts (item, content, kind, answer, outcome, score, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(a.item, a.content, a.kind, json.dumps(a.answer), a.outcome, a.score, a.at) for a in self._unsaved],
            )
        self._unsaved.clear()

    def _read(self) -> list[Attempt]:
        try:
            with self._database() as database:
                rows = database.execute(
                    "SELECT item, content, kind, answer, outcome, score, at FROM attempts ORDER BY id"
                ).fetchall()
        except (sqlite3.Error, OSError) as error:
            self.problem = f"Your earlier answers in {self._path} cannot be read: {error}."
            return []
        return [
            Attempt(i, content, kind, json.loads(a), outcome, s, at) for i, content, kind, a, outcome, s, at in rows
        ]

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        """A connection for one statement: none is shared between threads or left open in a dying kernel."""
        assert self._path is not None
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path, timeout=10)) as database:
            version = database.execute("PRAGMA user_version").fetchone()[0]
            if version > _VERSION:
                raise sqlite3.DatabaseError("it was written by a newer version of this course; update the course")
            if version < _VERSION:
                database.execute("PRAGMA journal_mode = WAL")
                with database:
                    database.execute(_SCHEMA)
                    database.execute(f"PRAGMA user_version = {_VERSION}")
            yield database


@functools.cache
def default_store() -> Store:
    """The learner's own store: below the platform's user data folder, or where QUIZ_STORE says.

    `QUIZ_STORE=memory` keeps nothing, for runs that must always begin alike.
    """
    wanted = os.environ.get("QUIZ_STORE")
    if wanted == "memory":
        return Store(None)
    folder = platformdirs.user_data_path("after-the-response", appauthor=False)
    return Store(Path(wanted) if wanted else folder / "attempts.sqlite3")
