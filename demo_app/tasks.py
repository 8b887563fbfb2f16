"""The work itself: plain functions that know nothing of HTTP, so that any runner can run them."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from demo_app.settings import get_settings

logger = logging.getLogger(__name__)
PAGES = 4  # of a report; each is a step that can be told


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


def build_report(month: str, tell: Callable[[int, int], None] = lambda done, total: None) -> dict[str, Any]:
    """Pretends to build the report of a month such as `2026-10`, and returns what is to be known of it, fit for JSON.

    Calls `tell(done, total)` after each page. Done again, it gives the same report: it may be repeated.
    """
    for page in range(1, PAGES + 1):
        time.sleep(get_settings().work_seconds / PAGES)
        tell(page, PAGES)
    logger.info("Report for %s: %d pages", month, PAGES)
    return {"month": month, "pages": PAGES}


def _deliver(email: str, message: str) -> None:
    # An address can be well-formed and still lead nowhere; here that is whoever is called nobody.
    if email.startswith("nobody@"):
        raise UnknownMailbox(f"there is no mailbox {email}")
    logger.info("Sending message to %s: %s", email, message)
