"""When, where and in which order background tasks run, and what is left of them: the experiments of lesson 02."""

import gc
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx

from demo_app.lab.crowd import Answer, Crowd, crowd
from demo_app.lab.experiments import Fact, Observation, app_experiment, experiment
from demo_app.lab.experiments.targets import as_app, with_task
from demo_app.lab.experiments.targets.background import (
    ADA,
    LETTER,
    NOBODY,
    large_app,
    list_of_tasks_app,
    methods_app,
    notifications_app,
    results_app,
    threads_app,
    three_tasks_app,
    ways_app,
)
from demo_app.lab.experiments.targets.cycle import background_app
from demo_app.lab.gate import PATIENCE, Gate, gated, until
from demo_app.lab.process import ServerProcess
from demo_app.lab.server import LiveServer
from demo_app.lab.timeline import Timeline, together
from demo_app.lab.trace import Span, current_trace, new_trace_id, traceparent
from demo_app.lab.visit import Visit, visit

NOTIFY, NOTIFY_ASYNC, NEWSLETTER = f"/notify/{ADA}", f"/notify-async/{ADA}", "/newsletter"


def _notify(target: Any, path: str, **options: Any) -> Crowd:
    """Requests that stand in the gate of their background task; `target` is an app, or the task itself."""
    app = with_task(target, path, notifications_app)
    return crowd(app, path, method="POST", **{"json": {"message": "Hello"}, **options})


@app_experiment
def answer_before_the_task(target: Any = None) -> Observation:
    """Whether the client has its answer while the task still works, and in which kind of thread that is."""
    seen = _notify(target, NOTIFY)
    return Observation({"client": seen.client, "task": seen.thread, "another request": seen.loop}, seen.timeline)


@app_experiment
def tasks_in_turn(target: Any = None) -> Observation:
    """Three tasks that one request adds: how many work at the same moment?"""
    seen = _notify(target, NEWSLETTER, json={**LETTER, "emails": [ADA, ADA, ADA]})
    facts: dict[str, Fact] = {"client": seen.client, "tasks at once": seen.peak, "task": seen.thread}
    return Observation(facts, seen.timeline)


@app_experiment
def failing_task_ends_the_list(target: Any = None) -> Observation:
    """The second of three tasks raises: which ran, what did the client get, and who is told?"""
    seen = visit(as_app(target, NEWSLETTER, notifications_app), NEWSLETTER, "POST", json=LETTER)
    facts: dict[str, Fact] = {
        "client": seen.response.status_code,
        "tasks begun": len(seen.tasks),
        "server log": seen.logged("Exception in ASGI application"),
    }
    return Observation(facts, seen.timeline)


@app_experiment
def tasks_until_one_fails(target: Any = None, tasks: int = 3, failing: int = 2) -> Observation:
    """One of several tasks raises, number `failing`: how many of them begin?"""
    emails = [NOBODY if number == failing else ADA for number in range(1, tasks + 1)]
    app = as_app(target, NEWSLETTER, notifications_app)
    seen = visit(app, NEWSLETTER, "POST", json={**LETTER, "emails": emails})
    facts: dict[str, Fact] = {
        "tasks": tasks,
        "before the failing one": failing - 1,
        "begun": len(seen.tasks),
        "begun behind the failing one": max(len(seen.tasks) - failing, 0),
        "never begun": tasks - len(seen.tasks),
    }
    return Observation(facts, seen.timeline)


@app_experiment
def course_of_a_newsletter(target: Any = None) -> Observation:
    """What happens, and in which order, from an endpoint that adds two tasks to the end of its request."""
    app = as_app(target, NEWSLETTER, notifications_app)
    seen = visit(app, NEWSLETTER, "POST", json={**LETTER, "emails": [ADA, ADA]})
    [request, endpoint] = (next(span for span in seen.spans if span.kind == kind) for kind in ("request", "endpoint"))
    moments = [
        (endpoint.end_time or 0, "the endpoint returns"),
        (request.events["response end"], "the answer is sent"),
        (request.end_time or 0, "the call of the app returns"),
    ]
    for number, task in enumerate((span for span in seen.spans if span.kind == "background task"), start=1):
        moments += [(task.start_time, f"task {number} begins"), (task.end_time or 0, f"task {number} ends")]
    return Observation({"order": [what for _, what in sorted(moments)]}, seen.timeline)


