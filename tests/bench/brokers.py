"""What becomes of messages when a client or the broker is killed."""

import random
import threading
from contextlib import suppress

from fakeredis import TcpFakeServer
from redis import ConnectionError as Gone

from demo_app.lab.broker import Broker
from demo_app.lab.pure_broker import PureServer
from tests.lab.test_broker import client, waiting
from tests.lab.test_pure_broker import PASSWORD, lost, serving

STOCK = 20  # trials of fakeredis's own handler, which shows that the count can be other than zero


def lost_to_dead_clients(trials: int = 200) -> str:
    """Messages lost that were pushed after a client was killed that waited for one, on the server in pure Python."""
    ours, stock = PureServer(0, PASSWORD), TcpFakeServer(("127.0.0.1", 0))
    stock.fake_server.config[b"requirepass"] = PASSWORD.encode()
    wait = ("BRPOP", "queue", "0")
    with serving(ours):
        lost_by_ours = lost(ours, ours.data, trials, *wait)
    with serving(stock):
        lost_by_stock = lost(stock, stock.fake_server, STOCK, *wait)
    return f"{lost_by_ours} of {trials} messages lost (by fakeredis's own handler: {lost_by_stock} of {STOCK})"


def lost_with_the_broker(trials: int = 20) -> str:
    """Acknowledged messages missing after a Valkey of ours was killed while they were pushed, and started again."""
    acknowledged = missing = 0
    with Broker.embedded() as broker:
        for trial in range(trials):
            pushed = _pushed_until_killed(broker, random.Random(trial).uniform(0.01, 0.3))
            kept = waiting(broker)
            acknowledged += len(pushed)
            missing += len(set(pushed) - set(kept))
            with client(broker.url) as redis:
                redis.delete("queue")
    return f"{missing} of {acknowledged} acknowledged messages missing after {trials} kills"


def _pushed_until_killed(broker: Broker, seconds: float) -> list[bytes]:
    pushed = list[bytes]()
    timer = threading.Timer(seconds, broker.kill)
    timer.start()
    with client(broker.url) as redis, suppress(Gone):
        while True:
            redis.lpush("queue", message := b"%d" % len(pushed))
            pushed.append(message)
    timer.join()
    broker.start()
    return pushed
