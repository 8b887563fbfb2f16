"""Runs a command that ends when the process that asked for it does: `python supervisor.py command ...`.

Its standard input is a pipe from that process, which closes however that process ends. It is run by its path and
needs only the standard library, because it stands by for as long as the command runs.
"""

import os
import subprocess
import sys
import threading
import time

GRACE = 2  # seconds between SIGTERM and SIGKILL


def main(*command: str) -> None:
    """Tells the command's process id in a line, and ends as the command does; the command's output goes to stderr."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=2)
    threading.Thread(target=_end_with, args=[child], daemon=True).start()
    os.write(1, f"{child.pid}\n".encode())
    while os.read(0, 1024):
        pass
    child.terminate()
    time.sleep(GRACE)
    child.kill()
    child.wait()


def _end_with(child: "subprocess.Popen[bytes]") -> None:
    child.wait()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
