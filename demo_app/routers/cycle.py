"""One slow endpoint in four ways: who waits while it works?"""

import asyncio
import time

from fastapi import APIRouter
from pydantic import BaseModel

from demo_app.settings import get_settings

router = APIRouter(tags=["cycle"])


class TaskStatus(BaseModel):
    status: str


class Ping(BaseModel):
    answer: str


@router.get("/sync-task")
def sync_task() -> TaskStatus:
    time.sleep(get_settings().work_seconds)
    return TaskStatus(status="completed")


@router.get("/async-sleep")
async def async_sleep() -> TaskStatus:
    time.sleep(get_settings().work_seconds)
    return TaskStatus(status="completed")


@router.get("/async-await")
async def async_await() -> TaskStatus:
    await asyncio.sleep(get_settings().work_seconds)
    return TaskStatus(status="completed")


@router.get("/cpu")
def cpu(n: int = 3_000_000) -> TaskStatus:
    sum(i * i for i in range(n))
    return TaskStatus(status="completed")


@router.get("/ping")
async def ping() -> Ping:
    return Ping(answer="pong")
