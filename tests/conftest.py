"""What the tests of several parts share: a fresh Python, and a wait that ends as soon as it can."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 30  # seconds after which a wait in a test gives up; never what a test is about


def fresh_python(code: str, cwd: Path = ROOT) -> str:
    """What `code` prints in a new interpreter, in which a warning is an error."""
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=PATIENCE * 2)
    assert done.returncode == 0, done.stderr
    return done.stdout


def until(condition: Callable[[], bool], what: str) -> None:
    """Returns when `condition` holds; fails with `what` was waited for if it never does."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.002)
