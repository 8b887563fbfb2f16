"""The environment in .venv: what state it is in, and how it is made ready."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from enum import Enum
from pathlib import Path
from typing import Any

from launcher.errors import LauncherError
from launcher.installer import run
from launcher.project import Project, read_json_object, to_json, write_atomically

OLDEST = (3, 11)
NO_ENSUREPIP = (
    "This Python cannot make environments (it has no ensurepip): on Debian and Ubuntu run"
    " `sudo apt install python3-venv`, or install uv (https://docs.astral.sh/uv/), then start again."
)


class State(Enum):
    """What stands in .venv; `THEIRS` was made by the learner and is never deleted."""

    MISSING = "missing"
    HALF_MADE = "half-made: an earlier start was stopped on the way"
    BROKEN = "broken: its Python does not run"
    THEIRS = "yours, without the course's packages yet"
    THEIRS_BROKEN = "not made by learn.py, and its Python does not run or is older than 3.11"
    OUT_OF_DATE = "out of date"
    READY = "ready"


def stamp_path(project: Project) -> Path:
    """Written first without `installed`, and again last with it: in between, the environment is half-made."""
    return project.venv / "learn.json"


def inspect(project: Project) -> State:
    """The state of .venv; runs its Python, changes nothing."""
    if not os.path.lexists(project.venv):
        return State.MISSING
    stamp, version = _stamp(project), _version(project)
    ours = stamp.get("made_by") == "learn.py"
    if ours and not stamp.get("installed"):
        return State.HALF_MADE
    if version is None:
        return State.BROKEN if ours else State.THEIRS_BROKEN
    if stamp.get("installed") == fingerprint(project, version):
        return State.READY
    return State.OUT_OF_DATE if stamp.get("installed") else State.THEIRS


def ensure(project: Project) -> None:
    """Make .venv ready if it is not; LauncherError leaves either nothing or what was there before."""
    state = inspect(project)
    if state is State.READY:
        print("1/3 The environment in .venv is ready.", flush=True)
    elif state is State.THEIRS_BROKEN:
        raise LauncherError(
            f"{project.venv} was not made by learn.py, and its Python does not run or is older than 3.11:"
            f" rename or delete that folder ({_delete_command(project.venv)}), then start again."
        )
    elif state in (State.THEIRS, State.OUT_OF_DATE):
        print(f"1/3 Installing the course's packages into .venv with {_tool()} …", flush=True)
        _update(project)
    else:
        if state is not State.MISSING:
            print(f"    The environment in .venv is {state.value}; making it anew.", flush=True)
            remove(project.venv)
        print(f"1/3 Making an environment in .venv with {_tool()} (once, up to a few minutes) …", flush=True)
        _build(project)


def ensure_tests(project: Project) -> None:
    """Install what the tests need besides into a ready environment, once per lock."""
    stamp, version = _stamp(project), _version(project) or ""
    wanted = fingerprint(project, version + project.test_requirements.read_text(encoding="utf-8"))
    if stamp.get("tests") != wanted:
        print(f"    Installing what the tests need with {_tool()} …", flush=True)
        install(project, project.test_requirements)
        write_atomically(stamp_path(project), to_json({**stamp, "tests": wanted}))


def fingerprint(project: Project, version: str) -> str:
    """Of all that decides what is installed: the lock, pyproject.toml and the environment's Python."""
    digest = hashlib.sha256(version.encode())
    for path in (project.requirements, project.root / "pyproject.toml"):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def install(project: Project, requirements: Path) -> None:
    """Install a lock into the environment with uv if it is on PATH, else with pip."""
    name = str(requirements.relative_to(project.root))
    if uv := shutil.which("uv"):
        run(
            project,
            [uv, "pip", "install", "--python", project.python, "-r", name],
            f"Installing {name} with uv",
        )
        return
    if subprocess.run([project.python, "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        run(project, [project.python, "-m", "ensurepip"], "Adding pip to .venv")  # uv makes environments without
    pip = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off", "-r"]
    run(project, [project.python, *pip, name], f"Installing {name} with pip")


def remove(folder: Path) -> None:
    """Delete a folder; renamed first, so that a kill on the way leaves nothing under the old name."""
    grave = folder.with_name(f"{folder.name}.removed")
    try:
        shutil.rmtree(grave, ignore_errors=True)
        folder.rename(grave)
        shutil.rmtree(grave)
    except OSError as error:
        raise LauncherError(
            f"{folder} could not be deleted ({error.strerror}): close the programs that use it,"
            f" delete it ({_delete_command(folder)}) and start again."
        ) from error


def _build(project: Project) -> None:
    if not shutil.which("uv") and importlib.util.find_spec("ensurepip") is None:
        raise LauncherError(NO_ENSUREPIP)
    try:
        _begin(project)
        _create(project)
        install(project, project.requirements)
        _finish(project, "learn.py")
    except BaseException:
        if project.venv.exists():
            remove(project.venv)
        raise


def _update(project: Project) -> None:
    before = _stamp(project)
    made_by = before.get("made_by", "you")
    write_atomically(stamp_path(project), to_json({"made_by": made_by}))
    try:
        install(project, project.requirements)
        _finish(project, made_by)
    except BaseException:
        write_atomically(stamp_path(project), to_json(before))
        raise


def _begin(project: Project) -> None:
    new = project.venv.with_name(".venv.new")
    shutil.rmtree(new, ignore_errors=True)
    write_atomically(new / stamp_path(project).name, to_json({"made_by": "learn.py"}))
    new.rename(project.venv)  # the folder appears with the mark in it, never without


def _create(project: Project) -> None:
    base = getattr(sys, "_base_executable", None) or sys.executable  # learn.py may run from the very .venv it replaces
    if uv := shutil.which("uv"):
        run(project, [uv, "venv", "--allow-existing", "--python", base, project.venv], "Making .venv with uv")
    else:
        run(project, [base, "-m", "venv", project.venv], "Making .venv")


def _finish(project: Project, made_by: str) -> None:
    installed = fingerprint(project, _version(project) or "")
    write_atomically(stamp_path(project), to_json({"made_by": made_by, "installed": installed}))


def _stamp(project: Project) -> dict[str, Any]:
    try:
        return read_json_object(stamp_path(project)) or {}
    except (ValueError, OSError):
        return {}  # unreadable: counts as the learner's own, which is never deleted


def _version(project: Project) -> str | None:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([project.python, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    version = done.stdout.strip()
    return version if tuple(map(int, version.split("."))) >= OLDEST else None


def _tool() -> str:
    return "uv" if shutil.which("uv") else "pip"


def _delete_command(folder: Path) -> str:
    return f'rmdir /s /q "{folder}"' if sys.platform == "win32" else f"rm -r '{folder}'"
