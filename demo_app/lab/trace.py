"""Spans recorded on the server: what ran, in which kind of thread, from when to when.

A lean recorder with OpenTelemetry's names; its SDK in memory costs a third of the throughput (measured).
The request is seen by the middleware here; what happens inside it is reported by `instrumentation`.
"""

import re
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATUS = "http.response.status_code"
ERROR = "error.type"
OUTCOME = "outcome"  # of a message: what became of it, in a word
_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-")
SpanKind = Literal["request", "endpoint", "dependency", "teardown", "background task", "message", "celery task"]
ThreadKind = Literal["event loop", "worker thread", "worker process"]


@dataclass(slots=True)
class Span:
    """One piece of work on the server, in nanoseconds of one monotonic clock; `end_time` is None while it runs."""

    name: str
    kind: SpanKind
    trace_id: str
    thread: ThreadKind
    start_time: int
    end_time: int | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    events: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServerError:
    """An exception that left the app, and the request it belongs to."""

    request: str
    exception: BaseException

    def __repr__(self) -> str:
        return f"<{self.request}: {type(self.exception).__name__}: {self.exception}>"


class Recorder:
    """The newest spans and errors of one server, in the order in which they began."""

    def __init__(self, capacity: int = 5000) -> None:
        self._spans: deque[Span] = deque(maxlen=capacity)
        self.errors: deque[ServerError] = deque(maxlen=100)
        self._changed = threading.Condition()

    @contextmanager
    def span(self, name: str, kind: SpanKind, trace_id: str, thread: ThreadKind) -> Iterator[Span]:
        """The span of what happens inside the `with` block; an exception is noted as `error.type`."""
        span = Span(name, kind, trace_id, thread, time.monotonic_ns())
        self._spans.append(span)
        try:
            yield span
        except BaseException as error:
            span.attributes[ERROR] = type(error).__name__
            raise
        finally:
            span.end_time = time.monotonic_ns()
            with self._changed:
                self._changed.notify_all()

    def spans(self, trace_ids: Iterable[str] | None = None) -> list[Span]:
        """The recorded spans, or only those of these traces."""
        recorded = list(self._spans.copy())
        if trace_ids is None:
            return recorded
        wanted = set(trace_ids)
        return [span for span in recorded if span.trace_id in wanted]

    def wait_until_failed_ended(self, timeout: float) -> None:
        """Waits, at most `timeout` seconds, for the requests whose client has a 5xx answer but which still unwind."""

        def unwinding() -> bool:
            return any(s.end_time is None and s.attributes.get(STATUS, 0) >= 500 for s in self.spans())

        with self._changed:
            self._changed.wait_for(lambda: not unwinding(), timeout)

    def wait_until_ended(self, trace_ids: Iterable[str], timeout: float) -> list[Span]:
        """The spans of these traces once each has its request ended, or as they are after `timeout` seconds."""
        wanted = set(trace_ids)

        def ended() -> bool:
            requests = [span for span in self.spans(wanted) if span.kind == "request"]
            return {s.trace_id for s in requests if s.end_time is not None} == wanted

        with self._changed:
            self._changed.wait_for(ended, timeout)
        return self.spans(wanted)


@dataclass(frozen=True, slots=True)
class Trace:
    """The request that the running code belongs to."""

    recorder: Recorder
    trace_id: str
    loop_thread: int

    def span(self, name: str, kind: SpanKind) -> AbstractContextManager[Span]:
        return self.recorder.span(name, kind, self.trace_id, self.thread())

    def thread(self) -> ThreadKind:
        return "event loop" if threading.get_ident() == self.loop_thread else "worker thread"


_trace: ContextVar[Trace | None] = ContextVar("trace", default=None)


def current_trace() -> Trace | None:
    """The trace of the request that this code runs for; None outside a traced request."""
    return _trace.get()


def new_trace_id() -> str:
    """A trace id as W3C Trace Context wants it: 32 hexadecimal digits."""
    return uuid4().hex


def traceparent(trace_id: str) -> dict[str, str]:
    """The request header that makes the server record under this trace id (W3C Trace Context)."""
    return {"traceparent": f"00-{trace_id}-{trace_id[:16]}-01"}


def _trace_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        sent = _TRACEPARENT.match(value) if name == b"traceparent" else None
        if sent is not None:
            return str(sent[1], "ascii")
    return new_trace_id()


class Tracer:
    """ASGI middleware that records each request to `app`, from the call of the app to its return."""

    def __init__(self, app: ASGIApp, recorder: Recorder) -> None:
        self.app = app
        self.recorder = recorder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        name, trace_id = f"{scope['method']} {scope['path']}", _trace_id(scope)
        trace = Trace(self.recorder, trace_id, threading.get_ident())
        token = _trace.set(trace)
        try:
            with self.recorder.span(name, "request", trace_id, "event loop") as span:
                await self._recording_errors(name, scope, receive, self._noting(span, send))
        finally:
            _trace.reset(token)

    async def _recording_errors(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            self.recorder.errors.append(ServerError(name, error))
            raise

    def _noting(self, span: Span, send: Send) -> Send:
        async def noting_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                span.attributes[STATUS] = message["status"]
                span.events["response start"] = time.monotonic_ns()
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                span.events["response end"] = time.monotonic_ns()

        return noting_send
