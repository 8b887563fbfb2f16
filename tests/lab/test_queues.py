"""A queue to experiment on: its settings, its messages, and the picture made from its journal."""

from collections.abc import Iterator

import pytest

from demo_app.lab.broker import Broker
from demo_app.lab.errors import ExperimentFailed
from demo_app.lab.queues import Queue
from demo_app.lab.trace import ERROR, OUTCOME, Span


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    with Broker.embedded() as broker:
        yield broker


@pytest.fixture
def queue(broker: Broker) -> Iterator[Queue]:
    with Queue(broker) as queue:
        yield queue


def messages(queue: Queue) -> list[Span]:
    return [span for span in queue.timeline.spans if span.kind == "message"]


def runs(queue: Queue) -> list[Span]:
    return [span for span in queue.timeline.spans if span.kind == "celery task"]


def test_a_learners_settings_come_over_ours_one_by_one(broker: Broker) -> None:
    tried = {"task_acks_late": True, "broker_transport_options": {"visibility_timeout": 7}}
    with Queue(broker, over=tried, task_acks_late=False) as queue:
        assert queue.celery.conf.task_acks_late is True
        options = queue.celery.conf.broker_transport_options
        assert (options["visibility_timeout"], options["unacked_restore_interval"]) == (7, 1)


def test_messages_wait_until_a_worker_comes(queue: Queue) -> None:
    queue.send("quick")
    queue.send("quick")
    assert queue.left() == 2
    queue.worker()
    queue.until("done", 2)


def test_two_queues_of_one_broker_do_not_meet(queue: Queue, broker: Broker) -> None:
    with Queue(broker) as other:
        queue.send("quick")
        assert (queue.left(), other.left()) == (1, 0)


def test_what_does_not_come_is_told_in_a_sentence(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo_app.lab.queues.PATIENCE", 0.1)
    with pytest.raises(ExperimentFailed, match=r"did not come to 1 × “started” within 0\.1 s"):
        queue.until("started", 1)


def test_a_message_that_nobody_took_has_an_empty_lane(queue: Queue) -> None:
    queue.send("quick")
    assert [message.attributes[OUTCOME] for message in messages(queue)] == ["never begun"]
    assert queue.timeline.words == "1 message, 0 runs begun"


def test_a_run_ends_with_its_mark_or_its_exception(queue: Queue) -> None:
    for id, what, note in (("a", "done", ""), ("b", "raised", "KeyError")):  # noqa: A001
        queue.journal.write(id, "mail", "sent")
        queue.journal.write(id, "mail", "started")
        queue.journal.write(id, "mail", what, note)  # type: ignore[arg-type]
    assert [message.attributes[OUTCOME] for message in messages(queue)] == ["done", "KeyError"]
    assert [run.attributes for run in runs(queue)] == [{}, {ERROR: "KeyError"}]
    assert "2 messages, 2 runs begun" in queue.timeline.html()


def test_a_run_of_a_killed_process_is_marked(queue: Queue) -> None:
    queue.send("held")
    worker = queue.worker()
    queue.until("started", 1)
    worker.kill()
    queue.send("quick")
    [run] = runs(queue)
    assert (run.attributes, run.end_time) == ({ERROR: "cut off"}, worker.ended_at)
    assert [message.attributes[OUTCOME] for message in messages(queue)] == ["cut off", "never begun"]
