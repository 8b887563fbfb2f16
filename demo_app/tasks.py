"""The work itself: plain functions that know nothing of HTTP, so that any runner can run them."""

import logging

logger = logging.getLogger(__name__)


def send_notification(email: str, message: str) -> None:
    """Pretends to send `message` to `email` by logging it."""
    logger.info("Sending message to %s: %s", email, message)
