"""What the kill matrix shows on every broker."""

LOST, ONCE, AGAIN = "started once, done never", "started once, done once", "started twice, done once"
EXPECTED = {
    "BackgroundTasks, kill -9": LOST,
    "BackgroundTasks, TERM": ONCE,
    "BackgroundTasks, TERM, then KILL": LOST,
    "BackgroundTasks, broker restart": "does not arise",
    "BackgroundTasks, exception": LOST,
    "Celery, early ack, kill -9": LOST,
    "Celery, early ack, TERM": ONCE,
    "Celery, early ack, TERM, then KILL": LOST,
    "Celery, early ack, broker restart": ONCE,
    "Celery, early ack, exception": LOST,
    "Celery, late ack, kill -9": AGAIN,
    "Celery, late ack, TERM": ONCE,
    "Celery, late ack, TERM, then KILL": AGAIN,
    "Celery, late ack, broker restart": ONCE,
    "Celery, late ack, exception": LOST,
}
