"""What can go wrong, during the answer and after it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any
from uuid import uuid4

import structlog
from asgi_correlation_id import CorrelationIdMiddleware, correlation_id
from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, Header, HTTPException, Path, Request, status
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, NonNegativeInt

from demo_app import failures, provider
from demo_app.database import create_tables, get_engine
from demo_app.logs import set_up_logs
from demo_app.payments import charge_order, charge_order_once, charge_order_recorded

log = structlog.get_logger(__name__)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    create_tables()
    failures.release_interrupted()
    yield
    get_engine().dispose()


router = APIRouter(tags=["faults"], lifespan=lifespan)


class Order(BaseModel):
    id: int
    item: str
    cents: int


class Invoice(BaseModel):
    vat_cents: int


class Payment(BaseModel):
    order: int
    paid_cents: int


class Receipt(BaseModel):
    message: str


class Outage(BaseModel):
    """How many calls of the provider fail, and how many charges after those lose their answer."""

    failures: NonNegativeInt = 0
    lost_answers: NonNegativeInt = 0


class Charge(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    order: int
    cents: int
    idempotency_key: str | None


class FailedTask(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    task: str
    arguments: dict[str, Any] | str
    error: str
    request_id: str | None
    failed_at: datetime
    attempts: int
    status: failures.Status


PRICES = {"mug": 1200, "shirt": 2500, "poster": 900, "lamp": 4900, "bag": 3100}
ORDERS = {number: Order(id=number, item=item, cents=PRICES[item]) for number, item in enumerate(PRICES, start=1)}
VAT_PERCENT = {"book": 7}  # and nobody thought of the other items


@router.get("/orders/{order_id}")
async def get_order(order_id: int) -> Order:
    if order_id not in ORDERS:
        raise HTTPException(status.HTTP_404_NOT_FOUND, f"There is no order {order_id}.")
    return ORDERS[order_id]


KnownOrder = Annotated[Order, Depends(get_order)]


@router.get("/orders/{order_id}/invoice")
async def get_invoice(order: KnownOrder) -> Invoice:
    return Invoice(vat_cents=order.cents * VAT_PERCENT[order.item] // 100)


@router.get("/orders/{order_id}/payment")
def get_payment(order: KnownOrder) -> Payment:
    return Payment(order=order.id, paid_cents=provider.paid(order.id))


@router.post("/charge-unrecorded/{order_id}")
async def charge_unrecorded(order: KnownOrder, background_tasks: BackgroundTasks) -> Receipt:
    background_tasks.add_task(charge_order, order.id, order.cents)
    return Receipt(message="Charge queued")


@router.post("/charge-recorded/{order_id}", status_code=status.HTTP_202_ACCEPTED)
async def charge_recorded(order: KnownOrder, background_tasks: BackgroundTasks) -> Receipt:
    background_tasks.add_task(charge_order_recorded, order.id, order.cents)
    return Receipt(message="Charge accepted")


# Sent by a client that may repeat its request; a new one otherwise, so that at least our own repeats are safe.
IdempotencyKey = Annotated[str, Header(min_length=1, max_length=255, default_factory=lambda: uuid4().hex)]


@router.post("/orders/{order_id}/charge", status_code=status.HTTP_202_ACCEPTED)
async def charge(order: KnownOrder, background_tasks: BackgroundTasks, idempotency_key: IdempotencyKey) -> Receipt:
    background_tasks.add_task(charge_order_once, order.id, order.cents, idempotency_key)
    return Receipt(message="Charge accepted")


@router.get("/charges", response_model=list[Charge])
def get_charges() -> Sequence[provider.Charge]:
    return provider.charges()


@router.put("/provider")
async def put_provider(outage: Outage) -> Outage:
    provider.misbehave(outage.failures, outage.lost_answers)
    return outage


@router.get("/failed-tasks", response_model=list[FailedTask])
def get_failed_tasks() -> Sequence[failures.FailedTask]:
    return failures.failed_tasks()


RowId = Annotated[int, Path(ge=1, lt=2**63)]  # what a database can look up


@router.post("/failed-tasks/{failed_id}/replay", response_model=FailedTask)
async def replay_failed_task(failed_id: RowId) -> failures.FailedTask:
    try:
        return await failures.replay(failed_id)
    except (failures.NoSuchFailedTask, failures.CannotReplay) as error:
        unknown = isinstance(error, failures.NoSuchFailedTask)
        raise HTTPException(404 if unknown else 409, str(error)) from error


async def answer_provider_down(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, status.HTTP_503_SERVICE_UNAVAILABLE, {"Retry-After": "30"})


async def answer_unexpected(request: Request, error: Exception) -> JSONResponse:
    """Puts the request's id into log and answer: this one is made outside of the middleware that adds it elsewhere."""
    log.error("unexpected error", path=request.url.path, error=repr(error.__cause__ or error))
    headers = {"X-Request-ID": correlation_id.get() or ""}
    return JSONResponse({"detail": "Internal Server Error"}, status.HTTP_500_INTERNAL_SERVER_ERROR, headers)


def set_up(app: FastAPI) -> None:
    """What belongs to the whole app: its log lines, the ids of its requests, its answers to exceptions."""
    set_up_logs()
    app.add_middleware(CorrelationIdMiddleware, validator=lambda value: len(value) <= 64 and value.isprintable())
    app.add_exception_handler(provider.ProviderDown, answer_provider_down)
    app.add_exception_handler(Exception, answer_unexpected)
