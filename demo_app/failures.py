"""Tasks that fail are written down, so that somebody sees them and can run them again."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Literal, ParamSpec

import structlog
from asgi_correlation_id import correlation_id
from sqlalchemy import JSON, select, update
from sqlalchemy.orm import Mapped, mapped_column

from demo_app.database import Base, session
from demo_app.retries import is_async

P = ParamSpec("P")
Status = Literal["failed", "running", "done"]
log = structlog.get_logger(__name__)
_tasks: dict[str, Callable[..., Any]] = {}


class NoSuchFailedTask(LookupError):
    """No row has this id."""


class CannotReplay(RuntimeError):
    """The row is there, and cannot be run: taken, done, or no longer what the code knows."""


class FailedTask(Base):
    """A task that failed; `attempts` counts how often it was begun, `request_id` names the request that added it."""

    __tablename__ = "failed_tasks"

    id: Mapped[int] = mapped_column(primary_key=True)
    task: Mapped[str]
    arguments: Mapped[dict[str, Any] | str] = mapped_column(JSON)
    error: Mapped[str]
    request_id: Mapped[str | None] = mapped_column(default=correlation_id.get)
    failed_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))
    attempts: Mapped[int] = mapped_column(default=1)
    status: Mapped[Status] = mapped_column(default="failed")


def recorded(function: Callable[P, Any]) -> Callable[P, Any]:
    """Makes a task whose exception becomes a row of `failed_tasks` and a line in the log, and stays in.

    So the request's next task still runs. Goes outside of `retry`. A process that dies during the task leaves no row.
    Raises `ValueError` if another module has a task of this name: a replay could not tell them apart.
    """
    name = function.__name__
    if _tasks.setdefault(name, function).__module__ != function.__module__:
        raise ValueError(f"{_tasks[name].__module__} has a recorded task {name!r} already: give this one another name.")
    _tasks[name] = function  # the newer one, where a notebook defines it again

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            _record(name, args, kwargs, error)

    @wraps(function)
    async def call_async(*args: P.args, **kwargs: P.kwargs) -> Any:
        try:
            return await function(*args, **kwargs)
        except Exception as error:
            await asyncio.to_thread(_record, name, args, kwargs, error)

    return call_async if is_async(function) else call


def failed_tasks() -> list[FailedTask]:
    """All rows, oldest first, with those that were replayed."""
    with session() as db:
        return list(db.scalars(select(FailedTask).order_by(FailedTask.id)))


async def replay(failed_id: int) -> FailedTask:
    """Runs a failed task again and returns its row, now `done`, or `failed` with the new error.

    Raises `NoSuchFailedTask`, or `CannotReplay` when the row is taken, done, or unknown to this code.
    """
    row = await asyncio.to_thread(_claim, failed_id)
    function, args, kwargs = _call_of(row)
    try:
        await (function(*args, **kwargs) if is_async(function) else asyncio.to_thread(function, *args, **kwargs))
    except Exception as error:
        return await asyncio.to_thread(_mark, failed_id, status="failed", error=_text(error))
    return await asyncio.to_thread(_mark, failed_id, status="done")


def release_interrupted() -> int:
    """Makes rows that a killed process left `running` `failed` again, and returns how many; for the app's start.

    Right for one process per database: another's replay would look interrupted. What keeps the effect single with
    several, and after a kill between effect and mark in any case, is an idempotency key.
    """
    with session() as db:
        left = update(FailedTask).where(FailedTask.status == "running").values(status="failed")
        return len(db.scalars(left.returning(FailedTask.id)).all())


def _record(name: str, args: tuple[Any, ...], kwargs: dict[str, Any], error: Exception) -> None:
    row = FailedTask(task=name, arguments=_storable(args, kwargs), error=_text(error))
    with session() as db:
        db.add(row)
    log.error("task failed", task=name, error=row.error, failed_task=row.id)


def _storable(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any] | str:
    """The arguments, or their repr where JSON would lose or change them.

    The client has its answer by now, so refusing would lose the task: better a row to read than none to replay.
    """
    arguments = {"args": list(args), "kwargs": kwargs}
    try:
        kept = json.loads(json.dumps(arguments)) == arguments
    except (TypeError, ValueError):
        kept = False
    return arguments if kept else repr(arguments)


def _text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _claim(failed_id: int) -> FailedTask:
    with session() as db:
        row = db.get(FailedTask, failed_id)
        if row is None:
            raise NoSuchFailedTask(f"There is no failed task {failed_id}.")
        _call_of(row)
        # The condition is in the UPDATE: of two who come at once, one finds the row no longer failed.
        free = update(FailedTask).where(FailedTask.id == failed_id, FailedTask.status == "failed")
        claim = free.values(status="running", attempts=FailedTask.attempts + 1).returning(FailedTask.id)
        if db.scalar(claim) is None:
            db.refresh(row)
            raise CannotReplay(f"Failed task {failed_id} is {row.status}: only one that is failed can be replayed.")
        return row


def _call_of(row: FailedTask) -> tuple[Callable[..., Any], list[Any], dict[str, Any]]:
    if row.task not in _tasks:
        raise CannotReplay(f"Failed task {row.id}: there is no recorded task {row.task!r} any more; restore its name.")
    if isinstance(row.arguments, str):
        raise CannotReplay(f"Failed task {row.id}: its arguments were not JSON, so only their text is kept.")
    return _tasks[row.task], row.arguments["args"], row.arguments["kwargs"]


def _mark(failed_id: int, **values: Any) -> FailedTask:
    with session() as db:
        row = db.get_one(FailedTask, failed_id)
        for name, value in values.items():
            setattr(row, name, value)
        return row
