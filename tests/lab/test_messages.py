"""What became of a message: read from the journal, the result backend and the broker."""

from collections.abc import Iterator

import pytest

from demo_app.lab.errors import ExperimentFailed
from demo_app.lab.messages import end, ends, runs, set_aside, state, take_out
from demo_app.lab.queues import Queue

# Celery 5.7 stores results by a command that redis-py 8 calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated setex:DeprecationWarning")


@pytest.fixture(scope="module")
def queue() -> Iterator[Queue]:
    """A queue without a worker."""
    with Queue() as queue:
        yield queue


@pytest.mark.parametrize(
    ("marks", "words"),
    [
        ([], "started never, done never"),
        (["started", "done"], "started once, done once"),
        (["started", "started", "done"], "started more than once, done once"),
        (["started", "done"] * 3, "started more than once, done more than once"),
    ],
)
def test_runs_are_counted_up_to_more_than_once(queue: Queue, marks: list[str], words: str) -> None:
    message = f"with {len(marks)} marks"
    for what in marks:
        queue.journal.write(message, "quick", what)  # type: ignore[arg-type]
    assert runs(queue, message) == words


def test_a_failure_has_the_name_of_its_exception(queue: Queue) -> None:
    queue.celery.backend.mark_as_failure("failed", ValueError("no"))
    queue.celery.backend.mark_as_done("returned", 1)
    assert (state(queue, "failed"), end(queue, "returned")) == ("FAILURE (ValueError)", "SUCCESS")
    assert state(queue, "unknown") == "PENDING"


def test_a_message_without_an_end_is_told(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo_app.lab.messages.PATIENCE", 0.1)
    with pytest.raises(ExperimentFailed, match="The message unknown came to no end"):
        end(queue, "unknown")


def test_messages_are_taken_out_in_their_order(queue: Queue) -> None:
    sent = [queue.send("quick").id for _ in range(3)]
    assert take_out(queue) == sent
    assert take_out(queue) == []
    assert queue.left() == 0


def test_what_somebody_has_fetched_is_set_aside_until_it_is_acknowledged(queue: Queue) -> None:
    queue.send("quick")
    with queue.celery.connection_for_read() as connection:
        bound = queue.celery.amqp.queues[queue.celery.conf.task_default_queue].bind(connection.default_channel)
        message = bound.get()
        assert (set_aside(queue), take_out(queue)) == (1, [])
        message.ack()
    assert set_aside(queue) == 0


def test_messages_that_stay_are_told(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo_app.lab.messages.PATIENCE", 0.1)
    queue.celery.backend.mark_as_done("stays", 1)
    queue.send("quick")
    with pytest.raises(ExperimentFailed, match="Messages stayed at the broker"):
        ends(queue, {"one": "stays"})
    take_out(queue)
    assert ends(queue, {"one": "stays"}) == {"one": "SUCCESS, started never, done never"}
