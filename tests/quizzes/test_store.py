"""What the store promises: an attempt whose `add` returned is there, whatever happens next."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from quizzes.store import Attempt, Store, attempt, current_store
from tests.conftest import PATIENCE, ROOT
from tests.quizzes import items

WRITER = """
import sys
from pathlib import Path
from quizzes.store import Store, attempt
from tests.quizzes import items
store, item = Store(Path(sys.argv[1])), items.choice()
for number in range(int(sys.argv[3])):
    store.add(attempt(item, "answer", [sys.argv[2], number], "wrong"))
    assert not store.notice, store.notice
    print(number, flush=True)
"""


def _attempt(answer: object = ("a",)) -> Attempt:
    return attempt(items.choice(), "answer", answer, "wrong")


def writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    """A process that keeps so many attempts, and prints the number of each that is kept."""
    command = [sys.executable, "-c", WRITER, str(path), name, str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_an_attempt_is_there_for_the_next_kernel(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "attempts.sqlite3"
    kept = _attempt()
    Store(path).add(kept)
    assert Store(path).attempts("sky") == [kept]
    assert Store(path).attempts("other") == []
    assert kept.given == ["a"] and kept.time.endswith("+00:00") and kept.digest == items.choice().digest


def test_the_file_is_written_ahead_so_that_readers_never_wait(tmp_path: Path) -> None:
    Store(tmp_path / "a").add(_attempt())
    connection = sqlite3.connect(tmp_path / "a")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_threads_lose_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "a")

    def answer_often() -> None:
        for _ in range(10):
            store.add(_attempt())

    threads = [threading.Thread(target=answer_often) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Store(tmp_path / "a").attempts()) == 50
    assert store.notice == ""


def test_two_kernels_that_begin_at_the_same_moment_lose_nothing(tmp_path: Path) -> None:
    writers = [writer(tmp_path / "a", name, 20) for name in ("one", "two")]
    for process in writers:
        process.communicate(timeout=PATIENCE)
    assert [process.returncode for process in writers] == [0, 0]
    answers = [kept.given for kept in Store(tmp_path / "a").attempts()]
    assert sorted(answers) == [[name, number] for name in ("one", "two") for number in range(20)]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
@pytest.mark.parametrize("acknowledged", [1, 5, 12])
def test_what_was_acknowledged_survives_a_kill_in_the_middle_of_writes(acknowledged: int, tmp_path: Path) -> None:
    killed = writer(tmp_path / "a", "killed", 100_000)
    assert killed.stdout
    for _ in range(acknowledged):
        last = int(killed.stdout.readline())
    killed.kill()
    rest = killed.communicate()[0].split()
    last = int(rest[-1]) if rest else last
    store = Store(tmp_path / "a")
    store.add(_attempt(["after"]))
    answers = [kept.given for kept in store.attempts()]
    assert answers[: last + 1] == [["killed", number] for number in range(last + 1)]
    assert answers[-1] == ["after"]


def test_a_path_that_cannot_be_written_leaves_the_quiz_usable_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("no folder")
    store = Store(tmp_path / "a file" / "attempts.sqlite3")
    store.add(_attempt())
    assert len(store.attempts("sky")) == 1
    assert store.notice.startswith("Not saved, but kept until this kernel stops")
    assert "\n" not in store.notice


def test_what_could_not_be_saved_is_saved_with_the_next_answer(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.write_text("in the way")
    store = Store(folder / "a")
    store.add(_attempt(["first"]))
    folder.unlink()
    store.add(_attempt(["second"]))
    assert store.notice == ""
    assert [kept.given for kept in Store(folder / "a").attempts()] == [["first"], ["second"]]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="permissions are tested as another user")
def test_a_read_only_folder_still_shows_the_earlier_answers(tmp_path: Path) -> None:
    Store(tmp_path / "a").add(_attempt(["earlier"]))
    connection = sqlite3.connect(tmp_path / "a")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    for place, mode in (
        (tmp_path / "a", 0o444),
        (tmp_path, 0o555),
        *((parent, 0o755) for parent in _private(tmp_path)),
    ):
        place.chmod(mode)
    code = """
import os, sys
from pathlib import Path
from quizzes.store import Store, attempt
from tests.quizzes import items
if os.getuid() == 0:  # to whom no file is read-only
    os.setuid(65534)
