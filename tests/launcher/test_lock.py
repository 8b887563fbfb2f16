"""The lock: one holder, free again however the holder ends."""

import subprocess
import sys
from pathlib import Path

import pytest

from launcher.lock import Busy, held

HOLD = """
import pathlib, sys
from launcher.lock import held
with held(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    input()
"""


def test_a_lock_has_one_holder_and_is_free_after_a_kill(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Busy), held(lock):
            pass
        holder.kill()
    with held(lock):
        pass
