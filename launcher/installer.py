"""pip or uv, run with their full output in a log and one live line on the screen."""

import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from launcher.errors import LauncherError, likely_cause
from launcher.project import Project


class LiveLine:
    """The last line of a program's output with the seconds passed, so that long silent work does not look hung."""

    def __init__(self) -> None:
        self.text = "starting"
        self._started = time.monotonic()
        self._done = threading.Event()
        self._live = sys.stdout.isatty()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()
        if self._live:
            print(f"\r{'':79}\r", end="", flush=True)

    def _tick(self) -> None:
        while not self._done.wait(0.5 if self._live else 10):
            line = f"    {time.monotonic() - self._started:3.0f} s  {self.text}"[:79]
            print(f"\r{line:79}" if self._live else line, end="" if self._live else "\n", flush=True)


def run(project: Project, command: Sequence[str | Path], doing: str) -> None:
    """Run a command in the project folder; LauncherError with the likely cause and the log's name if it fails."""
    log = project.state / "install.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    if _follow(command, project.root, log):
        output = log.read_text(encoding="utf-8", errors="replace")
        raise LauncherError(f"{doing} did not work (full output: {project.relative(log)}). {likely_cause(output)}")


def _follow(command: Sequence[str | Path], folder: Path, log: Path) -> int:
    with (
        log.open("w", encoding="utf-8") as file,
        LiveLine() as live,
        subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        try:
            for line in process.stdout or ():
                live.text = line.strip() or live.text
                file.write(line)
                file.flush()
        except BaseException:
            process.terminate()
            raise
    return process.returncode
