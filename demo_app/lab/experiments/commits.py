"""A task that needs a row, and the commit of that row."""

from collections.abc import Callable

from demo_app.lab.broker import Broker
from demo_app.lab.experiments import ExperimentFailed, Fact, Observation, worker_experiment
from demo_app.lab.experiments.targets.commits import Orders, Sends, commits_first, orders, sends_first
from demo_app.lab.queues import PATIENCE, Queue


@worker_experiment
def row_before_commit(
    target: Callable[[Orders, int, Sends], None] | None = None,
    database: str | None = None,
    broker: Broker | None = None,
) -> Observation:
    """A worker looks for the row of an order whose message was sent before the commit, and of one sent after it.

    `target` takes an order in the place of the first one. `database` is a URL of SQLAlchemy's; without it the rows are
    in an SQLite file.
    """
    with Queue(broker) as queue:
        url = database or f"sqlite:///{(queue.journal.folder / 'orders.db').as_posix()}"
        queue.worker(1)
        with orders(url) as table:
            facts: dict[str, Fact] = {
                "sent before the commit": _looked_for(queue, url, table, 1, target or sends_first),
                "sent after the commit": _looked_for(queue, url, table, 2, commits_first),
            }
        return Observation(facts, queue.timeline)


def _looked_for(queue: Queue, url: str, table: Orders, order: int, take: Callable[[Orders, int, Sends], None]) -> str:
    """Whether the worker finds the row: `take` gets a way to send that ends when the worker has looked."""
    found = list[bool]()
    take(table, order, lambda: found.append(queue.send("row_is_there", url, table.table, order).get(timeout=PATIENCE)))
    if not found:
        raise ExperimentFailed("The order was taken, and no message was sent for it: call the function that sends.")
    return "the row is there" if found[0] else "there is no row"
