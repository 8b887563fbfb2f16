"""What FastAPI runs for a request is seen, and runs as it would unseen."""

import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any

import pytest
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException
from fastapi.testclient import TestClient
from starlette.background import BackgroundTask
from starlette.responses import PlainTextResponse

from demo_app.lab.instrumentation import traced
from demo_app.lab.trace import ERROR, Recorder, Span, SpanKind


class Watched:
    """An app and what was recorded of it."""

    def __init__(self) -> None:
        self.app = FastAPI()
        self.recorder = Recorder()

    def get(self, path: str = "/") -> Any:
        client = TestClient(traced(self.app, self.recorder), raise_server_exceptions=False)
        return client.get(path)

    def spans(self, *kinds: SpanKind) -> list[Span]:
        return [span for span in self.recorder.spans() if span.kind in kinds]

    def seen(self, *kinds: SpanKind) -> list[tuple[str, str]]:
        """Name and thread of the spans of these kinds, in the order in which they began."""
        return [(span.name, span.thread) for span in self.spans(*kinds)]


@pytest.fixture
def watched() -> Watched:
    """An empty app."""
    return Watched()


def inside(inner: Span, outer: Span) -> bool:
    return outer.start_time <= inner.start_time <= (inner.end_time or 0) <= (outer.end_time or 0)


class TestEndpoints:
    def test_a_def_endpoint_runs_in_a_worker_thread(self, watched: Watched) -> None:
        @watched.app.get("/")
        def cook() -> str:
            return "soup"

        assert watched.get().json() == "soup"
        assert watched.seen("endpoint") == [("cook", "worker thread")]

    def test_an_async_endpoint_runs_on_the_loop(self, watched: Watched) -> None:
        @watched.app.get("/")
        async def cook() -> str:
            return "soup"

        assert watched.get().json() == "soup"
        assert watched.seen("endpoint") == [("cook", "event loop")]

    def test_an_endpoint_lies_inside_its_request(self, watched: Watched) -> None:
        watched.app.get("/")(lambda: None)
        watched.get()
        [request], [endpoint] = watched.spans("request"), watched.spans("endpoint")
        assert inside(endpoint, request)
        assert endpoint.trace_id == request.trace_id
        assert (endpoint.end_time or 0) < request.events["response start"]

    def test_the_type_of_an_error_is_on_the_endpoint(self, watched: Watched) -> None:
        @watched.app.get("/")
        def cook() -> None:
            raise HTTPException(404)

        assert watched.get().status_code == 404
        assert watched.spans("endpoint")[0].attributes == {ERROR: "HTTPException"}

    @pytest.mark.parametrize("sort", ["partial", "async partial", "object", "async object"])
    def test_what_is_no_function_runs_where_it_belongs(self, watched: Watched, sort: str) -> None:
        endpoint, thread = _callables()[sort]
        watched.app.get("/")(endpoint)
        assert watched.get().json() == "soup"
        [span] = watched.spans("endpoint")
        assert (span.name, span.thread) == ("Cook" if "object" in sort else sort.replace(" ", "_"), thread)

    @pytest.mark.parametrize("sort", ["async partial", "async object"])
    def test_the_span_lasts_until_the_coroutine_is_done(self, watched: Watched, sort: str) -> None:
        open_inside: list[bool] = []
        endpoint, _ = _callables(lambda: open_inside.append(watched.spans("endpoint")[0].end_time is None))[sort]
        watched.app.get("/")(endpoint)
        watched.get()
        assert open_inside == [True]


def _callables(act: Callable[[], object] = lambda: None) -> dict[str, tuple[Callable[..., Any], str]]:
    """The sorts of callable that FastAPI takes beside functions, each doing `act`, and where it runs them."""

    def partial(dish: str) -> str:
        act()
        return dish

    async def async_partial(dish: str) -> str:
        act()
        return dish

    class Cook:
        def __call__(self) -> str:
            act()
            return "soup"

    class AsyncCook:
        async def __call__(self) -> str:
            act()
            return "soup"

    AsyncCook.__name__ = "Cook"
    return {
        "partial": (functools.partial(partial, "soup"), "worker thread"),
        "async partial": (functools.partial(async_partial, "soup"), "event loop"),
        "object": (Cook(), "worker thread"),
        "async object": (AsyncCook(), "event loop"),
    }


