"""Log lines for machines: one JSON object an event, with the id of the request it belongs to."""

import structlog
from asgi_correlation_id import correlation_id
from structlog.typing import EventDict, WrappedLogger


def set_up_logs() -> None:
    """Sends what `structlog.get_logger(name)` logs through `logging.getLogger(name)`, as JSON with sorted keys.

    The time is left to the handler (`%(asctime)s`): each record carries it already.
    """
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            add_request_id,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def add_request_id(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Adds `request_id`, which is null outside of a request."""
    return {"request_id": correlation_id.get(), **event}
