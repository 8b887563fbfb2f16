"""Celery workers as a lesson has them: how soon there is a result, what a kill leaves, what a busy machine does."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable

import psutil

from demo_app.lab.broker import Broker
from demo_app.lab.claims import ledger
from demo_app.lab.experiments import needs_a_worker, run
from demo_app.lab.queues import Queue
from demo_app.settings import LESSON
from tests.bench.repeats import loaded
from tests.conftest import ROOT
from tests.lab.queues.matrix import EXPECTED
from tests.lab.test_worker import KERNEL, lives

_FIRST = """
import time
from demo_app.lab import LiveWorker
begin = time.perf_counter()
worker = LiveWorker().start()
ready = time.perf_counter()
from demo_app.worker import celery
celery.tasks["demo_app.worker.build_report"].delay("2026-10").get(timeout=60)
print(ready - begin, time.perf_counter() - ready)
worker.stop()
"""


def first_result(trials: int = 5) -> str:
    """Seconds from `LiveWorker().start()` to ready, and from there to the first report, in new interpreters."""
    environ = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    environ["DEMO_WORK_SECONDS"] = "0.004"
    command = [sys.executable, "-c", _FIRST]
    told = [subprocess.check_output(command, cwd=ROOT, env=environ, text=True).split() for _ in range(trials)]
    ready, result = (statistics.median(float(times[which]) for times in told) for which in (0, 1))
    return f"{ready:.2f} s until ready, {result:.2f} s more to the first result (medians of {trials})"


def kill_matrix(tasks: int = 20) -> dict[str, str]:
    """Cells of the kill matrix that are not as expected, on the brokers of our own and on a redis-server."""
    brokers: dict[str, Callable[[], Broker]] = {"Valkey": Broker.embedded, "pure Python": Broker.pure_python}
    if shutil.which("redis-server"):
        brokers["redis-server"] = lambda: Broker(command=["redis-server"])
    return {
        f"kill matrix, {tasks} tasks a cell, {name}": _deviations(tasks, broker) for name, broker in brokers.items()
    }


def _deviations(tasks: int, broker: Callable[[], Broker]) -> str:
    begin = time.perf_counter()
    facts = run("kill_matrix", tasks=tasks, broker=broker).facts
    other = {cell: fact for cell, fact in facts.items() if fact != EXPECTED[cell]}
    return f"{len(other)} of {len(facts)} cells other than expected {other or ''}in {time.perf_counter() - begin:.0f} s"


def redelivery(tasks: int = 10) -> str:
    """Seconds from a kill -9 to the second start of tasks that are acknowledged late, with a lesson's settings."""
    seconds = int(LESSON["DEMO_VISIBILITY_TIMEOUT"])
    options = {"visibility_timeout": seconds, "unacked_restore_interval": int(LESSON["DEMO_RESTORE_INTERVAL"])}
    with Broker.embedded() as broker, Queue(broker, broker_transport_options=options, task_acks_late=True) as queue:
        worker = queue.worker(tasks)
        for _ in range(tasks):
            queue.send("held")
        queue.until("started", tasks)
        worker.kill()
        killed = time.monotonic_ns()
        queue.journal.open()
        queue.worker(tasks)
        again = [(mark.at - killed) / 1e9 for mark in queue.until("started", 2 * tasks)[tasks:]]
    return f"{min(again):.1f} to {max(again):.1f} s with a visibility timeout of {seconds} s ({tasks} tasks)"


def orphans(trials: int = 20) -> str:
    """Processes left 8 s after a kernel with a busy worker was killed by -9, and how long the last of a trial lived."""
    left, longest = 0, 0.0
    for _ in range(trials):
        kernel = subprocess.Popen(
            [sys.executable, "-c", KERNEL], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        kernel.stdout.readline()  # type: ignore[union-attr]
        family = psutil.Process(kernel.pid).children(recursive=True)
        kernel.kill()
        begin = time.monotonic()
        while any(map(lives, family)) and time.monotonic() < begin + 8:
            time.sleep(0.02)
        longest = max(longest, time.monotonic() - begin)
        left += sum(map(lives, family))
        kernel.communicate()
    return f"{left} left in {trials} trials; the last one lived {longest:.1f} s"


def experiments(repeats: int = 10) -> str:
    """Wrong facts among all repeats of the claims that need a worker, and of the kill matrix, both cores loaded."""
    claims = [row for row in ledger().values() if row.experiment and needs_a_worker(row.experiment)]
    wrong = Counter[str]()
    with loaded(2):
        for _ in range(repeats):
            for row in claims:
                checked = row.check()
                if not checked.holds:
                    wrong[f"{row.id} {json.dumps(dict(checked.observation.facts))}"] += 1
            wrong.update(cell for cell, fact in run("kill_matrix").facts.items() if fact != EXPECTED[cell])
    return (
        f"{wrong.total()} wrong facts in {repeats} repeats of {len(claims)} claims and the matrix {dict(wrong) or ''}"
    )
