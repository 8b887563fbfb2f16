"""A payment provider that fails when told, in place of one on the internet."""

from threading import Semaphore

from sqlalchemy import func, select
from sqlalchemy.orm import Mapped, mapped_column

from demo_app.database import Base, session


class ProviderDown(ConnectionError):
    """The provider was not reached: nothing was charged."""


class AnswerLost(TimeoutError):
    """The provider did charge; only its answer never arrived."""


class Charge(Base):
    __tablename__ = "charges"

    id: Mapped[int] = mapped_column(primary_key=True)
    order: Mapped[int]
    cents: Mapped[int]
    idempotency_key: Mapped[str | None] = mapped_column(unique=True)


_left = {"failures": Semaphore(0), "lost_answers": Semaphore(0)}


def misbehave(failures: int = 0, lost_answers: int = 0) -> None:
    """From now on that many calls fail, then that many charges lose their answer, then all goes well."""
    _left.update(failures=Semaphore(failures), lost_answers=Semaphore(lost_answers))


def charge(order: int, cents: int, key: str | None = None) -> int:
    """Charges `cents` for `order` and returns the charge's id; a key that is known charges nothing again.

    Raises `ProviderDown`, `AnswerLost`, or `ValueError` for a key that belongs to another charge.
    """
    _be_reached()
    charge_id = _book(order, cents, key)
    if _left["lost_answers"].acquire(blocking=False):
        raise AnswerLost(f"No answer about the charge for order {order}.")
    return charge_id


def paid(order: int) -> int:
    """The cents charged for `order` so far. Raises `ProviderDown`."""
    _be_reached()
    with session() as db:
        return db.scalar(select(func.sum(Charge.cents)).where(Charge.order == order)) or 0


def charges() -> list[Charge]:
    """All charges, oldest first; for looking at, so it never fails."""
    with session() as db:
        return list(db.scalars(select(Charge).order_by(Charge.id)))


def _be_reached() -> None:
    if _left["failures"].acquire(blocking=False):
        raise ProviderDown("The payment provider cannot be reached.")


def _book(order: int, cents: int, key: str | None) -> int:
    with session() as db:
        known = db.scalar(select(Charge).where(Charge.idempotency_key == key)) if key else None
        if known and (known.order, known.cents) != (order, cents):
            raise ValueError(f"The key {key!r} belongs to the charge for order {known.order}: use a new one.")
        booked = known or Charge(order=order, cents=cents, idempotency_key=key)
        db.add(booked)
        db.flush()
        return booked.id
