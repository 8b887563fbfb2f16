"""Folders that go with their owner, and children that outlive nobody, even if the owner is killed."""

import os
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from demo_app.lab.child import Child, remove, run_folder
from tests.conftest import ROOT, until

SLEEPER = [sys.executable, "-I", "-S", "-c", "import time; print('up', flush=True); time.sleep(600)"]
GENTLE = "import signal, sys, time; signal.signal(15, lambda *_: (print('told to end', flush=True), sys.exit()))"
STUBBORN = "import signal, time; signal.signal(15, lambda *_: print('told to end', flush=True))"

WITH_CHILD = (
    "child = Child(SLEEPER, run_folder('other'))\n"
    "print(*(process.pid for process in psutil.Process().children(recursive=True)))\n"
)


@pytest.fixture(autouse=True)
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temp dir of its own, so that no other test's folders are in it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = run_folder("test")
    yield folder
    remove(folder)


@contextmanager
def owner(code: str) -> Iterator[tuple["subprocess.Popen[str]", list[str]]]:
    """Another process that owns folders and children; it tells a line of words, then waits to be killed."""
    code = (
        "import os, sys, psutil\n"
        "from demo_app.lab.child import Child, run_folder\n"
        f"SLEEPER = {SLEEPER!r}\n{code}\nsys.stdout.flush()\nsys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin and process.stdout
    with process.stdin, process.stdout:
        try:
            yield process, process.stdout.readline().split()
        finally:
            process.kill()
            process.wait()


def kill(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.wait()


def ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def python(code: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", f"{code}; print('up', flush=True)\nwhile True: time.sleep(600)"]


def log(folder: Path) -> str:
    return (folder / "log").read_text()


def started(command: list[str], folder: Path) -> tuple[Child, psutil.Process, psutil.Process]:
    """A child that runs, its supervisor and itself."""
    before = psutil.Process().children()
    child = Child(command, folder)
    until(lambda: "up" in log(folder), "the child runs")
    [supervisor] = [process for process in psutil.Process().children() if process not in before]
    return child, supervisor, supervisor.children()[0]


def test_only_its_owner_may_enter_the_folder(folder: Path, temp: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert folder.parent == temp
    assert folder.name.startswith("after-the-response-test-")


def test_the_folder_goes_at_the_end_of_its_owner(temp: Path) -> None:
    code = "from demo_app.lab.child import run_folder; print(run_folder('a'), run_folder('b').is_dir())"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.endswith("True\n")
    assert list(temp.iterdir()) == []


def test_the_folder_of_an_owner_that_lives_is_left_alone() -> None:
    with owner("print(run_folder('other'))") as (_, [other]):
        remove(run_folder("mine"))
        assert Path(other).is_dir()


def test_the_folder_of_an_owner_that_was_killed_goes_with_the_next_folder_of_anybody() -> None:
    with owner("print(run_folder('other'))") as (process, [other]):
        kill(process)
        assert Path(other).is_dir()
        remove(run_folder("mine"))
        assert not Path(other).exists()


def test_an_owner_that_was_killed_is_gone_though_nobody_has_asked_for_its_end() -> None:
    with owner("print(run_folder('other'))") as (process, [other]):
        process.kill()
        until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE, "it was killed")
        remove(run_folder("mine"))
        assert not Path(other).exists()


def test_a_fork_does_not_remove_the_folder_of_its_parent() -> None:
    with owner("folder = run_folder('other')\nif os.fork() == 0: sys.exit()\nos.wait()\nprint(folder)") as (_, [other]):
        assert Path(other).is_dir()


def test_an_owner_whose_number_another_process_has_got_is_gone(temp: Path) -> None:
    theirs = run_folder("theirs")
    (theirs / "processes").write_text(f"{os.getpid()} {time.time() + 1000}\n")
    remove(run_folder("mine"))
    assert not theirs.exists()


def test_a_process_that_only_got_the_number_of_a_child_is_not_killed(folder: Path) -> None:
    stranger = subprocess.Popen(SLEEPER, stdout=subprocess.DEVNULL)
    with (folder / "processes").open("a") as notes:
        notes.write(f"{stranger.pid} {time.time() + 1000}\n")
    remove(folder)
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


@pytest.mark.parametrize("note", ["1", "1 x", "\n"])
def test_a_folder_with_half_a_note_is_nobodys(temp: Path, note: str) -> None:
    torn = run_folder("torn")
    (torn / "processes").write_text(note)
    remove(run_folder("mine"))
    assert not torn.exists()


def test_a_folder_that_is_being_made_is_left_alone_for_a_minute(temp: Path) -> None:
    unfinished = temp / "after-the-response-test-unfinished"
    unfinished.mkdir()
    remove(run_folder("mine"))
    assert unfinished.is_dir()
    os.utime(unfinished, (0, 0))
    remove(run_folder("mine"))
    assert not unfinished.exists()


def test_a_folder_of_another_user_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with owner("print(run_folder('other'))") as (process, [other]):
        kill(process)
        uid = os.getuid()
        monkeypatch.setattr(os, "getuid", lambda: uid + 1)
        remove(run_folder("mine"))
        assert Path(other).is_dir()


def test_a_child_runs_in_its_folder_and_its_session_is_not_ours(folder: Path) -> None:
    child, _, process = started(SLEEPER, folder)
    assert child.running
    assert process.cwd() == str(folder)
    assert os.getsid(process.pid) != os.getsid(0)
    child.kill()


def test_a_stopped_child_is_told_so_and_stopping_twice_is_fine(folder: Path) -> None:
    child, *processes = started(python(GENTLE), folder)
    child.stop()
    child.stop()
    assert "told to end" in log(folder)
    assert not child.running
    assert all(map(ended, processes))


def test_a_child_that_does_not_listen_is_killed_after_all(folder: Path) -> None:
    child, *processes = started(python(STUBBORN), folder)
    child.stop()
    assert "told to end" in log(folder)
    assert all(map(ended, processes))


def test_a_killed_child_is_told_nothing_and_killing_twice_is_fine(folder: Path) -> None:
    child, *processes = started(python(GENTLE), folder)
    child.kill()
    child.kill()
    assert "told to end" not in log(folder)
    assert not child.running
    assert all(map(ended, processes))


def test_a_paused_child_does_nothing_until_it_goes_on(folder: Path) -> None:
    child, supervisor, process = started(SLEEPER, folder)
    child.pause()
    until(lambda: process.status() == psutil.STATUS_STOPPED, "the child is stopped")
    assert supervisor.status() != psutil.STATUS_STOPPED
    child.resume()
    until(lambda: process.status() != psutil.STATUS_STOPPED, "the child goes on")
    child.kill()


def test_a_paused_child_hears_of_its_stop(folder: Path) -> None:
    child, _, process = started(python(GENTLE), folder)
    child.pause()
    until(lambda: process.status() == psutil.STATUS_STOPPED, "the child is stopped")
    child.stop()
    assert "told to end" in log(folder)
    assert ended(process)


def test_a_child_that_ended_by_itself_does_not_run(folder: Path) -> None:
    child = Child([sys.executable, "-I", "-S", "-c", "print('up')"], folder)
    until(lambda: not child.running, "the child has ended")
    assert log(folder) == "up\n"
    child.stop()


def test_what_cannot_be_run_says_why_in_the_log(folder: Path) -> None:
    child = Child(["no-such-server"], folder)
    until(lambda: not child.running, "the supervisor gave up")
    assert log(folder).endswith("No such file or directory: 'no-such-server'\n")
    child.stop()


def test_a_child_whose_supervisor_was_ended_can_still_be_killed(folder: Path) -> None:
    child, supervisor, process = started(SLEEPER, folder)
    supervisor.kill()
    until(lambda: not child.running, "the supervisor ended")
    assert not ended(process)
    child.kill()
    assert ended(process)


@pytest.mark.parametrize("state", ["running", "paused"])
def test_a_child_ends_with_an_owner_that_is_killed(state: str) -> None:
    with owner(WITH_CHILD + ("child.pause()" if state == "paused" else "")) as (process, [_, pid]):
        child = psutil.Process(int(pid))
        until(lambda: (child.status() == psutil.STATUS_STOPPED) is (state == "paused"), f"the child is {state}")
        kill(process)
        until(lambda: ended(child), "the child ended")


def test_a_child_without_supervisor_and_owner_goes_with_the_next_folder_of_anybody() -> None:
    with owner(WITH_CHILD) as (process, [supervisor, pid]):
        child = psutil.Process(int(pid))
        psutil.Process(int(supervisor)).kill()
        kill(process)
        assert not ended(child)
        remove(run_folder("mine"))
        assert ended(child)
