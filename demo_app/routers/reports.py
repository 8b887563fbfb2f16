"""The monthly report: from a queue that can be asked about it, or from this process after the answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import structlog
from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, HTTPException, Request, Response, status
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy import delete
from sqlalchemy.orm import Mapped, mapped_column

from demo_app import tasks, worker
from demo_app.database import Base, create_tables, get_engine, session

log = structlog.get_logger(__name__)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    create_tables()
    yield
    get_engine().dispose()


router = APIRouter(tags=["reports"], lifespan=lifespan)


class AcceptedReport(Base):
    """A report that somebody was promised. Only by this row is its id known: Celery calls any id PENDING."""

    __tablename__ = "reports"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    month: Mapped[str]
    accepted_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))


class Order(BaseModel):
    month: Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$", examples=["2026-10"])]


class Progress(BaseModel):
    done: int
    total: int


class Result(BaseModel):
    month: str
    pages: int


class Report(BaseModel):
    id: UUID
    month: str
    state: Annotated[
        str,
        Field(
            description="PENDING: it waits for a worker, or its result has expired. STARTED, PROGRESS: a worker builds "
            "it. RETRY: it failed and will be tried again. SUCCESS, FAILURE, REVOKED: it has ended."
        ),
    ]
    progress: Annotated[Progress | None, Field(description="Pages, in the state PROGRESS.")] = None
    result: Annotated[Result | None, Field(description="In the state SUCCESS.")] = None
    error: Annotated[str | None, Field(description="What was raised, in the states FAILURE, RETRY and REVOKED.")] = None


class Receipt(BaseModel):
    message: str


def get_accepted(report_id: UUID) -> AcceptedReport:
    with session() as db:
        report = db.get(AcceptedReport, report_id)
    if report is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, f"There is no report {report_id}.")
    return report


KnownReport = Annotated[AcceptedReport, Depends(get_accepted)]


@router.post("/reports", status_code=status.HTTP_202_ACCEPTED)
async def order_report(order: Order, response: Response) -> Report:
    report = await _order(order.month)
    response.headers["Location"] = f"/reports/{report.id}"
    return Report(id=report.id, month=report.month, state="PENDING")


@router.get("/reports/{report_id}")
async def get_report(report: KnownReport) -> Report:
    found = await worker.read_state(str(report.id))
    return Report(id=report.id, month=report.month, state=found["status"], **_told(**found))


@router.post("/reports-in-process", status_code=status.HTTP_202_ACCEPTED)
async def build_report_in_process(order: Order, background_tasks: BackgroundTasks) -> Receipt:
    """The same work. There is no id, because there is nothing to ask: it is in no queue, and ends with this process."""
    background_tasks.add_task(tasks.build_report, order.month)
    return Receipt(message="Report accepted")


async def _order(month: str) -> AcceptedReport:
    """The row is committed first: a worker may be so fast that the client asks before we are back from the queue.

    A process that dies in between leaves a row without a message; nobody was told its id. After a deadline there may be
    a message without a row: the report is built once more than needed, which does no harm.
    """
    report = await asyncio.to_thread(_accept, month)
    try:
        await worker.publish(worker.build_report, month, id=str(report.id))
    except worker.QueueUnavailable:
        await asyncio.to_thread(_take_back, report)
        raise
    return report


def _accept(month: str) -> AcceptedReport:
    with session() as db:
        report = AcceptedReport(month=month)
        db.add(report)
    return report


def _take_back(report: AcceptedReport) -> None:
    with session() as db:
        db.execute(delete(AcceptedReport).where(AcceptedReport.id == report.id))


def _told(status: str, result: Any, **_: Any) -> dict[str, Any]:
    """What a state has to tell, which Celery keeps in one place for all of them."""
    match status:
        case "PROGRESS":
            return {"progress": result}
        case "SUCCESS":
            return {"result": result}
        case "FAILURE" | "RETRY" | "REVOKED":
            return {"error": f"{type(result).__name__}: {result}"}
    return {}


async def answer_queue_unavailable(request: Request, error: Exception) -> JSONResponse:
    log.error("queue unavailable", path=request.url.path, error=repr(error.__cause__ or error))
    return JSONResponse({"detail": str(error)}, status.HTTP_503_SERVICE_UNAVAILABLE, {"Retry-After": "10"})


def set_up(app: FastAPI) -> None:
    """What belongs to the whole app: its answer to a queue that is away."""
    app.add_exception_handler(worker.QueueUnavailable, answer_queue_unavailable)
