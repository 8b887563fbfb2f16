"""The learner's attempts: append-only, in one SQLite file of the user, or in memory when that cannot be written."""

import functools
import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_data_path

Action = Literal["answer", "shown", "restart", "prediction", "measurement", "observation"]

_COLUMNS = "item, digest, action, answer, outcome, score, kind, time, confidence"
_CREATE = """
CREATE TABLE IF NOT EXISTS attempts (
    number INTEGER PRIMARY KEY,
    item TEXT NOT NULL, digest TEXT NOT NULL, action TEXT NOT NULL, answer TEXT NOT NULL,
    outcome TEXT NOT NULL, score REAL NOT NULL, kind TEXT NOT NULL, time TEXT NOT NULL,
    confidence TEXT NOT NULL DEFAULT ''
)"""
_UPGRADE = "ALTER TABLE attempts ADD COLUMN confidence TEXT NOT NULL DEFAULT ''"  # from version 0
_PATIENCE = 10.0  # seconds for another kernel's write to end


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True)
class Attempt:
    """One thing that a learner did with one item. `answer` is JSON, `time` is UTC in ISO 8601."""

    item: str
    digest: str
    action: Action
    answer: str
    outcome: str
    score: float
    kind: str
    time: str = field(default_factory=_now)
    confidence: str = ""  # how sure the learner was: guess, fairly, certain, or not said

    @property
    def given(self) -> Any:
        """The answer as it was given: a list of identifiers, a typed number, or None."""
        return json.loads(self.answer)


class Store:
    """Attempts in the SQLite file at `path`, or in memory if there is none; safe for threads and for other kernels.

    Each call has a connection of its own: nothing is shared that a thread, a fork or a `kill -9` could leave half done.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.notice = ""  # one line for the learner while something is not saved
        self._unsaved: list[Attempt] = []
        self._saved: list[Attempt] = []  # as far as the file has been read
        self._read_to = 0
        self._lock = threading.RLock()

    def add(self, attempt: Attempt) -> None:
        """Keeps the attempt: on disk once this returns, or in memory, and then `notice` says so."""
        with self._lock:
            self._unsaved.append(attempt)
            if self.path is None:
                return
            try:
                self._write(self._unsaved)
            except (OSError, sqlite3.Error) as error:
                self.notice = (
                    f"Not saved, but kept until this kernel stops: {self.path} cannot be written ({error}). "
                    "Make room or set QUIZ_STORE to another file; then the next answer saves all of them."
                )
            else:
                self._unsaved, self.notice = [], ""

    def attempts(self, item: str | None = None) -> list[Attempt]:
        """All attempts, or those at one item, in the order in which they were made."""
        with self._lock:
            self._read()
            wanted = [attempt for attempt in (*self._saved, *self._unsaved) if item in (None, attempt.item)]
        return sorted(wanted, key=lambda attempt: attempt.time)

    def merge(self, attempts: list[Attempt]) -> int:
        """Keeps those attempts, made elsewhere, that are not here yet, and returns how many that are."""
        with self._lock:
            here = set(self.attempts())
            new = [attempt for attempt in dict.fromkeys(attempts) if attempt not in here]
            self._unsaved += new[:-1]
            if new:
                self.add(new[-1])
        return len(new)

    def _write(self, attempts: list[Attempt]) -> None:
        assert self.path is not None
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._connection(str(self.path)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(_CREATE)
            if "confidence" not in _columns(connection):
                connection.execute(_UPGRADE)
            places = ", ".join("?" * len(_COLUMNS.split(",")))
            rows = [astuple(attempt) for attempt in attempts]
            connection.executemany(f"INSERT INTO attempts ({_COLUMNS}) VALUES ({places})", rows)
            connection.execute("COMMIT")

    def _read(self) -> None:
        """Reads what has come into the file since it was read last; from the beginning if it is another file now."""
        if self.path is None or not self._exists(self.path):
            self._saved, self._read_to = [], 0
            return
        with suppress(sqlite3.Error, OSError):
            self._read_new_rows("mode=ro")
            return
        try:  # a file on a read-only disk can be read only as one that nobody else writes
            self._read_new_rows("mode=ro&immutable=1")
        except (sqlite3.Error, OSError) as error:
            self.notice = f"Your earlier answers cannot be read: {self.path} ({error})."

    def _exists(self, path: Path) -> bool:
        try:
            return path.exists()
        except OSError:
            return True  # in a folder that may not be entered; reading it tells

    def _read_new_rows(self, options: str) -> None:
        assert self.path is not None
        with self._connection(f"{self.path.absolute().as_uri()}?{options}") as connection:
            columns = _columns(connection)
            [last] = connection.execute("SELECT MAX(number) FROM attempts").fetchone() if columns else [0]
            if (last or 0) < self._read_to:
                self._saved, self._read_to = [], 0
            if not last or last == self._read_to:
                return
            wanted = _COLUMNS if "confidence" in columns else _COLUMNS.replace("confidence", "''")
            query = f"SELECT number, {wanted} FROM attempts WHERE number > ? ORDER BY number"
            for number, *row in connection.execute(query, [self._read_to]):
                self._saved.append(Attempt(*row))
                self._read_to = number

    @contextmanager
    def _connection(self, address: str) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(address, timeout=_PATIENCE, uri=address.startswith("file:"), isolation_level=None)
        try:
            yield connection
        finally:
            connection.close()


def attempt(
    item: Any, action: Action, answer: object, outcome: str, score: float = 0.0, confidence: str = ""
) -> Attempt:
    """An attempt at `item`, made now."""
    given = json.dumps(answer)
    return Attempt(item.identifier, item.digest, action, given, outcome, score, item.kind, confidence=confidence)


def _columns(connection: sqlite3.Connection) -> set[str]:
    """The names of the columns in this file; none if it has no attempts yet."""
    return {row[1] for row in connection.execute("PRAGMA table_info(attempts)")}


def current_store() -> Store:
    """This user's store; `QUIZ_STORE` in the environment names another file, or `memory`."""
    return _store(os.environ.get("QUIZ_STORE", ""))


@functools.cache
def _store(setting: str) -> Store:
    if setting == "memory":
        return Store(None)
    path = Path(setting) if setting else user_data_path("after-the-response", appauthor=False) / "attempts.sqlite3"
    return Store(path)
