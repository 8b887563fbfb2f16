"""A lock that the operating system lets go of, however its holder dies."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

BEYOND_THE_TEXT = 1 << 30  # Windows hides locked bytes from readers, and the file's text shall stay readable


class Busy(Exception):
    """Another process holds the lock."""


@contextmanager
def held(path: Path) -> Iterator[TextIO]:
    """Hold the lock and yield its file, whose text anyone may read; raises Busy if somebody else holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)  # the text may carry JupyterLab's token
    with path.open("r+", encoding="utf-8") as file:
        _take(file)
        yield file


def _take(file: TextIO) -> None:
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(BEYOND_THE_TEXT)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            file.seek(0)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError) as error:
        raise Busy from error
