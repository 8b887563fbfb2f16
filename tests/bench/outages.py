"""How long orders wait while the broker is away, with the app's own settings, and who is answered meanwhile."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import httpx
from structlog.testing import capture_logs

from demo_app import worker
from demo_app.lab.broker import Broker
from demo_app.lab.experiments.targets.outages import SilentHost, borrowed
from demo_app.lab.probe import LOOP, POOL, Probed
from demo_app.lab.server import LiveServer
from demo_app.main import create_app
from demo_app.settings import QueueSettings
from tests.conftest import until

TRIALS = 5
CROWD = 60  # more than the 40 threads that all `def` endpoints share
ORDER = {"month": "2026-10"}


@dataclass
class Calls:
    """What the calls that publish came to: the seconds that each took, and how they ended."""

    begun: int = 0
    seconds: list[float] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)


def away() -> dict[str, str]:
    """An order while the broker was stopped, was never there, and never answers; then a crowd of orders at the last."""
    with _served() as (server, calls):
        return {
            ".delay() after a broker that was there is stopped": _warm(server, calls),
            ".delay() to a port that was closed from the start": _cold(server, calls),
            ".delay() to a host that accepts and never answers": _silent(server, calls),
            f"{CROWD} orders at once to such a host": _crowd(server, calls),
        }


@contextmanager
def _served() -> Iterator[tuple[LiveServer, Calls]]:
    """The app in this process, and what becomes of its calls to the queue."""
    app, calls = create_app("reports"), Calls()
    app.get("/borrowed")(borrowed)
    own = {name: value for name, value in os.environ.items() if not name.startswith("DEMO_")}
    timed = _timed(worker.build_report.apply_async, calls)
    with (
        patch.dict(os.environ, own, clear=True),
        patch.object(worker.build_report, "apply_async", timed),
        LiveServer(Probed(app)) as server,
        capture_logs(),
    ):
        yield server, calls
    worker.configure()


def _timed(publish: Callable[..., Any], calls: Calls) -> Callable[..., Any]:
    def timed(*args: Any, **options: Any) -> Any:
        calls.begun += 1
        begin, end = time.perf_counter(), "sent"
        try:
            return publish(*args, **options)
        except Exception as error:
            end = type(error).__name__
            raise
        finally:
            calls.seconds.append(time.perf_counter() - begin)
            calls.ends.append(end)

    return timed


def _use(url: str) -> None:
    os.environ["DEMO_BROKER_URL"] = url
    worker.configure()


def _warm(server: LiveServer, calls: Calls) -> str:
    answers = list[tuple[int, float]]()
    with Broker.embedded() as broker:
        _use(broker.url)
        for _ in range(TRIALS):
            broker.start()
            assert _order(server)[0] == 202
            broker.stop()
            answers.append(_order(server))
    return _worst(calls, answers)


def _cold(server: LiveServer, calls: Calls) -> str:
    host = SilentHost()
    host.close()
    answers = list[tuple[int, float]]()
    for _ in range(TRIALS):
        _use(f"redis://{host.address}/0")
        answers.append(_order(server))
    return _worst(calls, answers)


def _worst(calls: Calls, answers: list[tuple[int, float]]) -> str:
    """The slowest of the calls that failed, and of the answers to their orders; the calls are forgotten."""
    failed = [(seconds, end) for seconds, end in zip(calls.seconds, calls.ends, strict=True) if end != "sent"]
    assert len(failed) == len(answers) == TRIALS
    calls.seconds.clear()
    calls.ends.clear()
    [status], [name] = {status for status, _ in answers}, {end for _, end in failed}
    slowest = max(seconds for _, seconds in answers)
    return f"{name} after {max(failed)[0]:.2f} s, answered {status} after {slowest:.2f} s (worst of {TRIALS})"


def _silent(server: LiveServer, calls: Calls) -> str:
    with closing(SilentHost()) as host, ThreadPoolExecutor() as pool:
        _use(f"redis://{host.address}/0")
        order = pool.submit(_order, server)
        host.caller()
        beats = _beats(server, lambda: not order.done())
        status, seconds = order.result()
        until(lambda: len(calls.ends) == 1, "the call that was abandoned ends by itself")
    own = f"{calls.ends[0]} after {calls.seconds[0]:.1f} s"
    return f"{own}, answered {status} after {seconds:.2f} s; meanwhile {beats}"


def _beats(server: LiveServer, lasting: Callable[[], bool]) -> str:
    """Requests to the loop and to a worker thread in turn, for as long: how many, and how slow?"""
    seconds = list[float]()
    while lasting():
        for path in (LOOP, POOL):
            begin = time.perf_counter()
            server.client.get(path).raise_for_status()
            seconds.append(time.perf_counter() - begin)
    return f"{len(seconds)} other requests answered, the slowest after {max(seconds) * 1000:.0f} ms"


def _crowd(server: LiveServer, calls: Calls) -> str:
    with closing(SilentHost()) as host, ThreadPoolExecutor(CROWD) as pool:
        _use(f"redis://{host.address}/0")
        calls.begun = 0
        orders = list(pool.map(lambda _: _order(server), range(CROWD)))
        begin = time.perf_counter()
        server.client.get(POOL).raise_for_status()
        after = time.perf_counter() - begin
        tokens = server.client.get("/borrowed").json()
        ours = sum(thread.name.startswith("publisher") for thread in threading.enumerate())
    [status], slowest = {status for status, _ in orders}, max(seconds for _, seconds in orders)
    return (
        f"all answered {status} within {slowest:.2f} s; then a def endpoint within {after * 1000:.0f} ms, {tokens} of "
        f"its 40 threads taken; {calls.begun} calls hang, in {ours} threads of {QueueSettings().publishers}"
    )


def _order(server: LiveServer) -> tuple[int, float]:
    begin = time.perf_counter()
    answer: httpx.Response = server.client.post("/reports", json=ORDER)
    return answer.status_code, time.perf_counter() - begin
