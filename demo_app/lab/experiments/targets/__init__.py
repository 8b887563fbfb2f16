"""Small apps of the same shape as `demo_app`, for what an experiment needs and the app has no use for.

They run on every FastAPI since 0.95, which the app itself does not. One module a lesson.
"""

from collections.abc import Callable
from typing import Any

from fastapi import BackgroundTasks, FastAPI


def own_app(topic: str, otherwise: Callable[[], FastAPI]) -> FastAPI:
    """The course's own app with this topic, or the same shapes where its dependencies are not installed."""
    try:
        from demo_app.main import create_app

        return create_app(topic)
    except ImportError:
        return otherwise()


def as_app(target: Any, path: str, default: Callable[[], FastAPI]) -> FastAPI:
    """`target` as an app: itself, a function served at `path`, or the default where there is none."""
    if target is None:
        return default()
    if isinstance(target, FastAPI):
        return target
    app = FastAPI()
    app.get(path)(target)
    return app


def with_task(target: Any, path: str, default: Callable[[], FastAPI]) -> FastAPI:
    """`target` as an app: itself, a function that runs as the background task of `path`, or the default."""
    if target is None or isinstance(target, FastAPI):
        return as_app(target, path, default)
    app = FastAPI()

    @app.post(path, status_code=202)
    async def endpoint(background_tasks: BackgroundTasks) -> None:
        background_tasks.add_task(target)

    return app
