"""What comes again: each claim holds, and is seen to fail on its opposite."""

import functools

import pytest

from demo_app.lab import experiments
from demo_app.lab.claims import Checked, claim, ledger
from demo_app.lab.errors import ExperimentFailed
from demo_app.lab.experiments import deliveries
from tests.lab.opposites.deliveries import OF_WORKERS
from tests.lab.queues import judged


@functools.cache
def opposite(key: str) -> Checked:
    """The claim on its opposite."""
    return claim(key, target=OF_WORKERS[key])


@pytest.mark.parametrize("key", OF_WORKERS)
def test_a_claim_holds(key: str) -> None:
    judged.holds(key)


@pytest.mark.parametrize("key", OF_WORKERS)
def test_a_claim_is_seen_to_fail_on_its_opposite(key: str) -> None:
    judged.is_seen_to_fail(opposite(key))


@pytest.mark.parametrize("key", OF_WORKERS)
def test_an_observation_has_one_fixed_line_and_a_picture(key: str) -> None:
    judged.has_one_fixed_line_and_a_picture(key)


# What the opposites show: one fact each is another, and the others stay


@pytest.mark.parametrize(
    ("key", "fact", "otherwise"),
    [
        ("C53", "the quoted words", "in celery and billiard"),
        ("C54", "early ack", "started more than once, done more than once"),
        ("C55", "late ack", "SUCCESS, started more than once, done once"),
        ("S34", "countdown longer than the visibility timeout", "started once, done once"),
        ("S37", "retry_on_worker_lost", "FAILURE (WorkerLostError), started once, done never"),
    ],
)
def test_one_fact_is_otherwise(key: str, fact: str, otherwise: str) -> None:
    assert opposite(key).observation.facts == {**ledger()[key].expect, fact: otherwise}


def test_a_worker_that_acknowledges_all_late_loses_nothing() -> None:
    facts = opposite("S33").observation.facts
    assert facts["messages that the broker still has"] == 2
    assert facts["early ack"] == facts["late ack"] == "SUCCESS, started more than once, done once"


def test_where_a_pool_has_threads_no_process_can_be_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "PREFORK", False)
    for name in ("lost_worker_message", "kill_of_a_pool_process", "task_retry_on_worker_lost"):
        with pytest.raises(ExperimentFailed, match="nobody can end a thread: see this one on Linux or macOS"):
            experiments.run(name)
