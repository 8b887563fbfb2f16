"""Who waits while an endpoint works: the experiments of lesson 01."""

import asyncio
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from fastapi import FastAPI

from demo_app.lab.crowd import crowd
from demo_app.lab.experiments import Fact, Observation, app_experiment, experiment
from demo_app.lab.experiments.targets import as_app
from demo_app.lab.experiments.targets.cycle import (
    HERE,
    background_app,
    cycle_app,
    files_app,
    pool_app,
    return_types_app,
)
from demo_app.lab.gate import PATIENCE, Gate, endpoints, gated, replacing_sleeps, until
from demo_app.lab.instrumentation import traced
from demo_app.lab.timeline import Timeline, together
from demo_app.lab.trace import Recorder, Span, new_trace_id, traceparent


@app_experiment
def burst_sync(target: Any = None) -> Observation:
    """Three requests at once to a `def` endpoint that sleeps."""
    return _burst(target, "/sync-task")


@app_experiment
def burst_async_sleep(target: Any = None) -> Observation:
    """Three requests at once to an `async def` endpoint that calls `time.sleep`."""
    return _burst(target, "/async-sleep")


@app_experiment
def burst_await(target: Any = None) -> Observation:
    """Three requests at once to an `async def` endpoint that awaits its sleep."""
    return _burst(target, "/async-await")


def _burst(target: Any, path: str) -> Observation:
    seen = crowd(as_app(target, path, cycle_app), path, n=3)
    facts = {"order": seen.order, "thread": seen.thread, "another request": seen.loop}
    return Observation(facts, seen.timeline)


@app_experiment
def full_pool(target: Any = None) -> Observation:
    """One request more than there are worker threads, here two."""
    seen = crowd(as_app(target, "/sync-task", cycle_app), "/sync-task", n=3, threads=2)
    facts: dict[str, Fact] = {
        "running": seen.running,
        "waiting": seen.waiting,
        "another async request": seen.loop,
        "another def request": seen.pool,
    }
    return Observation(facts, seen.timeline)


@app_experiment
def sync_task_leaves_loop_free(target: Any = None) -> Observation:
    """Whether the loop answers while a `def` endpoint sleeps."""
    return _ping_during(target, "/sync-task")


@app_experiment
def async_sleep_blocks_loop(target: Any = None) -> Observation:
    """Whether the loop answers while an `async def` endpoint calls `time.sleep`."""
    return _ping_during(target, "/async-sleep")


def _ping_during(target: Any, path: str) -> Observation:
    seen = crowd(as_app(target, path, cycle_app), path)
    return Observation({"thread": seen.thread, "ping": seen.loop}, seen.timeline)


@app_experiment
def sync_task_answers(target: Any = None) -> Observation:
    """What the often shown sleeping endpoint answers, and how often it slept."""
    seen = crowd(as_app(target, "/sync-task", cycle_app), "/sync-task")
    [response] = seen.responses
    facts: dict[str, Fact] = {"status": response.status_code, "body": response.json()["status"], "thread": seen.thread}
    return Observation(facts, seen.timeline)


@app_experiment
def slow_work_blocks(target: Any = None) -> Observation:
    """The same sleep in three endpoints, and in one whose threads are all taken: who else is answered?"""
    app = as_app(target, "/sync-task", cycle_app)
    sync, blocking = crowd(app, "/sync-task"), crowd(app, "/async-sleep")
    awaiting, full = crowd(app, "/async-await"), crowd(app, "/sync-task", n=2, threads=1)
    facts = {
        "during def": sync.loop,
        "during async def": blocking.loop,
        "during async def with await": awaiting.loop,
        "def request when the threads are taken": full.pool,
    }
    return Observation(facts, together(sync, blocking, awaiting, full))


@app_experiment
def sleep_is_felt(target: Any = None) -> Observation:
    """Who feels the sleep of a `def` endpoint: its caller, and others only when no thread is left."""
    app = as_app(target, "/sync-task", cycle_app)
    alone, full = crowd(app, "/sync-task"), crowd(app, "/sync-task", n=3, threads=2)
    facts = {
        "the caller": "waits" if alone.running else "answered meanwhile",
        "another def request": alone.pool,
        "another def request when the threads are taken": full.pool,
    }
    return Observation(facts, together(alone, full))


