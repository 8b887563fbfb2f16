"""The app: `uvicorn demo_app.main:app`."""

from importlib import import_module

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

TOPICS = ("cycle", "notifications", "faults", "reports")


def create_app(*topics: str) -> FastAPI:
    """The app with the routers of these topics, or of all topics.

    A topic is imported when it is asked for, so that a lesson about one loads nothing that the others need.
    Raises `ValueError` for a topic that does not exist.
    """
    # /docs with its scripts from here: FastAPI's own page asks another host for them.
    app = FastAPIOffline(redoc_url=None, title="After the Response", version="1.0.0")
    for topic in topics or TOPICS:
        if topic not in TOPICS:
            raise ValueError(f"There is no topic {topic!r} in demo_app/routers; choose from {', '.join(TOPICS)}.")
        module = import_module(f"demo_app.routers.{topic}")
        app.include_router(module.router)
        if hasattr(module, "set_up"):  # handlers and middleware belong to an app, not to a router
            module.set_up(app)
    return app


def __getattr__(name: str) -> FastAPI:
    """`app` is made when it is first asked for: importing the factory must not load every topic."""
    if name == "app":
        app: FastAPI = globals().setdefault("app", create_app())  # one for all who import it
        return app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