class TestTasks:
    def test_tasks_are_seen_in_order_after_the_response_each_in_its_thread(self, watched: Watched) -> None:
        def wash() -> None: ...
        async def sweep() -> None: ...

        @watched.app.get("/")
        async def cook(tasks: BackgroundTasks) -> None:
            tasks.add_task(wash)
            tasks.add_task(sweep)
            tasks.add_task(wash)

        watched.get()
        worker, loop = ("wash", "worker thread"), ("sweep", "event loop")
        assert watched.seen("background task") == [worker, loop, worker]
        [request], tasks = watched.spans("request"), watched.spans("background task")
        assert request.events["response end"] < tasks[0].start_time
        assert all(inside(task, request) for task in tasks)

    def test_a_task_on_a_response_is_seen(self, watched: Watched) -> None:
        def wash() -> None: ...

        @watched.app.get("/")
        async def cook() -> PlainTextResponse:
            return PlainTextResponse("soup", background=BackgroundTask(wash))

        watched.get()
        assert watched.seen("background task") == [("wash", "worker thread")]

    @pytest.mark.parametrize("sort", ["partial", "async partial", "object", "async object"])
    def test_what_is_no_function_is_seen_until_it_is_done(self, watched: Watched, sort: str) -> None:
        open_inside: list[bool] = []
        task, thread = _callables(lambda: open_inside.append(watched.spans("background task")[0].end_time is None))[
            sort
        ]

        @watched.app.get("/")
        async def cook(tasks: BackgroundTasks) -> None:
            tasks.add_task(task)

        watched.get()
        assert open_inside == [True]
        assert [thread for _, thread in watched.seen("background task")] == [thread]

    def test_a_task_that_fails_stops_those_after_it(self, watched: Watched) -> None:
        def drop() -> None:
            raise RuntimeError("the plate fell")

        @watched.app.get("/")
        async def cook(tasks: BackgroundTasks) -> None:
            tasks.add_task(drop)
            tasks.add_task(drop)

        assert watched.get().status_code == 200
        assert [span.attributes for span in watched.spans("background task")] == [{ERROR: "RuntimeError"}]
        assert [str(error.exception) for error in watched.recorder.errors] == ["the plate fell"]


class TestDependencies:
    def test_each_sort_of_dependency_is_seen_with_its_teardown(self, watched: Watched) -> None:
        def plain() -> None: ...
        async def on_loop() -> None: ...
        def generator() -> Iterator[None]:
            yield

        async def async_generator() -> AsyncIterator[None]:
            yield

        needs = [Depends(need) for need in (plain, on_loop, generator, async_generator)]
        watched.app.get("/", dependencies=needs)(lambda: None)
        assert watched.get().status_code == 200
        assert watched.seen("dependency") == [
            ("plain", "worker thread"),
            ("on_loop", "event loop"),
            ("generator", "worker thread"),
            ("async_generator", "event loop"),
        ]
        assert watched.seen("teardown") == [("async_generator", "event loop"), ("generator", "worker thread")]

    def test_setup_comes_before_and_teardown_after_the_endpoint(self, watched: Watched) -> None:
        def table() -> Iterator[int]:
            yield 7

        @watched.app.get("/")
        def cook(number: Annotated[int, Depends(table)]) -> int:
            return number

        assert watched.get().json() == 7
        assert [span.kind for span in watched.recorder.spans()] == ["request", "dependency", "endpoint", "teardown"]

    def test_a_dependency_of_a_dependency_is_seen(self, watched: Watched) -> None:
        def market() -> str:
            return "leek"

        async def stock(leek: Annotated[str, Depends(market)]) -> str:
            return f"{leek} stock"

        @watched.app.get("/")
        def cook(stock: Annotated[str, Depends(stock)]) -> str:
            return f"{stock} soup"

        assert watched.get().json() == "leek stock soup"
        assert [name for name, _ in watched.seen("dependency")] == ["market", "stock"]

    def test_a_dependency_asked_for_twice_runs_once(self, watched: Watched) -> None:
        runs: list[int] = []

        def market() -> int:
            runs.append(1)
            return len(runs)

        def again(first: Annotated[int, Depends(market)]) -> int:
            return first

        @watched.app.get("/")
        def cook(a: Annotated[int, Depends(market)], b: Annotated[int, Depends(again)]) -> list[int]:
            return [a, b]

        assert watched.get().json() == [1, 1]
        assert watched.get().json() == [2, 2]
        assert [name for name, _ in watched.seen("dependency")] == ["market", "again"] * 2

    def test_a_dependency_without_cache_runs_as_often_as_unseen(self, watched: Watched) -> None:
        runs: list[int] = []

        def market() -> int:
            runs.append(1)
            return len(runs)

        def again(first: Annotated[int, Depends(market, use_cache=False)]) -> int:
            return first

        @watched.app.get("/")
        def cook(a: Annotated[int, Depends(market, use_cache=False)], b: Annotated[int, Depends(again)]) -> list[int]:
            return [a, b]

        assert TestClient(watched.app).get("/").json() == [1, 2]
        assert watched.get().json() == [3, 4]
        assert [name for name, _ in watched.seen("dependency")] == ["market", "market", "again"]

    def test_overrides_still_override(self, watched: Watched) -> None:
        def market() -> str:
            return "leek"

        @watched.app.get("/")
        def cook(vegetable: Annotated[str, Depends(market)]) -> str:
            return vegetable

        watched.app.dependency_overrides[market] = lambda: "beet"
        assert watched.get().json() == "beet"
        watched.app.dependency_overrides.clear()
        assert watched.get().json() == "leek"

    @pytest.mark.parametrize("sort", ["partial", "async partial", "object", "async object"])
    def test_what_is_no_function_can_be_depended_on(self, watched: Watched, sort: str) -> None:
        need, thread = _callables()[sort]

        @watched.app.get("/")
        async def cook(dish: Annotated[str, Depends(need)]) -> str:
            return dish

        assert watched.get().json() == "soup"
        assert [thread for _, thread in watched.seen("dependency")] == [thread]

    @pytest.mark.parametrize("sort", ["partial of a generator", "object that generates"])
    def test_what_generates_without_being_a_function_is_torn_down(self, watched: Watched, sort: str) -> None:
        def table(number: int) -> Iterator[int]:
            yield number

        class Table:
            def __call__(self) -> Iterator[int]:
                yield 7

        need = functools.partial(table, 7) if sort.startswith("partial") else Table()

        @watched.app.get("/")
        def cook(number: Annotated[int, Depends(need)]) -> int:
            return number

        assert watched.get().json() == 7
        assert len(watched.seen("dependency")) == len(watched.seen("teardown")) == 1

    def test_a_class_can_be_depended_on(self, watched: Watched) -> None:
        class Order:
            def __init__(self, dish: str = "soup") -> None:
                self.dish = dish

        @watched.app.get("/")
        def cook(order: Annotated[Order, Depends()]) -> str:
            return order.dish

        assert watched.get("/?dish=stew").json() == "stew"
        assert watched.seen("dependency") == [("Order", "worker thread")]


