"""Answer first, notify afterwards: the shape often shown, the shape to ship, and two variations."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, status
from pydantic import BaseModel, EmailStr, Field

from demo_app.tasks import send_notification, send_notification_async

router = APIRouter(tags=["notifications"])


class Notification(BaseModel):
    message: Annotated[str, Field(min_length=1, max_length=500)]


class Newsletter(Notification):
    emails: Annotated[list[EmailStr], Field(min_length=1, max_length=20)]


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


@router.post("/notify-async/{email}", status_code=status.HTTP_202_ACCEPTED)
async def notify_async(email: EmailStr, notification: Notification, background_tasks: BackgroundTasks) -> Receipt:
    background_tasks.add_task(send_notification_async, email, notification.message)
    return Receipt(message="Notification accepted")


@router.post("/newsletter", status_code=status.HTTP_202_ACCEPTED)
async def newsletter(letter: Newsletter, background_tasks: BackgroundTasks) -> Receipt:
    for email in letter.emails:
        background_tasks.add_task(send_notification, email, letter.message)
    return Receipt(message=f"{len(letter.emails)} notifications accepted")
