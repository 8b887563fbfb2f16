"""The experiments: each shows what the ledger expects, the opposite shows otherwise, and nothing is left changed."""

import asyncio
import functools
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException

from demo_app.lab import experiments
from demo_app.lab.errors import ExperimentFailed, UnknownExperiment
from demo_app.lab.experiments import Observation
from demo_app.lab.experiments.targets import cycle as targets
from demo_app.lab.experiments.targets.faults import often_shown_retry
from demo_app.lab.server import LiveServer
from demo_app.lab.timeline import Timeline
from demo_app.retries import retry
from demo_app.routers import cycle
from tests.conftest import PATIENCE
from tests.lab.opposites.background import added_by_hand, sends_first, side_by_side
from tests.lab.opposites.cycle import answers_without_a_thread, sleeps_on_the_loop, task_before_the_answer
from tests.lab.opposites.faults import asks_first, forgetful_app, keeps_it_in

# Experiments that a lesson uses for a prediction or a question, and no claim of the ledger.
FACTS = {
    "burst_sync": {"order": "all at once", "thread": "worker thread", "another request": "answered meanwhile"},
    "burst_async_sleep": {"order": "one at a time", "thread": "event loop", "another request": "waits"},
    "burst_await": {"order": "all at once", "thread": "event loop", "another request": "answered meanwhile"},
    "full_pool": {
        "running": 2,
        "waiting": 1,
        "another async request": "answered meanwhile",
        "another def request": "waits",
    },
    "async_sleep_blocks_loop": {"thread": "event loop", "ping": "waits"},
    "answer_before_the_task": {
        "client": "answered meanwhile",
        "task": "worker thread",
        "another request": "answered meanwhile",
    },
    "tasks_in_turn": {"client": "answered meanwhile", "tasks at once": 1, "task": "worker thread"},
    "who_is_held_up": {
        "answer": '200 {"status":"completed"}',
        "another async request": "answered meanwhile",
        "another def request": "answered meanwhile",
    },
    "course_of_a_request": {
        "order": [
            "event loop: the request is received",
            "worker thread: the endpoint begins",
            "event loop: another request is answered",
            "worker thread: the endpoint returns",
            "event loop: the answer is sent",
        ]
    },
    "requests_in_waves": {"requests": 5, "threads": 2, "waves": 3, "full waves": 2, "thread": "worker thread"},
    "answer_lines_up_again": {"with a return type": "waits", "without a return type": "answered meanwhile"},
    "tasks_until_one_fails": {
        "tasks": 3,
        "before the failing one": 1,
        "begun": 2,
        "begun behind the failing one": 0,
        "never begun": 1,
    },
    "course_of_a_newsletter": {
        "order": [
            "the endpoint returns",
            "the answer is sent",
            "task 1 begins",
            "task 1 ends",
            "task 2 begins",
            "task 2 ends",
            "the call of the app returns",
        ]
    },
    "work_after_the_answer": {
        "answer": "200 null",
        "the work begins": "after the answer",
        "its thread": "worker thread",
        "another request": "answered meanwhile",
    },
    "what_becomes_of_a_task": {
        "the endpoint returns a dict": "runs after the answer",
        "it returns a response of its own": "runs after the answer",
        "it returns a response with background=": "never runs",
        "it raises HTTPException": "never runs",
        "the task before it raises": "never runs",
        "brackets behind the task's name": "runs before the answer",
    },
    "who_notices_a_failing_task": {
        "its client": "answered 200",
        "the next task of the request": "never begins",
        "the next request on its connection": "cut off",
        "the server's log": "logged",
    },
    "course_of_a_failed_charge": {
        "attempts": 3,
        "order": [
            "the client is answered",
            "attempt 1 fails",
            "attempt 2 fails",
            "attempt 3 fails",
            "the row is written",
            "the next task begins",
        ],
    },
    "lost_answer_is_retried": {"charges without a key": 2, "charges with a key": 1},
    "failed_tasks_survive_a_kill": {
        "failed and recorded": 3,
        "found after the kill": 3,
        "orders charged after the replay": 3,
        "charged twice": 0,
    },
}
OTHERWISE: dict[str, Callable[[], Any]] = {
    "burst_sync": sleeps_on_the_loop,
    "full_pool": sleeps_on_the_loop,
    "answer_before_the_task": sends_first,
    "tasks_in_turn": side_by_side,
    "course_of_a_request": sleeps_on_the_loop,
    "requests_in_waves": sleeps_on_the_loop,
    "answer_lines_up_again": answers_without_a_thread,
    "tasks_until_one_fails": side_by_side,
    "course_of_a_newsletter": side_by_side,
    "work_after_the_answer": task_before_the_answer,
    "what_becomes_of_a_task": added_by_hand,
    "who_notices_a_failing_task": keeps_it_in,
    "course_of_a_failed_charge": lambda: often_shown_retry,
    "lost_answer_is_retried": asks_first,
    "failed_tasks_survive_a_kill": lambda: forgetful_app,
}
OF_LESSON_01 = {name for name, function in experiments._all().items() if function.__module__.endswith(".cycle")}


