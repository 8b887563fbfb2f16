"""Child processes that outlive nobody, and the folders in which they keep what they need."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import psutil

from demo_app.lab import supervisor

STOP = 10  # seconds in which a child ends that was asked to; its supervisor kills it after two
_PREFIX = "after-the-response-"
_NOTE = "processes"  # a line each: the owner first, then what it started
_NEW = 60  # seconds in which a folder without a note may still get one
_SAME = 2  # seconds that two readings of the time of one birth may be apart
_own: dict[Path, int] = {}


def run_folder(kind: str) -> Path:
    """A new folder that only this user may enter; it is removed when this process ends, or by `remove`.

    The folders of processes that were killed, and so could not remove them, are removed on this occasion.
    """
    for old in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if _deserted(old):
            remove(old)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{kind}-"))
    _note(folder, os.getpid())
    _own[folder] = os.getpid()
    return folder


def remove(folder: Path) -> None:
    """Removes a folder of `run_folder`, and kills the children that run in it."""
    _own.pop(folder, None)
    _, *children = _notes(folder) or [""]
    running = [process for process in map(_noted, children) if process]
    for process in running:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(running, timeout=STOP)
    shutil.rmtree(folder, ignore_errors=True)


class Child:
    """A command that runs in a folder of `run_folder` until it is stopped or this process is gone, however it goes.

    What it prints is appended to the file `log` in the folder. A fork of this process that lives on keeps it alive.
    """

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        with (folder / "log").open("a") as log:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-I", "-S", supervisor.__file__, *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=folder,
                start_new_session=True,  # so that Jupyter's interrupt does not reach it
            )
        assert self._supervisor.stdin and self._supervisor.stdout
        self._life = self._supervisor.stdin
        _note(folder, self._supervisor.pid)
        self._process = _told(self._supervisor.stdout)
        if self._process:
            _note(folder, self._process.pid)

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._supervisor.poll() is None

    def stop(self) -> None:
        """Asks it to end (SIGTERM), and kills it when it does not within two seconds. Stopping twice is fine."""
        self.resume()
        self._life.close()
        self._wait()
        self.kill()

    def kill(self) -> None:
        """Ends it without a word to it (SIGKILL). Killing twice is fine."""
        self._control("kill")
        self._life.close()
        self._wait()

    def pause(self) -> None:
        """Lets it do nothing (SIGSTOP); on Windows a child in Python may go on."""
        self._control("suspend")

    def resume(self) -> None:
        """Lets it go on after a pause."""
        self._control("resume")

    def _control(self, action: str) -> None:
        if self._process:
            with suppress(psutil.NoSuchProcess):
                getattr(self._process, action)()

    def _wait(self) -> None:
        with suppress(subprocess.TimeoutExpired, psutil.TimeoutExpired):
            self._supervisor.wait(STOP)
            if self._process:
                self._process.wait(STOP)  # for the case that somebody ended its supervisor


def _told(output: IO[bytes]) -> psutil.Process | None:
    """The process whose id the supervisor tells; None if the command could not be run, or has ended again."""
    with output, suppress(ValueError, psutil.NoSuchProcess):
        return psutil.Process(int(output.readline()))
    return None


def _note(folder: Path, pid: int) -> None:
    with suppress(psutil.NoSuchProcess), (folder / _NOTE).open("a") as lines:
        lines.write(f"{pid} {_birth(psutil.Process(pid))}\n")


def _notes(folder: Path) -> list[str]:
    try:
        return (folder / _NOTE).read_text().splitlines()
    except FileNotFoundError:
        return []


def _noted(note: str) -> psutil.Process | None:
    """The process that was noted, unless it is gone and its id perhaps another's."""
    with suppress(psutil.Error, ValueError):  # the latter for half a line, written as the disk was full
        pid, birth = note.split()
        process = psutil.Process(int(pid))
        if process.status() != psutil.STATUS_ZOMBIE and abs(_birth(process) - float(birth)) < _SAME:
            return process
    return None


def _birth(process: psutil.Process) -> float:
    """When it began, in seconds; on Linux since the boot, for psutil's time of the boot moves when the clock is set."""
    return process.create_time() - (psutil.boot_time() if psutil.LINUX else 0)


def _deserted(folder: Path) -> bool:
    try:
        made, notes = folder.lstat(), _notes(folder)
    except OSError:  # such as another user's
        return False
    if hasattr(os, "getuid") and made.st_uid != os.getuid():
        return False
    return _noted(notes[0]) is None if notes else time.time() - made.st_mtime > _NEW


@atexit.register
def _remove_own() -> None:
    for folder, owner in list(_own.items()):
        if owner == os.getpid():  # and not a fork of it
            remove(folder)