@app_experiment
def who_is_held_up(target: Any = None) -> Observation:
    """Who waits while an endpoint takes its time, on a server with a single worker thread; `target` is another one."""
    app = as_app(target, "/async-await", cycle_app)
    seen = crowd(app, "/async-await", threads=1)
    [response] = seen.responses
    facts: dict[str, Fact] = {
        "answer": f"{response.status_code} {response.text}",
        "another async request": "waits" if _blocks_at_any_sleep(app, "/async-await") else seen.loop,
        "another def request": seen.pool,
    }
    return Observation(facts, seen.timeline)


def _blocks_at_any_sleep(app: FastAPI, path: str) -> bool:
    """Whether the endpoint ever sleeps on the loop; a crowd stands still at its first sleep."""
    with gated(app) as (server, gate):
        gate.open()
        server.client.get(path)
        return gate.blocks_loop


@app_experiment
def course_of_a_request(target: Any = None) -> Observation:
    """What happens from a request to its answer, in which kind of thread, and when another request is answered."""
    app = as_app(target, "/sync-task", cycle_app)
    crowd(app, "/sync-task")  # raises if nobody sleeps there
    slow, other = new_trace_id(), new_trace_id()
    with ThreadPoolExecutor(2) as clients, gated(app) as (server, gate):
        clients.submit(server.client.get, "/sync-task", headers=traceparent(slow))
        until(lambda: gate.inside == 1, "The endpoint never came to its sleep.")
        clients.submit(server.client.get, "/nowhere", headers=traceparent(other))
        if not gate.blocks_loop:  # the trace, since a client may have its answer before that is noted
            server.trace.wait_until_ended([other], PATIENCE)
        gate.open()
        server.trace.wait_until_ended([slow, other], PATIENCE)
        spans, neighbour = server.trace.spans([slow]), server.trace.spans([other])
    moments = [*_moments(spans), (neighbour[0].events["response end"], "event loop: another request is answered")]
    return Observation({"order": [what for _, what in sorted(moments)]}, Timeline(spans + neighbour))


def _moments(spans: list[Span]) -> list[tuple[int, str]]:
    """What happened for a request, and when."""
    [request, endpoint] = (next(span for span in spans if span.kind == kind) for kind in ("request", "endpoint"))
    return [
        (request.start_time, "event loop: the request is received"),
        (endpoint.start_time, f"{endpoint.thread}: the endpoint begins"),
        (endpoint.end_time or 0, f"{endpoint.thread}: the endpoint returns"),
        (request.events["response end"], "event loop: the answer is sent"),
    ]


@app_experiment
def requests_in_waves(target: Any = None, requests: int = 5, threads: int = 2) -> Observation:
    """More requests at once than there are worker threads: in how many waves do their endpoints sleep?"""
    app = as_app(target, "/sync-task", cycle_app)
    first = crowd(app, "/sync-task", n=requests, threads=threads)
    trace_ids = [new_trace_id() for _ in range(requests)]
    with ThreadPoolExecutor(requests) as clients, gated(app) as (server, gate):
        server.threads = threads
        for trace_id in trace_ids:
            clients.submit(server.client.get, "/sync-task", headers=traceparent(trace_id))
        waves = list(_waves(gate, requests, first.running))
        spans = server.trace.wait_until_ended(trace_ids, PATIENCE)
    facts: dict[str, Fact] = {
        "requests": requests,
        "threads": threads,
        "waves": len(waves),
        "full waves": waves.count(threads),
        "thread": first.thread,
    }
    return Observation(facts, Timeline(spans))


def _waves(gate: Gate, requests: int, at_once: int) -> Iterator[int]:
    """The sizes of the waves: whoever sleeps together is let through together, and the next ones come."""
    through = 0
    while through < requests:
        expected = min(through + at_once, requests)
        until(
            partial(_have_come, gate, expected), f"After {through} of {requests} requests too few others could sleep."
        )
        wave, through = gate.calls - through, gate.calls
        gate.let_through()
        yield wave


def _have_come(gate: Gate, number: int) -> bool:
    return gate.calls >= number


@experiment
def answer_lines_up_again(target: Any = None) -> Observation:
    """A `def` endpoint returns while another request waits for its thread: does its answer need a thread as well?"""
    app = target or return_types_app()
    seen = {path: _answer_after_the_first_wave(app, path) for path in ("/typed", "/untyped")}
    facts: dict[str, Fact] = {
        "with a return type": seen["/typed"][0],
        "without a return type": seen["/untyped"][0],
    }
    return Observation(facts, Timeline([span for _, spans in seen.values() for span in spans]))