store = Store(Path(sys.argv[1]))
store.add(attempt(items.choice(), "answer", ["later"], "wrong"))
print([kept.given for kept in store.attempts()], store.notice[:10])
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a")], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
    )
    tmp_path.chmod(0o755)
    assert done.stdout.strip() == "[['earlier'], ['later']] Not saved,", done.stderr


def _private(folder: Path) -> list[Path]:
    """The folders above that pytest made for one user only."""
    return [parent for parent in folder.parents if parent.name.startswith(("pytest-", "popen-"))]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_full_disk_leaves_the_quiz_usable_and_the_file_sound(tmp_path: Path) -> None:
    code = """
import resource, signal, sys
from pathlib import Path
from quizzes.store import Store, attempt
from tests.quizzes import items
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
store = Store(Path(sys.argv[1]))
for number in range(60):
    store.add(attempt(items.choice(), "answer", ["x" * 2000, number], "wrong"))
print(len(store.attempts()), store.notice[:10])
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a")], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.stdout.strip() == "60 Not saved,", done.stderr
    kept = [attempt.given[1] for attempt in Store(tmp_path / "a").attempts()]
    assert kept == list(range(len(kept))) and kept


def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("my notes, a long text that is no database at all" * 30)
    store = Store(tmp_path / "a")
    assert store.attempts() == []
    assert str(tmp_path / "a") in store.notice
    store.add(_attempt())
    assert len(store.attempts()) == 1
    assert (tmp_path / "a").read_text().startswith("my notes")


OLD = "item, digest, action, answer, outcome, score, kind, time"


def _older_file(path: Path) -> Attempt:
    """A file as it was before confidence was kept, with one attempt."""
    kept = _attempt(["earlier"])
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"CREATE TABLE attempts (number INTEGER PRIMARY KEY, {OLD.replace(', ', ' TEXT, ')} TEXT)")
    values = [getattr(kept, name) for name in OLD.split(", ")]
    connection.execute(f"INSERT INTO attempts ({OLD}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
    connection.close()
    return kept


def test_an_older_file_is_read_and_takes_new_attempts(tmp_path: Path) -> None:
    kept = _older_file(tmp_path / "a")
    store = Store(tmp_path / "a")
    assert [attempt.given for attempt in store.attempts()] == [["earlier"]]
    sure = attempt(items.choice(), "answer", ["b"], "right", 1.0, "certain")
    store.add(sure)
    assert store.notice == ""
    assert [attempt.confidence for attempt in Store(tmp_path / "a").attempts()] == ["", "certain"]
    assert Store(tmp_path / "a").attempts()[0].time == kept.time


def test_two_kernels_that_meet_an_older_file_lose_nothing(tmp_path: Path) -> None:
    _older_file(tmp_path / "a")
    writers = [writer(tmp_path / "a", name, 20) for name in ("one", "two")]
    for process in writers:
        process.communicate(timeout=PATIENCE)
    assert [process.returncode for process in writers] == [0, 0]
    assert len(Store(tmp_path / "a").attempts()) == 41


def test_the_version_before_goes_on_writing_into_a_newer_file(tmp_path: Path) -> None:
    Store(tmp_path / "a").add(_attempt())
    connection = sqlite3.connect(tmp_path / "a", isolation_level=None)
    connection.execute(f"INSERT INTO attempts ({OLD}) VALUES ('sky', 'd', 'answer', '[]', 'wrong', 0.0, 'choice', '9')")
    connection.close()
    assert len(Store(tmp_path / "a").attempts()) == 2


def test_the_environment_chooses_the_file_or_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert current_store().path is None and current_store() is current_store()
    monkeypatch.setenv("QUIZ_STORE", str(tmp_path / "mine"))
    assert current_store().path == tmp_path / "mine"
    monkeypatch.delenv("QUIZ_STORE")
    path = current_store().path
    assert path and path.parts[-2:] == ("after-the-response", "attempts.sqlite3")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="permissions are tested as another user")
def test_a_folder_that_may_not_be_entered_is_told_in_a_sentence(tmp_path: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from quizzes.store import Store
if os.getuid() == 0:  # to whom no folder is closed
    os.setuid(65534)
Path(sys.argv[1]).parent.chmod(0) if os.getuid() != 65534 else None
store = Store(Path(sys.argv[1]))
print(store.attempts(), store.notice)
"""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for parent in _private(tmp_path):
        parent.chmod(0o755)
    tmp_path.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", code, str(closed / "a")], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
    )
    closed.chmod(0o700)
    assert done.stdout.startswith("[] Your earlier answers cannot be read: "), done.stderr
