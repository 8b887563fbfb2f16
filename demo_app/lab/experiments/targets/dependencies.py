"""Resources of dependencies with `yield`, and tasks that use them."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import BackgroundTasks, Depends, FastAPI


class Resource:
    """Something that is open until it is closed."""

    def __init__(self) -> None:
        self.state = "open"


def yielding_app() -> FastAPI:
    """A task that uses what a dependency yields, and notes in `app.state.found` how it finds it."""
    app = FastAPI()

    def resource() -> Iterator[Resource]:
        opened = Resource()
        yield opened
        opened.state = "closed"

    def work(opened: Resource) -> None:
        app.state.found = opened.state

    @app.get("/task")
    async def task(tasks: BackgroundTasks, opened: Annotated[Resource, Depends(resource)]) -> None:
        tasks.add_task(work, opened)

    return app
