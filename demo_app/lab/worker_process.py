"""The process of a `LiveWorker`: Celery's own command line, which tells when it is ready and outlives nobody."""

import os
import signal
import sys
import threading
import time
from contextlib import suppress
from importlib import import_module
from typing import Any

READY = "\x1eready\n"  # a line between those of the log
_ORPHAN = 5  # seconds that running tasks get when the notebook's kernel is gone
_LOG = {
    "worker_log_color": False,
    "worker_log_format": "%(levelname)s %(processName)s: %(message)s",
    "worker_task_log_format": "%(levelname)s %(processName)s: %(task_name)s: %(message)s",
}


def main(place: str, *arguments: str) -> None:
    """Runs Celery's own command line for the app at `place`, and tells the parent when the worker is ready."""
    from celery import signals

    threading.Thread(target=_end_with_parent, args=[_pipe_of_the_parent()], daemon=True).start()
    module, _, name = place.partition(":")
    app = getattr(import_module(module), name)
    app.conf.update(_LOG)
    signals.worker_ready.connect(_tell_ready, weak=False)
    app.start(list(arguments))


def _tell_ready(sender: Any, **_: Any) -> None:
    if sender.app.IS_WINDOWS:
        threading.Thread(target=restore, args=(sender.app, threading.Event()), daemon=True).start()
    os.write(1, READY.encode())  # not print: Celery makes log lines of that


def restore(app: Any, stopped: threading.Event) -> None:
    """Gives back what dead workers had not acknowledged, once a second, until `stopped`.

    On Windows Celery's own loop never comes to it (measured, with the loop that it takes there).
    """
    while not stopped.is_set():
        with suppress(Exception), app.connection_for_read() as connection:
            while not stopped.wait(1):
                connection.default_channel.qos.restore_visible(num=10, interval=1)
        stopped.wait(1)


def _pipe_of_the_parent() -> int:
    """Standard input, out of the way of the pool's processes, which would share it."""
    pipe, nothing = os.dup(0), os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.set_inheritable(pipe, False)
    return pipe


def _end_with_parent(pipe: int) -> None:
    while os.read(pipe, 1024):
        pass  # the pipe closes when the parent ends, however it ends
    if os.name == "nt":
        os._exit(1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_ORPHAN)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
