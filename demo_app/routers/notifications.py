"""Answer first, notify afterwards: the shape often shown, and the shape to ship."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, status
from pydantic import BaseModel, EmailStr, Field

from demo_app.tasks import send_notification

router = APIRouter(tags=["notifications"])


class Notification(BaseModel):
    message: Annotated[str, Field(min_length=1, max_length=500)]


class Receipt(BaseModel):
    message: str


@router.post("/notify-unchecked/{email}")
async def notify_unchecked(email: str, notification: Notification, background_tasks: BackgroundTasks) -> Receipt:
    background_tasks.add_task(send_notification, email, notification.message)
    return Receipt(message="Notification queued")


@router.post("/notify/{email}", status_code=status.HTTP_202_ACCEPTED)
async def notify(email: EmailStr, notification: Notification, background_tasks: BackgroundTasks) -> Receipt:
    background_tasks.add_task(send_notification, email, notification.message)
    return Receipt(message="Notification accepted")
