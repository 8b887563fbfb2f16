"""A learner's attempts as one file, to carry them to another machine or out of one that forgets."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from quizzes.errors import TransferError
from quizzes.store import Attempt

_FORMAT: Literal["after-the-response attempts"] = "after-the-response attempts"


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    format: Literal["after-the-response attempts"] = _FORMAT
    version: Literal[1] = 1
    attempts: list[Attempt]


def write(attempts: list[Attempt], path: Path) -> None:
    """Writes the attempts, whole or not at all. Raises `TransferError`, also to leave another kind of file alone."""
    if path.exists():
        read(path)
    made = [asdict(attempt) for attempt in attempts]
    text = json.dumps({"format": _FORMAT, "version": 1, "attempts": made}, indent=1)
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        beside.write_text(f"{text}\n", encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise TransferError(f"{path} cannot be written ({error.strerror}). Give another name or folder.") from None


def read(path: Path) -> list[Attempt]:
    """The attempts in this file. Raises `TransferError`."""
    try:
        return _File.model_validate_json(path.read_bytes()).attempts
    except OSError as error:
        raise TransferError(f"{path} cannot be read ({error.strerror}). Look at its name and folder.") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise TransferError(
            f"{path} is not a file of saved progress: {where}: {first['msg'].replace('Input', 'input', 1)}. "
            "Choose one that `progress().save(...)` has written."
        ) from None