def _table(ends: str, happened: list[str], asynchronous: bool) -> Callable[..., Any]:
    """A dependency that sees an exception of the endpoint and lets it `pass`, `change`s it, or `swallow`s it."""

    def end(error: Exception) -> None:
        happened.append(type(error).__name__)
        if ends == "change":
            raise HTTPException(409) from error
        if ends == "pass":
            raise error

    def table() -> Iterator[None]:
        try:
            yield
        except ValueError as error:
            end(error)

    async def async_table() -> AsyncIterator[None]:
        try:
            yield
        except ValueError as error:
            end(error)

    return async_table if asynchronous else table


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("ends", ["pass", "change", "swallow"])
def test_a_teardown_meets_an_error_as_it_would_unseen(watched: Watched, ends: str, asynchronous: bool) -> None:
    happened: list[str] = []
    need = _table(ends, happened, asynchronous)

    @watched.app.get("/", dependencies=[Depends(need)])
    async def cook() -> None:
        raise ValueError("burnt")

    unseen = TestClient(watched.app, raise_server_exceptions=False).get("/").status_code
    assert watched.get().status_code == unseen == (409 if ends == "change" else 500)
    assert happened == ["ValueError", "ValueError"]
    [teardown], errors = watched.spans("teardown"), [type(error.exception) for error in watched.recorder.errors]
    assert teardown.end_time is not None
    assert (ValueError in errors) == (ends == "pass")
    assert not any("Stop" in repr(error) for error in watched.recorder.errors)  # a StopIteration of a wrapper's own


def test_outside_a_traced_request_nothing_is_recorded(watched: Watched) -> None:
    watched.app.get("/")(lambda: "soup")
    watched.get()
    before = len(watched.recorder.spans())
    assert TestClient(watched.app).get("/").json() == "soup"
    assert len(watched.recorder.spans()) == before


def test_tracing_twice_does_not_record_twice(watched: Watched) -> None:
    watched.app.get("/")(lambda: "soup")
    watched.get()
    traced(FastAPI(), Recorder())
    watched.get()
    assert len(watched.spans("endpoint")) == 2
