"""The kill matrix: every cell as expected, on both brokers of our own, and otherwise where the settings are."""

import functools

import pytest

from demo_app.lab import experiments
from demo_app.lab.broker import Broker
from demo_app.lab.experiments import Observation
from tests.lab.queues.matrix import EXPECTED, LOST, ONCE

BROKERS = {"Valkey": Broker.embedded, "pure Python": Broker.pure_python}


@functools.cache
def matrix(kind: str) -> Observation:
    """Three tasks a cell, all cells; run once for the tests that only look."""
    return experiments.run("kill_matrix", broker=BROKERS[kind])


@pytest.mark.parametrize("kind", BROKERS)
def test_every_cell_is_as_expected(kind: str) -> None:
    assert matrix(kind).facts == EXPECTED


def test_the_picture_has_a_mark_a_task() -> None:
    page = matrix("Valkey")._repr_mimebundle_()["text/html"]
    assert page.count("✗✗✗") == 7
    assert page.count("●●●") == 5
    assert page.count("◐◐◐") == 2
    assert page.count("does not arise") == 1


def test_its_line_is_the_same_each_time() -> None:
    assert repr(matrix("Valkey")) == "<Observation: " + ", ".join(f"{k} = {v}" for k, v in EXPECTED.items()) + ">"


def test_a_late_ack_that_is_set_early_loses_what_was_killed() -> None:
    seen = experiments.run(
        "kill_matrix", {"task_acks_late": False}, runners=["Celery, late ack"], events=["kill -9"], tasks=1
    )
    assert seen.facts == {"Celery, late ack, kill -9": LOST}


def test_the_number_of_tasks_can_be_chosen() -> None:
    seen = experiments.run("kill_matrix", tasks=2, runners=["BackgroundTasks"], events=["TERM"])
    assert seen.facts == {"BackgroundTasks, TERM": ONCE}
    assert seen._repr_mimebundle_()["text/html"].count(">●●<") == 1
