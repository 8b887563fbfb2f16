"""What is held up, what ends early and what a schedule sends: each claim holds, and is seen to fail on its opposite."""

import functools

import pytest

from demo_app.lab import experiments
from demo_app.lab.claims import Checked, claim, ledger
from demo_app.lab.errors import ExperimentFailed
from demo_app.lab.experiments import beat, deliveries, limits
from tests.lab.opposites.limits import OF_WORKERS
from tests.lab.queues import judged


@functools.cache
def opposite(key: str) -> Checked:
    """The claim on its opposite."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "ANSWER", 1)  # a worker without remote control lets us wait so long
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


# What the opposites show


def test_a_long_task_that_is_acknowledged_late_counts_as_fetched() -> None:
    assert list(opposite("S35").observation.facts.values()) == [3, 0, 0]


def test_what_is_acknowledged_late_is_given_back_by_every_shutdown() -> None:
    key = "QUIT, running longer, early ack"
    given_back = "STARTED, started once, done never, back in the queue"
    assert opposite("S36").observation.facts == {**ledger()["S36"].expect, key: given_back}


def test_a_worker_without_remote_control_revokes_nothing() -> None:
    assert set(opposite("S41").observation.facts.values()) == {"SUCCESS, started once, done once"}


def test_without_a_soft_limit_a_task_has_no_say() -> None:
    ended = "FAILURE (TimeLimitExceeded), started once, done never"
    assert list(opposite("S42").observation.facts.values()) == [*[ended] * 3, "SUCCESS, started once, done once"]


def test_messages_that_expire_do_not_pile_up() -> None:
    run = str(opposite("S43").observation.facts["messages run by a worker"])
    assert run.startswith("0 of ")
    assert int(run.removeprefix("0 of ")) >= beat.MESSAGES


# What goes wrong is told


def test_where_a_pool_has_threads_nothing_can_be_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "PREFORK", False)
    for name in ("shutdown", "revoke", "limits"):
        with pytest.raises(ExperimentFailed, match="nobody can end a thread: see this one on Linux or macOS"):
            experiments.run(name)


def test_a_schedule_that_beat_cannot_read_is_told() -> None:
    wrong = {"beat_schedule": {beat.ENTRY: {"task": "where", "schedule": "each second"}}}
    with pytest.raises(ExperimentFailed, match=r"Beat has ended\. Its log says: .* beat raised exception .*'str'"):
        experiments.run("beat", wrong)
