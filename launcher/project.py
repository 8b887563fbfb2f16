"""Where things are in the project folder."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Project:
    """The paths below one project folder; nothing is created by asking for them."""

    root: Path

    @property
    def venv(self) -> Path:
        """The environment's folder."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

    @property
    def requirements(self) -> Path:
        """The lock of what a learner needs."""
        return self.root / "requirements.txt"

    @property
    def test_requirements(self) -> Path:
        """The lock of what the tests need besides."""
        return self.root / "tests" / "requirements.txt"

    @property
    def notebooks(self) -> Path:
        """The folder of the reference lessons."""
        return self.root / "notebooks"

    @property
    def course(self) -> Path:
        """The folder of the learner's working copy."""
        return self.root / "my_course"

    @property
    def state(self) -> Path:
        """The launcher's own folder: locks, logs, the record of copies. Hidden from JupyterLab by its dot."""
        return self.course / ".learn"

    def relative(self, path: Path) -> str:
        """The path as a learner sees it, from the project folder."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)


def write_atomically(path: Path, text: str) -> None:
    """Replace the file as a whole, so that a kill or a full disk leaves the old or the new one, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        os.replace(temporary, path)  # noqa: PTH105 - the name says what matters here
    finally:
        temporary.unlink(missing_ok=True)


def read_json_object(path: Path) -> dict[str, Any] | None:
    """The JSON object in a file, or None where there is no file; ValueError if the file holds anything else."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if not isinstance(value, dict):
        raise ValueError(f"{path.name} holds no JSON object")
    return value


def to_json(value: Mapping[str, Any]) -> str:
    """JSON as nbformat writes it, so that a copied lesson shows no needless difference."""
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"
