"""The work itself: plain functions that know nothing of HTTP, so that any runner can run them."""

import asyncio
import logging
import time

from demo_app.settings import get_settings

logger = logging.getLogger(__name__)


class UnknownMailbox(LookupError):
    """Raised for a well-formed address at which nobody has a mailbox."""


def send_notification(email: str, message: str) -> None:
    """Pretends to send `message` to `email`: takes its time, then logs it. Raises `UnknownMailbox`."""
    time.sleep(get_settings().work_seconds)
    _deliver(email, message)


async def send_notification_async(email: str, message: str) -> None:
    """The same for a library that can be awaited."""
    await asyncio.sleep(get_settings().work_seconds)
    _deliver(email, message)


def _deliver(email: str, message: str) -> None:
    # An address can be well-formed and still lead nowhere; here that is whoever is called nobody.
    if email.startswith("nobody@"):
        raise UnknownMailbox(f"there is no mailbox {email}")
    logger.info("Sending message to %s: %s", email, message)
