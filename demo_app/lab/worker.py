"""A real Celery worker in a process of its own, started, stopped and killed from a notebook."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from itertools import count
from types import TracebackType
from typing import IO, ClassVar, Self

import psutil

from demo_app.lab import worker_process
from demo_app.lab.broker import Broker
from demo_app.lab.errors import WorkerFailed, WorkerNotRunning
from demo_app.settings import LESSON

START = 60  # seconds that a new Python may take to import the app and to say that it is ready
STOP = 10  # seconds that running tasks get when the worker is stopped, before it is killed
PREFORK = hasattr(os, "fork")
_numbers = count(1)


class LiveWorker:
    """`celery worker` for the Celery app at `app`, in a process that ends when this one does, however that ends.

    Without a `broker` it takes this kernel's own, which needs no installation (or the one that REDIS_URL names).
    `start()` is made for a notebook cell: run again, it stops the worker that the cell started before.
    As a context manager it leaves the notebook's worker alone.
    """

    _of_the_notebook: ClassVar["LiveWorker | None"] = None

    def __init__(
        self,
        app: str = "demo_app.worker:celery",
        broker: Broker | None = None,
        *,
        concurrency: int = 2,
        options: Sequence[str] = (),
        **environ: str,
    ) -> None:
        self.broker = broker or kernel_broker()
        self.name = f"worker{next(_numbers)}-{os.getpid()}@notebook"
        self._arguments = [app, "--quiet", "worker", *_pool(concurrency), "-n", self.name, *_QUIET, *options]
        self._environ = environ
        self._lines = deque[str](maxlen=500)
        self._told = threading.Condition()
        self._process: subprocess.Popen[str] | None = None
        self.ended_at: int | None = None  # in nanoseconds of the clock that all processes of this machine share

    def start(self) -> Self:
        """This worker, ready for tasks, in place of the one that the notebook had; the broker is started as well.

        Raises `WorkerFailed` when it does not come up.
        """
        if LiveWorker._of_the_notebook is not None:
            LiveWorker._of_the_notebook.stop()
        self.broker.start()
        _use_in_this_process(self.broker)
        LiveWorker._of_the_notebook = self
        self._start()
        return self

    def stop(self) -> None:
        """Ends the worker as a deploy does (SIGTERM): it finishes what runs, for ten seconds, then it is killed."""
        self.send(signal.SIGTERM)
        self._end(STOP)

    def kill(self) -> None:
        """Ends the worker and its pool at once (SIGKILL), as the out-of-memory killer or a power cut would."""
        self._end(0)

    def send(self, number: int) -> None:
        """Sends this signal to the main process, and waits for nothing; nothing happens if it is gone."""
        if self._process is None or self._process.poll() is not None:
            return
        if os.name == "nt" and self._process.stdin:
            self._process.stdin.close()  # there are no such signals: the worker ends when its pipe does
        else:
            self._process.send_signal(number)

    def kill_pool_process(self) -> None:
        """Kills one process of the pool (SIGKILL), and leaves the main process alone."""
        psutil.Process(self.pool[0]).kill()

    def ping(self, timeout: float = 1) -> bool:
        """Whether the main process answers a control message: `celery inspect ping -d <name>`.

        That says nothing about a free place in the pool. `timeout` in seconds.
        """
        from celery import Celery

        with Celery(broker=self.broker.url, set_as_current=False) as app:
            return bool(app.control.inspect(destination=[self.name], timeout=timeout, limit=1).ping())

    @property
    def pid(self) -> int:
        """The id of the main process. Raises `WorkerNotRunning`."""
        if not self.running or self._process is None:
            raise WorkerNotRunning("The worker is stopped. Bring it back with: worker.start()")
        return self._process.pid

    @property
    def pool(self) -> list[int]:
        """The ids of the pool's processes; empty where the pool has threads."""
        return [child.pid for child in psutil.Process(self.pid).children(recursive=True)]

    @property
    def running(self) -> bool:
        """Whether the main process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def logs(self) -> list[str]:
        """The newest lines that worker and tasks logged."""
        with self._told:
            return list(self._lines)

    def wait_for(self, words: str, timeout: float = START) -> bool:
        """Whether these words were logged; waits for them at most `timeout` seconds."""
        with self._told:
            return self._told.wait_for(lambda: any(words in line for line in self._lines), timeout)

    def wait(self, timeout: float = START) -> bool:
        """Whether the process has ended; waits for that at most `timeout` seconds."""
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout)
        return not self.running

    def __enter__(self) -> Self:
        self.broker.start()
        self._start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.kill()

    def __repr__(self) -> str:
        return f"<LiveWorker: {'ready' if self.running else 'stopped'}>"

    def _start(self) -> None:
        self.kill()
        settings = {**LESSON, **os.environ, **self._environ, **_addresses(self.broker), "PYTHONPATH": _import_path()}
        self._process = subprocess.Popen(
            [sys.executable, "-m", worker_process.__name__, *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=settings,
            start_new_session=True,  # so that Jupyter's interrupt does not reach it
        )
        self.ended_at = None
        run = _Run()
        threading.Thread(target=self._listen, args=(self._process.stdout, run), daemon=True).start()
        with self._told:
            self._told.wait_for(lambda: run.ready or run.over, START)
        if not run.ready:
            self.kill()
            last = "\n".join(self.logs[-5:])
            raise WorkerFailed(f"The worker did not come up. The end of its log:\n{last}")

    def _listen(self, lines: IO[str], run: "_Run") -> None:
        with lines:
            for line in lines:
                with self._told:
                    run.ready |= line == worker_process.READY
                    if line != worker_process.READY:
                        self._lines.append(line.rstrip("\n"))
                    self._told.notify_all()
        with self._told:
            run.over = True
            self._told.notify_all()

    def _end(self, patience: float) -> None:
        if self._process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            if patience:
                self._process.wait(patience)
        _kill_group(self._process.pid)
        if self.ended_at is None:
            self.ended_at = time.monotonic_ns()
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()


class _Run:
    """What one process has told so far; the former one may still have a last word when the next one starts."""

    ready = over = False


# A worker alone has nobody to greet, and gossip would be with strangers.
_QUIET = ("--without-mingle", "--without-gossip", "--loglevel", "INFO")


def _pool(concurrency: int) -> list[str]:
    """Never the solo pool: it acknowledges late what it should early, and answers no ping while it works (measured)."""
    return ["--pool", "prefork" if PREFORK else "threads", "--concurrency", str(concurrency)]


@cache
def kernel_broker() -> Broker:
    """The broker of this kernel: one for all its workers, so that messages outlive each of them."""
    return Broker()


def _use_in_this_process(broker: Broker) -> None:
    """Points the app at the broker, whether it is imported already or will be."""
    os.environ.update({**LESSON, **os.environ, **_addresses(broker)})
    if "demo_app.worker" in sys.modules:
        import_module("demo_app.worker").configure()


def _addresses(broker: Broker) -> dict[str, str]:
    return {"DEMO_BROKER_URL": broker.url, "DEMO_RESULT_BACKEND": broker.results}


def _import_path() -> str:
    return os.pathsep.join(filter(None, sys.path))


def _kill_group(pid: int) -> None:
    """Kills the worker and its pool, which is a group of its own."""
    with suppress(ProcessLookupError, PermissionError):
        if os.name == "nt":
            psutil.Process(pid).kill()
        else:
            os.killpg(pid, signal.SIGKILL)
