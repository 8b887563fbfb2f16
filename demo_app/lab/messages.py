"""What became of a message: where it is, how often its task was run, and how that ended."""

from collections.abc import Mapping

from demo_app.lab.gate import until
from demo_app.lab.queues import PATIENCE, Queue

_TIMES = {0: "never", 1: "once"}


def runs(queue: Queue, id: str) -> str:  # noqa: A002
    """How often the task of this message was started and done, such as `started more than once, done once`."""
    started, done = (_TIMES.get(queue.journal.count(what, id), "more than once") for what in ("started", "done"))
    return f"started {started}, done {done}"


def state(queue: Queue, id: str) -> str:  # noqa: A002
    """What the result backend says of it, such as `SUCCESS` or `FAILURE (WorkerLostError)`."""
    result = queue.celery.AsyncResult(id)
    state = str(result.state)
    return f"{state} ({type(result.result).__name__})" if state == "FAILURE" else state


def end(queue: Queue, id: str) -> str:  # noqa: A002
    """The same once it will not change any more. Raises `ExperimentFailed` if it does not come to that."""
    until(lambda: queue.celery.AsyncResult(id).ready(), f"The message {id} came to no end.", PATIENCE)
    return state(queue, id)


def ends(queue: Queue, messages: Mapping[str, str]) -> dict[str, str]:
    """How each of these messages ended and how often it was run, once nothing is left that could come again."""
    states = {what: end(queue, message) for what, message in messages.items()}
    until(lambda: queue.left() == 0, "Messages stayed at the broker.", PATIENCE)
    return {what: f"{states[what]}, {runs(queue, message)}" for what, message in messages.items()}


def set_aside(queue: Queue) -> int:
    """How many messages Redis keeps that a worker has fetched and not acknowledged; RabbitMQ does not tell."""
    with queue.celery.connection_for_write() as connection:
        channel = connection.default_channel
        return int(channel.client.hlen(channel.unacked_key)) if hasattr(channel, "unacked_key") else 0


def take_out(queue: Queue) -> list[str]:
    """Takes all messages out of the queue that no worker has, and returns their ids."""
    with queue.celery.connection_for_write() as connection:
        bound = queue.celery.amqp.queues[queue.celery.conf.task_default_queue].bind(connection.default_channel)
        return [message.headers["id"] for message in iter(lambda: bound.get(no_ack=True), None)]
