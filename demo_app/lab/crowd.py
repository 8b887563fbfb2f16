"""Requests that all stand before the same gate, and what can still be reached meanwhile."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import httpx
from fastapi import FastAPI

from demo_app.lab.errors import ExperimentFailed
from demo_app.lab.gate import PATIENCE, Gate, endpoints, replacing_sleeps
from demo_app.lab.probe import LOOP, POOL, Probed
from demo_app.lab.server import LiveServer
from demo_app.lab.timeline import Timeline
from demo_app.lab.trace import STATUS, Span, ThreadKind, new_trace_id, traceparent

Answer = Literal["answered meanwhile", "waits"]


@dataclass(frozen=True)
class Crowd:
    """What was seen while `running` requests stood in the gate and `waiting` ones had no worker thread.

    `client` tells whether those who sent them had their answers already, as is so where a background task sleeps.
    """

    running: int
    waiting: int
    peak: int
    thread: ThreadKind
    client: Answer
    loop: Answer
    pool: Answer
    others: dict[str, Answer]
    responses: list[httpx.Response]
    timeline: Timeline

    @property
    def order(self) -> str:
        """`one at a time` or `all at once`, or `at most k at once`."""
        if self.peak == 1:
            return "one at a time"
        return "all at once" if self.peak == len(self.responses) else f"at most {self.peak} at once"


def crowd(
    app: FastAPI,
    path: str,
    n: int = 1,
    threads: int = 4,
    method: str = "GET",
    others: tuple[str, ...] = (),
    **request: Any,
) -> Crowd:
    """Sends `n` requests to a fresh server with `threads` worker threads, each sleep replaced by a gate.

    `others` are paths to be tried while the gate is shut. Raises `ExperimentFailed` when the requests neither sleep
    nor wait for a thread.
    """
    with LiveServer(Probed(app)) as server:
        server.threads = threads
        gate = Gate(server.trace)
        with replacing_sleeps(endpoints(app.routes), gate):
            run = _Run(server, gate, method, path, n, request)
            with run.sent() as answers:
                run.settle()
                running, waiting = gate.inside, n - gate.inside
                client = run.answered(answers)
                loop, pool = run.probe(LOOP), run.probe(POOL)
                tried = {other: run.probe(other) for other in others}
                gate.open()
                responses = [answer.result(PATIENCE) for answer in answers]
            spans = server.trace.wait_until_ended(run.trace_ids, PATIENCE)
    return Crowd(running, waiting, gate.peak, gate.threads[0], client, loop, pool, tried, responses, Timeline(spans))


class _Run:
    """The requests of one crowd, from the moment they are sent until the gate opens."""

    def __init__(self, server: LiveServer, gate: Gate, method: str, path: str, n: int, request: dict[str, Any]) -> None:
        self.server, self.gate = server, gate
        self.method, self.path, self.request = method, path, request
        self.trace_ids = [new_trace_id() for _ in range(n)]
        self._deadline = time.monotonic() + PATIENCE

    @contextmanager
    def sent(self) -> Iterator[list[Future[httpx.Response]]]:
        with ThreadPoolExecutor(len(self.trace_ids) + 8) as self._senders:
            try:
                yield [self._senders.submit(self._send, trace_id) for trace_id in self.trace_ids]
            finally:
                self.gate.open()

    def settle(self) -> None:
        """Waits until each request stands in the gate or has no thread, or one of them blocks the loop."""
        while not self._settled():
            if self._ended():
                raise ExperimentFailed(self._slept_not())
            if time.monotonic() > self._deadline:
                raise ExperimentFailed(self._stuck())
            time.sleep(0.001)

    def answered(self, answers: list[Future[httpx.Response]]) -> Answer:
        """Whether the crowd itself has its answers while the gate is shut."""
        spans = self.server.trace.spans(self.trace_ids)
        if any("response end" not in span.events for span in spans if span.kind == "request"):
            return "waits"
        for answer in answers:
            answer.result(PATIENCE)
        return "answered meanwhile"

    def probe(self, path: str) -> Answer:
        """Whether a request to `path` is answered while the gate is shut.

        On a blocked loop it is sent, and the gate opened: that it was served only then is read from the trace.
        """
        if self.gate.blocks_loop:
            return self._probe_blocked(path)
        waiting = self.server.waiting
        answer = self._senders.submit(self.server.client.get, path)
        while not answer.done():
            if self.server.waiting > waiting:
                return "waits"
            if time.monotonic() > self._deadline:
                raise ExperimentFailed(self._stuck())
            time.sleep(0.001)
        answer.result()
        return "answered meanwhile"

    def _probe_blocked(self, path: str) -> Answer:
        sent, trace_id = threading.Event(), new_trace_id()

        def note(event: str, _: Any) -> None:
            if event == "http11.send_request_body.complete":
                sent.set()

        extensions = {"trace": note}
        headers = traceparent(trace_id)
        answer = self._senders.submit(self.server.client.get, path, headers=headers, extensions=extensions)
        if not sent.wait(PATIENCE):
            raise ExperimentFailed(self._stuck())
        self.gate.open()
        answer.result(PATIENCE)
        [request] = [span for span in self.server.trace.spans([trace_id]) if span.kind == "request"]
        return "waits" if self._after_first(request) else "answered meanwhile"

    def _after_first(self, request: Span) -> bool:
        return self.gate.first_left is not None and request.start_time > self.gate.first_left

    def _send(self, trace_id: str) -> httpx.Response:
        headers = self.request.get("headers", {}) | traceparent(trace_id)
        return self.server.client.request(self.method, self.path, **(self.request | {"headers": headers}))

    def _settled(self) -> bool:
        return self.gate.blocks_loop or self.gate.inside + self.server.waiting >= len(self.trace_ids)

    def _ended(self) -> list[Span]:
        spans = self.server.trace.spans(self.trace_ids)
        return [span for span in spans if span.kind == "request" and span.end_time is not None]

    def _slept_not(self) -> str:
        status = self._ended()[0].attributes.get(STATUS)
        return (
            f"{self.method} {self.path} answered {status} without sleeping, so there was no slow work to look at. "
            "Let it call time.sleep(...) or await asyncio.sleep(...), with time or asyncio imported at the top level."
        )

    def _stuck(self) -> str:
        return (
            f"After {PATIENCE} s {self.gate.inside} of {len(self.trace_ids)} requests to {self.method} {self.path} "
            "had come to their sleep, and the others neither came nor waited for a thread. "
            "Look for a lock, or for other slow work before the sleep."
        )
