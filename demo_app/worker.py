"""The queue: `celery -A demo_app.worker worker` works it off, `celery -A demo_app.worker beat` adds the monthly report.

Only this module knows Celery. Its settings are in `demo_app.settings.QueueSettings`, each with its reason.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import local
from typing import Any, TypeVar

from celery import Celery, Task
from celery.schedules import crontab
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from demo_app import tasks
from demo_app.settings import QueueSettings

T = TypeVar("T")

# A RuntimeError is Celery's way to say that it gave up to reach the result backend (5.7).
_AWAY = (OperationalError, RedisError, RuntimeError, OSError)
# Named by the error of whoever publishes without a URL: Celery would take amqp://guest@localhost else.
_NOWHERE = "demo-broker-url-is-not-set://"

_settings = QueueSettings()
_publishers = ThreadPoolExecutor(_settings.publishers)  # starts no thread before it is needed


class QueueUnavailable(ConnectionError):
    """The queue was not reached in time, or none is configured."""


celery = Celery("demo_app")
celery.conf.update(
    timezone="UTC",
    broker_connection_retry_on_startup=True,  # a worker that starts before its broker waits for it
    task_track_started=True,  # else a task that runs reads PENDING, as if it still waited
    beat_schedule={
        "monthly report": {
            "task": "demo_app.worker.build_last_months_report",
            "schedule": crontab(minute=0, hour=3, day_of_month=1),
        }
    },
)


def configure() -> None:
    """Reads `QueueSettings` from the environment anew and lets go of every connection to the former broker.

    Raises `pydantic.ValidationError` for settings that cannot work; then the former ones stay.
    """
    global _settings, _publishers
    _settings, former = QueueSettings(), _publishers
    celery.conf.update(_options(_settings))
    _disconnect()
    _publishers = ThreadPoolExecutor(_settings.publishers, "publisher")
    former.shutdown(wait=False)


# Repeating these tasks does no harm, so a message is acknowledged when its task is done: a worker that dies in the
# middle of it leaves the message, and another one begins again. Not for a task whose work may not be done twice, nor
# for one that kills its process each time.
_REPEATABLE = {"acks_late": True, "reject_on_worker_lost": True}


@celery.task(bind=True, **_REPEATABLE)
def build_report(self: Task, month: str) -> dict[str, Any]:
    """The report of this month; while it is built, its state is PROGRESS."""
    return tasks.build_report(
        month, lambda done, total: self.update_state(state="PROGRESS", meta={"done": done, "total": total})
    )


@celery.task(**_REPEATABLE)
def build_last_months_report() -> dict[str, Any]:
    """What beat asks for on the first of a month; a beat that was off at that time asks once when it is back."""
    return tasks.build_report(month_before(datetime.now(UTC).date()))


# Only what may be better next time is tried again; an unknown mailbox stays unknown. The pauses (at most 1, 2, 4, 8 s)
# are shorter than the visibility timeout, after which Redis would hand the waiting message out twice.
@celery.task(autoretry_for=(ConnectionError, TimeoutError), retry_backoff=1, max_retries=4)
def send_notification(email: str, message: str) -> None:
    """The same notification as after an answer, but it survives the web process. Not repeatable: acknowledged early."""
    tasks.send_notification(email, message)


def month_before(day: date) -> str:
    """The month before the one of `day`, such as `2026-10`."""
    return f"{day.replace(day=1) - timedelta(days=1):%Y-%m}"


async def publish(task: Task, *args: Any, id: str) -> None:  # noqa: A002 - Celery's word
    """Puts a call of `task` into the queue, under this id.

    Raises `QueueUnavailable` if that has not happened within `publish_deadline`. A call that had not begun by then is
    never published; one that had begun may still be published later, so the task has to be repeatable.
    """

    def send() -> None:
        # Its result is let go in this thread: that unsubscribes from it, over the network.
        result = task.apply_async(args, task_id=id)
        result.backend.remove_pending_result(result)

    await _beside_the_loop(send)


async def read_state(id: str) -> dict[str, Any]:  # noqa: A002
    """What the result backend knows of the task with this id: its `status` and `result`. Raises `QueueUnavailable`.

    To Celery there is no unknown id: it is PENDING, as is one whose result has expired. A plain `def` endpoint could
    read `AsyncResult(id)` itself. But clients ask often, and as long as Redis does not answer, forty of them would hold
    the forty threads that all `def` endpoints share.
    """
    return await _beside_the_loop(lambda: celery.backend.get_task_meta(id))


async def _beside_the_loop(call: Callable[[], T]) -> T:
    """Runs `call` in a thread of our own few, and gives up after `publish_deadline`.

    A broker that is away blocks a call for seconds, and one that never answers for
    `(publish_retries + 2) * socket_timeout` (measured, Celery 5.7): never on the loop, nor in the threads that `def`
    endpoints share. A thread cannot be stopped, but there are no more than these; what waits for one is cancelled.
    """
    if not _settings.broker_url:
        raise QueueUnavailable("There is no queue: set DEMO_BROKER_URL, for example to redis://127.0.0.1:6379/0.")
    try:
        async with asyncio.timeout(_settings.publish_deadline):
            return await asyncio.get_running_loop().run_in_executor(_publishers, call)
    except _AWAY as error:
        raise QueueUnavailable("The queue cannot be reached at the moment.") from error


def _options(settings: QueueSettings) -> dict[str, Any]:
    """Celery's names for our settings."""
    retries = {"max_retries": settings.publish_retries, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.5}
    return {
        "broker_url": settings.broker_url or _NOWHERE,
        "result_backend": settings.results or None,
        "broker_connection_timeout": settings.connect_timeout,
        "broker_transport_options": retries | (_redis_options(settings) if settings.redis else {}),
        "result_backend_transport_options": {"retry_policy": retries},
        "redis_socket_timeout": settings.socket_timeout,
        "redis_socket_connect_timeout": settings.connect_timeout,
        "task_publish_retry_policy": retries,
        "task_soft_time_limit": settings.soft_time_limit,
        "task_time_limit": settings.time_limit,
        "result_expires": settings.result_expires,
        "worker_prefetch_multiplier": settings.prefetch_multiplier,
        "worker_soft_shutdown_timeout": settings.soft_shutdown_timeout,
    }


def _redis_options(settings: QueueSettings) -> dict[str, Any]:
    return {
        "visibility_timeout": settings.visibility_timeout,
        "unacked_restore_interval": settings.restore_interval,
        "unacked_restore_throttle": settings.restore_throttle,
        "socket_timeout": settings.socket_timeout,
        "socket_connect_timeout": settings.connect_timeout,
    }


def _disconnect() -> None:
    """Celery has a pool of connections, and a result backend for each thread, and no call that drops them (5.7)."""
    if celery._pool is not None:
        celery._pool.resize(celery._pool.limit, reset=True)  # closes them; kombu.pools.reset would those of other apps
    celery._pool, celery._local = None, local()
    vars(celery).pop("amqp", None)  # which keeps the producers


configure()
