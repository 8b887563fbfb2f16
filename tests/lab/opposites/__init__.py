"""For each claim a target on which the opposite is true, so that its check is seen to fail. One module a lesson."""

from collections.abc import Callable
from typing import Any

from tests.lab.opposites import background, clients, cycle, faults, misuse, queues

OPPOSITES: dict[str, Callable[[], Any]] = {
    **cycle.OPPOSITES,
    **background.OPPOSITES,
    **clients.OPPOSITES,
    **misuse.OPPOSITES,
    **faults.OPPOSITES,
    **queues.OPPOSITES,
}
