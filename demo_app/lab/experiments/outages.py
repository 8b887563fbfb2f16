"""A broker that is away, is silent or comes back, and how to see whether a worker is well."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import psutil
from fastapi import FastAPI

from demo_app.lab.broker import Broker
from demo_app.lab.errors import WorkerFailed
from demo_app.lab.experiments import ExperimentFailed, Fact, Observation, worker_experiment
from demo_app.lab.experiments.targets.outages import (
    ONCE,
    Orders,
    Sends,
    SilentHost,
    commits_first,
    delaying_app,
    let_go,
    orders,
    report_task,
    reports_app,
    sends_first,
    still_waits,
)
from demo_app.lab.gate import until
from demo_app.lab.probe import LOOP, Probed
from demo_app.lab.process import ServerProcess
from demo_app.lab.queues import PATIENCE, Queue
from demo_app.lab.server import LiveServer
from demo_app.lab.timeline import Timeline
from demo_app.lab.trace import OUTCOME, Span, ThreadKind, current_trace, new_trace_id, traceparent
from demo_app.lab.worker import LiveWorker

if TYPE_CHECKING:
    from celery import Task

SHORT, LONG = 0.2, 1.0  # seconds: whoever gives up after SHORT is long gone when another gives up after LONG
WAITING = 3  # messages that wait while their broker is restarted
DEADLINE = 1  # seconds that a request to the app's own reports waits for the queue
ANSWER = 60  # seconds that a worker may take to answer on a busy machine
BACK = 60  # seconds that it may take to find its broker again
MUTE = 1  # seconds in which one that cannot answer does not
LOST = "Connection to broker lost"
NONSENSE = "no number at all"
_MARKED = "http11.send_request_body.complete"  # httpx's word for a request that is on its way


@worker_experiment
def broker_connection_timeout(target: Mapping[str, Any] | None = None) -> Observation:
    """Three calls to a host that accepts and never answers, each with a time limit: which of them give up?

    `target` are Celery settings in the place of `broker_connection_timeout` for Redis.
    """
    with ThreadPoolExecutor() as pool, closing(SilentHost()) as host:
        redis, amqp = f"redis://{host.address}/0", f"amqp://{host.address}//"
        tried = report_task(redis, **{**ONCE, **(target or {"broker_connection_timeout": SHORT})})
        first = pool.submit(_publish, "redis, connection", tried)
        host.caller(first)  # its time runs
        bounded = {"socket_timeout": LONG, "socket_connect_timeout": LONG}
        sockets = pool.submit(_publish, "redis, socket", report_task(redis, broker_transport_options=bounded, **ONCE))
        other = pool.submit(_publish, "amqp, connection", report_task(amqp, broker_connection_timeout=LONG, **ONCE))
        wait([sockets, other])
        facts: dict[str, Fact] = {
            "redis://, broker_connection_timeout": _ended(first) or "still waits when the others have given up",
            "redis://, socket_timeout": f"gives up: {_ended(sockets)}",
            "amqp://, broker_connection_timeout": f"gives up: {_ended(other)}",
        }
        host.close()
        return Observation(facts, Timeline([call.result() for call in (first, sockets, other)]))


def _publish(name: str, task: "Task") -> Span:
    """Publishes a message; the span of that, with what became of it."""
    span = Span(name, "message", uuid4().hex, "worker thread", time.monotonic_ns())
    try:
        let_go(task.delay())
        span.attributes[OUTCOME] = "sent"
    except Exception as error:
        span.attributes[OUTCOME] = type(error).__name__
    span.end_time = time.monotonic_ns()
    return span


def _ended(call: Future[Span]) -> str | None:
    """What became of the call; None while it still tries."""
    return str(call.result().attributes[OUTCOME]) if call.done() else None


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
        meanwhile = _ended(first)
        broker.start()
        facts: dict[str, Fact] = {
            "Celery's defaults": meanwhile or "still tries when the others have given up",
            "Celery's defaults, once the broker is back": str(first.result().attributes[OUTCOME]),
            "few repeats, connected before": str(connected.attributes[OUTCOME]),
            "few repeats, never connected": str(never.attributes[OUTCOME]),
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


@worker_experiment
def broker_restarts(target: Mapping[str, Any] | None = None) -> Observation:
    """The broker is killed and started again while a task runs and messages wait: what is left of them?"""
    with Broker.embedded() as broker, Queue(broker, over=target) as queue:
        worker = queue.worker(1, "--disable-prefetch")
        running = queue.send("held").id
        queue.until("started", 1)
        waiting = [queue.send("quick").id for _ in range(WAITING)]
        broker.kill()
        broker.start()
        found = _pong(queue, worker, BACK) == "pong"
        queue.journal.open()
        last = queue.send("quick")
        let_go(last)
        _until_over(queue, worker, last.id)
        done = [mark.id for mark in queue.journal.marks("done")]
        facts: dict[str, Fact] = {
            "the worker": f"{'finds' if found else 'does not find'} the broker again",
            "its log": f"{LOST}: {'logged' if _says(worker, LOST) else 'not logged'}",
            "the running task": "done" if running in done else "cut off",
            "waiting messages, broker with a file": f"{len(set(waiting) & set(done))} of {WAITING} done",
            "waiting messages, broker in memory": f"{_left_in_memory()} of {WAITING} left",
        }
        return Observation(facts, queue.timeline)


def _says(worker: LiveWorker, words: str) -> bool:
    return any(words in line for line in worker.logs)


def _until_over(queue: Queue, worker: LiveWorker, id: str) -> None:  # noqa: A002
    """Returns when this message is done, or nobody is left to do it."""
    until(
        lambda: queue.journal.count("done", id) == 1 or not worker.running,
        "The worker neither works nor ends.",
        PATIENCE,
    )


def _left_in_memory() -> int:
    with Broker.pure_python() as broker, Queue(broker) as queue:
        for _ in range(WAITING):
            queue.send("quick")
        if (sent := queue.left()) != WAITING:
            raise ExperimentFailed(f"{sent} messages instead of {WAITING} waited at the broker.")
        broker.kill()
        broker.start()
        return queue.left()


@worker_experiment
def unknown_setting(target: str | None = None, broker: Broker | None = None) -> Observation:
    """A setting of which Celery knows nothing: where is its name, and who minds a value that cannot be?

    `target` is the name of another setting.
    """
    from celery.app.defaults import DEFAULTS

    name = target or "worker_ping_interval"
    with Queue(broker, over={name: NONSENSE}) as queue:
        facts: dict[str, Fact] = {
            "in Celery's list of settings": "yes" if name in DEFAULTS else "no",
            "named in the code of Celery": "yes" if _is_named(name, "celery", "kombu", "billiard") else "nowhere",
            f"a worker for which it is “{NONSENSE}”": _works(queue, name),
        }
        return Observation(facts, queue.timeline)


def _works(queue: Queue, setting: str) -> str:
    try:
        worker = queue.worker()
    except WorkerFailed:
        return "does not come up"
    queue.send("quick").get(timeout=PATIENCE)
    return f"works, and {'complains' if _says(worker, setting) else 'says nothing'}"


def _is_named(name: str, *packages: str) -> bool:
    """Whether the name stands in a source file of these packages."""
    folders = [folder for package in packages for folder in import_module(package).__path__]
    return any(name.encode() in file.read_bytes() for folder in folders for file in Path(folder).rglob("*.py"))


@worker_experiment
def health_by_ping(target: Mapping[str, Any] | None = None, broker: Broker | None = None) -> Observation:
    """A worker is asked whether it is well: while it is idle, busy, frozen (SIGSTOP), and stopped."""
    with Queue(broker, over=target) as queue:
        worker = queue.worker(1)
        facts: dict[str, Fact] = {"idle": _pong(queue, worker, ANSWER)}
        queue.send("held")
        queue.until("started", 1)
        facts["busy, and no process is free"] = _pong(queue, worker, ANSWER)
        process = psutil.Process(worker.pid)
        process.suspend()
        facts["frozen"] = _pong(queue, worker, MUTE)
        process.resume()
        facts["going on again"] = _pong(queue, worker, ANSWER)
        queue.journal.open()
        worker.stop()
        facts["stopped"] = _pong(queue, worker, MUTE)
        return Observation(facts, queue.timeline)


def _pong(queue: Queue, worker: LiveWorker, patience: float) -> str:
    """Whether a pong comes, asked again and again, and more patiently each time.

    A question is lost on a worker without a connection, and Celery takes a late answer for the one to a later question
    (5.7).
    """
    give_up, turns = time.monotonic() + patience, count()
    while (rest := give_up - time.monotonic()) > 0:
        if queue.ping(worker, min(rest, 2 ** next(turns))):
            return "pong"
    return "no answer"


@worker_experiment
def row_before_commit(
    target: Callable[[Orders, int, Sends], None] | None = None,
    database: str | None = None,
    broker: Broker | None = None,
) -> Observation:
    """A worker looks for the row of an order whose message was sent before the commit, and of one sent after it.

    `target` takes an order in the place of the first one. `database` is a URL of SQLAlchemy's; without it the rows are
    in an SQLite file.
    """
    with Queue(broker) as queue:
        url = database or f"sqlite:///{(queue.journal.folder / 'orders.db').as_posix()}"
        queue.worker(1)
        with orders(url) as table:
            facts: dict[str, Fact] = {
                "sent before the commit": _looked_for(queue, url, table, 1, target or sends_first),
                "sent after the commit": _looked_for(queue, url, table, 2, commits_first),
            }
        return Observation(facts, queue.timeline)


def _looked_for(queue: Queue, url: str, table: Orders, order: int, take: Callable[[Orders, int, Sends], None]) -> str:
    """Whether the worker finds the row: `take` gets a way to send that ends when the worker has looked."""
    found = list[bool]()
    take(table, order, lambda: found.append(queue.send("row_is_there", url, table.table, order).get(timeout=PATIENCE)))
    if not found:
        raise ExperimentFailed("The order was taken, and no message was sent for it: call the function that sends.")
    return "the row is there" if found[0] else "there is no row"