@pytest.fixture(autouse=True)
def names_are_given_back() -> Iterator[None]:
    """After each test, failed experiments included, every module that may have been touched is as it was."""
    modules = [vars(cycle), vars(targets), globals()]
    before = [dict(names) for names in modules]
    yield
    assert [dict(names) for names in modules] == before


def quick_app() -> FastAPI:
    """Every path of lesson 01, and nobody sleeps."""
    app = FastAPI()
    for path in ("/sync-task", "/async-sleep", "/async-await", "/task", "/task-on-the-loop"):
        app.get(path)(lambda: {"status": "completed"})
    return app


@functools.cache
def observed(name: str) -> Observation:
    """What an experiment shows on the course's own app; run once for the tests that only look."""
    return experiments.run(name)


@pytest.mark.parametrize("name", FACTS)
def test_a_prediction_has_its_facts(name: str) -> None:
    assert observed(name).facts == FACTS[name]


@pytest.mark.parametrize("name", FACTS)
def test_a_prediction_can_come_out_otherwise(name: str) -> None:
    def swapped() -> FastAPI:
        app = FastAPI()

        @app.get("/async-sleep")
        @app.get("/async-await")
        def in_a_thread() -> None:
            time.sleep(1)

        return app

    app = OTHERWISE.get(name, swapped)()
    assert experiments.run(name, app).facts != FACTS[name]


@pytest.mark.parametrize("name", [name for name in experiments.names() if not experiments.needs_a_worker(name)])
def test_an_observation_has_one_fixed_line_and_a_picture(name: str) -> None:
    seen = observed(name)
    assert repr(seen).startswith("<Observation: ")
    assert not any(mark in repr(seen) for mark in ("0x", "ms", "127.0.0.1"))
    assert "data:image/svg+xml" in seen._repr_mimebundle_()["text/html"]
    assert seen.timeline.requests


@pytest.mark.parametrize("name", sorted(OF_LESSON_01 - {"asgi_messages", "one_asyncio_task"}))
def test_an_endpoint_that_never_sleeps_fails_the_experiment(name: str) -> None:
    with pytest.raises(ExperimentFailed, match="without sleeping, so there was no slow work to look at"):
        experiments.run(name, quick_app())


def test_a_task_of_a_learner_is_a_target() -> None:
    async def mine() -> None:
        sleep(1)

    seen = experiments.run("answer_before_the_task", mine).facts
    assert seen == {"client": "answered meanwhile", "task": "event loop", "another request": "waits"}


@pytest.mark.parametrize("name", ["answer_before_the_task", "task_may_be_async"])
def test_a_quick_task_of_a_learner_fails_the_experiment(name: str) -> None:
    with pytest.raises(ExperimentFailed, match="without sleeping, so there was no slow work to look at"):
        experiments.run(name, lambda: None)


def test_a_task_that_never_sleeps_fails_the_experiment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo_app.lab.gate.PATIENCE", 0.1)
    app = FastAPI()
    app.get("/waiting-task")(lambda: None)
    with pytest.raises(ExperimentFailed, match=r"must each await asyncio\.sleep"):
        experiments.run("one_asyncio_task", app)


def test_one_function_of_a_learner_is_a_target() -> None:
    def mine() -> dict[str, str]:
        sleep(1)  # imported by its own name
        return {"status": "completed"}

    assert experiments.run("sync_task_leaves_loop_free", mine).facts["ping"] == "answered meanwhile"

    async def mine_on_the_loop() -> dict[str, str]:
        sleep(1)
        return {"status": "completed"}

    assert experiments.run("sync_task_leaves_loop_free", mine_on_the_loop).facts["ping"] == "waits"


@pytest.mark.parametrize(
    ("requests", "threads", "waves", "full"), [(2, 2, 1, 1), (6, 2, 3, 3), (7, 3, 3, 2), (3, 1, 3, 3), (100, 40, 3, 2)]
)
def test_waves_are_as_many_as_the_threads_need(requests: int, threads: int, waves: int, full: int) -> None:
    facts = experiments.run("requests_in_waves", requests=requests, threads=threads).facts
    assert (facts["waves"], facts["full waves"]) == (waves, full)


