"""One charge as three tasks: which of them tells, and which can be repeated?"""

from demo_app import provider
from demo_app.failures import recorded
from demo_app.retries import retry


def charge_order(order: int, cents: int) -> None:
    """When it fails, only the server's log knows."""
    provider.charge(order, cents)


@recorded
def charge_order_recorded(order: int, cents: int) -> None:
    """When it fails, there is a row to replay; if only the answer was lost, the replay charges twice."""
    provider.charge(order, cents)


@recorded
@retry(attempts=3)
def charge_order_once(order: int, cents: int, key: str) -> None:
    """May be repeated, here and by a replay: the provider charges once for a key."""
    provider.charge(order, cents, key)