@experiment
def work_after_the_answer(target: Any = None) -> Observation:
    """When and where an endpoint's slow work is done, and whether others wait for it; `target` is another endpoint."""
    app, trace_id = as_app(target, "/task", background_app), new_trace_id()
    with ThreadPoolExecutor(2) as clients, gated(app) as (server, gate):
        answer = clients.submit(server.client.get, "/task", headers=traceparent(trace_id))
        until(lambda: gate.calls > 0 or _ended(server, trace_id), "The request neither came to a sleep nor to its end.")
        begins = _moment_of_the_work(server, gate, trace_id)
        if not gate.blocks_loop:
            clients.submit(server.client.get, "/nowhere").result(PATIENCE)
        gate.open()
        spans = server.trace.wait_until_ended([trace_id], PATIENCE)
        response = answer.result(PATIENCE)
    facts: dict[str, Fact] = {
        "answer": f"{response.status_code} {response.text}",
        "the work begins": begins,
        "its thread": gate.threads[0] if gate.threads else "none",
        "another request": "waits" if gate.blocks_loop else "answered meanwhile",
    }
    return Observation(facts, Timeline(spans))


def _request(server: LiveServer, trace_id: str) -> Span | None:
    return next((span for span in server.trace.spans([trace_id]) if span.kind == "request"), None)


def _ended(server: LiveServer, trace_id: str) -> bool:
    request = _request(server, trace_id)
    return request is not None and request.end_time is not None


def _moment_of_the_work(server: LiveServer, gate: Gate, trace_id: str) -> str:
    """Looked at while the work stands in the gate."""
    request = _request(server, trace_id)
    if not gate.calls or request is None:
        return "never"
    return "after the answer" if "response end" in request.events else "before the answer"


@experiment
def what_becomes_of_a_task(target: Any = None) -> Observation:
    """Several ways in which an endpoint adds a task and goes on: does it run, before the answer or after it?"""
    app, facts, visits = as_app(target, "/dict", ways_app), dict[str, Fact](), []
    for path, way in _WAYS.items():
        visits.append(visit(app, path))
        facts[way] = _what_became(app.state.ran.get(path), visits[-1])
    return Observation(facts, together(*visits))


_WAYS = {
    "/dict": "the endpoint returns a dict",
    "/response": "it returns a response of its own",
    "/own-background": "it returns a response with background=",
    "/raises": "it raises HTTPException",
    "/behind-a-failing-one": "the task before it raises",
    "/brackets": "brackets behind the task's name",
}


def _what_became(ran: int | None, seen: Visit) -> str:
    [request] = [span for span in seen.spans if span.kind == "request"]
    if ran is None:
        return "never runs"
    return "runs before the answer" if ran < request.events["response start"] else "runs after the answer"


@experiment
def one_channel(target: Any = None) -> Observation:
    """What is over first: the answer, the background task, or the request?"""
    seen = visit(as_app(target, "/task", background_app), "/task")
    return Observation({"order": _endings(seen)}, seen.timeline)


def _endings(seen: Visit) -> list[str]:
    [request] = [span for span in seen.spans if span.kind == "request"]
    ends = [(request.events["response end"], "the answer is sent"), (request.end_time or 0, "the request is over")]
    ends += [(span.end_time or 0, "the task ends") for span in seen.spans if span.kind == "background task"]
    return [what for _, what in sorted(ends)]


@experiment
def threads_of_the_business(target: Any = None) -> Observation:
    """In which kind of thread endpoints and dependencies run, by the word in front of their `def`."""
    app = as_app(target, "/def", threads_app)
    plain, coroutine = visit(app, "/def"), visit(app, "/async")
    facts = {
        "def endpoint": plain.thread("def_endpoint"),
        "its async def dependency": plain.thread("async_dependency"),
        "async def endpoint": coroutine.thread("async_endpoint"),
        "its def dependency": coroutine.thread("def_dependency"),
    }
    return Observation(facts, together(plain, coroutine))


@experiment
def tasks_are_a_list(target: Any = None) -> Observation:
    """In what the tasks of a request are kept, and whether one depends on another."""
    seen = visit(as_app(target, "/three-tasks", three_tasks_app), "/three-tasks")
    facts: dict[str, Fact] = {"kept as": seen.response.json()["kept as"], "begun, of three": seen.tasks}
    return Observation(facts, seen.timeline)


@experiment
def list_dies_with_its_process(target: Any = None) -> Observation:
    """A server is killed with three tasks on its list, and started again: which of them ever begin?"""
    factory = target or list_of_tasks_app
    with ServerProcess(factory) as server:
        server.client.get("/three-tasks").raise_for_status()
        before, spans = server.told(), server.spans()
        server.kill()
    with ServerProcess(factory) as again:
        again.client.get("/")
        again.kill()
        after = list(iter(again.told, None))
    facts: dict[str, Fact] = {"before the kill": before or "nothing", "after the restart": after or "nothing"}
    return Observation(facts, Timeline(spans))


