"""A journal that several processes write and one reads: what each run of a task did, and when; and gates to hold it.

It is files in a folder, so that a process that is killed leaves what it has written, on any broker.
"""

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

What = Literal["sent", "started", "done", "raised", "noted"]
_LOOK = 0.005  # seconds between two looks at a file


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One line of the journal: `at` in nanoseconds of the clock that all processes of this machine share."""

    id: str
    task: str
    what: What
    pid: int
    at: int
    note: str = ""


class Journal:
    """The marks in `folder`, in the order in which they were written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = folder / "journal.jsonl"

    def write(self, id: str, task: str, what: What, note: str = "") -> None:  # noqa: A002
        """Adds a line; short lines appended at once do not mix with those of other processes."""
        mark = Mark(id=id, task=task, what=what, pid=os.getpid(), at=time.monotonic_ns(), note=note)
        with self._file.open("ab", buffering=0) as file:
            file.write(json.dumps(asdict(mark)).encode() + b"\n")

    def marks(self, what: What | None = None, id: str | None = None) -> list[Mark]:  # noqa: A002
        """All marks, or those of this sort, or of this message."""
        lines = self._file.read_text("utf-8").splitlines() if self._file.exists() else []
        marks = [Mark(**json.loads(line)) for line in lines]
        return [mark for mark in marks if what in (None, mark.what) and id in (None, mark.id)]

    def count(self, what: What, id: str | None = None) -> int:  # noqa: A002
        """How many marks of this sort there are."""
        return len(self.marks(what, id))

    def open(self, gate: str = "gate") -> None:
        """Lets all tasks through that wait here or will come."""
        (self.folder / f"{gate}.open").touch()

    def hold(self, gate: str = "gate") -> None:
        """Called by a task: returns when the gate is open. The task is ended by whoever ends its process."""
        while not (self.folder / f"{gate}.open").exists():
            time.sleep(_LOOK)
