"""One request to a fresh server, followed until its last background task is over."""

import functools
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI

from demo_app.lab.gate import PATIENCE, gated
from demo_app.lab.timeline import Timeline
from demo_app.lab.trace import Span, ThreadKind, new_trace_id, traceparent


@dataclass(frozen=True)
class Visit:
    """What the client got, what ran on the server, and what the operator finds there afterwards."""

    response: httpx.Response
    spans: list[Span]
    errors: list[BaseException]
    logs: list[str]
    sleeps: int

    @functools.cached_property
    def timeline(self) -> Timeline:
        return Timeline(self.spans)

    @property
    def tasks(self) -> list[str]:
        """The names of the background tasks that began, in this order."""
        return [span.name for span in self.spans if span.kind == "background task"]

    @property
    def left_the_app(self) -> str:
        """The names of the exceptions that nobody caught."""
        return " and ".join(type(error).__name__ for error in self.errors) or "nothing"

    def thread(self, name: str) -> ThreadKind:
        """In which kind of thread the endpoint, dependency or task of this name ran."""
        return next(span.thread for span in self.spans if span.name == name)

    def logged(self, words: str) -> str:
        """`logged` or `not logged`: whether these words are in the server's log."""
        return "logged" if any(words in line for line in self.logs) else "not logged"


def visit(app: FastAPI, path: str, method: str = "GET", **request: Any) -> Visit:
    """One request to `app` on a server of its own, where no sleep takes time."""
    trace_id = new_trace_id()
    headers = request.pop("headers", {}) | traceparent(trace_id)
    with gated(app) as (server, gate):
        gate.open()
        response = server.client.request(method, path, headers=headers, **request)
        spans = server.trace.wait_until_ended([trace_id], PATIENCE)
    # Stopped: uvicorn writes its line on a failed request after the request is over.
    return Visit(response, spans, [error.exception for error in server.errors], server.logs, gate.calls)