@app_experiment
def threads_of_the_tasks(target: Any = None) -> Observation:
    """Where `def` and `async def` tasks run, how many of one request at once, and who waits for their threads."""
    app = as_app(target, NOTIFY, notifications_app)
    plain, coroutine = _notify(app, NOTIFY), _notify(app, NOTIFY_ASYNC)
    several, full = _notify(app, NEWSLETTER, json={**LETTER, "emails": [ADA, ADA]}), _notify(app, NOTIFY, threads=1)
    facts: dict[str, Fact] = {
        "def task": plain.thread,
        "async def task": coroutine.thread,
        "tasks of one request at once": several.peak,
        "def endpoint while tasks hold all threads": full.pool,
    }
    return Observation(facts, together(plain, coroutine, several, full))


@experiment
def no_queue_is_asked(target: Any = None) -> Observation:
    """What runs for each kind of request, and whether the server connects to anything for it."""
    app = as_app(target, "/with-task", methods_app)
    with _connections() as connections:
        visits = {
            f"{method} {path}": visit(app, path, method)
            for path in ("/with-task", "/without-task")
            for method in ("GET", "POST")
        }
    facts: dict[str, Fact] = {asked: _what_ran(seen) for asked, seen in visits.items()}
    facts["connections to anything"] = len(connections)
    return Observation(facts, together(*visits.values()))


def _what_ran(seen: Visit) -> list[str]:
    return [span.kind for span in seen.spans if span.kind in ("endpoint", "background task")]


@contextmanager
def _connections() -> Iterator[list[Any]]:
    """Collects the addresses to which traced requests connect within the block."""
    seen, connect = list[Any](), socket.socket.connect

    def noting(self: socket.socket, address: Any) -> None:
        if current_trace() is not None:
            seen.append(address)
        connect(self, address)

    socket.socket.connect = noting  # type: ignore[method-assign,assignment]
    try:
        yield seen
    finally:
        socket.socket.connect = connect  # type: ignore[method-assign]


@experiment
def result_is_thrown_away(target: Any = None) -> Observation:
    """What becomes of the value that a task returns."""
    app = as_app(target, "/report", results_app)
    seen = visit(app, "/report")
    gc.collect()
    kept = [result for result in app.state.seen if result() is not None]
    facts: dict[str, Fact] = {
        "add_task returns": seen.response.json()["add_task returns"],
        "results made": len(app.state.seen),
        "results kept": len(kept),
    }
    return Observation(facts, seen.timeline)


@app_experiment
def notification_is_queued(target: Any = None) -> Observation:
    """What the often shown notification endpoint answers, when its task runs, and what it takes for an address."""
    app = as_app(target, f"/notify-unchecked/{ADA}", notifications_app)
    seen = crowd(app, f"/notify-unchecked/{ADA}", method="POST", json={"message": "Hello"})
    no_address = visit(app, "/notify-unchecked/not-an-address", "POST", json={"message": "Hello"})
    facts: dict[str, Fact] = {
        "status": seen.responses[0].status_code,
        "body": seen.responses[0].json().get("message", "none"),
        "client": seen.client,
        "what is no address": no_address.response.status_code,
    }
    return Observation(facts, seen.timeline)


@app_experiment
def task_may_be_async(target: Any = None) -> Observation:
    """An `async def` function as a task: does it run, where, and is the loop free while it waits?"""
    seen = _notify(target, NOTIFY_ASYNC)
    return Observation({"async def task": seen.thread, "another request": seen.loop}, seen.timeline)


@app_experiment
def answer_is_at_once(target: Any = None) -> Observation:
    """When the client has its answer and with which status; and once with an answer too large for one go."""
    app = as_app(target, NOTIFY, notifications_app)
    asked, unasked = _notify(app, NOTIFY), _notify(app, f"/notify-unchecked/{ADA}")
    facts: dict[str, Fact] = {
        "client": asked.client,
        "status": unasked.responses[0].status_code,
        "with status_code=202": asked.responses[0].status_code,
        "64 MB, and a task that blocks the loop": _large_answer(),
    }
    return Observation(facts, together(asked, unasked))


def _large_answer() -> Answer:
    """Whether a client can have the whole of a large answer while the task after it blocks the loop."""
    with gated(large_app()) as (server, gate), server.client.stream("GET", "/large") as response:
        reader = _Reader(response)
        reader.until_nothing_comes()
        complete = not reader.is_alive()
        gate.open()
        reader.join(PATIENCE)
    return "answered meanwhile" if complete else "waits"


class _Reader(threading.Thread):
    """Reads an answer to its end, and notes when the newest part came."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(daemon=True)
        self._response, self._newest = response, time.monotonic()
        self.start()

    def run(self) -> None:
        for _ in self._response.iter_raw():
            self._newest = time.monotonic()

    def until_nothing_comes(self) -> None:
        """Returns at the end of the answer, or when half a second has brought nothing."""
        while self.is_alive() and time.monotonic() < self._newest + 0.5:
            time.sleep(0.01)
