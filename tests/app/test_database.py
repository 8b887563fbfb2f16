"""One engine, sessions that commit or roll back, and writers that wait for each other."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Mapped, mapped_column

from demo_app.database import Base, create_tables, get_engine, session
from tests.conftest import fresh_python


class Note(Base):
    __tablename__ = "test_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    written_at: Mapped[datetime] = mapped_column(default=lambda: datetime(2030, 1, 2, tzinfo=UTC))


@pytest.fixture(autouse=True)
def tables(database: str) -> None:
    create_tables()


def _notes() -> list[int]:
    with session() as db:
        return list(db.scalars(select(Note.number).order_by(Note.id)))


def test_the_engine_is_one_and_follows_the_setting(database: str) -> None:
    assert get_engine() is get_engine()
    assert str(get_engine().url) == database


def test_tables_are_created_once_and_kept() -> None:
    with session() as db:
        db.add(Note(number=1))
    create_tables()
    assert inspect(get_engine()).has_table("test_notes")
    assert _notes() == [1]


def test_a_session_commits_at_its_end() -> None:
    with session() as db:
        note = Note(number=1)
        db.add(note)
    assert _notes() == [1]
    assert note.number == 1  # still readable: commit must not expire what is handed on


def test_a_session_whose_block_raises_leaves_nothing() -> None:
    with pytest.raises(KeyError), session() as db:
        db.add(Note(number=1))
        db.flush()
        raise KeyError("slip")
    assert _notes() == []


def test_a_moment_comes_back_in_utc() -> None:
    with session() as db:
        db.add(Note(number=1))
    with session() as db:
        assert db.scalars(select(Note.written_at)).one() == datetime(2030, 1, 2, tzinfo=UTC)


def test_writers_who_read_first_wait_for_each_other() -> None:
    together = Barrier(8)

    def count_up(_: int) -> None:
        together.wait()
        for _ in range(10):
            with session() as db:
                last = db.scalar(select(func.max(Note.number))) or 0
                db.add(Note(number=last + 1))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count_up, range(8)))
    assert _notes() == list(range(1, 81))  # none failed, none overwrote another's


def test_without_a_setting_the_file_goes_with_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMO_DATABASE_URL")
    code = """
from concurrent.futures import ThreadPoolExecutor
from demo_app import provider
from demo_app.database import create_tables, get_engine
create_tables()
with ThreadPoolExecutor(1) as other:
    other.submit(provider.charge, 1, 100).result()
assert [charge.order for charge in provider.charges()] == [1]
print(get_engine().url.database)
"""
    file = Path(fresh_python(code).strip())
    assert file.name == "demo_app.db"
    assert not file.parent.exists()
