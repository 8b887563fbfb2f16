"""For each claim a target on which the opposite is true, so that its check is seen to fail. One module a lesson."""

from collections.abc import Callable
from typing import Any

from tests.lab.opposites import background, clients, cycle, deliveries, faults, limits, misuse, outages, queues

OPPOSITES: dict[str, Callable[[], Any]] = {
    **cycle.OPPOSITES,
    **background.OPPOSITES,
    **clients.OPPOSITES,
    **misuse.OPPOSITES,
    **faults.OPPOSITES,
    **queues.OPPOSITES,
}

# Those of claims with a worker are judged in tests/lab/queues.
OF_WORKERS: dict[str, Any] = {
    **queues.OF_WORKERS,
    **deliveries.OF_WORKERS,
    **limits.OF_WORKERS,
    **outages.OF_WORKERS,
}
