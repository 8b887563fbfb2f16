"""Keeps what a live server logs in that server's own ring, and off the notebook's page."""

import functools
import logging
from collections import deque
from contextvars import ContextVar

_LOGGERS = ("uvicorn", "asyncio", "demo_app")
_ring: ContextVar[deque[str] | None] = ContextVar("log_ring", default=None)


class _RingHandler(logging.Handler):
    """Appends to the ring of the server in whose thread or request the record was made."""

    def emit(self, record: logging.LogRecord) -> None:
        ring = _ring.get()
        if ring is not None:
            ring.append(self.format(record))


def collect_into(ring: deque[str]) -> None:
    """From here on, records of this thread's context, and of all it starts, go to `ring`."""
    _attach()
    _ring.set(ring)


@functools.cache
def _attach() -> None:
    handler = _RingHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.propagate = False  # the root logger would print into whichever cell happens to run
        logger.setLevel(logging.INFO)
