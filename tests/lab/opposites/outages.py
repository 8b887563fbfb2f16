"""A broker that is away, with settings and code that take it as it should be taken, or that make it worse."""

from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from demo_app.lab.experiments.outages import SHORT
from demo_app.lab.experiments.targets.commits import commits_first
from demo_app.lab.experiments.targets.outages import ONCE, delaying_app, report_task, reports_app
from tests.lab.apps import last_route_first


def off_the_loop(url: str) -> FastAPI:
    """S32: the `async def` endpoint sends from a thread, and awaits that."""
    app, report = delaying_app(url), report_task(url, **ONCE)

    @app.post("/async-def")
    async def in_async_def() -> None:
        await run_in_threadpool(report.delay)

    return last_route_first(app)


def reports_by_delay() -> FastAPI:
    """The app's reports, sent by `.delay()` from a `def` endpoint."""
    from demo_app.worker import build_report

    app = reports_app()

    @app.post("/reports")
    def order_report() -> None:
        build_report.delay("2026-10")

    return last_route_first(app)


def reports_on_the_loop() -> FastAPI:
    """The same from an `async def` endpoint."""
    from demo_app.worker import build_report

    app = reports_app()

    @app.post("/reports")
    async def order_report() -> None:
        build_report.delay("2026-10")

    return last_route_first(app)


# All of them take seconds or a worker; most have Celery settings for a target.
OF_WORKERS: dict[str, Any] = {
    "C56": {"broker_transport_options": {"socket_timeout": SHORT, "socket_connect_timeout": SHORT}},
    "C57": {"task_acks_late": True, "worker_cancel_long_running_tasks_on_connection_loss": True},
    "C58": "worker_prefetch_multiplier",
    "C59": {"worker_enable_remote_control": False},
    "S31": {"task_ignore_result": True},
    "S32": off_the_loop,
    "S44": commits_first,
}