def _answer_after_the_first_wave(app: Any, path: str) -> tuple[str, list[Span]]:
    """Whether the first of two requests is answered while the second one has the only worker thread."""
    crowd(app, path)  # raises if nobody sleeps there
    with ThreadPoolExecutor(2) as clients, gated(app) as (server, gate):
        server.threads = 1
        first = clients.submit(server.client.get, path)
        until(lambda: gate.inside == 1, "The endpoint never came to its sleep.")
        clients.submit(server.client.get, path)
        until(lambda: gate.calls + server.waiting == 2, "The second request neither came nor waited.")
        gate.let_through()
        until(lambda: gate.calls == 2, "The second request never came to its sleep.")
        until(lambda: first.done() or server.waiting == 1, "The first answer was neither sent nor did it wait.")
        answer = "answered meanwhile" if first.done() else "waits"
        gate.open()
        spans = server.trace.spans()
    return answer, spans


@experiment
def shared_pool(target: Any = None) -> Observation:
    """A `def` background task holds the only worker thread: which endpoints wait for it?"""
    app = as_app(target, "/task", pool_app)
    seen = crowd(app, "/task", threads=1, others=("/def", "/async", "/with-dependency"))
    facts = {
        "def endpoint": seen.others["/def"],
        "async endpoint": seen.others["/async"],
        "async endpoint with def dependency": seen.others["/with-dependency"],
    }
    return Observation(facts, seen.timeline)


@experiment
def to_thread_has_its_own_pool(target: Any = None) -> Observation:
    """A `def` endpoint holds the only worker thread: which `async def` endpoints still need one?"""
    static = f"/static/{HERE.name}"
    app = as_app(target, "/sync-task", files_app)
    seen = crowd(app, "/sync-task", threads=1, others=("/file", static, "/stream", "/to-thread"))
    facts = {
        "FileResponse": seen.others["/file"],
        "StaticFiles": seen.others[static],
        "StreamingResponse of a def generator": seen.others["/stream"],
        "asyncio.to_thread": seen.others["/to-thread"],
    }
    return Observation(facts, seen.timeline)


@experiment
def async_task_blocks_loop(target: Any = None) -> Observation:
    """`time.sleep` on the loop, in an endpoint and in a background task, beside a task that awaits."""
    app = as_app(target, "/async-sleep", background_app)
    endpoint, task = crowd(app, "/async-sleep"), crowd(app, "/task-on-the-loop")
    threaded = crowd(app, "/task")
    facts = {
        "during an async endpoint that sleeps": endpoint.loop,
        "during an async task that sleeps": task.loop,
        "during a def task that sleeps": threaded.loop,
    }
    return Observation(facts, together(endpoint, task, threaded))


@experiment
def asgi_messages(target: Any = None) -> Observation:
    """The app called by hand, as ASGI defines it: what it sends, in which order, until it returns."""
    app, recorder = as_app(target, "/task", background_app), Recorder()
    happened: list[tuple[int, str]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        happened.append((time.monotonic_ns(), message["type"]))

    gate = Gate(recorder)
    gate.open()
    with replacing_sleeps(endpoints(app.routes), gate):
        _run_in_a_thread(_call(traced(app, recorder), receive, send))
    happened.append((time.monotonic_ns(), "the app returns"))
    happened += [(span.start_time, "background task") for span in recorder.spans() if span.kind == "background task"]
    return Observation({"order": [what for _, what in sorted(happened)]}, Timeline(recorder.spans()))


def _run_in_a_thread(coroutine: Coroutine[Any, Any, None]) -> None:
    """A notebook's own thread has a running loop already."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, coroutine).result()


async def _call(app: Any, receive: Any, send: Any) -> None:
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http"}
    address = {"path": "/task", "raw_path": b"/task", "query_string": b"", "root_path": "", "headers": []}
    await app({**scope, **address, "client": None, "server": None}, receive, send)


@experiment
def one_asyncio_task(target: Any = None) -> Observation:
    """Whether the endpoint and its background task run in one and the same asyncio task."""
    app = as_app(target, "/waiting-task", background_app)
    with gated(app) as (server, gate):
        gate.open()
        server.client.get("/waiting-task").raise_for_status()
        until(lambda: gate.calls == 2, "The endpoint and its background task must each await asyncio.sleep(...) once.")
        spans = server.trace.spans()
    same = len(gate.asyncio_tasks) == 1
    return Observation(
        {"endpoint and background task": "one asyncio task" if same else "two asyncio tasks"}, Timeline(spans)
    )
