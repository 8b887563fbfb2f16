"""A worker in a process of its own: ready when it says so, stopped, killed, and gone with whoever started it."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import psutil
import pytest

from demo_app.lab.broker import Broker
from demo_app.lab.errors import WorkerFailed, WorkerNotRunning
from demo_app.lab.messages import take_out
from demo_app.lab.queues import Queue
from demo_app.lab.worker import LiveWorker
from demo_app.lab.worker_process import restore
from tests.conftest import ROOT, until


@pytest.fixture(scope="module")
def queue() -> Iterator[Queue]:
    with Broker.embedded() as broker, Queue(broker) as queue:
        yield queue


def test_a_worker_that_is_ready_takes_a_task(queue: Queue) -> None:
    with queue.worker() as worker:
        assert repr(worker) == "<LiveWorker: ready>"
        assert queue.send("quick", 7).get(timeout=30) == 7
        assert queue.send("where").get(timeout=30) in worker.pool
        assert worker.wait_for("succeeded in")
        assert queue.ping(worker)
    assert repr(worker) == "<LiveWorker: stopped>"


def test_its_log_names_what_it_received_and_no_password(queue: Queue) -> None:
    with queue.worker() as worker:
        queue.send("quick").get(timeout=30)
        assert worker.wait_for("Task quick")
        password = urlsplit(queue.broker.url).password
        assert password
        assert not any(password in line for line in worker.logs)


def test_stop_lets_the_running_task_finish(queue: Queue) -> None:
    worker = queue.worker()
    sent = queue.send("held", None, "of-stop")
    until(lambda: queue.journal.count("started", sent.id) == 1, "the task started")
    worker.send(signal.SIGTERM)
    assert worker.wait_for("Warm shutdown")
    assert worker.running
    queue.journal.open("of-stop")
    assert worker.wait()
    assert queue.journal.count("done", sent.id) == 1


def test_kill_leaves_nothing_of_the_pool(queue: Queue) -> None:
    worker = queue.worker(2)
    processes = [psutil.Process(pid) for pid in (worker.pid, *worker.pool)]
    assert len(processes) == 3
    worker.kill()
    until(lambda: not any(map(lives, processes)), "all of them were gone")
    worker.kill()  # twice is fine


def test_a_killed_pool_process_is_replaced(queue: Queue) -> None:
    with queue.worker() as worker:
        [before] = worker.pool
        worker.kill_pool_process()
        until(lambda: worker.pool not in ([], [before]), "there was another one")
        assert queue.send("quick", 1).get(timeout=30) == 1


def test_a_worker_that_cannot_come_up_says_the_end_of_its_log(queue: Queue) -> None:
    with (
        pytest.raises(WorkerFailed, match=r"No module named 'demo_app\.nothing'"),
        LiveWorker("demo_app.nothing:celery", queue.broker),
    ):
        pass


def test_a_stopped_worker_has_no_process(queue: Queue) -> None:
    with pytest.raises(WorkerNotRunning, match=r"worker\.start\(\)"):
        LiveWorker("demo_app.lab.chores:celery", queue.broker).pid  # noqa: B018


def test_where_nothing_can_fork_the_pool_has_threads(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo_app.lab.worker.PREFORK", False)
    with queue.worker(2) as worker:
        assert worker.pool == []
        assert queue.send("where").get(timeout=30) == worker.pid


def test_a_thread_gives_back_what_a_killed_worker_had_where_celerys_loop_does_not(queue: Queue) -> None:
    options = {"visibility_timeout": 1, "unacked_restore_interval": 3600}
    with Queue(queue.broker, task_acks_late=True, broker_transport_options=options) as own:
        worker = own.worker()
        sent = own.send("held")
        own.until("started", 1)
        worker.kill()
        assert take_out(own) == []
        stopped = threading.Event()
        thread = threading.Thread(target=restore, args=(own.celery, stopped))
        thread.start()
        until(lambda: take_out(own) == [sent.id], "the message was in the queue again")
        stopped.set()
        thread.join()


FROM_A_NOTEBOOK = """
import sys
from demo_app.lab.worker import LiveWorker
first = LiveWorker().start()
second = LiveWorker().start()
assert not first.running and second.running and first.broker is second.broker
from demo_app.worker import celery
assert second.ping(timeout=10)
result = celery.tasks["demo_app.worker.build_report"].delay("2026-10").get(timeout=30)
assert result["month"] == "2026-10", result
second.kill()
second.start()
result = celery.tasks["demo_app.worker.build_report"].delay("2026-11").get(timeout=30)
assert result["month"] == "2026-11", result
print("fine")
"""


def test_a_cell_that_is_run_again_replaces_the_worker_and_keeps_the_broker() -> None:
    environ = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    done = subprocess.run(
        [sys.executable, "-c", FROM_A_NOTEBOOK], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=180
    )
    assert done.stdout.strip() == "fine", done.stderr


KERNEL = """
import sys
from demo_app.lab.queues import Queue
with Queue() as queue:
    worker = queue.worker(2)
    queue.send("held")
    queue.until("started", 1)
    print(worker.pid, *worker.pool, queue.journal.folder, flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is of Unix")
def test_nothing_is_left_when_the_kernel_is_killed_while_a_task_runs() -> None:
    kernel = subprocess.Popen(
        [sys.executable, "-c", KERNEL], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert kernel.stdin
    assert kernel.stdout
    with kernel.stdin, kernel.stdout:
        kernel.stdout.readline()
        family = [process for process in psutil.Process(kernel.pid).children(recursive=True) if lives(process)]
        assert len(family) >= 5  # the worker, its pool of two, the broker and its supervisor
        kernel.kill()
        kernel.wait()
        until(lambda: not any(map(lives, family)), "the worker, its pool and the broker were gone")


def lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