def test_without_a_thread_each_all_requests_are_one_wave() -> None:
    async def awaiting() -> None:
        await asyncio.sleep(1)

    assert experiments.run("requests_in_waves", awaiting).facts["waves"] == 1


def test_a_second_sleep_on_the_loop_holds_up_others_as_well() -> None:
    async def awaits_then_sleeps() -> None:
        await asyncio.sleep(1)
        time.sleep(1)

    assert experiments.run("who_is_held_up", awaits_then_sleeps).facts["another async request"] == "waits"


def test_work_that_nobody_begins_is_told_with_the_answer() -> None:
    def refuses() -> None:
        raise HTTPException(409)

    facts = experiments.run("work_after_the_answer", refuses).facts
    assert facts["answer"] == '409 {"detail":"Conflict"}'
    assert (facts["the work begins"], facts["its thread"]) == ("never", "none")


@pytest.mark.parametrize(("tasks", "failing"), [(1, 1), (4, 1), (4, 4), (9, 6)])
def test_tasks_begin_up_to_the_failing_one(tasks: int, failing: int) -> None:
    facts = experiments.run("tasks_until_one_fails", tasks=tasks, failing=failing).facts
    assert (facts["begun"], facts["never begun"]) == (failing, tasks - failing)


def test_the_apps_own_retry_has_the_course_of_the_small_one() -> None:
    assert experiments.run("course_of_a_failed_charge", retry(attempts=3)).facts == FACTS["course_of_a_failed_charge"]


def test_the_lessons_server_is_left_alone() -> None:
    server = LiveServer(targets.same_shape_app()).start()
    url = server.url
    experiments.run("full_pool")
    experiments.run("one_asyncio_task", targets.background_app())
    experiments.run("burst_sync", server.app)
    assert (server.url, server.threads) == (url, 40)
    assert server.client.get("/docs").status_code == 200
    assert LiveServer._of_the_notebook is server


def test_an_experiment_runs_while_a_loop_runs_in_the_same_thread() -> None:
    async def cell() -> list[Observation]:
        return [experiments.run("sync_task_leaves_loop_free"), experiments.run("asgi_messages")]

    ping, messages = asyncio.run(cell())
    assert ping.facts["ping"] == "answered meanwhile"
    assert "background task" in messages.facts["order"]  # type: ignore[operator]


def test_clicks_on_several_threads_run_one_after_the_other() -> None:
    inside, together = threading.Semaphore(1), list[bool]()

    @experiments.experiment
    def alone(target: object = None) -> Observation:
        together.append(not inside.acquire(blocking=False))
        threading.Event().wait(0.005)  # time for another one to come in
        inside.release()
        return Observation({}, Timeline([]))

    with ThreadPoolExecutor(4) as clicks:
        for click in [clicks.submit(alone) for _ in range(8)]:
            click.result(PATIENCE)
    assert together == [False] * 8


def test_experiments_run_on_other_threads() -> None:
    with ThreadPoolExecutor(3) as clicks:
        runs = [clicks.submit(experiments.run, name) for name in ("burst_sync", "burst_await", "full_pool")]
        facts = [run.result(PATIENCE).facts for run in runs]
    assert facts == [FACTS["burst_sync"], FACTS["burst_await"], FACTS["full_pool"]]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("burst_synk", "Did you mean 'burst_sync'?"), ("zzz", "There are: answer_before_the_task, ")],
)
def test_an_unknown_name_gets_a_hint(name: str, hint: str) -> None:
    with pytest.raises(UnknownExperiment, match=f"There is no experiment '{name}'") as caught:
        experiments.run(name)
    assert hint in str(caught.value)


def test_names_are_sorted_and_each_experiment_says_what_it_looks_at() -> None:
    assert experiments.names() == sorted(experiments.names())
    found: dict[str, Callable[..., Observation]] = experiments._all()
    assert all((function.__doc__ or "").rstrip().endswith((".", "?")) for function in found.values())


def test_the_small_app_has_the_shape_of_the_real_one() -> None:
    small = set(targets.same_shape_app().openapi()["paths"])
    assert small <= set(targets.cycle_app().openapi()["paths"])


def test_where_the_app_cannot_be_imported_the_small_one_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "demo_app.routers.cycle", None)
    assert set(targets.cycle_app().openapi()["paths"]) == set(targets.same_shape_app().openapi()["paths"])
    assert experiments.run("burst_sync").facts == FACTS["burst_sync"]
