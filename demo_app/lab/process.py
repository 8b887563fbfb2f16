"""A server in a process of its own, which can be killed as a machine kills it."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from queue import Empty, Queue
from types import TracebackType
from typing import Any, Self

import httpx
import uvicorn
from fastapi import FastAPI
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from demo_app.lab.errors import ExperimentFailed
from demo_app.lab.gate import PATIENCE, until
from demo_app.lab.guard import Guard
from demo_app.lab.instrumentation import traced
from demo_app.lab.thread import Server, listen_on_loopback
from demo_app.lab.trace import Recorder, Span

_SPANS = "/-/spans"
START = 60  # seconds that a new Python may take to import the app and to answer


class ServerProcess:
    """The app that `factory` makes, served by a child process on 127.0.0.1; ends when this process ends.

    What the app prints is told line by line, each line a JSON string. Raises `ExperimentFailed` if it does not start.
    """

    def __init__(self, factory: Callable[[], FastAPI], **environ: str) -> None:
        if factory.__module__ == "__main__" or "<" in factory.__qualname__:
            raise ExperimentFailed(
                f"{factory.__qualname__} cannot be served by another process, which has to import it: "
                "put the function into a module."
            )
        self._place = f"{factory.__module__}:{factory.__qualname__}"
        self._environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environ}
        self._address, self._told = Queue[Any](), Queue[Any]()

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "demo_app.lab.process", self._place]
        self._child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self._environ
        )
        threading.Thread(target=self._listen, daemon=True).start()
        address = _next(self._address, START)
        if address is None:
            self.kill()
            raise ExperimentFailed(f"{self._place} did not start in a process of its own; serve it here to see why.")
        self.client = httpx.Client(**address, timeout=PATIENCE, trust_env=False, verify=False)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.client.close()
        self.kill()

    def told(self) -> str | None:
        """The next line that the app printed; None at the end, or if there is none within the gate's patience."""
        line: str | None = _next(self._told, PATIENCE)
        return line

    def spans(self) -> list[Span]:
        """What the server has recorded so far; its clock is the one of all processes of this machine."""
        return [Span(**recorded) for recorded in self.client.get(_SPANS).raise_for_status().json()]

    def terminate(self) -> None:
        """Asks the process to end, as a deploy does (SIGTERM), and returns when it takes no new connection."""
        self._child.terminate()
        until(self._refuses, f"{self._place} still takes connections after SIGTERM.")

    def wait(self) -> None:
        """Returns when the process has ended. Raises `ExperimentFailed` if it does not."""
        until(lambda: self._child.poll() is not None, f"{self._place} did not end after SIGTERM.", START)

    def kill(self) -> None:
        """Ends the process without a word to it: SIGKILL. Killing twice is fine."""
        self._child.kill()
        self._child.wait()
        if self._child.stdin:
            self._child.stdin.close()

    def _refuses(self) -> bool:
        place = self.client.base_url
        try:
            socket.create_connection((place.host, place.port), timeout=1).close()
        except OSError:
            return True
        return False

    def _listen(self) -> None:
        with self._child.stdout as lines:  # type: ignore[union-attr]
            for line in lines:
                said = json.loads(line)
                (self._address if isinstance(said, dict) else self._told).put(said)
        for queue in (self._address, self._told):
            queue.put(None)


def _next(queue: Queue[Any], timeout: float) -> Any:
    try:
        return queue.get(timeout=timeout)
    except Empty:
        return None


def main(place: str) -> None:
    """Serves the app made by the function at `place`, such as `package.module:function`."""
    module, _, name = place.partition(":")
    guard = Guard(_telling_spans(getattr(import_module(module), name)()))
    listener = listen_on_loopback()
    address = {"base_url": f"http://127.0.0.1:{listener.getsockname()[1]}", "headers": guard.headers}
    threading.Thread(target=_end_with_parent, daemon=True).start()
    Server(uvicorn.Config(guard, log_config=None), on_started=lambda: print(json.dumps(address), flush=True)).run(
        sockets=[listener]
    )


def _telling_spans(app: ASGIApp) -> ASGIApp:
    recorder = Recorder()
    recorded = traced(app, recorder)

    async def tell(scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") == _SPANS:
            await JSONResponse([asdict(span) for span in recorder.spans()])(scope, receive, send)
        else:
            await recorded(scope, receive, send)

    return tell


def _end_with_parent() -> None:
    sys.stdin.read()  # the pipe closes when the parent ends, however it ends
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
