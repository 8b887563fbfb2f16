"""What is wrong on this machine, and how to mend it: one line a check."""

import importlib.util
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launcher.course import copy_of, lessons
from launcher.environment import NO_ENSUREPIP, OLDEST, State, inspect
from launcher.errors import os_sentence
from launcher.lesson import read
from launcher.project import Project

NEEDED_GIGABYTES = 1.0
INSIDE = Path(__file__).with_name("inside.py")


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's: what was looked at, what is there, and what to do if it is a problem."""

    subject: str
    says: str
    mend: str = ""

    def __str__(self) -> str:
        line = f"{'problem' if self.mend else 'ok':8}{self.subject}: {self.says}"
        return f"{line} - {self.mend}" if self.mend else line


def examine(project: Project) -> list[Finding]:
    """All findings, in the order a start would meet them."""
    return [finding for check in CHECKS for finding in check(project)]


def check_python(_: Project) -> list[Finding]:
    """The Python that runs this, and whether it can make environments."""
    says = f"{sys.version.split()[0]} ({sys.executable})"
    mend = "" if sys.version_info >= OLDEST else "install Python 3.11 or newer from https://www.python.org/downloads/"
    findings = [Finding("Python", says, mend)]
    if uv := shutil.which("uv"):
        return [*findings, Finding("Installer", f"uv ({uv})")]
    missing = importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None
    return [
        *findings,
        Finding("Installer", "none" if missing else "venv and pip", NO_ENSUREPIP if missing else ""),
    ]


def check_disk(project: Project) -> list[Finding]:
    """Whether the project folder can be written, and the space on its disk."""
    try:
        with tempfile.TemporaryFile(dir=project.root) as file:
            file.write(b"a line")
        findings = [Finding("Project folder", "can be written")]
    except OSError as error:
        findings = [Finding("Project folder", "cannot be written", os_sentence(error))]
    free = free_gigabytes(project.root)
    return [
        *findings,
        Finding("Disk", f"{free:.1f} GB free", "" if free >= NEEDED_GIGABYTES else "free about 1 GB"),
    ]


def check_environment(project: Project) -> list[Finding]:
    """The state of .venv and, if it is ready, what is in it."""
    state = inspect(project)
    if state is not State.READY:
        mend = "run `python3 learn.py`, which makes it ready"
        if state is State.THEIRS_BROKEN:
            mend = f"rename or delete {project.venv}, then run `python3 learn.py`"
        return [Finding("Environment .venv", state.value, mend)]
    return [Finding("Environment .venv", state.value), *check_widgets(project)]


def check_widgets(project: Project) -> list[Finding]:
    """Kernel, widgets and their JupyterLab extensions in the environment, told by its own Python."""
    again = "delete .venv and run `python3 learn.py`"
    done = subprocess.run([project.python, INSIDE], capture_output=True, text=True, check=False)
    try:
        inside: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return [Finding("Packages", "cannot be looked at", again)]
    return [Finding(subject, str(says), "" if fine else again) for subject, (fine, says) in inside.items()]


def check_server(_: Project) -> list[Finding]:
    """Whether a server on 127.0.0.1 can be reached from this machine."""
    mend = "a firewall or security program blocks connections of this machine to itself: allow Python on 127.0.0.1"
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(5)
            threading.Thread(target=_answer, args=(server,), daemon=True).start()
            with socket.create_connection(server.getsockname(), timeout=5) as client:
                client.settimeout(5)
                if client.recv(5) != b"hello":
                    raise ConnectionError("something else answers")
    except OSError as error:
        return [Finding("Local server", f"cannot be reached ({error})", mend)]
    return [Finding("Local server", "answers on 127.0.0.1")]


def check_course(project: Project) -> list[Finding]:
    """The lessons and their working copies."""
    names = lessons(project)
    if not names:
        return [Finding("Lessons", "none in notebooks/", "get the project's files anew")]
    copies = [name for name in names if copy_of(project, name).exists()]
    findings = [Finding("Lessons", f"{len(names)}, of which {len(copies)} are copied to my_course")]
    for name in copies:
        try:
            read(copy_of(project, name))
        except (ValueError, OSError) as error:
            mend = f"`python3 learn.py reset {name}` gives a fresh copy and keeps this one"
            findings.append(Finding(f"my_course/{name}.ipynb", f"is not a notebook ({error})", mend))
    return findings


def check_browser(_: Project) -> list[Finding]:
    """Chromium, which only the browser tests need."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    return [Finding("Chromium", found or "not found (only the browser tests need it; they are skipped)")]


def free_gigabytes(folder: Path) -> float:
    """Free space on the folder's disk in GB (10^9 bytes)."""
    return shutil.disk_usage(folder).free / 1e9


def _answer(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.sendall(b"hello")


CHECKS: tuple[Callable[[Project], list[Finding]], ...] = (
    check_python,
    check_disk,
    check_environment,
    check_server,
    check_course,
    check_browser,
)
