"""A broker that is away or silent, and who waits for it."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
from fastapi import FastAPI

from demo_app.lab.broker import Broker
from demo_app.lab.experiments import Fact, Observation, worker_experiment
from demo_app.lab.experiments.targets.outages import (
    ONCE,
    SilentHost,
    delaying_app,
    let_go,
    report_task,
    reports_app,
    still_waits,
)
from demo_app.lab.probe import LOOP, Probed
from demo_app.lab.process import ServerProcess
from demo_app.lab.queues import PATIENCE
from demo_app.lab.server import LiveServer
from demo_app.lab.timeline import Timeline
from demo_app.lab.trace import ERROR, OUTCOME, Span, ThreadKind, current_trace, new_trace_id, traceparent

if TYPE_CHECKING:
    from celery import Task

SHORT, LONG = 0.2, 1.0  # seconds: whoever gives up after SHORT is long gone when another gives up after LONG
DEADLINE = 1  # seconds that a request to the app's own reports waits for the queue
STILL = "still tries when the others have given up"
_MARKED = "http11.send_request_body.complete"  # httpx's word for a request that is on its way


@worker_experiment
def broker_connection_timeout(target: Mapping[str, Any] | None = None) -> Observation:
    """Three calls to a host that accepts and never answers, each with a time limit: which of them give up?

    `target` are Celery settings in the place of `broker_connection_timeout` for Redis.
    """
    with ThreadPoolExecutor() as pool, closing(SilentHost()) as host:
        redis, amqp = f"redis://{host.address}/0", f"amqp://{host.address}//"
        tried = report_task(redis, **{**ONCE, **(target or {"broker_connection_timeout": SHORT})})
        first = pool.submit(_publish, "redis connect", tried)
        host.caller(first)  # its time runs
        bounded = {"socket_timeout": LONG, "socket_connect_timeout": LONG}
        sockets = pool.submit(_publish, "redis socket", report_task(redis, broker_transport_options=bounded, **ONCE))
        other = pool.submit(_publish, "amqp connect", report_task(amqp, broker_connection_timeout=LONG, **ONCE))
        wait([sockets, other])
        still = not first.done()
        host.close()
        calls = [call.result() for call in (first, sockets, other)]
        if still:
            calls[0].attributes[OUTCOME] = "host left"
        facts: dict[str, Fact] = {
            "redis://, broker_connection_timeout": STILL if still else _end(calls[0]),
            "redis://, socket_timeout": _end(calls[1]),
            "amqp://, broker_connection_timeout": _end(calls[2]),
        }
        return Observation(facts, Timeline(calls))


def _publish(name: str, task: "Task") -> Span:
    """Publishes a message; the span of that, with what became of it."""
    span = Span(name, "message", uuid4().hex, "worker thread", time.monotonic_ns())
    try:
        let_go(task.delay())
        span.attributes[OUTCOME] = "sent"
    except Exception as error:
        span.attributes |= {OUTCOME: "gave up", ERROR: type(error).__name__}
    span.end_time = time.monotonic_ns()
    return span


def _end(call: Span) -> str:
    """What became of a message, and by which exception."""
    outcome = str(call.attributes[OUTCOME])
    return f"{outcome}: {call.attributes[ERROR]}" if ERROR in call.attributes else outcome


@worker_experiment
def broker_away(target: Mapping[str, Any] | None = None) -> Observation:
    """The broker is stopped, and three senders publish: Celery as it comes, and two with the app's few repeats.

    `target` are Celery settings for all three.
    """
    with ThreadPoolExecutor() as pool, Broker.embedded() as broker:
        few = {**_repeats_of_the_app(), **(target or {})}
        known, stranger = (report_task(broker.url, broker.results, **few) for _ in range(2))
        as_it_comes = report_task(broker.url, broker.results, **(target or {}))
        before = _publish("before", known)
        broker.stop()
        first = pool.submit(_publish, "defaults", as_it_comes)
        connected, never = _publish("known", known), _publish("stranger", stranger)
        still = not first.done()
        broker.start()
        facts: dict[str, Fact] = {
            "Celery's defaults": STILL if still else _end(first.result()),
            "Celery's defaults, once the broker is back": _end(first.result()),
            "few repeats, connected before": _end(connected),
            "few repeats, never connected": _end(never),
        }
    return Observation(facts, Timeline([before, first.result(), connected, never]))


def _repeats_of_the_app() -> dict[str, Any]:
    from demo_app.worker import celery

    names = ("broker_transport_options", "result_backend_transport_options", "task_publish_retry_policy")
    return {name: celery.conf[name] for name in names}


@worker_experiment
def delay_on_the_loop(target: Callable[[str], FastAPI] | None = None) -> Observation:
    """A message is published to a broker that never answers: who else is answered meanwhile?

    Once by `.delay()` in an `async def` and in a `def` endpoint, where `target` makes the app for the URL of a broker,
    and once as the app's own reports do it.
    """
    make = target or delaying_app
    on_loop, in_thread, ours = _while_it_hangs(make, "/async-def"), _while_it_hangs(make, "/def"), _own_way()
    facts: dict[str, Fact] = {
        ".delay() in async def, another request": on_loop.facts["another request"],
        ".delay() in def, another request": in_thread.facts["another request"],
        ".delay() in def, threads taken": in_thread.facts["threads taken"],
        **{f"the app's own reports, {name}": fact for name, fact in ours.facts.items()},
    }
    return Observation(facts, Timeline([*on_loop.timeline.spans, *in_thread.timeline.spans, *ours.timeline.spans]))


def _while_it_hangs(make: Callable[[str], FastAPI], path: str) -> Observation:
    """What can be had of the app while its call to the broker hangs."""
    host = SilentHost()
    app = Probed(make(f"redis://{host.address}/0"))
    with ThreadPoolExecutor() as pool, LiveServer(app) as server, closing(host), _publishing_threads() as threads:
        call = pool.submit(server.client.post, path)
        host.caller(call)
        on_loop = "event loop" in threads
        taken = "unknown" if on_loop else server.client.get("/borrowed").json()
        probe = _Probe(server, pool)
        probe.sent.wait(PATIENCE) if on_loop else probe.answer.result()
        left = time.monotonic_ns()
        host.close()
        call.result()
        facts: dict[str, Fact] = {"another request": probe.seen(left), "threads taken": taken}
        return Observation(facts, Timeline(server.trace.spans()))


@contextmanager
def _publishing_threads() -> Iterator[list[ThreadKind]]:
    """The kinds of threads from which requests publish, each noted before its message goes off."""
    from celery.signals import before_task_publish

    threads = list[ThreadKind]()

    def note(**_: Any) -> None:
        if trace := current_trace():
            threads.append(trace.thread())

    before_task_publish.connect(note)
    try:
        yield threads
    finally:
        before_task_publish.disconnect(note)


class _Probe:
    """A request that the loop answers as soon as it is free."""

    def __init__(self, server: LiveServer, pool: ThreadPoolExecutor) -> None:
        self.sent, self._server, self._id = threading.Event(), server, new_trace_id()
        extensions = {"trace": self._note}
        self.answer = pool.submit(server.client.get, LOOP, headers=traceparent(self._id), extensions=extensions)

    def seen(self, left: int) -> str:
        """Whether the server began with it before the host had left."""
        self.answer.result()
        [request] = [span for span in self._server.trace.spans([self._id]) if span.kind == "request"]
        return "answered meanwhile" if request.start_time < left else "waits"

    def _note(self, event: str, _: Any) -> None:
        if event == _MARKED:
            self.sent.set()


def _own_way() -> Observation:
    """The same for the app's own reports, in a process of their own with settings and a database of their own."""
    with ThreadPoolExecutor() as pool, closing(SilentHost()) as host:
        environ = {"DEMO_BROKER_URL": f"redis://{host.address}/0", "DEMO_DATABASE_URL": ""}
        limits = {"DEMO_PUBLISH_DEADLINE": str(DEADLINE), "DEMO_SOCKET_TIMEOUT": str(PATIENCE)}
        with ServerProcess(reports_app, **environ, **limits) as server:
            order = pool.submit(_ask, server.client, "POST", "/reports", json={"month": "2026-10"})
            caller = host.caller()  # on a busy machine it may come after the answer
            ping, taken = _ask(server.client, "GET", "/ping"), _ask(server.client, "GET", "/borrowed")
            answer = order.result()
            facts: dict[str, Fact] = {
                "another request": "answered meanwhile" if ping is not None and still_waits(caller) else "waits",
                "threads taken": "unknown" if taken is None else taken.json(),
                "its client": f"{_status(answer)}, while the call {_state(caller)}",
            }
            host.close()
            return Observation(facts, Timeline(server.spans()))


def _ask(client: httpx.Client, method: str, path: str, **request: Any) -> httpx.Response | None:
    """The answer, if one comes within the client's patience."""
    try:
        return client.request(method, path, **request)
    except httpx.TimeoutException:
        return None


def _status(answer: httpx.Response | None) -> str:
    return "no answer" if answer is None else str(answer.status_code)


def _state(caller: socket.socket) -> str:
    return "still hangs" if still_waits(caller) else "is over"
