"""Makes FastAPI report the endpoints, dependencies and background tasks of traced requests.

No public hook for these exists in every FastAPI release since 0.95, so the three functions that run them are
wrapped, once a process. Outside a traced request the wrappers only pass on.
"""

import copy
import functools
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import SimpleNamespace
from typing import Any

import fastapi.routing
from starlette.background import BackgroundTask
from starlette.types import ASGIApp

from demo_app.lab.trace import Recorder, SpanKind, Trace, Tracer, current_trace

_Call = Callable[..., Any]


def traced(app: ASGIApp, recorder: Recorder) -> ASGIApp:
    """`app` with its requests, endpoints, dependencies and background tasks recorded."""
    _instrument()
    return Tracer(app, recorder)


@functools.cache
def _instrument() -> None:
    routing: Any = fastapi.routing
    routing.run_endpoint_function = _reporting_endpoint(routing.run_endpoint_function)
    routing.solve_dependencies = _reporting_dependencies(routing.solve_dependencies)
    task: Any = BackgroundTask
    task.__call__ = _reporting_task(task.__call__)


def _reporting_endpoint(run_endpoint: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def run(*, dependant: Any, **options: Any) -> Any:
        trace = current_trace()
        if trace is not None:
            dependant = SimpleNamespace(call=_reporting(dependant.call, "endpoint", trace))
        return await run_endpoint(dependant=dependant, **options)

    return run


def _reporting_dependencies(solve: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def run(*, dependant: Any, **options: Any) -> Any:
        trace, provider = current_trace(), options.get("dependency_overrides_provider")
        # An override is found by the dependency's own function, which a wrapper would hide.
        if trace is not None and dependant.dependencies and not getattr(provider, "dependency_overrides", None):
            dependant = _reporting_dependant(dependant, trace, {})
        return await solve(dependant=dependant, **options)

    return run


def _reporting_dependant(dependant: Any, trace: Trace, wrapped: dict[_Call, _Call]) -> Any:
    """A copy whose dependencies report; one function keeps one wrapper, so that FastAPI's cache still hits."""
    reporting = copy.copy(dependant)
    reporting.dependencies = [_reporting_dependant(sub, trace, wrapped) for sub in dependant.dependencies]
    for sub in reporting.dependencies:
        if sub.call not in wrapped:
            wrapped[sub.call] = _reporting(sub.call, "dependency", trace)
        sub.call = wrapped[sub.call]
    return reporting


def _reporting_task(call: Callable[[BackgroundTask], Awaitable[None]]) -> Callable[[BackgroundTask], Awaitable[None]]:
    async def run(self: BackgroundTask) -> None:
        trace = current_trace()
        if trace is not None:
            self = copy.copy(self)
            self.func = _reporting(self.func, "background task", trace)
        await call(self)

    return run


def _name(call: _Call) -> str:
    plain = _unwrapped(call)
    return str(getattr(plain, "__name__", type(plain).__name__))


def _reporting(call: _Call, kind: SpanKind, trace: Trace) -> _Call:
    """`call` inside a span; a wrapper of the same sort, because FastAPI treats each sort of callable differently."""
    plain = _unwrapped(call)
    if not (inspect.isroutine(plain) or isinstance(plain, type)):
        plain = type(plain).__call__
    if inspect.isasyncgenfunction(plain):
        return _async_generator(call, trace)
    if inspect.isgeneratorfunction(plain):
        return _generator(call, trace)
    if inspect.iscoroutinefunction(plain):
        return _coroutine(call, kind, trace)
    return _function(call, kind, trace)


def _unwrapped(call: _Call) -> _Call:
    while isinstance(call, functools.partial):
        call = call.func
    return call


def _function(call: _Call, kind: SpanKind, trace: Trace) -> _Call:
    def run(*args: Any, **kwargs: Any) -> Any:
        with trace.span(_name(call), kind):
            return call(*args, **kwargs)

    return functools.update_wrapper(run, call)


def _coroutine(call: _Call, kind: SpanKind, trace: Trace) -> _Call:
    async def run(*args: Any, **kwargs: Any) -> Any:
        with trace.span(_name(call), kind):
            return await call(*args, **kwargs)

    return functools.update_wrapper(run, call)


def _generator(call: _Call, trace: Trace) -> _Call:
    def run(*args: Any, **kwargs: Any) -> Iterator[Any]:
        manager = contextmanager(call)(*args, **kwargs)
        with trace.span(_name(call), "dependency"):
            value = manager.__enter__()
        try:
            yield value
        except BaseException as error:
            with trace.span(_name(call), "teardown"):
                if not manager.__exit__(type(error), error, error.__traceback__):
                    raise
        else:
            with trace.span(_name(call), "teardown"):
                manager.__exit__(None, None, None)

    return functools.update_wrapper(run, call)


def _async_generator(call: _Call, trace: Trace) -> _Call:
    async def run(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        manager = asynccontextmanager(call)(*args, **kwargs)
        with trace.span(_name(call), "dependency"):
            value = await manager.__aenter__()
        try:
            yield value
        except BaseException as error:
            with trace.span(_name(call), "teardown"):
                if not await manager.__aexit__(type(error), error, error.__traceback__):
                    raise
        else:
            with trace.span(_name(call), "teardown"):
                await manager.__aexit__(None, None, None)

    return functools.update_wrapper(run, call)
