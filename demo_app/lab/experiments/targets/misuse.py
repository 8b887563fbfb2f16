"""`BackgroundTasks` used in ways that start, and do not do what they look like."""

from collections.abc import Callable
from contextlib import closing, suppress
from typing import Annotated, Any, cast

from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Request, Response, WebSocket
from fastapi.responses import JSONResponse
from starlette.background import BackgroundTask


def injected_task() -> None: ...


def own_task() -> None: ...


def signatures_app() -> FastAPI:
    """Each path asks for the tasks in another way; `app.state.ran` lists those that ran."""
    app = FastAPI()
    app.state.ran = []

    def note(path: str) -> None:
        app.state.ran.append(path)

    def dependency(tasks: BackgroundTasks) -> BackgroundTasks:
        return tasks

    @app.get("/any-name")
    async def any_name(later: BackgroundTasks) -> None:
        later.add_task(note, "/any-name")

    @app.get("/annotated")
    async def annotated(tasks: Annotated[BackgroundTasks, "a note"]) -> None:
        tasks.add_task(note, "/annotated")

    @app.get("/dependency")
    async def in_a_dependency(tasks: BackgroundTasks, same: Annotated[Any, Depends(dependency)]) -> None:
        if tasks is same:
            tasks.add_task(note, "/dependency")

    @app.get("/no-annotation")
    async def no_annotation(tasks) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        tasks.add_task(note, "/no-annotation")

    @app.websocket("/websocket")
    async def websocket(websocket: WebSocket, tasks: BackgroundTasks) -> None:
        await websocket.accept()
        tasks.add_task(note, "/websocket")
        await websocket.close()

    return app


def responses_app() -> FastAPI:
    """Tasks that are injected, beside a response that the endpoint makes itself."""
    app = FastAPI()

    @app.get("/dict")
    async def plain(tasks: BackgroundTasks, response: Response) -> dict[str, int]:
        response.headers["X-Injected"] = "yes"
        tasks.add_task(injected_task)
        return {}

    @app.get("/response")
    async def own_response(tasks: BackgroundTasks, response: Response) -> JSONResponse:
        response.headers["X-Injected"] = "yes"
        tasks.add_task(injected_task)
        return JSONResponse({})

    @app.get("/response-with-background")
    async def own_background(tasks: BackgroundTasks) -> JSONResponse:
        tasks.add_task(injected_task)
        return JSONResponse({}, background=BackgroundTask(own_task))

    return app


def failing_endpoints_app() -> FastAPI:
    """Endpoints that add their task and then come to no good end."""
    app = FastAPI()

    @app.get("/refused")
    async def refused(tasks: BackgroundTasks) -> None:
        tasks.add_task(injected_task)
        raise HTTPException(409)

    @app.get("/raises")
    async def raises(tasks: BackgroundTasks) -> None:
        tasks.add_task(injected_task)
        raise ValueError("after add_task")

    @app.get("/does-not-fit", response_model=int)
    async def does_not_fit(tasks: BackgroundTasks) -> Any:
        tasks.add_task(injected_task)
        return "many"

    return app


def arguments_app() -> FastAPI:
    """Tasks that are handed a request not yet read, and a list that changes afterwards; what they saw is noted."""
    app = FastAPI()
    app.state.saw = {}

    async def read(request: Request) -> None:
        try:
            app.state.saw["body"] = str(await request.body(), "utf-8")
        except Exception as error:
            app.state.saw["body"] = type(error).__name__

    def note(names: list[str]) -> None:
        app.state.saw["names"] = list(names)

    @app.post("/unread")
    async def unread(request: Request, tasks: BackgroundTasks) -> None:
        tasks.add_task(read, request)

    @app.post("/changed")
    async def changed(tasks: BackgroundTasks) -> None:
        names = ["Ada"]
        tasks.add_task(note, names)
        names.append("Grace")

    return app


def brackets_app() -> FastAPI:
    """A task in a wrapper, a task called instead of passed, and a coroutine; `app.state.ran` lists those that ran."""
    app = FastAPI()
    app.state.ran = []

    def fail(path: str) -> None:
        app.state.ran.append(path)
        raise ValueError

    def handling(task: Callable[[str], None]) -> Callable[[str], None]:
        def run(path: str) -> None:
            with suppress(ValueError):
                task(path)

        return run

    def work(path: str) -> None:
        app.state.ran.append(path)

    async def work_async(path: str) -> None:
        app.state.ran.append(path)

    @app.get("/wrapped")
    async def wrapped(tasks: BackgroundTasks) -> None:
        tasks.add_task(handling(fail), "/wrapped")

    @app.get("/called")
    async def called(tasks: BackgroundTasks) -> None:
        nothing: Any = work("/called")  # type: ignore[func-returns-value]
        tasks.add_task(nothing)

    @app.get("/coroutine")
    async def coroutine(tasks: BackgroundTasks) -> None:
        with closing(work_async("/coroutine")) as started:
            tasks.add_task(cast(Any, started))

    return app
